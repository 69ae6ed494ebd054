//! Connections: waiting for one, giving up, and what many of them cost.

use super::{failures, level, near, node, run_for, run_requests};
use fivenines::sim::outcome::Reason;
use fivenines::sim::time::Time;

/// M/M/10 with a constant limit on waiting (Gnedenko and Kovalenko).
#[test]
fn who_waits_longer_than_the_queue_timeout_leaves_with_an_error() {
    let sim = level(
        r#"
[node.users.client]
rate = "210/s"
[node.db.database]
connections = 10
queue_timeout = "200ms"
read = { exponential = "50ms" }
[[link]]
from = "users"
to = "db"
"#,
    );
    let report = run_requests(sim, 20_000, 300_000);
    let all = report.system.completed + failures(&report);
    // The tolerances of the reference case are for a million requests.
    let wider = (1_000_000f64 / 300_000.0).sqrt();
    near("timeout fraction", failures(&report) as f64 / all as f64, 0.053_395_66, 0.005_1 * wider);
    near("utilization", node(&report, "db").utilization.unwrap(), 0.993_934_6, 0.001_8 * wider);
    let t = &node(&report, "db").totals;
    assert_eq!(t.failed[Reason::PoolExhausted as usize], failures(&report));
    assert!(t.waiting.max().unwrap() <= Time::from_ms(201));
}

/// M/M/20 (Erlang C).
#[test]
fn twenty_connections_at_ninety_percent() {
    let sim = level(
        r#"
[node.users.client]
rate = "360/s"
[node.db.database]
connections = 20
read = { exponential = "50ms" }
[[link]]
from = "users"
to = "db"
"#,
    );
    let report = run_requests(sim, 20_000, 300_000);
    let db = node(&report, "db");
    // One run of 300,000 instead of four of a million.
    let wider = (4_000_000f64 / 300_000.0).sqrt();
    let t = &db.totals;
    near("wait probability", t.waited as f64 / t.waiting.len() as f64, 0.550_769, 0.011 * wider);
    near("wait mean", t.waiting.mean().unwrap(), 0.013_769_23, 0.000_8 * wider);
    near("sojourn mean", t.response.mean().unwrap(), 0.063_769_23, 0.000_84 * wider);
    near("utilization", db.utilization.unwrap(), 0.9, 0.002_9 * wider);
}

/// A shorter limit while some wait already: those behind leave first, and every call is accounted for.
#[test]
fn a_live_change_of_the_limit_loses_nobody() {
    let mut sim = level(
        r#"
[node.users.client]
rate = "100/s"
[node.db.database]
connections = 1
queue_timeout = "5s"
read = { constant = "100ms" }
[[link]]
from = "users"
to = "db"
"#,
    );
    sim.advance(Time::from_secs(3), u64::MAX);
    let knob =
        |value| fivenines::sim::change::Change::Set { target: "db".into(), knob: "queue_timeout", value };
    sim.apply(&knob(Some(fivenines::sim::value::Value::Time(Time::from_ms(500))))).unwrap();
    let report = run_for(sim, 60);
    let db = node(&report, "db");
    assert!(db.totals.completed > 580, "{}", db.totals.completed);
    let waiting = db.totals.arrivals - db.totals.completed - db.totals.failed.iter().sum::<u64>();
    assert!(waiting <= 60, "{waiting} wait, at most half a second's worth");
}

/// Universal scalability law: with n always busy, throughput = n / (work * (1 + s (n-1) + k n (n-1))).
#[test]
fn more_connections_make_each_query_slower() {
    for n in [1.0, 8.0, 32.0, 64.0, 128.0] {
        let sim = level(&format!(
            r#"
[node.users.client]
rate = "30000/s"
[node.db.database]
connections = {n}
queue_capacity = 200
read = {{ constant = "1ms" }}
contention = {{ serial = 0.05, coherency = 0.0002 }}
[[link]]
from = "users"
to = "db"
"#
        ));
        let report = run_for(sim, 5);
        let expected = 1000.0 * n / (1.0 + 0.05 * (n - 1.0) + 0.0002 * n * (n - 1.0));
        near(&format!("{n} connections"), report.system.completed as f64 / 5.0, expected, expected * 0.01);
    }
}

#[test]
fn open_connections_count_whether_busy_or_not() {
    let sim = level(
        r#"
[node.users.client]
rate = "10/s"
[node.web.service]
replicas = 4
calls = [{ to = "db" }]
[node.db.database]
read = { constant = "1ms" }
contention = { serial = 0.1 }
[[link]]
from = "users"
to = "web"
[[link]]
from = "web"
to = "db"
pool = 5
"#,
    );
    let report = run_for(sim, 10);
    // 4 servers with 5 connections each: 1 + 0.1 * 19.
    near("service", node(&report, "db").totals.service.mean().unwrap(), 0.002_9, 0.000_03);
}

/// Too many connections at once: without a place to wait, that is the reason, and not a queue that nobody has.
#[test]
fn where_none_may_wait_the_connections_are_exhausted() {
    let db = |places: u32| {
        format!(
            r#"
[node.users.client]
rate = "300/s"
[node.db.database]
connections = 5
queue_capacity = {places}
read = {{ constant = "50ms" }}
[[link]]
from = "users"
to = "db"
"#
        )
    };
    for (places, reason) in [(0, Reason::PoolExhausted), (3, Reason::QueueFull)] {
        let report = run_for(level(&db(places)), 20);
        let failed = node(&report, "db").totals.failed[reason as usize];
        assert!(failed > 3000, "{places} places: {failed}");
        assert_eq!(failed, failures(&report), "{places} places: one reason for all");
    }
}
