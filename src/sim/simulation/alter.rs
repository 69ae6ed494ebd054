//! Changes of a running system: edits, faults, and how each is taken back.

mod chance;
mod edit;
mod fault;
mod network;
mod rolling;

use super::super::change::{Change, ChangeError, Target, TimedChange};
use super::super::component::Kind;
use super::super::log::Weight;
use super::super::snapshot::ReplicaState;
use super::{ScheduledChange, Simulation};

type Applied = Result<Option<Change>, ChangeError>;

/// What lasts beyond the instant of its change.
#[derive(Clone, Default)]
pub(super) struct Standing {
    /// Partitions: their groups, and the cuts that they made.
    partitions: Vec<(Vec<Vec<Target>>, Vec<u32>)>,
    /// Zones that are dark.
    dark: Vec<String>,
    deploys: Vec<rolling::Deploy>,
    chances: chance::Chances,
}

impl Simulation {
    /// Alters the system at the present instant; returns the change that undoes it, if one does.
    pub fn apply(&mut self, change: &Change) -> Applied {
        self.ctx.expect_trouble();
        let made = self.make(change);
        self.clear_ready();
        self.ctx.look_around();
        made
    }
    fn make(&mut self, change: &Change) -> Applied {
        match change {
            Change::Set { target, knob, value } => self.set(target, knob, value.clone()),
            Change::Add { name, node } => self.add(name, node),
            Change::Remove { name } => self.remove(name),
            Change::Connect(link) => self.connect(link),
            Change::Disconnect { from, to } => self.disconnect(from, to),
            Change::Crash(target) => self.crash(target, true),
            Change::Restore(target) => self.restore(target),
            Change::Slow { target, factor } => self.slow(target, *factor),
            Change::Flush { name } => self.flush(name),
            Change::Hang(target) | Change::Pause(target) | Change::Drain(target) => {
                self.fault(change, target, true)
            }
            Change::DiskFull(target) => self.disk_full(target, true),
            Change::Loss { target, share } => self.loss(target, *share),
            Change::Delay { target, by } => self.delay(target, *by),
            Change::Stall { target } => self.stall(target, true),
            Change::Partition { groups } => self.partition(groups),
            Change::ZoneDown { zone } => self.zone_down(zone, true),
            Change::BadRelease { name, errors, factor } => self.bad_release(name, *errors, *factor),
            Change::Deploy { name } => self.deploy(name),
            Change::Fails { fault, mtbf, mttr } => self.fails(fault, mtbf, mttr),
            Change::End(change) => self.end(change),
            Change::Several(changes) => self.several(changes),
        }
    }
    fn end(&mut self, change: &Change) -> Applied {
        match change {
            Change::Crash(target) => self.crash(target, false),
            Change::Hang(target) | Change::Pause(target) | Change::Drain(target) => {
                self.fault(change, target, false)
            }
            Change::DiskFull(target) => self.disk_full(target, false),
            Change::Stall { target } => self.stall(target, false),
            Change::Partition { groups } => Ok(Some(self.end_partition(groups))),
            Change::ZoneDown { zone } => self.zone_down(zone, false),
            Change::BadRelease { name, .. } => self.end_bad_release(name),
            Change::Deploy { name } => self.end_deploy(name),
            Change::Fails { fault, mtbf, mttr } => self.end_fails(fault, mtbf, mttr),
            other => Err(ChangeError::NotApplicable(format!("{other:?}"), "end")),
        }
    }
    fn several(&mut self, changes: &[Change]) -> Applied {
        let mut back = Vec::new();
        for change in changes {
            back.extend(self.make(change)?);
        }
        back.reverse();
        Ok(Some(Change::Several(back)))
    }

    /// A scheduled change is due.
    pub(super) fn scheduled_change(&mut self, index: u32) {
        // A drained server has further events on their way, which must not find somebody else's change.
        let change = match self.changes.get_mut(index) {
            Some(change @ (ScheduledChange::Drained { .. } | ScheduledChange::Done)) => {
                Some(std::mem::replace(change, ScheduledChange::Done))
            }
            _ => self.changes.remove(index),
        };
        let Some(change) = change else { return };
        self.ctx.expect_trouble();
        self.carry_out(index, change);
        self.ctx.look_around();
    }
    fn carry_out(&mut self, index: u32, change: ScheduledChange) {
        match change {
            ScheduledChange::Do(TimedChange { change, lasts, .. }) => {
                let back = self.try_out(&change);
                if let (Some(back), Some(lasts)) = (back, lasts) {
                    self.plan(self.ctx.now + lasts, ScheduledChange::Undo(back));
                }
            }
            ScheduledChange::Undo(change) => drop(self.try_out(&change)),
            ScheduledChange::Start { node, replica, life } => {
                let r = &self.ctx.nodes[node as usize].replicas[replica as usize];
                if r.rare.life == life && r.state == ReplicaState::Starting {
                    self.turn_up(node, replica);
                    let place = self.ctx.replica_name(node, replica);
                    self.ctx.note(place, Weight::Good, "is up");
                    self.deploy_goes_on(node, replica);
                }
            }
            ScheduledChange::Drained { node, replica, look } => {
                self.look_at_drained(index, node, replica, look);
            }
            ScheduledChange::Chance(place) => self.chance(place),
            ScheduledChange::Done => {}
        }
    }
    /// Makes a planned change; what cannot be done is told, and the run goes on.
    fn try_out(&mut self, change: &Change) -> Option<Change> {
        self.apply(change).unwrap_or_else(|e| {
            self.ctx.note("".into(), Weight::Bad, &format!("a planned change was not possible: {e}"));
            None
        })
    }

    /// The servers that a target names, and its machine if it is one.
    fn servers(
        &self,
        target: &Target,
        verb: &'static str,
    ) -> Result<(Vec<(u16, u16)>, Option<u32>), ChangeError> {
        if let Some(host) = self.topology.hosts.get_index_of(target.name.as_str()) {
            let host = host as u32;
            let on = |(id, n): (usize, &super::super::context::Node)| {
                let here = n.replicas.iter().enumerate().filter(|(_, r)| r.host == host);
                here.map(|(k, _)| (id as u16, k as u16)).collect::<Vec<_>>()
            };
            return Ok((self.ctx.nodes.iter().enumerate().flat_map(on).collect(), Some(host)));
        }
        let unknown = || ChangeError::UnknownTarget(target.to_string());
        let id = self.ctx.find(&target.name).ok_or_else(unknown)?;
        let n = &self.ctx.nodes[id as usize];
        if n.kind == Kind::Client {
            return Err(ChangeError::NotApplicable(target.name.clone(), verb));
        }
        match target.replica {
            Some(k) if k >= n.active => Err(unknown()),
            Some(k) => Ok((vec![(id, k)], None)),
            None => Ok(((0..n.active).map(|k| (id, k)).collect(), None)),
        }
    }
    /// A change for the servers that were hit: in one where they are all that the target names, else one for each.
    fn over(
        &self,
        target: &Target,
        servers: &[(u16, u16)],
        hit: &[(u16, u16)],
        change: impl Fn(Target) -> Change,
    ) -> Change {
        if servers.len() == hit.len() {
            return change(target.clone());
        }
        Change::Several(hit.iter().map(|&(id, k)| change(self.target_of(id, k))).collect())
    }
    fn target_of(&self, node: u16, replica: u16) -> Target {
        Target { name: self.ctx.nodes[node as usize].name.to_string(), replica: Some(replica) }
    }
}
