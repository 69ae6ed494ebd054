//! Shards: which key lives where, queries over all shards, keys that move when the number of shards changes.

use std::sync::Arc;

use super::super::super::context::{Cluster, Ctx, Shard};
use super::super::super::outcome::Reason;
use super::super::super::paged::Paged;
use super::super::super::rng::mix;
use super::super::super::time::Time;
use super::super::super::topology::NodeSpec;
use super::Database;
use super::join::Wait;
use super::replication::Server;

/// Keys that have changed their shard and have not been used since.
#[derive(Clone)]
pub(super) struct Moves {
    moving: Paged<bool>,
    left: u32,
}

/// Who serves reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Readers {
    Primary,
    Replicas,
    All,
}

impl Readers {
    fn parse(word: Option<&str>) -> Self {
        match word {
            Some("primary") => Self::Primary,
            Some("all") => Self::All,
            _ => Self::Replicas,
        }
    }
}

/// The shard of a key among `shards`, by jump consistent hashing: a further shard takes its fair part of every other
/// one, and nothing else moves (Lamping and Veach 2014).
fn jump(key: u32, shards: u32) -> u16 {
    let mut k = mix(u64::from(key) + 1);
    let (mut bucket, mut next) = (0u64, 0u64);
    while next < u64::from(shards) {
        bucket = next;
        k = k.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        next = ((bucket + 1) as f64 * ((1u64 << 31) as f64 / ((k >> 33) + 1) as f64)) as u64;
    }
    bucket as u16
}

/// The shard of every key; empty for a single shard.
pub(super) fn homes(by: Option<&str>, shards: u32, keys: u32) -> Arc<[u16]> {
    if shards <= 1 {
        return Arc::new([]);
    }
    let home = |key: u32| match by {
        Some("modulo") => (key % shards) as u16,
        Some("range") => (u64::from(key) * u64::from(shards) / u64::from(keys.max(1))) as u16,
        _ => jump(key, shards),
    };
    (0..keys).map(home).collect()
}

impl Database {
    /// Copies of each shard.
    #[inline]
    pub(super) fn copies(&self, ctx: &Ctx) -> u16 {
        ctx.nodes[self.node as usize].cluster.as_ref().map_or(1, |c| c.copies)
    }
    pub(super) fn is_sharded(&self, ctx: &Ctx) -> bool {
        ctx.nodes[self.node as usize].cluster.as_ref().is_some_and(|c| !c.homes.is_empty())
    }
    /// Whether a key lives in another shard than a server's.
    #[inline]
    pub(super) fn is_foreign(&self, ctx: &Ctx, server: u16, key: u32) -> bool {
        let cluster = ctx.nodes[self.node as usize].cluster.as_ref();
        cluster.is_some_and(|c| !c.homes.is_empty() && c.home(key) != c.shard_of(server))
    }
    /// Deals out what each server is and holds.
    pub(super) fn lay_out(&mut self, ctx: &mut Ctx, spec: &NodeSpec) {
        let (copies, shards, keys) = (spec.copies() as u16, spec.shards(), ctx.keys);
        let homes = homes(spec.knobs.choice("shard_by"), shards, keys);
        let leaderless = self.quorum.is_some();
        let former = ctx.nodes[self.node as usize].cluster.take();
        let grows_in_place = |c: &Cluster| c.shards.len() == 1 && shards == 1 && c.leaderless == leaderless;
        let keeps = former.as_ref().is_some_and(|c| {
            grows_in_place(c) && c.shards[0].primary < copies
                || c.copies == copies && c.homes == homes && c.leaderless == leaderless
        });
        let sticky = spec.knobs.time("sticky").unwrap_or(Time::ZERO);
        let mut written = match &former {
            Some(c) if sticky > Time::ZERO => c.written.clone(),
            _ => Paged::new(),
        };
        written.resize(if sticky > Time::ZERO { keys as usize } else { 0 }, Time::ZERO);
        let mut cluster = Cluster {
            copies,
            leaderless,
            shards: (0..shards as u16).map(|s| Shard { primary: s * copies, readers: Vec::new() }).collect(),
            homes,
            sticky,
            written,
            own_side: self.sides.is_some(),
        };
        if let (true, Some(former)) = (keeps, &former) {
            for (shard, old) in cluster.shards.iter_mut().zip(&former.shards) {
                shard.primary = old.primary;
            }
        } else if let Some(former) = &former {
            self.start_moves(former, &cluster);
        }
        self.readers = Readers::parse(spec.knobs.choice("routing"));
        ctx.nodes[self.node as usize].cluster = Some(Box::new(cluster));
        self.elections.resize(shards as usize, super::Election::default());
        self.fill_servers(ctx, keeps);
    }
    fn fill_servers(&mut self, ctx: &mut Ctx, keeps: bool) {
        let several = self.copies(ctx) > 1 || self.quorum.is_some();
        let known = self.servers.len();
        let cluster = ctx.nodes[self.node as usize].cluster.as_ref();
        let in_design = cluster.map_or(0, |c| usize::from(c.size()));
        self.servers.resize_with(self.stations.len(), Server::default);
        for server in 0..self.servers.len() {
            let follows = server < known && keeps;
            if server < known && (!keeps || server >= in_design) {
                self.empty_log(ctx, server as u16, false);
            }
            let newest = &ctx.versions[self.node as usize];
            let s = &mut self.servers[server];
            // Who has left the design follows no longer; if it comes back, it needs a copy.
            s.outcast |= server >= in_design;
            if !several {
                s.versions = Paged::new();
            } else if follows && s.versions.len() > 0 {
                s.versions.resize(newest.len(), 0);
            } else {
                // A new server starts from a copy; a new layout starts in step.
                (s.versions, s.outcast, s.missed) = (newest.clone(), false, false);
            }
        }
        if !keeps {
            (0..self.elections.len() as u16).for_each(|shard| self.calm(shard));
        }
    }
    /// Lists who serves the reads of each shard: by `routing`, among those that follow the log.
    pub(super) fn list_readers(&mut self, ctx: &mut Ctx) {
        let node = &mut ctx.nodes[self.node as usize];
        let Some(cluster) = &mut node.cluster else { return };
        for s in 0..cluster.shards.len() as u16 {
            let servers = cluster.servers(s);
            let leaderless = cluster.leaderless;
            let Shard { primary, readers } = &mut cluster.shards[s as usize];
            let primary = *primary;
            let follows = |server: u16| !self.servers[server as usize].outcast;
            let serves = |&server: &u16| match self.readers {
                _ if leaderless => true,
                Readers::Primary => server == primary,
                Readers::Replicas => server != primary && follows(server),
                Readers::All => server == primary || follows(server),
            };
            readers.clear();
            readers.extend(servers.filter(serves));
            if readers.is_empty() {
                readers.push(primary);
            }
        }
    }

