//! Deals requests to the replicas of all its link targets; checks their health.
//!
//! ```text
//! callers -> [ policy over the healthy backends ] -> web#1 | web#2 | ...
//!                 ^ probes every `interval`: `fall` failures take one out, `rise` successes bring it back
//! ```

pub mod policy;

use super::super::context::{Answer, Ctx, NewCall};
use super::super::log::Weight;
use super::super::outcome::Reason;
use super::super::request::{NIL, Outcome, Phase};
use super::super::rng::{Draw, Purpose, combine};
use super::super::snapshot::Cargo;
use super::super::time::Time;
use super::super::topology::Topology;
use super::super::value::{HealthCheck, Knob, Shape, Value};
use super::{Behavior, Datasheet, Links};
use policy::Policy;

/// What a load balancer is.
pub static DATASHEET: Datasheet = Datasheet {
    key: "load-balancer",
    links: Links::Forward,
    measures: &[],
    counts: &[],
    title: "Load balancer",
    tag: "lb",
    explanation: "One address in front of many servers; each request goes to one of them, by the policy. \
        With health checks it stops sending to servers that do not answer their probes.",
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
        Knob::later("capacity"),
        Knob::later("connections"),
        Knob::later("standby"),
        Knob::later("drain"),
    ],
    leaves_out: "Its own work (about 15 us a request), TLS, sticky sessions.",
};

/// A balancer's state.
#[derive(Clone)]
pub(crate) struct LoadBalancer {
    node: u16,
    policy: Policy,
    health: Option<HealthCheck>,
    send_to_all: bool,
    backends: Vec<Backend>,
    /// Positions of the backends that get requests.
    usable: Vec<u16>,
    turn: u32,
    /// Changes with the list of backends or the health knob: older timers are void.
    generation: u32,
    probes: u64,
}

/// What the balancer knows of a backend.
#[derive(Clone)]
pub(crate) struct Backend {
    link: u16,
    node: u16,
    replica: u16,
    /// Requests sent and not yet answered.
    pub in_flight: u32,
    pub healthy: bool,
    failures: u32,
    successes: u32,
}

impl LoadBalancer {
    pub const fn new(node: u16) -> Self {
        Self {
            node,
            policy: Policy::RoundRobin,
            health: None,
            send_to_all: false,
            backends: Vec::new(),
            usable: Vec::new(),
            turn: 0,
            generation: 0,
            probes: 0,
        }
    }
    /// What it believes of a server; `None` where it does not check or does not know it.
    pub fn belief(&self, node: u16, replica: u16) -> Option<bool> {
        self.health.as_ref()?;
        self.backends.iter().find(|b| b.node == node && b.replica == replica).map(|b| b.healthy)
    }

    fn list_usable(&mut self) {
        self.usable.clear();
        let healthy = (0..self.backends.len() as u16).filter(|&i| self.backends[i as usize].healthy);
        self.usable.extend(healthy);
        if self.usable.is_empty() && self.send_to_all {
            self.usable.extend(0..self.backends.len() as u16);
        }
    }
    fn backend(&mut self, answer: &Answer) -> Option<usize> {
        self.backends.iter().position(|b| b.node == answer.node && b.replica == answer.replica)
    }

    fn probe(&mut self, ctx: &mut Ctx, index: usize, health: HealthCheck) {
        let b = &self.backends[index];
        self.probes += 1;
        let draw = ctx.place_draw(self.node, self.probes, Purpose::Background);
        let work = health.work.sample(draw);
        ctx.send(NewCall {
            request: NIL,
            parent: NIL,
            link: b.link,
            caller_replica: 0,
            replica: Some(b.replica),
            cargo: Cargo::Probe,
            wanted: true,
            path: combine(combine(ctx.seed, ctx.nodes[self.node as usize].key), self.probes),
            timeout: Some(health.timeout),
            payload: work.ns(),
        });
        let token = self.token(index);
        ctx.after(self.node, health.interval, token);
    }
    const fn token(&self, index: usize) -> u64 {
        (self.generation as u64) << 32 | index as u64
    }
    fn start_probes(&mut self, ctx: &mut Ctx) {
        self.generation += 1;
        let Some(health) = self.health.clone() else { return };
        for i in 0..self.backends.len() {
            let b = &self.backends[i];
            let mut phase =
                ctx.place_draw(self.node, u64::from(b.node) << 16 | u64::from(b.replica), Purpose::Phase);
            let delay = Time((health.interval.ns() as f64 * phase.unit()) as u64);
            let token = self.token(i);
            ctx.after(self.node, delay, token);
        }
    }
    fn judge(&mut self, ctx: &mut Ctx, index: usize, ok: bool, health: HealthCheck) {
        let b = &mut self.backends[index];
        (b.failures, b.successes) = if ok { (0, b.successes + 1) } else { (b.failures + 1, 0) };
        let verdict = if b.healthy { b.failures < health.fall } else { b.successes >= health.rise };
        if verdict != b.healthy {
            b.healthy = verdict;
            let place = ctx.replica_name(b.node, b.replica);
            if verdict {
                ctx.note(place, Weight::Good, &format!("passed {} probes: gets requests again", health.rise));
            } else {
                ctx.note(
                    place,
                    Weight::Bad,
                    &format!("failed {} probes: gets no more requests", health.fall),
                );
            }
            self.list_usable();
        }
    }
}

