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
    /// The network between caller and callee was cut.
    Unreachable,
    /// The network lost the call or its answer.
    PacketLost,
    /// The caller's circuit breaker let no call through.
    BreakerOpen,
    /// No connection was free.
    PoolExhausted,
    /// The database takes no writes at present.
    ReadOnly,
    /// The server ran out of memory and was killed.
    OutOfMemory,
    /// The server that knew the session is gone.
    LostSession,
    /// A rate limiter turned it away.
    RateLimited,
    /// Dropped on purpose to keep the rest quick.
    Shed,
}

impl Reason {
    /// All reasons, in the order of their counters.
    pub const ALL: [Self; 17] = [
        Self::Refused,
        Self::QueueFull,
        Self::TimedOut,
        Self::Crashed,
        Self::NoHealthyBackend,
        Self::GaveUp,
        Self::Removed,
        Self::Error,
        Self::Unreachable,
        Self::PacketLost,
        Self::BreakerOpen,
        Self::PoolExhausted,
        Self::ReadOnly,
        Self::OutOfMemory,
        Self::LostSession,
        Self::RateLimited,
        Self::Shed,
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
            Self::Unreachable => "unreachable",
            Self::PacketLost => "packet lost",
            Self::BreakerOpen => "breaker open",
            Self::PoolExhausted => "pool exhausted",
            Self::ReadOnly => "read-only",
            Self::OutOfMemory => "out of memory",
            Self::LostSession => "lost session",
            Self::RateLimited => "rate limited",
            Self::Shed => "shed",
        }
    }
}
