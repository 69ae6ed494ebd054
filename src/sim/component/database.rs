//! A database: shards of a primary with replicas (or of equal copies), connection pools, read routing, versions per key.
//!
//! ```text
//! writes -> [pool] primary -- log --> replica: [one apply thread] \\ share the
//! reads  -> primary or replicas by `routing`   [pool] reads        / host's cores
//! ```

mod contention;
mod failover;
mod join;
mod partition;
mod quorum;
mod replication;
mod shard;
mod sheet;

pub use sheet::DATASHEET;

use super::super::context::{Answer, Ctx, Held, Routing};
use super::super::distribution::Distribution;
use super::super::event_queue::EventKind;
use super::super::few::Few;
use super::super::metrics::NodeWindow;
use super::super::outcome::Reason;
use super::super::request::{NIL, Outcome, Phase};
use super::super::snapshot::{Cargo, Extra};
use super::super::station::Station;
use super::super::time::Time;
use super::super::topology::{NodeSpec, Topology};
use super::super::value::Knobs;
use super::Behavior;
use super::service::{count, next_waiting, resize_stations};
use contention::Contention;
use failover::{Election, Failover};
use join::{Joins, Wait};
use partition::Sides;
use quorum::Quorum;
use replication::{Acknowledge, Server};
use shard::{Moves, Readers};

/// A database's state.
#[derive(Clone)]
pub(crate) struct Database {
    node: u16,
    /// Nothing is out of the ordinary: one primary, nothing that slows a query but the queue, no time to wait at most.
    plain: bool,
    stations: Few<Station>,
    read: Distribution,
    write: Distribution,
    /// A replica repeats a write with this share of its work.
    replay: f64,
    queue_timeout: Option<Time>,
    servers: Vec<Server>,
    log_link: Option<u16>,
    acknowledge: Acknowledge,
    readers: Readers,
    /// Calls that wait for other servers of the database.
    joins: Joins,
    failover: Option<Failover>,
    /// By shard.
    elections: Vec<Election>,
    quorum: Option<Quorum>,
    contention: Option<Contention>,
    sides: Option<Box<Sides>>,
    /// Keys on their way to another shard.
    moves: Option<Box<Moves>>,
}

impl Database {
    pub const fn new(node: u16) -> Self {
        Self {
            node,
            plain: false,
            stations: Few::None,
            read: Distribution::Constant(Time::ZERO),
            write: Distribution::Constant(Time::ZERO),
            replay: 1.0,
            queue_timeout: None,
            servers: Vec::new(),
            log_link: None,
            acknowledge: Acknowledge::Async,
            readers: Readers::Replicas,
            joins: Joins::new(),
            failover: None,
            elections: Vec::new(),
            quorum: None,
            contention: None,
            sides: None,
            moves: None,
        }
    }
    /// A connection takes a query on.
    #[inline(always)]
    fn start(&mut self, ctx: &mut Ctx, call: u32) {
        let work = if ctx.writes(call) { &self.write } else { &self.read };
        if self.plain {
            return ctx.begin(call, work);
        }
        if self.contention.is_none() && self.moves.is_none() {
            return ctx.begin(call, work);
        }
        self.start_slowly(ctx, call);
    }
    #[inline(never)]
    fn start_slowly(&mut self, ctx: &mut Ctx, call: u32) {
        let factor = self.contention_factor(ctx, call) * self.move_factor(ctx, call);
        let work = if ctx.writes(call) { &self.write } else { &self.read };
        contention::begin(ctx, call, work, factor);
    }
    /// A query wants a connection of its server.
    #[inline(always)]
    fn queue(&mut self, ctx: &mut Ctx, call: u32) {
        let server = ctx.calls[call].replica as usize;
        let station = &mut self.stations[server];
        // Where nobody may wait it is the connections that are too few, not the places.
        let full = if station.capacity() == 0 { Reason::PoolExhausted } else { Reason::QueueFull };
        if ctx.admit_or(station, call, full) {
            return self.start(ctx, call);
        }
        if let (Some(limit), Phase::Waiting) = (self.queue_timeout, ctx.calls[call].phase) {
            ctx.calls[call].event = ctx.events.push(ctx.now + limit, EventKind::Due, call);
        }
    }
    /// A connection is free again.
    #[inline(always)]
    fn release(&mut self, ctx: &mut Ctx, server: u16) {
        if let Some(next) = self.stations[server as usize].release(ctx.now, &ctx.calls) {
            self.start(ctx, next);
        }
    }

    fn take_knobs(&mut self, ctx: &Ctx, knobs: &Knobs) {
        self.read = knobs.distribution("read").unwrap_or(&self.read).clone();
        self.write = knobs.distribution("write").unwrap_or(&self.write).clone();
        self.replay = knobs.factor("replay").unwrap_or(1.0);
        self.queue_timeout = knobs.time("queue_timeout");
        self.acknowledge = Acknowledge::parse(knobs.choice("replication"));
        self.failover = Failover::read(knobs);
        self.contention = Contention::read(ctx, self.node, knobs);
        self.set_sides(knobs.choice("partition"));
    }
    fn arrange(&mut self, ctx: &mut Ctx, spec: &NodeSpec) {
        let (workers, capacity) = (count(&spec.knobs, "connections"), count(&spec.knobs, "queue_capacity"));
        resize_stations(&mut self.stations, ctx, self.node, workers, capacity);
        ctx.versions[self.node as usize].resize(ctx.keys as usize, 0);
        self.log_link = ctx.link(self.node, self.node);
        self.set_quorum(ctx, &spec.knobs);
        self.lay_out(ctx, spec);
        ctx.nodes[self.node as usize].routing = Routing::Cluster;
        self.list_readers(ctx);
        if self.failover.is_none() {
            self.end_elections(ctx);
        }
    }
}

