//! One integration binary.

mod engine;
mod headless;
mod lesson;
mod pty;
mod queueing_theory;
mod tidy;
