//! What is measured: one-second windows, totals, and the names by which others ask for them.

pub mod batch;
pub(crate) mod count;
pub mod histogram;
pub(crate) mod measure;
pub(crate) mod recorder;
pub(crate) mod uptime;

pub use count::Count;
pub use recorder::{FlowTotals, NodeTotals};
pub use uptime::Uptime;

use std::sync::Arc;

use super::chunks::Chunks;
use super::outcome::Reason;
use super::time::Time;
use histogram::Sparse;

/// Finished seconds of a run, oldest first.
pub type Windows = Chunks<Arc<Window>>;

/// One finished second of a run.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// When it ended: a whole second.
    pub end: Time,
    /// End to end: requests of all clients.
    pub system: Flow,
    /// End to end by class; index as in `Snapshot::classes`.
    pub classes: Vec<Flow>,
    /// By node, index = `NodeId`.
    pub nodes: Vec<NodeWindow>,
    /// By link, index = `LinkId`.
    pub links: Vec<LinkWindow>,
}

/// Counts and response times of requests (end to end) in one window.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    /// Requests that came.
    pub arrivals: u32,
    /// Requests answered.
    pub completed: u32,
    /// Requests answered in time (within the class's `slo`, else the client's patience).
    pub good: u32,
    /// Requests failed, by reason (index = `Reason as usize`).
    pub failed: [u32; Reason::ALL.len()],
    /// Sum of the response times of the answered, ns.
    pub response_ns: u128,
    /// Response times of the answered.
    pub responses: Sparse,
    /// Further attempts, retries and hedges, that requests cost anywhere.
    pub retries: u32,
    /// Requests in the system at the window's end.
    pub in_flight: u32,
}

impl Flow {
    /// All failures.
    pub fn failures(&self) -> u32 {
        self.failed.iter().sum()
    }
}

/// Counters and time integrals of one node in one window (all its servers together).
#[derive(Clone, Debug, Default)]
pub struct NodeWindow {
    /// Calls that arrived (a client: requests it made).
    pub arrivals: u32,
    /// Calls answered.
    pub completed: u32,
    /// Calls failed here.
    pub failed: u32,
    /// Integral of busy workers, worker-ns.
    pub busy_ns: u64,
    /// Integral of workers held while they wait for a callee, worker-ns.
    pub calling_ns: u64,
    /// Integral of workers of servers that are up, worker-ns; 0 = unlimited workers.
    pub capacity_ns: u64,
    /// Integral of waiting calls, call-ns.
    pub queue_ns: u64,
    /// Time that the locks of its servers were held, ns.
    pub lock_busy_ns: u64,
    /// Integral of workers that waited for those locks, worker-ns.
    pub lock_wait_ns: u64,
    /// Time that the locks were there to be taken, ns; 0 = no locks.
    pub lock_up_ns: u64,
    /// Integral of busy cores of its hosts, core-ns.
    pub cpu_busy_ns: u64,
    /// Integral of cores of its hosts that are up, core-ns; 0 = no host.
    pub cpu_capacity_ns: u64,
    /// Of its fullest machine, the share of its memory that was held at most; `None` = no machine.
    pub memory_used: Option<f32>,
    /// Longest queue of any one server.
    pub queue_max: u32,
    /// Sum of the response times of answered calls, ns.
    pub response_ns: u128,
    /// 95th percentile of the response times of answered calls in this window.
    pub p95: Option<Time>,
    /// Servers up at the window's end.
    pub up: u32,
    /// Time with at least one server up, ns.
    pub up_ns: u64,
    /// Cache lookups answered from memory.
    pub hits: u32,
    /// Cache lookups that found nothing.
    pub misses: u32,
    /// Reads that saw an older version than the newest committed.
    pub stale_reads: u32,
    /// Acknowledged writes that a failover lost.
    pub lost_writes: u32,
    /// Keys that both sides of a partition had written when it ended.
    pub diverged_writes: u32,
    /// Sum of the lags of applied changes or delivered messages, ns.
    pub lag_ns: u128,
    /// Number of lags in `lag_ns`.
    pub lags: u32,
    /// Messages waiting at the window's end (broker), or changes not yet applied (database).
    pub backlog: u32,
    /// What the kind counts besides calls, if anything happened; index = `Count as usize`.
    pub counts: Option<Box<[u32; Count::ALL.len()]>>,
    /// By server.
    pub replicas: Vec<ReplicaWindow>,
}

