//! A machine: bursts of CPU work share its cores (simulator rule 1).
//!
//! ```text
//! n running bursts each get min(1, cores/n) of a core.
//! Virtual time v runs at that speed, so a burst of demand d that starts at v ends at v + d, whoever comes or goes:
//! a sorted list of ends is all there is. v counts 1/65536 ns in integers.
//! ```

use super::metrics::uptime::Meter;
use super::time::Time;

const FRACTION_BITS: u32 = 16;

/// A machine with cores.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub cores: u32,
    /// Virtual time, 1/65536 ns; starts over whenever the host is idle.
    virtual_now: u64,
    last: Time,
    /// (virtual end, call), latest first; among equals the first comer is nearest to the end of the list.
    bursts: Vec<(u64, u32)>,
    /// The event of the next end.
    pub event: u32,
    /// Integral of busy cores, core-ns.
    busy_ns: u64,
    /// Integral of all cores while up, core-ns.
    capacity_ns: u64,
    closed: (u64, u64),
    /// Bytes; 0 = without a bound.
    pub memory: u64,
    /// Bytes that requests hold now, and at most held.
    memory_used: u64,
    pub memory_used_max: u64,
    /// The most in the current window.
    memory_window: u64,
    /// Servers placed here that are up; a host without any offers no capacity.
    pub up: u32,
    /// What keeps a named machine down: bits of `cause`.
    pub causes: u8,
    pub meter: Meter,
}

