//! The proofs of a challenge's knobs: each one that it offers moves what its help promises, that way and measurably,
//! in the untouched design or in a solution.

mod steps;

use super::{Bench, Proof, Ran};
use crate::level::change::split;
use crate::sim::change::Change;
use crate::sim::metrics::{Measure, Metric, Scope, Unit};
use crate::sim::topology::Topology;
use crate::sim::value::{Knob, Promise, Value, Way};

/// Differences up to this share of the greater value are chance.
const NOISE: f64 = 0.02;

/// A knob that the scene offers, and what it promises.
struct Offer {
    target: String,
    knob: &'static Knob,
    promise: Promise,
    /// It is named: it must move something. The knobs behind `NODE.*` must only not lie.
    named: bool,
}

/// What was measured with the knob at one value.
struct Reading {
    /// Where the value stands among the others: 0 is the design's own, more is more.
    rank: i32,
    value: f64,
    /// Of a share of busy time: how busy for one answer. Else the value.
    effort: f64,
    /// The knob's value, in words.
    set: String,
}

/// What the readings of one design show.
enum Shown {
    Moved(String),
    Against(String),
    Still(String),
}

impl Bench<'_> {
    /// Proves the knobs of a challenge or a variant, on one seed.
    pub(super) fn prove_knobs(&self, proofs: &mut Vec<Proof>) {
        if !self.scene.is_challenge() || self.scene.allow.is_empty() {
            return;
        }
        let untouched = std::iter::once(&[][..]);
        let designs = untouched.chain(self.scene.solutions.iter().map(|s| s.changes.as_slice()));
        let bases: Vec<(&[Change], Ran)> =
            designs.filter_map(|changes| Some((changes, self.run(changes).ok()?))).collect();
        let mut seen: Vec<String> = Vec::new();
        for entry in &self.scene.allow {
            for offer in bases.iter().flat_map(|(_, base)| offers(entry, base.run.topology())) {
                let name = format!("{}: knob {}.{}", self.scene.id, offer.target, offer.knob.name);
                if !seen.contains(&name) {
                    proofs.extend(self.prove_knob(&name, &offer, &bases));
                    seen.push(name);
                }
            }
        }
    }

    fn prove_knob(&self, name: &str, offer: &Offer, bases: &[(&[Change], Ran)]) -> Option<Proof> {
        let way = if offer.promise.way == Way::Up { "up" } else { "down" };
        let expected = format!("more of it moves {} {way}", metric(offer, &Topology::default()).0);
        let mut still = None;
        for (changes, base) in bases {
            match self.turn(offer, changes, base) {
                Some(Shown::Moved(got)) => return Some(Proof::new(name, expected, got, true)),
                Some(Shown::Against(got)) => return Some(Proof::new(name, expected, got, false)),
                Some(Shown::Still(got)) => still = still.or(Some(got)),
                None => {}
            }
        }
        let got = still.unwrap_or_else(|| "not measured".into());
        offer.named.then(|| Proof::new(name, expected, format!("it moves nothing: {got}"), false))
    }

    /// Turns the knob up and down in one design until it has moved its metric; `None` = it is not there.
    fn turn(&self, offer: &Offer, changes: &[Change], base: &Ran) -> Option<Shown> {
        let design = base.run.topology();
        let steps = steps::of(offer.knob, &offer.target, design)?;
        let metric = metric(offer, design).1;
        let mut readings: Vec<Reading> = Vec::new();
        if let Some(own) = steps.own {
            readings.extend(Reading::of(base, &metric, 0, &own));
        }
        for (rank, value) in steps.others {
            let set = Change::Set {
                target: offer.target.clone(),
                knob: offer.knob.name,
                value: Some(value.clone()),
            };
            let all: Vec<Change> = changes.iter().cloned().chain([set]).collect();
            let ran = self.run(&all).ok();
            let Some(new) = ran.and_then(|ran| Reading::of(&ran, &metric, rank, &value)) else { continue };
            let words = |old: &Reading| format!("{}, {}", old.words(&metric), new.words(&metric));
            if let Some(old) = readings.iter().find(|old| lies(offer, old, &new)) {
                return Some(Shown::Against(words(old)));
            }
            if let Some(old) = readings.iter().find(|old| shift(offer, old, &new, |r| r.value) > NOISE) {
                return Some(Shown::Moved(words(old)));
            }
            readings.push(new);
        }
        let all: Vec<String> = readings.iter().map(|r| r.words(&metric)).collect();
        Some(Shown::Still(if all.is_empty() { "not measured".into() } else { all.join(", ") }))
    }
}

