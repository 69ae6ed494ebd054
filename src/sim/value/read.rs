//! Reading: from a value as it was written to a checked one.

use indexmap::IndexMap;

use super::super::distribution::Distribution;
use super::super::quantity::Quantity;
use super::super::time::Time;
use super::super::workload::{Class, Profile};
use super::{CallStep, HealthCheck, Knob, Knobs, LONGEST, Problem, Raw, Shape, Value, unknown};

impl Shape {
    /// Checks a raw value; all faults at once.
    pub fn read(&self, raw: &Raw) -> Result<Value, Vec<Problem>> {
        let one = |r: Result<Value, Problem>| r.map_err(|p| vec![p]);
        match *self {
            Self::Count { min, max, unlimited } => one(read_count(raw, min, max, unlimited)),
            Self::Share => one(read_share(raw).map(Value::Share)),
            Self::Rate { max } => one(read_rate(raw, max).map(Value::Rate)),
            Self::Time { min, max } => one(read_time(raw, min, max).map(Value::Time)),
            Self::Money => one(match quantity(raw) {
                Some(Quantity::Money(v)) if v >= 0.0 => Ok(Value::Money(v)),
                _ => Err(Problem::new(
                    "expected an amount of money",
                    "write dollars a month, as \"$65/month\"",
                )),
            }),
            Self::Factor { min, max } => one(read_factor(raw, min, max).map(Value::Factor)),
            Self::Bytes { max } => one(read_bytes(raw, max).map(Value::Bytes)),
            Self::Flag => one(read_flag(raw).map(Value::Flag)),
            Self::Names => one(read_names(raw).map(Value::Names)),
            Self::Group(knobs) => match raw {
                Raw::Table(table) => Knobs::check(&[knobs], table).map(Value::Group),
                _ => {
                    let keys: Vec<&str> = knobs.iter().map(|k| k.name).collect();
                    one(Err(Problem::new(
                        "expected a table",
                        format!("write a table with any of: {}", keys.join(", ")),
                    )))
                }
            },
            Self::Switch(knobs) => match raw {
                Raw::Bool(true) => Knobs::check(&[knobs], &IndexMap::new()).map(Value::Group),
                Raw::Bool(false) => Ok(Value::Flag(false)),
                _ => Self::Group(knobs).read(raw).map_err(|mut problems| {
                    if let Some(p) = problems.iter_mut().find(|p| p.path.is_empty()) {
                        p.message = "expected true, false or a table".into();
                    }
                    problems
                }),
            },
            Self::Distribution => one(Distribution::read(raw).map(Value::Distribution)),
            Self::Length => one(match raw {
                Raw::Text(_) => read_time(raw, Time::ZERO, LONGEST).map(Distribution::Constant),
                _ => Distribution::read(raw),
            }
            .map(Value::Distribution)),
            Self::Numbers { min, max } => one(read_numbers(raw, min, max).map(Value::Numbers)),
            Self::Choice(words) => one(read_choice(raw, words).map(Value::Choice)),
            Self::Name => one(match raw {
                Raw::Text(t) => Ok(Value::Name(t.clone())),
                _ => Err(Problem::new("expected a name in quotes", "write the name of a part, as \"db\"")),
            }),
            Self::Health => HealthCheck::read(raw).map(Value::Health),
            Self::Profile => one(Profile::read(raw).map(Value::Profile)),
            Self::Classes => Class::read_all(raw).map(Value::Classes),
            Self::PerClass(knobs) => read_per_class(raw, knobs).map(Value::PerClass),
            Self::Calls => CallStep::read_all(raw).map(Value::Calls),
            Self::Later => one(Err(Problem::new(
                "not in this version",
                "remove it; see the CHANGELOG for when it comes",
            ))),
        }
    }
}

/// Reads a text as a quantity.
pub fn quantity(raw: &Raw) -> Option<Quantity> {
    match raw {
        Raw::Number(n) => Some(Quantity::Number(*n)),
        Raw::Text(t) => Quantity::parse(t),
        _ => None,
    }
}

fn read_per_class(raw: &Raw, knobs: &'static [Knob]) -> Result<Vec<(String, Knobs)>, Vec<Problem>> {
    let Raw::Table(classes) = raw else {
        return Err(vec![Problem::new(
            "expected a table of classes",
            "write [node.NAME.service.class.CLASS]",
        )]);
    };
    let mut all = Vec::new();
    let mut problems = Vec::new();
    for (class, table) in classes {
        match Shape::Group(knobs).read(table) {
            Ok(Value::Group(knobs)) => all.push((class.clone(), knobs)),
            Ok(_) => {}
            Err(faults) => problems.extend(faults.into_iter().map(|p| p.under(class))),
        }
    }
    if problems.is_empty() { Ok(all) } else { Err(problems) }
}

fn read_factor(raw: &Raw, min: f64, max: f64) -> Result<f64, Problem> {
    match quantity(raw) {
        Some(Quantity::Number(n)) if (min..=max).contains(&n) => Ok(n),
        _ => Err(Problem::new("expected a number", format!("write a number from {min} to {max}"))),
    }
}

