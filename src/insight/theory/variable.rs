//! Queues whose service, arrivals or worker vary in other ways than exponentially.

use super::root;

/// Mean wait in an M/G/1 queue: Poisson arrivals, one worker, service of any distribution with this squared
/// coefficient of variation. F. Pollaczek 1930, A. Khinchine 1932; Kleinrock ch. 5.
pub fn mg1_wait_mean(arrival_rate: f64, service_s: f64, scv: f64) -> Option<f64> {
    let rho = arrival_rate * service_s;
    (rho < 1.0 && scv >= 0.0).then(|| rho * service_s * (1.0 + scv) / (2.0 * (1.0 - rho)))
}

/// Mean wait with `workers`, approximately: that of M/M/c, scaled by the variation of the service.
/// A. Lee and P. Longton, Operational Research Quarterly 10 (1959); exact for one worker and for exponential service.
pub fn mgc_wait_mean(arrival_rate: f64, service_s: f64, scv: f64, workers: u32) -> Option<f64> {
    super::queue::Mmc::new(arrival_rate, service_s, workers).map(|q| q.wait_mean() * (1.0 + scv) / 2.0)
}

/// Longest queue for which the distribution of the M/D/1 wait is computed.
const MAX_QUEUE: usize = 4000;

/// The waiting time that a share `q` of arrivals stay below in an M/D/1 queue: Poisson arrivals, one worker, service
/// always the same. G. J. Franx, Operations Research Letters 29 (2001), whose sum has no negative terms.
pub fn md1_wait_percentile(arrival_rate: f64, service_s: f64, q: f64) -> Option<f64> {
    let rho = arrival_rate * service_s;
    if !(rho > 0.0 && rho < 1.0 && (0.0..1.0).contains(&q)) {
        return None;
    }
    if q <= 1.0 - rho {
        return Some(0.0);
    }
    let system = md1_states(rho, q)?;
    // At most j wait when at most j + 1 are in the system.
    let mut at_most: Vec<f64> = Vec::with_capacity(system.len());
    let mut sum = system[0];
    for p in &system[1..] {
        sum += p;
        at_most.push(sum);
    }
    let within = |t: f64| {
        let k = libm::floor(t / service_s) as usize + 1;
        let x = arrival_rate * (k as f64 * service_s - t);
        let mut term = libm::exp(-x);
        let mut sum = 0.0;
        for j in 0..k {
            sum += at_most.get(k - 1 - j).copied().unwrap_or(1.0) * term;
            term *= x / (j + 1) as f64;
        }
        sum
    };
    let most = at_most.len() as f64 * service_s;
    Some(root(0.0, most, |t| within(t) - q))
}

/// Probabilities of the number in an M/D/1 system, until less than a part of `1 - q` is left.
/// The embedded chain, by crossings of levels, has only positive terms.
fn md1_states(rho: f64, q: f64) -> Option<Vec<f64>> {
    // tail[n]: more than n arrivals while one is served.
    let mut tail = Vec::new();
    let (mut p, mut left, mut n) = (libm::exp(-rho), 1.0, 0.0);
    while left > 1e-18 && tail.len() < 200 {
        left -= p;
        tail.push(f64::max(left, 0.0));
        n += 1.0;
        p *= rho / n;
    }
    let none = libm::exp(-rho);
    let mut states = vec![1.0 - rho];
    let mut sum = 1.0 - rho;
    let enough = 1.0 - (1.0 - q) * 1e-9;
    while sum < enough && states.len() < MAX_QUEUE {
        let n = states.len() - 1;
        let crossing = |k: usize| tail.get(k).copied().unwrap_or(0.0);
        let mut up = states[0] * crossing(n);
        for (k, p) in states.iter().enumerate().skip(1) {
            up += p * crossing(n - k + 1);
        }
        states.push(up / none);
        sum += up / none;
    }
    (states.len() < MAX_QUEUE).then_some(states)
}

/// Mean time in the system of one of `servers` alike single-worker servers behind round robin, `arrival_rate` in all:
/// every server sees each n-th arrival of a Poisson stream, an Erlang gap (`E_n/M/1`). Kleinrock ch. 6.
pub fn round_robin_sojourn(arrival_rate: f64, service_s: f64, servers: u32) -> Option<RoundRobin> {
    let n = f64::from(servers);
    if servers == 0 || service_s <= 0.0 || arrival_rate * service_s >= n || arrival_rate <= 0.0 {
        return None;
    }
    let mu = 1.0 / service_s;
    // sigma: share of arrivals that find the server busy; the smaller root of sigma = A*(mu - mu sigma).
    let gap = |sigma: f64| libm::pow(arrival_rate / (arrival_rate + mu * (1.0 - sigma)), n) - sigma;
    let busy = root(0.0, 1.0 - 1e-12, gap);
    Some(RoundRobin { busy, mean: service_s / (1.0 - busy) })
}

/// A server behind round robin; its time in the system is exponential.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RoundRobin {
    /// Share of arrivals that find their server busy.
    pub busy: f64,
    /// Mean time in the system.
    pub mean: f64,
}

impl RoundRobin {
    /// The time in the system that a share `q` of all stay below.
    pub fn percentile(&self, q: f64) -> Option<f64> {
        (0.0..1.0).contains(&q).then(|| -self.mean * libm::log(1.0 - q))
    }
}

/// Mean time in an M/M/1 system whose worker stops, idle or busy, and goes on where it was: exponential times up and
/// down. B. Avi-Itzhak and P. Naor, Operations Research 11 (1963), model A.
pub fn pausing_sojourn_mean(arrival_rate: f64, service_s: f64, up_s: f64, down_s: f64) -> Option<f64> {
    let f = 1.0 / up_s;
    // Completion time: the service with the stops in it.
    let mean = service_s * (1.0 + f * down_s);
    let second = 2.0 * mean * mean + f * service_s * 2.0 * down_s * down_s;
    let rho = arrival_rate * mean;
    if rho >= 1.0 {
        return None;
    }
    let found_down = f * down_s * down_s / (1.0 + f * down_s);
    Some(mean + arrival_rate * second / (2.0 * (1.0 - rho)) + found_down)
}

/// Mean of the longest of `n` independent exponential times of this mean: the mean times the n-th harmonic number.
pub fn exponential_max_mean(mean_s: f64, n: u32) -> f64 {
    exponential_kth_mean(mean_s, n, n)
}

/// Mean of the k-th shortest of `n` independent exponential times. A. Renyi 1953.
pub fn exponential_kth_mean(mean_s: f64, n: u32, k: u32) -> f64 {
    mean_s * (n - k.min(n) + 1..=n).map(|i| 1.0 / f64::from(i)).sum::<f64>()
}

/// The time that a share `q` of fan-outs of `n` independent exponential calls stay below.
pub fn exponential_max_percentile(mean_s: f64, n: u32, q: f64) -> Option<f64> {
    (0.0..1.0).contains(&q).then(|| -mean_s * libm::log1p(-libm::pow(q, 1.0 / f64::from(n))))
}

/// Share of fan-outs of `n` calls of which at least one is slow, where each is with probability `p`.
/// J. Dean and L. Barroso, The Tail at Scale, CACM 56(2), 2013.
pub fn any_slow(p: f64, n: u32) -> f64 {
    1.0 - libm::pow(1.0 - p, f64::from(n))
}
