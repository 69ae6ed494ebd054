//! A message broker: a queue or a partitioned log for each group of consumers, at-least-once delivery.
//!
//! ```text
//!                        +-> group "mail":    [ queue ] -> any free server of the group
//! publishers -> broker --+
//!                        +-> group "billing": [ partition 1 ] -> its own server, in order
//!                                             [ partition 2 ] -> another one
//! ```

mod deliver;
mod store;

use std::collections::VecDeque;

use super::super::context::{Answer, Ctx, NewCall};
use super::super::distribution::Distribution;
use super::super::few::Few;
use super::super::metrics::{Count, Measure, NodeWindow};
use super::super::quantity::{show_share, show_time};
use super::super::request::{NIL, Outcome, Phase};
use super::super::rng::Purpose;
use super::super::snapshot::{Cargo, Extra, ReplicaState};
use super::super::station::{Station, UNLIMITED};
use super::super::time::Time;
use super::super::topology::Topology;
use super::super::value::{Knob, Knobs, LONGEST, Shape, Value, Way};
use super::service::{MAX_WORKERS, count, resize_stations};
use super::{Behavior, Datasheet, Links};
use store::{Consumer, Group, Partition, Store};

/// Most partitions of a log.
const MAX_PARTITIONS: u32 = 1000;
const SHORT: Time = Time::from_ms(1);

/// What a broker is.
pub static DATASHEET: Datasheet = Datasheet {
    key: "broker",
    links: Links::Deliver,
    measures: &[Measure::Lag, Measure::Backlog],
    counts: &[
        Count::Published,
        Count::Delivered,
        Count::Redelivered,
        Count::Acknowledged,
        Count::Duplicates,
        Count::Dead,
        Count::Expired,
        Count::Lost,
    ],
    title: "Message broker",
    tag: "mq",
    explanation: "Takes messages and acknowledges them at once; each group of consumers works off its own queue at its own pace. \
        A message whose consumer dies or is too slow is delivered again, so it may be worked on twice.",
    knobs: &[
        Knob::new(
            "mode",
            Shape::Choice(&["queue", "log"]),
            "queue: any free consumer takes the next message; log: each partition has one consumer, in order",
        )
        .default(|| Value::Choice("queue"))
        .fixed(),
        Knob::new(
            "queue_capacity",
            Shape::Count { min: 1, max: MAX_WORKERS, unlimited: true },
            "messages that fit, per group: so many may wait",
        )
        .moves(Measure::Backlog, Way::Up)
        .default(|| Value::Unlimited),
        Knob::new("work", Shape::Distribution, "work of taking in one message: more takes longer")
            .moves(Measure::Mean, Way::Up)
            .default(|| Value::Distribution(Distribution::Constant(Time::from_ns(50_000)))),
        Knob::new("partitions", Shape::Count { min: 1, max: MAX_PARTITIONS, unlimited: false }, "of a log")
            .default(|| Value::Count(1))
            .fixed(),
        Knob::new(
            "by",
            Shape::Choice(&["key", "even"]),
            "which partition a message goes to: its key's, or the next",
        )
        .default(|| Value::Choice("key")),
        Knob::new(
            "ack",
            Shape::Choice(&["none", "leader", "all"]),
            "when the publisher goes on: at once, when the message is taken in, or when copies have it too",
        )
        .default(|| Value::Choice("leader")),
        Knob::new(
            "redeliver_after",
            Shape::Time { min: SHORT, max: LONGEST },
            "a message not acknowledged in this time is delivered again",
        )
        .moves(Measure::Counted(Count::Redelivered), Way::Down),
        Knob::new(
            "dead_after",
            Shape::Count { min: 1, max: 1000, unlimited: false },
            "after so many deliveries in vain a message is put aside",
        )
        .moves(Measure::Counted(Count::Dead), Way::Down),
        Knob::new("retention", Shape::Time { min: SHORT, max: LONGEST }, "older messages are dropped unread")
            .moves(Measure::Counted(Count::Expired), Way::Down),
        Knob::new(
            "poll",
            Shape::Time { min: SHORT, max: LONGEST },
            "messages are handed out only at these intervals: the longer, the more wait",
        )
        .moves(Measure::Lag, Way::Up),
    ],
    leaves_out: "Disks, batching, message sizes, heartbeats. A queue is lost in a crash, a log is not. With ack = \"all\" the copies \
        take one more `work`; they cannot fail. A consumer that is down or full gets no message for a second, and one that errs on the same \
        message again and again; in a log it gives its partitions to the others until it answers a probe.",
};

/// When the publisher is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ack {
    None,
    Leader,
    All,
}

/// A broker's state.
#[derive(Clone)]
pub(crate) struct Broker {
    node: u16,
    stations: Few<Station>,
    work: Distribution,
    capacity: u32,
    log: bool,
    partitions: u32,
    by_key: bool,
    ack: Ack,
    redeliver_after: Option<Time>,
    dead_after: Option<u32>,
    retention: Option<Time>,
    poll: Option<Time>,
    groups: Vec<Group>,
    store: Store,
    /// Messages neither acknowledged nor given up; and those of the queues that are.
    open: usize,
    stale: usize,
    /// Deliveries whose time runs, in the order of its end.
    running: VecDeque<Due>,
    /// Messages dealt out evenly.
    turn: u64,
    /// Changes with `poll` and `retention`: older timers are void.
    generation: u32,
}