/// One server in one window.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReplicaWindow {
    /// Calls that arrived.
    pub arrivals: u32,
    /// Integral of busy workers, worker-ns.
    pub busy_ns: u64,
    /// Integral of its workers while up, worker-ns; 0 = unlimited or down.
    pub capacity_ns: u64,
    /// Integral of busy cores of its machine, core-ns.
    pub cpu_busy_ns: u64,
    /// Integral of cores of its machine while up, core-ns; 0 = no machine of its own kind.
    pub cpu_capacity_ns: u64,
}

/// One link in one window.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinkWindow {
    /// Calls sent.
    pub calls: u32,
    /// Calls that came back failed.
    pub failures: u32,
    /// Calls given up by the caller's timeout.
    pub timeouts: u32,
    /// Messages that the network lost, answers included.
    pub lost: u32,
    /// Calls that were further attempts after a failed one.
    pub retries: u32,
    /// Calls that were second attempts beside a slow one.
    pub hedges: u32,
    /// Time in which the circuit breaker of at least one caller was not closed, ns.
    pub breaker_open_ns: u64,
}

impl LinkWindow {
    /// All its counters, to be added up.
    pub(crate) fn figures(&self) -> [u64; 7] {
        let counts = [self.calls, self.failures, self.timeouts, self.lost, self.retries, self.hedges];
        let [a, b, c, d, e, f] = counts.map(u64::from);
        [a, b, c, d, e, f, self.breaker_open_ns]
    }
}

/// What a metric path speaks of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Scope {
    /// End to end, all requests.
    System,
    /// End to end, one class (`classes.NAME`).
    Class(String),
    /// One node (`NAME`).
    Node(String),
    /// One server of a node, from 0 (`NAME#1` is the first).
    Server(String, u16),
}

/// A measurable quantity; see [`Measure::parse`] for the names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Measure {
    /// Count of requests or calls that came.
    Arrivals,
    /// Count answered.
    Completed,
    /// Count failed.
    Failed,
    /// Arrivals per second.
    ArrivalRate,
    /// Answers per second.
    Throughput,
    /// Answers in time per second (end to end only).
    Goodput,
    /// Completed over completed and failed.
    Availability,
    /// Failed over completed and failed.
    ErrorRate,
    /// Good over completed and failed: the share of requests answered in time.
    GoodShare,
    /// Mean response time.
    Mean,
    /// Response time percentile, in tenths of a percent: 500, 900, 950, 990, 999.
    Percentile(u16),
    /// Greatest response time.
    Max,
    /// Requests in flight at the end.
    InFlight,
    /// Busy workers over workers.
    Utilization,
    /// Busy cores over cores.
    CpuUtilization,
    /// The most of its memory that any of its machines had in use.
    MemoryUsed,
    /// The part of utilization that waits for callees.
    OccupiedByCalls,
    /// Mean number waiting.
    QueueMean,
    /// Longest queue.
    QueueMax,
    /// Servers up at the end.
    Up,
    /// Share of the time with at least one server up.
    Uptime,
    /// Cache hits over lookups.
    HitRatio,
    /// Count of stale reads.
    StaleReads,
    /// Count of acknowledged writes that a failover lost.
    LostWrites,
    /// Count of keys written on both sides of a partition.
    DivergedWrites,
    /// Mean lag.
    Lag,
    /// Messages or changes waiting at the end.
    Backlog,
    /// One server's part of the calls that came to its node.
    Share,
    /// Count of failed requests with this reason (`failures.timed-out`).
    Failures(Reason),
    /// What a kind counts besides calls.
    Counted(Count),
    /// US dollars a month of the design.
    Cost,
    /// Parts of the design.
    Parts,
}

/// The unit that a measure's value is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// A count.
    Count,
    /// Per second.
    PerSecond,
    /// A fraction.
    Share,
    /// Seconds.
    Seconds,
    /// US dollars a month.
    Money,
}

