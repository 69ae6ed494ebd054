//! A list of one element, as a rule: that one stands in the list itself, so that it is found without a further step.

use std::ops::{Deref, DerefMut, Index, IndexMut};

/// None, one, or several elements. Which of them stands in a place of its own, where it is read without a detour.
#[derive(Clone, Debug, Default)]
#[repr(u8)]
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
        // One question after the other: quicker than a match.
        if let Self::Many(list) = self {
            return &list[i];
        }
        match self {
            Self::One(only) if i == 0 => only,
            _ => nobody(i),
        }
    }
}
impl<T> IndexMut<usize> for Few<T> {
    #[inline(always)]
    fn index_mut(&mut self, i: usize) -> &mut T {
        if let Self::Many(list) = self {
            return &mut list[i];
        }
        match self {
            Self::One(only) if i == 0 => only,
            _ => nobody(i),
        }
    }
}

#[cold]
#[inline(never)]
fn nobody(i: usize) -> ! {
    panic!("there is no element {i}");
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
