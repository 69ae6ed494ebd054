//! A standby pair: one has the address; when it dies, the other takes the address over.

use super::super::super::context::{Ctx, Routing};
use super::super::super::log::Weight;
use super::super::super::snapshot::ReplicaState;
use super::super::super::time::Time;
use super::super::super::value::{Knob, Knobs, LONGEST, Shape, Value};
use super::{LoadBalancer, TAKE_OVER};

/// Knobs of `standby`.
pub static KNOBS: &[Knob] =
    &[Knob::new("detect", Shape::Time { min: Time::ZERO, max: LONGEST }, "time until the other takes over")
        .default(|| Value::Time(Time::from_secs(3)))];

/// The second balancer of a pair.
#[derive(Clone, Copy)]
pub(crate) struct Standby {
    detect: Time,
}

impl Standby {
    pub fn read(knobs: &Knobs) -> Option<Self> {
        let detect = knobs.group("standby")?.time("detect").unwrap_or(Time::from_secs(3));
        Some(Self { detect })
    }
}

impl LoadBalancer {
    /// Callers reach the one that has the address; the other's workers are no capacity.
    pub(super) fn hold_address(&mut self, ctx: &mut Ctx) {
        if self.standby.is_none() {
            (self.active, ctx.nodes[self.node as usize].routing) = (0, Routing::Any);
            return;
        }
        ctx.nodes[self.node as usize].routing = Routing::Only(self.active);
        for (replica, station) in self.stations.iter_mut().enumerate() {
            let here = replica == self.active as usize;
            station.set_up(ctx.now, here && ctx.state(self.node, self.active) == ReplicaState::Up);
        }
    }
    /// One of the pair went down or came up.
    pub(super) fn pair_turned(&mut self, ctx: &mut Ctx, replica: u16, up: bool) {
        let Some(Standby { detect }) = self.standby else { return };
        self.hold_address(ctx);
        let active_dead = ctx.state(self.node, self.active) != ReplicaState::Up;
        if active_dead && up != (replica == self.active) {
            ctx.after(self.node, detect, TAKE_OVER);
        }
    }
    /// The standby has missed the other for long enough.
    pub(super) fn take_over(&mut self, ctx: &mut Ctx) {
        let other = 1 - self.active.min(1);
        let up = |ctx: &Ctx, replica| ctx.state(self.node, replica) == ReplicaState::Up;
        if self.standby.is_none() || up(ctx, self.active) || !up(ctx, other) {
            return;
        }
        self.active = other;
        self.hold_address(ctx);
        let place = ctx.replica_name(self.node, other);
        ctx.note(place, Weight::Good, "takes the address over");
    }
}
