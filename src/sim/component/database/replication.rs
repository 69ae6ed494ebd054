//! Primary and replicas: the log, the apply threads, acknowledgement, what a read sees.

use super::super::super::context::{Ctx, NewCall};
use super::super::super::outcome::Reason;
use super::super::super::paged::Paged;
use super::super::super::request::{Fifo, NIL, Outcome, Phase};
use super::super::super::rng::{Draw, Purpose, combine};
use super::super::super::snapshot::{Cargo, ReplicaState};
use super::super::super::time::Time;
use super::Database;
use super::join::Wait;

/// When a write is acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Acknowledge {
    /// Once the primary has made it.
    Async,
    /// Once one replica has it in its log too.
    SemiSync,
    /// Once every replica that is up has applied it.
    Sync,
}

impl Acknowledge {
    pub fn parse(word: Option<&str>) -> Self {
        match word {
            Some("semi-sync") => Self::SemiSync,
            Some("sync") => Self::Sync,
            _ => Self::Async,
        }
    }
}

/// What one server holds, and the single thread that repeats the primary's writes there.
#[derive(Clone, Default)]
pub(super) struct Server {
    /// The change being applied.
    pub current: Option<u32>,
    pub queue: Fifo,
    /// Changes that were on the way when the primary died: void, unless it comes back and sends them again.
    pub late: Fifo,
    /// Version of every key; empty where a shard has but one copy, which is always the newest.
    pub versions: Paged<u32>,
    /// It is out of the log, and serves again only after a copy.
    pub outcast: bool,
    /// It was cut off while the log went on.
    pub missed: bool,
    /// Changes of an earlier era are void: its log belongs to a former primary or another layout.
    pub era: u16,
}

impl Server {
    pub fn backlog(&self) -> u32 {
        self.queue.len() + self.late.len() + u32::from(self.current.is_some())
    }
}

impl Database {
    /// A write is done on its server. Whether its answer waits for replicas.
    pub(super) fn commit(&mut self, ctx: &mut Ctx, call: u32) -> bool {
        let server = ctx.calls[call].replica;
        let key = ctx.key(ctx.calls[call].request);
        if self.is_foreign(ctx, server, key) {
            // A shard that does not hold the key only had the work.
            return false;
        }
        let versions = &mut self.servers[server as usize].versions;
        let version = match versions.get(key as usize) {
            Some(v) => v + 1,
            None => ctx.versions[self.node as usize][key as usize] + 1,
        };
        if versions.len() > 0 {
            versions[key as usize] = version;
        }
        ctx.calls[call].payload = u64::from(version);
        self.note_side(ctx, server, key);
        if self.copies(ctx) == 1 {
            self.committed(ctx, key, version);
            return false;
        }
        let waits = self.replicate(ctx, call, key, version);
        if !waits {
            self.committed(ctx, key, version);
        }
        waits
    }
    /// Sends a change to the other copies. Whether the write waits for them.
    fn replicate(&mut self, ctx: &mut Ctx, call: u32, key: u32, version: u32) -> bool {
        let (Some(link), Some(cluster)) = (self.log_link, &ctx.nodes[self.node as usize].cluster) else {
            return false;
        };
        let server = ctx.calls[call].replica;
        let copies = cluster.servers(cluster.shard_of(server));
        let mut slot = None;
        let mut asked = 0;
        for copy in copies.filter(|&c| c != server) {
            if self.servers[copy as usize].outcast {
                continue;
            }
            if !ctx.reaches(self.node, server, self.node, copy) {
                self.servers[copy as usize].missed = true;
                continue;
            }
            // Nobody knows of one that hangs: it is waited for.
            let up = ctx.state(self.node, copy).has_workers();
            let wanted = up && self.acknowledge != Acknowledge::Async;
            if wanted && slot.is_none() {
                slot = Some(self.joins.begin(ctx, call, Wait::Replicas, 1, 0));
            }
            let path = combine(ctx.calls[call].path, u64::from(copy) << 32);
            let change = ctx.send(NewCall {
                request: NIL,
                parent: if wanted { call } else { NIL },
                link,
                caller_replica: server,
                replica: Some(copy),
                cargo: Cargo::Replication,
                wanted,
                path,
                timeout: None,
                payload: u64::from(key) << 32 | u64::from(version),
            });
            ctx.calls[change].step = self.servers[copy as usize].era;
            if let (true, Some(slot)) = (wanted, slot) {
                self.joins.add(slot, copy, change);
                asked += 1;
            }
        }
        let Some(slot) = slot else { return false };
        self.stations[server as usize].calls(ctx.now, 1);
        if self.acknowledge == Acknowledge::Sync {
            self.joins.need(slot, asked);
        }
        true
    }
    /// The replicas that a write waited for have it.
    pub(super) fn acknowledged(&self, ctx: &mut Ctx, call: u32) {
        let key = ctx.key(ctx.calls[call].request);
        let version = ctx.calls[call].payload as u32;
        self.committed(ctx, key, version);
    }
    /// A version counts as committed from now on.
    pub(super) fn committed(&self, ctx: &mut Ctx, key: u32, version: u32) {
        let newest = &mut ctx.versions[self.node as usize][key as usize];
        *newest = (*newest).max(version);
        let now = ctx.now;
        if let Some(cluster) = &mut ctx.nodes[self.node as usize].cluster
            && cluster.sticky > Time::ZERO
        {
            cluster.written[key as usize] = now + cluster.sticky;
        }
    }
    /// What a read sees on its server; counted as stale if something newer is committed.
    pub(super) fn observe(&self, ctx: &mut Ctx, call: u32) {
        let key = ctx.key(ctx.calls[call].request);
        let server = ctx.calls[call].replica;
        if self.is_foreign(ctx, server, key) {
            return;
        }
        self.see(ctx, call, server, key);
    }
    /// The same for a key of the server's own shard.
    #[inline(always)]
    pub(super) fn see(&self, ctx: &mut Ctx, call: u32, server: u16, key: u32) {
        let newest = ctx.versions[self.node as usize][key as usize];
        let seen = self.servers[server as usize].versions.get(key as usize).copied().unwrap_or(newest);
        if seen < newest {
            ctx.recorder.stale_read(self.node);
        }
        ctx.calls[call].payload = u64::from(seen);
    }

