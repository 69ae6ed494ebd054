//! What a network does to messages: it loses them, lets them queue for the line, holds them back, is cut in two.
//!
//! The messages of a link without any of it come by here never, unless the network is cut.

use super::super::call::Policy;
use super::super::event_queue::NO_EVENT;
use super::super::id::NodeId;
use super::super::outcome::Reason;
use super::super::request::{Call, Outcome, Phase};
use super::super::rng::{Draw, Purpose};
use super::super::snapshot::{Cargo, CutView, LinkFault};
use super::super::time::Time;
use super::super::value::Knobs;
use super::{Ctx, Distribution, Link};

/// A lost message of a stream (replication, delivery) is sent again after this time: TCP's first retransmission.
const RESEND: Time = Time::from_ms(200);
/// A message of a stream that was lost so often in a row gets through.
const MAX_RESENDS: u32 = 50;
/// One side of a cut: nodes, or single servers of them.
pub(crate) type Side = Vec<(u16, Option<u16>)>;

/// A partition: no message passes between its two sides.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    id: u32,
    sides: [Side; 2],
}

/// What happens to the messages of a link besides latency.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Trouble {
    /// Share of the messages that the network loses, by the design and by a fault.
    loss: f64,
    extra_loss: f64,
    /// Added to the latency of both directions by a fault.
    extra_delay: Time,
    /// Stalls that have not ended: while there is one, messages wait in `Ctx::held`.
    stalls: u16,
    /// How long a message occupies the line; zero = not at all. And until when it is occupied, there and back.
    slot: Time,
    line_free: [Time; 2],
}

impl Link {
    /// Takes over the knobs of a declared link; what runs on it goes on.
    pub fn configure(&mut self, knobs: &Knobs) {
        self.set_latency(
            knobs.distribution("latency").cloned().unwrap_or(Distribution::Constant(Time::ZERO)),
        );
        self.timeout = knobs.time("timeout");
        let loss = knobs.share("loss").unwrap_or(0.0);
        let slot = knobs.rate("bandwidth").map_or(Time::ZERO, |r| Time::from_secs_f64(1.0 / r.max(1e-3)));
        self.change_trouble(|t| (t.loss, t.slot) = (loss, slot));
        self.deadline = knobs.flag("deadline");
        self.policy = Policy::configure(self.policy.take(), knobs);
    }
    /// A fault makes it lose this share of its messages; the share before.
    pub fn lose(&mut self, share: f64) -> f64 {
        self.change_trouble(|t| std::mem::replace(&mut t.extra_loss, share))
    }
    /// A fault makes its messages take so much longer; the delay before.
    pub fn delay(&mut self, by: Time) -> Time {
        self.change_trouble(|t| std::mem::replace(&mut t.extra_delay, by))
    }
    /// A fault makes its messages wait, one more or one less; whether there is one (less: whether there was).
    pub fn stall(&mut self, on: bool) -> bool {
        self.change_trouble(|t| {
            let was = t.stalls > 0;
            t.stalls = if on { t.stalls + 1 } else { t.stalls.saturating_sub(1) };
            on || was
        })
    }
    /// The link is no more: nothing waits on it.
    pub fn remove(&mut self) {
        self.removed = true;
        self.change_trouble(|t| t.stalls = 0);
    }
    /// What faults do to its messages.
    pub fn fault(&self) -> LinkFault {
        self.trouble.as_ref().map_or_else(LinkFault::default, |t| LinkFault {
            loss: t.extra_loss,
            delay: t.extra_delay,
            stalled: t.stalls > 0,
        })
    }
    /// How much longer its messages take by a fault.
    pub fn extra_delay(&self) -> Time {
        self.trouble.as_ref().map_or(Time::ZERO, |t| t.extra_delay)
    }
    fn change_trouble<R>(&mut self, change: impl FnOnce(&mut Trouble) -> R) -> R {
        let mut trouble = self.trouble.take().unwrap_or_default();
        let former = change(&mut trouble);
        let nothing = Trouble { line_free: trouble.line_free, ..Trouble::default() };
        self.trouble = (*trouble != nothing).then_some(trouble);
        former
    }
}

