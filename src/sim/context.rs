//! `Ctx`: all that a component may touch besides its own state. A component never reads another one; it learns only
//! what a real one would learn, from messages.

mod children;
mod cluster;
mod fault;
mod place;
mod spans;
mod trouble;
mod wire;

pub(crate) use cluster::{Cluster, Shard};
pub(crate) use fault::{Drain, Held, Release, cause};
pub(crate) use trouble::Trouble;
pub(crate) use wire::{Answer, NewCall};

use std::sync::Arc;

use super::call::deadline::Deadlines;
use super::call::{Exchange, Policy};
use super::component::Kind;
use super::distribution::Distribution;
use super::event_queue::{EventKind, EventQueue};
use super::few::Few;
use super::host::Host;
use super::log::{Log, Weight};
use super::metrics::LinkWindow;
use super::metrics::recorder::{LinkCounter, Recorder};
use super::metrics::uptime::{Group, Meter};
use super::paged::Paged;
use super::request::{Call, Calls, NIL, Requests};
use super::rng::{Draw, Purpose, combine};
use super::slots::Slots;
use super::snapshot::{LinkStyle, ReplicaState};
use super::time::Time;
use super::trace::Tracer;
use super::workload::KeyTable;

/// The shared state of a run.
#[derive(Clone)]
pub(crate) struct Ctx {
    pub now: Time,
    pub seed: u64,
    pub events: EventQueue,
    pub calls: Calls,
    pub requests: Requests,
    pub nodes: Vec<Node>,
    pub links: Vec<Link>,
    pub hosts: Vec<Host>,
    pub classes: Vec<ClassState>,
    /// Newest committed version of every key, by database node; empty for others.
    pub versions: Vec<Paged<u32>>,
    /// Size of the key space.
    pub keys: u32,
    pub recorder: Recorder,
    pub tracer: Tracer,
    pub log: Log,
    pub ready: Ready,
    timers: Slots<Timer>,
    /// Partitions of the network, how many there have been, and messages that wait for the end of one or of a stall.
    cuts: Vec<trouble::Cut>,
    cuts_made: u32,
    held: Vec<u32>,
    pub deadlines: Deadlines,
    /// Calls under a policy; `Call::payload` of an exchange is its place here.
    pub exchanges: Slots<Exchange>,
    /// Somebody has handed a call over, so that answers may skip the way back.
    passes: bool,
    /// What components want done once the present event is over.
    pub orders: Vec<Order>,
    /// No client makes a request with this number or a later one.
    pub request_limit: u64,
    /// Servers whose work stands still.
    pub still_servers: u32,
    /// Nothing troubles any message: no loss, delay, stall or cut, no node that errs or is drained, no deadline, nobody
    /// handed a call over. A short cut past those questions; `false` is always right.
    calm: bool,
    /// `calm` may be used.
    short_cuts: bool,
}

/// Calls to go on with at this very instant, before the next event: mostly one, the others behind it. (`first` is
/// `NIL` only if there are no others.)
#[derive(Clone)]
pub(crate) struct Ready {
    first: u32,
    others: std::collections::VecDeque<u32>,
}

impl Default for Ready {
    fn default() -> Self {
        Self { first: NIL, others: std::collections::VecDeque::new() }
    }
}

impl Ready {
    #[inline(always)]
    fn push(&mut self, call: u32) {
        if self.first == NIL {
            self.first = call;
        } else {
            self.others.push_back(call);
        }
    }
    /// Takes the one that came first.
    #[inline(always)]
    pub fn pop(&mut self) -> Option<u32> {
        let call = self.first;
        if call == NIL {
            return None;
        }
        self.first = self.others.pop_front().unwrap_or(NIL);
        Some(call)
    }
}

/// A request class of the whole topology.
#[derive(Clone)]
pub(crate) struct ClassState {
    pub name: Arc<str>,
    pub keys: KeyTable,
    pub slo: Option<Time>,
    /// Its requests ask every shard of a database.
    pub scatter: bool,
}

