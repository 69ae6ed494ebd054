//! Draining: a backend that leaves gets no new requests, and the time `drain` for those in flight.

use super::super::super::context::Ctx;
use super::super::super::outcome::Reason;
use super::super::super::request::{NIL, Phase};
use super::super::super::snapshot::Cargo;
use super::super::super::time::Time;
use super::backend::Backend;
use super::{CUT, LoadBalancer};

/// A backend on its way out.
#[derive(Clone)]
pub(crate) struct Leaving {
    node: u16,
    replica: u16,
    until: Time,
}

impl LoadBalancer {
    /// Those of the former backends that are none any more: their connections are cut when the time is over.
    pub(super) fn let_leave(&mut self, ctx: &mut Ctx, former: &[Backend]) {
        let stays = |node: u16, replica: u16| {
            self.backends.iter().any(|b| b.node == node && b.replica == replica && !b.drained)
        };
        self.leaving.retain(|l| !stays(l.node, l.replica));
        let Some(drain) = self.drain else { return };
        for b in former.iter().filter(|b| b.in_flight > 0 && !b.drained && !stays(b.node, b.replica)) {
            self.leaving.push(Leaving { node: b.node, replica: b.replica, until: ctx.now + drain });
        }
        if self.leaving.iter().any(|l| l.until == ctx.now + drain) {
            ctx.after(self.node, drain, CUT);
        }
    }
    /// The time of some is over: what they have not answered fails.
    pub(super) fn cut(&mut self, ctx: &mut Ctx) {
        let now = ctx.now;
        let due: Vec<Leaving> = self.leaving.iter().filter(|l| l.until <= now).cloned().collect();
        self.leaving.retain(|l| l.until > now);
        for Leaving { node, replica, .. } in due {
            let open = ctx.calls.eldest_first(|c| {
                let between = c.caller == self.node && c.node == node && c.replica == replica;
                let waits = c.cargo == Cargo::Call && c.wanted && c.parent != NIL;
                between && waits && c.phase != Phase::Replying
            });
            for attempt in open {
                // With retries on the link it is all attempts together that end.
                let above = ctx.calls[attempt].parent;
                let id = if ctx.is_exchange(above) { above } else { attempt };
                let parent = ctx.calls[id].parent;
                if parent == NIL {
                    continue;
                }
                ctx.disown(id);
                ctx.abandon(id);
                self.open = self.open.saturating_sub(1);
                ctx.fail_at(parent, Reason::Removed, node);
            }
        }
    }
}
