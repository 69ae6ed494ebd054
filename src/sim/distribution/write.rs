//! Writing: the opposite of reading, to the bit.

use super::super::value::Raw;
use super::super::value::write::{table, time};
use super::{Distribution, Part};

impl Distribution {
    /// As a file would say it; the opposite of `read`.
    pub fn raw(&self) -> Raw {
        let (name, value) = match self {
            Self::Constant(t) => ("constant", time(*t)),
            Self::Uniform(a, b) => ("uniform", Raw::List(vec![time(*a), time(*b)])),
            Self::Exponential(t) => ("exponential", time(*t)),
            Self::Erlang { mean, stages } => {
                ("erlang", table([("mean", time(*mean)), ("stages", Raw::Number(f64::from(*stages)))]))
            }
            Self::LogNormal { mean, scv } => {
                ("log-normal", table([("mean", time(*mean)), ("scv", Raw::Number(*scv))]))
            }
            Self::HyperExponential { mean, scv } => {
                ("hyper-exponential", table([("mean", time(*mean)), ("scv", Raw::Number(*scv))]))
            }
            Self::Pareto { min, shape, max } => {
                ("pareto", table([("min", time(*min)), ("shape", Raw::Number(*shape)), ("max", time(*max))]))
            }
            Self::Mixture(parts) => ("mixture", Raw::List(parts.iter().map(part).collect())),
            Self::Empirical(values) => ("empirical", Raw::List(values.iter().map(|t| time(*t)).collect())),
        };
        table([(name, value)])
    }
}

fn part(part: &Part) -> Raw {
    let mut raw = part.law.raw();
    if let Raw::Table(keys) = &mut raw {
        keys.shift_insert(0, "weight".into(), Raw::Number(part.weight));
    }
    raw
}
