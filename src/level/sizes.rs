//! The size ladder: cores, memory and prices of machines, from `assets/sizes.toml`.

use std::sync::OnceLock;

use super::fields::Fields;
use super::file;
use crate::sim::quantity::HOURS_PER_MONTH;
use crate::sim::topology::Size;
use crate::sim::value::{Problem, Raw, nearest};

/// The file as it is built in; part of every level's content hash.
pub const SOURCE: &str = include_str!("../../assets/sizes.toml");

/// The ladder, smallest first.
pub fn ladder() -> &'static [Size] {
    static LADDER: OnceLock<Vec<Size>> = OnceLock::new();
    // The file is part of the program: a test proves that it has no fault.
    LADDER.get_or_init(|| read(SOURCE).unwrap_or_default())
}

/// The name of a rung, if it is one.
pub fn known(name: &str) -> Result<String, Problem> {
    let names = || ladder().iter().map(|s| s.name.as_str());
    if names().any(|n| n == name) {
        return Ok(name.to_owned());
    }
    let near = nearest(name, names()).filter(|n| n.len() > 1 && name.len() > 1);
    let remedy = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("sizes are {}", names().collect::<Vec<_>>().join(", ")),
    };
    Err(Problem::new(format!("there is no size `{name}`"), remedy))
}

fn read(source: &str) -> Result<Vec<Size>, Vec<Problem>> {
    let (item, faults) = file::parse(source);
    let mut problems: Vec<Problem> = faults.into_iter().map(|f| Problem::new(f.message, f.remedy)).collect();
    let raw = item.to_raw();
    let mut f = Fields::new(&raw, "[[size]]");
    f.line("date");
    f.require("date", "prices are dated");
    let sizes = f.list("size", |raw, problems| {
        let mut f = Fields::new(raw, "[[size]]");
        let mut price = |key| f.get(key, hourly).map(|usd| usd * HOURS_PER_MONTH);
        let (app, database, cache) = (price("app"), price("database"), price("cache"));
        let size = Size {
            name: f.line("name").unwrap_or_default(),
            cores: f.count("cores", 1, 4096).unwrap_or_default(),
            memory_gib: f.count("memory_gib", 1, 65_536).unwrap_or_default(),
            usd_per_month: app.unwrap_or_default(),
            database_usd_per_month: database.unwrap_or_default(),
            cache_usd_per_month: cache.unwrap_or_default(),
        };
        for key in ["name", "cores", "memory_gib", "app", "database", "cache"] {
            f.require(key, "every rung has all of them");
        }
        f.finish(problems);
        Some(size)
    });
    f.finish(&mut problems);
    if problems.is_empty() { Ok(sizes) } else { Err(problems) }
}

fn hourly(raw: &Raw) -> Result<f64, Problem> {
    match raw {
        Raw::Number(n) if *n > 0.0 => Ok(*n),
        _ => Err(Problem::new("expected a price", "US dollars an hour, as 0.1008")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_rises() {
        let sizes = read(SOURCE).unwrap_or_else(|p| panic!("{p:?}"));
        assert_eq!(sizes.iter().map(|s| s.cores).collect::<Vec<_>>(), [1, 2, 4, 8, 16, 32, 48, 64, 96, 192]);
        for pair in sizes.windows(2) {
            assert!(pair[0].usd_per_month < pair[1].usd_per_month, "{} is too dear", pair[0].name);
            assert!(pair[0].database_usd_per_month < pair[1].database_usd_per_month);
            assert!(pair[0].cache_usd_per_month < pair[1].cache_usd_per_month);
        }
        assert!((sizes[1].usd_per_month - 73.584).abs() < 1e-9);
        assert_eq!(known("m").as_deref(), Ok("m"));
        assert!(known("xm").is_err());
    }
}
