//! Every alteration of a running system, as data: a student's edit, a fault, a scene, an undo.

use super::distribution::Distribution;
use super::time::Time;
use super::topology::{LinkSpec, NodeSpec};
use super::value::Value;

/// One alteration. `for` in a file becomes a second, scheduled change that undoes the first.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    /// Sets a knob of a node (`target` = its name) or of a link (`target` = `from->to`); `None` unsets it.
    Set {
        /// Node name or `from->to`.
        target: String,
        /// Knob name.
        knob: &'static str,
        /// New value, checked against the knob's shape.
        value: Option<Value>,
    },
    /// Adds a node.
    Add {
        /// Its name.
        name: String,
        /// Its kind and knobs.
        node: NodeSpec,
    },
    /// Removes a node and its links; its work in hand fails.
    Remove {
        /// Its name.
        name: String,
    },
    /// Adds a link.
    Connect(LinkSpec),
    /// Removes a link.
    Disconnect {
        /// Caller.
        from: String,
        /// Callee.
        to: String,
    },
    /// Crashes a process (node or replica) or a whole host (by the host's name).
    Crash(Target),
    /// Brings it back, after its start-up time.
    Restore(Target),
    /// Work takes `factor` times as long; 1 = healthy again.
    Slow {
        /// What is slow.
        target: Target,
        /// Over 0; 5 = five times slower.
        factor: f64,
    },
    /// Empties a cache.
    Flush {
        /// The cache's name.
        name: String,
    },
    /// It accepts calls and never answers: its workers and its queue fill up.
    Hang(Target),
    /// It stands still; once that ends, it goes on where it was.
    Pause(Target),
    /// It gets no new requests and finishes those it has.
    Drain(Target),
    /// A database takes no more writes.
    DiskFull(Target),
    /// Messages to and from a node, or on one link, get lost.
    Loss {
        /// Node name or `from->to`.
        target: String,
        /// Share of the messages, 0 to 1; 0 = healthy again.
        share: f64,
    },
    /// Messages to and from a node, or on one link, take longer.
    Delay {
        /// Node name or `from->to`.
        target: String,
        /// Added to every one-way latency; zero = healthy again.
        by: Time,
    },
    /// Messages to and from a node, or on one link, wait, and none is lost; once that ends, they all go on together.
    Stall {
        /// Node name or `from->to`.
        target: String,
    },
    /// No message passes between two groups; members of no group reach everybody.
    Partition {
        /// Nodes, servers, hosts, zones.
        groups: Vec<Vec<Target>>,
    },
    /// Every server in a zone is silent.
    ZoneDown {
        /// Name of the zone.
        zone: String,
    },
    /// All servers of a node run a faulty version until it is rolled back.
    BadRelease {
        /// Name of the node.
        name: String,
        /// Share of the answers that are errors.
        errors: f64,
        /// Work takes so many times as long.
        factor: f64,
    },
    /// A new, sound version: one server after the other is drained, restarted, and comes back.
    Deploy {
        /// Name of the node.
        name: String,
    },
    /// From now on the place fails and is repaired by chance, again and again; each server by itself.
    Fails {
        /// What a failure is: a change that can be taken back.
        fault: Box<Change>,
        /// Time from a repair (or from now) to the next failure.
        mtbf: Distribution,
        /// Time from a failure to its repair.
        mttr: Distribution,
    },
    /// The end of a change that lasts.
    End(Box<Change>),
    /// Several changes at the same instant, in this order: how a change is taken back that hit only some of its
    /// servers, or found them in different states.
    Several(Vec<Change>),
}

