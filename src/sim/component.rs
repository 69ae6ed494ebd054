//! The registry: every kind of component, and what each must be able to do.
//!
//! A new kind touches two files: its own beside this one (`rate_limiter.rs` is the shortest to read), and this one, with a line
//! each in `mod`, `Kind`, `Kind::ALL`, `Kind::datasheet`, `Component`, `Component::new` and `each`. Checks,
//! reports, the inspector and the diagram go by its datasheet and by what its `Behavior` says of itself.

pub mod broker;
pub mod cache;
pub mod cdn;
pub mod client;
pub mod database;
pub mod load_balancer;
pub mod pipeline;
pub mod rate_limiter;
pub mod service;

use super::context::{Answer, Ctx};
use super::metrics::{Count, Measure, NodeWindow};
use super::snapshot::Extra;
use super::station::Station;
use super::time::Time;
use super::topology::Topology;
use super::value::{Knob, LONGEST, Shape, Way};

/// The kinds, closed on purpose: the compiler lists every place that a new one must be handled.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// Users: the source of requests.
    Client,
    /// Deals requests to backends.
    LoadBalancer,
    /// A web or application server, a microservice.
    Service,
    /// A database.
    Database,
    /// A cache.
    Cache,
    /// A message broker.
    Broker,
    /// Caches near the users, in front of the origin.
    Cdn,
    /// Lets so many requests a second through.
    RateLimiter,
    /// Releases what the teams change.
    Pipeline,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Client,
        Self::LoadBalancer,
        Self::Service,
        Self::Database,
        Self::Cache,
        Self::Broker,
        Self::Cdn,
        Self::RateLimiter,
        Self::Pipeline,
    ];
    /// What the kind is and which knobs it has.
    pub const fn datasheet(self) -> &'static Datasheet {
        match self {
            Self::Client => &client::DATASHEET,
            Self::LoadBalancer => &load_balancer::DATASHEET,
            Self::Service => &service::DATASHEET,
            Self::Database => &database::DATASHEET,
            Self::Cache => &cache::DATASHEET,
            Self::Broker => &broker::DATASHEET,
            Self::Cdn => &cdn::DATASHEET,
            Self::RateLimiter => &rate_limiter::DATASHEET,
            Self::Pipeline => &pipeline::DATASHEET,
        }
    }
    /// The key in a level file: `load-balancer`.
    pub const fn key(self) -> &'static str {
        self.datasheet().key
    }
    /// Whether it keeps values that can be flushed.
    pub fn is_cache(self) -> bool {
        self.datasheet().measures.contains(&Measure::HitRatio)
    }
    /// The kind of a key.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.key() == key)
    }
    /// A knob by name: the kind's own or a common one.
    pub fn knob(self, name: &str) -> Option<&'static Knob> {
        self.knob_tables().into_iter().flatten().find(|k| k.name == name)
    }
    /// The kind's own knobs and the common ones.
    pub const fn knob_tables(self) -> [&'static [Knob]; 2] {
        [self.datasheet().knobs, COMMON_KNOBS]
    }
}