    /// A query that concerns other servers than the one it reached. Whether it was passed on.
    pub(super) fn spread(&mut self, ctx: &mut Ctx, call: u32) -> bool {
        let request = ctx.calls[call].request;
        let key = ctx.key(request);
        let server = ctx.calls[call].replica;
        let all = request != super::NIL && ctx.classes[ctx.requests[request].class as usize].scatter;
        if !all && !self.is_foreign(ctx, server, key) {
            return false;
        }
        let Some(link) = self.log_link else {
            ctx.fail(call, Reason::Error);
            return true;
        };
        let write = ctx.writes(call);
        let Some(cluster) = &ctx.nodes[self.node as usize].cluster else { return false };
        let (shards, home) = (cluster.shards.len() as u16, cluster.home(key));
        let wanted = if all { 0..shards } else { home..home + 1 };
        let slot = self.joins.begin(ctx, call, Wait::Shards, wanted.len() as u16, 0);
        for shard in wanted {
            let Some(cluster) = &ctx.nodes[self.node as usize].cluster else { break };
            let Shard { primary, readers } = &cluster.shards[shard as usize];
            // Parts of one query spread over the readers as its path falls.
            let turn = ctx.calls[call].path as usize % readers.len();
            let target = if write { *primary } else { readers[turn] };
            self.ask(ctx, slot, call, link, target, 0);
        }
        true
    }

    fn start_moves(&mut self, former: &Cluster, cluster: &Cluster) {
        let keys = former.homes.len().max(cluster.homes.len()) as u32;
        let (mut moving, mut left) = (Paged::new(), 0);
        moving.resize(keys as usize, false);
        for key in (0..keys).filter(|&k| former.home(k) != cluster.home(k)) {
            moving[key as usize] = true;
            left += 1;
        }
        self.moves = (left > 0).then(|| Box::new(Moves { moving, left }));
    }
    /// The first use of a key that has moved fetches it from its former shard: twice the work.
    pub(super) fn move_factor(&mut self, ctx: &mut Ctx, call: u32) -> f64 {
        let request = ctx.calls[call].request;
        if request == super::NIL {
            return 1.0;
        }
        let key = ctx.key(request);
        let server = ctx.calls[call].replica;
        if self.is_foreign(ctx, server, key) {
            return 1.0;
        }
        let Some(moves) = &mut self.moves else { return 1.0 };
        if moves.moving.get(key as usize) != Some(&true) {
            return 1.0;
        }
        moves.moving[key as usize] = false;
        moves.left -= 1;
        if moves.left == 0 {
            self.moves = None;
        }
        2.0
    }
}
