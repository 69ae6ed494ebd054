//! Balancing policies. A new policy is a variant, its name and its arm in `pick` (or in `LoadBalancer::pick`, where it
//! has a state of its own).

use super::super::super::rng::{Draw, combine};
use super::super::super::time::Time;
use super::Backend;

/// Who gets the next request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Policy {
    /// All in turn.
    RoundRobin,
    /// Anybody.
    Random,
    /// Who has fewest requests in flight; ties at random.
    LeastConnections,
    /// The better of two picked at random (Mitzenmacher 2001).
    TwoChoices,
    /// In turn by weight, spread evenly (NGINX's smooth weighted round robin).
    Weighted,
    /// Who would have fewest requests in flight for its weight; ties at random.
    WeightedLeastConnections,
    /// By the user: all requests of one go to the same backend.
    IpHash,
    /// By the key, on a ring: few keys move when a backend comes or goes.
    ConsistentHash,
    /// The better of two picked at random by response time times requests in flight (Finagle's peak EWMA).
    Ewma,
}

impl Policy {
    /// All, in the order of `NAMES`.
    const ALL: [Self; 9] = [
        Self::RoundRobin,
        Self::Random,
        Self::LeastConnections,
        Self::TwoChoices,
        Self::Weighted,
        Self::WeightedLeastConnections,
        Self::IpHash,
        Self::ConsistentHash,
        Self::Ewma,
    ];
}

/// Names in the order of the variants.
pub static NAMES: &[&str] = &[
    "round-robin",
    "random",
    "least-connections",
    "two-choices",
    "weighted",
    "weighted-least-connections",
    "ip-hash",
    "consistent-hash",
    "ewma",
];

impl Policy {
    /// The policy of a name; the knob's check has refused unknown ones.
    pub fn parse(name: &str) -> Self {
        NAMES.iter().position(|n| *n == name).map_or(Self::RoundRobin, |i| Self::ALL[i])
    }
    /// Picks one of the usable backends; there is at least one.
    pub fn pick(self, backends: &[Backend], usable: &[u16], mut draw: Draw, now: Time) -> u16 {
        let of = |i: u16| &backends[i as usize];
        match self {
            Self::LeastConnections => least(usable, &mut draw, |i| of(i).in_flight),
            // Least (n + 1) / weight, in whole numbers: every quotient is brought to one size.
            Self::WeightedLeastConnections => least(usable, &mut draw, |i| {
                ((u64::from(of(i).in_flight) + 1) << 30) / u64::from(of(i).weight.max(1))
            }),
            Self::TwoChoices => {
                let (first, second) = two(usable, &mut draw);
                if of(second).in_flight < of(first).in_flight { second } else { first }
            }
            Self::Ewma => {
                let (first, second) = two(usable, &mut draw);
                let load = |i: u16| of(i).record.latency.load(now, of(i).in_flight);
                if load(second) < load(first) { second } else { first }
            }
            _ => usable[draw.below(usable.len() as u32) as usize],
        }
    }
}

/// One of those with the least load.
fn least<L: Ord + Copy>(usable: &[u16], draw: &mut Draw, load: impl Fn(u16) -> L) -> u16 {
    let Some(least) = usable.iter().map(|&i| load(i)).min() else { return usable[0] };
    let ties = usable.iter().filter(|&&i| load(i) == least).count() as u32;
    let nth = draw.below(ties.max(1)) as usize;
    usable.iter().copied().filter(|&i| load(i) == least).nth(nth).unwrap_or(usable[0])
}

/// Two different backends at random; twice the same where there is but one.
#[inline]
fn two(usable: &[u16], draw: &mut Draw) -> (u16, u16) {
    let n = usable.len() as u32;
    let first = usable[draw.below(n) as usize];
    if n == 1 {
        return (first, first);
    }
    let second = usable[draw.below(n - 1) as usize];
    (first, if second == first { usable[n as usize - 1] } else { second })
}

/// The next in turn.
#[inline]
pub(crate) fn round_robin(turn: &mut u32, usable: &[u16]) -> u16 {
    let pick = if *turn as usize >= usable.len() { 0 } else { *turn };
    *turn = pick + 1;
    usable[pick as usize]
}

/// Everybody earns its weight, the richest is picked and pays what all earned.
pub(crate) fn smooth(backends: &mut [Backend], usable: &[u16]) -> u16 {
    let (mut total, mut best) = (0, usable[0]);
    for &i in usable {
        let b = &mut backends[i as usize];
        b.record.credit += i64::from(b.weight);
        total += i64::from(b.weight);
        if b.record.credit > backends[best as usize].record.credit {
            best = i;
        }
    }
    backends[best as usize].record.credit -= total;
    best
}

/// The backend of a hash among all; a dead one's users are dealt to the others, and come back with it.
pub(crate) fn by_hash(backends: &[Backend], usable: &[u16], hash: u64) -> u16 {
    for attempt in 0..20 {
        let i = combine(hash, attempt) % backends.len() as u64;
        if backends[i as usize].usable {
            return i as u16;
        }
    }
    usable[(hash % usable.len() as u64) as usize]
}

