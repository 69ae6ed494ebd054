//! Servers and machines: where work runs, and what happens when they die.

use super::super::distribution::Distribution;
use super::super::event_queue::{EventKind, NO_EVENT};
use super::super::host::Host;
use super::super::metrics::uptime::Health;
use super::super::outcome::Reason;
use super::super::request::{Call, NIL, Outcome, Phase};
use super::super::rng::{Draw, Purpose};
use super::super::snapshot::{Cargo, ReplicaState};
use super::super::station::{Admission, Station};
use super::super::time::Time;
use super::{Ctx, Rare, Replica};

impl Ctx {
    /// A call arrives at a station. Whether its service begins now; if not, it waits or has been failed.
    #[inline(always)]
    pub fn admit(&mut self, station: &mut Station, call: u32) -> bool {
        self.admit_or(station, call, Reason::QueueFull)
    }
    /// The same, with the reason for which it fails where there is no place.
    #[inline(always)]
    pub fn admit_or(&mut self, station: &mut Station, call: u32, full: Reason) -> bool {
        match station.admit(self.now, &mut self.calls, call) {
            Admission::Start => return true,
            Admission::Wait => self.calls[call].phase = Phase::Waiting,
            Admission::Full => self.turn_away(call, full),
        }
        false
    }
    /// Service of a call begins: a probe brings its own work along, all others draw from `work`.
    #[inline(always)]
    pub fn begin(&mut self, call: u32, work: &Distribution) {
        self.discard_expired(call);
        let c = &mut self.calls[call];
        let node = &self.nodes[c.node as usize];
        let server = &node.replicas[c.replica as usize];
        c.started = self.now;
        let demand = own_demand(c, node.key, work);
        if server.slow != 1.0 || server.still.is_some() || server.host != NIL {
            return self.work(call, demand);
        }
        (c.phase, c.due) = (Phase::Working, self.now + demand);
        c.event = self.events.push(c.due, EventKind::Worked, call);
    }
    /// The same, but what it asks for is not worked on yet.
    pub fn first_demand(&mut self, call: u32, work: &Distribution) -> Time {
        self.discard_expired(call);
        let c = &mut self.calls[call];
        c.started = self.now;
        own_demand(c, self.nodes[c.node as usize].key, work)
    }
    /// The callee works on a call for `demand` (times the server's slow factor), on its host's cores if it has one.
    #[inline(always)]
    pub fn work(&mut self, id: u32, demand: Time) {
        let c = &mut self.calls[id];
        c.phase = Phase::Working;
        let replica = &mut self.nodes[c.node as usize].replicas[c.replica as usize];
        let demand = if replica.slow == 1.0 { demand } else { slowed(demand, replica.slow) };
        if let Some(still) = &mut replica.still {
            c.event = NO_EVENT;
            still.bursts.push((id, demand));
            return;
        }
        let host = replica.host;
        self.run(id, demand, host);
    }
    /// A burst of work runs, on a host's cores or by itself.
    #[inline(always)]
    pub(super) fn run(&mut self, id: u32, demand: Time, host: u32) {
        let c = &mut self.calls[id];
        if host == NIL {
            c.due = self.now + demand;
            c.event = self.events.push(self.now + demand, EventKind::Worked, id);
        } else {
            c.event = NO_EVENT;
            self.hosts[host as usize].start(self.now, demand, id);
            self.reschedule(host);
        }
    }
    /// Plans the event of a host's next end.
    #[inline(always)]
    pub fn reschedule(&mut self, host: u32) {
        let h = &mut self.hosts[host as usize];
        h.event = match h.next_end() {
            Some(at) => self.events.push(at, EventKind::Host, host),
            None => NO_EVENT,
        };
    }

    /// A new machine with so many cores.
    pub fn add_host(&mut self, cores: u32) -> u32 {
        let mut host = Host::new(cores);
        host.tick(self.now);
        self.hosts.push(host);
        self.hosts.len() as u32 - 1
    }
    /// A machine gets another size; running bursts go on.
    pub fn set_cores(&mut self, host: u32, cores: u32) {
        let h = &mut self.hosts[host as usize];
        h.tick(self.now);
        h.cores = cores;
        self.reschedule(host);
    }

