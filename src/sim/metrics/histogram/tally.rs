//! Counts by bucket in one flat table that is used again and again: how a window's values become a `Sparse`.

use super::{BUCKETS, Sparse, bucket};

/// Buckets to a word of marks.
const WIDTH: usize = 64;

/// A table of counts with marks of those that are not zero; empty between two uses, so a copy is a new one.
#[derive(Default)]
pub struct Tally(Vec<Word>);

/// Some neighbouring buckets, and which of them are not empty.
#[derive(Clone, Copy)]
struct Word {
    marks: u64,
    counts: [u32; WIDTH],
}

impl Clone for Tally {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Tally {
    /// The histogram of some values, ns.
    pub fn pack(&mut self, values: impl ExactSizeIterator<Item = u64> + Clone) -> Sparse {
        Sparse::of(values.clone()).unwrap_or_else(|| self.pack_many(values))
    }
    /// The same, bucket by bucket.
    fn pack_many(&mut self, values: impl Iterator<Item = u64>) -> Sparse {
        if self.0.is_empty() {
            self.0.resize(BUCKETS / WIDTH, Word { marks: 0, counts: [0; WIDTH] });
        }
        let (mut distinct, mut sum, mut min, mut max) = (0, 0, u64::MAX, 0);
        for ns in values {
            let i = bucket(ns);
            let word = &mut self.0[i / WIDTH];
            let count = &mut word.counts[i % WIDTH];
            distinct += usize::from(*count == 0);
            *count += 1;
            word.marks |= 1 << (i % WIDTH);
            sum += u128::from(ns);
            (min, max) = (min.min(ns), max.max(ns));
        }
        let mut buckets = Vec::with_capacity(distinct);
        if distinct > 0 {
            let first = bucket(min) / WIDTH;
            for (i, word) in (first..).zip(&mut self.0[first..=bucket(max) / WIDTH]) {
                word.empty_into(i * WIDTH, &mut buckets);
            }
        }
        Sparse::packed(buckets, sum, max)
    }
}

impl Word {
    /// Moves the counts out; `from` = the first bucket.
    fn empty_into(&mut self, from: usize, out: &mut Vec<(u16, u32)>) {
        let mut marks = std::mem::take(&mut self.marks);
        while marks != 0 {
            let i = marks.trailing_zeros() as usize;
            marks &= marks - 1;
            out.push(((from + i) as u16, std::mem::take(&mut self.counts[i])));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Histogram;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_tally_counts_as_a_histogram_does(
            windows in prop::collection::vec(prop::collection::vec(any::<u64>().prop_map(|x| x >> (x % 61)), 0..300), 1..5)
        ) {
            let mut tally = Tally::default();
            for values in windows {
                let mut all = Histogram::default();
                all.record_all(values.iter().copied());
                let packed = tally.pack_many(values.iter().copied());
                let expected: Vec<_> = all.buckets().map(|(i, c)| (i as u16, c)).collect();
                prop_assert_eq!(&packed.in_order()[..], &expected[..]);
                prop_assert_eq!((packed.len(), packed.sum_ns()), (all.total, all.sum));
                prop_assert_eq!(packed.max(), all.max());
            }
        }
    }
}
