//! Knob values: read generically (`Raw`), checked against a knob's `Shape`, kept typed (`Value`).
//!
//! A level file, `--set`, the inspector and a `Change` all speak `Raw`; nothing behind the check does.

mod calls;
mod promise;
mod read;
mod table;
pub(crate) mod write;

pub use calls::MAX_FAN_OUT;
pub use promise::{Promise, Way};
pub use read::{quantity, read_choice, read_rate, read_share, read_time};
pub use table::TableReader;

use indexmap::IndexMap;

use super::distribution::Distribution;
use super::time::Time;
use super::workload::{Class, Profile};

/// A value as it was written, before anybody checked it.
#[derive(Clone, PartialEq, Debug)]
pub enum Raw {
    /// A bare number.
    Number(f64),
    /// Text: a quantity with its unit, a name, a choice.
    Text(String),
    /// `true` or `false`.
    Bool(bool),
    /// A list.
    List(Vec<Raw>),
    /// A table; keys in the order of the file.
    Table(IndexMap<String, Raw>),
}

/// A fault in a value: where inside it, what is wrong, what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Keys and list indices that lead from the value to the fault; empty = the value itself.
    pub path: Vec<String>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

impl Problem {
    /// A fault of the value itself.
    pub fn new(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { path: Vec::new(), message: message.into(), remedy: remedy.into() }
    }
    /// The same fault, seen from one level further out.
    #[must_use]
    pub fn under(mut self, key: impl ToString) -> Self {
        self.path.insert(0, key.to_string());
        self
    }
}

/// What a knob may hold. Where a unit is needed, a bare number is a fault that names the unit.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Shape {
    /// A whole number within bounds; `"unlimited"` too if `unlimited`.
    Count {
        /// Least value allowed.
        min: u32,
        /// Greatest value allowed.
        max: u32,
        /// Whether `"unlimited"` is a legal value.
        unlimited: bool,
    },
    /// A fraction between 0 and 1: `0.1` or `"10%"`.
    Share,
    /// Per second: `"400/s"`, up to the bound.
    Rate {
        /// Greatest rate allowed, per second.
        max: f64,
    },
    /// A length of time: `"40ms"`, within bounds.
    Time {
        /// Shortest length allowed.
        min: Time,
        /// Longest length allowed.
        max: Time,
    },
    /// Dollars a month: `"$65/month"`.
    Money,
    /// A bare number within bounds.
    Factor {
        /// Least value allowed.
        min: f64,
        /// Greatest value allowed.
        max: f64,
    },
    /// Bytes: `"16MB"`, up to the bound.
    Bytes {
        /// Greatest value allowed.
        max: u64,
    },
    /// `true` or `false`.
    Flag,
    /// A list of names.
    Names,
    /// A table of further knobs: `{ max = 2, backoff = "50ms" }`.
    Group(&'static [Knob]),
    /// The same, or `true` for it with all its defaults, or `false` for none.
    Switch(&'static [Knob]),
    /// A distribution of times: `{ exponential = "5ms" }`.
    Distribution,
    /// A distribution of times, or a time that is always the same: `"1s"`.
    Length,
    /// A list of bare numbers, each within bounds.
    Numbers {
        /// Least value allowed.
        min: f64,
        /// Greatest value allowed.
        max: f64,
    },
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// The name of a node, host or size; looked up when the topology is checked.
    Name,
    /// Health checks of a balancer.
    Health,
    /// A traffic profile.
    Profile,
    /// Request classes of a client.
    Classes,
    /// The list of calls of a service.
    Calls,
    /// For some classes of requests, a table of these knobs each.
    PerClass(&'static [Knob]),
    /// Known to the format; this version has no behaviour for it, and says so.
    Later,
}

/// A checked value.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// A whole number.
    Count(u32),
    /// No bound.
    Unlimited,
    /// A fraction between 0 and 1.
    Share(f64),
    /// Per second.
    Rate(f64),
    /// A length of time.
    Time(Time),
    /// US dollars a month.
    Money(f64),
    /// A bare number.
    Factor(f64),
    /// Bytes.
    Bytes(u64),
    /// Yes or no.
    Flag(bool),
    /// Names.
    Names(Vec<String>),
    /// Bare numbers.
    Numbers(Vec<f64>),
    /// Further knobs, defaults filled in.
    Group(Knobs),
    /// A distribution of times.
    Distribution(Distribution),
    /// One of the knob's words.
    Choice(&'static str),
    /// A name.
    Name(String),
    /// Health checks.
    Health(HealthCheck),
    /// Traffic over time.
    Profile(Profile),
    /// Request classes.
    Classes(Vec<Class>),
    /// Calls, in sequence.
    Calls(Vec<CallStep>),
    /// Knobs by request class.
    PerClass(Vec<(String, Knobs)>),
}

/// Health checks of a load balancer (simulator rule 5).
#[derive(Clone, PartialEq, Debug)]
pub struct HealthCheck {
    /// Time between two probes of one backend.
    pub interval: Time,
    /// A probe unanswered for so long has failed.
    pub timeout: Time,
    /// Consecutive failures until a backend is taken out.
    pub fall: u32,
    /// Consecutive successes until it is back.
    pub rise: u32,
    /// The probe's own work at the backend.
    pub work: Distribution,
    /// It probes at all.
    pub active: bool,
    /// Consecutive failed requests that take a backend out too; `None` = requests are not judged.
    pub passive: Option<u32>,
}

/// One entry of a service's `calls`.
#[derive(Clone, PartialEq, Debug)]
pub struct CallStep {
    /// Name of the callee.
    pub to: String,
    /// How often: one after the other, in a parallel group all at once.
    pub times: u32,
    /// Only for this class of requests; `None` = for all.
    pub class: Option<String>,
    /// Probability that the entry happens at all for a request.
    pub share: f64,
    /// `call` holds the worker until the answer; `publish` only until the broker acknowledged; `hand-over` not at all.
    pub mode: CallMode,
    /// Neighbouring entries of the same group are called at once.
    pub parallel: Option<String>,
    /// So many successes of the group are enough; `None` = all.
    pub wait_for: Option<u32>,
    /// Cache-aside: the database that is asked on a miss, and always for writes.
    pub on_miss: Option<String>,
}

/// What a caller does after sending.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallMode {
    /// Waits for the answer with its worker held.
    Call,
    /// Hands a message to a broker and waits for the acknowledgement only.
    Publish,
    /// Passes the request on: the worker is free, and the callee's answer goes straight to the caller.
    HandOver,
}

impl CallMode {
    /// The words of a level file.
    pub const NAMES: &'static [&'static str] = &["call", "publish", "hand-over"];
    /// The mode of a word.
    pub fn parse(word: &str) -> Self {
        match word {
            "publish" => Self::Publish,
            "hand-over" => Self::HandOver,
            _ => Self::Call,
        }
    }
}

