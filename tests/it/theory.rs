//! The formulas against published values, and predictions beside runs.

use fivenines::insight::theory::predict::{Prediction, predict};
use fivenines::insight::theory::queue::{Mmc, Mmck, erlang_b, erlang_c, impatient};
use fivenines::insight::theory::variable::{
    any_slow, exponential_kth_mean, exponential_max_mean, exponential_max_percentile, md1_wait_percentile,
    mg1_wait_mean, mgc_wait_mean, pausing_sojourn_mean, round_robin_sojourn,
};
use fivenines::insight::theory::{caching, fleet, network, overload, reliability, storage};
use fivenines::level::check::check;
use fivenines::sim::simulation::Simulation;
use fivenines::sim::time::Time;

/// Agreement to the digits that are given.
#[track_caller]
fn is(value: impl Into<Option<f64>>, expected: f64) {
    let value = value.into().unwrap();
    assert!((value - expected).abs() <= expected.abs() * 2e-6 + 1e-9, "{value}, expected {expected}");
}

#[test]
fn queues_with_exponential_service() {
    let q = Mmc::new(70.0, 0.01, 1).unwrap();
    is(q.sojourn_mean(), 0.033_333_33);
    is(q.sojourn_percentile(0.5), 0.023_104_91);
    is(q.sojourn_percentile(0.95), 0.099_857_74);
    is(q.sojourn_percentile(0.99), 0.153_505_7);
    is(q.in_system_mean(), 2.333_333);
    let q = Mmc::new(320.0, 0.01, 4).unwrap();
    is(q.wait_probability, 0.596_432_5);
    is(q.wait_mean(), 0.007_455_406);
    is(q.wait_percentile(0.95), 0.030_986_79);
    is(q.sojourn_percentile(0.95), 0.047_380_19);
    is(q.sojourn_percentile(0.99), 0.068_932_04);
    let q = Mmc::new(360.0, 0.05, 20).unwrap();
    is(q.wait_probability, 0.550_769);
    is(q.sojourn_percentile(0.99), 0.252_081_2);
    let q = Mmck::new(150.0, 0.01, 1, 9).unwrap();
    is(q.drop_fraction(), 0.337_232_1);
    is(q.throughput(), 99.415_19);
    is(q.sojourn_mean(), 0.081_764_76);
    is(q.in_system_mean(), 8.128_659);
    is(q.sojourn_percentile(0.99), 0.174_524_5);
    // Ten lines with 8 erlangs lose 12.166 %: Erlang's table.
    is(erlang_b(10, 8.0), 0.121_661_06);
    assert!(erlang_c(4, 4.0).is_none() && Mmc::new(101.0, 0.01, 1).is_none());
    let q = impatient(210.0, 0.05, 10, 0.2).unwrap();
    is(q.timeout_fraction, 0.053_395_66);
    is(q.utilization, 0.993_934_6);
    is(q.wait_probability, 0.976_782_5);
}

#[test]
fn a_bound_far_away_is_none() {
    for workers in [1, 3, 8] {
        let rate = 80.0 * f64::from(workers);
        let (free, bound) =
            (Mmc::new(rate, 0.01, workers).unwrap(), Mmck::new(rate, 0.01, workers, 400).unwrap());
        is(bound.sojourn_mean(), free.sojourn_mean());
        is(bound.wait_probability(), free.wait_probability);
        for q in [0.5, 0.95, 0.99] {
            let (a, b) = (bound.sojourn_percentile(q).unwrap(), free.sojourn_percentile(q).unwrap());
            assert!((a - b).abs() < 1e-6 * b, "{workers} workers, {q}: {a} and {b}");
        }
    }
}

