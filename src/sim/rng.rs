//! Chance without state: every draw is a pure function of what it is for.
//!
//! A draw's key mixes (seed, client, request number, component name, purpose, path of calls, attempt); see
//! `simulator.md`. So a request asks for the same work in every world that is forked from the same seed.
//! The mixer is the finalizer of `SplitMix64` (Steele, Lea, Flood, OOPSLA 2014); the exponential sampler is the
//! ziggurat of Marsaglia and Tsang (J. Stat. Software 5(8), 2000) with 256 layers.

mod ziggurat;

/// Mixes 64 bits so that every input bit flips about half of the output bits.
#[inline]
pub const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Combines a key with one more part of the tuple.
#[inline]
pub const fn combine(key: u64, part: u64) -> u64 {
    mix(key.wrapping_add(0x9e37_79b9_7f4a_7c15) ^ part.wrapping_mul(0xd1b5_4a32_d192_ed03))
}

/// Hash of a name (FNV-1a, then mixed).
pub fn name_key(name: &str) -> u64 {
    mix(name.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)))
}

/// What a draw is for; part of its key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Purpose {
    /// Gap to the next arrival.
    Gap = 1,
    /// Request class.
    Class,
    /// Key.
    Key,
    /// Work at a place.
    Work,
    /// Latency of the way there.
    Latency,
    /// Latency of the way back.
    ReplyLatency,
    /// Whether an optional call happens.
    Share,
    /// A balancer's or resolver's choice.
    Choice,
    /// Phase of a periodic job.
    Phase,
    /// Background work (replication).
    Background,
    /// Whether the network loses a message on its way there.
    Loss,
    /// Whether it loses the answer.
    ReplyLoss,
    /// How long a caller waits before it tries again.
    Backoff,
    /// Whether an answer is an error.
    Error,
    /// Time until a place fails.
    Failure,
    /// Time until it is repaired.
    Repair,
    /// Which user sends a request.
    Session,
    /// Length of a spell of bursty traffic.
    Burst,
    /// Whether a request is one of those that a tracing tool follows.
    Sampling,
}

/// One draw: a counter-based stream, of which most uses take one number.
#[derive(Clone, Copy, Debug)]
pub struct Draw {
    key: u64,
    count: u64,
}

impl Draw {
    /// The draw for a key and a purpose.
    #[inline(always)]
    pub const fn new(key: u64, purpose: Purpose) -> Self {
        Self { key: combine(key, purpose as u64), count: 0 }
    }
    /// 64 random bits; the next ones at each call.
    #[inline(always)]
    pub const fn bits(&mut self) -> u64 {
        let bits = if self.count == 0 { self.key } else { combine(self.key, self.count) };
        self.count += 1;
        bits
    }
    /// A stream of its own that follows from this one.
    #[must_use]
    #[inline]
    pub const fn further(mut self) -> Self {
        Self { key: combine(self.bits(), 0x6d69_7874), count: 0 }
    }
    /// Uniform in [0, 1), 53 bits.
    #[inline]
    pub const fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }
    /// Uniform below `n` (multiply-shift; bias below 2^-32 for `n` < 2^32).
    #[inline]
    pub const fn below(&mut self, n: u32) -> u32 {
        (((self.bits() >> 32) * n as u64) >> 32) as u32
    }
    /// Exponential with mean 1.
    #[inline(always)]
    pub fn exp1(&mut self) -> f64 {
        let bits = self.bits();
        let (layer, x) = Self::spot(bits);
        if x < ziggurat::X[layer + 1] {
            return x;
        }
        let (x, after) = self.exp1_rarely(layer, x);
        *self = after;
        x
    }
    /// A point under the layers: its layer, and how far right it lies.
    #[inline(always)]
    const fn spot(bits: u64) -> (usize, f64) {
        let layer = (bits & 0xff) as usize;
        let u = (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64);
        (layer, u * ziggurat::X[layer])
    }
    /// The first point lay near the edge of its layer: it counts if it is under the curve, else others are drawn.
    #[inline(never)]
    fn exp1_rarely(mut self, mut layer: usize, mut x: f64) -> (f64, Self) {
        use ziggurat::{F, R, X};
        loop {
            if x < X[layer + 1] {
                return (x, self);
            }
            if layer == 0 {
                return (R + self.exp1_tail(), self);
            }
            if F[layer + 1] + (F[layer] - F[layer + 1]) * self.unit() < libm::exp(-x) {
                return (x, self);
            }
            (layer, x) = Self::spot(self.bits());
        }
    }
    #[cold]
    fn exp1_tail(&mut self) -> f64 {
        -libm::log(1.0 - self.unit())
    }
    /// Standard normal (Box-Muller).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        radius * libm::cos(std::f64::consts::TAU * self.unit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(n: u64, f: impl Fn(Draw) -> f64) -> Vec<f64> {
        (0..n).map(|i| f(Draw::new(combine(42, i), Purpose::Work))).collect()
    }
    fn mean(v: &[f64]) -> f64 {
        v.iter().sum::<f64>() / v.len() as f64
    }
    /// Kolmogorov-Smirnov distance to a distribution function.
    fn distance(mut v: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
        v.sort_by(f64::total_cmp);
        let n = v.len() as f64;
        v.iter()
            .enumerate()
            .map(|(i, &x)| (cdf(x) - i as f64 / n).abs().max((cdf(x) - (i + 1) as f64 / n).abs()))
            .fold(0.0, f64::max)
    }

    #[test]
    fn draws_follow_their_distributions() {
        let n = 200_000;
        // 1.95 / sqrt(n): one right stream in a thousand is further off.
        let limit = 1.95 / (n as f64).sqrt();
        assert!(distance(stream(n, |mut d| d.unit()), |x| x) < limit);
        assert!(distance(stream(n, |mut d| d.exp1()), |x| 1.0 - libm::exp(-x)) < limit);
        let normal = stream(n, |mut d| d.normal());
        assert!(distance(normal, |x| 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)) < limit);
    }

    #[test]
    fn neighbours_are_not_correlated() {
        let v = stream(200_000, |mut d| d.unit());
        let m = mean(&v);
        for lag in [1, 2, 7, 64] {
            let c: f64 = v.windows(lag + 1).map(|w| (w[0] - m) * (w[lag] - m)).sum::<f64>()
                / (v.len() - lag) as f64
                * 12.0;
            assert!(c.abs() < 4.0 / (v.len() as f64).sqrt(), "lag {lag}: {c}");
        }
    }

    #[test]
    fn the_streams_are_pinned() {
        let mut d = Draw::new(combine(name_key("users"), 7), Purpose::Work);
        let first = d.exp1();
        let again = Draw::new(combine(name_key("users"), 7), Purpose::Work).exp1();
        assert_eq!(first.to_bits(), again.to_bits());
        assert_ne!(first.to_bits(), Draw::new(combine(name_key("users"), 8), Purpose::Work).exp1().to_bits());
    }
}
