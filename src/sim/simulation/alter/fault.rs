//! Faults of servers and machines, and their ends.

use super::super::super::change::{Change, ChangeError, Target};
use super::super::super::component::Kind;
use super::super::super::context::{Held, Release, cause};
use super::super::super::log::Weight;
use super::super::super::metrics::uptime::Health;
use super::super::super::outcome::Reason;
use super::super::super::request::Phase;
use super::super::super::snapshot::ReplicaState;
use super::super::super::topology::NodeSpec;
use super::super::Simulation;
use super::Applied;

/// A server by node and number.
type Server = (u16, u16);

/// What takes a fault back that begins (`on`), or its end.
fn undo(fault: Change, on: bool) -> Change {
    if on { Change::End(Box::new(fault)) } else { fault }
}

impl Simulation {
    /// Sets or lifts what keeps servers from serving; those for which that is news.
    pub(super) fn mark_servers(&mut self, servers: &[Server], cause: u8, on: bool) -> Vec<Server> {
        let mut hit = Vec::new();
        for &(id, k) in servers {
            let r = &mut self.ctx.nodes[id as usize].replicas[k as usize];
            if (r.causes & cause != 0) != on {
                r.causes ^= cause;
                hit.push((id, k));
            }
        }
        for &(id, k) in &hit {
            self.settle(id, k);
        }
        hit
    }
    fn mark_host(&mut self, host: u32, cause: u8, on: bool) {
        let h = &mut self.ctx.hosts[host as usize];
        h.causes = if on { h.causes | cause } else { h.causes & !cause };
        h.meter.turn(self.ctx.now, if h.causes == 0 { Health::Up } else { Health::Failed });
    }
    /// Brings the state of a server in line with what keeps it from serving.
    pub(in super::super) fn settle(&mut self, id: u16, k: u16) {
        use ReplicaState::{Down, Draining, Hung, Paused, Retiring, Silent, Starting, Up};
        let n = &self.ctx.nodes[id as usize];
        let (r, name) = (&n.replicas[k as usize], n.name.clone());
        let (old, has) = (r.state, |bits: u8| r.causes & bits != 0);
        let new = match old {
            _ if has(cause::HOST | cause::ZONE) => Silent,
            _ if has(cause::CRASHED) => Down,
            Down | Silent | Starting => Starting,
            _ if has(cause::PAUSED) => Paused,
            _ if has(cause::HUNG) => Hung,
            _ if k >= n.active => Retiring,
            _ if has(cause::DRAINED) => Draining,
            _ => Up,
        };
        self.ctx.look_for_trouble(id);
        if new == old {
            return;
        }
        match (old, new) {
            (Down | Silent, Down | Silent) => self.ctx.set_state(id, k, new),
            (_, Down | Silent) => {
                self.turn_down(id, k, new == Silent, Reason::Crashed);
                self.deploy_goes_on(id, k);
            }
            (_, Starting) => {
                let Some(spec) = self.topology.nodes.get(&*name).cloned() else { return };
                self.start_server(id, k, &spec);
                let up = self.ctx.state(id, k) != Starting;
                self.tell(id, k, Weight::Good, if up { "is up again" } else { "is starting" });
            }
            _ => self.change_gear(id, k, old, new),
        }
    }
    /// A server that runs stands still, goes on, or is drained.
    fn change_gear(&mut self, id: u16, k: u16, old: ReplicaState, new: ReplicaState) {
        self.ctx.set_state(id, k, new);
        if !old.stands_still() && new.stands_still() {
            self.ctx.freeze(id, k);
            self.components[id as usize].behavior().fell_silent(&mut self.ctx, k);
        }
        match new {
            ReplicaState::Hung => self.tell(id, k, Weight::Bad, "hangs: takes calls, never answers"),
            ReplicaState::Paused => self.tell(id, k, Weight::Bad, "stands still"),
            ReplicaState::Draining => self.watch_drained(id, k),
            _ => {}
        }
        if old.stands_still() && !new.stands_still() {
            self.tell(id, k, Weight::Good, "goes on");
            let held = self.ctx.thaw(id, k);
            // What has waited for a server that is up, as a replica's log, starts again.
            self.components[id as usize].behavior().turned(&mut self.ctx, k, true);
            self.take_up(id, held);
        }
        if old == ReplicaState::Draining || new == ReplicaState::Draining {
            self.make_known(id);
        }
        if old == ReplicaState::Draining && new == ReplicaState::Up {
            self.ctx.nodes[id as usize].replicas[k as usize].rare.drain = None;
            self.tell(id, k, Weight::Good, "gets requests again");
        }
    }
    /// Deals with what came in while a server stood still.
    pub(in super::super) fn take_up(&mut self, id: u16, held: Vec<Held>) {
        for item in held {
            match item {
                Held::Arrival(call) => {
                    let c = &self.ctx.calls[call];
                    if c.phase == Phase::Waiting && c.node == id {
                        self.components[id as usize].behavior().arrive(&mut self.ctx, call);
                    }
                }
                Held::Answer(call) => {
                    if self.ctx.calls[call].phase == Phase::Replying {
                        self.answer(call);
                    }
                }
                Held::Due(call, event) => {
                    if self.ctx.calls[call].event == event {
                        self.due(call);
                    }
                }
                Held::Timeout(call, event) => {
                    if self.ctx.calls[call].timeout_event == event {
                        let (caller, answer) = self.ctx.take_timeout(call);
                        self.answered(caller, answer);
                    }
                }
                Held::Timer(token) => self.components[id as usize].behavior().timer(&mut self.ctx, token),
            }
        }
    }
    pub(super) fn tell(&mut self, id: u16, k: u16, weight: Weight, text: &str) {
        let place = self.ctx.replica_name(id, k);
        self.ctx.note(place, weight, text);
    }
    /// New servers of a node in a dark zone or on a dead machine are dead too, and fail by chance like the others.
    pub(in super::super) fn inherit_faults(&mut self, id: u16, spec: &NodeSpec) {
        let n = &mut self.ctx.nodes[id as usize];
        n.error_rate = spec.knobs.share("error_rate").unwrap_or(0.0);
        let (name, servers) = (n.name.clone(), n.replicas.len() as u16);
        self.ctx.look_for_trouble(id);
        for k in 0..servers {
            let r = &self.ctx.nodes[id as usize].replicas[k as usize];
            let (state, host) = (r.state, r.host as usize);
            if host < self.topology.hosts.len() && self.ctx.hosts[host].causes & cause::HOST != 0 {
                self.inherit(id, k, state, cause::HOST);
            }
            if let Some(zone) = self.topology.zone_of(&name, k)
                && self.standing.dark.iter().any(|dark| dark == zone)
            {
                self.inherit(id, k, state, cause::ZONE);
            }
        }
        self.chances_of_new_servers(id);
    }
    fn inherit(&mut self, id: u16, k: u16, state: ReplicaState, cause: u8) {
        let r = &self.ctx.nodes[id as usize].replicas[k as usize];
        // A server that was repaired on its own is left alone.
        if r.rare.life == 0 && matches!(state, ReplicaState::Up | ReplicaState::Starting) {
            self.mark_servers(&[(id, k)], cause, true);
        }
    }