#[test]
fn queues_that_vary_otherwise() {
    is(mg1_wait_mean(80.0, 0.01, 0.0), 0.02);
    is(mg1_wait_mean(70.0, 0.01, 4.0), 0.058_333_33);
    is(mg1_wait_mean(60.0, 0.01, 4.75), 0.043_125);
    is(mgc_wait_mean(320.0, 0.01, 1.0, 4), 0.007_455_406);
    is(md1_wait_percentile(80.0, 0.01, 0.95), 0.066_203_25);
    is(md1_wait_percentile(80.0, 0.01, 0.99), 0.103_558_9);
    assert!(md1_wait_percentile(99.0, 0.01, 0.99).is_some_and(|w| (2.0..2.6).contains(&w)));
    is(md1_wait_percentile(10.0, 0.01, 0.5), 0.0);
    is(pausing_sojourn_mean(60.0, 0.01, 20.0, 1.0), 0.157_078_5);
    let turns = round_robin_sojourn(450.0, 0.01, 5).unwrap();
    is(turns.mean, 0.061_420_87);
    is(turns.percentile(0.99), 0.282_853_5);
    is(round_robin_sojourn(70.0, 0.01, 1).unwrap().mean, 0.033_333_333);
    is(exponential_max_mean(0.02, 5), 0.045_666_67);
    is(exponential_kth_mean(0.005, 3, 2), 0.004_166_667);
    is(exponential_max_percentile(0.02, 5, 0.5), 0.040_889_3);
    is(exponential_max_percentile(0.02, 5, 0.99), 0.124_211_8);
    is(any_slow(0.01, 100), 0.633_967_7);
}

#[test]
fn networks() {
    let demands = [0.02, 0.01, 0.005];
    for (users, throughput, response) in [
        (1, 0.966_183_6, 0.035),
        (50, 44.089_44, 0.134_058_3),
        (75, 49.977_96, 0.500_661_5),
        (200, 50.0, 3.0),
    ] {
        let closed = network::closed(&demands, 1.0, users);
        is(closed.throughput, throughput);
        is(closed.response, response);
    }
    is(network::knee(&demands, 1.0), 51.75);
    let app = |rate| network::Station { from_outside: rate, service_s: 0.02, workers: 2 };
    let db = network::Station { from_outside: 0.0, service_s: 0.04, workers: 4 };
    let stations = [app(80.0), app(80.0), app(80.0), db];
    let to_db = vec![0.0, 0.0, 0.0, 0.25];
    let routing = [to_db.clone(), to_db.clone(), to_db, vec![0.0; 4]];
    let (queues, sojourn) = network::jackson(&stations, &routing).unwrap();
    is(sojourn, 0.067_349_58);
    is(queues[3].in_system_mean(), 2.830_565);
    // Half of those who leave come back: twice the traffic.
    let again = [network::Station { from_outside: 10.0, service_s: 0.01, workers: 1 }];
    is(network::traffic(&again, &[vec![0.5]]).unwrap()[0], 20.0);
    assert!(network::traffic(&again, &[vec![1.0]]).is_none());
}

#[test]
fn parts_that_fail() {
    is(reliability::available(1000.0, 50.0), 0.952_381);
    is(reliability::series(&[0.9999, 0.999, 0.995]), 0.993_905_6);
    is(reliability::downtime_h_per_year(0.993_905_599), 53.386_95);
    let part = 1000.0 / 1050.0;
    is(reliability::parallel(&[part, part]), 0.997_732_4);
    is(reliability::k_of_n(part, 3, 4), 0.987_243);
    is(reliability::nines(0.999), 3.0);
}

#[test]
fn caches() {
    let keys = caching::zipf(10_000, 0.8);
    let near = |value: Option<f64>, expected: f64| {
        let value = value.unwrap();
        assert!((value - expected).abs() < 6e-6, "{value}, expected {expected}");
    };
    near(caching::lru_hit_ratio(&keys, 100.0), 0.156_62);
    near(caching::lru_hit_ratio(&keys, 5000.0), 0.791_63);
    near(caching::lru_hit_ratio(&caching::zipf(10_000, 1.0), 1000.0), 0.675_60);
    is(caching::lru_hit_ratio(&keys, 10_000.0), 1.0);
    is(caching::ttl_hit_ratio(0.5, 10.0), 0.833_333_3);
    is(caching::ttl_hit_ratio_of(&keys, 1000.0, 60.0), 0.878_230_3);
    is(caching::cold_misses(&keys, 1000.0, 0.0, 1.0), 722.108_1);
    is(caching::cold_misses(&keys, 1000.0, 30.0, 31.0), 93.820_2);
    is(caching::stampede_loads(500.0, 0.4), 201.0);
}

