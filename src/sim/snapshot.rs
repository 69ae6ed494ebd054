//! What a reader sees of a running system at one instant: plain data, no behaviour.

use std::sync::Arc;

use super::component::Kind;
use super::id::{LinkId, NodeId};
use super::log::Entries;
use super::metrics::{NodeWindow, Windows};
use super::outcome::Reason;
use super::quantity::{show_share, show_time};
use super::time::Time;
use super::topology::Cost;

/// The whole picture.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Simulated now.
    pub now: Time,
    /// Events carried out since the start.
    pub events: u64,
    /// Nodes in the order of the topology; a removed node leaves `removed = true` behind, so ids stay valid.
    pub nodes: Vec<NodeView>,
    /// Links; index = `LinkId`.
    pub links: Vec<LinkView>,
    /// Named machines, which nodes may share, in the order of the topology.
    pub hosts: Vec<HostView>,
    /// Partitions that are in force.
    pub cuts: Vec<CutView>,
    /// Calls on the wire right now, oldest first, at most `MAX_FLIGHTS`.
    pub flights: Vec<Flight>,
    /// Calls on the wire that did not fit into `flights`.
    pub more_flights: u32,
    /// Requests that clients wait for.
    pub in_flight: u32,
    /// Finished one-second windows, oldest first.
    pub windows: Windows,
    /// Latest events worth telling, oldest first.
    pub log: Entries,
    /// Names of the request classes; index = class in `Window::classes`.
    pub classes: Vec<Arc<str>>,
    /// Price and parts of the present design.
    pub cost: Cost,
}

/// Most calls on the wire that a snapshot carries.
pub const MAX_FLIGHTS: usize = 2000;

impl Snapshot {
    /// Whether a partition lies between two servers (node, index): no message passes.
    pub fn is_cut(&self, a: (NodeId, u16), b: (NodeId, u16)) -> bool {
        let on = |side: &[(NodeId, Option<u16>)], (node, server): (NodeId, u16)| {
            side.iter().any(|&(n, s)| n == node && s.is_none_or(|s| s == server))
        };
        let divides =
            |[left, right]: &[Vec<_>; 2]| on(left, a) && on(right, b) || on(left, b) && on(right, a);
        self.cuts.iter().any(|cut| divides(&cut.sides))
    }
}

/// A named machine.
#[derive(Clone, PartialEq, Debug)]
pub struct HostView {
    /// Its name.
    pub name: Arc<str>,
    /// Its zone.
    pub zone: Option<Arc<str>>,
    /// Its memory, bytes; 0 = without a bound.
    pub memory: u64,
    /// What requests hold of it now, bytes.
    pub memory_used: u64,
    /// It has failed as a whole, or its zone has.
    pub down: bool,
}

/// A partition: no message passes between its two sides. A side holds nodes (`None` = all servers of one) or servers.
#[derive(Clone, PartialEq, Debug)]
pub struct CutView {
    /// The two sides.
    pub sides: [Vec<(NodeId, Option<u16>)>; 2],
}

/// One node.
#[derive(Clone, Debug)]
pub struct NodeView {
    /// Its id.
    pub id: NodeId,
    /// Its name.
    pub name: Arc<str>,
    /// Its kind.
    pub kind: Kind,
    /// Taken out of the design.
    pub removed: bool,
    /// Servers; retired ones are left out unless they still work.
    pub replicas: Vec<ReplicaView>,
    /// Calls (for a client: requests) that arrived in the last window, per second.
    pub arrival_rate: f64,
    /// Answered in the last window, per second.
    pub throughput: f64,
    /// Failed in the last window, per second.
    pub failure_rate: f64,
    /// Busy workers over workers, last window, 0 to 1 (simulator rule 2).
    pub utilization: f64,
    /// The part of `utilization` that waits for a callee, last window.
    pub occupied_by_calls: f64,
    /// Busy cores over cores of the node's hosts, last window; `None` without a host.
    pub cpu_utilization: Option<f64>,
    /// Waiting right now, all servers.
    pub queue: u32,
    /// Waiting room of all servers; `None` = unbounded.
    pub queue_capacity: Option<u32>,
    /// Response time at this node, 95th percentile of the last window with answers.
    pub p95: Option<Time>,
    /// What this kind counts: hit ratio, lag, backlog.
    pub extra: Vec<Extra>,
    /// Name of the host it is placed on, if it shares one.
    pub host: Option<Arc<str>>,
}

impl NodeView {
    /// How full its fullest resource is, 0 to 1: workers or cores. What a gauge shows.
    pub fn fullness(&self) -> f64 {
        self.utilization.max(self.cpu_utilization.unwrap_or(0.0))
    }
}
impl ReplicaView {
    /// How full its fullest resource is, 0 to 1: workers or cores. What a gauge shows.
    pub fn fullness(&self) -> f64 {
        self.utilization.max(self.cpu_utilization.unwrap_or(0.0))
    }
}

/// A figure that only some kinds have.
#[derive(Clone, Debug, PartialEq)]
pub struct Extra {
    /// Label, as `hit ratio`.
    pub label: &'static str,
    /// Value with unit, ready to show.
    pub text: String,
}

