//! Metric paths: `p95`, `web.utilization`, `classes.browse.p99`, `cost`; and whether there is such a thing.

use crate::sim::component::Kind;
use crate::sim::metrics::{Measure, Metric, Scope};
use crate::sim::outcome::Reason;
use crate::sim::topology::Topology;
use crate::sim::value::{Problem, Value, nearest, unknown};

/// The nodes and request classes that paths may speak of.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Names {
    nodes: Vec<(String, Kind)>,
    classes: Vec<String>,
}

impl Names {
    /// The names of a topology.
    pub fn of(topology: &Topology) -> Self {
        let mut names = Self::default();
        names.add(topology);
        names
    }
    /// The names of a further topology too.
    pub fn add(&mut self, topology: &Topology) {
        for (name, node) in &topology.nodes {
            if !self.nodes.iter().any(|(n, k)| n == name && *k == node.kind) {
                self.nodes.push((name.clone(), node.kind));
            }
            // A client without classes is a class of its own name.
            let classes: Vec<&String> = match node.knobs.get("classes") {
                Some(Value::Classes(classes)) => classes.iter().map(|c| &c.name).collect(),
                _ if node.kind == Kind::Client => vec![name],
                _ => Vec::new(),
            };
            for class in classes {
                if !self.classes.contains(class) {
                    self.classes.push(class.clone());
                }
            }
        }
    }
    fn kinds(&self, name: &str) -> impl Iterator<Item = Kind> {
        self.nodes.iter().filter(move |(n, _)| n == name).map(|(_, k)| *k)
    }
}

/// Reads a path; says which part of it is wrong.
pub fn read(path: &str) -> Result<Metric, Problem> {
    let (scope, name) = match path.rsplit_once('.') {
        None => (Scope::System, path),
        Some(("failures", reason)) => return failures(reason),
        Some((place, name)) => (
            match place.strip_prefix("classes.") {
                Some(class) => Scope::Class(class.to_owned()),
                None => place_of(place),
            },
            name,
        ),
    };
    let measure = Measure::parse(name).ok_or_else(|| {
        let mut p = unknown(name, Measure::names());
        p.message = format!("`{name}` is not a metric");
        p
    })?;
    Ok(Metric { scope, measure })
}

/// `failures.timed-out`: how many requests failed for one reason.
fn failures(reason: &str) -> Result<Metric, Problem> {
    let name = |r: &Reason| r.name().replace(' ', "-");
    let found = Reason::ALL.into_iter().find(|r| name(r) == reason);
    let measure = Measure::Failures(found.ok_or_else(|| {
        let known: Vec<String> = Reason::ALL.iter().map(name).collect();
        let mut p = unknown(reason, known.iter().map(String::as_str));
        p.message = format!("`{reason}` is not a reason for a failure");
        p
    })?);
    Ok(Metric { scope: Scope::System, measure })
}

/// `web`, or its first server `web#1`.
fn place_of(place: &str) -> Scope {
    let server =
        place.split_once('#').and_then(|(node, n)| Some((node, n.parse::<u16>().ok()?.checked_sub(1)?)));
    match server {
        Some((node, server)) => Scope::Server(node.to_owned(), server),
        None => Scope::Node(place.to_owned()),
    }
}

/// Whether the place of a metric exists and measures such a thing.
pub fn check(metric: &Metric, names: &Names) -> Result<(), Problem> {
    match &metric.scope {
        Scope::System => end_to_end(metric.measure, true),
        Scope::Class(class) if names.classes.contains(class) => end_to_end(metric.measure, false),
        Scope::Class(class) => Err(named("class", class, names.classes.iter().map(String::as_str))),
        Scope::Server(node, _) if !names.kinds(node).any(|_| true) => {
            Err(named("node", node, names.nodes.iter().map(|(n, _)| n.as_str())))
        }
        Scope::Server(..) if at_server(metric.measure) => Ok(()),
        Scope::Server(node, _) => Err(Problem::new(
            format!("`{}` is not measured at single servers", metric.measure.name()),
            format!(
                "write the node, as `{node}.{}`; a server has share, arrivals, arrival_rate, utilization and cpu_utilization",
                metric.measure.name()
            ),
        )),
        Scope::Node(node) => {
            if !names.kinds(node).any(|_| true) {
                return Err(named("node", node, names.nodes.iter().map(|(n, _)| n.as_str())));
            }
            if names.kinds(node).any(|kind| at_node(metric.measure, kind)) {
                return Ok(());
            }
            Err(Problem::new(
                format!("`{node}` does not measure `{}`", metric.measure.name()),
                at_node_remedy(metric.measure),
            ))
        }
    }
}

fn named<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Problem {
    let known: Vec<&str> = known.collect();
    let remedy = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => format!("the file has no {what}"),
        None => format!("there is: {}", known.join(", ")),
    };
    Problem::new(format!("there is no {what} `{name}`"), remedy)
}

