//! What a scene lets the student change: `web.replicas`, `lb.*`, `add:cache`, `connect`, `crash:web`, `*`.

use super::scene::Scene;
use crate::sim::change::Change;
use crate::sim::component::Kind;
use crate::sim::topology::Topology;

/// Whether the scene lets the student make this change. A challenge without a list allows everything.
pub fn allows(scene: &Scene, design: &Topology, change: &Change) -> bool {
    if scene.challenge && scene.allow.is_empty() {
        return true;
    }
    scene.allow.iter().any(|entry| entry_allows(entry, design, change))
}

/// Whether the change only tries what happens: a fault or its end. Always allowed while the scene runs.
pub const fn only_tries(change: &Change) -> bool {
    matches!(change, Change::Crash(_) | Change::Restore(_) | Change::Slow { .. } | Change::Flush { .. })
}

/// What the scene lets the student change, for the message that refuses something else.
pub fn words(scene: &Scene) -> String {
    if scene.allow.is_empty() {
        return "this scene only watches; crash, slow down and traffic work".into();
    }
    format!("this scene lets you change {}", scene.allow.join(", "))
}

fn entry_allows(entry: &str, design: &Topology, change: &Change) -> bool {
    if entry == "*" {
        return true;
    }
    let kind_of = |name: &String| design.nodes.get(name).map(|n| n.kind);
    match change {
        Change::Set { target, knob, .. } => entry
            .rsplit_once('.')
            .is_some_and(|(name, allowed)| name == target && (allowed == *knob || allowed == "*")),
        Change::Add { node, .. } => adds(entry, Some(node.kind)),
        Change::Remove { name } => {
            verb(entry, "remove").is_some_and(|only| only.is_none_or(|n| n == name))
                || adds(entry, kind_of(name))
        }
        Change::Connect(link) => wires(entry, &link.from, &link.to, design),
        Change::Disconnect { from, to } => wires(entry, from, to, design),
        Change::Crash(target) => faults(entry, &["crash"], &target.name),
        Change::Restore(target) => faults(entry, &["crash", "restore"], &target.name),
        Change::Slow { target, .. } => faults(entry, &["slow"], &target.name),
        Change::Flush { name } => faults(entry, &["flush"], name),
    }
}

/// The part after `verb:`; `Some(None)` where the entry is the bare verb, `None` where it is another entry.
fn verb<'a>(entry: &'a str, verb: &str) -> Option<Option<&'a str>> {
    let rest = entry.strip_prefix(verb)?;
    if rest.is_empty() { Some(None) } else { rest.strip_prefix(':').map(Some) }
}

fn adds(entry: &str, kind: Option<Kind>) -> bool {
    verb(entry, "add").is_some_and(|only| only.is_none_or(|k| kind == Kind::parse(k)))
}

fn faults(entry: &str, verbs: &[&str], name: &str) -> bool {
    verbs.iter().any(|v| verb(entry, v).is_some_and(|only| only.is_none_or(|n| n == name)))
}

/// Links may be drawn where `connect` says so, and to and from parts of a kind that may be added.
fn wires(entry: &str, from: &str, to: &str, design: &Topology) -> bool {
    let pair = |link: &str| link.split_once("->") == Some((from, to));
    verb(entry, "connect").is_some_and(|only| only.is_none_or(pair))
        || [from, to]
            .iter()
            .any(|name| verb(entry, "add").is_some() && adds(entry, design.nodes.get(*name).map(|n| n.kind)))
}
