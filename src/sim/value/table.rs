//! Values that are tables: read key by key, all faults at once.

use indexmap::IndexMap;

use super::super::distribution::Distribution;
use super::super::time::Time;
use super::read::read_count;
use super::{HealthCheck, LONGEST, Problem, Raw, Value, read_time, unknown};

/// Walks over the keys of a table, reading the known ones and reporting the rest.
pub struct TableReader<'a> {
    table: &'a IndexMap<String, Raw>,
    known: Vec<&'static str>,
    /// Faults found so far.
    pub problems: Vec<Problem>,
}

impl<'a> TableReader<'a> {
    /// Starts reading; a value that is no table is the only fault then.
    pub fn new(raw: &'a Raw, example: &str) -> Result<Self, Vec<Problem>> {
        match raw {
            Raw::Table(table) => Ok(Self { table, known: Vec::new(), problems: Vec::new() }),
            _ => Err(vec![Problem::new("expected a table", format!("write it as {example}"))]),
        }
    }
    /// Reads one optional key.
    pub fn get<T>(&mut self, key: &'static str, read: impl FnOnce(&Raw) -> Result<T, Problem>) -> Option<T> {
        self.known.push(key);
        match read(self.table.get(key)?) {
            Ok(v) => Some(v),
            Err(p) => {
                self.problems.push(p.under(key));
                None
            }
        }
    }
    /// A key of the format without behaviour yet.
    pub fn later(&mut self, keys: &[&'static str]) {
        for key in keys {
            self.get(key, |_| -> Result<(), Problem> {
                Err(Problem::new(
                    format!("`{key}` is not in this version"),
                    "remove it; see the CHANGELOG for when it comes",
                ))
            });
        }
    }
    /// Adds a fault of the table itself.
    pub fn fault(&mut self, message: impl Into<String>, remedy: impl Into<String>) {
        self.problems.push(Problem::new(message, remedy));
    }
    /// Whether the key is present.
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }
    /// Reports unknown keys; the value if there was no fault at all.
    pub fn finish<T>(mut self, value: impl FnOnce() -> T) -> Result<T, Vec<Problem>> {
        for key in self.table.keys().filter(|k| !self.known.contains(&k.as_str())) {
            self.problems.push(unknown(key, self.known.iter().copied()).under(key));
        }
        if self.problems.is_empty() { Ok(value()) } else { Err(self.problems) }
    }
}

impl HealthCheck {
    pub(super) fn read(raw: &Raw) -> Result<Self, Vec<Problem>> {
        let mut t = TableReader::new(raw, "{ interval = \"5s\", timeout = \"1s\", fall = 2, rise = 2 }")?;
        let short = Time::from_ms(10);
        let interval = t.get("interval", |r| read_time(r, short, LONGEST)).unwrap_or(Time::from_secs(5));
        let timeout =
            t.get("timeout", |r| read_time(r, Time::from_ms(1), LONGEST)).unwrap_or(Time::from_secs(1));
        let count = |r: &Raw| match read_count(r, 1, 100, false)? {
            Value::Count(n) => Ok(n),
            _ => Ok(1),
        };
        let fall = t.get("fall", count).unwrap_or(2);
        let rise = t.get("rise", count).unwrap_or(2);
        let work = t.get("work", Distribution::read).unwrap_or(Distribution::Constant(Time::from_ms(1)));
        let flag = |r: &Raw| match r {
            Raw::Bool(yes) => Ok(*yes),
            _ => Err(Problem::new("expected true or false", "write true or false, without quotes")),
        };
        let active = t.get("active", flag).unwrap_or(true);
        let passive = t
            .get("passive", |r| match r {
                Raw::Bool(yes) => Ok(yes.then_some(fall)),
                _ => count(r).map(Some).map_err(|p| Problem {
                    remedy: "write true to count as `fall` does, or a whole number of failed requests".into(),
                    ..p
                }),
            })
            .flatten();
        if !active && passive.is_none() {
            t.fault("health checks that check nothing", "add passive = true, or remove active = false");
        }
        if timeout > interval {
            t.fault("a probe's timeout is longer than the interval", "make `timeout` at most `interval`");
        }
        t.finish(|| Self { interval, timeout, fall, rise, work, active, passive })
    }
}
