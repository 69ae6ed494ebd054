//! A message broker: a queue for each consuming service, at-least-once delivery.

use super::super::context::{Answer, Ctx, NewCall};
use super::super::distribution::Distribution;
use super::super::outcome::Reason;
use super::super::request::{Fifo, NIL, Outcome, Phase};
use super::super::rng::{Purpose, combine};
use super::super::snapshot::Cargo;
use super::super::station::{Station, UNLIMITED};
use super::super::time::Time;
use super::super::topology::Topology;
use super::super::value::{Knob, Shape, Value};
use super::service::{MAX_WORKERS, count, distribution, resize_stations};
use super::{Behavior, Datasheet};

/// What a broker is.
pub static DATASHEET: Datasheet = Datasheet {
    key: "broker",
    title: "Message broker",
    tag: "mq",
    explanation: "Takes messages and acknowledges them at once; each consuming service works off its own queue at its own pace. \
        A message whose consumer dies is delivered again, so it may be worked on twice.",
    knobs: &[
        Knob::new("mode", Shape::Choice(&["queue"]), "how messages are kept")
            .default(|| Value::Choice("queue")),
        Knob::new(
            "queue_capacity",
            Shape::Count { min: 1, max: MAX_WORKERS, unlimited: true },
            "messages that fit, per queue",
        )
        .default(|| Value::Unlimited),
        Knob::new("work", Shape::Distribution, "work of taking in one message")
            .default(|| Value::Distribution(Distribution::Constant(Time::from_ns(50_000)))),
        Knob::later("partitions"),
        Knob::later("ack"),
        Knob::later("redeliver_after"),
        Knob::later("dead_after"),
        Knob::later("retention"),
        Knob::later("poll"),
    ],
    leaves_out: "Disks and copies of the broker itself, batching, message sizes.",
};

/// A broker's state.
#[derive(Clone)]
pub(crate) struct Broker {
    node: u16,
    stations: Vec<Station>,
    work: Distribution,
    capacity: u32,
    queues: Vec<Queue>,
    messages: u64,
}

/// The queue of one consuming service.
#[derive(Clone)]
struct Queue {
    link: u16,
    messages: Fifo,
    /// By consumer server: messages that may be out at once, messages out, no delivery before.
    consumers: Vec<Consumer>,
    turn: usize,
}

#[derive(Clone)]
struct Consumer {
    prefetch: u32,
    out: u32,
    blocked: bool,
}

/// After a failed delivery the broker waits so long before it tries that consumer again.
const RECONNECT: Time = Time::SECOND;

impl Broker {
    pub const fn new(node: u16) -> Self {
        let work = Distribution::Constant(Time::ZERO);
        Self { node, stations: Vec::new(), work, capacity: UNLIMITED, queues: Vec::new(), messages: 0 }
    }
    fn publish(&mut self, ctx: &mut Ctx, call: u32) -> Outcome {
        if self.queues.iter().any(|q| q.messages.len() >= self.capacity) {
            return Outcome::Failed(Reason::QueueFull);
        }
        for index in 0..self.queues.len() {
            self.messages += 1;
            let c = ctx.calls[call];
            let path = combine(c.path, index as u64 + 1);
            let message = self.message(ctx, index, c.request, path, ctx.now.ns());
            self.queues[index].messages.push(&mut ctx.calls, message);
            self.deliver(ctx, index);
        }
        Outcome::Ok
    }
    /// A message that waits here for its consumer; the payload is when it was published.
    fn message(&self, ctx: &mut Ctx, queue: usize, request: u32, path: u64, published: u64) -> u32 {
        let message = NewCall {
            request,
            parent: NIL,
            link: self.queues[queue].link,
            caller_replica: 0,
            replica: None,
            cargo: Cargo::Delivery,
            wanted: false,
            path,
            timeout: None,
            payload: published,
        };
        ctx.create(&message, self.node, 0, Phase::Waiting)
    }
    fn deliver(&mut self, ctx: &mut Ctx, index: usize) {
        let queue = &mut self.queues[index];
        let n = queue.consumers.len();
        while queue.messages.len() > 0 {
            let ready = |c: &Consumer| !c.blocked && c.out < c.prefetch;
            let Some(offset) = (0..n).find(|i| ready(&queue.consumers[(queue.turn + i) % n])) else { return };
            let replica = (queue.turn + offset) % n;
            queue.turn = (replica + 1) % n;
            let Some(message) = queue.messages.pop(&ctx.calls) else { return };
            queue.consumers[replica].out += 1;
            ctx.send_waiting(message, replica as u16);
        }
    }
}

