//! What most tests of the engine begin with: a run of a level's text, and a look at a measured number.

use fivenines::level::check::check;
use fivenines::sim::simulation::Simulation;

/// A run of the level with this text, at its start.
#[track_caller]
pub fn build(source: &str) -> Simulation {
    let level = check(source, "test.toml").unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    Simulation::new(&level.topology, level.seed, &level.faults).unwrap()
}

/// A measured value lies within so much of what was expected.
#[track_caller]
pub fn near(what: &str, measured: f64, expected: f64, tolerance: f64) {
    println!("{what:<26} expected {expected:<11} measured {measured:<11.7} tolerance {tolerance}");
    assert!(
        (measured - expected).abs() <= tolerance,
        "{what}: {measured}, expected {expected} +- {tolerance}"
    );
}
