//! Hit ratios of caches, and what a miss costs.

use super::root;

/// Shares of the requests of `of` keys by Zipf's law with this exponent, the hottest first.
pub fn zipf(of: u32, exponent: f64) -> Vec<f64> {
    let weights: Vec<f64> = (1..=of).map(|rank| libm::pow(f64::from(rank), -exponent)).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|w| w / sum).collect()
}

/// Hit ratio of an LRU cache of `capacity` entries, by Che's approximation: a key stays as long as the cache needs to
/// take in as many other keys as it holds. H. Che, Y. Tung and Z. Wang, IEEE JSAC 20(7), 2002. `shares` are the keys'
/// shares of the requests. 1 where all keys fit.
pub fn lru_hit_ratio(shares: &[f64], capacity: f64) -> Option<f64> {
    if capacity <= 0.0 {
        return None;
    }
    let used = shares.iter().filter(|&&p| p > 0.0).count() as f64;
    if capacity >= used {
        return Some(1.0);
    }
    let held = |t: f64| shares.iter().map(|p| 1.0 - libm::exp(-p * t)).sum::<f64>();
    let mut high = capacity.max(1.0);
    while held(high) < capacity {
        high *= 2.0;
    }
    let age = root(0.0, high, |t| held(t) - capacity);
    Some(shares.iter().map(|p| p * (1.0 - libm::exp(-p * age))).sum())
}

/// Hit ratio of one key that is asked for at a Poisson rate and forgotten `ttl_s` after it was loaded.
/// J. Jung, A. Berger and H. Balakrishnan, INFOCOM 2003.
pub fn ttl_hit_ratio(rate: f64, ttl_s: f64) -> f64 {
    rate * ttl_s / (1.0 + rate * ttl_s)
}

/// Hit ratio over all keys, `rate` requests per second in all.
pub fn ttl_hit_ratio_of(shares: &[f64], rate: f64, ttl_s: f64) -> f64 {
    shares.iter().map(|p| p * ttl_hit_ratio(rate * p, ttl_s)).sum()
}

/// Misses between two instants after an unbounded cache was emptied: keys that are asked for the first time then.
pub fn cold_misses(shares: &[f64], rate: f64, from_s: f64, to_s: f64) -> f64 {
    shares.iter().map(|p| libm::exp(-rate * p * from_s) - libm::exp(-rate * p * to_s)).sum()
}

/// Loads that start before the first one of an expired key returns, `rate` requests for it per second; 1 with
/// requests merged (single flight). R. Nishtala et al., NSDI 2013.
pub fn stampede_loads(rate: f64, load_s: f64) -> f64 {
    1.0 + rate * load_s
}
