//! Day and night: a wave.

use std::f64::consts::TAU;

use super::super::super::time::Time;
use super::super::super::value::write::{table, time};
use super::super::super::value::{LONGEST, Problem, Raw, read_time};
use super::read::{Table, read_factor};

/// A factor that swings between `low` and `high`; lowest at the start of the run, highest half a period later.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Daily {
    period: Time,
    low: f64,
    high: f64,
}

impl Daily {
    pub fn read(raw: &Raw, remedy: &'static str) -> Result<Self, Problem> {
        let t = Table::new(raw, &["period", "low", "high"], remedy)?;
        let period = t.or("period", LONGEST, |r| read_time(r, Time::from_ms(100), LONGEST))?;
        let low = t.or("low", 0.2, |r| read_factor(r, remedy))?;
        let high = t.or("high", 1.0, |r| read_factor(r, remedy))?;
        if low > high {
            return Err(Problem::new("`low` is over `high`", remedy).under("low"));
        }
        Ok(Self { period, low, high })
    }
    pub fn raw(&self) -> Raw {
        let Self { period, low, high } = self;
        table([("period", time(*period)), ("low", Raw::Number(*low)), ("high", Raw::Number(*high))])
    }
    const fn middle(&self) -> f64 {
        f64::midpoint(self.low, self.high)
    }
    const fn swing(&self) -> f64 {
        (self.high - self.low) / 2.0
    }
    /// The factor `x` ns after the start of a period.
    fn at(&self, x: f64) -> f64 {
        self.middle() - self.swing() * libm::cos(TAU * x / self.period.ns() as f64)
    }
    /// Integral of the factor over the first `x` ns of a period (or more).
    fn since_start(&self, x: f64) -> f64 {
        let period = self.period.ns() as f64;
        self.middle() * x - self.swing() * period / TAU * libm::sin(TAU * x / period)
    }
    pub fn factor(&self, now: Time) -> f64 {
        self.at((now.ns() % self.period.ns()) as f64)
    }
    pub fn area(&self, from: Time, to: Time) -> f64 {
        let start = (from.ns() % self.period.ns()) as f64;
        self.since_start(start + (to - from).ns() as f64) - self.since_start(start)
    }
    pub fn arrival(&self, now: Time, rate_per_s: f64, area: f64) -> Time {
        let wanted = area / (rate_per_s * 1e-9);
        let (period, middle) = (self.period.ns() as f64, self.middle());
        if rate_per_s <= 0.0 || middle <= 0.0 {
            return Time::NEVER;
        }
        // Whole periods first: what is left lies within one, and the integral only grows.
        let whole = libm::floor(wanted / (middle * period));
        let left = wanted - whole * middle * period;
        let start = (now.ns() % self.period.ns()) as f64;
        let base = self.since_start(start);
        let (mut low, mut high) = (0.0, period);
        let mut x = (left / middle).min(period);
        for _ in 0..64 {
            let over = self.since_start(start + x) - base - left;
            if over > 0.0 {
                high = x;
            } else {
                low = x;
            }
            let step = over / self.at(start + x);
            let next = x - step;
            // Newton where it stays between the bounds, halving where it does not.
            let next = if next > low && next < high { next } else { f64::midpoint(low, high) };
            if (next - x).abs() < 0.25 {
                break;
            }
            x = next;
        }
        now + Time((whole * period + x) as u64)
    }
}
