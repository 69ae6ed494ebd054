//! The quality of chance: every distribution against its distribution function, streams against each other, keys
//! against their law. All seeds are fixed, so a test that passes passes for ever; limits are those that one right
//! stream in a thousand (or fewer) misses.

mod laws;
mod streams;
mod traffic;

use fivenines::sim::rng::{Draw, Purpose, combine};

/// The draws of `n` neighbouring requests.
fn stream(n: u64, salt: u64, f: impl Fn(Draw) -> f64) -> Vec<f64> {
    (0..n).map(|i| f(Draw::new(combine(combine(42, salt), i), Purpose::Work))).collect()
}

fn mean(v: &[f64]) -> f64 {
    v.iter().sum::<f64>() / v.len() as f64
}

fn central(v: &[f64], order: i32) -> f64 {
    let m = mean(v);
    v.iter().map(|x| (x - m).powi(order)).sum::<f64>() / v.len() as f64
}

/// Correlation of two series of one length, in standard errors of a series without any.
fn correlation_z(a: &[f64], b: &[f64]) -> f64 {
    let (ma, mb) = (mean(a), mean(b));
    let c: f64 = a.iter().zip(b).map(|(x, y)| (x - ma) * (y - mb)).sum::<f64>() / a.len() as f64;
    c / (central(a, 2) * central(b, 2)).sqrt() * (a.len() as f64).sqrt()
}

/// Largest distance between the sample and a distribution function (Kolmogorov-Smirnov).
fn distance(mut v: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    v.sort_by(f64::total_cmp);
    let n = v.len() as f64;
    v.iter()
        .enumerate()
        .map(|(i, &x)| (cdf(x) - i as f64 / n).abs().max((cdf(x) - (i + 1) as f64 / n).abs()))
        .fold(0.0, f64::max)
}

/// Chi-square of counts against expected counts, as a normal deviate (Wilson and Hilferty, PNAS 17, 1931).
fn chi_square_z(counts: &[u64], expected: &[f64]) -> f64 {
    let chi: f64 = counts.iter().zip(expected).map(|(&c, &e)| (c as f64 - e).powi(2) / e).sum();
    let k = (counts.len() - 1) as f64;
    ((chi / k).cbrt() - (1.0 - 2.0 / (9.0 * k))) / (2.0 / (9.0 * k)).sqrt()
}
