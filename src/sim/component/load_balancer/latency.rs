//! Peak EWMA of a backend's response time (Finagle, `com.twitter.finagle.loadbalancer.p2c.P2CPeakEwma`): jumps up
//! with a slow answer at once, comes down with quick ones and with time.

use super::super::super::time::Time;

/// Time in which a memory fades to 1/e.
const DECAY: Time = Time::from_secs(10);
/// Load of a backend with a request in flight and no answer yet: more than any that has answered.
const UNKNOWN: f64 = 1e15;

/// The moving average of one backend.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latency {
    ns: f64,
    at: Time,
}

impl Latency {
    pub const fn new() -> Self {
        Self { ns: 0.0, at: Time::ZERO }
    }
    /// An answer took `took`.
    pub fn note(&mut self, now: Time, took: Time) {
        let took = took.ns() as f64;
        let kept = self.kept(now);
        self.ns = if took > self.ns { took } else { self.ns * kept + took * (1.0 - kept) };
        self.at = now;
    }
    fn kept(&self, now: Time) -> f64 {
        libm::exp(-((now - self.at).ns() as f64) / DECAY.ns() as f64)
    }
    /// Expected cost of one more request, in ns.
    pub fn load(&self, now: Time, in_flight: u32) -> f64 {
        let ns = self.ns * self.kept(now);
        if ns == 0.0 && in_flight > 0 {
            return UNKNOWN + f64::from(in_flight);
        }
        ns * f64::from(in_flight + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_jumps_up_at_once_and_comes_down_with_time() {
        let mut l = Latency::new();
        l.note(Time::from_secs(1), Time::from_ms(10));
        l.note(Time::from_secs(2), Time::from_ms(100));
        assert_eq!(l.load(Time::from_secs(2), 0), 100e6);
        assert_eq!(l.load(Time::from_secs(2), 2), 300e6);
        let later = l.load(Time::from_secs(12), 0);
        assert!((later - 100e6 * libm::exp(-1.0)).abs() < 1.0, "{later}");
        l.note(Time::from_secs(12), Time::from_ms(10));
        let mixed = l.load(Time::from_secs(12), 0);
        let (old, new) = (libm::exp(-1.0), 1.0 - libm::exp(-1.0));
        assert!((mixed - (100e6 * old + 10e6 * new)).abs() < 1.0, "{mixed}");
    }
    #[test]
    fn who_has_not_answered_yet_gets_no_second_request() {
        let l = Latency::new();
        assert_eq!(l.load(Time::from_secs(1), 0), 0.0);
        assert!(l.load(Time::from_secs(1), 1) > 1e15);
    }
}