impl Reading {
    /// What a run measured; `None` = nothing.
    fn of(ran: &Ran, metric: &Metric, rank: i32, set: &Value) -> Option<Self> {
        let read = |metric: &Metric| ran.run.measure(metric, ran.origin, ran.run.now());
        let value = read(metric)?;
        let busy = matches!(metric.measure, Measure::Utilization | Measure::CpuUtilization);
        let answers = read(&Metric { measure: Measure::Completed, ..metric.clone() }).filter(|_| busy);
        let effort = answers.map_or(value, |answers| value / answers);
        Some(Self { rank, value, effort, set: crate::level::words::value(set) })
    }
    fn words(&self, metric: &Metric) -> String {
        let value = match metric.measure.unit() {
            Unit::Share if self.value < 0.01 => format!("{:.4}%", self.value * 100.0),
            unit => unit.show(self.value),
        };
        format!("{value} at {}", self.set)
    }
}

/// The metric went the other way. A part that is busier because it answers more than before does not lie.
fn lies(offer: &Offer, old: &Reading, new: &Reading) -> bool {
    shift(offer, old, new, |r| r.value) < -NOISE && shift(offer, old, new, |r| r.effort) < -NOISE
}

/// How far a metric went the promised way, as a share of its greater value.
fn shift(offer: &Offer, old: &Reading, new: &Reading, of: fn(&Reading) -> f64) -> f64 {
    let up = if (new.rank > old.rank) == (offer.promise.way == Way::Up) { 1.0 } else { -1.0 };
    let (old, new) = (of(old), of(new));
    let scale = old.abs().max(new.abs());
    if scale > 0.0 { up * (new - old) / scale } else { 0.0 }
}

/// The knobs with a promise that an entry of `allow` offers in a design.
fn offers(entry: &str, design: &Topology) -> Vec<Offer> {
    let offer = |target: &str, knob: &'static Knob, named| {
        let promise = knob.promise.filter(|_| knob.live)?;
        Some(Offer { target: target.to_owned(), knob, promise, named })
    };
    if let Some(node) = entry.strip_suffix(".*") {
        let tables = design.nodes.get(node).map(|n| n.kind.knob_tables());
        return tables.into_iter().flatten().flatten().filter_map(|k| offer(node, k, false)).collect();
    }
    split(entry, design).ok().and_then(|(target, knob)| offer(&target, knob, true)).into_iter().collect()
}

/// What the knob promises to move, as written and as measured; a machine is measured at a part that lives on it.
fn metric(offer: &Offer, design: &Topology) -> (String, Metric) {
    let measure = offer.promise.measure;
    if offer.promise.end_to_end {
        return (measure.name().to_owned(), Metric { scope: Scope::System, measure });
    }
    let lives = |n: &crate::sim::topology::NodeSpec| n.knobs.name("host") == Some(offer.target.as_str());
    let guest = design.nodes.iter().find(|(_, n)| lives(n)).map(|(name, _)| name);
    let node = if design.hosts.contains_key(&offer.target) { guest } else { None }.unwrap_or(&offer.target);
    (format!("{}.{}", offer.target, measure.name()), Metric { scope: Scope::Node(node.clone()), measure })
}