#[test]
fn overload_and_retries() {
    is(overload::backlog(120.0, 100.0, 60.0), 1200.0);
    is(overload::drain_s(1200.0, 60.0, 100.0), 30.0);
    assert!(overload::drain_s(1.0, 100.0, 100.0).is_none());
    is(overload::retries(0.1, 2, 1).calls, 1.11);
    is(overload::retries(0.5, 3, 1).failed, 0.0625);
    let layers = overload::retries(1.0, 3, 3);
    assert_eq!((layers.calls, layers.failed), (64.0, 1.0));
    assert!((overload::retries(0.5, 3, 3).failed / 5.421_011e-20 - 1.0).abs() < 1e-6);
    assert_eq!(overload::retry_growth(10_100.0, 10_000.0, 10)[9], 11_000.0);
}

#[test]
fn shards_and_quorums() {
    is(storage::quorum_miss(3, 1, 1), 0.666_666_7);
    is(storage::quorum_miss(3, 2, 2), 0.0);
    assert!(storage::quorum_miss(3, 4, 1).is_none());
    is(storage::ring_share_cv(10, 100), 0.094_820_93);
    let (ring, more) = (storage::Ring::new(10, 50, 4), storage::Ring::new(11, 50, 4));
    is(ring.shares(10).iter().sum::<f64>(), 1.0);
    // A new node takes over its own share and nothing else moves.
    is(ring.moved(&more), more.shares(11)[10]);
    let keys = caching::zipf(10_000, 1.0);
    let most = storage::shard_shares(&keys, 8).into_iter().fold(0.0, f64::max);
    is(most, 0.198_198_3);
    let load = storage::ReadLoad { write_share: 0.1, write_s: 0.004, read_s: 0.002, replay: 0.5 };
    is(storage::read_capacity(&load, 0), 454.545_5);
    is(storage::read_capacity(&load, 2), 909.090_9);
    is(storage::read_capacity(&load, 16), 2500.0);
    let p = storage::partitioned(6, 4, 0.01).unwrap();
    assert_eq!((p.busy_consumers, p.max_rate), (4, 300.0));
    is(storage::lag_growth(&[1.0 / 6.0; 6], 330.0, 4, 0.01), 20.0);
    is(storage::stale_after_exponential_lag(0.1, 0.3), 0.049_787_07);
    is(storage::stale_before_fixed_lag(0.5, 2.0), 0.221_199_2);
}

#[test]
fn machines() {
    let law = fleet::Scalability { single: 1000.0, serial: 0.05, coherency: 0.0002 };
    assert!((law.capacity(64.0) - 12_912.6).abs() < 0.013);
    is(law.peak(), 68.920_24);
    let law = fleet::Scalability { single: 50.0, serial: 0.03, coherency: 2e-5 };
    let ladder: Vec<fleet::Rung> =
        [2.0, 4.0, 8.0, 16.0].map(|cores| fleet::Rung { cores, price: cores * 0.0504 }).into();
    let fleet = fleet::cheapest_fleet(&ladder, &law, 900.0, 0.7).unwrap();
    assert_eq!((fleet.rung, fleet.machines), (0, 14));
    assert!(fleet::cheapest_single(&ladder, &law, 900.0, 0.7).is_none());
}

fn predictions(source: &str, requests: u64) -> Vec<Prediction> {
    let level = check(source, "theory.toml").unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    let mut sim = Simulation::new(&level.topology, level.seed, &level.faults).unwrap();
    sim.set_warmup_requests(requests / 10);
    sim.set_request_limit(requests);
    sim.run_to_end();
    predict(sim.topology(), &sim.report())
}

