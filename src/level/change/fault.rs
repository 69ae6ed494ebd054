//! The verbs of faults and operations, with their own keys.

use super::MAX_FACTOR;
use super::target;
use crate::level::fields::{self, Fields};
use crate::sim::change::{Change, Target};
use crate::sim::component::Kind;
use crate::sim::time::Time;
use crate::sim::topology::Topology;
use crate::sim::value::{Problem, Raw, nearest, read_share, read_time};

/// Reads a fault or an operation.
pub fn read(verb: &str, f: &mut Fields<'_>, topology: &Topology) -> Option<Change> {
    let server = |r: &Raw| target::server(r, topology);
    match verb {
        "crash" => f.get("crash", server).map(Change::Crash),
        "restore" => f.get("restore", server).map(Change::Restore),
        "hang" => f.get("hang", server).map(Change::Hang),
        "pause" => f.get("pause", server).map(Change::Pause),
        "drain" => f.get("drain", server).map(Change::Drain),
        "slow" => {
            let factor = f.get("factor", read_factor);
            f.require("factor", "write how many times slower, as factor = 5");
            let target = f.get("slow", server);
            target.zip(factor).map(|(target, factor)| Change::Slow { target, factor })
        }
        "disk-full" => f.get("disk-full", |r| {
            let target = server(r)?;
            match topology.nodes.get(&target.name).map(|n| n.kind) {
                Some(Kind::Database) => Ok(Change::DiskFull(target)),
                _ => Err(Problem::new(
                    format!("`{target}` is not a database"),
                    "name a database, or a server of one",
                )),
            }
        }),
        "loss" => {
            let share = f.get("share", read_share);
            f.require("share", "write the share of the messages that get lost, as share = 0.05");
            let target = f.get("loss", |r| wire(r, topology));
            target.zip(share).map(|(target, share)| Change::Loss { target, share })
        }
        "delay" => {
            let by = f.get("by", |r| read_time(r, Time::ZERO, Time::YEAR));
            f.require("by", "write how much longer a message takes, as by = \"100ms\"");
            let target = f.get("delay", |r| wire(r, topology));
            target.zip(by).map(|(target, by)| Change::Delay { target, by })
        }
        "stall" => f.get("stall", |r| wire(r, topology)).map(|target| Change::Stall { target }),
        "partition" => f.nested("partition", |r, problems| groups(r, topology, problems)).flatten(),
        "zone-down" => f.get("zone-down", |r| {
            let zone = fields::written(r, fields::MAX_LINE)?;
            let zones = topology.zones();
            if zones.contains(&zone) {
                return Ok(Change::ZoneDown { zone: zone.to_owned() });
            }
            let remedy = match nearest(zone, zones.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if zones.is_empty() => "write zone = \"a\" on hosts or nodes first".to_owned(),
                None => format!("there is: {}", zones.join(", ")),
            };
            Err(Problem::new(format!("nothing is in a zone `{zone}`"), remedy))
        }),
        "bad-release" => {
            let (errors, factor) = (f.get("errors", read_share), f.get("factor", read_factor));
            if !f.has("errors") && !f.has("factor") {
                f.fault("what is bad about it?", "write errors = 0.1, or factor = 3, or both");
            }
            let name = f.get("bad-release", |r| unit(r, topology))?;
            Some(Change::BadRelease { name, errors: errors.unwrap_or(0.0), factor: factor.unwrap_or(1.0) })
        }
        "deploy" => f.get("deploy", |r| unit(r, topology)).map(|name| Change::Deploy { name }),
        _ => None,
    }
}

/// A node that is deployed as one: its name alone.
fn unit(raw: &Raw, topology: &Topology) -> Result<String, Problem> {
    let target = target::server(raw, topology)?;
    match target.replica {
        None if topology.nodes.contains_key(&target.name) => Ok(target.name),
        None => Err(Problem::new(format!("`{}` is a machine", target.name), "name the node")),
        Some(_) => Err(Problem::new(
            format!("`{target}` is one server"),
            format!("a version is the whole node's: write `{}`", target.name),
        )),
    }
}

/// A node or a link.
fn wire(raw: &Raw, topology: &Topology) -> Result<String, Problem> {
    let name = fields::written(raw, fields::MAX_LINE)?;
    match name.split_once("->") {
        Some((from, to)) => {
            target::known(from, topology)?;
            target::known(to, topology)?;
            if !topology.has_link(from, to) {
                return Err(target::no_link(from, to, topology));
            }
        }
        None => target::known(name, topology)?,
    }
    Ok(name.to_owned())
}

fn groups(raw: &Raw, topology: &Topology, problems: &mut Vec<Problem>) -> Option<Change> {
    const REMEDY: &str = "write the groups that lose sight of each other, as [[\"a\", \"b\"], [\"c\"]]";
    let Raw::List(lists) = raw else {
        problems.push(Problem::new("expected groups of names", REMEDY));
        return None;
    };
    let mut groups = Vec::new();
    for (i, list) in lists.iter().enumerate() {
        let Raw::List(names) = list else {
            problems.push(Problem::new("expected a group of names", REMEDY).under(i));
            continue;
        };
        if names.is_empty() {
            problems.push(Problem::new("a group of nobody", REMEDY).under(i));
        }
        let mut group = Vec::new();
        for (k, name) in names.iter().enumerate() {
            match member(name, topology) {
                Ok(target) if groups.iter().flatten().chain(&group).any(|t| *t == target) => {
                    let p =
                        Problem::new(format!("`{target}` is there twice"), "each name stands in one group");
                    problems.push(p.under(k).under(i));
                }
                Ok(target) => group.push(target),
                Err(p) => problems.push(p.under(k).under(i)),
            }
        }
        groups.push(group);
    }
    if groups.len() < 2 {
        problems.push(Problem::new("one group alone is not cut from anybody", REMEDY));
    }
    Some(Change::Partition { groups })
}

/// A node (users too), a server, a host, a zone.
fn member(raw: &Raw, topology: &Topology) -> Result<Target, Problem> {
    let text = fields::written(raw, fields::MAX_LINE)?;
    let is_client = topology.nodes.get(text).is_some_and(|n| n.kind == Kind::Client);
    if is_client || topology.zones().contains(&text) {
        return Ok(Target { name: text.to_owned(), replica: None });
    }
    target::read_target(text, topology)
}

fn read_factor(raw: &Raw) -> Result<f64, Problem> {
    match raw {
        Raw::Number(n) if *n > 0.0 && *n <= MAX_FACTOR => Ok(*n),
        _ => Err(Problem::new(
            format!("`factor` must be over 0 and at most {MAX_FACTOR}"),
            "5 is five times slower, 1 is healthy again",
        )),
    }
}
