//! Why: critical paths that add up, the tail by place, what differs, and the chain to the cause, on real runs.

use fivenines::insight::critical_path::{self, What};
use fivenines::insight::difference::{Stretch, between};
use fivenines::insight::{bottleneck, causes, tail};
use fivenines::level::check::check;
use fivenines::sim::simulation::Simulation;
use fivenines::sim::time::Time;

const SHOP: &str = r#"
[node.users.client]
rate = "100/s"
patience = "3s"
[node.lb.load-balancer]
health = { interval = "1s", timeout = "500ms" }
[node.web.service]
replicas = 3
workers = 20
work = { exponential = "5ms" }
work_after = { exponential = "2ms" }
calls = [
  { to = "price", parallel = "page" },
  { to = "stock", parallel = "page" },
  { to = "db" },
]
[node.price.service]
work = { exponential = "8ms" }
[node.stock.service]
work = { exponential = "12ms" }
[node.db.database]
connections = 4
read = { exponential = "10ms" }
[[link]]
from = "users"
to = "lb"
latency = { exponential = "5ms" }
[[link]]
from = "lb"
to = "web"
latency = { constant = "1ms" }
[[link]]
from = "web"
to = "db"
latency = { constant = "1ms" }
timeout = "200ms"
retries = { max = 2, backoff = "20ms" }
"#;

fn run(more: &str, seconds: u64) -> Simulation {
    let level =
        check(&format!("{SHOP}{more}"), "shop.toml").unwrap_or_else(|f| panic!("{}", f.render(false)));
    let mut sim = Simulation::new(&level.topology, 7, &level.faults).unwrap();
    sim.advance(Time::from_secs(seconds), u64::MAX);
    sim
}
fn id(sim: &Simulation, name: &str) -> u16 {
    (0..100).find(|&i| sim.node_name(i) == name).unwrap()
}

#[test]
fn every_critical_path_adds_up_to_the_nanosecond() {
    // Overload and a crash, so that there are retries, timeouts, failures and requests without any answer.
    let sim = run(
        "[[fault]]\nat = \"20s\"\nslow = \"db\"\nfactor = 6\nfor = \"10s\"\n[[fault]]\nat = \"40s\"\ncrash = \"web#1\"\n",
        60,
    );
    let kept = sim.traces();
    assert!(!kept.sampled.is_empty() && !kept.slowest.is_empty() && !kept.failed.is_empty());
    let mut retried = false;
    for trace in kept.sampled.iter().chain(&kept.slowest).chain(&kept.failed) {
        let parts = critical_path::of(trace);
        let sum: u64 = parts.iter().map(|p| p.length().ns()).sum();
        assert_eq!(sum, (trace.ended - trace.born).ns(), "{trace:?}");
        assert!(parts.windows(2).all(|p| p[0].to == p[1].from));
        retried |= parts.iter().any(|p| p.what == What::Retrying);
        for span in &trace.spans {
            assert!(span.sent <= span.arrived && span.arrived <= span.started, "{span:?}");
            assert!(span.started <= span.replied && span.replied <= span.ended, "{span:?}");
        }
    }
    assert!(retried, "backoffs lie on the path");
}

#[test]
fn a_calm_run_has_no_causes_and_its_tail_is_whole() {
    let sim = run("", 60);
    let tail = tail::of(&sim).unwrap();
    assert!((tail.parts.iter().map(|p| p.share).sum::<f64>() - 1.0).abs() < 1e-9);
    let kinds: f64 = What::ALL.iter().map(|&w| tail.of_what(w)).sum();
    assert!((kinds - 1.0).abs() < 1e-9);
    assert!(tail.traces > 10 && tail.of_node(id(&sim, "web")) > 0.01, "{tail:?}");
    assert_eq!(causes::chain(&sim, Time::ZERO), []);
}

#[test]
fn the_chain_leads_from_the_users_to_the_slow_database() {
    let sim = run("[[fault]]\nat = \"40s\"\nslow = \"db\"\nfactor = 8\n", 70);
    let chain = causes::chain(&sim, Time::ZERO);
    let told: Vec<&str> = chain.iter().map(|f| f.text.as_str()).collect();
    let db = Some(id(&sim, "db"));
    assert!(told[0].contains("fail") || told[0].contains("p95 went"), "{told:#?}");
    assert!(chain.iter().any(|f| f.node == db && f.text.contains("connections are busy")), "{told:#?}");
    assert!(told.iter().any(|t| t.contains("times as much of its workers' time")), "{told:#?}");
    assert!(told.last().unwrap().starts_with("at 40s db: 8 times slower"), "{told:#?}");
}

#[test]
fn more_traffic_is_named_as_the_cause() {
    let sim = run("", 40);
    let mut busy = sim.clone();
    let change = fivenines::level::change::parse_set("users.rate=400/s", busy.topology()).unwrap();
    busy.apply(&change).unwrap();
    busy.advance(Time::from_secs(70), u64::MAX);
    let told: Vec<String> = causes::chain(&busy, Time::ZERO).into_iter().map(|f| f.text).collect();
    assert!(told.iter().any(|t| t.contains(" gets ")), "{told:#?}");
    assert!(told.iter().any(|t| t.starts_with("at 40s users: rate")), "{told:#?}");
}

#[test]
fn differences_are_those_of_the_design() {
    let sim = run("", 40);
    let same = |run| Stretch { run, from: Time::from_secs(10), to: Time::from_secs(40) };
    assert_eq!(between(same(&sim), same(&sim)), [], "a run does not differ from itself");
    let level = check(&SHOP.replace("connections = 4", "connections = 2"), "shop.toml").unwrap();
    let mut tight = Simulation::new(&level.topology, 7, &[]).unwrap();
    tight.advance(Time::from_secs(40), u64::MAX);
    let shifts = between(same(&sim), same(&tight));
    let utilization = shifts.iter().find(|s| s.path() == "db.utilization").unwrap();
    assert!((utilization.after.unwrap() / utilization.before.unwrap() - 2.0).abs() < 0.1, "{utilization:?}");
    assert!(utilization.told().starts_with("db.utilization "), "{}", utilization.told());
    assert!(shifts.iter().all(|s| s.path() != "web.arrival_rate"), "the same requests came");
}

/// A pool that is full because of a lock, with a few short calls beside it: the lock is named, not the pool.
#[test]
fn a_few_calls_do_not_hide_a_full_lock() {
    let mut sim = crate::stage::build(
        r#"format = 1
[node.users.client]
rate = "900/s"
patience = "2s"
[node.shop.service]
workers = 65
size = "4xl"
work = { exponential = "14ms" }
serial = { exponential = "2ms" }
calls = [{ to = "db", times = 2 }]
[node.db.database]
connections = 100
size = "4xl"
read = { exponential = "2ms" }
[[link]]
from = "users"
to = "shop"
[[link]]
from = "shop"
to = "db"
"#,
    );
    sim.advance(Time::from_secs(30), u64::MAX);
    assert_eq!(bottleneck::find(&sim.snapshot()).map(|b| b.resource), Some("lock".to_owned()));
}
