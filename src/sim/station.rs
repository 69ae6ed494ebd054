//! One server's workers and waiting room: the G/G/c/K station that most kinds are made of.
//!
//! ```text
//!  arrivals -> [ queue, K places ] -> ( worker | worker | ... c ) -> answers
//! ```

mod lock;
pub(crate) mod scalability;

use lock::Lock;

use super::request::{Calls, Fifo};
use super::time::Time;

/// Workers without a bound.
pub(crate) const UNLIMITED: u32 = u32::MAX;

/// Workers, waiting room, and their time integrals. What every call changes comes first, so that it shares a cache line.
#[derive(Clone, Debug)]
#[repr(C)]
pub(crate) struct Station {
    last: Time,
    busy_ns: u64,
    queue_ns: u64,
    workers: u32,
    busy: u32,
    queue: Fifo,
    queue_max: u32,
    /// Places to wait.
    capacity: u32,
    calling: u32,
    up: bool,
    /// The latest comer is served first.
    pub lifo: bool,
    /// The workers that it offers are not simply its workers: it is not up, or more are busy than it should have.
    uneven: bool,
    calling_ns: u64,
    /// Integral of the workers that it offers, and up to when.
    capacity_ns: u64,
    offered: Time,
    /// There if the service has a serial section.
    lock: Option<Box<Lock>>,
    closed: Integrals,
}

/// Time integrals of a station since the start.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Integrals {
    /// Busy workers, worker-ns.
    pub busy_ns: u64,
    /// Workers that wait for a callee, worker-ns.
    pub calling_ns: u64,
    /// Workers while up, worker-ns; 0 if unlimited.
    pub capacity_ns: u64,
    /// Waiting calls, call-ns.
    pub queue_ns: u64,
    /// Lock held, ns.
    pub lock_busy_ns: u64,
    /// Workers that wait for the lock, worker-ns.
    pub lock_wait_ns: u64,
    /// Lock there to be taken, ns; 0 = no lock.
    pub lock_up_ns: u64,
}

impl Integrals {
    pub const fn add(&mut self, other: Self) {
        self.busy_ns += other.busy_ns;
        self.calling_ns += other.calling_ns;
        self.capacity_ns += other.capacity_ns;
        self.queue_ns += other.queue_ns;
        self.lock_busy_ns += other.lock_busy_ns;
        self.lock_wait_ns += other.lock_wait_ns;
        self.lock_up_ns += other.lock_up_ns;
    }
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            busy_ns: self.busy_ns - earlier.busy_ns,
            calling_ns: self.calling_ns - earlier.calling_ns,
            capacity_ns: self.capacity_ns - earlier.capacity_ns,
            queue_ns: self.queue_ns - earlier.queue_ns,
            lock_busy_ns: self.lock_busy_ns - earlier.lock_busy_ns,
            lock_wait_ns: self.lock_wait_ns - earlier.lock_wait_ns,
            lock_up_ns: self.lock_up_ns - earlier.lock_up_ns,
        }
    }
}

/// What became of a call that arrived.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Admission {
    /// It has a worker.
    Start,
    /// It waits.
    Wait,
    /// There was no place.
    Full,
}

