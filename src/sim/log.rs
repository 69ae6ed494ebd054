//! Events worth telling: faults, changes, health verdicts. Bounded; text is made when it is read.

use std::sync::Arc;

use super::chunks::Chunks;
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

/// Events, oldest first.
pub type Entries = Chunks<LogEntry>;

/// Entries kept at least; older ones are dropped.
pub const MAX_LOG: usize = 500;

/// The latest events.
#[derive(Clone, Default)]
pub(crate) struct Log(Entries);

impl Log {
    pub fn add(&mut self, at: Time, place: Arc<str>, weight: Weight, text: &str) {
        self.0.push(LogEntry { at, place, weight, text: text.into() });
        self.0.keep_latest(MAX_LOG);
    }
    pub fn entries(&self) -> Entries {
        self.0.clone()
    }
}
