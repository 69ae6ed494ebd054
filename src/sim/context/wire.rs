//! Calls on the wire: sending, answering, giving up.

use super::super::event_queue::{EventKind, EventQueue, NO_EVENT};
use super::super::outcome::Reason;
use super::super::request::{Call, NIL, Outcome, Phase};
use super::super::rng::{Draw, Purpose, combine};
use super::super::snapshot::Cargo;
use super::super::time::Time;
use super::{Ctx, Link, Ready, Routing};

/// What a caller says when it sends.
pub(crate) struct NewCall {
    pub request: u32,
    /// The call that waits for this one, or `NIL`.
    pub parent: u32,
    pub link: u16,
    pub caller_replica: u16,
    /// Which server; `None` = the link's next by the callee's routing.
    pub replica: Option<u16>,
    pub cargo: Cargo,
    /// The caller wants the answer.
    pub wanted: bool,
    /// Key of the new call's draws.
    pub path: u64,
    /// Overrides the link's timeout.
    pub timeout: Option<Time>,
    pub payload: u64,
}

/// An answer that has come back (or a timeout instead of one).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub request: u32,
    pub parent: u32,
    pub link: u16,
    pub node: u16,
    pub replica: u16,
    pub cargo: Cargo,
    pub outcome: Outcome,
    /// Where it failed.
    pub place: u16,
    pub payload: u64,
}

/// Who calls, and where a call is.
struct Place {
    caller: u16,
    node: u16,
    replica: u16,
    phase: Phase,
}

impl NewCall {
    /// The call as it is before anything has become of it.
    #[inline(always)]
    const fn draft(&self, now: Time, at: Place) -> Call {
        Call {
            request: self.request,
            parent: self.parent,
            child: NIL,
            sibling: NIL,
            next: NIL,
            link: self.link,
            caller: at.caller,
            caller_replica: self.caller_replica,
            node: at.node,
            replica: at.replica,
            phase: at.phase,
            cargo: self.cargo,
            wanted: self.wanted,
            step: 0,
            repeat: 0,
            outcome: Outcome::Ok,
            place: at.node,
            event: NO_EVENT,
            timeout_event: NO_EVENT,
            sent: now,
            left: now,
            due: now,
            arrived: now,
            started: now,
            path: self.path,
            payload: self.payload,
        }
    }
}

/// A message is on its way: the event of its arrival, or none if it arrives right now.
#[inline(always)]
fn set_off(
    delay: Time,
    due: Time,
    what: EventKind,
    id: u32,
    events: &mut EventQueue,
    ready: &mut Ready,
) -> u32 {
    if delay == Time::ZERO {
        ready.push(id);
        return NO_EVENT;
    }
    events.push_after(delay, due, what, id)
}

impl Link {
    /// Latency of one message.
    #[inline(always)]
    fn delay_of(&self, path: u64, purpose: Purpose) -> Time {
        if self.delay == Time::NEVER {
            return self.drawn_delay(path ^ self.key, purpose);
        }
        self.delay
    }
    #[inline(never)]
    fn drawn_delay(&self, key: u64, purpose: Purpose) -> Time {
        self.latency.sample(Draw::new(key, purpose))
    }
}

impl Ctx {
    /// Key of the draws of the `index`-th call that a call makes.
    #[inline(always)]
    pub fn child_path(&self, call: u32, index: u32) -> u64 {
        combine(self.calls[call].path, u64::from(index) + 1)
    }

