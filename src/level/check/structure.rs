//! Whether the parts of a topology fit together: names resolve, calls go to those who can answer, nothing waits in a circle.

mod client;
mod links;

use super::topology::Draft;
use crate::level::change::nobody;
use crate::level::fields::{MAX_NAME, check_name};
use crate::level::sizes;
use crate::sim::component::{Kind, Links};
use crate::sim::topology::{NodeSpec, Topology};
use crate::sim::value::{CallMode, CallStep, Problem, Value};
use crate::sim::workload::{Class, MAX_CLASSES, MAX_KEYS};

/// Everything about a topology as written: references, and that each part is of use.
pub fn problems(draft: &Draft) -> Vec<Problem> {
    let topology = &draft.topology;
    let mut problems = references(topology);
    links::check(draft, &mut problems);
    let damaged = !draft.damaged.is_empty();
    if !damaged && !topology.nodes.is_empty() && !topology.nodes.values().any(|n| n.kind == Kind::Client) {
        problems
            .push(Problem::new("nobody sends requests", "add [node.users.client] with a rate").under("node"));
    }
    // A name that could not be read is not missing.
    let unsure = |name: &String, p: &Problem| {
        p.message == format!("there is no node `{name}`")
            || (p.message == client::SILENT && p.path.get(1) == Some(name))
    };
    problems.retain(|p| !draft.damaged.iter().any(|name| unsure(name, p)));
    problems
}

/// What must hold after every change too: names resolve and fit their use.
pub fn references(topology: &Topology) -> Vec<Problem> {
    let mut problems = Vec::new();
    let classes = class_names(topology, &mut problems);
    for (name, node) in &topology.nodes {
        let mut found = Vec::new();
        placement(topology, name, node, &mut found);
        service(topology, node, &classes, &mut found);
        client::check(node, &mut found);
        database(node, &mut found);
        problems.extend(found.into_iter().map(|p| p.under(node.kind.key()).under(name).under("node")));
    }
    for (name, host) in &topology.hosts {
        // A size that could not be read is empty, and was reported where it stands.
        let fault = if host.size.is_empty() { None } else { sizes::known(&host.size).err() };
        problems.extend(fault.map(|p| p.under("size").under(name).under("host")));
    }
    circles(topology, &mut problems);
    problems
}

fn class_names<'a>(topology: &'a Topology, problems: &mut Vec<Problem>) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    let mut keys = 0u64;
    for (node, spec) in &topology.nodes {
        let Some(Value::Classes(classes)) = spec.knobs.get("classes") else { continue };
        let mut fault = |class: &Class, message: String, remedy: &str| {
            let p = Problem::new(message, remedy).under(&class.name).under("classes");
            problems.push(p.under(spec.kind.key()).under(node).under("node"));
        };
        for class in classes {
            keys += u64::from(class.keys.of);
            if let Err(p) = check_name(&class.name, 24) {
                fault(class, p.message, &p.remedy);
            }
            if names.contains(&class.name.as_str()) {
                fault(class, format!("there are two classes `{}`", class.name), "give each its own name");
            } else if names.len() >= MAX_CLASSES {
                fault(class, format!("more than {MAX_CLASSES} classes"), "merge some");
                return names;
            }
            names.push(&class.name);
        }
    }
    if keys > u64::from(MAX_KEYS) {
        problems.push(
            Problem::new(format!("all classes together have more than {MAX_KEYS} keys"), "make `of` smaller")
                .under("node"),
        );
    }
    names
}

fn placement(topology: &Topology, name: &str, node: &NodeSpec, problems: &mut Vec<Problem>) {
    let (host, size) = (node.knobs.get("host"), node.knobs.get("size"));
    if host.is_some() && size.is_some() {
        let remedy = "keep `host` to share a machine, or `size` to have one alone";
        problems.push(Problem::new("`host` and `size` exclude each other", remedy).under("size"));
    }
    if let Some(Value::Name(host)) = host
        && !topology.hosts.contains_key(host)
    {
        let mut p = nobody(host, topology.hosts.keys().map(String::as_str));
        p.message = format!("there is no host `{host}`");
        problems.push(p.under("host"));
    }
    if let Some(Value::Name(size)) = size
        && let Err(p) = sizes::known(size)
    {
        problems.push(p.under("size"));
    }
    zones(topology, node, problems);
    if topology.hosts.contains_key(name) {
        let remedy = "rename one: faults speak of both by name";
        problems.push(Problem::new(format!("`{name}` is a host and a node"), remedy));
    }
}

