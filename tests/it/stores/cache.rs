//! Hit ratios by size, age and rule; stampedes; who asks the database.

use fivenines::sim::change::{Change, Target};
use fivenines::sim::metrics::Count;
use fivenines::sim::simulation::Simulation;
use fivenines::sim::time::Time;

use super::{begin, counted, hit_ratio, near, node, requests, seconds};

/// Users in front of a cache that asks a database without any work.
fn behind(client: &str, cache: &str) -> String {
    format!(
        "[node.users.client]\n{client}\n[node.cache.cache]\nwork = {{ constant = \"0ms\" }}\nmode = \"read-through\"\n\
         behind = \"db\"\n{cache}\n[node.db.database]\nconnections = \"unlimited\"\nread = {{ constant = \"0ms\" }}\n\
         write = {{ constant = \"0ms\" }}\n[[link]]\nfrom = \"users\"\nto = \"cache\"\n"
    )
}
fn zipf(rate: &str, exponent: f64, of: u32) -> String {
    format!("rate = \"{rate}\"\nclasses = {{ read = {{ keys = {{ zipf = {exponent}, of = {of} }} }} }}")
}
/// Hit ratio of an LRU cache by the approximation of Che, Tung and Wang (IEEE JSAC 20(7), 2002).
fn che(exponent: f64, of: u32, size: f64) -> f64 {
    let weights: Vec<f64> = (1..=of).map(|i| libm::pow(f64::from(i), -exponent)).collect();
    let sum: f64 = weights.iter().sum();
    let filled = |t: f64| weights.iter().map(|w| 1.0 - libm::exp(-w / sum * t)).sum::<f64>();
    let (mut low, mut high) = (0.0, 1e9);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if filled(middle) < size { low = middle } else { high = middle }
    }
    weights.iter().map(|w| w / sum * (1.0 - libm::exp(-w / sum * low))).sum()
}

/// Cases lru-zipf-08 and lru-zipf-10, with 250,000 requests instead of a million: errors twice as wide.
#[test]
fn lru_hit_ratios() {
    let cases = [
        (0.8, 100, 0.156_783, 0.000_375),
        (0.8, 500, 0.331_369_2, 0.000_461),
        (0.8, 1000, 0.436_768_8, 0.000_471),
        (0.8, 5000, 0.791_586_8, 0.000_532),
        (1.0, 100, 0.390_596_6, 0.000_535),
        (1.0, 1000, 0.675_665, 0.000_537),
    ];
    for (exponent, size, expected, error) in cases {
        let parts = behind(&zipf("1000/s", exponent, 10_000), &format!("capacity = {size}"));
        let sim = requests(&parts, 1, 200_000, 250_000);
        let cache = node(&sim, "cache").totals;
        let what = format!("zipf {exponent} size {size}");
        near(&what, hit_ratio(&cache), expected, 4.0 * error * 2.0);
        near("by Che", hit_ratio(&cache), che(exponent, 10_000, f64::from(size)), 0.002 + 4.0 * error * 2.0);
        assert_eq!(cache.count(Count::Evictions), cache.count(Count::Misses), "each miss takes a place");
    }
}

#[test]
fn what_is_asked_often_stays_longest_under_lfu() {
    let ratio = |eviction: &str| {
        let parts =
            behind(&zipf("1000/s", 0.8, 10_000), &format!("capacity = 500\neviction = \"{eviction}\""));
        hit_ratio(&node(&requests(&parts, 1, 100_000, 100_000), "cache").totals)
    };
    let (lru, lfu, fifo) = (ratio("lru"), ratio("lfu"), ratio("fifo"));
    // The best that any cache of 500 can do with independent requests is to keep the 500 hottest keys.
    let weight = |n: u32| (1..=n).map(|i| libm::pow(f64::from(i), -0.8)).sum::<f64>();
    let best = weight(500) / weight(10_000);
    println!("fifo {fifo:.4} lru {lru:.4} lfu {lfu:.4} best {best:.4}");
    assert!(fifo + 0.02 < lru && lru + 0.05 < lfu && lfu < best, "{fifo} {lru} {lfu} {best}");
}

/// Case ttl-one-key: 0.5/s and 10 s there, a hundred times faster here; and the same with a spread of ages, whose mean
/// is the same.
#[test]
fn one_key_with_time_to_live() {
    for jitter in ["0.0", "0.5"] {
        let cache = format!("ttl = \"100ms\"\nttl_jitter = {jitter}");
        let sim = requests(&behind(&zipf("50/s", 1.0, 1), &cache), 1, 10, 1_000_000);
        let (cache, report) = (node(&sim, "cache").totals, sim.report());
        near("hit ratio", hit_ratio(&cache), 0.833_333_3, 0.000_55);
        let span = (report.now - report.counted_from).secs();
        near(
            "load per second / 100",
            node(&sim, "db").totals.completed as f64 / span / 100.0,
            0.083_333_3,
            0.000_17,
        );
        assert!(cache.count(Count::Expirations).abs_diff(cache.count(Count::Misses)) <= 1);
    }
}

