//! `run --theory`: what theory predicts beside what the run measured.

use std::io::{self, Write};

use indexmap::IndexMap;
use serde::Serialize;

use crate::insight::theory::predict::{self, Prediction, Values};
use crate::sim::quantity::{show_share, show_time};
use crate::sim::simulation::Simulation;
use crate::sim::time::Time;

/// What theory says about one node.
#[derive(Serialize, Clone, Debug)]
pub struct TheoryReport {
    /// The model, as `M/M/4`.
    pub model: String,
    /// Whether every assumption is met.
    pub holds: bool,
    /// What the model takes for granted, and whether the run is so.
    pub assumptions: IndexMap<&'static str, bool>,
    /// By formula; absent where the queue never settles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicted: Option<ValuesReport>,
    /// By the run: those values that are predicted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<ValuesReport>,
}

/// Values of a node; units end their names.
#[derive(Serialize, Clone, Copy, PartialEq, Default, Debug)]
#[expect(missing_docs, reason = "named as in the report of a node")]
pub struct ValuesReport {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utilization: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waited: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_mean_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_mean_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_p95_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_p99_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_flight_mean: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropped: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hit_ratio: Option<f64>,
}

/// Every node that a formula is known for.
pub fn theory(run: &Simulation) -> IndexMap<String, TheoryReport> {
    let all = predict::predict(run.topology(), &run.report());
    all.into_iter().map(|p| (p.node.clone(), report(&p))).collect()
}

fn report(p: &Prediction) -> TheoryReport {
    let (predicted, measured) = (values(&p.predicted), values(&p.measured));
    let known = predicted != ValuesReport::default();
    TheoryReport {
        model: p.model.clone(),
        holds: p.holds(),
        assumptions: p.assumptions.iter().map(|a| (a.text, a.met)).collect(),
        predicted: known.then_some(predicted),
        measured: known.then(|| measured.where_known(&predicted)),
    }
}

fn values(v: &Values) -> ValuesReport {
    let ms = |s: Option<f64>| s.map(|s| s * 1e3);
    ValuesReport {
        utilization: v.utilization,
        waited: v.wait_probability,
        waiting_mean_ms: ms(v.wait_mean),
        response_mean_ms: ms(v.response_mean),
        response_p95_ms: ms(v.response_p95),
        response_p99_ms: ms(v.response_p99),
        in_flight_mean: v.in_system_mean,
        dropped: v.drop_fraction,
        hit_ratio: v.hit_ratio,
    }
}

impl ValuesReport {
    fn rows(&self) -> [(&'static str, Option<f64>, Unit); 9] {
        [
            ("busy", self.utilization, Unit::Share),
            ("had to wait", self.waited, Unit::Share),
            ("mean wait", self.waiting_mean_ms, Unit::Ms),
            ("mean response", self.response_mean_ms, Unit::Ms),
            ("p95", self.response_p95_ms, Unit::Ms),
            ("p99", self.response_p99_ms, Unit::Ms),
            ("in hand", self.in_flight_mean, Unit::Count),
            ("turned away", self.dropped, Unit::Share),
            ("hits", self.hit_ratio, Unit::Share),
        ]
    }
    /// Only the values that `other` has.
    fn where_known(self, other: &Self) -> Self {
        let both = |a: Option<f64>, b: Option<f64>| b.and(a);
        Self {
            utilization: both(self.utilization, other.utilization),
            waited: both(self.waited, other.waited),
            waiting_mean_ms: both(self.waiting_mean_ms, other.waiting_mean_ms),
            response_mean_ms: both(self.response_mean_ms, other.response_mean_ms),
            response_p95_ms: both(self.response_p95_ms, other.response_p95_ms),
            response_p99_ms: both(self.response_p99_ms, other.response_p99_ms),
            in_flight_mean: both(self.in_flight_mean, other.in_flight_mean),
            dropped: both(self.dropped, other.dropped),
            hit_ratio: both(self.hit_ratio, other.hit_ratio),
        }
    }
}

#[derive(Clone, Copy)]
enum Unit {
    Share,
    Ms,
    Count,
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Self::Share => show_share(value),
            Self::Ms => show_time(Time::from_secs_f64(value / 1e3)),
            Self::Count => format!("{value:.2}"),
        }
    }
}

/// The table for people: predicted beside measured.
pub fn print(all: &IndexMap<String, TheoryReport>, out: &mut dyn Write) -> io::Result<()> {
    for (name, t) in all {
        let unmet: Vec<&str> =
            t.assumptions.iter().filter(|(_, met)| !**met).map(|(text, _)| *text).collect();
        write!(out, "\ntheory of {name}: {}", t.model)?;
        if unmet.is_empty() {
            writeln!(out, ", all assumptions met")?;
        } else {
            writeln!(out, ", but not so here: {}", unmet.join("; "))?;
        }
        let (Some(predicted), Some(measured)) = (&t.predicted, &t.measured) else {
            writeln!(out, "  the queue never settles: there is no mean to predict")?;
            continue;
        };
        for ((what, p, unit), (_, m, _)) in predicted.rows().into_iter().zip(measured.rows()) {
            let Some(p) = p else { continue };
            let m = m.map_or_else(|| "-".into(), |m| unit.show(m));
            writeln!(out, "  {what:14} predicted {:>9}   measured {m:>9}", unit.show(p))?;
        }
    }
    Ok(())
}
