//! A lock of one server: a section that only one request may be in at a time; the others wait in order of arrival,
//! each with its worker held.

use super::super::request::{Calls, Fifo};
use super::super::time::Time;

/// A lock and its time integrals.
#[derive(Clone, Debug)]
pub(crate) struct Lock {
    held: bool,
    queue: Fifo,
    last: Time,
    /// Held, ns.
    pub busy_ns: u64,
    /// Requests that wait for it, call-ns.
    pub wait_ns: u64,
    /// There to be taken, ns.
    pub up_ns: u64,
}

impl Lock {
    pub fn new(now: Time) -> Self {
        Self { held: false, queue: Fifo::default(), last: now, busy_ns: 0, wait_ns: 0, up_ns: 0 }
    }
    /// Brings the integrals up to now.
    pub fn tick(&mut self, now: Time, up: bool) {
        let elapsed = (now - self.last).ns();
        self.last = now;
        self.busy_ns += elapsed * u64::from(self.held);
        self.wait_ns += elapsed * u64::from(self.queue.len());
        self.up_ns += elapsed * u64::from(up || self.held);
    }
    /// A call wants it; whether it has it now.
    pub fn enter(&mut self, calls: &mut Calls, call: u32) -> bool {
        if self.held {
            self.queue.push(calls, call);
            return false;
        }
        self.held = true;
        true
    }
    /// Its holder leaves; who has it next.
    pub fn leave(&mut self, calls: &Calls) -> Option<u32> {
        let next = self.queue.pop(calls);
        self.held = next.is_some();
        next
    }
    /// The server died.
    pub fn clear(&mut self) {
        (self.held, self.queue) = (false, Fifo::default());
    }
}