/// What everybody may know of a node. What every call looks at comes first, so that it shares a cache line.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct Node {
    /// Hash of the name, part of its draws.
    pub key: u64,
    pub replicas: Few<Replica>,
    pub routing: Routing,
    /// The first so many are known to callers: a server that was ordered and has not come up yet gets no traffic.
    pub serving: u16,
    /// The first so many replicas are part of the design.
    pub active: u16,
    pub removed: bool,
    /// Some of its answers may be errors, or one of its servers is being drained: look closer.
    pub troubled: bool,
    pub kind: Kind,
    pub name: Arc<str>,
    /// A database's servers by role.
    pub cluster: Option<Box<Cluster>>,
    /// A client: how long its users wait.
    pub patience: Option<Time>,
    /// Share of its answers that are errors, by its knob.
    pub error_rate: f64,
    /// How many of its servers are up.
    pub group: Group,
}

/// One server of a node: what every call looks at, so that it fits into its node's cache line.
#[derive(Clone)]
pub(crate) struct Replica {
    /// Work takes so many times as long, by faults and by a bad release.
    pub slow: f64,
    /// What it holds while its work stands still.
    pub still: Option<Box<fault::Still>>,
    /// Index into `Ctx::hosts`; `NIL` = never limited by cores.
    pub host: u32,
    /// Calls that arrived in the present window.
    pub arrivals: u32,
    pub state: ReplicaState,
    /// What keeps it from serving: bits of `cause`.
    pub causes: u8,
    /// It has been ordered and has not been up yet.
    pub ordered: bool,
    /// Its disk is full: it takes no writes.
    pub read_only: bool,
    pub rare: Box<Rare>,
}

/// The rest of a server, which no call looks at as a rule.
#[derive(Clone, Default)]
pub(crate) struct Rare {
    /// Counts restarts, so that an old start-up timer is ignored.
    pub life: u32,
    /// The part of `slow` that is a fault's.
    pub fault_slow: f64,
    pub release: Release,
    pub drain: Option<Drain>,
    pub meter: Meter,
    /// Calls that arrived after the warm-up in the windows before the present one.
    pub total_arrivals: u64,
    /// Those of the present window that came before the warm-up ended.
    pub uncounted: u32,
}

impl Replica {
    /// Calls after the warm-up, those of the present window included.
    pub fn counted_arrivals(&self) -> u64 {
        self.rare.total_arrivals + u64::from(self.arrivals - self.rare.uncounted)
    }
    /// Ends a window: the calls that came in it, and those of them after the warm-up.
    pub fn count_window(&mut self) -> (u32, u64) {
        let counted = u64::from(self.arrivals - self.rare.uncounted);
        self.rare.total_arrivals += counted;
        self.rare.uncounted = 0;
        (self.arrivals, counted)
    }
}

/// Which server of a node a caller without a balancer takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Routing {
    /// All in turn.
    Any,
    /// A pair of balancers: the one that has the address.
    Only(u16),
    /// A database's: by the role of its servers and by key.
    Cluster,
}

/// A directed link. What every call looks at comes first, as in `Node`.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct Link {
    pub from: u16,
    pub to: u16,
    turn: u32,
    /// The latency where it is constant; `NEVER` = it is drawn.
    delay: Time,
    pub timeout: Option<Time>,
    /// What callers do around a call; `None` = nothing.
    pub policy: Option<Box<Policy>>,
    /// Calls sent that `counter` does not know yet.
    calls: u32,
    /// Work that nobody waits for any more is not begun.
    pub deadline: bool,
    pub removed: bool,
    /// Declared in the design (else implied by a call).
    pub declared: bool,
    pub style: LinkStyle,
    pub counter: LinkCounter,
    /// What happens to its messages besides latency; `None` = nothing.
    pub trouble: Option<Box<Trouble>>,
    /// Hash of the names of its ends, part of its draws.
    key: u64,
    latency: Distribution,
}

/// What a component cannot do itself, because it concerns others too.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Order {
    /// The machine is out of memory: its kernel kills this server.
    Kill { node: u16, replica: u16 },
    /// An autoscaler wants so many servers of a node.
    Servers { node: u16, count: u16 },
    /// Somebody who acts on the system, as a deploy pipeline does, alters it.
    Change(Box<super::change::Change>),
}

#[derive(Clone, Copy)]
struct Timer {
    node: u16,
    token: u64,
}

