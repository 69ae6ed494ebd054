//! One grammar for changes: a table with exactly one verb, in a scene, an option, a fault, a solution; and `--set`.

mod fault;
mod print;
mod set;
mod target;

use super::fields::{self, Fields, check_name, within};
use crate::sim::change::{Change, TimedChange};
use crate::sim::component::{Kind, LINK_KNOBS};
use crate::sim::distribution::Distribution;
use crate::sim::time::Time;
use crate::sim::topology::{LinkSpec, NodeSpec, Topology};
use crate::sim::value::{Knobs, Problem, Raw, read_time, unknown};

pub use print::{MAX_TEXT, parse, print};
pub use set::{parse_set, split};
pub use target::{nobody, read_target};

/// The verbs.
pub const VERBS: [&str; 20] = [
    "set",
    "add",
    "remove",
    "connect",
    "disconnect",
    "crash",
    "restore",
    "hang",
    "pause",
    "slow",
    "loss",
    "delay",
    "stall",
    "partition",
    "zone-down",
    "flush",
    "bad-release",
    "disk-full",
    "deploy",
    "drain",
];
/// Verbs of edits and operations whose changes do not last: `for` has no meaning with them.
pub const AT_ONCE: [&str; 5] = ["add", "remove", "restore", "flush", "deploy"];
/// Verbs of the design: chance does not make them.
pub const DESIGN: [&str; 5] = ["set", "add", "remove", "connect", "disconnect"];
/// Keys that say when, beside any verb.
const WHEN: [&str; 4] = ["at", "for", "mtbf", "mttr"];
/// Greatest factor of slowness.
pub const MAX_FACTOR: f64 = 1000.0;

/// Whether a change may carry `at` and `for`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timing {
    /// It is made at once.
    None,
    /// `at` may be given; it is zero otherwise.
    Optional,
    /// `at` must be given: a scheduled fault.
    Required,
}

/// Reads one change against the design that it changes.
pub fn read(
    raw: &Raw,
    topology: &Topology,
    timing: Timing,
    problems: &mut Vec<Problem>,
) -> Option<TimedChange> {
    let Raw::Table(table) = raw else {
        problems.push(Problem::new("expected a change", EXAMPLE));
        return None;
    };
    // What is added brings its knobs along, and some have the names of verbs.
    let carrier = ["add", "connect"].into_iter().find(|v| table.contains_key(*v));
    let verbs: Vec<&str> = match carrier {
        Some(verb) => vec![verb],
        None => VERBS.into_iter().filter(|v| table.contains_key(*v)).collect(),
    };
    let [verb] = verbs.as_slice() else {
        problems.push(match verbs.as_slice() {
            [] => no_verb(table.keys().map(String::as_str)),
            more => Problem::new(
                format!("a change with {} verbs: {}", more.len(), more.join(", ")),
                "write one table for each",
            ),
        });
        return None;
    };
    let mut found = Vec::new();
    let change = read_verb(verb, table, raw, topology, &mut found);
    let (at, lasts) = read_timing(raw, timing, verb, &mut found);
    let chance = read_chance(raw, timing, verb, &mut found);
    let change = match (change, chance) {
        (Some(fault), Some((mtbf, mttr))) => Some(Change::Fails { fault: Box::new(fault), mtbf, mttr }),
        (change, _) => change,
    };
    let sound = found.is_empty();
    problems.append(&mut found);
    change.filter(|_| sound).map(|change| TimedChange { at, lasts, change })
}

const EXAMPLE: &str = "as { set = \"web.replicas\", to = 4 } or { crash = \"web#1\" }";

type Table = indexmap::IndexMap<String, Raw>;

fn no_verb<'a>(keys: impl Iterator<Item = &'a str>) -> Problem {
    for key in keys.filter(|k| !WHEN.contains(k) && !["to", "factor", "share", "by", "errors"].contains(k)) {
        let p = unknown(key, VERBS.into_iter());
        if p.remedy.starts_with("did you mean") {
            return Problem { message: format!("`{key}` is not a change"), ..p }.under(key);
        }
    }
    Problem::new("a change without a verb", format!("write one of {}; {EXAMPLE}", VERBS.join(", ")))
}

