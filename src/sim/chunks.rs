//! An append-only list in chunks that copies share: a clone costs a pointer for each chunk, not an element for each.

use std::sync::Arc;

/// Elements of a full chunk.
const CHUNK: usize = 64;

/// A list that only grows at its end and is forgotten from its start. Every chunk but the last is full.
#[derive(Clone, Debug)]
pub struct Chunks<T>(Vec<Arc<Vec<T>>>);

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone> Chunks<T> {
    /// Adds an element at the end. At most one chunk is copied, if a clone shares it.
    pub fn push(&mut self, value: T) {
        match self.0.last_mut().filter(|c| c.len() < CHUNK) {
            Some(chunk) => Arc::make_mut(chunk).push(value),
            None => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(value);
                self.0.push(Arc::new(chunk));
            }
        }
    }
    /// Forgets the oldest whole chunks, so that at least `keep` elements are left and not many more.
    pub fn keep_latest(&mut self, keep: usize) {
        let spare = self.len().saturating_sub(keep) / CHUNK;
        if spare > 0 {
            self.0.drain(..spare);
        }
    }
}

impl<T> Chunks<T> {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.0.last().map_or(0, |last| (self.0.len() - 1) * CHUNK + last.len())
    }
    /// There is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// An element by its place, oldest first.
    pub fn get(&self, i: usize) -> Option<&T> {
        self.0.get(i / CHUNK)?.get(i % CHUNK)
    }
    /// The oldest element.
    pub fn first(&self) -> Option<&T> {
        self.get(0)
    }
    /// The latest element.
    pub fn last(&self) -> Option<&T> {
        self.0.last()?.last()
    }
    /// All elements, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator + Clone {
        self.range(0, self.len())
    }
    /// The elements from place `from` up to but without place `to`.
    pub fn range(
        &self,
        from: usize,
        to: usize,
    ) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator + Clone {
        let to = to.min(self.len());
        (from.min(to)..to).map(|i| &self.0[i / CHUNK][i % CHUNK])
    }
    /// The latest `n` elements, oldest first.
    pub fn latest(&self, n: usize) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator + Clone {
        self.range(self.len().saturating_sub(n), self.len())
    }
    /// How many elements come first that fulfil `before`, in a list where those come first.
    pub fn partition_point(&self, before: impl Fn(&T) -> bool) -> usize {
        let chunk = self.0.partition_point(|c| c.last().is_some_and(&before));
        match self.0.get(chunk) {
            Some(c) => chunk * CHUNK + c.partition_point(&before),
            None => self.len(),
        }
    }
}

impl<T> std::ops::Index<usize> for Chunks<T> {
    type Output = T;
    fn index(&self, i: usize) -> &T {
        &self.0[i / CHUNK][i % CHUNK]
    }
}
impl<T: Clone> FromIterator<T> for Chunks<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut chunks = Self::default();
        items.into_iter().for_each(|item| chunks.push(item));
        chunks
    }
}
impl<T: Clone> From<Vec<T>> for Chunks<T> {
    fn from(items: Vec<T>) -> Self {
        items.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_in_chunks_is_a_list() {
        for n in [0, 1, 63, 64, 65, 200] {
            let list: Chunks<usize> = (0..n).collect();
            let plain: Vec<usize> = (0..n).collect();
            assert_eq!(list.iter().copied().collect::<Vec<_>>(), plain);
            assert_eq!((list.len(), list.is_empty()), (n, n == 0));
            assert_eq!((list.first(), list.last(), list.get(n)), (plain.first(), plain.last(), None));
            assert!(list.latest(70).eq(&plain[n.saturating_sub(70)..]));
            assert!(list.range(60, 66).eq(plain.iter().skip(60).take(6)));
            for at in 0..=n {
                assert_eq!(list.partition_point(|&x| x < at), at);
            }
        }
    }

    #[test]
    fn clones_part_ways_and_share_what_they_had() {
        let mut a: Chunks<usize> = (0..100).collect();
        let b = a.clone();
        a.push(100);
        assert_eq!((a.len(), b.len(), a[100]), (101, 100, 100));
        assert!(Arc::ptr_eq(&a.0[0], &b.0[0]) && !Arc::ptr_eq(&a.0[1], &b.0[1]));
    }

    #[test]
    fn whole_chunks_are_forgotten() {
        let mut list: Chunks<usize> = (0..300).collect();
        list.keep_latest(100);
        assert_eq!((list.len(), list[0]), (300 - 3 * CHUNK, 3 * CHUNK));
        list.keep_latest(100);
        list.push(300);
        assert_eq!((list.len(), list.last()), (109, Some(&300)));
    }
}
