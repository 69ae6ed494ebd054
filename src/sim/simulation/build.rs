//! From a topology to a running system, and from a changed topology to a changed one.

use std::sync::Arc;

use indexmap::IndexMap;

use super::super::change::{ChangeError, TimedChange};
use super::super::component::{Component, Kind, Links};
use super::super::context::{Ctx, Link, Node, Routing};
use super::super::event_queue::EventKind;
use super::super::few::Few;
use super::super::log::Weight;
use super::super::metrics::Windows;
use super::super::metrics::uptime::{Group, Health};
use super::super::outcome::Reason;
use super::super::paged::Paged;
use super::super::request::NIL;
use super::super::rng::{combine, name_key};
use super::super::slots::Slots;
use super::super::snapshot::{LinkStyle, ReplicaState};
use super::super::time::Time;
use super::super::topology::{LinkSpec, MAX_LINKS, MAX_NODES, MAX_SERVERS, NodeSpec, Topology};
use super::super::value::Value;
use super::alter::Standing;
use super::{ScheduledChange, Simulation};

impl Simulation {
    /// Builds a run at time zero. `faults` are scheduled.
    pub fn new(topology: &Topology, seed: u64, faults: &[TimedChange]) -> Result<Self, ChangeError> {
        let mut sim = Self {
            topology: topology.clone(),
            components: Vec::new(),
            ctx: Ctx::new(seed),
            changes: Slots::new(),
            windows: Windows::default(),
            next_window: Time::SECOND,
            events: 0,
            marks: Vec::new(),
            host_marks: Vec::new(),
            mark_at_request: None,
            standing: Standing::default(),
        };
        for host in topology.hosts.values() {
            let cores = topology.size(&host.size).map_or(1, |s| s.cores);
            let host = sim.ctx.add_host(cores);
            sim.ctx.hosts[host as usize].meter.turn(Time::ZERO, Health::Up);
        }
        for (name, spec) in &topology.nodes {
            sim.add_node(name, spec.kind)?;
        }
        sim.sync()?;
        for fault in faults {
            sim.schedule(fault.clone());
        }
        Ok(sim)
    }
    /// Totals count only what arrives from `warmup` on.
    pub fn set_warmup(&mut self, warmup: Time) {
        if warmup > self.ctx.now {
            self.ctx.events.push(warmup, EventKind::Mark, 0);
        }
    }
    /// Totals count from the client's request number `n` on.
    pub const fn set_warmup_requests(&mut self, n: u64) {
        self.mark_at_request = Some(n);
    }
    /// Whether the run may take the engine's short cuts, as it does. They change no result; a run without them is what
    /// one with them is compared to.
    pub fn set_short_cuts(&mut self, may: bool) {
        self.ctx.set_short_cuts(may);
    }
    /// Schedules a change for later in the run.
    pub fn schedule(&mut self, change: TimedChange) {
        let at = change.at.max(self.ctx.now);
        self.plan(at, ScheduledChange::Do(change));
    }
    /// Plans a change; its place in the list.
    pub(super) fn plan(&mut self, at: Time, change: ScheduledChange) -> u32 {
        let slot = self.changes.add(change);
        self.ctx.events.push(at, EventKind::Change, slot);
        slot
    }

    pub(super) fn add_node(&mut self, name: &str, kind: Kind) -> Result<(), ChangeError> {
        if self.ctx.nodes.len() >= MAX_NODES {
            return Err(ChangeError::TooMany("nodes", MAX_NODES as u64));
        }
        let id = self.ctx.nodes.len() as u16;
        self.ctx.nodes.push(Node {
            name: name.into(),
            kind,
            key: name_key(name),
            removed: false,
            replicas: Few::None,
            active: 0,
            serving: 0,
            routing: Routing::Any,
            cluster: None,
            patience: None,
            error_rate: 0.0,
            troubled: false,
            group: Group::default(),
        });
        self.components.push(Component::new(kind, id));
        self.ctx.recorder.add_node();
        self.ctx.versions.push(Paged::new());
        Ok(())
    }