/// What a component does. Calls that reach a dead server, queueing of events and counting are not its business.
pub(crate) trait Behavior {
    /// Takes over its knobs and its links, at the start and after every change of the design.
    fn configure(&mut self, ctx: &mut Ctx, topology: &Topology);
    /// A call has arrived at one of its servers, which is up.
    fn arrive(&mut self, ctx: &mut Ctx, call: u32);
    /// A burst of work that it asked for is over.
    fn worked(&mut self, ctx: &mut Ctx, call: u32);
    /// One of its own calls was answered, or timed out.
    fn answered(&mut self, ctx: &mut Ctx, answer: Answer);
    /// The event that it planned for a waiting call (`Call::event`) is due.
    fn overdue(&mut self, _ctx: &mut Ctx, _call: u32) {}
    /// The network was cut somewhere, or is whole again; `Ctx::reaches` tells the rest.
    fn network(&mut self, _ctx: &mut Ctx) {}
    /// A timer that it set fired.
    fn timer(&mut self, _ctx: &mut Ctx, _token: u64) {}
    /// Whether its timers wait while its server stands still, since it is that server which acts.
    fn timers_stand_still(&self) -> bool {
        false
    }
    /// A server has begun to stand still: it does nothing, and says nothing.
    fn fell_silent(&mut self, _ctx: &mut Ctx, _replica: u16) {}
    /// A server went down (its stations are empty by now) or came up.
    fn turned(&mut self, _ctx: &mut Ctx, _replica: u16, _up: bool) {}
    /// Its stations by server; empty for kinds without workers.
    fn stations(&mut self) -> &mut [Station] {
        &mut []
    }
    /// The same, to look at.
    fn look_stations(&self) -> &[Station] {
        &[]
    }
    /// Forgets all it keeps, if it is a cache: how many entries those were.
    fn flush(&mut self) -> Option<u32> {
        None
    }
    /// Figures that only this kind has, ready to show; `window` is the last finished one.
    fn extras(&self, _ctx: &Ctx, _window: &NodeWindow) -> Vec<Extra> {
        Vec::new()
    }
    /// Calls, messages or changes that wait right now.
    fn waiting(&self) -> u32 {
        self.look_stations().iter().map(Station::queued).sum()
    }
    /// Messages or changes that wait somewhere else than in a station.
    fn backlog(&self) -> u32 {
        0
    }
}

/// A component of a running system. Its kind stands in a place of its own, where it is read without a detour.
#[derive(Clone)]
#[repr(u8, align(64))]
pub(crate) enum Component {
    Client(client::Client),
    LoadBalancer(load_balancer::LoadBalancer),
    Service(service::Service),
    Database(database::Database),
    Cache(cache::Cache),
    Broker(broker::Broker),
    Cdn(cdn::Cdn),
    RateLimiter(rate_limiter::RateLimiter),
    Pipeline(pipeline::Pipeline),
}

/// Does the same with the component, whatever its kind.
macro_rules! each {
    ($component:expr, $c:ident => $what:expr) => {
        match $component {
            Self::Client($c) => $what,
            Self::LoadBalancer($c) => $what,
            Self::Service($c) => $what,
            Self::Database($c) => $what,
            Self::Cache($c) => $what,
            Self::Broker($c) => $what,
            Self::Cdn($c) => $what,
            Self::RateLimiter($c) => $what,
            Self::Pipeline($c) => $what,
        }
    };
}

impl Component {
    /// A component of a kind at a node, not yet configured.
    pub fn new(kind: Kind, node: u16) -> Self {
        match kind {
            Kind::Client => Self::Client(client::Client::new(node)),
            Kind::LoadBalancer => Self::LoadBalancer(load_balancer::LoadBalancer::new(node)),
            Kind::Service => Self::Service(service::Service::new(node)),
            Kind::Database => Self::Database(database::Database::new(node)),
            Kind::Cache => Self::Cache(cache::Cache::new(node)),
            Kind::Broker => Self::Broker(broker::Broker::new(node)),
            Kind::Cdn => Self::Cdn(cdn::Cdn::new(node)),
            Kind::RateLimiter => Self::RateLimiter(rate_limiter::RateLimiter::new(node)),
            Kind::Pipeline => Self::Pipeline(pipeline::Pipeline::new(node)),
        }
    }
    /// Reads what the next event at a component of very many alike will need first.
    #[inline(always)]
    pub fn touch(&self) -> u64 {
        if let Self::Service(s) = self { u64::from(s.touch()) } else { 0 }
    }
    /// The call that a component of very many alike will take up next.
    #[inline(always)]
    pub fn next_in_line(&self) -> Option<u32> {
        if let Self::Service(s) = self { s.look_stations().first()?.next_in_line() } else { None }
    }
    /// Its behaviour.
    pub fn behavior(&mut self) -> &mut dyn Behavior {
        each!(self, c => c)
    }
    /// Its behaviour, to look at.
    pub fn look(&self) -> &dyn Behavior {
        each!(self, c => c)
    }
    // What every request does, without the detour by a table of functions.
    #[inline(always)]
    pub fn arrive(&mut self, ctx: &mut Ctx, call: u32) {
        each!(self, c => c.arrive(ctx, call));
    }
    #[inline(always)]
    pub fn worked(&mut self, ctx: &mut Ctx, call: u32) {
        each!(self, c => c.worked(ctx, call));
    }
    #[inline(always)]
    pub fn answered(&mut self, ctx: &mut Ctx, answer: Answer) {
        each!(self, c => c.answered(ctx, answer));
    }
}

