//! Who asks for what, and when: request classes, key popularity, traffic profiles.

use std::sync::Arc;

use super::rng::Draw;
use super::time::Time;
use super::value::write::{table, time};
use super::value::{LONGEST, Problem, Raw, TableReader, read_share, read_time};

/// A class of requests of one client.
#[derive(Clone, PartialEq, Debug)]
pub struct Class {
    /// Its name, unique in the topology.
    pub name: String,
    /// Share of the client's requests; the shares of a client sum to 1.
    pub share: f64,
    /// Whether a request changes data.
    pub write: bool,
    /// Which keys it touches.
    pub keys: KeyPopularity,
    /// Answered later than this is not good; `None` = the client's patience decides.
    pub slo: Option<Time>,
    /// Its requests ask every shard of a database.
    pub scatter: bool,
}

/// How requests spread over keys. Key 0 is the hottest.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct KeyPopularity {
    /// Exponent of the Zipf law; 0 = uniform.
    pub zipf: f64,
    /// Number of keys.
    pub of: u32,
}

/// Most keys that a topology may have.
pub const MAX_KEYS: u32 = 1_000_000;
/// Most classes of one topology.
pub const MAX_CLASSES: usize = 64;

impl Default for KeyPopularity {
    fn default() -> Self {
        Self { zipf: 0.0, of: 10_000 }
    }
}

/// Draws keys by their popularity; the cumulative table is shared by all clones of a run.
#[derive(Clone, Debug)]
pub struct KeyTable {
    of: u32,
    /// Empty for uniform keys.
    cumulative: Arc<[f64]>,
}

impl KeyTable {
    /// Builds the table.
    pub fn new(keys: KeyPopularity) -> Self {
        if keys.zipf == 0.0 {
            return Self { of: keys.of, cumulative: Arc::new([]) };
        }
        let mut sum = 0.0;
        let mut table: Vec<f64> = (1..=keys.of)
            .map(|rank| {
                sum += libm::pow(f64::from(rank), -keys.zipf);
                sum
            })
            .collect();
        for c in &mut table {
            *c /= sum;
        }
        Self { of: keys.of, cumulative: table.into() }
    }
    /// Number of keys.
    pub const fn of(&self) -> u32 {
        self.of
    }
    /// The key of a draw.
    #[inline]
    pub fn pick(&self, mut draw: Draw) -> u32 {
        if self.cumulative.is_empty() {
            return draw.below(self.of);
        }
        let u = draw.unit();
        (self.cumulative.partition_point(|&c| c <= u) as u32).min(self.of - 1)
    }
}

impl Class {
    /// Reads `{ NAME = { share, write, keys } }`.
    pub fn read_all(raw: &Raw) -> Result<Vec<Self>, Vec<Problem>> {
        let Raw::Table(table) = raw else {
            return Err(vec![Problem::new(
                "expected a table of classes",
                "write browse = { share = 0.9, write = false }",
            )]);
        };
        let mut classes = Vec::new();
        let mut problems = Vec::new();
        for (name, value) in table {
            match Self::read(name, value) {
                Ok(c) => classes.push(c),
                Err(ps) => problems.extend(ps.into_iter().map(|p| p.under(name))),
            }
        }
        let sum: f64 = classes.iter().map(|c: &Self| c.share).sum();
        if problems.is_empty() && (classes.is_empty() || (sum - 1.0).abs() > 1e-6) {
            problems.push(Problem::new(
                format!("the shares sum to {sum}, not 1"),
                "make the shares of all classes sum to 1",
            ));
        }
        if problems.is_empty() { Ok(classes) } else { Err(problems) }
    }
    /// As a file would say it, without its name.
    pub fn raw(&self) -> Raw {
        let Self { name: _, share, write, keys: KeyPopularity { zipf, of }, slo, scatter } = self;
        let keys = table([("zipf", Raw::Number(*zipf)), ("of", Raw::Number(f64::from(*of)))]);
        let mut rows = vec![("share", Raw::Number(*share)), ("write", Raw::Bool(*write)), ("keys", keys)];
        rows.extend(slo.map(|t| ("slo", time(t))));
        rows.extend(scatter.then_some(("scatter", Raw::Bool(true))));
        table(rows)
    }
    fn read(name: &str, raw: &Raw) -> Result<Self, Vec<Problem>> {
        let mut t =
            TableReader::new(raw, "{ share = 0.9, write = false, keys = { zipf = 1.1, of = 1000 } }")?;
        let share = t.get("share", read_share).unwrap_or(1.0);
        let flag = |r: &Raw, remedy: &str| match r {
            Raw::Bool(b) => Ok(*b),
            _ => Err(Problem::new("expected true or false", remedy)),
        };
        let write =
            t.get("write", |r| flag(r, "write = true for requests that change data")).unwrap_or(false);
        let scatter =
            t.get("scatter", |r| flag(r, "scatter = true for requests that ask all shards")).unwrap_or(false);
        let keys = t.get("keys", KeyPopularity::read).unwrap_or_default();
        let slo = t.get("slo", |r| read_time(r, Time::from_ms(1), LONGEST));
        t.later(&["weight"]);
        t.finish(|| Self { name: name.to_owned(), share, write, keys, slo, scatter })
    }
}