impl Ctx {
    pub fn new(seed: u64) -> Self {
        Self {
            now: Time::ZERO,
            seed,
            events: EventQueue::default(),
            calls: Calls::default(),
            requests: Requests::default(),
            nodes: Vec::new(),
            links: Vec::new(),
            hosts: Vec::new(),
            classes: Vec::new(),
            versions: Vec::new(),
            keys: 1,
            recorder: Recorder::default(),
            tracer: Tracer::default(),
            log: Log::default(),
            ready: Ready::default(),
            timers: Slots::new(),
            cuts: Vec::new(),
            cuts_made: 0,
            held: Vec::new(),
            deadlines: Deadlines::default(),
            exchanges: Slots::new(),
            passes: false,
            orders: Vec::new(),
            request_limit: u64::MAX,
            still_servers: 0,
            calm: false,
            short_cuts: true,
        }
    }

    /// The draw of a call at its callee.
    #[inline(always)]
    pub fn draw(&self, call: u32, purpose: Purpose) -> Draw {
        let c = &self.calls[call];
        Draw::new(c.path ^ self.nodes[c.node as usize].key, purpose)
    }
    /// A draw that is no request's: the place's name and its own counter.
    pub fn place_draw(&self, node: u16, count: u64, purpose: Purpose) -> Draw {
        Draw::new(combine(combine(self.seed, self.nodes[node as usize].key), count), purpose)
    }
    /// A time drawn for a call, without mixing a key where the time is constant.
    #[inline(always)]
    pub fn sample(&self, call: u32, distribution: &Distribution, purpose: Purpose) -> Time {
        match distribution {
            Distribution::Constant(t) => *t,
            d => d.sample(self.draw(call, purpose)),
        }
    }
    /// The key that a request touches.
    pub fn key(&mut self, request: u32) -> u32 {
        if request == NIL {
            return 0;
        }
        let r = self.requests[request];
        if r.key != NIL {
            return r.key;
        }
        let key = self.classes[r.class as usize].keys.pick(Draw::new(r.base, Purpose::Key));
        self.requests[request].key = key;
        key
    }
    /// Whether the request of a call changes data.
    #[inline]
    pub fn writes(&self, call: u32) -> bool {
        let request = self.calls[call].request;
        request != NIL && self.requests[request].write
    }

    /// The live link from one node to another.
    pub fn link(&self, from: u16, to: u16) -> Option<u16> {
        self.links.iter().position(|l| l.from == from && l.to == to && !l.removed).map(|i| i as u16)
    }
    /// Live links that start at a node.
    pub fn links_from(&self, from: u16) -> impl Iterator<Item = u16> {
        (0..self.links.len() as u16)
            .filter(move |&i| self.links[i as usize].from == from && !self.links[i as usize].removed)
    }
    /// The live node of a name.
    pub fn find(&self, name: &str) -> Option<u16> {
        self.nodes.iter().position(|n| !n.removed && &*n.name == name).map(|i| i as u16)
    }

    /// Reads what an event of a call at a node needs first.
    #[inline(always)]
    pub fn touch(&self, call: &Call, node: u16) -> u64 {
        let base = if call.request == NIL { 0 } else { self.requests[call.request].base };
        let parent = if call.parent == NIL { 0 } else { self.calls[call.parent].touch() };
        base ^ parent ^ self.nodes[node as usize].key ^ self.links[call.link as usize].delay.ns()
    }
    /// What is about to happen may bring trouble.
    pub const fn expect_trouble(&mut self) {
        self.calm = false;
    }
    /// Looks whether there is any trouble at present; asked after everything that could have brought or ended it.
    pub fn look_around(&mut self) {
        let smooth = |l: &Link| l.trouble.is_none() && !l.deadline;
        self.calm = self.short_cuts
            && self.cuts.is_empty()
            && self.still_servers == 0
            && !self.passes
            && self.deadlines.is_empty()
            && self.links.iter().all(smooth)
            && !self.nodes.iter().any(|n| n.troubled);
    }
    /// Whether short cuts may be taken.
    #[inline(always)]
    pub const fn has_short_cuts(&self) -> bool {
        self.short_cuts
    }
    /// Lets the short cuts be taken, or not.
    pub fn set_short_cuts(&mut self, may: bool) {
        self.short_cuts = may;
        self.look_around();
    }

