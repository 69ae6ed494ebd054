//! Which resource holds the system back, by the utilization law.
//!
//! A worker that waits for a callee is held, not working, so that part is subtracted first; a full pool whose
//! callees are all idle is the bottleneck all the same: it has too few workers.

use crate::sim::component::Kind;
use crate::sim::id::NodeId;
use crate::sim::metrics::NodeWindow;
use crate::sim::snapshot::{NodeView, Snapshot};

/// Windows that are looked at: the last five seconds.
const WINDOWS: usize = 5;
/// Nothing less busy than this is called a bottleneck.
pub const BUSY: f64 = 0.85;
/// A pool as busy as this is full.
pub const FULL: f64 = 0.95;
/// A callee less busy than this is idle.
pub const IDLE: f64 = 0.5;

/// The resource that holds the system back.
#[derive(Clone, PartialEq, Debug)]
pub struct Bottleneck {
    /// The node it belongs to.
    pub node: NodeId,
    /// `workers`, `connections`, `lock` or `CPU`.
    pub resource: String,
    /// How busy it is with its own work, 0 to 1.
    pub utilization: f64,
    /// The reason in plain words, with numbers, without a full stop.
    pub why: String,
}

/// A node's shares over the last windows.
#[derive(Clone, Copy, Default, Debug)]
struct Load {
    busy: Option<f64>,
    calling: f64,
    cpu: Option<f64>,
    /// Time that the lock is held, and the workers that wait for it.
    lock: Option<f64>,
    locked_out: f64,
    /// The shares are those of this server alone.
    server: Option<usize>,
}

/// The bottleneck, if anything is busy enough to be one. Ties go to the node that the file names first.
pub fn find(picture: &Snapshot) -> Option<Bottleneck> {
    let loads: Vec<Load> = picture.nodes.iter().map(|n| load(picture, n)).collect();
    let mut best: Option<Bottleneck> = None;
    let candidates = picture.nodes.iter().filter(|n| !n.removed && n.kind != Kind::Client);
    for found in candidates.flat_map(|n| resources(picture, &loads, n)) {
        if found.utilization >= BUSY && best.as_ref().is_none_or(|b| found.utilization > b.utilization) {
            best = Some(found);
        }
    }
    best
}

fn load(picture: &Snapshot, node: &NodeView) -> Load {
    if node.kind != Kind::Database || node.replicas.len() < 2 {
        return whole(picture, node);
    }
    let all = whole(picture, node);
    if all.fullness() >= BUSY {
        return all;
    }
    // Primary and replicas do different work, and shards have different keys: idle ones must not hide a full one.
    let replicas = servers(picture, node, 1..usize::MAX);
    if replicas.fullness() >= BUSY {
        return replicas;
    }
    let one = |k: usize| Load { server: Some(k), ..servers(picture, node, k..k + 1) };
    let each = (0..node.replicas.len()).map(one);
    each.reduce(|a, b| if b.fullness() > a.fullness() { b } else { a }).unwrap_or(all)
}

/// All servers of a node together.
fn whole(picture: &Snapshot, node: &NodeView) -> Load {
    let mut sums = [0; 5];
    for w in windows(picture, node) {
        add(&mut sums, [w.busy_ns, w.calling_ns, w.capacity_ns, w.cpu_busy_ns, w.cpu_capacity_ns]);
    }
    let mut locks = [0; 5];
    for w in windows(picture, node) {
        add(&mut locks, [w.lock_busy_ns, w.lock_wait_ns, w.lock_up_ns, 0, 0]);
    }
    let share = |part: u64, all: u64| (all > 0).then(|| part as f64 / all as f64);
    Load {
        lock: share(locks[0], locks[2]),
        locked_out: share(locks[1], sums[2]).unwrap_or(0.0),
        ..Load::of(sums)
    }
}
/// Some servers of a node, which never wait for callees.
fn servers(picture: &Snapshot, node: &NodeView, which: std::ops::Range<usize>) -> Load {
    let mut sums = [0; 5];
    for w in windows(picture, node) {
        let some = w.replicas.iter().take(which.end).skip(which.start);
        some.for_each(|r| add(&mut sums, [r.busy_ns, 0, r.capacity_ns, r.cpu_busy_ns, r.cpu_capacity_ns]));
    }
    Load::of(sums)
}
fn windows<'a>(picture: &'a Snapshot, node: &NodeView) -> impl Iterator<Item = &'a NodeWindow> {
    let index = node.id.index();
    picture.windows.iter().rev().take(WINDOWS).filter_map(move |w| w.nodes.get(index))
}
fn add(sums: &mut [u64; 5], more: [u64; 5]) {
    sums.iter_mut().zip(more).for_each(|(sum, n)| *sum += n);
}

