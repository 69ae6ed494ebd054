//! Scenes and variants: each is checked against the design that it starts from.

use super::goal;
use super::lesson::{self, Stage};
use super::{terms, variant};
use crate::level::Level;
use crate::level::change::{Timing, fixed, read_kind, read_target, split};
use crate::level::fields::{Fields, MAX_LINE, check_name, one, written};
use crate::level::scene::{Par, Role, Scene, Start};
use crate::sim::time::Time;
use crate::sim::topology::Topology;
use crate::sim::value::{Problem, Raw, Shape, Value, nearest};

/// Longest name of a scene or variant.
pub const MAX_ID: usize = 24;
/// Most nodes of a lesson; its many lists of changes are each checked against a copy of the design.
const MAX_NODES: usize = 200;
/// Most hints: rungs 1 to 3.
pub const MAX_HINTS: usize = 3;

/// Reads `scene` and `variant`.
pub fn read_all(f: &mut Fields<'_>, level: &mut Level) {
    let designs = std::iter::once(&level.topology).chain(level.topologies.values());
    if f.has("scene") && designs.into_iter().any(|t| t.nodes.len() > MAX_NODES) {
        f.raw("variant");
        f.nested("scene", |_, ps| {
            let message = format!("a lesson about more than {MAX_NODES} nodes");
            ps.push(Problem::new(message, "nobody can follow so many; use replicas"));
        });
        return;
    }
    let mut previous: Option<Topology> = None;
    let mut challenge: Option<(Scene, Topology)> = None;
    let mut ids: Vec<String> = Vec::new();
    let scenes = f.list("scene", |raw, problems| {
        let (scene, end) = read(raw, level, previous.as_ref(), problems);
        unique(&mut ids, &scene.id, problems);
        if scene.is_challenge() {
            if challenge.is_some() {
                let p = Problem::new("a second challenge", "only one scene has role = \"challenge\"");
                problems.push(p.under("role"));
            }
            challenge = Some((scene.clone(), end.clone()));
        }
        previous = Some(end);
        Some(scene)
    });
    level.scenes = scenes;
    let named = matches!(f.raw("scene"), Some(Raw::List(all)) if all.iter().any(has_role));
    let variants = f.list("variant", |raw, problems| {
        let Some((scene, end)) = &challenge else {
            // A role that cannot be read has been reported.
            if named {
                return None;
            }
            problems.push(Problem::new("a variant without a challenge", "give a scene role = \"challenge\""));
            return None;
        };
        let variant = variant::read(raw, scene, end, problems);
        unique(&mut ids, &variant.id, problems);
        Some(variant)
    });
    level.scenes.extend(variants);
}

fn has_role(scene: &Raw) -> bool {
    matches!(scene, Raw::Table(table) if table.contains_key("role"))
}

fn unique(ids: &mut Vec<String>, id: &str, problems: &mut Vec<Problem>) {
    if !id.is_empty() && ids.iter().any(|i| i == id) {
        problems.push(Problem::new(format!("there is another `{id}`"), "choose another id").under("id"));
    }
    ids.push(id.to_owned());
}

pub(super) fn read_id(raw: &Raw) -> Result<String, Problem> {
    let id = written(raw, MAX_LINE)?;
    check_name(id, MAX_ID).map(|()| id.to_owned())
}

