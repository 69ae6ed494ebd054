//! Shards and quorums.

use super::{failures, level, near, node, run_for, run_requests};
use fivenines::insight::bottleneck;
use fivenines::sim::change::Change;
use fivenines::sim::distribution::Distribution;
use fivenines::sim::outcome::Reason;
use fivenines::sim::simulation::Simulation;
use fivenines::sim::time::Time;
use fivenines::sim::value::Value;

fn sharded(by: &str, users: &str) -> Simulation {
    level(&format!(
        r#"
[node.users.client]
rate = "1000/s"
{users}
[node.db.database]
shards = 8
shard_by = "{by}"
read = {{ exponential = "1ms" }}
write = {{ exponential = "1ms" }}
connections = 4
[[link]]
from = "users"
to = "db"
[[link]]
from = "db"
to = "db"
latency = {{ constant = "0ms" }}
"#
    ))
}
const ZIPF: &str = "[node.users.client.classes]\nread = { share = 1.0, keys = { zipf = 1.0, of = 10000 } }";

#[test]
fn the_hottest_shard_by_rank() {
    let report = run_for(sharded("modulo", ZIPF), 200);
    let servers = &node(&report, "db").servers;
    let all: u64 = servers.iter().map(|s| s.arrivals).sum();
    let most = servers.iter().map(|s| s.arrivals).max().unwrap();
    near("max share", most as f64 / all as f64, 0.198_198_3, 4.0 * (0.2 * 0.8 / all as f64).sqrt());
    assert_eq!(servers[1].name, "db#shard-2");
}

#[test]
fn ranges_put_the_hot_keys_together_and_hashing_spreads_them() {
    let share = |by: &str| {
        let report = run_for(sharded(by, ZIPF), 20);
        let servers = &node(&report, "db").servers;
        servers.iter().map(|s| s.arrivals).max().unwrap() as f64 / 20_000.0
    };
    // The first 1250 of 10,000 ranks.
    let harmonic = |n: u32| (1..=n).map(|i| 1.0 / f64::from(i)).sum::<f64>();
    near("range", share("range"), harmonic(1250) / harmonic(10_000), 0.02);
    // Over placements 0.2139 with a spread of 0.0252.
    near("hash", share("hash"), 0.213_9, 4.0 * 0.025_2);
}

#[test]
fn a_hot_shard_is_the_bottleneck_while_the_others_idle() {
    let mut sim = sharded("range", ZIPF);
    let one = Value::Count(1);
    sim.apply(&Change::Set { target: "db".into(), knob: "connections", value: Some(one) }).unwrap();
    sim.advance(Time::from_secs(20), u64::MAX);
    assert_eq!(bottleneck::find(&sim.snapshot()), None, "three quarters busy are not too busy");
    let work = Value::Distribution(Distribution::Exponential(Time::from_ns(1_250_000)));
    sim.apply(&Change::Set { target: "db".into(), knob: "read", value: Some(work) }).unwrap();
    sim.advance(Time::from_secs(40), u64::MAX);
    let found = bottleneck::find(&sim.snapshot()).unwrap();
    assert!(found.why.starts_with("db#shard-1: 9") && found.resource == "connections", "{}", found.why);
}

/// A query over all shards takes as long as the slowest of them: the mean of the greatest of 8 exponentials.
/// A server that leaves is counted as any other; the one that stays is still the primary.
#[test]
fn names_follow_the_design() {
    let names = |sim: &Simulation| -> Vec<String> {
        node(&sim.report(), "db").servers.iter().map(|s| s.name.clone()).collect()
    };
    let mut sim = level(
        r#"
[node.users.client]
rate = "1/s"
[node.db.database]
replicas = 2
[[link]]
from = "users"
to = "db"
"#,
    );
    assert_eq!(names(&sim), ["db#primary", "db#replica-1", "db#replica-2"]);
    let set = |knob, n| Change::Set { target: "db".into(), knob, value: Some(Value::Count(n)) };
    sim.apply(&set("replicas", 0)).unwrap();
    assert_eq!(names(&sim), ["db#primary", "db#2", "db#3"]);
    sim.apply(&set("replicas", 1)).unwrap();
    sim.apply(&set("shards", 2)).unwrap();
    assert_eq!(names(&sim), ["db#shard-1", "db#shard-1-replica-1", "db#shard-2", "db#shard-2-replica-1"]);
}

