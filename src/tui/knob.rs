//! What one press does to a knob: the next value up or down that makes sense for its shape.

use crate::session::KnobRow;
use crate::sim::time::Time;
use crate::sim::topology::Topology;
use crate::sim::value::{HealthCheck, Knob, Knobs, Raw, Shape, Value};

/// Factor of a step of a rate.
const RATE_STEP: f64 = 1.25;
/// The largest number that counts step through; then comes "unlimited", where it is legal.
const LARGE: u32 = 10_000;

/// The next value of a knob; `None` where there is none in that direction, or the keys cannot change it.
pub fn step(row: &KnobRow, up: bool, design: &Topology) -> Option<Value> {
    let next = match (row.shape, row.value.as_ref()) {
        (Shape::Count { min, max, unlimited }, now) => count(now, up, min, max, unlimited)?,
        (Shape::Share, Some(Value::Share(s))) => share(*s, up),
        (Shape::Share, None) => Value::Share(0.1),
        (Shape::Rate { max }, Some(Value::Rate(r))) => {
            Value::Rate((if up { r * RATE_STEP } else { r / RATE_STEP }).clamp(0.01, max))
        }
        (Shape::Time { min, max }, Some(Value::Time(t))) => Value::Time(time(*t, up).clamp(min, max)),
        (Shape::Time { min, max }, None) => Value::Time(Time::SECOND.clamp(min, max)),
        (Shape::Choice(words), now) => {
            let names: Vec<&str> = words.to_vec();
            let at = match now {
                Some(Value::Choice(word)) => names.iter().position(|n| n == word),
                _ => None,
            };
            Value::Choice(words[neighbour(at, up, words.len())?])
        }
        (Shape::Name, now) if row.name == "size" => {
            let at = match now {
                Some(Value::Name(name)) => design.sizes.iter().position(|s| s.name == *name),
                _ => None,
            };
            Value::Name(design.sizes.get(neighbour(at, up, design.sizes.len())?)?.name.clone())
        }
        (Shape::Health, Some(Value::Health(check))) => Value::Health(probe(check.clone(), up)),
        (Shape::Group(knobs), now) if most_of(knobs).is_some() => Value::Group(most(knobs, now, up)?),
        (Shape::Health | Shape::Group(_), None) => {
            row.shape.read(&Raw::Table(indexmap::IndexMap::new())).ok()?
        }
        (Shape::Flag, now) => Value::Flag(flag(now, up)?),
        (Shape::Distribution, Some(Value::Distribution(d))) => {
            let mean = d.mean_ns().max(1.0);
            Value::Distribution(d.scaled(time(Time(mean as u64), up).ns() as f64 / mean))
        }
        _ => return None,
    };
    (row.value.as_ref() != Some(&next)).then_some(next)
}

/// On by one way, off by the other.
fn flag(now: Option<&Value>, up: bool) -> Option<bool> {
    (now != Some(&Value::Flag(up))).then_some(up)
}

