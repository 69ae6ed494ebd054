//! The values a cache keeps, and who leaves when it is full. Keys are dense numbers, so that all of it lives in arrays:
//! no hashing, and no allocation once they have grown.

use super::super::super::paged::Paged;
use super::super::super::request::NIL;
use super::super::super::time::Time;

/// A value kept.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Entry {
    pub version: u32,
    /// The database that the version is of.
    pub database: u16,
    pub expires: Time,
}

/// Who leaves a full cache.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Eviction {
    /// Whose last use is longest ago.
    Lru,
    /// Who was used least often since it came; of those, whose last use is longest ago.
    Lfu,
    /// Who came first.
    Fifo,
}

impl Eviction {
    /// The names in a level file.
    pub const NAMES: &'static [&'static str] = &["lru", "lfu", "fifo"];
    /// The rule of a name.
    pub fn parse(name: &str) -> Self {
        match name {
            "lfu" => Self::Lfu,
            "fifo" => Self::Fifo,
            _ => Self::Lru,
        }
    }
}

/// What a lookup found.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found {
    Value(Entry),
    /// Too old: it is forgotten now.
    Expired,
    Nothing,
}

/// Values by key, at most `capacity` of them.
#[derive(Clone)]
pub(crate) struct Kept {
    slots: Paged<Slot>,
    eviction: Eviction,
    /// Ends of the list that `Lru` and `Fifo` keep.
    newest: u32,
    oldest: u32,
    /// The binary heap that `Lfu` keeps: least used on top.
    heap: Vec<u32>,
    /// Counts uses, to tell the older of two last uses.
    clock: u64,
    len: u32,
    capacity: u32,
}

/// What is known of a key.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// Next newer and next older in the list; in the heap, `newer` is the position. `ABSENT` = not kept.
    newer: u32,
    older: u32,
    uses: u32,
    last: u64,
    entry: Entry,
}

const ABSENT: u32 = u32::MAX - 1;

impl Kept {
    pub const fn new() -> Self {
        Self {
            slots: Paged::new(),
            eviction: Eviction::Lru,
            newest: NIL,
            oldest: NIL,
            heap: Vec::new(),
            clock: 0,
            len: 0,
            capacity: 1,
        }
    }
    /// Takes another size or rule; who no longer fits leaves. `keys` is the size of the key space.
    pub fn resize(&mut self, capacity: u32, eviction: Eviction, keys: u32) {
        let nothing = Slot { newer: ABSENT, older: NIL, uses: 0, last: 0, entry: Entry::default() };
        if self.slots.len() < keys as usize {
            self.slots.resize(keys as usize, nothing);
        }
        if eviction != self.eviction {
            self.change_rule(eviction);
        }
        self.capacity = capacity;
        while self.len > capacity {
            self.remove(self.next_out());
        }
    }
    /// The order of the last uses survives a change of the rule; the counts of uses start anew.
    fn change_rule(&mut self, eviction: Eviction) {
        let mut kept: Vec<u32> =
            (0..self.slots.len() as u32).filter(|&k| self.slots[k as usize].newer != ABSENT).collect();
        kept.sort_by_key(|&k| self.slots[k as usize].last);
        let entries: Vec<Entry> = kept.iter().map(|&k| self.slots[k as usize].entry).collect();
        self.clear();
        self.eviction = eviction;
        for (key, entry) in kept.into_iter().zip(entries) {
            self.insert(key, entry);
        }
    }
    pub const fn len(&self) -> u32 {
        self.len
    }

