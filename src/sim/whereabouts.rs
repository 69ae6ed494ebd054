//! Where one request is right now: plain data.

use super::id::{LinkId, NodeId};
use super::outcome::Reason;
use super::time::Time;

/// One request that its client still waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Whereabouts {
    /// Its client.
    pub client: NodeId,
    /// Its number within the client.
    pub number: u64,
    /// It changes data.
    pub write: bool,
    /// When it was made.
    pub born: Time,
    /// Where it is. Where several parts work on it at once, at the one that was called first.
    pub place: Place,
}

/// Where a request is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// On the wire: a call or, if `back`, its answer.
    OnTheWay {
        /// The link.
        link: LinkId,
        /// The caller and its server.
        from: (NodeId, u16),
        /// The callee and its server.
        to: (NodeId, u16),
        /// When it left.
        sent: Time,
        /// When it arrives.
        due: Time,
        /// It is the answer.
        back: bool,
        /// The answer is a failure.
        failed: Option<Reason>,
    },
    /// It waits for a worker.
    Waits {
        /// The node and its server.
        at: (NodeId, u16),
        /// How many wait before it; `None` = it waits elsewhere than in the server's queue.
        ahead: Option<u32>,
    },
    /// It is being worked on.
    InWork {
        /// The node and its server.
        at: (NodeId, u16),
    },
    /// Its caller holds it back.
    KeptBack {
        /// The caller and its server.
        at: (NodeId, u16),
        /// Whom it would call.
        to: NodeId,
        /// Why.
        why: KeptBack,
    },
    /// It went to a part that will never answer: its caller waits in vain.
    Lost {
        /// The node and its server.
        at: (NodeId, u16),
    },
}

/// Why a caller holds a call back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeptBack {
    /// All its connections are in use.
    NoConnection,
    /// An attempt failed, and it waits before the next one.
    Backoff,
}
