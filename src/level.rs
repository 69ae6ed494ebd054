//! THE LIBRARY: levels as data. A `Level` is valid by construction; `check` makes it from a file or lists every fault.

pub mod allow;
pub mod catalog;
pub mod change;
pub mod check;
pub mod design;
pub mod expression;
pub mod fault;
mod fields;
pub mod file;
pub mod gate;
pub mod glossary;
pub mod goal;
pub mod judge;
pub mod path;
pub mod sanitise;
pub mod scene;
pub mod schema;
pub mod sizes;
pub mod stage;
pub mod text;
pub mod words;
pub mod wrap;

use crate::sim::change::TimedChange;
use crate::sim::time::Time;
use crate::sim::topology::Topology;
use goal::Goal;
use indexmap::IndexMap;
use scene::{Role, Scene};

/// A level: a topology with its traffic, scenes and goals.
#[derive(Clone, Debug)]
pub struct Level {
    /// File stem without its number: `load-balancer`.
    pub id: String,
    /// Place in the course, from 1; `None` for other files.
    pub number: Option<u8>,
    /// Its title.
    pub title: String,
    /// The question it answers; empty for a bare topology.
    pub question: String,
    /// What it teaches, in a line, for the end of the course; may be empty.
    pub moral: String,
    /// Seed of its runs.
    pub seed: u64,
    /// Length of a headless run and of the challenge.
    pub duration: Time,
    /// Start that is cut from totals.
    pub warmup: Time,
    /// The design at the start.
    pub topology: Topology,
    /// Further designs that scenes may start from.
    pub topologies: IndexMap<String, Topology>,
    /// Faults of the level's own run.
    pub faults: Vec<TimedChange>,
    /// Goals of the level's own run.
    pub goals: Vec<Goal>,
    /// Most that the design may cost, US dollars a month.
    pub budget_usd: Option<f64>,
    /// Scenes in order; variants of the challenge are the last.
    pub scenes: Vec<Scene>,
    /// 64-bit hash of the file's bytes.
    pub content_hash: u64,
}

impl Level {
    /// The challenge, if the level has one: its place among the scenes.
    pub fn challenge(&self) -> Option<usize> {
        self.scenes.iter().position(|s| s.role == Role::Challenge)
    }
}