impl Station {
    pub fn new(now: Time, workers: u32, capacity: u32) -> Self {
        Self {
            workers,
            capacity,
            busy: 0,
            calling: 0,
            queue: Fifo::default(),
            queue_max: 0,
            up: true,
            lifo: false,
            uneven: false,
            last: now,
            busy_ns: 0,
            queue_ns: 0,
            calling_ns: 0,
            capacity_ns: 0,
            offered: now,
            lock: None,
            closed: Integrals::default(),
        }
    }
    #[inline(always)]
    fn tick(&mut self, now: Time) {
        let elapsed = (now - self.last).ns();
        if elapsed == 0 {
            return;
        }
        self.last = now;
        self.busy_ns += elapsed * u64::from(self.busy);
        self.queue_ns += elapsed * u64::from(self.queue.len());
        if self.calling > 0 {
            self.calling_ns += elapsed * u64::from(self.calling);
        }
        if self.uneven {
            self.offer(now);
        }
    }
    /// Brings the integral of the workers that it offers up to now: with each tick only while that number may change
    /// with each call.
    fn offer(&mut self, now: Time) {
        let elapsed = (now - self.offered).ns();
        self.offered = now;
        if self.workers != UNLIMITED {
            // Workers that are being taken away stay until they have answered.
            let workers = if self.up { self.workers } else { 0 };
            self.capacity_ns += elapsed * u64::from(workers.max(self.busy));
        }
    }
    /// What it offers changes now.
    fn change(&mut self, now: Time, up: bool, workers: u32) {
        self.tick(now);
        self.tick_lock(now);
        self.offer(now);
        (self.up, self.workers) = (up, workers);
        self.uneven = !up || self.busy > workers;
    }
    /// It has other numbers of workers and of places to wait.
    pub fn resize(&mut self, now: Time, workers: u32, capacity: u32) {
        self.change(now, self.up, workers);
        self.capacity = capacity;
    }
    /// A call arrives: it gets a worker, a place, or nothing.
    #[inline(always)]
    pub fn admit(&mut self, now: Time, calls: &mut Calls, call: u32) -> Admission {
        self.tick(now);
        if self.busy < self.workers {
            self.busy += 1;
            return Admission::Start;
        }
        if self.queue.len() >= self.capacity {
            return Admission::Full;
        }
        if self.lifo {
            self.queue.push_front(calls, call);
        } else {
            self.queue.push(calls, call);
        }
        self.queue_max = self.queue_max.max(self.queue.len());
        Admission::Wait
    }
    /// A worker has answered; the next waiting call, if any, takes it over.
    #[inline(always)]
    pub fn release(&mut self, now: Time, calls: &Calls) -> Option<u32> {
        self.tick(now);
        if self.busy > self.workers {
            // Workers were taken away while they were busy.
            self.busy -= 1;
            return None;
        }
        let next = self.queue.pop(calls);
        if next.is_none() {
            self.busy -= 1;
        }
        next
    }
    /// A waiting call leaves without having been served. Whether it waited here.
    pub fn withdraw(&mut self, now: Time, calls: &mut Calls, call: u32) -> bool {
        self.tick(now);
        self.queue.remove(calls, call)
    }
    /// More workers than before: a waiting call that can start now.
    pub fn start_waiting(&mut self, now: Time, calls: &Calls) -> Option<u32> {
        self.tick(now);
        if self.busy >= self.workers {
            return None;
        }
        let next = self.queue.pop(calls)?;
        self.busy += 1;
        Some(next)
    }
    /// A worker starts (+1) or stops (-1) to wait for a callee.
    #[inline]
    pub fn calls(&mut self, now: Time, change: i32) {
        self.tick(now);
        self.calling = self.calling.wrapping_add_signed(change);
    }
    /// The server died: everything in hand is gone.
    pub fn clear(&mut self, now: Time) {
        self.change(now, false, self.workers);
        (self.busy, self.calling, self.queue) = (0, 0, Fifo::default());
        if let Some(lock) = &mut self.lock {
            lock.clear();
        }
    }
    /// The server serves again.
    pub fn restore(&mut self, now: Time) {
        self.set_up(now, true);
    }
    /// Whether it offers its workers.
    pub fn set_up(&mut self, now: Time, up: bool) {
        self.change(now, up, self.workers);
    }
    /// Workers; `UNLIMITED` = without a bound.
    pub const fn workers(&self) -> u32 {
        self.workers
    }
    /// Places to wait; `UNLIMITED` = without a bound.
    pub const fn capacity(&self) -> u32 {
        self.capacity
    }
    /// The call that waits longest.
    #[inline(always)]
    pub const fn next_in_line(&self) -> Option<u32> {
        self.queue.first()
    }
    pub const fn busy(&self) -> u32 {
        self.busy
    }
    /// How many wait before a call; `None` = it does not wait here.
    pub fn ahead_of(&self, calls: &Calls, call: u32) -> Option<u32> {
        self.queue.ahead_of(calls, call)
    }
    pub const fn queued(&self) -> u32 {
        self.queue.len()
    }
    /// Integrals since the start, up to `now`.
    pub fn integrals(&mut self, now: Time) -> Integrals {
        self.tick(now);
        self.tick_lock(now);
        self.offer(now);
        let mut sums = Integrals {
            busy_ns: self.busy_ns,
            calling_ns: self.calling_ns,
            capacity_ns: self.capacity_ns,
            queue_ns: self.queue_ns,
            ..Integrals::default()
        };
        if let Some(lock) = &self.lock {
            (sums.lock_busy_ns, sums.lock_wait_ns, sums.lock_up_ns) =
                (lock.busy_ns, lock.wait_ns, lock.up_ns);
        }
        sums
    }
    fn tick_lock(&mut self, now: Time) {
        if let Some(lock) = &mut self.lock {
            lock.tick(now, self.up);
        }
    }
    /// The server has a serial section.
    pub fn fit_lock(&mut self, now: Time) {
        self.lock.get_or_insert_with(|| Box::new(Lock::new(now)));
    }
    /// A call wants to enter the serial section; whether it may now, else it waits.
    pub fn enter(&mut self, now: Time, calls: &mut Calls, call: u32) -> bool {
        self.tick_lock(now);
        self.lock.get_or_insert_with(|| Box::new(Lock::new(now))).enter(calls, call)
    }
    /// A call leaves the serial section; who enters it next.
    pub fn leave(&mut self, now: Time, calls: &Calls) -> Option<u32> {
        self.tick_lock(now);
        self.lock.as_mut()?.leave(calls)
    }
    /// Ends a window: what it added, and the longest queue in it.
    pub fn close(&mut self, now: Time) -> (Integrals, u32) {
        let sums = self.integrals(now);
        let window = sums.since(self.closed);
        self.closed = sums;
        let queue_max = self.queue_max;
        self.queue_max = self.queue.len();
        (window, queue_max)
    }
}
