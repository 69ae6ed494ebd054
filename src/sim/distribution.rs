//! Distributions of times, and how a draw becomes a time.

use super::quantity::Quantity;
use super::rng::Draw;
use super::time::Time;
use super::value::{Problem, Raw, quantity};

/// A distribution of lengths of time.
#[derive(Clone, PartialEq, Debug)]
pub enum Distribution {
    /// Always the same.
    Constant(Time),
    /// Equally likely between two lengths.
    Uniform(Time, Time),
    /// Exponential with this mean.
    Exponential(Time),
    /// The sum of `stages` exponentials; the mean is of the whole.
    Erlang {
        /// Mean of the sum.
        mean: Time,
        /// Number of stages, at least 1.
        stages: u32,
    },
    /// Log-normal, given by its mean and its squared coefficient of variation.
    LogNormal {
        /// Mean.
        mean: Time,
        /// Variance over squared mean.
        scv: f64,
    },
    /// Bounded Pareto.
    Pareto {
        /// Least value.
        min: Time,
        /// Tail exponent, over 0.
        shape: f64,
        /// Greatest value.
        max: Time,
    },
}

/// The longest single draw: keeps sums far from overflow.
pub const LONGEST_DRAW: Time = Time::from_secs(10 * 365 * 86_400);
/// The longest time of a distribution in a file: a year, for times between failures.
const LONGEST_MEAN: Time = Time::from_secs(365 * 86_400);

impl Distribution {
    /// Reads `{ exponential = "5ms" }` and its sisters.
    pub fn read(raw: &Raw) -> Result<Self, Problem> {
        const REMEDY: &str = "write it as { constant = \"5ms\" }, { exponential = \"5ms\" }, { uniform = [\"1ms\", \"9ms\"] }, \
             { erlang = { mean, stages } }, { log-normal = { mean, scv } } or { pareto = { min, shape, max } }";
        let Raw::Table(table) = raw else {
            return Err(Problem::new("expected a distribution of times", REMEDY));
        };
        let (Some((name, value)), 1) = (table.first(), table.len()) else {
            return Err(Problem::new("a distribution is a table with exactly one key", REMEDY));
        };
        let inner = |key: &str| match value {
            Raw::Table(t) => t.get(key).ok_or_else(|| Problem::new(format!("`{key}` is missing"), REMEDY)),
            _ => Err(Problem::new("expected a table", REMEDY)),
        };
        let time_at = |key: &str| inner(key).and_then(|v| time(v).map_err(|p| p.under(key)));
        let number_at = |key: &str, low: f64, high: f64| match quantity(inner(key)?) {
            Some(Quantity::Number(v)) if v > low && v <= high => Ok(v),
            _ => {
                Err(Problem::new(format!("`{key}` must be over {low} and at most {high}"), REMEDY).under(key))
            }
        };
        let only = |keys: &[&str]| match value {
            Raw::Table(t) => match t.keys().find(|k| !keys.contains(&k.as_str())) {
                Some(k) => Err(super::value::unknown(k, keys.iter().copied()).under(k)),
                None => Ok(()),
            },
            _ => Ok(()),
        };
        let read = || match name.as_str() {
            "constant" => Ok(Self::Constant(time(value)?)),
            "exponential" => Ok(Self::Exponential(time(value)?)),
            "uniform" => match value {
                Raw::List(v) if v.len() == 2 => {
                    let (a, b) = (time(&v[0]).map_err(|p| p.under(0))?, time(&v[1]).map_err(|p| p.under(1))?);
                    if a > b {
                        return Err(Problem::new(
                            "the bounds are the wrong way round",
                            "write the shorter time first",
                        ));
                    }
                    Ok(Self::Uniform(a, b))
                }
                _ => Err(Problem::new("expected two times", "write { uniform = [\"1ms\", \"9ms\"] }")),
            },
            "erlang" => {
                only(&["mean", "stages"])?;
                let stages = number_at("stages", 0.0, 1000.0)?;
                Ok(Self::Erlang { mean: time_at("mean")?, stages: stages as u32 })
            }
            "log-normal" => {
                only(&["mean", "scv"])?;
                Ok(Self::LogNormal { mean: time_at("mean")?, scv: number_at("scv", 0.0, 1000.0)? })
            }
            "pareto" => {
                only(&["min", "shape", "max"])?;
                let (min, max) = (time_at("min")?, time_at("max")?);
                if min == Time::ZERO || min >= max {
                    return Err(Problem::new("`min` must be over 0 and below `max`", REMEDY));
                }
                Ok(Self::Pareto { min, shape: number_at("shape", 0.0, 100.0)?, max })
            }
            "hyper-exponential" | "mixture" | "empirical" => {
                Err(Problem::new(format!("`{name}` is not in this version"), REMEDY))
            }
            _ => Err(Problem {
                remedy: REMEDY.into(),
                ..Problem::new(format!("unknown distribution `{name}`"), "")
            }),
        };
        read().map_err(|p| p.under(name))
    }

