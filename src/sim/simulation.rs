//! One run: advances the system, event by event, and answers what it measured.

mod alter;
mod build;
mod cut;
mod orders;
mod report;
mod view;
mod whereabouts;
mod window;
#[cfg(test)]
mod wire_tests;

pub use report::{HostReport, LinkReport, NodeReport, Report, ServerReport};

use super::change::TimedChange;
use super::component::Component;
use super::context::{Answer, Ctx, Held};
use super::event_queue::{Event, EventKind};
use super::metrics::{Metric, Windows, measure};
use super::outcome::Reason;
use super::request::{Call, NIL, Phase};
use super::slots::Slots;
use super::snapshot::{Cargo, ReplicaState};
use super::station::Integrals;
use super::time::Time;
use super::topology::Topology;
use super::trace::{Trace, Traces};

/// A running system. Cloning it forks the world: both copies meet the same requests from then on.
#[derive(Clone)]
pub struct Simulation {
    topology: Topology,
    components: Vec<Component>,
    ctx: Ctx,
    changes: Slots<ScheduledChange>,
    windows: Windows,
    next_window: Time,
    events: u64,
    /// Integrals of every node's servers when the warm-up ended.
    marks: Vec<Vec<Integrals>>,
    host_marks: Vec<(u64, u64)>,
    /// The warm-up ends with this request instead of at an instant.
    mark_at_request: Option<u64>,
    standing: alter::Standing,
}

/// A change of the future and, once it happened, how to take it back.
#[derive(Clone)]
enum ScheduledChange {
    Do(TimedChange),
    Undo(super::change::Change),
    Start {
        node: u16,
        replica: u16,
        life: u32,
    },
    /// Look whether a drained server is empty; the time of the next look.
    Drained {
        node: u16,
        replica: u16,
        look: Time,
    },
    /// A place that fails by chance fails, or is repaired.
    Chance(usize),
    Done,
}

/// How far an advance came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// The instant asked for.
    Reached,
    /// The bound on events stopped it; call again.
    OutOfEvents,
}

/// Windows kept at least: an hour.
pub const MAX_WINDOWS: usize = 3600;

impl Simulation {
    /// Carries out events until `until` (inclusive) or until `max_events` were carried out.
    pub fn advance(&mut self, until: Time, max_events: u64) -> Progress {
        let end = self.events.saturating_add(max_events);
        loop {
            let at = self.ctx.events.next_at();
            while self.next_window <= at.min(until) {
                self.close_window();
            }
            if at > until {
                self.ctx.now = self.ctx.now.max(until);
                return Progress::Reached;
            }
            // The rest of this window.
            let last = until.min(Time(self.next_window.ns() - 1));
            loop {
                if self.events >= end && self.ctx.events.next_at() <= last {
                    return Progress::OutOfEvents;
                }
                if !self.next_event(last) {
                    break;
                }
            }
        }
    }
    /// Carries out the next event, whenever it is; returns the new now. Without any event, nothing happens.
    pub fn step(&mut self) -> Time {
        let at = self.ctx.events.next_at();
        if at == Time::NEVER {
            return self.ctx.now;
        }
        while self.next_window <= at {
            self.close_window();
        }
        self.next_event(at);
        self.ctx.now
    }
    /// The instant of the next event; `Time::NEVER` if there is none.
    pub fn next_event_at(&self) -> Time {
        self.ctx.events.next_at()
    }
    /// Runs until every client has made its `set_request_limit` requests and all of them have ended.
    pub fn run_to_end(&mut self) {
        while self.more_requests() || self.ctx.requests.open() > 0 {
            if self.ctx.events.next_at() == Time::NEVER {
                break;
            }
            self.step();
        }
    }
    /// Whether any client has requests left to make.
    fn more_requests(&self) -> bool {
        let limit = self.ctx.request_limit;
        self.components.iter().any(|c| matches!(c, Component::Client(c) if c.asks_more(limit)))
    }
    /// No client makes more than `n` requests.
    pub const fn set_request_limit(&mut self, n: u64) {
        self.ctx.request_limit = n;
    }

