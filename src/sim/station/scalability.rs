//! The universal scalability law (Gunther 1993): n at once make each 1 + s (n-1) + k n (n-1) times as long.

use super::super::value::{Knob, Knobs, Shape, Value};

/// Its two coefficients.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scalability {
    /// s, the contention: the share of the work that only one does at a time.
    serial: f64,
    /// k, the coherency: what every pair costs that must agree.
    coherency: f64,
}

/// The knobs of a group `contention`.
pub(crate) static KNOBS: &[Knob] = &[
    Knob::new("serial", Shape::Share, "s in 1 + s(n-1) + kn(n-1) for n at once: only one does this part")
        .default(|| Value::Share(0.0)),
    Knob::new("coherency", Shape::Share, "k in 1 + s(n-1) + kn(n-1): what every pair costs that must agree")
        .default(|| Value::Share(0.0)),
];

impl Scalability {
    /// The law of a part with the group `contention`.
    pub fn read(knobs: &Knobs) -> Option<Self> {
        let group = knobs.group("contention")?;
        let share = |name| group.share(name).unwrap_or(0.0);
        Some(Self { serial: share("serial"), coherency: share("coherency") })
    }
    /// How many times as long each takes with `n` at once.
    pub fn factor(self, n: u32) -> f64 {
        let n = f64::from(n.max(1));
        1.0 + self.serial * (n - 1.0) + self.coherency * n * (n - 1.0)
    }
}
