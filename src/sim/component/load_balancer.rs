//! Deals requests to the replicas of all its link targets; checks their health.
//!
//! ```text
//! callers -> [ own work ] -> [ policy over the usable backends ] -> web#1 | web#2 | ...
//!              ^ `capacity`     ^ probes and failed requests take one out, probes bring it back
//! ```

mod backend;
mod health;
mod latency;
mod leave;
pub mod policy;
mod ring;
mod standby;

use super::super::context::{Answer, Ctx};
use super::super::distribution::Distribution;
use super::super::few::Few;
use super::super::metrics::Measure;
use super::super::outcome::Reason;
use super::super::request::{NIL, Outcome};
use super::super::rng::{Purpose, combine};
use super::super::snapshot::Cargo;
use super::super::station::{Station, UNLIMITED};
use super::super::time::Time;
use super::super::topology::{NodeSpec, Topology};
use super::super::value::{HealthCheck, Knob, LONGEST, Shape, Value, Way};
use super::service::{count, next_waiting, resize_stations};
use super::{Behavior, Datasheet, Links};
use backend::Backend;
use leave::Leaving;
use policy::Policy;
use ring::Ring;
use standby::Standby;

/// Most requests in flight that a balancer's limit may name.
const MAX_CONNECTIONS: u32 = 10_000_000;

/// What a load balancer is.
pub static DATASHEET: Datasheet = Datasheet {
    key: "load-balancer",
    links: Links::Forward,
    measures: &[],
    counts: &[],
    title: "Load balancer",
    tag: "lb",
    explanation: "One address in front of many servers; each request goes to one of them, by the policy. \
        With health checks it stops sending to servers that do not answer their probes or, with `passive`, fail requests in a row.",
    knobs: &[
        Knob::new("policy", Shape::Choice(policy::NAMES), "who gets the next request")
            .default(|| Value::Choice("round-robin")),
        Knob::new("health", Shape::Health, "probes: interval, timeout, fall, rise"),
        Knob::new(
            "all_down",
            Shape::Choice(&["refuse", "send-to-all"]),
            "what to do when no backend is healthy",
        )
        .default(|| Value::Choice("refuse")),
        Knob::new(
            "weights",
            Shape::Numbers { min: 0.001, max: 1000.0 },
            "shares of the backends, in their order; unset: their cores",
        ),
        Knob::new("capacity", Shape::Rate { max: 10_000_000.0 }, "requests per second that it can forward")
            .moves(Measure::Throughput, Way::Up),
        Knob::new(
            "connections",
            Shape::Count { min: 1, max: MAX_CONNECTIONS, unlimited: true },
            "requests in flight through it; more are refused: with more room fewer fail",
        )
        .moves(Measure::ErrorRate, Way::Down),
        Knob::new("standby", Shape::Switch(standby::KNOBS), "a second one takes over when this one dies")
            .fixed(),
        Knob::new(
            "drain",
            Shape::Time { min: Time::ZERO, max: LONGEST },
            "a backend that leaves has so long to finish its requests",
        ),
    ],
    leaves_out: "Its own work unless `capacity` is set (about 15 us a request), TLS, sticky sessions by cookie. \
        A failing backend answers quickly, so least connections and EWMA send it more until a check takes it out. \
        Both of a standby pair know the same of the backends.",
};

/// A balancer's state.
#[derive(Clone)]
pub(crate) struct LoadBalancer {
    node: u16,
    policy: Policy,
    health: Option<HealthCheck>,
    send_to_all: bool,
    backends: Vec<Backend>,
    /// By link: position of its first backend; `NIL` = it has none.
    first_of_link: Vec<u32>,
    /// Positions of the backends that get requests.
    usable: Vec<u16>,
    turn: u32,
    ring: Ring,
    /// Time of its own work on a request, with `capacity`.
    own_work: Option<Distribution>,
    /// Its own workers, with `capacity` or `standby`.
    stations: Few<Station>,
    /// Most requests in flight through it, and how many there are.
    connections: u32,
    open: u32,
    drain: Option<Time>,
    leaving: Vec<Leaving>,
    standby: Option<Standby>,
    /// The server that has the address.
    active: u16,
    /// Changes with the list of backends or the health knob: older timers are void.
    generation: u32,
    probes: u64,
}