#[test]
fn a_scattered_query_waits_for_the_slowest_shard() {
    let users = "[node.users.client.classes]\nread = { share = 1.0, scatter = true }";
    let source = sharded("hash", users);
    let mut sim = source;
    sim.apply(&Change::Set { target: "users".into(), knob: "rate", value: Some(Value::Rate(100.0)) })
        .unwrap();
    let report = run_requests(sim, 100, 100_000);
    let expected: f64 = (1..=8).map(|i| 0.001 / f64::from(i)).sum();
    near("mean", report.system.responses.mean().unwrap(), expected, 0.000_02);
    let db = node(&report, "db");
    // Every shard does the work of every query: 100/s x 1 ms over 4 connections.
    for server in &db.servers {
        near(&server.name, server.utilization.unwrap(), 0.025, 0.000_6);
    }
    assert!(db.totals.completed <= 100_001, "a query counts once");
}

#[test]
fn one_dead_shard_fails_its_keys_and_every_scattered_query() {
    let users = "[node.users.client.classes]\none = { share = 0.5 }\nall = { share = 0.5, scatter = true }\n\
        [[fault]]\nat = \"0s\"\ncrash = \"db#shard-3\"";
    let report = run_for(sharded("modulo", users), 50);
    let of = |name: &str| &report.classes.iter().find(|(n, _)| n == name).unwrap().1;
    let share = |name: &str| {
        let c = of(name);
        c.failed[Reason::Refused as usize] as f64 / c.arrivals as f64
    };
    near("one", share("one"), 0.125, 0.01);
    near("all", share("all"), 1.0, 0.001);
}

/// A fifth shard takes a fifth of the keys: each of them costs double once.
#[test]
fn resharding_moves_no_more_keys_than_it_must() {
    let mut sim = level(
        r#"
[node.users.client]
rate = "2000/s"
[node.users.client.classes]
write = { share = 1.0, write = true, keys = { uniform = true, of = 10000 } }
[node.db.database]
shards = 4
read = { constant = "1ms" }
write = { constant = "1ms" }
[[link]]
from = "users"
to = "db"
"#,
    );
    sim.advance(Time::from_secs(50), u64::MAX);
    sim.apply(&Change::Set { target: "db".into(), knob: "shards", value: Some(Value::Count(5)) }).unwrap();
    sim.advance(Time::from_secs(100), u64::MAX);
    let report = super::conserved(sim.report());
    let service = &node(&report, "db").totals.service;
    let double = service.mean().unwrap() * service.len() as f64 - 0.001 * service.len() as f64;
    near("keys moved", double / 0.001, 2000.0, 4.0 * 40.0 + 100.0);
    assert_eq!(failures(&report), 0);
    let last = node(&report, "db").servers.last().unwrap().arrivals as f64;
    near("fifth shard", last / 50.0, 400.0, 40.0);
}

fn quorum(users: &str, r: u32, w: u32, copy: &str, latency: &str) -> Simulation {
    level(&format!(
        r#"
{users}
[node.db.database]
connections = "unlimited"
read = {copy}
write = {copy}
quorum = {{ n = 3, r = {r}, w = {w} }}
[[link]]
from = "db"
to = "db"
latency = {latency}
"#
    ))
}
const READERS: &str = "[node.users.client]\nrate = \"10/s\"\n[[link]]\nfrom = \"users\"\nto = \"db\"\n";

/// The second of three exponentials of 5 ms: 5 (1/3 + 1/2); all three: 5 (1/3 + 1/2 + 1).
#[test]
fn two_answers_of_three() {
    let run = |r| {
        let sim = quorum(READERS, r, 2, "{ exponential = \"5ms\" }", "{ constant = \"0ms\" }");
        run_requests(sim, 100, 300_000).system.responses.mean().unwrap()
    };
    near("two", run(2), 0.004_166_667, 0.000_019);
    near("all", run(3), 0.009_166_667, 0.000_039);
}

