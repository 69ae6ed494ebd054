//! The report of a run, as `contracts.md` has it: a field that does not apply is absent, never null.

use indexmap::IndexMap;
use serde::Serialize;

use super::theory::TheoryReport;

/// Version of the report's shape.
pub const FORMAT: u32 = 1;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// Counts by the name of a reason.
pub type Reasons = IndexMap<&'static str, u64>;

/// The whole report.
#[derive(Serialize, Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the contract's; their units end their names")]
pub struct Report {
    pub format: u32,
    pub program_version: &'static str,
    pub level: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene: Option<String>,
    pub seed: u64,
    pub duration_s: f64,
    pub warmup_s: f64,
    pub events: u64,
    pub requests: u64,
    /// 16 hexadecimal digits: JSON numbers lose the lower bits of 64.
    pub digest: String,
    pub end_to_end: FlowReport,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub classes: IndexMap<String, FlowReport>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub failures_at: IndexMap<String, Reasons>,
    pub wasted: u64,
    /// Requests that could not be made because a limit of the simulator was reached.
    #[serde(skip_serializing_if = "is_zero")]
    pub shed: u64,
    pub nodes: IndexMap<String, NodeReport>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub hosts: IndexMap<String, HostReport>,
    pub links: IndexMap<String, LinkReport>,
    pub goals: Vec<GoalReport>,
    pub passed: bool,
    pub cost: CostReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bottleneck: Option<BottleneckReport>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub theory: IndexMap<String, TheoryReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<WindowReport>,
}

/// Requests end to end, or those of one class.
#[derive(Serialize, Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are the contract's; their units end their names")]
pub struct FlowReport {
    pub arrivals: u64,
    pub completed: u64,
    pub failed: u64,
    pub in_flight: u64,
    pub throughput_per_s: f64,
    pub goodput_per_s: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability: Option<f64>,
    /// Attempts that a request cost, itself and all retries and hedges for its sake: 1 without any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts_per_request: Option<f64>,
    #[serde(skip_serializing_if = "Times::is_empty")]
    pub response_ms: Times,
    /// Half-width of the 95 % confidence interval of the mean, by batch means; whole runs in steady state only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_ci95_ms: Option<f64>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub failures: Reasons,
}

/// A distribution of times, milliseconds.
#[derive(Serialize, Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "percentiles are named by themselves")]
pub struct Times {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p50: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p90: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p95: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p99: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p999: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

impl Times {
    /// Nothing was measured.
    pub const fn is_empty(&self) -> bool {
        self.mean.is_none() && self.p95.is_none()
    }
}

/// One node.
#[derive(Serialize, Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are the contract's; their units end their names")]
pub struct NodeReport {
    pub kind: &'static str,
    pub replicas: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uptime: Option<f64>,
    /// Mean time up between failures of a server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtbf_s: Option<f64>,
    /// Mean time until a failed server is up again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mttr_s: Option<f64>,
    /// Share of the time with at least 1, 2, 3, ... servers up; absent where all were up always.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub up_at_least: Vec<f64>,
    pub arrivals: u64,
    pub completed: u64,
    pub failed: u64,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub failures: Reasons,
    pub throughput_per_s: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utilization: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occupied_by_calls: Option<f64>,
    /// Share of time in which the locks of its servers were held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock_utilization: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_utilization: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_mean: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_max: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_flight_mean: Option<f64>,
    /// Share of the calls that had to wait for a worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waited: Option<f64>,
    #[serde(skip_serializing_if = "Times::is_empty")]
    pub waiting_ms: Times,
    #[serde(skip_serializing_if = "Times::is_empty")]
    pub service_ms: Times,
    #[serde(skip_serializing_if = "Times::is_empty")]
    pub response_ms: Times,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub per_replica: Vec<ReplicaReport>,
    /// What the kind counts: `hits`, `evictions`, `published`.
    #[serde(flatten)]
    pub counts: IndexMap<&'static str, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hit_ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale_reads: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_writes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diverged_writes: Option<u64>,
    #[serde(skip_serializing_if = "Times::is_empty")]
    pub lag_ms: Times,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backlog_max: Option<u32>,
}

/// One server of a node.
#[derive(Serialize, Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are the contract's; their units end their names")]
pub struct ReplicaReport {
    pub name: String,
    pub arrivals: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utilization: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uptime: Option<f64>,
}

/// One machine: a named one, or a server's own.
#[derive(Serialize, Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct HostReport {
    pub size: String,
    pub cores: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_utilization: Option<f64>,
    /// Share of its memory that requests held at most; at 1 the kernel kills.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_used_max: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uptime: Option<f64>,
}

/// One link.
#[derive(Serialize, Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct LinkReport {
    pub calls: u64,
    pub failures: u64,
    pub timeouts: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub lost: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub retries: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub hedges: u64,
    /// Time in which a caller's circuit breaker was not closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaker_open_s: Option<f64>,
    /// Mean one-way latency of its distribution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<f64>,
}

/// One goal, judged over the whole run.
#[derive(Serialize, Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the contract's; values in base units")]
pub struct GoalReport {
    pub text: String,
    pub metric: String,
    pub limit: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    pub held: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_broken_s: Option<f64>,
}

/// Price and parts of the design at the end.
#[derive(Serialize, Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct CostReport {
    pub monthly_usd: f64,
    pub parts: u32,
}

/// What holds the system back at the end.
#[derive(Serialize, Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct BottleneckReport {
    pub node: String,
    pub resource: String,
    pub utilization: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_of_p99: Option<f64>,
    pub why: String,
}

/// One simulated second.
#[derive(Serialize, Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the contract's; their units end their names")]
pub struct WindowReport {
    pub t_s: f64,
    pub end_to_end: FlowReport,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub classes: IndexMap<String, FlowReport>,
    pub nodes: IndexMap<String, NodeReport>,
    pub links: IndexMap<String, LinkReport>,
}