impl Behavior for Database {
    fn configure(&mut self, ctx: &mut Ctx, topology: &Topology) {
        let Some(spec) = topology.nodes.get(&*ctx.nodes[self.node as usize].name) else { return };
        self.take_knobs(ctx, &spec.knobs);
        self.arrange(ctx, spec);
        self.plain = self.quorum.is_none()
            && self.contention.is_none()
            && self.moves.is_none()
            && self.queue_timeout.is_none()
            && spec.knobs.count("queue_capacity") != Some(0)
            && !self.is_sharded(ctx);
        while let Some(next) = next_waiting(&mut self.stations, ctx) {
            self.start(ctx, next);
        }
    }
    fn arrive(&mut self, ctx: &mut Ctx, call: u32) {
        let server = ctx.calls[call].replica;
        if self.plain && ctx.calls[call].cargo == Cargo::Call && !ctx.writes(call) {
            if ctx.admit(&mut self.stations[server as usize], call) {
                ctx.begin(call, &self.read);
            }
            return;
        }
        match ctx.calls[call].cargo {
            Cargo::Replication => return self.change_arrives(ctx, call),
            Cargo::Probe | Cargo::Part => {}
            // It coordinates nothing while it stands still.
            _ if (self.quorum.is_some() || self.is_sharded(ctx)) && ctx.is_still(self.node, server) => {
                ctx.calls[call].phase = Phase::Waiting;
                return ctx.hold(self.node, server, Held::Arrival(call));
            }
            _ if self.quorum.is_some() => return self.ask_quorum(ctx, call),
            _ => {
                if self.is_sharded(ctx) && self.spread(ctx, call) {
                    return;
                }
            }
        }
        // A server that stands still says nothing, not even that.
        if ctx.writes(call) && !self.takes_writes(ctx, server) && !ctx.is_still(self.node, server) {
            return ctx.fail(call, Reason::ReadOnly);
        }
        self.queue(ctx, call);
    }
    fn worked(&mut self, ctx: &mut Ctx, call: u32) {
        let server = ctx.calls[call].replica;
        match ctx.calls[call].cargo {
            Cargo::Call if self.plain && ctx.calls[call].request != NIL && !ctx.writes(call) => {
                self.observe(ctx, call);
            }
            Cargo::Replication => return self.applied(ctx, call),
            Cargo::Probe => {}
            Cargo::Part if self.quorum.is_some() => self.quorum_part(ctx, call),
            _ if ctx.calls[call].request == NIL => {}
            _ if ctx.writes(call) => {
                if self.refuses_late(ctx, call) {
                    return;
                }
                if self.commit(ctx, call) {
                    // The connection is held until the replicas have answered.
                    return;
                }
            }
            _ => self.observe(ctx, call),
        }
        self.release(ctx, server);
        ctx.reply_at_once(call, Outcome::Ok);
    }
    fn overdue(&mut self, ctx: &mut Ctx, call: u32) {
        let server = ctx.calls[call].replica as usize;
        if ctx.is_still(self.node, server as u16) {
            // A server that stands still tells nobody; it is looked at again later.
            let again = ctx.now + self.queue_timeout.unwrap_or(Time::SECOND);
            ctx.calls[call].event = ctx.events.push(again, EventKind::Due, call);
            return;
        }
        if self.stations[server].withdraw(ctx.now, &mut ctx.calls, call) {
            ctx.fail(call, Reason::PoolExhausted);
        }
    }
    fn answered(&mut self, ctx: &mut Ctx, answer: Answer) {
        let Some((slot, done)) = self.joins.answered(ctx, &answer) else { return };
        if done {
            self.join_ends(ctx, slot);
        }
    }
    fn timer(&mut self, ctx: &mut Ctx, token: u64) {
        self.election_timer(ctx, token);
    }
    fn fell_silent(&mut self, ctx: &mut Ctx, server: u16) {
        self.primary_may_have_died(ctx, server);
    }
    fn turned(&mut self, ctx: &mut Ctx, server: u16, up: bool) {
        if up {
            self.rejoin(ctx, server);
            self.election_server_up(ctx, server);
            return self.apply_next(ctx, server);
        }
        self.joins.coordinator_died(server);
        self.stop_applying(ctx, server);
        for slot in self.joins.without(ctx, server) {
            self.join_ends(ctx, slot);
        }
        self.primary_may_have_died(ctx, server);
    }
    fn network(&mut self, ctx: &mut Ctx) {
        self.network_changed(ctx);
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
        self.servers.iter().map(Server::backlog).max().unwrap_or(0)
    }
}

impl Database {
    /// Whatever a call waited for has come, or will not.
    fn join_ends(&mut self, ctx: &mut Ctx, slot: u32) {
        let Some(end) = self.joins.end(ctx, slot) else { return };
        let call = end.parent;
        if end.wait == Wait::Replicas {
            let server = ctx.calls[call].replica;
            self.stations[server as usize].calls(ctx.now, -1);
            if self.refuses_late(ctx, call) {
                return;
            }
            self.acknowledged(ctx, call);
            self.release(ctx, server);
            return ctx.reply(call, Outcome::Ok);
        }
        if let Some(reason) = end.failed {
            return ctx.fail(call, reason);
        }
        if end.wait == Wait::Quorum {
            self.quorum_ends(ctx, call, end.best, end.floor);
        } else {
            ctx.calls[call].payload = u64::from(end.best);
        }
        ctx.reply(call, Outcome::Ok);
    }
}