    #[inline(always)]
    fn next_event(&mut self, last: Time) -> bool {
        let Some(event) = self.ctx.events.pop(last) else { return false };
        if self.ctx.events.has_sorted() && self.ctx.calls.are_many() {
            self.look_ahead();
        }
        self.ctx.now = event.at;
        self.events += 1;
        self.dispatch(event);
        self.clear_ready();
        true
    }
    /// Reads of the next events what they will need first, so that it is at hand by then: with many calls in flight each
    /// of them, and what it concerns, is far from the processor, and it waits for all of them together. Nothing depends
    /// on what is read.
    #[inline(never)]
    fn look_ahead(&self) {
        let calls = || {
            let awaited = self.ctx.events.upcoming().filter(|e| e.is_awaited());
            awaited.map(|e| &self.ctx.calls[e.index()])
        };
        let place = |c: &Call| if c.phase == Phase::Replying { c.caller } else { c.node };
        let mut read = calls().fold(0, |sum, c| sum ^ c.touch());
        for c in calls() {
            read ^= self.components[place(c) as usize].touch() ^ self.ctx.touch(c, place(c));
        }
        for c in calls() {
            let next = self.components[c.node as usize].next_in_line();
            read ^= next.map_or(0, |call| self.ctx.calls[call].touch());
        }
        std::hint::black_box(read);
    }
    /// Calls without latency go on at the very instant at which they were sent, and orders are carried out.
    #[inline(always)]
    fn clear_ready(&mut self) {
        loop {
            while let Some(call) = self.ctx.ready.pop() {
                match self.ctx.calls[call].phase {
                    Phase::Outbound => self.deliver(call),
                    Phase::Replying => self.answer(call),
                    _ => {}
                }
            }
            if self.ctx.orders.is_empty() {
                return;
            }
            self.carry_out_orders();
        }
    }
    #[inline(always)]
    fn dispatch(&mut self, event: Event) {
        let (seq, index) = (event.seq, event.index());
        if event.is(EventKind::Request) {
            return self.request(index, seq);
        }
        if !event.is_awaited() {
            return self.rarer(event);
        }
        if self.ctx.calls[index].event != seq {
            // Nobody waits any longer for what happens.
            return;
        }
        if event.is(EventKind::Arrival) {
            self.deliver(index);
        } else if event.is(EventKind::Worked) {
            self.worked(index);
        } else if event.is(EventKind::Answer) {
            self.answer(index);
        } else {
            self.due(index);
        }
    }
    #[inline(never)]
    fn rarer(&mut self, event: Event) {
        let (seq, index) = (event.seq, event.index());
        match event.kind() {
            EventKind::Host if self.ctx.hosts[index as usize].event == seq => self.burst_ends(index),
            EventKind::Timeout => self.timeout(index, seq),
            EventKind::Patience => self.patience_ends(index, seq),
            EventKind::Change => self.scheduled_change(index),
            EventKind::Timer => self.timer(index),
            EventKind::Mark => self.mark(),
            _ => {}
        }
    }
    /// The caller's timeout for a call.
    fn timeout(&mut self, call: u32, seq: u32) {
        let c = &self.ctx.calls[call];
        if c.timeout_event != seq {
            return;
        }
        if self.ctx.is_still(c.caller, c.caller_replica) {
            return self.ctx.hold(c.caller, c.caller_replica, Held::Timeout(call, seq));
        }
        let (caller, answer) = self.ctx.take_timeout(call);
        self.answered(caller, answer);
    }
    fn timer(&mut self, timer: u32) {
        let Some((node, token)) = self.ctx.take_timer(timer) else { return };
        if self.ctx.nodes[node as usize].removed {
            return;
        }
        let component = self.components[node as usize].behavior();
        if component.timers_stand_still() && self.ctx.is_still(node, 0) {
            return self.ctx.hold(node, 0, Held::Timer(token));
        }
        component.timer(&mut self.ctx, token);
    }

