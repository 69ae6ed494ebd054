//! Counts while the run goes: the present window, and totals since the warm-up.

use super::super::outcome::Reason;
use super::super::request::{Outcome, Request};
use super::super::rng::combine;
use super::super::time::Time;
use super::histogram::{CallTimes, Histogram, Tally, percentile_of};
use super::{Count, Flow, LinkWindow, NodeWindow};

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
    /// Further attempts, retries and hedges, that requests cost anywhere.
    pub retries: u64,
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
    /// Failed here, by reason: answered with a failure, or lost when the server died.
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
    /// What the kind counts besides calls; index = `Count as usize`.
    pub counts: [u64; Count::ALL.len()],
    /// Reads that saw an old version.
    pub stale_reads: u64,
    /// Acknowledged writes that a failover lost.
    pub lost_writes: u64,
    /// Keys that both sides of a partition had written when it ended.
    pub diverged_writes: u64,
    /// Replication or delivery lag.
    pub lag: Histogram,
    /// Longest backlog at the end of a second.
    pub backlog_max: u32,
    /// Longest queue of one server.
    pub queue_max: u32,
}

impl NodeTotals {
    /// How often something happened.
    pub const fn count(&self, count: Count) -> u64 {
        self.counts[count as usize]
    }
}

/// One class, end to end. An answered request is one number in `answers`; all else follows when they are folded.
#[derive(Clone, Default)]
struct FlowCounter {
    window: Flow,
    /// Response times since the last fold, ns, with the marks below.
    answers: Vec<u64>,
    total: FlowTotals,
    in_flight: u32,
    /// Arrivals of the present window before the warm-up ended.
    uncounted: u32,
}

/// A response time's mark: answered in time.
const GOOD: u64 = 1 << 63;
/// A response time's mark: it arrived before the warm-up ended.
const UNCOUNTED: u64 = 1 << 62;
const TIME: u64 = UNCOUNTED - 1;
/// So many answers are folded even before the window ends, to bound memory.
const MANY: usize = 1 << 16;
/// Fewer answers than this stay unfolded when a window ends, so that a quiet place has no histograms.
const FEW: usize = 512;

/// An answered call that its node has not been told of.
#[derive(Clone, Copy)]
pub(crate) struct Answered {
    node: u16,
    /// Waiting time with its mark, and response time, ns.
    waits: u64,
    took: u64,
}
/// So many answers are dealt to their nodes at once: one by one they would each wait for memory that is far away.
const DEAL: usize = 2048;

/// Counters of so many nodes stay near the processor: they are told at once.
const NEAR: usize = 64;

/// One node. An answered call is one pair in `answers`.
#[derive(Clone, Default)]
struct NodeCounter {
    window: NodeWindow,
    /// (waiting time with its mark, response time) of calls answered since the last fold, ns.
    answers: Vec<(u64, u64)>,
    /// The present window's begin here.
    from: usize,
    /// Those of the present window that were folded already.
    folded: Option<Box<Histogram>>,
    total: Box<NodeTotals>,
    /// Arrivals and answers of the present window before the warm-up ended.
    uncounted: (u32, u32),
}

/// All counters of a run.
#[derive(Clone, Default)]
pub(crate) struct Recorder {
    classes: Vec<FlowCounter>,
    nodes: Vec<NodeCounter>,
    /// Calls answered since the last deal, in this order.
    answered: Vec<Answered>,
    /// Only what arrives from here on counts in totals.
    counted_from: Time,
    digest: u64,
    finished: u64,
    shed: u64,
    /// To reorder a window's response times in, and to count them.
    scratch: Vec<u64>,
    tally: Tally,
}

/// Counts of one link; part of the link itself, since every call finds it there.
#[derive(Clone, Default)]
pub(crate) struct LinkCounter {
    pub window: LinkWindow,
    /// As `LinkWindow::figures`.
    total: [u64; 7],
}

impl Recorder {
    pub fn add_node(&mut self) {
        self.nodes.push(NodeCounter::default());
    }
    pub fn add_classes(&mut self, n: usize) {
        self.classes.resize_with(self.classes.len() + n, FlowCounter::default);
    }

