//! The connections that each server of a caller keeps open on a link: one call at a time on each, others wait.

use std::collections::VecDeque;

use super::super::context::Ctx;

/// The pool of one server of the caller.
#[derive(Clone, Default, Debug)]
pub(super) struct Pool {
    taken: u32,
    /// Exchanges that wait for a connection, oldest first.
    waiting: VecDeque<u32>,
}

#[cfg(test)]
impl Pool {
    pub fn idle(&self) -> bool {
        self.taken == 0 && self.waiting.is_empty()
    }
}

impl Ctx {
    pub(super) fn connection_free(&mut self, link: u16, replica: u16) -> bool {
        let Some(policy) = &mut self.links[link as usize].policy else { return true };
        let Some(size) = policy.pool else { return true };
        policy.caller(replica).pool.taken < size
    }
    pub(super) fn take_connection(&mut self, link: u16, replica: u16) {
        if let Some(policy) = &mut self.links[link as usize].policy {
            policy.caller(replica).pool.taken += 1;
        }
    }
    /// A call is over, for its caller; who waited longest gets the connection.
    pub(super) fn return_connection(&mut self, link: u16, replica: u16) {
        if let Some(policy) = &mut self.links[link as usize].policy {
            let pool = &mut policy.caller(replica).pool;
            pool.taken = pool.taken.saturating_sub(1);
        }
        self.serve_waiting(link, replica);
    }
    fn serve_waiting(&mut self, link: u16, replica: u16) {
        while self.connection_free(link, replica) {
            let policy = self.links[link as usize].policy.as_mut();
            let Some(next) = policy.and_then(|p| p.caller(replica).pool.waiting.pop_front()) else { return };
            self.attempt(next);
        }
    }
    pub(super) fn queue_for_connection(&mut self, id: u32) {
        let c = &self.calls[id];
        if let Some(policy) = &mut self.links[c.link as usize].policy {
            policy.caller(c.caller_replica).pool.waiting.push_back(id);
        }
    }
    pub(super) fn leave_queue(&mut self, id: u32) {
        let c = &self.calls[id];
        if let Some(policy) = &mut self.links[c.link as usize].policy {
            let waiting = &mut policy.caller(c.caller_replica).pool.waiting;
            if let Some(i) = waiting.iter().position(|&w| w == id) {
                waiting.remove(i);
            }
        }
    }
    /// The pools have another size: who can go now, goes.
    pub fn serve_pools(&mut self) {
        for link in 0..self.links.len() as u16 {
            let callers = self.links[link as usize].policy.as_ref().map_or(0, |p| p.callers.len());
            (0..callers as u16).for_each(|replica| self.serve_waiting(link, replica));
        }
    }
}