/// Reads a scene; also returns the design at its end, if the student does nothing.
fn read(
    raw: &Raw,
    level: &Level,
    previous: Option<&Topology>,
    problems: &mut Vec<Problem>,
) -> (Scene, Topology) {
    let mut f = Fields::new(raw, "[[scene]]");
    let id = f.get("id", read_id).unwrap_or_default();
    f.require("id", "write id = \"NAME\"");
    let title = f.line("title").unwrap_or_default();
    f.require("title", "write title = \"...\"");
    let start = f.get("start", |r| read_start(r, level, previous.is_some())).unwrap_or(Start::Base);
    let base = match &start {
        Start::Base => &level.topology,
        Start::Previous => previous.unwrap_or(&level.topology),
        Start::Topology(name) => level.topologies.get(name).unwrap_or(&level.topology),
    };
    let until = f.time("until", Time::SECOND).unwrap_or(level.duration);
    let (changes, end) = lesson::changes(&mut f, "changes", base, Timing::Optional);
    if changes.iter().any(|c| c.at >= until && c.at > Time::ZERO) {
        f.fault_at("until", "a change after the end of the scene", "make `at` earlier or `until` later");
    }
    let warm = f.time("warm", Time::ZERO).unwrap_or(Time::ZERO);
    if warm > Time::ZERO && start == Start::Previous {
        f.fault_at(
            "warm",
            "the scene goes on from the one before",
            "remove `warm`, or start from a topology",
        );
    }
    let stage = Stage::new(raw, &end);
    let goals = f.list("goal", |r, ps| goal::read(r, &stage.names, level.warmup, until, ps));
    let role = f.get("role", read_role).unwrap_or_default();
    if role == Role::Challenge && !f.has("goal") {
        f.fault("a challenge without a goal", "add [[scene.goal]] with metric and limit");
    }
    let scene = Scene {
        id,
        title,
        text: lesson::template(&mut f, "text", &stage.names),
        role,
        start,
        warm,
        changes,
        pause: f.nested("pause", |r, ps| lesson::pause(r, &stage.names, until, ps)).flatten(),
        until,
        allow: read_allow(&mut f, &stage),
        hints: hints(&mut f),
        debrief: lesson::template(&mut f, "debrief", &stage.names),
        notes: f.text("notes").unwrap_or_default(),
        try_next: f.texts("try_next"),
        predict: f.nested("predict", |r, ps| lesson::predict(r, &stage.names, until, ps)),
        options: f.list("option", |r, ps| Some(lesson::option(r, &stage, ps))),
        par: f.nested("par", read_par),
        solutions: f.list("solution", |r, ps| Some(lesson::solution(r, &stage, ps))),
        wrong: f.list("wrong", |r, ps| Some(lesson::wrong(r, &stage, &goals, ps))),
        goals,
        terms: terms::read(&mut f),
    };
    f.require("text", "write the setting: who hurts, since when");
    let mut found = Vec::new();
    f.finish(&mut found);
    if found.iter().any(|p| p.path.first().is_some_and(|key| key == "start")) {
        // The design is not known: what was checked against another one means nothing.
        found.retain(|p| p.path.first().is_some_and(|key| ["start", "id", "title"].contains(&key.as_str())));
    }
    problems.append(&mut found);
    (scene, end)
}

/// Reads `hints`.
pub(super) fn hints(f: &mut Fields<'_>) -> Vec<String> {
    let hints = f.texts("hints");
    if hints.len() > MAX_HINTS {
        f.fault_at("hints", format!("more than {MAX_HINTS} hints"), "rungs 0 and 4 are made by the program");
    }
    hints
}

fn read_start(raw: &Raw, level: &Level, has_previous: bool) -> Result<Start, Problem> {
    match written(raw, MAX_LINE)? {
        "base" => Ok(Start::Base),
        "previous" if has_previous => Ok(Start::Previous),
        "previous" => Err(Problem::new(
            "the first scene has no scene before it",
            "write start = \"base\", or remove it",
        )),
        name if level.topologies.contains_key(name) => Ok(Start::Topology(name.to_owned())),
        name => {
            let known = ["base", "previous"].into_iter().chain(level.topologies.keys().map(String::as_str));
            let remedy = match nearest(name, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write base, previous, or the NAME of a [topology.NAME...]".to_owned(),
            };
            Err(Problem::new(format!("there is no topology `{name}`"), remedy))
        }
    }
}

/// Words of `role`.
pub const ROLES: &[&str] = &["challenge", "side-room"];

