//! What components cannot do themselves: kills for want of memory, and numbers of servers that an autoscaler wants.

use super::super::change::ChangeError;
use super::super::context::Order;
use super::super::log::Weight;
use super::super::outcome::Reason;
use super::super::snapshot::ReplicaState;
use super::super::time::Time;
use super::super::topology::NodeSpec;
use super::super::value::Value;
use super::{ScheduledChange, Simulation};

/// A server that its machine's kernel killed is back after this time at the earliest.
const RESTART: Time = Time::SECOND;

impl Simulation {
    /// Carries out what the present event has led components to ask for.
    #[cold]
    pub(super) fn carry_out_orders(&mut self) {
        self.ctx.expect_trouble();
        for order in std::mem::take(&mut self.ctx.orders) {
            match order {
                Order::Kill { node, replica } => self.kill(node, replica),
                Order::Change(change) => {
                    if let Err(e) = self.apply(&change) {
                        let text = format!("an ordered change was not possible: {e}");
                        self.ctx.note("".into(), Weight::Bad, &text);
                    }
                }
                Order::Servers { node, count } => {
                    if let Err(e) = self.scale(node, count) {
                        let text = format!("the autoscaler's order was not possible: {e}");
                        self.ctx.note(self.ctx.nodes[node as usize].name.clone(), Weight::Bad, &text);
                    }
                }
            }
        }
        self.ctx.look_around();
    }
    /// The kernel kills a server, unless another one's end has made room by now; it starts anew.
    fn kill(&mut self, node: u16, replica: u16) {
        let n = &self.ctx.nodes[node as usize];
        let full = |host: u32| {
            self.ctx.hosts.get(host as usize).is_some_and(super::super::host::Host::is_out_of_memory)
        };
        if n.removed || !full(n.replicas[replica as usize].host) {
            return;
        }
        let (stays, name) = (replica < n.active, n.name.clone());
        self.turn_down(node, replica, false, Reason::OutOfMemory);
        let Some(spec) = self.topology.nodes.get(&*name).filter(|_| stays) else { return };
        let after = spec.knobs.time("start_up").unwrap_or(Time::ZERO).max(RESTART);
        self.start_later(node, replica, after);
    }
    fn scale(&mut self, node: u16, count: u16) -> Result<(), ChangeError> {
        let name = self.ctx.nodes[node as usize].name.clone();
        let Some(spec) = self.topology.nodes.get_mut(&*name) else { return Ok(()) };
        let former = spec.knobs.set("replicas", Value::Count(u32::from(count)));
        let done = self.sync();
        if let (Err(_), Some(former), Some(spec)) = (&done, former, self.topology.nodes.get_mut(&*name)) {
            spec.knobs.set("replicas", former);
        }
        done
    }

    /// A new server is on its way: an autoscaler's takes its `delay` until it starts up.
    pub(super) fn order_server(&mut self, id: u16, replica: u16, spec: &NodeSpec) {
        match spec.knobs.group("autoscale").and_then(|k| k.time("delay")).filter(|&t| t > Time::ZERO) {
            Some(delay) => {
                let start_up = spec.knobs.time("start_up").unwrap_or(Time::ZERO);
                self.start_later(id, replica, delay + start_up);
            }
            None => self.start_server(id, replica, spec),
        }
        if self.ctx.state(id, replica) == ReplicaState::Starting {
            self.ctx.nodes[id as usize].replicas[replica as usize].ordered = true;
        }
    }
    /// A server that was ordered is up: callers hear of it.
    pub(super) fn make_known(&mut self, id: u16) {
        self.ctx.list_serving(id);
        for link in 0..self.ctx.links.len() {
            let l = &self.ctx.links[link];
            let from = l.from as usize;
            if l.to == id && !l.removed && !self.ctx.nodes[from].removed {
                self.components[from].behavior().configure(&mut self.ctx, &self.topology);
            }
        }
    }
    fn start_later(&mut self, node: u16, replica: u16, after: Time) {
        self.ctx.set_state(node, replica, ReplicaState::Starting);
        let life = self.ctx.nodes[node as usize].replicas[replica as usize].rare.life;
        self.plan(self.ctx.now + after, ScheduledChange::Start { node, replica, life });
    }
    /// Whether a server that was sent away has nothing in hand any more: it is gone, and would have to be ordered.
    pub(super) fn is_drained(&self, id: u16, replica: u16) -> bool {
        let station = self.components[id as usize].look_stations().get(replica as usize);
        station.is_none_or(|s| s.busy() == 0 && s.queued() == 0)
    }

    /// Every machine has the memory of its size.
    pub(super) fn sync_memory(&mut self) {
        const GIB: u64 = 1 << 30;
        let memory = |size: &str| self.topology.size(size).map_or(0, |s| u64::from(s.memory_gib) * GIB);
        for (i, host) in self.topology.hosts.values().enumerate() {
            self.ctx.hosts[i].memory = memory(&host.size);
        }
        let shared = self.topology.hosts.len();
        for n in self.ctx.nodes.iter().filter(|n| !n.removed) {
            let Some(size) = self.topology.nodes.get(&*n.name).and_then(|s| s.knobs.name("size")) else {
                continue;
            };
            for host in n.replicas.iter().map(|r| r.host as usize).filter(|&h| h >= shared) {
                if let Some(h) = self.ctx.hosts.get_mut(host) {
                    h.memory = memory(size);
                }
            }
        }
    }
}