/// Case ttl-zipf with 400,000 requests.
#[test]
fn many_keys_with_time_to_live() {
    let parts = behind(&zipf("1000/s", 0.8, 10_000), "capacity = 10000\nttl = \"60s\"");
    let sim = requests(&parts, 1, 120_000, 400_000);
    let wider = (1_000_000.0f64 / 400_000.0).sqrt();
    near("hit ratio", hit_ratio(&node(&sim, "cache").totals), 0.878_230_3, 0.000_6 + 4.0 * 0.000_12 * wider);
}

#[test]
fn jitter_spreads_the_end_of_what_began_together() {
    let parts = |jitter: f64| {
        let cache = format!("ttl = \"10s\"\nttl_jitter = {jitter}");
        behind(&zipf("5000/s", 0.0, 100), &cache)
    };
    let misses = |sim: &Simulation| sim.windows().iter().map(|w| w.nodes[1].misses).collect::<Vec<_>>();
    let (sharp, spread) = (misses(&seconds(&parts(0.0), 3, 13)), misses(&seconds(&parts(0.2), 3, 13)));
    println!("{sharp:?}\n{spread:?}");
    assert_eq!(sharp[0], 100);
    assert!(sharp[10] >= 90 && sharp[1..10].iter().all(|&m| m == 0), "all at once: {sharp:?}");
    assert!(spread[1..8].iter().all(|&m| m == 0), "none before 8 s: {spread:?}");
    // Uniform over four seconds: 25 each, standard error 4.3.
    assert!(spread[8..12].iter().all(|&m| (8..=42).contains(&m)), "spread over 8 to 12 s: {spread:?}");
}

/// Case cold-cache: misses in the second that begins at t, twenty runs.
#[test]
fn a_cold_cache_fills_as_the_popular_keys_return() {
    let parts = behind(&zipf("1000/s", 0.8, 10_000), "capacity = 10000");
    let cases = [
        (0, 722.1081, 22.0),
        (1, 562.9349, 24.0),
        (5, 359.2817, 18.0),
        (10, 251.2227, 14.0),
        (30, 93.8202, 8.1),
        (60, 30.57741, 5.3),
    ];
    let runs: Vec<_> = (1..=20).map(|seed| seconds(&parts, seed, 61).windows()).collect();
    for (t, expected, tolerance) in cases {
        let mean = runs.iter().map(|w| f64::from(w[t].nodes[1].misses)).sum::<f64>() / runs.len() as f64;
        near(&format!("misses in second {t}"), mean, expected, tolerance);
    }
}

#[test]
fn a_crash_empties_the_cache() {
    let mut sim = seconds(&behind(&zipf("1000/s", 0.8, 1000), ""), 1, 30);
    let misses = |sim: &Simulation| sim.windows().last().unwrap().nodes[1].misses;
    let warm = misses(&sim);
    let cache = Target { name: "cache".into(), replica: None };
    sim.apply(&Change::Crash(cache.clone())).unwrap();
    sim.apply(&Change::Restore(cache)).unwrap();
    let entries = |sim: &Simulation| {
        let snapshot = sim.snapshot();
        snapshot.nodes[1].extra.iter().find(|e| e.label == "entries").unwrap().text.clone()
    };
    assert_eq!(entries(&sim), "0");
    sim.advance(Time::from_secs(31), u64::MAX);
    assert!(misses(&sim) > 10 * warm.max(1), "{} after {warm}", misses(&sim));
}

/// Loads of the one key that are begun until the first of them ends.
fn loads(parts: &str, seed: u64) -> f64 {
    let mut sim = begin(parts, seed);
    while node(&sim, "db").totals.completed == 0 {
        for _ in 0..20 {
            sim.step();
        }
    }
    node(&sim, "db").totals.arrivals as f64
}

/// Case stampede: 500/s for one key, loading takes 0.4 s. Fifty runs; with the cache in front, and aside of a service.
#[test]
fn a_stampede_and_how_single_flight_ends_it() {
    let slow = "[node.db.database]\nconnections = \"unlimited\"\nread = { constant = \"400ms\" }\n";
    let users = zipf("500/s", 1.0, 1);
    let through = |cache: &str| {
        format!(
            "[node.users.client]\n{users}\n[node.cache.cache]\nmode = \"read-through\"\nbehind = \"db\"\nttl = \"60s\"\n\
             work = {{ constant = \"0ms\" }}\n{cache}\n{slow}[[link]]\nfrom = \"users\"\nto = \"cache\"\n"
        )
    };
    let aside = |cache: &str| {
        format!(
            "[node.users.client]\n{users}\n[node.web.service]\nworkers = \"unlimited\"\nwork = {{ constant = \"0ms\" }}\n\
             calls = [{{ to = \"cache\", on_miss = \"db\" }}]\n[node.cache.cache]\nttl = \"60s\"\n\
             work = {{ constant = \"0ms\" }}\n{cache}\n{slow}[[link]]\nfrom = \"users\"\nto = \"web\"\n"
        )
    };
    for parts in [through(""), aside("")] {
        let mean = (1..=50).map(|seed| loads(&parts, seed)).sum::<f64>() / 50.0;
        near("loads, plain", mean, 201.0, 8.1);
    }
    for parts in [through("single_flight = true"), aside("single_flight = true")] {
        for seed in 1..=5 {
            assert_eq!(loads(&parts, seed), 1.0);
        }
        let sim = seconds(&parts, 1, 20);
        let cache = node(&sim, "cache").totals;
        assert_eq!(cache.count(Count::Misses), 1);
        assert!(cache.count(Count::Hits) > 9_000);
        // Who came first waited 0.4 s, who came last before the value not at all.
        let waited = sim.report().system.responses.max().unwrap();
        assert_eq!(waited, Time::from_ms(400));
    }
}

