//! What happens when work comes faster than it is done: backlogs, retries.

/// A backlog after `seconds` of too many arrivals, as a fluid; 0 where there are not too many.
pub fn backlog(arrival_rate: f64, service_rate: f64, seconds: f64) -> f64 {
    ((arrival_rate - service_rate) * seconds).max(0.0)
}

/// Seconds until a backlog is worked off while requests go on arriving; `None` where it never is.
pub fn drain_s(backlog: f64, arrival_rate: f64, service_rate: f64) -> Option<f64> {
    (service_rate > arrival_rate).then(|| backlog / (service_rate - arrival_rate))
}

/// Calls by layers that each try their callee again.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Amplified {
    /// Calls at the bottom for one request at the top.
    pub calls: f64,
    /// Share of the requests at the top that fail after all.
    pub failed: f64,
}

/// Retry amplification: `layers` callers above each other, each tries up to `retries` times more, at once; a call at
/// the bottom fails with probability `p`, independently. B. Beyer et al., Site Reliability Engineering, ch. 22.
pub fn retries(p: f64, retries: u32, layers: u32) -> Amplified {
    let attempts = f64::from(retries) + 1.0;
    let (mut calls, mut failed) = (1.0, p);
    for _ in 0..layers {
        let tries =
            if failed < 1.0 { (1.0 - libm::pow(failed, attempts)) / (1.0 - failed) } else { attempts };
        calls *= tries;
        failed = libm::pow(failed, attempts);
    }
    Amplified { calls, failed }
}

/// Calls in each of the first `seconds` where what is refused comes back a second later, for ever: `demand` new ones a
/// second, `admitted` of all. B. Beyer et al., Site Reliability Engineering, ch. 22.
pub fn retry_growth(demand: f64, admitted: f64, seconds: u32) -> Vec<f64> {
    let mut refused = 0.0;
    (0..seconds)
        .map(|_| {
            let calls = demand + refused;
            refused = (calls - admitted).max(0.0);
            calls
        })
        .collect()
}