fn read_bytes(raw: &Raw, max: u64) -> Result<u64, Problem> {
    match quantity(raw) {
        Some(Quantity::Bytes(b)) if b >= 0.0 && b <= max as f64 => Ok(b as u64),
        Some(Quantity::Bytes(_)) => Err(Problem::new(
            "out of range",
            format!("write at most {}", crate::sim::quantity::show_bytes(max)),
        )),
        _ => Err(Problem::new("expected an amount of memory", "write bytes with a unit, as \"16MB\"")),
    }
}

fn read_flag(raw: &Raw) -> Result<bool, Problem> {
    match raw {
        Raw::Bool(b) => Ok(*b),
        _ => Err(Problem::new("expected true or false", "write true or false, without quotes")),
    }
}

fn read_names(raw: &Raw) -> Result<Vec<String>, Problem> {
    const REMEDY: &str = "write names in quotes, as [\"a\", \"b\"]";
    let Raw::List(items) = raw else { return Err(Problem::new("expected a list of names", REMEDY)) };
    let name = |(i, item): (usize, &Raw)| match item {
        Raw::Text(t) => Ok(t.clone()),
        _ => Err(Problem::new("expected a name in quotes", REMEDY).under(i)),
    };
    items.iter().enumerate().map(name).collect()
}

fn read_numbers(raw: &Raw, min: f64, max: f64) -> Result<Vec<f64>, Problem> {
    let Raw::List(items) = raw else {
        return Err(Problem::new("expected a list of numbers", "write numbers in brackets, as [3, 1, 1]"));
    };
    let number = |(i, item)| read_factor(item, min, max).map_err(|p| p.under(i));
    items.iter().enumerate().map(number).collect()
}

pub(super) fn read_count(raw: &Raw, min: u32, max: u32, unlimited: bool) -> Result<Value, Problem> {
    if unlimited && *raw == Raw::Text("unlimited".into()) {
        return Ok(Value::Unlimited);
    }
    let or = if unlimited { " or \"unlimited\"" } else { "" };
    let remedy = format!("write a whole number from {min} to {max}{or}");
    match quantity(raw) {
        Some(Quantity::Number(n)) if n.fract() == 0.0 && n >= f64::from(min) && n <= f64::from(max) => {
            Ok(Value::Count(n as u32))
        }
        Some(Quantity::Number(n)) if n.fract() == 0.0 => {
            Err(Problem::new(format!("{n} is out of range"), remedy))
        }
        _ => Err(Problem::new("expected a whole number", remedy)),
    }
}

/// Reads a fraction between 0 and 1.
pub fn read_share(raw: &Raw) -> Result<f64, Problem> {
    match quantity(raw) {
        Some(Quantity::Number(v) | Quantity::Share(v)) if (0.0..=1.0).contains(&v) => Ok(v),
        _ => Err(Problem::new("expected a share between 0 and 1", "write a fraction as 0.1 or \"10%\"")),
    }
}

/// Reads a rate per second, at most `max`.
pub fn read_rate(raw: &Raw, max: f64) -> Result<f64, Problem> {
    match quantity(raw) {
        Some(Quantity::Rate(v)) if (0.0..=max).contains(&v) => Ok(v),
        Some(Quantity::Rate(_)) => {
            Err(Problem::new("rate out of range", format!("write a rate from 0/s to {max}/s")))
        }
        Some(Quantity::Number(n)) => {
            Err(Problem::new("a rate needs its unit", format!("write per second, as \"{n}/s\"")))
        }
        _ => Err(Problem::new("expected a rate", "write per second, as \"400/s\"")),
    }
}

/// Reads a length of time within bounds.
pub fn read_time(raw: &Raw, min: Time, max: Time) -> Result<Time, Problem> {
    match quantity(raw) {
        Some(Quantity::Time(s)) if s >= 0.0 => {
            let t = Time::from_secs_f64(s);
            if t < min || t > max {
                return Err(Problem::new("time out of range", format!("write a time from {min} to {max}")));
            }
            Ok(t)
        }
        Some(Quantity::Number(n)) => {
            Err(Problem::new("a time needs its unit", format!("write \"{n}ms\" or \"{n}s\"")))
        }
        _ => Err(Problem::new(
            "expected a length of time",
            "write a number with its unit, as \"40ms\" or \"2s\"",
        )),
    }
}

/// Reads one word out of a list.
pub fn read_choice(raw: &Raw, words: &'static [&'static str]) -> Result<&'static str, Problem> {
    let Raw::Text(text) = raw else {
        return Err(Problem::new(
            "expected one of a few words",
            format!("write one of: {}", words.join(", ")),
        ));
    };
    words.iter().find(|w| *w == text).copied().ok_or_else(|| {
        let mut p = unknown(text, words.iter().copied());
        p.message = format!("`{text}` is not a value of this knob");
        p
    })
}