    /// Servers crash, hang, stand still or are drained, or that ends; the change that takes it back.
    pub(super) fn fault(&mut self, fault: &Change, target: &Target, on: bool) -> Applied {
        let (servers, _) = self.servers(target, fault.verb())?;
        let cause = match fault {
            Change::Hang(_) => cause::HUNG,
            Change::Pause(_) => cause::PAUSED,
            Change::Drain(_) => cause::DRAINED,
            _ => cause::CRASHED,
        };
        let hit = self.mark_servers(&servers, cause, on);
        Ok(Some(self.over(target, &servers, &hit, |t| undo(fault.at(t), on))))
    }
    /// The same, also for a whole machine.
    pub(super) fn crash(&mut self, target: &Target, on: bool) -> Applied {
        let crash = Change::Crash(target.clone());
        let (servers, Some(host)) = self.servers(target, crash.verb())? else {
            return self.fault(&crash, target, on);
        };
        self.mark_host(host, cause::HOST, on);
        self.mark_servers(&servers, cause::HOST, on);
        Ok(Some(undo(crash, on)))
    }

    /// Everything in a zone: its servers and its named machines.
    fn in_zone(&self, zone: &str) -> Result<(Vec<Server>, Vec<u32>), ChangeError> {
        if !self.topology.zones().contains(&zone) {
            return Err(ChangeError::UnknownTarget(zone.to_owned()));
        }
        let mut servers = Vec::new();
        for (id, n) in self.ctx.nodes.iter().enumerate().filter(|(_, n)| !n.removed && n.kind != Kind::Client)
        {
            let here = |k: &u16| self.topology.zone_of(&n.name, *k) == Some(zone);
            servers.extend((0..n.replicas.len() as u16).filter(here).map(|k| (id as u16, k)));
        }
        let hosts = self.topology.hosts.values().enumerate();
        let hosts = hosts.filter(|(_, h)| h.zone.as_deref() == Some(zone)).map(|(i, _)| i as u32);
        Ok((servers, hosts.collect()))
    }
    pub(super) fn zone_down(&mut self, zone: &str, on: bool) -> Applied {
        let (servers, hosts) = self.in_zone(zone)?;
        if self.standing.dark.iter().any(|z| z == zone) == on {
            return Ok(Some(Change::Several(Vec::new())));
        }
        if on {
            self.standing.dark.push(zone.to_owned());
            self.ctx.note(zone.into(), Weight::Bad, "the zone is dark");
        } else {
            self.standing.dark.retain(|z| z != zone);
            self.ctx.note(zone.into(), Weight::Good, "the zone is back");
        }
        for host in hosts {
            self.mark_host(host, cause::ZONE, on);
        }
        self.mark_servers(&servers, cause::ZONE, on);
        Ok(Some(undo(Change::ZoneDown { zone: zone.to_owned() }, on)))
    }

