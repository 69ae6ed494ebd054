//! One integration binary.

mod engine;
mod pty;
mod tidy;
