//! Totals since the warm-up, as plain data for reports.

use super::super::component::Kind;
use super::super::metrics::{FlowTotals, NodeTotals, Uptime, batch};
use super::super::request::{NIL, Phase};
use super::super::snapshot::{Cargo, LinkStyle};
use super::super::station::Integrals;
use super::super::time::Time;
use super::super::topology::Cost;
use super::Simulation;

/// Everything that a run measured since its warm-up.
#[derive(Clone, Debug)]
pub struct Report {
    /// Simulated now.
    pub now: Time,
    /// When the warm-up ended.
    pub counted_from: Time,
    /// Events since the start.
    pub events: u64,
    /// Hash of all finished requests, in finishing order.
    pub digest: u64,
    /// Requests finished since the start, warm-up included.
    pub finished: u64,
    /// Requests that could not be made because too many calls were alive.
    pub shed: u64,
    /// Requests that clients wait for right now.
    pub in_flight: u32,
    /// Calls alive right now, probes left out: on the wire, waiting, being worked on, or never to be answered.
    pub calls: u32,
    /// End to end.
    pub system: FlowTotals,
    /// Mean response time by batches and the half-width of its 95 % confidence interval, seconds; `None` = the run
    /// is too short for one.
    pub confidence: Option<(f64, f64)>,
    /// End to end by class.
    pub classes: Vec<(String, FlowTotals)>,
    /// By node; removed ones left out.
    pub nodes: Vec<NodeReport>,
    /// By machine: the named ones, then those of single servers; machines of removed nodes left out.
    pub hosts: Vec<HostReport>,
    /// By link; removed ones left out.
    pub links: Vec<LinkReport>,
    /// Price and parts of the present design.
    pub cost: Cost,
}

/// One node.
#[derive(Clone, Debug)]
pub struct NodeReport {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// Counters and histograms.
    pub totals: NodeTotals,
    /// Busy workers over workers of servers that are up; `None` = no or unlimited workers.
    pub utilization: Option<f64>,
    /// The part of it that waits for callees.
    pub occupied_by_calls: Option<f64>,
    /// Time that the locks of its servers were held, over the time they were there; `None` = no serial section.
    pub lock_utilization: Option<f64>,
    /// Busy cores over cores; `None` = no host.
    pub cpu_utilization: Option<f64>,
    /// Mean number of waiting calls.
    pub queue_mean: f64,
    /// Mean number of calls in hand, waiting and served.
    pub in_flight_mean: f64,
    /// Share of the time with at least one server up; `None` = it has no servers (users).
    pub uptime: Option<f64>,
    /// Shares of the time with at least 1, 2, 3, ... servers up.
    pub up_at_least: Vec<f64>,
    /// Times up and down of all its servers together.
    pub outages: Uptime,
    /// Calls that have arrived and are not yet answered, without fills, probes and a broker's own backlog.
    pub in_hand: u32,
    /// By server.
    pub servers: Vec<ServerReport>,
}

/// One server.
#[derive(Clone, Debug)]
pub struct ServerReport {
    /// Its name.
    pub name: String,
    /// Calls that arrived.
    pub arrivals: u64,
    /// Busy workers over workers while up.
    pub utilization: Option<f64>,
    /// Times up and down.
    pub uptime: Uptime,
}

/// One machine.
#[derive(Clone, Debug)]
pub struct HostReport {
    /// Its name: for a server's own machine, the server's.
    pub name: String,
    /// Name of its size.
    pub size: String,
    /// Cores.
    pub cores: u32,
    /// Busy cores over cores, while up.
    pub cpu_utilization: Option<f64>,
    /// Memory that requests held at most, over all of it; `None` = nobody says what a request needs.
    pub memory_used_max: Option<f64>,
    /// Share of the time in which it was up; of a server's own machine, in which that server was.
    pub uptime: Option<f64>,
}

