//! What the charts have shown already. A second that was measured does not change, so a column is computed once.

use std::sync::Arc;

use super::{COUNT, Charts, SIGNALS, Signal};
use crate::sim::metrics::Window;
use crate::sim::time::Time;

/// Seconds of a column that are looked at where a value takes time to make.
const SAMPLES: usize = 4;

/// The columns of the latest draw.
#[derive(Default)]
pub struct Memory {
    columns: Vec<Column>,
}

/// One column of every chart.
pub(super) struct Column {
    /// Its last second, how many it has, and the last second without the change.
    last: Arc<Window>,
    seconds: usize,
    before: Option<Arc<Window>>,
    /// A value for each signal, as measured and without the change.
    pub values: [Option<f64>; COUNT],
    pub ghosts: [Option<f64>; COUNT],
}

impl Memory {
    /// The columns, oldest first, at most so many: those that are known, and the others computed.
    pub(super) fn columns(&mut self, charts: Charts, most: usize) -> &[Column] {
        // Columns begin at round times, so that they do not change while the next one fills.
        let stride = charts.span.div_ceil(most.max(1)).max(1);
        let number = |w: &Window| (w.end.ns() / Time::SECOND.ns()).saturating_sub(1) as usize / stride;
        let windows = charts.windows;
        let oldest = windows.len().saturating_sub(most * stride);
        let Some((first, latest)) = windows.get(oldest).zip(windows.last()) else { return &[] };
        let mut from = oldest;
        let mut known = std::mem::take(&mut self.columns).into_iter().peekable();
        // Looked up by halving: to walk through all seconds takes longer than all the rest.
        for n in number(first)..=number(latest) {
            let to = windows.partition_point(|w| number(w) <= n).max(from);
            let (seconds, part) = (to - from, windows.range(from, to));
            from = to;
            let Some(last) = part.clone().next_back().filter(|_| number(latest) - n < most) else { continue };
            let before = charts.same_second(last);
            let is_it = |c: &Column| {
                let same = match (&c.before, before) {
                    (Some(a), Some(b)) => Arc::ptr_eq(a, b),
                    (a, b) => a.is_none() && b.is_none(),
                };
                Arc::ptr_eq(&c.last, last) && c.seconds == seconds && same
            };
            while known.next_if(|c| c.last.end < last.end).is_some() {}
            let column =
                known.next_if(is_it).unwrap_or_else(|| Column::of(charts, &part.collect::<Vec<_>>()));
            self.columns.push(column);
        }
        &self.columns
    }
}

impl Column {
    /// Computes a column from its seconds, of which there is one at least.
    fn of(charts: Charts, part: &[&Arc<Window>]) -> Self {
        // Both runs measure every second: the twins follow each other as the seconds do.
        let first = charts.before.partition_point(|w| w.end < part[0].end);
        let twin = |(i, w): (usize, &&Arc<Window>)| {
            let next = charts.before.get(first + i).filter(|twin| twin.end == w.end);
            next.or_else(|| charts.same_second(w))
        };
        let twins: Vec<Option<&Arc<Window>>> = part.iter().enumerate().map(twin).collect();
        let mean = |s: &Signal, of: &dyn Fn(usize) -> Option<f64>| {
            let step = if s.costly { part.len().div_ceil(SAMPLES) } else { 1 };
            let values: Vec<f64> = (0..part.len()).rev().step_by(step.max(1)).filter_map(of).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let value = |s: &Signal| mean(s, &|at| (s.value)(&part[at].system));
        let ghost = |s: &Signal| mean(s, &|at| twins[at].and_then(|w| (s.value)(&w.system)));
        Self {
            last: Arc::clone(part[part.len() - 1]),
            seconds: part.len(),
            before: twins[part.len() - 1].map(Arc::clone),
            values: std::array::from_fn(|i| value(&SIGNALS[i])),
            ghosts: std::array::from_fn(|i| ghost(&SIGNALS[i])),
        }
    }
}
