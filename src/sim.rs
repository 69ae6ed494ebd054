//! THE ENGINE: a discrete-event simulator. Knows no terminal, no wall clock, no thread, no file.
//!
//! A run is a pure function of (topology, seed, timed changes).

mod call;
pub mod change;
pub mod chunks;
pub mod component;
mod context;
pub mod distribution;
mod event_queue;
mod few;
mod host;
pub mod id;
pub mod log;
pub mod metrics;
pub mod outcome;
mod paged;
pub mod quantity;
mod request;
pub mod rng;
pub mod simulation;
mod slots;
pub mod snapshot;
mod station;
pub mod time;
pub mod topology;
pub mod trace;
pub mod value;
pub mod whereabouts;
pub mod workload;
