//! The autoscaler: looks at its service's load now and then, and orders servers or sends them away.

use super::super::super::context::Ctx;
use super::super::super::log::Weight;
use super::super::super::quantity::show_share;
use super::super::super::station::Station;
use super::super::super::time::Time;
use super::super::super::topology::MAX_REPLICAS;
use super::super::super::value::{Knob, Knobs, LONGEST, Shape, Value};

const SERVERS: Shape = Shape::Count { min: 1, max: MAX_REPLICAS, unlimited: false };
const PAUSE: Shape = Shape::Time { min: Time::SECOND, max: LONGEST };

/// The knobs of `autoscale`.
pub(super) static KNOBS: &[Knob] = &[
    Knob::new("min", SERVERS, "servers at least").default(|| Value::Count(1)),
    Knob::new("max", SERVERS, "servers at most").required(),
    Knob::new("target", Shape::Share, "utilization that it aims at").default(|| Value::Share(0.7)),
    Knob::new("metric", Shape::Choice(&["workers", "cpu"]), "whose utilization")
        .default(|| Value::Choice("workers")),
    Knob::new("every", PAUSE, "time between two looks").default(|| Value::Time(Time::from_secs(15))),
    Knob::new(
        "delay",
        Shape::Time { min: Time::ZERO, max: LONGEST },
        "from the order to the start of a new server",
    )
    .default(|| Value::Time(Time::from_secs(60))),
    Knob::new(
        "cooldown",
        Shape::Time { min: Time::ZERO, max: LONGEST },
        "fewer servers only after less need for so long",
    )
    .default(|| Value::Time(Time::from_secs(300))),
];

/// Settings and memory of an autoscaler.
#[derive(Clone)]
pub(super) struct Scaler {
    min: u16,
    max: u16,
    target: f64,
    cpu: bool,
    every: Time,
    cooldown: Time,
    /// Counts settings of `every`: older timers are void.
    generation: u64,
    running: bool,
    /// Integrals of busy and of all workers (or cores) at the last look.
    seen: (u64, u64),
    /// Since when fewer servers would do, and the most that any look since then asked for.
    less: Option<(Time, u16)>,
}

impl Scaler {
    /// From its knobs; what it has seen stays.
    pub fn read(knobs: &Knobs, before: Option<Self>) -> Self {
        let servers = |name| knobs.count(name).unwrap_or(1) as u16;
        let time = |name| knobs.time(name).unwrap_or(Time::SECOND);
        let (every, cpu) = (time("every"), knobs.choice("metric") == Some("cpu"));
        let same = before.as_ref().is_some_and(|b| b.every == every && b.cpu == cpu);
        Self {
            min: servers("min"),
            max: servers("max").max(servers("min")),
            target: knobs.share("target").unwrap_or(1.0).max(0.01),
            cpu,
            every,
            cooldown: time("cooldown"),
            generation: before.as_ref().map_or(0, |b| b.generation + u64::from(!same)),
            running: same && before.as_ref().is_some_and(|b| b.running),
            seen: before.as_ref().filter(|_| same).map_or((0, 0), |b| b.seen),
            less: before.and_then(|b| b.less),
        }
    }
    /// Starts looking, unless it does already.
    pub fn begin(&mut self, ctx: &mut Ctx, node: u16) {
        if !std::mem::replace(&mut self.running, true) {
            ctx.after(node, self.every, self.generation);
        }
    }
    /// Time for a look.
    pub fn look(&mut self, ctx: &mut Ctx, node: u16, stations: &mut [Station], token: u64) {
        if token != self.generation {
            return;
        }
        ctx.after(node, self.every, token);
        let now = self.integrals(ctx, node, stations);
        let before = std::mem::replace(&mut self.seen, now);
        let capacity = now.1.saturating_sub(before.1);
        if capacity == 0 {
            // No server was up, or workers have no bound: there is no utilization to go by.
            return;
        }
        let utilization = now.0.saturating_sub(before.0) as f64 / capacity as f64;
        let up = f64::from(ctx.count_up(node));
        let wanted = libm::ceil(up * utilization / self.target - 1e-9) as u16;
        self.decide(ctx, node, utilization, wanted.clamp(self.min, self.max));
    }
    fn decide(&mut self, ctx: &mut Ctx, node: u16, utilization: f64, wanted: u16) {
        let active = ctx.nodes[node as usize].active;
        let count = if wanted >= active {
            self.less = None;
            wanted
        } else {
            let (since, most) = self.less.unwrap_or((ctx.now, wanted));
            self.less = Some((since, most.max(wanted)));
            if ctx.now - since < self.cooldown {
                return;
            }
            self.less = None;
            most.max(wanted)
        };
        if count != active {
            let busy = show_share(utilization);
            let what = if self.cpu { "cores" } else { "workers" };
            let text = format!("autoscaler: {busy} of {what} busy, {active} → {count} servers");
            ctx.note(ctx.nodes[node as usize].name.clone(), Weight::Change, &text);
            ctx.want_servers(node, count);
        }
    }
    fn integrals(&self, ctx: &mut Ctx, node: u16, stations: &mut [Station]) -> (u64, u64) {
        if !self.cpu {
            return stations
                .iter_mut()
                .map(|s| s.integrals(ctx.now))
                .fold((0, 0), |sum, i| (sum.0 + i.busy_ns, sum.1 + i.capacity_ns));
        }
        let hosts = ctx.nodes[node as usize].replicas.iter().map(|r| r.host as usize);
        let mut sum = (0, 0);
        for host in hosts {
            if let Some(h) = ctx.hosts.get_mut(host) {
                h.tick(ctx.now);
                let (busy, capacity) = h.integrals();
                sum = (sum.0 + busy, sum.1 + capacity);
            }
        }
        sum
    }
}
