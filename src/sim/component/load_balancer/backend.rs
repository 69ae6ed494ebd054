//! What a balancer knows of a backend, and which backends it uses.

use super::super::super::context::{Answer, Ctx};
use super::super::super::request::NIL;
use super::super::super::rng::combine;
use super::super::super::time::Time;
use super::LoadBalancer;
use super::latency::Latency;

/// One server behind a balancer: what every request looks at, so that very many backends stay at hand.
#[derive(Clone)]
pub(crate) struct Backend {
    pub link: u16,
    pub node: u16,
    pub replica: u16,
    /// Requests sent and not yet answered.
    pub in_flight: u32,
    pub healthy: bool,
    /// It is being drained: nothing new, whatever the checks say.
    pub drained: bool,
    /// It gets requests: in `LoadBalancer::usable`.
    pub usable: bool,
    /// Thousandths.
    pub weight: u32,
    pub record: Box<Record>,
}

/// What its requests and probes have shown of a backend.
#[derive(Clone)]
pub(crate) struct Record {
    /// Probes failed and passed in a row.
    pub failures: u32,
    pub successes: u32,
    /// Requests failed in a row.
    pub missed: u32,
    /// Taken out by failed requests alone: when it is tried again.
    pub back_at: Time,
    /// Credit of smooth weighted round robin.
    pub credit: i64,
    pub latency: Latency,
}

impl Backend {
    pub fn new(link: u16, node: u16, replica: u16) -> Self {
        let record = Record {
            failures: 0,
            successes: 0,
            missed: 0,
            back_at: Time::NEVER,
            credit: 0,
            latency: Latency::new(),
        };
        Self {
            link,
            node,
            replica,
            in_flight: 0,
            healthy: true,
            drained: false,
            usable: true,
            weight: 1000,
            record: Box::new(record),
        }
    }
    /// Where its points on the ring come from: seed, name and server, never its position in the list.
    pub fn ring_key(&self, ctx: &Ctx) -> u64 {
        combine(combine(ctx.seed, ctx.nodes[self.node as usize].key), u64::from(self.replica))
    }
}

impl LoadBalancer {
    /// The replicas of all its link targets; what is known of those that stay is kept.
    pub(super) fn list_backends(&self, ctx: &Ctx, weights: Option<&[f64]>) -> Vec<Backend> {
        let mut backends: Vec<Backend> = Vec::new();
        for link in ctx.links_from(self.node) {
            let node = ctx.links[link as usize].to;
            let n = &ctx.nodes[node as usize];
            for replica in 0..n.serving {
                let known = self.backends.iter().find(|b| b.node == node && b.replica == replica);
                let mut b = known.cloned().unwrap_or_else(|| Backend::new(link, node, replica));
                b.link = link;
                b.drained = !ctx.accepts(node, replica);
                b.weight = match weights {
                    Some(list) => list.get(backends.len()).map_or(1000, |w| (w * 1000.0) as u32),
                    None => match n.replicas[replica as usize].host {
                        NIL => 1000,
                        host => 1000 * ctx.hosts[host as usize].cores,
                    },
                };
                backends.push(b);
            }
        }
        backends
    }
    /// Lists anew who gets requests.
    pub(super) fn list_usable(&mut self) {
        self.usable.clear();
        for (i, b) in self.backends.iter_mut().enumerate() {
            b.usable = b.healthy && !b.drained;
            if b.usable {
                self.usable.push(i as u16);
            }
        }
        if self.usable.is_empty() && self.send_to_all {
            for (i, b) in self.backends.iter_mut().enumerate().filter(|(_, b)| !b.drained) {
                b.usable = true;
                self.usable.push(i as u16);
            }
        }
    }
    #[inline(always)]
    pub(super) fn backend(&self, answer: &Answer) -> Option<usize> {
        // Those of a link stand together, by server.
        let first = *self.first_of_link.get(answer.link as usize)?;
        let is_it = |b: &Backend| b.node == answer.node && b.replica == answer.replica;
        let at = first as usize + answer.replica as usize;
        if self.backends.get(at).is_some_and(is_it) {
            return Some(at);
        }
        self.search(answer)
    }
    #[cold]
    fn search(&self, answer: &Answer) -> Option<usize> {
        self.backends.iter().position(|b| b.node == answer.node && b.replica == answer.replica)
    }
    /// Notes where the backends of each link begin.
    pub(super) fn index_backends(&mut self) {
        self.first_of_link.clear();
        for (i, b) in self.backends.iter().enumerate().rev() {
            let link = b.link as usize;
            if self.first_of_link.len() <= link {
                self.first_of_link.resize(link + 1, NIL);
            }
            self.first_of_link[link] = i as u32;
        }
    }
}
