//! Where the slow requests spend their time: the share of the tail by place, and by waiting, working and network.

use super::critical_path::{self, What};
use crate::sim::simulation::Simulation;
use crate::sim::time::Time;

/// The slowest percent of a run's requests, taken apart.
#[derive(Clone, PartialEq, Debug)]
pub struct Tail {
    /// A request at least as slow as this belongs to it: the 99th percentile since the warm-up.
    pub from: Time,
    /// Traces that were taken apart.
    pub traces: usize,
    /// What their time went by with, greatest share first; the shares sum to 1.
    pub parts: Vec<Share>,
}

/// One place's share.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Share {
    /// The place (its `NodeId`).
    pub node: u16,
    /// What the time went by with.
    pub what: What,
    /// Part of the time of all traces taken, 0 to 1.
    pub share: f64,
}

impl Tail {
    /// One place's share of the tail, whatever it did.
    pub fn of_node(&self, node: u16) -> f64 {
        self.parts.iter().filter(|p| p.node == node).map(|p| p.share).sum()
    }
    /// The share that went by with one thing, wherever it was.
    pub fn of_what(&self, what: What) -> f64 {
        self.parts.iter().filter(|p| p.what == what).map(|p| p.share).sum()
    }
}

/// The tail of a run; `None` before any request was answered.
pub fn of(run: &Simulation) -> Option<Tail> {
    let from = run.totals().responses.percentile(990)?;
    let kept = run.traces();
    let mut slow: Vec<_> = kept.slowest.iter().chain(&kept.sampled).collect();
    // A histogram's percentile may lie a bucket's half above the slowest request itself.
    slow.retain(|t| t.failed.is_none() && (t.ended - t.born).ns() as f64 >= from.ns() as f64 * 0.99);
    slow.sort_by_key(|t| (t.client, t.number));
    slow.dedup_by_key(|t| (t.client, t.number));
    let mut sums: Vec<(u16, What, u64)> = Vec::new();
    for part in slow.iter().flat_map(|t| critical_path::of(t)) {
        match sums.iter_mut().find(|(node, what, _)| (*node, *what) == (part.node, part.what)) {
            Some((_, _, ns)) => *ns += part.length().ns(),
            None => sums.push((part.node, part.what, part.length().ns())),
        }
    }
    let total: u64 = sums.iter().map(|s| s.2).sum();
    if total == 0 {
        return None;
    }
    sums.sort_by_key(|&(node, what, ns)| (std::cmp::Reverse(ns), node, what));
    let parts = sums.iter().map(|&(node, what, ns)| Share { node, what, share: ns as f64 / total as f64 });
    Some(Tail { from, traces: slow.len(), parts: parts.collect() })
}
