//! Keys and arrivals: who asks for what, and when.

use fivenines::level::check::check;
use fivenines::sim::rng::{Draw, Purpose, combine};
use fivenines::sim::simulation::Simulation;
use fivenines::sim::time::Time;
use fivenines::sim::workload::{HotSet, KeyPopularity, KeyTable};

use super::chi_square_z;

const N: u64 = 400_000;

fn counts(keys: KeyPopularity) -> Vec<u64> {
    let table = KeyTable::new(keys);
    let mut counts = vec![0u64; keys.of as usize];
    for i in 0..N {
        counts[table.pick(Draw::new(combine(5, i), Purpose::Key)) as usize] += 1;
    }
    counts
}

#[test]
fn zipf_keys_come_as_often_as_their_rank_says() {
    for zipf in [0.0, 0.8, 1.0, 1.2] {
        let keys = KeyPopularity { zipf, of: 1000, hot: None };
        let weight = |rank: usize| libm::pow(rank as f64 + 1.0, -zipf);
        let sum: f64 = (0..1000).map(weight).sum();
        let expected: Vec<f64> = (0..1000).map(|r| N as f64 * weight(r) / sum).collect();
        let z = chi_square_z(&counts(keys), &expected);
        assert!(z.abs() < 4.0, "zipf {zipf}: {z}");
    }
}

#[test]
fn a_hot_set_gets_its_share() {
    let hot = HotSet { share: 0.9, of: 100 };
    let counts = counts(KeyPopularity { zipf: 0.0, of: 1000, hot: Some(hot) });
    let n = N as f64;
    let expected: Vec<f64> = (0..1000).map(|k| if k < 100 { n * 0.009 } else { n * 0.1 / 900.0 }).collect();
    let z = chi_square_z(&counts, &expected);
    assert!(z.abs() < 4.0, "{z}");
}

/// Arrivals in each second of a run whose client has this profile.
fn arrivals(rate: &str, profile: &str, seconds: u64, seed: u64) -> Vec<u32> {
    let source = format!(
        "format = 1\n[node.users.client]\nrate = \"{rate}\"\nprofile = {{ {profile} }}\n\
         [node.web.service]\nworkers = \"unlimited\"\n[[link]]\nfrom = \"users\"\nto = \"web\"\n"
    );
    let level = check(&source, "traffic.toml").unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    let mut sim = Simulation::new(&level.topology, seed, &[]).unwrap();
    let mut counts = Vec::new();
    let mut before = 0;
    for second in 1..=seconds {
        sim.advance(Time::from_secs(second), u64::MAX);
        let now = sim.report().system.arrivals;
        counts.push((now - before) as u32);
        before = now;
    }
    counts
}

#[test]
fn a_day_is_quiet_at_its_ends_and_busy_in_the_middle() {
    let daily = "daily = { period = \"20s\", low = 0.2, high = 1.0 }";
    let days = 40;
    let mut by_hour = vec![0u64; 20];
    for (second, &n) in arrivals("500/s", daily, 20 * days, 11).iter().enumerate() {
        by_hour[second % 20] += u64::from(n);
    }
    let area =
        |x: f64| 0.6 * x - 0.4 * 20.0 / std::f64::consts::TAU * (std::f64::consts::TAU * x / 20.0).sin();
    let expected: Vec<f64> =
        (0..20).map(|s| 500.0 * days as f64 * (area(f64::from(s) + 1.0) - area(f64::from(s)))).collect();
    let z = chi_square_z(&by_hour, &expected);
    assert!(z.abs() < 4.0, "{z}: {by_hour:?} against {expected:?}");
}

#[test]
fn bursts_come_and_go() {
    let fixed =
        "bursts = { on = { constant = \"2s\" }, off = { constant = \"3s\" }, factor = 5.0, rest = 1.0 }";
    let counts = arrivals("200/s", fixed, 500, 3);
    let mut by_phase = vec![0u64; 5];
    for (second, &n) in counts.iter().enumerate() {
        by_phase[second % 5] += u64::from(n);
    }
    let expected = [20_000.0, 20_000.0, 20_000.0, 100_000.0, 100_000.0];
    let z = chi_square_z(&by_phase, &expected);
    assert!(z.abs() < 4.0, "{z}: {by_phase:?}");

    let random = "bursts = { on = { exponential = \"1s\" }, off = { exponential = \"4s\" }, factor = 5.0 }";
    let counts = arrivals("100/s", random, 2000, 3);
    let mean = counts.iter().map(|&n| f64::from(n)).sum::<f64>() / 2000.0;
    // The share of time in a burst has a variance of 2 * 0.2 * 0.8 * 0.8 s / T for exponential spells of 1 s and 4 s
    // (renewal theory: correlation time 0.8 s), so 4 standard errors are 4 * 500/s * sqrt(0.256 / 2000) = 23/s.
    assert!((mean - 100.0).abs() < 23.0, "{mean}");
    let quiet = counts.iter().filter(|&&n| n == 0).count();
    assert!(quiet > 1000, "{quiet} seconds without a request");
    assert_eq!(counts, arrivals("100/s", random, 2000, 3), "bursts belong to the seed");
    assert_ne!(counts, arrivals("100/s", random, 2000, 4));
}

#[test]
fn a_recording_is_replayed_at_its_instants() {
    let recorded = "recorded = [\"0s\", \"0.1s\", \"1.35s\", \"1.35s\", \"3.999s\"]";
    assert_eq!(arrivals("1/s", recorded, 5, 1), [2, 2, 0, 1, 0]);
    assert_eq!(arrivals("0/s", recorded, 5, 1), [0; 5], "no rate, no traffic");
}

#[test]
fn weights_are_shares_of_their_sum() {
    let source = "format = 1\n[node.users.client]\nrate = \"1000/s\"\n[node.users.client.classes]\n\
        browse = { weight = 3 }\norder = { weight = 1, write = true }\n\
        [node.web.service]\n[[link]]\nfrom = \"users\"\nto = \"web\"\n";
    let level = check(source, "weights.toml").unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    let mut sim = Simulation::new(&level.topology, 1, &[]).unwrap();
    sim.advance(Time::from_secs(100), u64::MAX);
    let classes = sim.report().classes;
    let total: u64 = classes.iter().map(|(_, f)| f.arrivals).sum();
    let share = classes[0].1.arrivals as f64 / total as f64;
    assert!((share - 0.75).abs() < 4.0 * (0.1875 / total as f64).sqrt(), "{share}");
}
