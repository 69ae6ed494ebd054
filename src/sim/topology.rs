//! What there is: hosts, nodes, links, prices. Built by `level::check` from a file, or by hand in tests.

use std::borrow::Cow;

use indexmap::IndexMap;

use super::component::Kind;
use super::snapshot::LinkStyle;
use super::value::{CallMode, CallStep, Knobs, Value};

/// A whole system, checked: every name resolves, every knob has a legal value.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Topology {
    /// Named machines that several nodes may share.
    pub hosts: IndexMap<String, HostSpec>,
    /// Nodes by name; a node's position is its `NodeId`.
    pub nodes: IndexMap<String, NodeSpec>,
    /// Links as declared; calls without a declared link get a zero-latency one.
    pub links: Vec<LinkSpec>,
    /// The size ladder with its prices.
    pub sizes: Vec<Size>,
}

/// One rung of the size ladder.
#[derive(Clone, PartialEq, Debug)]
pub struct Size {
    /// Its name, as `m`.
    pub name: String,
    /// Cores.
    pub cores: u32,
    /// Memory, GiB.
    pub memory_gib: u32,
    /// Price of an application server of this size, US dollars a month.
    pub usd_per_month: f64,
    /// Price of a database server of this size, US dollars a month.
    pub database_usd_per_month: f64,
    /// Price of a cache server of this size, US dollars a month.
    pub cache_usd_per_month: f64,
}

/// A named machine.
#[derive(Clone, PartialEq, Debug)]
pub struct HostSpec {
    /// Name of its size.
    pub size: String,
    /// Name of its zone.
    pub zone: Option<String>,
}

/// A node and its knobs.
#[derive(Clone, PartialEq, Debug)]
pub struct NodeSpec {
    /// Its kind.
    pub kind: Kind,
    /// Every knob: the kind's own and the common ones.
    pub knobs: Knobs,
}

/// A declared link.
#[derive(Clone, PartialEq, Debug)]
pub struct LinkSpec {
    /// Name of the caller.
    pub from: String,
    /// Name of the callee.
    pub to: String,
    /// Its knobs: latency, timeout.
    pub knobs: Knobs,
}

/// Most nodes of a topology.
pub const MAX_NODES: usize = 10_100;
/// Most links of a topology, implied ones included.
pub const MAX_LINKS: usize = 60_000;
/// Most servers of a topology, of all its nodes together.
pub const MAX_SERVERS: u64 = 100_000;
/// Most replicas of a node.
pub const MAX_REPLICAS: u32 = 1000;

impl Topology {
    /// A node that calls the one of this name, or names it in a knob.
    pub fn user_of(&self, name: &str) -> Option<&str> {
        self.nodes.iter().find(|(_, n)| n.asks(name) || n.names(name)).map(|(user, _)| user.as_str())
    }
    /// Whether there is a link `from->to`: a declared one, or one that a knob implies, which has no latency and no
    /// timeout until set.
    pub fn has_link(&self, from: &str, to: &str) -> bool {
        let implies = |end: &str| {
            let node = self.nodes.get(end);
            node.is_some_and(|n| n.implied_links(end).any(|(a, b, _)| (a, b) == (from, to)))
        };
        self.links.iter().any(|l| l.from == from && l.to == to) || implies(from) || implies(to)
    }
    /// The rung of the ladder with this name.
    pub fn size(&self, name: &str) -> Option<&Size> {
        self.sizes.iter().find(|s| s.name == name)
    }
    /// The rules of a declared link: its own knobs, and where it says nothing of retries, those of the users.
    pub fn rules<'a>(&self, link: &'a LinkSpec) -> Cow<'a, Knobs> {
        let users = self.nodes.get(&link.from).filter(|n| n.kind == Kind::Client);
        match users.and_then(|n| n.knobs.get("retries")) {
            Some(retries) if link.knobs.get("retries").is_none() => {
                let mut knobs = link.knobs.clone();
                knobs.set("retries", retries.clone());
                Cow::Owned(knobs)
            }
            _ => Cow::Borrowed(&link.knobs),
        }
    }
    /// The zone of a server: its host's, or the node's, or the next of the node's list for each server in turn.
    pub fn zone_of(&self, node: &str, replica: u16) -> Option<&str> {
        let knobs = &self.nodes.get(node)?.knobs;
        if let Some(Value::Name(host)) = knobs.get("host") {
            return self.hosts.get(host)?.zone.as_deref();
        }
        match (knobs.get("zones"), knobs.get("zone")) {
            (Some(Value::Names(zones)), _) if !zones.is_empty() => {
                zones.get(replica as usize % zones.len()).map(String::as_str)
            }
            (_, Some(Value::Name(zone))) => Some(zone),
            _ => None,
        }
    }
    /// All zones that something is in, in the order of the design.
    pub fn zones(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.hosts.values().filter_map(|h| h.zone.as_deref()).collect();
        for (name, node) in &self.nodes {
            let here = (0..node.servers() as u16).filter_map(|i| self.zone_of(name, i));
            all.extend(here);
            all.dedup();
        }
        let mut zones: Vec<&str> = Vec::new();
        for zone in all {
            if !zones.contains(&zone) {
                zones.push(zone);
            }
        }
        zones
    }
    /// What the design costs and how many parts it has.
    pub fn cost(&self) -> Cost {
        let mut cost = Cost::default();
        for host in self.hosts.values() {
            cost.parts += 1;
            cost.monthly_usd += self.size(&host.size).map_or(0.0, |s| s.usd_per_month);
        }
        for node in self.nodes.values().filter(|n| n.kind != Kind::Client) {
            let replicas = node.servers();
            let alone = node.knobs.get("host").is_none();
            cost.parts += if alone { replicas } else { 1 };
            if let Some(Value::Money(price)) = node.knobs.get("price") {
                cost.monthly_usd += price * f64::from(replicas);
            } else if alone && let Some(Value::Name(size)) = node.knobs.get("size") {
                let each = self.size(size).map_or(0.0, |s| match node.kind {
                    Kind::Database => s.database_usd_per_month,
                    Kind::Cache => s.cache_usd_per_month,
                    _ => s.usd_per_month,
                });
                cost.monthly_usd += each * f64::from(replicas);
            }
        }
        cost
    }
}

