//! The tree of calls: who waits for whom, and calls that are passed on.
//!
//! ```text
//!  call ---child---> latest callee ---sibling---> the one before ---sibling---> ... the first
//! ```

use super::super::request::{Call, NIL, Outcome, Phase};
use super::super::rng::Purpose;
use super::Ctx;
use super::wire::Answer;

impl Ctx {
    /// A call waits for one more call; the `sibling` of that one.
    #[inline(always)]
    pub fn adopt(&mut self, parent: u32, child: u32) -> u32 {
        let p = &mut self.calls[parent];
        if p.phase != Phase::Passed {
            p.phase = Phase::Calling;
        }
        std::mem::replace(&mut p.child, child)
    }
    /// A call's caller waits for it no longer.
    #[inline]
    pub fn disown(&mut self, child: u32) {
        let c = &self.calls[child];
        let (parent, elder) = (c.parent, c.sibling);
        if parent == NIL {
            return;
        }
        let mut at = self.calls[parent].child;
        if at == child {
            self.calls[parent].child = elder;
            return;
        }
        while at != NIL {
            let next = self.calls[at].sibling;
            if next == child {
                self.calls[at].sibling = elder;
                return;
            }
            at = next;
        }
    }
    /// A call waits for nobody any more; the callees are not told.
    #[inline(always)]
    pub fn abandon_children(&mut self, id: u32) {
        if self.calls[id].child != NIL {
            self.abandon_some(id);
        }
    }
    #[inline(never)]
    fn abandon_some(&mut self, id: u32) {
        let mut child = std::mem::replace(&mut self.calls[id].child, NIL);
        while child != NIL {
            let next = self.calls[child].sibling;
            self.abandon(child);
            child = next;
        }
    }
    /// How many callees a call waits for.
    pub fn children(&self, id: u32) -> u32 {
        let mut count = 0;
        let mut child = self.calls[id].child;
        while child != NIL {
            count += 1;
            child = self.calls[child].sibling;
        }
        count
    }
    /// The node where a call is being dealt with right now.
    pub fn deepest(&self, id: u32) -> u16 {
        self.calls[self.deepest_call(id)].node
    }
    /// Follows the chain of callees of a call to its end; where there are several, by the one that was called first.
    pub fn deepest_call(&self, mut id: u32) -> u32 {
        while matches!(self.calls[id].phase, Phase::Calling | Phase::Passed | Phase::Exchange)
            && self.calls[id].child != NIL
        {
            id = self.calls[id].child;
            while self.calls[id].sibling != NIL {
                id = self.calls[id].sibling;
            }
        }
        id
    }

    /// The callee is done with a call and is about to send another one in its place (the next `send` for it), whose
    /// answer goes straight to the caller.
    pub fn hand_over(&mut self, id: u32) {
        self.passes = true;
        self.expect_trouble();
        let c = &mut self.calls[id];
        c.phase = Phase::Passed;
        let (node, arrived, started) = (c.node, c.arrived, c.started);
        self.recorder.answered(node, self.now, arrived, started, Outcome::Ok);
    }
    /// Whether somebody passed this call on to its callee, so that the answer skips the way back to him.
    #[inline]
    pub fn is_handed_over(&self, call: &Call) -> bool {
        self.passes && call.parent != NIL && self.calls[call.parent].phase == Phase::Passed
    }
    /// The answer to a call that was handed over is the answer to the original call.
    pub fn pass_answer(&mut self, answer: &Answer) {
        let id = answer.parent;
        let c = &mut self.calls[id];
        (c.outcome, c.place, c.payload) = (answer.outcome, answer.place, answer.payload);
        if c.wanted {
            c.phase = Phase::Replying;
            self.launch(id, Purpose::ReplyLatency);
        } else {
            if c.request != NIL {
                let node = c.node;
                self.recorder.wasted(node);
            }
            self.end(id);
        }
    }
}
