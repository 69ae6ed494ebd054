//! Writing: from a checked value back to one as it is written, such that reading it gives the same value.

use indexmap::IndexMap;

use super::super::time::Time;
use super::{CallMode, CallStep, HealthCheck, Knobs, Raw, Value};

impl Value {
    /// The value as a file would say it.
    pub fn raw(&self) -> Raw {
        match self {
            Self::Count(n) => Raw::Number(f64::from(*n)),
            Self::Unlimited => text("unlimited"),
            Self::Share(n) | Self::Factor(n) => Raw::Number(*n),
            Self::Rate(per_s) => Raw::Text(format!("{per_s}/s")),
            Self::Time(t) => time(*t),
            Self::Money(usd) => Raw::Text(format!("${usd}/month")),
            Self::Bytes(n) => Raw::Text(format!("{n}B")),
            Self::Flag(yes) => Raw::Bool(*yes),
            Self::Names(names) => Raw::List(names.iter().map(|n| text(n)).collect()),
            Self::Numbers(numbers) => Raw::List(numbers.iter().map(|n| Raw::Number(*n)).collect()),
            Self::Group(knobs) => Raw::Table(knobs.raw()),
            Self::Distribution(d) => d.raw(),
            Self::Choice(word) => text(word),
            Self::Name(name) => text(name),
            Self::Health(health) => health.raw(),
            Self::Profile(profile) => profile.raw(),
            Self::Classes(classes) => Raw::Table(classes.iter().map(|c| (c.name.clone(), c.raw())).collect()),
            Self::PerClass(classes) => Raw::Table(
                classes.iter().map(|(name, knobs)| (name.clone(), Raw::Table(knobs.raw()))).collect(),
            ),
            Self::Calls(steps) => Raw::List(steps.iter().map(CallStep::raw).collect()),
        }
    }
}

impl Knobs {
    /// All set knobs as a file would say them.
    pub fn raw(&self) -> IndexMap<String, Raw> {
        self.iter().map(|(name, value)| (name.to_owned(), value.raw())).collect()
    }
}

impl HealthCheck {
    fn raw(&self) -> Raw {
        let Self { interval, timeout, fall, rise, work, active, passive } = self;
        let mut rows = vec![
            ("interval", time(*interval)),
            ("timeout", time(*timeout)),
            ("fall", Raw::Number(f64::from(*fall))),
            ("rise", Raw::Number(f64::from(*rise))),
            ("work", work.raw()),
        ];
        rows.extend((!active).then_some(("active", Raw::Bool(false))));
        rows.extend(passive.map(|n| ("passive", Raw::Number(f64::from(n)))));
        table(rows)
    }
}

impl CallStep {
    fn raw(&self) -> Raw {
        let Self { to, times, class, share, mode, on_miss, parallel, wait_for } = self;
        let mut rows = vec![("to", text(to))];
        if *times != 1 {
            rows.push(("times", Raw::Number(f64::from(*times))));
        }
        rows.extend(class.as_ref().map(|name| ("class", text(name))));
        if *share != 1.0 {
            rows.push(("share", Raw::Number(*share)));
        }
        match mode {
            CallMode::Call => {}
            CallMode::Publish => rows.push(("mode", text("publish"))),
            CallMode::HandOver => rows.push(("mode", text("hand-over"))),
        }
        rows.extend(parallel.as_ref().map(|name| ("parallel", text(name))));
        rows.extend(wait_for.map(|n| ("wait_for", Raw::Number(f64::from(n)))));
        rows.extend(on_miss.as_ref().map(|name| ("on_miss", text(name))));
        table(rows)
    }
}

/// Text.
pub(crate) fn text(words: &str) -> Raw {
    Raw::Text(words.to_owned())
}
/// A length of time in the greatest unit that divides it.
pub(crate) fn time(t: Time) -> Raw {
    let ns = t.ns();
    let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    let (per, unit) = units.into_iter().find(|(per, _)| ns.is_multiple_of(*per)).unwrap_or((1, "ns"));
    Raw::Text(format!("{}{unit}", ns / per))
}
/// A table.
pub(crate) fn table<'a>(rows: impl IntoIterator<Item = (&'a str, Raw)>) -> Raw {
    Raw::Table(rows.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
