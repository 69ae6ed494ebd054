//! A cache: real keys in a real LRU of bounded size, with time to live.

use super::super::distribution::Distribution;
use super::super::time::Time;
use super::super::value::{Knob, LONGEST, Shape, Value};
use super::super::workload::MAX_KEYS;
use super::Datasheet;

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
