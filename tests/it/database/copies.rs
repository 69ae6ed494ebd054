//! Replicas: lag, stale reads, acknowledgement, work, failover.

use super::{failures, level, near, node, run_for, seeded};
use fivenines::sim::change::Change;
use fivenines::sim::distribution::Distribution;
use fivenines::sim::outcome::Reason;
use fivenines::sim::simulation::Simulation;
use fivenines::sim::time::Time;
use fivenines::sim::value::Value;

fn lagging(users: &str, database: &str, latency: &str) -> Simulation {
    lagging_seeded(11, users, database, latency)
}
fn lagging_seeded(seed: u64, users: &str, database: &str, latency: &str) -> Simulation {
    seeded(
        seed,
        &format!(
            r#"
{users}
[node.db.database]
connections = "unlimited"
read = {{ constant = "0ms" }}
write = {{ constant = "0ms" }}
replicas = 1
{database}
[[link]]
from = "db"
to = "db"
latency = {latency}
"#
        ),
    )
}
const PAIR: &str = r#"
[node.writers.client]
rate = "500/s"
[node.writers.client.classes]
write = { share = 1.0, write = true, keys = { uniform = true, of = 1000 } }
[node.readers.client]
rate = "1000/s"
[node.readers.client.classes]
read = { share = 1.0, keys = { uniform = true, of = 1000 } }
[[link]]
from = "writers"
to = "db"
[[link]]
from = "readers"
to = "db"
"#;

/// Each key is written every 2 s on average, so a read comes exp(2 s) after the write (Poisson arrivals see time
/// averages): it is stale with 1 - exp(-0.5 / 2).
#[test]
fn stale_reads_with_a_fixed_lag() {
    let report = run_for(lagging(PAIR, "", "{ constant = \"500ms\" }"), 300);
    let db = node(&report, "db");
    let reads = report.classes.iter().find(|(n, _)| n == "read").unwrap().1.completed as f64;
    near(
        "stale",
        db.totals.stale_reads as f64 / reads,
        0.221_199_2,
        4.0 * (0.22 * 0.78 / reads).sqrt() * 1.5,
    );
    near("lag", db.totals.lag.mean().unwrap(), 0.5, 0.005);
}

/// All keys are written at one instant and read 0.3 s later: with exponential lag of 0.1 s, exp(-3) of the reads of
/// written keys are stale.
#[test]
fn stale_reads_with_an_exponential_lag() {
    let users = r#"
[node.writers.client]
rate = "1000000/s"
profile = { steps = [["0s", 1.0], ["80ms", 0.0]] }
[node.writers.client.classes]
write = { share = 1.0, write = true, keys = { uniform = true, of = 20000 } }
[node.readers.client]
rate = "1000000/s"
profile = { steps = [["0s", 0.0], ["380ms", 1.0], ["381ms", 0.0]] }
[node.readers.client.classes]
read = { share = 1.0, keys = { uniform = true, of = 20000 } }
[[link]]
from = "writers"
to = "db"
[[link]]
from = "readers"
to = "db"
"#;
    let report = run_for(lagging(users, "", "{ exponential = \"100ms\" }"), 1);
    let reads = report.classes.iter().find(|(n, _)| n == "read").unwrap().1.completed as f64;
    // The newest write of a key has an age of 0.3 s and a bit: keys are written 4 times each, evenly over 80 ms,
    // so the newest is (80 ms - age) old with a truncated exponential of 20 ms; read over 1 ms.
    let (rate, width, lag) = (1.0 / 0.02, 0.08f64, 0.1f64);
    let both = rate + 1.0 / lag;
    let expected = libm::exp(-0.3 / lag) * rate * (1.0 - libm::exp(-both * width)) / both;
    let stale = node(&report, "db").totals.stale_reads as f64 / reads;
    near("stale", stale, expected, 4.0 * (expected / reads).sqrt() * 1.3 + expected * 0.01);
}

#[test]
fn sticky_reads_see_what_was_written() {
    let report = run_for(lagging(PAIR, "sticky = \"600ms\"", "{ constant = \"500ms\" }"), 60);
    assert_eq!(node(&report, "db").totals.stale_reads, 0);
    let servers = &node(&report, "db").servers;
    // Writes, and the reads within 0.6 s of one: 1 - exp(-0.3).
    near("primary", servers[0].arrivals as f64 / 60.0, 500.0 + 1000.0 * 0.259_18, 25.0);
}

