//! Changes of a running system: edits, faults, and how each is taken back.

use super::super::change::{Change, ChangeError, Target, TimedChange};
use super::super::component::{Kind, LINK_KNOBS};
use super::super::log::Weight;
use super::super::outcome::Reason;
use super::super::snapshot::ReplicaState;
use super::super::topology::{LinkSpec, NodeSpec};
use super::super::value::{Knob, Knobs, Value};
use super::{ScheduledChange, Simulation};

type Applied = Result<Option<Change>, ChangeError>;

impl Simulation {
    /// Alters the system at the present instant; returns the change that undoes it, if one does.
    pub fn apply(&mut self, change: &Change) -> Applied {
        match change {
            Change::Set { target, knob, value } => self.set(target, knob, value.clone()),
            Change::Add { name, node } => self.add(name, node),
            Change::Remove { name } => self.remove(name),
            Change::Connect(link) => self.connect(link),
            Change::Disconnect { from, to } => self.disconnect(from, to),
            Change::Crash(target) => self.crash(target),
            Change::Restore(target) => self.restore(target),
            Change::Slow { target, factor } => self.slow(target, *factor),
            Change::Flush { name } => self.flush(name),
        }
    }
    /// A scheduled change is due.
    pub(super) fn scheduled_change(&mut self, index: usize) {
        self.free_changes.push(index as u32);
        match std::mem::replace(&mut self.changes[index], ScheduledChange::Done) {
            ScheduledChange::Do(TimedChange { change, lasts, .. }) => match self.apply(&change) {
                Ok(Some(undo)) => {
                    if let Some(lasts) = lasts {
                        self.plan(self.ctx.now + lasts, ScheduledChange::Undo(undo));
                    }
                }
                Ok(None) => {}
                Err(e) => {
                    self.ctx.note("".into(), Weight::Bad, &format!("a planned change was not possible: {e}"));
                }
            },
            ScheduledChange::Undo(change) => {
                if let Err(e) = self.apply(&change) {
                    self.ctx.note("".into(), Weight::Bad, &format!("a planned change was not possible: {e}"));
                }
            }
            ScheduledChange::Start { node, replica, life } => {
                let r = &self.ctx.nodes[node as usize].replicas[replica as usize];
                if r.life == life && r.state == ReplicaState::Starting {
                    self.turn_up(node, replica);
                    let place = self.ctx.replica_name(node, replica);
                    self.ctx.note(place, Weight::Good, "is up");
                }
            }
            ScheduledChange::Done => {}
        }
    }

    fn set(&mut self, target: &str, knob: &'static str, value: Option<Value>) -> Applied {
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
        link.configure(knobs);
        self.ctx.serve_pools();
        self.ctx.note(format!("{from}->{to}").into(), Weight::Change, &format!("{knob} changed"));
        Ok(Some(Change::Set { target: format!("{from}->{to}"), knob, value: former }))
    }

