//! Metric paths: `p95`, `web.utilization`, `classes.browse.p99`, `cost`; and whether there is such a thing.

use crate::sim::component::Kind;
use crate::sim::metrics::{Measure, Metric, Scope};
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
            let Some(Value::Classes(classes)) = node.knobs.get("classes") else { continue };
            for class in classes {
                if !self.classes.contains(&class.name) {
                    self.classes.push(class.name.clone());
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
        Some((place, name)) => (
            match place.strip_prefix("classes.") {
                Some(class) => Scope::Class(class.to_owned()),
                None => Scope::Node(place.to_owned()),
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

/// Whether the place of a metric exists and measures such a thing.
pub fn check(metric: &Metric, names: &Names) -> Result<(), Problem> {
    match &metric.scope {
        Scope::System => end_to_end(metric.measure, true),
        Scope::Class(class) if names.classes.contains(class) => end_to_end(metric.measure, false),
        Scope::Class(class) => Err(named("class", class, names.classes.iter().map(String::as_str))),
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
        | M::Backlog => Err(Problem::new(
            format!("`{}` is measured at a node, not end to end", measure.name()),
            format!("write the node in front, as `web.{}`", measure.name()),
        )),
        _ => Ok(()),
    }
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
        | M::Mean
        | M::Percentile(950) => true,
        M::Utilization | M::CpuUtilization | M::QueueMean | M::QueueMax | M::Up | M::Uptime => {
            kind != Kind::Client
        }
        M::OccupiedByCalls
        | M::HitRatio
        | M::StaleReads
        | M::LostWrites
        | M::DivergedWrites
        | M::Lag
        | M::Backlog => kind.datasheet().measures.contains(&measure),
        M::Goodput | M::GoodShare | M::Percentile(_) | M::Max | M::InFlight | M::Cost | M::Parts => false,
    }
}

fn at_node_remedy(measure: Measure) -> String {
    use Measure as M;
    match measure {
        M::Percentile(_) | M::Max => "a node measures `mean` and `p95`".to_owned(),
        M::HitRatio => "only a cache has hits".to_owned(),
        M::StaleReads => "only a database or a cache has stale reads".to_owned(),
        M::Lag | M::Backlog => "only a database or a broker lags".to_owned(),
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

    #[test]
    fn paths_name_place_and_measure() {
        let p95 = Measure::Percentile(950);
        let path = |text: &str| read(text).unwrap();
        assert_eq!(path("p95"), Metric { scope: Scope::System, measure: p95 });
        assert_eq!(path("web.p95"), Metric { scope: Scope::Node("web".into()), measure: p95 });
        assert_eq!(path("classes.a.p95"), Metric { scope: Scope::Class("a".into()), measure: p95 });
        assert_eq!(read("web.utilisation").unwrap_err().remedy, "did you mean `utilization`?");
        assert!(check(&path("utilization"), &Names::default()).is_err());
        assert!(check(&path("web.p95"), &Names::default()).is_err());
    }
}
