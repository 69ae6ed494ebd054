//! What faults do to a server: it stands still, its answers are errors, it is being drained.

use super::super::event_queue::{EventKind, NO_EVENT};
use super::super::outcome::Reason;
use super::super::request::{NIL, Outcome, Phase};
use super::super::rng::Purpose;
use super::super::snapshot::Cargo;
use super::super::time::Time;
use super::Ctx;

/// What keeps a server from serving. Several may hold at once; each ends by itself.
pub(crate) mod cause {
    /// Its process died.
    pub const CRASHED: u8 = 1;
    /// Its machine died.
    pub const HOST: u8 = 2;
    /// Its zone is dark.
    pub const ZONE: u8 = 4;
    /// It never answers.
    pub const HUNG: u8 = 8;
    /// It stands still.
    pub const PAUSED: u8 = 16;
    /// It gets no new requests.
    pub const DRAINED: u8 = 32;
}

/// The version that a server runs, where it is a bad one.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Release {
    /// Share of the answers that are errors.
    pub errors: f64,
    /// Work takes so many times as long.
    pub factor: f64,
}

impl Default for Release {
    /// A sound one.
    fn default() -> Self {
        Self { errors: 0.0, factor: 1.0 }
    }
}

/// A server that gets no new requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drain {
    /// Calls sent before are served, later ones are refused.
    pub since: Time,
    /// The scheduled change that looks whether it is empty.
    pub watch: u32,
}

/// What a server holds while its work stands still.
#[derive(Clone, Default)]
pub(crate) struct Still {
    /// Calls in work, and the work that is left of each.
    pub bursts: Vec<(u32, Time)>,
    /// What came in and nobody has looked at yet, oldest first.
    pub held: Vec<Held>,
}

/// Something that happened to a server which stands still.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Held {
    /// A call arrived where there is no queue.
    Arrival(u32),
    /// One of its own calls was answered.
    Answer(u32),
    /// An exchange of its own has something to do: (exchange, event).
    Due(u32, u32),
    /// A timeout of one of its own calls fired: (call, event).
    Timeout(u32, u32),
    /// A timer fired.
    Timer(u64),
}

impl Ctx {
    /// Whether balancers and routing may send new requests to a server. Says nothing about its health.
    #[inline]
    pub fn accepts(&self, node: u16, replica: u16) -> bool {
        let n = &self.nodes[node as usize];
        !n.troubled || n.replicas[replica as usize].causes & cause::DRAINED == 0
    }
    /// Whether the work of a server stands still.
    #[inline]
    pub fn is_still(&self, node: u16, replica: u16) -> bool {
        self.still_servers > 0
            && self.nodes[node as usize].replicas.get(replica as usize).is_some_and(|r| r.still.is_some())
    }
    /// Keeps something for a server that stands still.
    pub fn hold(&mut self, node: u16, replica: u16, held: Held) {
        if let Some(still) = &mut self.nodes[node as usize].replicas[replica as usize].still {
            still.held.push(held);
        }
    }

    /// All work of a server stops where it is.
    pub fn freeze(&mut self, node: u16, replica: u16) {
        let host = self.nodes[node as usize].replicas[replica as usize].host;
        let working =
            self.calls.eldest_first(|c| c.node == node && c.replica == replica && c.phase == Phase::Working);
        let mut still = Box::<Still>::default();
        for id in working {
            let c = &mut self.calls[id];
            let left = if host == NIL {
                (c.event != NO_EVENT).then(|| c.due.saturating_sub(self.now))
            } else {
                self.hosts[host as usize].pause(self.now, id)
            };
            if let Some(left) = left {
                c.event = NO_EVENT;
                still.bursts.push((id, left));
            }
        }
        if host != NIL {
            self.reschedule(host);
        }
        self.nodes[node as usize].replicas[replica as usize].still = Some(still);
        self.still_servers += 1;
        self.expect_trouble();
    }
    /// The work of a server goes on; what came in meanwhile is for the caller to deal with.
    pub fn thaw(&mut self, node: u16, replica: u16) -> Vec<Held> {
        let r = &mut self.nodes[node as usize].replicas[replica as usize];
        let (host, Some(still)) = (r.host, r.still.take()) else { return Vec::new() };
        self.still_servers -= 1;
        for (id, left) in still.bursts {
            self.run(id, left, host);
        }
        still.held
    }
    /// There is no place for a call: it is told so, unless the server answers nobody.
    pub fn turn_away(&mut self, call: u32, reason: Reason) {
        let c = &self.calls[call];
        if self.is_still(c.node, c.replica) {
            self.fail_silently(call, reason);
        } else {
            self.fail(call, reason);
        }
    }

