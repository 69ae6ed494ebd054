//! Users: arrivals by a rate or by users who think between two requests; request classes, patience, DNS answers.

mod crowd;
mod dns;

use super::super::context::{Answer, Ctx, NewCall};
use super::super::event_queue::{EventKind, NO_EVENT};
use super::super::metrics::{Count, Measure};
use super::super::outcome::Reason;
use super::super::request::{MAX_CALLS, NIL, NewRequest, Outcome, Phase};
use super::super::rng::{Draw, Purpose, combine};
use super::super::snapshot::Cargo;
use super::super::time::Time;
use super::super::topology::Topology;
use super::super::value::{Knob, Knobs, LONGEST, Shape, Value, Way};
use super::super::workload::Profile;
use super::{Behavior, Datasheet, Links};
use crowd::Crowd;
use dns::Resolvers;

/// Most requests a second that a client may make.
pub const MAX_RATE: f64 = 10_000_000.0;
/// Most users of a client that one can tell apart.
pub const MAX_USERS: u32 = 1_000_000;

const USERS: Shape = Shape::Count { min: 1, max: MAX_USERS, unlimited: false };

/// What a client is.
pub static DATASHEET: Datasheet = Datasheet {
    key: "client",
    links: Links::Source,
    measures: &[],
    counts: &[Count::Traced, Count::TracedErrors],
    title: "Users",
    tag: "usr",
    explanation: "People or programs that send requests: at a rate, whether or not they get answers, or as users \
        of whom each waits for its answer and thinks before it asks again. \
        Who waits longer than the patience gives up; the system behind is not told.",
    knobs: &[
        Knob::new("rate", Shape::Rate { max: MAX_RATE }, "requests per second")
            .moves(Measure::ArrivalRate, Way::Up),
        Knob::new("profile", Shape::Profile, "how the rate changes over time"),
        Knob::new(
            "patience",
            Shape::Time { min: Time::from_ms(1), max: LONGEST },
            "users give up after this time: the longest wait for an answer",
        )
        .moves_all(Measure::Max, Way::Up),
        Knob::new("classes", Shape::Classes, "kinds of requests: share, read or write, keys").fixed(),
        Knob::new(
            "slo",
            Shape::Time { min: Time::from_ms(1), max: LONGEST },
            "answers later than this are not good: a longer one calls more of them good",
        )
        .moves_all(Measure::GoodShare, Way::Up),
        Knob::new(
            "arrivals",
            Shape::Choice(&["poisson", "paced"]),
            "at random by the rate, or evenly spaced",
        )
        .default(|| Value::Choice("poisson")),
        Knob::new(
            "users",
            USERS,
            "instead of a rate: each asks, waits, thinks, asks again; more make more requests",
        )
        .moves(Measure::ArrivalRate, Way::Up),
        Knob::new(
            "think",
            Shape::Length,
            "time between an answer and the same user's next request: longer means fewer requests",
        )
        .moves(Measure::ArrivalRate, Way::Down),
        Knob::new(
            "retries",
            Shape::Group(super::super::call::retry::KNOBS),
            "users try again after a failure: max, backoff, jitter, budget; a link's own go first",
        ),
        Knob::new("sessions", USERS, "users behind the rate; each request is one of theirs"),
        Knob::new(
            "dns_ttl",
            Shape::Time { min: Time::ZERO, max: LONGEST },
            "without a balancer: a resolver keeps its server so long, a dead one too",
        ),
        Knob::new("resolvers", USERS, "DNS resolvers; unset: one per user, or one for all"),
        Knob::new(
            "tracing",
            Shape::Share,
            "share of the requests that a tracing tool chooses at their start",
        )
        .moves(Measure::Counted(Count::Traced), Way::Up),
    ],
    leaves_out: "Browsers that load many files, robots, users who leave for good after an error.",
};

