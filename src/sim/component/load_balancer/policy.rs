//! Balancing policies. A new policy is a variant, its name and its arm in `pick`.

/// Names in the order of the variants.
pub static NAMES: &[&str] = &["round-robin", "random", "least-connections", "two-choices"];
