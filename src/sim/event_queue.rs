//! Pending events, in order of (time, sequence number): ties leave in the order in which they were pushed.
//!
//! An event is one packed `u128`: time (64 bits) | sequence (32) | kind and index (32), so an order is one compare.
//! Cancelling is lazy: whoever waits for an event remembers its sequence number, and an event whose number
//! nobody waits for is dropped when it comes up.

mod ladder;

use super::time::Time;
use ladder::{LATEST, Ladder};

/// What happens; the index is in the arena of what it happens to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum EventKind {
    /// A call arrives at its callee.
    Arrival,
    /// A burst of a call's work ends.
    Worked,
    /// The answer to a call arrives at its caller.
    Answer,
    /// Something is due for a call that waits, or for an exchange.
    Due,
    /// A caller's timeout for a call.
    Timeout,
    /// A client's patience with a request.
    Patience,
    /// The next request of a client.
    Request,
    /// The next burst that ends on a host.
    Host,
    /// A scheduled change.
    Change,
    /// A node's own timer.
    Timer,
    /// The warm-up is over.
    Mark,
}

impl EventKind {
    /// The kind with this number.
    #[inline(always)]
    const fn of(number: u32) -> Self {
        match number {
            0 => Self::Arrival,
            1 => Self::Worked,
            2 => Self::Answer,
            3 => Self::Due,
            4 => Self::Timeout,
            5 => Self::Patience,
            6 => Self::Request,
            7 => Self::Host,
            8 => Self::Change,
            9 => Self::Timer,
            _ => Self::Mark,
        }
    }
}

const INDEX_BITS: u32 = 28;
/// Most entries of any arena that events point into.
pub(crate) const MAX_INDEX: u32 = (1 << INDEX_BITS) - 1;

/// One event, unpacked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub at: Time,
    pub seq: u32,
    pub kind: EventKind,
    pub index: u32,
}

/// No event is waited for.
pub(crate) const NO_EVENT: u32 = 0;

/// The pending events.
#[derive(Clone, Default)]
pub(crate) struct EventQueue {
    keys: Ladder,
    seq: u32,
}

impl EventQueue {
    /// Adds an event; returns its sequence number, never `NO_EVENT`.
    #[inline(always)]
    pub fn push(&mut self, at: Time, kind: EventKind, index: u32) -> u32 {
        debug_assert!(index <= MAX_INDEX);
        self.seq = self.seq.checked_add(1).unwrap_or(1);
        let low = (u64::from(self.seq) << 32) | u64::from((kind as u32) << INDEX_BITS | index);
        self.keys.push((u128::from(at.ns().min(LATEST)) << 64) | u128::from(low));
        self.seq
    }
    /// Time of the earliest event; `NEVER` if there is none.
    #[inline(always)]
    pub fn next_at(&self) -> Time {
        self.keys.peek().map_or(Time::NEVER, |k| Time((k >> 64) as u64))
    }
    /// Takes the earliest event, if it is not after `last`.
    #[inline(always)]
    pub fn pop(&mut self, last: Time) -> Option<Event> {
        let key = self.keys.pop(last.ns())?;
        let low = key as u32;
        Some(Event {
            at: Time((key >> 64) as u64),
            seq: (key >> 32) as u32,
            kind: EventKind::of(low >> INDEX_BITS),
            index: low & MAX_INDEX,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_comes_back_from_its_number() {
        assert!((0..=EventKind::Mark as u32).all(|n| EventKind::of(n) as u32 == n));
    }

    #[test]
    fn events_leave_by_time_then_in_order_of_arrival() {
        let mut q = EventQueue::default();
        let a = q.push(Time(5), EventKind::Answer, 1);
        let b = q.push(Time(3), EventKind::Timer, 2);
        let c = q.push(Time(5), EventKind::Host, MAX_INDEX);
        let order: Vec<_> =
            std::iter::from_fn(|| q.pop(Time::NEVER)).map(|e| (e.at, e.seq, e.kind, e.index)).collect();
        assert_eq!(
            order,
            [
                (Time(3), b, EventKind::Timer, 2),
                (Time(5), a, EventKind::Answer, 1),
                (Time(5), c, EventKind::Host, MAX_INDEX)
            ]
        );
    }
}