impl KeyPopularity {
    fn read(raw: &Raw) -> Result<Self, Problem> {
        const REMEDY: &str = "write keys = { zipf = 1.1, of = 100000 } or { uniform = true, of = 1000 }";
        let Raw::Table(t) = raw else { return Err(Problem::new("expected a table", REMEDY)) };
        let number = |key: &str| match t.get(key) {
            Some(Raw::Number(n)) => Ok(Some(*n)),
            None => Ok(None),
            Some(_) => Err(Problem::new("expected a number", REMEDY).under(key)),
        };
        if let Some(k) = t.keys().find(|k| !["zipf", "uniform", "of", "hot"].contains(&k.as_str())) {
            return Err(super::value::unknown(k, ["zipf", "uniform", "of"].into_iter()).under(k));
        }
        if t.contains_key("hot") {
            return Err(Problem::new("`hot` is not in this version", REMEDY).under("hot"));
        }
        let zipf = number("zipf")?.unwrap_or(0.0);
        let of = number("of")?.ok_or_else(|| Problem::new("`of` is missing: the number of keys", REMEDY))?;
        if !(0.0..=5.0).contains(&zipf) {
            return Err(Problem::new("the Zipf exponent must be between 0 and 5", REMEDY).under("zipf"));
        }
        if of.fract() != 0.0 || of < 1.0 || of > f64::from(MAX_KEYS) {
            return Err(
                Problem::new(format!("`of` must be a whole number up to {MAX_KEYS}"), REMEDY).under("of")
            );
        }
        Ok(Self { zipf, of: of as u32 })
    }
}

/// Traffic over time: a factor on the client's rate, linear between corners, constant after the last.
#[derive(Clone, PartialEq, Debug)]
pub struct Profile(Arc<[Corner]>);

#[derive(Clone, Copy, PartialEq, Debug)]
struct Corner {
    at: Time,
    factor: f64,
}

/// Most corners of a profile.
pub const MAX_CORNERS: usize = 1000;

impl Default for Profile {
    fn default() -> Self {
        Self(Arc::new([Corner { at: Time::ZERO, factor: 1.0 }]))
    }
}