/// One link.
#[derive(Clone, Debug)]
pub struct LinkReport {
    /// Caller.
    pub from: String,
    /// Callee.
    pub to: String,
    /// What travels on it.
    pub style: LinkStyle,
    /// Calls sent.
    pub calls: u64,
    /// Calls that came back failed.
    pub failures: u64,
    /// Calls given up by the caller.
    pub timeouts: u64,
    /// Messages that the network lost.
    pub lost: u64,
    /// Further attempts after failed ones.
    pub retries: u64,
    /// Second attempts beside slow ones.
    pub hedges: u64,
    /// Time in which a caller's circuit breaker was not closed.
    pub breaker_open: Time,
    /// Mean one-way latency.
    pub latency: Time,
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    // Busy beyond all workers: a run whose workers were unlimited for a while.
    (whole > 0).then(|| (part as f64 / whole as f64).min(1.0))
}

impl Simulation {
    /// All requests since the warm-up: `Report::system` without the rest of the report.
    pub fn totals(&self) -> FlowTotals {
        self.ctx.recorder.system()
    }
    /// Everything measured since the warm-up.
    pub fn report(&self) -> Report {
        let r = &self.ctx.recorder;
        let ((integrals, hosts), in_hand, untold) = (self.integrals(), self.in_hand(), r.untold());
        let live = |i: &usize| !self.ctx.nodes[*i].removed;
        let name = |i: u16| self.ctx.nodes[i as usize].name.to_string();
        Report {
            now: self.ctx.now,
            counted_from: r.counted_from(),
            events: self.events,
            digest: r.digest(),
            finished: r.finished(),
            shed: r.shed_count(),
            in_flight: self.ctx.requests.open(),
            calls: self.ctx.calls.iter().filter(|(_, c)| c.cargo != Cargo::Probe).count() as u32,
            system: self.totals(),
            confidence: batch::response(&self.windows, r.counted_from()),
            classes: self
                .ctx
                .classes
                .iter()
                .enumerate()
                .map(|(i, c)| (c.name.to_string(), r.class(i)))
                .collect(),
            nodes: (0..self.ctx.nodes.len())
                .filter(live)
                .map(|i| {
                    let arrivals =
                        self.ctx.nodes[i].replicas.iter().map(|r| u64::from(r.arrivals - r.rare.uncounted));
                    let totals = r.node(i, arrivals.sum(), &untold);
                    NodeReport { totals, ..self.node_report(i, in_hand[i], &integrals[i], &hosts) }
                })
                .collect(),
            hosts: self.host_reports(&hosts),
            links: self
                .ctx
                .links
                .iter()
                .enumerate()
                .filter(|(_, l)| !l.removed)
                .map(|(i, l)| {
                    let [calls, failures, timeouts, lost, retries, hedges, open] = l.totals();
                    let latency = Time(l.latency().mean_ns() as u64);
                    LinkReport {
                        from: name(l.from),
                        to: name(l.to),
                        style: l.style,
                        calls,
                        failures,
                        timeouts,
                        lost,
                        retries,
                        hedges,
                        breaker_open: Time(open) + self.ctx.breaker_open(i as u16),
                        latency,
                    }
                })
                .collect(),
            cost: self.topology.cost(),
        }
    }
    /// Calls that each node has in hand.
    fn in_hand(&self) -> Vec<u32> {
        let mut counts = vec![0; self.ctx.nodes.len()];
        for (_, c) in self.ctx.calls.iter() {
            // An expired call is carried as a probe of its request until it is answered.
            let counts_here = match c.cargo {
                Cargo::Call => true,
                Cargo::Delivery => self.ctx.nodes[c.node as usize].kind != Kind::Broker,
                Cargo::Probe => c.request != NIL,
                _ => false,
            };
            let here = matches!(c.phase, Phase::Waiting | Phase::Working | Phase::Calling);
            counts[c.node as usize] += u32::from(counts_here && here);
        }
        counts
    }
    fn node_report(&self, i: usize, in_hand: u32, now: &[Integrals], hosts: &[(u64, u64)]) -> NodeReport {
        let n = &self.ctx.nodes[i];
        let seconds = (self.ctx.now - self.ctx.recorder.counted_from()).secs().max(1e-9);
        let marks = self.marks.get(i);
        let since = |k: usize| {
            let mark = marks.and_then(|m| m.get(k)).copied().unwrap_or_default();
            now.get(k).copied().unwrap_or_default().since(mark)
        };
        let mut sum = Integrals::default();
        let mut servers = Vec::new();
        let mut cpu = (0, 0);
        let mut outages = Uptime::default();
        let up_at_least = n.group.at_least(self.ctx.now);
        for (k, replica) in n.replicas.iter().enumerate() {
            let s = since(k);
            sum.add(s);
            servers.push(ServerReport {
                name: self.ctx.replica_name(i as u16, k as u16).to_string(),
                arrivals: replica.counted_arrivals(),
                utilization: ratio(s.busy_ns, s.capacity_ns),
                uptime: replica.rare.meter.read(self.ctx.now),
            });
            outages = outages.plus(&replica.rare.meter.read(self.ctx.now));
            if let Some(&(busy, capacity)) = hosts.get(replica.host as usize) {
                let mark = self.host_marks.get(replica.host as usize).copied().unwrap_or((0, 0));
                cpu = (cpu.0 + busy - mark.0, cpu.1 + capacity - mark.1);
            }
        }
        NodeReport {
            name: n.name.to_string(),
            kind: n.kind,
            totals: NodeTotals::default(),
            utilization: ratio(sum.busy_ns, sum.capacity_ns),
            occupied_by_calls: ratio(sum.calling_ns, sum.capacity_ns),
            lock_utilization: ratio(sum.lock_busy_ns, sum.lock_up_ns),
            cpu_utilization: ratio(cpu.0, cpu.1),
            queue_mean: sum.queue_ns as f64 / 1e9 / seconds,
            in_flight_mean: (sum.queue_ns + sum.busy_ns) as f64 / 1e9 / seconds,
            uptime: (n.kind != Kind::Client).then(|| up_at_least.first().copied().unwrap_or(0.0)),
            up_at_least,
            outages,
            in_hand,
            servers,
        }
    }
    fn host_reports(&self, now: &[(u64, u64)]) -> Vec<HostReport> {
        let elapsed = (self.ctx.now - self.ctx.recorder.counted_from()).ns();
        let of = |i: usize, name: String, size: &str| {
            let h = &self.ctx.hosts[i];
            let mark = self.host_marks.get(i).copied().unwrap_or((0, 0));
            let (busy, capacity) = (now[i].0 - mark.0, now[i].1 - mark.1);
            HostReport {
                name,
                size: size.to_owned(),
                cores: h.cores,
                cpu_utilization: ratio(busy, capacity),
                memory_used_max: ratio(h.memory_used_max, h.memory).filter(|&m| m > 0.0),
                // A server's own machine lives and dies with it.
                uptime: (h.meter.read(self.ctx.now).share())
                    .or_else(|| ratio(capacity / u64::from(h.cores.max(1)), elapsed).map(|u| u.min(1.0))),
            }
        };
        let named = self.topology.hosts.iter().enumerate().map(|(i, (name, h))| of(i, name.clone(), &h.size));
        let mut all: Vec<HostReport> = named.collect();
        let shared = all.len();
        for (id, n) in self.ctx.nodes.iter().enumerate().filter(|(_, n)| !n.removed) {
            let Some(size) = self.topology.nodes.get(&*n.name).and_then(|s| s.knobs.name("size")) else {
                continue;
            };
            for (k, r) in n.replicas.iter().enumerate() {
                if r.host as usize >= shared && (r.host as usize) < self.ctx.hosts.len() {
                    all.push(of(
                        r.host as usize,
                        self.ctx.replica_name(id as u16, k as u16).to_string(),
                        size,
                    ));
                }
            }
        }
        all
    }
}