    pub(super) fn slow(&mut self, target: &Target, factor: f64) -> Applied {
        let (servers, _) = self.servers(target, "slow")?;
        let mut former = Vec::new();
        for &(id, k) in &servers {
            former.push(self.ctx.nodes[id as usize].replicas[k as usize].rare.fault_slow);
            self.ctx.set_slow(id, k, factor);
            if factor > 1.0 {
                self.tell(id, k, Weight::Bad, &format!("{factor} times slower"));
            } else {
                self.tell(id, k, Weight::Good, "at normal speed");
            }
        }
        let first = former.first().copied().unwrap_or(1.0);
        if former.iter().all(|f| *f == first) {
            return Ok(Some(Change::Slow { target: target.clone(), factor: first }));
        }
        let each = servers.iter().zip(former);
        let each = each.map(|(&(id, k), factor)| Change::Slow { target: self.target_of(id, k), factor });
        Ok(Some(Change::Several(each.collect())))
    }
    pub(super) fn flush(&mut self, name: &str) -> Applied {
        let id = self.ctx.find(name).ok_or_else(|| ChangeError::UnknownTarget(name.to_owned()))?;
        let Some(kept) = self.components[id as usize].behavior().flush() else {
            return Err(ChangeError::NotApplicable(name.to_owned(), "flush"));
        };
        let text = format!("flushed: {kept} entries gone");
        self.ctx.note(name.into(), Weight::Bad, &text);
        Ok(None)
    }
    pub(super) fn disk_full(&mut self, target: &Target, full: bool) -> Applied {
        let (servers, host) = self.servers(target, "disk-full")?;
        let is_database = |&&(id, _): &&Server| self.ctx.nodes[id as usize].kind == Kind::Database;
        let servers: Vec<Server> = servers.iter().filter(is_database).copied().collect();
        if servers.is_empty() && host.is_none() {
            return Err(ChangeError::NotApplicable(target.name.clone(), "disk-full"));
        }
        let mut hit = Vec::new();
        for &(id, k) in &servers {
            let r = &mut self.ctx.nodes[id as usize].replicas[k as usize];
            if r.read_only != full {
                r.read_only = full;
                hit.push((id, k));
                if full {
                    self.tell(id, k, Weight::Bad, "its disk is full: no more writes");
                } else {
                    self.tell(id, k, Weight::Good, "has room on its disk again");
                }
            }
        }
        Ok(Some(self.over(target, &servers, &hit, |t| undo(Change::DiskFull(t), full))))
    }

