//! The snapshot: what a reader may see, made on demand.

use std::sync::Arc;

use super::super::component::{Component, Kind};
use super::super::context::Release;
use super::super::id::{LinkId, NodeId};
use super::super::metrics::{NodeWindow, ReplicaWindow};
use super::super::request::{Call, NIL, Phase};
use super::super::snapshot::{
    Extra, Flight, HostView, LinkView, MAX_FLIGHTS, NodeView, ReplicaState, ReplicaView, Snapshot,
};
use super::super::station::{Station, UNLIMITED};
use super::super::time::Time;
use super::super::topology::NodeSpec;
use super::super::value::Value;
use super::Simulation;

/// The zones of a node's servers.
enum Zones {
    None,
    One(Arc<str>),
    /// The next for each server in turn.
    InTurn(Vec<Arc<str>>),
}

impl Zones {
    fn of(&self, server: usize) -> Option<Arc<str>> {
        match self {
            Self::None => None,
            Self::One(zone) => Some(Arc::clone(zone)),
            Self::InTurn(all) => all.get(server % all.len().max(1)).cloned(),
        }
    }
}

impl Simulation {
    /// What a reader may see. Looking never disturbs the run.
    pub fn snapshot(&self) -> Snapshot {
        let last = self.windows.last();
        let empty = NodeWindow::default();
        let nodes = (0..self.ctx.nodes.len())
            .map(|i| self.node_view(i, last.and_then(|w| w.nodes.get(i)).unwrap_or(&empty)))
            .collect();
        let (flights, more_flights) = self.flights();
        Snapshot {
            now: self.ctx.now,
            events: self.events,
            nodes,
            links: self.link_views(),
            hosts: self.host_views(),
            cuts: self.ctx.cut_views().collect(),
            flights,
            more_flights,
            in_flight: self.ctx.requests.open(),
            windows: self.windows.clone(),
            log: self.ctx.log.entries(),
            classes: self.ctx.classes.iter().map(|c| c.name.clone()).collect(),
            cost: self.topology.cost(),
        }
    }