    /// State of a server.
    #[inline]
    pub fn state(&self, node: u16, replica: u16) -> ReplicaState {
        self.nodes[node as usize].replicas[replica as usize].state
    }
    /// Servers of the design that are up.
    pub fn count_up(&self, node: u16) -> u32 {
        let n = &self.nodes[node as usize];
        n.replicas.iter().take(n.active as usize).filter(|r| r.state == ReplicaState::Up).count() as u32
    }
    /// A server enters a state; keeps count of the servers on its host.
    pub fn set_state(&mut self, node: u16, replica: u16, state: ReplicaState) {
        let n = &mut self.nodes[node as usize];
        let r = &mut n.replicas[replica as usize];
        let former = std::mem::replace(&mut r.state, state);
        r.rare.meter.turn(self.now, health(state));
        if (former == ReplicaState::Up) != (state == ReplicaState::Up) {
            n.group.turn(self.now, state == ReplicaState::Up);
        }
        let (host, was_up, is_up) = (r.host, former.has_workers(), state.has_workers());
        if host != NIL && was_up != is_up {
            let h = &mut self.hosts[host as usize];
            h.tick(self.now);
            h.up = if is_up { h.up + 1 } else { h.up - 1 };
        }
    }
    /// Counts the servers that callers know: all before the first one that is still on order, and all if none is up.
    pub fn list_serving(&mut self, node: u16) {
        let n = &mut self.nodes[node as usize];
        let design = n.replicas.iter().take(n.active as usize);
        n.serving = design.take_while(|r| !r.ordered).count() as u16;
        if n.serving == 0 {
            n.serving = n.active;
        }
    }
    /// A new server of a node.
    pub fn add_replica(&mut self, node: u16, host: u32, state: ReplicaState) -> u16 {
        let replicas = &mut self.nodes[node as usize].replicas;
        replicas.push(Replica {
            state: ReplicaState::Down,
            slow: 1.0,
            causes: 0,
            still: None,
            ordered: false,
            read_only: false,
            host,
            arrivals: 0,
            rare: Box::new(Rare { fault_slow: 1.0, ..Rare::default() }),
        });
        let index = replicas.len() as u16 - 1;
        // What its sisters run, it runs too.
        let release = replicas[0].rare.release;
        self.set_release(node, index, release);
        self.set_state(node, index, state);
        index
    }

    /// Everything that a dead server had in hand ends: with a reset (`reason`), or without a word (`None`).
    pub fn drop_work(&mut self, node: u16, replica: u16, reason: Option<Reason>) {
        self.forget_caller(node, replica);
        let in_hand = self.calls.eldest_first(|c| {
            let here = c.node == node && c.replica == replica && c.cargo != Cargo::Replication;
            here && matches!(c.phase, Phase::Waiting | Phase::Working | Phase::Calling)
        });
        for id in in_hand {
            self.stop_work(id);
            self.abandon_children(id);
            // A message that waited in a broker's memory never arrived anywhere: nobody is there to answer it.
            let c = &self.calls[id];
            if c.cargo == Cargo::Delivery && c.node == c.caller {
                self.end(id);
                continue;
            }
            match reason {
                Some(reason) => self.fail(id, reason),
                None => self.fail_silently(id, Reason::Crashed),
            }
        }
    }
    /// Takes a call's burst off its host or out of the event list.
    pub fn stop_work(&mut self, id: u32) {
        let c = &mut self.calls[id];
        c.event = NO_EVENT;
        if c.phase == Phase::Working {
            let replica = &mut self.nodes[c.node as usize].replicas[c.replica as usize];
            let host = replica.host;
            if let Some(still) = &mut replica.still {
                still.bursts.retain(|&(burst, _)| burst != id);
            } else if host != NIL {
                self.hosts[host as usize].cancel(self.now, id);
                self.reschedule(host);
            }
        }
    }
    /// The callee fails a call and tells nobody.
    pub fn fail_silently(&mut self, id: u32, reason: Reason) {
        let c = &self.calls[id];
        if c.counts() {
            self.recorder.answered(c.node, self.now, c.arrived, c.started, Outcome::Failed(reason));
        }
        self.lose(id);
    }
    /// No packet returns: whoever waits, waits for its own timeout.
    pub fn lose(&mut self, id: u32) {
        let c = &mut self.calls[id];
        (c.phase, c.event) = (Phase::Lost, NO_EVENT);
        c.outcome = Outcome::Failed(Reason::TimedOut);
        if !c.wanted {
            self.end(id);
        }
    }
}

/// The work that a call asks of its callee, whose key this is.
#[inline(always)]
fn own_demand(c: &Call, key: u64, work: &Distribution) -> Time {
    match (c.cargo, work) {
        (Cargo::Probe, _) => Time(c.payload),
        (_, Distribution::Constant(t)) => *t,
        (_, work) => work.sample(Draw::new(c.path ^ key, Purpose::Work)),
    }
}
/// Work at a slow server.
#[cold]
fn slowed(demand: Time, factor: f64) -> Time {
    Time((demand.ns() as f64 * factor) as u64)
}
/// What a state means for the uptime.
const fn health(state: ReplicaState) -> Health {
    match state {
        ReplicaState::Up => Health::Up,
        ReplicaState::Starting | ReplicaState::Draining => Health::Down,
        ReplicaState::Retiring => Health::Absent,
        ReplicaState::Down | ReplicaState::Silent | ReplicaState::Hung | ReplicaState::Paused => {
            Health::Failed
        }
    }
}