    /// Brings the running system in line with the topology.
    pub(super) fn sync(&mut self) -> Result<(), ChangeError> {
        let servers: u64 = self.topology.nodes.values().map(|n| u64::from(n.servers())).sum();
        if servers > MAX_SERVERS {
            return Err(ChangeError::TooMany("servers", MAX_SERVERS));
        }
        self.ctx.expect_trouble();
        self.sync_links()?;
        self.sync_keys();
        let names: Vec<_> = self.ctx.nodes.iter().map(|n| (n.name.clone(), n.removed)).collect();
        for (id, (name, removed)) in names.iter().enumerate() {
            if let (false, Some(spec)) = (removed, self.topology.nodes.get(&**name)) {
                let spec = spec.clone();
                self.sync_servers(id as u16, &spec);
                self.inherit_faults(id as u16, &spec);
            }
        }
        self.sync_memory();
        // Clients first: they register the request classes that calls name.
        for clients in [true, false] {
            for (id, component) in self.components.iter_mut().enumerate() {
                let n = &self.ctx.nodes[id];
                if !n.removed && (n.kind == Kind::Client) == clients {
                    component.behavior().configure(&mut self.ctx, &self.topology);
                }
            }
        }
        self.ctx.serve_pools();
        self.ctx.look_around();
        Ok(())
    }
    fn sync_keys(&mut self) {
        let of = |spec: &NodeSpec| match (spec.kind, spec.knobs.get("classes")) {
            (Kind::Client, Some(Value::Classes(c))) => c.iter().map(|c| c.keys.of).max().unwrap_or(1),
            (Kind::Client, _) => super::super::workload::KeyPopularity::default().of,
            _ => 1,
        };
        let keys = self.topology.nodes.values().map(of).max().unwrap_or(1);
        self.ctx.keys = self.ctx.keys.max(keys);
    }

    fn sync_links(&mut self) -> Result<(), ChangeError> {
        let declared: Vec<LinkSpec> = self.topology.links.clone();
        let live = (0..).zip(&self.ctx.nodes).filter(|(_, n)| !n.removed);
        let ids: IndexMap<Arc<str>, u16> = live.map(|(id, n)| (n.name.clone(), id)).collect();
        let live = (0..).zip(&self.ctx.links).filter(|(_, l)| !l.removed);
        let mut links: IndexMap<(u16, u16), u16> = live.map(|(id, l)| ((l.from, l.to), id)).collect();
        for spec in &declared {
            let (Some(&from), Some(&to)) = (ids.get(&*spec.from), ids.get(&*spec.to)) else {
                return Err(ChangeError::UnknownTarget(format!("{}->{}", spec.from, spec.to)));
            };
            let style = self.style(from, to);
            let id = self.ensure_link(&mut links, (from, to), style)?;
            let link = &mut self.ctx.links[id as usize];
            link.declared = true;
            link.configure(&self.topology.rules(spec));
        }
        let nodes = self.topology.nodes.iter();
        let implied: Vec<(String, String, LinkStyle)> = nodes
            .flat_map(|(name, node)| node.implied_links(name))
            .map(|(from, to, style)| (from.to_owned(), to.to_owned(), style))
            .collect();
        for (from, to, style) in implied {
            let end = |name: &str| ids.get(name).ok_or_else(|| ChangeError::UnknownTarget(name.to_owned()));
            let id = self.ensure_link(&mut links, (*end(&from)?, *end(&to)?), style)?;
            self.ctx.links[id as usize].style = style;
        }
        Ok(())
    }
    fn style(&self, from: u16, to: u16) -> LinkStyle {
        if self.ctx.nodes[from as usize].kind == Kind::Broker
            || self.ctx.nodes[to as usize].kind == Kind::Broker
        {
            LinkStyle::Message
        } else {
            LinkStyle::Call
        }
    }
    /// The link between two nodes; `known` = the live ones.
    fn ensure_link(
        &mut self,
        known: &mut IndexMap<(u16, u16), u16>,
        (from, to): (u16, u16),
        style: LinkStyle,
    ) -> Result<u16, ChangeError> {
        if let Some(id) = known.get(&(from, to)) {
            return Ok(*id);
        }
        if self.ctx.links.len() >= MAX_LINKS {
            return Err(ChangeError::TooMany("links", MAX_LINKS as u64));
        }
        let [a, b] = [from, to].map(|end| self.ctx.nodes[end as usize].key);
        self.ctx.links.push(Link::new(from, to, combine(a, b), style));
        let id = self.ctx.links.len() as u16 - 1;
        known.insert((from, to), id);
        Ok(id)
    }