    #[inline(always)]
    fn worked(&mut self, call: u32) {
        let node = self.ctx.calls[call].node;
        self.components[node as usize].worked(&mut self.ctx, call);
    }
    /// The answer to a call reaches its caller.
    #[inline(always)]
    fn answer(&mut self, call: u32) {
        if self.ctx.still_servers > 0 {
            let c = &self.ctx.calls[call];
            let (caller, replica) = (c.caller, c.caller_replica);
            if self.ctx.is_still(caller, replica) {
                return self.ctx.hold(caller, replica, Held::Answer(call));
            }
        }
        let c = &self.ctx.calls[call];
        if c.parent == NIL
            && let Component::Client(client) = &mut self.components[c.caller as usize]
            && client.root_answered(&mut self.ctx, call)
        {
            return;
        }
        if let Some((caller, answer)) = self.ctx.take_plain_answer(call) {
            return self.components[caller as usize].answered(&mut self.ctx, answer);
        }
        self.rarer_answer(call);
    }
    #[inline(never)]
    fn rarer_answer(&mut self, call: u32) {
        if let Some((caller, answer)) = self.ctx.take_answer(call) {
            self.answered(caller, answer);
        }
    }
    /// What an exchange or a waiting call was to be reminded of.
    #[inline(never)]
    fn due(&mut self, call: u32) {
        let c = &self.ctx.calls[call];
        match c.phase {
            Phase::Exchange => {
                let (caller, replica, event) = (c.caller, c.caller_replica, c.event);
                if self.ctx.is_still(caller, replica) {
                    return self.ctx.hold(caller, replica, Held::Due(call, event));
                }
                if let Some((caller, answer)) = self.ctx.exchange_due(call) {
                    self.answered(caller, answer);
                }
            }
            Phase::Waiting => {
                let node = c.node as usize;
                self.components[node].behavior().overdue(&mut self.ctx, call);
            }
            _ => {}
        }
    }
    #[inline(never)]
    fn answered(&mut self, caller: u16, mut answer: Answer) {
        if self.ctx.is_exchange(answer.parent) {
            let Some(decided) = self.ctx.exchanged(answer) else { return };
            answer = decided;
        }
        self.components[caller as usize].behavior().answered(&mut self.ctx, answer);
        self.ctx.settle(answer);
    }
    #[inline(always)]
    fn deliver(&mut self, call: u32) {
        let c = &mut self.ctx.calls[call];
        (c.arrived, c.started) = (self.ctx.now, self.ctx.now);
        let (node, replica, cargo) = (c.node, c.replica, c.cargo);
        let n = &mut self.ctx.nodes[node as usize];
        let server = &mut n.replicas[replica as usize];
        let state = server.state;
        if n.removed {
            return self.ctx.fail(call, Reason::Removed);
        }
        if cargo.counts() {
            server.arrivals += 1;
        }
        if state == ReplicaState::Up || self.takes(call, state) {
            self.components[node as usize].arrive(&mut self.ctx, call);
        }
    }
    /// Whether a server that is not simply up takes a call that has arrived; if not, it has been dealt with.
    #[cold]
    fn takes(&mut self, call: u32, state: ReplicaState) -> bool {
        let c = &self.ctx.calls[call];
        let (node, replica) = (c.node, c.replica);
        match state {
            ReplicaState::Draining => {
                if self.ctx.refuses(call) {
                    self.ctx.fail(call, Reason::Refused);
                    return false;
                }
            }
            ReplicaState::Up | ReplicaState::Retiring => {}
            ReplicaState::Hung | ReplicaState::Paused => {
                if self.components[node as usize].look_stations().is_empty() {
                    self.ctx.calls[call].phase = Phase::Waiting;
                    self.ctx.hold(node, replica, Held::Arrival(call));
                    return false;
                }
            }
            // The log waits at the primary for a replica that is down.
            _ if c.cargo == Cargo::Replication => {}
            ReplicaState::Silent => {
                if c.cargo.counts() {
                    // Nobody is there to count it.
                    self.ctx.nodes[node as usize].replicas[replica as usize].arrivals -= 1;
                }
                self.ctx.lose(call);
                return false;
            }
            ReplicaState::Down | ReplicaState::Starting => {
                self.ctx.fail(call, Reason::Refused);
                return false;
            }
        }
        true
    }
    fn burst_ends(&mut self, host: u32) {
        let call = self.ctx.hosts[host as usize].finish(self.ctx.now);
        self.ctx.reschedule(host);
        if let Some(call) = call {
            self.worked(call);
        }
    }
    fn patience_ends(&mut self, request: u32, seq: u32) {
        let r = &self.ctx.requests[request];
        if r.patience_event == seq && r.open {
            let client = r.client as usize;
            if let Component::Client(c) = &mut self.components[client] {
                c.give_up(&mut self.ctx, request);
            }
        }
    }
    #[inline(always)]
    fn request(&mut self, client: u32, seq: u32) {
        if self.mark_at_request.is_some() {
            self.mark_before_request(client, seq);
        }
        if let Component::Client(c) = &mut self.components[client as usize]
            && c.arrival_event() == seq
        {
            c.arrival(&mut self.ctx);
        }
    }
    /// The mark comes before the first request that counts, so that its arrival counts too.
    #[cold]
    fn mark_before_request(&mut self, client: u32, seq: u32) {
        let Component::Client(c) = &self.components[client as usize] else { return };
        if c.arrival_event() == seq && self.mark_at_request.is_some_and(|n| c.requests() >= n) {
            self.mark_at_request = None;
            self.mark();
        }
    }

