//! A content delivery network: caches at many places, each near some of the users, in front of the origin.
//!
//! ```text
//! users near A -> [ cache A ] \
//! users near B -> [ cache B ]  -> on a miss: origin
//! users near C -> [ cache C ] /
//! ```

use super::super::context::{Answer, Ctx};
use super::super::metrics::{Count, Measure, NodeWindow};
use super::super::outcome::Reason;
use super::super::request::{NIL, Outcome};
use super::super::rng::{Draw, Purpose};
use super::super::snapshot::{Cargo, Extra};
use super::super::time::Time;
use super::super::topology::Topology;
use super::super::value::{Knob, LONGEST, Shape, Value, Way};
use super::super::workload::MAX_KEYS;
use super::cache::kept::{Entry, Eviction, Found, Kept};
use super::{Behavior, Datasheet, Links};

/// What a content delivery network is.
pub static DATASHEET: Datasheet = Datasheet {
    key: "cdn",
    links: Links::Forward,
    measures: &[Measure::HitRatio],
    counts: &[Count::Hits, Count::Misses, Count::Evictions, Count::Expirations],
    title: "Content delivery network",
    tag: "cdn",
    explanation: "Caches at many places, each near some of the users; what a place does not have it fetches from the origin. \
        Each place learns by itself, so more places mean shorter ways and more misses.",
    knobs: &[
        Knob::new(
            "points",
            Shape::Count { min: 1, max: 32, unlimited: false },
            "places, each with a cache of its own: the more, the fewer hits",
        )
        .moves(Measure::HitRatio, Way::Down)
        .default(|| Value::Count(4)),
        Knob::new(
            "capacity",
            Shape::Count { min: 1, max: MAX_KEYS, unlimited: false },
            "entries that fit, per place: more hits",
        )
        .moves(Measure::HitRatio, Way::Up)
        .default(|| Value::Count(1000)),
        Knob::new(
            "ttl",
            Shape::Time { min: Time::from_ms(1), max: LONGEST },
            "an entry older than this is fetched anew: the longer, the more hits",
        )
        .moves(Measure::HitRatio, Way::Up),
    ],
    leaves_out: "Its own work, sizes and prices of what it delivers, caches between the places and the origin, purging: a changed \
        value is seen after `ttl`, and how many reads were stale is not counted. Which place a request comes to is drawn for it, \
        so a user is not tied to one.",
};

/// A network's state.
#[derive(Clone)]
pub(crate) struct Cdn {
    node: u16,
    links: Vec<u16>,
    turn: usize,
    ttl: Option<Time>,
    points: Vec<Kept>,
}

impl Cdn {
    pub const fn new(node: u16) -> Self {
        Self { node, links: Vec::new(), turn: 0, ttl: None, points: Vec::new() }
    }
    /// The place that a request comes to: the same one for its call and for the answer.
    fn point(&self, ctx: &Ctx, request: u32) -> usize {
        let key = if request == NIL { 0 } else { ctx.requests[request].base };
        let place = ctx.nodes[self.node as usize].key;
        Draw::new(key ^ place, Purpose::Choice).below(self.points.len() as u32) as usize
    }
    fn entries(&self) -> u32 {
        self.points.iter().map(Kept::len).sum()
    }
}

impl Behavior for Cdn {
    fn configure(&mut self, ctx: &mut Ctx, topology: &Topology) {
        let Some(spec) = topology.nodes.get(&*ctx.nodes[self.node as usize].name) else { return };
        self.ttl = spec.knobs.time("ttl");
        self.points.resize_with(spec.knobs.count("points").unwrap_or(1) as usize, Kept::new);
        let capacity = spec.knobs.count("capacity").unwrap_or(1);
        self.points.iter_mut().for_each(|p| p.resize(capacity, Eviction::Lru, ctx.keys));
        self.links = ctx.links_from(self.node).collect();
    }
    fn arrive(&mut self, ctx: &mut Ctx, call: u32) {
        let c = ctx.calls[call];
        if c.cargo == Cargo::Probe {
            return ctx.reply(call, Outcome::Ok);
        }
        ctx.calls[call].started = ctx.now;
        if !ctx.writes(call) {
            let (key, point) = (ctx.key(c.request), self.point(ctx, c.request));
            let found = self.points[point].get(key, ctx.now);
            let hit = matches!(found, Found::Value(_));
            ctx.recorder.cache(self.node, hit, false);
            if hit {
                return ctx.reply(call, Outcome::Ok);
            }
            ctx.recorder.count(self.node, Count::Expirations, u64::from(matches!(found, Found::Expired)));
        }
        if self.links.is_empty() {
            return ctx.fail(call, Reason::NoHealthyBackend);
        }
        self.turn = (self.turn + 1) % self.links.len();
        ctx.pass_on(call, self.links[self.turn], None);
    }
    fn worked(&mut self, _ctx: &mut Ctx, _call: u32) {}
    fn answered(&mut self, ctx: &mut Ctx, answer: Answer) {
        if !matches!(answer.outcome, Outcome::Failed(_)) && !ctx.writes(answer.parent) {
            let (key, point) = (ctx.key(answer.request), self.point(ctx, answer.request));
            let expires = self.ttl.map_or(Time::NEVER, |ttl| ctx.now + ttl);
            let evicted = self.points[point].put(key, Entry { expires, ..Entry::default() });
            ctx.recorder.count(self.node, Count::Evictions, u64::from(evicted));
        }
        ctx.pass_back(&answer);
    }
    fn turned(&mut self, _ctx: &mut Ctx, _replica: u16, up: bool) {
        if !up {
            self.points.iter_mut().for_each(Kept::clear);
        }
    }
    fn flush(&mut self) -> Option<u32> {
        let kept = self.entries();
        self.points.iter_mut().for_each(Kept::clear);
        Some(kept)
    }
    fn extras(&self, _ctx: &Ctx, window: &NodeWindow) -> Vec<Extra> {
        let mut out: Vec<Extra> = Extra::hits(window).into_iter().collect();
        out.push(Extra { label: "places", text: self.points.len().to_string() });
        out.push(Extra { label: "entries", text: self.entries().to_string() });
        out
    }
}
