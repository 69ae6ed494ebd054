//! Setting a knob by its name in the file: `web.replicas`, `users->lb.timeout`; also from the command line.

use super::target::{known, no_link};
use crate::level::fields;
use crate::level::file;
use crate::level::sanitise::one_line;
use crate::sim::change::Change;
use crate::sim::component::{COMMON_KNOBS, LINK_KNOBS};
use crate::sim::topology::Topology;
use crate::sim::value::{Knob, Problem, Raw, Shape, unknown};

/// Splits `web.replicas` into the target and its knob.
pub fn split(path: &str, topology: &Topology) -> Result<(String, &'static Knob), Problem> {
    let Some((target, name)) = path.rsplit_once('.') else {
        return Err(Problem::new(format!("`{path}` names no knob"), "write NODE.KNOB, as \"web.replicas\""));
    };
    let tables = match target.split_once("->") {
        Some((from, to)) => {
            known(from, topology)?;
            known(to, topology)?;
            if !topology.has_link(from, to) {
                return Err(no_link(from, to, topology));
            }
            vec![LINK_KNOBS]
        }
        None if topology.hosts.contains_key(target) => vec![COMMON_KNOBS],
        None => {
            known(target, topology)?;
            topology.nodes[target].kind.knob_tables().to_vec()
        }
    };
    // Of a machine, only the size can be set.
    let host = topology.hosts.contains_key(target);
    let all = || tables.iter().flat_map(|t| t.iter()).filter(|k| !host || k.name == "size");
    match all().find(|k| k.name == name) {
        Some(knob) if knob.shape == Shape::Later => Err(fields::later(name)),
        Some(knob) => Ok((target.to_owned(), knob)),
        None => {
            let mut p = unknown(name, all().map(|k| k.name));
            p.message = format!("`{target}` has no knob `{name}`");
            Err(p)
        }
    }
}

/// The change that sets a knob; the value has the knob's shape.
pub fn set_knob(target: String, knob: &'static Knob, raw: &Raw) -> Result<Change, Vec<Problem>> {
    Ok(Change::Set { target, knob: knob.name, value: Some(knob.shape.read(raw)?) })
}

/// Reads `web.replicas=5`, `users.rate=900/s`, `users->lb.timeout=2s` or `db.read={ exponential = "4ms" }`.
pub fn parse_set(text: &str, topology: &Topology) -> Result<Change, Problem> {
    read_set(text, topology).map_err(|p| Problem {
        path: p.path,
        message: one_line(&p.message, fields::MAX_TEXT),
        remedy: one_line(&p.remedy, fields::MAX_TEXT),
    })
}

fn read_set(text: &str, topology: &Topology) -> Result<Change, Problem> {
    let Some((path, value)) = text.split_once('=') else {
        return Err(Problem::new(
            format!("`{text}` sets nothing"),
            "write NODE.KNOB=VALUE, as web.replicas=5",
        ));
    };
    let (target, knob) = split(path.trim(), topology)?;
    let raw = read_value(value.trim())?;
    let change = fields::one(set_knob(target, knob, &raw))?;
    let mut changed = topology.clone();
    crate::level::design::apply(&mut changed, &change).map_err(|e| Problem::new(e.to_string(), ""))?;
    match crate::level::check::references(&changed).into_iter().next() {
        Some(p) => Err(p),
        None => Ok(change),
    }
}

/// A value on the command line: TOML where it looks like it, else a number or a word.
fn read_value(text: &str) -> Result<Raw, Problem> {
    if text.starts_with(['{', '[', '"', '\'']) {
        let (item, faults) = file::parse(&format!("value = {text}"));
        if let Some(fault) = faults.into_iter().next() {
            return Err(Problem::new(fault.message, "write the value as in a level file"));
        }
        let Raw::Table(mut table) = item.to_raw() else {
            return Err(Problem::new("not a value", "write the value as in a level file"));
        };
        if table.len() != 1 {
            return Err(Problem::new("more than one value", "write one --set for each knob"));
        }
        return table.shift_remove("value").ok_or_else(|| Problem::new("not a value", ""));
    }
    Ok(match text {
        "true" => Raw::Bool(true),
        "false" => Raw::Bool(false),
        _ => match text.parse::<f64>() {
            Ok(n) if n.is_finite() => Raw::Number(n),
            _ => Raw::Text(text.to_owned()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::value::Value;

    fn topology() -> Topology {
        let source = "[node.users.client]\nrate = \"9/s\"\n[node.web.service]\n[[link]]\nfrom = \"users\"\nto = \"web\"\n";
        crate::level::check::check(source, "x.toml").unwrap().topology
    }

    #[track_caller]
    fn fails(text: &str, message: &str, remedy: &str) {
        let p = parse_set(text, &topology()).expect_err(text);
        assert!(p.message.contains(message) && p.remedy.contains(remedy), "{text}: {p:?}");
    }

    #[test]
    fn set_takes_the_names_of_the_file() {
        let set = |text: &str| match parse_set(text, &topology()).unwrap() {
            Change::Set { target, knob, value } => (target, knob, value.unwrap()),
            other => panic!("{other:?}"),
        };
        assert_eq!(set("web.replicas=5"), ("web".into(), "replicas", Value::Count(5)));
        assert_eq!(set("users.rate = 900/s"), ("users".into(), "rate", Value::Rate(900.0)));
        assert_eq!(set("web.workers=unlimited").2, Value::Unlimited);
        assert_eq!(set("users->web.timeout=2s").0, "users->web");
        assert!(matches!(set("web.work={ exponential = \"4ms\" }").2, Value::Distribution(_)));
        fails("users.rate=900", "unit", "900/s");
        fails("wed.replicas=5", "no node `wed`", "`web`");
        fails("web.replica=5", "no knob `replica`", "`replicas`");
        fails("web.replicas=0", "out of range", "whole number");
        fails("web.zone=1", "expected a name", "");
        fails("users->wen.timeout=2s", "no node", "`web`");
        fails("web->users.timeout=2s", "no link", "users->web");
        fails("web.replicas", "sets nothing", "web.replicas=5");
        fails("web=5", "names no knob", "");
        fails("web.work={ exp", "TOML", "");
        fails("web.size=huge", "no size", "m");
        fails("w\u{1b}b.x=1", "no node `wb`", "");
    }
}
