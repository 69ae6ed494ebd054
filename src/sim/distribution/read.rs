//! Reading: `{ exponential = "5ms" }` and its sisters.

use std::sync::Arc;

use indexmap::IndexMap;

use super::super::quantity::Quantity;
use super::super::time::Time;
use super::super::value::{Problem, Raw, quantity, read_time, unknown};
use super::{Distribution, MAX_DEPTH, MAX_PARTS, MAX_VALUES, Part};

const REMEDY: &str = "write it as { constant = \"5ms\" }, { exponential = \"5ms\" }, { uniform = [\"1ms\", \"9ms\"] }, \
     { erlang = { mean, stages } }, { log-normal = { mean, scv } }, { pareto = { min, shape, max } }, \
     { hyper-exponential = { mean, scv } }, { mixture = [{ weight, ... }] } or { empirical = [\"1ms\", \"2ms\"] }";

impl Distribution {
    /// Reads `{ exponential = "5ms" }` and its sisters. The weights of a mixture are relative: they need not sum to 1.
    pub fn read(raw: &Raw) -> Result<Self, Problem> {
        read_at(raw, 1)
    }
}

/// Reads a distribution that stands in `depth - 1` mixtures.
fn read_at(raw: &Raw, depth: usize) -> Result<Distribution, Problem> {
    let Raw::Table(table) = raw else {
        return Err(Problem::new("expected a distribution of times", REMEDY));
    };
    let (Some((name, value)), 1) = (table.first(), table.len()) else {
        return Err(Problem::new("a distribution is a table with exactly one key", REMEDY));
    };
    read_named(name, value, depth).map_err(|p| p.under(name))
}

fn read_named(name: &str, value: &Raw, depth: usize) -> Result<Distribution, Problem> {
    match name {
        "constant" => Ok(Distribution::Constant(time(value)?)),
        "exponential" => Ok(Distribution::Exponential(time(value)?)),
        "uniform" => read_uniform(value),
        "erlang" => {
            let t = Keys::new(value, &["mean", "stages"])?;
            let stages = t.number("stages", 0.0, 1000.0)?;
            if stages.fract() != 0.0 {
                return Err(Problem::new("`stages` must be a whole number", REMEDY).under("stages"));
            }
            Ok(Distribution::Erlang { mean: t.time("mean")?, stages: stages as u32 })
        }
        "log-normal" => {
            let t = Keys::new(value, &["mean", "scv"])?;
            Ok(Distribution::LogNormal { mean: t.time("mean")?, scv: t.number("scv", 0.0, 1000.0)? })
        }
        "hyper-exponential" => {
            let t = Keys::new(value, &["mean", "scv"])?;
            Ok(Distribution::HyperExponential { mean: t.time("mean")?, scv: t.number("scv", 1.0, 1000.0)? })
        }
        "pareto" => {
            let t = Keys::new(value, &["min", "shape", "max"])?;
            let (min, max) = (t.time("min")?, t.time("max")?);
            if min == Time::ZERO || min >= max {
                return Err(Problem::new("`min` must be over 0 and below `max`", REMEDY));
            }
            Ok(Distribution::Pareto { min, shape: t.number("shape", 0.0, 100.0)?, max })
        }
        "mixture" => read_mixture(value, depth),
        "empirical" => read_empirical(value),
        _ => Err(Problem {
            remedy: REMEDY.into(),
            ..Problem::new(format!("unknown distribution `{name}`"), "")
        }),
    }
}

fn read_uniform(value: &Raw) -> Result<Distribution, Problem> {
    match value {
        Raw::List(v) if v.len() == 2 => {
            let (a, b) = (time(&v[0]).map_err(|p| p.under(0))?, time(&v[1]).map_err(|p| p.under(1))?);
            if a > b {
                return Err(Problem::new(
                    "the bounds are the wrong way round",
                    "write the shorter time first",
                ));
            }
            Ok(Distribution::Uniform(a, b))
        }
        _ => Err(Problem::new("expected two times", "write { uniform = [\"1ms\", \"9ms\"] }")),
    }
}

