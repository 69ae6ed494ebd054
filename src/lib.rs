//! **fivenines**: learn system design in a terminal.

pub mod level;
pub mod session;
pub mod sim;
pub mod tui;
