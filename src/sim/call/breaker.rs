//! The circuit breaker of each of a link's callers: after too many failures it lets no call through for a while,
//! then a few to try, then all again.

use std::collections::VecDeque;

use super::super::context::Ctx;
use super::super::log::Weight;
use super::super::time::Time;
use super::super::value::{Knob, Knobs, LONGEST, Shape, Value};

/// The keys of `breaker`.
pub(crate) const KNOBS: &[Knob] = &[
    Knob::new(
        "failures",
        Shape::Count { min: 1, max: 1_000_000, unlimited: false },
        "opens after so many failures in a row; 5 if there is no `error_rate` either",
    ),
    Knob::new("error_rate", Shape::Share, "opens when this share of the last `window` calls failed"),
    Knob::new(
        "window",
        Shape::Count { min: 1, max: 10_000, unlimited: false },
        "how many calls `error_rate` looks back at",
    )
    .default(|| Value::Count(20)),
    Knob::new("open_for", Shape::Time { min: Time::from_ms(1), max: LONGEST }, "how long it stays open")
        .default(|| Value::Time(Time::from_secs(5))),
    Knob::new(
        "probes",
        Shape::Count { min: 1, max: 1000, unlimited: false },
        "calls let through to try; if all are answered it closes",
    )
    .default(|| Value::Count(1)),
];

/// When to open, and for how long.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Rules {
    failures: Option<u32>,
    error_rate: Option<f64>,
    window: u32,
    open_for: Time,
    probes: u32,
}

