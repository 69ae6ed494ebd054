//! Calls at once, hedged calls, order statistics.

use super::Entry;
use super::bench::{Outcome, System};
use super::case::Case;
use super::plan::Speed::Slow;
use super::plan::{Plan, Sample, usual};

pub const ENTRIES: &[Entry] = &[
    ("fanout-exp-5", Slow, |case| Plan::standard(case, vec![("", System::of("fan-out"))], &[])),
    ("fanout-1pct", Slow, one_percent),
    ("quorum-latency-3", Slow, quorum_latency),
    ("hedge-p95", Slow, hedge),
];

/// A request is slow from a second on.
fn one_percent(case: &Case) -> Plan {
    let leaf = "leaf.work={ mixture = [{ weight = 0.99, constant = \"10ms\" }, { weight = 0.01, constant = \"1s\" }] }";
    let of = |n: u32| {
        System::of("fan-out")
            .set(leaf)
            .set("clients.slo=999ms")
            .set(&format!("root.calls=[{{ to = \"leaf\", times = {n}, parallel = \"all\" }}]"))
    };
    let read = |case: &Case, label: &'static str, outcome: &Outcome| {
        let s = &outcome.report.system;
        let slow = 1.0 - s.good as f64 / s.completed as f64;
        vec![Sample::new(format!("slow_fraction({label})"), &case.expected[0].at, slow)]
    };
    Plan::runs(case, vec![("n=1", of(1)), ("n=10", of(10)), ("n=100", of(100))], read)
}

fn quorum_latency(case: &Case) -> Plan {
    let of = |wait: &str| {
        System::of("fan-out")
            .set("leaf.work={ exponential = \"5ms\" }")
            .set(&format!("root.calls=[{{ to = \"leaf\", times = 3, parallel = \"copies\"{wait} }}]"))
    };
    let systems = vec![("sojourn_mean", of(", wait_for = 2")), ("sojourn_mean_all", of(""))];
    Plan::runs(case, systems, |_, label, outcome| {
        vec![Sample::new(label, "coordinator", outcome.metric("root", "sojourn_mean").unwrap())]
    })
}

fn hedge(case: &Case) -> Plan {
    let plain = System::of("hedge");
    let hedged = System::of("hedge").set("caller->backend.hedge_after=18.77721ms");
    let places = &[("plain", "system"), ("hedged", "system")];
    Plan::runs(case, vec![("plain", plain), ("hedged", hedged)], |case, label, outcome| {
        let mut all = usual(case, label, outcome, places);
        if label == "hedged" {
            let calls = outcome.node("backend").totals.arrivals as f64;
            let extra = calls / outcome.report.system.arrivals as f64 - 1.0;
            all.push(Sample::new("extra_calls", "hedged", extra));
        }
        all
    })
}
