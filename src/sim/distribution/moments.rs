//! Moments of a distribution, and the same shape on another scale.

use super::super::time::Time;
use super::{Distribution, LONGEST_DRAW, Part};

impl Distribution {
    /// The same shape, `factor` times as long.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        let by = |t: Time| Time::from_secs_f64(t.secs() * factor).clamp(Time(1), LONGEST_DRAW);
        match self {
            Self::Constant(t) => Self::Constant(by(*t)),
            Self::Uniform(a, b) => Self::Uniform(by(*a), by(*b)),
            Self::Exponential(t) => Self::Exponential(by(*t)),
            Self::Erlang { mean, stages } => Self::Erlang { mean: by(*mean), stages: *stages },
            Self::LogNormal { mean, scv } => Self::LogNormal { mean: by(*mean), scv: *scv },
            Self::Pareto { min, shape, max } => Self::Pareto { min: by(*min), shape: *shape, max: by(*max) },
            Self::HyperExponential { mean, scv } => Self::HyperExponential { mean: by(*mean), scv: *scv },
            Self::Mixture(parts) => {
                let scaled = |p: &Part| Part { law: p.law.scaled(factor), ..*p };
                Self::Mixture(parts.iter().map(scaled).collect())
            }
            Self::Empirical(values) => Self::Empirical(values.iter().map(|t| by(*t)).collect()),
        }
    }

    /// Mean length in nanoseconds.
    pub fn mean_ns(&self) -> f64 {
        self.moment(1)
    }

    /// Squared coefficient of variation: variance over squared mean. 0 = always the same, 1 = exponential.
    pub fn scv(&self) -> f64 {
        match self {
            Self::Constant(_) => 0.0,
            Self::Exponential(_) => 1.0,
            Self::Erlang { stages, .. } => 1.0 / f64::from(*stages),
            Self::LogNormal { scv, .. } | Self::HyperExponential { scv, .. } => *scv,
            _ => {
                let mean = self.moment(1);
                if mean > 0.0 { (self.moment(2) / (mean * mean) - 1.0).max(0.0) } else { 0.0 }
            }
        }
    }

    /// First or second moment, in nanoseconds or their squares.
    fn moment(&self, order: i32) -> f64 {
        let raised = |x: f64| if order == 1 { x } else { x * x };
        match self {
            Self::Constant(t) => raised(t.ns() as f64),
            Self::Exponential(mean)
            | Self::Erlang { mean, .. }
            | Self::LogNormal { mean, .. }
            | Self::HyperExponential { mean, .. } => {
                let m = raised(mean.ns() as f64);
                if order == 1 { m } else { m * (1.0 + self.scv()) }
            }
            Self::Uniform(a, b) => {
                let (a, b) = (a.ns() as f64, b.ns() as f64);
                if order == 1 { f64::midpoint(a, b) } else { (a * a + a * b + b * b) / 3.0 }
            }
            Self::Pareto { min, shape, max } => {
                bounded_pareto(min.ns() as f64, *shape, max.ns() as f64, f64::from(order))
            }
            Self::Mixture(parts) => {
                let mut before = 0.0;
                parts
                    .iter()
                    .map(|p| {
                        let weight = p.cumulative - before;
                        before = p.cumulative;
                        weight * p.law.moment(order)
                    })
                    .sum()
            }
            Self::Empirical(values) => {
                values.iter().map(|t| raised(t.ns() as f64)).sum::<f64>() / values.len() as f64
            }
        }
    }
}

/// Moment `k` of a Pareto cut at `h`: the integral of `x^k` over the density `a l^a x^(-a-1) / (1 - (l/h)^a)`.
fn bounded_pareto(l: f64, shape: f64, h: f64, k: f64) -> f64 {
    let a = libm::pow(l, shape) / (1.0 - libm::pow(l / h, shape));
    if (shape - k).abs() < 1e-9 {
        return a * shape * libm::log(h / l);
    }
    a * shape / (shape - k) * (libm::pow(l, k - shape) - libm::pow(h, k - shape))
}
