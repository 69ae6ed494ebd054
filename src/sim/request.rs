//! Requests and the calls that they cause: two arenas with free lists, so that no event allocates.

mod fifo;

pub(crate) use fifo::Fifo;

use super::event_queue::{MAX_INDEX, NO_EVENT};
use super::outcome::Reason;
use super::snapshot::Cargo;
use super::time::Time;

/// "None" in an arena link.
pub(crate) const NIL: u32 = u32::MAX;
/// Most calls alive at once; a client that would pass it sheds its request (counted and logged).
pub(crate) const MAX_CALLS: u32 = 4_000_000;
const _: () = assert!(MAX_CALLS as usize + super::trace::MAX_SPANS < MAX_INDEX as usize);

/// What a client wants, and since when: one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Request {
    /// Number within its client, from 0.
    pub number: u64,
    /// Key of all its draws: a mix of seed, client name and number.
    pub base: u64,
    pub born: Time,
    pub client: u16,
    pub class: u8,
    pub write: bool,
    /// The client still waits.
    pub open: bool,
    /// The key it touches; `NIL` until somebody asks.
    pub key: u32,
    /// The call that the client waits for.
    pub root: u32,
    /// The user's session; `NIL` = the client keeps none.
    pub session: u32,
    /// The user logs in with it; otherwise a server is expected to know the session.
    pub opens_session: bool,
    pub patience_event: u32,
    /// Its ended calls, kept for its trace: the latest, and from each the one before by `Call::next`; the first.
    pub trail: u32,
    pub trail_end: u32,
    /// Live calls of this request, and one while it is open. As a free slot: the next free one.
    references: u32,
}

/// Where a call is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    /// On the wire to the callee.
    Outbound,
    /// In the callee's queue.
    Waiting,
    /// The callee works on it.
    Working,
    /// The callee waits for callees of its own.
    Calling,
    /// The callee handed it over to another one, and has nothing in hand for it.
    Passed,
    /// The answer is on the wire.
    Replying,
    /// Nobody will ever answer.
    Lost,
    /// At its caller: it stands for all attempts of one call (see `sim::call`).
    Exchange,
    /// Over, and kept for the trace of its request.
    Ended,
    /// The same, of an exchange.
    EndedExchange,
    /// A free slot. (One of a trail keeps its phase until it is taken again.)
    Free,
}

/// How a call ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    Ok,
    /// A cache lookup that found nothing.
    Miss,
    Failed(Reason),
}

impl Outcome {
    /// Why it failed, if it did.
    #[inline]
    pub const fn reason(self) -> Option<Reason> {
        if let Self::Failed(reason) = self { Some(reason) } else { None }
    }
}

/// One attempt of one node to have something done by another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    /// Its request; `NIL` for probes, replication and the like.
    pub request: u32,
    /// The call at the caller that waits for this one; `NIL` for a client's, a probe's, a message's.
    pub parent: u32,
    /// The calls that this one waits for: the latest, and from each its elder `sibling`. Of an ended call: the slot
    /// in which it lived.
    pub child: u32,
    pub sibling: u32,
    /// Next in a queue, in the trail of its request, or next free slot.
    pub next: u32,
    pub link: u16,
    pub caller: u16,
    pub caller_replica: u16,
    pub node: u16,
    pub replica: u16,
    pub phase: Phase,
    pub cargo: Cargo,
    /// The caller wants the answer.
    pub wanted: bool,
    /// Position in the callee's list of calls, and repetitions of that entry done.
    pub step: u16,
    pub repeat: u16,
    pub outcome: Outcome,
    /// Node where it failed.
    pub place: u16,
    /// The event that ends the present phase.
    pub event: u32,
    pub timeout_event: u32,
    pub sent: Time,
    /// When its present journey, there or back, began (`left`) and ends (`due`). Of an ended call: when its answer left
    /// the callee, and when it was over for its caller.
    pub left: Time,
    pub arrived: Time,
    pub started: Time,
    pub due: Time,
    /// Key of its draws: (request, path of call indices, attempt).
    pub path: u64,
    /// What a message carries: a probe's work, a replicated key and version, a fill's version.
    pub payload: u64,
}

/// The arena of calls. Those of the free slots and those kept for a trace are no live ones.
#[derive(Clone)]
pub(crate) struct Calls {
    slots: Vec<Call>,
    free: u32,
    live: u32,
}

impl Default for Calls {
    fn default() -> Self {
        Self { slots: Vec::new(), free: NIL, live: 0 }
    }
}