fn read_role(raw: &Raw) -> Result<Role, Problem> {
    crate::sim::value::read_choice(raw, ROLES).map(|role| match role {
        "challenge" => Role::Challenge,
        _ => Role::SideRoom,
    })
}

pub(super) fn read_par(raw: &Raw, problems: &mut Vec<Problem>) -> Par {
    let mut f = Fields::new(raw, "[scene.par] with monthly = \"$300\" and parts = 5");
    let par = Par { monthly_usd: f.money("monthly"), parts: f.count("parts", 0, 100_000) };
    f.finish(problems);
    par
}

/// Verbs that a scene may allow.
pub const ALLOWED: [&str; 18] = [
    "add",
    "remove",
    "connect",
    "crash",
    "restore",
    "slow",
    "flush",
    "hang",
    "pause",
    "drain",
    "disk-full",
    "deploy",
    "bad-release",
    "zone-down",
    "loss",
    "delay",
    "stall",
    "partition",
];

/// The list of what a student may change.
pub(super) fn read_allow(f: &mut Fields<'_>, stage: &Stage<'_>) -> Vec<String> {
    f.list("allow", |raw, problems| allow(raw, &stage.all).map_err(|p| problems.push(p)).ok())
}

/// What a student may change: `web.replicas`, `lb.*`, `users->lb.timeout`, `add:cache`, `crash:web`, `connect`, `*`.
fn allow(raw: &Raw, topology: &Topology) -> Result<String, Problem> {
    let text = written(raw, MAX_LINE)?;
    if text == "*" || ALLOWED.contains(&text) {
        return Ok(text.to_owned());
    }
    if let Some(node) = text.strip_suffix(".*") {
        return read_name(node, topology).map(|()| text.to_owned());
    }
    let Some((verb, subject)) = text.split_once(':') else {
        let (_, knob) = split(text, topology)?;
        return if knob.live { Ok(text.to_owned()) } else { Err(fixed(knob.name)) };
    };
    match verb {
        "add" => read_kind(subject).map(|_| ())?,
        "connect" => {
            let Some((from, to)) = subject.split_once("->") else {
                return Err(Problem::new("expected a link", "write \"connect:users->lb\""));
            };
            read_name(from, topology)?;
            read_name(to, topology)?;
        }
        "remove" | "flush" | "deploy" | "bad-release" => read_name(subject, topology)?,
        "loss" | "delay" | "stall" => match subject.split_once("->") {
            Some((from, to)) => {
                read_name(from, topology)?;
                read_name(to, topology)?;
            }
            None => read_name(subject, topology)?,
        },
        "zone-down" if topology.zones().contains(&subject) => {}
        "zone-down" => return Err(Problem::new(format!("nothing is in a zone `{subject}`"), "name a zone")),
        "crash" | "restore" | "slow" | "hang" | "pause" | "drain" | "disk-full" => {
            let target = read_target(subject, topology)?;
            if target.replica.is_some() {
                return Err(Problem::new("one server alone cannot be allowed", "name the node"));
            }
        }
        _ => {
            let mut p = crate::sim::value::unknown(verb, ALLOWED.into_iter());
            p.message = format!("`{verb}` cannot be allowed");
            return Err(p);
        }
    }
    Ok(text.to_owned())
}

fn read_name(name: &str, topology: &Topology) -> Result<(), Problem> {
    if topology.nodes.contains_key(name) {
        return Ok(());
    }
    Err(crate::level::change::nobody(name, topology.nodes.keys().map(String::as_str)))
}

/// Reads a fraction over 0.
pub fn tolerance(raw: &Raw) -> Result<f64, Problem> {
    match one(Shape::Share.read(raw))? {
        Value::Share(share) if share > 0.0 => Ok(share),
        _ => Err(Problem::new("expected a share over 0", "0.25 counts a quarter off as right")),
    }
}
