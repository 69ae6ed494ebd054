//! A web or application server, a microservice: workers, a queue, work, calls.
//!
//! ```text
//! arrivals -> [ queue ] -> worker: work, serial section, calls (in turn, at once, handed over), work_after -> answer
//! ```

mod calls;
mod extras;
mod plan;
mod scaler;

use super::super::context::{Answer, Ctx};
use super::super::distribution::Distribution;
use super::super::few::Few;
use super::super::metrics::Measure;
use super::super::outcome::Reason;
use super::super::request::{Outcome, Phase};
use super::super::rng::{Draw, Purpose};
use super::super::snapshot::Cargo;
use super::super::station::{Station, UNLIMITED, scalability};
use super::super::time::Time;
use super::super::topology::{MAX_REPLICAS, Topology};
use super::super::value::{Knob, Knobs, Shape, Value, Way};
use super::{Behavior, Datasheet, Links};
use extras::Extras;
use plan::{Calls, Plan};

/// Most workers of one server, most waiting calls of one server.
pub const MAX_WORKERS: u32 = 1_000_000;

/// What a service is.
pub static DATASHEET: Datasheet = Datasheet {
    key: "service",
    links: Links::Calls,
    measures: &[Measure::OccupiedByCalls],
    counts: &[],
    title: "Service",
    tag: "svc",
    explanation: "A program that answers requests with a fixed number of workers; who finds none free waits in the queue. \
        A worker is held until the answer is ready, also while it waits for another service or the database.",
    knobs: &[
        Knob::new(
            "replicas",
            Shape::Count { min: 1, max: MAX_REPLICAS, unlimited: false },
            "servers of this kind, all alike: more are each less busy",
        )
        .moves(Measure::Utilization, Way::Down)
        .default(|| Value::Count(1)),
        Knob::new(
            "workers",
            Shape::Count { min: 1, max: MAX_WORKERS, unlimited: true },
            "requests served at once, per server: of more workers a smaller share is busy",
        )
        .moves(Measure::Utilization, Way::Down)
        .default(|| Value::Count(8)),
        Knob::new(
            "queue_capacity",
            Shape::Count { min: 0, max: MAX_WORKERS, unlimited: true },
            "places to wait, per server: the queue gets no longer",
        )
        .moves(Measure::QueueMax, Way::Up)
        .default(|| Value::Unlimited),
        Knob::new("work", Shape::Distribution, "CPU work before the first call: more takes longer")
            .moves(Measure::Mean, Way::Up)
            .default(|| Value::Distribution(Distribution::Constant(Time::from_ms(1)))),
        Knob::new("work_after", Shape::Distribution, "CPU work after the last call: more takes longer")
            .moves(Measure::Mean, Way::Up),
        Knob::new("calls", Shape::Calls, "whom it calls: in sequence, at once, or handed over"),
        Knob::new("consumes", Shape::Name, "the broker whose messages it works off").fixed(),
        Knob::new(
            "queue_order",
            Shape::Choice(&["fifo", "lifo"]),
            "who is served next: the first or the latest comer",
        )
        .default(|| Value::Choice("fifo")),
        Knob::new(
            "serial",
            Shape::Distribution,
            "work under a lock that one request per server holds, after `work`: more takes longer",
        )
        .moves(Measure::Mean, Way::Up),
        Knob::new(
            "contention",
            Shape::Group(scalability::KNOBS),
            "how requests in service on one server slow each other",
        ),
        Knob::new(
            "memory_per_request",
            Shape::Bytes { max: 1 << 40 },
            "held from arrival to answer, waiting too",
        ),
        Knob::new(
            "sessions",
            Shape::Choice(&["shared", "local"]),
            "where sessions live: with all, or in one server",
        )
        .default(|| Value::Choice("shared")),
        Knob::new("class", Shape::PerClass(CLASS), "work and calls of single classes of requests"),
        Knob::new("group", Shape::Name, "consumer group: each message goes to one of the group").fixed(),
        Knob::new("autoscale", Shape::Group(scaler::KNOBS), "changes the number of servers with their load"),
    ],
    leaves_out: "Garbage collection, warm-up of caches and compilers, connections as such; memory other than that of \
        requests in hand; locks across servers. The callee of an abandoned call is not told, as with plain HTTP.",
};

/// What a class of requests may have of its own.
static CLASS: &[Knob] = &[
    Knob::new("work", Shape::Distribution, "CPU work before the first call"),
    Knob::new("work_after", Shape::Distribution, "CPU work after the last call"),
    Knob::new("calls", Shape::Calls, "whom it calls"),
];

