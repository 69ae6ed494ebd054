//! Every alteration of a running system, as data: a student's edit, a fault, a scene, an undo.

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
}

/// A node, one replica of it, or a host.
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