    /// The `index`-th call that a server makes for one in its hands, which waits for the answer. The callee's routing
    /// chooses the server.
    #[inline(always)]
    pub fn call_for(&self, call: u32, link: u16, index: u32) -> NewCall {
        let c = &self.calls[call];
        NewCall {
            request: c.request,
            parent: call,
            link,
            caller_replica: c.replica,
            replica: None,
            cargo: Cargo::Call,
            wanted: true,
            path: self.child_path(call, index),
            timeout: None,
            payload: 0,
        }
    }
    /// A call goes on to the next part as it is.
    #[inline(always)]
    pub fn pass_on(&mut self, call: u32, link: u16, replica: Option<u16>) {
        let payload = self.calls[call].payload;
        self.send_at_once(NewCall { replica, payload, ..self.call_for(call, link, 0) });
    }
    /// The answer to what was passed on goes back as it is.
    #[inline(always)]
    pub fn pass_back(&mut self, answer: &Answer) {
        self.calls[answer.parent].payload = answer.payload;
        match answer.outcome {
            Outcome::Failed(reason) => self.fail_at(answer.parent, reason, answer.place),
            outcome => self.reply_at_once(answer.parent, outcome),
        }
    }
    /// Sends a call, under its link's policy if it has one; returns its slot.
    #[inline(never)]
    pub fn send(&mut self, new: NewCall) -> u32 {
        self.send_at_once(new)
    }
    /// The same, part of its caller: for those that every request passes.
    #[inline(always)]
    pub fn send_at_once(&mut self, new: NewCall) -> u32 {
        if new.request != NIL {
            self.requests.hold(new.request);
        }
        self.send_held(new)
    }
    /// Sends a call for which its request is held already.
    #[inline(always)]
    pub fn send_held(&mut self, new: NewCall) -> u32 {
        if !self.calm || self.links[new.link as usize].policy.is_some() {
            return self.send_with_care(&new);
        }
        self.put_out::<true>(&new)
    }
    /// Sends a call under its link's policy, or where something may trouble the message. Its request is held already.
    #[inline(never)]
    fn send_with_care(&mut self, new: &NewCall) -> u32 {
        if self.links[new.link as usize].policy.is_none() || !self.is_looked_after(new) {
            return self.put_out::<false>(new);
        }
        if new.request != NIL {
            // An exchange holds it itself.
            self.requests.release_one(new.request);
        }
        self.exchange(new)
    }
    /// Sends one call, whatever the policy.
    #[inline(never)]
    pub fn send_plain(&mut self, new: &NewCall) -> u32 {
        if new.request != NIL {
            self.requests.hold(new.request);
        }
        self.put_out::<false>(new)
    }
    /// Puts a call on its way. Where all is `CALM` nothing can trouble it, and no deadline is handed on.
    #[inline(always)]
    fn put_out<const CALM: bool>(&mut self, new: &NewCall) -> u32 {
        let link = &mut self.links[new.link as usize];
        if new.cargo != Cargo::Probe {
            link.calls += 1;
        }
        let (caller, node, timeout) = (link.from, link.to, new.timeout.or(link.timeout));
        let smooth = CALM || link.trouble.is_none() && self.cuts.is_empty();
        let deadline = link.deadline;
        let delay = link.delay_of(new.path, Purpose::Latency);
        let replica = match new.replica {
            Some(replica) => replica,
            None => self.next_replica(new.link, new.caller_replica, new.request),
        };
        let id = self.calls.next();
        let sibling = if new.parent == NIL { NIL } else { self.adopt(new.parent, id) };
        let timeout_event = match timeout {
            Some(timeout) if new.wanted => self.events.push(self.now + timeout, EventKind::Timeout, id),
            _ => NO_EVENT,
        };
        let (due, event) = if smooth {
            let due = self.now + delay;
            (due, set_off(delay, due, EventKind::Arrival, id, &mut self.events, &mut self.ready))
        } else {
            (self.now, NO_EVENT)
        };
        let at = Place { caller, node, replica, phase: Phase::Outbound };
        self.calls.fill(Call { sibling, event, timeout_event, due, ..new.draft(self.now, at) });
        if CALM {
            return id;
        }
        self.deadlines.forget(id);
        if deadline && new.wanted && new.cargo == Cargo::Call {
            let until = timeout.map_or(Time::NEVER, |t| self.now + t);
            self.hand_deadline(id, new, until);
        }
        if !smooth {
            self.launch(id, Purpose::Latency);
        }
        id
    }

    /// Makes a call that is in some phase at a server, and holds its request for it; nothing is sent.
    pub fn create(&mut self, new: &NewCall, node: u16, replica: u16, phase: Phase) -> u32 {
        if new.request != NIL {
            self.requests.hold(new.request);
        }
        let caller = self.links[new.link as usize].from;
        let id = self.calls.add(new.draft(self.now, Place { caller, node, replica, phase }));
        self.deadlines.forget(id);
        id
    }

