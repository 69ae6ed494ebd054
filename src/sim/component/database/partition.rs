//! Behaviour while the network between the servers is cut: consistent (the minority refuses writes) or available
//! (both sides take them, and disagree afterwards).

use super::super::super::context::Ctx;
use super::super::super::log::Weight;
use super::super::super::paged::Paged;
use super::Database;

/// What a database does while it is cut in two.
#[derive(Clone)]
pub(super) struct Sides {
    available: bool,
    /// Some server is cut off from its primary.
    cut: bool,
    /// By key: written on the primary's side (1), on another (2) during the partition.
    written: Paged<u8>,
}

const PRIMARY_SIDE: u8 = 1;
const OTHER_SIDE: u8 = 2;

impl Sides {
    /// Whether a server takes writes. `primary` is the shard's.
    pub fn takes_writes(&self, node: u16, ctx: &Ctx, server: u16, primary: u16) -> bool {
        if self.available {
            return server == primary || !ctx.reaches(node, server, node, primary);
        }
        server == primary && Self::has_majority(node, ctx, server)
    }
    /// Whether a server may become primary.
    pub fn may_lead(&self, node: u16, ctx: &Ctx, server: u16) -> bool {
        self.available || Self::has_majority(node, ctx, server)
    }
    fn has_majority(node: u16, ctx: &Ctx, server: u16) -> bool {
        let Some(cluster) = &ctx.nodes[node as usize].cluster else { return true };
        let servers = cluster.servers(cluster.shard_of(server));
        let reached = servers.filter(|&s| s == server || ctx.reaches(node, server, node, s)).count();
        reached * 2 > cluster.copies as usize
    }
}

impl Database {
    pub(super) fn set_sides(&mut self, word: Option<&str>) {
        let Some(word) = word else {
            self.sides = None;
            return;
        };
        let former = self.sides.take();
        let (cut, written) = former.map_or((false, Paged::new()), |s| (s.cut, s.written));
        self.sides = Some(Box::new(Sides { available: word == "ap", cut, written }));
    }
    /// Notes which side of a partition writes a key.
    pub(super) fn note_side(&mut self, ctx: &Ctx, server: u16, key: u32) {
        let Some(sides) = self.sides.as_mut().filter(|s| s.cut && s.available) else { return };
        let Some(cluster) = &ctx.nodes[self.node as usize].cluster else { return };
        let primary = cluster.shards[cluster.shard_of(server) as usize].primary;
        let near = server == primary || ctx.reaches(self.node, server, self.node, primary);
        sides.written.resize(ctx.keys as usize, 0);
        sides.written[key as usize] |= if near { PRIMARY_SIDE } else { OTHER_SIDE };
    }
    /// The network was cut somewhere, or is whole again.
    pub(super) fn network_changed(&mut self, ctx: &mut Ctx) {
        let Some(cluster) = ctx.nodes[self.node as usize].cluster.clone() else { return };
        let gone: Vec<u16> = {
            let cut = |&(from, to): &(u16, u16)| !ctx.reaches(self.node, from, self.node, to);
            self.joins.waiting_replicas().filter(cut).map(|(_, to)| to).collect()
        };
        for server in gone {
            self.servers[server as usize].missed = true;
            for slot in self.joins.without(ctx, server) {
                self.join_ends(ctx, slot);
            }
        }
        let mut cut = false;
        for (shard, s) in cluster.shards.iter().enumerate() {
            for server in cluster.servers(shard as u16) {
                let reached = ctx.reaches(self.node, s.primary, self.node, server);
                cut |= !reached;
                if !reached {
                    // What is on the way to it may be lost with the cut.
                    self.servers[server as usize].missed = true;
                }
            }
        }
        let was_cut = self.sides.as_mut().is_some_and(|s| std::mem::replace(&mut s.cut, cut));
        if was_cut && !cut {
            self.reconcile(ctx);
        }
        for server in 0..cluster.size() {
            if self.works(ctx, server) {
                self.rejoin(ctx, server);
            }
        }
        if !cluster.leaderless {
            self.judge_primaries(ctx);
        }
    }
    /// A primary without a majority is as good as dead to the others; one that has it again goes on.
    fn judge_primaries(&mut self, ctx: &mut Ctx) {
        let Some(cluster) = &ctx.nodes[self.node as usize].cluster else { return };
        let primaries: Vec<u16> = cluster.shards.iter().map(|s| s.primary).collect();
        for (shard, primary) in primaries.into_iter().enumerate() {
            let leads = self.sides.as_ref().is_none_or(|s| s.may_lead(self.node, ctx, primary));
            if !leads {
                self.miss_primary(ctx, shard as u16);
            } else if self.works(ctx, primary) {
                self.election_server_up(ctx, primary);
            }
        }
    }
    /// The partition is over: every key takes the last write, and what the other side had written to it is gone.
    fn reconcile(&mut self, ctx: &mut Ctx) {
        let Some(sides) = &mut self.sides else { return };
        let written = std::mem::take(&mut sides.written);
        let Some(cluster) = &ctx.nodes[self.node as usize].cluster else { return };
        let mut diverged = 0;
        for key in (0..written.len()).filter(|&key| written[key] != 0) {
            diverged += u32::from(written[key] == PRIMARY_SIDE | OTHER_SIDE);
            let servers = cluster.servers(cluster.home(key as u32));
            let version = |s: u16| self.servers[s as usize].versions.get(key).copied().unwrap_or(0);
            let newest = servers.clone().map(version).max().unwrap_or(0);
            for server in servers {
                let versions = &mut self.servers[server as usize].versions;
                if versions.get(key).is_some_and(|&v| v < newest) {
                    versions[key] = newest;
                }
            }
        }
        if diverged > 0 {
            ctx.recorder.diverged_writes(self.node, diverged);
            let place = ctx.nodes[self.node as usize].name.clone();
            let text = format!("{diverged} keys were written on both sides: the last write wins");
            ctx.note(place, Weight::Bad, &text);
        }
    }
}
