//! Numeric goals, judged each simulated second on a sliding window.

use crate::sim::metrics::Metric;
use crate::sim::time::Time;

/// One goal.
#[derive(Clone, PartialEq, Debug)]
pub struct Goal {
    /// The metric path as written: `p95`, `web.utilization`.
    pub path: String,
    /// The metric.
    pub metric: Metric,
    /// The bound.
    pub bound: Bound,
    /// Length of the sliding window; `None` = the whole run after warm-up.
    pub over: Option<Time>,
    /// Judged from here on (since the start of the run or scene); default: the warm-up.
    pub from: Time,
    /// Judged until here; `None` = to the end.
    pub to: Option<Time>,
    /// Live play may end once the goal was true for so long.
    pub hold: Option<Time>,
}

/// Which side of the limit is good; base units (seconds, per second, fraction, dollars a month).
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Bound {
    /// Must be below or equal.
    Below(f64),
    /// Must be above or equal.
    Above(f64),
}

impl Goal {
    /// Whether a measured value meets the bound; nothing measured = not met.
    pub fn met(&self, value: Option<f64>) -> bool {
        match (self.bound, value) {
            (_, None) => false,
            (Bound::Below(limit), Some(v)) => v <= limit,
            (Bound::Above(limit), Some(v)) => v >= limit,
        }
    }
    /// The goal in words, generated from its data: `p95 at most 300ms`.
    pub fn text(&self) -> String {
        let unit = self.metric.measure.unit();
        let words = self.path.replace(['_', '.'], " ");
        match self.bound {
            Bound::Below(limit) => format!("{words} at most {}", unit.show(limit)),
            Bound::Above(limit) => format!("{words} at least {}", unit.show(limit)),
        }
    }
}