    /// Looks a key up, which counts as a use.
    pub fn get(&mut self, key: u32, now: Time) -> Found {
        let Some(slot) = self.slots.get(key as usize).filter(|s| s.newer != ABSENT) else {
            return Found::Nothing;
        };
        let entry = slot.entry;
        if entry.expires <= now {
            self.remove(key);
            return Found::Expired;
        }
        self.clock += 1;
        self.slots[key as usize].last = self.clock;
        match self.eviction {
            Eviction::Lru if self.newest != key => {
                self.unlink(key);
                self.link(key);
            }
            Eviction::Lfu => {
                self.slots[key as usize].uses += 1;
                self.sink(self.slots[key as usize].newer);
            }
            _ => {}
        }
        Found::Value(entry)
    }
    /// Keeps a value, in place of an older one of the key or of another key's: whether another had to leave.
    pub fn put(&mut self, key: u32, entry: Entry) -> bool {
        if key as usize >= self.slots.len() {
            return false;
        }
        if self.slots[key as usize].newer != ABSENT {
            self.slots[key as usize].entry = entry;
            if self.eviction == Eviction::Lru && self.newest != key {
                self.unlink(key);
                self.link(key);
            }
            return false;
        }
        let full = self.len >= self.capacity;
        if full {
            self.remove(self.next_out());
        }
        self.insert(key, entry);
        full
    }
    fn insert(&mut self, key: u32, entry: Entry) {
        self.clock += 1;
        self.len += 1;
        self.slots[key as usize] = Slot { newer: NIL, older: NIL, uses: 1, last: self.clock, entry };
        if self.eviction == Eviction::Lfu {
            self.slots[key as usize].newer = self.heap.len() as u32;
            self.heap.push(key);
            self.rise(self.heap.len() as u32 - 1);
        } else {
            self.link(key);
        }
    }
    /// Forgets a key.
    pub fn remove(&mut self, key: u32) {
        if self.slots.get(key as usize).is_none_or(|s| s.newer == ABSENT) {
            return;
        }
        if self.eviction == Eviction::Lfu {
            let hole = self.slots[key as usize].newer;
            if let Some(last) = self.heap.pop().filter(|&last| last != key) {
                self.place(hole, last);
                self.sink(hole);
                self.rise(self.slots[last as usize].newer);
            }
        } else {
            self.unlink(key);
        }
        self.slots[key as usize].newer = ABSENT;
        self.len -= 1;
    }
    /// Forgets everything.
    pub fn clear(&mut self) {
        while self.len > 0 {
            self.remove(self.next_out());
        }
    }
    fn next_out(&self) -> u32 {
        if self.eviction == Eviction::Lfu { self.heap.first().copied().unwrap_or(NIL) } else { self.oldest }
    }

    fn link(&mut self, key: u32) {
        let slot = &mut self.slots[key as usize];
        (slot.newer, slot.older) = (NIL, self.newest);
        match self.newest {
            NIL => self.oldest = key,
            newest => self.slots[newest as usize].newer = key,
        }
        self.newest = key;
    }
    fn unlink(&mut self, key: u32) {
        let Slot { newer, older, .. } = self.slots[key as usize];
        match newer {
            NIL => self.newest = older,
            n => self.slots[n as usize].older = older,
        }
        match older {
            NIL => self.oldest = newer,
            o => self.slots[o as usize].newer = newer,
        }
    }

