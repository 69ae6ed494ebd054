//! What one request does, step by step.

use fivenines::sim::metrics::Count;
use fivenines::sim::time::Time;

use super::Entry;
use super::bench::{Outcome, System};
use super::case::{Case, Run};
use super::plan::Speed::{Quick, Slow};
use super::plan::{Plan, Sample};

pub const ENTRIES: &[Entry] = &[
    ("n-plus-one-queries", Quick, n_plus_one),
    ("trace-critical-path", Quick, critical_path),
    ("trace-sampling", Slow, sampling),
];

/// One request of each system.
fn once(case: &Case, systems: Vec<(&'static str, System)>, read: fn(&Outcome) -> f64) -> Plan {
    let length = Run { requests: Some(1), replications: 1, ..Run::default() };
    let mut plan = Plan::default();
    for (metric, system) in systems {
        plan = plan.and(Plan::repeated(case, move |seed| {
            vec![Sample::new(metric, "", read(&system.run(&length, seed)))]
        }));
    }
    plan
}

fn duration(outcome: &Outcome) -> f64 {
    outcome.metric("system", "sojourn_mean").unwrap()
}

fn n_plus_one(case: &Case) -> Plan {
    let single = System::of("n-plus-one");
    let batched = System::of("n-plus-one").set("app.calls=[{ to = \"database\", times = 2 }]");
    once(case, vec![("sojourn_n_plus_one", single), ("sojourn_batched", batched)], duration)
}

fn critical_path(case: &Case) -> Plan {
    let base = || System::of("critical-path");
    let sequence = "gateway.calls=[{ to = \"auth\" }, { to = \"profile\" }, { to = \"catalogue\" }, { to = \"price\" }, \
        { to = \"database\" }]";
    let systems = vec![
        ("trace_duration", base()),
        ("trace_duration_price_halved", base().set("price.work={ constant = \"12.5ms\" }")),
        ("trace_duration_catalogue_cache_removed", base().set("catalogue.calls=[]")),
        ("trace_duration_all_in_sequence", base().set(sequence)),
    ];
    // In milliseconds, as the case has them.
    once(case, systems, |o| duration(o) * 1e3)
        .and(once(case, vec![("sum_of_spans", base())], |o| own_times(o) * 1e3))
}

/// Sum over the request's spans of the time in which they do not wait for calls of their own.
fn own_times(outcome: &Outcome) -> f64 {
    let trace = outcome.sim.trace(0, 0).unwrap();
    let mut sum = 0.0;
    for (i, span) in trace.spans.iter().enumerate() {
        let mut calls: Vec<(Time, Time)> = trace
            .spans
            .iter()
            .filter(|call| call.parent == Some(i as u32))
            .map(|call| (call.sent, call.ended))
            .collect();
        calls.sort_unstable();
        let (mut waiting, mut until) = (0.0, Time::ZERO);
        for (sent, ended) in calls {
            waiting += ended.max(until).saturating_sub(sent.max(until)).secs();
            until = until.max(ended);
        }
        sum += (span.replied - span.started).secs() - waiting;
    }
    sum
}

/// How many of the failed requests a tool that chooses at the start has followed.
fn sampling(case: &Case) -> Plan {
    let requests = case.run().requests.unwrap() as f64;
    let none = Sample::new("no_traced_error_probability", "", libm::pow(1.0 - 0.01 * 0.001, requests));
    let runs = Plan::runs(case, vec![("", System::of("traced"))], |_, _, outcome| {
        let clients = outcome.report.nodes.iter().find(|n| n.name == "clients").unwrap();
        vec![Sample::new("traced_errors", "", clients.totals.count(Count::TracedErrors) as f64)]
    });
    runs.and(Plan::calculated(vec![none]))
}
