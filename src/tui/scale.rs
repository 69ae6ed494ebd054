//! Round numbers for scales: 1, 2, 5, 10, 20, 50 ...

/// Beyond this nothing is rounded.
const MOST: f64 = 1e18;

/// The first of the round numbers from `least`, a power of ten, on that is not below a value: a scale stays the same
/// while values wobble.
pub fn round_up(value: f64, least: f64) -> f64 {
    let mut decade = least;
    while decade < MOST {
        if let Some(round) = [1.0, 2.0, 5.0].into_iter().map(|m| m * decade).find(|round| *round >= value) {
            return round;
        }
        decade *= 10.0;
    }
    decade
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_has_few_steps() {
        #[track_caller]
        fn check(value: f64, least: f64, expected: f64) {
            let round = round_up(value, least);
            assert!((round / expected - 1.0).abs() < 1e-9, "{value} gave {round}");
        }
        check(0.3, 1e-6, 0.5);
        check(410.0, 1e-6, 500.0);
        check(501.0, 1e-6, 1000.0);
        check(0.0, 1e-6, 1e-6);
    }

    #[test]
    fn scales_are_round_numbers() {
        for (calls, expected) in [(0.0, 1.0), (1.0, 1.0), (1.2, 2.0), (24.0, 50.0), (51.0, 100.0), (4e5, 5e5)]
        {
            assert_eq!(round_up(calls, 1.0), expected, "{calls}");
        }
        assert_eq!(round_up(f64::INFINITY, 1.0), 1e18);
    }
}
