//! One integration binary.

#[cfg(unix)]
mod pty;
mod tidy;
