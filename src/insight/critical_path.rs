//! The critical path of one request: which place held it at every instant, so that the parts add up exactly.
//!
//! ```text
//!  sent  arrived  started                         replied  ended
//!   |-net-|-waits--|-works-|--- its callee ---|-works-|-net--|
//!                          sent            ended
//! ```
//!
//! Read backwards from the answer: of the calls that a place waited for, the one that came back last is the one
//! that held it up, until that call was sent; what came back earlier was not waited for.

use crate::sim::time::Time;
use crate::sim::trace::{Span, Trace};

/// What a request's time went by with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum What {
    /// On the wire to the place or back from it.
    Network,
    /// Waiting for a worker of the place.
    Waiting,
    /// Being served by the place itself.
    Working,
    /// Between the attempts of a call to the place: backoff, the queue for a connection, a hedge's delay.
    Retrying,
    /// At the client itself, before or between its calls.
    Client,
}

impl What {
    /// All of them, in the order of a request's life.
    pub const ALL: [Self; 5] = [Self::Network, Self::Waiting, Self::Working, Self::Retrying, Self::Client];
    /// As a word in a sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Waiting => "waiting",
            Self::Working => "working",
            Self::Retrying => "retrying",
            Self::Client => "client",
        }
    }
}

/// One stretch of the path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part {
    /// The place (its `NodeId`): the callee; the client for its own time.
    pub node: u16,
    /// Which server of it.
    pub replica: u16,
    /// The time went by with this.
    pub what: What,
    /// It begins.
    pub from: Time,
    /// It ends.
    pub to: Time,
}

impl Part {
    /// Its length.
    pub fn length(&self) -> Time {
        self.to - self.from
    }
}

/// The path of a request, earliest part first; the lengths add up to its response time, to the nanosecond.
pub fn of(trace: &Trace) -> Vec<Part> {
    let mut walk = Walk { trace, parts: Vec::new() };
    let mut cursor = trace.ended;
    while let Some(root) = walk.last_child(None, trace.born, cursor) {
        let span = &trace.spans[root];
        walk.own(trace.client, 0, What::Client, span.ended, cursor);
        walk.span(root, trace.born, span.ended.min(cursor));
        cursor = span.sent.max(trace.born);
    }
    walk.own(trace.client, 0, What::Client, trace.born, cursor);
    walk.parts.reverse();
    walk.parts
}

struct Walk<'a> {
    trace: &'a Trace,
    /// Latest first.
    parts: Vec<Part>,
}

impl Walk<'_> {
    /// The call for `parent` that ended last in `(from, to]`.
    fn last_child(&self, parent: Option<u32>, from: Time, to: Time) -> Option<usize> {
        let spans = self.trace.spans.iter().enumerate();
        let mine =
            spans.filter(|(_, s)| s.parent == parent && s.ended > from && s.ended <= to && s.sent < to);
        mine.max_by_key(|(i, s)| (s.ended, s.sent, *i)).map(|(i, _)| i)
    }
    fn own(&mut self, node: u16, replica: u16, what: What, from: Time, to: Time) {
        if from < to {
            self.parts.push(Part { node, replica, what, from, to });
        }
    }
    /// A call's stretch of `from..to`, latest part first.
    fn span(&mut self, index: usize, from: Time, to: Time) {
        let s: Span = self.trace.spans[index];
        let within = |t: Time| t.clamp(from, to);
        let [sent, arrived, started, replied] = [s.sent, s.arrived, s.started, s.replied].map(within);
        self.own(s.node, s.replica, What::Network, replied, to);
        let service = if s.attempts { What::Retrying } else { What::Working };
        let mut cursor = replied;
        while let Some(child) = self.last_child(Some(index as u32), started, cursor) {
            let c = &self.trace.spans[child];
            let (went, came) = (c.sent.max(started), c.ended);
            self.own(s.node, s.replica, service, came, cursor);
            self.span(child, went, came);
            cursor = went;
        }
        self.own(s.node, s.replica, service, started, cursor);
        self.own(s.node, s.replica, What::Waiting, arrived, started);
        self.own(s.node, s.replica, What::Network, sent, arrived);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::snapshot::Cargo;
    use proptest::prelude::*;

    /// A span in ms: node, instants, parent.
    fn span(node: u16, at: [u64; 5], parent: Option<u32>) -> Span {
        let [sent, arrived, started, replied, ended] = at.map(Time::from_ms);
        Span {
            node,
            replica: 0,
            link: 0,
            cargo: Cargo::Call,
            attempts: false,
            failed: None,
            sent,
            arrived,
            started,
            replied,
            ended,
            parent,
        }
    }
    fn trace(ended: u64, spans: Vec<Span>) -> Trace {
        Trace {
            client: 99,
            number: 0,
            class: 0,
            born: Time::ZERO,
            ended: Time::from_ms(ended),
            failed: None,
            spans,
        }
    }
    fn told(trace: &Trace) -> Vec<(u16, &'static str, u64)> {
        of(trace).iter().map(|p| (p.node, p.what.name(), p.length().ns() / 1_000_000)).collect()
    }

    #[test]
    fn of_parallel_callees_the_last_one_counts() {
        // The gateway calls 2 and 3 at once; 3 comes back last.
        let spans = vec![
            span(1, [0, 1, 3, 44, 45], None),
            span(2, [8, 8, 8, 28, 28], Some(0)),
            span(3, [8, 8, 10, 40, 40], Some(0)),
        ];
        let expected = [
            (1, "network", 1),
            (1, "waiting", 2),
            (1, "working", 5),
            (3, "waiting", 2),
            (3, "working", 30),
            (1, "working", 4),
            (1, "network", 1),
        ];
        assert_eq!(told(&trace(45, spans)), expected);
    }

    #[test]
    fn a_client_that_tries_again_counts_for_itself() {
        let spans = vec![span(1, [0, 0, 0, 5, 5], None), span(1, [9, 9, 9, 12, 12], None)];
        assert_eq!(told(&trace(12, spans)), [(1, "working", 5), (99, "client", 4), (1, "working", 3)]);
    }

    proptest! {
        /// Whatever the tree, the parts follow one another and add up.
        #[test]
        fn the_parts_add_up(rows in prop::collection::vec((0u64..80, prop::array::uniform4(0u64..20), 0u32..8), 1..8)) {
            let mut spans: Vec<Span> = Vec::new();
            for (i, (start, gaps, parent)) in rows.into_iter().enumerate() {
                let mut at = [start; 5];
                for k in 1..5 {
                    at[k] = at[k - 1] + gaps[k - 1];
                }
                spans.push(span(i as u16, at, (i > 0).then(|| parent % i as u32)));
            }
            let t = trace(200, spans);
            let parts = of(&t);
            prop_assert_eq!(parts[0].from, t.born);
            prop_assert_eq!(parts[parts.len() - 1].to, t.ended);
            prop_assert!(parts.windows(2).all(|p| p[0].to == p[1].from), "{:?}", parts);
        }
    }
}
