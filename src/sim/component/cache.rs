//! A cache: real keys in a real LRU of bounded size, with time to live.

use super::super::context::{Answer, Ctx};
use super::super::distribution::Distribution;
use super::super::paged::Paged;
use super::super::request::{NIL, Outcome};
use super::super::snapshot::Cargo;
use super::super::station::{Station, UNLIMITED};
use super::super::time::Time;
use super::super::topology::Topology;
use super::super::value::{Knob, LONGEST, Shape, Value};
use super::super::workload::MAX_KEYS;
use super::service::{count, distribution, resize_stations};
use super::{Behavior, Datasheet};

/// What a cache is.
pub static DATASHEET: Datasheet = Datasheet {
    key: "cache",
    title: "Cache",
    tag: "kv",
    explanation: "Keeps recently read values in memory, so that the database is not asked again; \
        when it is full the value unused for longest goes. How often it has the answer follows from its size and from which keys users want.",
    knobs: &[
        Knob::new("capacity", Shape::Count { min: 1, max: MAX_KEYS, unlimited: false }, "entries that fit")
            .default(|| Value::Count(1000)),
        Knob::new(
            "ttl",
            Shape::Time { min: Time::from_ms(1), max: LONGEST },
            "an entry older than this is asked for anew",
        ),
        Knob::new("eviction", Shape::Choice(&["lru"]), "who leaves a full cache")
            .default(|| Value::Choice("lru")),
        Knob::new("work", Shape::Distribution, "work of a lookup or a fill; one at a time")
            .default(|| Value::Distribution(Distribution::Constant(Time::from_ns(10_000)))),
        Knob::new("on_write", Shape::Choice(&["invalidate", "nothing"]), "what a write does to the entry")
            .default(|| Value::Choice("invalidate")),
        Knob::later("ttl_jitter"),
        Knob::later("single_flight"),
        Knob::later("hit_ratio"),
    ],
    leaves_out: "Sizes of entries, memory fragmentation, clusters of caches.",
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

/// A cache's state.
#[derive(Clone)]
pub(crate) struct Cache {
    node: u16,
    stations: Vec<Station>,
    work: Distribution,
    ttl: Option<Time>,
    invalidates: bool,
    entries: Lru,
}

impl Cache {
    pub const fn new(node: u16) -> Self {
        Self {
            node,
            stations: Vec::new(),
            work: Distribution::Constant(Time::ZERO),
            ttl: None,
            invalidates: true,
            entries: Lru::new(),
        }
    }
    fn start(&mut self, ctx: &mut Ctx, call: u32) {
        ctx.begin(call, &self.work);
    }
    fn look_up(&mut self, ctx: &mut Ctx, call: u32) -> Outcome {
        let key = ctx.key(ctx.calls[call].request);
        match self.entries.get(key, ctx.now) {
            Some(entry) => {
                let newest = ctx.versions[entry.database as usize].get(key as usize).copied().unwrap_or(0);
                ctx.recorder.cache(self.node, true, entry.version < newest);
                ctx.calls[call].payload = u64::from(entry.version);
                Outcome::Ok
            }
            None => {
                ctx.recorder.cache(self.node, false, false);
                Outcome::Miss
            }
        }
    }
    fn fill(&mut self, ctx: &mut Ctx, call: u32) {
        let key = ctx.key(ctx.calls[call].request);
        let payload = ctx.calls[call].payload;
        if payload >> 48 & 1 == 1 {
            if self.invalidates {
                self.entries.remove(key);
            }
        } else {
            let expires = self.ttl.map_or(Time::NEVER, |ttl| ctx.now + ttl);
            self.entries
                .put(key, Entry { version: payload as u32, database: (payload >> 32) as u16, expires });
        }
    }
    /// Forgets everything.
    pub fn flush(&mut self) {
        self.entries.clear();
    }
    /// Entries kept right now.
    pub const fn len(&self) -> u32 {
        self.entries.len
    }
}

impl Behavior for Cache {
    fn configure(&mut self, ctx: &mut Ctx, topology: &Topology) {
        let Some(spec) = topology.nodes.get(&*ctx.nodes[self.node as usize].name) else { return };
        self.work = distribution(&spec.knobs, "work").unwrap_or_else(|| self.work.clone());
        self.ttl = match spec.knobs.get("ttl") {
            Some(Value::Time(t)) => Some(*t),
            _ => None,
        };
        self.invalidates = !matches!(spec.knobs.get("on_write"), Some(Value::Choice("nothing")));
        self.entries.resize(count(&spec.knobs, "capacity"), ctx.keys);
        resize_stations(&mut self.stations, ctx, self.node, 1, UNLIMITED);
    }
    fn arrive(&mut self, ctx: &mut Ctx, call: u32) {
        let replica = ctx.calls[call].replica as usize;
        if ctx.admit(&mut self.stations[replica], call) {
            self.start(ctx, call);
        }
    }
    fn worked(&mut self, ctx: &mut Ctx, call: u32) {
        let outcome = match ctx.calls[call].cargo {
            Cargo::Fill => {
                self.fill(ctx, call);
                Outcome::Ok
            }
            Cargo::Probe => Outcome::Ok,
            _ => self.look_up(ctx, call),
        };
        let replica = ctx.calls[call].replica as usize;
        if let Some(next) = self.stations[replica].release(ctx.now, &ctx.calls) {
            self.start(ctx, next);
        }
        ctx.reply(call, outcome);
    }
    fn answered(&mut self, _ctx: &mut Ctx, _answer: Answer) {}
    fn turned(&mut self, _ctx: &mut Ctx, _replica: u16, up: bool) {
        if !up {
            self.flush();
        }
    }
    fn stations(&mut self) -> &mut [Station] {
        &mut self.stations
    }
    fn look_stations(&self) -> &[Station] {
        &self.stations
    }
}

/// A value kept.
#[derive(Clone, Copy, Debug)]
struct Entry {
    version: u32,
    database: u16,
    expires: Time,
}

/// Least recently used first out. Keys are dense numbers, so that the list lives in arrays: no hashing.
#[derive(Clone)]
struct Lru {
    /// By key: (previous, next, entry); `ABSENT` as previous = not kept.
    slots: Paged<(u32, u32, Entry)>,
    newest: u32,
    oldest: u32,
    len: u32,
    capacity: u32,
}

const ABSENT: u32 = u32::MAX - 1;

impl Lru {
    const fn new() -> Self {
        Self { slots: Paged::new(), newest: NIL, oldest: NIL, len: 0, capacity: 1 }
    }
    fn resize(&mut self, capacity: u32, keys: u32) {
        let empty = Entry { version: 0, database: 0, expires: Time::ZERO };
        if self.slots.len() < keys as usize {
            self.slots.resize(keys as usize, (ABSENT, NIL, empty));
        }
        self.capacity = capacity;
        while self.len > capacity {
            self.remove(self.oldest);
        }
    }
    fn get(&mut self, key: u32, now: Time) -> Option<Entry> {
        let (previous, _, entry) = *self.slots.get(key as usize)?;
        if previous == ABSENT {
            return None;
        }
        self.remove(key);
        if entry.expires <= now {
            return None;
        }
        self.put(key, entry);
        Some(entry)
    }
    fn put(&mut self, key: u32, entry: Entry) {
        if key as usize >= self.slots.len() {
            return;
        }
        self.remove(key);
        if self.len == self.capacity {
            self.remove(self.oldest);
        }
        self.slots[key as usize] = (NIL, self.newest, entry);
        match self.newest {
            NIL => self.oldest = key,
            newest => self.slots[newest as usize].0 = key,
        }
        self.newest = key;
        self.len += 1;
    }
    fn remove(&mut self, key: u32) {
        let (previous, next, _) = self.slots[key as usize];
        if previous == ABSENT {
            return;
        }
        match previous {
            NIL => self.newest = next,
            p => self.slots[p as usize].1 = next,
        }
        match next {
            NIL => self.oldest = previous,
            n => self.slots[n as usize].0 = previous,
        }
        self.slots[key as usize].0 = ABSENT;
        self.len -= 1;
    }
    fn clear(&mut self) {
        while self.len > 0 {
            self.remove(self.oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(version: u32) -> Entry {
        Entry { version, database: 0, expires: Time::NEVER }
    }

    #[test]
    fn the_longest_unused_key_leaves() {
        let mut lru = Lru::new();
        lru.resize(2, 10);
        lru.put(1, entry(1));
        lru.put(2, entry(2));
        assert!(lru.get(1, Time::ZERO).is_some());
        lru.put(3, entry(3));
        assert!(lru.get(2, Time::ZERO).is_none());
        assert!(lru.get(1, Time::ZERO).is_some() && lru.get(3, Time::ZERO).is_some());
        lru.resize(1, 10);
        assert_eq!(lru.len, 1);
        assert!(lru.get(3, Time::ZERO).is_some());
    }

    #[test]
    fn expired_entries_are_misses() {
        let mut lru = Lru::new();
        lru.resize(4, 10);
        lru.put(5, Entry { expires: Time::from_secs(3), ..entry(1) });
        assert!(lru.get(5, Time::from_secs(2)).is_some());
        assert!(lru.get(5, Time::from_secs(3)).is_none());
        assert_eq!(lru.len, 0);
    }
}