const NAMES: &[(&str, Measure)] = &[
    ("arrivals", Measure::Arrivals),
    ("completed", Measure::Completed),
    ("failed", Measure::Failed),
    ("arrival_rate", Measure::ArrivalRate),
    ("throughput", Measure::Throughput),
    ("goodput", Measure::Goodput),
    ("availability", Measure::Availability),
    ("error_rate", Measure::ErrorRate),
    ("good_share", Measure::GoodShare),
    ("mean", Measure::Mean),
    ("p50", Measure::Percentile(500)),
    ("p90", Measure::Percentile(900)),
    ("p95", Measure::Percentile(950)),
    ("p99", Measure::Percentile(990)),
    ("p999", Measure::Percentile(999)),
    ("max", Measure::Max),
    ("in_flight", Measure::InFlight),
    ("utilization", Measure::Utilization),
    ("cpu_utilization", Measure::CpuUtilization),
    ("memory_used", Measure::MemoryUsed),
    ("occupied_by_calls", Measure::OccupiedByCalls),
    ("queue_mean", Measure::QueueMean),
    ("queue_max", Measure::QueueMax),
    ("up", Measure::Up),
    ("uptime", Measure::Uptime),
    ("hit_ratio", Measure::HitRatio),
    ("stale_reads", Measure::StaleReads),
    ("lost_writes", Measure::LostWrites),
    ("diverged_writes", Measure::DivergedWrites),
    ("lag", Measure::Lag),
    ("backlog", Measure::Backlog),
    ("share", Measure::Share),
    ("cost", Measure::Cost),
    ("parts", Measure::Parts),
];

impl Measure {
    /// All names, for messages and completion.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(n, _)| *n).chain(Count::ALL.iter().map(|c| c.name()))
    }
    /// The measure of a name.
    pub fn parse(name: &str) -> Option<Self> {
        let counted = || Count::ALL.into_iter().find(|c| c.name() == name).map(Self::Counted);
        NAMES.iter().find(|(n, _)| *n == name).map(|(_, m)| *m).or_else(counted)
    }
    /// The name of the measure.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failures(reason) => reason.name(),
            Self::Counted(count) => count.name(),
            _ => NAMES.iter().find(|(_, m)| *m == self).map_or("?", |(n, _)| n),
        }
    }
    /// The unit of its value.
    pub const fn unit(self) -> Unit {
        match self {
            Self::Arrivals
            | Self::Completed
            | Self::Failed
            | Self::InFlight
            | Self::QueueMean
            | Self::QueueMax
            | Self::Up
            | Self::StaleReads
            | Self::LostWrites
            | Self::DivergedWrites
            | Self::Backlog
            | Self::Failures(_)
            | Self::Counted(_)
            | Self::Parts => Unit::Count,
            Self::ArrivalRate | Self::Throughput | Self::Goodput => Unit::PerSecond,
            Self::Availability
            | Self::ErrorRate
            | Self::GoodShare
            | Self::Utilization
            | Self::CpuUtilization
            | Self::MemoryUsed
            | Self::OccupiedByCalls
            | Self::Uptime
            | Self::HitRatio
            | Self::Share => Unit::Share,
            Self::Mean | Self::Percentile(_) | Self::Max | Self::Lag => Unit::Seconds,
            Self::Cost => Unit::Money,
        }
    }
}

/// A metric path: `p95`, `web.utilization`, `classes.browse.p99`, `cost`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Metric {
    /// What it speaks of.
    pub scope: Scope,
    /// What is measured.
    pub measure: Measure,
}

impl Unit {
    /// A value of this unit for people.
    pub fn show(self, value: f64) -> String {
        use super::quantity::{show_rate, show_share, show_time};
        match self {
            Self::Count if value.fract() == 0.0 => format!("{value:.0}"),
            Self::Count => format!("{value:.1}"),
            Self::PerSecond => show_rate(value),
            Self::Share => show_share(value),
            Self::Seconds => show_time(Time::from_secs_f64(value)),
            Self::Money => format!("${value:.0}/month"),
        }
    }
}
