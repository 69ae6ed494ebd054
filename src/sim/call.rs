//! The call policy of a link: what a caller does around a call.
//!
//! ```text
//!  parent --waits for--> exchange --its attempts--> call, call, ...
//!                          | breaker open?  fail at once
//!                          | pool full?     wait for a connection
//!                          | failed?        after the backoff, another attempt
//!                          | slow?          a second attempt beside the first
//! ```
//!
//! An exchange is a call of phase `Exchange` at the caller: whoever made the call waits for it as for any other, and
//! each attempt is an ordinary call whose parent it is. A link without a policy has no exchanges and pays nothing.

pub(crate) mod breaker;
pub(crate) mod deadline;
mod hedge;
mod pool;
pub(crate) mod retry;

use super::component::Kind;
use super::context::{Answer, Ctx, NewCall};
use super::event_queue::{EventKind, NO_EVENT};
use super::outcome::Reason;
use super::request::{NIL, Outcome, Phase};
use super::rng::combine;
use super::snapshot::Cargo;
use super::time::Time;
use super::value::Knobs;
use super::whereabouts::KeptBack;

/// The rules of a link, and what each of its callers' servers remembers.
#[derive(Clone, Default)]
pub(crate) struct Policy {
    retries: Option<retry::Rules>,
    pool: Option<u32>,
    breaker: Option<breaker::Rules>,
    hedge_after: Option<Time>,
    callers: Vec<Caller>,
    /// Exchanges that are not over.
    open: u32,
    /// Breakers that are not closed, and since when that time has not been counted.
    tripped: u32,
    tripped_since: Time,
}

/// What one server of the caller remembers.
#[derive(Clone, Default)]
struct Caller {
    budget: retry::Budget,
    breaker: breaker::Breaker,
    pool: pool::Pool,
}

impl Policy {
    /// The policy that a link has by its knobs; `None` = it needs none. What runs goes on under the new rules.
    pub fn configure(former: Option<Box<Self>>, knobs: &Knobs) -> Option<Box<Self>> {
        let retries = knobs.group("retries").map(retry::Rules::read);
        let breaker = knobs.group("breaker").map(breaker::Rules::read);
        let (pool, hedge_after) = (knobs.count("pool"), knobs.time("hedge_after"));
        let ruled = retries.is_some() || breaker.is_some() || pool.is_some() || hedge_after.is_some();
        let mut policy = match former {
            Some(policy) if ruled || policy.open > 0 => policy,
            None if ruled => Box::default(),
            _ => return None,
        };
        if breaker.is_none() {
            policy.callers.iter_mut().for_each(|c| c.breaker = breaker::Breaker::default());
            policy.tripped = 0;
        }
        (policy.retries, policy.breaker, policy.pool, policy.hedge_after) =
            (retries, breaker, pool, hedge_after);
        Some(policy)
    }
    /// Connections that each server of the caller keeps open.
    pub const fn pool_size(&self) -> Option<u32> {
        self.pool
    }
    /// No call is under way, and no connection taken.
    #[cfg(test)]
    pub fn idle(&self) -> bool {
        self.open == 0 && self.callers.iter().all(|c| c.pool.idle())
    }
    fn caller(&mut self, replica: u16) -> &mut Caller {
        let index = usize::from(replica);
        if self.callers.len() <= index {
            self.callers.resize_with(index + 1, Caller::default);
        }
        &mut self.callers[index]
    }
}

/// What an exchange does at present.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Waits for a connection.
    Queued,
    /// An attempt is out, or two.
    Out,
    /// Waits before the next attempt.
    Backing,
    /// The breaker is open: it fails at once.
    Refused,
}

/// A call as its caller sees it: all attempts together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exchange {
    state: State,
    /// The attempts that are out, and the round of the breaker that each of them tries out.
    out: [u32; 2],
    trials: [u32; 2],
    /// The server that the caller asked for, and the one that was asked last.
    asked: Option<u16>,
    last: u16,
    /// Attempts sent so far, and retries decided on.
    attempts: u32,
    retries: u32,
    /// When the present try began, how long it waited for a connection, and when it is given up.
    began: Time,
    waited: Time,
    until: Time,
    timeout: Option<Time>,
    /// The latest failure: why and where.
    failure: (Reason, u16),
    payload: u64,
}