impl Ctx {
    /// Cuts the network between two sets of (node, server; `None` = all of its servers), until `heal`.
    pub fn cut(&mut self, a: Side, b: Side) -> u32 {
        self.cuts_made += 1;
        self.expect_trouble();
        self.cuts.push(Cut { id: self.cuts_made, sides: [a, b] });
        self.cuts_made
    }
    /// Ends a cut; the streams that it held go on.
    pub fn heal(&mut self, id: u32) {
        self.cuts.retain(|c| c.id != id);
        self.release_held();
    }
    /// Messages that waited for the network go on, unless something else is in their way.
    pub fn release_held(&mut self) {
        for call in std::mem::take(&mut self.held) {
            let reply = self.calls[call].phase == Phase::Replying;
            let purpose = if reply { Purpose::ReplyLatency } else { Purpose::Latency };
            self.launch(call, purpose);
        }
    }
    /// The partitions in force, to look at.
    pub fn cut_views(&self) -> impl Iterator<Item = CutView> {
        let side = |side: &Side| side.iter().map(|&(node, server)| (NodeId(node), server)).collect();
        self.cuts.iter().map(move |cut| CutView { sides: [side(&cut.sides[0]), side(&cut.sides[1])] })
    }
    /// Whether a cut lies between the two ends of a call.
    fn apart(&self, c: &Call) -> bool {
        !self.reaches(c.caller, c.caller_replica, c.node, c.replica)
    }
    /// Whether messages pass between two servers.
    #[inline]
    pub fn reaches(&self, node_a: u16, replica_a: u16, node_b: u16, replica_b: u16) -> bool {
        let ends = [(node_a, replica_a), (node_b, replica_b)];
        let on = |side: &Side, (node, replica): (u16, u16)| {
            side.iter().any(|&(n, r)| n == node && r.is_none_or(|r| r == replica))
        };
        let divides =
            |[a, b]: &[Side; 2]| (on(a, ends[0]) && on(b, ends[1])) || (on(b, ends[0]) && on(a, ends[1]));
        !self.cuts.iter().any(|cut| divides(&cut.sides))
    }

    /// When a message with this latency arrives on a link that is not smooth, or in a cut network; `None` = it
    /// does not, and the call has been dealt with.
    #[cold]
    pub(super) fn brave(&mut self, id: u32, latency: Time, purpose: Purpose) -> Option<Time> {
        let c = self.calls[id];
        let stream = matches!(c.cargo, Cargo::Replication | Cargo::Delivery);
        if !self.cuts.is_empty() && self.apart(&c) {
            if stream {
                self.calls[id].event = NO_EVENT;
                self.held.push(id);
            } else {
                self.lose_message(id, Reason::Unreachable);
            }
            return None;
        }
        let back = purpose == Purpose::ReplyLatency;
        let link = &mut self.links[c.link as usize];
        let Some(t) = &mut link.trouble else { return Some(self.now + latency) };
        if t.stalls > 0 {
            self.calls[id].event = NO_EVENT;
            self.held.push(id);
            return None;
        }
        let mut leaves = self.now;
        if t.slot > Time::ZERO {
            let line = &mut t.line_free[usize::from(back)];
            leaves = leaves.max(*line) + t.slot;
            *line = leaves;
        }
        let loss = 1.0 - (1.0 - t.loss) * (1.0 - t.extra_loss);
        let mut due = leaves + latency + t.extra_delay;
        if loss > 0.0 {
            let mut draw =
                Draw::new(c.path ^ link.key, if back { Purpose::ReplyLoss } else { Purpose::Loss });
            if stream {
                let resends = (0..MAX_RESENDS).take_while(|_| draw.unit() < loss).count();
                due += Time(RESEND.ns() * resends as u64);
            } else if draw.unit() < loss {
                self.lose_message(id, Reason::PacketLost);
                return None;
            }
        }
        Some(due)
    }
    /// A message is gone: whoever waits for it waits for its own timeout, and learns the reason then.
    fn lose_message(&mut self, id: u32, reason: Reason) {
        let c = &mut self.calls[id];
        (c.phase, c.event, c.outcome) = (Phase::Lost, NO_EVENT, Outcome::Failed(reason));
        let (wanted, link) = (c.wanted, c.link);
        self.links[link as usize].counter.window.lost += 1;
        if !wanted {
            self.end(id);
        }
    }
}
