//! Counts while the run goes: the present window, and totals since the warm-up.

use super::super::context::Ctx;
use super::super::outcome::Reason;
use super::super::request::{Outcome, Request};
use super::super::rng::combine;
use super::super::time::Time;
use super::histogram::{Collector, Histogram};
use super::{Flow, LinkWindow, NodeWindow};

/// Requests end to end since the warm-up.
#[derive(Clone, Debug, Default)]
pub struct FlowTotals {
    /// Requests that came (after the warm-up; so are all others here).
    pub arrivals: u64,
    /// Answered.
    pub completed: u64,
    /// Answered in time.
    pub good: u64,
    /// Failed, by reason (index = `Reason as usize`).
    pub failed: [u64; Reason::ALL.len()],
    /// Response times of the answered.
    pub responses: Histogram,
}

/// Calls at one node since the warm-up.
#[derive(Clone, Debug, Default)]
pub struct NodeTotals {
    /// Calls that arrived.
    pub arrivals: u64,
    /// Answered.
    pub completed: u64,
    /// Answered with a failure, by reason.
    pub failed: [u64; Reason::ALL.len()],
    /// Requests that failed because of this place, by reason.
    pub blamed: [u64; Reason::ALL.len()],
    /// Calls worked on though nobody wanted the answer any more.
    pub wasted: u64,
    /// Calls that had to wait for a worker.
    pub waited: u64,
    /// From arrival to the start of service.
    pub waiting: Histogram,
    /// From the start of service to the answer.
    pub service: Histogram,
    /// From arrival to the answer.
    pub response: Histogram,
    /// Cache lookups answered from memory.
    pub hits: u64,
    /// Cache lookups that found nothing.
    pub misses: u64,
    /// Reads that saw an old version.
    pub stale_reads: u64,
    /// Acknowledged writes that a failover lost.
    pub lost_writes: u64,
    /// Keys that both sides of a partition had written when it ended.
    pub diverged_writes: u64,
    /// Replication or delivery lag.
    pub lag: Histogram,
    /// Messages delivered again.
    pub redelivered: u64,
    /// Longest backlog at the end of a second.
    pub backlog_max: u32,
    /// Longest queue of one server.
    pub queue_max: u32,
}

#[derive(Clone, Default)]
struct FlowCounter {
    window: Flow,
    responses: Collector,
    total: FlowTotals,
    in_flight: u32,
}

#[derive(Clone, Default)]
struct NodeCounter {
    window: NodeWindow,
    responses: Collector,
    total: Box<NodeTotals>,
}

/// All counters of a run.
#[derive(Clone, Default)]
pub(crate) struct Recorder {
    system: FlowCounter,
    classes: Vec<FlowCounter>,
    nodes: Vec<NodeCounter>,
    links: Vec<LinkCounter>,
    /// Only what arrives from here on counts in totals.
    counted_from: Time,
    digest: u64,
    finished: u64,
    shed: u64,
}

#[derive(Clone, Default)]
struct LinkCounter {
    window: LinkWindow,
    total: [u64; 3],
}

impl Recorder {
    pub fn add_node(&mut self) {
        self.nodes.push(NodeCounter::default());
    }
    pub fn add_link(&mut self) {
        self.links.push(LinkCounter::default());
    }
    pub fn add_classes(&mut self, n: usize) {
        self.classes.resize_with(self.classes.len() + n, FlowCounter::default);
    }