#[cfg(test)]
mod tests {
    use super::super::super::super::rng::Purpose;
    use super::*;

    fn backends(loads: &[u32]) -> Vec<Backend> {
        let backend = |&in_flight| Backend { in_flight, ..Backend::new(0, 0, 0) };
        loads.iter().map(backend).collect()
    }
    /// How often each backend is picked in 3000 draws.
    fn shares(policy: Policy, loads: &[u32]) -> Vec<u32> {
        let (b, usable) = (backends(loads), (0..loads.len() as u16).collect::<Vec<_>>());
        let mut counts = vec![0; loads.len()];
        for i in 0..3000 {
            let draw = Draw::new(combine(1, i), Purpose::Choice);
            counts[policy.pick(&b, &usable, draw, Time::ZERO) as usize] += 1;
        }
        counts
    }

    #[test]
    fn every_name_has_its_policy() {
        assert_eq!(NAMES.iter().map(|n| Policy::parse(n)).collect::<Vec<_>>(), Policy::ALL);
    }
    #[test]
    fn least_connections_picks_the_idle_one_and_splits_ties() {
        assert_eq!(shares(Policy::LeastConnections, &[3, 0, 5]), [0, 3000, 0]);
        let tie = shares(Policy::LeastConnections, &[2, 2, 9]);
        assert!(tie[0].abs_diff(1500) < 120 && tie[2] == 0, "{tie:?}");
    }
    #[test]
    fn two_choices_never_picks_the_worst_of_three() {
        let s = shares(Policy::TwoChoices, &[0, 1, 9]);
        assert!(s[2] == 0 && s[0].abs_diff(2000) < 150, "{s:?}");
    }
    #[test]
    fn random_is_even() {
        assert!(shares(Policy::Random, &[0, 9, 0]).iter().all(|c| c.abs_diff(1000) < 120));
    }
    #[test]
    fn round_robin_takes_turns() {
        let mut turn = 0;
        let picks: Vec<_> = (0..5).map(|_| round_robin(&mut turn, &[4, 7, 9])).collect();
        assert_eq!(picks, [4, 7, 9, 4, 7]);
    }
    #[test]
    fn weighted_turns_are_spread_evenly() {
        let mut b = backends(&[0, 0, 0]);
        (b[0].weight, b[1].weight, b[2].weight) = (5000, 1000, 1000);
        let picks: Vec<_> = (0..7).map(|_| smooth(&mut b, &[0, 1, 2])).collect();
        // The example of the NGINX change that brought it (commit 52327e0627f4, 2012).
        assert_eq!(picks, [0, 0, 1, 0, 2, 0, 0]);
        assert!(b.iter().all(|b| b.record.credit == 0));
    }
    #[test]
    fn weighted_least_connections_fills_by_weight() {
        let mut b = backends(&[0, 0]);
        (b[0].weight, b[1].weight) = (3000, 1000);
        for i in 0..400 {
            let draw = Draw::new(combine(2, i), Purpose::Choice);
            let pick = Policy::WeightedLeastConnections.pick(&b, &[0, 1], draw, Time::ZERO);
            b[pick as usize].in_flight += 1;
        }
        assert!(b[0].in_flight.abs_diff(300) <= 1, "{}", b[0].in_flight);
    }
    #[test]
    fn a_hash_keeps_its_backend_until_that_one_dies() {
        let mut b = backends(&[0; 4]);
        let pick = |b: &[Backend], usable: &[u16], k| by_hash(b, usable, combine(3, k));
        let before: Vec<_> = (0..4000).map(|k| pick(&b, &[0, 1, 2, 3], k)).collect();
        b[1].usable = false;
        let after: Vec<_> = (0..4000).map(|k| pick(&b, &[0, 2, 3], k)).collect();
        let moved = before.iter().zip(&after).filter(|(x, y)| x != y).count();
        assert_eq!(moved, before.iter().filter(|&&i| i == 1).count());
        assert!(moved.abs_diff(1000) < 120 && !after.contains(&1), "{moved}");
        // A fifth backend moves four users of five, as a plain modulo does.
        let five = backends(&[0; 5]);
        let moved = (0..4000).filter(|&k| pick(&five, &[0, 1, 2, 3, 4], k) != before[k as usize]).count();
        assert!(moved.abs_diff(3200) < 120, "{moved}");
    }
    #[test]
    fn ewma_takes_the_quicker_of_two() {
        let mut b = backends(&[0, 0]);
        b[0].record.latency.note(Time::from_secs(1), Time::from_ms(30));
        b[1].record.latency.note(Time::from_secs(1), Time::from_ms(10));
        let mut pick = |loads: [u32; 2]| {
            (b[0].in_flight, b[1].in_flight) = (loads[0], loads[1]);
            Policy::Ewma.pick(&b, &[0, 1], Draw::new(combine(4, 0), Purpose::Choice), Time::from_secs(1))
        };
        assert_eq!([pick([0, 0]), pick([0, 1]), pick([0, 3])], [1, 1, 0]);
    }
}
