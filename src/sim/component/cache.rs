//! A cache: real keys, a bounded number of them, with time to live.
//!
//! ```text
//! aside:                   caller -> cache; on a miss caller -> database, then caller -> cache: keep this
//! read- or write-through:  caller -> cache -> database
//! ```

mod flights;
pub(crate) mod kept;

use super::super::context::{Answer, Ctx};
use super::super::distribution::Distribution;
use super::super::few::Few;
use super::super::metrics::{Count, Measure, NodeWindow};
use super::super::request::{Outcome, Phase};
use super::super::rng::Purpose;
use super::super::snapshot::{Cargo, Extra};
use super::super::station::{Station, UNLIMITED};
use super::super::time::Time;
use super::super::topology::Topology;
use super::super::value::{Knob, LONGEST, Shape, Value, Way};
use super::super::workload::MAX_KEYS;
use super::service::{MAX_WORKERS, count, next_waiting, resize_stations};
use super::{Behavior, Datasheet, Links};
use flights::Flights;
use kept::{Entry, Eviction, Found, Kept};

/// What a cache is.
pub static DATASHEET: Datasheet = Datasheet {
    key: "cache",
    links: Links::Behind,
    measures: &[Measure::HitRatio, Measure::StaleReads],
    counts: &[Count::Hits, Count::Misses, Count::Evictions, Count::Expirations],
    title: "Cache",
    tag: "kv",
    explanation: "Keeps recently read values in memory, so that the database is not asked again; \
        when it is full one value leaves for another. How often it has the answer follows from its size and from which keys users want.",
    knobs: &[
        Knob::new("capacity", Shape::Count { min: 1, max: MAX_KEYS, unlimited: false }, "entries that fit: more hits")
            .moves(Measure::HitRatio, Way::Up)
            .default(|| Value::Count(1000)),
        Knob::new(
            "ttl",
            Shape::Time { min: Time::from_ms(1), max: LONGEST },
            "an entry older than this is asked for anew: the longer, the more hits",
        )
        .moves(Measure::HitRatio, Way::Up),
        Knob::new("ttl_jitter", Shape::Share, "spreads the age allowed by this share up and down")
            .default(|| Value::Share(0.0)),
        Knob::new("eviction", Shape::Choice(Eviction::NAMES), "who leaves a full cache")
            .default(|| Value::Choice("lru")),
        Knob::new("work", Shape::Distribution, "work of a lookup or a fill: more takes longer")
            .moves(Measure::Mean, Way::Up)
            .default(|| Value::Distribution(Distribution::Constant(Time::from_ns(10_000)))),
        Knob::new(
            "workers",
            Shape::Count { min: 1, max: MAX_WORKERS, unlimited: true },
            "lookups and fills at once: of more workers a smaller share is busy",
        )
        .moves(Measure::Utilization, Way::Down)
        .default(|| Value::Count(1)),
        Knob::new(
            "mode",
            Shape::Choice(&["aside", "read-through", "write-through"]),
            "who asks the database: the caller, the cache for reads, the cache that also keeps what is written",
        )
        .default(|| Value::Choice("aside")),
        Knob::new("behind", Shape::Name, "the database that it asks itself (not for mode aside)").fixed(),
        Knob::new(
            "on_write",
            Shape::Choice(&["invalidate", "update", "nothing"]),
            "what a write does to the entry",
        )
        .default(|| Value::Choice("invalidate")),
        Knob::new("single_flight", Shape::Flag, "of many who miss a key at once, one loads it and the others wait")
            .default(|| Value::Flag(false)),
        Knob::new(
            "lease",
            Shape::Time { min: Time::from_ms(1), max: LONGEST },
            "a caller that loads a key and does not bring it in this time is given up; the next in line loads it",
        )
        .default(|| Value::Time(Time::from_secs(10))),
        Knob::new("hit_ratio", Shape::Share, "fixed chance of a hit whatever the key: only to compare with theory")
            .moves(Measure::HitRatio, Way::Up),
    ],
    leaves_out: "Sizes of entries, memory fragmentation, clusters of caches. An expired entry keeps its place until somebody \
        asks for it or it is evicted. With `hit_ratio` no key is kept and no hit is ever stale: that is theory, not a cache.",
};

/// What a caller tells a cache after it has asked the database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fill {
    /// Keep this value.
    Store,
    /// The value has changed: forget it.
    Invalidate,
}

impl Fill {
    /// As the payload of a message: database node, version, verb.
    pub fn pack(self, database: u16, version: u32) -> u64 {
        u64::from(version) | u64::from(database) << 32 | u64::from(self == Self::Invalidate) << 48
    }
}

/// Who asks the database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    Aside,
    ReadThrough,
    WriteThrough,
}

/// A cache's state.
#[derive(Clone)]
pub(crate) struct Cache {
    node: u16,
    stations: Few<Station>,
    work: Distribution,
    mode: Mode,
    /// Link to the database that it asks itself.
    behind: Option<u16>,
    ttl: Option<Time>,
    jitter: f64,
    on_write: &'static str,
    entries: Kept,
    /// Values kept so far: the number of each one's draw.
    stored: u64,
    flights: Option<Box<Flights>>,
    lease: Time,
    fixed: Option<f64>,
}

