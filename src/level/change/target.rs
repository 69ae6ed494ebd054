//! Names in changes: nodes, servers of nodes (`web#1`, `db#replica-1`), hosts, pairs of a link.

use crate::level::fields;
use crate::sim::change::Target;
use crate::sim::component::Kind;
use crate::sim::topology::Topology;
use crate::sim::value::{Problem, Raw, nearest};

/// The name of a node that exists.
pub fn node(raw: &Raw, topology: &Topology) -> Result<String, Problem> {
    let name = fields::written(raw, fields::MAX_LINE)?;
    known(name, topology).map(|()| name.to_owned())
}

/// Whether there is a node of that name.
pub fn known(name: &str, topology: &Topology) -> Result<(), Problem> {
    if topology.nodes.contains_key(name) {
        return Ok(());
    }
    Err(nobody(name, topology.nodes.keys().map(String::as_str)))
}

/// A node, a server of it, or a host, that exists and can crash.
pub fn server(raw: &Raw, topology: &Topology) -> Result<Target, Problem> {
    read_target(fields::written(raw, fields::MAX_LINE)?, topology)
}

/// Reads `web`, `web#1`, `db#primary`, `db#replica-1` or the name of a host.
pub fn read_target(text: &str, topology: &Topology) -> Result<Target, Problem> {
    let (name, server) = match text.split_once('#') {
        Some((name, server)) => (name, Some(server)),
        None => (text, None),
    };
    if topology.hosts.contains_key(name) {
        return match server {
            None => Ok(Target { name: name.to_owned(), replica: None }),
            Some(_) => Err(Problem::new(format!("`{name}` is one machine"), format!("write `{name}` alone"))),
        };
    }
    let all = topology.nodes.keys().chain(topology.hosts.keys()).map(String::as_str);
    let node = topology.nodes.get(name).ok_or_else(|| nobody(name, all))?;
    if node.kind == Kind::Client {
        return Err(Problem::new(
            format!("`{name}` are users: no server to crash or slow down"),
            "name a server",
        ));
    }
    let Some(server) = server else {
        return Ok(Target { name: name.to_owned(), replica: None });
    };
    let replica = match (node.kind, server) {
        (Kind::Database, "primary") => 0,
        (Kind::Database, other) if other.starts_with("shard-") => return Err(fields::later("shards")),
        (Kind::Database, other) => number(other.strip_prefix("replica-")).ok_or_else(|| {
            Problem::new(
                format!("a database has no server `{other}`"),
                format!("write `{name}#primary` or `{name}#replica-1`"),
            )
        })?,
        (_, other) => number(Some(other)).map(|n| n - 1).ok_or_else(|| {
            Problem::new(format!("`{other}` is not the number of a server"), format!("write `{name}#1`"))
        })?,
    };
    if u32::from(replica) >= node.servers() {
        return Err(Problem::new(
            format!("`{name}` has no server `{server}`"),
            format!("it has {} at this point; they are counted from 1", node.servers()),
        ));
    }
    Ok(Target { name: name.to_owned(), replica: Some(replica) })
}

fn number(text: Option<&str>) -> Option<u16> {
    text?.parse().ok().filter(|n| *n >= 1)
}

/// The two ends of a link.
pub fn pair(raw: &Raw) -> Result<(String, String), Problem> {
    match raw {
        Raw::List(ends) => match ends.as_slice() {
            [Raw::Text(from), Raw::Text(to)] => Ok((from.clone(), to.clone())),
            _ => Err(Problem::new("expected two names", "write the caller first, as [\"users\", \"lb\"]")),
        },
        _ => Err(Problem::new("expected a pair of names", "write [\"users\", \"lb\"]")),
    }
}

/// The fault of a link that does not exist.
pub fn no_link(from: &str, to: &str, topology: &Topology) -> Problem {
    let all: Vec<String> = topology.links.iter().map(|l| format!("{}->{}", l.from, l.to)).collect();
    let name = format!("{from}->{to}");
    let remedy = match nearest(&name, all.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if all.is_empty() => "there are no links".to_owned(),
        None => format!("there is: {}", all.join(", ")),
    };
    Problem::new(format!("there is no link `{name}`"), remedy)
}

/// The fault of a node that does not exist.
pub fn nobody<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Problem {
    let known: Vec<&str> = known.collect();
    let remedy = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there are none yet".to_owned(),
        None => format!("there is: {}", known.join(", ")),
    };
    Problem::new(format!("there is no node `{name}`"), remedy)
}