impl Load {
    /// From integrals: busy, calling and all workers, busy and all cores.
    fn of([busy, calling, capacity, cpu, cores]: [u64; 5]) -> Self {
        let share = |part: u64, all: u64| (all > 0).then(|| part as f64 / all as f64);
        Self {
            busy: share(busy, capacity),
            calling: share(calling, capacity).unwrap_or(0.0),
            cpu: share(cpu, cores),
            ..Self::default()
        }
    }
    fn fullness(&self) -> f64 {
        self.busy.unwrap_or(0.0).max(self.cpu.unwrap_or(0.0))
    }
}

fn resources(picture: &Snapshot, loads: &[Load], node: &NodeView) -> Vec<Bottleneck> {
    let load = loads[node.id.index()];
    let found = |resource: &str, utilization, why| Bottleneck {
        node: node.id,
        resource: resource.into(),
        utilization,
        why,
    };
    let mut all = Vec::new();
    let server = load.server.and_then(|k| node.replicas.get(k));
    let name = server.map_or(&node.name, |s| &s.name);
    let waiting = waiting(server.map_or(node.queue, |s| s.queue));
    let pool = if node.kind == Kind::Database { "connections" } else { "workers" };
    if let Some(busy) = load.busy {
        let own = (busy - load.calling - load.locked_out).max(0.0);
        let mostly_calls = load.calling > busy / 2.0 && load.calling > load.locked_out;
        if busy > FULL && mostly_calls && callees_idle(picture, loads, node.id) {
            let why = format!(
                "{name}: {} of its {pool} are busy, mostly waiting for parts that are idle: too few {pool}{waiting}",
                percent(busy)
            );
            all.push(found(pool, busy, why));
        } else {
            let why = format!("{name}: {} of its {pool} are busy with its own work{waiting}", percent(own));
            all.push(found(pool, own, why));
        }
    }
    if let Some(lock) = load.lock {
        let why = format!(
            "{name}: {} of the time somebody holds the lock of its serial section, and {} of its workers wait for it",
            percent(lock),
            percent(load.locked_out)
        );
        all.push(found("lock", lock, why));
    }
    if let Some(cpu) = load.cpu {
        let place = match &node.host {
            Some(host) => format!("{name}: {} of the cores of {host} are busy", percent(cpu)),
            None => format!("{name}: {} of its cores are busy", percent(cpu)),
        };
        all.push(found("CPU", cpu, format!("{place}{waiting}")));
    }
    all
}

fn waiting(calls: u32) -> String {
    match calls {
        0 => String::new(),
        1 => " and 1 call waits".into(),
        n => format!(" and {n} calls wait"),
    }
}

fn percent(share: f64) -> String {
    format!("{:.0}%", (share * 100.0).min(100.0))
}