    /// Puts a call on the wire, there or back, whatever the state of the network.
    #[inline(never)]
    pub(super) fn launch(&mut self, id: u32, purpose: Purpose) {
        let c = &self.calls[id];
        let link = &self.links[c.link as usize];
        let latency = if purpose == Purpose::ReplyLatency && self.is_handed_over(c) {
            Time::ZERO
        } else {
            link.delay_of(c.path, purpose)
        };
        let mut due = self.now + latency;
        if link.trouble.is_some() || !self.cuts.is_empty() {
            let Some(at) = self.brave(id, latency, purpose) else { return };
            due = at;
        }
        let c = &mut self.calls[id];
        (c.left, c.due) = (self.now, due);
        let what = if purpose == Purpose::Latency { EventKind::Arrival } else { EventKind::Answer };
        c.event = set_off(due - self.now, due, what, id, &mut self.events, &mut self.ready);
    }

    #[inline(always)]
    pub fn next_replica(&mut self, link: u16, caller_replica: u16, request: u32) -> u16 {
        let l = &mut self.links[link as usize];
        let node = &self.nodes[l.to as usize];
        match node.routing {
            Routing::Only(replica) => replica,
            Routing::Any => {
                let count = u32::from(node.serving).max(1);
                let pick = if l.turn >= count { 0 } else { l.turn };
                l.turn = pick + 1;
                if node.troubled { self.next_sound(link, count as u16, pick as u16) } else { pick as u16 }
            }
            Routing::Cluster => {
                let write = request != NIL && self.requests[request].write;
                let simple = node.cluster.as_ref().and_then(|c| c.server_at_once(write, &mut l.turn));
                simple.unwrap_or_else(|| self.cluster_server(link, caller_replica, request))
            }
        }
    }

    #[cold]
    fn next_sound(&mut self, link: u16, count: u16, pick: u16) -> u16 {
        let chosen = self.next_accepting(self.links[link as usize].to, 0, count, pick);
        self.links[link as usize].turn = u32::from(chosen) + 1;
        chosen
    }

    /// The callee answers: the answer goes on the wire, unless nobody wants it any more.
    #[inline(never)]
    pub fn reply(&mut self, id: u32, outcome: Outcome) {
        self.reply_at_once(id, outcome);
    }
    /// The same, part of its caller: for those that every request passes.
    #[inline(always)]
    pub fn reply_at_once(&mut self, id: u32, outcome: Outcome) {
        let c = &mut self.calls[id];
        let calm = self.calm || !self.nodes[c.node as usize].troubled && !self.passes;
        if !calm || !c.cargo.counts() || !c.wanted {
            return self.reply_with_care(id, outcome);
        }
        self.recorder.answered(c.node, self.now, c.arrived, c.started, outcome);
        (c.phase, c.outcome, c.event) = (Phase::Replying, outcome, NO_EVENT);
        let link = &self.links[c.link as usize];
        if !self.calm && (link.trouble.is_some() || !self.cuts.is_empty()) {
            return self.launch(id, Purpose::ReplyLatency);
        }
        let delay = link.delay_of(c.path, Purpose::ReplyLatency);
        (c.left, c.due) = (self.now, self.now + delay);
        c.event = set_off(delay, c.due, EventKind::Answer, id, &mut self.events, &mut self.ready);
    }
    /// The same where the answer may become another one, or go nowhere.
    #[inline(never)]
    fn reply_with_care(&mut self, id: u32, mut outcome: Outcome) {
        if self.nodes[self.calls[id].node as usize].troubled {
            outcome = self.trouble(id, outcome);
        }
        let c = &mut self.calls[id];
        let (counts, expired) = (c.counts(), c.counts() && !c.cargo.counts());
        if expired {
            // Its service never began: it counts as failed here, and whoever still waits learns it.
            (c.cargo, outcome) = (Cargo::Call, Outcome::Failed(Reason::TimedOut));
        }
        (c.outcome, c.event) = (outcome, NO_EVENT);
        if counts {
            self.recorder.answered(c.node, self.now, c.arrived, c.started, outcome);
            if !c.wanted && !expired && c.request != NIL {
                self.recorder.wasted(c.node);
            }
        }
        if c.wanted {
            c.phase = Phase::Replying;
            self.launch(id, Purpose::ReplyLatency);
        } else {
            self.end(id);
        }
    }
    /// The callee fails the call.
    pub fn fail(&mut self, id: u32, reason: Reason) {
        self.calls[id].place = self.calls[id].node;
        self.reply(id, Outcome::Failed(reason));
    }
    /// The callee passes a failure of its own callee on.
    pub fn fail_at(&mut self, id: u32, reason: Reason, place: u16) {
        self.calls[id].place = place;
        self.reply(id, Outcome::Failed(reason));
    }