    /// Asks for a change of the system: the door for those who act on other parts, as a deploy pipeline does.
    pub fn order(&mut self, change: super::change::Change) {
        self.orders.push(Order::Change(Box::new(change)));
    }
    /// Asks for a kill of a server once this event is over.
    pub fn kill(&mut self, node: u16, replica: u16) {
        self.orders.push(Order::Kill { node, replica });
    }
    /// Asks for another number of servers of a node once this event is over.
    pub fn want_servers(&mut self, node: u16, count: u16) {
        self.orders.push(Order::Servers { node, count });
    }
    /// Calls `timer(token)` of a node's component later.
    pub fn after(&mut self, node: u16, delay: Time, token: u64) {
        let slot = self.timers.add(Timer { node, token });
        self.events.push(self.now + delay, EventKind::Timer, slot);
    }
    /// The timer that fired: its node and token.
    pub fn take_timer(&mut self, slot: u32) -> Option<(u16, u64)> {
        self.timers.remove(slot).map(|t| (t.node, t.token))
    }

    /// Notes an event worth telling.
    pub fn note(&mut self, place: Arc<str>, weight: Weight, text: &str) {
        self.log.add(self.now, place, weight, text);
    }
}

impl Ctx {
    /// Registers the classes of a client: the index of the first, and (cumulative share, write) of each.
    pub fn add_classes(&mut self, client: &str, knobs: &super::value::Knobs) -> (u8, Vec<(f64, bool)>) {
        use super::value::Value;
        use super::workload::{Class, KeyPopularity};
        let first = self.classes.len() as u8;
        let default = || {
            vec![Class {
                name: client.to_owned(),
                share: 1.0,
                write: false,
                keys: KeyPopularity::default(),
                slo: None,
                scatter: false,
            }]
        };
        let classes = match knobs.get("classes") {
            Some(Value::Classes(c)) => c.clone(),
            _ => default(),
        };
        let mut sum = 0.0;
        let mut shares = Vec::new();
        for class in &classes {
            sum += class.share;
            shares.push((sum, class.write));
            let (name, keys) = (class.name.as_str().into(), KeyTable::new(class.keys));
            self.classes.push(ClassState { name, keys, slo: class.slo, scatter: class.scatter });
        }
        self.recorder.add_classes(classes.len());
        (first, shares)
    }
    /// A client could not make a request: the limit of calls is reached.
    pub fn shed(&mut self) {
        if self.recorder.shed() == 1 {
            let text = format!(
                "more than {} calls alive: further requests are dropped and counted",
                super::request::MAX_CALLS
            );
            self.note("".into(), Weight::Bad, &text);
        }
    }
}

impl Link {
    /// A link without latency and timeout; a primary's log takes half a millisecond to a replica.
    pub fn new(from: u16, to: u16, key: u64, style: LinkStyle) -> Self {
        let latency = match style {
            LinkStyle::Replication => Time::from_ns(500_000),
            _ => Time::ZERO,
        };
        Self {
            from,
            to,
            key,
            delay: latency,
            latency: Distribution::Constant(latency),
            timeout: None,
            style,
            removed: false,
            declared: false,
            trouble: None,
            deadline: false,
            policy: None,
            turn: 0,
            calls: 0,
            counter: LinkCounter::default(),
        }
    }
    /// One-way latency, drawn for each message.
    pub const fn latency(&self) -> &Distribution {
        &self.latency
    }
    fn set_latency(&mut self, latency: Distribution) {
        self.delay = if let Distribution::Constant(t) = latency { t } else { Time::NEVER };
        self.latency = latency;
    }
    /// Ends a window.
    pub fn close(&mut self) -> LinkWindow {
        self.counter.window.calls += std::mem::take(&mut self.calls);
        self.counter.close()
    }
    /// The warm-up is over: totals start anew. The present window loses what came before, too.
    pub fn restart(&mut self) {
        (self.calls, self.counter) = (0, LinkCounter::default());
    }
    /// Since the warm-up, as `LinkWindow::figures`.
    pub fn totals(&self) -> [u64; 7] {
        let mut sums = self.counter.totals();
        sums[0] += u64::from(self.calls);
        sums
    }
}
