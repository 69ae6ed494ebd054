//! Every reference case of `tests/theory/cases.json` on the engine itself, with the lengths and tolerances it states.
//!
//! `cargo test` runs the cases that take a moment. All of them, with the table:
//!
//! ```text
//! cargo test --release --locked --test it -- --ignored validation --nocapture
//! ```
//!
//! With `UPDATE_RESULTS=1` the table is written to `tests/theory/RESULTS.md`. `ONLY=mm1,ring` runs the cases whose
//! names contain one of these words.

mod bench;
mod case;
mod plan;
mod table;

mod caching;
mod calculated;
mod copies;
mod networks;
mod queues;
mod tails;
mod tracing;
mod trouble;

use std::time::Instant;

use case::{Case, cases};
use plan::{Plan, Planner, Speed};
use table::Row;

/// A case of `cases.json`, how long it takes, and what is run for it.
type Entry = (&'static str, Speed, Planner);

/// Cases that are not run, each with the reason.
const EXCLUDED: &[(&str, &str)] = &[
    ("closed-users", "waits for its part of the engine"),
    ("pauses-20s", "waits for its part of the engine"),
    ("overload-minute", "waits for its part of the engine"),
    ("avail-3of4", "waits for its part of the engine"),
    ("avail-one", "waits for its part of the engine"),
    ("avail-two", "waits for its part of the engine"),
    ("real-nginx-100kb", "waits for its part of the engine"),
    ("autoscale-step", "waits for its part of the engine"),
    ("token-bucket-150", "waits for its part of the engine"),
    ("token-bucket-90", "waits for its part of the engine"),
    ("stampede", "waits for its part of the engine"),
    ("hit-ratio-cliff", "waits for its part of the engine"),
    ("redelivery", "waits for its part of the engine"),
    ("backlog-drain", "waits for its part of the engine"),
    ("outbox", "waits for its part of the engine"),
    ("metastable-120", "waits for its part of the engine"),
    ("metastable-280", "waits for its part of the engine"),
    ("metastable-shed", "waits for its part of the engine"),
    ("retry-10pct", "waits for its part of the engine"),
    ("retry-half", "waits for its part of the engine"),
    ("retry-layers-dead", "waits for its part of the engine"),
    ("retry-layers-half", "waits for its part of the engine"),
    ("retry-sre-table", "waits for its part of the engine"),
    ("trace-sampling", "waits for its part of the engine"),
];

fn entries() -> Vec<Entry> {
    [
        caching::ENTRIES,
        calculated::ENTRIES,
        copies::ENTRIES,
        networks::ENTRIES,
        queues::ENTRIES,
        tails::ENTRIES,
        tracing::ENTRIES,
        trouble::ENTRIES,
    ]
    .concat()
}

/// The cases of one speed that the environment asks for, with what is run for them.
fn chosen(wanted: impl Fn(Speed) -> bool) -> Vec<(Case, Plan)> {
    let only = std::env::var("ONLY").unwrap_or_default();
    let asked = |id: &str| only.is_empty() || only.split(',').any(|word| id.contains(word));
    let entries = entries();
    let plan = |case: Case| {
        let (_, _, planner) = entries.iter().find(|(id, speed, _)| *id == case.id && wanted(*speed))?;
        asked(&case.id).then(|| {
            let plan = planner(&case);
            (case, plan)
        })
    };
    cases().into_iter().filter_map(plan).collect()
}

/// Runs them, prints the table, and complains of every miss at once.
fn run(chosen: Vec<(Case, Plan)>) -> Vec<Row> {
    let began = Instant::now();
    let (cases, plans): (Vec<Case>, Vec<Plan>) = chosen.into_iter().unzip();
    let measured = plan::measure(plans);
    let rows: Vec<Row> = cases.iter().zip(&measured).flat_map(|(case, m)| table::rows(case, m)).collect();
    println!("{}", table::text(&rows));
    println!("{} cases, {} metrics, {:.1} s", cases.len(), rows.len(), began.elapsed().as_secs_f64());
    rows
}

#[track_caller]
fn all_hold(rows: &[Row]) {
    let missed: Vec<Row> = rows.iter().filter(|r| !r.ok).cloned().collect();
    assert!(
        missed.is_empty(),
        "{} of {} metrics are off:\n{}",
        missed.len(),
        rows.len(),
        table::text(&missed)
    );
}

#[test]
fn quick_cases_hold() {
    all_hold(&run(chosen(|speed| speed == Speed::Quick)));
}

#[test]
#[ignore = "takes minutes: cargo test --release --locked --test it -- --ignored validation --nocapture"]
fn all_cases_hold() {
    let rows = run(chosen(|_| true));
    if std::env::var_os("UPDATE_RESULTS").is_some() {
        table::save(&rows, EXCLUDED);
    }
    all_hold(&rows);
}

#[test]
fn every_case_is_run_or_excluded_with_a_reason() {
    let entries = entries();
    let known = cases();
    let mut missing = Vec::new();
    for case in &known {
        let times = entries.iter().filter(|(id, ..)| *id == case.id).count()
            + EXCLUDED.iter().filter(|(id, _)| *id == case.id).count();
        if times != 1 {
            missing.push(format!("{} is named {times} times", case.id));
        }
    }
    let ids = entries.iter().map(|(id, ..)| *id).chain(EXCLUDED.iter().map(|(id, _)| *id));
    missing.extend(ids.filter(|id| !known.iter().any(|c| c.id == **id)).map(|id| format!("{id} is no case")));
    assert!(missing.is_empty(), "{} of {} cases:\n{}", missing.len(), known.len(), missing.join("\n"));
}
