//! One integration binary.

mod engine;
mod hostile;
mod level_file;
mod pty;
mod tidy;
