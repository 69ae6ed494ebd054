//! Hedging: a second attempt beside one that takes long. The first answer wins; the callee of the other is not told.

use super::super::context::Ctx;
use super::super::request::{MAX_CALLS, NIL};

impl Ctx {
    /// A try has begun: it is looked at again when it has taken long.
    pub(super) fn plan_hedge(&mut self, id: u32) {
        let link = &self.links[self.calls[id].link as usize];
        if let Some(after) = link.policy.as_ref().and_then(|p| p.hedge_after) {
            let at = self.now + after;
            if at < self.exchange_of(id).until {
                self.remind(id, at);
            }
        }
    }
    /// It has taken long: a second attempt, if a connection is free and the breaker lets it through.
    pub(super) fn hedge(&mut self, id: u32) {
        let c = self.calls[id];
        let (link, replica) = (c.link, c.caller_replica);
        let alone = self.exchange_of(id).out[1] == NIL;
        if alone
            && self.calls.live() < MAX_CALLS
            && !self.deadlines.passed(id, self.now)
            && self.breaker_admits(link, replica)
            && self.connection_free(link, replica)
        {
            self.attempt(id);
        }
    }
}