    /// Nobody waits for this call any more; the callee is not told.
    pub fn abandon(&mut self, id: u32) {
        if self.calls[id].phase == Phase::Exchange {
            return self.abandon_exchange(id);
        }
        let c = &mut self.calls[id];
        (c.wanted, c.parent, c.timeout_event) = (false, NIL, NO_EVENT);
        if c.phase == Phase::Lost {
            self.end(id);
        }
    }
    /// Frees a call.
    pub fn end(&mut self, id: u32) {
        let request = self.calls[id].request;
        self.calls.remove(id);
        if request != NIL {
            self.requests.release(request);
        }
    }

    /// What most answers to the calls of a server are: all is well, the call above waits for this one alone, and
    /// nothing troubles anybody. The same as `take_answer` and `settle` do, all at once; `None` = it is another
    /// answer, and nothing has been done.
    #[inline(always)]
    pub fn take_plain_answer(&mut self, id: u32) -> Option<(u16, Answer)> {
        let c = &self.calls[id];
        // Who has a call above is wanted.
        let plain = c.cargo == Cargo::Call && c.outcome == Outcome::Ok && c.parent != NIL && c.sibling == NIL;
        if !(plain && self.calm && c.request != NIL) {
            return None;
        }
        debug_assert!(c.wanted && c.phase == Phase::Replying);
        let (caller, left) = (c.caller, c.left);
        let answer = Answer { cargo: Cargo::Call, ..Self::answer_of(c, Outcome::Ok, c.place) };
        let above = &mut self.calls[answer.parent];
        if above.phase != Phase::Calling || above.child != id || above.request != answer.request {
            return None;
        }
        above.child = NIL;
        let keeps = !self.calls.is_full();
        // The call above holds the request too.
        let request = self.requests.release_one(answer.request);
        if request.open && keeps {
            self.calls.retire_as(Phase::Ended, request, id, left, self.now);
        } else {
            self.calls.remove(id);
        }
        Some((caller, answer))
    }
    /// The answer has arrived: frees the call. Its request is held until `settle`. `None` = nobody wants it.
    #[inline(always)]
    pub fn take_answer(&mut self, id: u32) -> Option<(u16, Answer)> {
        let c = &self.calls[id];
        if !c.wanted {
            self.end(id);
            return None;
        }
        let (caller, left) = (c.caller, c.left);
        let answer = Self::answer_of(c, c.outcome, c.place);
        if matches!(answer.outcome, Outcome::Failed(_)) && answer.cargo != Cargo::Probe {
            self.links[answer.link as usize].counter.window.failures += 1;
        }
        self.disown(id);
        self.retire(id, left);
        Some((caller, answer))
    }
    /// The caller's timeout for a call fired. Its request is held until `settle`.
    pub fn take_timeout(&mut self, id: u32) -> (u16, Answer) {
        let c = self.calls[id];
        self.disown(id);
        self.calls[id].parent = NIL;
        if c.cargo != Cargo::Probe {
            self.links[c.link as usize].counter.window.timeouts += 1;
        }
        if c.request != NIL {
            self.requests.hold(c.request);
        }
        self.abandon(id);
        let reason = match c.outcome {
            Outcome::Failed(reason @ (Reason::PacketLost | Reason::Unreachable))
                if c.phase == Phase::Lost =>
            {
                reason
            }
            _ => Reason::TimedOut,
        };
        self.note_failed(&c, id, reason);
        (c.caller, Self::answer_of(&c, Outcome::Failed(reason), c.node))
    }
    /// The caller has dealt with an answer: its request needs no longer be held for it.
    #[inline(always)]
    pub fn settle(&mut self, answer: Answer) {
        if answer.request != NIL {
            self.requests.release(answer.request);
        }
    }
    #[inline(always)]
    const fn answer_of(c: &Call, outcome: Outcome, place: u16) -> Answer {
        Answer {
            request: c.request,
            parent: c.parent,
            link: c.link,
            node: c.node,
            replica: c.replica,
            cargo: c.cargo,
            outcome,
            place,
            payload: c.payload,
        }
    }
}