/// There are callees, and neither they nor what they call in turn is busy.
fn callees_idle(picture: &Snapshot, loads: &[Load], caller: NodeId) -> bool {
    let callees = |of: NodeId| picture.links.iter().filter(move |l| l.from == of && !l.removed).map(|l| l.to);
    let mut seen = vec![false; picture.nodes.len()];
    let mut open: Vec<NodeId> = callees(caller).collect();
    let any = !open.is_empty();
    while let Some(node) = open.pop() {
        if std::mem::replace(&mut seen[node.index()], true) || node == caller {
            continue;
        }
        let load = loads[node.index()];
        if load.busy.unwrap_or(0.0) >= IDLE || load.cpu.unwrap_or(0.0) >= IDLE {
            return false;
        }
        open.extend(callees(node));
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::id::LinkId;
    use crate::sim::metrics::{NodeWindow, Window};
    use crate::sim::snapshot::{LinkFault, LinkStyle, LinkView};
    use crate::sim::time::Time;
    use std::sync::Arc;

    fn node(index: u16, name: &str, kind: Kind, queue: u32) -> NodeView {
        NodeView {
            id: NodeId(index),
            name: name.into(),
            kind,
            removed: false,
            replicas: Vec::new(),
            arrival_rate: 0.0,
            throughput: 0.0,
            failure_rate: 0.0,
            utilization: 0.0,
            occupied_by_calls: 0.0,
            cpu_utilization: None,
            queue,
            queue_capacity: None,
            p95: None,
            extra: Vec::new(),
            host: None,
        }
    }

    /// Web calls the database; busy, calling and CPU in percent.
    fn picture(web: (u64, u64), db: u64, cpu: u64) -> Snapshot {
        let window = |busy_ns, calling_ns, cpu_busy_ns| NodeWindow {
            busy_ns,
            calling_ns,
            capacity_ns: 100,
            cpu_busy_ns,
            cpu_capacity_ns: if cpu_busy_ns > 0 { 100 } else { 0 },
            ..NodeWindow::default()
        };
        Snapshot {
            nodes: vec![node(0, "web", Kind::Service, 3), node(1, "db", Kind::Database, 31)],
            links: vec![LinkView {
                id: LinkId(0),
                from: NodeId(0),
                to: NodeId(1),
                style: LinkStyle::Call,
                removed: false,
                rate: 0.0,
                failure_rate: 0.0,
                latency: Time::ZERO,
                timeout: None,
                retry_rate: 0.0,
                breaker_open: 0.0,
                fault: LinkFault::default(),
            }],
            windows: vec![Arc::new(Window {
                nodes: vec![window(web.0, web.1, cpu), window(db, 0, 0)],
                ..Window::default()
            })]
            .into(),
            ..Snapshot::default()
        }
    }

    #[test]
    fn workers_that_wait_for_the_database_are_not_the_bottleneck() {
        let found = find(&picture((99, 90), 98, 0)).unwrap();
        assert_eq!(found.node, NodeId(1));
        assert_eq!(found.why, "db: 98% of its connections are busy with its own work and 31 calls wait");
    }

    #[test]
    fn a_full_pool_before_idle_callees_has_too_few_workers() {
        let found = find(&picture((99, 90), 20, 0)).unwrap();
        assert_eq!((found.node, found.resource.as_str()), (NodeId(0), "workers"));
        assert!(found.why.contains("too few workers"), "{}", found.why);
    }

    #[test]
    fn workers_that_wait_for_a_lock_point_at_the_lock() {
        let mut picture = picture((99, 0), 20, 0);
        let mut window = (*picture.windows[0]).clone();
        (window.nodes[0].lock_busy_ns, window.nodes[0].lock_wait_ns, window.nodes[0].lock_up_ns) =
            (9, 88, 10);
        picture.windows = vec![Arc::new(window)].into();
        let found = find(&picture).unwrap();
        assert_eq!((found.resource.as_str(), found.utilization), ("lock", 0.9));
        assert!(found.why.contains("88% of its workers wait for it"), "{}", found.why);
    }

    #[test]
    fn cores_count_too_and_idle_systems_have_none() {
        assert_eq!(find(&picture((75, 0), 20, 90)).unwrap().resource, "CPU");
        assert_eq!(find(&picture((60, 0), 20, 0)), None);
        assert_eq!(find(&Snapshot::default()), None);
    }
}
