//! Health checks: probes, and requests that failed.

use super::super::super::context::{Answer, Ctx, NewCall};
use super::super::super::log::Weight;
use super::super::super::outcome::Reason;
use super::super::super::request::{NIL, Outcome};
use super::super::super::rng::{Purpose, combine};
use super::super::super::snapshot::{Cargo, ReplicaState};
use super::super::super::time::Time;
use super::super::super::value::HealthCheck;
use super::{BACK, LoadBalancer, PROBE};

impl LoadBalancer {
    /// What it believes of a server; `None` where it does not check or does not know it.
    pub fn belief(&self, node: u16, replica: u16) -> Option<bool> {
        self.health.as_ref()?;
        self.backends.iter().find(|b| b.node == node && b.replica == replica).map(|b| b.healthy)
    }

    const fn probe_token(&self, index: usize) -> u64 {
        (self.generation as u64) << 32 | PROBE | index as u64
    }
    /// Every backend gets its own phase, so that probes do not come in bursts.
    pub(super) fn start_probes(&mut self, ctx: &mut Ctx) {
        self.generation += 1;
        let Some(health) = self.health.clone() else { return };
        if !health.active {
            return self.promise_return(ctx, &health);
        }
        for i in 0..self.backends.len() {
            let b = &self.backends[i];
            let mut phase =
                ctx.place_draw(self.node, u64::from(b.node) << 16 | u64::from(b.replica), Purpose::Phase);
            let delay = Time((health.interval.ns() as f64 * phase.unit()) as u64);
            ctx.after(self.node, delay, self.probe_token(i));
        }
    }
    /// Nobody asks any more a backend that is out: like one that failed requests, it is tried again after a while.
    fn promise_return(&mut self, ctx: &mut Ctx, health: &HealthCheck) {
        for b in self.backends.iter_mut().filter(|b| !b.healthy && b.record.back_at == Time::NEVER) {
            b.record.back_at = ctx.now + health.interval;
            ctx.after(self.node, health.interval, BACK);
        }
    }
    pub(super) fn probe_due(&mut self, ctx: &mut Ctx, token: u64) {
        let index = (token & 0xffff) as usize;
        if self.probe_token(index) != token {
            return;
        }
        let Some(health) = self.health.clone() else { return };
        // A dead balancer asks nobody.
        if ctx.state(self.node, self.active) == ReplicaState::Up {
            self.probe(ctx, index, &health);
        }
        ctx.after(self.node, health.interval, token);
    }
    fn probe(&mut self, ctx: &mut Ctx, index: usize, health: &HealthCheck) {
        let b = &self.backends[index];
        self.probes += 1;
        let draw = ctx.place_draw(self.node, self.probes, Purpose::Background);
        let work = health.work.sample(draw);
        ctx.send(NewCall {
            request: NIL,
            parent: NIL,
            link: b.link,
            caller_replica: self.active,
            replica: Some(b.replica),
            cargo: Cargo::Probe,
            wanted: true,
            path: combine(combine(ctx.seed, ctx.nodes[self.node as usize].key), self.probes),
            timeout: Some(health.timeout),
            payload: work.ns(),
        });
    }
    /// A probe passed or failed.
    pub(super) fn judge(&mut self, ctx: &mut Ctx, index: usize, ok: bool, health: &HealthCheck) {
        let b = &mut self.backends[index];
        (b.record.failures, b.record.successes) =
            if ok { (0, b.record.successes + 1) } else { (b.record.failures + 1, 0) };
        let verdict =
            if b.healthy { b.record.failures < health.fall } else { b.record.successes >= health.rise };
        if verdict == b.healthy {
            return;
        }
        let text = if verdict {
            format!("passed {} probes: gets requests again", health.rise)
        } else {
            format!("failed {} probes: gets no more requests", health.fall)
        };
        self.decide(ctx, index, verdict, &text);
    }
    /// A request was answered or failed. Only what the backend itself did counts: a failure of somebody behind it
    /// is the same through all backends.
    pub(super) fn judge_request(&mut self, ctx: &mut Ctx, index: usize, answer: &Answer) {
        let Some((health, limit)) = self.health.clone().and_then(|h| h.passive.map(|n| (h, n))) else {
            return;
        };
        let b = &mut self.backends[index];
        let broken = match answer.outcome {
            Outcome::Failed(reason) => answer.place == b.node && tells_of_death(reason),
            _ => false,
        };
        b.record.missed = if broken { b.record.missed.saturating_add(1) } else { 0 };
        if !b.healthy || b.record.missed < limit {
            return;
        }
        b.record.missed = 0;
        // Probes from before say nothing about it now.
        (b.record.failures, b.record.successes) = (health.fall, 0);
        if !health.active {
            b.record.back_at = ctx.now + health.interval;
            ctx.after(self.node, health.interval, BACK);
        }
        let text = format!("{limit} requests failed in a row: gets no more requests");
        self.decide(ctx, index, false, &text);
    }
    /// Without probes, a backend that was taken out is tried again after a while.
    pub(super) fn bring_back(&mut self, ctx: &mut Ctx) {
        for index in 0..self.backends.len() {
            let b = &self.backends[index];
            if !b.healthy && b.record.back_at <= ctx.now {
                self.decide(ctx, index, true, "is tried again");
            }
        }
    }
    fn decide(&mut self, ctx: &mut Ctx, index: usize, healthy: bool, text: &str) {
        let b = &mut self.backends[index];
        b.healthy = healthy;
        if healthy {
            b.record.back_at = Time::NEVER;
        }
        let place = ctx.replica_name(b.node, b.replica);
        ctx.note(place, if healthy { Weight::Good } else { Weight::Bad }, text);
        self.list_usable();
    }
}

/// A failure that speaks against the server and not against its load.
const fn tells_of_death(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Refused
            | Reason::Crashed
            | Reason::TimedOut
            | Reason::Error
            | Reason::Unreachable
            | Reason::PacketLost
            | Reason::OutOfMemory
    )
}
