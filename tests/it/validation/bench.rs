//! A system as level TOML of `tests/theory`, with knobs set as on the command line, run as long as its case says.

use fivenines::level::change::parse_set;
use fivenines::level::check::check;
use fivenines::level::{Level, design};
use fivenines::sim::metrics::Count;
use fivenines::sim::metrics::histogram::Histogram;
use fivenines::sim::outcome::Reason;
use fivenines::sim::simulation::{NodeReport, Report, Simulation};
use fivenines::sim::time::Time;
use fivenines::sim::topology::Topology;

use super::case::Run;

/// A design.
#[derive(Clone)]
pub struct System {
    level: Level,
}

impl System {
    /// The design of a file in `tests/theory`.
    pub fn of(file: &str) -> Self {
        let path = format!("{}/tests/theory/{file}.toml", env!("CARGO_MANIFEST_DIR"));
        let source = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        let level = check(&source, file).unwrap_or_else(|faults| panic!("{}", faults.render(false)));
        Self { level }
    }
    /// The design with a knob set, in the words of `--set`.
    #[must_use]
    pub fn set(mut self, text: &str) -> Self {
        let change = parse_set(text, &self.level.topology).unwrap_or_else(|p| panic!("{text}: {p:?}"));
        design::apply(&mut self.level.topology, &change).unwrap_or_else(|e| panic!("{text}: {e}"));
        self
    }
    pub fn topology(&self) -> &Topology {
        &self.level.topology
    }
    /// A run from the start.
    pub fn start(&self, seed: u64) -> Simulation {
        Simulation::new(&self.level.topology, seed, &self.level.faults).unwrap()
    }
    /// A whole run: so many requests after those of the warm-up, or so many seconds from an empty start.
    pub fn run(&self, length: &Run, seed: u64) -> Outcome {
        let mut sim = self.start(seed);
        match (length.requests, length.seconds) {
            (Some(counted), _) => {
                if length.warmup_requests > 0 {
                    sim.set_warmup_requests(length.warmup_requests);
                }
                sim.set_request_limit(length.warmup_requests + counted);
                sim.run_to_end();
            }
            (None, Some(seconds)) => {
                sim.advance(Time::from_secs_f64(seconds), u64::MAX);
            }
            (None, None) => panic!("the case has no length"),
        }
        Outcome { report: sim.report(), sim }
    }
}

impl System {
    /// A run up to an instant, and what it looks like then.
    pub fn until<T>(&self, instant: Time, seed: u64, look: impl FnOnce(&Outcome) -> T) -> (Outcome, T) {
        let mut sim = self.start(seed);
        sim.advance(instant, u64::MAX);
        let outcome = Outcome { report: sim.report(), sim };
        let seen = look(&outcome);
        (outcome, seen)
    }
}

/// What a run measured.
pub struct Outcome {
    pub sim: Simulation,
    pub report: Report,
}

fn percentile(h: &Histogram, tenths: u16) -> Option<f64> {
    h.percentile(tenths).map(Time::secs)
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Outcome {
    /// A node by its name.
    pub fn node(&self, name: &str) -> &NodeReport {
        self.report.nodes.iter().find(|n| n.name == name).unwrap_or_else(|| panic!("no node `{name}`"))
    }
    /// The same run, some time later.
    pub fn go_on(&mut self, until: Time) {
        self.sim.advance(until, u64::MAX);
        self.report = self.sim.report();
    }
    /// Counted time.
    pub fn seconds(&self) -> f64 {
        (self.report.now - self.report.counted_from).secs()
    }
    /// A metric by the name that the cases use, at a node or at `system`; `None` for names that are not usual.
    pub fn metric(&self, place: &str, name: &str) -> Option<f64> {
        if place == "system" { self.system(name) } else { self.of(self.node(place), name) }
    }
    fn system(&self, name: &str) -> Option<f64> {
        let s = &self.report.system;
        let failed: u64 = s.failed.iter().sum();
        match name {
            "sojourn_mean" => s.responses.mean(),
            "sojourn_p50" => percentile(&s.responses, 500),
            "sojourn_p95" => percentile(&s.responses, 950),
            "sojourn_p99" => percentile(&s.responses, 990),
            "sojourn_p999" => percentile(&s.responses, 999),
            "throughput" => Some(s.completed as f64 / self.seconds()),
            "goodput" => Some(s.good as f64 / self.seconds()),
            "success_fraction" => share(s.completed, s.completed + failed),
            "drop_fraction" => share(failed, s.arrivals),
            "timeout_fraction" => {
                share(s.failed[Reason::GaveUp as usize] + s.failed[Reason::TimedOut as usize], s.arrivals)
            }
            _ => None,
        }
    }
    fn of(&self, node: &NodeReport, name: &str) -> Option<f64> {
        let t = &node.totals;
        match name {
            "sojourn_mean" => t.response.mean(),
            "sojourn_p50" => percentile(&t.response, 500),
            "sojourn_p95" => percentile(&t.response, 950),
            "sojourn_p99" => percentile(&t.response, 990),
            "sojourn_p999" => percentile(&t.response, 999),
            "wait_mean" => t.waiting.mean(),
            "wait_p95" => percentile(&t.waiting, 950),
            "wait_p99" => percentile(&t.waiting, 990),
            "wait_probability" => share(t.waited, t.waiting.len()),
            "utilisation" => node.utilization,
            "availability" => node.uptime,
            "in_system_mean" => Some(node.in_flight_mean),
            "throughput" => Some(t.completed as f64 / self.seconds()),
            "load" => Some(t.arrivals as f64 / self.seconds()),
            "drop_fraction" => share(t.failed.iter().sum(), t.arrivals),
            "hit_ratio" => share(
                t.counts[Count::Hits as usize],
                t.counts[Count::Hits as usize] + t.counts[Count::Misses as usize],
            ),
            _ => None,
        }
    }
}