/// Writes and reads of one key, delays exponential: a read with r = w = 1 is stale when the copy that answers first
/// had not the newest committed write. With r + w > n it never is.
#[test]
fn overlapping_quorums_read_what_was_written() {
    let users = r#"
[node.users.client]
rate = "1000/s"
[node.users.client.classes]
read = { share = 0.5, keys = { uniform = true, of = 4 } }
write = { share = 0.5, write = true, keys = { uniform = true, of = 4 } }
[[link]]
from = "users"
to = "db"
"#;
    let stale = |r, w| {
        let sim = quorum(users, r, w, "{ constant = \"0ms\" }", "{ exponential = \"2ms\" }");
        let report = run_for(sim, 100);
        node(&report, "db").totals.stale_reads
    };
    assert_eq!(stale(2, 2), 0);
    assert_eq!(stale(1, 3), 0);
    assert_eq!(stale(3, 1), 0);
    assert!(stale(1, 1) > stale(1, 2) && stale(1, 2) > 0);
}

/// Probabilistically bounded staleness (Bailis and others, VLDB 2012), r = w = 1: the copy that answers a read first
/// lacks a write that was committed before, by an independent draw of the four delays.
#[test]
fn a_fast_quorum_is_stale_as_often_as_its_delays_say() {
    let users = r#"
[node.users.client]
rate = "1000/s"
[node.users.client.classes]
read = { share = 0.5, keys = { uniform = true, of = 25 } }
write = { share = 0.5, write = true, keys = { uniform = true, of = 25 } }
[[link]]
from = "users"
to = "db"
"#;
    let report = run_for(quorum(users, 1, 1, "{ constant = \"0ms\" }", "{ exponential = \"0.2ms\" }"), 600);
    let mut state = 1u64;
    let mut delay = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        -0.000_2 * libm::log(1.0 - (state >> 11) as f64 / (1u64 << 53) as f64)
    };
    let rounds = 1_000_000;
    let (mut late, mut fastest) = (0.0, 0.0);
    for _ in 0..rounds {
        let writes: [f64; 3] = std::array::from_fn(|_| delay());
        let committed = writes.iter().map(|w| w + delay()).fold(f64::MAX, f64::min);
        let reads: [(f64, f64); 3] = std::array::from_fn(|_| (delay(), delay()));
        let first =
            (0..3).min_by(|&a, &b| (reads[a].0 + reads[a].1).total_cmp(&(reads[b].0 + reads[b].1))).unwrap();
        fastest += reads[first].0 + reads[first].1;
        // Reads that start in this time after the commit are stale.
        late += (writes[first] - committed - reads[first].0).max(0.0);
    }
    // 500 writes a second, and 20 reads a second of each key.
    let expected = 500.0 * 600.0 * 20.0 * late / f64::from(rounds);
    let stale = node(&report, "db").totals.stale_reads as f64;
    near("stale reads", stale, expected, 4.0 * expected.sqrt() + 0.03 * expected);
    near("response", report.system.responses.mean().unwrap(), fastest / f64::from(rounds), 0.000_001_5);
}

#[test]
fn a_quorum_survives_one_dead_copy_and_not_two() {
    let parts = format!(
        "{READERS}[[fault]]\nat = \"10s\"\ncrash = \"db#copy-2\"\n[[fault]]\nat = \"20s\"\ncrash = \"db#copy-3\"\n"
    );
    let sim = quorum(&parts, 2, 2, "{ exponential = \"5ms\" }", "{ constant = \"1ms\" }");
    let mut sim = sim;
    sim.advance(Time::from_secs(10), u64::MAX);
    assert_eq!(failures(&sim.report()), 0);
    sim.advance(Time::from_secs(20), u64::MAX);
    // Who reaches the dead copy itself is refused, one in three; the others have a quorum.
    let report = sim.report();
    near("one dead", failures(&report) as f64, 100.0 / 3.0, 16.0);
    sim.advance(Time::from_secs(30), u64::MAX);
    let after = super::conserved(sim.report());
    assert_eq!(after.system.completed - report.system.completed, 0, "no quorum is left");
}
