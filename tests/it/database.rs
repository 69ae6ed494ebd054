//! Databases against formulas: pools, replication lag, failover, shards, quorums.
//!
//! Topologies are in the level format. Tolerances are four standard errors of the length that is run.

mod cluster;
mod copies;
mod pool;

use crate::stage::{build, near};
use fivenines::sim::simulation::{NodeReport, Report, Simulation};
use fivenines::sim::time::Time;

/// A level with these parts.
fn level(parts: &str) -> Simulation {
    seeded(11, parts)
}
fn seeded(seed: u64, parts: &str) -> Simulation {
    build(&format!("format = 1\ntitle = \"t\"\nquestion = \"?\"\nseed = {seed}\nduration = \"1h\"\n{parts}"))
}
fn run_for(mut sim: Simulation, seconds: u64) -> Report {
    sim.advance(Time::from_secs(seconds), u64::MAX);
    conserved(sim.report())
}
/// Runs so many requests to their end, `warmup` of them not counted.
fn run_requests(mut sim: Simulation, warmup: u64, requests: u64) -> Report {
    sim.set_warmup_requests(warmup);
    sim.set_request_limit(warmup + requests);
    sim.run_to_end();
    let report = sim.report();
    assert_eq!(report.in_flight, 0);
    report
}
/// Every request that came was answered, failed, or is on its way.
fn conserved(report: Report) -> Report {
    let s = &report.system;
    assert_eq!(s.arrivals, s.completed + s.failed.iter().sum::<u64>() + u64::from(report.in_flight));
    report
}
fn node<'a>(report: &'a Report, name: &str) -> &'a NodeReport {
    report.nodes.iter().find(|n| n.name == name).unwrap()
}
fn failures(report: &Report) -> u64 {
    report.system.failed.iter().sum()
}