impl Behavior for Broker {
    fn configure(&mut self, ctx: &mut Ctx, topology: &Topology) {
        let name = ctx.nodes[self.node as usize].name.clone();
        let Some(spec) = topology.nodes.get(&*name) else { return };
        self.work = distribution(&spec.knobs, "work").unwrap_or_else(|| self.work.clone());
        self.capacity = count(&spec.knobs, "queue_capacity");
        resize_stations(&mut self.stations, ctx, self.node, UNLIMITED, UNLIMITED);
        for (consumer, spec) in &topology.nodes {
            if !matches!(spec.knobs.get("consumes"), Some(Value::Name(n)) if **n == *name) {
                continue;
            }
            let Some(node) = ctx.find(consumer) else { continue };
            let Some(link) = ctx.link(self.node, node) else { continue };
            let index = self.queues.iter().position(|q| q.link == link).unwrap_or_else(|| {
                self.queues.push(Queue { link, messages: Fifo::default(), consumers: Vec::new(), turn: 0 });
                self.queues.len() - 1
            });
            let prefetch = count(&spec.knobs, "workers");
            let consumers = &mut self.queues[index].consumers;
            let n = &ctx.nodes[node as usize];
            consumers.resize(n.replicas.len(), Consumer { prefetch, out: 0, blocked: false });
            for (i, c) in consumers.iter_mut().enumerate() {
                c.prefetch = if i < n.active as usize { prefetch } else { 0 };
            }
        }
        for index in 0..self.queues.len() {
            self.deliver(ctx, index);
        }
    }
    fn arrive(&mut self, ctx: &mut Ctx, call: u32) {
        ctx.calls[call].started = ctx.now;
        let replica = ctx.calls[call].replica as usize;
        self.stations[replica].admit(ctx.now, &mut ctx.calls, call);
        let demand = ctx.sample(call, &self.work, Purpose::Work);
        ctx.work(call, demand);
    }
    fn worked(&mut self, ctx: &mut Ctx, call: u32) {
        let outcome =
            if ctx.calls[call].cargo == Cargo::Probe { Outcome::Ok } else { self.publish(ctx, call) };
        let replica = ctx.calls[call].replica as usize;
        self.stations[replica].release(ctx.now, &ctx.calls);
        ctx.reply(call, outcome);
    }
    fn answered(&mut self, ctx: &mut Ctx, answer: Answer) {
        let Some(index) = self.queues.iter().position(|q| q.link == answer.link) else { return };
        if let Some(c) = self.queues[index].consumers.get_mut(answer.replica as usize) {
            c.out = c.out.saturating_sub(1);
            // One timer for all that failed: each would let all waiting messages go, and each of those fail again.
            if matches!(answer.outcome, Outcome::Failed(_)) && !c.blocked {
                c.blocked = true;
                ctx.after(self.node, RECONNECT, (index as u64) << 16 | u64::from(answer.replica));
            }
        }
        match answer.outcome {
            Outcome::Failed(_) => {
                // Not acknowledged: it goes back to the front, to be delivered again.
                ctx.recorder.redelivered(self.node);
                self.messages += 1;
                let path = combine(combine(ctx.seed, ctx.nodes[self.node as usize].key), self.messages);
                let message = self.message(ctx, index, answer.request, path, answer.payload);
                self.queues[index].messages.push_front(&mut ctx.calls, message);
            }
            _ => ctx.recorder.lag(self.node, ctx.now.saturating_sub(Time(answer.payload))),
        }
        self.deliver(ctx, index);
    }
    fn timer(&mut self, ctx: &mut Ctx, token: u64) {
        let (index, replica) = ((token >> 16) as usize, (token & 0xffff) as usize);
        if let Some(c) = self.queues.get_mut(index).and_then(|q| q.consumers.get_mut(replica)) {
            c.blocked = false;
            self.deliver(ctx, index);
        }
    }
    fn turned(&mut self, _ctx: &mut Ctx, _replica: u16, up: bool) {
        if !up {
            // Its queues were in memory; the waiting messages have been dropped with its work in hand.
            for queue in &mut self.queues {
                queue.messages = Fifo::default();
            }
        }
    }
    fn stations(&mut self) -> &mut [Station] {
        &mut self.stations
    }
    fn look_stations(&self) -> &[Station] {
        &self.stations
    }
    fn backlog(&self) -> u32 {
        self.queues.iter().map(|q| q.messages.len()).max().unwrap_or(0)
    }
}
