//! A rate limiter: a bucket of tokens that fills at a steady rate; each request takes one or is turned away.
//!
//! ```text
//!            rate -> [ tokens, at most `burst` ]
//! callers ----------------> takes one? --yes--> target
//!                                   \--no---> "rate limited", at once
//! ```

use super::super::context::{Answer, Ctx};
use super::super::metrics::{Measure, NodeWindow};
use super::super::outcome::Reason;
use super::super::request::Outcome;
use super::super::snapshot::{Cargo, Extra};
use super::super::time::Time;
use super::super::topology::Topology;
use super::super::value::{Knob, Shape, Value, Way};
use super::client::MAX_RATE;
use super::{Behavior, Datasheet, Links};

/// What a rate limiter is.
pub static DATASHEET: Datasheet = Datasheet {
    key: "rate-limiter",
    links: Links::Forward,
    measures: &[],
    counts: &[],
    title: "Rate limiter",
    tag: "rl",
    explanation: "Lets through so many requests a second and turns the rest away at once, so that what is behind it keeps its pace. \
        A bucket of saved tokens forgives short peaks; in the long run no more than the rate passes.",
    knobs: &[
        Knob::new("rate", Shape::Rate { max: MAX_RATE }, "requests let through per second")
            .moves(Measure::Throughput, Way::Up)
            .required(),
        Knob::new(
            "burst",
            Shape::Count { min: 1, max: 1_000_000, unlimited: false },
            "tokens that the bucket holds: requests let through at once after a pause; fewer fail",
        )
        .moves(Measure::ErrorRate, Way::Down)
        .default(|| Value::Count(1)),
    ],
    leaves_out: "Its own work, limits for each user, queues for those without a token, several limiters that share one count.",
};

/// Tokens are counted as the time it takes to fill them, in 2^-20 ns: no rate is rounded by more than one part in 10^8.
const FINE: u128 = 1 << 20;

/// A limiter's state.
#[derive(Clone)]
pub(crate) struct RateLimiter {
    node: u16,
    links: Vec<u16>,
    turn: usize,
    bucket: Bucket,
    fresh: bool,
}

/// Tokens saved.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Time to fill one token; `None` = none is ever filled.
    token: Option<u128>,
    burst: u128,
    saved: u128,
    since: Time,
}

impl Bucket {
    fn set(&mut self, rate: f64, burst: u32) {
        let was = self.token.unwrap_or(1);
        self.token = (rate > 0.0).then(|| (1e9 * FINE as f64 / rate) as u128).filter(|&t| t > 0);
        // The tokens saved so far stay tokens.
        self.saved = self.saved * self.token.unwrap_or(1) / was;
        self.burst = u128::from(burst);
    }
    const fn size(&self) -> u128 {
        match self.token {
            Some(token) => self.burst * token,
            None => self.burst,
        }
    }
    fn fill(&mut self, now: Time) {
        if self.token.is_some() {
            self.saved += u128::from((now - self.since).ns()) * FINE;
        }
        self.saved = self.saved.min(self.size());
        self.since = now;
    }
    fn take(&mut self, now: Time) -> bool {
        self.fill(now);
        let token = self.token.unwrap_or(1);
        let enough = self.saved >= token;
        if enough {
            self.saved -= token;
        }
        enough
    }
}

impl RateLimiter {
    pub const fn new(node: u16) -> Self {
        let bucket = Bucket { token: None, burst: 1, saved: 0, since: Time::ZERO };
        Self { node, links: Vec::new(), turn: 0, bucket, fresh: true }
    }
}

impl Behavior for RateLimiter {
    fn configure(&mut self, ctx: &mut Ctx, topology: &Topology) {
        let Some(spec) = topology.nodes.get(&*ctx.nodes[self.node as usize].name) else { return };
        self.bucket.fill(ctx.now);
        self.bucket.set(spec.knobs.rate("rate").unwrap_or(0.0), spec.knobs.count("burst").unwrap_or(1));
        if std::mem::take(&mut self.fresh) {
            self.bucket.saved = self.bucket.size();
        }
        self.links = ctx.links_from(self.node).collect();
    }
    fn arrive(&mut self, ctx: &mut Ctx, call: u32) {
        if ctx.calls[call].cargo == Cargo::Probe {
            return ctx.reply(call, Outcome::Ok);
        }
        if self.links.is_empty() {
            return ctx.fail(call, Reason::NoHealthyBackend);
        }
        if !self.bucket.take(ctx.now) {
            return ctx.fail(call, Reason::RateLimited);
        }
        self.turn = (self.turn + 1) % self.links.len();
        ctx.calls[call].started = ctx.now;
        ctx.pass_on(call, self.links[self.turn], None);
    }
    fn worked(&mut self, _ctx: &mut Ctx, _call: u32) {}
    fn answered(&mut self, ctx: &mut Ctx, answer: Answer) {
        ctx.pass_back(&answer);
    }
    fn extras(&self, ctx: &Ctx, _window: &NodeWindow) -> Vec<Extra> {
        let mut bucket = self.bucket;
        bucket.fill(ctx.now);
        let text = format!("{} of {}", bucket.saved / bucket.token.unwrap_or(1), bucket.burst);
        vec![Extra { label: "tokens", text }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_there_at_its_very_instant() {
        let mut bucket = Bucket { token: None, burst: 1, saved: 0, since: Time::ZERO };
        bucket.set(100.0, 2);
        bucket.saved = bucket.size();
        assert!(bucket.take(Time::ZERO) && bucket.take(Time::ZERO) && !bucket.take(Time::ZERO));
        assert!(!bucket.take(Time::from_ns(9_999_999)));
        assert!(bucket.take(Time::from_ms(10)) && !bucket.take(Time::from_ms(10)));
        assert!(bucket.take(Time::from_ms(100)) && bucket.take(Time::from_ms(100)));
        assert!(!bucket.take(Time::from_ms(100)), "no more than `burst` are saved");
        bucket.set(0.0, 2);
        assert!(!bucket.take(Time::from_secs(1000)), "a rate of zero lets nobody through");
    }
}
