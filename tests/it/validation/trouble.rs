//! Servers that die, callees that hang, callers that try again.

use fivenines::sim::change::{Change, Target};
use fivenines::sim::outcome::Reason;
use fivenines::sim::simulation::Simulation;
use fivenines::sim::time::Time;

use super::Entry;
use super::bench::System;
use super::case::Case;
use super::plan::Speed::Slow;
use super::plan::{Plan, Sample};

pub const ENTRIES: &[Entry] = &[("breaker", Slow, breaker), ("health-check", Slow, health_check)];

/// Dropped are those that find no worker free.
fn breaker(case: &Case) -> Plan {
    let open = "app->bad.breaker={ failures = 5, open_for = \"24h\" }";
    let systems = vec![
        ("none", System::of("one-pool")),
        ("breaker", System::of("one-pool").set(open)),
        ("bulkhead", System::of("two-pools")),
    ];
    Plan::runs(case, systems, |case, label, outcome| {
        let dropped = |name: &str| {
            let (_, class) = outcome.report.classes.iter().find(|(n, _)| n == name).unwrap();
            class.failed[Reason::QueueFull as usize] as f64 / class.arrivals as f64
        };
        let wanted = case.expected.iter().filter(|e| e.at == label);
        wanted
            .map(|e| Sample::new(&e.metric, label, dropped(e.metric.trim_start_matches("drop_fraction_"))))
            .collect()
    })
}

fn is_out(sim: &Simulation) -> bool {
    let picture = sim.snapshot();
    let servers = picture.nodes.iter().find(|n| &*n.name == "server").unwrap();
    servers.replicas[0].healthy == Some(false)
}

/// Seconds until the balancer takes the first server out, if it dies at `at`.
fn detected(mut sim: Simulation, at: Time) -> (Simulation, Time) {
    sim.advance(at, u64::MAX);
    sim.apply(&Change::Crash(Target { name: "server".into(), replica: Some(0) })).unwrap();
    let mut now = at;
    while !is_out(&sim) {
        now += Time::from_ms(10);
        sim.advance(now, u64::MAX);
    }
    (sim, now)
}

fn health_check(case: &Case) -> Plan {
    let system = System::of("health-check");
    let end = Time::from_secs_f64(case.run().seconds.unwrap());
    Plan::repeated(case, move |seed| {
        // A first run, with the same seed, shows when the checks are: the third after the crash is at `out`.
        let (_, out) = detected(system.start(seed), Time::from_secs(30));
        let check = out.secs() - 20.0;
        let dies = Time::from_secs_f64(check + 10.0 - 5.0);
        let (mut sim, out) = detected(system.start(seed), dies);
        let failed = |sim: &Simulation| sim.report().system.failed.iter().sum::<u64>() as f64;
        let mut before = system.start(seed);
        before.advance(dies, u64::MAX);
        let offered = (sim.report().system.arrivals - before.report().system.arrivals) as f64;
        let share = failed(&sim) / offered;
        sim.advance(end, u64::MAX);
        vec![
            Sample::new("detection_seconds", "", (out - dies).secs()),
            Sample::new("failed_requests", "", failed(&sim)),
            Sample::new("failed_share_while_undetected", "", share),
        ]
    })
}
