//! Availability of parts and of what is built from them; all parts fail independently.

/// Hours of a year of 365 days.
const HOURS_PER_YEAR: f64 = 8760.0;

/// Share of time up of a part with mean time between failures (time up) and mean time to repair.
pub fn available(up_s: f64, down_s: f64) -> Option<f64> {
    (up_s > 0.0 && down_s >= 0.0).then(|| up_s / (up_s + down_s))
}

/// All parts are needed.
pub fn series(parts: &[f64]) -> f64 {
    parts.iter().product()
}

/// One part is enough.
pub fn parallel(parts: &[f64]) -> f64 {
    1.0 - parts.iter().map(|a| 1.0 - a).product::<f64>()
}

/// At least `k` of `n` alike parts are needed.
pub fn k_of_n(part: f64, k: u32, n: u32) -> f64 {
    (k..=n).map(|up| choose(n, up) * powi(part, up) * powi(1.0 - part, n - up)).sum()
}

/// Hours without service in a year of 8760 hours.
pub fn downtime_h_per_year(availability: f64) -> f64 {
    (1.0 - availability) * HOURS_PER_YEAR
}

/// Nines of an availability: 3 for 99.9 %.
pub fn nines(availability: f64) -> f64 {
    -libm::log10(1.0 - availability)
}

/// Ways to choose `k` of `n`.
pub(crate) fn choose(n: u32, k: u32) -> f64 {
    if k > n {
        return 0.0;
    }
    (1..=k.min(n - k)).fold(1.0, |c, i| c * f64::from(n + 1 - i) / f64::from(i))
}

pub(crate) fn powi(x: f64, n: u32) -> f64 {
    libm::pow(x, f64::from(n))
}
