//! One queue with one or more alike workers, Poisson arrivals, exponential service.

use super::{erlang_longer, erlang_within_ln, quantile};

/// An M/M/c queue without bound: Poisson arrivals, exponential service, `c` workers, first come first served.
/// Kleinrock ch. 3; Harchol-Balter ch. 14.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Mmc {
    arrival_rate: f64,
    /// Services per second of one worker.
    service_rate: f64,
    workers: u32,
    /// Probability that an arrival waits (Erlang C).
    pub wait_probability: f64,
}

/// Busy workers that an unbounded number would have: arrivals per second times mean service time.
pub fn offered_load(arrival_rate: f64, service_s: f64) -> f64 {
    arrival_rate * service_s
}

/// Probability that an arrival finds all of `workers` busy and is lost, where nobody may wait (M/G/c/c).
/// A. K. Erlang 1917; the recursion is Kleinrock's (ch. 3).
pub fn erlang_b(workers: u32, load: f64) -> f64 {
    (1..=workers).fold(1.0, |b, k| load * b / (f64::from(k) + load * b))
}

/// Probability that an arrival has to wait for one of `workers`; `None` where the load is not below their number.
pub fn erlang_c(workers: u32, load: f64) -> Option<f64> {
    let c = f64::from(workers);
    if !(load >= 0.0 && load < c) {
        return None;
    }
    let b = erlang_b(workers, load);
    Some(b / (1.0 - load / c * (1.0 - b)))
}

impl Mmc {
    /// The queue with this arrival rate and mean service time; `None` unless it settles.
    pub fn new(arrival_rate: f64, service_s: f64, workers: u32) -> Option<Self> {
        if service_s <= 0.0 {
            return None;
        }
        let wait_probability = erlang_c(workers, offered_load(arrival_rate, service_s))?;
        Some(Self { arrival_rate, service_rate: 1.0 / service_s, workers, wait_probability })
    }
    /// Busy workers over workers.
    pub fn utilization(&self) -> f64 {
        self.arrival_rate / (self.service_rate * f64::from(self.workers))
    }
    /// Rate at which the waiting time of those who wait runs out.
    fn relief(&self) -> f64 {
        f64::from(self.workers) * self.service_rate - self.arrival_rate
    }
    /// Mean time from arrival to the start of service.
    pub fn wait_mean(&self) -> f64 {
        self.wait_probability / self.relief()
    }
    /// The waiting time that a share `q` of all arrivals stay below.
    pub fn wait_percentile(&self, q: f64) -> Option<f64> {
        if !(0.0..1.0).contains(&q) {
            return None;
        }
        Some((libm::log(self.wait_probability / (1.0 - q)) / self.relief()).max(0.0))
    }
    /// Mean time from arrival to the end of service.
    pub fn sojourn_mean(&self) -> f64 {
        self.wait_mean() + 1.0 / self.service_rate
    }
    /// The share of arrivals that take longer than `t` in all.
    pub fn sojourn_longer(&self, t: f64) -> f64 {
        let (mu, relief, c) = (self.service_rate, self.relief(), self.wait_probability);
        let alone = libm::exp(-mu * t);
        // With one worker both rates meet in the queue's own: exponential with relief.
        if (relief - mu).abs() < 1e-9 * mu {
            return alone * (1.0 + c * mu * t);
        }
        alone + c * mu * (libm::exp(-relief * t) - alone) / (mu - relief)
    }
    /// The time in all that a share `q` of all arrivals stay below.
    pub fn sojourn_percentile(&self, q: f64) -> Option<f64> {
        quantile(q, self.sojourn_mean(), |t| self.sojourn_longer(t))
    }
    /// Mean number waiting and in service.
    pub fn in_system_mean(&self) -> f64 {
        self.arrival_rate * self.sojourn_mean()
    }
}

/// An M/M/c/K queue: as [`Mmc`], but who finds `waiting` places taken is turned away. Kleinrock ch. 3.
#[derive(Clone, PartialEq, Debug)]
pub struct Mmck {
    arrival_rate: f64,
    service_rate: f64,
    workers: u32,
    /// Probability of `n` in the system, waiting and in service.
    states: Vec<f64>,
}

/// Most states of a queue with a bound that are computed.
pub const MAX_STATES: u32 = 1_000_000;

