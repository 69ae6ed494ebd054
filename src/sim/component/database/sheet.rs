//! The datasheet: what a database is, its knobs, what the model leaves out.

use super::super::super::distribution::Distribution;
use super::super::super::metrics::Measure;
use super::super::super::station::scalability;
use super::super::super::time::Time;
use super::super::super::value::{Knob, LONGEST, Shape, Value, Way};
use super::super::service::MAX_WORKERS;
use super::super::{Datasheet, Links};

/// Most read copies of a shard.
pub const MAX_COPIES: u32 = 64;
/// Most shards.
pub const MAX_SHARDS: u32 = 64;

const ANY_TIME: Shape = Shape::Time { min: Time::ZERO, max: LONGEST };
const FROM_1MS: Shape = Shape::Time { min: Time::from_ms(1), max: LONGEST };

/// Detection and promotion.
static FAILOVER: &[Knob] = &[
    Knob::new("detect", ANY_TIME, "until the others notice that the primary is dead").required(),
    Knob::new("promote", ANY_TIME, "from then until a replica is primary").required(),
];
/// Leaderless replication.
static QUORUM: &[Knob] = &[
    Knob::new("n", Shape::Count { min: 1, max: 16, unlimited: false }, "copies of every key").required(),
    Knob::new("r", Shape::Count { min: 1, max: 16, unlimited: false }, "answers that a read waits for")
        .required(),
    Knob::new("w", Shape::Count { min: 1, max: 16, unlimited: false }, "copies that a write waits for")
        .required(),
];
/// What a database is.
pub static DATASHEET: Datasheet = Datasheet {
    links: Links::Nobody,
    measures: &[
        Measure::OccupiedByCalls,
        Measure::StaleReads,
        Measure::LostWrites,
        Measure::DivergedWrites,
        Measure::Lag,
        Measure::Backlog,
    ],
    counts: &[],
    key: "database",
    title: "Database",
    tag: "db",
    explanation: "Keeps the state: all writes go to the primary, reads to the primary or its replicas. \
        Replicas repeat every write from the primary's log, one after the other, so they lag behind it.",
    knobs: &[
        Knob::new(
            "connections",
            Shape::Count { min: 1, max: MAX_WORKERS, unlimited: true },
            "queries at once, per server: of more connections a smaller share is busy",
        )
        .moves(Measure::Utilization, Way::Down)
        .default(|| Value::Count(100)),
        Knob::new(
            "queue_capacity",
            Shape::Count { min: 0, max: MAX_WORKERS, unlimited: true },
            "queries that may wait, per server: the queue gets no longer",
        )
        .moves(Measure::QueueMax, Way::Up)
        .default(|| Value::Unlimited),
        Knob::new("queue_timeout", FROM_1MS, "a query that got no connection by then fails"),
        Knob::new("read", Shape::Distribution, "work of a read: more takes longer")
            .moves(Measure::Mean, Way::Up)
            .default(|| Value::Distribution(Distribution::Exponential(Time::from_ms(5)))),
        Knob::new("write", Shape::Distribution, "work of a write; a replica repeats it: more takes longer")
            .moves(Measure::Mean, Way::Up)
            .default(|| Value::Distribution(Distribution::Exponential(Time::from_ms(5)))),
        Knob::new(
            "replay",
            Shape::Factor { min: 0.0, max: 1.0 },
            "share of a write's work that a replica repeats: more keeps its cores busy",
        )
        .moves(Measure::CpuUtilization, Way::Up)
        .default(|| Value::Factor(1.0)),
        Knob::new(
            "replicas",
            Shape::Count { min: 0, max: MAX_COPIES, unlimited: false },
            "read copies besides the primary, per shard: more are each less busy",
        )
        .moves(Measure::Utilization, Way::Down)
        .default(|| Value::Count(0)),
        Knob::new(
            "replication",
            Shape::Choice(&["async", "semi-sync", "sync"]),
            "when a write is acknowledged",
        )
        .default(|| Value::Choice("async")),
        Knob::new("routing", Shape::Choice(&["primary", "replicas", "all"]), "who serves the reads")
            .default(|| Value::Choice("replicas")),
        Knob::new(
            "sticky",
            FROM_1MS,
            "reads of a key go to the primary for so long after a write: fewer are stale",
        )
        .moves(Measure::StaleReads, Way::Down),
        Knob::new("failover", Shape::Group(FAILOVER), "when the primary dies, a replica takes over"),
        Knob::new(
            "shards",
            Shape::Count { min: 1, max: MAX_SHARDS, unlimited: false },
            "parts of the keys, each on servers of its own: more are each less busy",
        )
        .moves(Measure::Utilization, Way::Down)
        .default(|| Value::Count(1)),
        Knob::new("shard_by", Shape::Choice(&["hash", "range", "modulo"]), "which key lives in which shard")
            .default(|| Value::Choice("hash")),
        Knob::new("quorum", Shape::Group(QUORUM), "no primary: n copies, r answer a read, w a write"),
        Knob::new("partition", Shape::Choice(&["cp", "ap"]), "cut off: refuse writes (cp) or take them (ap)"),
        Knob::new(
            "contention",
            Shape::Group(scalability::KNOBS),
            "more open connections make each query slower",
        ),
    ],
    leaves_out: "Transactions and locks, indexes, memory against disk. A query without a connection in time, or at once \
        where none may wait, fails as \"pool exhausted\". `sticky` goes by key, not by user. With `failover`, what the log \
        still had on the way is lost with the primary. A server that comes back, joins or was cut off gets a \
        copy at once and for nothing; so does a newly promoted primary's following. A cache may still hold a lost \
        write. Only a cut network counts against a majority. In a quorum all copies are one link away, \
        also the coordinator's own; there is no read repair. After a change of `shards`, a moved key costs double \
        once, at its first use; nothing is copied in the background.",
};
