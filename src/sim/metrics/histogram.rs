//! Log-linear histogram of times: bounded memory, relative error below 1 %.
//!
//! ```text
//! bucket = exponent of the value | its 7 highest bits after the leading one
//! width of a bucket / its value <= 1/128; the middle is at most 0.4 % off
//! ```

use super::super::time::Time;

const BITS: u32 = 7;
const SUB: usize = 1 << BITS;
const BUCKETS: usize = (64 - BITS as usize + 1) << BITS;

/// Counts by bucket.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Box<[u32]>,
    total: u64,
    sum: u128,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS].into_boxed_slice(), total: 0, sum: 0, max: 0 }
    }
}

#[inline]
fn bucket(ns: u64) -> usize {
    let exponent = (ns | SUB as u64).ilog2();
    let shift = exponent - BITS;
    ((shift as usize) << BITS) + (ns >> shift) as usize
}

/// The middle of a bucket.
fn middle(index: usize) -> u64 {
    let i = index as u64;
    if index < 2 * SUB {
        return i;
    }
    let shift = (i >> BITS) - 1;
    let base = i - (shift << BITS);
    (base << shift) + (1u64 << shift) / 2
}

impl Histogram {
    /// Counts one value.
    #[inline]
    pub fn record(&mut self, t: Time) {
        let ns = t.ns();
        self.counts[bucket(ns)] += 1;
        self.total += 1;
        self.sum += u128::from(ns);
        self.max = self.max.max(ns);
    }
    /// Number of values.
    pub const fn len(&self) -> u64 {
        self.total
    }
    /// No value yet.
    pub const fn is_empty(&self) -> bool {
        self.total == 0
    }
    /// Exact mean in seconds; `None` without values.
    pub fn mean(&self) -> Option<f64> {
        (self.total > 0).then(|| self.sum as f64 / self.total as f64 / 1e9)
    }
    /// Exact maximum.
    pub fn max(&self) -> Option<Time> {
        (self.total > 0).then_some(Time(self.max))
    }
    /// Nearest-rank percentile, `tenths` of a percent (950 = p95); `None` without values.
    pub fn percentile(&self, tenths: u16) -> Option<Time> {
        let buckets = self.counts.iter().enumerate().map(|(i, &c)| (i, c));
        nearest_rank(buckets, self.total, self.max, tenths)
    }
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.counts.fill(0);
        (self.total, self.sum, self.max) = (0, 0, 0);
    }
    /// Takes in another one.
    pub fn merge(&mut self, other: &Sparse) {
        for &(i, c) in &other.buckets {
            self.counts[i as usize] += c;
        }
        self.total += other.total;
        self.sum += other.sum;
        self.max = self.max.max(other.max);
    }
}

fn nearest_rank(
    buckets: impl Iterator<Item = (usize, u32)>,
    total: u64,
    max: u64,
    tenths: u16,
) -> Option<Time> {
    if total == 0 {
        return None;
    }
    let rank = (total * u64::from(tenths)).div_ceil(1000).max(1);
    let mut seen = 0;
    for (i, c) in buckets {
        seen += u64::from(c);
        if seen >= rank {
            return Some(Time(middle(i).min(max)));
        }
    }
    Some(Time(max))
}

/// A histogram of few values: only the buckets that are not empty. Mergeable.
#[derive(Clone, Debug, Default)]
pub struct Sparse {
    buckets: Vec<(u16, u32)>,
    total: u64,
    sum: u128,
    max: u64,
}

impl Sparse {
    /// Number of values.
    pub const fn len(&self) -> u64 {
        self.total
    }
    /// No value.
    pub const fn is_empty(&self) -> bool {
        self.total == 0
    }
    /// Nearest-rank percentile, `tenths` of a percent.
    pub fn percentile(&self, tenths: u16) -> Option<Time> {
        nearest_rank(self.buckets.iter().map(|&(i, c)| (i as usize, c)), self.total, self.max, tenths)
    }
    /// Exact maximum.
    pub fn max(&self) -> Option<Time> {
        (self.total > 0).then_some(Time(self.max))
    }
}

/// Collects the values of one window, so that its end does not touch every bucket.
#[derive(Clone, Debug, Default)]
pub struct Collector {
    values: Vec<u64>,
}

impl Collector {
    /// Counts one value.
    #[inline]
    pub fn record(&mut self, t: Time) {
        self.values.push(t.ns());
    }
    /// Ends the window: sorts, packs and starts over.
    pub fn take(&mut self) -> Sparse {
        self.values.sort_unstable();
        let mut out = Sparse { total: self.values.len() as u64, ..Sparse::default() };
        for &v in &self.values {
            out.sum += u128::from(v);
            out.max = v;
            let i = bucket(v) as u16;
            match out.buckets.last_mut() {
                Some((last, c)) if *last == i => *c += 1,
                _ => out.buckets.push((i, 1)),
            }
        }
        self.values.clear();
        out
    }
    /// The nearest-rank percentile of the present values, which it then forgets.
    pub fn take_percentile(&mut self, tenths: u16) -> Option<Time> {
        if self.values.is_empty() {
            return None;
        }
        let rank = (self.values.len() * tenths as usize).div_ceil(1000).max(1) - 1;
        let (_, v, _) = self.values.select_nth_unstable(rank);
        let t = Time(*v);
        self.values.clear();
        Some(t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn percentiles_are_within_one_percent_of_nearest_rank(
            mut v in prop::collection::vec(1u64..10_000_000_000, 1..400), tenths in 1u16..=1000
        ) {
            let mut h = Histogram::default();
            let mut c = Collector::default();
            for &x in &v {
                h.record(Time(x));
                c.record(Time(x));
            }
            v.sort_unstable();
            let rank = (v.len() * tenths as usize).div_ceil(1000).max(1) - 1;
            let exact = v[rank] as f64;
            let sparse = c.take();
            for got in [h.percentile(tenths).unwrap(), sparse.percentile(tenths).unwrap()] {
                prop_assert!((got.ns() as f64 - exact).abs() <= exact * 0.01, "{got:?} against {exact}");
            }
        }
    }

    #[test]
    fn merged_windows_equal_the_whole() {
        let (mut whole, mut parts, mut c) =
            (Histogram::default(), Histogram::default(), Collector::default());
        for i in 0..10_000u64 {
            let t = Time(i * i * 37 + 5);
            whole.record(t);
            c.record(t);
            if i % 700 == 0 {
                parts.merge(&c.take());
            }
        }
        parts.merge(&c.take());
        for p in [1, 500, 950, 999, 1000] {
            assert_eq!(whole.percentile(p), parts.percentile(p));
        }
        assert_eq!(whole.mean(), parts.mean());
    }
}