/// Of a table that cannot do without a number, as the retries of a link, that number: how many there may be.
fn most_of(knobs: &'static [Knob]) -> Option<&'static Knob> {
    let alone = knobs.iter().filter(|k| k.required).count() == 1;
    knobs.first().filter(|k| alone && k.required && matches!(k.shape, Shape::Count { .. }))
}

/// Such a table with one more or one less; none yet counts as the least.
fn most(knobs: &'static [Knob], now: Option<&Value>, up: bool) -> Option<Knobs> {
    let knob = most_of(knobs).filter(|_| now.is_some() || up)?;
    let Shape::Count { min, max, unlimited } = knob.shape else { return None };
    let mut group = match now {
        Some(Value::Group(group)) => group.clone(),
        _ => Knobs::default(),
    };
    let least = Value::Count(min);
    let next = count(Some(group.get(knob.name).unwrap_or(&least)), up, min, max, unlimited)?;
    group.set(knob.name, next);
    Some(group)
}

/// The place beside `at`; without a place, the first.
fn neighbour(at: Option<usize>, up: bool, len: usize) -> Option<usize> {
    match at {
        None => (len > 0).then_some(0),
        Some(i) if up => Some(i + 1).filter(|i| *i < len),
        Some(i) => i.checked_sub(1),
    }
}

fn count(now: Option<&Value>, up: bool, min: u32, max: u32, unlimited: bool) -> Option<Value> {
    let top = max.min(LARGE);
    let n = match now {
        Some(Value::Count(n)) => *n,
        Some(Value::Unlimited) => return (!up).then_some(Value::Count(top.min(1000))),
        _ => return Some(Value::Count(min.max(1))),
    };
    if up && n >= top {
        return unlimited.then_some(Value::Unlimited);
    }
    let next = if up { n + stride(n) } else { n.saturating_sub(stride(n.saturating_sub(1))) };
    Some(Value::Count(next.clamp(min, top.max(n))))
}

/// Steps of one up to 20, then about a tenth.
fn stride(n: u32) -> u32 {
    match n {
        0..20 => 1,
        20..50 => 5,
        50..200 => 10,
        200..500 => 50,
        500..2000 => 100,
        _ => 1000,
    }
}

/// Steps of 5 %, below 10 % of 1 %.
fn share(now: f64, up: bool) -> Value {
    let percent = (now * 100.0).round();
    let fine = if up { percent < 10.0 } else { percent <= 10.0 };
    let by = if fine { 1.0 } else { 5.0 };
    Value::Share(((percent + if up { by } else { -by }) / 100.0).clamp(0.0, 1.0))
}

/// The next of 1, 2, 5, 10, ... nanoseconds.
fn time(now: Time, up: bool) -> Time {
    let mut decade: u64 = 1;
    let mut below = Time(1);
    while decade < u64::MAX / 100 {
        for rung in [1, 2, 5].map(|m| Time(m * decade)) {
            if up && rung > now {
                return rung;
            }
            if !up && rung >= now {
                return below;
            }
            below = rung;
        }
        decade *= 10;
    }
    now
}

/// Rarer or more frequent probes; the timeout never exceeds the interval.
fn probe(check: HealthCheck, up: bool) -> HealthCheck {
    let interval = time(check.interval, up).clamp(Time::from_ms(100), Time::from_secs(60));
    HealthCheck { interval, timeout: check.timeout.min(interval), ..check }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(shape: Shape, value: Option<Value>) -> KnobRow {
        KnobRow { name: "size", value, shape, help: "", free: true }
    }

    #[track_caller]
    fn check(shape: Shape, from: Option<Value>, up: bool, expected: Option<Value>) {
        assert_eq!(step(&row(shape, from), up, &Topology::default()), expected);
    }

    #[test]
    fn counts_stay_within_their_bounds() {
        let shape = Shape::Count { min: 1, max: 1000, unlimited: false };
        check(shape, Some(Value::Count(3)), true, Some(Value::Count(4)));
        check(shape, Some(Value::Count(1)), false, None);
        check(shape, Some(Value::Count(20)), false, Some(Value::Count(19)));
        check(shape, Some(Value::Count(1000)), true, None);
        let open = Shape::Count { min: 0, max: 1000, unlimited: true };
        check(open, Some(Value::Count(1000)), true, Some(Value::Unlimited));
        check(open, Some(Value::Unlimited), false, Some(Value::Count(1000)));
    }

    #[test]
    fn words_and_times_go_step_by_step() {
        let shape = Shape::Choice(&["a", "b"]);
        check(shape, Some(Value::Choice("a")), true, Some(Value::Choice("b")));
        check(shape, Some(Value::Choice("b")), true, None);
        let shape = Shape::Time { min: Time::from_ms(1), max: Time::from_secs(10) };
        check(shape, Some(Value::Time(Time::from_ms(40))), true, Some(Value::Time(Time::from_ms(50))));
        check(shape, Some(Value::Time(Time::from_ms(40))), false, Some(Value::Time(Time::from_ms(20))));
        check(shape, Some(Value::Time(Time::from_secs(10))), true, None);
    }

    #[test]
    fn switches_flip() {
        check(Shape::Flag, Some(Value::Flag(false)), true, Some(Value::Flag(true)));
        check(Shape::Flag, Some(Value::Flag(true)), true, None);
    }

    #[test]
    fn retries_are_counted() {
        let retries = crate::sim::component::LINK_KNOBS.iter().find(|k| k.name == "retries").unwrap();
        let press =
            |from: Option<&Value>, up| step(&row(retries.shape, from.cloned()), up, &Topology::default());
        let max = |value: Option<&Value>| match value {
            Some(Value::Group(group)) => group.count("max"),
            _ => None,
        };
        assert_eq!(press(None, false), None);
        let one = press(None, true);
        assert_eq!(max(one.as_ref()), Some(1));
        let two = press(one.as_ref(), true);
        assert_eq!(max(two.as_ref()), Some(2));
        assert_eq!(press(two.as_ref(), false), one);
        assert_eq!(max(press(one.as_ref(), false).as_ref()), Some(0));
    }

    #[test]
    fn shares_go_in_round_steps() {
        check(Shape::Share, Some(Value::Share(0.1)), true, Some(Value::Share(0.15)));
        check(Shape::Share, Some(Value::Share(0.1)), false, Some(Value::Share(0.09)));
        check(Shape::Share, Some(Value::Share(1.0)), true, None);
    }
}
