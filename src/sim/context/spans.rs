//! What calls leave for the traces.

use super::super::outcome::Reason;
use super::super::request::{Call, NIL, Outcome, Phase, Request};
use super::super::time::Time;
use super::super::trace::{NO_SPAN, OpenSpan, Span, Trace};
use super::Ctx;

/// Why a call failed, and where.
#[inline]
pub(super) const fn failure(c: &Call) -> Option<(Reason, u16)> {
    match c.outcome {
        Outcome::Failed(reason) => Some((reason, c.place)),
        _ => None,
    }
}

/// The span of a call that ends at `ended`, its answer having left at `replied`. A call that never got so far has
/// its later instants at its end.
fn span_of(c: &Call, id: u32, replied: Time, ended: Time, failed: Option<(Reason, u16)>) -> OpenSpan {
    let (arrived, started) = match c.phase {
        Phase::Outbound => (ended, ended),
        Phase::Waiting => (c.arrived, ended),
        _ => (c.arrived, c.started),
    };
    let span = Span {
        node: c.node,
        replica: c.replica,
        link: c.link,
        cargo: c.cargo,
        attempts: matches!(c.phase, Phase::Exchange),
        failed,
        sent: c.sent,
        arrived,
        started,
        replied,
        ended,
        parent: None,
    };
    OpenSpan { span, call: id, parent: c.parent, previous: NO_SPAN }
}

impl Ctx {
    /// A call is over for its caller.
    #[inline]
    pub fn note_span(&mut self, c: &Call, id: u32, replied: Time, failed: Option<(Reason, u16)>) {
        if c.request == NIL {
            return;
        }
        let request = &mut self.requests[c.request];
        if request.open {
            let mut span = span_of(c, id, replied, self.now, failed);
            span.previous = request.trail;
            request.trail = self.tracer.note(span);
        }
    }
    /// The client waits no longer: what its call and the callees' calls have come to.
    pub fn note_open_spans(&mut self, root: u32, reason: Reason) {
        let mut open = Vec::new();
        self.live_calls(root, &mut open);
        // Callees first, as if each had ended before its caller.
        for id in open.into_iter().rev() {
            let c = self.calls[id];
            self.note_span(&c, id, self.now, Some((reason, c.node)));
        }
    }
    /// A call and the calls that it waits for, callers first.
    fn live_calls(&self, root: u32, out: &mut Vec<u32>) {
        let from = out.len();
        out.extend((root != NIL).then_some(root));
        let mut i = from;
        while let Some(&id) = out.get(i) {
            let mut child = self.calls[id].child;
            while child != NIL {
                out.push(child);
                child = self.calls[child].sibling;
            }
            i += 1;
        }
    }
    /// A request ends: its trace is kept or dropped.
    #[inline]
    pub fn end_trace(&mut self, r: &Request, outcome: Outcome, place: u16) {
        let failed = if let Outcome::Failed(reason) = outcome { Some((reason, place)) } else { None };
        self.tracer.ended(without_spans(r, self.now, failed), r.trail);
    }
    /// The trace so far of a request that has not ended.
    pub fn open_trace(&self, client: u16, number: u64) -> Option<Trace> {
        let r = self.requests.iter_open().find(|r| r.client == client && r.number == number)?;
        let mut open = Vec::new();
        self.live_calls(r.root, &mut open);
        let live: Vec<OpenSpan> = open
            .into_iter()
            .map(|id| {
                let c = &self.calls[id];
                let replied = if c.phase == Phase::Replying { c.left } else { self.now };
                span_of(c, id, replied, self.now, None)
            })
            .collect();
        let spans = self.tracer.assemble(r.trail, &live);
        Some(Trace { spans, ..without_spans(r, self.now, None) })
    }
}

/// What is known of a request without its spans.
#[inline]
fn without_spans(r: &Request, ended: Time, failed: Option<(Reason, u16)>) -> Trace {
    Trace {
        client: r.client,
        number: r.number,
        class: r.class,
        born: r.born,
        ended,
        failed,
        spans: Vec::new(),
    }
}
