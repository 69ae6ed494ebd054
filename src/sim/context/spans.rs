//! What calls leave for the traces.

use super::super::outcome::Reason;
use super::super::request::{Call, NIL, Outcome, Phase, Request};
use super::super::time::Time;
use super::super::trace::{Span, Trace};
use super::Ctx;

/// A call as a span, and the slots of the call and of the one that waited for it.
struct Noted {
    span: Span,
    call: u32,
    parent: u32,
}

impl Noted {
    fn ended(c: &Call) -> Self {
        let span = Span {
            node: c.node,
            replica: c.replica,
            link: c.link,
            cargo: c.cargo,
            attempts: matches!(c.phase, Phase::EndedExchange | Phase::Exchange),
            failed: c.outcome.reason().map(|reason| (reason, c.place)),
            sent: c.sent,
            arrived: c.arrived,
            started: c.started,
            replied: c.left,
            ended: c.due,
            parent: None,
        };
        Self { span, call: c.child, parent: c.parent }
    }
    /// As if it ended now.
    fn live(c: &Call, id: u32, now: Time) -> Self {
        let left = if c.phase == Phase::Replying { c.left } else { now };
        Self::ended(&Call { child: id, outcome: Outcome::Ok, left, due: now, ..cut_short(*c, now) })
    }
}

/// A call that ends before it got so far has its later instants at its end.
fn cut_short(mut c: Call, now: Time) -> Call {
    match c.phase {
        Phase::Outbound => (c.arrived, c.started) = (now, now),
        Phase::Waiting => c.started = now,
        _ => {}
    }
    c
}

impl Ctx {
    /// The answer to a call has reached its caller: it is over.
    #[inline(always)]
    pub fn retire(&mut self, id: u32, replied: Time) {
        let request = self.calls[id].request;
        if request != NIL {
            let request = &mut self.requests[request];
            if request.open && !self.calls.is_full() {
                return self.calls.retire(request, id, replied, self.now);
            }
        }
        self.calls.remove(id);
    }
    /// A call, as it was, is over for its caller, who learns of a failure instead of an answer; itself it may go on.
    pub fn note_failed(&mut self, c: &Call, id: u32, reason: Reason) {
        if c.request == NIL {
            return;
        }
        let request = &mut self.requests[c.request];
        if request.open && !self.calls.is_full() {
            let failed = Call { outcome: Outcome::Failed(reason), place: c.node, ..cut_short(*c, self.now) };
            self.calls.retire_copy(request, failed, id, self.now);
        }
    }
    /// The client waits no longer: what its call and the callees' calls have come to.
    pub fn note_open_spans(&mut self, root: u32, reason: Reason) {
        let mut open = Vec::new();
        self.live_calls(root, &mut open);
        // Callees first, as if each had ended before its caller.
        for id in open.into_iter().rev() {
            let c = self.calls[id];
            self.note_failed(&c, id, reason);
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
    #[inline(always)]
    pub fn end_trace(&mut self, request: u32, outcome: Outcome, place: u16) {
        let r = &self.requests[request];
        let (trail, trail_end) = (r.trail, r.trail_end);
        let failed = outcome.reason().map(|reason| (reason, place));
        if self.tracer.wants(r.number, failed.is_some(), self.now - r.born) {
            self.keep_trace(request, failed);
        }
        self.calls.free_trail(trail, trail_end);
    }
    #[inline(never)]
    fn keep_trace(&mut self, request: u32, failed: Option<(Reason, u16)>) {
        let r = &self.requests[request];
        let spans = self.assemble(r.trail, Vec::new());
        self.tracer.keep(Trace { spans, ..without_spans(r, self.now, failed) });
    }
    /// The trace so far of a request that has not ended.
    pub fn open_trace(&self, client: u16, number: u64) -> Option<Trace> {
        let r = self.requests.iter_open().find(|r| r.client == client && r.number == number)?;
        let mut open = Vec::new();
        self.live_calls(r.root, &mut open);
        let live = open.into_iter().map(|id| Noted::live(&self.calls[id], id, self.now)).collect();
        let spans = self.assemble(r.trail, live);
        Some(Trace { spans, ..without_spans(r, self.now, None) })
    }
    /// The spans of a request's trace: those of its ended calls and, if it has not ended, those of its live ones.
    fn assemble(&self, trail: u32, live: Vec<Noted>) -> Vec<Span> {
        let mut all = live;
        all.extend(self.calls.trail(trail).map(Noted::ended));
        // Latest end first, so that a slot that served several calls in turn is resolved to the right one.
        let mut order: Vec<usize> = (0..all.len()).collect();
        order.sort_by_key(|&i| (all[i].span.sent, std::cmp::Reverse(i)));
        let mut place = vec![0; all.len()];
        for (at, &i) in (0..).zip(&order) {
            place[i] = at;
        }
        let parent = |child: usize| {
            let waits =
                |i: &usize| all[*i].call == all[child].parent && all[*i].span.sent <= all[child].span.sent;
            (0..child).rev().find(waits).map(|i| place[i])
        };
        order.iter().map(|&i| Span { parent: parent(i), ..all[i].span }).collect()
    }
}

/// What is known of a request without its spans.
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
