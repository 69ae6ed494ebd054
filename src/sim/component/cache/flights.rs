//! Single flight: of many who miss the same key at once, one loads the value and the others wait for it here.

use super::super::super::request::{Calls, Fifo, NIL};
use super::super::super::time::Time;

/// Keys that somebody loads, and who waits for them.
#[derive(Clone, Default)]
pub(crate) struct Flights {
    /// By key: its flight, or `NIL`.
    by_key: Vec<u32>,
    flights: Vec<Flight>,
    free: Vec<u32>,
    waiting: u32,
}

#[derive(Clone, Copy)]
struct Flight {
    key: u32,
    waiters: Fifo,
    /// The loader has until then.
    ends: Time,
}

impl Flights {
    /// Makes room for so many keys.
    pub fn resize(&mut self, keys: u32) {
        if self.by_key.len() < keys as usize {
            self.by_key.resize(keys as usize, NIL);
        }
    }
    /// Whether somebody loads a key.
    pub fn open(&self, key: u32) -> bool {
        self.by_key[key as usize] != NIL
    }
    /// Somebody begins to load a key, and has until `ends`: the number of the flight.
    pub fn begin(&mut self, key: u32, ends: Time) -> u32 {
        let flight = Flight { key, waiters: Fifo::default(), ends };
        let id = self.free.pop().unwrap_or(self.flights.len() as u32);
        match self.flights.get_mut(id as usize) {
            Some(slot) => *slot = flight,
            None => self.flights.push(flight),
        }
        self.by_key[key as usize] = id;
        id
    }
    /// One more waits for a key that is being loaded.
    pub fn wait(&mut self, calls: &mut Calls, key: u32, call: u32) {
        let id = self.by_key[key as usize];
        self.flights[id as usize].waiters.push(calls, call);
        self.waiting += 1;
    }
    /// The load of a key is over: all who waited for it, in order.
    pub fn land(&mut self, key: u32) -> Fifo {
        let id = std::mem::replace(&mut self.by_key[key as usize], NIL);
        let Some(flight) = self.flights.get(id as usize).copied() else { return Fifo::default() };
        self.free.push(id);
        self.waiting -= flight.waiters.len();
        flight.waiters
    }
    /// The time of a loader is over: its key, and who shall load it now; `None` if the load is over or was begun anew,
    /// or if nobody waits.
    pub fn overdue(&mut self, calls: &Calls, id: u32, now: Time, ends: Time) -> Option<(u32, u32)> {
        let flight = self.flights.get_mut(id as usize)?;
        if flight.ends != now || self.by_key[flight.key as usize] != id {
            return None;
        }
        let key = flight.key;
        let Some(next) = flight.waiters.pop(calls) else {
            self.land(key);
            return None;
        };
        flight.ends = ends;
        self.waiting -= 1;
        Some((key, next))
    }
    /// All who wait are gone (they died with the server), and so are the loads.
    pub fn clear(&mut self) {
        self.by_key.fill(NIL);
        self.flights.clear();
        self.free.clear();
        self.waiting = 0;
    }
    /// Calls that wait for a load.
    pub const fn waiting(&self) -> u32 {
        self.waiting
    }
}
