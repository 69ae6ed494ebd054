//! The hockey stick of a node: theory beside what a run measured.

use fivenines::insight::theory::curve::of;
use fivenines::insight::theory::queue::Mmc;
use fivenines::level::{catalog, check};
use fivenines::sim::simulation::Simulation;
use fivenines::sim::time::Time;

fn run(text: &str, seconds: u64) -> Simulation {
    let level = check::check(text, "test.toml").expect("the level is sound");
    let mut run = Simulation::new(&level.topology, 5, &[]).expect("it runs");
    run.advance(Time::from_secs(seconds), u64::MAX);
    run
}

const QUEUE: &str = r#"
format = 1
title = "q"
question = "?"
duration = "10s"
[node.users.client]
rate = "80/s"
patience = "60s"
[node.web.service]
workers = 2
work = { exponential = "20ms" }
[[link]]
from = "users"
to = "web"
"#;

#[test]
fn a_plain_queue_stands_on_its_line() {
    let run = run(QUEUE, 900);
    let curve = of(&run, "web", Time::ZERO).expect("a queue");
    assert_eq!((curve.model.as_str(), curve.resource), ("M/M/2", "workers"));
    assert!((curve.capacity / 100.0 - 1.0).abs() < 0.05, "{}", curve.capacity);
    assert!(curve.assumptions.iter().all(|a| a.met), "{:?}", curve.assumptions);
    // Over 900 s the measured mean is within a few percent of M/M/2 at its load.
    let all = &curve.measured;
    let answers: f64 = all.iter().map(|p| p.rate).sum();
    let mean = all.iter().map(|p| p.rate * p.response_s).sum::<f64>() / answers;
    let theory = Mmc::new(80.0, 0.02, 2).unwrap().sojourn_mean();
    assert!((mean / theory - 1.0).abs() < 0.1, "{mean} {theory}");
    assert!(curve.line.windows(2).all(|w| w[0].response_s < w[1].response_s), "it rises");
    assert!(curve.line.last().unwrap().rate < curve.capacity.max(101.0));
}

#[test]
fn a_full_box_is_limited_by_its_cores() {
    let level = catalog::load("monolith").expect("it is built in");
    let mut run = Simulation::new(&level.topology, 3, &[]).expect("it runs");
    run.advance(Time::from_secs(60), u64::MAX);
    let curve = of(&run, "web", Time::ZERO).expect("a queue");
    assert_eq!((curve.model.as_str(), curve.resource), ("M/M/2", "cores"));
    // Two cores, 32 ms a request.
    assert!((curve.capacity / 62.5 - 1.0).abs() < 0.15, "{}", curve.capacity);
    assert_eq!(of(&run, "db", Time::ZERO), None, "it works for its neighbour on the same box");
    assert_eq!(of(&run, "users", Time::ZERO), None);
}