    /// Least used first, then whose last use is longest ago.
    fn rank(&self, key: u32) -> (u32, u64) {
        let s = &self.slots[key as usize];
        (s.uses, s.last)
    }
    fn place(&mut self, at: u32, key: u32) {
        self.heap[at as usize] = key;
        self.slots[key as usize].newer = at;
    }
    fn rise(&mut self, mut at: u32) {
        let key = self.heap[at as usize];
        while at > 0 {
            let above = (at - 1) / 2;
            let parent = self.heap[above as usize];
            if self.rank(parent) <= self.rank(key) {
                break;
            }
            self.place(at, parent);
            at = above;
        }
        self.place(at, key);
    }
    fn sink(&mut self, mut at: u32) {
        let key = self.heap[at as usize];
        loop {
            let below = [2 * at + 1, 2 * at + 2].into_iter().filter(|&i| (i as usize) < self.heap.len());
            let Some(least) = below.min_by_key(|&i| self.rank(self.heap[i as usize])) else { break };
            let child = self.heap[least as usize];
            if self.rank(key) <= self.rank(child) {
                break;
            }
            self.place(at, child);
            at = least;
        }
        self.place(at, key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(eviction: Eviction, capacity: u32) -> Kept {
        let mut kept = Kept::new();
        kept.resize(capacity, eviction, 100);
        kept
    }
    fn entry(version: u32) -> Entry {
        Entry { version, database: 0, expires: Time::NEVER }
    }
    fn has(kept: &Kept, key: usize) -> bool {
        kept.slots[key].newer != ABSENT
    }

    #[test]
    fn the_longest_unused_key_leaves() {
        let mut lru = kept(Eviction::Lru, 2);
        assert!(!lru.put(1, entry(1)) && !lru.put(2, entry(2)));
        assert!(matches!(lru.get(1, Time::ZERO), Found::Value(_)));
        assert!(lru.put(3, entry(3)));
        assert!(has(&lru, 1) && !has(&lru, 2) && has(&lru, 3));
        lru.resize(1, Eviction::Lru, 100);
        assert!(lru.len() == 1 && has(&lru, 3));
    }

    #[test]
    fn the_first_to_come_leaves_whoever_was_used_since() {
        let mut fifo = kept(Eviction::Fifo, 2);
        fifo.put(1, entry(1));
        fifo.put(2, entry(2));
        fifo.get(1, Time::ZERO);
        fifo.put(3, entry(3));
        assert!(!has(&fifo, 1) && has(&fifo, 2) && has(&fifo, 3));
    }

    #[test]
    fn the_least_used_key_leaves() {
        let mut lfu = kept(Eviction::Lfu, 3);
        for (key, uses) in [(1, 3), (2, 1), (3, 2)] {
            lfu.put(key, entry(key));
            (0..uses).for_each(|_| _ = lfu.get(key, Time::ZERO));
        }
        lfu.put(4, entry(4));
        assert!(has(&lfu, 1) && !has(&lfu, 2) && has(&lfu, 3) && has(&lfu, 4));
        lfu.remove(1);
        lfu.put(5, entry(5));
        lfu.put(6, entry(6));
        assert!(has(&lfu, 3) && !has(&lfu, 4) && has(&lfu, 5) && has(&lfu, 6));
    }

    #[test]
    fn expired_entries_are_forgotten() {
        let mut lru = kept(Eviction::Lru, 4);
        lru.put(5, Entry { expires: Time::from_secs(3), ..entry(1) });
        assert!(matches!(lru.get(5, Time::from_secs(2)), Found::Value(_)));
        assert!(matches!(lru.get(5, Time::from_secs(3)), Found::Expired));
        assert!(matches!(lru.get(5, Time::from_secs(4)), Found::Nothing));
        assert_eq!(lru.len(), 0);
    }

    /// Against a plain list that is searched from end to end: thousands of mixed steps, every rule.
    #[test]
    fn every_rule_agrees_with_a_plain_search() {
        use super::super::super::super::rng::{Draw, Purpose, combine};
        for eviction in [Eviction::Lru, Eviction::Lfu, Eviction::Fifo] {
            let mut kept = kept(eviction, 7);
            // (key, came, uses, last use)
            let mut plain: Vec<(u32, u64, u32, u64)> = Vec::new();
            for step in 0..20_000u64 {
                let mut draw = Draw::new(combine(7, step), Purpose::Key);
                let (key, what) = (draw.below(20), draw.below(10));
                let at = plain.iter().position(|p| p.0 == key);
                match (what, at) {
                    (0, _) => {
                        kept.remove(key);
                        plain.retain(|p| p.0 != key);
                    }
                    (_, Some(at)) => {
                        assert!(matches!(kept.get(key, Time::ZERO), Found::Value(_)), "{eviction:?} {step}");
                        (plain[at].2, plain[at].3) = (plain[at].2 + 1, step);
                    }
                    (_, None) => {
                        assert!(matches!(kept.get(key, Time::ZERO), Found::Nothing), "{eviction:?} {step}");
                        let full = plain.len() == 7;
                        let rank = |p: &(u32, u64, u32, u64)| match eviction {
                            Eviction::Lru => (0, p.3),
                            Eviction::Lfu => (p.2, p.3),
                            Eviction::Fifo => (0, p.1),
                        };
                        if full {
                            let out = (0..7).min_by_key(|&i| rank(&plain[i])).unwrap();
                            plain.remove(out);
                        }
                        plain.push((key, step, 1, step));
                        assert_eq!(kept.put(key, entry(1)), full);
                    }
                }
                assert_eq!(kept.len() as usize, plain.len());
            }
        }
    }
}