/// A client's state.
#[derive(Clone)]
pub(crate) struct Client {
    node: u16,
    /// Hash of seed and name, from which every request's own key follows.
    base: u64,
    rate: f64,
    paced: bool,
    profile: Profile,
    /// The one before it; `None` before the first.
    former: Option<Profile>,
    /// Requests a nanosecond, if traffic is even.
    even: Option<f64>,
    patience: Option<Time>,
    slo: Option<Time>,
    /// Share of the requests that are traced by a tool which chooses them at their start.
    tracing: Option<f64>,
    /// First class of this client in `Ctx::classes`, and the cumulative shares of its classes.
    first_class: u8,
    shares: Vec<(f64, bool)>,
    links: Vec<u16>,
    next_number: u64,
    /// Key of the request with that number, once its arrival is planned.
    next_base: u64,
    /// The event of the next arrival: whatever changes the rate plans it anew.
    arrival_event: u32,
    /// Unit-rate area left to the next arrival, and since when.
    planned: (f64, Time),
    turn: usize,
    /// Users who wait for their answers; `None` = arrivals come by the rate.
    crowd: Option<Box<Crowd>>,
    /// Users behind the rate, and those who have sent a request before.
    sessions: Option<Box<Sessions>>,
    resolvers: Option<Box<Resolvers>>,
}

#[derive(Clone, Default)]
struct Sessions {
    users: u32,
    seen: Vec<u64>,
}

/// Who sends a request.
#[derive(Clone, Copy)]
struct Sender {
    /// Key of the request's draws.
    base: u64,
    user: u32,
    /// The first request of this user.
    first: bool,
}

impl Client {
    pub fn new(node: u16) -> Self {
        Self {
            node,
            base: 0,
            rate: 0.0,
            paced: false,
            profile: Profile::default(),
            former: None,
            even: None,
            patience: None,
            slo: None,
            tracing: None,
            first_class: 0,
            shares: Vec::new(),
            links: Vec::new(),
            next_number: 0,
            next_base: 0,
            arrival_event: NO_EVENT,
            planned: (0.0, Time::ZERO),
            turn: 0,
            crowd: None,
            sessions: None,
            resolvers: None,
        }
    }
    /// The event of the next arrival; an older one is void.
    pub const fn arrival_event(&self) -> u32 {
        self.arrival_event
    }
    /// Requests made so far.
    pub const fn requests(&self) -> u64 {
        self.next_number
    }
    /// Whether it will make more requests, fewer than `limit` in all. Users who all wait are none of those.
    pub const fn asks_more(&self, limit: u64) -> bool {
        self.next_number < limit && self.arrival_event != NO_EVENT
    }

    /// Plans the next arrival from now on.
    #[inline(always)]
    fn plan(&mut self, ctx: &mut Ctx) {
        self.next_base = combine(self.base, self.next_number);
        let gap = if self.paced { 1.0 } else { Draw::new(self.next_base, Purpose::Gap).exp1() };
        self.planned = (gap, ctx.now);
        self.replan(ctx);
    }
    #[inline(always)]
    fn replan(&mut self, ctx: &mut Ctx) {
        let (area, since) = self.planned;
        let at = match self.even {
            Some(speed) => since + Time::from_ns_f64(area / speed),
            None => self.profile.arrival(since, self.rate, area),
        };
        self.arrival_event = if at == Time::NEVER {
            NO_EVENT
        } else {
            ctx.events.push(at.max(ctx.now), EventKind::Request, u32::from(self.node))
        };
    }
    /// Another profile begins now; one that comes back, as by an undo, goes on as if it had never been away.
    fn follow(&mut self, now: Time, rate: f64, profile: Profile) {
        self.rate = rate;
        if profile != self.profile || self.former.is_none() {
            let begun = self.former.as_ref().filter(|f| **f == profile).map_or(now, Profile::begun);
            self.former = Some(std::mem::replace(&mut self.profile, profile.started(self.base, begun)));
        }
        self.even = self.profile.constant().map(|factor| rate * 1e-9 * factor).filter(|speed| *speed > 0.0);
    }
    /// The rate changes now: the area passed so far stays passed.
    fn set_rate(&mut self, ctx: &mut Ctx, rate: f64, profile: Profile) {
        if self.arrival_event != NO_EVENT || self.planned.0 > 0.0 {
            let passed = self.profile.area(self.planned.1, ctx.now) * self.rate * 1e-9;
            self.planned.0 = (self.planned.0 - passed).max(0.0);
        }
        self.planned.1 = ctx.now;
        self.follow(ctx.now, rate, profile);
        self.replan(ctx);
    }

