//! Traces: what became of single requests, call by call.
//!
//! ```text
//!  sent ---> arrived ---- waits ----> started ---- works, calls ----> replied ---> ended
//!     network                                                           network
//! ```
//!
//! A call leaves a span when it ends. The spans of a request hang together until the request ends; then they are
//! kept as a trace if the request failed, is among the slowest, or belongs to the sample, and freed otherwise.

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

/// A span whose request has not ended.
#[derive(Clone, Copy)]
pub(crate) struct OpenSpan {
    pub span: Span,
    /// Slot of the call, and of the call that waited for it (`NIL` = the client's).
    pub call: u32,
    pub parent: u32,
    /// The request's span before this one, or the next free slot.
    pub previous: u32,
}

/// No span.
pub(crate) const NO_SPAN: u32 = u32::MAX;

/// Spans of open requests, and the traces kept of ended ones.
#[derive(Clone)]
pub(crate) struct Tracer {
    spans: Vec<OpenSpan>,
    free: u32,
    kept: Traces,
    /// Requests whose hash has these bits zero belong to the sample.
    thinning: u64,
    /// Response time of the fastest among the slowest; those below need not be looked at.
    slow_from: Time,
}

impl Default for Tracer {
    fn default() -> Self {
        Self { spans: Vec::new(), free: NO_SPAN, kept: Traces::default(), thinning: 0, slow_from: Time::ZERO }
    }
}

impl Tracer {
    /// Notes a span of an open request; returns its slot, the request's new trail.
    #[inline]
    pub fn note(&mut self, span: OpenSpan) -> u32 {
        if self.free == NO_SPAN {
            if self.spans.len() >= MAX_SPANS {
                return span.previous;
            }
            self.spans.push(span);
            return self.spans.len() as u32 - 1;
        }
        let i = self.free;
        let slot = &mut self.spans[i as usize];
        self.free = slot.previous;
        *slot = span;
        i
    }
    /// A request ends, its latest span being `trail`: the spans become its trace's, or are freed.
    #[inline]
    pub fn ended(&mut self, trace: Trace, trail: u32) {
        let sampled = mix(trace.number) & self.thinning == 0;
        if sampled || trace.failed.is_some() || trace.ended - trace.born > self.slow_from {
            let spans = self.assemble(trail, &[]);
            self.keep(Arc::new(Trace { spans, ..trace }), sampled);
        }
        let mut i = trail;
        while i != NO_SPAN {
            let slot = &mut self.spans[i as usize];
            let previous = std::mem::replace(&mut slot.previous, self.free);
            self.free = i;
            i = previous;
        }
    }
    #[inline(never)]
    fn keep(&mut self, trace: Arc<Trace>, sampled: bool) {
        if sampled {
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
    /// The spans of a request's trace: those of its ended calls and, if it has not ended, those of its live ones.
    pub fn assemble(&self, trail: u32, live: &[OpenSpan]) -> Vec<Span> {
        let mut open: Vec<OpenSpan> = live.to_vec();
        let mut i = trail;
        while i != NO_SPAN {
            open.push(self.spans[i as usize]);
            i = self.spans[i as usize].previous;
        }
        // Latest end first, so that a slot that served several calls in turn is resolved to the right one.
        let mut order: Vec<usize> = (0..open.len()).collect();
        order.sort_by_key(|&i| (open[i].span.sent, std::cmp::Reverse(i)));
        let mut place = vec![0; open.len()];
        for (at, &i) in (0..).zip(&order) {
            place[i] = at;
        }
        let parent = |child: usize| {
            let waits = |i: &usize| {
                open[*i].call == open[child].parent && open[*i].span.sent <= open[child].span.sent
            };
            (0..child).rev().find(waits).map(|i| place[i])
        };
        order.iter().map(|&i| Span { parent: parent(i), ..open[i].span }).collect()
    }
    pub const fn kept(&self) -> &Traces {
        &self.kept
    }
    /// The warm-up is over: traces are kept anew.
    pub fn mark(&mut self) {
        (self.kept, self.thinning, self.slow_from) = (Traces::default(), 0, Time::ZERO);
    }
}