/// A delivery that has to be acknowledged by then.
#[derive(Clone, Copy)]
struct Due {
    at: Time,
    token: u64,
    delivery: u32,
    call: u32,
}

/// What a timer is for, in the high bits of its token.
const RETRY: u64 = 1 << 60;
const OVERDUE: u64 = 2 << 60;
const POLL: u64 = 3 << 60;
const SWEEP: u64 = 4 << 60;
const KIND: u64 = 0xf << 60;

impl Broker {
    pub const fn new(node: u16) -> Self {
        Self {
            node,
            stations: Few::None,
            work: Distribution::Constant(Time::ZERO),
            capacity: UNLIMITED,
            log: false,
            partitions: 1,
            by_key: true,
            ack: Ack::Leader,
            redeliver_after: None,
            dead_after: None,
            retention: None,
            poll: None,
            groups: Vec::new(),
            store: Store::new(),
            open: 0,
            stale: 0,
            running: VecDeque::new(),
            turn: 0,
            generation: 0,
        }
    }
    fn read(&mut self, knobs: &Knobs) {
        self.work = knobs.distribution("work").unwrap_or(&self.work).clone();
        self.capacity = count(knobs, "queue_capacity");
        self.log = knobs.choice("mode") == Some("log");
        self.partitions = if self.log { knobs.count("partitions").unwrap_or(1) } else { 1 };
        self.by_key = knobs.choice("by") != Some("even");
        self.ack = match knobs.choice("ack") {
            Some("none") => Ack::None,
            Some("all") => Ack::All,
            _ => Ack::Leader,
        };
        self.redeliver_after = knobs.time("redeliver_after");
        self.dead_after = knobs.count("dead_after");
    }
    /// Groups and their servers; what is known of a server stays known.
    fn read_groups(&mut self, ctx: &Ctx, topology: &Topology) {
        let name = ctx.nodes[self.node as usize].name.clone();
        let known: Vec<Vec<Consumer>> = self.groups.iter().map(|g| g.consumers.clone()).collect();
        for group in &mut self.groups {
            group.members.clear();
            group.consumers.clear();
        }
        for (service, spec) in &topology.nodes {
            if spec.knobs.name("consumes") != Some(&*name) {
                continue;
            }
            let Some(node) = ctx.find(service) else { continue };
            let Some(link) = ctx.link(self.node, node) else { continue };
            let wanted = spec.knobs.name("group").unwrap_or(service);
            let index = self.groups.iter().position(|g| g.name == wanted).unwrap_or_else(|| {
                let partitions = vec![Partition::default(); self.partitions as usize];
                let name = wanted.to_owned();
                self.groups.push(Group {
                    name,
                    members: Vec::new(),
                    consumers: Vec::new(),
                    partitions,
                    turn: 0,
                });
                self.groups.len() - 1
            });
            let prefetch = count(&spec.knobs, "workers");
            let n = &ctx.nodes[node as usize];
            let group = &mut self.groups[index];
            group.members.push((link, group.consumers.len()));
            for replica in 0..n.replicas.len() as u16 {
                let prefetch = if replica < n.active { prefetch } else { 0 };
                let old = known.get(index).into_iter().flatten();
                let old = old.copied().find(|c| c.link == link && c.replica == replica);
                let fresh = Consumer { link, replica, prefetch, out: 0, blocked: false };
                group.consumers.push(old.map_or(fresh, |c| Consumer { prefetch, ..c }));
            }
        }
        self.groups.iter_mut().for_each(Group::assign);
    }
    /// Starts the periodic jobs anew if their knobs changed.
    fn start_timers(&mut self, ctx: &mut Ctx, knobs: &Knobs) {
        let (poll, retention) = (knobs.time("poll"), knobs.time("retention"));
        if (poll, retention) == (self.poll, self.retention) {
            return;
        }
        (self.poll, self.retention) = (poll, retention);
        self.generation += 1;
        if let Some(poll) = poll {
            // Fixed instants: whole multiples of the interval.
            let next = Time((ctx.now.ns() / poll.ns() + 1) * poll.ns());
            ctx.after(self.node, next - ctx.now, POLL | u64::from(self.generation));
        } else {
            self.groups.iter_mut().flat_map(|g| &mut g.partitions).for_each(|p| p.ready = p.queue.len());
        }
        self.sweep_later(ctx);
    }
    fn sweep_later(&self, ctx: &mut Ctx) {
        if let Some(retention) = self.retention {
            let interval = Time(retention.ns() / 10).clamp(Time::from_ms(10), Time::from_secs(60));
            ctx.after(self.node, interval, SWEEP | u64::from(self.generation));
        }
    }
    /// The publisher goes on at once; the message is taken in without it.
    fn take_in_alone(&self, ctx: &mut Ctx, call: u32) -> u32 {
        let c = ctx.calls[call];
        let message = NewCall {
            request: c.request,
            parent: NIL,
            link: c.link,
            caller_replica: c.caller_replica,
            replica: None,
            cargo: Cargo::Fill,
            wanted: false,
            path: c.path,
            timeout: None,
            payload: c.payload,
        };
        let alone = ctx.create(&message, self.node, c.replica, Phase::Working);
        ctx.calls[call].started = ctx.now;
        ctx.reply(call, Outcome::Ok);
        alone
    }
}