    /// A client makes a request.
    #[inline]
    pub fn request_born(&mut self, client: u16, class: u8) {
        for flow in [&mut self.system, &mut self.classes[class as usize]] {
            flow.window.arrivals += 1;
            flow.total.arrivals += 1;
            flow.in_flight += 1;
        }
        let node = &mut self.nodes[client as usize];
        node.window.arrivals += 1;
        node.total.arrivals += 1;
    }
    /// A client has its answer, or waits no longer.
    #[inline]
    pub fn request_done(&mut self, r: &Request, now: Time, outcome: Outcome, place: u16, within: Time) {
        let took = now - r.born;
        let counted = r.born >= self.counted_from;
        let reason = match outcome {
            Outcome::Failed(reason) => Some(reason),
            _ => None,
        };
        for flow in [&mut self.system, &mut self.classes[r.class as usize]] {
            flow.in_flight -= 1;
            match reason {
                None => {
                    flow.window.completed += 1;
                    flow.window.good += u32::from(took <= within);
                    flow.window.response_ns += u128::from(took.ns());
                    flow.responses.record(took);
                    if counted {
                        flow.total.completed += 1;
                        flow.total.good += u64::from(took <= within);
                        flow.total.responses.record(took);
                    }
                }
                Some(reason) => {
                    flow.window.failed[reason as usize] += 1;
                    flow.total.failed[reason as usize] += u64::from(counted);
                }
            }
        }
        let node = &mut self.nodes[r.client as usize];
        match reason {
            None => {
                node.window.completed += 1;
                node.total.completed += 1;
            }
            Some(reason) => {
                node.window.failed += 1;
                node.total.failed[reason as usize] += 1;
                self.nodes[place as usize].total.blamed[reason as usize] += u64::from(counted);
            }
        }
        self.finished += 1;
        let what =
            u64::from(r.client) << 32 | u64::from(r.class) << 24 | reason.map_or(0, |r| r as u64 + 1) << 16;
        let place = if reason.is_some() { u64::from(place) } else { 0 };
        self.digest = combine(combine(combine(self.digest, what | place), r.number), now.ns());
    }

    /// A call arrives at a node.
    #[inline]
    pub fn arrived(&mut self, node: u16) {
        let n = &mut self.nodes[node as usize];
        n.window.arrivals += 1;
        n.total.arrivals += 1;
    }
    /// A node answers a call.
    #[inline]
    pub fn answered(&mut self, node: u16, now: Time, arrived: Time, started: Time, outcome: Outcome) {
        let n = &mut self.nodes[node as usize];
        if let Outcome::Failed(reason) = outcome {
            n.window.failed += 1;
            n.total.failed[reason as usize] += 1;
            return;
        }
        let took = now - arrived;
        n.window.completed += 1;
        n.window.response_ns += u128::from(took.ns());
        n.responses.record(took);
        n.total.completed += 1;
        if arrived >= self.counted_from {
            let waited = started - arrived;
            n.total.waited += u64::from(waited > Time::ZERO);
            n.total.waiting.record(waited);
            n.total.service.record(now - started);
            n.total.response.record(took);
        }
    }
    pub fn wasted(&mut self, node: u16) {
        self.nodes[node as usize].total.wasted += 1;
    }
    pub fn cache(&mut self, node: u16, hit: bool, stale: bool) {
        let n = &mut self.nodes[node as usize];
        n.window.hits += u32::from(hit);
        n.total.hits += u64::from(hit);
        n.window.misses += u32::from(!hit);
        n.total.misses += u64::from(!hit);
        if stale {
            self.stale_read(node);
        }
    }
    pub fn stale_read(&mut self, node: u16) {
        let n = &mut self.nodes[node as usize];
        n.window.stale_reads += 1;
        n.total.stale_reads += 1;
    }
    pub fn lost_writes(&mut self, node: u16, n: u32) {
        let c = &mut self.nodes[node as usize];
        c.window.lost_writes += n;
        c.total.lost_writes += u64::from(n);
    }
    pub fn diverged_writes(&mut self, node: u16, n: u32) {
        let c = &mut self.nodes[node as usize];
        c.window.diverged_writes += n;
        c.total.diverged_writes += u64::from(n);
    }
    pub fn lag(&mut self, node: u16, lag: Time) {
        let n = &mut self.nodes[node as usize];
        n.window.lag_ns += u128::from(lag.ns());
        n.window.lags += 1;
        n.total.lag.record(lag);
    }
    pub fn redelivered(&mut self, node: u16) {
        self.nodes[node as usize].total.redelivered += 1;
    }
    /// Counts a request that could not be made; the count so far.
    pub fn shed(&mut self) -> u64 {
        self.shed += 1;
        self.shed
    }
    #[inline]
    pub fn link(&mut self, link: u16) -> &mut LinkWindow {
        &mut self.links[link as usize].window
    }

