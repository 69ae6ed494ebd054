//! A web or application server, a microservice: workers, a queue, work, calls.

use super::super::context::{Answer, Ctx, NewCall};
use super::super::distribution::Distribution;
use super::super::outcome::Reason;
use super::super::request::{NIL, Outcome, Phase};
use super::super::rng::{Draw, Purpose};
use super::super::snapshot::{Cargo, ReplicaState};
use super::super::station::{Station, UNLIMITED};
use super::super::time::Time;
use super::super::topology::{MAX_REPLICAS, Topology};
use super::super::value::{CallMode, Knob, Knobs, Shape, Value};
use super::cache::Fill;
use super::{Behavior, Datasheet};

/// Most workers of one server, most waiting calls of one server.
pub const MAX_WORKERS: u32 = 1_000_000;

/// What a service is.
pub static DATASHEET: Datasheet = Datasheet {
    key: "service",
    title: "Service",
    tag: "svc",
    explanation: "A program that answers requests with a fixed number of workers; who finds none free waits in the queue. \
        A worker is held until the answer is ready, also while it waits for another service or the database.",
    knobs: &[
        Knob::new(
            "replicas",
            Shape::Count { min: 1, max: MAX_REPLICAS, unlimited: false },
            "servers of this kind, all alike",
        )
        .default(|| Value::Count(1)),
        Knob::new(
            "workers",
            Shape::Count { min: 1, max: MAX_WORKERS, unlimited: true },
            "requests served at once, per server",
        )
        .default(|| Value::Count(8)),
        Knob::new(
            "queue_capacity",
            Shape::Count { min: 0, max: MAX_WORKERS, unlimited: true },
            "places to wait, per server",
        )
        .default(|| Value::Unlimited),
        Knob::new("work", Shape::Distribution, "CPU work before the first call")
            .default(|| Value::Distribution(Distribution::Constant(Time::from_ms(1)))),
        Knob::new("work_after", Shape::Distribution, "CPU work after the last call"),
        Knob::new("calls", Shape::Calls, "whom it calls, in sequence"),
        Knob::new("consumes", Shape::Name, "the broker whose messages it works off").fixed(),
        Knob::later("queue_order"),
        Knob::later("serial"),
        Knob::later("memory_per_request"),
        Knob::later("sessions"),
        Knob::later("group"),
        Knob::later("autoscale"),
        Knob::later("class"),
        Knob::later("contention"),
    ],
    leaves_out: "Memory and garbage collection, warm-up of caches and compilers, connections as such.",
};

/// A service's state.
#[derive(Clone)]
pub(crate) struct Service {
    node: u16,
    stations: Vec<Station>,
    work: Distribution,
    work_after: Option<Distribution>,
    program: Vec<Step>,
}

/// One entry of `calls`, resolved.
#[derive(Clone)]
struct Step {
    link: u16,
    times: u16,
    /// Only for this class; `ANY_CLASS` = all.
    class: u8,
    share: f64,
    mode: CallMode,
    /// Link to the database behind a cache.
    on_miss: Option<u16>,
}

const ANY_CLASS: u8 = u8::MAX;
/// `Call::repeat` counts repetitions in the low bits; this bit says that the present one went on to `on_miss`.
const MISSED: u16 = 1 << 15;
/// `Call::step` of a call whose last burst of work runs.
const AFTER: u16 = u16::MAX;

impl Service {
    pub const fn new(node: u16) -> Self {
        let work = Distribution::Constant(Time::ZERO);
        Self { node, stations: Vec::new(), work, work_after: None, program: Vec::new() }
    }

    fn start(&mut self, ctx: &mut Ctx, call: u32) {
        ctx.begin(call, &self.work);
    }

