//! Reads the keys of one table: known ones once, the rest is reported. Goes on after a fault, to find them all.

use indexmap::IndexMap;

use super::sanitise;
use crate::sim::time::Time;
use crate::sim::value::{LONGEST, Problem, Raw, Shape, Value, read_time, unknown};

/// Longest running text, characters.
pub const MAX_TEXT: usize = 4000;
/// Longest title, label, question, characters.
pub const MAX_LINE: usize = 200;
/// Most entries of any list of a lesson.
pub const MAX_LIST: usize = 200;

/// What a key of a later version is told.
pub const LATER: &str = "remove it; see the CHANGELOG for when it comes";

/// A table being read.
pub struct Fields<'a> {
    table: Option<&'a IndexMap<String, Raw>>,
    known: Vec<&'static str>,
    problems: Vec<Problem>,
}

impl<'a> Fields<'a> {
    /// Starts reading; if the value is no table, that is the one fault and every key is absent.
    pub fn new(raw: &'a Raw, example: &str) -> Self {
        let mut fields = Self { table: None, known: Vec::new(), problems: Vec::new() };
        match raw {
            Raw::Table(table) => fields.table = Some(table),
            _ => fields.fault("expected a table", format!("write it as {example}")),
        }
        fields
    }
    /// The raw value of a key, which is known from now on.
    pub fn raw(&mut self, key: &'static str) -> Option<&'a Raw> {
        self.known.push(key);
        self.table?.get(key)
    }
    /// Reads one optional key.
    pub fn get<T>(&mut self, key: &'static str, read: impl FnOnce(&Raw) -> Result<T, Problem>) -> Option<T> {
        self.nested(key, |raw, problems| match read(raw) {
            Ok(value) => Some(value),
            Err(p) => {
                problems.push(p);
                None
            }
        })?
    }
    /// Reads one optional key that may have several faults.
    pub fn nested<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&'a Raw, &mut Vec<Problem>) -> T,
    ) -> Option<T> {
        let raw = self.raw(key)?;
        Some(within(&mut self.problems, key, |problems| read(raw, problems)))
    }
    /// Reads each entry of an optional list.
    pub fn list<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&'a Raw, &mut Vec<Problem>) -> Option<T>,
    ) -> Vec<T> {
        let list = self.nested(key, |raw, problems| {
            let Raw::List(items) = raw else {
                problems.push(Problem::new("expected a list", format!("write `{key}` as a list: [...]")));
                return Vec::new();
            };
            if items.len() > MAX_LIST {
                problems.push(Problem::new(
                    format!("more than {MAX_LIST} entries"),
                    format!("write at most {MAX_LIST}"),
                ));
            }
            let each = items.iter().take(MAX_LIST).enumerate();
            each.filter_map(|(i, item)| within(problems, i, |problems| read(item, problems))).collect()
        });
        list.unwrap_or_default()
    }
    /// A line of text, made harmless.
    pub fn line(&mut self, key: &'static str) -> Option<String> {
        self.get(key, line)
    }
    /// Running text, made harmless.
    pub fn text(&mut self, key: &'static str) -> Option<String> {
        self.get(key, |raw| Ok(sanitise::text(written(raw, MAX_TEXT)?, MAX_TEXT)))
    }
    /// A list of texts.
    pub fn texts(&mut self, key: &'static str) -> Vec<String> {
        self.list(key, |raw, problems| match written(raw, MAX_TEXT) {
            Ok(text) => Some(sanitise::text(text, MAX_TEXT)),
            Err(p) => {
                problems.push(p);
                None
            }
        })
    }
    /// A length of time of at least `min`.
    pub fn time(&mut self, key: &'static str, min: Time) -> Option<Time> {
        self.get(key, |raw| read_time(raw, min, LONGEST))
    }
    /// An amount of money, US dollars a month.
    pub fn money(&mut self, key: &'static str) -> Option<f64> {
        self.get(key, |raw| match one(Shape::Money.read(raw))? {
            Value::Money(v) => Ok(v),
            _ => Err(Problem::new("expected an amount of money", "write it as \"$400\"")),
        })
    }
    /// A whole number within bounds.
    pub fn count(&mut self, key: &'static str, min: u32, max: u32) -> Option<u32> {
        self.get(key, |raw| match one(Shape::Count { min, max, unlimited: false }.read(raw))? {
            Value::Count(n) => Ok(n),
            _ => Err(Problem::new("expected a whole number", format!("write a number from {min} to {max}"))),
        })
    }
    /// A fault if the key is absent.
    pub fn require(&mut self, key: &str, remedy: &str) {
        if self.table.is_some() && !self.has(key) {
            self.fault(format!("`{key}` is missing"), remedy);
        }
    }
    /// Whether the key is present.
    pub fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|t| t.contains_key(key))
    }
    /// Adds a fault of the table itself.
    pub fn fault(&mut self, message: impl Into<String>, remedy: impl Into<String>) {
        self.problems.push(Problem::new(message, remedy));
    }
    /// Adds a fault of a key.
    pub fn fault_at(&mut self, key: &str, message: impl Into<String>, remedy: impl Into<String>) {
        self.problems.push(Problem::new(message, remedy).under(key));
    }
    /// Adds a fault deeper inside.
    pub fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
    /// All faults, unknown keys among them.
    pub fn finish(mut self, problems: &mut Vec<Problem>) {
        for key in self.table.iter().flat_map(|t| t.keys()) {
            if !self.known.contains(&key.as_str()) {
                let mut p = unknown(key, self.known.iter().copied());
                p.message = format!("unknown key `{key}`");
                self.problems.push(p.under(key));
            }
        }
        problems.append(&mut self.problems);
    }
}

