//! A histogram of few values, as that of a window.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::super::super::time::Time;
use super::{bucket, middle, nearest_rank};

/// So many values stand one by one.
const SINGLE: usize = 1024;

/// A histogram of few values: the bucket of each, or more values as those buckets that are not empty. Mergeable.
#[derive(Clone, Debug, Default)]
pub struct Sparse {
    /// In no order. Empty if there are `buckets`.
    singles: Vec<u16>,
    /// Buckets and their counts, in order.
    buckets: Vec<(u16, u32)>,
    total: u64,
    sum: u128,
    max: u64,
}

impl Sparse {
    /// The histogram of some values, ns, unless they are too many to stand one by one.
    pub(super) fn of(values: impl ExactSizeIterator<Item = u64>) -> Option<Self> {
        if values.len() > SINGLE {
            return None;
        }
        let (mut total, mut sum, mut max) = (0, 0, 0);
        let singles = values.map(|ns| {
            total += 1;
            sum += u128::from(ns);
            max = max.max(ns);
            bucket(ns) as u16
        });
        let singles = singles.collect();
        Some(Self { singles, buckets: Vec::new(), total, sum, max })
    }
    /// From its parts: buckets and their counts, in order; the sum and the greatest of the values.
    pub(super) fn packed(buckets: Vec<(u16, u32)>, sum: u128, max: u64) -> Self {
        let total = buckets.iter().map(|&(_, n)| u64::from(n)).sum();
        Self { singles: Vec::new(), buckets, total, sum, max }
    }
    /// Number of values.
    pub const fn len(&self) -> u64 {
        self.total
    }
    /// No value.
    pub const fn is_empty(&self) -> bool {
        self.total == 0
    }
    /// Exact maximum.
    pub fn max(&self) -> Option<Time> {
        (self.total > 0).then_some(Time(self.max))
    }
    /// Sum of the values, ns.
    pub const fn sum_ns(&self) -> u128 {
        self.sum
    }
    /// Buckets with values in them and how many, in no order; a bucket may come several times.
    #[inline(always)]
    pub(super) fn each(&self, mut f: impl FnMut(usize, u32)) {
        self.singles.iter().for_each(|&i| f(i as usize, 1));
        self.buckets.iter().for_each(|&(i, n)| f(i as usize, n));
    }
    /// The buckets that are not empty and their counts, in order.
    pub(super) fn in_order(&self) -> Cow<'_, [(u16, u32)]> {
        if self.singles.is_empty() {
            return Cow::Borrowed(&self.buckets);
        }
        let mut singles = self.singles.clone();
        singles.sort_unstable();
        let runs = singles.chunk_by(|a, b| a == b);
        Cow::Owned(runs.map(|run| (run[0], run.len() as u32)).collect())
    }
    /// Nearest-rank percentile, `tenths` of a percent.
    pub fn percentile(&self, tenths: u16) -> Option<Time> {
        if self.singles.is_empty() {
            let buckets = self.buckets.iter().map(|&(i, c)| (i as usize, c));
            return nearest_rank(buckets, self.total, self.max, tenths);
        }
        let mut singles = self.singles.clone();
        let rank = (singles.len() * tenths as usize).div_ceil(1000).max(1) - 1;
        let (_, &mut i, _) = singles.select_nth_unstable(rank);
        Some(Time(middle(i as usize).min(self.max)))
    }
    /// Takes in another one.
    pub fn merge(&mut self, other: &Self) {
        if self.is_empty() {
            self.clone_from(other);
            return;
        }
        self.total += other.total;
        self.sum += other.sum;
        self.max = self.max.max(other.max);
        let all_single = self.buckets.is_empty() && other.buckets.is_empty();
        if all_single && self.singles.len() + other.singles.len() <= SINGLE {
            self.singles.extend_from_slice(&other.singles);
            return;
        }
        self.buckets = both(&self.in_order(), &other.in_order());
        self.singles = Vec::new();
    }
}

/// Buckets of two histograms together.
fn both(ours: &[(u16, u32)], theirs: &[(u16, u32)]) -> Vec<(u16, u32)> {
    let mut both = Vec::with_capacity(ours.len() + theirs.len());
    let (mut ours, mut theirs) = (ours.iter().peekable(), theirs.iter().peekable());
    while let (Some(&&(a, n)), Some(&&(b, m))) = (ours.peek(), theirs.peek()) {
        match a.cmp(&b) {
            Ordering::Less => both.extend(ours.next()),
            Ordering::Greater => both.extend(theirs.next()),
            Ordering::Equal => {
                both.push((a, n + m));
                ours.next();
                theirs.next();
            }
        }
    }
    both.extend(ours);
    both.extend(theirs);
    both
}

#[cfg(test)]
mod tests {
    use super::super::Tally;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn single_values_are_a_histogram_like_packed_ones(
            parts in prop::collection::vec(prop::collection::vec(1u64..1_000_000, 0..700), 1..6), tenths in 0u16..=1000
        ) {
            let (mut one_by_one, mut together) = (Sparse::default(), Sparse::default());
            for part in &parts {
                let single = Sparse::of(part.iter().copied()).unwrap();
                let packed = Sparse::packed(single.in_order().into_owned(), single.sum, single.max);
                one_by_one.merge(&single);
                together.merge(&packed);
                prop_assert_eq!(&one_by_one.in_order(), &together.in_order());
                prop_assert_eq!(one_by_one.percentile(tenths), together.percentile(tenths));
                prop_assert_eq!((one_by_one.len(), one_by_one.sum_ns()), (together.len(), together.sum_ns()));
                prop_assert_eq!(one_by_one.max(), together.max());
            }
            let all: Vec<u64> = parts.concat();
            let whole = Tally::default().pack(all.iter().copied());
            prop_assert_eq!(one_by_one.in_order(), whole.in_order());
        }
    }
}