impl Host {
    pub fn new(cores: u32) -> Self {
        Self {
            cores,
            virtual_now: 0,
            last: Time::ZERO,
            bursts: Vec::new(),
            event: super::event_queue::NO_EVENT,
            busy_ns: 0,
            capacity_ns: 0,
            closed: (0, 0),
            memory: 0,
            memory_used: 0,
            memory_used_max: 0,
            memory_window: 0,
            up: 0,
            causes: 0,
            meter: Meter::default(),
        }
    }
    /// Brings the integrals and the virtual time up to now.
    pub fn tick(&mut self, now: Time) {
        let elapsed = (now - self.last).ns();
        self.last = now;
        let n = self.bursts.len() as u64;
        let cores = u64::from(self.cores);
        self.busy_ns += elapsed * n.min(cores);
        if self.up > 0 {
            self.capacity_ns += elapsed * cores;
        }
        if n == 0 {
            self.virtual_now = 0;
        } else if n <= cores {
            self.virtual_now += elapsed << FRACTION_BITS;
        } else {
            self.virtual_now +=
                ((u128::from(elapsed) << FRACTION_BITS) * u128::from(cores) / u128::from(n)) as u64;
        }
    }
    /// Starts a burst.
    pub fn start(&mut self, now: Time, demand: Time, call: u32) {
        self.tick(now);
        let end = self
            .virtual_now
            .saturating_add(demand.ns().min(u64::MAX >> (FRACTION_BITS + 1)) << FRACTION_BITS);
        let at = self.bursts.partition_point(|&(e, _)| e > end);
        // Equal ends: the newcomer goes before the others in the list, so it ends after them.
        self.bursts.insert(at, (end, call));
    }
    /// Somebody holds `now` bytes instead of `before`; whether that is more than there are.
    pub fn hold_memory(&mut self, before: u64, now: u64) -> bool {
        self.memory_used = self.memory_used.saturating_sub(before).saturating_add(now);
        self.memory_used_max = self.memory_used_max.max(self.memory_used);
        self.memory_window = self.memory_window.max(self.memory_used);
        self.is_out_of_memory()
    }
    /// More memory is held than there is.
    pub const fn is_out_of_memory(&self) -> bool {
        self.memory > 0 && self.memory_used > self.memory
    }
    /// A window ends: the share of its memory that was held at most in it. `None` = its memory has no bound.
    pub fn close_memory(&mut self) -> Option<f64> {
        let most = std::mem::replace(&mut self.memory_window, self.memory_used);
        (self.memory > 0).then(|| most as f64 / self.memory as f64)
    }
    /// Bytes that requests hold now.
    pub const fn memory_used(&self) -> u64 {
        self.memory_used
    }
    /// The warm-up is over: the maximum starts anew.
    pub const fn forget_memory_max(&mut self) {
        self.memory_used_max = self.memory_used;
    }
    /// Drops a burst whose server died.
    pub fn cancel(&mut self, now: Time, call: u32) {
        self.tick(now);
        self.bursts.retain(|&(_, c)| c != call);
    }
    /// Takes a burst off; the work that is left of it, rounded up. `None` = it does not run here.
    pub fn pause(&mut self, now: Time, call: u32) -> Option<Time> {
        self.tick(now);
        let at = self.bursts.iter().position(|&(_, c)| c == call)?;
        let (end, _) = self.bursts.remove(at);
        Some(Time(end.saturating_sub(self.virtual_now).div_ceil(1 << FRACTION_BITS)))
    }
    /// When the next burst ends if nobody comes or goes.
    pub fn next_end(&self) -> Option<Time> {
        let &(end, _) = self.bursts.last()?;
        let left = u128::from(end.saturating_sub(self.virtual_now));
        let (n, cores) = (self.bursts.len() as u128, u128::from(self.cores));
        let scaled = if n > cores { (left * n).div_ceil(cores) } else { left };
        Some(self.last + Time(scaled.div_ceil(1 << FRACTION_BITS) as u64))
    }
    /// Takes the burst that ends now.
    pub fn finish(&mut self, now: Time) -> Option<u32> {
        self.tick(now);
        let (end, call) = self.bursts.pop()?;
        self.virtual_now = self.virtual_now.max(end);
        Some(call)
    }
    /// Ends a window: what it added to the integrals.
    pub const fn close(&mut self) -> (u64, u64) {
        let window = (self.busy_ns - self.closed.0, self.capacity_ns - self.closed.1);
        self.closed = (self.busy_ns, self.capacity_ns);
        window
    }
    /// (busy, capacity) integrals, core-ns, up to the last tick.
    pub const fn integrals(&self) -> (u64, u64) {
        (self.busy_ns, self.capacity_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs bursts (start ns, demand ns) to their ends.
    fn ends(cores: u32, bursts: &[(u64, u64)]) -> Vec<(u32, u64)> {
        let mut host = Host::new(cores);
        let mut out = Vec::new();
        let mut starts: Vec<_> = bursts.iter().enumerate().rev().collect();
        loop {
            let next_start = starts.last().map(|(_, b)| Time(b.0));
            match (next_start, host.next_end()) {
                (Some(s), e) if e.is_none_or(|e| s <= e) => {
                    let (i, b) = starts.pop().unwrap();
                    host.start(s, Time(b.1), i as u32);
                }
                (_, Some(e)) => out.push((host.finish(e).unwrap(), e.ns())),
                (_, None) => return out,
            }
        }
    }

    #[test]
    fn alone_a_burst_takes_its_time() {
        assert_eq!(ends(2, &[(10, 1000), (20, 500)]), [(1, 520), (0, 1010)]);
    }

    #[test]
    fn three_on_one_core_share_it() {
        assert_eq!(ends(1, &[(0, 300), (0, 300), (0, 600)]), [(0, 900), (1, 900), (2, 1200)]);
    }

    #[test]
    fn four_on_two_cores_take_twice_as_long() {
        assert_eq!(ends(2, &[(0, 100), (0, 100), (0, 100), (0, 100)]).last(), Some(&(3, 200)));
    }

    #[test]
    fn work_is_conserved() {
        let mut host = Host::new(2);
        for i in 0..5 {
            host.start(Time(0), Time(1_000_001), i);
        }
        let mut end = Time::ZERO;
        while let Some(e) = host.next_end() {
            host.finish(e);
            end = e;
        }
        let (busy, _) = host.integrals();
        assert!(busy.abs_diff(5 * 1_000_001) <= 5, "{busy} at {end:?}");
    }
}
