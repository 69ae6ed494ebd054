//! What theory says about the nodes of a run: the model that fits, its assumptions, which of them the run meets.
//!
//! The arrival rate is the measured one, so that a node deep in the system can be predicted too; everything else
//! comes from the design.

pub(super) mod assume;

use super::queue::{Mmc, Mmck};
use super::{caching, variable};
use crate::sim::component::Kind;
use crate::sim::distribution::Distribution;
use crate::sim::metrics::Count;
use crate::sim::simulation::{NodeReport, Report};
use crate::sim::time::Time;
use crate::sim::topology::{NodeSpec, Topology};
use crate::sim::value::Value;

/// Something that a model takes for granted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Assumption {
    /// What, in a few words.
    pub text: &'static str,
    /// Whether the run is so.
    pub met: bool,
}

/// Values of one node, predicted or measured; those without a meaning for it are `None`. Times are seconds.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Values {
    /// Busy workers over workers.
    pub utilization: Option<f64>,
    /// Share of the calls that wait for a worker.
    pub wait_probability: Option<f64>,
    /// Mean time to the start of service.
    pub wait_mean: Option<f64>,
    /// Mean time to the answer.
    pub response_mean: Option<f64>,
    /// 95th percentile of the time to the answer.
    pub response_p95: Option<f64>,
    /// 99th percentile of the time to the answer.
    pub response_p99: Option<f64>,
    /// Mean number of calls in hand, waiting and served, at all servers.
    pub in_system_mean: Option<f64>,
    /// Share of the calls turned away.
    pub drop_fraction: Option<f64>,
    /// Hits over lookups.
    pub hit_ratio: Option<f64>,
}

/// What theory says about one node.
#[derive(Clone, PartialEq, Debug)]
pub struct Prediction {
    /// The node's name.
    pub node: String,
    /// The model, as `M/M/4`.
    pub model: String,
    /// What the model takes for granted.
    pub assumptions: Vec<Assumption>,
    /// What it predicts; empty where its queue does not settle.
    pub predicted: Values,
    /// What the run measured.
    pub measured: Values,
}

impl Prediction {
    /// Whether the run meets every assumption: then the values should agree but for chance.
    pub fn holds(&self) -> bool {
        self.assumptions.iter().all(|a| a.met)
    }
}

/// The predictions for every node that a formula is known for, in the order of the report.
pub fn predict(topology: &Topology, report: &Report) -> Vec<Prediction> {
    let one = |node: &NodeReport| match node.kind {
        Kind::Service | Kind::Database => station(topology, report, node),
        Kind::Cache => cache(topology, report, node),
        _ => None,
    };
    report.nodes.iter().filter_map(one).collect()
}

/// A node with workers and a queue, as the formulas see it.
struct Shop<'a> {
    law: Option<&'a Distribution>,
    service_s: f64,
    scv: f64,
    workers: Option<u32>,
    waiting: Option<u32>,
    servers: u32,
    /// Arrivals per second at one server.
    rate: f64,
}

fn shop<'a>(report: &Report, node: &NodeReport, spec: &'a NodeSpec) -> Option<Shop<'a>> {
    let database = node.kind == Kind::Database;
    let seconds = (report.now - report.counted_from).secs();
    if database && !is_one_queue(spec) {
        return None;
    }
    let law = spec.knobs.distribution(if database { "read" } else { "work" });
    let alone = database || !assume::calls(spec);
    // With calls of its own the time in service is not the design's: the measured mean stands in, its law is unknown.
    let law = law.filter(|_| alone);
    let service_s = match law {
        Some(law) => law.mean_ns() / 1e9,
        None => node.totals.service.mean()?,
    };
    let servers = node.servers.len() as u32;
    if servers == 0 || seconds <= 0.0 || service_s <= 0.0 || node.totals.arrivals == 0 {
        return None;
    }
    Some(Shop {
        law,
        service_s,
        scv: law.map_or(1.0, Distribution::scv),
        workers: spec.knobs.count(if database { "connections" } else { "workers" }),
        waiting: spec.knobs.count("queue_capacity"),
        servers,
        rate: node.totals.arrivals as f64 / seconds / f64::from(servers),
    })
}

/// A database without replicas whose reads and writes are alike; others are no single queue.
fn is_one_queue(spec: &NodeSpec) -> bool {
    spec.servers() == 1 && spec.knobs.distribution("read") == spec.knobs.distribution("write")
}

