//! What a knob promises: which measure goes up or down when the knob goes up. `check` proves it of each challenge.

use super::Knob;
use crate::sim::metrics::Measure;

/// Which way a measure goes when its knob goes up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// More of it.
    Up,
    /// Less of it.
    Down,
}

/// What moves when a knob goes up, as its help says in words. Choices and structures promise nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Promise {
    /// What moves.
    pub measure: Measure,
    /// Where it goes when the knob goes up.
    pub way: Way,
    /// It is measured end to end (a link has no measures of its own), not at the knob's part.
    pub end_to_end: bool,
}

impl Knob {
    /// More of it moves this measure of its part this way, all else being equal and where the knob binds.
    #[must_use]
    pub const fn moves(mut self, measure: Measure, way: Way) -> Self {
        self.promise = Some(Promise { measure, way, end_to_end: false });
        self
    }
    /// More of it moves this measure, end to end, this way.
    #[must_use]
    pub const fn moves_all(mut self, measure: Measure, way: Way) -> Self {
        self.promise = Some(Promise { measure, way, end_to_end: true });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::component::{Kind, LINK_KNOBS};

    /// Words of which a help text has one if it speaks of the measure.
    fn words(measure: Measure) -> &'static [&'static str] {
        use crate::sim::metrics::Count;
        match measure {
            Measure::Utilization | Measure::CpuUtilization => &["busy"],
            Measure::HitRatio => &["hit"],
            Measure::QueueMax | Measure::QueueMean => &["queue", "wait"],
            Measure::Mean => &["longer", "slower", "quicker"],
            Measure::Max => &["longest"],
            Measure::ArrivalRate | Measure::Throughput => &["requests"],
            Measure::ErrorRate => &["errors", "fail"],
            Measure::GoodShare => &["good"],
            Measure::Cost => &["price"],
            Measure::Uptime => &["away"],
            Measure::StaleReads => &["stale"],
            Measure::Lag | Measure::Backlog => &["wait"],
            Measure::Counted(Count::Redelivered) => &["again"],
            Measure::Counted(Count::Dead) => &["put aside"],
            Measure::Counted(Count::Expired) => &["dropped"],
            Measure::Counted(Count::Traced) => &["chooses"],
            _ => &[],
        }
    }

    #[test]
    fn every_promise_is_said_in_the_help() {
        let mut promises = 0;
        let tables = Kind::ALL.into_iter().flat_map(Kind::knob_tables).chain([LINK_KNOBS]);
        for knob in tables.flatten() {
            let Some(promise) = knob.promise else { continue };
            promises += 1;
            let said = words(promise.measure).iter().any(|word| knob.help.contains(word));
            assert!(said, "{}: {:?} {:?}: {}", knob.name, promise.measure, promise.way, knob.help);
        }
        assert!(promises > 30, "{promises}");
    }

    #[test]
    fn words_and_structures_promise_nothing() {
        use super::super::Shape as S;
        let tables = Kind::ALL.into_iter().flat_map(Kind::knob_tables).chain([LINK_KNOBS]);
        for knob in tables.flatten().filter(|k| k.promise.is_some()) {
            let steps = matches!(
                knob.shape,
                S::Count { .. } | S::Share | S::Rate { .. } | S::Time { .. } | S::Money | S::Factor { .. }
            );
            let works = matches!(knob.shape, S::Distribution | S::Length) || knob.name == "size";
            assert!(steps || works, "{} cannot be stepped", knob.name);
        }
    }
}