/// Reads only on replicas; a replica repeats half of a write's work on the same core.
#[test]
fn capacity_with_read_replicas() {
    // Load that fills the fullest machine to 80 %.
    for (replicas, capacity) in [(1u32, 500.0), (2, 909.09), (4, 1538.46), (16, 2500.0)] {
        let load = capacity * 0.8;
        let sim = level(&format!(
            r#"
[node.users.client]
rate = "{load}/s"
[node.users.client.classes]
read = {{ share = 0.9 }}
write = {{ share = 0.1, write = true }}
[node.db.database]
size = "m"
replicas = {replicas}
replay = 0.5
read = {{ exponential = "2ms" }}
write = {{ exponential = "4ms" }}
[[link]]
from = "users"
to = "db"
"#
        ));
        let cores = f64::from(sim.topology().size("m").unwrap().cores);
        let mut sim = sim;
        sim.advance(Time::from_secs(100), u64::MAX);
        let windows = sim.windows();
        let server =
            |k: usize| windows.iter().map(|w| w.nodes[1].replicas[k].cpu_busy_ns).sum::<u64>() as f64 / 1e11;
        let fullest = (0..=replicas as usize).map(server).fold(0.0, f64::max);
        near(&format!("{replicas} replicas, {cores} cores"), fullest, 0.8, 0.03);
    }
}

const WRITERS: &str = r#"
[node.users.client]
rate = "200/s"
[node.users.client.classes]
write = { share = 1.0, write = true, keys = { uniform = true, of = 1000000 } }
[[link]]
from = "users"
to = "db"
"#;

/// An acknowledged write younger than the lag at the crash is lost; writes fail for detection and promotion.
#[test]
fn a_failover_loses_what_the_replica_has_not_received() {
    let (mut lost, mut failed, mut outage, runs) = (0, 0, 0.0, 5);
    for seed in 0..runs {
        let parts = format!("{WRITERS}\n[[fault]]\nat = \"50s\"\ncrash = \"db#primary\"\nfor = \"100s\"\n");
        let mut sim = lagging_seeded(
            seed,
            &parts,
            "failover = { detect = \"15s\", promote = \"20s\" }",
            "{ constant = \"800ms\" }",
        );
        sim.advance(Time::from_secs(200), u64::MAX);
        let windows = sim.windows();
        outage += windows.iter().filter(|w| w.system.completed == 0).count() as f64;
        let report = super::conserved(sim.report());
        let t = &node(&report, "db").totals;
        lost += t.lost_writes;
        failed += failures(&report);
        assert_eq!(report.system.failed[Reason::Refused as usize], failures(&report));
        // The former primary is a replica now, by name too.
        let names: Vec<_> = node(&report, "db").servers.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["db#replica-1", "db#primary"]);
    }
    let runs = runs as f64;
    near("lost writes", lost as f64 / runs, 160.0, 4.0 * 13.3 / runs.sqrt());
    near("failed writes", failed as f64 / runs, 7000.0, 4.0 * 80.9 / runs.sqrt());
    near("outage", outage / runs, 35.0, 0.5);
}

/// A primary that hangs is replaced like a dead one; what it has in hand when it goes on is refused, and changes nothing.
#[test]
fn a_silent_primary_is_deposed() {
    for (replication, fault) in [("async", "hang"), ("async", "pause"), ("semi-sync", "hang")] {
        let parts = format!(
            "{WRITERS}timeout = \"500ms\"\n[[fault]]\nat = \"20s\"\n{fault} = \"db#primary\"\nfor = \"20s\"\n"
        );
        let knobs =
            format!("replication = \"{replication}\"\nfailover = {{ detect = \"2s\", promote = \"1s\" }}");
        let mut sim = lagging(&parts, &knobs, "{ constant = \"10ms\" }");
        sim.advance(Time::from_secs(100), u64::MAX);
        let outage: Vec<usize> = (0..100).filter(|&s| sim.windows()[s].system.completed == 0).collect();
        assert_eq!(outage, [20, 21, 22], "{fault}, {replication}: detection and promotion");
        let report = super::conserved(sim.report());
        let names: Vec<_> = node(&report, "db").servers.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["db#replica-1", "db#primary"]);
        let t = &node(&report, "db").totals;
        assert!(t.failed[Reason::ReadOnly as usize] > 0, "{fault}, {replication}: what it had in hand");
        assert_eq!(report.system.failed[Reason::TimedOut as usize], failures(&report));
    }
}

#[test]
fn acknowledged_by_a_replica_nothing_is_lost() {
    for replication in ["semi-sync", "sync"] {
        let parts = format!("{WRITERS}\n[[fault]]\nat = \"20s\"\ncrash = \"db#primary\"\nfor = \"20s\"\n");
        let knobs =
            format!("replication = \"{replication}\"\nfailover = {{ detect = \"1s\", promote = \"1s\" }}");
        let sim = lagging(&parts, &knobs, "{ constant = \"10ms\" }");
        let report = run_for(sim, 100);
        let t = &node(&report, "db").totals;
        assert_eq!(t.lost_writes, 0, "{replication}");
        // There and back, and no more when the other copy is down.
        assert!(t.response.max().unwrap() <= Time::from_ms(21), "{:?}", t.response.max());
        assert!(report.system.failed[Reason::Crashed as usize] > 0, "what waited died with the primary");
        near("answered", report.system.completed as f64, 200.0 * 98.0, 4.0 * (200.0f64 * 98.0).sqrt());
    }
}