/// A service's state. What every call looks at comes first, so that it shares cache lines.
#[derive(Clone)]
#[repr(C)]
pub(crate) struct Service {
    node: u16,
    /// Nothing is out of the ordinary: no extras, and the same plan for all, which ends with the last call.
    plain: bool,
    /// Whom it calls by the common plan, in short.
    calls: Calls,
    /// The first work of the common plan, where it is at hand.
    work: Distribution,
    stations: Few<Station>,
    /// What few services have.
    extras: Option<Box<Extras>>,
    /// What is done for a request, unless its class has a plan of its own.
    common: Plan,
    /// By class: which of `plans` it has. Empty = all have the common one.
    by_class: Vec<Option<u8>>,
    plans: Vec<Plan>,
}

/// `Call::step` of a call whose last burst of work runs.
const AFTER: u16 = u16::MAX;
/// `Call::step` of a call in the serial section or waiting for it.
const LOCKED: u16 = AFTER - 1;

impl Service {
    pub fn new(node: u16) -> Self {
        let common = Plan::default();
        Self {
            node,
            plain: false,
            calls: Calls::Nobody,
            work: common.work.clone(),
            stations: Few::None,
            extras: None,
            common,
            by_class: Vec::new(),
            plans: Vec::new(),
        }
    }

    /// Reads what an event at its first server needs first.
    #[inline(always)]
    pub fn touch(&self) -> u32 {
        self.stations.first().map_or(0, Station::busy)
    }
    #[inline(always)]
    fn plan(&self, ctx: &Ctx, call: u32) -> &Plan {
        if self.plain || self.by_class.is_empty() {
            return &self.common;
        }
        let class = plan::class_of(ctx, call);
        match self.by_class.get(class as usize) {
            Some(&Some(own)) => &self.plans[own as usize],
            _ => &self.common,
        }
    }
    #[inline(always)]
    fn start(&mut self, ctx: &mut Ctx, call: u32) {
        if self.plain {
            return ctx.begin(call, &self.work);
        }
        if self.extras.is_none() {
            return ctx.begin(call, &self.plan(ctx, call).work);
        }
        let demand = ctx.first_demand(call, &self.plan(ctx, call).work);
        self.burst(ctx, call, demand);
    }
    /// Work of a call, longer if requests in service slow each other.
    fn burst(&self, ctx: &mut Ctx, call: u32, demand: Time) {
        let busy = self.stations[ctx.calls[call].replica as usize].busy();
        let demand = self.extras.as_ref().map_or(demand, |e| e.stretch(demand, busy));
        ctx.work(call, demand);
    }
    fn own_demand(&self, ctx: &Ctx, call: u32, work: &Distribution, step: u16) -> Time {
        let path = ctx.child_path(call, u32::from(step)) ^ u64::from(self.node);
        work.sample(Draw::new(path, Purpose::Work))
    }

    /// The first burst is over: a probe is answered, all others go through the serial section, if there is one.
    #[inline(always)]
    fn worked_first(&mut self, ctx: &mut Ctx, call: u32) {
        if ctx.calls[call].cargo == Cargo::Probe {
            return self.finish(ctx, call);
        }
        if self.plain || self.extras.as_ref().is_none_or(|e| e.serial.is_none()) {
            return self.go_on(ctx, call);
        }
        ctx.calls[call].step = LOCKED;
        let replica = ctx.calls[call].replica as usize;
        if self.stations[replica].enter(ctx.now, &mut ctx.calls, call) {
            self.locked(ctx, call);
        } else {
            ctx.calls[call].phase = Phase::Waiting;
        }
    }
    /// A call holds the lock: its work there begins.
    fn locked(&self, ctx: &mut Ctx, call: u32) {
        let serial = self.extras.as_ref().and_then(|e| e.serial.as_ref());
        let demand = serial.map_or(Time::ZERO, |work| self.own_demand(ctx, call, work, LOCKED));
        self.burst(ctx, call, demand);
    }
    fn unlock(&mut self, ctx: &mut Ctx, call: u32) {
        let replica = ctx.calls[call].replica as usize;
        if let Some(next) = self.stations[replica].leave(ctx.now, &ctx.calls) {
            self.locked(ctx, next);
        }
        ctx.calls[call].step = 0;
        self.go_on(ctx, call);
    }

