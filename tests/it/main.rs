//! One integration binary.

mod engine;
mod pty;
mod queueing_theory;
mod tidy;