fn station(topology: &Topology, report: &Report, node: &NodeReport) -> Option<Prediction> {
    let spec = topology.nodes.get(&node.name)?;
    let shop = shop(report, node, spec)?;
    let (model, predicted) = model(&shop);
    let measured = Values {
        utilization: node.utilization,
        wait_probability: share(node.totals.waited, node.totals.waiting.len()),
        wait_mean: node.totals.waiting.mean(),
        response_mean: node.totals.response.mean(),
        response_p95: node.totals.response.percentile(950).map(Time::secs),
        response_p99: node.totals.response.percentile(990).map(Time::secs),
        in_system_mean: Some(node.in_flight_mean),
        drop_fraction: share(node.totals.failed.iter().sum(), node.totals.arrivals),
        hit_ratio: None,
    };
    let mut assumptions = assume::queue(topology, &node.name, spec);
    let exponential = matches!(shop.law, Some(Distribution::Exponential(_)));
    if shop.law.is_none() || (!exponential && shop.waiting.is_some()) {
        assumptions.push(Assumption { text: "service times are exponential", met: false });
    } else if !exponential && shop.workers.is_some_and(|c| c > 1) {
        assumptions.push(Assumption { text: "one worker, or exponential service times", met: false });
    }
    if shop.workers.is_some() && shop.waiting.is_none() {
        let met = shop.rate * shop.service_s < f64::from(shop.workers.unwrap_or(1));
        assumptions.push(Assumption { text: "less work comes than the workers can do", met });
    }
    Some(Prediction { node: node.name.clone(), model, assumptions, predicted, measured })
}

fn model(shop: &Shop) -> (String, Values) {
    let all = f64::from(shop.servers);
    let service = match shop.law {
        Some(Distribution::Constant(_)) => "D",
        Some(Distribution::Exponential(_)) | None => "M",
        Some(_) => "G",
    };
    let Some(workers) = shop.workers else {
        // Nobody waits: the number in hand has the mean of a Poisson count whatever the service.
        let values = Values {
            wait_probability: Some(0.0),
            wait_mean: Some(0.0),
            response_mean: Some(shop.service_s),
            in_system_mean: Some(all * shop.rate * shop.service_s),
            ..Values::default()
        };
        return (format!("M/{service}/∞"), values);
    };
    if let Some(waiting) = shop.waiting {
        let values =
            Mmck::new(shop.rate, shop.service_s, workers, waiting).map_or_else(Values::default, |q| Values {
                utilization: Some(q.utilization()),
                wait_probability: Some(q.wait_probability()),
                wait_mean: Some(q.wait_mean()),
                response_mean: Some(q.sojourn_mean()),
                response_p95: q.sojourn_percentile(0.95),
                response_p99: q.sojourn_percentile(0.99),
                in_system_mean: Some(all * q.in_system_mean()),
                drop_fraction: Some(q.drop_fraction()),
                hit_ratio: None,
            });
        return (format!("M/M/{workers}/{}", u64::from(workers) + u64::from(waiting)), values);
    }
    let Some(q) = Mmc::new(shop.rate, shop.service_s, workers) else {
        return (format!("M/{service}/{workers}"), Values::default());
    };
    let wait_mean = q.wait_mean() * (1.0 + shop.scv) / 2.0;
    let exact = service == "M";
    let mut values = Values {
        utilization: Some(q.utilization()),
        wait_probability: (exact || workers == 1).then_some(q.wait_probability),
        wait_mean: Some(wait_mean),
        response_mean: Some(wait_mean + shop.service_s),
        in_system_mean: Some(all * shop.rate * (wait_mean + shop.service_s)),
        ..Values::default()
    };
    if exact {
        values.response_p95 = q.sojourn_percentile(0.95);
        values.response_p99 = q.sojourn_percentile(0.99);
    } else if service == "D" && workers == 1 {
        let percentile =
            |p| variable::md1_wait_percentile(shop.rate, shop.service_s, p).map(|w| w + shop.service_s);
        values.response_p95 = percentile(0.95);
        values.response_p99 = percentile(0.99);
    }
    (format!("M/{service}/{workers}"), values)
}

/// An LRU cache by Che's approximation, or one that forgets by age only.
fn cache(topology: &Topology, report: &Report, node: &NodeReport) -> Option<Prediction> {
    let spec = topology.nodes.get(&node.name)?;
    let seconds = (report.now - report.counted_from).secs();
    let lookups = node.totals.count(Count::Hits) + node.totals.count(Count::Misses);
    if lookups == 0 || seconds <= 0.0 {
        return None;
    }
    let shares = assume::key_shares(topology)?;
    let ttl = spec.knobs.time("ttl");
    let capacity = spec.knobs.count("capacity");
    let holds_all = capacity.is_none_or(|c| c as usize >= shares.len());
    let rate = lookups as f64 / seconds;
    let (model, hit_ratio) = match ttl {
        Some(ttl) => ("TTL of Poisson reads", Some(caching::ttl_hit_ratio_of(&shares, rate, ttl.secs()))),
        None if holds_all => ("holds every key", Some(1.0)),
        None => ("LRU (Che)", caching::lru_hit_ratio(&shares, f64::from(capacity.unwrap_or(u32::MAX)))),
    };
    let mut assumptions = assume::reads(topology, node, spec);
    if ttl.is_some() {
        assumptions.push(Assumption { text: "the cache holds every key", met: holds_all });
    }
    Some(Prediction {
        node: node.name.clone(),
        model: model.into(),
        assumptions,
        predicted: Values { hit_ratio, ..Values::default() },
        measured: Values { hit_ratio: share(node.totals.count(Count::Hits), lookups), ..Values::default() },
    })
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Whether a knob holds one of these words.
fn is_word(value: Option<&Value>, words: &[&str]) -> bool {
    matches!(value, Some(Value::Choice(w)) if words.contains(w))
}