impl Behavior for Broker {
    fn configure(&mut self, ctx: &mut Ctx, topology: &Topology) {
        let Some(spec) = topology.nodes.get(&*ctx.nodes[self.node as usize].name) else { return };
        self.read(&spec.knobs);
        resize_stations(&mut self.stations, ctx, self.node, UNLIMITED, UNLIMITED);
        self.read_groups(ctx, topology);
        self.start_timers(ctx, &spec.knobs);
        self.deliver_all(ctx);
    }
    fn arrive(&mut self, ctx: &mut Ctx, call: u32) {
        let alone = self.ack == Ack::None && ctx.calls[call].cargo == Cargo::Call;
        let call = if alone { self.take_in_alone(ctx, call) } else { call };
        ctx.calls[call].started = ctx.now;
        let replica = ctx.calls[call].replica as usize;
        self.stations[replica].admit(ctx.now, &mut ctx.calls, call);
        let demand = ctx.sample(call, &self.work, Purpose::Work);
        ctx.work(call, demand);
    }
    fn worked(&mut self, ctx: &mut Ctx, call: u32) {
        let cargo = ctx.calls[call].cargo;
        if self.ack == Ack::All && cargo == Cargo::Call && ctx.calls[call].step == 0 {
            ctx.calls[call].step = 1;
            let demand = ctx.sample(call, &self.work, Purpose::Background);
            return ctx.work(call, demand);
        }
        let outcome = if cargo == Cargo::Probe { Outcome::Ok } else { self.publish(ctx, call) };
        if cargo == Cargo::Fill && outcome != Outcome::Ok {
            ctx.recorder.count(self.node, Count::Lost, self.groups.len() as u64);
        }
        let replica = ctx.calls[call].replica as usize;
        self.stations[replica].release(ctx.now, &ctx.calls);
        ctx.reply(call, outcome);
    }
    fn answered(&mut self, ctx: &mut Ctx, answer: Answer) {
        self.acknowledged(ctx, &answer);
    }
    fn timers_stand_still(&self) -> bool {
        true
    }
    fn timer(&mut self, ctx: &mut Ctx, token: u64) {
        let low = token & !KIND;
        match token & KIND {
            RETRY => self.retry(ctx, (low >> 32) as usize, (low & 0xffff_ffff) as usize),
            OVERDUE => self.overdue(ctx),
            POLL if low == u64::from(self.generation) => {
                for partition in self.groups.iter_mut().flat_map(|g| &mut g.partitions) {
                    partition.ready = partition.queue.len();
                }
                if let Some(poll) = self.poll {
                    ctx.after(self.node, poll, token);
                }
                self.deliver_all(ctx);
            }
            SWEEP if low == u64::from(self.generation) => {
                self.sweep(ctx);
                self.sweep_later(ctx);
            }
            _ => {}
        }
    }
    fn turned(&mut self, ctx: &mut Ctx, _replica: u16, up: bool) {
        if up {
            self.deliver_all(ctx);
        } else {
            self.crashed(ctx);
        }
    }
    fn stations(&mut self) -> &mut [Station] {
        &mut self.stations
    }
    fn look_stations(&self) -> &[Station] {
        &self.stations
    }
    fn extras(&self, ctx: &Ctx, window: &NodeWindow) -> Vec<Extra> {
        let waiting: usize = self.groups.iter().map(Group::waiting).sum();
        let mut out = vec![
            Extra { label: "backlog", text: self.backlog().to_string() },
            Extra { label: "handed out", text: (self.open + self.stale - waiting).to_string() },
        ];
        out.extend(Extra::lag(window));
        let partitions = self.groups.iter().flat_map(|g| &g.partitions);
        let oldest = partitions.filter_map(|p| p.queue.front()).map(|&slot| self.store[slot].published).min();
        if let Some(oldest) = oldest {
            out.push(Extra { label: "oldest unread", text: show_time(ctx.now - oldest) });
        }
        if let (true, Some(group)) = (self.partitions > 1, self.groups.first()) {
            let published = || group.partitions.iter().map(|p| p.published);
            let (all, most) = (published().sum::<u64>(), published().max().unwrap_or(0));
            let share = most as f64 / all.max(1) as f64;
            out.push(Extra { label: "in its fullest partition", text: show_share(share) });
        }
        out
    }
    fn waiting(&self) -> u32 {
        self.backlog()
    }
    fn backlog(&self) -> u32 {
        self.groups.iter().map(|g| g.waiting() as u32).max().unwrap_or(0)
    }
}

/// Whether the broker itself serves.
fn is_up(ctx: &Ctx, node: u16) -> bool {
    matches!(ctx.state(node, 0), ReplicaState::Up | ReplicaState::Retiring)
}
