//! A database: connection pool, primary with asynchronous replicas, read routing, versions per key.

use super::super::distribution::Distribution;
use super::super::time::Time;
use super::super::value::{Knob, Shape, Value};
use super::Datasheet;
use super::service::MAX_WORKERS;

/// What a database is.
pub static DATASHEET: Datasheet = Datasheet {
    key: "database",
    title: "Database",
    tag: "db",
    explanation: "Keeps the state: all writes go to the primary, reads to the primary or its replicas. \
        Replicas repeat every write from the primary's log, one after the other, so they lag behind it.",
    knobs: &[
        Knob::new(
            "connections",
            Shape::Count { min: 1, max: MAX_WORKERS, unlimited: true },
            "queries at once, per server",
        )
        .default(|| Value::Count(100)),
        Knob::new(
            "queue_capacity",
            Shape::Count { min: 0, max: MAX_WORKERS, unlimited: true },
            "queries that may wait, per server",
        )
        .default(|| Value::Unlimited),
        Knob::new("read", Shape::Distribution, "work of a read")
            .default(|| Value::Distribution(Distribution::Exponential(Time::from_ms(5)))),
        Knob::new("write", Shape::Distribution, "work of a write; a replica repeats it")
            .default(|| Value::Distribution(Distribution::Exponential(Time::from_ms(5)))),
        Knob::new(
            "replicas",
            Shape::Count { min: 0, max: 64, unlimited: false },
            "read copies besides the primary",
        )
        .default(|| Value::Count(0)),
        Knob::new("replication", Shape::Choice(&["async"]), "when a write is acknowledged")
            .default(|| Value::Choice("async")),
        Knob::new("routing", Shape::Choice(&["primary", "replicas", "all"]), "who serves the reads")
            .default(|| Value::Choice("replicas")),
        Knob::later("queue_timeout"),
        Knob::later("sticky"),
        Knob::later("failover"),
        Knob::later("shards"),
        Knob::later("shard_by"),
        Knob::later("scatter"),
        Knob::later("quorum"),
        Knob::later("partition"),
        Knob::later("contention"),
    ],
    leaves_out: "Transactions and locks, indexes, memory against disk, the cost of an open connection.",
};