impl Rules {
    pub fn read(knobs: &Knobs) -> Self {
        let error_rate = knobs.share("error_rate");
        Self {
            failures: knobs.count("failures").or(if error_rate.is_some() { None } else { Some(5) }),
            error_rate,
            window: knobs.count("window").unwrap_or(20),
            open_for: knobs.time("open_for").unwrap_or(Time::from_secs(5)),
            probes: knobs.count("probes").unwrap_or(1),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum State {
    #[default]
    Closed,
    Open {
        until: Time,
    },
    /// Trial calls that are out, and that were answered.
    HalfOpen {
        out: u32,
        answered: u32,
    },
}

/// The breaker of one server of the caller.
#[derive(Clone, Default, Debug)]
pub(super) struct Breaker {
    state: State,
    /// Counts how often it opened: a result of an earlier round says nothing about this one.
    round: u32,
    in_a_row: u32,
    latest: VecDeque<bool>,
    failed: u32,
}

/// What a result did to a breaker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    Opened,
    Reopened,
    Closed,
}

impl Breaker {
    const fn admits(&self, rules: &Rules, now: Time) -> bool {
        match self.state {
            State::Closed => true,
            State::Open { until } => now.0 >= until.0,
            State::HalfOpen { out, answered } => out + answered < rules.probes,
        }
    }
    /// A call wants through: `None` = not now; else the round that it tries out, 0 = none.
    const fn enter(&mut self, rules: &Rules, now: Time) -> Option<u32> {
        if !self.admits(rules, now) {
            return None;
        }
        match &mut self.state {
            State::Closed => return Some(0),
            State::Open { .. } => self.state = State::HalfOpen { out: 1, answered: 0 },
            State::HalfOpen { out, .. } => *out += 1,
        }
        Some(self.round)
    }
    fn record(&mut self, rules: &Rules, now: Time, trial: u32, ok: bool) -> Option<Turn> {
        match &mut self.state {
            State::Open { .. } => None,
            State::HalfOpen { out, answered } => {
                if trial != self.round {
                    return None;
                }
                *out = out.saturating_sub(1);
                if !ok {
                    self.open(rules, now);
                    return Some(Turn::Reopened);
                }
                *answered += 1;
                if *answered < rules.probes {
                    return None;
                }
                *self = Self { round: self.round, ..Self::default() };
                Some(Turn::Closed)
            }
            State::Closed => {
                self.in_a_row = if ok { 0 } else { self.in_a_row + 1 };
                self.remember(rules, ok);
                let full = self.latest.len() >= rules.window as usize;
                let share = f64::from(self.failed) / f64::from(rules.window);
                let trips = rules.failures.is_some_and(|n| self.in_a_row >= n)
                    || rules.error_rate.is_some_and(|r| full && share >= r && self.failed > 0);
                trips.then(|| {
                    self.open(rules, now);
                    Turn::Opened
                })
            }
        }
    }
    fn remember(&mut self, rules: &Rules, ok: bool) {
        if rules.error_rate.is_none() {
            return;
        }
        self.latest.push_back(ok);
        self.failed += u32::from(!ok);
        while self.latest.len() > rules.window as usize {
            self.failed -= u32::from(self.latest.pop_front() == Some(false));
        }
    }
    fn open(&mut self, rules: &Rules, now: Time) {
        let round = self.round + 1;
        *self = Self { state: State::Open { until: now + rules.open_for }, round, ..Self::default() };
    }
    /// A call that tried it out will never be answered.
    const fn leave(&mut self, trial: u32) {
        if let State::HalfOpen { out, .. } = &mut self.state
            && trial == self.round
        {
            *out = out.saturating_sub(1);
        }
    }
}

impl Ctx {
    /// Whether a call may try to go through.
    pub(super) fn breaker_admits(&mut self, link: u16, replica: u16) -> bool {
        let now = self.now;
        let Some(policy) = &mut self.links[link as usize].policy else { return true };
        let Some(rules) = policy.breaker else { return true };
        policy.caller(replica).breaker.admits(&rules, now)
    }
    /// A call goes through: `None` = it may not; else the round that it tries out.
    pub(super) fn enter_breaker(&mut self, link: u16, replica: u16) -> Option<u32> {
        let now = self.now;
        let Some(policy) = &mut self.links[link as usize].policy else { return Some(0) };
        let Some(rules) = policy.breaker else { return Some(0) };
        policy.caller(replica).breaker.enter(&rules, now)
    }
    /// A call that went through will never be answered.
    pub(super) fn leave_breaker(&mut self, link: u16, replica: u16, trial: u32) {
        if let Some(policy) = &mut self.links[link as usize].policy {
            policy.caller(replica).breaker.leave(trial);
        }
    }
    /// A call that went through was answered, or failed.
    pub(super) fn record_in_breaker(&mut self, link: u16, replica: u16, trial: u32, ok: bool) {
        let now = self.now;
        let l = &mut self.links[link as usize];
        let (from, to) = (l.from, l.to);
        let Some(policy) = &mut l.policy else { return };
        let Some(rules) = policy.breaker else { return };
        let Some(turn) = policy.caller(replica).breaker.record(&rules, now, trial, ok) else { return };
        let (place, callee) = (self.replica_name(from, replica), self.nodes[to as usize].name.clone());
        match turn {
            Turn::Opened => {
                self.count_tripped(link, 1);
                self.note(
                    place,
                    Weight::Bad,
                    &format!("circuit breaker to {callee} opens: calls fail at once"),
                );
            }
            Turn::Reopened => {
                self.note(
                    place,
                    Weight::Bad,
                    &format!("circuit breaker to {callee} stays open: the trial failed"),
                );
            }
            Turn::Closed => {
                self.count_tripped(link, -1);
                self.note(
                    place,
                    Weight::Good,
                    &format!("circuit breaker to {callee} closes: calls go through"),
                );
            }
        }
    }
    /// Forgets a breaker whose server died.
    pub(super) fn reset_breaker(&mut self, link: u16, replica: u16) {
        let Some(policy) = &mut self.links[link as usize].policy else { return };
        if std::mem::take(&mut policy.caller(replica).breaker).state != State::Closed {
            self.count_tripped(link, -1);
        }
    }
    fn count_tripped(&mut self, link: u16, change: i32) {
        self.tick_breaker(link);
        if let Some(policy) = &mut self.links[link as usize].policy {
            policy.tripped = policy.tripped.saturating_add_signed(change);
        }
    }
    /// Counts the time up to now in which a breaker of a link was not closed.
    fn tick_breaker(&mut self, link: u16) {
        let open = self.breaker_open(link);
        let link = &mut self.links[link as usize];
        if let Some(policy) = &mut link.policy {
            policy.tripped_since = self.now;
            link.counter.window.breaker_open_ns += open.ns();
        }
    }
    /// The same for all links: a window or the warm-up ends.
    pub fn tick_breakers(&mut self) {
        (0..self.links.len() as u16).for_each(|link| self.tick_breaker(link));
    }
    /// The part of that time which has not been counted yet.
    pub fn breaker_open(&self, link: u16) -> Time {
        match &self.links[link as usize].policy {
            Some(policy) if policy.tripped > 0 => self.now.saturating_sub(policy.tripped_since),
            _ => Time::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules =
        Rules { failures: Some(3), error_rate: None, window: 4, open_for: Time::from_secs(5), probes: 2 };

    #[test]
    fn it_opens_tries_and_closes() {
        let mut b = Breaker::default();
        let (t0, t5) = (Time::ZERO, Time::from_secs(5));
        let results = [false, false, true, false, false];
        assert!(results.into_iter().all(|ok| b.record(&RULES, t0, 0, ok).is_none()));
        assert_eq!(b.record(&RULES, t0, 0, false), Some(Turn::Opened));
        assert_eq!(b.enter(&RULES, Time::from_ms(4999)), None);
        // Two may try, a third not.
        assert_eq!([b.enter(&RULES, t5), b.enter(&RULES, t5), b.enter(&RULES, t5)], [Some(1), Some(1), None]);
        // What was sent before it opened says nothing.
        assert_eq!(b.record(&RULES, t5, 0, false), None);
        assert_eq!(b.record(&RULES, t5, 1, true), None);
        assert_eq!(b.record(&RULES, t5, 1, false), Some(Turn::Reopened));
        let t10 = Time::from_secs(10);
        assert_eq!([b.enter(&RULES, t10), b.enter(&RULES, t10)], [Some(2), Some(2)]);
        b.leave(2);
        assert_eq!(b.enter(&RULES, t10), Some(2));
        assert_eq!(b.record(&RULES, t10, 2, true), None);
        assert_eq!(b.record(&RULES, t10, 2, true), Some(Turn::Closed));
        assert_eq!(b.enter(&RULES, t10), Some(0));
    }

    #[test]
    fn an_error_rate_looks_at_a_full_window() {
        let rules = Rules { failures: None, error_rate: Some(0.5), ..RULES };
        let mut b = Breaker::default();
        let turns = [false, true, true, true, false, false];
        let turns: Vec<_> = turns.map(|ok| b.record(&rules, Time::ZERO, 0, ok)).into();
        assert_eq!(turns, [None, None, None, None, None, Some(Turn::Opened)]);
    }
}
