//! An adaptive ladder queue of packed keys (after Tang, Goh and Thng, ACM TOMACS 15(3), 2005).
//!
//! ```text
//!  push --> top      later than every rung, unsorted          few events pending:
//!           rungs    buckets of equal width, coarse to fine   the bottom is all there is,
//!           bottom   sorted, latest first                     a sorted vector
//!                      `--> pop
//! ```
//!
//! Whatever lies above the bottom is in linked lists through one arena of nodes, so that memory follows the number
//! of pending events and nothing is allocated once the arena has grown to it.

/// No node.
const NIL: u32 = u32::MAX;
/// So many events are kept in the bottom alone.
const SMALL: usize = 48;
/// A bucket with more events than this is spread over a finer rung instead of being sorted.
const LARGE_BUCKET: usize = 64;
/// A bottom that grows beyond this becomes a rung of its own.
const LARGE_BOTTOM: usize = 128;
/// Events to a bucket, on average.
const PER_BUCKET: usize = 4;
/// So many buckets are emptied into the bottom at once, if they have no more events than fill it.
const LANES: usize = 8;
const FULL_BOTTOM: usize = 32;
/// Finest nesting; deeper buckets are sorted whatever their size.
const MAX_RUNGS: usize = 12;

/// The latest time that a key may have, so that an instant after it can be named.
pub(super) const LATEST: u64 = u64::MAX / 2;

/// Keys in ascending order; the time, at most `LATEST`, is the key's upper half.
#[derive(Clone)]
pub(crate) struct Ladder {
    /// Descending: the next key is the last.
    bottom: Vec<u128>,
    /// Keys below this time belong into the bottom.
    limit: u64,
    /// Coarsest first.
    rungs: Vec<Rung>,
    /// The unsorted rest, dealt to several lists, and the times of its earliest and latest.
    top: [u32; LANES],
    top_len: usize,
    top_span: (u64, u64),
    /// Keys from this time on belong into the top.
    top_start: u64,
    nodes: Vec<Node>,
    free: u32,
    /// Bucket lists of finished rungs, to be used again.
    spare: Vec<Vec<u32>>,
    /// The bottom has been filled anew.
    refilled: bool,
}

#[derive(Clone, Copy)]
struct Node {
    time: u64,
    rest: u64,
    next: u32,
}

/// Buckets of equal width over a span of time.
#[derive(Clone)]
struct Rung {
    start: u64,
    width: u64,
    /// Buckets before this one are done.
    current: usize,
    /// Keys in all buckets.
    len: usize,
    /// First node by bucket.
    buckets: Vec<u32>,
}

impl Rung {
    /// The list of the next bucket that is not empty, and where that begins; the bucket is done. There is one.
    fn take(&mut self) -> (u64, u32) {
        while self.buckets[self.current] == NIL {
            self.current += 1;
        }
        let start = self.open_from();
        self.current += 1;
        (start, std::mem::replace(&mut self.buckets[self.current - 1], NIL))
    }
    /// The lists of the next buckets that are not empty.
    fn next_lists(&self) -> [u32; LANES] {
        let mut lists = [NIL; LANES];
        let rest = self.buckets[self.current..].iter().filter(|head| **head != NIL);
        lists.iter_mut().zip(rest).for_each(|(list, head)| *list = *head);
        lists
    }
    /// Start of the first bucket that is not done.
    const fn open_from(&self) -> u64 {
        self.start.saturating_add((self.current as u64).saturating_mul(self.width))
    }
}

impl Default for Ladder {
    fn default() -> Self {
        Self {
            bottom: Vec::new(),
            limit: u64::MAX,
            rungs: Vec::new(),
            top: [NIL; LANES],
            top_len: 0,
            top_span: (u64::MAX, 0),
            top_start: u64::MAX,
            nodes: Vec::new(),
            free: NIL,
            spare: Vec::new(),
            refilled: false,
        }
    }
}

const fn time(key: u128) -> u64 {
    (key >> 64) as u64
}

impl Ladder {
    /// Adds a key.
    #[inline(always)]
    pub fn push(&mut self, key: u128) {
        debug_assert!(time(key) <= LATEST);
        if time(key) < self.limit {
            self.push_bottom(key);
        } else {
            self.push_above(key);
        }
    }
    /// The least key.
    #[inline(always)]
    pub fn peek(&self) -> Option<u128> {
        self.bottom.last().copied()
    }
    /// The keys that are sorted already, the least last.
    pub fn sorted(&self) -> &[u128] {
        &self.bottom
    }
    /// Whether further keys have been sorted since this was asked before.
    #[inline(always)]
    pub const fn has_sorted(&mut self) -> bool {
        let has = self.refilled;
        if has {
            self.refilled = false;
        }
        has
    }
    /// Takes the least key.
    #[inline(always)]
    pub fn pop(&mut self) -> Option<u128> {
        let key = self.bottom.pop()?;
        if self.bottom.is_empty() && self.limit != u64::MAX {
            self.refill();
        }
        Some(key)
    }