/// Separates the draws of further attempts from those of the calls that a call makes.
const ATTEMPT: u64 = 1 << 48;

impl Ctx {
    /// Whether a call goes out under its link's policy. What was handed over has nobody at the caller to look after it.
    pub fn is_looked_after(&self, new: &NewCall) -> bool {
        let waits = new.parent == NIL || self.calls[new.parent].phase != Phase::Passed;
        new.wanted && new.cargo == Cargo::Call && waits
    }
    /// A call under a policy begins. Whatever becomes of it, nothing has come back yet when this returns.
    pub fn exchange(&mut self, new: &NewCall) -> u32 {
        let link = &self.links[new.link as usize];
        let (from, to, deadline) = (link.from, link.to, link.deadline);
        let id = self.create(new, from, new.caller_replica, Phase::Exchange);
        if new.parent != NIL {
            self.calls[id].sibling = self.adopt(new.parent, id);
        }
        if deadline {
            self.hand_deadline(id, new, Time::NEVER);
        }
        let exchange = Exchange {
            state: State::Queued,
            out: [NIL; 2],
            trials: [0; 2],
            asked: new.replica,
            last: new.replica.unwrap_or(0),
            attempts: 0,
            retries: 0,
            began: self.now,
            waited: Time::ZERO,
            until: Time::NEVER,
            timeout: new.timeout,
            failure: (Reason::BreakerOpen, from),
            payload: new.payload,
        };
        self.calls[id].place = to;
        self.calls[id].payload = u64::from(self.exchanges.add(exchange));
        if let Some(policy) = &mut self.links[new.link as usize].policy {
            policy.open += 1;
            if let Some(rules) = policy.retries {
                policy.caller(new.caller_replica).budget.deposit(&rules);
            }
        }
        self.begin_try(id);
        id
    }
    fn exchange_of(&mut self, id: u32) -> &mut Exchange {
        let index = self.calls[id].payload as u32;
        &mut self.exchanges[index]
    }
    /// What keeps an exchange at its caller; `None` = an attempt is out, or it is about to fail.
    pub fn kept_back(&self, id: u32) -> Option<KeptBack> {
        match self.exchanges[self.calls[id].payload as u32].state {
            State::Queued => Some(KeptBack::NoConnection),
            State::Backing => Some(KeptBack::Backoff),
            State::Out | State::Refused => None,
        }
    }
    /// Sets the one timer that an exchange has.
    fn remind(&mut self, id: u32, at: Time) {
        self.calls[id].event = self.events.push(at, EventKind::Due, id);
    }

