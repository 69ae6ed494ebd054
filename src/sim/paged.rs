//! A big array in pages that copies share until one of them writes: a clone of a run costs a pointer for each page.

use std::sync::Arc;

/// Elements of a page.
const PAGE: usize = 1024;

/// An array of plain values. Pages that were never written are all the same one.
#[derive(Clone, Debug)]
pub(crate) struct Paged<T> {
    pages: Vec<Arc<[T; PAGE]>>,
    len: usize,
}

impl<T> Default for Paged<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Paged<T> {
    pub const fn new() -> Self {
        Self { pages: Vec::new(), len: 0 }
    }
    pub const fn len(&self) -> usize {
        self.len
    }
    #[inline]
    pub fn get(&self, i: usize) -> Option<&T> {
        if i < self.len { Some(&self.pages[i / PAGE][i % PAGE]) } else { None }
    }
}

impl<T: Copy> Paged<T> {
    /// Makes it longer with copies of `value`; it never becomes shorter.
    pub fn resize(&mut self, len: usize, value: T) {
        if len <= self.len {
            return;
        }
        // The rest of the last page holds what an earlier call filled it with.
        let full = (self.pages.len() * PAGE).min(len);
        for i in self.len..full {
            Arc::make_mut(&mut self.pages[i / PAGE])[i % PAGE] = value;
        }
        if full < len {
            let page = Arc::new([value; PAGE]);
            self.pages.resize(len.div_ceil(PAGE), page);
        }
        self.len = len;
    }
}

impl<T> std::ops::Index<usize> for Paged<T> {
    type Output = T;
    #[inline]
    fn index(&self, i: usize) -> &T {
        &self.pages[i / PAGE][i % PAGE]
    }
}
impl<T: Copy> std::ops::IndexMut<usize> for Paged<T> {
    /// To write: copies the page first if another copy of the array shares it.
    #[inline]
    fn index_mut(&mut self, i: usize) -> &mut T {
        &mut Arc::make_mut(&mut self.pages[i / PAGE])[i % PAGE]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_an_array_and_copies_are_their_own(
            writes in prop::collection::vec((0usize..5000, any::<u32>(), any::<bool>()), 0..200),
            first in 0usize..3000,
        ) {
            let (mut paged, mut plain) = (Paged::new(), Vec::new());
            paged.resize(first, 7u32);
            plain.resize(first, 7);
            let mut old = (paged.clone(), plain.clone());
            for (i, value, keep) in writes {
                if i >= plain.len() {
                    paged.resize(i + 1, value);
                    plain.resize(i + 1, value);
                }
                paged[i] = value;
                plain[i] = value;
                if keep {
                    old = (paged.clone(), plain.clone());
                }
            }
            for (paged, plain) in [(paged, plain), old] {
                prop_assert_eq!(paged.len(), plain.len());
                prop_assert!((0..plain.len() + 2).all(|i| paged.get(i) == plain.get(i)));
            }
        }
    }

    #[test]
    fn a_copy_shares_all_but_the_page_that_is_written() {
        let mut a = Paged::new();
        a.resize(10_000, 0u64);
        assert!(Arc::ptr_eq(&a.pages[0], &a.pages[9]), "untouched pages are one");
        let b = a.clone();
        a[3000] = 5;
        assert_eq!((a[3000], b[3000]), (5, 0));
        let shared = a.pages.iter().zip(&b.pages).filter(|(a, b)| Arc::ptr_eq(a, b)).count();
        assert_eq!(shared, a.pages.len() - 1);
    }
}
