//! One integration binary.
mod diagram;