    pub(super) fn bad_release(&mut self, name: &str, errors: f64, factor: f64) -> Applied {
        let node = Target { name: name.to_owned(), replica: None };
        let (servers, host) = self.servers(&node, "bad-release")?;
        if host.is_some() {
            return Err(ChangeError::NotApplicable(name.to_owned(), "bad-release"));
        }
        let back = self.release(&servers, name, Release { errors, factor });
        self.ctx.note(name.into(), Weight::Bad, "runs a bad release");
        Ok(Some(
            back.unwrap_or_else(|| undo(Change::BadRelease { name: name.to_owned(), errors, factor }, true)),
        ))
    }
    pub(super) fn end_bad_release(&mut self, name: &str) -> Applied {
        let node = Target { name: name.to_owned(), replica: None };
        let (servers, _) = self.servers(&node, "bad-release")?;
        let back = self.release(&servers, name, Release::default());
        self.ctx.note(name.into(), Weight::Good, "is rolled back");
        Ok(Some(back.unwrap_or_else(|| Change::Several(Vec::new()))))
    }
    /// Servers of a node run another version; the change that brings a bad one back, if they had one.
    fn release(&mut self, servers: &[Server], name: &str, release: Release) -> Option<Change> {
        let mut bad = None;
        for &(id, k) in servers {
            let former = self.ctx.nodes[id as usize].replicas[k as usize].rare.release;
            bad = bad.or((former != Release::default()).then_some(former));
            self.ctx.set_release(id, k, release);
        }
        bad.map(|r| Change::BadRelease { name: name.to_owned(), errors: r.errors, factor: r.factor })
    }

    /// Repairs everything at a place, whatever is wrong with it; only slowness and the network have their own words.
    pub(super) fn restore(&mut self, target: &Target) -> Applied {
        let (servers, host) = self.servers(target, "restore")?;
        let mut back = Vec::new();
        let wrong = |sim: &Self, bits: u8| {
            let has =
                |&&(id, k): &&Server| sim.ctx.nodes[id as usize].replicas[k as usize].causes & bits != 0;
            servers.iter().filter(has).copied().collect::<Vec<Server>>()
        };
        let verbs: [(u8, fn(Target) -> Change); 4] = [
            (cause::CRASHED, Change::Crash),
            (cause::HUNG, Change::Hang),
            (cause::PAUSED, Change::Pause),
            (cause::DRAINED, Change::Drain),
        ];
        for (bit, change) in verbs {
            let hit = wrong(self, bit);
            if !hit.is_empty() && host.is_none() {
                back.push(self.over(target, &servers, &hit, change));
            } else {
                back.extend(hit.iter().map(|&(id, k)| change(self.target_of(id, k))));
            }
        }
        for (id, k) in wrong(self, cause::HOST) {
            let host = self.ctx.nodes[id as usize].replicas[k as usize].host as usize;
            if let Some((name, _)) = self.topology.hosts.get_index(host) {
                back.push(Change::Crash(Target { name: name.clone(), replica: None }));
            }
        }
        for (id, k) in wrong(self, cause::ZONE) {
            let zone = self.topology.zone_of(&self.ctx.nodes[id as usize].name, k);
            back.extend(zone.map(|zone| Change::ZoneDown { zone: zone.to_owned() }));
        }
        back.dedup();
        if let Some(host) = host {
            self.mark_host(host, cause::HOST, false);
        }
        for bit in [cause::CRASHED, cause::HUNG, cause::PAUSED, cause::DRAINED, cause::HOST, cause::ZONE] {
            self.mark_servers(&servers, bit, false);
        }
        let sick = |&&(id, k): &&Server| {
            let r = &self.ctx.nodes[id as usize].replicas[k as usize];
            r.rare.release != Release::default()
        };
        for (id, _) in servers.iter().filter(sick).copied().collect::<Vec<Server>>() {
            let name = self.ctx.nodes[id as usize].name.to_string();
            let here: Vec<Server> = servers.iter().filter(|s| s.0 == id).copied().collect();
            back.extend(self.release(&here, &name, Release::default()));
        }
        if let Ok(Some(disk)) = self.disk_full(target, false)
            && disk != Change::Several(Vec::new())
        {
            back.push(disk);
        }
        Ok(Some(if back.len() == 1 { back.swap_remove(0) } else { Change::Several(back) }))
    }
}
