//! The table: what each case expects, what the engine measured.

use std::fmt::Write as _;

use super::case::{Case, Expected};
use super::plan::Sample;

/// One metric of one case.
#[derive(Clone, Debug)]
pub struct Row {
    case: String,
    metric: String,
    reference: String,
    measured: Option<f64>,
    tolerance: String,
    /// Distance in standard errors of the mean of the runs, where the case states them.
    z: Option<f64>,
    pub ok: bool,
}

/// The rows of a case; a metric that nobody measured is not ok.
pub fn rows(case: &Case, measured: &[Sample]) -> Vec<Row> {
    let used = |s: &&Sample| !case.expected.iter().any(|e| e.metric == s.metric && e.at == s.at);
    let unknown = measured.iter().find(used);
    assert!(unknown.is_none(), "{}: nobody expects {unknown:?}", case.id);
    case.expected.iter().map(|e| row(case, e, measured)).collect()
}

fn row(case: &Case, e: &Expected, measured: &[Sample]) -> Row {
    let value = measured.iter().find(|s| s.metric == e.metric && s.at == e.at).map(|s| s.value);
    let ok = value.is_some_and(|m| match (e.value, e.tol) {
        (Some(value), Some(tol)) => (m - value).abs() <= tol,
        _ => e.min.is_none_or(|min| m >= min) && e.max.is_none_or(|max| m <= max),
    });
    let runs = case.run().replications as f64;
    let z = match (value, e.value, e.se_run) {
        (Some(m), Some(value), Some(se)) if se > 1e-9 => Some((m - value) / (se / runs.sqrt())),
        _ => None,
    };
    let place = if e.at.is_empty() { String::new() } else { format!(" @ {}", e.at) };
    Row {
        case: case.id.clone(),
        metric: format!("{}{place}", e.metric),
        reference: match e.value {
            Some(v) => number(v),
            None => format!("{} to {}", number(e.min.unwrap_or(0.0)), e.max.map_or("any".into(), number)),
        },
        measured: value,
        tolerance: e.tol.map_or_else(|| "-".into(), number),
        z,
        ok,
    }
}

/// Seven significant digits, as the cases have them.
fn number(v: f64) -> String {
    if v == 0.0 {
        return "0".into();
    }
    if v.abs() < 1e-4 {
        return format!("{v:.3e}");
    }
    let digits = (6 - libm::log10(v.abs()).floor() as i32).clamp(0, 9) as usize;
    let text = format!("{v:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

impl Row {
    fn cells(&self) -> [String; 7] {
        [
            self.case.clone(),
            self.metric.clone(),
            self.reference.clone(),
            self.measured.map_or_else(|| "not measured".into(), number),
            self.tolerance.clone(),
            self.z.map_or_else(|| "-".into(), |z| format!("{z:.1}")),
            if self.ok { "yes" } else { "NO" }.into(),
        ]
    }
}

const HEAD: [&str; 7] = ["case", "metric", "reference", "measured", "tolerance", "z", "ok"];

/// The rows as a table, a Markdown one too.
pub fn text(rows: &[Row]) -> String {
    let cells: Vec<[String; 7]> = rows.iter().map(Row::cells).collect();
    let mut width = HEAD.map(str::len);
    for row in &cells {
        for (w, cell) in width.iter_mut().zip(row) {
            *w = (*w).max(cell.len());
        }
    }
    let mut out = String::new();
    let mut line = |cells: &[String]| {
        for (k, (cell, w)) in cells.iter().zip(width).enumerate() {
            // Text to the left, numbers to the right.
            let _ = if k < 2 { write!(out, "| {cell:<w$} ") } else { write!(out, "| {cell:>w$} ") };
        }
        out.push_str("|\n");
    };
    line(&HEAD.map(String::from));
    line(&width.map(|w| "-".repeat(w)));
    for row in &cells {
        line(row);
    }
    out
}

/// Writes `tests/theory/RESULTS.md`.
pub fn save(rows: &[Row], excluded: &[(&str, &str)]) {
    let ok = rows.iter().filter(|r| r.ok).count();
    let mut cases: Vec<&str> = rows.iter().map(|r| r.case.as_str()).collect();
    cases.dedup();
    let mut out = format!(
        "# The engine against its reference cases\n\n\
         Written by `UPDATE_RESULTS=1 cargo test --release --locked --test it -- --ignored validation --nocapture`; the\n\
         references, lengths of run and tolerances are those of `cases.json` beside this file. z is the distance from the\n\
         reference in standard errors of the mean of the runs, where the case states them. Same program, same table: on any\n\
         machine, in any year.\n\n{ok} of {} metrics of {} cases hold.\n\n",
        rows.len(),
        cases.len(),
    );
    for (id, reason) in excluded {
        let _ = writeln!(out, "Not run: `{id}`: {reason}.");
    }
    out.push_str(&text(rows));
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/theory/RESULTS.md"), out).unwrap();
}
