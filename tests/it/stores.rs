//! Caches, brokers and the kinds that stand in front of them, against known answers. Case names are those of the
//! reference cases; tolerances are four standard errors of the run as it is made here.

mod broker;
mod cache;
mod edge;

use crate::stage::near;
use fivenines::level::Level;
use fivenines::level::check::check;
use fivenines::sim::metrics::{Count, NodeTotals};
use fivenines::sim::simulation::{NodeReport, Simulation};
use fivenines::sim::time::Time;

fn level(source: &str) -> Level {
    check(source, "stores.toml").unwrap_or_else(|faults| panic!("{}", faults.render(false)))
}

/// A run of a level in its file format, without the frame that all share, not yet begun.
fn begin(parts: &str, seed: u64) -> Simulation {
    let level = level(&format!("format = 1\ntitle = \"stores\"\n{parts}"));
    Simulation::new(&level.topology, seed, &level.faults).unwrap()
}
/// A run over so many requests after a warm-up.
fn requests(parts: &str, seed: u64, warmup: u64, counted: u64) -> Simulation {
    let mut sim = begin(parts, seed);
    sim.set_warmup_requests(warmup);
    sim.set_request_limit(warmup + counted);
    sim.run_to_end();
    sim
}
/// A run over a span of time.
fn seconds(parts: &str, seed: u64, seconds: u64) -> Simulation {
    let mut sim = begin(parts, seed);
    sim.advance(Time::from_secs(seconds), u64::MAX);
    sim
}
fn node(sim: &Simulation, name: &str) -> NodeReport {
    sim.report().nodes.into_iter().find(|n| n.name == name).unwrap()
}
fn counted(sim: &Simulation, name: &str, count: Count) -> u64 {
    node(sim, name).totals.count(count)
}
fn hit_ratio(t: &NodeTotals) -> f64 {
    let (hits, misses) = (t.count(Count::Hits) as f64, t.count(Count::Misses) as f64);
    hits / (hits + misses)
}