    /// Goes on with the program of calls, or ends.
    fn go_on(&mut self, ctx: &mut Ctx, call: u32) {
        if ctx.calls[call].cargo == Cargo::Probe {
            return self.finish(ctx, call);
        }
        let class = match ctx.calls[call].request {
            NIL => ANY_CLASS,
            r => ctx.requests[r].class,
        };
        loop {
            let (index, repeat) = (ctx.calls[call].step, ctx.calls[call].repeat);
            let Some(step) = self.program.get(index as usize) else { break };
            let mine = step.class == ANY_CLASS || step.class == class;
            if mine && repeat < step.times && Self::happens(ctx, call, index, step.share) {
                return self.call_out(ctx, call, step.clone());
            }
            ctx.calls[call].step += 1;
            ctx.calls[call].repeat = 0;
        }
        match &self.work_after {
            Some(work) => {
                ctx.calls[call].step = AFTER;
                let demand = work.sample(Draw::new(
                    ctx.child_path(call, u32::from(AFTER)) ^ u64::from(self.node),
                    Purpose::Work,
                ));
                ctx.work(call, demand);
            }
            None => self.finish(ctx, call),
        }
    }
    fn happens(ctx: &Ctx, call: u32, index: u16, share: f64) -> bool {
        share >= 1.0 || Draw::new(ctx.child_path(call, u32::from(index)), Purpose::Share).unit() < share
    }
    fn call_out(&mut self, ctx: &mut Ctx, call: u32, step: Step) {
        // Cache-aside: a write goes to the database; the cache only hears that its value is old.
        let link = if ctx.writes(call) { step.on_miss.unwrap_or(step.link) } else { step.link };
        self.call_on(ctx, call, link, step.mode);
    }
    fn call_on(&mut self, ctx: &mut Ctx, call: u32, link: u16, mode: CallMode) {
        let c = ctx.calls[call];
        // The cache and the database behind it are asked by one path: with or without the cache, the same luck.
        let index = u32::from(c.step) << 16 | u32::from(c.repeat & !MISSED);
        self.stations[c.replica as usize].calls(ctx.now, 1);
        ctx.send(NewCall {
            request: c.request,
            parent: call,
            link,
            caller_replica: c.replica,
            replica: None,
            cargo: Cargo::Call,
            wanted: true,
            path: ctx.child_path(call, index),
            timeout: None,
            payload: u64::from(mode == CallMode::Publish),
        });
    }
    /// Tells the cache of a value it may keep, or that its value is old; nobody waits for that.
    fn fill(ctx: &mut Ctx, call: u32, cache_link: u16, answer: &Answer, fill: Fill) {
        let c = ctx.calls[call];
        ctx.send(NewCall {
            request: c.request,
            parent: NIL,
            link: cache_link,
            caller_replica: c.replica,
            replica: None,
            cargo: Cargo::Fill,
            wanted: false,
            path: ctx.child_path(call, u32::from(c.step) << 16 | u32::from(MISSED | c.repeat)),
            timeout: None,
            payload: fill.pack(answer.node, answer.payload as u32),
        });
    }

    fn finish(&mut self, ctx: &mut Ctx, call: u32) {
        self.free_worker(ctx, ctx.calls[call].replica);
        ctx.reply(call, Outcome::Ok);
    }
    fn fail(&mut self, ctx: &mut Ctx, call: u32, reason: Reason, place: u16) {
        self.free_worker(ctx, ctx.calls[call].replica);
        ctx.fail_at(call, reason, place);
    }
    fn free_worker(&mut self, ctx: &mut Ctx, replica: u16) {
        if let Some(next) = self.stations[replica as usize].release(ctx.now, &ctx.calls) {
            self.start(ctx, next);
        }
    }
}