/// What a timer of a balancer is for; the rest of its token is a generation and a backend.
const PROBE: u64 = 0;
const BACK: u64 = 1 << 24;
const CUT: u64 = 2 << 24;
const TAKE_OVER: u64 = 3 << 24;

impl LoadBalancer {
    pub const fn new(node: u16) -> Self {
        Self {
            node,
            policy: Policy::RoundRobin,
            health: None,
            send_to_all: false,
            backends: Vec::new(),
            first_of_link: Vec::new(),
            usable: Vec::new(),
            turn: 0,
            ring: Ring::new(),
            own_work: None,
            stations: Few::None,
            connections: UNLIMITED,
            open: 0,
            drain: None,
            leaving: Vec::new(),
            standby: None,
            active: 0,
            generation: 0,
            probes: 0,
        }
    }

    /// Who gets this call; there is at least one usable backend.
    #[inline]
    fn pick(&mut self, ctx: &mut Ctx, call: u32) -> u16 {
        match self.policy {
            Policy::RoundRobin => policy::round_robin(&mut self.turn, &self.usable),
            Policy::Weighted => policy::smooth(&mut self.backends, &self.usable),
            Policy::IpHash => policy::by_hash(&self.backends, &self.usable, user_hash(ctx, call)),
            Policy::ConsistentHash => {
                let key = key_hash(ctx, call);
                let backends = &self.backends;
                self.ring.pick(key, |i| backends[i as usize].usable).unwrap_or(self.usable[0])
            }
            policy => policy.pick(&self.backends, &self.usable, ctx.draw(call, Purpose::Choice), ctx.now),
        }
    }
    /// Sends a call on to a backend.
    fn forward(&mut self, ctx: &mut Ctx, call: u32) {
        if ctx.calls[call].cargo == Cargo::Probe {
            return if self.usable.is_empty() {
                ctx.fail(call, Reason::NoHealthyBackend);
            } else {
                ctx.reply(call, Outcome::Ok);
            };
        }
        if self.usable.is_empty() {
            self.open = self.open.saturating_sub(1);
            return ctx.fail(call, Reason::NoHealthyBackend);
        }
        ctx.calls[call].started = ctx.now;
        let index = self.pick(ctx, call);
        let backend = &mut self.backends[index as usize];
        backend.in_flight += 1;
        ctx.pass_on(call, backend.link, Some(backend.replica));
    }
    #[inline(never)]
    fn probe_answered(&mut self, ctx: &mut Ctx, backend: Option<usize>, outcome: Outcome) {
        if let (Some(index), Some(health)) = (backend, self.health.clone()) {
            self.judge(ctx, index, outcome == Outcome::Ok, &health);
        }
    }
    /// Its own work on the next call begins.
    fn start(&self, ctx: &mut Ctx, call: u32) {
        let none = Distribution::Constant(Time::ZERO);
        ctx.begin(call, self.own_work.as_ref().unwrap_or(&none));
    }
    fn configure_own(&mut self, ctx: &mut Ctx, spec: &NodeSpec) {
        self.connections = count(&spec.knobs, "connections");
        self.drain = spec.knobs.time("drain");
        let rate = spec.knobs.rate("capacity").filter(|r| *r > 0.0);
        self.own_work = rate.map(|r| Distribution::Constant(Time((1e9 / r) as u64)));
        self.standby = Standby::read(&spec.knobs);
        if self.own_work.is_some() || self.standby.is_some() || !self.stations.is_empty() {
            let workers = if self.own_work.is_some() { 1 } else { UNLIMITED };
            resize_stations(&mut self.stations, ctx, self.node, workers, UNLIMITED);
            while let Some(next) = next_waiting(&mut self.stations, ctx) {
                self.start(ctx, next);
            }
        }
        self.hold_address(ctx);
    }
}

/// A number that is the same for all requests of one user; without users one could tell apart, each request is one's.
fn user_hash(ctx: &Ctx, call: u32) -> u64 {
    let c = &ctx.calls[call];
    if c.request == NIL {
        return c.path;
    }
    let r = &ctx.requests[c.request];
    if r.session == NIL { r.base } else { combine(u64::from(r.client) + 1, u64::from(r.session)) }
}
/// A number that is the same for all requests of one key.
fn key_hash(ctx: &mut Ctx, call: u32) -> u64 {
    match ctx.calls[call].request {
        NIL => ctx.calls[call].path,
        request => combine(0, u64::from(ctx.key(request))),
    }
}