    /// A client makes a request.
    #[inline(always)]
    pub fn request_born(&mut self, client: u16, class: u8) {
        let flow = &mut self.classes[class as usize];
        flow.window.arrivals += 1;
        flow.in_flight += 1;
        self.nodes[client as usize].window.arrivals += 1;
    }
    /// A client has its answer, or waits no longer.
    #[inline(always)]
    pub fn request_done(&mut self, r: &Request, now: Time, outcome: Outcome, place: u16, within: Time) {
        let took = now - r.born;
        let counted = r.born >= self.counted_from;
        let reason = outcome.reason();
        let flow = &mut self.classes[r.class as usize];
        let node = &mut self.nodes[r.client as usize];
        flow.in_flight -= 1;
        match reason {
            None => {
                let marks = if took <= within { GOOD } else { 0 } | if counted { 0 } else { UNCOUNTED };
                flow.answers.push(took.ns().min(TIME) | marks);
                if flow.answers.len() >= MANY {
                    flow.fold(&mut self.tally);
                }
                node.window.completed += 1;
            }
            Some(reason) => {
                flow.window.failed[reason as usize] += 1;
                flow.total.failed[reason as usize] += u64::from(counted);
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

    /// A request of this class costs one attempt more, somewhere.
    pub fn further_attempt(&mut self, class: u8) {
        let flow = &mut self.classes[class as usize];
        flow.window.retries += 1;
        flow.total.retries += 1;
    }
    /// A node answers a call.
    #[inline(always)]
    pub fn answered(&mut self, node: u16, now: Time, arrived: Time, started: Time, outcome: Outcome) {
        if let Outcome::Failed(reason) = outcome {
            let n = &mut self.nodes[node as usize];
            n.window.failed += 1;
            n.total.failed[reason as usize] += 1;
            return;
        }
        let mark = if arrived >= self.counted_from { 0 } else { UNCOUNTED };
        let (waits, took) = ((started - arrived).ns() | mark, (now - arrived).ns());
        let answered = Answered { node, waits, took };
        if self.nodes.len() <= NEAR {
            return self.nodes[node as usize].answered(answered);
        }
        self.answered.push(answered);
        if self.answered.len() >= DEAL {
            self.deal();
        }
    }
    /// Tells the nodes of their answers.
    #[inline(never)]
    fn deal(&mut self) {
        for a in self.answered.drain(..) {
            self.nodes[a.node as usize].answered(a);
        }
    }
    /// The answers that the nodes have not been told of, by node.
    pub fn untold(&self) -> Vec<Answered> {
        let mut answered = self.answered.clone();
        answered.sort_by_key(|a| a.node);
        answered
    }
    pub fn wasted(&mut self, node: u16) {
        self.nodes[node as usize].total.wasted += 1;
    }
    pub fn cache(&mut self, node: u16, hit: bool, stale: bool) {
        let n = &mut self.nodes[node as usize];
        n.window.hits += u32::from(hit);
        n.window.misses += u32::from(!hit);
        n.total.counts[if hit { Count::Hits } else { Count::Misses } as usize] += 1;
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
    /// Something happened at a node, `times` times.
    pub fn count(&mut self, node: u16, count: Count, times: u64) {
        let node = &mut self.nodes[node as usize];
        node.total.counts[count as usize] += times;
        node.window.counts.get_or_insert_default()[count as usize] += times as u32;
    }
    /// Counts a request that could not be made; the count so far.
    pub fn shed(&mut self) -> u64 {
        self.shed += 1;
        self.shed
    }

    /// Ends a window: end to end and by class.
    pub fn close_flows(&mut self) -> (Flow, Vec<Flow>) {
        self.deal();
        let classes: Vec<Flow> = self.classes.iter_mut().map(|c| c.close(&mut self.tally)).collect();
        let mut system = Flow::default();
        for class in &classes {
            system.add(class);
        }
        (system, classes)
    }
    /// Ends a window: counters of a node, to which the integrals are added. `arrivals` = calls that came to its
    /// servers in it, and those of them after the warm-up.
    pub fn close_node(&mut self, node: usize, arrivals: (u32, u64)) -> NodeWindow {
        self.nodes[node].close(arrivals, &mut self.scratch)
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
        self.deal();
        for f in &mut self.classes {
            f.fold(&mut self.tally);
            f.total = FlowTotals::default();
            f.uncounted = f.window.arrivals;
        }
        for n in &mut self.nodes {
            n.fold_early();
            *n.total = NodeTotals::default();
            n.uncounted = (n.window.arrivals, n.window.completed);
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
    /// All classes together.
    pub fn system(&self) -> FlowTotals {
        let mut sum = FlowTotals::default();
        (0..self.classes.len()).for_each(|i| sum.add(&self.class(i)));
        sum
    }
    /// One class, the present window included.
    pub fn class(&self, i: usize) -> FlowTotals {
        let mut copy = self.classes[i].clone();
        copy.fold(&mut Tally::default());
        copy.total.arrivals += u64::from(copy.window.arrivals - copy.uncounted);
        copy.total
    }
    /// One node, the present window included; `arrivals` = calls to its servers in it, after the warm-up.
    pub fn node(&self, i: usize, arrivals: u64, untold: &[Answered]) -> NodeTotals {
        let mut copy = self.nodes[i].clone();
        let from = untold.partition_point(|a| usize::from(a.node) < i);
        untold[from..].iter().take_while(|a| usize::from(a.node) == i).for_each(|a| copy.answered(*a));
        copy.fold_early();
        copy.count(arrivals);
        *copy.total
    }
}

impl FlowCounter {
    /// Works the answers so far into the window and the totals.
    fn fold(&mut self, tally: &mut Tally) {
        let (mut good, mut uncounted) = (0, 0);
        for v in &self.answers {
            good += u32::from(*v & GOOD != 0);
            uncounted += u32::from(*v & UNCOUNTED != 0);
        }
        let packed = tally.pack(self.answers.iter().map(|v| v & TIME));
        if uncounted == 0 {
            self.total.responses.merge(&packed);
            self.total.completed += packed.len();
            self.total.good += u64::from(good);
        } else {
            for &v in self.answers.iter().filter(|v| **v & UNCOUNTED == 0) {
                self.total.responses.record(Time(v & TIME));
                self.total.completed += 1;
                self.total.good += u64::from(v & GOOD != 0);
            }
        }
        self.window.completed += packed.len() as u32;
        self.window.good += good;
        self.window.response_ns += packed.sum_ns();
        if self.window.responses.is_empty() {
            self.window.responses = packed;
        } else {
            self.window.responses.merge(&packed);
        }
        self.answers.clear();
    }
    fn close(&mut self, tally: &mut Tally) -> Flow {
        self.fold(tally);
        self.total.arrivals += u64::from(self.window.arrivals - self.uncounted);
        self.uncounted = 0;
        self.window.in_flight = self.in_flight;
        std::mem::take(&mut self.window)
    }
}

impl Flow {
    fn add(&mut self, other: &Self) {
        self.arrivals += other.arrivals;
        self.completed += other.completed;
        self.good += other.good;
        self.retries += other.retries;
        self.failed.iter_mut().zip(other.failed).for_each(|(a, b)| *a += b);
        self.response_ns += other.response_ns;
        self.responses.merge(&other.responses);
        self.in_flight += other.in_flight;
    }
}
impl FlowTotals {
    fn add(&mut self, other: &Self) {
        self.arrivals += other.arrivals;
        self.completed += other.completed;
        self.good += other.good;
        self.retries += other.retries;
        self.failed.iter_mut().zip(other.failed).for_each(|(a, b)| *a += b);
        self.responses.merge_all(&other.responses);
    }
}

impl NodeCounter {
    #[inline(always)]
    fn answered(&mut self, a: Answered) {
        self.answers.push((a.waits, a.took));
        if self.answers.len() >= MANY {
            self.fold_early();
        }
    }
    /// Works all answers into the histograms of the totals.
    fn fold(&mut self) {
        let t = &mut *self.total;
        let mut times =
            CallTimes { waiting: &mut t.waiting, service: &mut t.service, response: &mut t.response };
        if self.answers.iter().any(|(waits, _)| waits & UNCOUNTED != 0) {
            self.answers.retain(|(waits, _)| waits & UNCOUNTED == 0);
        }
        t.waited += times.record_all(self.answers.iter().copied());
        self.answers.clear();
        self.from = 0;
    }
    /// The same before the window ends: the window keeps what it needs.
    fn fold_early(&mut self) {
        let window = self.folded.get_or_insert_default();
        for &(_, took) in &self.answers[self.from..] {
            window.record(Time(took));
            self.window.response_ns += u128::from(took);
            self.window.completed += 1;
        }
        self.fold();
    }
    /// Adds the window's counters to the totals.
    fn count(&mut self, arrivals: u64) {
        self.total.arrivals += u64::from(self.window.arrivals - self.uncounted.0) + arrivals;
        self.total.completed += u64::from(self.window.completed - self.uncounted.1);
        self.uncounted = (0, 0);
    }
    fn close(&mut self, arrivals: (u32, u64), scratch: &mut Vec<u64>) -> NodeWindow {
        if self.folded.is_some() {
            self.fold_early();
            self.window.p95 = self.folded.take().and_then(|h| h.percentile(950));
        } else if self.from < self.answers.len() {
            scratch.clear();
            scratch.extend(self.answers[self.from..].iter().map(|(_, took)| took));
            self.window.response_ns += scratch.iter().map(|&t| u128::from(t)).sum::<u128>();
            self.window.completed += scratch.len() as u32;
            self.window.p95 = percentile_of(scratch, 950);
        }
        self.count(arrivals.1);
        self.window.arrivals += arrivals.0;
        if self.answers.len() >= FEW {
            self.fold();
        }
        self.from = self.answers.len();
        std::mem::take(&mut self.window)
    }
}

impl LinkCounter {
    /// Ends a window.
    pub fn close(&mut self) -> LinkWindow {
        self.total = self.totals();
        std::mem::take(&mut self.window)
    }
    /// Since the warm-up, as `LinkWindow::figures`.
    pub fn totals(&self) -> [u64; 7] {
        let mut sums = self.window.figures();
        sums.iter_mut().zip(self.total).for_each(|(sum, n)| *sum += n);
        sums
    }
}
