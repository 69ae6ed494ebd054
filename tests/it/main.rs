//! One integration binary.

mod engine;
mod hostile;
mod pty;
mod tidy;