#[test]
fn whoever_waits_for_a_loader_that_fails_loads_itself() {
    let parts = "[node.users.client]\nrate = \"100/s\"\nclasses = { read = { keys = { zipf = 1.0, of = 1 } } }\n\
        [node.web.service]\nworkers = \"unlimited\"\ncalls = [{ to = \"cache\", on_miss = \"db\" }]\n\
        [node.cache.cache]\nsingle_flight = true\nlease = \"200ms\"\n[node.db.database]\n\
        [[link]]\nfrom = \"users\"\nto = \"web\"\n[[fault]]\nat = \"0s\"\ncrash = \"db\"\nfor = \"2s\"\n";
    let mut sim = begin(parts, 1);
    sim.set_request_limit(1000);
    sim.run_to_end();
    let report = sim.report();
    let failed: u64 = report.system.failed.iter().sum();
    // One loader each 200 ms until the database is back at 2 s: about ten fail, nobody is forgotten.
    assert!((5..=11).contains(&failed), "{failed} failed");
    assert_eq!((report.system.completed + failed, report.in_flight), (1000, 0));
    assert!(report.system.responses.max().unwrap() <= Time::from_secs(3));
}

/// Case hit-ratio-cliff: four runs of 250,000 requests, which is as good as one of a million.
#[test]
fn the_database_sees_what_the_cache_does_not_know() {
    for (h, sojourn, sojourn_error, busy, busy_error) in [
        (0.95, 0.000_75, 2.81e-6, 0.333_333_3, 0.002_11),
        (0.9, 0.001_5, 1.71e-5, 0.666_666_7, 0.003_17),
        (0.87, 0.003_75, 0.000_101, 0.866_666_7, 0.003_18),
    ] {
        let parts = format!(
            "[node.users.client]\nrate = \"2000/s\"\n[node.web.service]\nworkers = \"unlimited\"\n\
             work = {{ constant = \"0.5ms\" }}\ncalls = [{{ to = \"cache\", on_miss = \"db\" }}]\n\
             [node.cache.cache]\nwork = {{ constant = \"0ms\" }}\nhit_ratio = {h}\n\
             [node.db.database]\nconnections = 1\nread = {{ exponential = \"3333333ns\" }}\n\
             [[link]]\nfrom = \"users\"\nto = \"web\"\n"
        );
        let runs: Vec<_> = (1..=4).map(|seed| requests(&parts, seed, 50_000, 250_000)).collect();
        let mean = |of: fn(&Simulation) -> f64| runs.iter().map(of).sum::<f64>() / 4.0;
        let took = mean(|sim| sim.report().system.responses.mean().unwrap());
        near(&format!("sojourn at {h}"), took, sojourn, 4.0 * sojourn_error);
        let used = mean(|sim| node(sim, "db").utilization.unwrap());
        near("database utilization", used, busy, 4.0 * busy_error);
    }
}

/// Half the requests write. Who is told of writes in which way decides how many reads are stale.
#[test]
fn what_writes_do_to_the_cache() {
    let classes = "rate = \"1000/s\"\nclasses = { read = { share = 0.5, keys = { zipf = 1.0, of = 100 } }, \
        edit = { share = 0.5, write = true, keys = { zipf = 1.0, of = 100 } } }";
    let run = |cache: &str| {
        let sim = seconds(&behind(classes, cache), 2, 60);
        let t = node(&sim, "cache").totals;
        println!(
            "{cache:?}: hits {} misses {} stale {}",
            t.count(Count::Hits),
            t.count(Count::Misses),
            t.stale_reads
        );
        (counted(&sim, "cache", Count::Misses), t.stale_reads)
    };
    let (misses_invalidate, stale) = run("on_write = \"invalidate\"");
    assert!(misses_invalidate > 10_000 && stale == 0);
    let (misses, stale) = run("on_write = \"update\"");
    assert!(misses <= 100 && stale == 0, "what is written is kept: {misses}");
    let (misses, stale) = run("on_write = \"nothing\"");
    assert!(misses <= 100 && stale > 10_000, "the old value stays: {stale}");
    // The last `mode` of a table would be a second one: write-through takes the place of read-through.
    let parts = behind(classes, "").replace("read-through", "write-through");
    let sim = seconds(&parts, 2, 60);
    let t = node(&sim, "cache").totals;
    assert!(t.count(Count::Misses) <= 100 && t.stale_reads == 0);
    assert!(node(&sim, "db").totals.completed > 29_000, "every write reaches the database");
}