fn zones(topology: &Topology, node: &NodeSpec, problems: &mut Vec<Problem>) {
    let (zone, zones) = (node.knobs.get("zone"), node.knobs.get("zones"));
    for (key, value) in [("zone", zone), ("zones", zones)] {
        let names: Vec<&String> = match value {
            Some(Value::Name(name)) => vec![name],
            Some(Value::Names(names)) => names.iter().collect(),
            _ => continue,
        };
        if node.knobs.get("host").is_some() {
            let remedy = "the zone is the host's: write it there";
            problems.push(Problem::new(format!("`host` and `{key}` exclude each other"), remedy).under(key));
        }
        if names.is_empty() {
            problems.push(Problem::new("no zone", "write at least one, as [\"a\", \"b\"]").under(key));
        }
        for name in names {
            problems.extend(check_name(name, MAX_NAME).err().map(|p| p.under(key)));
            if topology.nodes.contains_key(name) || topology.hosts.contains_key(name) {
                let remedy = "rename one: faults speak of all by name";
                problems.push(Problem::new(format!("`{name}` is a zone and a part"), remedy).under(key));
            }
        }
    }
    if zone.is_some() && zones.is_some() {
        let remedy = "keep `zone` for one, or `zones` for several";
        problems.push(Problem::new("`zone` and `zones` exclude each other", remedy).under("zones"));
    }
    if node.kind == Kind::Client && node.knobs.get("error_rate").is_some() {
        let p = Problem::new("users answer nobody", "set `error_rate` on a server");
        problems.push(p.under("error_rate"));
    }
}

fn service(topology: &Topology, node: &NodeSpec, classes: &[&str], problems: &mut Vec<Problem>) {
    if let Some(Value::Name(broker)) = node.knobs.get("consumes") {
        let all = of_kind(topology, Kind::Broker);
        let found = expect_kind(topology, broker, Kind::Broker, || nobody(broker, all));
        problems.extend(found.err().map(|p| p.under("consumes")));
    }
    names(topology, node, problems);
    if let Some(Value::Calls(steps)) = node.knobs.get("calls") {
        calls(topology, steps, classes, problems);
    }
    let Some(Value::PerClass(tables)) = node.knobs.get("class") else { return };
    for (class, knobs) in tables {
        let mut found = Vec::new();
        found.extend(known_class(class, classes));
        if let Some(Value::Calls(steps)) = knobs.get("calls") {
            calls(topology, steps, classes, &mut found);
        }
        problems.extend(found.into_iter().map(|p| p.under(class).under("class")));
    }
}

/// Parts that other knobs name.
fn names(topology: &Topology, node: &NodeSpec, problems: &mut Vec<Problem>) {
    let through = matches!(node.knobs.choice("mode"), Some("read-through" | "write-through"));
    match node.knobs.name("behind") {
        None if through => problems.push(Problem::new(
            "a cache that asks the database itself must know which",
            "add behind = \"db\", the name of the database",
        )),
        Some(database) => {
            let all = of_kind(topology, Kind::Database);
            let found = expect_kind(topology, database, Kind::Database, || nobody(database, all));
            problems.extend(found.err().map(|p| p.under("behind")));
        }
        None => {}
    }
    if let Some(Value::Names(services)) = node.knobs.get("deploys") {
        for (i, service) in services.iter().enumerate() {
            let all = of_kind(topology, Kind::Service);
            let found = expect_kind(topology, service, Kind::Service, || nobody(service, all));
            problems.extend(found.err().map(|p| p.under(i).under("deploys")));
        }
    }
}

fn known_class(class: &str, classes: &[&str]) -> Option<Problem> {
    (!classes.contains(&class)).then(|| {
        let mut p = nobody(class, classes.iter().copied());
        p.message = format!("there is no class `{class}`");
        p
    })
}

fn calls(topology: &Topology, steps: &[CallStep], classes: &[&str], problems: &mut Vec<Problem>) {
    for (i, step) in steps.iter().enumerate() {
        let mut fault = |key: &str, p: Problem| problems.push(p.under(key).under(i).under("calls"));
        if let Err(p) = callee(topology, step) {
            fault("to", p);
        }
        if let Some(database) = &step.on_miss {
            let all = of_kind(topology, Kind::Database);
            if let Err(p) = expect_kind(topology, database, Kind::Database, || nobody(database, all)) {
                fault("on_miss", p);
            }
            if topology.nodes.get(&step.to).is_some_and(|n| n.kind != Kind::Cache) {
                let remedy = "only a cache can miss: name one in `to`, or remove `on_miss`";
                fault("on_miss", Problem::new(format!("`{}` is not a cache", step.to), remedy));
            }
        }
        if let Some(p) = step.class.as_ref().and_then(|class| known_class(class, classes)) {
            fault("class", p);
        }
    }
}

/// A quorum has no primary, and asks no more copies than there are.
fn database(node: &NodeSpec, problems: &mut Vec<Problem>) {
    let Some(quorum) = node.knobs.group("quorum") else { return };
    let n = quorum.count("n").unwrap_or(1);
    for key in ["r", "w"] {
        if quorum.count(key).is_some_and(|asked| asked > n) {
            let p =
                Problem::new(format!("`{key}` is more than the {n} copies"), format!("write at most {n}"));
            problems.push(p.under(key).under("quorum"));
        }
    }
    let leads = ["failover", "partition", "sticky"].into_iter().filter(|k| node.knobs.get(k).is_some());
    for key in leads.chain((node.knobs.count("replicas").unwrap_or(0) > 0).then_some("replicas")) {
        let remedy = format!("remove `{key}`, or `quorum`");
        problems
            .push(Problem::new(format!("a quorum has no primary: `{key}` means nothing"), remedy).under(key));
    }
}

