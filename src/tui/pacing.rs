//! How fast simulated time passes. The only place with a clock.

use std::time::{Duration, Instant};

use crate::sim::time::Time;

/// Simulated seconds per real second, slowest first; after the last comes "as fast as the machine goes".
const LADDER: &[(f64, &str)] = &[
    (0.001, "1/1000x"),
    (0.002, "1/500x"),
    (0.005, "1/200x"),
    (0.01, "1/100x"),
    (0.02, "1/50x"),
    (0.05, "1/20x"),
    (0.1, "1/10x"),
    (0.2, "1/5x"),
    (0.5, "1/2x"),
    (1.0, "1x"),
    (2.0, "2x"),
    (5.0, "5x"),
    (10.0, "10x"),
    (20.0, "20x"),
    (50.0, "50x"),
    (100.0, "100x"),
    (200.0, "200x"),
    (500.0, "500x"),
    (1000.0, "1000x"),
    (2000.0, "2000x"),
    (5000.0, "5000x"),
    (10_000.0, "10000x"),
];
/// Longest real time that one frame answers for, so that a stopped process does not jump ahead.
const LONGEST_FRAME: Duration = Duration::from_millis(100);
/// Simulated time that a frame asks for at full speed; the bound on events ends it long before.
const FULL_SPEED_STEP: Time = Time::from_secs(3600);
/// Bounds of the events in one frame, so that keys stay answered whatever the load.
const EVENTS: (u64, u64) = (500, 500_000);
/// A frame that computes longer than this gets fewer events.
const SLOW_FRAME: Duration = Duration::from_millis(14);
/// A frame that computes shorter than this may get more.
const QUICK_FRAME: Duration = Duration::from_millis(6);

/// Maps real time to simulated time.
#[derive(Clone, Debug)]
pub struct Pacing {
    /// Simulated seconds per real second; `None` = as fast as the machine goes.
    speed: Option<f64>,
    /// Most events in a frame.
    events: u64,
}

impl Pacing {
    /// A pace of so many simulated seconds per real second; nonsense becomes 1.
    pub fn new(speed: f64) -> Self {
        let speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
        Self { speed: Some(speed.clamp(LADDER[0].0, LADDER[LADDER.len() - 1].0)), events: 20_000 }
    }
    /// Until when to simulate after so much real time.
    pub fn target(&self, now: Time, real: Duration) -> Time {
        let real = real.min(LONGEST_FRAME).as_secs_f64();
        now + self.speed.map_or(FULL_SPEED_STEP, |s| Time::from_secs_f64(real * s))
    }
    /// Simulated time of one frame at a frame rate.
    pub fn per_frame(&self, fps: u8) -> Time {
        self.speed.map_or(FULL_SPEED_STEP, |s| Time::from_secs_f64(s / f64::from(fps.max(1))))
    }
    /// Most events in a frame.
    pub const fn events(&self) -> u64 {
        self.events
    }
    /// Learns from how long the last frame computed.
    pub fn tune(&mut self, took: Duration) {
        if took > SLOW_FRAME {
            self.events = (self.events / 2).max(EVENTS.0);
        } else if took < QUICK_FRAME {
            self.events = (self.events + self.events / 4).min(EVENTS.1);
        }
    }
    /// One rung slower, if there is one.
    pub fn slower(&mut self) -> bool {
        let below = match self.speed {
            None => LADDER.last(),
            Some(s) => LADDER.iter().rev().find(|(r, _)| *r < s * 0.999),
        };
        if let Some((rung, _)) = below {
            self.speed = Some(*rung);
        }
        below.is_some()
    }
    /// One rung faster, if there is one.
    pub fn faster(&mut self) -> bool {
        let Some(s) = self.speed else { return false };
        self.speed = LADDER.iter().find(|(r, _)| *r > s * 1.001).map(|(r, _)| *r);
        true
    }
    /// A simulated second takes ten real ones or more.
    pub fn is_slow_motion(&self) -> bool {
        self.speed.is_some_and(|s| s <= 0.1)
    }
    /// It is not the slowest already.
    pub fn can_slow(&self) -> bool {
        self.speed.is_none_or(|s| s > LADDER[0].0)
    }
    /// It is not the fastest already.
    pub const fn can_speed(&self) -> bool {
        self.speed.is_some()
    }
    /// The pace in words: `1/50x`.
    pub fn label(&self) -> String {
        let Some(s) = self.speed else { return "full speed".into() };
        match LADDER.iter().find(|(r, _)| (r - s).abs() < r * 1e-6) {
            Some((_, name)) => (*name).into(),
            None if s < 1.0 => format!("1/{:.0}x", 1.0 / s),
            None => format!("{s:.1}x"),
        }
    }
}

/// The wall clock, for frames.
#[derive(Debug)]
pub struct Clock(Instant);

impl Clock {
    /// Starts it.
    #[allow(clippy::disallowed_methods)]
    pub fn start() -> Self {
        Self(Instant::now())
    }
    /// Real time since the start or the last lap; starts the next.
    pub fn lap(&mut self) -> Duration {
        let passed = self.0.elapsed();
        *self = Self::start();
        passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_goes_from_a_thousandth_to_full_speed_and_back() {
        let mut pace = Pacing::new(0.03);
        assert_eq!(pace.label(), "1/33x");
        while pace.slower() {}
        assert_eq!(pace.label(), "1/1000x");
        assert!(!pace.can_slow());
        while pace.faster() {}
        assert_eq!(pace.label(), "full speed");
        assert!(!pace.can_speed() && pace.slower());
        assert_eq!(pace.label(), "10000x");
    }

    #[test]
    fn real_time_becomes_simulated_time() {
        let pace = Pacing::new(0.5);
        assert_eq!(pace.target(Time::from_secs(3), Duration::from_millis(20)), Time::from_ms(3010));
        assert_eq!(
            pace.target(Time::ZERO, Duration::from_secs(3600)),
            Time::from_ms(50),
            "no jump after a stop"
        );
        assert_eq!(Pacing::new(f64::NAN).label(), "1x");
    }

    #[test]
    fn slow_frames_get_fewer_events() {
        let mut pace = Pacing::new(1.0);
        for _ in 0..100 {
            pace.tune(Duration::from_millis(50));
        }
        assert_eq!(pace.events(), EVENTS.0);
        for _ in 0..100 {
            pace.tune(Duration::ZERO);
        }
        assert_eq!(pace.events(), EVENTS.1);
    }
}
