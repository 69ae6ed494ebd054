//! A database whose servers cannot reach each other for a while: consistent or available, never both.

use super::super::Simulation;
use crate::sim::component::{COMMON_KNOBS, Kind, LINK_KNOBS};
use crate::sim::outcome::Reason;
use crate::sim::time::Time;
use crate::sim::topology::{LinkSpec, NodeSpec, Topology};
use crate::sim::value::{Knobs, Raw};

const KEYS: f64 = 20_000.0;

fn text(s: &str) -> Raw {
    Raw::Text(s.into())
}
fn table(pairs: &[(&str, Raw)]) -> Raw {
    Raw::Table(pairs.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect())
}
/// 200 writes a second to random keys, 30 % of them by users on the minority's side.
fn shop(extra: &[(&str, Raw)]) -> Topology {
    let mut t = Topology::default();
    let mut add = |name: &str, kind: &str, knobs: &[(&str, Raw)]| {
        let kind = Kind::parse(kind).unwrap();
        let Raw::Table(raw) = table(knobs) else { return };
        let knobs = Knobs::check(&[kind.datasheet().knobs, COMMON_KNOBS], &raw).unwrap();
        t.nodes.insert(name.into(), NodeSpec { kind, knobs });
    };
    for (name, rate) in [("many", "140/s"), ("few", "60/s")] {
        let keys = table(&[("uniform", Raw::Bool(true)), ("of", Raw::Number(KEYS))]);
        let class = table(&[("share", Raw::Number(1.0)), ("write", Raw::Bool(true)), ("keys", keys)]);
        let classes = table(&[(&format!("{name}-writes"), class)]);
        add(name, "client", &[("rate", text(rate)), ("classes", classes), ("patience", text("5s"))]);
    }
    let instant = table(&[("constant", text("0ms"))]);
    let mut knobs = vec![("replicas", Raw::Number(2.0)), ("write", instant.clone()), ("read", instant)];
    knobs.extend_from_slice(extra);
    add("db", "database", &knobs);
    for (from, to) in [("many", "db"), ("few", "db"), ("db", "db")] {
        let Raw::Table(raw) = table(&[("latency", table(&[("constant", text("0ms"))]))]) else { continue };
        let knobs = Knobs::check(&[LINK_KNOBS], &raw).unwrap();
        t.links.push(LinkSpec { from: from.into(), to: to.into(), knobs });
    }
    t
}
struct Run {
    sim: Simulation,
    cut: u32,
}
/// One minute of partition after ten seconds: `minority` is the server that the few share.
fn cut(topology: &Topology, seed: u64, minority: u16) -> Run {
    let mut sim = Simulation::new(topology, seed, &[]).unwrap();
    sim.advance(Time::from_secs(10), u64::MAX);
    let side = |user: u16, servers: &[u16]| {
        let mut side = vec![(user, None)];
        side.extend(servers.iter().map(|&s| (2, Some(s))));
        side
    };
    let others: Vec<u16> = (0..3).filter(|&s| s != minority).collect();
    let cut = sim.ctx.cut(side(0, &others), side(1, &[minority]));
    sim.network_changed();
    Run { sim, cut }
}
fn heal(run: &mut Run) {
    run.sim.ctx.heal(run.cut);
    run.sim.network_changed();
}
fn failed(sim: &Simulation, reason: Reason) -> f64 {
    sim.report().system.failed[reason as usize] as f64
}
fn conserved(sim: &Simulation) {
    let r = sim.report();
    assert_eq!(
        r.system.arrivals,
        r.system.completed + r.system.failed.iter().sum::<u64>() + u64::from(r.in_flight)
    );
}
#[track_caller]
fn near(what: &str, measured: f64, expected: f64, tolerance: f64) {
    println!("{what}: expected {expected}, measured {measured}, tolerance {tolerance}");
    assert!(
        (measured - expected).abs() <= tolerance,
        "{what}: {measured}, expected {expected} +- {tolerance}"
    );
}

