//! More work than the workers can do, closed loops, machines that are full.

use fivenines::sim::time::Time;

use super::Entry;
use super::bench::{Outcome, System};
use super::case::Case;
use super::plan::Speed::{Quick, Slow};
use super::plan::{Plan, Sample};

pub const ENTRIES: &[Entry] = &[
    ("closed-users", Slow, closed),
    ("overload-minute", Quick, overload_minute),
    ("autoscale-step", Quick, autoscale),
    ("real-nginx-100kb", Slow, nginx),
    ("token-bucket-150", Slow, |case| bucket(case, "150/s", 20)),
    ("token-bucket-90", Slow, |case| bucket(case, "90/s", 10)),
    ("pauses-20s", Slow, pauses),
];

fn closed(case: &Case) -> Plan {
    let systems =
        [("N=1", 1), ("N=10", 10), ("N=25", 25), ("N=50", 50), ("N=75", 75), ("N=100", 100), ("N=200", 200)]
            .map(|(label, users)| (label, System::of("closed").set(&format!("clients.users={users}"))));
    Plan::standard(case, systems.into(), &[])
}

/// Calls that wait or are served at a node.
fn inside(outcome: &Outcome, node: &str) -> u32 {
    let picture = outcome.sim.snapshot();
    let view = picture.nodes.iter().find(|n| &*n.name == node).unwrap();
    view.replicas.iter().map(|r| r.busy + r.queue).sum()
}

/// Seconds from `from` on until nobody waits at a node.
fn drained(outcome: &mut Outcome, node: &str, from: Time, end: Time) -> f64 {
    let waiting = |o: &Outcome| {
        let picture = o.sim.snapshot();
        picture.nodes.iter().find(|n| &*n.name == node).unwrap().queue
    };
    let mut now = from;
    while waiting(outcome) > 0 && now < end {
        now += Time::from_ms(20);
        outcome.sim.advance(now, u64::MAX);
    }
    (now - from).secs()
}

fn overload_minute(case: &Case) -> Plan {
    let system = System::of("queue")
        .set("clients.arrivals=paced")
        .set("clients.rate=120/s")
        .set("clients.profile={ steps = [[\"0s\", 1.0], [\"60s\", 0.5]] }")
        .set("app.work={ constant = \"10ms\" }");
    let end = Time::from_secs_f64(case.run().seconds.unwrap());
    Plan::repeated(case, move |seed| {
        let (mut outcome, peak) = system.until(Time::from_secs(60), seed, |o| inside(o, "app"));
        let drain = drained(&mut outcome, "app", Time::from_secs(60), end);
        outcome.go_on(end);
        let longest = outcome.node("app").totals.waiting.max().unwrap().secs();
        vec![
            Sample::new("backlog_at_peak", "app", f64::from(peak)),
            Sample::new("wait_max", "app", longest),
            Sample::new("drain_seconds", "app", drain),
        ]
    })
}

fn autoscale(case: &Case) -> Plan {
    let end = Time::from_secs_f64(case.run().seconds.unwrap());
    let at = case.expected[0].at.clone();
    Plan::repeated(case, move |seed| {
        let system = System::of("autoscale");
        let scaled = Time::from_secs(120);
        let (mut outcome, backlog) = system.until(Time(scaled.ns() - 1), seed, |o| inside(o, "server"));
        outcome.go_on(scaled);
        let drain = drained(&mut outcome, "server", scaled, end);
        outcome.go_on(end);
        let longest = outcome.node("server").totals.waiting.max().unwrap().secs();
        // Who waited longest was answered in the second with the longest response time.
        let windows = outcome.sim.windows();
        let worst = windows.iter().max_by_key(|w| w.system.responses.max()).unwrap();
        let came = worst.end.secs() - worst.system.responses.max().unwrap().secs();
        vec![
            Sample::new("backlog_at_scale_out", &at, f64::from(backlog)),
            Sample::new("wait_max", &at, longest),
            Sample::new("drain_seconds", &at, drain),
            Sample::new("arrival_time_of_worst", &at, came),
        ]
    })
}

fn nginx(case: &Case) -> Plan {
    let systems = [
        ("cores=1", 1),
        ("cores=2", 2),
        ("cores=4", 4),
        ("cores=8", 8),
        ("cores=16", 16),
        ("cores=32", 32),
        ("cores=36", 36),
    ]
    .map(|(label, cores)| (label, System::of("nginx").set(&format!("web.workers={cores}"))));
    Plan::standard(case, systems.into(), &[("", "system")])
}

fn bucket(case: &Case, rate: &str, burst: u32) -> Plan {
    let system =
        System::of("limited").set(&format!("clients.rate={rate}")).set(&format!("limiter.burst={burst}"));
    Plan::standard(case, vec![("", system)], &[])
}

fn pauses(case: &Case) -> Plan {
    Plan::standard(case, vec![("", System::of("pauses"))], &[])
}