/// Something that can be set on a node or a link: one row of a kind's datasheet.
#[derive(Clone, Copy, Debug)]
pub struct Knob {
    /// The key in the level file, on the command line and on screen.
    pub name: &'static str,
    /// What it may hold.
    pub shape: Shape,
    /// The value where the file says nothing; `None` = stays unset (or must be given if `required`).
    pub default: Option<fn() -> Value>,
    /// A value must be given.
    pub required: bool,
    /// May change while the system runs.
    pub live: bool,
    /// What moves when it goes up.
    pub promise: Option<Promise>,
    /// One line of help: what it does, and what it moves.
    pub help: &'static str,
}

impl PartialEq for Knob {
    /// Knobs of one table differ by name.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Knob {
    /// An optional knob without a default that can be changed while the system runs.
    pub const fn new(name: &'static str, shape: Shape, help: &'static str) -> Self {
        Self { name, shape, default: None, required: false, live: true, promise: None, help }
    }
    /// With a default.
    #[must_use]
    pub const fn default(mut self, value: fn() -> Value) -> Self {
        self.default = Some(value);
        self
    }
    /// Must be given.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
    /// Fixed once the system runs.
    #[must_use]
    pub const fn fixed(mut self) -> Self {
        self.live = false;
        self
    }
    /// A key of the format that this version has no behaviour for.
    pub const fn later(name: &'static str) -> Self {
        Self::new(name, Shape::Later, "not in this version")
    }
}

/// Every knob of one node or link, by name; defaults filled in.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Knobs(IndexMap<&'static str, Value>);

