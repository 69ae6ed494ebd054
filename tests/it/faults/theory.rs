//! Failures by chance against renewal theory.

use crate::stage::{build, near};
use fivenines::sim::simulation::{NodeReport, Simulation};
use fivenines::sim::time::Time;

fn node(sim: &Simulation, name: &str) -> NodeReport {
    sim.report().nodes.into_iter().find(|n| n.name == name).unwrap()
}

/// A million simulated seconds: a fifth of the reference's run, so its tolerances grow by the root of five.
const LENGTH: u64 = 1_000_000;
const WIDER: f64 = 2.237;

/// Servers that fail each by itself: (share with at least so many up, mean share of one).
fn availability(servers: u32, needed: usize, repair: &str) -> (f64, f64) {
    let source = format!(
        "format = 1\nduration = \"60d\"\nseed = 11\n[node.users.client]\nrate = \"0/s\"\n\
        [node.server.service]\nreplicas = {servers}\n[[link]]\nfrom = \"users\"\nto = \"server\"\n\
        [[fault]]\ncrash = \"server\"\nmtbf = {{ exponential = \"1000s\" }}\nmttr = {{ {repair} = \"50s\" }}\n"
    );
    let mut sim = build(&source);
    sim.advance(Time::from_secs(LENGTH), u64::MAX);
    let n = node(&sim, "server");
    let shares: Vec<f64> = n.servers.iter().filter_map(|s| s.uptime.share()).collect();
    assert_eq!(shares.len(), servers as usize);
    let failures = n.outages.failures as f64;
    near("mtbf", n.outages.mtbf_s().unwrap(), 1000.0, 4.0 * 1000.0 / failures.sqrt());
    near("mttr", n.outages.mttr_s().unwrap(), 50.0, 4.0 * 50.0 / failures.sqrt());
    assert_eq!(n.uptime.unwrap(), n.up_at_least[0]);
    (n.up_at_least[needed - 1], shares.iter().sum::<f64>() / f64::from(servers))
}

#[test]
fn one_server() {
    let (system, copy) = availability(1, 1, "exponential");
    near("system availability", system, 0.952_381, 0.003_2 * WIDER);
    near("copy availability", copy, 0.952_381, 0.003_2 * WIDER);
}

#[test]
fn two_servers_of_which_one_is_enough() {
    let (system, copy) = availability(2, 1, "exponential");
    near("system availability", system, 0.997_732_4, 0.000_55 * WIDER);
    near("copy availability", copy, 0.952_381, 0.002_1 * WIDER);
}

#[test]
fn four_servers_of_which_three_are_needed() {
    let (system, copy) = availability(4, 3, "constant");
    near("system availability", system, 0.987_243, 0.001_2 * WIDER);
    near("copy availability", copy, 0.952_381, 0.001_4 * WIDER);
}

/// One-second stops every 20 s: a quarter of the reference's requests, of four runs of which the mean is taken.
#[test]
fn short_stops_cost_more_than_their_share_of_time() {
    for size in ["", "size = \"s\"\n"] {
        let (mut sojourn, mut inside, mut up) = (0.0, 0.0, 0.0);
        for seed in 1..=4 {
            let source = format!(
                "format = 1\nseed = {seed}\n[node.users.client]\nrate = \"60/s\"\npatience = \"1d\"\n\
                [node.app.service]\nworkers = 1\n{size}work = {{ exponential = \"10ms\" }}\n\
                [[link]]\nfrom = \"users\"\nto = \"app\"\n\
                [[fault]]\npause = \"app\"\nmtbf = {{ exponential = \"20s\" }}\nmttr = {{ exponential = \"1s\" }}\n"
            );
            let mut sim = build(&source);
            sim.set_warmup_requests(50_000);
            sim.set_request_limit(550_000);
            sim.run_to_end();
            let n = node(&sim, "app");
            sojourn += n.totals.response.mean().unwrap() / 4.0;
            inside += n.in_flight_mean / 4.0;
            up += n.uptime.unwrap() / 4.0;
        }
        near("sojourn mean", sojourn, 0.157_078_5, 0.018 * 2.0);
        near("in system mean", inside, 9.424_71, 1.1 * 2.0);
        near("availability", up, 0.952_381, 0.003 * 2.0);
    }
}
