//! Which keys requests touch.

use std::sync::Arc;

use super::super::rng::Draw;
use super::super::value::write::table;
use super::super::value::{Problem, Raw, read_share, unknown};

/// How requests spread over keys. Key 0 is the hottest.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct KeyPopularity {
    /// Exponent of the Zipf law; 0 = uniform.
    pub zipf: f64,
    /// Number of keys.
    pub of: u32,
    /// A few keys that get a fixed share of the requests; excludes `zipf`.
    pub hot: Option<HotSet>,
}

/// The first keys of all, which get a fixed share of the requests; equally likely among themselves, as are the rest.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct HotSet {
    /// Share of the requests that touch a hot key, 0 to 1.
    pub share: f64,
    /// Number of hot keys, below the number of all keys.
    pub of: u32,
}

/// Most keys that a topology may have.
pub const MAX_KEYS: u32 = 1_000_000;
impl Default for KeyPopularity {
    fn default() -> Self {
        Self { zipf: 0.0, of: 10_000, hot: None }
    }
}

/// Draws keys by their popularity; the cumulative table is shared by all clones of a run.
#[derive(Clone, Debug)]
pub struct KeyTable {
    of: u32,
    hot: Option<HotSet>,
    /// Empty for uniform keys and hot sets.
    cumulative: Arc<[f64]>,
}

impl KeyTable {
    /// Builds the table.
    pub fn new(keys: KeyPopularity) -> Self {
        if keys.zipf == 0.0 {
            return Self { of: keys.of, hot: keys.hot, cumulative: Arc::new([]) };
        }
        let mut sum = 0.0;
        let mut table: Vec<f64> = (1..=keys.of)
            .map(|rank| {
                sum += libm::pow(f64::from(rank), -keys.zipf);
                sum
            })
            .collect();
        for c in &mut table {
            *c /= sum;
        }
        Self { of: keys.of, hot: None, cumulative: table.into() }
    }
    /// Number of keys.
    pub const fn of(&self) -> u32 {
        self.of
    }
    /// The key of a draw.
    #[inline]
    pub fn pick(&self, mut draw: Draw) -> u32 {
        if self.cumulative.is_empty() {
            return match self.hot {
                None => draw.below(self.of),
                Some(hot) if draw.unit() < hot.share => draw.below(hot.of),
                Some(hot) => hot.of + draw.below(self.of - hot.of),
            };
        }
        let u = draw.unit();
        (self.cumulative.partition_point(|&c| c <= u) as u32).min(self.of - 1)
    }
}

impl KeyPopularity {
    /// As a file would say it.
    pub(super) fn raw(&self) -> Raw {
        let of = Raw::Number(f64::from(self.of));
        match self.hot {
            None => table([("zipf", Raw::Number(self.zipf)), ("of", of)]),
            Some(hot) => {
                let hot = table([("share", Raw::Number(hot.share)), ("of", Raw::Number(f64::from(hot.of)))]);
                table([("hot", hot), ("of", of)])
            }
        }
    }
    pub(super) fn read(raw: &Raw) -> Result<Self, Problem> {
        const REMEDY: &str = "write keys = { zipf = 1.1, of = 100000 }, { uniform = true, of = 1000 } \
             or { hot = { share = 0.9, of = 100 }, of = 100000 }";
        let Raw::Table(t) = raw else { return Err(Problem::new("expected a table", REMEDY)) };
        let number = |key: &str| match t.get(key) {
            Some(Raw::Number(n)) => Ok(Some(*n)),
            None => Ok(None),
            Some(_) => Err(Problem::new("expected a number", REMEDY).under(key)),
        };
        if let Some(k) = t.keys().find(|k| !["zipf", "uniform", "of", "hot"].contains(&k.as_str())) {
            return Err(unknown(k, ["zipf", "uniform", "hot", "of"].into_iter()).under(k));
        }
        let zipf = number("zipf")?.unwrap_or(0.0);
        let of = number("of")?.ok_or_else(|| Problem::new("`of` is missing: the number of keys", REMEDY))?;
        if !(0.0..=5.0).contains(&zipf) {
            return Err(Problem::new("the Zipf exponent must be between 0 and 5", REMEDY).under("zipf"));
        }
        if of.fract() != 0.0 || of < 1.0 || of > f64::from(MAX_KEYS) {
            return Err(
                Problem::new(format!("`of` must be a whole number up to {MAX_KEYS}"), REMEDY).under("of")
            );
        }
        let of = of as u32;
        let hot = t.get("hot").map(|raw| HotSet::read(raw, of).map_err(|p| p.under("hot"))).transpose()?;
        if hot.is_some() && zipf > 0.0 {
            return Err(Problem::new("`zipf` and `hot` exclude each other", REMEDY).under("hot"));
        }
        Ok(Self { zipf, of, hot })
    }
}

impl HotSet {
    fn read(raw: &Raw, all: u32) -> Result<Self, Problem> {
        const REMEDY: &str = "write hot = { share = 0.9, of = 100 }: 90 % of the requests touch 100 keys";
        let Raw::Table(t) = raw else { return Err(Problem::new("expected a table", REMEDY)) };
        if let Some(k) = t.keys().find(|k| !["share", "of"].contains(&k.as_str())) {
            return Err(unknown(k, ["share", "of"].into_iter()).under(k));
        }
        let get = |k: &str| t.get(k).ok_or_else(|| Problem::new(format!("`{k}` is missing"), REMEDY));
        let share = read_share(get("share")?).map_err(|p| p.under("share"))?;
        match get("of")? {
            Raw::Number(n) if n.fract() == 0.0 && *n >= 1.0 && *n < f64::from(all) => {
                Ok(Self { share, of: *n as u32 })
            }
            _ => Err(Problem::new("`of` must be a whole number, fewer than all keys", REMEDY).under("of")),
        }
    }
}