/// Runs `read` and puts its faults under `key`.
pub fn within<T>(
    problems: &mut Vec<Problem>,
    key: impl std::fmt::Display + Copy,
    read: impl FnOnce(&mut Vec<Problem>) -> T,
) -> T {
    let mut inner = Vec::new();
    let value = read(&mut inner);
    problems.extend(inner.into_iter().map(|p| p.under(key)));
    value
}

/// A line of text, made harmless.
pub fn line(raw: &Raw) -> Result<String, Problem> {
    Ok(sanitise::one_line(written(raw, MAX_LINE)?, MAX_LINE))
}

/// The text of a value, of bounded length.
pub fn written(raw: &Raw, max: usize) -> Result<&str, Problem> {
    let Raw::Text(text) = raw else {
        return Err(Problem::new("expected text", "write it in quotes"));
    };
    if text.chars().count() > max {
        return Err(Problem::new(
            format!("the text is longer than {max} characters"),
            "write less; screens are small",
        ));
    }
    Ok(text)
}

/// The first fault of several.
pub fn one<T>(result: Result<T, Vec<Problem>>) -> Result<T, Problem> {
    result.map_err(|mut ps| if ps.is_empty() { Problem::new("not valid", "") } else { ps.swap_remove(0) })
}

/// The fault of a key or word without behaviour yet.
pub fn later(what: &str) -> Problem {
    Problem::new(format!("`{what}` is not in this version"), LATER)
}

/// Longest name of a node or host: it must fit into a box of the diagram.
pub const MAX_NAME: usize = 12;
/// Names that mean something else in report paths.
pub const RESERVED: [&str; 10] =
    ["before", "classes", "nodes", "links", "hosts", "and", "or", "not", "say", "end-to-end"];

/// Whether a name may stand on the diagram and in report paths.
pub fn check_name(name: &str, max: usize) -> Result<(), Problem> {
    let legal = name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !legal {
        return Err(Problem::new(
            format!("`{name}` is not a legal name"),
            "use small letters, digits and dashes, with a letter first, as \"web-2\"",
        ));
    }
    if name.len() > max {
        return Err(Problem::new(
            format!("`{name}` is longer than {max} characters"),
            format!("choose a name of at most {max} characters"),
        ));
    }
    if RESERVED.contains(&name) {
        return Err(Problem::new(format!("`{name}` means something else in paths"), "choose another name"));
    }
    Ok(())
}