impl Profile {
    /// Reads `{ steps = [["0s", 1.0], ["40s", 3.0]] }`, `{ ramp = [...] }` or `{ spike = { at, for, factor } }`.
    pub fn read(raw: &Raw) -> Result<Self, Problem> {
        const REMEDY: &str = "write { steps = [[\"0s\", 1.0], [\"40s\", 3.0]] }, { ramp = [[\"0s\", 1.0], [\"120s\", 8.0]] } \
             or { spike = { at = \"60s\", for = \"30s\", factor = 5.0 } }";
        let Raw::Table(table) = raw else { return Err(Problem::new("expected a profile", REMEDY)) };
        let (Some((name, value)), 1) = (table.first(), table.len()) else {
            return Err(Problem::new("a profile is a table with exactly one key", REMEDY));
        };
        match name.as_str() {
            "steps" => {
                let points = Self::points(value, REMEDY).map_err(|p| p.under(name))?;
                Ok(Self::steps(&points))
            }
            "ramp" => {
                let mut points = Self::points(value, REMEDY).map_err(|p| p.under(name))?;
                if points[0].at > Time::ZERO {
                    points.insert(0, Corner { at: Time::ZERO, factor: points[0].factor });
                }
                Ok(Self(points.into()))
            }
            "spike" => {
                let Raw::Table(t) = value else {
                    return Err(Problem::new("expected a table", REMEDY).under(name));
                };
                if let Some(k) = t.keys().find(|k| !["at", "for", "factor"].contains(&k.as_str())) {
                    return Err(super::value::unknown(k, ["at", "for", "factor"].into_iter())
                        .under(k)
                        .under(name));
                }
                let get = |k: &str| {
                    t.get(k).ok_or_else(|| Problem::new(format!("`{k}` is missing"), REMEDY).under(name))
                };
                let at = read_time(get("at")?, Time::ZERO, LONGEST).map_err(|p| p.under("at").under(name))?;
                let length = read_time(get("for")?, Time::from_ms(1), LONGEST)
                    .map_err(|p| p.under("for").under(name))?;
                let factor = factor(get("factor")?, REMEDY).map_err(|p| p.under("factor").under(name))?;
                let c = |at, factor| Corner { at, factor };
                Ok(Self::steps(&[c(Time::ZERO, 1.0), c(at, factor), c(at + length, 1.0)]))
            }
            "daily" | "bursts" | "recorded" => {
                Err(Problem::new(format!("`{name}` is not in this version"), REMEDY).under(name))
            }
            _ => Err(Problem::new(format!("unknown profile `{name}`"), REMEDY).under(name)),
        }
    }
    /// As a file would say it: as a ramp if every corner has an instant of its own, else as steps.
    pub fn raw(&self) -> Raw {
        let smooth = self.0.windows(2).all(|pair| pair[0].at < pair[1].at);
        let jumps = |i: &usize| smooth || self.0.get(i + 1).is_none_or(|next| next.at > self.0[*i].at);
        let point = |i: usize| Raw::List(vec![time(self.0[i].at), Raw::Number(self.0[i].factor)]);
        let points = Raw::List((0..self.0.len()).filter(jumps).map(point).collect());
        table([(if smooth { "ramp" } else { "steps" }, points)])
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
            let factor = factor(f, remedy).map_err(|p| p.under(1).under(i))?;
            if corners.last().is_some_and(|c| c.at >= at) {
                return Err(
                    Problem::new("the points are not in order of time", "write later points later").under(i)
                );
            }
            corners.push(Corner { at, factor });
        }
        Ok(corners)
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
    /// When the integral of `rate * factor` from `now` on reaches `area` (a unit-rate exponential draw):
    /// the next arrival of a Poisson process with this rate. `NEVER` if it does not.
    pub fn arrival(&self, now: Time, rate_per_s: f64, area: f64) -> Time {
        let rate = rate_per_s * 1e-9;
        if self.0.len() == 1 {
            let speed = rate * self.0[0].factor;
            return if speed > 0.0 { now + Time((area / speed) as u64) } else { Time::NEVER };
        }
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

fn factor(raw: &Raw, remedy: &str) -> Result<f64, Problem> {
    match raw {
        Raw::Number(f) if (0.0..=1e6).contains(f) => Ok(*f),
        _ => Err(Problem::new("expected a factor of at least 0", remedy)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(at: &str, f: f64) -> Raw {
        Raw::List(vec![Raw::Text(at.into()), Raw::Number(f)])
    }
    fn profile(kind: &str, points: Vec<Raw>) -> Profile {
        Profile::read(&Raw::Table([(kind.to_owned(), Raw::List(points))].into_iter().collect())).unwrap()
    }

    #[test]
    fn steps_jump_and_ramps_slide() {
        let steps = profile("steps", vec![pair("0s", 1.0), pair("40s", 3.0)]);
        assert_eq!(steps.factor(Time::from_secs(39)), 1.0);
        assert_eq!(steps.factor(Time::from_secs(40)), 3.0);
        let ramp = profile("ramp", vec![pair("0s", 1.0), pair("100s", 3.0)]);
        assert!((ramp.factor(Time::from_secs(50)) - 2.0).abs() < 1e-9);
        assert_eq!(ramp.factor(Time::from_secs(200)), 3.0);
    }

    #[test]
    fn arrivals_follow_the_area_under_the_profile() {
        let ramp = profile("ramp", vec![pair("0s", 0.0), pair("100s", 2.0)]);
        // Area of 10/s * t * t / 100 = 25 at t = sqrt(250).
        let t = ramp.arrival(Time::ZERO, 10.0, 25.0).secs();
        assert!((t - 250f64.sqrt()).abs() < 1e-6, "{t}");
        let steps = profile("steps", vec![pair("0s", 1.0), pair("10s", 0.0), pair("20s", 2.0)]);
        let t = steps.arrival(Time::from_secs(5), 1.0, 7.0).secs();
        assert!((t - 21.0).abs() < 1e-6, "{t}");
    }
}