    /// The next request is made now.
    #[inline(always)]
    pub fn arrival(&mut self, ctx: &mut Ctx) {
        let number = self.next_number;
        if number >= ctx.request_limit {
            self.arrival_event = NO_EVENT;
            return;
        }
        if self.crowd.is_some() {
            return self.user_asks(ctx);
        }
        let base = self.next_base;
        self.next_number += 1;
        self.plan(ctx);
        if ctx.calls.live() >= MAX_CALLS {
            ctx.shed();
            return;
        }
        let (user, first) = self.sessions.as_mut().map_or((NIL, false), |s| s.of(base));
        self.request(ctx, number, Sender { base, user, first });
    }
    /// Makes a request.
    #[inline(always)]
    fn request(&mut self, ctx: &mut Ctx, number: u64, sender: Sender) {
        let Sender { base, user, first } = sender;
        let offset = if self.shares.len() == 1 {
            0
        } else {
            let u = Draw::new(base, Purpose::Class).unit();
            self.shares.iter().position(|&(to, _)| u < to).unwrap_or(self.shares.len() - 1)
        };
        let class = self.first_class + offset as u8;
        let client = self.node;
        let request = ctx.requests.add(NewRequest {
            number,
            base,
            born: ctx.now,
            client,
            class,
            write: self.shares[offset].1,
            session: user,
            opens_session: first,
            calls: 1,
        });
        ctx.recorder.request_born(client, class);
        if let Some(patience) = self.patience {
            ctx.requests[request].patience_event =
                ctx.events.push(ctx.now + patience, EventKind::Patience, request);
        }
        let (link, replica) = self.address(ctx, base, user);
        let root = ctx.send_held(NewCall {
            request,
            parent: NIL,
            link,
            caller_replica: 0,
            replica,
            cargo: Cargo::Call,
            wanted: true,
            path: base,
            timeout: None,
            payload: 0,
        });
        ctx.requests[request].root = root;
    }
    /// Where a request goes: the link, and the server if it is the client that chooses it.
    #[inline(always)]
    fn address(&mut self, ctx: &Ctx, base: u64, user: u32) -> (u16, Option<u16>) {
        if let Some(resolvers) = &mut self.resolvers {
            return resolvers.address(ctx, &self.links, base, user);
        }
        self.turn = if self.turn + 1 >= self.links.len() { 0 } else { self.turn + 1 };
        (self.links[self.turn], None)
    }
    /// The users behind a request wait no longer.
    pub fn give_up(&mut self, ctx: &mut Ctx, request: u32) {
        let root = ctx.requests[request].root;
        let place = ctx.deepest(root);
        ctx.note_open_spans(root, Reason::GaveUp);
        ctx.abandon(root);
        self.close(ctx, request, Outcome::Failed(Reason::GaveUp), place);
    }
    #[inline(always)]
    fn close(&mut self, ctx: &mut Ctx, request: u32, outcome: Outcome, place: u16) {
        let r = &ctx.requests[request];
        let within = ctx.classes[r.class as usize].slo.or(self.slo).or(self.patience).unwrap_or(Time::NEVER);
        ctx.recorder.request_done(r, ctx.now, outcome, place, within);
        ctx.end_trace(request, outcome, place);
        if let Some(share) = self.tracing {
            self.count_traced(ctx, request, share, matches!(outcome, Outcome::Failed(_)));
        }
        ctx.requests.close(request);
        if self.crowd.is_some() {
            let user = ctx.requests[request].session;
            self.user_rests(ctx, user, matches!(outcome, Outcome::Failed(_)));
        }
    }

