//! Random choices from a seed, and random values for any knob by its shape: a new knob is covered by itself.

use fivenines::sim::rng::combine;
use fivenines::sim::time::Time;
use fivenines::sim::value::{Knob, Raw, Shape};
use indexmap::IndexMap;

/// A stream of choices. The same seed makes the same ones.
pub struct Dice {
    seed: u64,
    count: u64,
}

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self { seed, count: 0 }
    }
    pub fn bits(&mut self) -> u64 {
        self.count += 1;
        combine(self.seed, self.count)
    }
    /// A whole number from `low` to `high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.bits() % (high - low + 1)
    }
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }
    pub fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }
    pub fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.bits() as usize % list.len()].clone()
    }

    /// A value as somebody might write it; small, so that runs stay short. `None` for shapes that need a whole
    /// design (classes, calls, names of parts) and for knobs without behaviour.
    pub fn value(&mut self, knob: &Knob) -> Option<Raw> {
        Some(match knob.shape {
            Shape::Count { unlimited: true, .. } if self.chance(0.2) => text("unlimited"),
            Shape::Count { min, max, .. } => {
                Raw::Number(self.between(u64::from(min), u64::from(max.min(min + 12))) as f64)
            }
            Shape::Share => Raw::Number((self.unit() * 100.0).round() / 100.0),
            Shape::Rate { max } => text(&format!("{}/s", (5.0 + 60.0 * self.unit()).min(max))),
            Shape::Time { min, max } => time(self.time().clamp(min, max)),
            Shape::Money => text(&format!("${}/month", self.between(0, 500))),
            Shape::Factor { min, max } => Raw::Number(min + (max - min).min(5.0) * self.unit()),
            Shape::Bytes { max } => text(&format!("{}B", self.between(0, max.min(1 << 30)))),
            Shape::Flag => Raw::Bool(self.chance(0.5)),
            Shape::Group(knobs) => self.group(knobs),
            Shape::Distribution => self.distribution(),
            Shape::Choice(words) => text(self.pick(words)),
            Shape::Name if knob.name == "size" => text(self.pick(&["s", "m", "l"])),
            Shape::Health => table([
                ("interval", time(Time::from_ms(self.between(200, 2000)))),
                ("timeout", time(Time::from_ms(self.between(50, 200)))),
                ("fall", Raw::Number(self.between(1, 3) as f64)),
                ("rise", Raw::Number(self.between(1, 3) as f64)),
            ]),
            Shape::Profile => {
                let point = |s: u64, f: f64| Raw::List(vec![time(Time::from_secs(s)), Raw::Number(f)]);
                let kind = self.pick(&["steps", "ramp"]);
                let at = self.between(1, 5);
                table([(kind, Raw::List(vec![point(0, 1.0), point(at, 3.0 * self.unit())]))])
            }
            _ => return None,
        })
    }
    fn group(&mut self, knobs: &[Knob]) -> Raw {
        let mut rows = IndexMap::new();
        for knob in knobs {
            if (knob.required || self.chance(0.6))
                && let Some(value) = self.value(knob)
            {
                rows.insert(knob.name.to_owned(), value);
            }
        }
        Raw::Table(rows)
    }
    /// Between 1 ms and 2 s, short ones more often.
    fn time(&mut self) -> Time {
        let scale = self.pick(&[1, 10, 100, 1000]);
        Time::from_ms(self.between(1, 2) * scale)
    }
    /// Work or latency around a few milliseconds.
    pub fn distribution(&mut self) -> Raw {
        let mean = time(Time::from_ns(self.between(100_000, 20_000_000)));
        match self.between(0, 5) {
            0 => table([("constant", mean)]),
            1 => table([("uniform", Raw::List(vec![time(Time::ZERO), mean]))]),
            2 => table([("erlang", table([("mean", mean), ("stages", Raw::Number(3.0))]))]),
            3 => table([("log-normal", table([("mean", mean), ("scv", Raw::Number(2.5))]))]),
            4 => {
                let rows = [("min", time(Time::from_ns(50_000))), ("shape", Raw::Number(1.5)), ("max", mean)];
                table([("pareto", table(rows))])
            }
            _ => table([("exponential", mean)]),
        }
    }
}

pub fn text(words: &str) -> Raw {
    Raw::Text(words.to_owned())
}
pub fn time(t: Time) -> Raw {
    Raw::Text(format!("{}ns", t.ns()))
}
pub fn table<'a>(rows: impl IntoIterator<Item = (&'a str, Raw)>) -> Raw {
    Raw::Table(rows.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
}