impl Change {
    /// Whether the design stays what it is: a fault, an operation, or their ends.
    pub fn only_tries(&self) -> bool {
        match self {
            Self::Set { .. }
            | Self::Add { .. }
            | Self::Remove { .. }
            | Self::Connect(_)
            | Self::Disconnect { .. } => false,
            Self::Several(all) => all.iter().all(Self::only_tries),
            _ => true,
        }
    }
    /// The word of a level file for it.
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Set { .. } => "set",
            Self::Add { .. } => "add",
            Self::Remove { .. } => "remove",
            Self::Connect(_) => "connect",
            Self::Disconnect { .. } => "disconnect",
            Self::Crash(_) => "crash",
            Self::Restore(_) => "restore",
            Self::Slow { .. } => "slow",
            Self::Flush { .. } => "flush",
            Self::Hang(_) => "hang",
            Self::Pause(_) => "pause",
            Self::Drain(_) => "drain",
            Self::DiskFull(_) => "disk-full",
            Self::Loss { .. } => "loss",
            Self::Delay { .. } => "delay",
            Self::Stall { .. } => "stall",
            Self::Partition { .. } => "partition",
            Self::ZoneDown { .. } => "zone-down",
            Self::BadRelease { .. } => "bad-release",
            Self::Deploy { .. } => "deploy",
            Self::Fails { fault: inner, .. } | Self::End(inner) => inner.verb(),
            Self::Several(_) => "several",
        }
    }
    /// The servers or the machine that it hits, if it is of that sort.
    pub const fn target(&self) -> Option<&Target> {
        match self {
            Self::Crash(target)
            | Self::Restore(target)
            | Self::Slow { target, .. }
            | Self::Hang(target)
            | Self::Pause(target)
            | Self::Drain(target)
            | Self::DiskFull(target) => Some(target),
            _ => None,
        }
    }
    /// The same for other servers or another machine.
    #[must_use]
    pub fn at(&self, place: Target) -> Self {
        let mut change = self.clone();
        match &mut change {
            Self::Crash(target)
            | Self::Restore(target)
            | Self::Slow { target, .. }
            | Self::Hang(target)
            | Self::Pause(target)
            | Self::Drain(target)
            | Self::DiskFull(target) => *target = place,
            _ => {}
        }
        change
    }
    /// Names of the nodes, hosts, links or zones that a fault or its end concerns.
    pub fn places(&self) -> Vec<&str> {
        if let Some(target) = self.target() {
            return vec![&target.name];
        }
        match self {
            Self::Loss { target: name, .. }
            | Self::Delay { target: name, .. }
            | Self::Stall { target: name }
            | Self::ZoneDown { zone: name }
            | Self::BadRelease { name, .. }
            | Self::Deploy { name }
            | Self::Flush { name } => vec![name],
            Self::Partition { groups } => groups.iter().flatten().map(|t| t.name.as_str()).collect(),
            Self::Fails { fault: inner, .. } | Self::End(inner) => inner.places(),
            Self::Several(all) => all.iter().flat_map(Self::places).collect(),
            _ => Vec::new(),
        }
    }
    /// Whether it makes things worse: a fault, and not the end of one.
    pub fn harms(&self) -> bool {
        match self {
            Self::Slow { factor, .. } => *factor > 1.0,
            Self::Loss { share, .. } => *share > 0.0,
            Self::Delay { by, .. } => *by > Time::ZERO,
            Self::Several(all) => all.iter().any(Self::harms),
            Self::Restore(_) | Self::End(_) => false,
            other => other.only_tries(),
        }
    }
}

/// A node, one replica of it, or a host; in a partition also a zone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// Name of the node or host.
    pub name: String,
    /// Which server of it: 0 is `web#1`, or `db#primary`; `None` = all.
    pub replica: Option<u16>,
}

/// A change and when it happens.
#[derive(Clone, PartialEq, Debug)]
pub struct TimedChange {
    /// Since the start of the run (in a scene: of the scene).
    pub at: Time,
    /// How long it lasts; `None` = for good.
    pub lasts: Option<Time>,
    /// What happens.
    pub change: Change,
}

/// Why a change cannot be made. The text says what to do instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ChangeError {
    /// No node, replica, host or link of that name.
    UnknownTarget(String),
    /// The kind has no such knob.
    UnknownKnob(String, &'static str),
    /// The knob is fixed while the system runs.
    Fixed(&'static str),
    /// The name is taken.
    Exists(String),
    /// The change does not apply to this kind of part.
    NotApplicable(String, &'static str),
    /// Something still needs the part.
    InUse(String, String),
    /// It is going on already.
    Busy(String, &'static str),
    /// A named limit would be passed.
    TooMany(&'static str, u64),
}

impl std::fmt::Display for ChangeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownTarget(name) => write!(f, "there is no `{name}`"),
            Self::UnknownKnob(name, knob) => write!(f, "`{name}` has no knob `{knob}`"),
            Self::Fixed(knob) => write!(f, "`{knob}` cannot change while the system runs"),
            Self::Exists(name) => write!(f, "`{name}` exists already; choose another name"),
            Self::NotApplicable(name, verb) => write!(f, "`{verb}` does not apply to `{name}`"),
            Self::InUse(name, by) => write!(f, "`{name}` is still called by `{by}`"),
            Self::Busy(name, what) => write!(f, "`{name}` has a {what} going on; wait until it is over"),
            Self::TooMany(what, limit) => write!(f, "no more than {limit} {what}"),
        }
    }
}
impl std::error::Error for ChangeError {}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.replica {
            Some(i) => write!(f, "{}#{}", self.name, i + 1),
            None => f.write_str(&self.name),
        }
    }
}
