//! Links as declared: their ends exist, each is of use, and who must have one has one.

use std::collections::BTreeSet;

use crate::level::change::nobody;
use crate::level::check::topology::Draft;
use crate::sim::component::{Kind, Links};
use crate::sim::topology::{LinkSpec, Topology};
use crate::sim::value::{Problem, Value};

/// All faults of the links.
pub fn check(draft: &Draft, problems: &mut Vec<Problem>) {
    let topology = &draft.topology;
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (link, place) in topology.links.iter().zip(&draft.link_places) {
        let mut found = Vec::new();
        for (key, end) in [("from", &link.from), ("to", &link.to)] {
            if !topology.nodes.contains_key(end) {
                found.push(nobody(end, topology.nodes.keys().map(String::as_str)).under(key));
            }
        }
        if !seen.insert((&link.from, &link.to)) {
            let message = format!("`{}` and `{}` are linked twice", link.from, link.to);
            found.push(Problem::new(message, "keep one of the links"));
        }
        if found.is_empty() && !draft.damaged.contains(&link.from) {
            found.extend(useless(topology, link).err());
        }
        problems.extend(found.into_iter().map(|p| p.under(place).under("link")));
    }
    for (name, node) in &topology.nodes {
        let needs_one = matches!(node.kind.datasheet().links, Links::Source | Links::Forward);
        if needs_one && !topology.links.iter().any(|l| l.from == *name) {
            let (message, remedy) = match node.kind {
                Kind::Client => (format!("the requests of `{name}` go nowhere"), "whom they ask"),
                _ => (format!("`{name}` has no backends"), "a server behind it"),
            };
            let remedy = format!("add [[link]] with from = \"{name}\" and to = {remedy}");
            problems.push(Problem::new(message, remedy).under(node.kind.key()).under(name).under("node"));
        }
    }
}

/// A link that carries nothing is a fault: its author expected something of it.
fn useless(topology: &Topology, link: &LinkSpec) -> Result<(), Problem> {
    let (from, to) = (topology.nodes[&link.from].kind, topology.nodes[&link.to].kind);
    let (from_name, to_name) = (&link.from, &link.to);
    match (from.datasheet().links, to.datasheet().links) {
        (_, Links::Source) => {
            Err(Problem::new(format!("`{to_name}` are users: nobody calls them"), "turn the link around")
                .under("to"))
        }
        (_, Links::Apart) => {
            Err(Problem::new(format!("`{to_name}` is a {}: it takes no calls", to.key()), "remove the link")
                .under("to"))
        }
        (Links::Source | Links::Forward, Links::Deliver) => Err(Problem::new(
            format!("`{to_name}` takes messages from services only"),
            "put a service in between that publishes to it",
        )
        .under("to")),
        (Links::Source | Links::Forward, _) => Ok(()),
        (Links::Calls, _) => {
            let called = topology.nodes.get(from_name).is_some_and(|n| n.asks(to_name));
            if called || consumes(topology, from_name, to_name) {
                return Ok(());
            }
            Err(Problem::new(
                format!("nothing uses this link: `{from_name}` never calls `{to_name}`"),
                format!("add {{ to = \"{to_name}\" }} to the calls of `{from_name}`, or remove the link"),
            ))
        }
        (Links::Deliver, Links::Calls) if consumes(topology, to_name, from_name) => Ok(()),
        (Links::Deliver, _) => Err(Problem::new(
            format!("nothing uses this link: `{to_name}` does not consume from `{from_name}`"),
            format!("add consumes = \"{from_name}\" to a service, or remove the link"),
        )),
        // From server to server of the database: replication, parts of a query.
        _ if from_name == to_name && topology.nodes[from_name].kind == Kind::Database => Ok(()),
        (Links::Behind, _) if topology.nodes[from_name].knobs.name("behind") == Some(to_name) => Ok(()),
        (Links::Behind | Links::Nobody | Links::Apart, _) => Err(Problem::new(
            format!("`{from_name}` is a {}: it calls nobody", from.key()),
            "remove the link; the services do the calling",
        )
        .under("from")),
    }
}

fn consumes(topology: &Topology, service: &str, broker: &str) -> bool {
    let consumes = topology.nodes.get(service).and_then(|n| n.knobs.get("consumes"));
    matches!(consumes, Some(Value::Name(name)) if name == broker)
}
