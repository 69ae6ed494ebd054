//! WHY: what a run's numbers mean.

pub mod bottleneck;
pub mod causes;
pub mod critical_path;
pub mod difference;
pub mod phases;
pub mod tail;
pub mod theory;
