//! What differs between two stretches of a run, or between two runs: the figures that moved, greatest first.

use crate::sim::component::Kind;
use crate::sim::metrics::{Measure, Metric, Scope};
use crate::sim::simulation::Simulation;
use crate::sim::time::Time;

/// One figure that moved.
#[derive(Clone, PartialEq, Debug)]
pub struct Shift {
    /// What it is, as `db.utilization` or `p95`.
    pub metric: Metric,
    /// Its value in the first stretch, in the measure's unit; `None` = nothing was measured there.
    pub before: Option<f64>,
    /// Its value in the second stretch.
    pub after: Option<f64>,
}

impl Shift {
    /// Its path as level files write it.
    pub fn path(&self) -> String {
        match &self.metric.scope {
            Scope::System => self.metric.measure.name().into(),
            Scope::Class(name) => format!("classes.{name}.{}", self.metric.measure.name()),
            Scope::Server(name, i) => format!("{name}#{}.{}", i + 1, self.metric.measure.name()),
            Scope::Node(name) => format!("{name}.{}", self.metric.measure.name()),
        }
    }
    /// In words: `db.utilization 41 % → 97 %`.
    pub fn told(&self) -> String {
        let unit = self.metric.measure.unit();
        let show = |v: Option<f64>| v.map_or("nothing".to_owned(), |v| unit.show(v));
        format!("{} {} → {}", self.path(), show(self.before), show(self.after))
    }
    /// How far it moved: the greater value over the smaller one, minus 1; infinite from or to nothing.
    pub fn size(&self) -> f64 {
        match (self.before, self.after) {
            (Some(a), Some(b)) if a == b => 0.0,
            (Some(a), Some(b)) if a > 0.0 && b > 0.0 => a.max(b) / a.min(b) - 1.0,
            _ => f64::INFINITY,
        }
    }
}

/// One run and the stretch of it that is meant: the windows that end in `(from, to]`.
#[derive(Clone, Copy)]
pub struct Stretch<'a> {
    /// The run.
    pub run: &'a Simulation,
    /// Begins after this instant.
    pub from: Time,
    /// Ends at this instant.
    pub to: Time,
}

/// Figures that moved by less than this share are the noise of chance in a few seconds.
pub const NOISE: f64 = 0.1;

const SYSTEM: &[Measure] = &[
    Measure::ArrivalRate,
    Measure::Throughput,
    Measure::ErrorRate,
    Measure::Mean,
    Measure::Percentile(950),
    Measure::Percentile(990),
    Measure::InFlight,
];
const NODE: &[Measure] = &[
    Measure::ArrivalRate,
    Measure::Throughput,
    Measure::ErrorRate,
    Measure::Utilization,
    Measure::CpuUtilization,
    Measure::OccupiedByCalls,
    Measure::QueueMean,
    Measure::Percentile(950),
    Measure::Up,
    Measure::HitRatio,
    Measure::Lag,
    Measure::Backlog,
];

/// What differs, greatest shift first; of equal ones the earlier in the list of parts. Works for two stretches of
/// one run and for the same stretch of two runs (a node that one of them lacks has no value there).
pub fn between(before: Stretch<'_>, after: Stretch<'_>) -> Vec<Shift> {
    let mut names: Vec<&String> = Vec::new();
    for run in [before.run, after.run] {
        let nodes = run.topology().nodes.iter().filter(|(_, n)| n.kind != Kind::Client);
        for (name, _) in nodes {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let system = SYSTEM.iter().map(|&measure| Metric { scope: Scope::System, measure });
    let of_node = |name: &String| {
        let name = name.clone();
        NODE.iter().map(move |&measure| Metric { scope: Scope::Node(name.clone()), measure })
    };
    let metrics = system.chain(names.into_iter().flat_map(of_node));
    let value = |s: &Stretch<'_>, m: &Metric| s.run.measure(m, s.from, s.to);
    let mut shifts: Vec<Shift> = metrics
        .map(|metric| Shift { before: value(&before, &metric), after: value(&after, &metric), metric })
        .filter(|s| (s.before.is_some() || s.after.is_some()) && s.size() > NOISE)
        .collect();
    shifts.sort_by(|a, b| b.size().total_cmp(&a.size()));
    shifts
}