    #[inline(always)]
    fn push_bottom(&mut self, key: u128) {
        self.bottom.push(key);
        // Earlier keys make room: one, as a rule.
        match &mut self.bottom[..] {
            [_] => {}
            [first, _] if *first >= key => {}
            [first, place] => (*place, *first) = (*first, key),
            [.., second, first, place] if *second >= key => {
                if *first < key {
                    (*place, *first) = (*first, key);
                }
            }
            _ => self.sink(key),
        }
        if self.bottom.len() > SMALL {
            self.grown();
        }
    }
    /// The last key finds its place: earlier ones make room, by fours and then one by one.
    #[inline(never)]
    fn sink(&mut self, key: u128) {
        let mut keys = &mut self.bottom[..];
        while let Some(block) = keys.last_chunk_mut::<5>()
            && block[0] < key
        {
            let [a, b, c, d, _] = *block;
            *block = [a, a, b, c, d];
            let n = keys.len();
            keys = &mut keys[..n - 4];
        }
        while keys.len() > 1 && keys[keys.len() - 2] < key {
            let n = keys.len();
            keys[n - 1] = keys[n - 2];
            keys = &mut keys[..n - 1];
        }
        if let Some(place) = keys.last_mut() {
            *place = key;
        }
    }
    /// The bottom has more than a few keys: later ones go elsewhere from now on, or it becomes a rung.
    #[inline(never)]
    fn grown(&mut self) {
        if self.limit == u64::MAX {
            self.limit = time(self.bottom[0]).saturating_add(1);
            self.top_start = self.limit;
        } else if self.bottom.len() > LARGE_BOTTOM && self.rungs.len() < MAX_RUNGS {
            let first = time(self.bottom[self.bottom.len() - 1]);
            if self.limit - first < 2 {
                return;
            }
            let mut rung = self.rung(first, self.limit - 1, self.bottom.len());
            while let Some(key) = self.bottom.pop() {
                let node = self.node(key);
                self.put(&mut rung, node);
            }
            self.rungs.push(rung);
            self.refill();
        }
    }
    #[inline(never)]
    fn push_above(&mut self, key: u128) {
        let node = self.node(key);
        let t = time(key);
        if t >= self.top_start {
            let list = &mut self.top[self.top_len % LANES];
            self.nodes[node as usize].next = std::mem::replace(list, node);
            self.top_len += 1;
            self.top_span = (self.top_span.0.min(t), self.top_span.1.max(t));
            return;
        }
        // The finest rung is open from `limit` on, so one of them takes it.
        let at = self.rungs.iter().position(|r| t >= r.open_from()).unwrap_or(self.rungs.len() - 1);
        let rung = &mut self.rungs[at];
        let bucket = ((t - rung.start) / rung.width) as usize;
        self.nodes[node as usize].next = rung.buckets[bucket];
        rung.buckets[bucket] = node;
        rung.len += 1;
    }
    fn put(&mut self, rung: &mut Rung, node: u32) {
        let n = &mut self.nodes[node as usize];
        let bucket = ((n.time - rung.start) / rung.width) as usize;
        n.next = rung.buckets[bucket];
        rung.buckets[bucket] = node;
        rung.len += 1;
    }
    fn node(&mut self, key: u128) -> u32 {
        let node = Node { time: time(key), rest: key as u64, next: NIL };
        if self.free == NIL {
            self.nodes.push(node);
            return self.nodes.len() as u32 - 1;
        }
        let i = self.free;
        self.free = self.nodes[i as usize].next;
        self.nodes[i as usize] = node;
        i
    }
    /// An empty rung over `first..=last` for so many keys.
    fn rung(&mut self, first: u64, last: u64, keys: usize) -> Rung {
        let span = last - first;
        let wanted = (keys / PER_BUCKET).max(2) as u64;
        let width = span / wanted + 1;
        let count = (span / width + 1) as usize;
        let mut buckets = self.spare.pop().unwrap_or_default();
        buckets.clear();
        buckets.resize(count, NIL);
        Rung { start: first, width, current: 0, len: 0, buckets }
    }

