//! Calls that wait in a line.

use super::{Calls, NIL};

/// A FIFO of calls, linked through the calls themselves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fifo {
    head: u32,
    tail: u32,
    len: u32,
}

impl Default for Fifo {
    fn default() -> Self {
        Self { head: NIL, tail: NIL, len: 0 }
    }
}

impl Fifo {
    #[inline(always)]
    pub fn push(&mut self, calls: &mut Calls, i: u32) {
        calls[i].next = NIL;
        if self.head == NIL {
            self.head = i;
        } else {
            calls[self.tail].next = i;
        }
        self.tail = i;
        self.len += 1;
    }
    /// Puts a call back in front of all others.
    pub fn push_front(&mut self, calls: &mut Calls, i: u32) {
        calls[i].next = self.head;
        if self.head == NIL {
            self.tail = i;
        }
        self.head = i;
        self.len += 1;
    }
    #[inline(always)]
    pub fn pop(&mut self, calls: &Calls) -> Option<u32> {
        if self.head == NIL {
            return None;
        }
        let i = self.head;
        self.head = calls[i].next;
        self.len -= 1;
        Some(i)
    }
    /// Takes a call out, wherever it stands; quick for the first. Whether it was there.
    pub fn remove(&mut self, calls: &mut Calls, i: u32) -> bool {
        let (mut previous, mut at) = (NIL, self.head);
        while at != i {
            if at == NIL {
                return false;
            }
            (previous, at) = (at, calls[at].next);
        }
        let next = calls[i].next;
        match previous {
            NIL => self.head = next,
            p => calls[p].next = next,
        }
        if next == NIL {
            self.tail = previous;
        }
        self.len -= 1;
        true
    }
    /// How many stand before a call; `None` = it does not wait here.
    pub fn ahead_of(&self, calls: &Calls, i: u32) -> Option<u32> {
        let mut at = self.head;
        for ahead in 0..self.len {
            if at == i {
                return Some(ahead);
            }
            at = calls[at].next;
        }
        None
    }
    #[inline(always)]
    pub const fn first(&self) -> Option<u32> {
        if self.head == NIL { None } else { Some(self.head) }
    }
    pub const fn len(&self) -> u32 {
        self.len
    }
}