impl Knobs {
    /// Checks `raw` against `tables` (a kind's own knobs, then the common ones). All faults at once.
    pub fn check(tables: &[&'static [Knob]], raw: &IndexMap<String, Raw>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut values = IndexMap::new();
        let all = || tables.iter().flat_map(|t| t.iter());
        for (key, value) in raw {
            match all().find(|k| k.name == key) {
                None => problems.push(unknown(key, all().map(|k| k.name)).under(key)),
                Some(knob) => match knob.shape.read(value) {
                    Ok(v) => {
                        values.insert(knob.name, v);
                    }
                    Err(ps) => problems.extend(ps.into_iter().map(|p| p.under(key))),
                },
            }
        }
        for knob in all().filter(|k| !raw.contains_key(k.name)) {
            if let Some(value) = knob.default {
                values.insert(knob.name, value());
            } else if knob.required {
                problems.push(Problem::new(format!("`{}` is missing", knob.name), knob.help));
            }
        }
        if problems.is_empty() { Ok(Self(values)) } else { Err(problems) }
    }
    /// The value of a knob, if it is set.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
    /// A count; `None` where it is unset or unlimited.
    pub fn count(&self, name: &str) -> Option<u32> {
        if let Some(Value::Count(n)) = self.get(name) { Some(*n) } else { None }
    }
    /// A fraction.
    pub fn share(&self, name: &str) -> Option<f64> {
        if let Some(Value::Share(s)) = self.get(name) { Some(*s) } else { None }
    }
    /// A rate per second.
    pub fn rate(&self, name: &str) -> Option<f64> {
        if let Some(Value::Rate(r)) = self.get(name) { Some(*r) } else { None }
    }
    /// A length of time.
    pub fn time(&self, name: &str) -> Option<Time> {
        if let Some(Value::Time(t)) = self.get(name) { Some(*t) } else { None }
    }
    /// A bare number.
    pub fn factor(&self, name: &str) -> Option<f64> {
        if let Some(Value::Factor(f)) = self.get(name) { Some(*f) } else { None }
    }
    /// Bytes.
    pub fn bytes(&self, name: &str) -> Option<u64> {
        if let Some(Value::Bytes(b)) = self.get(name) { Some(*b) } else { None }
    }
    /// Whether a flag is set.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Value::Flag(true)))
    }
    /// One of a few words.
    pub fn choice(&self, name: &str) -> Option<&'static str> {
        if let Some(Value::Choice(w)) = self.get(name) { Some(w) } else { None }
    }
    /// A name.
    pub fn name(&self, name: &str) -> Option<&str> {
        if let Some(Value::Name(n)) = self.get(name) { Some(n) } else { None }
    }
    /// A distribution of times.
    pub fn distribution(&self, name: &str) -> Option<&Distribution> {
        if let Some(Value::Distribution(d)) = self.get(name) { Some(d) } else { None }
    }
    /// A table of further knobs.
    pub fn group(&self, name: &str) -> Option<&Self> {
        if let Some(Value::Group(k)) = self.get(name) { Some(k) } else { None }
    }
    /// Bare numbers.
    pub fn numbers(&self, name: &str) -> Option<&[f64]> {
        if let Some(Value::Numbers(n)) = self.get(name) { Some(n) } else { None }
    }
    /// Sets a knob that has been checked; returns the former value.
    pub fn set(&mut self, name: &'static str, value: Value) -> Option<Value> {
        self.0.insert(name, value)
    }
    /// Takes a knob back to unset; returns the former value.
    pub fn unset(&mut self, name: &str) -> Option<Value> {
        self.0.shift_remove(name)
    }
    /// All set knobs.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(k, v)| (*k, v))
    }
}

/// The fault of a name that nobody knows, with the nearest one that exists.
pub fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Problem {
    let known: Vec<&str> = known.collect();
    let remedy = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", known.join(", ")),
    };
    Problem::new(format!("unknown name `{name}`"), remedy)
}

/// The known name nearest to `name`, if one is near enough to be meant.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let (distance, best) = known.map(|k| (edit_distance(name, k), k)).min()?;
    (distance <= (name.chars().count() / 3).max(2)).then_some(best)
}

/// Levenshtein distance between two short words.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &cb) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(ca != cb);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// The longest length of time that a knob takes: a simulated day.
pub const LONGEST: Time = Time::from_secs(86_400);

impl std::fmt::Display for Value {
    /// Short, for the log and the inspector.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use super::quantity::{show_rate, show_share};
        match self {
            Self::Count(n) => write!(f, "{n}"),
            Self::Unlimited => f.write_str("unlimited"),
            Self::Share(s) => f.write_str(&show_share(*s)),
            Self::Rate(r) => f.write_str(&show_rate(*r)),
            Self::Time(t) => write!(f, "{t}"),
            Self::Money(m) => write!(f, "${m:.0}/month"),
            Self::Factor(x) => write!(f, "{x}"),
            Self::Bytes(b) => f.write_str(&super::quantity::show_bytes(*b)),
            Self::Flag(yes) => f.write_str(if *yes { "yes" } else { "no" }),
            Self::Names(names) => f.write_str(&names.join(", ")),
            Self::Numbers(numbers) => {
                let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                f.write_str(&texts.join(", "))
            }
            Self::Group(knobs) => {
                let parts: Vec<String> =
                    knobs.iter().map(|(k, v)| format!("{} {v}", k.replace('_', " "))).collect();
                f.write_str(&parts.join(", "))
            }
            Self::Distribution(d) => write!(f, "{d}"),
            Self::Choice(w) => f.write_str(w),
            Self::Name(n) => f.write_str(n),
            Self::Health(h) if !h.active => {
                write!(f, "requests only, {} failures", h.passive.unwrap_or(h.fall))
            }
            Self::Health(h) => write!(f, "every {}, {} failures", h.interval, h.fall),
            Self::Profile(_) => f.write_str("varies"),
            Self::Classes(c) => {
                let parts: Vec<String> =
                    c.iter().map(|c| format!("{} {}", c.name, show_share(c.share))).collect();
                f.write_str(&parts.join(", "))
            }
            Self::PerClass(classes) => {
                let parts: Vec<String> =
                    classes.iter().map(|(c, knobs)| format!("{c}: {}", Self::Group(knobs.clone()))).collect();
                f.write_str(&parts.join("; "))
            }
            Self::Calls(c) => {
                let call = |c: &CallStep| {
                    if c.times == 1 { c.to.clone() } else { format!("{} ×{}", c.to, c.times) }
                };
                f.write_str(&c.iter().map(call).collect::<Vec<_>>().join(", then "))
            }
        }
    }
}