impl NodeSpec {
    /// Every call that the node may make, those of single classes included.
    pub fn calls(&self) -> impl Iterator<Item = &CallStep> {
        let own = match self.knobs.get("calls") {
            Some(Value::Calls(steps)) => steps.as_slice(),
            _ => &[],
        };
        let classes = match self.knobs.get("class") {
            Some(Value::PerClass(classes)) => classes.as_slice(),
            _ => &[],
        };
        let of_class = classes.iter().filter_map(|(_, knobs)| match knobs.get("calls") {
            Some(Value::Calls(steps)) => Some(steps),
            _ => None,
        });
        own.iter().chain(of_class.flatten())
    }
    /// The links that its knobs imply, whether declared or not; `name` is its own.
    pub fn implied_links<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, &'a str, LinkStyle)> {
        let calls = self.calls().flat_map(move |call| {
            let style = if call.mode == CallMode::Publish { LinkStyle::Message } else { LinkStyle::Call };
            let behind = call.on_miss.as_deref().map(|db| (name, db, LinkStyle::Call));
            std::iter::once((name, call.to.as_str(), style)).chain(behind)
        });
        let behind = self.knobs.name("behind").map(|to| (name, to, LinkStyle::Call));
        let messages = self.knobs.name("consumes").map(|broker| (broker, name, LinkStyle::Message));
        let log = (self.kind == Kind::Database).then_some((name, name, LinkStyle::Replication));
        calls.chain(behind).chain(messages).chain(log)
    }
    /// Whether it calls the node of this name, if need be behind a cache.
    pub fn asks(&self, name: &str) -> bool {
        self.calls().any(|c| c.to == name || c.on_miss.as_deref() == Some(name))
    }
    /// Number of servers of the node: its replicas; of a database, every copy of every shard.
    pub fn servers(&self) -> u32 {
        match (self.kind, self.knobs.count("replicas")) {
            (Kind::Database, _) => self.shards() * self.copies(),
            (_, Some(n)) => n,
            (Kind::LoadBalancer, _) if self.knobs.group("standby").is_some() => 2,
            _ => 1,
        }
    }
    /// Shards of a database.
    pub fn shards(&self) -> u32 {
        self.knobs.count("shards").unwrap_or(1)
    }
    /// Copies of each shard of a database: primary and replicas, or those of its quorum.
    pub fn copies(&self) -> u32 {
        let quorum = self.knobs.group("quorum").and_then(|q| q.count("n"));
        quorum.unwrap_or_else(|| self.knobs.count("replicas").unwrap_or(0) + 1)
    }
}

/// What a database calls one of its servers: `primary`, `replica-1`, or `copy-3` where no copy is the primary
/// (`primary` = `None`). Where there are several shards, `shard-2` is the primary of that one, and
/// `shard-2-replica-1` a copy. `shard` and `copy` count from 0.
pub fn database_server(shard: Option<u16>, copy: u16, primary: Option<u16>) -> String {
    let role = match primary {
        None => format!("copy-{}", copy + 1),
        Some(primary) if copy == primary => String::new(),
        // The former primary has taken the name of the one that followed it.
        Some(primary) => format!("replica-{}", if copy == 0 { primary } else { copy }),
    };
    match (shard.map(|s| s + 1), role.as_str()) {
        (None, "") => "primary".to_owned(),
        (None, _) => role,
        (Some(shard), "") => format!("shard-{shard}"),
        (Some(shard), _) => format!("shard-{shard}-{role}"),
    }
}

impl NodeSpec {
    /// Whether a knob of it, besides its calls, names a part that it cannot do without.
    pub fn names(&self, part: &str) -> bool {
        let one = ["consumes", "behind"].iter().any(|knob| self.knobs.name(knob) == Some(part));
        one || matches!(self.knobs.get("deploys"), Some(Value::Names(all)) if all.iter().any(|n| n == part))
    }
}

/// Money and simplicity of a design.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Cost {
    /// US dollars a month.
    pub monthly_usd: f64,
    /// Machines and managed parts that somebody has to look after.
    pub parts: u32,
}
