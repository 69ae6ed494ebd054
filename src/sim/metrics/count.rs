//! What some kinds count besides calls: messages, evictions, releases. A kind's datasheet names those it has.

/// Something that happens at a part and is counted since the warm-up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Count {
    /// Lookups answered from memory.
    Hits,
    /// Lookups that found nothing.
    Misses,
    /// Entries that left a full cache for another one.
    Evictions,
    /// Entries found too old.
    Expirations,
    /// Messages taken in.
    Published,
    /// Messages handed to a consumer, each delivery counted.
    Delivered,
    /// Deliveries of a message that had been delivered before.
    Redelivered,
    /// Messages worked off: acknowledged for the first time, once a group.
    Acknowledged,
    /// Messages worked on once more after they had been acknowledged or given up.
    Duplicates,
    /// Messages given up after too many deliveries, once a group.
    Dead,
    /// Messages dropped unread because they were too old, once a group.
    Expired,
    /// Messages lost in a crash or for want of room, once a group.
    Lost,
    /// Releases brought out.
    Releases,
    /// Releases that did harm.
    BadReleases,
    /// Ended requests that a tracing tool had chosen to follow when they began.
    Traced,
    /// Failed ones among those.
    TracedErrors,
}

impl Count {
    /// All of them, in the order of their counters.
    pub const ALL: [Self; 16] = [
        Self::Hits,
        Self::Misses,
        Self::Evictions,
        Self::Expirations,
        Self::Published,
        Self::Delivered,
        Self::Redelivered,
        Self::Acknowledged,
        Self::Duplicates,
        Self::Dead,
        Self::Expired,
        Self::Lost,
        Self::Releases,
        Self::BadReleases,
        Self::Traced,
        Self::TracedErrors,
    ];
    /// Its key in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hits => "hits",
            Self::Misses => "misses",
            Self::Evictions => "evictions",
            Self::Expirations => "expirations",
            Self::Published => "published",
            Self::Delivered => "delivered",
            Self::Redelivered => "redelivered",
            Self::Acknowledged => "acknowledged",
            Self::Duplicates => "duplicates",
            Self::Dead => "dead",
            Self::Expired => "expired",
            Self::Lost => "lost",
            Self::Releases => "releases",
            Self::BadReleases => "bad_releases",
            Self::Traced => "traced",
            Self::TracedErrors => "traced_errors",
        }
    }
}
