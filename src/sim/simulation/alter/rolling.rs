//! Draining a server, and deploying a new version: one server after the other is drained, restarted, comes back.

use super::super::super::change::{Change, ChangeError, Target};
use super::super::super::context::{Drain, Release, cause};
use super::super::super::log::Weight;
use super::super::super::outcome::Reason;
use super::super::super::snapshot::ReplicaState;
use super::super::super::time::Time;
use super::super::{ScheduledChange, Simulation};
use super::Applied;

/// A deploy that is going on.
#[derive(Clone)]
pub(super) struct Deploy {
    node: u16,
    /// The server that is being replaced.
    at: u16,
    /// When it began to be drained.
    since: Time,
}

/// A deploy does not wait longer than this for a server to finish its work.
pub(super) const DRAIN_GRACE: Time = Time::from_secs(30);
/// A drained server is looked at whenever it answers, and so often besides: work may end without an answer.
const LOOK: Time = Time::SECOND;

impl Simulation {
    /// A server begins to be drained.
    pub(super) fn watch_drained(&mut self, node: u16, replica: u16) {
        self.tell(node, replica, Weight::Change, "is being drained: no new requests");
        let (since, look) = (self.ctx.now, self.ctx.now + LOOK);
        let watch = self.plan(since, ScheduledChange::Drained { node, replica, look });
        self.ctx.nodes[node as usize].replicas[replica as usize].rare.drain = Some(Drain { since, watch });
        self.plan_look(watch, look);
    }
    fn plan_look(&mut self, watch: u32, at: Time) {
        self.ctx.events.push(at, super::super::super::event_queue::EventKind::Change, watch);
    }
    /// Looks whether a drained server has finished its work.
    pub(super) fn look_at_drained(&mut self, index: u32, node: u16, replica: u16, look: Time) {
        let r = &self.ctx.nodes[node as usize].replicas[replica as usize];
        let drain = r.rare.drain.filter(|d| d.watch == index);
        let (Some(drain), true) = (drain, r.state.has_workers()) else { return };
        let deploy = self.standing.deploys.iter().find(|d| d.node == node && d.at == replica);
        let waited = deploy.map(|d| self.ctx.now - d.since);
        let empty = self.ctx.in_hand(node, replica, drain.since) == 0;
        if !empty && waited.is_none_or(|w| w < DRAIN_GRACE) {
            let due = self.ctx.now >= look;
            let next = if due { self.ctx.now + LOOK } else { look };
            self.changes[index] = ScheduledChange::Drained { node, replica, look: next };
            if due {
                self.plan_look(index, next);
            }
            return;
        }
        if waited.is_some() {
            self.replace(node, replica, empty);
        } else {
            self.tell(node, replica, Weight::Change, "has finished its work: it is out");
        }
    }

    pub(super) fn deploy(&mut self, name: &str) -> Applied {
        let (servers, host) = self.servers(&Target { name: name.to_owned(), replica: None }, "deploy")?;
        let (Some(&(node, _)), None) = (servers.first(), host) else {
            return Err(ChangeError::NotApplicable(name.to_owned(), "deploy"));
        };
        if self.standing.deploys.iter().any(|d| d.node == node) {
            return Err(ChangeError::Busy(name.to_owned(), "deploy"));
        }
        self.ctx.note(name.into(), Weight::Change, "a new version is deployed, server by server");
        self.standing.deploys.push(Deploy { node, at: 0, since: self.ctx.now });
        self.deploy_step(node);
        Ok(Some(Change::End(Box::new(Change::Deploy { name: name.to_owned() }))))
    }
    /// Stops a deploy where it is; servers that have the new version keep it.
    pub(super) fn end_deploy(&mut self, name: &str) -> Applied {
        let node = self.ctx.find(name).ok_or_else(|| ChangeError::UnknownTarget(name.to_owned()))?;
        let Some(i) = self.standing.deploys.iter().position(|d| d.node == node) else {
            return Ok(Some(Change::Several(Vec::new())));
        };
        let deploy = self.standing.deploys.remove(i);
        self.ctx.note(name.into(), Weight::Change, "the deploy is stopped");
        if self.ctx.state(node, deploy.at) == ReplicaState::Draining {
            self.mark_servers(&[(node, deploy.at)], cause::DRAINED, false);
        }
        Ok(Some(Change::Deploy { name: name.to_owned() }))
    }
    /// The server that a deploy waited for is up, or dead: it is the next one's turn.
    pub(super) fn deploy_goes_on(&mut self, node: u16, replica: u16) {
        let Some(deploy) = self.standing.deploys.iter_mut().find(|d| d.node == node && d.at == replica)
        else {
            return;
        };
        deploy.at += 1;
        // A server that died while it was drained comes back as one that serves.
        self.mark_servers(&[(node, replica)], cause::DRAINED, false);
        self.deploy_step(node);
    }
    /// Drains the next server. One that is down has the new version when it comes back.
    fn deploy_step(&mut self, node: u16) {
        let now = self.ctx.now;
        while let Some(deploy) = self.standing.deploys.iter_mut().find(|d| d.node == node) {
            let n = &self.ctx.nodes[node as usize];
            if n.removed || deploy.at >= n.active {
                let name = n.name.clone();
                self.standing.deploys.retain(|d| d.node != node);
                self.ctx.note(name, Weight::Good, "the new version is on all servers");
                return;
            }
            let at = deploy.at;
            deploy.since = now;
            let state = n.replicas[at as usize].state;
            if matches!(state, ReplicaState::Up | ReplicaState::Hung | ReplicaState::Paused) {
                self.mark_servers(&[(node, at)], cause::DRAINED, true);
                if state != ReplicaState::Up {
                    // It does not finish anything: it is killed.
                    self.replace(node, at, false);
                }
                return;
            }
            deploy.at += 1;
            self.ctx.set_release(node, at, Release::default());
        }
    }
    /// Stops a drained server and starts it with the new version; what it still had in hand is cut off.
    fn replace(&mut self, node: u16, replica: u16, empty: bool) {
        let text = if empty { "restarts with the new version" } else { "is killed and restarts" };
        self.tell(node, replica, if empty { Weight::Change } else { Weight::Bad }, text);
        let r = &mut self.ctx.nodes[node as usize].replicas[replica as usize];
        r.causes &= !(cause::DRAINED | cause::HUNG | cause::PAUSED);
        r.rare.drain = None;
        // It counts as stopped on purpose, not as failed.
        self.stop_server(node, replica, ReplicaState::Starting, Some(Reason::Crashed));
        self.ctx.set_release(node, replica, Release::default());
        let name = self.ctx.nodes[node as usize].name.clone();
        let Some(spec) = self.topology.nodes.get(&*name).cloned() else { return };
        self.start_server(node, replica, &spec);
        if self.ctx.state(node, replica) != ReplicaState::Starting {
            self.deploy_goes_on(node, replica);
        }
    }
}
