//! Attempts after failures, and what they do to the callee.

use fivenines::insight::theory::overload;

use super::Entry;
use super::bench::{Outcome, System};
use super::case::Case;
use super::plan::Speed::{Quick, Slow};
use super::plan::{Plan, Sample, usual};

pub const ENTRIES: &[Entry] = &[
    ("retry-10pct", Slow, |case| retry(case, System::of("retries"))),
    ("retry-half", Slow, |case| {
        retry(
            case,
            System::of("retries").set("backend.error_rate=0.5").set("caller->backend.retries={ max = 3 }"),
        )
    }),
    ("retry-layers-dead", Slow, |case| layers(case, "1.0")),
    ("retry-layers-half", Slow, |case| layers(case, "0.5")),
    ("retry-sre-table", Quick, growth),
    ("metastable-120", Slow, |case| {
        metastable(case, System::of("metastable").set("clients.rate=120/s"), 120.0)
    }),
    ("metastable-280", Slow, |case| metastable(case, System::of("metastable"), 280.0)),
    ("metastable-shed", Slow, shed),
];

fn retry(case: &Case, system: System) -> Plan {
    Plan::runs(case, vec![("", system)], |case, label, outcome| {
        let mut all = usual(case, label, outcome, &[("caller", "system")]);
        let attempts = outcome.node("backend").totals.arrivals as f64 / outcome.report.system.arrivals as f64;
        all.push(Sample::new("attempts_per_request", "caller", attempts));
        all
    })
}

/// A share of failures of 5e-20 is out of reach of any run: that one is by formula, and the run must see none.
fn layers(case: &Case, p: &str) -> Plan {
    let system = System::of("retry-layers").set(&format!("bottom.error_rate={p}"));
    let exact = overload::retries(p.parse().unwrap(), 3, 3).failed;
    Plan::runs(case, vec![("", system)], move |_, _, outcome| {
        let s = &outcome.report.system;
        let calls = outcome.node("bottom").totals.arrivals as f64 / s.arrivals as f64;
        let failed = s.failed.iter().sum::<u64>() as f64 / s.arrivals as f64;
        let failed = if exact < 1e-9 && failed == 0.0 { exact } else { failed };
        vec![Sample::new("calls_per_request", "bottom", calls), Sample::new("fail_fraction", "top", failed)]
    })
}

/// Evenly spaced calls that come back after exactly a second meet the bucket as they met it before, so always the same
/// ones are refused. For the success of first tries, which the case takes as drawn at random, the network spreads the
/// calls over some milliseconds, and the wait is so much shorter that they come back after a second on average. Uneven
/// calls need a larger bucket to use every token; what it holds in the beginning is taken out first.
fn growth(case: &Case) -> Plan {
    let at_once = vec!["\"0s\""; 99].join(", ");
    let drawn = System::of("retry-growth")
        .set("frontend->gate.latency={ uniform = [\"0ms\", \"10ms\"] }")
        .set("frontend->gate.retries={ max = \"unlimited\", backoff = \"990ms\", max_backoff = \"990ms\" }")
        .set("gate.burst=100")
        .set(&format!("starter.profile={{ recorded = [{at_once}] }}"));
    Plan::runs(
        case,
        vec![("calls", System::of("retry-growth")), ("first_try_success", drawn)],
        |case, label, outcome| {
            let gate = outcome.report.nodes.iter().position(|n| n.name == "gate").unwrap();
            let windows = outcome.sim.windows();
            let sample = |e: &super::case::Expected| {
                let second: usize = e.parts().1.trim_start_matches("second=").parse().unwrap();
                let window = windows.iter().nth(second - 1).unwrap();
                // Good are those answered at once: their first try went through.
                let value = if label == "calls" {
                    f64::from(window.nodes[gate].arrivals)
                } else {
                    f64::from(window.system.good) / f64::from(window.system.arrivals)
                };
                Sample::new(&e.metric, &e.at, value)
            };
            case.expected.iter().filter(|e| e.parts().0 == label).map(sample).collect()
        },
    )
}

/// Means per second over windows of a second.
fn rates(outcome: &Outcome, from: usize, to: usize) -> (f64, f64) {
    let database = outcome.report.nodes.iter().position(|n| n.name == "database").unwrap();
    let windows = outcome.sim.windows();
    let these = || windows.iter().skip(from).take(to - from);
    let seconds = (to - from) as f64;
    let calls: u32 = these().map(|w| w.nodes[database].arrivals).sum();
    let good: u32 = these().map(|w| w.system.completed).sum();
    (f64::from(calls) / seconds, f64::from(good) / seconds)
}

/// Before: the minute before the outage. End: the last hundred seconds.
fn metastable(case: &Case, system: System, demand: f64) -> Plan {
    Plan::runs(case, vec![("", system)], move |case, _, outcome| {
        let end = case.run().seconds.unwrap() as usize;
        let (calls_before, goodput_before) = rates(outcome, 0, 60);
        let (calls_end, goodput_end) = rates(outcome, end - 100, end);
        let mut all = vec![
            Sample::new("calls_before", "database", calls_before),
            Sample::new("goodput_before", "system", goodput_before),
            Sample::new("calls_end", "database", calls_end),
            Sample::new("goodput_end", "system", goodput_end),
        ];
        if case.expected.iter().any(|e| e.metric == "recovery_seconds") {
            // The first second at whose end the mean of the last five is at 90 % of the demand.
            let back = (75..=end).find(|&t| rates(outcome, t - 5, t).1 >= 0.9 * demand).unwrap_or(end);
            all.push(Sample::new("recovery_seconds", "system", back as f64 - 70.0));
        }
        all
    })
}

fn shed(case: &Case) -> Plan {
    let profile = "clients.profile={ steps = [[\"0s\", 1.0], [\"200s\", 0.35714285714285715]] }";
    metastable(case, System::of("metastable").set(profile), 280.0)
}
