//! Names in changes: nodes, servers of nodes (`web#1`, `db#replica-1`), hosts, pairs of a link.

use crate::level::fields;
use crate::sim::change::Target;
use crate::sim::component::Kind;
use crate::sim::topology::{self, NodeSpec, Topology};
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
        (Kind::Database, other) => database_server(node, other).ok_or_else(|| {
            Problem::new(format!("`{name}` has no server `{other}`"), database_remedy(name, node))
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

/// A server of a database by its place at the start: `primary`, `replica-1`, `shard-2`, `shard-2-replica-1`, `copy-3`.
fn database_server(node: &NodeSpec, text: &str) -> Option<u16> {
    let (shard, copy) = match text.strip_prefix("shard-") {
        None if node.shards() > 1 => return None,
        None => (1, Some(text)),
        Some(rest) => match rest.split_once('-') {
            None => (number(Some(rest))?, None),
            Some((shard, copy)) => (number(Some(shard))?, Some(copy)),
        },
    };
    let leaderless = node.knobs.group("quorum").is_some();
    let copy = match copy {
        None => 0,
        Some("primary") if !leaderless => 0,
        Some(copy) if leaderless => number(copy.strip_prefix("copy-"))? - 1,
        Some(copy) => number(copy.strip_prefix("replica-"))?,
    };
    let copies = node.copies() as u16;
    (u32::from(shard) <= node.shards() && copy < copies).then(|| (shard - 1) * copies + copy)
}
/// The name of a server of a database, as `database_server` reads it.
pub(super) fn database_server_name(node: &NodeSpec, server: u16) -> String {
    let copies = node.copies() as u16;
    let leaderless = node.knobs.group("quorum").is_some();
    let shard = (node.shards() > 1).then_some(server / copies);
    topology::database_server(shard, server % copies, (!leaderless).then_some(0))
}
fn database_remedy(name: &str, node: &NodeSpec) -> String {
    let leaderless = node.knobs.group("quorum").is_some();
    match (node.shards() > 1, node.copies() > 1) {
        (true, true) if leaderless => format!("write `{name}#shard-1-copy-1`"),
        (true, true) => format!("write `{name}#shard-1` or `{name}#shard-1-replica-1`"),
        (true, false) => format!("write `{name}#shard-1`"),
        (false, _) if leaderless => format!("write `{name}#copy-1`"),
        _ => format!("write `{name}#primary` or `{name}#replica-1`"),
    }
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
