//! Pending events, in order of (time, sequence number): ties leave in the order in which they were pushed.
//!
//! An event is one packed `u128`: time (64 bits) | sequence (32) | kind and index (32), so an order is one compare.
//! Cancelling is lazy: whoever waits for an event remembers its sequence number, and an event whose number
//! nobody waits for is dropped when it comes up.

mod ladder;
mod lane;

use super::time::Time;
use ladder::{LATEST, Ladder};
use lane::Lane;

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
    /// By number.
    const ALL: [Self; 11] = [
        Self::Arrival,
        Self::Worked,
        Self::Answer,
        Self::Due,
        Self::Timeout,
        Self::Patience,
        Self::Request,
        Self::Host,
        Self::Change,
        Self::Timer,
        Self::Mark,
    ];
}

const INDEX_BITS: u32 = 28;
/// Most entries of any arena that events point into.
pub(crate) const MAX_INDEX: u32 = (1 << INDEX_BITS) - 1;

/// One event, unpacked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub at: Time,
    pub seq: u32,
    /// Its kind and index.
    word: u32,
}

impl Event {
    #[inline(always)]
    const fn of(key: u128) -> Self {
        Self { at: Time((key >> 64) as u64), seq: (key >> 32) as u32, word: key as u32 }
    }
    #[inline(always)]
    pub const fn index(self) -> u32 {
        self.word & MAX_INDEX
    }
    /// Whether it is of this kind: asked for one kind after the other, which is quicker than `kind`.
    #[inline(always)]
    pub const fn is(self, kind: EventKind) -> bool {
        self.word >> INDEX_BITS == kind as u32
    }
    /// Whether a call waits for it and remembers its number (`Call::event`).
    #[inline(always)]
    pub const fn is_awaited(self) -> bool {
        self.word < (EventKind::Due as u32 + 1) << INDEX_BITS
    }
    pub fn kind(self) -> EventKind {
        EventKind::ALL[(self.word >> INDEX_BITS) as usize]
    }
}

/// No event is waited for.
pub(crate) const NO_EVENT: u32 = 0;

/// The pending events.
#[derive(Clone, Default)]
pub(crate) struct EventQueue {
    keys: Ladder,
    /// Those that follow now by always the same delay.
    lane: Lane,
    seq: u32,
}

impl EventQueue {
    /// Adds an event; returns its sequence number, never `NO_EVENT`.
    #[inline(always)]
    pub fn push(&mut self, at: Time, kind: EventKind, index: u32) -> u32 {
        let key = self.key(at, kind, index);
        self.keys.push(key);
        self.seq
    }
    /// The same for an event that comes after a delay which many have.
    #[inline(always)]
    pub fn push_after(&mut self, now: Time, delay: Time, kind: EventKind, index: u32) -> u32 {
        let key = self.key(now + delay, kind, index);
        if !self.lane.push(delay, key) {
            self.keys.push(key);
        }
        self.seq
    }
    #[inline(always)]
    fn key(&mut self, at: Time, kind: EventKind, index: u32) -> u128 {
        debug_assert!(index <= MAX_INDEX && (at.ns() <= LATEST || at == Time::NEVER));
        self.seq = self.seq.checked_add(1).unwrap_or(1);
        let low = (u64::from(self.seq) << 32) | u64::from((kind as u32) << INDEX_BITS | index);
        // Never becomes the latest time: it has the same bits but one.
        u128::from(at.ns() & LATEST) << 64 | u128::from(low)
    }
    /// Time of the earliest event; `NEVER` if there is none.
    #[inline(always)]
    pub fn next_at(&self) -> Time {
        let first = self.keys.peek().unwrap_or(u128::MAX).min(self.lane.first());
        Time((first >> 64) as u64)
    }
    /// The next events, as far as they are sorted already.
    pub fn upcoming(&self) -> impl Iterator<Item = Event> {
        self.keys.sorted().iter().rev().map(|key| Event::of(*key))
    }
    /// Whether further events have been sorted since this was asked before.
    #[inline(always)]
    pub const fn has_sorted(&mut self) -> bool {
        self.keys.has_sorted()
    }
    /// Takes the earliest event, if it is not after `last`.
    #[inline(always)]
    pub fn pop(&mut self, last: Time) -> Option<Event> {
        let lane = self.lane.first();
        let first = self.keys.peek().unwrap_or(u128::MAX);
        if first < lane {
            if (first >> 64) as u64 > last.ns() {
                return None;
            }
            self.keys.pop();
            return Some(Event::of(first));
        }
        if (lane >> 64) as u64 > last.ns().min(LATEST) {
            return None;
        }
        self.lane.pop();
        Some(Event::of(lane))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_comes_back_from_its_number() {
        assert!((0..).zip(EventKind::ALL).all(|(n, kind)| kind as usize == n));
        assert_eq!(EventKind::ALL.len(), EventKind::Mark as usize + 1);
    }

    #[test]
    fn equal_delays_leave_in_order_with_all_others() {
        let (mut q, mut expected, mut now) = (EventQueue::default(), Vec::new(), Time::ZERO);
        for i in 0..2000u32 {
            now = Time(now.ns() + u64::from(i * 7919 % 13));
            let delay = Time([100, 100, 30][i as usize % 3]);
            let (at, seq) = if i % 5 == 0 {
                let at = now + Time(u64::from(i * 31 % 400));
                (at, q.push(at, EventKind::Worked, i))
            } else {
                (now + delay, q.push_after(now, delay, EventKind::Arrival, i))
            };
            expected.push((at, seq, i));
            while q.next_at() < now {
                let e = q.pop(now).unwrap();
                expected.sort_unstable();
                assert_eq!((e.at, e.seq, e.index()), expected.remove(0));
            }
        }
        expected.sort_unstable();
        let rest: Vec<_> =
            std::iter::from_fn(|| q.pop(Time::NEVER)).map(|e| (e.at, e.seq, e.index())).collect();
        assert_eq!(rest, expected);
        assert_eq!(q.next_at(), Time::NEVER);
    }

    #[test]
    fn events_leave_by_time_then_in_order_of_arrival() {
        let mut q = EventQueue::default();
        let a = q.push(Time(5), EventKind::Answer, 1);
        let b = q.push(Time(3), EventKind::Timer, 2);
        let c = q.push(Time(5), EventKind::Host, MAX_INDEX);
        let order: Vec<_> =
            std::iter::from_fn(|| q.pop(Time::NEVER)).map(|e| (e.at, e.seq, e.kind(), e.index())).collect();
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
