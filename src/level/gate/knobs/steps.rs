//! Large steps of a knob: double and half, then far more and far less.

use crate::sim::distribution::Distribution;
use crate::sim::time::Time;
use crate::sim::topology::Topology;
use crate::sim::value::{Knob, Shape, Value};

/// The values to try: the design's own, and others by how far up (over 0) or down they are, nearest first.
pub(super) struct Steps {
    /// What the design has; `None` = unset.
    pub own: Option<Value>,
    /// What to try, in this order.
    pub others: Vec<(i32, Value)>,
}

/// The steps of a knob in a design; `None` where its target is not there.
pub(super) fn of(knob: &Knob, target: &str, design: &Topology) -> Option<Steps> {
    if !is_there(target, design) {
        return None;
    }
    let own = own(knob, target, design);
    let (up, down) = around(knob, own.as_ref(), design);
    let up = (1..).zip(up);
    let down = (1..).zip(down).map(|(rank, value): (i32, Value)| (-rank, value));
    let mut others: Vec<(i32, Value)> = up.chain(down).filter(|(_, v)| Some(v) != own.as_ref()).collect();
    // A step up, a step down, then the larger ones.
    others.sort_by_key(|(rank, _)| (rank.abs(), -rank));
    Some(Steps { own, others })
}

/// Whether a design has the part, the machine or the link.
fn is_there(target: &str, design: &Topology) -> bool {
    match target.split_once("->") {
        Some((from, to)) => design.has_link(from, to),
        None => design.hosts.contains_key(target) || design.nodes.contains_key(target),
    }
}

/// The value in the design; `None` = unset. A link that a knob implies has none yet.
fn own(knob: &Knob, target: &str, design: &Topology) -> Option<Value> {
    if let Some(ends) = target.split_once("->") {
        let link = design.links.iter().find(|l| ends == (l.from.as_str(), l.to.as_str()))?;
        return link.knobs.get(knob.name).cloned();
    }
    if let Some(host) = design.hosts.get(target) {
        return (!host.size.is_empty()).then(|| Value::Name(host.size.clone()));
    }
    design.nodes.get(target)?.knobs.get(knob.name).cloned()
}

/// Values above and below, nearest first. From an unset knob: two values, both "above".
fn around(knob: &Knob, own: Option<&Value>, design: &Topology) -> (Vec<Value>, Vec<Value>) {
    match (knob.shape, own) {
        (Shape::Count { min, max, unlimited }, own) => counts(own, min, max, unlimited),
        (Shape::Share, own) => {
            let s = match own {
                Some(Value::Share(s)) => *s,
                _ => 0.0,
            };
            let up = if s > 0.0 { [2.0 * s, 8.0 * s] } else { [0.1, 0.5] };
            (up.map(|s| Value::Share(s.min(1.0))).into(), [s / 2.0, 0.0].map(Value::Share).into())
        }
        // A step up is as many events more, so there is one.
        (Shape::Rate { max }, Some(Value::Rate(r))) => {
            (vec![Value::Rate((2.0 * r).min(max))], vec![Value::Rate(r / 2.0), Value::Rate(r / 8.0)])
        }
        (Shape::Rate { max }, _) => ([10.0, 1000.0].map(|r: f64| Value::Rate(r.min(max))).into(), Vec::new()),
        (Shape::Time { min, max }, Some(Value::Time(t))) => {
            let by = |factor: f64| Value::Time(Time::from_secs_f64(t.secs() * factor).clamp(min, max));
            (vec![by(2.0), by(8.0)], vec![by(0.5), by(0.125)])
        }
        (Shape::Time { min, max }, _) => {
            ([1, 30].map(|s| Value::Time(Time::from_secs(s).clamp(min, max))).into(), Vec::new())
        }
        (Shape::Money, Some(Value::Money(m))) => (vec![Value::Money(2.0 * m)], vec![Value::Money(m / 2.0)]),
        (Shape::Money, _) => ([10.0, 1000.0].map(Value::Money).into(), Vec::new()),
        (Shape::Factor { min, max }, Some(Value::Factor(f))) => {
            let by = |factor: f64| Value::Factor((f * factor).clamp(min, max));
            (vec![by(2.0), by(8.0)], vec![by(0.5), by(0.125)])
        }
        (Shape::Distribution | Shape::Length, Some(Value::Distribution(d))) => {
            let by = |factor| Value::Distribution(d.scaled(factor));
            (vec![by(2.0), by(8.0)], vec![by(0.5), by(0.125)])
        }
        (Shape::Distribution | Shape::Length, _) => {
            let constant = |ms| Value::Distribution(Distribution::Constant(Time::from_ms(ms)));
            (vec![constant(1), constant(100)], Vec::new())
        }
        (Shape::Name, own) => sizes(own, design),
        _ => (Vec::new(), Vec::new()),
    }
}

fn counts(own: Option<&Value>, min: u32, max: u32, unlimited: bool) -> (Vec<Value>, Vec<Value>) {
    let within = |n: u32| Value::Count(n.clamp(min, max));
    match own {
        Some(Value::Count(n)) => {
            let up = [n.saturating_mul(2).max(1), n.saturating_mul(16).max(16)].map(within);
            let open = unlimited.then_some(Value::Unlimited);
            (up.into_iter().chain(open).collect(), [n / 2, n / 16].map(within).into())
        }
        Some(Value::Unlimited) => (Vec::new(), [100, 10, 1].map(within).into()),
        _ => ([10, 100].map(within).into(), Vec::new()),
    }
}

/// The next size by its cores, then the largest; the one before, then the smallest.
fn sizes(own: Option<&Value>, design: &Topology) -> (Vec<Value>, Vec<Value>) {
    let mut sizes: Vec<_> = design.sizes.iter().collect();
    sizes.sort_by_key(|s| s.cores);
    let value = |at: usize| Value::Name(sizes[at].name.clone());
    let last = sizes.len().saturating_sub(1);
    let at = match own {
        Some(Value::Name(name)) => sizes.iter().position(|s| s.name == *name),
        _ => None,
    };
    match at {
        Some(at) => {
            let up = if at < last { vec![value(at + 1), value(last)] } else { Vec::new() };
            (up, if at > 0 { vec![value(at - 1), value(0)] } else { Vec::new() })
        }
        None if sizes.is_empty() => (Vec::new(), Vec::new()),
        None => (vec![value(0), value(last)], Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(shape: Shape, own: Option<Value>, up: &[u32], down: &[u32]) {
        let knob = Knob::new("n", shape, "");
        let found = around(&knob, own.as_ref(), &Topology::default());
        let counts = |values: &[u32]| values.iter().map(|n| Value::Count(*n)).collect::<Vec<_>>();
        assert_eq!(found, (counts(up), counts(down)));
    }

    #[test]
    fn steps_are_large_and_stay_within_bounds() {
        let shape = Shape::Count { min: 1, max: 50, unlimited: false };
        check(shape, Some(Value::Count(8)), &[16, 50], &[4, 1]);
        check(shape, None, &[10, 50], &[]);
        check(Shape::Count { min: 0, max: 50, unlimited: true }, Some(Value::Unlimited), &[], &[50, 10, 1]);
    }
}
