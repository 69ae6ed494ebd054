//! Users: open-loop arrivals, request classes, patience.

use super::super::context::{Answer, Ctx, NewCall};
use super::super::event_queue::{EventKind, NO_EVENT};
use super::super::outcome::Reason;
use super::super::request::{MAX_CALLS, NIL, NewRequest, Outcome};
use super::super::rng::{Draw, Purpose, combine};
use super::super::snapshot::Cargo;
use super::super::time::Time;
use super::super::topology::Topology;
use super::super::value::{Knob, LONGEST, Shape, Value};
use super::super::workload::Profile;
use super::{Behavior, Datasheet, Links};

/// Most requests a second that a client may make.
pub const MAX_RATE: f64 = 10_000_000.0;

/// What a client is.
pub static DATASHEET: Datasheet = Datasheet {
    key: "client",
    links: Links::Source,
    measures: &[],
    counts: &[],
    title: "Users",
    tag: "usr",
    explanation: "People or programs that send requests at a given rate, whether or not they get answers. \
        Who waits longer than the patience gives up; the system behind is not told.",
    knobs: &[
        Knob::new("rate", Shape::Rate { max: MAX_RATE }, "requests per second").required(),
        Knob::new("profile", Shape::Profile, "how the rate changes over time"),
        Knob::new(
            "patience",
            Shape::Time { min: Time::from_ms(1), max: LONGEST },
            "users give up after this time",
        ),
        Knob::new("classes", Shape::Classes, "kinds of requests: share, read or write, keys").fixed(),
        Knob::new(
            "slo",
            Shape::Time { min: Time::from_ms(1), max: LONGEST },
            "answers later than this are not good",
        ),
        Knob::later("users"),
        Knob::later("think"),
        Knob::later("retries"),
        Knob::later("sessions"),
        Knob::later("dns_ttl"),
    ],
    leaves_out: "Users who come back after an error, browsers that load many files, robots.",
};

/// A client's state.
#[derive(Clone)]
pub(crate) struct Client {
    node: u16,
    /// Hash of seed and name, from which every request's own key follows.
    base: u64,
    rate: f64,
    profile: Profile,
    patience: Option<Time>,
    slo: Option<Time>,
    /// First class of this client in `Ctx::classes`, and the cumulative shares of its classes.
    first_class: u8,
    shares: Vec<(f64, bool)>,
    links: Vec<u16>,
    next_number: u64,
    /// The event of the next arrival: whatever changes the rate plans it anew.
    arrival_event: u32,
    /// Unit-rate area left to the next arrival, and since when.
    planned: (f64, Time),
    turn: usize,
}

impl Client {
    pub fn new(node: u16) -> Self {
        Self {
            node,
            base: 0,
            rate: 0.0,
            profile: Profile::default(),
            patience: None,
            slo: None,
            first_class: 0,
            shares: Vec::new(),
            links: Vec::new(),
            next_number: 0,
            arrival_event: NO_EVENT,
            planned: (0.0, Time::ZERO),
            turn: 0,
        }
    }
    /// The event of the next arrival; an older one is void.
    pub const fn arrival_event(&self) -> u32 {
        self.arrival_event
    }
    /// Requests made so far.
    pub const fn requests(&self) -> u64 {
        self.next_number
    }

    /// Plans the next arrival from now on.
    fn plan(&mut self, ctx: &mut Ctx) {
        let gap = Draw::new(combine(self.base, self.next_number), Purpose::Gap).exp1();
        self.planned = (gap, ctx.now);
        self.replan(ctx);
    }
    fn replan(&mut self, ctx: &mut Ctx) {
        let (area, since) = self.planned;
        let at = self.profile.arrival(since, self.rate, area);
        self.arrival_event = if at == Time::NEVER {
            NO_EVENT
        } else {
            ctx.events.push(at.max(ctx.now), EventKind::Arrival, u32::from(self.node))
        };
    }
    /// The rate changes now: the area passed so far stays passed.
    fn set_rate(&mut self, ctx: &mut Ctx, rate: f64, profile: Profile) {
        if self.arrival_event != NO_EVENT || self.planned.0 > 0.0 {
            let passed = self.profile.area(self.planned.1, ctx.now) * self.rate * 1e-9;
            self.planned = ((self.planned.0 - passed).max(0.0), ctx.now);
        }
        (self.rate, self.profile) = (rate, profile);
        self.replan(ctx);
    }

