//! Goals: metric, limit in its unit, window.

use super::lesson::kept;
use crate::level::fields::{Fields, MAX_LINE, one, written};
use crate::level::goal::{Bound, Goal};
use crate::level::path::{self, Names};
use crate::sim::component::client::MAX_RATE;
use crate::sim::metrics::{Metric, Unit};
use crate::sim::time::Time;
use crate::sim::value::{LONGEST, Problem, Raw, Shape, Value, quantity, read_rate, read_share, read_time};

/// Default length of the sliding window.
const WINDOW: Time = Time::from_secs(10);

/// Reads one goal of a run of length `until`.
pub fn read(
    raw: &Raw,
    names: &Names,
    warmup: Time,
    until: Time,
    problems: &mut Vec<Problem>,
) -> Option<Goal> {
    let mut f = Fields::new(raw, "[[goal]] with metric = \"p95\" and below = \"300ms\"");
    let metric = f.get("metric", |r| {
        let text = written(r, MAX_LINE)?;
        let metric = path::read(text)?;
        path::check(&metric, names)?;
        Ok((text.to_owned(), metric))
    });
    f.require("metric", "write what is measured, as metric = \"p95\"");
    let limit = |f: &mut Fields<'_>, key| {
        if let Some((_, metric)) = &metric {
            return f.get(key, |r| read_limit(r, metric));
        }
        // Without a metric there is no unit to check it against.
        f.raw(key);
        None
    };
    let below = limit(&mut f, "below").map(Bound::Below);
    let above = limit(&mut f, "above").map(Bound::Above);
    match (f.has("below"), f.has("above")) {
        (true, true) => f.fault("a goal with two limits", "write two goals: one `below`, one `above`"),
        (false, false) => f.fault("a goal without a limit", "add below = or above ="),
        _ => {}
    }
    let over = f.get("over", |r| match r {
        Raw::Text(text) if text == "run" => Ok(None),
        _ => read_time(r, Time::SECOND, LONGEST).map(Some).map_err(|mut p| {
            p.remedy = "write a length of at least a second as \"10s\", or \"run\" for the whole run".into();
            p
        }),
    });
    let from = f.time("from", Time::ZERO).unwrap_or(warmup);
    let to = f.time("to", Time::ZERO);
    if to.is_some_and(|to| to <= from) {
        f.fault_at(
            "to",
            "the goal ends before it begins",
            "make `to` later than `from`, which defaults to the warm-up",
        );
    }
    let hold = f.time("hold", Time::SECOND);
    if let Some(over) = over {
        let end = to.unwrap_or(until).min(until);
        let window = over.map_or_else(|| kept(from, end), |over| kept(until.saturating_sub(over), until));
        if let Err(p) = window {
            let remedy = if over.is_some() { "an hour is the longest window".to_owned() } else { p.remedy };
            f.fault_at("over", p.message, remedy);
        }
    }
    f.finish(problems);
    let ((path, metric), bound) = metric.zip(below.or(above))?;
    Some(Goal { path, metric, bound, over: over.unwrap_or(Some(WINDOW)), from, to, hold })
}

/// Reads a limit in the unit of its metric; a bare number where a unit is needed is a fault that names the unit.
fn read_limit(raw: &Raw, metric: &Metric) -> Result<f64, Problem> {
    match metric.measure.unit() {
        Unit::Seconds => read_time(raw, Time::ZERO, LONGEST).map(Time::secs),
        Unit::PerSecond => read_rate(raw, MAX_RATE),
        // 99.9% is 0.999, not the next number above it.
        Unit::Share => read_share(raw).map(|share| (share * 1e12).round() / 1e12),
        Unit::Money => match one(Shape::Money.read(raw))? {
            Value::Money(usd) => Ok(usd),
            _ => Err(Problem::new("expected an amount of money", "write it as \"$400/month\"")),
        },
        Unit::Count => match quantity(raw) {
            Some(crate::sim::quantity::Quantity::Number(n)) if n >= 0.0 => Ok(n),
            _ => Err(Problem::new("expected a number", "a count has no unit: write it as 100")),
        },
    }
}