    /// A server's work takes so many times as long, by a fault.
    pub fn set_slow(&mut self, node: u16, replica: u16, factor: f64) {
        let r = &mut self.nodes[node as usize].replicas[replica as usize];
        r.rare.fault_slow = factor;
        r.slow = factor * r.rare.release.factor;
    }
    /// A server runs another version.
    pub fn set_release(&mut self, node: u16, replica: u16, release: Release) {
        let r = &mut self.nodes[node as usize].replicas[replica as usize];
        r.rare.release = release;
        r.slow = r.rare.fault_slow * release.factor;
        self.look_for_trouble(node);
    }
    /// Takes note whether answers of a node need a closer look.
    pub fn look_for_trouble(&mut self, node: u16) {
        let n = &mut self.nodes[node as usize];
        let odd = |r: &super::Replica| r.rare.release.errors > 0.0 || r.causes & cause::DRAINED != 0;
        n.troubled = n.error_rate > 0.0 || n.replicas.iter().any(odd);
        self.expect_trouble();
    }
    /// An answer of a troubled node: it may be an error instead, and it may be the last one of a drained server.
    #[cold]
    pub fn trouble(&mut self, id: u32, outcome: Outcome) -> Outcome {
        let c = &self.calls[id];
        let n = &self.nodes[c.node as usize];
        let r = &n.replicas[c.replica as usize];
        if let Some(drain) = r.rare.drain {
            self.events.push(self.now, EventKind::Change, drain.watch);
        }
        if !c.cargo.counts() || matches!(outcome, Outcome::Failed(_)) {
            return outcome;
        }
        let errors = 1.0 - (1.0 - n.error_rate) * (1.0 - r.rare.release.errors);
        let fails = errors > 0.0 && self.draw(id, Purpose::Error).unit() < errors;
        if fails { Outcome::Failed(Reason::Error) } else { outcome }
    }
    /// Calls that a server still has to answer: those in its hands, and those sent before it was drained.
    pub fn in_hand(&self, node: u16, replica: u16, since: Time) -> usize {
        let counts = |c: &super::super::request::Call| {
            let here = c.node == node && c.replica == replica && c.caller != node;
            here && c.cargo.counts()
                && match c.phase {
                    Phase::Waiting | Phase::Working | Phase::Calling => true,
                    Phase::Outbound => c.sent <= since,
                    _ => false,
                }
        };
        self.calls.iter().filter(|(_, c)| counts(c)).count()
    }
    /// Whether a drained server refuses a call: it was sent to it all the same.
    pub fn refuses(&self, call: u32) -> bool {
        let c = &self.calls[call];
        let drain = self.nodes[c.node as usize].replicas[c.replica as usize].rare.drain;
        c.cargo != Cargo::Probe && drain.is_some_and(|d| c.sent > d.since)
    }
    /// The server that a caller without a balancer takes: the next that is not being drained, if there is one.
    pub fn next_accepting(&self, node: u16, from: u16, count: u16, pick: u16) -> u16 {
        let of = |i: u16| from + (pick + i) % count;
        (0..count).map(of).find(|&k| self.accepts(node, k)).unwrap_or(from + pick)
    }
}
