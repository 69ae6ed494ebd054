//! A database: connection pool, primary with asynchronous replicas, read routing, versions per key.
//!
//! ```text
//! writes -> [pool] primary -- log --> replica: [one apply thread] \\ share the
//! reads  -> primary or replicas by `routing`   [pool] reads        / host's cores
//! ```

use super::super::context::{Answer, Ctx, NewCall, Routing};
use super::super::distribution::Distribution;
use super::super::metrics::{Measure, NodeWindow};
use super::super::outcome::Reason;
use super::super::paged::Paged;
use super::super::request::{Fifo, NIL, Outcome, Phase};
use super::super::rng::{Draw, Purpose, combine};
use super::super::snapshot::{Cargo, Extra, ReplicaState};
use super::super::station::Station;
use super::super::time::Time;
use super::super::topology::Topology;
use super::super::value::{Knob, Shape, Value};
use super::service::{MAX_WORKERS, count, distribution, resize_stations};
use super::{Behavior, Datasheet, Links};

/// What a database is.
pub static DATASHEET: Datasheet = Datasheet {
    key: "database",
    links: Links::Nobody,
    measures: &[Measure::StaleReads, Measure::Lag, Measure::Backlog],
    counts: &[],
    title: "Database",
    tag: "db",
    explanation: "Keeps the state: all writes go to the primary, reads to the primary or its replicas. \
        Replicas repeat every write from the primary's log, one after the other, so they lag behind it.",
    knobs: &[
        Knob::new(
            "connections",
            Shape::Count { min: 1, max: MAX_WORKERS, unlimited: true },
            "queries at once, per server",
        )
        .default(|| Value::Count(100)),
        Knob::new(
            "queue_capacity",
            Shape::Count { min: 0, max: MAX_WORKERS, unlimited: true },
            "queries that may wait, per server",
        )
        .default(|| Value::Unlimited),
        Knob::new("read", Shape::Distribution, "work of a read")
            .default(|| Value::Distribution(Distribution::Exponential(Time::from_ms(5)))),
        Knob::new("write", Shape::Distribution, "work of a write; a replica repeats it")
            .default(|| Value::Distribution(Distribution::Exponential(Time::from_ms(5)))),
        Knob::new(
            "replicas",
            Shape::Count { min: 0, max: 64, unlimited: false },
            "read copies besides the primary",
        )
        .default(|| Value::Count(0)),
        Knob::new("replication", Shape::Choice(&["async"]), "when a write is acknowledged")
            .default(|| Value::Choice("async")),
        Knob::new("routing", Shape::Choice(&["primary", "replicas", "all"]), "who serves the reads")
            .default(|| Value::Choice("replicas")),
        Knob::later("queue_timeout"),
        Knob::later("sticky"),
        Knob::later("failover"),
        Knob::later("shards"),
        Knob::later("shard_by"),
        Knob::later("scatter"),
        Knob::later("quorum"),
        Knob::later("partition"),
        Knob::later("contention"),
    ],
    leaves_out: "Transactions and locks, indexes, memory against disk, the cost of an open connection.",
};

/// A database's state. Server 0 is the primary.
#[derive(Clone)]
pub(crate) struct Database {
    node: u16,
    stations: Vec<Station>,
    read: Distribution,
    write: Distribution,
    /// By server: what its apply thread does (unused for the primary).
    appliers: Vec<Applier>,
    log_link: Option<u16>,
    writes: u64,
}

/// The single thread of a replica that repeats the primary's writes.
#[derive(Clone)]
struct Applier {
    /// The change being applied.
    current: Option<u32>,
    queue: Fifo,
    /// Version of every key on this server.
    versions: Paged<u32>,
}

impl Database {
    pub const fn new(node: u16) -> Self {
        Self {
            node,
            stations: Vec::new(),
            read: Distribution::Constant(Time::ZERO),
            write: Distribution::Constant(Time::ZERO),
            appliers: Vec::new(),
            log_link: None,
            writes: 0,
        }
    }
    fn start(&mut self, ctx: &mut Ctx, call: u32) {
        let work = if ctx.writes(call) { &self.write } else { &self.read };
        ctx.begin(call, work);
    }

    /// A write is done on the primary: the newest version is committed, and goes to every replica.
    fn commit(&mut self, ctx: &mut Ctx, call: u32) -> u32 {
        let key = ctx.key(ctx.calls[call].request);
        let version = {
            let v = &mut ctx.versions[self.node as usize][key as usize];
            *v += 1;
            *v
        };
        self.writes += 1;
        let Some(link) = self.log_link else { return version };
        for replica in 1..ctx.nodes[self.node as usize].active {
            let path = combine(ctx.calls[call].path, u64::from(replica) << 32);
            ctx.send(NewCall {
                request: NIL,
                parent: NIL,
                link,
                caller_replica: 0,
                replica: Some(replica),
                cargo: Cargo::Replication,
                wanted: false,
                path,
                timeout: None,
                payload: u64::from(key) << 32 | u64::from(version),
            });
        }
        version
    }
    /// What a read sees on a server; counts it as stale if the primary has committed something newer.
    fn observe(&self, ctx: &mut Ctx, call: u32) -> u32 {
        let key = ctx.key(ctx.calls[call].request) as usize;
        let newest = ctx.versions[self.node as usize][key];
        let replica = ctx.calls[call].replica as usize;
        if replica == 0 {
            return newest;
        }
        let seen = self.appliers[replica].versions[key];
        if seen < newest {
            ctx.recorder.stale_read(self.node);
        }
        seen
    }

