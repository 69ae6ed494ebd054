//! A change as text, as a file would say it, and back: what run codes and the log keep.
//!
//! `{ set = "web.replicas", to = 4 }`. Only here a change may also be `{ unset = "web.timeout" }`, which takes a knob
//! back to its default: the inverse of setting a knob that was not set; `{ end = {...} }`, the end of a fault that
//! lasts; and `{ several = [...] }`.

use indexmap::IndexMap;

use super::target::database_server_name;
use super::{Timing, read, set};
use crate::level::fields;
use crate::level::file;
use crate::sim::change::{Change, Target};
use crate::sim::component::Kind;
use crate::sim::topology::Topology;
use crate::sim::value::{Problem, Raw, Value};

type Table = IndexMap<String, Raw>;

/// The change as a line of text; the design says how servers are named.
pub fn print(change: &Change, topology: &Topology) -> String {
    let mut out = String::new();
    toml(&Raw::Table(raw(change, topology)), &mut out);
    out
}

/// Reads a line that `print` wrote, against the design that the change will meet.
pub fn parse(text: &str, topology: &Topology) -> Result<Change, Problem> {
    let (item, faults) = file::parse(&format!("change = {text}"));
    if let Some(fault) = faults.into_iter().next() {
        return Err(Problem::new(fault.message, fault.remedy));
    }
    let Raw::Table(mut all) = item.to_raw() else { return Err(Problem::new("not a change", "")) };
    let change = all.shift_remove("change").filter(|_| all.is_empty());
    let Some(change) = change else { return Err(Problem::new("more than a change", "write one")) };
    read_nested(&change, topology, MAX_DEPTH)
}

/// Most changes within changes.
const MAX_DEPTH: usize = 4;

fn read_nested(change: &Raw, topology: &Topology, depth: usize) -> Result<Change, Problem> {
    if let (Raw::Table(table), true) = (change, depth > 0) {
        match table.first().map(|(key, value)| (key.as_str(), value)) {
            Some(("end", inner)) => {
                return Ok(Change::End(Box::new(read_nested(inner, topology, depth - 1)?)));
            }
            Some(("several", Raw::List(all))) => {
                let each = all.iter().map(|c| read_nested(c, topology, depth - 1));
                return each.collect::<Result<_, _>>().map(Change::Several);
            }
            _ => {}
        }
    }
    if let Raw::Table(table) = &change
        && let (Some(Raw::Text(path)), 1) = (table.get("unset"), table.len())
    {
        let (target, knob) = set::split(path, topology)?;
        return Ok(Change::Set { target, knob: knob.name, value: None });
    }
    let mut problems = Vec::new();
    let chance = matches!(&change, Raw::Table(table) if table.contains_key("mtbf"));
    let timing = if chance { Timing::Optional } else { Timing::None };
    let change = read(change, topology, timing, &mut problems);
    let problem = problems.into_iter().next().unwrap_or_else(|| Problem::new("not a change", ""));
    change.map(|timed| timed.change).ok_or(problem)
}

fn raw(change: &Change, topology: &Topology) -> Table {
    let text = |words: &str| Raw::Text(words.to_owned());
    let pair = |from: &str, to: &str| Raw::List(vec![text(from), text(to)]);
    let target = |t: &Target| Raw::Text(server_name(t, topology));
    let mut table = Table::new();
    let mut put = |key: &str, value: Raw| drop(table.insert(key.to_owned(), value));
    match change {
        Change::Set { target, knob, value: Some(value) } => {
            put("set", Raw::Text(format!("{target}.{knob}")));
            put("to", value.raw());
        }
        Change::Set { target, knob, value: None } => put("unset", Raw::Text(format!("{target}.{knob}"))),
        Change::Add { name, node } => {
            put("add", Raw::Text(format!("{name}.{}", node.kind.key())));
            table.extend(node.knobs.raw());
        }
        Change::Remove { name } => put("remove", text(name)),
        Change::Connect(link) => {
            put("connect", pair(&link.from, &link.to));
            table.extend(link.knobs.raw());
        }
        Change::Disconnect { from, to } => put("disconnect", pair(from, to)),
        Change::Slow { target: t, factor } => {
            put("slow", target(t));
            put("factor", Raw::Number(*factor));
        }
        Change::Flush { name } => put("flush", text(name)),
        Change::End(inner) => put("end", Raw::Table(raw(inner, topology))),
        Change::Several(all) => {
            put("several", Raw::List(all.iter().map(|c| Raw::Table(raw(c, topology))).collect()));
        }
        Change::Fails { fault, mtbf, mttr } => {
            table = raw(fault, topology);
            for (key, time) in [("mtbf", mtbf), ("mttr", mttr)] {
                table.insert(key.to_owned(), Value::Distribution(time.clone()).raw());
            }
        }
        other => fault(other, topology, put),
    }
    table
}

/// The keys of a fault or an operation.
fn fault(change: &Change, topology: &Topology, mut put: impl FnMut(&str, Raw)) {
    let text = |words: &str| Raw::Text(words.to_owned());
    let target = |t: &Target| Raw::Text(server_name(t, topology));
    let verb = change.verb();
    match change {
        Change::Deploy { name } | Change::ZoneDown { zone: name } => put(verb, text(name)),
        Change::Loss { target, share } => {
            put(verb, text(target));
            put("share", Raw::Number(*share));
        }
        Change::Delay { target, by } => {
            put(verb, text(target));
            put("by", Value::Time(*by).raw());
        }
        Change::Stall { target } => put(verb, text(target)),
        Change::Partition { groups } => {
            let group = |g: &Vec<Target>| Raw::List(g.iter().map(target).collect());
            put(verb, Raw::List(groups.iter().map(group).collect()));
        }
        Change::BadRelease { name, errors, factor } => {
            put(verb, text(name));
            put("errors", Raw::Number(*errors));
            put("factor", Raw::Number(*factor));
        }
        other => {
            if let Some(t) = other.target() {
                put(verb, target(t));
            }
        }
    }
}

/// `web#1`, `db#primary`, `db#shard-2-replica-1`, or the name of a node or host.
fn server_name(target: &Target, topology: &Topology) -> String {
    let database = topology.nodes.get(&target.name).filter(|n| n.kind == Kind::Database);
    match (target.replica, database) {
        (Some(i), Some(node)) => format!("{}#{}", target.name, database_server_name(node, i)),
        _ => target.to_string(),
    }
}

/// A value on one line of TOML.
fn toml(raw: &Raw, out: &mut String) {
    match raw {
        Raw::Number(n) if n.fract() == 0.0 && n.abs() < 1e15 => *out += &format!("{n:.0}"),
        Raw::Number(n) => *out += &format!("{n:?}"),
        Raw::Text(text) => quoted(text, out),
        Raw::Bool(yes) => *out += if *yes { "true" } else { "false" },
        Raw::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                *out += if i == 0 { "" } else { ", " };
                toml(item, out);
            }
            out.push(']');
        }
        Raw::Table(table) => {
            *out += "{ ";
            for (i, (key, value)) in table.iter().enumerate() {
                *out += if i == 0 { "" } else { ", " };
                let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                if !key.is_empty() && key.chars().all(bare) {
                    *out += key;
                } else {
                    quoted(key, out);
                }
                *out += " = ";
                toml(value, out);
            }
            *out += " }";
        }
    }
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => *out += &format!("\\U{:08X}", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Longest text of one change that is read, bytes.
pub const MAX_TEXT: usize = 64 * fields::MAX_LINE;
