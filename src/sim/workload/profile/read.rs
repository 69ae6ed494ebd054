//! Tables of a profile's parameters.

use indexmap::IndexMap;

use super::super::super::value::{Problem, Raw, unknown};

/// A table whose keys are read one by one.
pub struct Table<'a> {
    keys: &'a IndexMap<String, Raw>,
    remedy: &'static str,
}

impl<'a> Table<'a> {
    /// A value that must be a table with no other keys than these.
    pub fn new(raw: &'a Raw, known: &[&str], remedy: &'static str) -> Result<Self, Problem> {
        let Raw::Table(keys) = raw else { return Err(Problem::new("expected a table", remedy)) };
        match keys.keys().find(|k| !known.contains(&k.as_str())) {
            Some(k) => Err(unknown(k, known.iter().copied()).under(k)),
            None => Ok(Self { keys, remedy }),
        }
    }
    pub fn required<T>(
        &self,
        key: &str,
        read: impl FnOnce(&Raw) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let raw =
            self.keys.get(key).ok_or_else(|| Problem::new(format!("`{key}` is missing"), self.remedy))?;
        read(raw).map_err(|p| p.under(key))
    }
    pub fn or<T>(
        &self,
        key: &str,
        default: T,
        read: impl FnOnce(&Raw) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        match self.keys.get(key) {
            Some(raw) => read(raw).map_err(|p| p.under(key)),
            None => Ok(default),
        }
    }
}

/// A factor on the rate.
pub fn read_factor(raw: &Raw, remedy: &str) -> Result<f64, Problem> {
    match raw {
        Raw::Number(f) if (0.0..=1e6).contains(f) => Ok(*f),
        _ => Err(Problem::new("expected a factor of at least 0", remedy)),
    }
}