    /// Ends a window: end to end and by class.
    pub fn close_flows(&mut self) -> (Flow, Vec<Flow>) {
        let close = |f: &mut FlowCounter| {
            let mut flow = std::mem::take(&mut f.window);
            flow.responses = f.responses.take();
            flow.in_flight = f.in_flight;
            flow
        };
        (close(&mut self.system), self.classes.iter_mut().map(close).collect())
    }
    /// Ends a window: counters of a node, to which the integrals are added.
    pub fn close_node(&mut self, node: usize) -> NodeWindow {
        let n = &mut self.nodes[node];
        let mut window = std::mem::take(&mut n.window);
        window.p95 = n.responses.take_percentile(950);
        window
    }
    /// Ends a window: counters of the links.
    pub fn close_links(&mut self) -> Vec<LinkWindow> {
        self.links.iter_mut().map(LinkCounter::close).collect()
    }
    /// Takes note of figures that only the end of a window shows.
    pub fn note_maxima(&mut self, node: usize, window: &NodeWindow) {
        let total = &mut self.nodes[node].total;
        total.backlog_max = total.backlog_max.max(window.backlog);
        total.queue_max = total.queue_max.max(window.queue_max);
    }
    /// The warm-up is over: totals start anew.
    pub fn mark(&mut self, now: Time) {
        self.counted_from = now;
        for f in self.classes.iter_mut().chain([&mut self.system]) {
            f.total = FlowTotals::default();
        }
        for n in &mut self.nodes {
            *n.total = NodeTotals::default();
        }
        for l in &mut self.links {
            l.close_into_total();
            l.total = [0; 3];
        }
    }

    pub const fn digest(&self) -> u64 {
        self.digest
    }
    /// Requests finished since the start, warm-up included.
    pub const fn finished(&self) -> u64 {
        self.finished
    }
    pub const fn shed_count(&self) -> u64 {
        self.shed
    }
    pub const fn counted_from(&self) -> Time {
        self.counted_from
    }
    pub const fn system(&self) -> &FlowTotals {
        &self.system.total
    }
    pub fn class(&self, i: usize) -> &FlowTotals {
        &self.classes[i].total
    }
    pub fn node(&self, i: usize) -> &NodeTotals {
        &self.nodes[i].total
    }
    /// Calls, failures and timeouts of a link since the warm-up.
    pub fn link_totals(&self, i: usize) -> [u64; 3] {
        let l = &self.links[i];
        let w = l.window;
        [
            l.total[0] + u64::from(w.calls),
            l.total[1] + u64::from(w.failures),
            l.total[2] + u64::from(w.timeouts),
        ]
    }
}

impl LinkCounter {
    fn close_into_total(&mut self) -> LinkWindow {
        let w = std::mem::take(&mut self.window);
        for (total, n) in self.total.iter_mut().zip([w.calls, w.failures, w.timeouts]) {
            *total += u64::from(n);
        }
        w
    }
    fn close(&mut self) -> LinkWindow {
        self.close_into_total()
    }
}

impl Ctx {
    /// A call reaches a server that is up.
    #[inline]
    pub fn count_arrival(&mut self, node: u16, replica: u16) {
        self.recorder.arrived(node);
        let r = &mut self.nodes[node as usize].replicas[replica as usize];
        r.arrivals += 1;
        r.total_arrivals += 1;
    }
    /// A part of a query reaches a server that is up: the query itself was counted where it came in.
    pub fn count_part(&mut self, node: u16, replica: u16) {
        let r = &mut self.nodes[node as usize].replicas[replica as usize];
        r.arrivals += 1;
        r.total_arrivals += 1;
    }
}
