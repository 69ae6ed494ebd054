//! Calls that wait for several servers of their database: a write for its replicas, a query for a quorum or for
//! all shards. The waiting call keeps its join's slot in `Call::step` and `Call::repeat`, which a database uses for
//! nothing else.

use super::super::super::context::{Answer, Ctx};
use super::super::super::outcome::Reason;
use super::super::super::request::{NIL, Outcome};
use super::super::super::slots::Slots;

/// What a call waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wait {
    /// The replicas of a write that the primary has made; one that is gone is not waited for.
    Replicas,
    /// Copies of a leaderless database.
    Quorum,
    /// Servers of several shards.
    Shards,
}

/// One waiting call.
#[derive(Clone)]
struct Join {
    /// The call that waits.
    parent: u32,
    /// The server where it waits.
    server: u16,
    wait: Wait,
    /// Answers still needed.
    need: u16,
    /// (server, call) of the answers that may still come.
    open: Vec<(u16, u32)>,
    /// Newest version among the answers.
    best: u32,
    /// Newest committed version when it began.
    floor: u32,
    failed: Option<Reason>,
}

/// All waiting calls of a database.
#[derive(Clone)]
pub(super) struct Joins {
    slots: Slots<Join>,
}

/// How a wait ended.
pub(super) struct End {
    pub parent: u32,
    pub wait: Wait,
    pub best: u32,
    pub floor: u32,
    /// Too few could answer.
    pub failed: Option<Reason>,
}

impl Joins {
    pub const fn new() -> Self {
        Self { slots: Slots::new() }
    }
    /// A call begins to wait for `need` answers.
    pub fn begin(&mut self, ctx: &mut Ctx, parent: u32, wait: Wait, need: u16, floor: u32) -> u32 {
        let server = ctx.calls[parent].replica;
        let join = Join { parent, server, wait, need, open: Vec::new(), best: 0, floor, failed: None };
        let slot = self.slots.add(join);
        (ctx.calls[parent].step, ctx.calls[parent].repeat) = (slot as u16, (slot >> 16) as u16);
        slot
    }
    /// It waits for one more call.
    pub fn add(&mut self, slot: u32, server: u16, call: u32) {
        self.slots[slot].open.push((server, call));
    }
    /// Fewer answers are needed than was said at first.
    pub fn need(&mut self, slot: u32, need: u16) {
        self.slots[slot].need = need;
    }
    /// A server has answered: the join, and whether the wait is over.
    pub fn answered(&mut self, ctx: &Ctx, answer: &Answer) -> Option<(u32, bool)> {
        if answer.parent == NIL {
            return None;
        }
        let parent = &ctx.calls[answer.parent];
        let slot = u32::from(parent.step) | u32::from(parent.repeat) << 16;
        let join = self.slots.get_mut(slot).filter(|j| j.parent == answer.parent)?;
        let at = join.open.iter().position(|&(server, _)| server == answer.replica)?;
        join.open.swap_remove(at);
        if let Outcome::Failed(reason) = answer.outcome {
            join.failed = Some(reason);
        } else {
            join.need = join.need.saturating_sub(1);
            join.best = join.best.max(answer.payload as u32);
        }
        Some((slot, join.over()))
    }
    /// The wait is over: what came of it. Answers that are still out are not wanted any more.
    pub fn end(&mut self, ctx: &mut Ctx, slot: u32) -> Option<End> {
        let join = self.slots.remove(slot)?;
        ctx.abandon_children(join.parent);
        let failed = if join.need > 0 { join.failed } else { None };
        Some(End { parent: join.parent, wait: join.wait, best: join.best, floor: join.floor, failed })
    }
    /// A server died, and with it the calls that waited there.
    pub fn coordinator_died(&mut self, server: u16) {
        self.slots.retain(|join| join.server != server);
    }
    /// Writes wait no longer for replicas that are gone: (joins that end by that).
    pub fn without(&mut self, ctx: &mut Ctx, server: u16) -> Vec<u32> {
        let mut over = Vec::new();
        for (slot, join) in self.slots.iter_mut().filter(|(_, j)| j.wait == Wait::Replicas) {
            let Some(at) = join.open.iter().position(|&(s, _)| s == server) else { continue };
            let (_, call) = join.open.swap_remove(at);
            ctx.disown(call);
            ctx.abandon(call);
            if join.over() {
                over.push(slot);
            }
        }
        over
    }
    /// Servers of writes that wait for replicas: (slot, where it waits, for whom).
    pub fn waiting_replicas(&self) -> impl Iterator<Item = (u16, u16)> {
        let waits = self.slots.iter().filter(|(_, j)| j.wait == Wait::Replicas);
        waits.flat_map(|(_, j)| j.open.iter().map(|&(s, _)| (j.server, s)))
    }
}

impl Join {
    /// Enough have answered, or too few are left.
    fn over(&self) -> bool {
        match self.wait {
            Wait::Replicas => self.need == 0 || self.open.is_empty(),
            Wait::Quorum | Wait::Shards => self.need == 0 || self.open.len() < self.need as usize,
        }
    }
}