impl Behavior for LoadBalancer {
    fn configure(&mut self, ctx: &mut Ctx, topology: &Topology) {
        let Some(spec) = topology.nodes.get(&*ctx.nodes[self.node as usize].name) else { return };
        self.policy = Policy::parse(spec.knobs.choice("policy").unwrap_or_default());
        self.send_to_all = spec.knobs.choice("all_down") == Some("send-to-all");
        let health = match spec.knobs.get("health") {
            Some(Value::Health(h)) => Some(h.clone()),
            _ => None,
        };
        self.configure_own(ctx, spec);
        let backends = self.list_backends(ctx, spec.knobs.numbers("weights"));
        let same = backends.len() == self.backends.len()
            && backends.iter().zip(&self.backends).all(|(a, b)| (a.node, a.replica) == (b.node, b.replica));
        let former = std::mem::replace(&mut self.backends, backends);
        self.index_backends();
        self.let_leave(ctx, &former);
        match self.policy {
            Policy::ConsistentHash if !same || self.ring.is_empty() => {
                self.ring = Ring::of(self.backends.iter().map(|b| b.ring_key(ctx)));
            }
            Policy::ConsistentHash => {}
            _ => self.ring = Ring::new(),
        }
        if health.is_none() {
            self.backends.iter_mut().for_each(|b| b.healthy = true);
        }
        if !same || health != self.health {
            self.health = health;
            self.start_probes(ctx);
        }
        self.list_usable();
    }
    fn arrive(&mut self, ctx: &mut Ctx, call: u32) {
        let replica = ctx.calls[call].replica;
        if self.standby.is_some() && replica != self.active {
            return ctx.fail(call, Reason::Refused);
        }
        if ctx.calls[call].cargo != Cargo::Probe {
            if self.open >= self.connections {
                return ctx.fail(call, Reason::PoolExhausted);
            }
            self.open += 1;
        }
        if self.own_work.is_none() {
            self.forward(ctx, call);
        } else if ctx.admit(&mut self.stations[replica as usize], call) {
            self.start(ctx, call);
        }
    }
    fn worked(&mut self, ctx: &mut Ctx, call: u32) {
        let replica = ctx.calls[call].replica as usize;
        if let Some(next) = self.stations[replica].release(ctx.now, &ctx.calls) {
            self.start(ctx, next);
        }
        self.forward(ctx, call);
    }
    #[inline(always)]
    fn answered(&mut self, ctx: &mut Ctx, answer: Answer) {
        let backend = self.backend(&answer);
        if answer.cargo == Cargo::Probe {
            return self.probe_answered(ctx, backend, answer.outcome);
        }
        if let Some(index) = backend {
            let b = &mut self.backends[index];
            b.in_flight = b.in_flight.saturating_sub(1);
            if self.policy == Policy::Ewma {
                b.record.latency.note(ctx.now, ctx.now - ctx.calls[answer.parent].started);
            }
            if self.health.as_ref().is_some_and(|h| h.passive.is_some()) {
                self.judge_request(ctx, index, &answer);
            }
        }
        self.open = self.open.saturating_sub(1);
        ctx.pass_back(&answer);
    }
    fn timers_stand_still(&self) -> bool {
        true
    }
    fn timer(&mut self, ctx: &mut Ctx, token: u64) {
        match token & (0xff << 24) {
            PROBE => self.probe_due(ctx, token),
            BACK => self.bring_back(ctx),
            CUT => self.cut(ctx),
            _ => self.take_over(ctx),
        }
    }
    fn turned(&mut self, ctx: &mut Ctx, replica: u16, up: bool) {
        if !up && replica == self.active {
            self.backends.iter_mut().for_each(|b| b.in_flight = 0);
            self.open = 0;
        }
        self.pair_turned(ctx, replica, up);
    }
    fn stations(&mut self) -> &mut [Station] {
        &mut self.stations
    }
    fn look_stations(&self) -> &[Station] {
        &self.stations
    }
}
