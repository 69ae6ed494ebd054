//! What ends: the one-second windows, and the warm-up.

use std::sync::Arc;

use super::super::component::Component;
use super::super::context::Replica;
use super::super::host::Host;
use super::super::metrics::{ReplicaWindow, Window};
use super::super::station::Integrals;
use super::super::time::Time;
use super::{MAX_WINDOWS, Simulation};

impl Simulation {
    /// Ends a one-second window.
    #[inline(never)]
    pub(super) fn close_window(&mut self) {
        let now = self.next_window;
        self.ctx.now = now;
        self.next_window = now + Time::SECOND;
        let (system, classes) = self.ctx.recorder.close_flows();
        let mut nodes = Vec::with_capacity(self.components.len());
        let shares = self.host_integrals(now);
        let memory: Vec<Option<f64>> = self.ctx.hosts.iter_mut().map(Host::close_memory).collect();
        for (i, component) in self.components.iter_mut().enumerate() {
            let n = &mut self.ctx.nodes[i];
            let arrivals =
                n.replicas.iter_mut().map(Replica::count_window).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
            let mut w = self.ctx.recorder.close_node(i, arrivals);
            let mut all = Integrals::default();
            for (k, replica) in n.replicas.iter_mut().enumerate() {
                let arrivals = std::mem::take(&mut replica.arrivals);
                w.replicas.push(ReplicaWindow { arrivals, ..Default::default() });
                if let Some(&Some(used)) = memory.get(replica.host as usize) {
                    w.memory_used = Some(w.memory_used.unwrap_or(0.0).max(used as f32));
                }
                if let Some(&(busy, capacity)) = shares.get(replica.host as usize) {
                    w.cpu_busy_ns += busy;
                    w.cpu_capacity_ns += capacity;
                    (w.replicas[k].cpu_busy_ns, w.replicas[k].cpu_capacity_ns) = (busy, capacity);
                }
                if let Some(station) = component.behavior().stations().get_mut(k) {
                    let (sums, queue_max) = station.close(now);
                    all.add(sums);
                    w.queue_max = w.queue_max.max(queue_max);
                    (w.replicas[k].busy_ns, w.replicas[k].capacity_ns) = (sums.busy_ns, sums.capacity_ns);
                }
            }
            (w.busy_ns, w.calling_ns, w.capacity_ns, w.queue_ns) =
                (all.busy_ns, all.calling_ns, all.capacity_ns, all.queue_ns);
            (w.lock_busy_ns, w.lock_wait_ns, w.lock_up_ns) =
                (all.lock_busy_ns, all.lock_wait_ns, all.lock_up_ns);
            w.up = self.ctx.count_up(i as u16);
            w.up_ns = self.ctx.nodes[i].group.close(now);
            w.backlog = component.look().backlog();
            self.ctx.recorder.note_maxima(i, &w);
            nodes.push(w);
        }
        self.ctx.tick_breakers();
        let links = self.ctx.links.iter_mut().map(super::super::context::Link::close).collect();
        self.windows.push(Arc::new(Window { end: now, system, classes, nodes, links }));
        self.windows.keep_latest(MAX_WINDOWS);
    }
    /// What every host's integrals grew by in this window.
    fn host_integrals(&mut self, now: Time) -> Vec<(u64, u64)> {
        self.ctx
            .hosts
            .iter_mut()
            .map(|h| {
                h.tick(now);
                h.close()
            })
            .collect()
    }

    /// The warm-up is over: totals start here.
    pub(super) fn mark(&mut self) {
        self.ctx.tick_breakers();
        self.ctx.recorder.mark(self.ctx.now);
        self.ctx.links.iter_mut().for_each(super::super::context::Link::restart);
        self.ctx.tracer.mark();
        for n in &mut self.ctx.nodes {
            for r in n.replicas.iter_mut() {
                (r.rare.total_arrivals, r.rare.uncounted) = (0, r.arrivals);
                r.rare.meter.restart(self.ctx.now);
            }
            n.group.restart(self.ctx.now);
        }
        for h in &mut self.ctx.hosts {
            h.forget_memory_max();
            h.meter.restart(self.ctx.now);
        }
        (self.marks, self.host_marks) = self.integrals();
    }
    /// Integrals of every node's servers and of the hosts, up to now; on copies, so that asking changes nothing.
    pub(super) fn integrals(&self) -> (Vec<Vec<Integrals>>, Vec<(u64, u64)>) {
        let now = self.ctx.now;
        let of = |c: &Component| c.look_stations().iter().map(|s| s.clone().integrals(now)).collect();
        let hosts = self.ctx.hosts.iter().map(|h| {
            let mut h = h.clone();
            h.tick(now);
            h.integrals()
        });
        (self.components.iter().map(of).collect(), hosts.collect())
    }
}