impl Cache {
    pub const fn new(node: u16) -> Self {
        Self {
            node,
            stations: Few::None,
            work: Distribution::Constant(Time::ZERO),
            mode: Mode::Aside,
            behind: None,
            ttl: None,
            jitter: 0.0,
            on_write: "invalidate",
            entries: Kept::new(),
            stored: 0,
            flights: None,
            lease: Time::SECOND,
            fixed: None,
        }
    }
    fn start(&mut self, ctx: &mut Ctx, call: u32) {
        ctx.begin(call, &self.work);
    }

    /// Answers a call from memory, or says what else becomes of it; `None` = its answer comes later.
    fn serve(&mut self, ctx: &mut Ctx, call: u32) -> Option<Outcome> {
        if self.mode != Mode::Aside && ctx.writes(call) {
            return self.ask(ctx, call);
        }
        let key = ctx.key(ctx.calls[call].request);
        if self.hit(ctx, call, key) {
            return Some(Outcome::Ok);
        }
        if let Some(flights) = &mut self.flights {
            if flights.open(key) {
                ctx.calls[call].phase = Phase::Waiting;
                flights.wait(&mut ctx.calls, key, call);
                return None;
            }
            let ends = if self.mode == Mode::Aside { ctx.now + self.lease } else { Time::NEVER };
            let flight = flights.begin(key, ends);
            if ends != Time::NEVER {
                ctx.after(self.node, self.lease, u64::from(flight));
            }
        }
        self.missed(ctx, call)
    }
    fn missed(&mut self, ctx: &mut Ctx, call: u32) -> Option<Outcome> {
        ctx.recorder.cache(self.node, false, false);
        if self.mode == Mode::Aside { Some(Outcome::Miss) } else { self.ask(ctx, call) }
    }
    fn hit(&mut self, ctx: &mut Ctx, call: u32, key: u32) -> bool {
        if let Some(ratio) = self.fixed {
            let hit = ctx.draw(call, Purpose::Share).unit() < ratio;
            if hit {
                ctx.recorder.cache(self.node, true, false);
            }
            return hit;
        }
        match self.entries.get(key, ctx.now) {
            Found::Value(entry) => {
                self.answer(ctx, call, key, entry);
                return true;
            }
            Found::Expired => ctx.recorder.count(self.node, Count::Expirations, 1),
            Found::Nothing => {}
        }
        false
    }
    /// A call gets a value: counted as a hit, and as stale if the database has a newer one.
    fn answer(&self, ctx: &mut Ctx, call: u32, key: u32, entry: Entry) {
        let newest = ctx.versions[entry.database as usize].get(key as usize).copied().unwrap_or(0);
        ctx.recorder.cache(self.node, true, entry.version < newest);
        ctx.calls[call].payload = u64::from(entry.version);
    }
    /// Asks the database itself. Its own worker is free meanwhile.
    fn ask(&self, ctx: &mut Ctx, call: u32) -> Option<Outcome> {
        let Some(link) = self.behind else { return Some(Outcome::Miss) };
        ctx.send(ctx.call_for(call, link, 0));
        None
    }

    /// Keeps a value, and answers all who waited for it.
    fn store(&mut self, ctx: &mut Ctx, key: u32, database: u16, version: u32) {
        let expires = self.ttl.map_or(Time::NEVER, |ttl| ctx.now + self.lifetime(ctx, ttl));
        self.stored += 1;
        let entry = Entry { version, database, expires };
        if self.fixed.is_none() && self.entries.put(key, entry) {
            ctx.recorder.count(self.node, Count::Evictions, 1);
        }
        if let Some(flights) = &mut self.flights {
            let mut waiters = flights.land(key);
            while let Some(call) = waiters.pop(&ctx.calls) {
                self.answer(ctx, call, key, entry);
                ctx.reply(call, Outcome::Ok);
            }
        }
    }
    fn lifetime(&self, ctx: &Ctx, ttl: Time) -> Time {
        if self.jitter == 0.0 {
            return ttl;
        }
        let u = ctx.place_draw(self.node, self.stored, Purpose::Background).unit();
        Time((ttl.ns() as f64 * (1.0 + self.jitter * (2.0 * u - 1.0))) as u64)
    }
    /// A value was written to the database.
    fn written(&mut self, ctx: &mut Ctx, key: u32, database: u16, version: u32) {
        match self.on_write {
            _ if self.mode == Mode::WriteThrough => self.store(ctx, key, database, version),
            "update" => self.store(ctx, key, database, version),
            "invalidate" => self.entries.remove(key),
            _ => {}
        }
    }
    fn fill(&mut self, ctx: &mut Ctx, call: u32) {
        let key = ctx.key(ctx.calls[call].request);
        let payload = ctx.calls[call].payload;
        let (database, version) = ((payload >> 32) as u16, payload as u32);
        if payload >> 48 & 1 == 1 {
            self.written(ctx, key, database, version);
        } else {
            self.store(ctx, key, database, version);
        }
    }
}

