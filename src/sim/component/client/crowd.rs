//! The closed loop: a number of users, each of whom asks, waits for the answer (or its failure), thinks, asks again.
//!
//! A request's draws follow from its user and from how many requests that one has made, so that in a forked world
//! every user asks for the same however the answers come.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::super::super::context::Ctx;
use super::super::super::distribution::Distribution;
use super::super::super::event_queue::{EventKind, NO_EVENT};
use super::super::super::request::MAX_CALLS;
use super::super::super::rng::{Draw, Purpose, combine, name_key};
use super::super::super::time::Time;
use super::{Client, Sender};

/// Nobody asks again at the very instant of the answer: time must go on.
const LEAST_THINK: Time = Time::from_ns(1000);
/// The same after a failure, which may come without any delay at all.
const LEAST_AFTER_FAILURE: Time = Time::from_ms(1);

/// Users who think and wait.
#[derive(Clone)]
pub(crate) struct Crowd {
    /// The first so many members take part; the others have retired.
    users: u32,
    think: Distribution,
    /// Key of all their draws.
    base: u64,
    members: Vec<Member>,
    /// Who asks next: the ends of the times of thought.
    calendar: BinaryHeap<Reverse<(Time, u32)>>,
    /// The instant of the client's arrival event.
    awaited: Time,
}

#[derive(Clone, Copy)]
struct Member {
    made: u32,
    doing: Doing,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Doing {
    Retired,
    Thinking,
    Waiting,
}

impl Default for Crowd {
    fn default() -> Self {
        Self {
            users: 0,
            think: Distribution::Constant(Time::ZERO),
            base: 0,
            members: Vec::new(),
            calendar: BinaryHeap::new(),
            awaited: Time::NEVER,
        }
    }
}

impl Crowd {
    /// Takes users in, who begin with thinking, or lets the last ones go once they have their answer.
    pub fn set(&mut self, now: Time, client: u64, users: u32, think: Option<&Distribution>) {
        self.think = think.cloned().unwrap_or(Distribution::Constant(Time::ZERO));
        self.base = combine(client, name_key("users"));
        let former = std::mem::replace(&mut self.users, users);
        while self.members.len() < users as usize {
            self.members.push(Member { made: 0, doing: Doing::Retired });
        }
        self.calendar.reserve((users as usize).saturating_sub(self.calendar.len()));
        for user in former..users {
            if self.members[user as usize].doing == Doing::Retired {
                self.think(now, user, LEAST_THINK);
            }
        }
    }
    /// Key of the next request of a user.
    fn request_base(&self, user: u32) -> u64 {
        combine(combine(self.base, u64::from(user)), u64::from(self.members[user as usize].made))
    }
    fn think(&mut self, now: Time, user: u32, least: Time) {
        let time = self.think.sample(Draw::new(self.request_base(user), Purpose::Gap));
        self.members[user as usize].doing = Doing::Thinking;
        self.calendar.push(Reverse((now + time.max(least), user)));
    }
    /// A user has had an answer or failed.
    fn rest(&mut self, now: Time, user: u32, least: Time) {
        if user < self.users {
            self.think(now, user, least);
        } else {
            self.members[user as usize].doing = Doing::Retired;
        }
    }
    /// The user whose time of thought is over, if one takes part still.
    fn due(&mut self, now: Time) -> Option<Sender> {
        let &Reverse((at, user)) = self.calendar.peek()?;
        if at > now {
            return None;
        }
        self.calendar.pop();
        if user >= self.users {
            self.members[user as usize].doing = Doing::Retired;
            return None;
        }
        let base = self.request_base(user);
        let member = &mut self.members[user as usize];
        member.doing = Doing::Waiting;
        member.made += 1;
        Some(Sender { base, user, first: member.made == 1 })
    }
}

impl Client {
    /// Plans the arrival event for the end of the next time of thought.
    pub(super) fn await_next_user(&mut self, ctx: &mut Ctx) {
        let Some(crowd) = &mut self.crowd else { return };
        let next = crowd.calendar.peek().filter(|_| !self.links.is_empty()).map(|r| r.0.0);
        let Some(at) = next else {
            (crowd.awaited, self.arrival_event) = (Time::NEVER, NO_EVENT);
            return;
        };
        if self.arrival_event == NO_EVENT || at != crowd.awaited {
            crowd.awaited = at;
            self.arrival_event = ctx.events.push(at.max(ctx.now), EventKind::Request, u32::from(self.node));
        }
    }
    /// The arrival event: one user asks.
    pub(super) fn user_asks(&mut self, ctx: &mut Ctx) {
        let Some(crowd) = &mut self.crowd else { return };
        let sender = crowd.due(ctx.now);
        self.arrival_event = NO_EVENT;
        self.await_next_user(ctx);
        let Some(sender) = sender else { return };
        let number = self.next_number;
        self.next_number += 1;
        if ctx.calls.live() >= MAX_CALLS {
            ctx.shed();
            return self.user_rests(ctx, sender.user, true);
        }
        self.request(ctx, number, sender);
    }
    /// A user's request has ended.
    pub(super) fn user_rests(&mut self, ctx: &mut Ctx, user: u32, failed: bool) {
        let Some(crowd) = &mut self.crowd else { return };
        // A request from before the client had users has none.
        if (user as usize) < crowd.members.len() && crowd.members[user as usize].doing == Doing::Waiting {
            crowd.rest(ctx.now, user, if failed { LEAST_AFTER_FAILURE } else { LEAST_THINK });
            self.await_next_user(ctx);
        }
    }
}