    /// Simulated now.
    pub const fn now(&self) -> Time {
        self.ctx.now
    }
    /// The seed.
    pub const fn seed(&self) -> u64 {
        self.ctx.seed
    }
    /// The design as it is now, all changes included.
    pub const fn topology(&self) -> &Topology {
        &self.topology
    }
    /// Events carried out so far.
    pub const fn events(&self) -> u64 {
        self.events
    }
    /// Calls that are on their way or in somebody's hand: none once all is done.
    pub const fn calls_alive(&self) -> u32 {
        self.ctx.calls.live()
    }
    /// Hash of all finished requests so far, in finishing order.
    pub const fn digest(&self) -> u64 {
        self.ctx.recorder.digest()
    }
    /// Finished one-second windows, oldest first.
    pub fn windows(&self) -> Windows {
        self.windows.clone()
    }
    /// A metric over the windows that lie within `(from, to]`; `None` where nothing was measured.
    /// Times in seconds, rates per second, shares as fractions. Cost and parts are the present design's.
    pub fn measure(&self, metric: &Metric, from: Time, to: Time) -> Option<f64> {
        use super::metrics::{Measure, Scope};
        match (&metric.scope, metric.measure) {
            (Scope::System, Measure::Cost) => return Some(self.topology.cost().monthly_usd),
            (Scope::System, Measure::Parts) => return Some(f64::from(self.topology.cost().parts)),
            _ => {}
        }
        let class = |name: &str| self.ctx.classes.iter().position(|c| &*c.name == name);
        let node = |name: &str| self.ctx.find(name).map(usize::from);
        measure::over(&self.windows, metric, from, to, class, node)
    }
    /// Name of a node, removed ones included; empty for an id that no node has.
    pub fn node_name(&self, node: u16) -> &str {
        self.ctx.nodes.get(node as usize).map_or("", |n| &n.name)
    }
    /// Position of a node in a window's `nodes`.
    pub fn node_index(&self, name: &str) -> Option<usize> {
        self.ctx.find(name).map(usize::from)
    }
    /// The traces kept: a fair sample, the slowest and the latest failed requests since the warm-up.
    pub const fn traces(&self) -> &Traces {
        self.ctx.tracer.kept()
    }
    /// Traces are kept anew from here, so that the slowest of what follows have all the room.
    pub fn trace_anew(&mut self) {
        self.ctx.tracer.mark();
    }
    /// What has become so far of a request: one that has not ended, or one whose trace is kept.
    pub fn trace(&self, client: u16, number: u64) -> Option<Trace> {
        self.ctx
            .open_trace(client, number)
            .or_else(|| self.traces().of(client, number).map(|t| (**t).clone()))
    }
}