impl Behavior for Service {
    fn configure(&mut self, ctx: &mut Ctx, topology: &Topology) {
        let Some(spec) = topology.nodes.get(&*ctx.nodes[self.node as usize].name) else { return };
        self.work = distribution(&spec.knobs, "work").unwrap_or(Distribution::Constant(Time::ZERO));
        self.work_after = distribution(&spec.knobs, "work_after");
        let (workers, capacity) = (count(&spec.knobs, "workers"), count(&spec.knobs, "queue_capacity"));
        resize_stations(&mut self.stations, ctx, self.node, workers, capacity);
        for replica in 0..self.stations.len() {
            while let Some(next) = self.stations[replica].start_waiting(ctx.now, &ctx.calls) {
                self.start(ctx, next);
            }
        }
        let Some(Value::Calls(calls)) = spec.knobs.get("calls") else {
            self.program.clear();
            return;
        };
        let link_to = |ctx: &Ctx, name: &str| ctx.find(name).and_then(|to| ctx.link(self.node, to));
        let program = calls.iter().filter_map(|c| {
            let class = c.class.as_ref().map_or(ANY_CLASS, |n| {
                ctx.classes.iter().position(|k| *k.name == **n).map_or(ANY_CLASS - 1, |i| i as u8)
            });
            let on_miss = c.on_miss.as_ref().and_then(|n| link_to(ctx, n));
            Some(Step {
                link: link_to(ctx, &c.to)?,
                times: c.times as u16,
                class,
                share: c.share,
                mode: c.mode,
                on_miss,
            })
        });
        self.program = program.collect();
    }
    fn arrive(&mut self, ctx: &mut Ctx, call: u32) {
        let replica = ctx.calls[call].replica as usize;
        if ctx.admit(&mut self.stations[replica], call) {
            self.start(ctx, call);
        }
    }
    fn worked(&mut self, ctx: &mut Ctx, call: u32) {
        if ctx.calls[call].step == AFTER { self.finish(ctx, call) } else { self.go_on(ctx, call) }
    }
    fn answered(&mut self, ctx: &mut Ctx, answer: Answer) {
        let call = answer.parent;
        let c = ctx.calls[call];
        self.stations[c.replica as usize].calls(ctx.now, -1);
        ctx.calls[call].phase = Phase::Working;
        let Some(step) = self.program.get(c.step as usize).cloned() else {
            // The design changed under the call; what it came for is gone.
            return self.finish(ctx, call);
        };
        let missed = c.repeat & MISSED != 0;
        match (step.on_miss, answer.outcome) {
            // A cache that does not answer counts as a miss.
            (Some(db), Outcome::Miss | Outcome::Failed(_)) if !missed && answer.link == step.link => {
                ctx.calls[call].repeat |= MISSED;
                return self.call_on(ctx, call, db, CallMode::Call);
            }
            (_, Outcome::Failed(reason)) => return self.fail(ctx, call, reason, answer.place),
            (Some(db), Outcome::Ok) if answer.link == db => {
                let fill = if ctx.writes(call) { Fill::Invalidate } else { Fill::Store };
                Self::fill(ctx, call, step.link, &answer, fill);
            }
            _ => {}
        }
        ctx.calls[call].repeat = (c.repeat & !MISSED) + 1;
        self.go_on(ctx, call);
    }
    fn stations(&mut self) -> &mut [Station] {
        &mut self.stations
    }
    fn look_stations(&self) -> &[Station] {
        &self.stations
    }
}

/// Gives every server of a node its station; servers that left the design finish their work.
pub(crate) fn resize_stations(
    stations: &mut Vec<Station>,
    ctx: &Ctx,
    node: u16,
    workers: u32,
    capacity: u32,
) {
    let n = &ctx.nodes[node as usize];
    while stations.len() < n.replicas.len() {
        stations.push(Station::new(ctx.now, workers, capacity));
    }
    for (station, replica) in stations.iter_mut().zip(&n.replicas) {
        station.tick(ctx.now);
        (station.workers, station.capacity) = (workers, capacity);
        station.set_up(ctx.now, replica.state == ReplicaState::Up);
    }
}
/// A count knob; unset and "unlimited" are `UNLIMITED`.
pub(crate) fn count(knobs: &Knobs, name: &str) -> u32 {
    match knobs.get(name) {
        Some(Value::Count(n)) => *n,
        _ => UNLIMITED,
    }
}
/// A distribution knob.
pub(crate) fn distribution(knobs: &Knobs, name: &str) -> Option<Distribution> {
    match knobs.get(name) {
        Some(Value::Distribution(d)) => Some(d.clone()),
        _ => None,
    }
}