    /// As a file would say it; the opposite of `read`.
    pub fn raw(&self) -> Raw {
        use super::value::write::{table, time};
        let (name, value) = match *self {
            Self::Constant(t) => ("constant", time(t)),
            Self::Uniform(a, b) => ("uniform", Raw::List(vec![time(a), time(b)])),
            Self::Exponential(t) => ("exponential", time(t)),
            Self::Erlang { mean, stages } => {
                ("erlang", table([("mean", time(mean)), ("stages", Raw::Number(f64::from(stages)))]))
            }
            Self::LogNormal { mean, scv } => {
                ("log-normal", table([("mean", time(mean)), ("scv", Raw::Number(scv))]))
            }
            Self::Pareto { min, shape, max } => {
                ("pareto", table([("min", time(min)), ("shape", Raw::Number(shape)), ("max", time(max))]))
            }
        };
        table([(name, value)])
    }

    /// The same shape, `factor` times as long.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        let by = |t: Time| Time::from_secs_f64(t.secs() * factor).clamp(Time(1), LONGEST_DRAW);
        match *self {
            Self::Constant(t) => Self::Constant(by(t)),
            Self::Uniform(a, b) => Self::Uniform(by(a), by(b)),
            Self::Exponential(t) => Self::Exponential(by(t)),
            Self::Erlang { mean, stages } => Self::Erlang { mean: by(mean), stages },
            Self::LogNormal { mean, scv } => Self::LogNormal { mean: by(mean), scv },
            Self::Pareto { min, shape, max } => Self::Pareto { min: by(min), shape, max: by(max) },
        }
    }
    /// Mean length in nanoseconds.
    pub fn mean_ns(&self) -> f64 {
        match *self {
            Self::Constant(t) | Self::Exponential(t) => t.ns() as f64,
            Self::Uniform(a, b) => f64::midpoint(a.ns() as f64, b.ns() as f64),
            Self::Erlang { mean, .. } | Self::LogNormal { mean, .. } => mean.ns() as f64,
            Self::Pareto { min, shape, max } => {
                let (l, h) = (min.ns() as f64, max.ns() as f64);
                if (shape - 1.0).abs() < 1e-9 {
                    return h * l / (h - l) * libm::log(h / l);
                }
                let a = libm::pow(l, shape) / (1.0 - libm::pow(l / h, shape));
                a * shape / (shape - 1.0) * (libm::pow(l, 1.0 - shape) - libm::pow(h, 1.0 - shape))
            }
        }
    }

    /// One draw.
    #[inline]
    pub fn sample(&self, mut draw: Draw) -> Time {
        let ns = match *self {
            Self::Constant(t) => return t,
            Self::Exponential(mean) => draw.exp1() * mean.ns() as f64,
            Self::Uniform(a, b) => a.ns() as f64 + draw.unit() * (b.ns() - a.ns()) as f64,
            Self::Erlang { mean, stages } => {
                let mut sum = 0.0;
                for _ in 0..stages {
                    sum += draw.exp1();
                }
                sum * mean.ns() as f64 / f64::from(stages)
            }
            Self::LogNormal { mean, scv } => {
                let variance = libm::log1p(scv);
                let mu = libm::log(mean.ns().max(1) as f64) - variance / 2.0;
                libm::exp(mu + libm::sqrt(variance) * draw.normal())
            }
            Self::Pareto { min, shape, max } => {
                let ratio = libm::pow(min.ns() as f64 / max.ns() as f64, shape);
                min.ns() as f64 / libm::pow(1.0 - draw.unit() * (1.0 - ratio), 1.0 / shape)
            }
        };
        Time((ns as u64).min(LONGEST_DRAW.ns()))
    }
}

fn time(raw: &Raw) -> Result<Time, Problem> {
    super::value::read_time(raw, Time::ZERO, LONGEST_MEAN)
}

impl std::fmt::Display for Distribution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Constant(t) => write!(f, "{t}"),
            Self::Uniform(a, b) => write!(f, "{a} to {b}"),
            Self::Exponential(t) => write!(f, "~{t} exponential"),
            Self::Erlang { mean, stages } => write!(f, "~{mean} Erlang-{stages}"),
            Self::LogNormal { mean, scv } => write!(f, "~{mean} log-normal, scv {scv}"),
            Self::Pareto { min, max, .. } => write!(f, "{min} to {max} Pareto"),
        }
    }
}
