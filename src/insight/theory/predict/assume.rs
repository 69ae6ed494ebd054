//! What the models take for granted, looked up in the design and the run.

use super::super::caching::zipf;
use super::{Assumption, is_word};
use crate::sim::component::Kind;
use crate::sim::simulation::NodeReport;
use crate::sim::topology::{NodeSpec, Topology};
use crate::sim::value::Value;
use crate::sim::workload::{Class, KeyPopularity, Profile};

/// Knobs of a node or a link that no queueing formula here knows of.
const BEYOND: [&str; 14] = [
    "autoscale",
    "breaker",
    "contention",
    "error_rate",
    "failover",
    "hedge_after",
    "loss",
    "memory_per_request",
    "queue_timeout",
    "quorum",
    "retries",
    "serial",
    "shards",
    "timeout",
];

/// Whether a service calls others.
pub fn calls(spec: &NodeSpec) -> bool {
    matches!(spec.knobs.get("calls"), Some(Value::Calls(calls)) if !calls.is_empty())
        || spec.knobs.distribution("work_after").is_some()
}

/// A worker does nothing but its own work.
pub const OWN_WORK: &str = "a worker is busy only with work of its own";
/// No worker waits for a core.
pub const CORES: &str = "every worker has a core";

/// What every formula for a node with workers needs.
pub fn queue(topology: &Topology, name: &str, spec: &NodeSpec) -> Vec<Assumption> {
    let beyond = |knobs: &crate::sim::value::Knobs| BEYOND.iter().any(|name| knobs.get(name).is_some());
    let links = topology.links.iter().filter(|l| l.to == name);
    let plain = !beyond(&spec.knobs) && !links.map(|l| &l.knobs).any(beyond);
    let cores = cores(topology, spec);
    let workers = spec.knobs.count("workers").or_else(|| spec.knobs.count("connections"));
    let alone = spec.knobs.get("host").is_none();
    vec![
        Assumption { text: "arrivals are Poisson", met: poisson(topology, name, spec.servers(), 0) },
        Assumption {
            text: "the arrival rate stays the same",
            met: clients(topology).all(|c| match c.knobs.get("profile") {
                Some(Value::Profile(p)) => *p == Profile::default(),
                _ => true,
            }),
        },
        Assumption { text: OWN_WORK, met: !calls(spec) || spec.kind == Kind::Database },
        Assumption {
            text: CORES,
            met: cores.is_none_or(|cores| alone && workers.is_some_and(|w| w <= cores)),
        },
        Assumption {
            text: "first come, first served",
            met: !is_word(spec.knobs.get("queue_order"), &["lifo"]),
        },
        Assumption { text: "no retries, timeouts, locks or faults by design", met: plain },
    ]
}

/// Cores of one server; `None` without a machine.
pub fn cores(topology: &Topology, spec: &NodeSpec) -> Option<u32> {
    let size = match spec.knobs.name("host") {
        Some(host) => topology.hosts.get(host).map(|h| h.size.as_str()),
        None => spec.knobs.name("size"),
    };
    size.and_then(|s| topology.size(s)).map(|s| s.cores)
}

fn clients(topology: &Topology) -> impl Iterator<Item = &NodeSpec> {
    topology.nodes.values().filter(|n| n.kind == Kind::Client)
}

/// Most steps back from a node to its clients.
const FARTHEST: usize = 16;

/// Whether the arrivals at each server of a node are Poisson: those of open clients are, a random choice keeps them so,
/// and so does a queue with exponential service and no bound (P. Burke, Operations Research 4, 1956), but only for who
/// goes on from it, which a caller that waits for its answer does not. So: clients, and balancers that choose at random.
fn poisson(topology: &Topology, name: &str, servers: u32, depth: usize) -> bool {
    if depth > FARTHEST {
        return false;
    }
    let mut callers = topology.links.iter().filter(|l| l.to == name).peekable();
    if callers.peek().is_none() || called(topology, name) {
        return false;
    }
    callers.all(|link| match topology.nodes.get(&link.from) {
        Some(n) if n.kind == Kind::Client => {
            let closed = n.knobs.get("users").is_some() || is_word(n.knobs.get("arrivals"), &["paced"]);
            servers == 1 && !closed
        }
        Some(n) if n.kind == Kind::LoadBalancer => {
            let alone = servers == 1 && topology.links.iter().filter(|l| l.from == link.from).count() == 1;
            (alone || is_word(n.knobs.get("policy"), &["random"]))
                && poisson(topology, &link.from, 1, depth + 1)
        }
        _ => false,
    })
}

/// Whether a service has the node among its `calls`.
fn called(topology: &Topology, name: &str) -> bool {
    topology.nodes.values().any(|n| n.asks(name))
}

fn reading(topology: &Topology) -> impl Iterator<Item = (f64, KeyPopularity)> + '_ {
    clients(topology).flat_map(|c| {
        let rate = c.knobs.rate("rate").unwrap_or(1.0);
        let classes: &[Class] = match c.knobs.get("classes") {
            Some(Value::Classes(classes)) => classes,
            _ => &[],
        };
        classes.iter().filter(|c| !c.write).map(move |c| (rate * c.share, c.keys))
    })
}

/// Shares of all reads by key; every class has its own keys. `None` without classes that read.
pub fn key_shares(topology: &Topology) -> Option<Vec<f64>> {
    let total: f64 = reading(topology).map(|(rate, _)| rate).sum();
    let mut shares = Vec::new();
    for (rate, keys) in reading(topology).filter(|(rate, _)| *rate > 0.0) {
        let law = match keys.hot {
            Some(hot) => (0..keys.of)
                .map(|k| {
                    if k < hot.of {
                        hot.share / f64::from(hot.of)
                    } else {
                        (1.0 - hot.share) / f64::from(keys.of - hot.of)
                    }
                })
                .collect(),
            None => zipf(keys.of, keys.zipf),
        };
        shares.extend(law.into_iter().map(|p| p * rate / total));
    }
    (!shares.is_empty()).then_some(shares)
}

/// What the hit ratio formulas need.
pub fn reads(topology: &Topology, node: &NodeReport, spec: &NodeSpec) -> Vec<Assumption> {
    let writes = clients(topology).any(|c| match c.knobs.get("classes") {
        Some(Value::Classes(classes)) => classes.iter().any(|c| c.write && c.share > 0.0),
        _ => false,
    });
    let everyone = topology.nodes.values().all(|n| {
        n.calls().filter(|c| c.to == node.name).all(|c| c.class.is_none() && c.share >= 1.0)
            && !(n.knobs.get("class").is_some() && n.asks(&node.name))
    });
    let lru = spec.knobs.get("eviction").is_none_or(|e| is_word(Some(e), &["lru"]));
    vec![
        Assumption { text: "each read asks for a key on its own, by popularity", met: true },
        Assumption { text: "every read asks the cache", met: everyone },
        Assumption { text: "no write takes keys out", met: !writes },
        Assumption { text: "one server", met: node.servers.len() == 1 },
        Assumption {
            text: "the least recently used goes first",
            met: lru && spec.knobs.get("hit_ratio").is_none(),
        },
    ]
}
