//! Events worth telling: faults, changes, health verdicts. Bounded; text is made when it is read.

use std::sync::Arc;

use super::time::Time;

/// One event.
#[derive(Clone, PartialEq, Debug)]
pub struct LogEntry {
    /// When.
    pub at: Time,
    /// Where: a replica or node name, or empty for the whole system.
    pub place: Arc<str>,
    /// How much it matters.
    pub weight: Weight,
    /// What happened, a short plain sentence without the place.
    pub text: Arc<str>,
}

/// How much an event matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weight {
    /// A change by the student or the scene.
    Change,
    /// Something broke or overflows.
    Bad,
    /// Something recovered.
    Good,
}

/// Entries kept; older ones are dropped.
pub const MAX_LOG: usize = 500;
