//! The registry: every kind of component, and what each must be able to do. A new kind is one file beside this
//! one and its lines here.

pub mod broker;
pub mod cache;
pub mod client;
pub mod database;
pub mod load_balancer;
pub mod service;

use super::value::Knob;

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
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Client, Self::LoadBalancer, Self::Service, Self::Database, Self::Cache, Self::Broker];
    /// What the kind is and which knobs it has.
    pub const fn datasheet(self) -> &'static Datasheet {
        match self {
            Self::Client => &client::DATASHEET,
            Self::LoadBalancer => &load_balancer::DATASHEET,
            Self::Service => &service::DATASHEET,
            Self::Database => &database::DATASHEET,
            Self::Cache => &cache::DATASHEET,
            Self::Broker => &broker::DATASHEET,
        }
    }
    /// The key in a level file: `load-balancer`.
    pub const fn key(self) -> &'static str {
        self.datasheet().key
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

/// What stands in the inspector, in `list` and in the docs about a kind.
#[derive(Debug)]
pub struct Datasheet {
    /// The key in a level file.
    pub key: &'static str,
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

use super::time::Time;
use super::value::{LONGEST, Shape};

/// Knobs of every node.
pub static COMMON_KNOBS: &[Knob] = &[
    Knob::new("host", Shape::Name, "the machine it shares with others").fixed(),
    Knob::new("size", Shape::Name, "each server gets a machine of this size: cores, price"),
    Knob::new("start_up", Shape::Time { min: Time::ZERO, max: LONGEST }, "time from restart to serving"),
    Knob::new("price", Shape::Money, "price of one server a month, instead of its size's"),
    Knob::later("zone"),
    Knob::later("zones"),
    Knob::later("error_rate"),
];

/// Knobs of every link.
pub static LINK_KNOBS: &[Knob] = &[
    Knob::new("latency", Shape::Distribution, "one-way latency, drawn anew for request and reply"),
    Knob::new(
        "timeout",
        Shape::Time { min: Time::from_ms(1), max: LONGEST },
        "the caller gives up after this time",
    ),
    Knob::later("loss"),
    Knob::later("bandwidth"),
    Knob::later("retries"),
    Knob::later("pool"),
    Knob::later("breaker"),
    Knob::later("deadline"),
    Knob::later("hedge_after"),
];