    /// The first attempt, or one more after the backoff.
    fn begin_try(&mut self, id: u32) {
        let (link, replica) = (self.calls[id].link, self.calls[id].caller_replica);
        let limit = self.links[link as usize].timeout;
        let now = self.now;
        let x = self.exchange_of(id);
        x.until = x.timeout.or(limit).map_or(Time::NEVER, |t| now + t);
        x.began = now;
        let until = x.until;
        if !self.breaker_admits(link, replica) {
            self.exchange_of(id).state = State::Refused;
            self.remind(id, now);
        } else if self.connection_free(link, replica) {
            self.attempt(id);
        } else {
            self.exchange_of(id).state = State::Queued;
            self.queue_for_connection(id);
            self.calls[id].event = NO_EVENT;
            if until != Time::NEVER {
                self.remind(id, until);
            }
        }
    }
    /// Sends an attempt: there is a connection for it.
    fn attempt(&mut self, id: u32) {
        let c = self.calls[id];
        let Some(trial) = self.enter_breaker(c.link, c.caller_replica) else {
            self.exchange_of(id).state = State::Refused;
            let now = self.now;
            return self.remind(id, now);
        };
        self.take_connection(c.link, c.caller_replica);
        let x = *self.exchange_of(id);
        let slot = usize::from(x.out[0] != NIL);
        if x.attempts > 0 {
            self.count_further_attempt(id, slot == 1);
        }
        let server = if x.attempts == 0 { x.asked } else { Some(self.another_server(id, x.last)) };
        let path = match x.attempts {
            0 => c.path,
            n => combine(c.path, ATTEMPT | u64::from(n)),
        };
        let call = self.send_plain(&NewCall {
            request: c.request,
            parent: id,
            link: c.link,
            caller_replica: c.caller_replica,
            replica: server,
            cargo: Cargo::Call,
            wanted: true,
            path,
            timeout: (x.until != Time::NEVER).then(|| x.until.saturating_sub(self.now)),
            payload: x.payload,
        });
        let went = self.calls[call].replica;
        // Sending marks the parent as calling; an exchange stays what it is.
        (self.calls[id].phase, self.calls[id].event) = (Phase::Exchange, NO_EVENT);
        let now = self.now;
        let x = self.exchange_of(id);
        (x.out[slot], x.trials[slot]) = (call, trial);
        (x.state, x.last) = (State::Out, went);
        x.attempts += 1;
        if slot == 0 {
            x.waited = now - x.began;
            self.plan_hedge(id);
        }
    }
    /// A server for a further attempt: the next one, and not the same again where there is another.
    fn another_server(&mut self, id: u32, last: u16) -> u16 {
        let c = self.calls[id];
        if self.nodes[c.caller as usize].kind == Kind::Client && self.exchange_of(id).asked.is_some() {
            // Its resolver knows no other address until the answer is too old.
            return last;
        }
        if self.exchange_of(id).asked.is_some() {
            let servers = self.nodes[self.links[c.link as usize].to as usize].serving.max(1);
            return (last + 1) % servers;
        }
        match self.next_replica(c.link, c.caller_replica, c.request) {
            server if server == last => self.next_replica(c.link, c.caller_replica, c.request),
            server => server,
        }
    }

    /// Whether the call that waits is an exchange.
    #[inline]
    pub fn is_exchange(&self, parent: u32) -> bool {
        parent != NIL && self.calls[parent].phase == Phase::Exchange
    }
    /// An attempt was answered or timed out. The answer for whoever made the call, if that decides it.
    pub fn exchanged(&mut self, answer: Answer) -> Option<Answer> {
        let id = answer.parent;
        self.settle(answer);
        let ok = !matches!(answer.outcome, Outcome::Failed(_));
        let x = *self.exchange_of(id);
        // An attempt that came back is over; one that was given up has no parent any more.
        let waits = |attempt: u32| self.calls[attempt].is_live() && self.calls[attempt].parent == id;
        let slot = usize::from(x.out[0] == NIL || waits(x.out[0]));
        let other = x.out[1 - slot];
        self.exchange_of(id).out[slot] = NIL;
        let c = self.calls[id];
        self.record_in_breaker(c.link, c.caller_replica, x.trials[slot], ok);
        if ok {
            self.give_up_attempts(id);
            self.return_connection(c.link, c.caller_replica);
            let server = (answer.node, answer.replica);
            return Some(self.finish(id, answer.outcome, answer.place, server, answer.payload).1);
        }
        let Outcome::Failed(reason) = answer.outcome else { return None };
        // A timeout that went by mostly in the queue for a connection is the pool's.
        let in_queue = reason == Reason::TimedOut && x.waited > self.now.saturating_sub(x.began + x.waited);
        let failure = if in_queue { (Reason::PoolExhausted, c.caller) } else { (reason, answer.place) };
        self.exchange_of(id).failure = failure;
        self.calls[id].node = failure.1;
        let over = if other == NIL { self.try_failed(id) } else { None };
        if other != NIL {
            let x = self.exchange_of(id);
            (x.out, x.trials) = ([other, NIL], [x.trials[1 - slot], 0]);
        }
        // Who waited for a connection was there before the next attempt.
        self.return_connection(c.link, c.caller_replica);
        over.map(|(_, answer)| answer)
    }
    /// All attempts of a try have failed: another one, or the end.
    fn try_failed(&mut self, id: u32) -> Option<(u16, Answer)> {
        if let Some(delay) = self.next_retry(id) {
            self.exchange_of(id).state = State::Backing;
            let at = self.now + delay;
            self.remind(id, at);
            return None;
        }
        Some(self.finish_failed(id))
    }
    fn finish_failed(&mut self, id: u32) -> (u16, Answer) {
        let to = self.links[self.calls[id].link as usize].to;
        let x = *self.exchange_of(id);
        self.finish(id, Outcome::Failed(x.failure.0), x.failure.1, (to, x.last), 0)
    }
    /// The timer of an exchange fired.
    pub fn exchange_due(&mut self, id: u32) -> Option<(u16, Answer)> {
        self.calls[id].event = NO_EVENT;
        match self.exchange_of(id).state {
            State::Queued => {
                self.leave_queue(id);
                let at_caller = self.calls[id].caller;
                self.exchange_of(id).failure = (Reason::PoolExhausted, at_caller);
                self.try_failed(id)
            }
            State::Backing => {
                self.begin_try(id);
                None
            }
            State::Out => {
                self.hedge(id);
                None
            }
            // The latest real failure says more than the breaker, if there was one.
            State::Refused => Some(self.finish_failed(id)),
        }
    }
    /// A request of this class costs one attempt more.
    fn count_further_attempt(&mut self, id: u32, hedge: bool) {
        let c = self.calls[id];
        let counters = &mut self.links[c.link as usize].counter.window;
        if hedge {
            counters.hedges += 1;
        } else {
            counters.retries += 1;
        }
        if c.request != NIL {
            let class = self.requests[c.request].class;
            self.recorder.further_attempt(class);
        }
    }