    /// A change reaches a replica.
    pub(super) fn change_arrives(&mut self, ctx: &mut Ctx, call: u32) {
        let server = ctx.calls[call].replica;
        if self.servers[server as usize].era != ctx.calls[call].step {
            return Self::drop_change(ctx, call);
        }
        // The lag counts from the commit.
        ctx.calls[call].arrived = ctx.calls[call].sent;
        if self.primary_died(ctx, server) {
            ctx.calls[call].phase = Phase::Waiting;
            return self.servers[server as usize].late.push(&mut ctx.calls, call);
        }
        let mut queued = call;
        if self.acknowledge == Acknowledge::SemiSync && ctx.calls[call].wanted {
            // The log has it: the answer goes out, and the change is applied by and by.
            let c = ctx.calls[call];
            let (parent, wanted) = (NIL, false);
            queued = ctx.create(
                &NewCall {
                    request: NIL,
                    parent,
                    link: c.link,
                    caller_replica: c.caller_replica,
                    replica: Some(server),
                    cargo: Cargo::Replication,
                    wanted,
                    path: c.path,
                    timeout: None,
                    payload: c.payload,
                },
                self.node,
                server,
                Phase::Waiting,
            );
            (ctx.calls[queued].arrived, ctx.calls[queued].step) = (c.arrived, c.step);
            ctx.reply(call, Outcome::Ok);
        }
        ctx.calls[queued].phase = Phase::Waiting;
        self.servers[server as usize].queue.push(&mut ctx.calls, queued);
        self.apply_next(ctx, server);
    }
    /// Whether a server's work goes on.
    pub(super) fn works(&self, ctx: &Ctx, server: u16) -> bool {
        matches!(ctx.state(self.node, server), ReplicaState::Up | ReplicaState::Draining)
    }
    /// A replica's thread takes the next change.
    pub(super) fn apply_next(&mut self, ctx: &mut Ctx, server: u16) {
        let works = self.works(ctx, server);
        let s = &mut self.servers[server as usize];
        if s.current.is_some() || !works {
            return;
        }
        let Some(change) = s.queue.pop(&ctx.calls) else { return };
        s.current = Some(change);
        let work = self.write.sample(Draw::new(ctx.calls[change].path, Purpose::Background));
        let work = if self.replay == 1.0 { work } else { Time((work.ns() as f64 * self.replay) as u64) };
        ctx.work(change, work);
    }
    /// A replica has applied a change.
    pub(super) fn applied(&mut self, ctx: &mut Ctx, change: u32) {
        let c = ctx.calls[change];
        self.servers[c.replica as usize].current = None;
        self.take_change(c.replica, c.payload);
        ctx.recorder.lag(self.node, ctx.now - c.arrived);
        if c.wanted {
            ctx.reply(change, Outcome::Ok);
        } else {
            ctx.end(change);
        }
        self.apply_next(ctx, c.replica);
    }
    fn take_change(&mut self, server: u16, payload: u64) {
        let (key, version) = ((payload >> 32) as usize, payload as u32);
        let versions = &mut self.servers[server as usize].versions;
        if versions.get(key).is_some_and(|&v| v < version) {
            versions[key] = version;
        }
    }
    /// A replica died: the log is kept, and what was being applied is applied again after the restart.
    pub(super) fn stop_applying(&mut self, ctx: &mut Ctx, server: u16) {
        let s = &mut self.servers[server as usize];
        if let Some(change) = s.current.take() {
            ctx.stop_work(change);
            ctx.calls[change].phase = Phase::Waiting;
            s.queue.push_front(&mut ctx.calls, change);
        }
    }
    /// All changes that wait at a server are taken over at once (`apply`) or forgotten; those on the way are void.
    pub(super) fn empty_log(&mut self, ctx: &mut Ctx, server: u16, apply: bool) {
        self.stop_applying(ctx, server);
        self.servers[server as usize].era += 1;
        while let Some(change) = self.servers[server as usize].queue.pop(&ctx.calls) {
            if apply {
                self.take_change(server, ctx.calls[change].payload);
            }
            Self::drop_change(ctx, change);
        }
        while let Some(change) = self.servers[server as usize].late.pop(&ctx.calls) {
            Self::drop_change(ctx, change);
        }
    }
    /// The primary is back: what was on the way when it died is sent again.
    pub(super) fn take_late(&mut self, ctx: &mut Ctx, server: u16) {
        while let Some(change) = self.servers[server as usize].late.pop(&ctx.calls) {
            self.servers[server as usize].queue.push(&mut ctx.calls, change);
        }
        self.apply_next(ctx, server);
    }
    fn drop_change(ctx: &mut Ctx, change: u32) {
        if ctx.calls[change].wanted {
            ctx.fail(change, Reason::Crashed);
        } else {
            ctx.end(change);
        }
    }
    /// A server gets a copy of another's keys.
    pub(super) fn copy_from(&mut self, ctx: &mut Ctx, server: u16, source: u16) {
        self.empty_log(ctx, server, false);
        let versions = self.servers[source as usize].versions.clone();
        let s = &mut self.servers[server as usize];
        (s.versions, s.outcast, s.missed) = (versions, false, false);
    }
}
