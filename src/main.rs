//! Parses the command line, chooses the frontend, prints the error.
fn main() {}
