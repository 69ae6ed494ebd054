//! A change made to a design on paper: what a topology becomes, without running it.

use crate::sim::change::{Change, ChangeError, Target};
use crate::sim::component::{Kind, LINK_KNOBS};
use crate::sim::topology::{LinkSpec, MAX_NODES, Topology};
use crate::sim::value::{Knobs, Value};

/// Makes a change; faults, operations and their ends leave a design as it is.
pub fn apply(topology: &mut Topology, change: &Change) -> Result<(), ChangeError> {
    match change {
        Change::Set { target, knob, value } => set(topology, target, knob, value.as_ref()),
        Change::Add { name, node } => {
            if topology.nodes.contains_key(name) || topology.hosts.contains_key(name) {
                return Err(ChangeError::Exists(name.clone()));
            }
            if topology.nodes.len() >= MAX_NODES {
                return Err(ChangeError::TooMany("nodes", MAX_NODES as u64));
            }
            topology.nodes.insert(name.clone(), node.clone());
            Ok(())
        }
        Change::Remove { name } => {
            match topology.nodes.get(name).map(|n| n.kind) {
                None => return Err(ChangeError::UnknownTarget(name.clone())),
                Some(Kind::Client) => return Err(ChangeError::NotApplicable(name.clone(), "remove")),
                Some(_) => {}
            }
            if let Some(by) = topology.user_of(name).map(str::to_owned) {
                return Err(ChangeError::InUse(name.clone(), by));
            }
            topology.nodes.shift_remove(name);
            topology.links.retain(|l| l.from != *name && l.to != *name);
            Ok(())
        }
        Change::Connect(link) => {
            for end in [&link.from, &link.to] {
                if !topology.nodes.contains_key(end) {
                    return Err(ChangeError::UnknownTarget(end.clone()));
                }
            }
            if topology.links.iter().any(|l| l.from == link.from && l.to == link.to) {
                return Err(ChangeError::Exists(link_name(&link.from, &link.to)));
            }
            topology.links.push(link.clone());
            Ok(())
        }
        Change::Disconnect { from, to } => {
            let before = topology.links.len();
            topology.links.retain(|l| l.from != *from || l.to != *to);
            if topology.links.len() == before {
                return Err(ChangeError::UnknownTarget(link_name(from, to)));
            }
            Ok(())
        }
        Change::Several(all) => all.iter().try_for_each(|c| apply(topology, c)),
        other => possible(topology, other),
    }
}

/// Whether a fault, an operation or the end of one finds its place in the design.
fn possible(topology: &Topology, change: &Change) -> Result<(), ChangeError> {
    let kind = |name: &String| topology.nodes.get(name).map(|n| n.kind);
    let unknown = |name: &String| Err(ChangeError::UnknownTarget(name.clone()));
    match change {
        Change::DiskFull(target) => {
            check_target(topology, target, change.verb())?;
            match kind(&target.name) {
                Some(Kind::Database) => Ok(()),
                _ => Err(ChangeError::NotApplicable(target.name.clone(), change.verb())),
            }
        }
        Change::Flush { name } => match kind(name).map(Kind::is_cache) {
            Some(true) => Ok(()),
            Some(_) => Err(ChangeError::NotApplicable(name.clone(), change.verb())),
            None => unknown(name),
        },
        Change::BadRelease { name, .. } | Change::Deploy { name } => match kind(name) {
            Some(Kind::Client) => Err(ChangeError::NotApplicable(name.clone(), change.verb())),
            Some(_) => Ok(()),
            None => unknown(name),
        },
        Change::ZoneDown { zone } if !topology.zones().contains(&zone.as_str()) => unknown(zone),
        Change::Loss { target, .. } | Change::Delay { target, .. } | Change::Stall { target } => {
            match target.split_once("->") {
                Some((from, to)) if topology.has_link(from, to) => Ok(()),
                None if kind(target).is_some() => Ok(()),
                _ => unknown(target),
            }
        }
        Change::Partition { groups } => groups.iter().flatten().try_for_each(|t| {
            let known = match (topology.nodes.get(&t.name), t.replica) {
                (Some(node), Some(i)) => u32::from(i) < node.servers(),
                (Some(_), None) => true,
                (None, _) => {
                    topology.hosts.contains_key(&t.name) || topology.zones().contains(&t.name.as_str())
                }
            };
            if known { Ok(()) } else { Err(ChangeError::UnknownTarget(t.to_string())) }
        }),
        Change::Fails { fault: inner, .. } | Change::End(inner) => possible(topology, inner),
        other => other.target().map_or(Ok(()), |target| check_target(topology, target, other.verb())),
    }
}

/// How a link is written: `users->lb`.
pub fn link_name(from: &str, to: &str) -> String {
    format!("{from}->{to}")
}

/// The link of that name; that of a call is declared on the way.
fn link_mut<'a>(topology: &'a mut Topology, name: &str) -> Option<&'a mut LinkSpec> {
    let (from, to) = name.split_once("->")?;
    if !topology.has_link(from, to) {
        return None;
    }
    let declared = topology.links.iter().position(|l| l.from == from && l.to == to);
    let i = declared.unwrap_or(topology.links.len());
    if declared.is_none() {
        let knobs = Knobs::check(&[LINK_KNOBS], &indexmap::IndexMap::new()).ok()?;
        topology.links.push(LinkSpec { from: from.to_owned(), to: to.to_owned(), knobs });
    }
    topology.links.get_mut(i)
}

fn set(
    topology: &mut Topology,
    target: &str,
    knob: &'static str,
    value: Option<&Value>,
) -> Result<(), ChangeError> {
    let knobs = if target.contains("->") {
        let link = link_mut(topology, target);
        &mut link.ok_or_else(|| ChangeError::UnknownTarget(target.to_owned()))?.knobs
    } else if let Some(host) = topology.hosts.get_mut(target) {
        let (true, Some(Value::Name(size))) = (knob == "size", value) else {
            return Err(ChangeError::UnknownKnob(target.to_owned(), knob));
        };
        host.size.clone_from(size);
        return Ok(());
    } else {
        let node = topology.nodes.get_mut(target);
        &mut node.ok_or_else(|| ChangeError::UnknownTarget(target.to_owned()))?.knobs
    };
    match value {
        Some(value) => knobs.set(knob, value.clone()),
        None => knobs.unset(knob),
    };
    Ok(())
}

fn check_target(topology: &Topology, target: &Target, verb: &'static str) -> Result<(), ChangeError> {
    let unknown = || ChangeError::UnknownTarget(target.to_string());
    if topology.hosts.contains_key(&target.name) && target.replica.is_none() {
        return Ok(());
    }
    let node = topology.nodes.get(&target.name).ok_or_else(unknown)?;
    match target.replica {
        Some(i) if u32::from(i) >= node.servers() => Err(unknown()),
        _ if node.kind == Kind::Client => Err(ChangeError::NotApplicable(target.name.clone(), verb)),
        _ => Ok(()),
    }
}
