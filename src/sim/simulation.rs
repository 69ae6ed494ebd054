//! One run: builds the system, advances it, answers what it measured.

use std::sync::Arc;

use super::change::{Change, ChangeError, TimedChange};
use super::metrics::{Metric, Window};
use super::snapshot::Snapshot;
use super::time::Time;
use super::topology::Topology;

/// A running system. Cloning it forks the world: both copies meet the same requests from then on.
#[derive(Clone)]
pub struct Simulation {
    topology: Topology,
    seed: u64,
    now: Time,
}

/// How far an advance came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// The instant asked for.
    Reached,
    /// The bound on events stopped it; call again.
    OutOfEvents,
}

impl Simulation {
    /// Builds a run at time zero. `faults` are scheduled.
    pub fn new(topology: &Topology, seed: u64, faults: &[TimedChange]) -> Result<Self, ChangeError> {
        let _ = faults;
        Ok(Self { topology: topology.clone(), seed, now: Time::ZERO })
    }
    /// Carries out events until `until` (inclusive) or until `max_events` were carried out.
    pub fn advance(&mut self, until: Time, max_events: u64) -> Progress {
        let _ = max_events;
        self.now = until;
        Progress::Reached
    }
    /// Carries out the next event, whenever it is; returns the new now.
    pub fn step(&mut self) -> Time {
        self.now
    }
    /// Alters the system at the present instant; returns the change that undoes it, if there is one.
    pub fn apply(&mut self, change: &Change) -> Result<Option<Change>, ChangeError> {
        let _ = change;
        Ok(None)
    }
    /// Schedules a change for later in the run.
    pub fn schedule(&mut self, change: TimedChange) {
        let _ = change;
    }
    /// Simulated now.
    pub const fn now(&self) -> Time {
        self.now
    }
    /// The seed.
    pub const fn seed(&self) -> u64 {
        self.seed
    }
    /// The design as it is now, all changes included.
    pub const fn topology(&self) -> &Topology {
        &self.topology
    }
    /// Events carried out so far.
    pub const fn events(&self) -> u64 {
        0
    }
    /// Hash of all finished requests so far; see `contracts.md`.
    pub const fn digest(&self) -> u64 {
        0
    }
    /// What a reader may see.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { now: self.now, ..Snapshot::default() }
    }
    /// Finished one-second windows, oldest first.
    pub fn windows(&self) -> Vec<Arc<Window>> {
        Vec::new()
    }
    /// A metric over the windows that lie within `(from, to]`; `None` where nothing was measured.
    /// Times in seconds, rates per second, shares as fractions.
    pub fn measure(&self, metric: &Metric, from: Time, to: Time) -> Option<f64> {
        let _ = (metric, from, to);
        None
    }
}