    /// All calls have been made.
    #[inline(always)]
    fn conclude(&mut self, ctx: &mut Ctx, call: u32) {
        if self.plain {
            return self.finish(ctx, call);
        }
        let Some(work) = &self.plan(ctx, call).work_after else { return self.finish(ctx, call) };
        let demand = self.own_demand(ctx, call, work, AFTER);
        ctx.calls[call].step = AFTER;
        self.burst(ctx, call, demand);
    }
    #[inline(always)]
    fn finish(&mut self, ctx: &mut Ctx, call: u32) {
        self.free_worker(ctx, ctx.calls[call].replica);
        ctx.reply_at_once(call, Outcome::Ok);
    }
    #[inline(never)]
    fn fail(&mut self, ctx: &mut Ctx, call: u32, reason: Reason, place: u16) {
        self.free_worker(ctx, ctx.calls[call].replica);
        ctx.fail_at(call, reason, place);
    }
    #[inline(always)]
    fn free_worker(&mut self, ctx: &mut Ctx, replica: u16) {
        if let Some(next) = self.stations[replica as usize].release(ctx.now, &ctx.calls) {
            self.start(ctx, next);
        }
        if !self.plain
            && let Some(extras) = &mut self.extras
        {
            extras.account(ctx, self.node, replica, &self.stations);
        }
    }
    fn configure_plans(&mut self, ctx: &Ctx, knobs: &Knobs) {
        self.common = Plan::read(ctx, self.node, knobs, &Plan::default());
        (self.work, self.calls) = (self.common.work.clone(), self.common.calls());
        self.plans.clear();
        self.by_class.clear();
        let Some(Value::PerClass(classes)) = knobs.get("class") else { return };
        self.by_class.resize(ctx.classes.len(), None);
        for (class, knobs) in classes {
            if let Some(i) = ctx.classes.iter().position(|c| *c.name == **class) {
                self.by_class[i] = Some(self.plans.len() as u8);
                self.plans.push(Plan::read(ctx, self.node, knobs, &self.common));
            }
        }
    }
}

impl Behavior for Service {
    fn configure(&mut self, ctx: &mut Ctx, topology: &Topology) {
        let Some(spec) = topology.nodes.get(&*ctx.nodes[self.node as usize].name) else { return };
        self.configure_plans(ctx, &spec.knobs);
        let (workers, capacity) = (count(&spec.knobs, "workers"), count(&spec.knobs, "queue_capacity"));
        resize_stations(&mut self.stations, ctx, self.node, workers, capacity);
        let lifo = spec.knobs.choice("queue_order") == Some("lifo");
        self.stations.iter_mut().for_each(|s| s.lifo = lifo);
        self.extras = Extras::read(&spec.knobs, self.extras.take());
        if let Some(extras) = &mut self.extras {
            extras.configure(ctx, self.node, &mut self.stations);
        }
        self.plain = self.extras.is_none() && self.by_class.is_empty() && self.common.work_after.is_none();
        while let Some(next) = next_waiting(&mut self.stations, ctx) {
            self.start(ctx, next);
        }
    }
    fn arrive(&mut self, ctx: &mut Ctx, call: u32) {
        let replica = ctx.calls[call].replica;
        if self.plain {
            if ctx.admit(&mut self.stations[replica as usize], call) {
                ctx.begin(call, &self.work);
            }
            return;
        }
        if self.extras.as_mut().is_some_and(|e| e.loses_session(ctx, call)) {
            return ctx.fail(call, Reason::LostSession);
        }
        if ctx.admit(&mut self.stations[replica as usize], call) {
            self.start(ctx, call);
        }
        if let Some(extras) = &mut self.extras {
            extras.account(ctx, self.node, replica, &self.stations);
        }
    }
    fn worked(&mut self, ctx: &mut Ctx, call: u32) {
        match ctx.calls[call].step {
            AFTER => self.finish(ctx, call),
            LOCKED => self.unlock(ctx, call),
            _ => self.worked_first(ctx, call),
        }
    }
    #[inline(always)]
    fn answered(&mut self, ctx: &mut Ctx, answer: Answer) {
        self.take_up(ctx, answer);
    }
    fn timer(&mut self, ctx: &mut Ctx, token: u64) {
        if let Some(scaler) = self.extras.as_mut().and_then(|e| e.scaler.as_mut()) {
            scaler.look(ctx, self.node, &mut self.stations, token);
        }
    }
    fn turned(&mut self, ctx: &mut Ctx, replica: u16, up: bool) {
        if let (false, Some(extras)) = (up, &mut self.extras) {
            extras.server_died(ctx, self.node, replica, &self.stations);
        }
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
    stations: &mut Few<Station>,
    ctx: &Ctx,
    node: u16,
    workers: u32,
    capacity: u32,
) {
    let n = &ctx.nodes[node as usize];
    while stations.len() < n.replicas.len() {
        stations.push(Station::new(ctx.now, workers, capacity));
    }
    for (station, replica) in stations.iter_mut().zip(n.replicas.iter()) {
        station.resize(ctx.now, workers, capacity);
        station.set_up(ctx.now, replica.state.has_workers());
    }
}
/// A call that waits although a worker is free now: it takes that worker. Asked for until nobody waits in vain.
pub(crate) fn next_waiting(stations: &mut [Station], ctx: &Ctx) -> Option<u32> {
    stations.iter_mut().find_map(|s| s.start_waiting(ctx.now, &ctx.calls))
}
/// A count knob; unset and "unlimited" are `UNLIMITED`.
pub(crate) fn count(knobs: &Knobs, name: &str) -> u32 {
    match knobs.get(name) {
        Some(Value::Count(n)) => *n,
        _ => UNLIMITED,
    }
}
