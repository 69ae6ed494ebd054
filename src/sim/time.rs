//! Simulated time: whole nanoseconds, so that runs repeat bit for bit.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// An instant since the start of the run, or a length of time; nanoseconds in both cases.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Time(pub u64);

impl Time {
    /// The start of the run; also the empty length.
    pub const ZERO: Self = Self(0);
    /// Later than every event: "never".
    pub const NEVER: Self = Self(u64::MAX);
    /// One simulated second, the length of a metrics window.
    pub const SECOND: Self = Self(1_000_000_000);

    /// A year of 365 days: the latest instant of a run, and the longest that a change lasts or a draw is in the mean.
    pub const YEAR: Self = Self::from_secs(365 * 86_400);

    /// Whole nanoseconds.
    pub const fn from_ns(ns: u64) -> Self {
        Self(ns)
    }
    /// Whole milliseconds.
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms * 1_000_000)
    }
    /// Whole seconds.
    pub const fn from_secs(s: u64) -> Self {
        Self(s * 1_000_000_000)
    }
    /// Nearest nanosecond to `s` seconds; negative and not-a-number become zero, too large saturates.
    pub fn from_secs_f64(s: f64) -> Self {
        Self((s * 1e9 + 0.5) as u64)
    }
    /// Nanoseconds.
    pub const fn ns(self) -> u64 {
        self.0
    }
    /// Seconds, for reports; never for decisions inside the engine.
    pub fn secs(self) -> f64 {
        self.0 as f64 / 1e9
    }
    /// The same as a number to reckon with; for times before the year 292.
    #[inline]
    pub const fn ns_f64(self) -> f64 {
        // By way of a signed number: one instruction.
        self.0 as i64 as f64
    }
    /// So many nanoseconds, the fraction cut off; zero for negative ones and not-a-number, 292 years at most.
    #[inline]
    pub const fn from_ns_f64(ns: f64) -> Self {
        let ns = ns as i64;
        Self(if ns > 0 { ns as u64 } else { 0 })
    }
    /// Milliseconds, for reports.
    pub fn ms(self) -> f64 {
        self.0 as f64 / 1e6
    }
    /// `self - other`, or zero where `other` is later.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for Time {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}
impl AddAssign for Time {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
impl Sub for Time {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        debug_assert!(self.0 >= other.0, "time runs forward");
        Self(self.0.wrapping_sub(other.0))
    }
}

impl fmt::Display for Time {
    /// Short, with a unit: `850us`, `12ms`, `1.5s`, `2m05s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::quantity::show_time(*self))
    }
}
