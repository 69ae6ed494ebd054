//! A list of one element, as a rule: that one stands in the list itself, so that it is found without a further step.

use std::ops::{Deref, DerefMut, Index, IndexMut};

/// None, one, or several elements.
#[derive(Clone, Debug, Default)]
pub(crate) enum Few<T> {
    #[default]
    None,
    One(T),
    Many(Vec<T>),
}

impl<T> Few<T> {
    /// Adds an element at the end.
    pub fn push(&mut self, value: T) {
        *self = match std::mem::take(self) {
            Self::None => Self::One(value),
            Self::One(first) => Self::Many(vec![first, value]),
            Self::Many(mut list) => {
                list.push(value);
                Self::Many(list)
            }
        };
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        match self {
            Self::None => &[],
            Self::One(only) => std::slice::from_ref(only),
            Self::Many(list) => list,
        }
    }
}
impl<T> DerefMut for Few<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        match self {
            Self::None => &mut [],
            Self::One(only) => std::slice::from_mut(only),
            Self::Many(list) => list,
        }
    }
}
impl<T> Index<usize> for Few<T> {
    type Output = T;
    #[inline(always)]
    fn index(&self, i: usize) -> &T {
        match self {
            Self::One(only) => {
                assert!(i == 0, "there is but one");
                only
            }
            others => &(**others)[i],
        }
    }
}
impl<T> IndexMut<usize> for Few<T> {
    #[inline(always)]
    fn index_mut(&mut self, i: usize) -> &mut T {
        match self {
            Self::One(only) => {
                assert!(i == 0, "there is but one");
                only
            }
            others => &mut (**others)[i],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_a_list() {
        let mut few = Few::default();
        for n in 0..5 {
            assert_eq!(*few, (0..n).collect::<Vec<_>>()[..]);
            few.push(n);
            few[n] += 10;
            assert_eq!((few[n], few.len()), (n + 10, n + 1));
            few[n] -= 10;
        }
    }
}