    /// Fills the empty bottom with the next keys.
    #[inline(never)]
    fn refill(&mut self) {
        loop {
            let Some(rung) = self.rungs.last_mut() else {
                if self.top_len == 0 {
                    (self.limit, self.top_start) = (u64::MAX, u64::MAX);
                    return;
                }
                self.rung_of_top();
                continue;
            };
            if rung.len == 0 {
                if let Some(done) = self.rungs.pop() {
                    self.spare.push(done.buckets);
                }
                continue;
            }
            let lists = rung.next_lists();
            let counts = self.count_together(lists);
            if counts[0] > LARGE_BUCKET && self.split() {
                continue;
            }
            let mut keys = 0;
            for n in counts.into_iter().take_while(|n| *n > 0) {
                if keys > 0 && keys + n > FULL_BOTTOM {
                    break;
                }
                keys += n;
                self.empty_into_bottom();
            }
            self.bottom.sort_unstable_by(|a, b| b.cmp(a));
            self.limit = self.rungs.last().map_or(u64::MAX, Rung::open_from);
            self.refilled = true;
            return;
        }
    }
    /// The lengths of some lists, up to one more than a large bucket's. All lists are followed at the same time: each
    /// step along one of them waits for memory that is far away, and so they wait together.
    fn count_together(&self, mut lists: [u32; LANES]) -> [usize; LANES] {
        let mut counts = [0; LANES];
        let mut going = true;
        while going {
            going = false;
            for (node, count) in lists.iter_mut().zip(&mut counts) {
                if *node != NIL && *count <= LARGE_BUCKET {
                    *node = self.nodes[*node as usize].next;
                    *count += 1;
                    going = true;
                }
            }
        }
        counts
    }
    /// The next bucket becomes a finer rung, if that is possible.
    fn split(&mut self) -> bool {
        let nested = self.rungs.len();
        let Some(rung) = self.rungs.last_mut().filter(|r| r.width > 1 && nested < MAX_RUNGS) else {
            return false;
        };
        let ((start, head), width) = (rung.take(), rung.width);
        let n = self.count(head);
        self.rungs.last_mut().into_iter().for_each(|r| r.len -= n);
        let mut finer = self.rung(start, start + (width - 1), n);
        let mut lists = [NIL; LANES];
        lists[0] = head;
        self.spread(lists, &mut finer);
        self.rungs.push(finer);
        true
    }
    fn rung_of_top(&mut self) {
        let (first, last) = self.top_span;
        let mut rung = self.rung(first, last, self.top_len);
        let lists = std::mem::replace(&mut self.top, [NIL; LANES]);
        self.spread(lists, &mut rung);
        (self.top_len, self.top_span) = (0, (u64::MAX, 0));
        self.top_start = last.saturating_add(1);
        self.rungs.push(rung);
    }
    fn count(&self, head: u32) -> usize {
        let (mut node, mut n) = (head, 0);
        while node != NIL {
            n += 1;
            node = self.nodes[node as usize].next;
        }
        n
    }
    /// Moves some lists into the buckets of a rung, a step along each of them in turn, as in `count_together`.
    fn spread(&mut self, mut lists: [u32; LANES], rung: &mut Rung) {
        let mut going = true;
        while going {
            going = false;
            for list in &mut lists {
                if *list != NIL {
                    let node = std::mem::replace(list, self.nodes[*list as usize].next);
                    self.put(rung, node);
                    going = true;
                }
            }
        }
    }
    /// Moves the keys of the next bucket into the bottom, unsorted, and frees their nodes.
    fn empty_into_bottom(&mut self) {
        let Some(rung) = self.rungs.last_mut() else { return };
        let (_, mut node) = rung.take();
        while node != NIL {
            let n = &mut self.nodes[node as usize];
            self.bottom.push(u128::from(n.time) << 64 | u128::from(n.rest));
            let next = std::mem::replace(&mut n.next, self.free);
            self.free = node;
            node = next;
            rung.len -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    /// Pops so many keys (`None`), or pushes one so many nanoseconds after the last one popped.
    fn steps() -> impl Strategy<Value = Vec<Result<u64, u16>>> {
        let gap = prop_oneof![
            3 => 0u64..50,
            3 => 0u64..100_000,
            1 => 0u64..10_000_000_000,
            1 => Just(0u64),
            1 => Just(u64::MAX / 4),
        ];
        prop::collection::vec(prop_oneof![4 => gap.prop_map(Ok), 1 => (1u16..400).prop_map(Err)], 1..3000)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        /// The plain heap is the oracle: both give the same keys in the same order.
        #[test]
        fn the_order_is_that_of_a_heap(steps in steps()) {
            let (mut ladder, mut heap) = (Ladder::default(), BinaryHeap::new());
            let (mut now, mut seq) = (0u64, 0u64);
            for step in steps {
                match step {
                    Ok(gap) => {
                        seq += 1;
                        let key = u128::from((now + gap).min(LATEST)) << 64 | u128::from(seq);
                        ladder.push(key);
                        heap.push(Reverse(key));
                    }
                    Err(pops) => for _ in 0..pops {
                        let expected = heap.pop().map(|k| k.0);
                        prop_assert_eq!(ladder.peek(), expected);
                        prop_assert_eq!(ladder.pop(), expected);
                        now = expected.map_or(now, time);
                    }
                }
            }
            while let Some(Reverse(key)) = heap.pop() {
                prop_assert_eq!(ladder.pop(), Some(key));
            }
            prop_assert_eq!(ladder.pop(), None);
        }
    }

    #[test]
    fn memory_follows_the_number_of_pending_keys() {
        let mut ladder = Ladder::default();
        let mut seq = 0u64;
        let mut push = |ladder: &mut Ladder, at: u64| {
            seq += 1;
            ladder.push(u128::from(at) << 64 | u128::from(seq));
        };
        for i in 0..10_000 {
            push(&mut ladder, i * 7919 % 1_000_003);
        }
        for _ in 0..300_000 {
            let now = time(ladder.pop().unwrap());
            push(&mut ladder, now + 1 + now % 1_000_003);
        }
        assert!(ladder.nodes.len() <= 10_001, "{}", ladder.nodes.len());
        assert!(ladder.spare.iter().map(Vec::capacity).sum::<usize>() < 20_000);
    }
}