    /// The exchange is over. Its hold on the request goes to the answer, until `settle`.
    fn finish(
        &mut self,
        id: u32,
        outcome: Outcome,
        place: u16,
        server: (u16, u16),
        payload: u64,
    ) -> (u16, Answer) {
        let c = self.calls[id];
        let asked = self.exchange_of(id).asked;
        self.close_exchange(id);
        self.disown(id);
        (self.calls[id].outcome, self.calls[id].place) = (outcome, place);
        self.retire(id, self.now);
        let answer = Answer {
            request: c.request,
            parent: c.parent,
            link: c.link,
            node: server.0,
            replica: asked.unwrap_or(server.1),
            cargo: Cargo::Call,
            outcome,
            place,
            payload,
        };
        (c.caller, answer)
    }
    fn close_exchange(&mut self, id: u32) {
        let c = &self.calls[id];
        self.exchanges.remove(c.payload as u32);
        if let Some(policy) = &mut self.links[c.link as usize].policy {
            policy.open -= 1;
        }
    }
    /// Leaves the attempts that are still out to themselves; the callees are not told.
    fn give_up_attempts(&mut self, id: u32) {
        let c = self.calls[id];
        let x = self.exchange_of(id);
        let (out, trials) = (std::mem::replace(&mut x.out, [NIL; 2]), x.trials);
        for (attempt, trial) in out.into_iter().zip(trials).filter(|(a, _)| *a != NIL) {
            self.abandon(attempt);
            self.leave_breaker(c.link, c.caller_replica, trial);
            self.return_connection(c.link, c.caller_replica);
        }
    }
    /// Whoever made the call waits no longer.
    pub fn abandon_exchange(&mut self, id: u32) {
        self.calls[id].event = NO_EVENT;
        if self.exchange_of(id).state == State::Queued {
            self.leave_queue(id);
        }
        self.give_up_attempts(id);
        self.close_exchange(id);
        self.end(id);
    }
    /// A server of a caller dies: its breakers, budgets and connections are new when it comes back, and nobody
    /// waits for a connection while its work is dropped.
    pub fn forget_caller(&mut self, node: u16, replica: u16) {
        for link in 0..self.links.len() as u16 {
            let l = &mut self.links[link as usize];
            if l.from == node && l.policy.is_some() {
                self.reset_breaker(link, replica);
                if let Some(policy) = &mut self.links[link as usize].policy {
                    *policy.caller(replica) = Caller::default();
                }
            }
        }
    }
}