/// What stands in a slot before its first call.
const EMPTY: Call = Call {
    request: NIL,
    parent: NIL,
    child: NIL,
    sibling: NIL,
    next: NIL,
    link: 0,
    caller: 0,
    caller_replica: 0,
    node: 0,
    replica: 0,
    phase: Phase::Free,
    cargo: Cargo::Call,
    wanted: false,
    step: 0,
    repeat: 0,
    outcome: Outcome::Ok,
    place: 0,
    event: NO_EVENT,
    timeout_event: NO_EVENT,
    sent: Time::ZERO,
    left: Time::ZERO,
    due: Time::ZERO,
    arrived: Time::ZERO,
    started: Time::ZERO,
    path: 0,
    payload: 0,
};
const _: () =
    assert!(size_of::<Call>() <= 104 && size_of::<Request>() <= 64, "the limits of memory count on it");

impl Calls {
    /// Stores a call.
    #[inline(always)]
    pub fn add(&mut self, call: Call) -> u32 {
        let i = self.next();
        self.fill(call);
        i
    }
    /// The slot that the next call gets.
    #[inline(always)]
    pub fn next(&mut self) -> u32 {
        if self.free == NIL {
            self.grow();
        }
        self.free
    }
    /// Stores a call in the slot that `next` told.
    #[inline(always)]
    pub fn fill(&mut self, call: Call) {
        let slot = &mut self.slots[self.free as usize];
        self.free = slot.next;
        self.live += 1;
        *slot = call;
    }
    #[cold]
    fn grow(&mut self) {
        self.free = self.slots.len() as u32;
        self.slots.push(EMPTY);
    }
    /// Frees a slot.
    #[inline(always)]
    pub fn remove(&mut self, i: u32) {
        self.live -= 1;
        let slot = &mut self.slots[i as usize];
        (slot.phase, slot.event, slot.timeout_event) = (Phase::Free, NO_EVENT, NO_EVENT);
        (slot.parent, slot.next) = (NIL, self.free);
        self.free = i;
    }
    /// Ends a call at `now`, its answer having left the callee at `replied`, and keeps it in the trail of its request.
    #[inline(always)]
    pub fn retire(&mut self, request: &mut Request, i: u32, replied: Time, now: Time) {
        self.live -= 1;
        let slot = &mut self.slots[i as usize];
        slot.phase = if slot.phase == Phase::Exchange { Phase::EndedExchange } else { Phase::Ended };
        (slot.event, slot.timeout_event) = (NO_EVENT, NO_EVENT);
        (slot.child, slot.left, slot.due) = (i, replied, now);
        slot.next = request.trail;
        if request.trail == NIL {
            request.trail_end = i;
        }
        request.trail = i;
    }
    /// Keeps a copy of a call that goes on without its caller in the trail of its request, as `retire` does.
    pub fn retire_copy(&mut self, request: &mut Request, call: Call, i: u32, now: Time) {
        let copy = self.add(call);
        self.retire(request, copy, now, now);
        self.slots[copy as usize].child = i;
    }
    /// Frees what was kept for the trace of a request.
    #[inline(always)]
    pub fn free_trail(&mut self, trail: u32, trail_end: u32) {
        if trail != NIL {
            self.slots[trail_end as usize].next = self.free;
            self.free = trail;
        }
    }
    /// Ends the last call of a request of which nothing is kept: as `retire` and then `free_trail`.
    #[inline(always)]
    pub fn remove_with_trail(&mut self, i: u32, trail: u32, trail_end: u32) {
        self.live -= 1;
        let slot = &mut self.slots[i as usize];
        (slot.phase, slot.event, slot.timeout_event) = (Phase::Free, NO_EVENT, NO_EVENT);
        if trail == NIL {
            slot.next = self.free;
        } else {
            slot.next = trail;
            self.slots[trail_end as usize].next = self.free;
        }
        self.free = i;
    }
    /// Whether there is no room to keep more ended calls.
    #[inline]
    pub const fn is_full(&self) -> bool {
        self.slots.len() >= MAX_CALLS as usize + super::trace::MAX_SPANS
    }
    /// The calls in a trail, the latest first.
    pub fn trail(&self, latest: u32) -> impl Iterator<Item = &Call> {
        let mut at = latest;
        std::iter::from_fn(move || {
            let call = (at != NIL).then(|| &self.slots[at as usize])?;
            at = call.next;
            Some(call)
        })
    }
    /// So many that they do not stay near the processor.
    #[inline(always)]
    pub const fn are_many(&self) -> bool {
        self.slots.len() > 1024
    }
    pub const fn live(&self) -> u32 {
        self.live
    }
    /// Live calls that pass, the eldest first. What happens to all of them at once happens in this order, wherever
    /// they are in the arena.
    pub fn eldest_first(&self, passes: impl Fn(&Call) -> bool) -> Vec<u32> {
        let mut found: Vec<(Time, u64, u32)> =
            self.iter().filter(|(_, c)| passes(c)).map(|(id, c)| (c.sent, c.path, id)).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, _, id)| id).collect()
    }
    /// All live calls, by slot.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Call)> {
        (0..).zip(&self.slots).filter(|(_, c)| c.is_live())
    }
}