fn read_empirical(value: &Raw) -> Result<Distribution, Problem> {
    let remedy = format!("write 1 to {MAX_VALUES} times, as {{ empirical = [\"1ms\", \"2ms\"] }}");
    match value {
        Raw::List(v) if (1..=MAX_VALUES).contains(&v.len()) => {
            let read = |(i, raw): (usize, &Raw)| time(raw).map_err(|p| p.under(i));
            Ok(Distribution::Empirical(v.iter().enumerate().map(read).collect::<Result<_, _>>()?))
        }
        Raw::List(v) => Err(Problem::new(format!("{} values", v.len()), remedy)),
        _ => Err(Problem::new("expected a list of times", remedy)),
    }
}

fn read_mixture(value: &Raw, depth: usize) -> Result<Distribution, Problem> {
    const EXAMPLE: &str = "write { mixture = [{ weight = 0.9, constant = \"5ms\" }, { weight = 0.1, exponential = \"50ms\" }] }";
    let Raw::List(items) = value else {
        return Err(Problem::new("expected a list of weighted distributions", EXAMPLE));
    };
    if items.is_empty() || items.len() > MAX_PARTS {
        return Err(Problem::new(format!("a mixture has 1 to {MAX_PARTS} parts"), EXAMPLE));
    }
    if depth > MAX_DEPTH {
        let remedy = format!("mixtures may be {MAX_DEPTH} deep: multiply the weights out");
        return Err(Problem::new("a mixture in too many mixtures", remedy));
    }
    let read = |item: &Raw| {
        let Raw::Table(table) = item else { return Err(Problem::new("expected a table", EXAMPLE)) };
        let weight = match table.get("weight").map(quantity) {
            Some(Some(Quantity::Number(w) | Quantity::Share(w))) if w > 0.0 && w <= 1e9 => w,
            Some(_) => return Err(Problem::new("a weight is a number over 0", EXAMPLE).under("weight")),
            None => return Err(Problem::new("`weight` is missing", EXAMPLE)),
        };
        let rest: IndexMap<String, Raw> =
            table.iter().filter(|(k, _)| *k != "weight").map(|(k, v)| (k.clone(), v.clone())).collect();
        Ok((weight, read_at(&Raw::Table(rest), depth + 1)?))
    };
    let mut laws = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        laws.push(read(item).map_err(|p| p.under(i))?);
    }
    let total: f64 = laws.iter().map(|(w, _)| w).sum();
    let mut sum = 0.0;
    let mut parts: Vec<Part> = laws
        .into_iter()
        .map(|(weight, law)| {
            sum += weight / total;
            Part { weight, cumulative: sum, law }
        })
        .collect();
    if let Some(last) = parts.last_mut() {
        last.cumulative = 1.0;
    }
    Ok(Distribution::Mixture(Arc::from(parts)))
}

/// A table of parameters, all required.
struct Keys<'a>(&'a IndexMap<String, Raw>);

impl<'a> Keys<'a> {
    fn new(value: &'a Raw, known: &[&str]) -> Result<Self, Problem> {
        let Raw::Table(table) = value else { return Err(Problem::new("expected a table", REMEDY)) };
        match table.keys().find(|k| !known.contains(&k.as_str())) {
            Some(k) => Err(unknown(k, known.iter().copied()).under(k)),
            None => Ok(Self(table)),
        }
    }
    fn get(&self, key: &str) -> Result<&Raw, Problem> {
        self.0.get(key).ok_or_else(|| Problem::new(format!("`{key}` is missing"), REMEDY))
    }
    fn time(&self, key: &str) -> Result<Time, Problem> {
        time(self.get(key)?).map_err(|p| p.under(key))
    }
    fn number(&self, key: &str, over: f64, most: f64) -> Result<f64, Problem> {
        match quantity(self.get(key)?) {
            Some(Quantity::Number(v)) if v > over && v <= most => Ok(v),
            _ => {
                Err(Problem::new(format!("`{key}` must be over {over} and at most {most}"), REMEDY)
                    .under(key))
            }
        }
    }
}

fn time(raw: &Raw) -> Result<Time, Problem> {
    read_time(raw, Time::ZERO, Time::YEAR)
}
