//! What callers know of a database: which server has the key, which takes writes, which serve reads.

use std::sync::Arc;

use super::super::component::Kind;
use super::super::paged::Paged;
use super::super::request::NIL;
use super::super::time::Time;
use super::super::topology::database_server;
use super::{Ctx, Node};

/// The servers of a database by role. Server `shard * copies + copy` holds a copy of the shard.
#[derive(Clone)]
pub(crate) struct Cluster {
    /// Servers of a shard.
    pub copies: u16,
    /// No copy is the primary; any takes part in reads and writes.
    pub leaderless: bool,
    pub shards: Vec<Shard>,
    /// Shard of every key; empty = there is one shard.
    pub homes: Arc<[u16]>,
    /// Reads of a key go to the primary for so long after its last write.
    pub sticky: Time,
    /// When every key was last written; empty without `sticky`.
    pub written: Paged<Time>,
    /// Callers cut off from the server that they want ask one on their own side.
    pub own_side: bool,
}

/// One shard's servers.
#[derive(Clone, Default)]
pub(crate) struct Shard {
    pub primary: u16,
    /// Those who serve reads, never empty.
    pub readers: Vec<u16>,
}

impl Cluster {
    /// The shard that a key lives in.
    #[inline]
    pub fn home(&self, key: u32) -> u16 {
        self.homes.get(key as usize).copied().unwrap_or(0)
    }
    /// The shard that a server holds a copy of.
    pub const fn shard_of(&self, server: u16) -> u16 {
        server / self.copies
    }
    /// The primary of the shard that a server holds a copy of; `None` = the server has left the design.
    pub fn primary_of(&self, server: u16) -> Option<u16> {
        self.shards.get(self.shard_of(server) as usize).map(|s| s.primary)
    }
    /// The server of a call where nothing matters but whether it writes; `None` = look closer.
    #[inline(always)]
    pub fn server_at_once(&self, write: bool, turn: &mut u32) -> Option<u16> {
        if !self.homes.is_empty() || self.sticky > Time::ZERO || self.own_side {
            return None;
        }
        let Shard { primary, readers } = self.shards.first()?;
        Some(if write && !self.leaderless { *primary } else { in_turn(readers, turn) })
    }
    /// Servers in the design.
    pub const fn size(&self) -> u16 {
        self.copies * self.shards.len() as u16
    }
    /// The servers of a shard.
    pub const fn servers(&self, shard: u16) -> std::ops::Range<u16> {
        shard * self.copies..(shard + 1) * self.copies
    }
}

/// The next of those who serve reads.
#[inline(always)]
fn in_turn(readers: &[u16], turn: &mut u32) -> u16 {
    let pick = if *turn as usize >= readers.len() { 0 } else { *turn };
    *turn = pick + 1;
    readers[pick as usize]
}

impl Ctx {
    /// Which server of a database a call goes to.
    pub(super) fn cluster_server(&mut self, link: u16, caller: u16, request: u32) -> u16 {
        let node = self.links[link as usize].to as usize;
        let spread =
            self.nodes[node].cluster.as_ref().is_some_and(|c| !c.homes.is_empty() || c.sticky > Time::ZERO);
        let key = if spread { self.key(request) } else { 0 };
        let Some(cluster) = &self.nodes[node].cluster else { return 0 };
        let write = request != NIL && self.requests[request].write;
        let shard = cluster.home(key);
        let Shard { primary, readers } = &cluster.shards[shard as usize];
        let sticks = cluster.written.get(key as usize).is_some_and(|&at| at > self.now);
        let server = if (write || sticks) && !cluster.leaderless {
            *primary
        } else {
            in_turn(readers, &mut self.links[link as usize].turn)
        };
        if !cluster.own_side {
            return server;
        }
        let from = self.links[link as usize].from;
        let near = |&s: &u16| self.reaches(from, caller, node as u16, s);
        std::iter::once(server).chain(cluster.servers(shard)).find(near).unwrap_or(server)
    }

    /// Connections that the pools of the links to a node keep open; `None` = no link has a pool.
    pub fn open_connections(&self, node: u16) -> Option<u32> {
        let pooled = |l: &super::Link| {
            let size = l.policy.as_ref()?.pool_size()?;
            (l.to == node && !l.removed).then(|| size * u32::from(self.nodes[l.from as usize].active.max(1)))
        };
        self.links.iter().filter_map(pooled).reduce(u32::saturating_add)
    }

    /// Name of a server: `web#1`, `db#primary`, or the node's name where there is but one. A database's names follow
    /// the roles: after a failover the new primary is `db#primary`.
    pub fn replica_name(&self, node: u16, replica: u16) -> Arc<str> {
        let n = &self.nodes[node as usize];
        match (n.kind, n.replicas.len()) {
            (_, 0 | 1) => n.name.clone(),
            (Kind::Database, _) => n.database_server(replica).into(),
            _ => format!("{}#{}", n.name, replica + 1).into(),
        }
    }
}

impl Node {
    /// The server whose log a copy of a database applies.
    pub fn follows(&self, replica: u16) -> Option<u16> {
        let cluster = self.cluster.as_deref().filter(|c| !c.leaderless)?;
        cluster.primary_of(replica).filter(|&primary| primary != replica)
    }
    fn database_server(&self, replica: u16) -> String {
        let Some(cluster) = self.cluster.as_deref().filter(|c| replica < c.size()) else {
            // It has left the design, and finishes its work.
            return format!("{}#{}", self.name, replica + 1);
        };
        let (shard, copy) = (cluster.shard_of(replica), replica % cluster.copies);
        let primary = match cluster.copies {
            1 => Some(0),
            copies => (!cluster.leaderless).then(|| cluster.shards[shard as usize].primary % copies),
        };
        let shard = (cluster.shards.len() > 1).then_some(shard);
        format!("{}#{}", self.name, database_server(shard, copy, primary))
    }
}