    /// What most answers to a client are: all is well, and nobody wants to know more. The same as `Ctx::take_answer`,
    /// `close` and `Ctx::settle` do, all at once; `false` = it is another answer, and nothing has been done.
    #[inline(always)]
    pub fn root_answered(&mut self, ctx: &mut Ctx, call: u32) -> bool {
        let c = &ctx.calls[call];
        let plain = c.wanted && c.cargo == Cargo::Call && c.outcome == Outcome::Ok;
        debug_assert!(c.phase == Phase::Replying);
        if !plain
            || self.crowd.is_some()
            || self.tracing.is_some()
            || !ctx.has_short_cuts()
            || ctx.still_servers > 0
        {
            return false;
        }
        let request = c.request;
        let r = &mut ctx.requests[request];
        if ctx.tracer.wants(r.number, false, ctx.now - r.born) {
            return false;
        }
        let within = ctx.classes[r.class as usize].slo.or(self.slo).or(self.patience).unwrap_or(Time::NEVER);
        ctx.recorder.request_done(r, ctx.now, Outcome::Ok, 0, within);
        ctx.calls.remove_with_trail(call, r.trail, r.trail_end);
        ctx.requests.finish(request);
        true
    }
    /// Head sampling: whether a request is followed is decided before anybody knows how it ends.
    fn count_traced(&self, ctx: &mut Ctx, request: u32, share: f64, failed: bool) {
        let base = ctx.requests[request].base;
        let chosen = Draw::new(base, Purpose::Sampling).unit() < share;
        ctx.recorder.count(self.node, Count::Traced, u64::from(chosen));
        ctx.recorder.count(self.node, Count::TracedErrors, u64::from(chosen && failed));
    }

    fn configure_users(&mut self, ctx: &Ctx, knobs: &Knobs) {
        self.paced = knobs.choice("arrivals") == Some("paced");
        let (users, sessions) = (knobs.count("users"), knobs.count("sessions"));
        self.sessions = sessions.filter(|_| users.is_none()).map(|users| {
            let mut s = self.sessions.take().unwrap_or_default();
            s.set(users);
            s
        });
        self.resolvers = knobs.time("dns_ttl").map(|ttl| {
            let mut r = self.resolvers.take().unwrap_or_default();
            r.set(ttl, knobs.count("resolvers").or(users).or(sessions).unwrap_or(1), ctx.now);
            r
        });
    }
}

impl Sessions {
    fn set(&mut self, users: u32) {
        self.users = users;
        self.seen.resize(users.div_ceil(64) as usize, 0);
    }
    /// The user who sends the request with this key, and whether it is the first of that one.
    fn of(&mut self, base: u64) -> (u32, bool) {
        let user = Draw::new(base, Purpose::Session).below(self.users);
        let (word, bit) = (&mut self.seen[user as usize / 64], 1 << (user % 64));
        let first = *word & bit == 0;
        *word |= bit;
        (user, first)
    }
}

impl Behavior for Client {
    fn configure(&mut self, ctx: &mut Ctx, topology: &Topology) {
        let name = ctx.nodes[self.node as usize].name.clone();
        let Some(spec) = topology.nodes.get(&*name) else {
            self.arrival_event = NO_EVENT;
            return;
        };
        let knobs = &spec.knobs;
        (self.patience, self.slo) = (knobs.time("patience"), knobs.time("slo"));
        self.tracing = knobs.share("tracing");
        let rate = knobs.rate("rate").unwrap_or(0.0);
        ctx.nodes[self.node as usize].patience = self.patience;
        let profile = match knobs.get("profile") {
            Some(Value::Profile(p)) => p.clone(),
            _ => Profile::default(),
        };
        self.links = ctx.links_from(self.node).collect();
        self.configure_users(ctx, knobs);
        let new = self.shares.is_empty();
        if new {
            self.base = combine(ctx.seed, ctx.nodes[self.node as usize].key);
            (self.first_class, self.shares) = ctx.add_classes(&name, knobs);
        }
        if let Some(users) = knobs.count("users") {
            let mut crowd = self.crowd.take().unwrap_or_default();
            crowd.set(ctx.now, self.base, users, knobs.distribution("think"));
            self.crowd = Some(crowd);
            return self.await_next_user(ctx);
        }
        self.crowd = None;
        self.next_base = combine(self.base, self.next_number);
        if new {
            self.follow(ctx.now, rate, profile);
            if !self.links.is_empty() {
                self.plan(ctx);
            }
        } else if self.links.is_empty() {
            self.arrival_event = NO_EVENT;
        } else if rate != self.rate || profile != self.profile || self.arrival_event == NO_EVENT {
            self.set_rate(ctx, rate, profile);
        }
    }
    fn arrive(&mut self, ctx: &mut Ctx, call: u32) {
        ctx.fail(call, Reason::Refused);
    }
    fn worked(&mut self, _ctx: &mut Ctx, _call: u32) {}
    #[inline(never)]
    fn answered(&mut self, ctx: &mut Ctx, answer: Answer) {
        self.close(ctx, answer.request, answer.outcome, answer.place);
    }
}
