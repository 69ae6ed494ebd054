//! Edits of the design while it runs: knobs, parts, links.

use super::super::super::change::{Change, ChangeError};
use super::super::super::component::{Kind, LINK_KNOBS};
use super::super::super::log::Weight;
use super::super::super::outcome::Reason;
use super::super::super::topology::{LinkSpec, NodeSpec};
use super::super::super::value::{Knob, Knobs, Value};
use super::super::Simulation;
use super::Applied;

impl Simulation {
    pub(super) fn set(&mut self, target: &str, knob: &'static str, value: Option<Value>) -> Applied {
        if let Some((from, to)) = target.split_once("->") {
            return self.set_link(from, to, knob, value);
        }
        if let Some(host) = self.topology.hosts.get_mut(target) {
            let (true, Some(Value::Name(size))) = (knob == "size", value) else {
                return Err(ChangeError::UnknownKnob(target.to_owned(), knob));
            };
            let former = std::mem::replace(&mut host.size, size.clone());
            let cores = self.topology.size(&size).map(|s| s.cores);
            let index = self.topology.hosts.get_index_of(target).unwrap_or(0) as u32;
            let Some(cores) = cores else { return Err(ChangeError::UnknownTarget(size)) };
            self.ctx.set_cores(index, cores);
            self.sync_memory();
            self.ctx.note(target.into(), Weight::Change, &format!("size {former} → {size}"));
            return Ok(Some(Change::Set { target: target.into(), knob, value: Some(Value::Name(former)) }));
        }
        let Some(node) = self.topology.nodes.get_mut(target) else {
            return Err(ChangeError::UnknownTarget(target.to_owned()));
        };
        let Some(sheet) = node.kind.knob(knob) else {
            return Err(ChangeError::UnknownKnob(target.to_owned(), knob));
        };
        if !sheet.live {
            return Err(ChangeError::Fixed(knob));
        }
        if let (Some(Value::Name(size)), "size") = (&value, knob)
            && self.topology.sizes.iter().all(|s| s.name != *size)
        {
            return Err(ChangeError::UnknownTarget(size.clone()));
        }
        let former = put(&mut node.knobs, sheet, value);
        let new = node.knobs.get(knob).cloned();
        if let Err(e) = self.sync() {
            // Nothing may stay half changed.
            if let Some(node) = self.topology.nodes.get_mut(target) {
                put(&mut node.knobs, sheet, former);
            }
            self.sync()?;
            return Err(e);
        }
        let show = |v: &Option<Value>| v.as_ref().map_or("none".to_owned(), ToString::to_string);
        self.ctx.note(
            target.into(),
            Weight::Change,
            &format!("{} {} → {}", knob.replace('_', " "), show(&former), show(&new)),
        );
        Ok(Some(Change::Set { target: target.to_owned(), knob, value: former }))
    }
    fn set_link(&mut self, from: &str, to: &str, knob: &'static str, value: Option<Value>) -> Applied {
        let unknown = || ChangeError::UnknownTarget(format!("{from}->{to}"));
        let (Some(a), Some(b)) = (self.ctx.find(from), self.ctx.find(to)) else { return Err(unknown()) };
        let id = self.ctx.link(a, b).ok_or_else(unknown)?;
        let Some(sheet) = LINK_KNOBS.iter().find(|k| k.name == knob) else {
            return Err(ChangeError::UnknownKnob(format!("{from}->{to}"), knob));
        };
        let at = self.topology.links.iter().position(|l| l.from == from && l.to == to).unwrap_or_else(|| {
            self.topology.links.push(LinkSpec { from: from.into(), to: to.into(), knobs: Knobs::default() });
            self.topology.links.len() - 1
        });
        let knobs = &mut self.topology.links[at].knobs;
        let former = put(knobs, sheet, value);
        let link = &mut self.ctx.links[id as usize];
        link.configure(&self.topology.rules(&self.topology.links[at]));
        self.ctx.serve_pools();
        self.ctx.note(format!("{from}->{to}").into(), Weight::Change, &format!("{knob} changed"));
        Ok(Some(Change::Set { target: format!("{from}->{to}"), knob, value: former }))
    }

    pub(super) fn add(&mut self, name: &str, node: &NodeSpec) -> Applied {
        if self.topology.nodes.contains_key(name) || self.topology.hosts.contains_key(name) {
            return Err(ChangeError::Exists(name.to_owned()));
        }
        self.add_node(name, node.kind)?;
        self.topology.nodes.insert(name.to_owned(), node.clone());
        self.sync()?;
        self.ctx.note(
            name.into(),
            Weight::Change,
            &format!("added: a {}", node.kind.datasheet().title.to_lowercase()),
        );
        Ok(Some(Change::Remove { name: name.to_owned() }))
    }
    pub(super) fn remove(&mut self, name: &str) -> Applied {
        let Some(id) = self.ctx.find(name) else { return Err(ChangeError::UnknownTarget(name.to_owned())) };
        if let Some(user) = self.topology.user_of(name) {
            return Err(ChangeError::InUse(name.to_owned(), user.to_owned()));
        }
        if self.ctx.nodes[id as usize].kind == Kind::Client {
            return Err(ChangeError::NotApplicable(name.to_owned(), "remove"));
        }
        for replica in 0..self.ctx.nodes[id as usize].replicas.len() as u16 {
            self.turn_down(id, replica, false, Reason::Removed);
        }
        self.ctx.nodes[id as usize].removed = true;
        for link in self.ctx.links.iter_mut().filter(|l| l.from == id || l.to == id) {
            link.remove();
        }
        self.ctx.release_held();
        let spec = self.topology.nodes.shift_remove(name);
        self.topology.links.retain(|l| l.from != name && l.to != name);
        self.sync()?;
        self.ctx.note(name.into(), Weight::Change, "removed");
        Ok(spec.map(|node| Change::Add { name: name.to_owned(), node }))
    }
    pub(super) fn connect(&mut self, link: &LinkSpec) -> Applied {
        if self.topology.links.iter().any(|l| l.from == link.from && l.to == link.to) {
            return Err(ChangeError::Exists(format!("{}->{}", link.from, link.to)));
        }
        self.topology.links.push(link.clone());
        if let Err(e) = self.sync() {
            self.topology.links.pop();
            return Err(e);
        }
        self.ctx.note(format!("{}->{}", link.from, link.to).into(), Weight::Change, "connected");
        Ok(Some(Change::Disconnect { from: link.from.clone(), to: link.to.clone() }))
    }
    pub(super) fn disconnect(&mut self, from: &str, to: &str) -> Applied {
        let unknown = || ChangeError::UnknownTarget(format!("{from}->{to}"));
        let at = self.topology.links.iter().position(|l| l.from == from && l.to == to).ok_or_else(unknown)?;
        let spec = self.topology.links.remove(at);
        if let (Some(a), Some(b)) = (self.ctx.find(from), self.ctx.find(to))
            && let Some(id) = self.ctx.link(a, b)
        {
            self.ctx.links[id as usize].remove();
            self.ctx.release_held();
        }
        self.sync()?;
        self.ctx.note(format!("{from}->{to}").into(), Weight::Change, "disconnected");
        Ok(Some(Change::Connect(spec)))
    }
}

/// Sets a knob, or takes it back to its default; the former value.
fn put(knobs: &mut Knobs, sheet: &Knob, value: Option<Value>) -> Option<Value> {
    match value.or_else(|| sheet.default.map(|v| v())) {
        Some(v) => knobs.set(sheet.name, v),
        None => knobs.unset(sheet.name),
    }
}