impl Behavior for LoadBalancer {
    fn configure(&mut self, ctx: &mut Ctx, topology: &Topology) {
        let Some(spec) = topology.nodes.get(&*ctx.nodes[self.node as usize].name) else { return };
        if let Some(Value::Choice(name)) = spec.knobs.get("policy") {
            self.policy = Policy::parse(name);
        }
        self.send_to_all = matches!(spec.knobs.get("all_down"), Some(Value::Choice("send-to-all")));
        let health = match spec.knobs.get("health") {
            Some(Value::Health(h)) => Some(h.clone()),
            _ => None,
        };
        let mut backends = Vec::new();
        for link in ctx.links_from(self.node) {
            let node = ctx.links[link as usize].to;
            for replica in 0..ctx.nodes[node as usize].serving {
                let known = self.backends.iter().find(|b| b.node == node && b.replica == replica);
                backends.push(known.cloned().unwrap_or(Backend {
                    link,
                    node,
                    replica,
                    in_flight: 0,
                    healthy: true,
                    failures: 0,
                    successes: 0,
                }));
            }
        }
        let same = backends.len() == self.backends.len()
            && backends.iter().zip(&self.backends).all(|(a, b)| (a.node, a.replica) == (b.node, b.replica));
        self.backends = backends;
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
        if self.usable.is_empty() {
            return ctx.fail(call, Reason::NoHealthyBackend);
        }
        ctx.calls[call].started = ctx.now;
        ctx.calls[call].phase = Phase::Calling;
        let draw = |ctx: &Ctx| -> Draw { ctx.draw(call, Purpose::Choice) };
        let index = match self.policy {
            Policy::RoundRobin => policy::round_robin(&mut self.turn, &self.usable),
            policy => policy.pick(&self.backends, &self.usable, draw(ctx)),
        };
        let backend = &mut self.backends[index as usize];
        backend.in_flight += 1;
        let (link, replica) = (backend.link, backend.replica);
        let c = ctx.calls[call];
        ctx.send(NewCall {
            request: c.request,
            parent: call,
            link,
            caller_replica: 0,
            replica: Some(replica),
            cargo: Cargo::Call,
            wanted: true,
            path: ctx.child_path(call, 0),
            timeout: None,
            payload: c.payload,
        });
    }
    fn worked(&mut self, _ctx: &mut Ctx, _call: u32) {}
    fn answered(&mut self, ctx: &mut Ctx, answer: Answer) {
        let backend = self.backend(&answer);
        if answer.cargo == Cargo::Probe {
            if let (Some(index), Some(health)) = (backend, self.health.clone()) {
                self.judge(ctx, index, answer.outcome == Outcome::Ok, health);
            }
            return;
        }
        if let Some(index) = backend {
            let b = &mut self.backends[index];
            b.in_flight = b.in_flight.saturating_sub(1);
        }
        ctx.calls[answer.parent].payload = answer.payload;
        match answer.outcome {
            Outcome::Failed(reason) => ctx.fail_at(answer.parent, reason, answer.place),
            outcome => ctx.reply(answer.parent, outcome),
        }
    }
    fn timer(&mut self, ctx: &mut Ctx, token: u64) {
        let index = (token & 0xffff_ffff) as usize;
        if let (true, Some(health)) = (self.token(index) == token, self.health.clone()) {
            self.probe(ctx, index, health);
        }
    }
    fn turned(&mut self, _ctx: &mut Ctx, _replica: u16, up: bool) {
        if !up {
            self.backends.iter_mut().for_each(|b| b.in_flight = 0);
        }
    }
}