/// Four standard errors of five runs: 61.1 and 32.9 for one.
const RUNS: u64 = 5;

#[test]
fn consistent_refuses_the_minority_and_nothing_diverges() {
    let mut sum = 0.0;
    for seed in 0..RUNS {
        let mut run = cut(&shop(&[("partition", text("cp"))]), seed, 2);
        run.sim.advance(Time::from_secs(70), u64::MAX);
        heal(&mut run);
        run.sim.advance(Time::from_secs(80), u64::MAX);
        sum += failed(&run.sim, Reason::ReadOnly);
        let report = run.sim.report();
        assert_eq!(report.nodes[2].totals.diverged_writes, 0);
        assert_eq!(report.system.failed.iter().sum::<u64>() as f64, failed(&run.sim, Reason::ReadOnly));
        conserved(&run.sim);
    }
    near("refused", sum / RUNS as f64, 3600.0, 4.0 * 61.1 / (RUNS as f64).sqrt());
}

#[test]
fn available_takes_all_and_finds_the_conflicts_afterwards() {
    let mut sum = 0.0;
    for seed in 0..RUNS {
        let mut run = cut(&shop(&[("partition", text("ap"))]), seed, 2);
        run.sim.advance(Time::from_secs(70), u64::MAX);
        heal(&mut run);
        let report = run.sim.report();
        assert_eq!(report.system.failed.iter().sum::<u64>(), 0);
        sum += report.nodes[2].totals.diverged_writes as f64;
        conserved(&run.sim);
    }
    // (1 - exp(-8400 / 20,000)) (1 - exp(-3600 / 20,000)) of the keys.
    near("conflicts", sum / RUNS as f64, 1129.892, 4.0 * 32.9 / (RUNS as f64).sqrt());
}

/// The primary is on the small side: it refuses, and the majority chooses another.
#[test]
fn the_majority_goes_on_with_a_new_primary() {
    let failover = table(&[("detect", text("3s")), ("promote", text("2s"))]);
    let mut run = cut(&shop(&[("partition", text("cp")), ("failover", failover)]), 1, 0);
    run.sim.advance(Time::from_secs(70), u64::MAX);
    // The few for the whole minute, the many for five seconds.
    near("refused", failed(&run.sim, Reason::ReadOnly), 3600.0 + 700.0, 4.0 * 66.0);
    assert_eq!(&*run.sim.ctx.replica_name(2, 1), "db#primary");
    heal(&mut run);
    let before = failed(&run.sim, Reason::ReadOnly);
    run.sim.advance(Time::from_secs(80), u64::MAX);
    assert_eq!(failed(&run.sim, Reason::ReadOnly), before, "whole again");
    assert_eq!(run.sim.report().nodes[2].totals.lost_writes, 0, "the log takes no time here");
    conserved(&run.sim);
}

/// Without the knob nobody knows of sides: users who cannot reach the primary wait until their patience ends.
#[test]
fn a_plain_database_is_silent_across_the_cut() {
    let mut run = cut(&shop(&[]), 1, 2);
    run.sim.advance(Time::from_secs(70), u64::MAX);
    near("gave up", failed(&run.sim, Reason::GaveUp), 60.0 * 55.0, 4.0 * 58.0);
    conserved(&run.sim);
}

/// Newest versions never go back, whatever the network does, where no write is counted as lost.
#[test]
fn versions_go_back_only_with_a_lost_write() {
    for word in ["cp", "ap"] {
        let mut run = cut(&shop(&[("partition", text(word))]), 3, 1);
        let mut former = run.sim.ctx.versions[2].clone();
        for second in 11..100u64 {
            run.sim.advance(Time::from_secs(second), u64::MAX);
            if second == 60 {
                heal(&mut run);
            }
            let now = &run.sim.ctx.versions[2];
            assert!((0..now.len()).all(|k| former[k] <= now[k]), "{word} at {second} s");
            former.clone_from(now);
        }
    }
}
