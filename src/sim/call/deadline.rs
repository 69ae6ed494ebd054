//! Deadlines: how long anybody up the chain still waits, handed on from call to call by links with `deadline`.
//!
//! They live beside the calls, and only once a link asks for them: a run without `deadline` keeps none.

use super::super::context::{Ctx, NewCall};
use super::super::request::NIL;
use super::super::snapshot::Cargo;
use super::super::time::Time;

/// By call: nobody waits for it from this instant on. Empty until the first link asks.
#[derive(Clone, Default)]
pub(crate) struct Deadlines(Vec<Time>);

impl Deadlines {
    /// A slot of the arena has a new call.
    #[inline]
    pub fn forget(&mut self, call: u32) {
        if let Some(t) = self.0.get_mut(call as usize) {
            *t = Time::NEVER;
        }
    }
    /// No call has ever had one.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    fn of(&self, call: u32) -> Time {
        self.0.get(call as usize).copied().unwrap_or(Time::NEVER)
    }
    fn set(&mut self, call: u32, at: Time) {
        if self.0.len() <= call as usize {
            self.0.resize(call as usize + 1, Time::NEVER);
        }
        self.0[call as usize] = at;
    }
    /// Whether nobody waits for a call any more.
    #[inline]
    pub fn passed(&self, call: u32, now: Time) -> bool {
        !self.0.is_empty() && self.of(call) <= now
    }
}

impl Ctx {
    /// A call goes out on a link with `deadline`: it carries the earlier of its caller's own and `until`.
    pub fn hand_deadline(&mut self, call: u32, new: &NewCall, until: Time) {
        let caller = &self.nodes[self.links[new.link as usize].from as usize];
        let handed = match (new.parent, new.request) {
            (NIL, NIL) => Time::NEVER,
            (NIL, request) => caller.patience.map_or(Time::NEVER, |p| self.requests[request].born + p),
            (parent, _) => self.deadlines.of(parent),
        };
        let at = handed.min(until);
        if at != Time::NEVER {
            self.expect_trouble();
            self.deadlines.set(call, at);
        }
    }
    /// Service of a call would begin: one that nobody waits for becomes an empty job, done at once and counted as
    /// a failure.
    #[inline(always)]
    pub fn discard_expired(&mut self, call: u32) {
        if !self.deadlines.0.is_empty() {
            self.look_at_deadline(call);
        }
    }
    #[cold]
    fn look_at_deadline(&mut self, call: u32) {
        if self.deadlines.passed(call, self.now) && self.calls[call].cargo == Cargo::Call {
            (self.calls[call].cargo, self.calls[call].payload) = (Cargo::Probe, 0);
        }
    }
}
