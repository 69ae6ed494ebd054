//! Hosts, nodes and links: from raw tables to a draft of a topology, knobs checked one by one.

use indexmap::IndexMap;

use crate::level::change::read_kind;
use crate::level::fields::{Fields, MAX_NAME, check_name, within, written};
use crate::level::sizes;
use crate::sim::component::{Kind, LINK_KNOBS};
use crate::sim::topology::{HostSpec, LinkSpec, MAX_LINKS, MAX_NODES, NodeSpec, Topology};
use crate::sim::value::{Knobs, Problem, Raw};

/// A topology that was read, faults or not.
#[derive(Default)]
pub struct Draft {
    /// What could be read.
    pub topology: Topology,
    /// Place in the file of each link of the topology.
    pub link_places: Vec<usize>,
    /// Nodes with a faulty knob: what they would use is not known.
    pub damaged: Vec<String>,
}

/// Reads the three keys of a topology.
pub fn read(fields: &mut Fields<'_>) -> Draft {
    let mut draft = Draft::default();
    draft.topology.sizes = sizes::ladder().to_vec();
    fields.nested("host", |raw, problems| read_hosts(raw, &mut draft, problems));
    fields.nested("node", |raw, problems| read_nodes(raw, &mut draft, problems));
    fields.nested("link", |raw, problems| read_links(raw, &mut draft, problems));
    draft
}

fn table<'a>(
    raw: &'a Raw,
    example: &str,
    most: usize,
    problems: &mut Vec<Problem>,
) -> Option<&'a IndexMap<String, Raw>> {
    let Raw::Table(table) = raw else {
        problems.push(Problem::new("expected a table", format!("write {example}")));
        return None;
    };
    if table.len() > most {
        problems.push(Problem::new(format!("more than {most} parts"), "write a smaller system"));
        return None;
    }
    Some(table)
}

fn read_hosts(raw: &Raw, draft: &mut Draft, problems: &mut Vec<Problem>) {
    for (name, host) in table(raw, "[host.NAME]", MAX_NODES, problems).into_iter().flatten() {
        within(problems, name, |problems| {
            problems.extend(check_name(name, MAX_NAME).err());
            let mut f = Fields::new(host, "[host.NAME] with size = \"m\"");
            let size = f.get("size", |r| sizes::known(written(r, MAX_NAME)?));
            f.require("size", "write size = \"m\"; `fivenines list` shows the ladder");
            let zone = f.get("zone", |r| {
                let zone = written(r, MAX_NAME * 2)?;
                check_name(zone, MAX_NAME).map(|()| zone.to_owned())
            });
            f.finish(problems);
            let size = size.unwrap_or_default();
            draft.topology.hosts.insert(name.clone(), HostSpec { size, zone });
        });
    }
}

fn read_nodes(raw: &Raw, draft: &mut Draft, problems: &mut Vec<Problem>) {
    for (name, node) in table(raw, "[node.NAME.KIND]", MAX_NODES, problems).into_iter().flatten() {
        within(problems, name, |problems| {
            problems.extend(check_name(name, MAX_NAME).err());
            let Some(kinds) = table(node, "[node.NAME.KIND]", usize::MAX, problems) else { return };
            let (Some((key, knobs)), 1) = (kinds.first(), kinds.len()) else {
                problems.push(Problem::new(
                    format!("`{name}` must have exactly one kind"),
                    format!("write [node.{name}.service] or another kind"),
                ));
                return;
            };
            within(problems, key, |problems| match read_kind(key) {
                Ok(kind) => read_node(name, kind, knobs, draft, problems),
                Err(p) => {
                    problems.push(p);
                    draft.damaged.push(name.clone());
                }
            });
        });
    }
}

fn read_node(name: &str, kind: Kind, raw: &Raw, draft: &mut Draft, problems: &mut Vec<Problem>) {
    let Some(table) = table(raw, "[node.NAME.KIND]", usize::MAX, problems) else { return };
    let tables = kind.knob_tables();
    let knobs = match Knobs::check(&tables, table) {
        Ok(knobs) => knobs,
        Err(faults) => {
            draft.damaged.push(name.to_owned());
            // What is sound is kept, so that the rest of the file can be checked against it.
            let mut sound = table.clone();
            sound.retain(|key, _| !faults.iter().any(|p| p.path.first() == Some(key)));
            problems.extend(faults);
            Knobs::check(&tables, &sound).unwrap_or_default()
        }
    };
    draft.topology.nodes.insert(name.to_owned(), NodeSpec { kind, knobs });
}

fn read_links(raw: &Raw, draft: &mut Draft, problems: &mut Vec<Problem>) {
    let Raw::List(links) = raw else {
        problems.push(Problem::new("expected a list of links", "write [[link]] with two brackets"));
        return;
    };
    if links.len() > MAX_LINKS {
        problems.push(Problem::new(format!("more than {MAX_LINKS} links"), "write a smaller system"));
        return;
    }
    for (i, link) in links.iter().enumerate() {
        within(problems, i, |problems| {
            let mut f = Fields::new(link, "[[link]] with from = \"users\" and to = \"lb\"");
            let end = |r: &Raw| written(r, 64).map(ToOwned::to_owned);
            let (from, to) = (f.get("from", end), f.get("to", end));
            f.require("from", "write from = \"NAME\", the caller");
            f.require("to", "write to = \"NAME\", who is called");
            let Raw::Table(table) = link else { return f.finish(problems) };
            for knob in LINK_KNOBS {
                f.raw(knob.name);
            }
            f.finish(problems);
            let mut knobs = table.clone();
            knobs.retain(|key, _| LINK_KNOBS.iter().any(|k| k.name == key));
            let knobs = Knobs::check(&[LINK_KNOBS], &knobs).unwrap_or_else(|faults| {
                problems.extend(faults);
                Knobs::default()
            });
            if let (Some(from), Some(to)) = (from, to) {
                draft.topology.links.push(LinkSpec { from, to, knobs });
                draft.link_places.push(i);
            }
        });
    }
}
