//! Runs one workload and prints one line of JSON: `speed [WORKLOAD] [REQUESTS] [K]`.
//!
//! - `w1`: M/M/1 at 80 %.
//! - `w2`: the three tiers of `w2.toml`.
//! - `w3`: K M/M/1 stations at 80 % behind a balancer that picks at random, from empty.
//! - `w3c`: a station without a queue and a mean of one second, K requests a second, so that K are in flight after a
//!   few seconds.
//!
//! Every model is read as a level file. The program has no clock: `compare.sh` measures its CPU time from outside;
//! a run of 0 requests is the cost of the start.

use std::fmt::Write as _;

use fivenines::level::check::check;
use fivenines::sim::simulation::Simulation;
use fivenines::sim::time::Time;

/// Requests of a run if no number is given.
const REQUESTS: u64 = 200_000;
/// Stations, or requests in flight, if no second number is given.
const WIDTH: u64 = 1000;

fn head(title: &str, rate: u64) -> String {
    format!(
        "format = 1\ntitle = \"{title}\"\nseed = 42\nduration = \"500s\"\n[node.users.client]\nrate = \"{rate}/s\"\n"
    )
}
fn link(text: &mut String, from: &str, to: &str) {
    let _ = write!(text, "[[link]]\nfrom = \"{from}\"\nto = \"{to}\"\n");
}
fn station(text: &mut String, name: &str, work: &str, workers: &str) {
    let _ =
        write!(text, "[node.{name}.service]\nworkers = {workers}\nwork = {{ exponential = \"{work}\" }}\n");
}

/// A workload as a level, and the requests that arrive in it a second.
fn workload(name: &str, k: u64) -> (String, u64) {
    match name {
        "w1" => {
            let mut text = head("One server", 80);
            station(&mut text, "app", "10ms", "1");
            link(&mut text, "users", "app");
            (text, 80)
        }
        "w3" => {
            let mut text = head("Many servers", 80 * k);
            text.push_str("[node.lb.load-balancer]\npolicy = \"random\"\n");
            for i in 0..k {
                station(&mut text, &format!("s{i}"), "10ms", "1");
            }
            link(&mut text, "users", "lb");
            for i in 0..k {
                link(&mut text, "lb", &format!("s{i}"));
            }
            (text, 80 * k)
        }
        "w3c" => {
            let mut text = head("Many in flight", k);
            station(&mut text, "app", "1s", "\"unlimited\"");
            link(&mut text, "users", "app");
            (text, k)
        }
        _ => (include_str!("w2.toml").to_owned(), 400),
    }
}

fn main() {
    // `cargo bench` adds flags; what is a name or a number counts.
    let words: Vec<String> = std::env::args().skip(1).collect();
    let name = words.iter().find(|w| w.starts_with('w')).map_or("w2", String::as_str);
    let mut numbers = words.iter().filter_map(|w| w.parse::<u64>().ok());
    let requests = numbers.next().unwrap_or(REQUESTS);
    let (text, rate) = workload(name, numbers.next().unwrap_or(WIDTH));
    let level = check(&text, "workload.toml").unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    let mut simulation =
        Simulation::new(&level.topology, level.seed, &level.faults).expect("the workload can run");
    simulation.advance(Time::from_secs_f64(requests as f64 / rate as f64), u64::MAX);
    let report = simulation.report();
    println!(
        "{{\"workload\":\"{name}\",\"requests\":{requests},\"events\":{},\"digest\":\"{:016x}\",\"in_flight\":{},\"mean_ms\":{:.3}}}",
        report.events,
        report.digest,
        report.in_flight,
        report.system.responses.mean().unwrap_or(0.0) * 1e3,
    );
}
