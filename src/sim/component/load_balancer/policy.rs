//! Balancing policies. A new policy is a variant, its name and its arm in `pick`.

use super::super::super::rng::Draw;
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
}

/// Names in the order of the variants.
pub static NAMES: &[&str] = &["round-robin", "random", "least-connections", "two-choices"];

impl Policy {
    /// The policy of a name; the knob's check has refused unknown ones.
    pub fn parse(name: &str) -> Self {
        match NAMES.iter().position(|n| *n == name) {
            Some(1) => Self::Random,
            Some(2) => Self::LeastConnections,
            Some(3) => Self::TwoChoices,
            _ => Self::RoundRobin,
        }
    }
    /// Picks one of the usable backends; there is at least one.
    pub fn pick(self, backends: &[Backend], usable: &[u16], mut draw: Draw) -> u16 {
        let n = usable.len() as u32;
        let load = |i: u16| backends[i as usize].in_flight;
        match self {
            Self::RoundRobin | Self::Random => usable[draw.below(n) as usize],
            Self::LeastConnections => {
                let least = usable.iter().map(|&i| load(i)).min().unwrap_or(0);
                let ties = usable.iter().filter(|&&i| load(i) == least).count() as u32;
                let nth = draw.below(ties.max(1)) as usize;
                usable.iter().copied().filter(|&i| load(i) == least).nth(nth).unwrap_or(usable[0])
            }
            Self::TwoChoices => {
                let first = usable[draw.below(n) as usize];
                if n == 1 {
                    return first;
                }
                let mut second = usable[draw.below(n - 1) as usize];
                if second == first {
                    second = usable[n as usize - 1];
                }
                if load(second) < load(first) { second } else { first }
            }
        }
    }
}

/// The next in turn.
#[inline]
pub(crate) fn round_robin(turn: &mut u32, usable: &[u16]) -> u16 {
    let pick = if *turn as usize >= usable.len() { 0 } else { *turn };
    *turn = pick + 1;
    usable[pick as usize]
}

#[cfg(test)]
mod tests {
    use super::super::super::super::rng::{Purpose, combine};
    use super::*;

    fn backends(loads: &[u32]) -> Vec<Backend> {
        let backend = |&in_flight| Backend {
            link: 0,
            node: 0,
            replica: 0,
            in_flight,
            healthy: true,
            failures: 0,
            successes: 0,
        };
        loads.iter().map(backend).collect()
    }
    /// How often each backend is picked in 3000 draws.
    fn shares(policy: Policy, loads: &[u32]) -> Vec<u32> {
        let (b, usable) = (backends(loads), (0..loads.len() as u16).collect::<Vec<_>>());
        let mut counts = vec![0; loads.len()];
        for i in 0..3000 {
            counts[policy.pick(&b, &usable, Draw::new(combine(1, i), Purpose::Choice)) as usize] += 1;
        }
        counts
    }

    #[test]
    fn every_name_has_its_policy() {
        let all = [Policy::RoundRobin, Policy::Random, Policy::LeastConnections, Policy::TwoChoices];
        assert_eq!(NAMES.iter().map(|n| Policy::parse(n)).collect::<Vec<_>>(), all);
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
}
