//! Confidence by batch means: a run's successive values depend on each other, those of long stretches hardly do.
//!
//! The windows since the warm-up are cut into batches of equal length; the means of the batches are taken as
//! independent and normal, so that their mean lies within Student's quantile times its standard error of the truth
//! (Law and Carson, Operations Research 27(5), 1979; Law, Simulation Modeling and Analysis, 5th ed. 2015, ch. 9.5.3).

use super::Windows;
use crate::sim::time::Time;

/// Batches that a run is cut into.
pub const BATCHES: usize = 20;
/// Student's quantile for 95 % on both sides together and one degree of freedom less than there are batches.
const STUDENT: f64 = 2.093;
/// Shorter batches than this many windows say nothing: their means depend on each other too much.
pub const SHORTEST: usize = 5;

/// Mean response time of answered requests over the windows after `from`, and the half-width of its 95 % confidence
/// interval, both in seconds; `None` where the batches would be too short or one of them has no answer. Right where
/// the run is in steady state.
pub fn response(windows: &Windows, from: Time) -> Option<(f64, f64)> {
    let first = windows.partition_point(|w| w.end <= from);
    let length = (windows.len() - first) / BATCHES;
    if length < SHORTEST {
        return None;
    }
    // What does not divide evenly is left out at the start, where the warm-up may still show.
    let start = windows.len() - length * BATCHES;
    let mean = |batch: usize| {
        let at = start + batch * length;
        let (mut sum, mut count) = (0, 0);
        for w in windows.range(at, at + length) {
            sum += w.system.response_ns;
            count += w.system.completed;
        }
        (count > 0).then(|| sum as f64 / f64::from(count) / 1e9)
    };
    let means: Vec<f64> = (0..BATCHES).map(mean).collect::<Option<_>>()?;
    let n = BATCHES as f64;
    let whole = means.iter().sum::<f64>() / n;
    let variance = means.iter().map(|m| (m - whole) * (m - whole)).sum::<f64>() / (n - 1.0);
    Some((whole, STUDENT * libm::sqrt(variance / n)))
}
