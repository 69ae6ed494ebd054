//! Networks of queues.

use super::queue::Mmc;

/// A closed network: what a number of users with think time get from single-worker stations.
#[derive(Clone, PartialEq, Debug)]
pub struct Closed {
    /// Requests per second.
    pub throughput: f64,
    /// Mean response time, without thinking.
    pub response: f64,
    /// Mean number at each station.
    pub queues: Vec<f64>,
}

/// Exact mean value analysis: `users` think for `think_s`, then visit every station once; `demands_s` are the mean
/// service times. M. Reiser and S. Lavenberg, JACM 27 (1980); Lazowska ch. 6.
pub fn closed(demands_s: &[f64], think_s: f64, users: u32) -> Closed {
    let mut queues = vec![0.0; demands_s.len()];
    let (mut throughput, mut response) = (0.0, demands_s.iter().sum());
    for n in 1..=users {
        let times: Vec<f64> = demands_s.iter().zip(&queues).map(|(d, q)| d * (1.0 + q)).collect();
        response = times.iter().sum();
        throughput = f64::from(n) / (think_s + response);
        queues = times.iter().map(|t| throughput * t).collect();
    }
    Closed { throughput, response, queues }
}

/// Users from which on a closed network is full: total demand and think time over the largest demand.
pub fn knee(demands_s: &[f64], think_s: f64) -> Option<f64> {
    let most = demands_s.iter().copied().fold(0.0, f64::max);
    (most > 0.0).then(|| (demands_s.iter().sum::<f64>() + think_s) / most)
}

/// A station of an open network.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Station {
    /// Requests per second that come from outside.
    pub from_outside: f64,
    /// Mean service time of one worker.
    pub service_s: f64,
    /// Workers.
    pub workers: u32,
}

/// Arrival rates at the stations of an open network; `routing[i][j]` is the share of those who leave `i` that go to
/// `j`. `None` where requests never get out.
pub fn traffic(stations: &[Station], routing: &[Vec<f64>]) -> Option<Vec<f64>> {
    let n = stations.len();
    // (I - P^T) rates = from_outside, by elimination with pivots.
    let mut rows: Vec<Vec<f64>> = (0..n)
        .map(|j| {
            let mut row: Vec<f64> = (0..n).map(|i| f64::from(u8::from(i == j)) - routing[i][j]).collect();
            row.push(stations[j].from_outside);
            row
        })
        .collect();
    for k in 0..n {
        let pivot = (k..n).max_by(|&a, &b| rows[a][k].abs().total_cmp(&rows[b][k].abs()))?;
        if rows[pivot][k].abs() < 1e-12 {
            return None;
        }
        rows.swap(k, pivot);
        let (upper, lower) = rows.split_at_mut(k + 1);
        let base = &upper[k];
        for row in lower {
            let by = row[k] / base[k];
            for (x, b) in row.iter_mut().zip(base).skip(k) {
                *x -= by * b;
            }
        }
    }
    let mut rates = vec![0.0; n];
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|i| rows[k][i] * rates[i]).sum();
        rates[k] = (rows[k][n] - known) / rows[k][k];
    }
    Some(rates)
}

/// An open network of M/M/c stations: each behaves as if it were alone. J. R. Jackson, Operations Research 5 (1957).
/// The queues, and the mean time from entry to exit; `None` where a station does not settle.
pub fn jackson(stations: &[Station], routing: &[Vec<f64>]) -> Option<(Vec<Mmc>, f64)> {
    let rates = traffic(stations, routing)?;
    let queues: Vec<Mmc> = stations
        .iter()
        .zip(&rates)
        .map(|(s, &rate)| Mmc::new(rate, s.service_s, s.workers))
        .collect::<Option<_>>()?;
    let inside: f64 = queues.iter().map(Mmc::in_system_mean).sum();
    let entering: f64 = stations.iter().map(|s| s.from_outside).sum();
    (entering > 0.0).then(|| (queues, inside / entering))
}
