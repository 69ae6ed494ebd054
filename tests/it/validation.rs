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
mod messaging;
mod networks;
mod overload;
mod queues;
mod reliable;
mod retrying;
mod tails;
mod tracing;
mod trouble;

use case::{Case, cases};
use plan::{Plan, Planner, Speed};
use table::Row;

/// A case of `cases.json`, how long it takes, and what is run for it.
type Entry = (&'static str, Speed, Planner);

/// Cases that are not run, each with the reason.
const EXCLUDED: &[(&str, &str)] = &[];

fn entries() -> Vec<Entry> {
    [
        caching::ENTRIES,
        calculated::ENTRIES,
        copies::ENTRIES,
        messaging::ENTRIES,
        overload::ENTRIES,
        reliable::ENTRIES,
        retrying::ENTRIES,
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
    let (cases, plans): (Vec<Case>, Vec<Plan>) = chosen.into_iter().unzip();
    let measured = plan::measure(plans);
    let rows: Vec<Row> = cases.iter().zip(&measured).flat_map(|(case, m)| table::rows(case, m)).collect();
    println!("{}", table::text(&rows));
    println!("{} cases, {} metrics", cases.len(), rows.len());
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
