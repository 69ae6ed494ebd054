//! Retries: further attempts after a failed one, with backoff, jitter and a budget.

use super::super::context::Ctx;
use super::super::request::MAX_CALLS;
use super::super::rng::{Draw, Purpose, combine};
use super::super::time::Time;
use super::super::value::{Knob, Knobs, LONGEST, Shape};
use super::ATTEMPT;

/// The keys of `retries`.
pub(crate) const KNOBS: &[Knob] = &[
    Knob::new("max", Shape::Count { min: 0, max: 100, unlimited: true }, "most further attempts").required(),
    Knob::new(
        "backoff",
        Shape::Time { min: Time::ZERO, max: LONGEST },
        "wait before the first retry; doubles with each",
    ),
    Knob::new("max_backoff", Shape::Time { min: Time::ZERO, max: LONGEST }, "longest wait before a retry"),
    Knob::new("jitter", Shape::Flag, "a random wait between zero and the backoff"),
    Knob::new("budget", Shape::Share, "retries allowed per first attempt, for each server of the caller"),
];

/// How often and when to try again.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Rules {
    /// `None` = for ever.
    max: Option<u32>,
    backoff: Time,
    max_backoff: Time,
    jitter: bool,
    budget: Option<f64>,
}

/// So often something is tried again without a pause, a call or a message; then it waits, so that simulated time goes on.
pub(crate) const BREATHLESS: u32 = 16;
/// The backoff doubles no further than 2^16 times the first.
const MAX_DOUBLINGS: u32 = 16;
/// Most tokens that a budget saves up; it starts with so many.
const MAX_TOKENS: f64 = 10.0;

impl Rules {
    pub fn read(knobs: &Knobs) -> Self {
        Self {
            max: knobs.count("max"),
            backoff: knobs.time("backoff").unwrap_or(Time::ZERO),
            max_backoff: knobs.time("max_backoff").unwrap_or(LONGEST),
            jitter: knobs.flag("jitter"),
            budget: knobs.share("budget"),
        }
    }
    /// The wait before the retry after `done` of them; `draw` gives the jitter.
    fn delay(&self, done: u32, mut draw: Draw) -> Time {
        let longest =
            Time(self.backoff.ns().saturating_mul(1 << done.min(MAX_DOUBLINGS))).min(self.max_backoff);
        let delay = if self.jitter { Time((longest.ns() as f64 * draw.unit()) as u64) } else { longest };
        if done >= BREATHLESS { delay.max(Time::from_ms(1)) } else { delay }
    }
}

/// Token bucket: each first attempt puts `budget` tokens in, each retry takes one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget(f64);

impl Default for Budget {
    fn default() -> Self {
        Self(MAX_TOKENS)
    }
}
impl Budget {
    pub fn deposit(&mut self, rules: &Rules) {
        self.0 = (self.0 + rules.budget.unwrap_or(0.0)).min(MAX_TOKENS);
    }
    fn withdraw(&mut self, rules: &Rules) -> bool {
        let pays = rules.budget.is_some();
        if pays && self.0 < 1.0 {
            return false;
        }
        self.0 -= f64::from(u8::from(pays));
        true
    }
}

impl Ctx {
    /// How long an exchange whose try failed waits before the next one; `None` = there is none.
    pub(super) fn next_retry(&mut self, id: u32) -> Option<Time> {
        let c = self.calls[id];
        let done = self.exchange_of(id).retries;
        if self.deadlines.passed(id, self.now) || self.calls.live() >= MAX_CALLS {
            return None;
        }
        let policy = self.links[c.link as usize].policy.as_mut()?;
        let rules = policy.retries?;
        if rules.max.is_some_and(|max| done >= max)
            || !policy.caller(c.caller_replica).budget.withdraw(&rules)
        {
            return None;
        }
        self.exchange_of(id).retries += 1;
        let draw = Draw::new(combine(c.path, ATTEMPT | u64::from(done)), Purpose::Backoff);
        Some(rules.delay(done, draw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backoff_doubles_up_to_its_limit_and_jitter_spreads_it_evenly() {
        let rules = Rules {
            max: None,
            backoff: Time::from_ms(50),
            max_backoff: Time::from_ms(300),
            jitter: false,
            budget: None,
        };
        let draw = |i: u64| Draw::new(combine(7, i), Purpose::Backoff);
        let waits: Vec<u64> = (0..5).map(|done| rules.delay(done, draw(0)).ns() / 1_000_000).collect();
        assert_eq!(waits, [50, 100, 200, 300, 300]);
        let jitter = Rules { jitter: true, ..rules };
        let n = 20_000;
        let mean = (0..n).map(|i| jitter.delay(1, draw(i)).ms()).sum::<f64>() / n as f64;
        // Uniform in 0..100 ms: a standard deviation of 28.9 ms.
        assert!((mean - 50.0).abs() < 4.0 * 28.9 / (n as f64).sqrt(), "{mean}");
    }

    #[test]
    fn a_budget_of_a_tenth_allows_ten_and_then_every_tenth() {
        let rules =
            Rules { max: None, backoff: Time::ZERO, max_backoff: LONGEST, jitter: false, budget: Some(0.1) };
        let mut budget = Budget::default();
        let allowed = (0..1000)
            .filter(|_| {
                budget.deposit(&rules);
                budget.withdraw(&rules)
            })
            .count();
        assert!((108..=111).contains(&allowed), "{allowed}");
        let free = Rules { budget: None, ..rules };
        assert!((0..1000).all(|_| budget.withdraw(&free)));
    }
}
