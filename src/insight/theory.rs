//! What theory says: closed forms of queueing, reliability and caching, beside which a run can be held.
//!
//! Plain functions on `f64`. Times are seconds, rates are per second, shares are fractions, unless a text says
//! otherwise. Where a formula has no answer (a queue without bound that never settles, a share over 1) the result
//! is `None`. Sources by short name:
//!
//! - *Kleinrock*: L. Kleinrock, Queueing Systems vol. 1, Wiley 1975.
//! - *Harchol-Balter*: M. Harchol-Balter, Performance Modeling and Design of Computer Systems, CUP 2013.
//! - *Lazowska*: E. Lazowska et al., Quantitative System Performance, Prentice Hall 1984.
//!
//! [`predict`] chooses the model that fits a node of a run, and says which of its assumptions the run meets.

pub mod caching;
pub mod curve;
pub mod fleet;
pub mod network;
pub mod overload;
pub mod predict;
pub mod queue;
pub mod reliability;
pub mod storage;
pub mod variable;

/// The `x` in `[low, high]` where a falling or rising `f` is 0, to double precision; `f` must change its sign there.
pub(crate) fn root(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let rising = f(low) < 0.0;
    for _ in 0..200 {
        let x = f64::midpoint(low, high);
        if x <= low || x >= high {
            break;
        }
        if (f(x) < 0.0) == rising {
            low = x;
        } else {
            high = x;
        }
    }
    f64::midpoint(low, high)
}

/// The time that a share `q` of all stay below, from the share that takes longer than `t`. `scale` is any time of the
/// right order of magnitude. `None` where no time is long enough.
pub(crate) fn quantile(q: f64, scale: f64, longer: impl Fn(f64) -> f64) -> Option<f64> {
    if !(0.0..1.0).contains(&q) || scale <= 0.0 {
        return None;
    }
    if longer(0.0) <= 1.0 - q {
        return Some(0.0);
    }
    let mut high = scale;
    for _ in 0..200 {
        if longer(high) <= 1.0 - q {
            return Some(root(0.0, high, |t| (1.0 - q) - longer(t)));
        }
        high *= 2.0;
    }
    None
}

/// Probability that an Erlang time of `stages` stages with `rate` each takes longer than `t`.
pub(crate) fn erlang_longer(stages: u32, rate: f64, t: f64) -> f64 {
    let x = rate * t;
    if x < f64::from(stages) {
        return 1.0 - libm::exp(erlang_within_ln(stages, rate, t));
    }
    // Fewer than `stages` events of a Poisson process: from the last term down, each smaller than the one before.
    let mut term = libm::exp(poisson_ln(stages - 1, x));
    let mut sum = 0.0;
    for k in (0..stages).rev() {
        sum += term;
        term *= f64::from(k) / x;
    }
    sum.min(1.0)
}

/// Logarithm of the probability that an Erlang time is over within `t`, exact where it is tiny.
pub(crate) fn erlang_within_ln(stages: u32, rate: f64, t: f64) -> f64 {
    let x = rate * t;
    if x >= f64::from(stages) {
        return libm::log1p(-erlang_longer(stages, rate, t).min(1.0));
    }
    let (mut sum, mut term, mut k) = (0.0, 1.0, f64::from(stages));
    while term > sum * 1e-17 {
        sum += term;
        k += 1.0;
        term *= x / k;
    }
    poisson_ln(stages, x) + libm::log(sum)
}

/// Logarithm of the Poisson probability of `k` events where `x` are expected.
fn poisson_ln(k: u32, x: f64) -> f64 {
    f64::from(k) * libm::log(x) - x - libm::lgamma(f64::from(k) + 1.0)
}
