//! **fivenines**: learn system design in a terminal.

pub mod cli;
pub mod headless;
pub mod insight;
pub mod level;
pub mod session;
pub mod sim;
pub mod tui;
