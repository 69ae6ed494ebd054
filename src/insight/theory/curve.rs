//! The hockey stick of one node: mean response time against load, as theory draws it and as the run measured it.
//!
//! The node is one queue at the resource that is exhausted first: its cores or its workers. What a request needs of
//! that resource is measured, so that a service with calls of its own has a curve too.

use super::predict::{Assumption, assume};
use super::queue::{Mmc, Mmck};
use crate::sim::component::Kind;
use crate::sim::metrics::{NodeWindow, ReplicaWindow};
use crate::sim::simulation::Simulation;
use crate::sim::time::Time;
use crate::sim::topology::{NodeSpec, Topology};

/// Points of the line.
const POINTS: u32 = 120;
/// Seconds from which the need of a request is measured.
const RECENT: usize = 10;
/// Seconds that make one measured point.
const SPAN: usize = 5;

/// A load and the mean response time under it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Point {
    /// Calls that arrive at the node's living servers, per second.
    pub rate: f64,
    /// Mean time from arrival to answer, seconds.
    pub response_s: f64,
}

/// The curve of one node.
#[derive(Clone, PartialEq, Debug)]
pub struct Curve {
    /// The model, as `M/M/2`, before it the number of servers where there are several.
    pub model: String,
    /// What is exhausted first: `cores` or `workers`.
    pub resource: &'static str,
    /// Calls per second that the resource can do.
    pub capacity: f64,
    /// The line of theory, by rising load; it ends where the queue no longer settles.
    pub line: Vec<Point>,
    /// What was measured, a point every five seconds, oldest first.
    pub measured: Vec<Point>,
    /// Where the run stands: the latest ten seconds.
    pub now: Point,
    /// What theory says at that load; `None` beyond the capacity.
    pub expected_s: Option<f64>,
    /// What the model takes for granted.
    pub assumptions: Vec<Assumption>,
}

/// The resource that is exhausted first.
struct Limit {
    resource: &'static str,
    /// Units of it at one server.
    units: u32,
    /// Seconds of one unit that a call needs.
    need_s: f64,
    /// Seconds of a call that pass elsewhere.
    beside_s: f64,
    servers: u32,
    /// Waiting room of one server.
    waiting: Option<u32>,
}

/// The curve of a node with what was measured after `since`; `None` where the model has no single queue for it, or
/// nothing was measured yet.
pub fn of(run: &Simulation, name: &str, since: Time) -> Option<Curve> {
    let topology = run.topology();
    let spec = topology.nodes.get(name)?;
    let node = run.node_index(name)?;
    let windows = run.windows();
    let seconds: Vec<&NodeWindow> =
        windows.iter().filter(|w| w.end > since).filter_map(|w| w.nodes.get(node)).collect();
    let recent = &seconds[seconds.len().saturating_sub(RECENT)..];
    let limit = limit(topology, name, spec, recent)?;
    let capacity = f64::from(limit.units * limit.servers) / limit.need_s;
    let measured: Vec<Point> = seconds.chunks(SPAN).filter_map(point).collect();
    let now = point(recent)?;
    let busiest = measured.iter().map(|p| p.rate).fold(capacity, f64::max);
    let line = (1..=POINTS)
        .filter_map(|i| {
            let rate = busiest * f64::from(i) / f64::from(POINTS);
            Some(Point { rate, response_s: limit.response(rate)? })
        })
        .collect();
    let mut assumptions = assume::queue(topology, name, spec);
    // The need is measured and the cores are counted: neither is taken for granted.
    assumptions.retain(|a| a.text != assume::OWN_WORK && a.text != assume::CORES);
    let each = match limit.waiting {
        Some(room) => format!("M/M/{}/{}", limit.units, u64::from(limit.units) + u64::from(room)),
        None => format!("M/M/{}", limit.units),
    };
    let model = if limit.servers > 1 { format!("{} x {each}", limit.servers) } else { each };
    let expected_s = limit.response(now.rate);
    Some(Curve { model, resource: limit.resource, capacity, line, measured, now, expected_s, assumptions })
}

/// Load and mean response time over some seconds; `None` if nothing was answered in them.
fn point(seconds: &[&NodeWindow]) -> Option<Point> {
    let sum = |of: fn(&NodeWindow) -> f64| seconds.iter().map(|w| of(w)).sum::<f64>();
    let answers = sum(|w| w.completed.into());
    (answers > 0.0).then(|| Point {
        rate: sum(load) / seconds.len() as f64,
        response_s: sum(|w| w.response_ns as f64 / 1e9) / answers,
    })
}

/// Calls that came to servers which are there: what a dead one refuses is no load.
fn load(w: &NodeWindow) -> f64 {
    let up = |r: &&ReplicaWindow| r.capacity_ns > 0 || r.cpu_capacity_ns > 0;
    if w.replicas.iter().any(|r| up(&r)) {
        w.replicas.iter().filter(up).map(|r| f64::from(r.arrivals)).sum()
    } else {
        w.arrivals.into()
    }
}

fn limit(topology: &Topology, name: &str, spec: &NodeSpec, recent: &[&NodeWindow]) -> Option<Limit> {
    let database = spec.kind == Kind::Database;
    if !(spec.kind == Kind::Service || database && spec.servers() == 1)
        || shares_a_caller(topology, name, spec)
    {
        return None;
    }
    let sum = |of: fn(&NodeWindow) -> u64| recent.iter().map(|w| of(w) as f64 / 1e9).sum::<f64>();
    let answers: f64 = recent.iter().map(|w| f64::from(w.completed)).sum();
    if answers == 0.0 {
        return None;
    }
    let servers = recent.last().map_or(1, |w| w.up).max(1);
    let waiting = spec.knobs.count("queue_capacity");
    let workers = spec.knobs.count(if database { "connections" } else { "workers" });
    // Whoever calls a neighbour on its own machine pays for both with the same cores.
    let calling = if spec.knobs.get("host").is_some() { 0.0 } else { sum(|w| w.calling_ns) / answers };
    let cpu = sum(|w| w.cpu_busy_ns) / answers;
    let cores = assume::cores(topology, spec).filter(|_| cpu > 0.0);
    let by_cores = cores.map(|units| Limit {
        resource: "cores",
        units,
        need_s: cpu,
        beside_s: calling,
        servers,
        waiting,
    });
    let held = if cpu > 0.0 { cpu + calling } else { sum(|w| w.busy_ns) / answers };
    let by_workers = workers.filter(|_| held > 0.0).map(|units| Limit {
        resource: "workers",
        units,
        need_s: held,
        beside_s: 0.0,
        servers,
        waiting,
    });
    [by_cores, by_workers]
        .into_iter()
        .flatten()
        .min_by(|a, b| (f64::from(a.units) / a.need_s).total_cmp(&(f64::from(b.units) / b.need_s)))
}

/// A node that works for a caller on the same machine has no load of its own.
fn shares_a_caller(topology: &Topology, name: &str, spec: &NodeSpec) -> bool {
    let host = spec.knobs.name("host");
    let beside = |from: &str| topology.nodes.get(from).is_some_and(|n| n.knobs.name("host") == host);
    host.is_some() && topology.links.iter().any(|l| l.to == name && beside(&l.from))
}

impl Limit {
    /// Mean response time under a load of the whole node.
    fn response(&self, rate: f64) -> Option<f64> {
        let each = rate / f64::from(self.servers);
        let sojourn = match self.waiting {
            Some(room) => Mmck::new(each, self.need_s, self.units, room)?.sojourn_mean(),
            None => Mmc::new(each, self.need_s, self.units)?.sojourn_mean(),
        };
        Some(sojourn + self.beside_s)
    }
}
