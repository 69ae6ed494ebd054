//! Distributions of times, and how a draw becomes a time.

mod moments;
mod read;
mod write;

use std::sync::Arc;

use super::rng::Draw;
use super::time::Time;

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
    /// One of two exponentials with balanced means: each contributes half of the mean (Whitt, Bell System Technical
    /// Journal 61(8), 1982).
    HyperExponential {
        /// Mean of the whole.
        mean: Time,
        /// Variance over squared mean, over 1.
        scv: f64,
    },
    /// One of several others, by weight.
    Mixture(Arc<[Part]>),
    /// One of these lengths, each equally likely.
    Empirical(Arc<[Time]>),
}

/// One of the distributions of a mixture.
#[derive(Clone, PartialEq, Debug)]
pub struct Part {
    /// As written: relative to the others.
    pub weight: f64,
    /// Probability of this part or an earlier one; the last part has 1.
    pub cumulative: f64,
    /// What a draw of this part follows.
    pub law: Distribution,
}

/// Most distributions in one mixture.
pub const MAX_PARTS: usize = 100;
/// How deep mixtures may stand in mixtures.
pub const MAX_DEPTH: usize = 4;
/// Most values of an empirical distribution.
pub const MAX_VALUES: usize = 10_000;

/// The longest single draw: keeps sums far from overflow.
pub const LONGEST_DRAW: Time = Time::from_ns(10 * Time::YEAR.ns());

impl Distribution {
    /// One draw.
    #[inline(always)]
    pub fn sample(&self, mut draw: Draw) -> Time {
        // The commonest law first: one comparison.
        if let Self::Exponential(mean) = *self {
            // It is neither negative nor not-a-number.
            return Time((draw.exp1() * mean.ns_f64()) as i64 as u64).min(LONGEST_DRAW);
        }
        let ns = match *self {
            Self::Constant(t) => return t,
            Self::HyperExponential { .. } | Self::Mixture(_) | Self::Empirical(_) => {
                return self.sample_mixed(draw);
            }
            _ => self.sample_rarer(draw),
        };
        Time::from_ns_f64(ns).min(LONGEST_DRAW)
    }
    /// A draw of one of the rarer laws, ns.
    #[inline(never)]
    fn sample_rarer(&self, mut draw: Draw) -> f64 {
        match *self {
            Self::Uniform(a, b) => a.ns_f64() + draw.unit() * (b - a).ns_f64(),
            Self::Erlang { mean, stages } => {
                let mut sum = 0.0;
                for _ in 0..stages {
                    sum += draw.exp1();
                }
                sum * mean.ns_f64() / f64::from(stages)
            }
            Self::LogNormal { mean, scv } => {
                let variance = libm::log1p(scv);
                let mu = libm::log(mean.max(Time(1)).ns_f64()) - variance / 2.0;
                libm::exp(mu + libm::sqrt(variance) * draw.normal())
            }
            Self::Pareto { min, shape, max } => {
                let ratio = libm::pow(min.ns_f64() / max.ns_f64(), shape);
                min.ns_f64() / libm::pow(1.0 - draw.unit() * (1.0 - ratio), 1.0 / shape)
            }
            _ => self.sample(draw).ns_f64(),
        }
    }

    /// The draws that first choose what to draw from; the choice takes the stream's first number.
    fn sample_mixed(&self, mut draw: Draw) -> Time {
        match self {
            Self::HyperExponential { mean, scv } => {
                let (often, rare) = balanced(*scv);
                let share = if draw.unit() < often { often } else { rare };
                let ns = draw.exp1() * mean.ns() as f64 / (2.0 * share);
                Time((ns as u64).min(LONGEST_DRAW.ns()))
            }
            Self::Mixture(parts) => {
                let u = draw.unit();
                let i = parts.partition_point(|p| p.cumulative <= u).min(parts.len() - 1);
                // A stream of its own: the part must not depend on the number that chose it.
                parts[i].law.sample(draw.further())
            }
            Self::Empirical(values) => values[draw.below(values.len() as u32) as usize],
            _ => self.sample(draw),
        }
    }
}

/// Probabilities of the two exponentials of a hyper-exponential with balanced means, the likelier one first.
/// The mean of either is the whole mean over twice its probability.
pub(crate) fn balanced(scv: f64) -> (f64, f64) {
    let often = f64::midpoint(1.0, libm::sqrt(((scv - 1.0) / (scv + 1.0)).max(0.0)));
    (often, 1.0 - often)
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
            Self::HyperExponential { mean, scv } => write!(f, "~{mean} hyper-exponential, scv {scv}"),
            Self::Mixture(parts) => {
                let mut before = 0.0;
                for (i, part) in parts.iter().enumerate() {
                    let share = super::quantity::show_share(part.cumulative - before);
                    write!(f, "{}{share} {}", if i == 0 { "" } else { ", " }, part.law)?;
                    before = part.cumulative;
                }
                Ok(())
            }
            Self::Empirical(values) => {
                write!(f, "~{} one of {} values", Time(self.mean_ns() as u64), values.len())
            }
        }
    }
}
