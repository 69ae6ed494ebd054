//! What a scene lets the student change: `web.replicas`, `lb.*`, `add:cache`, `connect`, `crash:web`, `*`.

use super::scene::Scene;
use crate::sim::change::Change;
use crate::sim::component::Kind;
use crate::sim::topology::Topology;

/// Whether the scene lets the student make this change. A challenge without a list allows every design.
pub fn allows(scene: &Scene, design: &Topology, change: &Change) -> bool {
    if scene.is_challenge() && scene.allow.is_empty() {
        return !only_tries(change) && !on_users(design, change);
    }
    scene.allow.iter().any(|entry| entry_allows(entry, design, change))
}

/// Whether the change only tries what happens: a fault or its end. Always allowed while the scene runs.
pub fn only_tries(change: &Change) -> bool {
    change.only_tries()
}

/// What the scene lets the student change, for the message that refuses something else.
pub fn words(scene: &Scene) -> String {
    if scene.is_challenge() && scene.allow.is_empty() {
        return "the traffic and the faults of this challenge are given".into();
    }
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
        Change::Remove { name } => says(entry, "remove", |n| n == name) || adds(entry, kind_of(name)),
        Change::Connect(link) => wires(entry, &link.from, &link.to, design),
        Change::Disconnect { from, to } => wires(entry, from, to, design),
        Change::Restore(target) => faults(entry, &["crash", "restore"], &target.name),
        Change::Several(all) => all.iter().all(|c| entry_allows(entry, design, c)),
        other => {
            let places = other.places();
            says(entry, other.verb(), |n| places.contains(&n))
        }
    }
}

/// Whether the entry is the bare verb, or `verb:WHAT` with a WHAT that fits.
fn says(entry: &str, verb: &str, fits: impl Fn(&str) -> bool) -> bool {
    let Some(rest) = entry.strip_prefix(verb) else { return false };
    rest.is_empty() || rest.strip_prefix(':').is_some_and(fits)
}

fn adds(entry: &str, kind: Option<Kind>) -> bool {
    says(entry, "add", |k| kind.is_some() && kind == Kind::parse(k))
}

fn faults(entry: &str, verbs: &[&str], name: &str) -> bool {
    verbs.iter().any(|v| says(entry, v, |n| n == name))
}

/// Links may be drawn where `connect` says so, and to and from parts of a kind that may be added.
fn wires(entry: &str, from: &str, to: &str, design: &Topology) -> bool {
    let pair = |link: &str| link.split_once("->") == Some((from, to));
    let addable = |name: &&str| design.nodes.get(*name).is_some_and(|n| adds(entry, Some(n.kind)));
    says(entry, "connect", pair) || [from, to].iter().any(addable)
}

/// The change makes the task another one: traffic is given, not designed.
fn on_users(design: &Topology, change: &Change) -> bool {
    let is_client = |name: &String| design.nodes.get(name).is_some_and(|n| n.kind == Kind::Client);
    match change {
        Change::Several(all) => all.iter().any(|c| on_users(design, c)),
        Change::Set { target: name, .. } | Change::Remove { name } => is_client(name),
        Change::Add { node, .. } => node.kind == Kind::Client,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::check::check;
    use crate::sim::change::Target;
    use crate::sim::topology::{LinkSpec, NodeSpec};
    use crate::sim::value::Knobs;

    fn design() -> Topology {
        let source = "format = 1\n[node.users.client]\nrate = \"1/s\"\n[node.web.service]\n[node.kv.cache]\n\
            [[link]]\nfrom = \"users\"\nto = \"web\"\n";
        check(source, "small.toml").map_err(|f| f.render(false)).unwrap().topology
    }

    #[track_caller]
    fn verdict(entry: &str, change: &Change, expected: bool) {
        assert_eq!(entry_allows(entry, &design(), change), expected, "{entry}: {change:?}");
    }

    #[test]
    fn entries_allow_what_they_say_and_no_more() {
        let set = |target: &str, knob| Change::Set { target: target.into(), knob, value: None };
        verdict("web.replicas", &set("web", "replicas"), true);
        verdict("web.replicas", &set("web", "workers"), false);
        verdict("web.*", &set("web", "workers"), true);
        verdict("users->web.timeout", &set("users->web", "timeout"), true);
        let add = |kind| Change::Add { name: "new".into(), node: NodeSpec { kind, knobs: Knobs::default() } };
        verdict("add:cache", &add(Kind::Cache), true);
        verdict("add:cache", &add(Kind::Service), false);
        verdict("add:cache", &Change::Remove { name: "kv".into() }, true);
        verdict("add:cache", &Change::Remove { name: "web".into() }, false);
        let link = LinkSpec { from: "web".into(), to: "kv".into(), knobs: Knobs::default() };
        verdict("add:cache", &Change::Connect(link.clone()), true);
        verdict("connect:users->web", &Change::Connect(link), false);
        let crash = Change::Crash(Target { name: "web".into(), replica: None });
        verdict("crash", &crash, true);
        verdict("crash:web", &crash, true);
        verdict("crash:kv", &crash, false);
        verdict("crashes", &crash, false);
    }

    #[test]
    fn a_challenge_without_a_list_allows_every_design_but_not_other_traffic() {
        let level = check(
            "format = 1\n[node.users.client]\nrate = \"1/s\"\n[node.web.service]\n\
            [[link]]\nfrom = \"users\"\nto = \"web\"\n",
            "small.toml",
        )
        .map_err(|f| f.render(false))
        .unwrap();
        let scene =
            Scene { role: crate::level::scene::Role::Challenge, ..crate::level::stage::own_scene(&level) };
        let set = |target: &str, knob| Change::Set { target: target.into(), knob, value: None };
        assert!(allows(&scene, &level.topology, &set("web", "replicas")));
        assert!(!allows(&scene, &level.topology, &set("users", "rate")));
        let restore = Change::Restore(Target { name: "web".into(), replica: None });
        assert!(!allows(&scene, &level.topology, &restore));
    }
}
