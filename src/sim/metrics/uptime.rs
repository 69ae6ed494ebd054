//! Times up and down: of a server, of a machine, and of a group by how many of it are up.

use crate::sim::time::Time;

/// What a place was since the warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uptime {
    /// Time up.
    pub up: Time,
    /// Time not up: failed, starting, drained.
    pub down: Time,
    /// The part of `down` that began with a failure.
    pub failed: Time,
    /// Times that it failed.
    pub failures: u64,
}

impl Uptime {
    /// Share of the time up; `None` where no time has passed.
    pub fn share(&self) -> Option<f64> {
        let all = self.up + self.down;
        (all > Time::ZERO).then(|| self.up.ns() as f64 / all.ns() as f64)
    }
    /// Mean time up between two failures, seconds; `None` without a failure.
    pub fn mtbf_s(&self) -> Option<f64> {
        (self.failures > 0).then(|| self.up.secs() / self.failures as f64)
    }
    /// Mean time from a failure until it is up again, seconds; `None` without a failure.
    pub fn mttr_s(&self) -> Option<f64> {
        (self.failures > 0).then(|| self.failed.secs() / self.failures as f64)
    }
    /// Several places taken together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            up: self.up + other.up,
            down: self.down + other.down,
            failed: self.failed + other.failed,
            failures: self.failures + other.failures,
        }
    }
}

/// What a place is right now, as its meter sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Health {
    /// Not part of the design: no time counts.
    #[default]
    Absent,
    Up,
    /// Down on purpose, or not yet up.
    Down,
    /// Down by a failure.
    Failed,
}

/// Measures the uptime of one place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    since: Time,
    health: Health,
    sum: Uptime,
}

impl Meter {
    /// The place changes; a failure counts once, whatever follows until it is up again.
    pub fn turn(&mut self, now: Time, health: Health) {
        self.sum = self.read(now);
        self.since = now;
        self.health = match (self.health, health) {
            (Health::Up, Health::Failed) => {
                self.sum.failures += 1;
                Health::Failed
            }
            // A failed server that starts is still the failure.
            (Health::Failed, Health::Down) => Health::Failed,
            (_, health) => health,
        };
    }
    /// Totals start anew.
    pub fn restart(&mut self, now: Time) {
        (self.since, self.sum) = (now, Uptime::default());
    }
    /// Totals up to now.
    pub fn read(&self, now: Time) -> Uptime {
        let (mut sum, elapsed) = (self.sum, now - self.since);
        match self.health {
            Health::Absent => {}
            Health::Up => sum.up += elapsed,
            Health::Down => sum.down += elapsed,
            Health::Failed => {
                sum.down += elapsed;
                sum.failed += elapsed;
            }
        }
        sum
    }
}

/// Time by the number of a group's servers that were up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    since: Time,
    up: usize,
    /// Time with exactly so many up, ns.
    held: Vec<u64>,
    /// Time with at least one up, ns, never starts anew.
    any_ns: u64,
    closed_ns: u64,
}

impl Group {
    /// One more (`true`) or one less is up.
    pub fn turn(&mut self, now: Time, up: bool) {
        self.tick(now);
        self.up = if up { self.up + 1 } else { self.up.saturating_sub(1) };
    }
    fn tick(&mut self, now: Time) {
        let elapsed = (now - self.since).ns();
        self.since = now;
        if self.held.len() <= self.up {
            self.held.resize(self.up + 1, 0);
        }
        self.held[self.up] += elapsed;
        self.any_ns += if self.up > 0 { elapsed } else { 0 };
    }
    /// Totals start anew.
    pub fn restart(&mut self, now: Time) {
        self.tick(now);
        self.held.iter_mut().for_each(|t| *t = 0);
    }
    /// Ends a window: its time with at least one up, ns.
    pub fn close(&mut self, now: Time) -> u64 {
        self.tick(now);
        let window = self.any_ns - self.closed_ns;
        self.closed_ns = self.any_ns;
        window
    }
    /// Shares of the time with at least 1, 2, 3, ... up.
    pub fn at_least(&self, now: Time) -> Vec<f64> {
        let mut copy = self.clone();
        copy.tick(now);
        let whole: u64 = copy.held.iter().sum();
        let mut left = whole;
        let below = copy.held.iter().take(copy.held.len() - 1);
        below
            .map(|t| {
                left -= t;
                if whole == 0 { 0.0 } else { left as f64 / whole as f64 }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_lasts_until_it_is_up_again() {
        let mut m = Meter::default();
        let s = Time::from_secs;
        m.turn(s(10), Health::Up);
        m.turn(s(110), Health::Failed);
        m.turn(s(115), Health::Down);
        m.turn(s(120), Health::Up);
        m.turn(s(130), Health::Down);
        let u = m.read(s(140));
        assert_eq!((u.up, u.down, u.failed, u.failures), (s(110), s(20), s(10), 1));
        assert_eq!((u.mtbf_s(), u.mttr_s()), (Some(110.0), Some(10.0)));
        m.restart(s(140));
        assert_eq!(m.read(s(141)).down, s(1));
    }

    #[test]
    fn a_group_knows_how_long_how_many_were_up() {
        let mut g = Group::default();
        let s = Time::from_secs;
        g.turn(s(0), true);
        g.turn(s(0), true);
        g.turn(s(6), false);
        g.turn(s(8), false);
        assert_eq!(g.at_least(s(10)), [0.8, 0.6]);
        assert_eq!(g.close(s(10)), 8_000_000_000);
    }
}
