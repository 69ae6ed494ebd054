//! Engine benches.
fn main() {}
