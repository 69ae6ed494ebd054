//! The engine against closed forms of queueing theory, with topologies in the level format.
//!
//! Values and tolerances (four standard errors of one run of a million requests after 50,000 of warm-up): M/M/1 from
//! Kleinrock, Queueing Systems vol. 1, Wiley 1975, ch. 3; M/M/c from Harchol-Balter, Performance Modeling and Design
//! of Computer Systems, CUP 2013, ch. 14.

use crate::stage::near;
use fivenines::level::check::check;
use fivenines::sim::simulation::{NodeReport, Simulation};
use fivenines::sim::time::Time;

const REQUESTS: u64 = 1_000_000;
const WARMUP: u64 = 50_000;

/// What happened at the node `app` in one long run.
fn app(source: &str) -> NodeReport {
    let level = check(source, "theory.toml").unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    let mut sim = Simulation::new(&level.topology, level.seed, &level.faults).unwrap();
    sim.set_warmup_requests(WARMUP);
    sim.set_request_limit(WARMUP + REQUESTS);
    sim.run_to_end();
    let report = sim.report();
    assert!(
        report.system.completed >= REQUESTS - 1 && report.in_flight == 0,
        "{} answered",
        report.system.completed
    );
    report.nodes.into_iter().find(|n| n.name == "app").unwrap()
}

fn percentile(h: &fivenines::sim::metrics::histogram::Histogram, tenths: u16) -> f64 {
    h.percentile(tenths).map_or(f64::NAN, Time::secs)
}

#[test]
fn one_worker_at_seventy_percent() {
    let app = app(include_str!("../theory/mm1-70.toml"));
    let t = &app.totals;
    near("sojourn mean", t.response.mean().unwrap(), 0.033_333_33, 0.000_66);
    near("sojourn p50", percentile(&t.response, 500), 0.023_104_91, 0.000_43);
    near("sojourn p95", percentile(&t.response, 950), 0.099_857_74, 0.002_6);
    near("sojourn p99", percentile(&t.response, 990), 0.153_505_7, 0.006_3);
    near("wait mean", t.waiting.mean().unwrap(), 0.023_333_33, 0.000_65);
    near("utilization", app.utilization.unwrap(), 0.7, 0.004_5);
    near("in system mean", app.in_flight_mean, 2.333_333, 0.052);
}

#[test]
fn four_workers_at_eighty_percent() {
    let app = app(include_str!("../theory/mmc-4.toml"));
    let t = &app.totals;
    near("wait probability", t.waited as f64 / t.waiting.len() as f64, 0.596_432_5, 0.008_8);
    near("wait mean", t.waiting.mean().unwrap(), 0.007_455_406, 0.000_32);
    near("wait p95", percentile(&t.waiting, 950), 0.030_986_79, 0.001_4);
    near("sojourn mean", t.response.mean().unwrap(), 0.017_455_41, 0.000_34);
    near("sojourn p95", percentile(&t.response, 950), 0.047_380_19, 0.001_2);
    near("sojourn p99", percentile(&t.response, 990), 0.068_932_04, 0.003_2);
    near("utilization", app.utilization.unwrap(), 0.8, 0.005_1);
}

/// Of forty runs of an M/M/1 at 50 %, about two miss the true mean of 20 ms; more than seven would be a chance of
/// one in three thousand.
#[test]
fn confidence_intervals_by_batch_means_hold_what_they_promise() {
    let source = "[node.users.client]\nrate = \"50/s\"\n[node.app.service]\nworkers = 1\n\
        work = { exponential = \"10ms\" }\n[[link]]\nfrom = \"users\"\nto = \"app\"\n";
    let level = check(source, "theory.toml").unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    let mut missed = 0;
    for seed in 0..40 {
        let mut sim = Simulation::new(&level.topology, seed, &[]).unwrap();
        assert_eq!(sim.report().confidence, None, "nothing has run");
        sim.set_warmup(Time::from_secs(20));
        sim.advance(Time::from_secs(620), u64::MAX);
        let (mean, half) = sim.report().confidence.unwrap();
        assert!(half > 0.0 && half < 0.004, "{half}");
        missed += u32::from((mean - 0.02).abs() > half);
    }
    assert!(missed <= 7, "{missed} of 40 miss");
}