impl Extra {
    /// Share of the lookups of a window that were answered from memory.
    pub(crate) fn hits(window: &NodeWindow) -> Option<Self> {
        let lookups = window.hits + window.misses;
        let ratio = f64::from(window.hits) / f64::from(lookups.max(1));
        (lookups > 0).then(|| Self { label: "hits", text: show_share(ratio) })
    }
    /// Mean lag of what was applied or delivered in a window.
    pub(crate) fn lag(window: &NodeWindow) -> Option<Self> {
        let mean = || Time((window.lag_ns / u128::from(window.lags)) as u64);
        (window.lags > 0).then(|| Self { label: "lag", text: show_time(mean()) })
    }
}

/// One server of a node.
#[derive(Clone, Debug)]
pub struct ReplicaView {
    /// As `web#1`, `db#primary`, `db#replica-1`; the node's name where there is but one.
    pub name: Arc<str>,
    /// Position: what `Target::replica` takes.
    pub index: u16,
    /// Its state.
    pub state: ReplicaState,
    /// Work takes so many times as long; 1 = healthy.
    pub slow: f64,
    /// What the balancer in front believes; `None` = nobody checks.
    pub healthy: Option<bool>,
    /// Busy workers right now.
    pub busy: u32,
    /// Workers; `None` = unlimited.
    pub workers: Option<u32>,
    /// Waiting right now.
    pub queue: u32,
    /// Utilization of the last window, 0 to 1.
    pub utilization: f64,
    /// Busy cores over cores of its machine, last window; `None` without a machine.
    pub cpu_utilization: Option<f64>,
    /// Calls that arrived in the last window, per second.
    pub arrival_rate: f64,
    /// The zone that it is in.
    pub zone: Option<Arc<str>>,
    /// A database's copy: the server (by its index) whose log it applies; `None` for a primary and all other kinds.
    pub follows: Option<u16>,
}

/// State of a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReplicaState {
    /// Serving.
    Up,
    /// Back soon: start-up time is running.
    Starting,
    /// Process dead: calls are refused at once.
    Down,
    /// Machine dead: calls get no answer at all.
    Silent,
    /// Taken out of the design; finishes its work.
    Retiring,
    /// Accepts calls and never answers.
    Hung,
    /// Stands still; goes on where it was once it is let go.
    Paused,
    /// Gets no new requests; finishes those it has.
    Draining,
}

impl ReplicaState {
    /// Its workers exist: calls reach it, whether or not it ever answers them.
    pub const fn has_workers(self) -> bool {
        matches!(self, Self::Up | Self::Hung | Self::Paused | Self::Draining)
    }
    /// Its work stands still: nothing that it does comes to an end.
    pub const fn stands_still(self) -> bool {
        matches!(self, Self::Hung | Self::Paused)
    }
}

/// What travels on a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkStyle {
    /// Calls with answers.
    Call,
    /// Messages without waiting (fills, deliveries, publishing).
    Message,
    /// The log from a primary to its replicas.
    Replication,
}

/// One link.
#[derive(Clone, Debug)]
pub struct LinkView {
    /// Its id.
    pub id: LinkId,
    /// Caller.
    pub from: NodeId,
    /// Callee.
    pub to: NodeId,
    /// What travels on it.
    pub style: LinkStyle,
    /// Taken out of the design.
    pub removed: bool,
    /// Calls of the last window, per second.
    pub rate: f64,
    /// Failed calls and timeouts of the last window, per second.
    pub failure_rate: f64,
    /// Mean one-way latency by its distribution.
    pub latency: Time,
    /// The caller's timeout.
    pub timeout: Option<Time>,
    /// Further attempts of the last window (retries and hedges), per second; a part of `rate`.
    pub retry_rate: f64,
    /// Share of the last window in which a circuit breaker of a caller was not closed, 0 to 1.
    pub breaker_open: f64,
    /// What a fault does to its messages.
    pub fault: LinkFault,
}

/// What faults do to the messages of a link, besides partitions.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct LinkFault {
    /// Share of the messages that get lost, 0 to 1.
    pub loss: f64,
    /// Added to the latency of both directions.
    pub delay: Time,
    /// Messages wait until this is over.
    pub stalled: bool,
}

/// One message on the wire: the moving dot. At instant `t` it has gone
/// `(t - sent) / (due - sent)` of the way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flight {
    /// The client's request number; `None` for probes and other work that is nobody's request.
    pub request: Option<u64>,
    /// The client that made the request; `None` where `request` is.
    pub client: Option<NodeId>,
    /// The link it travels on.
    pub link: LinkId,
    /// Which server of the caller.
    pub from_replica: u16,
    /// Which server of the callee.
    pub to_replica: u16,
    /// When it left.
    pub sent: Time,
    /// When it arrives.
    pub due: Time,
    /// What it is.
    pub cargo: Cargo,
    /// It runs back from callee to caller.
    pub reply: bool,
    /// The request changes data.
    pub write: bool,
    /// A further attempt after one that failed or was slow.
    pub retry: bool,
    /// A reply that brings a failure.
    pub failed: Option<Reason>,
}

/// What a message carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cargo {
    /// A call or its answer.
    Call,
    /// A health probe or its answer.
    Probe,
    /// A cache fill or invalidation.
    Fill,
    /// One server's part of a query that several servers of a database answer together.
    Part,
    /// A change on its way to a replica.
    Replication,
    /// A message that a broker delivers, or its acknowledgement.
    Delivery,
}

impl Cargo {
    /// Whether it is work that counts at its callee: arrivals, answers, failures.
    #[inline]
    pub(crate) const fn counts(self) -> bool {
        matches!(self, Self::Call | Self::Delivery)
    }
}
