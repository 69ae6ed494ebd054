//! Queues one after the other, and laws that hold in any run.

use fivenines::sim::component::Kind;
use fivenines::sim::time::Time;

use super::Entry;
use super::bench::{Outcome, System};
use super::case::{Case, Run};
use super::plan::Speed::{Quick, Slow};
use super::plan::{Plan, Sample};

pub const ENTRIES: &[Entry] = &[
    ("three-tiers", Slow, |case| network(case, "three-tiers")),
    ("five-services", Slow, |case| network(case, "five-services")),
    ("integrated-shop", Slow, |case| network(case, "integrated-shop")),
    ("laws", Quick, laws),
];

fn network(case: &Case, file: &str) -> Plan {
    Plan::standard(case, vec![("", System::of(file))], &[])
}

/// The laws on systems of several sorts: of all nodes and systems, the value that is furthest off. No call fails in
/// service here: the engine keeps response times of completed calls only, and those that fail later are in the node too.
fn laws(case: &Case) -> Plan {
    let systems: Vec<System> = vec![
        System::of("queue"),
        System::of("queue").set("app.workers=4").set("clients.rate=320/s"),
        System::of("queue").set("clients.rate=150/s").set("app.queue_capacity=9"),
        System::of("queue").set("app.work={ pareto = { min = \"2ms\", shape = 1.5, max = \"1s\" } }"),
        System::of("balanced").set("balancer.policy=least-connections"),
        System::of("three-tiers"),
        System::of("integrated-shop"),
        System::of("n-plus-one").set("clients.rate=300/s").set("app.workers=40"),
    ];
    let names: Vec<String> = case.expected.iter().map(|e| e.metric.clone()).collect();
    let length = Run { requests: Some(100_000), warmup_requests: 5000, ..Run::default() };
    Plan::repeated(case, move |seed| {
        let (mut little, mut busy, mut lost) = (1.0f64, 1.0f64, 0.0f64);
        let further = |a: f64, b: f64| if (b - 1.0).abs() > (a - 1.0).abs() { b } else { a };
        for system in &systems {
            let outcome = system.run(&length, seed);
            for (l, u) in nodes(system, &outcome) {
                little = further(little, l);
                busy = further(busy, u.unwrap_or(1.0));
            }
            lost = lost.max(unaccounted(system, seed));
        }
        let values = [little, busy, lost];
        names.iter().zip(values).map(|(name, value)| Sample::new(name, "", value)).collect()
    })
}

/// Little's law and, where workers are limited, the utilization law, by node.
fn nodes(system: &System, outcome: &Outcome) -> Vec<(f64, Option<f64>)> {
    let mut found = Vec::new();
    for n in &outcome.report.nodes {
        if !matches!(n.kind, Kind::Service | Kind::Database) || n.totals.completed == 0 {
            continue;
        }
        let throughput = n.totals.completed as f64 / outcome.seconds();
        let little = n.in_flight_mean / (throughput * n.totals.response.mean().unwrap());
        let spec = &system.topology().nodes[&n.name];
        let workers = spec.knobs.count("workers").or_else(|| spec.knobs.count("connections"));
        let busy = workers.map(|w| {
            let all = f64::from(w) * n.servers.len() as f64;
            n.utilization.unwrap() * all / (throughput * n.totals.service.mean().unwrap())
        });
        found.push((little, busy));
    }
    found
}

/// Calls and requests that came but neither ended nor are there, in the middle of a run.
fn unaccounted(system: &System, seed: u64) -> f64 {
    let mut sim = system.start(seed);
    sim.advance(Time::from_secs_f64(61.7), u64::MAX);
    let (report, picture) = (sim.report(), sim.snapshot());
    let s = &report.system;
    let ended = s.completed + s.failed.iter().sum::<u64>() + u64::from(report.in_flight);
    let mut lost = s.arrivals.abs_diff(ended);
    for n in &report.nodes {
        if n.kind == Kind::Service {
            let view = picture.nodes.iter().find(|v| *v.name == *n.name).unwrap();
            let inside: u32 = view.replicas.iter().map(|r| r.busy + r.queue).sum();
            let t = &n.totals;
            let ended = t.completed + t.failed.iter().sum::<u64>() + u64::from(inside);
            lost += t.arrivals.abs_diff(ended);
        }
    }
    lost as f64
}
