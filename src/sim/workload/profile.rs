//! Traffic over time.

mod bursts;
mod corners;
mod daily;
mod read;

use std::sync::Arc;

use super::super::time::Time;
use super::super::value::write::{table, time};
use super::super::value::{LONGEST, Problem, Raw, read_time};
use bursts::Bursts;
use corners::Corners;
pub use corners::MAX_CORNERS;
use daily::Daily;

/// Traffic over time: a factor on the client's rate, or the instants of a recording. Its times count from where it
/// was begun; two profiles are equal if they have the same course.
#[derive(Clone, Debug)]
pub struct Profile {
    course: Course,
    begun: Time,
}

impl PartialEq for Profile {
    fn eq(&self, other: &Self) -> bool {
        self.course == other.course
    }
}

#[derive(Clone, PartialEq, Debug)]
enum Course {
    Corners(Corners),
    Daily(Daily),
    Bursts(Box<Bursts>),
    /// Instants of a recording, each later than the one before, the first after the start of the profile.
    Recorded(Arc<[Time]>),
}

/// Most instants of a recording.
pub const MAX_INSTANTS: usize = 100_000;

impl Default for Profile {
    fn default() -> Self {
        Self { course: Course::Corners(Corners::flat(1.0)), begun: Time::ZERO }
    }
}

const REMEDY: &str = "write { steps = [[\"0s\", 1.0], [\"40s\", 3.0]] }, { ramp = [[\"0s\", 1.0], [\"120s\", 8.0]] }, \
     { spike = { at = \"60s\", for = \"30s\", factor = 5.0 } }, { daily = { period = \"24h\", low = 0.2, high = 1.0 } }, \
     { bursts = { on = { exponential = \"2s\" }, off = { exponential = \"10s\" }, factor = 5.0, rest = 1.0 } } \
     or { recorded = [\"0.1s\", \"0.35s\"] }";

impl Profile {
    /// Reads `{ steps = [["0s", 1.0], ["40s", 3.0]] }` and its sisters.
    pub fn read(raw: &Raw) -> Result<Self, Problem> {
        let Raw::Table(table) = raw else { return Err(Problem::new("expected a profile", REMEDY)) };
        let (Some((name, value)), 1) = (table.first(), table.len()) else {
            return Err(Problem::new("a profile is a table with exactly one key", REMEDY));
        };
        let course = match name.as_str() {
            "steps" => Corners::read_steps(value, REMEDY).map(Course::Corners),
            "ramp" => Corners::read_ramp(value, REMEDY).map(Course::Corners),
            "spike" => Corners::read_spike(value, REMEDY).map(Course::Corners),
            "daily" => Daily::read(value, REMEDY).map(Course::Daily),
            "bursts" => Bursts::read(value, REMEDY).map(|b| Course::Bursts(Box::new(b))),
            "recorded" => recording(value).map(Course::Recorded),
            _ => Err(Problem::new(format!("unknown profile `{name}`"), REMEDY)),
        };
        course.map(|course| Self { course, begun: Time::ZERO }).map_err(|p| p.under(name))
    }
    /// As a file would say it.
    pub fn raw(&self) -> Raw {
        let (name, value) = match &self.course {
            Course::Corners(c) => c.raw(),
            Course::Daily(d) => ("daily", d.raw()),
            Course::Bursts(b) => ("bursts", b.raw()),
            Course::Recorded(at) => ("recorded", Raw::List(at.iter().map(|t| time(*t)).collect())),
        };
        table([(name, value)])
    }
    /// The same profile, begun at an instant, with the stream of its client, from which random spells are drawn.
    #[must_use]
    pub fn started(mut self, key: u64, begun: Time) -> Self {
        if let Course::Bursts(bursts) = &mut self.course {
            bursts.start(key);
        }
        Self { begun, ..self }
    }
    /// Where its times count from.
    pub const fn begun(&self) -> Time {
        self.begun
    }
    /// The factor at an instant; 1 for a recording.
    pub fn factor(&self, now: Time) -> f64 {
        let now = now - self.begun;
        match &self.course {
            Course::Corners(c) => c.factor(now),
            Course::Daily(d) => d.factor(now),
            Course::Bursts(b) => b.factor(now),
            Course::Recorded(_) => 1.0,
        }
    }
    /// Integral of the factor between two instants, in ns.
    pub fn area(&self, from: Time, to: Time) -> f64 {
        let (from, to) = (from - self.begun, to - self.begun);
        match &self.course {
            Course::Corners(c) => c.area(from, to),
            Course::Daily(d) => d.area(from, to),
            Course::Bursts(b) => b.area(from, to),
            Course::Recorded(_) => (to - from).ns() as f64,
        }
    }
    /// The factor, if it never changes.
    pub fn constant(&self) -> Option<f64> {
        match &self.course {
            Course::Corners(c) => c.constant(),
            _ => None,
        }
    }
    /// When the integral of `rate * factor` from `now` on reaches `area` (a unit-rate exponential draw):
    /// the next arrival of a Poisson process with this rate. Of a recording, the next instant: the rate says only
    /// whether there is traffic. `NEVER` if there is none.
    #[inline]
    pub fn arrival(&mut self, now: Time, rate_per_s: f64, area: f64) -> Time {
        let now = now - self.begun;
        let at = match &mut self.course {
            Course::Corners(c) => c.arrival(now, rate_per_s, area),
            Course::Daily(d) => d.arrival(now, rate_per_s, area),
            Course::Bursts(b) => b.arrival(now, rate_per_s, area),
            Course::Recorded(_) if rate_per_s <= 0.0 => Time::NEVER,
            Course::Recorded(at) => at.get(at.partition_point(|&t| t <= now)).copied().unwrap_or(Time::NEVER),
        };
        if at == Time::NEVER { at } else { at + self.begun }
    }
}

/// Reads the instants of a recording; equal ones are set a nanosecond apart, so that each is an arrival.
fn recording(raw: &Raw) -> Result<Arc<[Time]>, Problem> {
    let remedy =
        format!("write 1 to {MAX_INSTANTS} instants in order, as {{ recorded = [\"0.1s\", \"0.35s\"] }}");
    let Raw::List(items) = raw else { return Err(Problem::new("expected a list of instants", remedy)) };
    if items.is_empty() || items.len() > MAX_INSTANTS {
        return Err(Problem::new(format!("{} instants", items.len()), remedy));
    }
    let mut instants: Vec<Time> = Vec::with_capacity(items.len());
    let mut written = Time::ZERO;
    for (i, item) in items.iter().enumerate() {
        let at = read_time(item, Time::ZERO, LONGEST).map_err(|p| p.under(i))?;
        if at < written {
            return Err(Problem::new("the instants are not in order of time", remedy).under(i));
        }
        written = at;
        let last = instants.last().copied().unwrap_or_default();
        instants.push(at.max(last + Time(1)));
    }
    Ok(instants.into())
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
        let mut ramp = profile("ramp", vec![pair("0s", 0.0), pair("100s", 2.0)]);
        // Area of 10/s * t * t / 100 = 25 at t = sqrt(250).
        let t = ramp.arrival(Time::ZERO, 10.0, 25.0).secs();
        assert!((t - 250f64.sqrt()).abs() < 1e-6, "{t}");
        let mut steps = profile("steps", vec![pair("0s", 1.0), pair("10s", 0.0), pair("20s", 2.0)]);
        let t = steps.arrival(Time::from_secs(5), 1.0, 7.0).secs();
        assert!((t - 21.0).abs() < 1e-6, "{t}");
    }
}
