//! Keys that come in order: those of events which follow now by one and the same delay, as most messages do. They need
//! no sorting.

use super::super::time::Time;

/// Keys of one delay, in ascending order. Another delay may take an empty lane over.
#[derive(Clone)]
pub(super) struct Lane {
    delay: Time,
    /// The least key; `NONE` = there is no key.
    first: u128,
    /// The others in a ring, whose length is a power of two: places `head` up to but without `tail`, counted on and on.
    ring: Vec<u128>,
    head: usize,
    tail: usize,
}

/// Greater than every key.
const NONE: u128 = u128::MAX;

impl Default for Lane {
    fn default() -> Self {
        Self { delay: Time::ZERO, first: NONE, ring: vec![NONE; 16], head: 0, tail: 0 }
    }
}

impl Lane {
    /// Takes a key in, if it is one of the lane's delay; no key before it was greater.
    #[inline(always)]
    pub fn push(&mut self, delay: Time, key: u128) -> bool {
        if self.first == NONE {
            (self.delay, self.first) = (delay, key);
            return true;
        }
        if self.delay != delay {
            return false;
        }
        if self.tail - self.head == self.ring.len() {
            self.grow();
        }
        let place = self.tail & (self.ring.len() - 1);
        self.ring[place] = key;
        self.tail += 1;
        true
    }
    #[cold]
    fn grow(&mut self) {
        let len = self.ring.len();
        self.ring.rotate_left(self.head & (len - 1));
        self.ring.resize(2 * len, NONE);
        (self.head, self.tail) = (0, len);
    }
    /// The least key, or the greatest number.
    #[inline(always)]
    pub const fn first(&self) -> u128 {
        self.first
    }
    /// Drops the least key.
    #[inline(always)]
    pub fn pop(&mut self) {
        if self.head == self.tail {
            self.first = NONE;
            return;
        }
        self.first = self.ring[self.head & (self.ring.len() - 1)];
        self.head += 1;
    }
}
