//! Open connections make each query slower, by the universal scalability law.

use super::super::super::context::Ctx;
use super::super::super::distribution::Distribution;
use super::super::super::station::scalability::Scalability;
use super::super::super::time::Time;
use super::super::super::value::Knobs;
use super::Database;

/// The law, and how many connections stay open whether busy or not.
#[derive(Clone, Copy)]
pub(super) struct Contention {
    law: Scalability,
    pooled: Option<u32>,
}

impl Contention {
    pub fn read(ctx: &Ctx, node: u16, knobs: &Knobs) -> Option<Self> {
        Some(Self { law: Scalability::read(knobs)?, pooled: ctx.open_connections(node) })
    }
}

impl Database {
    pub(super) fn contention_factor(&self, ctx: &Ctx, call: u32) -> f64 {
        let busy = self.stations[ctx.calls[call].replica as usize].busy();
        self.contention.map_or(1.0, |c| c.law.factor(c.pooled.unwrap_or(busy).max(busy)))
    }
}

/// Service of a call begins; its work is `factor` times what was drawn.
pub(super) fn begin(ctx: &mut Ctx, call: u32, work: &Distribution, factor: f64) {
    let demand = ctx.first_demand(call, work);
    ctx.work(call, Time((demand.ns() as f64 * factor) as u64));
}
