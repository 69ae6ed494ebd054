//! Shards, rings, quorums, read replicas, partitions.

use super::reliability::choose;
use crate::sim::rng::{Draw, Purpose, combine};

/// Share of the keys that move when one node joins `nodes` on a hash ring. D. Karger et al., STOC 1997.
pub fn ring_moved(nodes: u32) -> f64 {
    1.0 / (f64::from(nodes) + 1.0)
}

/// Share of the keys that move when one node joins and a key's node is its hash modulo the number of nodes.
pub fn modulo_moved(nodes: u32) -> f64 {
    1.0 - ring_moved(nodes)
}

/// Coefficient of variation of the nodes' shares on a ring with `points` per node: a share is Beta distributed.
pub fn ring_share_cv(nodes: u32, points: u32) -> f64 {
    let (n, v) = (f64::from(nodes), f64::from(points));
    libm::sqrt((n - 1.0) / (n * v + 1.0))
}

/// A hash ring: points of nodes in order; a key belongs to the next point, around the end to the first.
#[derive(Clone, PartialEq, Debug)]
pub struct Ring(Vec<(u64, u32)>);

impl Ring {
    /// A ring with `points` for each of `nodes` nodes, at places that follow from the seed and the node.
    pub fn new(nodes: u32, points: u32, seed: u64) -> Self {
        let place = |node: u32, point: u32| {
            let key = combine(combine(seed, u64::from(node)), u64::from(point));
            (Draw::new(key, Purpose::Choice).bits(), node)
        };
        let mut all: Vec<(u64, u32)> =
            (0..nodes).flat_map(|n| (0..points).map(move |p| (n, p))).map(|(n, p)| place(n, p)).collect();
        all.sort_unstable();
        Self(all)
    }
    /// The node of a hash.
    pub fn node(&self, hash: u64) -> Option<u32> {
        let i = self.0.partition_point(|&(at, _)| at < hash);
        self.0.get(i).or(self.0.first()).map(|&(_, node)| node)
    }
    /// Each node's share of all hashes.
    pub fn shares(&self, nodes: u32) -> Vec<f64> {
        let mut shares = vec![0.0; nodes as usize];
        let mut before = self.0.last().map_or(0, |&(at, _)| at);
        for &(at, node) in &self.0 {
            shares[node as usize] += at.wrapping_sub(before) as f64 / 2f64.powi(64);
            before = at;
        }
        shares
    }
    /// Share of all hashes that belong to another node on another ring.
    pub fn moved(&self, other: &Self) -> f64 {
        // Between two neighbouring points of either ring nothing changes.
        let mut places: Vec<u64> = self.0.iter().chain(&other.0).map(|&(at, _)| at).collect();
        places.sort_unstable();
        let mut before = places.last().copied().unwrap_or(0);
        let mut sum = 0.0;
        for at in places {
            if self.node(at) != other.node(at) {
                sum += at.wrapping_sub(before) as f64 / 2f64.powi(64);
            }
            before = at;
        }
        sum
    }
}

/// Shares of the requests by shard, where the key of rank `i` (from 0) is on shard `i` modulo their number.
pub fn shard_shares(key_shares: &[f64], shards: u32) -> Vec<f64> {
    let mut sums = vec![0.0; shards as usize];
    for (i, p) in key_shares.iter().enumerate() {
        sums[i % shards as usize] += p;
    }
    sums
}

/// Probability that a read of `r` copies misses a write that is on `w` of `n` copies, all chosen at random.
/// P. Bailis et al., Probabilistically Bounded Staleness, VLDB 2012.
pub fn quorum_miss(n: u32, r: u32, w: u32) -> Option<f64> {
    (r <= n && w <= n).then(|| choose(n - w, r) / choose(n, r))
}

/// What a database with read replicas is asked to do.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ReadLoad {
    /// Share of the requests that write.
    pub write_share: f64,
    /// Work of a write at the primary.
    pub write_s: f64,
    /// Work of a read.
    pub read_s: f64,
    /// Work of repeating a write at a replica, as a part of the write.
    pub replay: f64,
}

/// Requests per second at which some node of one worker is full; all reads go to the replicas when there are any.
pub fn read_capacity(load: &ReadLoad, replicas: u32) -> f64 {
    let (write, read) = (load.write_share * load.write_s, (1.0 - load.write_share) * load.read_s);
    if replicas == 0 {
        return 1.0 / (write + read);
    }
    1.0 / write.max(write * load.replay + read / f64::from(replicas))
}

/// Share of reads that see an old version: the lag of a write is exponential, the read comes a fixed time after it.
pub fn stale_after_exponential_lag(lag_mean_s: f64, read_after_s: f64) -> f64 {
    libm::exp(-read_after_s / lag_mean_s)
}

/// Share of reads that see an old version: the lag is fixed, the read comes an exponential time after the write.
pub fn stale_before_fixed_lag(lag_s: f64, read_after_mean_s: f64) -> f64 {
    1.0 - libm::exp(-lag_s / read_after_mean_s)
}

/// A log in partitions, each worked off by one of `consumers` in a group, spread as evenly as it goes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Partitioned {
    /// Consumers that have a partition.
    pub busy_consumers: u32,
    /// Messages per second that all keep up with, even messages presumed.
    pub max_rate: f64,
}

/// What a group of consumers can do with `partitions`; `service_s` per message.
pub fn partitioned(partitions: u32, consumers: u32, service_s: f64) -> Option<Partitioned> {
    if partitions == 0 || consumers == 0 || service_s <= 0.0 {
        return None;
    }
    let most = partitions.div_ceil(consumers);
    Some(Partitioned {
        busy_consumers: partitions.min(consumers),
        max_rate: f64::from(partitions) / f64::from(most) / service_s,
    })
}

/// Messages per second by which the backlogs grow in all: partition `i` gets `shares[i]` of `rate` and belongs to
/// consumer `i` modulo their number.
pub fn lag_growth(shares: &[f64], rate: f64, consumers: u32, service_s: f64) -> f64 {
    let capacity = 1.0 / service_s;
    shard_shares(shares, consumers).iter().map(|s| (s * rate - capacity).max(0.0)).sum()
}
