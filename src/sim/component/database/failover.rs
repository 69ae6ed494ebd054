//! When the primary dies or stands still: after `detect` the others notice, after `promote` the most advanced of them is
//! primary. What it had not received is lost, and what the former one has in hand when it goes on is refused.

use super::super::super::context::Ctx;
use super::super::super::log::Weight;
use super::super::super::outcome::Reason;
use super::super::super::time::Time;
use super::super::super::value::Knobs;
use super::Database;

/// How long it takes.
#[derive(Clone, Copy)]
pub(super) struct Failover {
    detect: Time,
    promote: Time,
}

impl Failover {
    pub fn read(knobs: &Knobs) -> Option<Self> {
        let group = knobs.group("failover")?;
        Some(Self { detect: group.time("detect")?, promote: group.time("promote")? })
    }
}

/// Where a shard stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Election {
    stage: Stage,
    /// Older timers are void.
    round: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Default)]
enum Stage {
    /// The primary serves, or failover is off.
    #[default]
    Calm,
    /// The primary is dead or silent, and nobody has noticed.
    Unnoticed,
    /// A replica is being chosen.
    Choosing,
    /// Nobody could be chosen; the first that comes will be.
    Vacant,
}

impl Database {
    /// Whether a server takes writes: it is the primary, and nothing forbids it.
    pub(super) fn takes_writes(&self, ctx: &Ctx, server: u16) -> bool {
        let node = &ctx.nodes[self.node as usize];
        if node.replicas[server as usize].read_only {
            return false;
        }
        if self.quorum.is_some() {
            return true;
        }
        let Some(cluster) = &node.cluster else { return true };
        let shard = cluster.shard_of(server) as usize;
        let primary = cluster.primary_of(server).unwrap_or(server);
        let leads = match &self.sides {
            None => server == primary,
            Some(sides) => sides.takes_writes(self.node, ctx, server, primary),
        };
        leads && self.elections.get(shard).is_none_or(|e| e.stage < Stage::Choosing)
    }
    /// Whether a server took a write while it was primary, and another one has taken its place.
    fn was_deposed(&self, ctx: &Ctx, server: u16) -> bool {
        let cluster = ctx.nodes[self.node as usize].cluster.as_ref();
        let another = cluster.and_then(|c| c.primary_of(server)).is_some_and(|primary| primary != server);
        self.failover.is_some() && self.quorum.is_none() && another && !self.takes_writes(ctx, server)
    }
    /// Refuses such a write, whose work is done; whether it was one.
    pub(super) fn refuses_late(&mut self, ctx: &mut Ctx, call: u32) -> bool {
        let server = ctx.calls[call].replica;
        let late = self.was_deposed(ctx, server);
        if late {
            self.release(ctx, server);
            ctx.fail(call, Reason::ReadOnly);
        }
        late
    }
    /// Whether the primary of a server's shard died, and nobody has taken its place.
    pub(super) fn primary_died(&self, ctx: &Ctx, server: u16) -> bool {
        if self.failover.is_none() {
            return false;
        }
        let Some(cluster) = &ctx.nodes[self.node as usize].cluster else { return false };
        let shard = cluster.shard_of(server) as usize;
        let Some(primary) = cluster.primary_of(server) else { return false };
        self.elections[shard].stage > Stage::Calm && !ctx.state(self.node, primary).has_workers()
    }
    /// A server is down or silent: if it was a primary, the time until somebody notices begins.
    pub(super) fn primary_may_have_died(&mut self, ctx: &mut Ctx, server: u16) {
        let Some(cluster) = &ctx.nodes[self.node as usize].cluster else { return };
        let shard = cluster.shard_of(server);
        if cluster.primary_of(server) == Some(server) && !cluster.leaderless {
            self.miss_primary(ctx, shard);
        }
    }
    /// The primary of a shard is not there any more.
    pub(super) fn miss_primary(&mut self, ctx: &mut Ctx, shard: u16) {
        let Some(failover) = self.failover else { return };
        if self.copies(ctx) > 1 && self.elections[shard as usize].stage == Stage::Calm {
            self.enter(ctx, shard, Stage::Unnoticed, failover.detect);
        }
    }
    fn enter(&mut self, ctx: &mut Ctx, shard: u16, stage: Stage, delay: Time) {
        let election = &mut self.elections[shard as usize];
        election.stage = stage;
        election.round += 1;
        ctx.after(self.node, delay, u64::from(election.round) << 16 | u64::from(shard));
    }
    pub(super) fn election_timer(&mut self, ctx: &mut Ctx, token: u64) {
        let (shard, round) = (token as u16, (token >> 16) as u32);
        let Some(election) = self.elections.get(shard as usize).copied().filter(|e| e.round == round) else {
            return;
        };
        match (election.stage, self.failover) {
            (Stage::Unnoticed, Some(failover)) => {
                let place = ctx.nodes[self.node as usize].name.clone();
                ctx.note(place, Weight::Bad, "the primary is gone: choosing a new one");
                self.enter(ctx, shard, Stage::Choosing, failover.promote);
            }
            (Stage::Choosing, _) => self.promote(ctx, shard),
            _ => self.calm(shard),
        }
    }
    pub(super) fn calm(&mut self, shard: u16) {
        let election = &mut self.elections[shard as usize];
        election.stage = Stage::Calm;
        election.round += 1;
    }
    /// Failover is off: whoever was primary still is.
    pub(super) fn end_elections(&mut self, ctx: &mut Ctx) {
        for shard in 0..self.elections.len() as u16 {
            if self.elections[shard as usize].stage > Stage::Calm {
                self.calm(shard);
                let servers = ctx.nodes[self.node as usize].cluster.as_ref().map(|c| c.servers(shard));
                servers.into_iter().flatten().for_each(|s| self.take_late(ctx, s));
            }
        }
    }
    /// A primary that is back before anybody noticed goes on; a vacant place is taken at once.
    pub(super) fn election_server_up(&mut self, ctx: &mut Ctx, server: u16) {
        let Some(cluster) = &ctx.nodes[self.node as usize].cluster else { return };
        let shard = cluster.shard_of(server);
        let Some(primary) = cluster.primary_of(server) else { return };
        match self.elections[shard as usize].stage {
            Stage::Unnoticed if primary == server => {
                let servers = cluster.servers(shard);
                self.calm(shard);
                servers.for_each(|s| self.take_late(ctx, s));
            }
            Stage::Vacant => self.promote(ctx, shard),
            _ => {}
        }
    }
    /// Whether a server could be primary now.
    fn eligible(&self, ctx: &Ctx, server: u16) -> bool {
        self.works(ctx, server)
            && !self.servers[server as usize].outcast
            && self.sides.as_ref().is_none_or(|s| s.may_lead(self.node, ctx, server))
    }
    /// The most advanced server becomes primary.
    fn promote(&mut self, ctx: &mut Ctx, shard: u16) {
        let Some(cluster) = &ctx.nodes[self.node as usize].cluster else { return };
        let (servers, former) = (cluster.servers(shard), cluster.shards[shard as usize].primary);
        let keys: Vec<u32> = (0..ctx.keys).filter(|&k| cluster.home(k) == shard).collect();
        let mut best: Option<(u64, u16)> = None;
        for server in servers.clone() {
            if !self.eligible(ctx, server) {
                continue;
            }
            if server != former {
                self.empty_log(ctx, server, true);
            }
            let versions = &self.servers[server as usize].versions;
            let reached: u64 = keys.iter().map(|&k| u64::from(versions[k as usize])).sum();
            if best.is_none_or(|(most, _)| reached > most) {
                best = Some((reached, server));
            }
        }
        let Some((_, chosen)) = best else {
            self.elections[shard as usize].stage = Stage::Vacant;
            return;
        };
        let lost = self.roll_back(ctx, chosen, &keys);
        ctx.recorder.lost_writes(self.node, lost);
        if let Some(cluster) = &mut ctx.nodes[self.node as usize].cluster {
            cluster.shards[shard as usize].primary = chosen;
        }
        for server in servers.filter(|&s| s != chosen) {
            let gone = !self.works(ctx, server) && server == former;
            if gone || !ctx.reaches(self.node, chosen, self.node, server) {
                self.empty_log(ctx, server, false);
                self.servers[server as usize].outcast = true;
            } else {
                self.copy_from(ctx, server, chosen);
            }
        }
        self.calm(shard);
        self.list_readers(ctx);
        let place = ctx.replica_name(self.node, chosen);
        ctx.note(place, Weight::Good, &format!("is the primary now; {lost} acknowledged writes are lost"));
    }
    /// What the new primary holds is the truth: the number of acknowledged writes that it never received.
    fn roll_back(&self, ctx: &mut Ctx, chosen: u16, keys: &[u32]) -> u32 {
        let held = &self.servers[chosen as usize].versions;
        let newest = &mut ctx.versions[self.node as usize];
        let mut lost = 0;
        for &key in keys {
            lost += newest[key as usize].saturating_sub(held[key as usize]);
            newest[key as usize] = held[key as usize];
        }
        lost
    }
    /// A server that left the log is back: it gets a copy of the present primary's keys.
    pub(super) fn rejoin(&mut self, ctx: &mut Ctx, server: u16) {
        let Some(cluster) = &ctx.nodes[self.node as usize].cluster else { return };
        if cluster.leaderless {
            return self.hand_over_hints(ctx, server);
        }
        let Some(primary) = cluster.primary_of(server) else { return };
        let s = &self.servers[server as usize];
        if (s.outcast || s.missed) && server != primary && ctx.reaches(self.node, primary, self.node, server)
        {
            let back = s.outcast;
            self.copy_from(ctx, server, primary);
            self.list_readers(ctx);
            if back {
                let place = ctx.replica_name(self.node, server);
                ctx.note(place, Weight::Good, "is a replica now, with a fresh copy");
            }
        }
    }
    /// What a copy of a leaderless database missed was kept for it by the others.
    pub(super) fn hand_over_hints(&mut self, ctx: &Ctx, server: u16) {
        let Some(cluster) = &ctx.nodes[self.node as usize].cluster else { return };
        for other in cluster.servers(cluster.shard_of(server)).filter(|&s| s != server) {
            if !ctx.state(self.node, other).has_workers() || !ctx.reaches(self.node, server, self.node, other)
            {
                continue;
            }
            let theirs = self.servers[other as usize].versions.clone();
            let mine = &mut self.servers[server as usize].versions;
            for key in 0..mine.len() {
                if mine[key] < theirs[key] {
                    mine[key] = theirs[key];
                }
            }
        }
    }
}
