//! Leaderless replication: a query goes to all copies, and is done when enough of them have answered
//! (Dynamo: SOSP 2007).

use super::super::super::context::{Ctx, NewCall};
use super::super::super::outcome::Reason;
use super::super::super::paged::Paged;
use super::super::super::snapshot::Cargo;
use super::super::super::value::Knobs;
use super::Database;
use super::join::Wait;

/// Answers that a query waits for.
#[derive(Clone)]
pub(super) struct Quorum {
    read: u16,
    write: u16,
    /// Newest version given out, by key.
    issued: Paged<u32>,
}

impl Database {
    pub(super) fn set_quorum(&mut self, ctx: &Ctx, knobs: &Knobs) {
        let Some(group) = knobs.group("quorum") else {
            self.quorum = None;
            return;
        };
        let n = group.count("n").unwrap_or(1);
        let count = |name| group.count(name).unwrap_or(1).min(n) as u16;
        let newest = &ctx.versions[self.node as usize];
        let mut issued = self.quorum.take().map_or_else(|| newest.clone(), |q| q.issued);
        issued.resize(newest.len(), 0);
        self.quorum = Some(Quorum { read: count("r"), write: count("w"), issued });
    }
    /// The server that a client reached asks all copies.
    pub(super) fn ask_quorum(&mut self, ctx: &mut Ctx, call: u32) {
        let (Some(quorum), Some(link)) = (&mut self.quorum, self.log_link) else {
            return ctx.fail(call, Reason::Error);
        };
        let key = ctx.key(ctx.calls[call].request) as usize;
        let write = ctx.writes(call);
        let mut version = 0;
        if write {
            quorum.issued[key] += 1;
            version = quorum.issued[key];
        }
        let need = if write { quorum.write } else { quorum.read };
        let floor = ctx.versions[self.node as usize][key];
        let Some(cluster) = &ctx.nodes[self.node as usize].cluster else { return };
        let copies = cluster.servers(cluster.home(key as u32));
        let slot = self.joins.begin(ctx, call, Wait::Quorum, need, floor);
        for copy in copies {
            self.ask(ctx, slot, call, link, copy, version);
        }
    }
    /// Sends one server its part of a query.
    pub(super) fn ask(&mut self, ctx: &mut Ctx, slot: u32, call: u32, link: u16, server: u16, version: u32) {
        let part = ctx.send(NewCall {
            replica: Some(server),
            cargo: Cargo::Part,
            payload: u64::from(version),
            ..ctx.call_for(call, link, u32::from(server))
        });
        self.joins.add(slot, server, part);
    }
    /// A copy has done its part.
    pub(super) fn quorum_part(&mut self, ctx: &mut Ctx, call: u32) {
        let key = ctx.key(ctx.calls[call].request) as usize;
        let server = ctx.calls[call].replica as usize;
        let seen = &mut self.servers[server].versions[key];
        if ctx.writes(call) {
            *seen = (*seen).max(ctx.calls[call].payload as u32);
        } else {
            ctx.calls[call].payload = u64::from(*seen);
        }
    }
    /// Enough copies have answered.
    pub(super) fn quorum_ends(&self, ctx: &mut Ctx, call: u32, best: u32, floor: u32) {
        let key = ctx.key(ctx.calls[call].request);
        if ctx.writes(call) {
            self.committed(ctx, key, best);
        } else if best < floor {
            ctx.recorder.stale_read(self.node);
        }
        ctx.calls[call].payload = u64::from(best);
    }
}