    /// Starts and retires servers of a node, and gives each its machine.
    fn sync_servers(&mut self, id: u16, spec: &NodeSpec) {
        let wanted = spec.servers() as u16;
        let shared = match spec.knobs.get("host") {
            Some(Value::Name(host)) => self.topology.hosts.get_index_of(host.as_str()).map(|i| i as u32),
            _ => None,
        };
        let cores = match spec.knobs.get("size") {
            Some(Value::Name(size)) => self.topology.size(size).map(|s| s.cores),
            _ => None,
        };
        self.ctx.nodes[id as usize].active = wanted;
        for replica in 0..wanted {
            let known = self.ctx.nodes[id as usize].replicas.get(replica as usize).map(|r| (r.state, r.host));
            match known {
                None => {
                    let host = shared.unwrap_or_else(|| cores.map_or(NIL, |c| self.ctx.add_host(c)));
                    let replica = self.ctx.add_replica(id, host, ReplicaState::Down);
                    if self.ctx.now == Time::ZERO {
                        self.ctx.set_state(id, replica, ReplicaState::Up);
                    } else {
                        self.order_server(id, replica, spec);
                    }
                }
                Some((ReplicaState::Retiring, _))
                    if self.ctx.nodes[id as usize].replicas[replica as usize].ordered
                        || self.is_drained(id, replica) && spec.knobs.group("autoscale").is_some() =>
                {
                    self.order_server(id, replica, spec);
                }
                Some((ReplicaState::Retiring, _)) => self.ctx.set_state(id, replica, ReplicaState::Up),
                Some((_, host)) if host != NIL && shared.is_none() => {
                    if let Some(c) = cores.filter(|&c| self.ctx.hosts[host as usize].cores != c) {
                        self.ctx.set_cores(host, c);
                    }
                }
                Some((_, NIL)) if cores.is_some() => {
                    let host = self.ctx.add_host(cores.unwrap_or(1));
                    let r = &mut self.ctx.nodes[id as usize].replicas[replica as usize];
                    r.host = host;
                    if r.state.has_workers() {
                        self.ctx.hosts[host as usize].up = 1;
                    }
                }
                Some(_) => {}
            }
        }
        for replica in wanted..self.ctx.nodes[id as usize].replicas.len() as u16 {
            let state = self.ctx.state(id, replica);
            if state == ReplicaState::Starting
                && self.ctx.nodes[id as usize].replicas[replica as usize].ordered
            {
                // Not needed any more: its order is void.
                self.ctx.nodes[id as usize].replicas[replica as usize].rare.life += 1;
            } else if !matches!(state, ReplicaState::Up | ReplicaState::Draining) {
                continue;
            }
            self.ctx.set_state(id, replica, ReplicaState::Retiring);
        }
        self.ctx.list_serving(id);
    }
    /// A server boots: it serves after the node's start-up time.
    pub(super) fn start_server(&mut self, id: u16, replica: u16, spec: &NodeSpec) {
        if replica >= self.ctx.nodes[id as usize].active {
            // It left the design while it was down.
            return self.ctx.set_state(id, replica, ReplicaState::Retiring);
        }
        let start_up = spec.knobs.time("start_up").unwrap_or(Time::ZERO);
        if start_up == Time::ZERO {
            return self.turn_up(id, replica);
        }
        self.ctx.set_state(id, replica, ReplicaState::Starting);
        let life = self.ctx.nodes[id as usize].replicas[replica as usize].rare.life;
        self.plan(self.ctx.now + start_up, ScheduledChange::Start { node: id, replica, life });
    }
    pub(super) fn turn_up(&mut self, id: u16, replica: u16) {
        self.ctx.set_state(id, replica, ReplicaState::Up);
        // A new server has no station before it is configured; who stands apart never has one.
        let apart = self.ctx.nodes[id as usize].kind.datasheet().links == Links::Apart;
        let r = &mut self.ctx.nodes[id as usize].replicas[replica as usize];
        let was_ordered = std::mem::replace(&mut r.ordered, false);
        let behavior = self.components[id as usize].behavior();
        if let Some(station) = behavior.stations().get_mut(replica as usize) {
            station.restore(self.ctx.now);
            behavior.turned(&mut self.ctx, replica, true);
        } else if apart {
            behavior.turned(&mut self.ctx, replica, true);
        }
        if was_ordered {
            self.make_known(id);
        }
        // It may have been paused or drained in the meantime.
        self.settle(id, replica);
    }
    /// A server dies; `silent` = its whole machine, so that no packet returns.
    pub(super) fn turn_down(&mut self, id: u16, replica: u16, silent: bool, reason: Reason) {
        let state = if silent { ReplicaState::Silent } else { ReplicaState::Down };
        self.stop_server(id, replica, state, (!silent).then_some(reason));
        let place = self.ctx.replica_name(id, replica);
        self.ctx.note(
            place,
            Weight::Bad,
            match reason {
                _ if silent => "its machine is dead: no answer at all",
                Reason::OutOfMemory => "out of memory: killed with all that it had in hand",
                _ => "crashed",
            },
        );
    }
    /// A server ends: what it had in hand is reset (`reason`) or never answered, and its memory is gone.
    pub(super) fn stop_server(&mut self, id: u16, replica: u16, state: ReplicaState, reason: Option<Reason>) {
        let r = &mut self.ctx.nodes[id as usize].replicas[replica as usize];
        r.rare.life += 1;
        r.rare.drain = None;
        let still = r.still.take();
        self.ctx.set_state(id, replica, state);
        self.ctx.drop_work(id, replica, reason);
        let behavior = self.components[id as usize].behavior();
        if let Some(station) = behavior.stations().get_mut(replica as usize) {
            station.clear(self.ctx.now);
        }
        behavior.turned(&mut self.ctx, replica, false);
        if let Some(still) = still {
            self.ctx.still_servers -= 1;
            // Nobody waits for the answers that came in the meantime.
            self.take_up(id, still.held);
        }
    }
}