fn read_verb(
    verb: &str,
    table: &Table,
    raw: &Raw,
    topology: &Topology,
    problems: &mut Vec<Problem>,
) -> Option<Change> {
    if verb == "add" || verb == "connect" {
        // The other keys are knobs, with their own table of names.
        let mut knobs = table.clone();
        for key in WHEN.into_iter().chain([verb]) {
            knobs.shift_remove(key);
        }
        let subject = &table[verb];
        return if verb == "add" {
            read_add(subject, &knobs, topology, problems)
        } else {
            read_connect(subject, &knobs, topology, problems)
        };
    }
    let mut f = Fields::new(raw, EXAMPLE);
    for key in WHEN {
        f.raw(key);
    }
    let change = match verb {
        "set" => {
            let to = f.raw("to").cloned();
            f.require("to", "write the new value, as to = 4");
            f.nested("set", |path, problems| {
                let found = fields::written(path, fields::MAX_LINE).and_then(|p| set::split(p, topology));
                let live = found
                    .and_then(|(to, knob)| if knob.live { Ok((to, knob)) } else { Err(fixed(knob.name)) });
                live.map_err(|p| problems.push(p)).ok()
            })
            .flatten()
            .zip(to)
            .and_then(|((target, knob), to)| {
                f.nested("to", |_, problems| {
                    set::set_knob(target, knob, &to).map_err(|ps| problems.extend(ps)).ok()
                })?
            })
        }
        "remove" => f.get("remove", |r| Ok(Change::Remove { name: target::node(r, topology)? })),
        "flush" => f.get("flush", |r| {
            let name = target::node(r, topology)?;
            let remedy = "only a cache can be flushed";
            let no = || Problem::new(format!("`{name}` is not a cache"), remedy);
            topology.nodes[&name].kind.is_cache().then(|| Change::Flush { name: name.clone() }).ok_or_else(no)
        }),
        "disconnect" => f.get("disconnect", |r| {
            let (from, to) = target::pair(r)?;
            if !topology.links.iter().any(|l| l.from == from && l.to == to) {
                return Err(target::no_link(&from, &to, topology));
            }
            Ok(Change::Disconnect { from, to })
        }),
        other => fault::read(other, &mut f, topology),
    };
    f.finish(problems);
    change
}

/// The fault of a knob that cannot change in a run.
pub fn fixed(knob: &str) -> Problem {
    Problem::new(
        format!("`{knob}` cannot change while the system runs"),
        "give it its value where the node is declared",
    )
}

fn read_timing(raw: &Raw, timing: Timing, verb: &str, problems: &mut Vec<Problem>) -> (Time, Option<Time>) {
    let mut f = Fields::new(raw, EXAMPLE);
    if timing == Timing::None {
        for key in ["at", "for"] {
            if f.has(key) {
                f.fault_at(
                    key,
                    format!("`{key}` does not belong here"),
                    "the change is made at once; remove it",
                );
            }
        }
    }
    let longest = |raw: &Raw, min| read_time(raw, min, Time::YEAR);
    let at = f.get("at", |r| longest(r, Time::ZERO));
    let lasts = f.get("for", |r| longest(r, Time::from_ms(1)));
    if timing == Timing::Required && !f.has("mtbf") && !f.has("mttr") {
        f.require("at", "write when it happens, as at = \"45s\"; or how often, with mtbf and mttr");
    }
    if lasts.is_some() && AT_ONCE.contains(&verb) {
        f.fault_at("for", format!("`for` has no meaning with `{verb}`"), "remove it");
    }
    // Other keys are the verb's business: only the faults of the timing are taken from here.
    let mut found = Vec::new();
    f.finish(&mut found);
    let timed = |p: &Problem| match p.path.first() {
        Some(key) => key == "at" || key == "for",
        None => p.message.contains("`at`"),
    };
    problems.extend(found.into_iter().filter(timed));
    (at.unwrap_or(Time::ZERO), lasts)
}