    fn add(&mut self, name: &str, node: &NodeSpec) -> Applied {
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
    fn remove(&mut self, name: &str) -> Applied {
        let Some(id) = self.ctx.find(name) else { return Err(ChangeError::UnknownTarget(name.to_owned())) };
        let user = |(user, spec): (&String, &NodeSpec)| {
            let calls = spec.calls().any(|c| c.to == name || c.on_miss.as_deref() == Some(name));
            (calls || spec.names(name)).then(|| user.clone())
        };
        if let Some(user) = self.topology.nodes.iter().find_map(user) {
            return Err(ChangeError::InUse(name.to_owned(), user));
        }
        if self.ctx.nodes[id as usize].kind == Kind::Client {
            return Err(ChangeError::NotApplicable(name.to_owned(), "remove"));
        }
        for replica in 0..self.ctx.nodes[id as usize].replicas.len() as u16 {
            self.turn_down(id, replica, false, Reason::Removed);
        }
        self.ctx.nodes[id as usize].removed = true;
        for link in self.ctx.links.iter_mut().filter(|l| l.from == id || l.to == id) {
            link.removed = true;
        }
        let spec = self.topology.nodes.shift_remove(name);
        self.topology.links.retain(|l| l.from != name && l.to != name);
        self.sync()?;
        self.ctx.note(name.into(), Weight::Change, "removed");
        Ok(spec.map(|node| Change::Add { name: name.to_owned(), node }))
    }
    fn connect(&mut self, link: &LinkSpec) -> Applied {
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
    fn disconnect(&mut self, from: &str, to: &str) -> Applied {
        let unknown = || ChangeError::UnknownTarget(format!("{from}->{to}"));
        let at = self.topology.links.iter().position(|l| l.from == from && l.to == to).ok_or_else(unknown)?;
        let spec = self.topology.links.remove(at);
        if let (Some(a), Some(b)) = (self.ctx.find(from), self.ctx.find(to))
            && let Some(id) = self.ctx.link(a, b)
        {
            self.ctx.links[id as usize].removed = true;
        }
        self.sync()?;
        self.ctx.note(format!("{from}->{to}").into(), Weight::Change, "disconnected");
        Ok(Some(Change::Connect(spec)))
    }

    /// The servers that a target names, and whether it is a whole machine.
    fn servers(&self, target: &Target, verb: &'static str) -> Result<(Vec<(u16, u16)>, bool), ChangeError> {
        if let Some(host) = self.topology.hosts.get_index_of(target.name.as_str()) {
            let on = |(id, n): (usize, &super::super::context::Node)| {
                let here = n.replicas.iter().enumerate().filter(|(_, r)| r.host == host as u32);
                here.map(|(k, _)| (id as u16, k as u16)).collect::<Vec<_>>()
            };
            return Ok((self.ctx.nodes.iter().enumerate().flat_map(on).collect(), true));
        }
        let unknown = || ChangeError::UnknownTarget(target.to_string());
        let id = self.ctx.find(&target.name).ok_or_else(unknown)?;
        let n = &self.ctx.nodes[id as usize];
        if n.kind == Kind::Client {
            return Err(ChangeError::NotApplicable(target.name.clone(), verb));
        }
        match target.replica {
            Some(k) if k >= n.active => Err(unknown()),
            Some(k) => Ok((vec![(id, k)], false)),
            None => Ok(((0..n.active).map(|k| (id, k)).collect(), false)),
        }
    }
    fn crash(&mut self, target: &Target) -> Applied {
        let (servers, silent) = self.servers(target, "crash")?;
        for (id, replica) in servers {
            if matches!(self.ctx.state(id, replica), ReplicaState::Up | ReplicaState::Starting) {
                self.turn_down(id, replica, silent, Reason::Crashed);
            }
        }
        Ok(Some(Change::Restore(target.clone())))
    }
    fn restore(&mut self, target: &Target) -> Applied {
        let (servers, _) = self.servers(target, "restore")?;
        for (id, replica) in servers {
            if !matches!(self.ctx.state(id, replica), ReplicaState::Down | ReplicaState::Silent) {
                continue;
            }
            let name = self.ctx.nodes[id as usize].name.clone();
            let Some(spec) = self.topology.nodes.get(&*name).cloned() else { continue };
            self.start_server(id, replica, &spec);
            let up = self.ctx.state(id, replica) == ReplicaState::Up;
            let place = self.ctx.replica_name(id, replica);
            self.ctx.note(place, Weight::Good, if up { "is up again" } else { "is starting" });
        }
        Ok(Some(Change::Crash(target.clone())))
    }
    fn slow(&mut self, target: &Target, factor: f64) -> Applied {
        let (servers, _) = self.servers(target, "slow")?;
        let mut former = 1.0;
        for (id, replica) in servers {
            let r = &mut self.ctx.nodes[id as usize].replicas[replica as usize];
            former = std::mem::replace(&mut r.slow, factor);
            let place = self.ctx.replica_name(id, replica);
            let (weight, text) = if factor > 1.0 {
                (Weight::Bad, format!("{factor} times slower"))
            } else {
                (Weight::Good, "at normal speed".into())
            };
            self.ctx.note(place, weight, &text);
        }
        Ok(Some(Change::Slow { target: target.clone(), factor: former }))
    }
    fn flush(&mut self, name: &str) -> Applied {
        let id = self.ctx.find(name).ok_or_else(|| ChangeError::UnknownTarget(name.to_owned()))?;
        let Some(kept) = self.components[id as usize].behavior().flush() else {
            return Err(ChangeError::NotApplicable(name.to_owned(), "flush"));
        };
        let text = format!("flushed: {kept} entries gone");
        self.ctx.note(name.into(), Weight::Bad, &text);
        Ok(None)
    }
}

/// Sets a knob, or takes it back to its default; the former value.
fn put(knobs: &mut Knobs, sheet: &Knob, value: Option<Value>) -> Option<Value> {
    match value.or_else(|| sheet.default.map(|v| v())) {
        Some(v) => knobs.set(sheet.name, v),
        None => knobs.unset(sheet.name),
    }
}
