//! Traces: what became of single requests, call by call.
//!
//! ```text
//!  sent ---> arrived ---- waits ----> started ---- works, calls ----> replied ---> ended
//!     network                                                           network
//! ```
//!
//! A call is a span of its request's trace. Ended calls stay in their arena until the request ends; then they become
//! a trace if the request failed, is among the slowest, or belongs to the sample, and are freed.

use std::sync::Arc;

use super::outcome::Reason;
use super::rng::mix;
use super::snapshot::Cargo;
use super::time::Time;

/// Most traces of the fair sample.
pub const MAX_SAMPLED: usize = 128;
/// Most traces of the slowest requests.
pub const MAX_SLOWEST: usize = 32;
/// Most traces of the latest failed requests.
pub const MAX_FAILED: usize = 64;
/// Most spans of requests that have not ended; beyond it they are not noted.
pub const MAX_SPANS: usize = 1_000_000;

/// One call at one place, from its caller's point of view.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// The callee (its `NodeId`).
    pub node: u16,
    /// The callee's server.
    pub replica: u16,
    /// The link of the call (its `LinkId`).
    pub link: u16,
    /// What it carried.
    pub cargo: Cargo,
    /// Stands for all attempts of one call under its link's policy; its children are the attempts.
    pub attempts: bool,
    /// Why it failed, and where.
    pub failed: Option<(Reason, u16)>,
    /// It left its caller.
    pub sent: Time,
    /// It reached its callee.
    pub arrived: Time,
    /// Its service began.
    pub started: Time,
    /// Its answer left the callee.
    pub replied: Time,
    /// Its answer reached the caller, or the caller gave up.
    pub ended: Time,
    /// Position of the span that waited for it in `Trace::spans`; `None` = the client did.
    pub parent: Option<u32>,
}

/// One request from its birth to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trace {
    /// The client (its `NodeId`).
    pub client: u16,
    /// Number within its client.
    pub number: u64,
    /// Its class; index as in `Snapshot::classes`.
    pub class: u8,
    /// When it was made.
    pub born: Time,
    /// When it ended; for a request that has not, the instant of the question.
    pub ended: Time,
    /// Why it failed, and where.
    pub failed: Option<(Reason, u16)>,
    /// Its calls by the time at which they were sent, callers before callees.
    pub spans: Vec<Span>,
}

/// The traces that a run keeps.
#[derive(Clone, Default, Debug)]
pub struct Traces {
    /// A fair sample of all requests, oldest first.
    pub sampled: Vec<Arc<Trace>>,
    /// The slowest of those answered, in no order.
    pub slowest: Vec<Arc<Trace>>,
    /// The latest failed ones, oldest first.
    pub failed: Vec<Arc<Trace>>,
}

impl Traces {
    /// The trace of a request, if it is kept.
    pub fn of(&self, client: u16, number: u64) -> Option<&Arc<Trace>> {
        let all = self.sampled.iter().chain(&self.slowest).chain(&self.failed);
        all.into_iter().find(|t| t.client == client && t.number == number)
    }
}

/// Which traces a run keeps, and those kept.
#[derive(Clone, Default)]
pub(crate) struct Tracer {
    kept: Traces,
    /// Requests whose hash has these bits zero belong to the sample.
    thinning: u64,
    /// Response time of the fastest among the slowest; those below need not be looked at.
    slow_from: Time,
}

impl Tracer {
    /// Whether the trace of an ended request may be kept.
    #[inline]
    pub fn wants(&self, number: u64, failed: bool, took: Time) -> bool {
        failed || took > self.slow_from || self.samples(number)
    }
    #[inline]
    const fn samples(&self, number: u64) -> bool {
        mix(number) & self.thinning == 0
    }
    /// Keeps a trace that is wanted.
    #[inline(never)]
    pub fn keep(&mut self, trace: Trace) {
        let trace = Arc::new(trace);
        if self.samples(trace.number) {
            if self.kept.sampled.len() >= MAX_SAMPLED {
                self.thinning = self.thinning << 1 | 1;
                let thinning = self.thinning;
                self.kept.sampled.retain(|t| mix(t.number) & thinning == 0);
            }
            self.kept.sampled.push(trace.clone());
        }
        if trace.failed.is_some() {
            if self.kept.failed.len() >= MAX_FAILED {
                self.kept.failed.remove(0);
            }
            self.kept.failed.push(trace);
        } else if trace.ended - trace.born > self.slow_from || self.kept.slowest.len() < MAX_SLOWEST {
            self.keep_slow(trace);
        }
    }
    fn keep_slow(&mut self, trace: Arc<Trace>) {
        let took = |t: &Arc<Trace>| t.ended - t.born;
        let slowest = &mut self.kept.slowest;
        slowest.push(trace);
        if slowest.len() > MAX_SLOWEST {
            let fastest = (0..slowest.len()).min_by_key(|&i| took(&slowest[i])).unwrap_or(0);
            slowest.swap_remove(fastest);
            self.slow_from = slowest.iter().map(took).min().unwrap_or_default();
        }
    }
    pub const fn kept(&self) -> &Traces {
        &self.kept
    }
    /// The warm-up is over: traces are kept anew.
    pub fn mark(&mut self) {
        (self.kept, self.thinning, self.slow_from) = (Traces::default(), 0, Time::ZERO);
    }
}