    /// The next request is made now.
    pub fn arrival(&mut self, ctx: &mut Ctx) {
        let number = self.next_number;
        if number >= ctx.request_limit {
            self.arrival_event = NO_EVENT;
            return;
        }
        self.next_number += 1;
        self.plan(ctx);
        if ctx.calls.live() >= MAX_CALLS {
            ctx.shed();
            return;
        }
        let base = combine(self.base, number);
        let offset = if self.shares.len() == 1 {
            0
        } else {
            let u = Draw::new(base, Purpose::Class).unit();
            self.shares.iter().position(|&(to, _)| u < to).unwrap_or(self.shares.len() - 1)
        };
        let class = self.first_class + offset as u8;
        let client = self.node;
        let request = ctx.requests.add(NewRequest {
            number,
            base,
            born: ctx.now,
            client,
            class,
            write: self.shares[offset].1,
        });
        ctx.recorder.request_born(client, class);
        if let Some(patience) = self.patience {
            ctx.requests[request].patience_event =
                ctx.events.push(ctx.now + patience, EventKind::Patience, request);
        }
        self.turn = if self.turn + 1 >= self.links.len() { 0 } else { self.turn + 1 };
        let root = ctx.send(NewCall {
            request,
            parent: NIL,
            link: self.links[self.turn],
            caller_replica: 0,
            replica: None,
            cargo: Cargo::Call,
            wanted: true,
            path: base,
            timeout: None,
            payload: 0,
        });
        ctx.requests[request].root = root;
    }
    /// The users behind a request wait no longer.
    pub fn give_up(&mut self, ctx: &mut Ctx, request: u32) {
        let root = ctx.requests[request].root;
        let place = ctx.deepest(root);
        ctx.note_open_spans(root, Reason::GaveUp);
        ctx.abandon(root);
        self.close(ctx, request, Outcome::Failed(Reason::GaveUp), place);
    }
    fn close(&self, ctx: &mut Ctx, request: u32, outcome: Outcome, place: u16) {
        let r = ctx.requests[request];
        let within = ctx.classes[r.class as usize].slo.or(self.slo).or(self.patience).unwrap_or(Time::NEVER);
        ctx.recorder.request_done(&r, ctx.now, outcome, place, within);
        ctx.end_trace(&r, outcome, place);
        ctx.requests.close(request);
    }
}

impl Behavior for Client {
    fn configure(&mut self, ctx: &mut Ctx, topology: &Topology) {
        let name = ctx.nodes[self.node as usize].name.clone();
        let Some(spec) = topology.nodes.get(&*name) else {
            self.arrival_event = NO_EVENT;
            return;
        };
        let knobs = &spec.knobs;
        let time = |knob| match knobs.get(knob) {
            Some(Value::Time(t)) => Some(*t),
            _ => None,
        };
        (self.patience, self.slo) = (time("patience"), time("slo"));
        ctx.nodes[self.node as usize].patience = self.patience;
        let rate = match knobs.get("rate") {
            Some(Value::Rate(r)) => *r,
            _ => 0.0,
        };
        let profile = match knobs.get("profile") {
            Some(Value::Profile(p)) => p.clone(),
            _ => Profile::default(),
        };
        self.links = ctx.links_from(self.node).collect();
        if self.shares.is_empty() {
            self.base = combine(ctx.seed, ctx.nodes[self.node as usize].key);
            (self.first_class, self.shares) = ctx.add_classes(&name, knobs);
            (self.rate, self.profile) = (rate, profile);
            if !self.links.is_empty() {
                self.plan(ctx);
            }
        } else if self.links.is_empty() {
            self.arrival_event = NO_EVENT;
        } else if rate != self.rate || profile != self.profile || self.arrival_event == NO_EVENT {
            self.set_rate(ctx, rate, profile);
        }
    }
    fn arrive(&mut self, ctx: &mut Ctx, call: u32) {
        ctx.fail(call, Reason::Refused);
    }
    fn worked(&mut self, _ctx: &mut Ctx, _call: u32) {}
    fn answered(&mut self, ctx: &mut Ctx, answer: Answer) {
        self.close(ctx, answer.request, answer.outcome, answer.place);
    }
}