fn end_to_end(measure: Measure, all: bool) -> Result<(), Problem> {
    use Measure as M;
    match measure {
        M::Cost | M::Parts if all => Ok(()),
        M::Cost | M::Parts => Err(Problem::new(
            format!("a class has no `{}`", measure.name()),
            format!("write `{}` alone: it is the whole design's", measure.name()),
        )),
        M::Utilization
        | M::CpuUtilization
        | M::MemoryUsed
        | M::OccupiedByCalls
        | M::QueueMean
        | M::QueueMax
        | M::Up
        | M::Uptime
        | M::HitRatio
        | M::StaleReads
        | M::LostWrites
        | M::DivergedWrites
        | M::Lag
        | M::Backlog
        | M::Counted(_) => Err(Problem::new(
            format!("`{}` is measured at a node, not end to end", measure.name()),
            format!("write the node in front, as `web.{}`", measure.name()),
        )),
        M::Share => Err(Problem::new("`share` is one server's", "write the server, as `web#1.share`")),
        M::Failures(_) if !all => {
            Err(Problem::new("reasons are counted for all classes together", "write `failures.REASON` alone"))
        }
        _ => Ok(()),
    }
}

fn at_server(measure: Measure) -> bool {
    use Measure as M;
    matches!(measure, M::Share | M::Arrivals | M::ArrivalRate | M::Utilization | M::CpuUtilization)
}

fn at_node(measure: Measure, kind: Kind) -> bool {
    use Measure as M;
    match measure {
        M::Arrivals
        | M::Completed
        | M::Failed
        | M::ArrivalRate
        | M::Throughput
        | M::Availability
        | M::ErrorRate
        | M::Mean => true,
        M::Utilization
        | M::CpuUtilization
        | M::MemoryUsed
        | M::QueueMean
        | M::QueueMax
        | M::Up
        | M::Uptime => kind != Kind::Client,
        M::OccupiedByCalls
        | M::HitRatio
        | M::StaleReads
        | M::LostWrites
        | M::DivergedWrites
        | M::Lag
        | M::Backlog => kind.datasheet().measures.contains(&measure),
        M::Counted(count) => kind.datasheet().counts.contains(&count),
        M::Goodput
        | M::GoodShare
        | M::Percentile(_)
        | M::Max
        | M::InFlight
        | M::Share
        | M::Failures(_)
        | M::Cost
        | M::Parts => false,
    }
}

fn at_node_remedy(measure: Measure) -> String {
    use Measure as M;
    match measure {
        // Only each second's own percentile is kept for a node, good for a chart and no answer over a span of time.
        M::Percentile(_) => "write NODE.mean, or p95 end to end or of a class".to_owned(),
        M::Max => "a node measures `mean`".to_owned(),
        M::HitRatio => "only a cache has hits".to_owned(),
        M::StaleReads => "only a database or a cache has stale reads".to_owned(),
        M::Lag | M::Backlog => "only a database or a broker lags".to_owned(),
        M::Share => "write the server, as `web#1.share`".to_owned(),
        M::Failures(_) => "write `failures.REASON` alone: it is counted end to end".to_owned(),
        M::Counted(count) => format!("another kind counts {}", count.name()),
        M::OccupiedByCalls => "only a service waits for others".to_owned(),
        M::Goodput | M::GoodShare | M::InFlight | M::Cost | M::Parts => {
            format!("write `{}` alone: it is measured end to end", measure.name())
        }
        _ => "ask a server, not the users".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::metrics::Count;

    fn path(text: &str) -> Metric {
        read(text).unwrap()
    }

    #[test]
    fn paths_name_place_and_measure() {
        let p95 = Measure::Percentile(950);
        assert_eq!(path("p95"), Metric { scope: Scope::System, measure: p95 });
        assert_eq!(path("web.p95"), Metric { scope: Scope::Node("web".into()), measure: p95 });
        assert_eq!(path("classes.a.p95"), Metric { scope: Scope::Class("a".into()), measure: p95 });
        assert_eq!(path("web#2.share").scope, Scope::Server("web".into(), 1));
        assert_eq!(path("failures.timed-out").measure, Measure::Failures(Reason::TimedOut));
        assert_eq!(path("orders.duplicates").measure, Measure::Counted(Count::Duplicates));
        assert!(read("failures.tired").unwrap_err().message.contains("reason"));
        assert!(check(&path("share"), &Names::default()).is_err());
        assert_eq!(read("web.utilisation").unwrap_err().remedy, "did you mean `utilization`?");
        assert!(check(&path("utilization"), &Names::default()).is_err());
        assert!(check(&path("web.p95"), &Names::default()).is_err());
    }

    #[test]
    fn a_client_without_classes_is_a_class_of_its_name() {
        let source = "format = 1\n[node.users-a.client]\nrate = \"1/s\"\n[node.web.service]\n[[link]]\nfrom = \"users-a\"\nto = \"web\"\n";
        let level = crate::level::check::check(source, "x.toml").unwrap_or_else(|faults| panic!("{faults}"));
        let names = Names::of(&level.topology);
        assert!(check(&path("classes.users-a.p95"), &names).is_ok());
        assert!(check(&path("classes.web.p95"), &names).is_err());
    }
}
