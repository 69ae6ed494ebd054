//! Seconds dealt into columns.

use crate::sim::metrics::{Window, Windows};
use crate::sim::time::Time;

/// Columns begin at round times, so that they do not change while the next one fills.
pub(super) struct Grid<'a> {
    /// Seconds a column.
    pub stride: usize,
    /// Columns in all; the last one is the latest.
    width: usize,
    shown: Vec<&'a Window>,
}

/// The column in which a window's second lies, counted from the start of the run.
fn place(end: Time, stride: usize) -> usize {
    (end.ns() / Time::SECOND.ns()).saturating_sub(1) as usize / stride
}

impl<'a> Grid<'a> {
    /// So many columns for the latest seconds; a span of seconds fits into them.
    pub fn new(windows: &'a Windows, span: usize, columns: usize) -> Self {
        let stride = span.div_ceil(columns.max(1)).max(1);
        let mut shown: Vec<&Window> = windows.latest(columns * stride).map(|w| &**w).collect();
        let last = shown.last().map_or(0, |w| place(w.end, stride));
        let first = shown.partition_point(|w| place(w.end, stride) + columns <= last);
        shown.drain(..first);
        Self { stride, width: columns, shown }
    }

    /// A value a column, oldest first: the mean of its seconds.
    pub fn values(&self, value: impl Fn(&Window) -> Option<f64>) -> Vec<Option<f64>> {
        let column = |w: &Window| place(w.end, self.stride);
        self.shown
            .chunk_by(|a, b| column(a) == column(b))
            .map(|part| {
                let all: Vec<f64> = part.iter().filter_map(|w| value(w)).collect();
                (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
            })
            .collect()
    }

    /// The column on screen, from the left, in which an instant lies; `None` if it is not shown.
    pub fn column(&self, at: Time) -> Option<usize> {
        let (first, last) = (self.shown.first()?, self.shown.last()?);
        let [first, last] = [first, last].map(|w| place(w.end, self.stride));
        let here = place(at, self.stride);
        (first..=last).contains(&here).then(|| (self.width + here).saturating_sub(last + 1))
    }
}