impl Mmck {
    /// The queue with these rates; `None` for a service of no time or a bound over [`MAX_STATES`].
    pub fn new(arrival_rate: f64, service_s: f64, workers: u32, waiting: u32) -> Option<Self> {
        let most = workers.saturating_add(waiting);
        if service_s <= 0.0 || arrival_rate <= 0.0 || workers == 0 || most > MAX_STATES {
            return None;
        }
        let load = offered_load(arrival_rate, service_s);
        let mut states = vec![1.0];
        let (mut p, mut sum) = (1.0, 1.0);
        for n in 1..=most {
            p *= load / f64::from(n.min(workers));
            if p > 1e200 {
                for s in &mut states {
                    *s /= p;
                }
                sum /= p;
                p = 1.0;
            }
            states.push(p);
            sum += p;
        }
        for s in &mut states {
            *s /= sum;
        }
        Some(Self { arrival_rate, service_rate: 1.0 / service_s, workers, states })
    }
    /// Share of the arrivals that are turned away.
    pub fn drop_fraction(&self) -> f64 {
        self.states.last().copied().unwrap_or(0.0)
    }
    /// Completions per second.
    pub fn throughput(&self) -> f64 {
        self.arrival_rate * (1.0 - self.drop_fraction())
    }
    /// Busy workers over workers.
    pub fn utilization(&self) -> f64 {
        self.throughput() / (self.service_rate * f64::from(self.workers))
    }
    /// Mean number waiting and in service.
    pub fn in_system_mean(&self) -> f64 {
        self.states.iter().enumerate().map(|(n, p)| n as f64 * p).sum()
    }
    /// Mean time in all of those who are let in.
    pub fn sojourn_mean(&self) -> f64 {
        self.in_system_mean() / self.throughput()
    }
    /// Mean wait of those who are let in.
    pub fn wait_mean(&self) -> f64 {
        (self.sojourn_mean() - 1.0 / self.service_rate).max(0.0)
    }
    /// Probability that one of those who are let in waits.
    pub fn wait_probability(&self) -> f64 {
        let full: f64 = self.states.iter().skip(self.workers as usize).sum();
        (full - self.drop_fraction()) / (1.0 - self.drop_fraction())
    }
    /// The share of those who are let in that take longer than `t` in all.
    pub fn sojourn_longer(&self, t: f64) -> f64 {
        let c = f64::from(self.workers);
        let (mu, all) = (self.service_rate, self.service_rate * c);
        let let_in = &self.states[..self.states.len() - 1];
        let mut sum = 0.0;
        for (n, p) in let_in.iter().enumerate() {
            let ahead = (n as u32 + 1).saturating_sub(self.workers);
            sum += p * if self.workers == 1 {
                erlang_longer(ahead + 1, mu, t)
            } else if ahead == 0 {
                libm::exp(-mu * t)
            } else {
                // The wait is Erlang with the rate of all workers, the service exponential with that of one.
                let scale = f64::from(ahead) * libm::log(all / (all - mu)) - mu * t;
                erlang_longer(ahead, all, t) + libm::exp(scale + erlang_within_ln(ahead, all - mu, t))
            };
        }
        sum / (1.0 - self.drop_fraction())
    }
    /// The time in all that a share `q` of those who are let in stay below.
    pub fn sojourn_percentile(&self, q: f64) -> Option<f64> {
        quantile(q, self.sojourn_mean(), |t| self.sojourn_longer(t))
    }
}

/// Mean waiting time and share of arrivals that leave unserved, where who has waited `patience_s` goes (M/M/c with
/// constant patience, as a pool with a wait limit).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Impatient {
    /// Share of the arrivals that leave unserved.
    pub timeout_fraction: f64,
    /// Share of the arrivals that find no worker free.
    pub wait_probability: f64,
    /// Busy workers over workers.
    pub utilization: f64,
}

/// M/M/c with constant patience. D. Y. Barrer, Operations Research 5 (1957); F. Baccelli and G. Hebuterne 1981: the
/// unfinished work ahead has density `p_(c-1) arrival_rate exp((arrival_rate - c mu) t)` up to the patience.
pub fn impatient(arrival_rate: f64, service_s: f64, workers: u32, patience_s: f64) -> Option<Impatient> {
    if service_s <= 0.0 || workers == 0 || patience_s < 0.0 || arrival_rate <= 0.0 {
        return None;
    }
    let (c, load) = (f64::from(workers), offered_load(arrival_rate, service_s));
    let relief = c / service_s - arrival_rate;
    // Relative to the probability of c - 1 in service: b = 1 + (c-1)/a + (c-1)(c-2)/a^2 + ...
    let (mut below, mut term) = (1.0, 1.0);
    for k in (1..workers).rev() {
        term *= f64::from(k) / load;
        below += term;
    }
    let end = libm::exp(-relief * patience_s);
    let waiting = arrival_rate * if relief.abs() < 1e-12 { patience_s } else { (1.0 - end) / relief };
    // Beyond the patience nobody joins, and the work ahead is still worked off by all workers.
    let beyond = arrival_rate * end * service_s / c;
    let total = below + waiting + beyond;
    let timeout_fraction = beyond / total;
    Some(Impatient {
        timeout_fraction,
        wait_probability: (waiting + beyond) / total,
        utilization: load * (1.0 - timeout_fraction) / c,
    })
}
