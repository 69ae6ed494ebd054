//! WHY: what a run's numbers mean.

pub mod bottleneck;
pub mod theory;