/// The write waits for the first of three copies, or for all of them; apply times are exponential.
#[test]
fn the_acknowledgement_waits_for_one_log_or_for_all_copies() {
    let run = |replication: &str| {
        let sim = level(&format!(
            r#"
[node.users.client]
rate = "5/s"
[node.users.client.classes]
write = {{ share = 1.0, write = true }}
[node.db.database]
connections = "unlimited"
replicas = 3
write = {{ exponential = "10ms" }}
replication = "{replication}"
[[link]]
from = "users"
to = "db"
[[link]]
from = "db"
to = "db"
latency = {{ exponential = "4ms" }}
"#
        ));
        let report = run_for(sim, 10_000);
        let db = node(&report, "db");
        assert!(db.occupied_by_calls.is_none(), "workers without bound have no share");
        db.totals.response.mean().unwrap()
    };
    near("async", run("async"), 0.010, 0.000_2);
    // The first of three round trips of Erlang-2 (2 x 4 ms): its mean is the integral of ((1 + x) e^-x)^3, times 4 ms.
    let first: f64 =
        (0..200_000).map(|i| f64::from(i) * 1e-4).map(|x| ((1.0 + x) * libm::exp(-x)).powi(3) * 1e-4).sum();
    near("semi-sync", run("semi-sync"), 0.010 + first * 0.004, 0.000_25);
    let all = run("sync");
    assert!(all > 0.010 + 0.010 * (1.0 + 0.5 + 1.0 / 3.0), "longer than the slowest of three applies: {all}");
}

/// The same partition as a file says it: users on both sides, one replica with the smaller one.
#[test]
fn a_partition_in_a_level() {
    let run = |word: &str| {
        let keys = "keys = { uniform = true, of = 20000 } }";
        let users = format!(
            r#"
[node.many.client]
rate = "140/s"
[node.many.client.classes]
many = {{ share = 1.0, write = true, {keys}
[node.few.client]
rate = "60/s"
[node.few.client.classes]
few = {{ share = 1.0, write = true, {keys}
[[link]]
from = "many"
to = "db"
[[link]]
from = "few"
to = "db"
[[fault]]
at = "10s"
partition = [["many", "db#primary", "db#replica-1"], ["few", "db#replica-2"]]
for = "60s"
"#
        );
        let sim = level(&format!(
            r#"
{users}
[node.db.database]
write = {{ constant = "0ms" }}
replicas = 2
partition = "{word}"
"#
        ));
        run_for(sim, 100)
    };
    let cp = run("cp");
    near("refused", cp.system.failed[Reason::ReadOnly as usize] as f64, 3600.0, 4.0 * 61.1);
    assert_eq!(failures(&cp), cp.system.failed[Reason::ReadOnly as usize]);
    let ap = run("ap");
    assert_eq!(failures(&ap), 0);
    near("conflicts", node(&ap, "db").totals.diverged_writes as f64, 1129.892, 4.0 * 32.9);
}

/// A replica that leaves the design forgets its log; when it comes back it has a fresh copy, like any new one.
#[test]
fn a_replica_that_leaves_and_comes_back_is_like_a_new_one() {
    let replicas = |n| Change::Set { target: "db".into(), knob: "replicas", value: Some(Value::Count(n)) };
    let users = PAIR.replace("uniform = true, of = 1000", "uniform = true, of = 100000");
    let mut sim = lagging(&users, "", "{ constant = \"0ms\" }");
    let work = Value::Distribution(Distribution::Constant(Time::from_ms(3)));
    sim.apply(&Change::Set { target: "db".into(), knob: "write", value: Some(work) }).unwrap();
    sim.advance(Time::from_secs(20), u64::MAX);
    assert!(node(&sim.report(), "db").totals.stale_reads > 50, "the replica lags");
    sim.apply(&replicas(0)).unwrap();
    sim.advance(Time::from_secs(60), u64::MAX);
    let before = node(&sim.report(), "db").totals.stale_reads;
    assert!(sim.report().calls < 20, "the log of the one that left is gone");
    sim.apply(&Change::Set { target: "db".into(), knob: "replay", value: Some(Value::Factor(0.05)) })
        .unwrap();
    sim.apply(&replicas(1)).unwrap();
    sim.advance(Time::from_secs(120), u64::MAX);
    let report = super::conserved(sim.report());
    let db = node(&report, "db");
    assert!(db.servers[1].arrivals > 60_000, "it serves all reads: {}", db.servers[1].arrivals);
    // 500 writes a second that take 0.15 ms there: one read of 10,000 comes in between.
    assert!(db.totals.stale_reads - before < 20, "{}", db.totals.stale_reads - before);
}
