//! How a call ends.

/// Every failed request has exactly one reason.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Reason {
    /// Nobody listens: the process is down.
    Refused,
    /// The waiting room was full.
    QueueFull,
    /// A caller's timeout fired.
    TimedOut,
    /// The server crashed while it had the call.
    Crashed,
    /// The balancer knows no healthy backend.
    NoHealthyBackend,
    /// The client's patience ended.
    GaveUp,
    /// The part was taken out of the design.
    Removed,
    /// The server answered with an error.
    Error,
}

impl Reason {
    /// All reasons, in the order of their counters.
    pub const ALL: [Self; 8] = [
        Self::Refused,
        Self::QueueFull,
        Self::TimedOut,
        Self::Crashed,
        Self::NoHealthyBackend,
        Self::GaveUp,
        Self::Removed,
        Self::Error,
    ];
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::QueueFull => "queue full",
            Self::TimedOut => "timed out",
            Self::Crashed => "crashed",
            Self::NoHealthyBackend => "no healthy backend",
            Self::GaveUp => "gave up",
            Self::Removed => "removed",
            Self::Error => "error",
        }
    }
}