impl Behavior for Cache {
    fn configure(&mut self, ctx: &mut Ctx, topology: &Topology) {
        let Some(spec) = topology.nodes.get(&*ctx.nodes[self.node as usize].name) else { return };
        let knobs = &spec.knobs;
        self.work = knobs.distribution("work").unwrap_or(&self.work).clone();
        self.ttl = knobs.time("ttl");
        self.jitter = knobs.share("ttl_jitter").unwrap_or(0.0);
        self.on_write = knobs.choice("on_write").unwrap_or("invalidate");
        self.fixed = knobs.share("hit_ratio");
        self.lease = knobs.time("lease").unwrap_or(self.lease);
        self.mode = match knobs.choice("mode") {
            Some("read-through") => Mode::ReadThrough,
            Some("write-through") => Mode::WriteThrough,
            _ => Mode::Aside,
        };
        let behind = knobs.name("behind").and_then(|name| ctx.find(name));
        self.behind = behind.and_then(|to| ctx.link(self.node, to));
        let eviction = Eviction::parse(knobs.choice("eviction").unwrap_or("lru"));
        self.entries.resize(count(knobs, "capacity"), eviction, ctx.keys);
        if knobs.flag("single_flight") {
            self.flights.get_or_insert_default().resize(ctx.keys);
        } else if self.flights.as_ref().is_some_and(|f| f.waiting() == 0) {
            self.flights = None;
        }
        resize_stations(&mut self.stations, ctx, self.node, count(knobs, "workers"), UNLIMITED);
        while let Some(next) = next_waiting(&mut self.stations, ctx) {
            self.start(ctx, next);
        }
    }
    fn arrive(&mut self, ctx: &mut Ctx, call: u32) {
        let replica = ctx.calls[call].replica as usize;
        if ctx.admit(&mut self.stations[replica], call) {
            self.start(ctx, call);
        }
    }
    fn worked(&mut self, ctx: &mut Ctx, call: u32) {
        let replica = ctx.calls[call].replica as usize;
        let outcome = match ctx.calls[call].cargo {
            Cargo::Fill => {
                self.fill(ctx, call);
                Some(Outcome::Ok)
            }
            Cargo::Probe => Some(Outcome::Ok),
            _ => self.serve(ctx, call),
        };
        if let Some(next) = self.stations[replica].release(ctx.now, &ctx.calls) {
            self.start(ctx, next);
        }
        if let Some(outcome) = outcome {
            ctx.reply(call, outcome);
        }
    }
    fn answered(&mut self, ctx: &mut Ctx, answer: Answer) {
        let (call, write) = (answer.parent, ctx.writes(answer.parent));
        let key = ctx.key(answer.request);
        if let Outcome::Failed(reason) = answer.outcome {
            if let (Some(flights), false) = (&mut self.flights, write) {
                let mut waiters = flights.land(key);
                while let Some(waiter) = waiters.pop(&ctx.calls) {
                    ctx.fail_at(waiter, reason, answer.place);
                }
            }
            return ctx.fail_at(call, reason, answer.place);
        }
        let version = answer.payload as u32;
        if write {
            self.written(ctx, key, answer.node, version);
        } else {
            self.store(ctx, key, answer.node, version);
        }
        ctx.calls[call].payload = u64::from(version);
        ctx.reply(call, Outcome::Ok);
    }
    /// The caller that loads a key did not bring it in time.
    fn timer(&mut self, ctx: &mut Ctx, token: u64) {
        let ends = ctx.now + self.lease;
        let Some(flights) = &mut self.flights else { return };
        if let Some((_, next)) = flights.overdue(&ctx.calls, token as u32, ctx.now, ends) {
            ctx.after(self.node, self.lease, token);
            if let Some(outcome) = self.missed(ctx, next) {
                ctx.reply(next, outcome);
            }
        }
    }
    fn turned(&mut self, _ctx: &mut Ctx, _replica: u16, up: bool) {
        if !up {
            self.entries.clear();
            self.flights.iter_mut().for_each(|f| f.clear());
        }
    }
    fn flush(&mut self) -> Option<u32> {
        let kept = self.entries.len();
        self.entries.clear();
        Some(kept)
    }
    fn extras(&self, _ctx: &Ctx, window: &NodeWindow) -> Vec<Extra> {
        let mut out: Vec<Extra> = Extra::hits(window).into_iter().collect();
        out.push(Extra { label: "entries", text: self.entries.len().to_string() });
        let waiting = self.flights.as_ref().map_or(0, |f| f.waiting());
        if waiting > 0 {
            out.push(Extra { label: "wait for a load", text: waiting.to_string() });
        }
        out
    }
    fn stations(&mut self) -> &mut [Station] {
        &mut self.stations
    }
    fn look_stations(&self) -> &[Station] {
        &self.stations
    }
}
