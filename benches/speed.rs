//! Runs the three-tier workload of `w2.toml` once and prints one line of JSON: `speed [REQUESTS]`.
//!
//! The program has no clock: `compare.sh` measures its CPU time from outside. `speed 0` is the cost of the start.

use fivenines::level::check::check;
use fivenines::sim::simulation::Simulation;
use fivenines::sim::time::Time;

/// Requests that arrive a second, as the file says.
const RATE: u64 = 400;
/// Requests of a run if no number is given.
const REQUESTS: u64 = 200_000;

fn main() {
    // `cargo bench` adds flags; the number is whatever is one.
    let requests = std::env::args().find_map(|a| a.parse().ok()).unwrap_or(REQUESTS);
    let level = check(include_str!("w2.toml"), "w2.toml").expect("the workload is a valid level");
    let mut simulation =
        Simulation::new(&level.topology, level.seed, &level.faults).expect("the workload can run");
    simulation.advance(Time::from_secs_f64(requests as f64 / RATE as f64), u64::MAX);
    let windows = simulation.windows();
    let answered: u64 = windows.iter().map(|w| u64::from(w.system.completed)).sum();
    let response_ns: u128 = windows.iter().map(|w| w.system.response_ns).sum();
    let mean_ms = if answered > 0 { response_ns as f64 / answered as f64 / 1e6 } else { 0.0 };
    println!(
        "{{\"requests\":{requests},\"events\":{},\"digest\":\"{:016x}\",\"mean_ms\":{mean_ms:.3}}}",
        simulation.events(),
        simulation.digest(),
    );
}
