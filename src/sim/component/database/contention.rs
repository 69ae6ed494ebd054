//! The universal scalability law (Gunther 1993): n open connections make each query 1 + s (n-1) + k n (n-1) times
//! as long.

use super::super::super::context::Ctx;
use super::super::super::distribution::Distribution;
use super::super::super::time::Time;
use super::super::super::value::Knobs;
use super::Database;

/// The two coefficients, and how many connections stay open whether busy or not.
#[derive(Clone, Copy)]
pub(super) struct Contention {
    serial: f64,
    coherency: f64,
    pooled: Option<u32>,
}

impl Contention {
    pub fn read(ctx: &Ctx, node: u16, knobs: &Knobs) -> Option<Self> {
        let group = knobs.group("contention")?;
        Some(Self {
            serial: group.factor("serial").unwrap_or(0.0),
            coherency: group.factor("coherency").unwrap_or(0.0),
            pooled: ctx.open_connections(node),
        })
    }
    /// How many times as long a query takes with `n` connections open.
    pub fn factor(&self, n: u32) -> f64 {
        let n = f64::from(n.max(1));
        1.0 + self.serial * (n - 1.0) + self.coherency * n * (n - 1.0)
    }
}

impl Database {
    pub(super) fn contention_factor(&self, ctx: &Ctx, call: u32) -> f64 {
        let busy = self.stations[ctx.calls[call].replica as usize].busy();
        self.contention.map_or(1.0, |c| c.factor(c.pooled.unwrap_or(busy).max(busy)))
    }
}

/// Service of a call begins; its work is `factor` times what was drawn.
pub(super) fn begin(ctx: &mut Ctx, call: u32, work: &Distribution, factor: f64) {
    let demand = ctx.first_demand(call, work);
    ctx.work(call, Time((demand.ns() as f64 * factor) as u64));
}
