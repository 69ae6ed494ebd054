//! Bursts: calm and busy spells of random length, in turn.

use super::super::super::distribution::{Distribution, LONGEST_DRAW};
use super::super::super::rng::{Draw, Purpose, combine};
use super::super::super::time::Time;
use super::super::super::value::write::table;
use super::super::super::value::{Problem, Raw};
use super::read::{Table, read_factor};

/// An on-off factor. It begins with a calm spell; spell lengths come from the client's own stream, so the bursts of a
/// seed stay where they are whatever else changes.
#[derive(Clone, Debug)]
pub struct Bursts {
    on: Distribution,
    off: Distribution,
    /// Factor in a burst.
    factor: f64,
    /// Factor between bursts.
    rest: f64,
    key: u64,
    /// A pair of spells that is not later than what is asked next: saves the walk from the start of the run.
    near: Pair,
}

/// A calm spell and the burst after it.
#[derive(Clone, Copy, Debug)]
struct Pair {
    number: u64,
    from: Time,
    burst: Time,
    to: Time,
}

/// Shortest mean length of a spell: shorter ones blur into a constant rate and only cost time.
const SHORTEST_NS: f64 = 1e6;

impl PartialEq for Bursts {
    /// By what was written, not by how far a run has come.
    fn eq(&self, other: &Self) -> bool {
        (&self.on, &self.off, self.factor, self.rest) == (&other.on, &other.off, other.factor, other.rest)
    }
}

impl Bursts {
    pub fn read(raw: &Raw, remedy: &'static str) -> Result<Self, Problem> {
        let t = Table::new(raw, &["on", "off", "factor", "rest"], remedy)?;
        let spell = |r: &Raw| {
            let law = Distribution::read(r)?;
            if law.mean_ns() < SHORTEST_NS {
                return Err(Problem::new("a spell of less than 1ms on average", remedy));
            }
            Ok(law)
        };
        let (on, off) = (t.required("on", spell)?, t.required("off", spell)?);
        let factor = t.or("factor", 1.0, |r| read_factor(r, remedy))?;
        let rest = t.or("rest", 0.0, |r| read_factor(r, remedy))?;
        let near = Pair { number: 0, from: Time::ZERO, burst: Time::ZERO, to: Time::ZERO };
        let mut bursts = Self { on, off, factor, rest, key: 0, near };
        bursts.start(0);
        Ok(bursts)
    }
    pub fn raw(&self) -> Raw {
        table([
            ("on", self.on.raw()),
            ("off", self.off.raw()),
            ("factor", Raw::Number(self.factor)),
            ("rest", Raw::Number(self.rest)),
        ])
    }
    /// Takes the stream that the spell lengths come from.
    pub fn start(&mut self, key: u64) {
        self.key = key;
        self.near = self.pair(0, Time::ZERO);
    }
    fn pair(&self, number: u64, from: Time) -> Pair {
        let length = |law: &Distribution, which: u64| {
            law.sample(Draw::new(combine(self.key, 2 * number + which), Purpose::Burst)).max(Time(1))
        };
        let burst = from + length(&self.off, 0);
        Pair { number, from, burst, to: burst + length(&self.on, 1) }
    }
    fn after(&self, pair: Pair) -> Pair {
        self.pair(pair.number + 1, pair.to)
    }
    /// The pair of spells at an instant.
    fn at(&self, now: Time) -> Pair {
        let mut pair = if self.near.from <= now { self.near } else { self.pair(0, Time::ZERO) };
        while pair.to <= now {
            pair = self.after(pair);
        }
        pair
    }
    pub fn factor(&self, now: Time) -> f64 {
        if now < self.at(now).burst { self.rest } else { self.factor }
    }
    /// Spells from an instant on: until when, and with what factor.
    fn spells(&self, from: Time) -> impl Iterator<Item = (Time, f64)> + '_ {
        let mut pair = self.at(from);
        let mut burst = from >= pair.burst;
        std::iter::from_fn(move || {
            let spell = if burst { (pair.to, self.factor) } else { (pair.burst, self.rest) };
            if burst {
                pair = self.after(pair);
            }
            burst = !burst;
            Some(spell)
        })
    }
    pub fn area(&self, from: Time, to: Time) -> f64 {
        let (mut t, mut sum) = (from, 0.0);
        for (end, factor) in self.spells(from) {
            sum += (end.min(to) - t).ns() as f64 * factor;
            if end >= to {
                break;
            }
            t = end;
        }
        sum
    }
    pub fn arrival(&mut self, now: Time, rate_per_s: f64, area: f64) -> Time {
        let rate = rate_per_s * 1e-9;
        if rate <= 0.0 || self.factor.max(self.rest) <= 0.0 {
            return Time::NEVER;
        }
        self.near = self.at(now);
        let (mut t, mut left) = (now, area);
        for (end, factor) in self.spells(now) {
            let all = rate * factor * (end - t).ns() as f64;
            if all > left {
                return t + Time((left / (rate * factor)) as u64);
            }
            left -= all;
            t = end;
            if t - now > LONGEST_DRAW {
                break;
            }
        }
        Time::NEVER
    }
}