impl Component {
    /// Its stations, to look at.
    pub fn look_stations(&self) -> &[Station] {
        self.look().look_stations()
    }
}

/// Where links may lead from a kind, and what they carry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Links {
    /// It makes the requests and needs a link to whom they go.
    Source,
    /// It passes requests on over its links and needs at least one.
    Forward,
    /// To whom its `calls` name.
    Calls,
    /// To whom consumes its messages.
    Deliver,
    /// To the one part that its knob `behind` names, if it does.
    Behind,
    /// It calls nobody.
    Nobody,
    /// It stands beside the system: it calls nobody, and nobody calls it.
    Apart,
}

/// What stands in the inspector, in `list` and in the docs about a kind.
#[derive(Debug)]
pub struct Datasheet {
    /// The key in a level file.
    pub key: &'static str,
    /// Where links may lead from it.
    pub links: Links,
    /// What is measured at this kind and not at every one.
    pub measures: &'static [Measure],
    /// What it counts besides calls.
    pub counts: &'static [Count],
    /// Its name for people.
    pub title: &'static str,
    /// Two or three letters for the corner of a box.
    pub tag: &'static str,
    /// What it is, in two sentences.
    pub explanation: &'static str,
    /// Its knobs.
    pub knobs: &'static [Knob],
    /// What the model leaves out.
    pub leaves_out: &'static str,
}

/// Knobs of every node.
pub static COMMON_KNOBS: &[Knob] = &[
    Knob::new("host", Shape::Name, "the machine it shares with others").fixed(),
    Knob::new(
        "size",
        Shape::Name,
        "each server gets a machine of this size: cores, price; more cores are less busy",
    )
    .moves(Measure::CpuUtilization, Way::Down),
    Knob::new(
        "start_up",
        Shape::Time { min: Time::ZERO, max: LONGEST },
        "time from restart to serving: it stays away so long",
    )
    .moves(Measure::Uptime, Way::Down),
    Knob::new("price", Shape::Money, "price of one server a month, instead of its size's")
        .moves_all(Measure::Cost, Way::Up),
    Knob::new("zone", Shape::Name, "the zone (data centre) that all its servers are in").fixed(),
    Knob::new("zones", Shape::Names, "a list of zones: each server in turn goes into one").fixed(),
    Knob::new("error_rate", Shape::Share, "share of its answers that are errors, after the work")
        .moves(Measure::ErrorRate, Way::Up),
];

/// Knobs of every link.
pub static LINK_KNOBS: &[Knob] = &[
    Knob::new("latency", Shape::Distribution, "one-way latency, drawn for each message: slower")
        .moves_all(Measure::Mean, Way::Up),
    Knob::new(
        "timeout",
        Shape::Time { min: Time::from_ms(1), max: LONGEST },
        "the caller gives up after this time",
    ),
    Knob::new("loss", Shape::Share, "share of the messages that the network loses, each way"),
    Knob::new(
        "bandwidth",
        Shape::Rate { max: 1e7 },
        "messages a second that fit on the line, each way: more are quicker through",
    )
    .moves_all(Measure::Mean, Way::Down),
    Knob::new(
        "retries",
        Shape::Group(super::call::retry::KNOBS),
        "further attempts after a failed one: max, backoff, jitter, budget",
    ),
    Knob::new(
        "pool",
        Shape::Count { min: 1, max: service::MAX_WORKERS, unlimited: true },
        "connections of each server of the caller; further calls wait for one",
    ),
    Knob::new(
        "breaker",
        Shape::Group(super::call::breaker::KNOBS),
        "after too many failures, fail at once for a while: failures, error_rate, open_for, probes",
    ),
    Knob::new("deadline", Shape::Flag, "work that nobody waits for any more is not begun"),
    Knob::new(
        "hedge_after",
        Shape::Time { min: Time::from_ns(1000), max: LONGEST },
        "a second attempt when the first has taken so long; the first answer counts",
    ),
];