    fn node_view(&self, i: usize, w: &NodeWindow) -> NodeView {
        let n = &self.ctx.nodes[i];
        let stations = self.components[i].look_stations();
        let spec = self.topology.nodes.get(&*n.name);
        let zones = spec.map_or(Zones::None, |s| self.zones_of(s));
        let replicas: Vec<ReplicaView> = n
            .replicas
            .iter()
            .enumerate()
            .map(|(k, r)| {
                let station = stations.get(k);
                let (busy, queue) = station.map_or((0, 0), |s| (s.busy(), s.queued()));
                let row = w.replicas.get(k).copied().unwrap_or_default();
                ReplicaView {
                    name: self.ctx.replica_name(i as u16, k as u16),
                    index: k as u16,
                    state: r.state,
                    slow: r.slow,
                    healthy: self.belief(i as u16, k as u16),
                    busy,
                    workers: station.map(Station::workers).filter(|&w| w != UNLIMITED),
                    queue,
                    utilization: row.utilization(),
                    cpu_utilization: (row.cpu_capacity_ns > 0)
                        .then(|| share(row.cpu_busy_ns, row.cpu_capacity_ns)),
                    arrival_rate: f64::from(row.arrivals),
                    zone: zones.of(k),
                    follows: n.follows(k as u16),
                }
            })
            .filter(|r| r.state != ReplicaState::Retiring || r.busy + r.queue > 0)
            .collect();
        let waiting = self.components[i].look().waiting();
        let capacity = stations.first().map(Station::capacity).filter(|&c| c != UNLIMITED);
        let p95 = self.windows.iter().rev().take(5).find_map(|w| w.nodes.get(i).and_then(|n| n.p95));
        NodeView {
            id: NodeId(i as u16),
            name: n.name.clone(),
            kind: n.kind,
            removed: n.removed,
            queue_capacity: capacity.map(|c| c.saturating_mul(replicas.len() as u32)),
            replicas: if n.kind == Kind::Client { Vec::new() } else { replicas },
            arrival_rate: f64::from(w.arrivals),
            throughput: f64::from(w.completed),
            failure_rate: f64::from(w.failed),
            utilization: share(w.busy_ns, w.capacity_ns),
            occupied_by_calls: share(w.calling_ns, w.capacity_ns),
            cpu_utilization: (w.cpu_capacity_ns > 0).then(|| share(w.cpu_busy_ns, w.cpu_capacity_ns)),
            queue: waiting,
            p95,
            extra: self.extras(i, w),
            host: match spec.and_then(|s| s.knobs.get("host")) {
                Some(Value::Name(h)) => Some(h.as_str().into()),
                _ => None,
            },
        }
    }
    /// What the kind counts, and what ails its servers beside their state.
    fn extras(&self, i: usize, w: &NodeWindow) -> Vec<Extra> {
        let mut out = self.components[i].look().extras(&self.ctx, w);
        let replicas = &self.ctx.nodes[i].replicas;
        if replicas.iter().any(|r| r.read_only) {
            out.push(Extra { label: "disk", text: "full".into() });
        }
        if replicas.iter().any(|r| r.rare.release != Release::default()) {
            out.push(Extra { label: "release", text: "bad".into() });
        }
        out
    }
    /// What a balancer in front believes of a server.
    fn belief(&self, node: u16, replica: u16) -> Option<bool> {
        self.components.iter().find_map(|c| match c {
            Component::LoadBalancer(lb) => lb.belief(node, replica),
            _ => None,
        })
    }
    fn link_views(&self) -> Vec<LinkView> {
        let last = self.windows.last();
        let view = |(i, l): (usize, &super::super::context::Link)| {
            let w = last.and_then(|w| w.links.get(i).copied()).unwrap_or_default();
            LinkView {
                id: LinkId(i as u16),
                from: NodeId(l.from),
                to: NodeId(l.to),
                style: l.style,
                removed: l.removed,
                rate: f64::from(w.calls),
                failure_rate: f64::from(w.failures + w.timeouts),
                latency: Time(l.latency().mean_ns() as u64) + l.extra_delay(),
                timeout: l.timeout,
                retry_rate: f64::from(w.retries + w.hedges),
                breaker_open: share(w.breaker_open_ns, Time::SECOND.ns()),
                fault: l.fault(),
            }
        };
        self.ctx.links.iter().enumerate().map(view).collect()
    }
    fn host_views(&self) -> Vec<HostView> {
        let named = self.topology.hosts.iter().zip(&self.ctx.hosts);
        named
            .map(|((name, spec), host)| HostView {
                name: name.as_str().into(),
                zone: spec.zone.as_deref().map(Into::into),
                memory: host.memory,
                memory_used: host.memory_used(),
                down: host.causes != 0,
            })
            .collect()
    }
    fn zones_of(&self, spec: &NodeSpec) -> Zones {
        if let Some(host) = spec.knobs.name("host") {
            let zone = self.topology.hosts.get(host).and_then(|h| h.zone.as_deref());
            return zone.map_or(Zones::None, |z| Zones::One(z.into()));
        }
        match (spec.knobs.get("zones"), spec.knobs.name("zone")) {
            (Some(Value::Names(all)), _) if !all.is_empty() => {
                Zones::InTurn(all.iter().map(|z| z.as_str().into()).collect())
            }
            (_, Some(zone)) => Zones::One(zone.into()),
            _ => Zones::None,
        }
    }
    /// Whether a call is a further attempt of the call that stands for all of them.
    fn is_retry(&self, call: &Call) -> bool {
        let whole = (call.parent != NIL).then(|| &self.ctx.calls[call.parent]);
        whole.is_some_and(|whole| whole.phase == Phase::Exchange && whole.path != call.path)
    }
    /// Calls on the wire, oldest first, and how many more there are.
    fn flights(&self) -> (Vec<Flight>, u32) {
        let on_wire = |c: &Call| matches!(c.phase, Phase::Outbound | Phase::Replying) && c.due > self.ctx.now;
        let mut flights = Vec::new();
        let mut more = 0;
        for (_, call) in self.ctx.calls.iter().filter(|(_, c)| on_wire(c)) {
            if flights.len() == MAX_FLIGHTS {
                more += 1;
                continue;
            }
            let request = (call.request != NIL).then(|| self.ctx.requests[call.request]);
            flights.push(Flight {
                request: request.map(|r| r.number),
                client: request.map(|r| NodeId(r.client)),
                link: LinkId(call.link),
                from_replica: call.caller_replica,
                to_replica: call.replica,
                sent: call.left,
                due: call.due,
                cargo: call.cargo,
                reply: call.phase == Phase::Replying,
                write: request.is_some_and(|r| r.write),
                retry: self.is_retry(call),
                failed: call.outcome.reason(),
            });
        }
        flights.sort_by_key(|f| (f.sent, f.link, f.request));
        (flights, more)
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64).min(1.0) }
}

impl ReplicaWindow {
    /// Busy workers over workers.
    pub fn utilization(&self) -> f64 {
        share(self.busy_ns, self.capacity_ns)
    }
}
