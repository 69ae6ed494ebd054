//! Profiles that are straight between corners: steps, ramps and spikes.

use std::sync::Arc;

use super::super::super::time::Time;
use super::super::super::value::write::time;
use super::super::super::value::{LONGEST, Problem, Raw, read_time};
use super::read::{Table, read_factor};

/// A factor, linear between corners, constant after the last. Never empty.
#[derive(Clone, PartialEq, Debug)]
pub struct Corners(Arc<[Corner]>);

#[derive(Clone, Copy, PartialEq, Debug)]
struct Corner {
    at: Time,
    factor: f64,
}

/// Most corners of a profile.
pub const MAX_CORNERS: usize = 1000;

impl Corners {
    /// The same factor for ever.
    pub fn flat(factor: f64) -> Self {
        Self(Arc::new([Corner { at: Time::ZERO, factor }]))
    }
    pub fn read_steps(raw: &Raw, remedy: &str) -> Result<Self, Problem> {
        Ok(Self::steps(&Self::points(raw, remedy)?))
    }
    pub fn read_ramp(raw: &Raw, remedy: &str) -> Result<Self, Problem> {
        let mut points = Self::points(raw, remedy)?;
        if points[0].at > Time::ZERO {
            points.insert(0, Corner { at: Time::ZERO, factor: points[0].factor });
        }
        Ok(Self(points.into()))
    }
    pub fn read_spike(raw: &Raw, remedy: &'static str) -> Result<Self, Problem> {
        let t = Table::new(raw, &["at", "for", "factor"], remedy)?;
        let at = t.required("at", |r| read_time(r, Time::ZERO, LONGEST))?;
        let length = t.required("for", |r| read_time(r, Time::from_ms(1), LONGEST))?;
        let factor = t.required("factor", |r| read_factor(r, remedy))?;
        let c = |at, factor| Corner { at, factor };
        Ok(Self::steps(&[c(Time::ZERO, 1.0), c(at, factor), c(at + length, 1.0)]))
    }
    /// As a file would say it: as a ramp if every corner has an instant of its own, else as steps.
    pub fn raw(&self) -> (&'static str, Raw) {
        let smooth = self.0.windows(2).all(|pair| pair[0].at < pair[1].at);
        let jumps = |i: &usize| smooth || self.0.get(i + 1).is_none_or(|next| next.at > self.0[*i].at);
        let point = |i: usize| Raw::List(vec![time(self.0[i].at), Raw::Number(self.0[i].factor)]);
        let points = Raw::List((0..self.0.len()).filter(jumps).map(point).collect());
        (if smooth { "ramp" } else { "steps" }, points)
    }
    fn steps(points: &[Corner]) -> Self {
        let mut corners: Vec<Corner> = Vec::with_capacity(points.len() * 2);
        let mut last = 1.0;
        if points[0].at > Time::ZERO {
            corners.push(Corner { at: Time::ZERO, factor: 1.0 });
        }
        for p in points {
            if !corners.is_empty() && p.at > Time::ZERO {
                corners.push(Corner { at: p.at, factor: last });
            }
            corners.push(*p);
            last = p.factor;
        }
        Self(corners.into())
    }
    fn points(raw: &Raw, remedy: &str) -> Result<Vec<Corner>, Problem> {
        let Raw::List(items) = raw else { return Err(Problem::new("expected a list of points", remedy)) };
        if items.is_empty() || items.len() > MAX_CORNERS {
            return Err(Problem::new(format!("expected 1 to {MAX_CORNERS} points"), remedy));
        }
        let mut corners: Vec<Corner> = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            let Raw::List(pair) = item else { return Err(Problem::new("expected a point", remedy).under(i)) };
            let [at, f] = pair.as_slice() else {
                return Err(Problem::new("a point has a time and a factor", remedy).under(i));
            };
            let at = read_time(at, Time::ZERO, LONGEST).map_err(|p| p.under(0).under(i))?;
            let factor = read_factor(f, remedy).map_err(|p| p.under(1).under(i))?;
            if corners.last().is_some_and(|c| c.at >= at) {
                return Err(
                    Problem::new("the points are not in order of time", "write later points later").under(i)
                );
            }
            corners.push(Corner { at, factor });
        }
        Ok(corners)
    }
    /// The factor, if it never changes.
    pub fn constant(&self) -> Option<f64> {
        if let [only] = &*self.0 { Some(only.factor) } else { None }
    }
    /// The factor at an instant.
    pub fn factor(&self, now: Time) -> f64 {
        let i = self.0.partition_point(|c| c.at <= now);
        match (i.checked_sub(1).map(|k| self.0[k]), self.0.get(i)) {
            (Some(a), Some(b)) => {
                let part = (now - a.at).ns() as f64 / (b.at - a.at).ns() as f64;
                a.factor + (b.factor - a.factor) * part
            }
            (Some(a), None) => a.factor,
            (None, _) => self.0[0].factor,
        }
    }
    /// Integral of the factor between two instants, in ns.
    pub fn area(&self, from: Time, to: Time) -> f64 {
        let (mut t, mut sum) = (from, 0.0);
        while t < to {
            let f0 = self.factor(t);
            let next = self.0.get(self.0.partition_point(|c| c.at <= t));
            let (end, f1) = match next {
                Some(c) if c.at <= to => (c.at, c.factor),
                Some(_) => (to, self.factor(to)),
                None => (to, f0),
            };
            sum += (end - t).ns() as f64 * (f0 + f1) / 2.0;
            t = end;
        }
        sum
    }
    /// When the integral of `rate * factor` from `now` on reaches `area`; `NEVER` if it does not.
    pub fn arrival(&self, now: Time, rate_per_s: f64, area: f64) -> Time {
        let rate = rate_per_s * 1e-9;
        let (mut t, mut left) = (now, area);
        loop {
            let f0 = self.factor(t);
            let Some(next) = self.0.get(self.0.partition_point(|c| c.at <= t)) else {
                return if f0 * rate > 0.0 { t + Time((left / (f0 * rate)) as u64) } else { Time::NEVER };
            };
            let length = (next.at - t).ns() as f64;
            // Just before the corner: steps have two corners at one instant.
            let slope = (next.factor - f0) / length;
            let all = rate * length * (f0 + next.factor) / 2.0;
            if all > left {
                // rate (f0 x + slope x^2 / 2) = left
                let wanted = left / rate;
                let x = if slope.abs() < 1e-18 {
                    wanted / f0
                } else {
                    2.0 * wanted / (f0 + libm::sqrt((f0 * f0 + 2.0 * slope * wanted).max(0.0)))
                };
                return t + Time((x as u64).min((next.at - t).ns()));
            }
            left -= all;
            t = next.at;
        }
    }
}