#[test]
fn a_run_agrees_where_the_assumptions_are_met() {
    let p = &predictions(include_str!("../theory/mmc-4.toml"), 200_000)[0];
    assert!(p.holds() && p.model == "M/M/4", "{p:?}");
    let close = |a: Option<f64>, b: Option<f64>| (a.unwrap() / b.unwrap() - 1.0).abs() < 0.05;
    assert!(close(p.predicted.wait_mean, p.measured.wait_mean), "{p:?}");
    assert!(close(p.predicted.response_p99, p.measured.response_p99), "{p:?}");
}

#[test]
fn a_prediction_says_which_assumption_is_not_met() {
    let source = |app: &str, policy: &str| {
        format!(
            "format = 1\nseed = 3\n[node.users.client]\nrate = \"300/s\"\n[node.lb.load-balancer]\n\
             policy = \"{policy}\"\n[node.app.service]\nreplicas = 4\nworkers = 1\n{app}\n[[link]]\nfrom = \"users\"\n\
             to = \"lb\"\n[[link]]\nfrom = \"lb\"\nto = \"app\"\n"
        )
    };
    let unmet = |app: &str, policy: &str| {
        let all = predictions(&source(app, policy), 50_000);
        let p = all.iter().find(|p| p.node == "app").unwrap().clone();
        let unmet: Vec<&str> = p.assumptions.iter().filter(|a| !a.met).map(|a| a.text).collect();
        (p.model.clone(), unmet)
    };
    let exponential = "work = { exponential = \"10ms\" }";
    assert_eq!(unmet(exponential, "random"), ("M/M/1".into(), vec![]));
    assert_eq!(unmet(exponential, "round-robin").1, ["arrivals are Poisson"]);
    assert_eq!(unmet("work = { constant = \"10ms\" }", "random"), ("M/D/1".into(), vec![]));
    let bounded = "work = { constant = \"10ms\" }\nqueue_capacity = 9";
    assert_eq!(unmet(bounded, "random"), ("M/M/1/10".into(), vec!["service times are exponential"]));
}

#[test]
fn an_overloaded_queue_has_no_prediction() {
    let source = "format = 1\n[node.users.client]\nrate = \"120/s\"\n[node.app.service]\nworkers = 1\n\
        work = { exponential = \"10ms\" }\n[[link]]\nfrom = \"users\"\nto = \"app\"\n";
    let level = check(source, "theory.toml").unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    let mut sim = Simulation::new(&level.topology, 1, &[]).unwrap();
    sim.advance(Time::from_secs(100), u64::MAX);
    let p = &predict(sim.topology(), &sim.report())[0];
    assert!(!p.holds() && p.predicted.response_mean.is_none(), "{p:?}");
    assert!(p.assumptions.iter().any(|a| !a.met && a.text == "less work comes than the workers can do"));
}

#[test]
fn a_cache_hits_as_often_as_che_says() {
    for (zipf, capacity) in [("0.8", 500), ("1.0", 200), ("1.2", 100)] {
        let source = format!(
            "format = 1\nseed = 5\n[node.users.client]\nrate = \"1000/s\"\n[node.users.client.classes]\n\
             read = {{ share = 1.0, keys = {{ zipf = {zipf}, of = 5000 }} }}\n[node.web.service]\n\
             workers = \"unlimited\"\ncalls = [{{ to = \"cache\", on_miss = \"db\" }}]\n[node.cache.cache]\n\
             capacity = {capacity}\n[node.db.database]\n[[link]]\nfrom = \"users\"\nto = \"web\"\n"
        );
        let all = predictions(&source, 150_000);
        let p = all.iter().find(|p| p.node == "cache").unwrap();
        let (predicted, measured) = (p.predicted.hit_ratio.unwrap(), p.measured.hit_ratio.unwrap());
        assert!(p.holds(), "{p:?}");
        // 4 standard errors of 135,000 lookups, and as much for what the approximation leaves out.
        assert!(
            (predicted - measured).abs() < 8.0 * (0.25f64 / 135_000.0).sqrt(),
            "{predicted} and {measured}"
        );
    }
}
