//! The latest steps of requests, in a ring of fixed size: what a reader follows one request by.

use super::time::Time;

/// Steps kept.
pub const TRACE_LENGTH: usize = 4096;

/// One step of one request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// When.
    pub at: Time,
    /// The client's request number.
    pub request: u64,
    /// The client (its `NodeId`).
    pub client: u16,
    /// The link of the call.
    pub link: u16,
    /// The callee's server.
    pub replica: u16,
    /// What happened.
    pub what: What,
}

/// Kinds of steps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// The call left its caller.
    Sent,
    /// It reached its callee.
    Arrived,
    /// The callee began to work on it.
    Started,
    /// The answer left the callee.
    Replied,
    /// The answer reached the caller.
    Answered,
    /// The caller gave up.
    TimedOut,
}

/// The ring.
#[derive(Clone, Default)]
pub(crate) struct Trace {
    steps: Vec<Step>,
    next: usize,
}

impl Trace {
    #[inline]
    pub fn add(&mut self, at: Time, client: u16, request: u64, link: u16, replica: u16, what: What) {
        let step = Step { at, request, client, link, replica, what };
        if self.steps.len() < TRACE_LENGTH {
            self.steps.push(step);
        } else {
            self.steps[self.next] = step;
            self.next = (self.next + 1) % TRACE_LENGTH;
        }
    }
    /// Steps of one request that are still kept, oldest first.
    pub fn of(&self, request: u64) -> Vec<Step> {
        let (new, old) = self.steps.split_at(self.next);
        old.iter().chain(new).filter(|s| s.request == request).copied().collect()
    }
}