impl Call {
    /// Reads its first and its last field, and with them all that lies between.
    #[inline(always)]
    pub fn touch(&self) -> u64 {
        self.sent.ns() ^ self.phase as u64
    }
    /// It counts at its callee. (An expired call is carried as a probe of its request.)
    pub fn counts(&self) -> bool {
        self.cargo.counts() || self.cargo == Cargo::Probe && self.request != NIL
    }
    /// It is a call that is not over.
    pub const fn is_live(&self) -> bool {
        !matches!(self.phase, Phase::Ended | Phase::EndedExchange | Phase::Free)
    }
}

impl std::ops::Index<u32> for Calls {
    type Output = Call;
    #[inline]
    fn index(&self, i: u32) -> &Call {
        &self.slots[i as usize]
    }
}
impl std::ops::IndexMut<u32> for Calls {
    #[inline]
    fn index_mut(&mut self, i: u32) -> &mut Call {
        &mut self.slots[i as usize]
    }
}

/// The arena of requests.
#[derive(Clone)]
pub(crate) struct Requests {
    slots: Vec<Request>,
    free: u32,
    open: u32,
}

impl Default for Requests {
    fn default() -> Self {
        Self { slots: Vec::new(), free: NIL, open: 0 }
    }
}

impl Requests {
    /// Stores an open request; it lives until it is closed and its last call ended.
    #[inline(always)]
    pub fn add(&mut self, request: NewRequest) -> u32 {
        if self.free == NIL {
            self.grow(&request);
        }
        let i = self.free;
        let slot = &mut self.slots[i as usize];
        self.free = slot.references;
        self.open += 1;
        *slot = request.made();
        i
    }
    #[cold]
    fn grow(&mut self, request: &NewRequest) {
        self.free = self.slots.len() as u32;
        self.slots.push(Request { references: NIL, open: false, ..request.made() });
    }
    /// One more call works for it.
    #[inline(always)]
    pub fn hold(&mut self, i: u32) {
        self.slots[i as usize].references += 1;
    }
    /// One call less works for it.
    #[inline(always)]
    pub fn release(&mut self, i: u32) {
        let slot = &mut self.slots[i as usize];
        slot.references -= 1;
        if slot.references == 0 {
            slot.references = self.free;
            self.free = i;
        }
    }
    /// One call less works for it, and not the last.
    #[inline(always)]
    pub fn release_one(&mut self, i: u32) -> &mut Request {
        let slot = &mut self.slots[i as usize];
        slot.references -= 1;
        slot
    }
    /// The client waits no longer.
    #[inline(always)]
    pub fn close(&mut self, i: u32) {
        self.open -= 1;
        let slot = &mut self.slots[i as usize];
        slot.open = false;
        slot.patience_event = NO_EVENT;
        slot.root = NIL;
        self.release(i);
    }
    /// The client has its answer, and the call that brought it is over: `close`, and one call less works for it.
    #[inline(always)]
    pub fn finish(&mut self, i: u32) {
        self.open -= 1;
        let slot = &mut self.slots[i as usize];
        slot.open = false;
        slot.patience_event = NO_EVENT;
        slot.root = NIL;
        slot.references -= 2;
        if slot.references == 0 {
            slot.references = self.free;
            self.free = i;
        }
    }
    /// All requests that clients wait for.
    pub fn iter_open(&self) -> impl Iterator<Item = &Request> {
        self.slots.iter().filter(|r| r.open)
    }
    /// Requests that clients wait for.
    pub const fn open(&self) -> u32 {
        self.open
    }
}

/// What is known of a request when it is born.
pub(crate) struct NewRequest {
    pub number: u64,
    pub base: u64,
    pub born: Time,
    pub client: u16,
    pub class: u8,
    pub write: bool,
    /// The user who sends it, or `NIL`.
    pub session: u32,
    /// It is this user's first.
    pub opens_session: bool,
}

impl NewRequest {
    #[inline(always)]
    const fn made(&self) -> Request {
        Request {
            number: self.number,
            base: self.base,
            born: self.born,
            client: self.client,
            class: self.class,
            write: self.write,
            open: true,
            key: NIL,
            root: NIL,
            session: self.session,
            opens_session: self.opens_session,
            patience_event: NO_EVENT,
            trail: NIL,
            trail_end: NIL,
            references: 1,
        }
    }
}

impl std::ops::Index<u32> for Requests {
    type Output = Request;
    #[inline]
    fn index(&self, i: u32) -> &Request {
        &self.slots[i as usize]
    }
}
impl std::ops::IndexMut<u32> for Requests {
    #[inline]
    fn index_mut(&mut self, i: u32) -> &mut Request {
        &mut self.slots[i as usize]
    }
}
