//! Log-linear histogram of times: bounded memory, relative error below 1 %.
//!
//! ```text
//! bucket = exponent of the value | its 7 highest bits after the leading one
//! width of a bucket / its value <= 1/128; the middle is at most 0.4 % off
//! ```

mod sparse;
mod tally;

pub use sparse::Sparse;
pub use tally::Tally;

use super::super::time::Time;

const BITS: u32 = 7;
const SUB: usize = 1 << BITS;
/// All buckets.
const BUCKETS: usize = (64 - BITS as usize + 1) << BITS;
/// Buckets of a row: a quarter of a power of two.
const ROW: usize = SUB / 4;
const NO_ROW: u8 = u8::MAX;
/// Room for the rows' places: a power of two, so that no place lies outside.
const ROWS: usize = (BUCKETS / ROW).next_power_of_two();
const _: () = assert!(BUCKETS / ROW < NO_ROW as usize);

/// Counts by bucket. Rows of buckets come into being with their first value, so that an idle place costs nothing and a
/// copy only what was measured.
#[derive(Clone, Debug)]
pub struct Histogram {
    rows: Vec<[u32; ROW]>,
    /// Positions of the rows, in the order of their values; `NO_ROW` = no value yet.
    row_of: [u8; ROWS],
    total: u64,
    sum: u128,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { rows: Vec::new(), row_of: [NO_ROW; ROWS], total: 0, sum: 0, max: 0 }
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
        self.add(bucket(ns), 1);
        self.total += 1;
        self.sum += u128::from(ns);
        self.max = self.max.max(ns);
    }
    /// Counts many values, ns.
    pub fn record_all(&mut self, values: impl Iterator<Item = u64>) {
        let (mut total, mut sum, mut max) = (0, 0, self.max);
        for ns in values {
            self.add(bucket(ns), 1);
            total += 1;
            sum += u128::from(ns);
            max = max.max(ns);
        }
        (self.total, self.sum, self.max) = (self.total + total, self.sum + sum, max);
    }
    #[inline]
    fn add(&mut self, bucket: usize, n: u32) {
        match self.rows.get_mut(self.row_of[(bucket / ROW) % ROWS] as usize) {
            Some(row) => row[bucket % ROW] += n,
            None => self.new_row(bucket, n),
        }
    }
    #[cold]
    fn new_row(&mut self, bucket: usize, n: u32) {
        self.row_of[bucket / ROW] = self.rows.len() as u8;
        let mut row = [0; ROW];
        row[bucket % ROW] = n;
        self.rows.push(row);
    }
    /// Buckets that are not empty, in order.
    fn buckets(&self) -> impl Iterator<Item = (usize, u32)> {
        let rows = self.row_of.iter().enumerate().filter(|(_, row)| **row != NO_ROW);
        rows.flat_map(|(place, &row)| {
            let counts = self.rows[row as usize].iter().enumerate();
            counts.filter(|(_, c)| **c > 0).map(move |(i, &c)| (place * ROW + i, c))
        })
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
        nearest_rank(self.buckets(), self.total, self.max, tenths)
    }
    /// Takes in another one.
    pub fn merge(&mut self, other: &Sparse) {
        other.each(|i, c| self.add(i, c));
        self.total += other.len();
        self.sum += other.sum_ns();
        self.max = self.max.max(other.max().unwrap_or_default().ns());
    }
    /// Takes in another one of the same form.
    pub fn merge_all(&mut self, other: &Self) {
        for (i, c) in other.buckets() {
            self.add(i, c);
        }
        self.total += other.total;
        self.sum += other.sum;
        self.max = self.max.max(other.max);
    }
}

/// Where the times of many calls are counted.
pub struct CallTimes<'a> {
    /// From arrival to the start of service.
    pub waiting: &'a mut Histogram,
    /// From the start of service to the answer.
    pub service: &'a mut Histogram,
    /// From arrival to the answer.
    pub response: &'a mut Histogram,
}

impl CallTimes<'_> {
    /// Counts calls by waiting and response time, ns; how many of them had to wait.
    pub fn record_all(&mut self, calls: impl Iterator<Item = (u64, u64)>) -> u64 {
        let (mut at_once, mut waited, mut all_waits, mut all) = (0, 0, 0, 0);
        let mut most = [self.waiting.max, self.service.max, self.response.max];
        for (waits, took) in calls {
            let (served, place) = (took - waits, bucket(took));
            self.response.add(place, 1);
            if waits == 0 {
                self.service.add(place, 1);
                at_once += 1;
            } else {
                self.service.add(bucket(served), 1);
                self.waiting.add(bucket(waits), 1);
                waited += 1;
                all_waits += u128::from(waits);
                most[0] = most[0].max(waits);
            }
            all += u128::from(took);
            most[1] = most[1].max(served);
            most[2] = most[2].max(took);
        }
        if at_once > 0 {
            self.waiting.add(0, at_once);
        }
        let sums = [all_waits, all - all_waits, all];
        let histograms = [&mut *self.waiting, &mut *self.service, &mut *self.response];
        for (h, (sum, max)) in histograms.into_iter().zip(sums.into_iter().zip(most)) {
            h.total += u64::from(at_once) + waited;
            h.sum += sum;
            h.max = max;
        }
        waited
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

/// The nearest-rank percentile of some values, which it reorders; `None` without values.
pub fn percentile_of(values: &mut [u64], tenths: u16) -> Option<Time> {
    if values.is_empty() {
        return None;
    }
    let rank = (values.len() * tenths as usize).div_ceil(1000).max(1) - 1;
    let (_, v, _) = values.select_nth_unstable(rank);
    Some(Time(*v))
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
            for &x in &v {
                h.record(Time(x));
            }
            v.sort_unstable();
            let rank = (v.len() * tenths as usize).div_ceil(1000).max(1) - 1;
            let exact = v[rank] as f64;
            let sparse = Tally::default().pack(v.iter().copied());
            prop_assert_eq!(percentile_of(&mut v.clone(), tenths), Some(Time(v[rank])));
            for got in [h.percentile(tenths).unwrap(), sparse.percentile(tenths).unwrap()] {
                prop_assert!((got.ns() as f64 - exact).abs() <= exact * 0.01, "{got:?} against {exact}");
            }
        }
    }

    #[test]
    fn merged_windows_equal_the_whole() {
        let (mut whole, mut parts, mut sparse) =
            (Histogram::default(), Histogram::default(), Sparse::default());
        let values: Vec<u64> = (0..10_000u64).map(|i| i * i * 37 + 5).collect();
        for window in values.chunks(700) {
            for &v in window {
                whole.record(Time(v));
            }
            let packed = Tally::default().pack(window.iter().copied());
            parts.merge(&packed);
            sparse.merge(&packed);
        }
        let mut twice = whole.clone();
        twice.merge_all(&whole);
        for p in [1, 500, 950, 999, 1000] {
            assert_eq!(whole.percentile(p), parts.percentile(p));
            assert_eq!(whole.percentile(p), sparse.percentile(p));
            assert_eq!(whole.percentile(p), twice.percentile(p));
        }
        assert_eq!(whole.mean(), parts.mean());
        assert_eq!((sparse.len(), twice.len()), (10_000, 20_000));
    }
}
