//! A ring for consistent hashing (Karger et al., STOC 1997): a key belongs to the next point clockwise, so a backend
//! that comes or goes moves only its own share of the keys.

use super::super::super::rng::combine;

/// Points of one backend.
pub(crate) const POINTS: u64 = 100;

/// The points of all backends, by position.
#[derive(Clone, Default, Debug)]
pub(crate) struct Ring(Vec<(u64, u16)>);

impl Ring {
    /// A ring without points.
    pub const fn new() -> Self {
        Self(Vec::new())
    }
    /// The ring of backends with these keys.
    pub fn of(keys: impl Iterator<Item = u64>) -> Self {
        Self::with_points(keys, POINTS)
    }
    fn with_points(keys: impl Iterator<Item = u64>, points: u64) -> Self {
        let each =
            keys.enumerate().flat_map(|(i, key)| (1..=points).map(move |p| (combine(key, p), i as u16)));
        let mut ring: Vec<(u64, u16)> = each.collect();
        ring.sort_unstable();
        Self(ring)
    }
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The first usable backend clockwise from a hash.
    #[inline]
    pub fn pick(&self, hash: u64, usable: impl Fn(u16) -> bool) -> Option<u16> {
        let start = self.0.partition_point(|&(at, _)| at < hash);
        let clockwise = self.0[start..].iter().chain(&self.0[..start]);
        clockwise.map(|&(_, i)| i).find(|&i| usable(i))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Means over rings of ten backends: share of keys that an eleventh moves, coefficient of variation of the
    /// shares (root mean square), largest share over the mean.
    fn measure(points: u64, rings: u64) -> (f64, f64, f64) {
        let keys = |ring: u64, n: u64| (0..n).map(move |i| combine(combine(7, ring), i));
        let hashes = |ring: u64| (0..20_000).map(move |k| combine(combine(8, ring), k));
        let (mut moved, mut variance, mut largest) = (0.0, 0.0, 0.0);
        for ring in 0..rings {
            let (ten, eleven) =
                (Ring::with_points(keys(ring, 10), points), Ring::with_points(keys(ring, 11), points));
            let mut shares = [0.0; 10];
            for hash in hashes(ring) {
                let (a, b) = (ten.pick(hash, |_| true).unwrap(), eleven.pick(hash, |_| true).unwrap());
                assert!(a == b || b == 10, "a key moved between two old backends");
                moved += f64::from(u8::from(a != b)) / 20_000.0;
                shares[a as usize] += 10.0 / 20_000.0;
            }
            variance += shares.iter().map(|s| (s - 1.0) * (s - 1.0)).sum::<f64>() / 10.0;
            largest += shares.iter().copied().fold(0.0, f64::max);
        }
        let n = rings as f64;
        (moved / n, (variance / n).sqrt(), largest / n)
    }

    // Reference cases ring-10x1 and ring-10x100; shares of v points of n backends are Beta(v, (n-1) v) distributed.
    #[test]
    fn a_new_backend_moves_its_share_and_points_even_the_shares_out() {
        let (moved, variation, largest) = measure(100, 200);
        assert!((moved - 1.0 / 11.0).abs() < 0.0025, "{moved}");
        assert!((variation - 0.094_820_93).abs() < 0.0092, "{variation}");
        assert!((largest - 1.158_873).abs() < 0.017, "{largest}");
        let (moved, variation, largest) = measure(1, 1000);
        assert!((moved - 1.0 / 11.0).abs() < 0.011, "{moved}");
        assert!((variation - 0.904_534).abs() < 0.083, "{variation}");
        assert!((largest - 2.928_968).abs() < 0.1, "{largest}");
    }
    #[test]
    fn keys_of_a_dead_backend_go_to_the_next_one_and_no_others_move() {
        let ring = Ring::of((0..4).map(|i| combine(1, i)));
        for hash in (0..1000).map(|k| combine(2, k)) {
            let (before, after) = (ring.pick(hash, |_| true), ring.pick(hash, |i| i != 2));
            assert!(after != Some(2) && (before == Some(2) || before == after));
        }
        assert_eq!(ring.pick(1, |_| false), None);
    }
}