fn callee(topology: &Topology, step: &CallStep) -> Result<(), Problem> {
    let Some(node) = topology.nodes.get(&step.to) else {
        return Err(nobody(&step.to, topology.nodes.keys().map(String::as_str)));
    };
    match (step.mode, node.kind) {
        (_, Kind::Client) => {
            Err(Problem::new(format!("`{}` are users: nobody calls them", step.to), "call a server"))
        }
        (_, kind) if kind.datasheet().links == Links::Apart => Err(Problem::new(
            format!("`{}` is a {}: it takes no calls", step.to, kind.key()),
            "call a server",
        )),
        (CallMode::Publish, kind) if kind != Kind::Broker => Err(Problem::new(
            format!("`{}` is not a broker: nothing can be published there", step.to),
            "remove `mode`, or name a broker",
        )),
        (CallMode::Call | CallMode::HandOver, Kind::Broker) => Err(Problem::new(
            format!("`{}` is a broker: it takes messages and answers no calls", step.to),
            "add mode = \"publish\"",
        )),
        _ => Ok(()),
    }
}

fn of_kind(topology: &Topology, kind: Kind) -> impl Iterator<Item = &str> {
    topology.nodes.iter().filter(move |(_, n)| n.kind == kind).map(|(name, _)| name.as_str())
}

fn expect_kind(
    topology: &Topology,
    name: &str,
    kind: Kind,
    missing: impl FnOnce() -> Problem,
) -> Result<(), Problem> {
    match topology.nodes.get(name) {
        Some(node) if node.kind == kind => Ok(()),
        Some(node) => Err(Problem::new(
            format!("`{name}` is a {}, not a {}", node.kind.key(), kind.key()),
            format!("name a {}", kind.key()),
        )),
        None => Err(missing()),
    }
}

/// Somebody whose answer a node needs.
#[derive(Clone, Copy)]
struct Need {
    to: usize,
    /// Which of the node's calls it is, those of single classes after the others; `None` = a link's.
    call: Option<usize>,
    /// A worker is held meanwhile: not by who hands over.
    holds: bool,
}

/// Those whom a node waits for: a circle of them waits for ever once every worker is held.
fn waits_for(topology: &Topology) -> Vec<Vec<Need>> {
    let index = |name: &str| topology.nodes.get_index_of(name);
    let mut edges: Vec<Vec<Need>> = vec![Vec::new(); topology.nodes.len()];
    for (from, node) in topology.nodes.values().enumerate() {
        for (i, step) in node.calls().enumerate().filter(|(_, s)| s.mode != CallMode::Publish) {
            let to = [Some(step.to.as_str()), step.on_miss.as_deref()];
            let need = |to| Need { to, call: Some(i), holds: step.mode == CallMode::Call };
            edges[from].extend(to.into_iter().flatten().filter_map(index).map(need));
        }
    }
    for (from, node) in topology.nodes.values().enumerate() {
        let behind = node.knobs.name("behind").and_then(index);
        edges[from].extend(behind.map(|to| Need { to, call: None, holds: true }));
    }
    for link in &topology.links {
        if let (Some(from), Some(to)) = (index(&link.from), index(&link.to))
            && topology.nodes[from].kind.datasheet().links == Links::Forward
        {
            edges[from].push(Need { to, call: None, holds: true });
        }
    }
    edges
}

/// Finds circles by a walk in depth, with its own stack: a file may chain thousands of services.
fn circles(topology: &Topology, problems: &mut Vec<Problem>) {
    let edges = waits_for(topology);
    let name = |i: usize| topology.nodes.get_index(i).map_or("", |(n, _)| n.as_str());
    let mut done = vec![false; edges.len()];
    for start in 0..edges.len() {
        let mut path: Vec<(usize, usize)> = if done[start] { Vec::new() } else { vec![(start, 0)] };
        while let Some((node, next)) = path.last_mut() {
            let (at, Some(&Need { to, call, .. })) = (*node, edges[*node].get(*next)) else {
                done[*node] = true;
                path.pop();
                continue;
            };
            *next += 1;
            if let Some(first) = path.iter().position(|(n, _)| *n == to) {
                // Each entry of the path stands behind the edge it took.
                if !path[first..].iter().any(|&(n, next)| edges[n][next - 1].holds) {
                    continue;
                }
                let mut round: Vec<&str> = path[first..].iter().map(|(n, _)| name(*n)).collect();
                round.push(name(to));
                let message = format!("they wait for each other in a circle: {}", round.join(" -> "));
                let p = Problem::new(message, "remove one of the calls, or publish to a broker instead");
                let key = topology.nodes[at].kind.key();
                let own = match topology.nodes[at].knobs.get("calls") {
                    Some(Value::Calls(steps)) => steps.len(),
                    _ => 0,
                };
                let p = match call {
                    Some(i) if i < own => p.under("to").under(i).under("calls"),
                    Some(_) => p.under("class"),
                    None => p,
                };
                problems.push(p.under(key).under(name(at)).under("node"));
            } else if !done[to] {
                path.push((to, 0));
            }
        }
    }
}
