//! How far machines scale, and what a fleet costs.

/// The universal scalability law: capacity of one machine by its cores (or nodes, or connections).
/// N. Gunther, Guerrilla Capacity Planning, Springer 2007; `coherency` 0 gives Amdahl's law.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Scalability {
    /// Requests per second of one.
    pub single: f64,
    /// Share of the work that only one can do at a time.
    pub serial: f64,
    /// Cost of keeping each pair in agreement, as a part of the work.
    pub coherency: f64,
}

impl Scalability {
    /// Requests per second of `n`.
    pub fn capacity(&self, n: f64) -> f64 {
        self.single * n / (1.0 + self.serial * (n - 1.0) + self.coherency * n * (n - 1.0))
    }
    /// The number with the greatest capacity; `None` where more is always better.
    pub fn peak(&self) -> Option<f64> {
        (self.coherency > 0.0).then(|| libm::sqrt((1.0 - self.serial) / self.coherency))
    }
}

/// Machines that one can rent: cores, price.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rung {
    /// Cores.
    pub cores: f64,
    /// Price, in any currency for any time.
    pub price: f64,
}

/// A choice from the ladder.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Choice {
    /// Place on the ladder.
    pub rung: usize,
    /// Machines.
    pub machines: u32,
    /// Price of all.
    pub price: f64,
}

/// The cheapest single machine that serves `demand` at no more than `utilization`; `None` beyond the largest.
pub fn cheapest_single(ladder: &[Rung], law: &Scalability, demand: f64, utilization: f64) -> Option<Choice> {
    choices(ladder, law, demand, utilization)
        .filter(|c| c.machines == 1)
        .min_by(|a, b| a.price.total_cmp(&b.price))
}

/// The cheapest fleet of machines of one size; among equals the one with larger machines.
pub fn cheapest_fleet(ladder: &[Rung], law: &Scalability, demand: f64, utilization: f64) -> Option<Choice> {
    // Prices that differ by rounding only are equal.
    let rounded = |c: &Choice| (c.price * 1e9).round();
    choices(ladder, law, demand, utilization)
        .min_by(|a, b| rounded(a).total_cmp(&rounded(b)).then(b.rung.cmp(&a.rung)))
}

fn choices<'a>(
    ladder: &'a [Rung],
    law: &'a Scalability,
    demand: f64,
    utilization: f64,
) -> impl Iterator<Item = Choice> + 'a {
    ladder.iter().enumerate().filter_map(move |(rung, size)| {
        let each = law.capacity(size.cores) * utilization;
        let machines = libm::ceil(demand / each);
        (each > 0.0 && machines <= f64::from(u32::MAX)).then_some(Choice {
            rung,
            machines: machines as u32,
            price: machines * size.price,
        })
    })
}
