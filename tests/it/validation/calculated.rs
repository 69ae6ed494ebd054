//! Cases without a run: formulas of `insight::theory`.

use fivenines::insight::theory::fleet::{Rung, Scalability, cheapest_fleet, cheapest_single};
use fivenines::insight::theory::storage::Ring;
use fivenines::insight::theory::{caching, reliability, storage};
use fivenines::sim::rng::{Draw, Purpose, combine};

use super::Entry;
use super::case::Case;
use super::plan::Speed::Quick;
use super::plan::{Plan, Sample};

pub const ENTRIES: &[Entry] = &[
    ("avail-series", Quick, series),
    ("chain-availability", Quick, |case| {
        by(case, "success", |n| reliability::series(&vec![0.999; n as usize]))
    }),
    ("price-ceiling", Quick, |case| price(case, 2500.0)),
    ("price-of-scale", Quick, |case| price(case, 900.0)),
    ("usl-a", Quick, usl),
    ("ring-10x1", Quick, |case| ring(case, 1)),
    ("ring-10x100", Quick, |case| ring(case, 100)),
    ("hot-shard", Quick, hot_shard),
    ("quorum-3", Quick, quorum),
    ("read-replicas", Quick, read_replicas),
];

fn at(metric: &str, value: f64) -> Sample {
    Sample::new(metric, "", value)
}

/// One formula for each number in the names of the metrics: `success(n=5)`.
fn by(case: &Case, name: &str, formula: impl Fn(f64) -> f64) -> Plan {
    let numbered = case.expected.iter().filter(|e| e.parts().0 == name);
    let sample = |e: &super::case::Expected| {
        let n = e.parts().1.split_once('=').unwrap().1.parse().unwrap();
        at(&e.metric, formula(n))
    };
    Plan::calculated(numbered.map(sample).collect())
}

fn series(_: &Case) -> Plan {
    let all = reliability::series(&[0.9999, 0.999, 0.995]);
    Plan::calculated(vec![
        at("system_availability", all),
        at("downtime_h_per_year", reliability::downtime_h_per_year(all)),
    ])
}

fn price(_: &Case, demand: f64) -> Plan {
    let law = Scalability { single: 50.0, serial: 0.03, coherency: 2e-5 };
    // Cores and dollars an hour of a ladder of machines.
    let ladder = [
        (2.0, 0.1008),
        (4.0, 0.2016),
        (8.0, 0.4032),
        (16.0, 0.8064),
        (32.0, 1.6128),
        (48.0, 2.4192),
        (64.0, 3.2256),
        (96.0, 4.8384),
        (192.0, 9.6768),
    ]
    .map(|(cores, price)| Rung { cores, price });
    let fleet = cheapest_fleet(&ladder, &law, demand, 0.7).unwrap();
    let largest = ladder.iter().map(|r| law.capacity(r.cores)).fold(0.0, f64::max);
    Plan::calculated(vec![
        at("capacity(m7i.large)", law.capacity(2.0)),
        at("capacity(m7i.8xlarge)", law.capacity(32.0)),
        at("capacity(m7i.48xlarge)", law.capacity(192.0)),
        at("largest_single_capacity", largest),
        at(
            "cheapest_single_usd_per_h",
            cheapest_single(&ladder, &law, demand, 0.7).map_or(-1.0, |c| c.price),
        ),
        at("cheapest_fleet_usd_per_h", fleet.price),
        at("cheapest_fleet_machines", f64::from(fleet.machines)),
    ])
}

fn usl(case: &Case) -> Plan {
    let law = Scalability { single: 1000.0, serial: 0.05, coherency: 0.0002 };
    by(case, "capacity", |n| law.capacity(n)).and(Plan::calculated(vec![at("peak_N", law.peak().unwrap())]))
}

/// Rings with random points, one for each replication.
fn ring(case: &Case, points: u32) -> Plan {
    let mut plan = Plan::repeated(case, move |seed| {
        let (before, after) = (Ring::new(10, points, seed), Ring::new(11, points, seed));
        let shares = before.shares(10);
        let cv = (shares.iter().map(|s| (s * 10.0 - 1.0).powi(2)).sum::<f64>() / 10.0).sqrt();
        let moved = (0..10_000u64).filter(|&k| {
            let hash = Draw::new(combine(seed, k), Purpose::Key).bits();
            hash % 10 != hash % 11
        });
        vec![
            at("moved_fraction", before.moved(&after)),
            at("share_cv", cv),
            at("max_over_mean", shares.iter().fold(0.0, |m: f64, s| m.max(s * 10.0))),
            at("moved_fraction_modulo", moved.count() as f64 / 10_000.0),
        ]
    });
    plan.squared = &["share_cv"];
    plan
}

fn hot_shard(case: &Case) -> Plan {
    let keys = caching::zipf(10_000, 1.0);
    let most = |shares: Vec<f64>| shares.into_iter().fold(0.0, f64::max);
    let modulo = most(storage::shard_shares(&keys, 8));
    let exact = Plan::calculated(vec![
        at("hottest_key_share", keys[0]),
        Sample::new("max_share", "rank_modulo", modulo),
        Sample::new("speedup", "rank_modulo", 1.0 / modulo),
    ]);
    exact.and(Plan::repeated(case, move |seed| {
        let mut shares = vec![0.0; 8];
        for (k, p) in keys.iter().enumerate() {
            shares[Draw::new(combine(seed, k as u64), Purpose::Choice).below(8) as usize] += p;
        }
        vec![Sample::new("max_share", "random_placement", most(shares))]
    }))
}

fn quorum(case: &Case) -> Plan {
    let sample = |e: &super::case::Expected| {
        let numbers: Vec<u32> =
            e.parts().1.split(',').map(|part| part.split_once('=').unwrap().1.parse().unwrap()).collect();
        at(&e.metric, storage::quorum_miss(3, numbers[0], numbers[1]).unwrap())
    };
    Plan::calculated(case.expected.iter().map(sample).collect())
}

fn read_replicas(case: &Case) -> Plan {
    let load = storage::ReadLoad { write_share: 0.1, write_s: 0.004, read_s: 0.002, replay: 0.5 };
    let limit = Plan::calculated(vec![at("capacity_limit", storage::read_capacity(&load, 1_000_000))]);
    by(case, "capacity", move |n| storage::read_capacity(&load, n as u32)).and(limit)
}