/// Reads how often a place fails by chance, and how long each failure lasts.
fn read_chance(
    raw: &Raw,
    timing: Timing,
    verb: &str,
    problems: &mut Vec<Problem>,
) -> Option<(Distribution, Distribution)> {
    let Raw::Table(table) = raw else { return None };
    let (key, other) = match (table.contains_key("mtbf"), table.contains_key("mttr")) {
        (false, false) => return None,
        (true, _) => ("mtbf", "mttr"),
        _ => ("mttr", "mtbf"),
    };
    let fault = |p: Problem| p.under(key);
    if timing == Timing::None {
        problems
            .push(fault(Problem::new(format!("`{key}` does not belong here"), "write it in a [[fault]]")));
    } else if DESIGN.contains(&verb) || AT_ONCE.contains(&verb) {
        let remedy = "chance makes faults: crash, hang, pause, slow, zone-down and the like";
        problems.push(fault(Problem::new(format!("`{verb}` does not happen by chance"), remedy)));
    } else if !table.contains_key(other) {
        let remedy =
            "mtbf = { exponential = \"1000s\" } and mttr = { exponential = \"50s\" } belong together";
        problems.push(Problem::new(format!("`{other}` is missing"), remedy));
    }
    let mut read = |key: &str| match Distribution::read(table.get(key)?) {
        Ok(d) if d.mean_ns() < MIN_CHANCE.ns() as f64 => {
            let p = Problem::new(format!("`{key}` is too short"), format!("write at least {MIN_CHANCE}"));
            problems.push(p.under(key));
            None
        }
        Ok(d) => Some(d),
        Err(p) => {
            problems.push(p.under(key));
            None
        }
    };
    read("mtbf").zip(read("mttr"))
}
/// Shortest mean time to a failure or a repair.
const MIN_CHANCE: Time = Time::from_ms(1);

/// Reads a kind by its key.
pub fn read_kind(key: &str) -> Result<Kind, Problem> {
    Kind::parse(key).ok_or_else(|| {
        let mut p = unknown(key, Kind::ALL.iter().map(|k| k.key()));
        p.message = format!("`{key}` is not a kind of node");
        p
    })
}

fn read_add(
    subject: &Raw,
    knobs: &Table,
    topology: &Topology,
    problems: &mut Vec<Problem>,
) -> Option<Change> {
    let head = within(problems, "add", |problems| {
        let found = (|| {
            let text = fields::written(subject, fields::MAX_LINE)?;
            let Some((name, kind)) = text.split_once('.') else {
                return Err(Problem::new("expected a name and a kind", "as add = \"redis.cache\""));
            };
            check_name(name, fields::MAX_NAME)?;
            if topology.nodes.contains_key(name) || topology.hosts.contains_key(name) {
                return Err(Problem::new(format!("`{name}` exists already"), "choose another name"));
            }
            Ok((name.to_owned(), read_kind(kind)?))
        })();
        found.map_err(|p| problems.push(p)).ok()
    });
    let (name, kind) = head?;
    match Knobs::check(&kind.knob_tables(), knobs) {
        Ok(knobs) => Some(Change::Add { name, node: NodeSpec { kind, knobs } }),
        Err(ps) => {
            problems.extend(ps);
            None
        }
    }
}

fn read_connect(
    subject: &Raw,
    knobs: &Table,
    topology: &Topology,
    problems: &mut Vec<Problem>,
) -> Option<Change> {
    let ends = within(problems, "connect", |problems| {
        let found = target::pair(subject).and_then(|(from, to)| {
            target::known(&from, topology).map_err(|p| p.under(0))?;
            target::known(&to, topology).map_err(|p| p.under(1))?;
            if topology.links.iter().any(|l| l.from == from && l.to == to) {
                let remedy = format!("change it with set = \"{from}->{to}.latency\"");
                return Err(Problem::new("they are connected already", remedy));
            }
            Ok((from, to))
        });
        found.map_err(|p| problems.push(p)).ok()
    });
    match (ends, Knobs::check(&[LINK_KNOBS], knobs)) {
        (Some((from, to)), Ok(knobs)) => Some(Change::Connect(LinkSpec { from, to, knobs })),
        (_, Err(ps)) => {
            problems.extend(ps);
            None
        }
        (None, Ok(_)) => None,
    }
}