    fn apply_next(&mut self, ctx: &mut Ctx, replica: u16) {
        let applier = &mut self.appliers[replica as usize];
        if applier.current.is_some() || ctx.state(self.node, replica) != ReplicaState::Up {
            return;
        }
        let Some(change) = applier.queue.pop(&ctx.calls) else { return };
        applier.current = Some(change);
        let draw = Draw::new(ctx.calls[change].path, Purpose::Background);
        ctx.work(change, self.write.sample(draw));
    }
    fn applied(&mut self, ctx: &mut Ctx, change: u32) {
        let c = ctx.calls[change];
        let applier = &mut self.appliers[c.replica as usize];
        let (key, version) = ((c.payload >> 32) as usize, c.payload as u32);
        let v = &mut applier.versions[key];
        *v = (*v).max(version);
        applier.current = None;
        ctx.recorder.lag(self.node, ctx.now - c.arrived);
        ctx.end(change);
        self.apply_next(ctx, c.replica);
    }
}

impl Behavior for Database {
    fn configure(&mut self, ctx: &mut Ctx, topology: &Topology) {
        let Some(spec) = topology.nodes.get(&*ctx.nodes[self.node as usize].name) else { return };
        self.read = distribution(&spec.knobs, "read").unwrap_or_else(|| self.read.clone());
        self.write = distribution(&spec.knobs, "write").unwrap_or_else(|| self.write.clone());
        let (workers, capacity) = (count(&spec.knobs, "connections"), count(&spec.knobs, "queue_capacity"));
        resize_stations(&mut self.stations, ctx, self.node, workers, capacity);
        ctx.versions[self.node as usize].resize(ctx.keys as usize, 0);
        let newest = &ctx.versions[self.node as usize];
        while self.appliers.len() < self.stations.len() {
            // A new replica starts from a copy of the primary.
            self.appliers.push(Applier { current: None, queue: Fifo::default(), versions: newest.clone() });
        }
        for applier in &mut self.appliers {
            applier.versions.resize(newest.len(), 0);
        }
        self.log_link = ctx.link(self.node, self.node);
        let servers = ctx.nodes[self.node as usize].active;
        let (from, to) = match spec.knobs.get("routing") {
            Some(Value::Choice("primary")) => (0, 1),
            Some(Value::Choice("all")) => (0, servers),
            _ if servers > 1 => (1, servers),
            _ => (0, 1),
        };
        ctx.nodes[self.node as usize].routing = Routing::Reads { from, to };
        for replica in 0..self.stations.len() {
            while let Some(next) = self.stations[replica].start_waiting(ctx.now, &ctx.calls) {
                self.start(ctx, next);
            }
        }
    }
    fn arrive(&mut self, ctx: &mut Ctx, call: u32) {
        let replica = ctx.calls[call].replica;
        if ctx.calls[call].cargo == Cargo::Replication {
            // The lag counts from the commit.
            ctx.calls[call].arrived = ctx.calls[call].sent;
            ctx.calls[call].phase = Phase::Waiting;
            self.appliers[replica as usize].queue.push(&mut ctx.calls, call);
            return self.apply_next(ctx, replica);
        }
        if ctx.nodes[self.node as usize].replicas[replica as usize].read_only && ctx.writes(call) {
            return ctx.fail(call, Reason::ReadOnly);
        }
        if ctx.admit(&mut self.stations[replica as usize], call) {
            self.start(ctx, call);
        }
    }
    fn worked(&mut self, ctx: &mut Ctx, call: u32) {
        match ctx.calls[call].cargo {
            Cargo::Replication => return self.applied(ctx, call),
            Cargo::Probe => {}
            _ => {
                let version = if ctx.writes(call) { self.commit(ctx, call) } else { self.observe(ctx, call) };
                ctx.calls[call].payload = u64::from(version);
            }
        }
        let replica = ctx.calls[call].replica as usize;
        if let Some(next) = self.stations[replica].release(ctx.now, &ctx.calls) {
            self.start(ctx, next);
        }
        ctx.reply(call, Outcome::Ok);
    }
    fn answered(&mut self, _ctx: &mut Ctx, _answer: Answer) {}
    fn turned(&mut self, ctx: &mut Ctx, replica: u16, up: bool) {
        // The log is kept by the primary: what was being applied is applied again after the restart.
        let applier = &mut self.appliers[replica as usize];
        if let (false, Some(change)) = (up, applier.current.take()) {
            ctx.stop_work(change);
            ctx.calls[change].phase = Phase::Waiting;
            applier.queue.push_front(&mut ctx.calls, change);
        }
        if up {
            self.apply_next(ctx, replica);
        }
    }
    fn stations(&mut self) -> &mut [Station] {
        &mut self.stations
    }
    fn look_stations(&self) -> &[Station] {
        &self.stations
    }
    fn extras(&self, ctx: &Ctx, window: &NodeWindow) -> Vec<Extra> {
        if ctx.nodes[self.node as usize].active <= 1 {
            return Vec::new();
        }
        let mut out: Vec<Extra> = Extra::lag(window).into_iter().collect();
        out.push(Extra { label: "not yet applied", text: self.backlog().to_string() });
        out.push(Extra { label: "stale reads", text: format!("{}/s", window.stale_reads) });
        out
    }
    fn backlog(&self) -> u32 {
        self.appliers.iter().map(|a| a.queue.len() + u32::from(a.current.is_some())).max().unwrap_or(0)
    }
}
