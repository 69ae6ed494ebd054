//! Request classes of a client: what share of its requests they are, what they read and write.

use super::super::quantity::Quantity;
use super::super::time::Time;
use super::super::value::write::{table, time};
use super::super::value::{LONGEST, Problem, Raw, TableReader, quantity, read_share, read_time};
use super::keys::KeyPopularity;

/// A class of requests of one client.
#[derive(Clone, PartialEq, Debug)]
pub struct Class {
    /// Its name, unique in the topology.
    pub name: String,
    /// Share of the client's requests; the shares of a client sum to 1.
    pub share: f64,
    /// Whether a request changes data.
    pub write: bool,
    /// Which keys it touches.
    pub keys: KeyPopularity,
    /// Answered later than this is not good; `None` = the client's patience decides.
    pub slo: Option<Time>,
    /// Its requests ask every shard of a database.
    pub scatter: bool,
}

/// Most classes of one topology.
pub const MAX_CLASSES: usize = 64;

impl Class {
    /// Reads `{ NAME = { share, write, keys } }`.
    pub fn read_all(raw: &Raw) -> Result<Vec<Self>, Vec<Problem>> {
        let Raw::Table(table) = raw else {
            return Err(vec![Problem::new(
                "expected a table of classes",
                "write browse = { share = 0.9, write = false }",
            )]);
        };
        let mut classes: Vec<Self> = Vec::new();
        let mut problems = Vec::new();
        let weighted = |v: &Raw| matches!(v, Raw::Table(t) if t.contains_key("weight"));
        let by_weight = table.values().any(weighted);
        for (name, value) in table {
            match Self::read(name, value, by_weight) {
                Ok(c) => classes.push(c),
                Err(ps) => problems.extend(ps.into_iter().map(|p| p.under(name))),
            }
        }
        let sum: f64 = classes.iter().map(|c| c.share).sum();
        if by_weight && sum > 0.0 {
            for class in &mut classes {
                class.share /= sum;
            }
        } else if problems.is_empty() && (classes.is_empty() || (sum - 1.0).abs() > 1e-6) {
            problems.push(Problem::new(
                format!("the shares sum to {sum}, not 1"),
                "make the shares of all classes sum to 1",
            ));
        }
        if problems.is_empty() { Ok(classes) } else { Err(problems) }
    }
    /// As a file would say it, without its name.
    pub fn raw(&self) -> Raw {
        let Self { name: _, share, write, keys, slo, scatter } = self;
        let mut rows =
            vec![("share", Raw::Number(*share)), ("write", Raw::Bool(*write)), ("keys", keys.raw())];
        rows.extend(slo.map(|t| ("slo", time(t))));
        rows.extend(scatter.then_some(("scatter", Raw::Bool(true))));
        table(rows)
    }
    /// `by_weight`: the classes of this client are given by weights, which are shares of their sum.
    fn read(name: &str, raw: &Raw, by_weight: bool) -> Result<Self, Vec<Problem>> {
        let mut t =
            TableReader::new(raw, "{ share = 0.9, write = false, keys = { zipf = 1.1, of = 1000 } }")?;
        let share = t.get("share", read_share);
        let weight = t.get("weight", read_weight);
        if by_weight && (share.is_some() || !t.has("weight")) {
            t.fault(
                "shares and weights side by side",
                "give every class a `weight`, or every class a `share`",
            );
        }
        let share = weight.or(share).unwrap_or(1.0);
        let flag = |r: &Raw, remedy: &str| match r {
            Raw::Bool(b) => Ok(*b),
            _ => Err(Problem::new("expected true or false", remedy)),
        };
        let write =
            t.get("write", |r| flag(r, "write = true for requests that change data")).unwrap_or(false);
        let scatter =
            t.get("scatter", |r| flag(r, "scatter = true for requests that ask all shards")).unwrap_or(false);
        let keys = t.get("keys", KeyPopularity::read).unwrap_or_default();
        let slo = t.get("slo", |r| read_time(r, Time::from_ms(1), LONGEST));
        t.finish(|| Self { name: name.to_owned(), share, write, keys, slo, scatter })
    }
}

fn read_weight(raw: &Raw) -> Result<f64, Problem> {
    match quantity(raw) {
        Some(Quantity::Number(w)) if w > 0.0 && w <= 1e9 => Ok(w),
        _ => Err(Problem::new(
            "a weight is a number over 0",
            "write weight = 3 for three parts of the traffic",
        )),
    }
}
