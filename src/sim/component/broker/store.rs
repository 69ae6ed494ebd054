//! The messages a broker keeps, and the queues they stand in.

use std::collections::VecDeque;

use super::super::super::slots::Slots;
use super::super::super::time::Time;

/// Most messages of one broker; more are refused.
pub(crate) const MAX_MESSAGES: usize = 4_000_000;
const _: () = assert!(MAX_MESSAGES < 1 << SLOT_BITS);
/// A token has the slot in its low bits, and the message's number above: a reused slot is another message.
const SLOT_BITS: u32 = 24;

/// One message for one group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message {
    /// Its own number; tells it from others that had its slot.
    pub number: u64,
    pub request: u32,
    /// Key of its draws; each delivery adds its own number.
    pub path: u64,
    pub published: Time,
    pub group: u16,
    pub partition: u16,
    /// Times it was handed out so far.
    pub deliveries: u32,
    /// Deliveries on the way or in work.
    pub out: u32,
    /// It stands in its queue.
    pub waiting: bool,
    /// Acknowledged, or given up: what is still out does not count any more.
    pub done: bool,
}

/// All messages kept.
#[derive(Clone)]
pub(crate) struct Store {
    slots: Slots<Message>,
    /// Messages taken in so far, once a group.
    numbers: u64,
}

impl Store {
    pub const fn new() -> Self {
        Self { slots: Slots::new(), numbers: 0 }
    }
    /// Messages kept.
    pub const fn len(&self) -> usize {
        self.slots.len()
    }
    /// Keeps a message; its slot.
    pub fn add(&mut self, message: Message) -> u32 {
        self.numbers += 1;
        self.slots.add(Message { number: self.numbers, ..message })
    }
    /// Forgets a message.
    pub fn remove(&mut self, slot: u32) {
        self.slots.remove(slot);
    }
    /// What a delivery carries along.
    pub fn token(&self, slot: u32) -> u64 {
        self.slots[slot].number << SLOT_BITS | u64::from(slot)
    }
    /// The slot of a token, if its message is still kept.
    pub fn find(&self, token: u64) -> Option<u32> {
        let slot = (token & ((1 << SLOT_BITS) - 1)) as u32;
        let message = self.slots.get(slot)?;
        (message.number == token >> SLOT_BITS).then_some(slot)
    }
    /// All messages kept, by slot.
    pub fn all(&self) -> impl Iterator<Item = u32> {
        self.slots.iter().map(|(slot, _)| slot)
    }
}

impl std::ops::Index<u32> for Store {
    type Output = Message;
    fn index(&self, slot: u32) -> &Message {
        &self.slots[slot]
    }
}
impl std::ops::IndexMut<u32> for Store {
    fn index_mut(&mut self, slot: u32) -> &mut Message {
        &mut self.slots[slot]
    }
}

/// A queue of messages, in order. A broker without partitions has one for each group.
#[derive(Clone, Default)]
pub(crate) struct Partition {
    pub queue: VecDeque<u32>,
    /// The first so many may be handed out: the others wait for the next poll.
    pub ready: usize,
    /// In a log: whose it is, as an index into the group's consumers.
    pub owner: Option<usize>,
    /// In a log: the message being worked on, and by whom (link, server). The next one waits for it.
    pub current: Option<(u32, u16, u16)>,
    /// Messages taken in.
    pub published: u64,
}

/// The services that share messages: each message goes to one of their servers.
#[derive(Clone)]
pub(crate) struct Group {
    pub name: String,
    /// Link to each member, and the index of its first server in `consumers`.
    pub members: Vec<(u16, usize)>,
    pub consumers: Vec<Consumer>,
    pub partitions: Vec<Partition>,
    pub turn: usize,
}

/// One server of a consuming service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Consumer {
    pub link: u16,
    pub replica: u16,
    /// Messages that it may have at once.
    pub prefetch: u32,
    pub out: u32,
    /// It did not take the last one, or did not acknowledge in time: nothing goes there for a while.
    pub blocked: bool,
}

impl Consumer {
    pub const fn ready(&self) -> bool {
        !self.blocked && self.out < self.prefetch
    }
}

impl Group {
    /// The consumer at the end of a link.
    pub fn consumer(&self, link: u16, replica: u16) -> Option<usize> {
        let (_, first) = self.members.iter().find(|m| m.0 == link)?;
        let index = first + replica as usize;
        (self.consumers.get(index)?.link == link).then_some(index)
    }
    /// Messages that wait.
    pub fn waiting(&self) -> usize {
        self.partitions.iter().map(|p| p.queue.len()).sum()
    }
    /// Deals the partitions out to the consumers that are thought to be up, evenly and in order.
    pub fn assign(&mut self) {
        let up: Vec<usize> = (0..self.consumers.len())
            .filter(|&i| self.consumers[i].prefetch > 0 && !self.consumers[i].blocked)
            .collect();
        for (i, partition) in self.partitions.iter_mut().enumerate() {
            partition.owner = (!up.is_empty()).then(|| up[i % up.len()]);
        }
    }
}
