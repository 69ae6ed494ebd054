//! The balancer: policies against reference cases, health checks, draining, its own limits, a standby pair.
//!
//! Values and tolerances (four standard errors) of the reference cases round-robin-5, least-conn-2, policies-10-exp,
//! two-choices, pooling-4: Kleinrock, Queueing Systems vol. 1, ch. 6; Kingman 1961; Harchol-Balter, Performance
//! Modeling and Design of Computer Systems, ch. 24; Mitzenmacher, IEEE TPDS 12(10) 2001.

use super::stage::near;
use super::users::{build, conserved};
use fivenines::sim::change::{Change, Target};
use fivenines::sim::metrics::Window;
use fivenines::sim::outcome::Reason;
use fivenines::sim::simulation::{Report, Simulation};
use fivenines::sim::time::Time;
use fivenines::sim::value::Value;

fn farm(servers: u32, rate: f64, mean: &str, balancer: &str) -> String {
    format!(
        r#"format = 1
[node.users.client]
rate = "{rate}/s"
[node.lb.load-balancer]
{balancer}
[node.web.service]
replicas = {servers}
workers = 1
work = {{ exponential = "{mean}" }}
[[link]]
from = "users"
to = "lb"
[[link]]
from = "lb"
to = "web"
"#
    )
}
fn long(source: &str, warmup: u64, requests: u64) -> Report {
    let mut sim = build(source, 7);
    sim.set_warmup_requests(warmup);
    sim.set_request_limit(warmup + requests);
    sim.run_to_end();
    conserved(&sim.report());
    sim.report()
}
#[track_caller]
fn sojourn(policy: &str, r: &Report, mean: (f64, f64), p99: Option<(f64, f64)>) {
    near(&format!("{policy} mean"), r.system.responses.mean().unwrap(), mean.0, mean.1);
    if let Some((value, tolerance)) = p99 {
        near(&format!("{policy} p99"), r.system.responses.percentile(990).unwrap().secs(), value, tolerance);
    }
}

#[test]
fn round_robin_and_random_at_five_servers() {
    let run = |p: &str| long(&farm(5, 450.0, "10ms", &format!("policy = \"{p}\"")), 100_000, 2_000_000);
    sojourn("round-robin", &run("round-robin"), (0.061_420_87, 0.0028), Some((0.282_853_5, 0.029)));
    sojourn("random", &run("random"), (0.1, 0.0058), Some((0.460_517, 0.057)));
}
#[test]
fn least_connections_of_two() {
    let r = long(&farm(2, 160.0, "10ms", "policy = \"least-connections\""), 100_000, 2_000_000);
    sojourn("least-connections", &r, (0.029_557_37, 0.000_54), None);
}
#[test]
fn policies_at_ten_servers() {
    let run = |p: &str| long(&farm(10, 800.0, "10ms", &format!("policy = \"{p}\"")), 200_000, 2_000_000);
    sojourn("random", &run("random"), (0.050_058_08, 0.0011), Some((0.230_870_1, 0.011)));
    sojourn("round-robin", &run("round-robin"), (0.029_253_1, 0.000_68), Some((0.134_883, 0.006)));
    sojourn("two-choices", &run("two-choices"), (0.020_727_05, 0.000_26), Some((0.079_504_43, 0.0012)));
    let least = run("least-connections");
    sojourn("least-connections", &least, (0.013_555_04, 0.000_18), Some((0.059_161_99, 0.000_88)));
    // Equal weights: weighted is round robin, weighted least connections is least connections.
    sojourn("weighted", &run("weighted"), (0.029_253_1, 0.000_68), Some((0.134_883, 0.006)));
    let weighted = run("weighted-least-connections");
    sojourn(
        "weighted-least-connections",
        &weighted,
        (0.013_555_04, 0.000_18),
        Some((0.059_161_99, 0.000_88)),
    );
    // A user of its own behind each request, uniform keys: no better than chance.
    sojourn("ip-hash", &run("ip-hash"), (0.050_058_08, 0.0011), None);
    // It compares two as two choices does, by more than their queues: between least connections and round robin.
    let ewma = run("ewma").system.responses.mean().unwrap();
    assert!((0.0135..0.0293).contains(&ewma), "{ewma}");
}
#[test]
fn two_choices_of_a_hundred() {
    let r = long(&farm(100, 90.0, "1s", "policy = \"two-choices\""), 400_000, 2_000_000);
    sojourn("two-choices", &r, (2.647_739, 0.045), None);
}

fn arrivals(sim: &Simulation) -> Vec<f64> {
    let report = sim.report();
    let web = report.nodes.iter().find(|n| n.name == "web").unwrap();
    web.servers.iter().map(|s| s.arrivals as f64).collect()
}
fn shares(sim: &Simulation) -> Vec<f64> {
    let counts = arrivals(sim);
    let all: f64 = counts.iter().sum();
    counts.iter().map(|c| c / all).collect()
}
#[test]
fn weights_share_the_traffic() {
    for policy in ["weighted", "weighted-least-connections"] {
        let knobs = format!("policy = \"{policy}\"\nweights = [3, 1, 1]");
        let mut sim = build(&farm(3, 250.0, "10ms", &knobs), 1);
        sim.advance(Time::from_secs(60), u64::MAX);
        let s = shares(&sim);
        if policy == "weighted" {
            assert!((s[0] - 0.6).abs() < 0.001 && (s[1] - 0.2).abs() < 0.001, "{s:?}");
        } else {
            assert!(s[0] > 0.4 && (s[1] - s[2]).abs() < 0.02, "{s:?}");
        }
    }
    // Without a list the cores count: a machine of four cores beside one of two.
    let source = r#"format = 1
[node.users.client]
rate = "100/s"
[node.lb.load-balancer]
policy = "weighted"
[node.big.service]
size = "l"
[node.small.service]
size = "m"
[[link]]
from = "users"
to = "lb"
[[link]]
from = "lb"
to = "big"
[[link]]
from = "lb"
to = "small"
"#;
    let mut sim = build(source, 1);
    sim.advance(Time::from_secs(30), u64::MAX);
    let r = sim.report();
    let of = |name: &str| r.nodes.iter().find(|n| n.name == name).unwrap().totals.arrivals as f64;
    let cores = |size: &str| f64::from(sim.topology().size(size).unwrap().cores);
    near("big over small", of("big") / of("small"), cores("l") / cores("m"), 0.01);
}
#[test]
fn a_user_and_a_key_stay_with_their_server() {
    let users = |policy: &str| {
        let source = farm(4, 400.0, "1ms", &format!("policy = \"{policy}\""));
        build(&source.replace("[node.lb", "sessions = 1\n[node.lb"), 3)
    };
    let mut one = users("ip-hash");
    one.advance(Time::from_secs(5), u64::MAX);
    assert!(shares(&one).iter().any(|s| (s - 1.0).abs() < 1e-9), "{:?}", shares(&one));
    // One key: one server; when it dies the check sends its key to the next, and back.
    let keys = "[node.users.client.classes]\nread = { share = 1.0, keys = { uniform = true, of = 1 } }\n";
    let health = "policy = \"consistent-hash\"\nhealth = { interval = \"1s\", timeout = \"100ms\" }";
    let source = farm(4, 400.0, "1ms", health).replace("[node.lb", &format!("{keys}[node.lb"));
    let mut sim = build(&source, 3);
    sim.advance(Time::from_secs(5), u64::MAX);
    let mine = shares(&sim).iter().position(|s| (s - 1.0).abs() < 1e-9).unwrap();
    let target = Target { name: "web".into(), replica: Some(mine as u16) };
    sim.apply(&Change::Crash(target.clone())).unwrap();
    sim.advance(Time::from_secs(10), u64::MAX);
    let before = arrivals(&sim);
    sim.advance(Time::from_secs(15), u64::MAX);
    let moved: Vec<usize> = (0..4).filter(|&k| arrivals(&sim)[k] > before[k]).collect();
    assert!(moved.len() == 1 && moved[0] != mine, "{moved:?}");
    conserved(&sim.report());
}
#[test]
fn ewma_avoids_the_slow_one() {
    let mut sim = build(&farm(3, 120.0, "10ms", "policy = \"ewma\""), 5);
    sim.apply(&Change::Slow { target: Target { name: "web".into(), replica: Some(0) }, factor: 10.0 })
        .unwrap();
    sim.advance(Time::from_secs(60), u64::MAX);
    let s = shares(&sim);
    assert!(s[0] < 0.1 && (s[1] - s[2]).abs() < 0.05, "{s:?}");
}

fn failed(w: &Window) -> u32 {
    w.system.failed.iter().sum()
}
/// The first second from which no request failed any more.
fn healed(sim: &Simulation) -> usize {
    sim.windows().iter().rposition(|w| failed(w) > 0).map_or(0, |i| i + 1)
}
#[test]
fn probes_take_a_dead_server_out_after_interval_times_threshold() {
    // Reference case health-check: 10 runs; dies half an interval before a probe, found by the third: 25 s.
    let (mut lost, mut asked, mut seconds) = (0.0, 0.0, 0.0);
    for seed in 0..10 {
        let health = "policy = \"random\"\nhealth = { interval = \"10s\", timeout = \"1s\", fall = 3 }";
        let source = farm(4, 400.0, "1ms", health);
        // Its probes come at a phase of the seed: found by crashing it and looking when it is out.
        let detected = |at: Time| {
            let mut sim = build(&source, seed);
            sim.advance(at, u64::MAX);
            sim.apply(&Change::Crash(Target { name: "web".into(), replica: Some(0) })).unwrap();
            let out = |sim: &Simulation| sim.snapshot().nodes[2].replicas[0].healthy == Some(false);
            while !out(&sim) {
                sim.advance(sim.now() + Time::from_ms(100), u64::MAX);
            }
            sim
        };
        let first = detected(Time::from_secs(20)).now();
        let crash = first.saturating_sub(Time::from_secs(5));
        let sim = detected(crash);
        seconds += (sim.now() - crash).secs() / 10.0;
        let r = sim.report();
        lost += r.system.failed.iter().sum::<u64>() as f64 / 10.0;
        asked += (sim.now() - crash).secs() * 400.0 / 10.0;
        conserved(&r);
    }
    near("detection", seconds, 25.0, 0.5);
    near("failed requests", lost, 2500.0, 62.0);
    near("share while undetected", lost / asked, 0.25, 0.0063);
}
#[test]
fn failed_requests_take_a_dead_server_out_at_once() {
    let passive = |health: &str| {
        let mut sim = build(&farm(4, 400.0, "1ms", &format!("health = {{ {health} }}")), 5);
        sim.advance(Time::from_secs(10), u64::MAX);
        let target = Target { name: "web".into(), replica: Some(1) };
        sim.apply(&Change::Crash(target.clone())).unwrap();
        sim.advance(Time::from_secs(35), u64::MAX);
        sim.apply(&Change::Restore(target)).unwrap();
        sim.advance(Time::from_secs(80), u64::MAX);
        conserved(&sim.report());
        sim
    };
    // Three requests each time that it is tried again: at 10 s, 20 s and 30 s.
    let alone = passive("interval = \"10s\", fall = 3, active = false, passive = true");
    let lost = alone.report().system.failed[Reason::Refused as usize];
    assert_eq!(lost, 9);
    // With probes it comes back by them only.
    let both = passive("interval = \"5s\", timeout = \"1s\", passive = 2");
    assert_eq!(both.report().system.failed.iter().sum::<u64>(), 2);
    for sim in [alone, both] {
        let windows = sim.windows();
        let back: u32 = windows.range(60, 80).map(|w| w.nodes[2].replicas[1].arrivals).sum();
        assert!((1900..2100).contains(&back), "{back}");
    }
}
#[test]
fn who_is_out_when_probes_end_is_tried_again() {
    let mut sim = build(
        &farm(2, 50.0, "1ms", "health = { interval = \"1s\", timeout = \"1s\", fall = 2, rise = 2 }"),
        5,
    );
    let web = Target { name: "web".into(), replica: None };
    sim.advance(Time::from_secs(10), u64::MAX);
    sim.apply(&Change::Crash(web.clone())).unwrap();
    sim.advance(Time::from_secs(15), u64::MAX);
    let passive = "lb.health={ interval = \"10s\", active = false, passive = 2 }";
    sim.apply(&fivenines::level::change::parse_set(passive, sim.topology()).unwrap()).unwrap();
    sim.advance(Time::from_secs(20), u64::MAX);
    sim.apply(&Change::Restore(web)).unwrap();
    sim.advance(Time::from_secs(60), u64::MAX);
    let answered: u32 = sim.windows().range(40, 60).map(|w| w.system.completed).sum();
    assert!(answered > 900, "{answered} of a thousand were answered");
}
#[test]
fn a_backend_that_leaves_has_time_to_finish() {
    let run = |drain: &str, retried: bool| {
        let mut source = farm(2, 20.0, "10ms", drain);
        if retried {
            source.push_str("retries = { max = 1 }\n");
        }
        let source = source
            .replace("{ exponential = \"10ms\" }", "{ constant = \"2s\" }")
            .replace("workers = 1", "workers = \"unlimited\"");
        let mut sim = build(&source, 5);
        sim.advance(Time::from_secs(10), u64::MAX);
        let set = Change::Set { target: "web".into(), knob: "replicas", value: Some(Value::Count(1)) };
        sim.apply(&set).unwrap();
        let before = arrivals(&sim)[1];
        sim.advance(Time::from_secs(20), u64::MAX);
        assert_eq!(arrivals(&sim)[1], before, "no new requests");
        conserved(&sim.report());
        sim.report().system.failed[Reason::Removed as usize]
    };
    assert_eq!((run("", false), run("drain = \"3s\"", false)), (0, 0));
    // Half of the 20 in its hands have more than a second to go.
    let cut = run("drain = \"1s\"", false);
    assert!((4..17).contains(&cut), "{cut}");
    let cut = run("drain = \"1s\"", true);
    assert!((4..17).contains(&cut), "{cut}");
}
#[test]
fn its_own_work_can_be_the_bottleneck() {
    // M/D/1 at 80 %: mean sojourn 1/mu (1 + rho / 2 (1 - rho)) = 3 ms, by Pollaczek and Khinchine.
    let source = farm(4, 800.0, "0.01ms", "capacity = \"1000/s\"");
    let mut sim = build(&source, 7);
    sim.set_warmup(Time::from_secs(20));
    sim.advance(Time::from_secs(620), u64::MAX);
    let r = sim.report();
    let lb = r.nodes.iter().find(|n| n.name == "lb").unwrap();
    near("utilization", lb.utilization.unwrap(), 0.8, 0.006);
    near("sojourn", r.system.responses.mean().unwrap(), 0.003 + 0.000_01, 0.000_12);
    conserved(&r);
    let over = farm(4, 2000.0, "0.01ms", "capacity = \"1000/s\"\nconnections = 50");
    let mut sim = build(&over, 7);
    sim.advance(Time::from_secs(60), u64::MAX);
    let r = sim.report();
    near("throughput", r.system.completed as f64 / 60.0, 1000.0, 2.0);
    assert_eq!(r.system.failed[Reason::PoolExhausted as usize], r.system.failed.iter().sum::<u64>());
    assert!(r.system.responses.max().unwrap() < Time::from_ms(53));
    conserved(&r);
}
#[test]
fn the_standby_takes_the_address_over() {
    let run = |standby: &str| {
        let mut sim = build(&farm(2, 200.0, "1ms", standby), 5);
        let dies = |sim: &mut Simulation, k, at| {
            sim.advance(Time::from_secs(at), u64::MAX);
            sim.apply(&Change::Crash(Target { name: "lb".into(), replica: Some(k) })).unwrap();
        };
        dies(&mut sim, 0, 10);
        sim.advance(Time::from_secs(20), u64::MAX);
        sim
    };
    let mut sim = run("standby = true\ncapacity = \"1000/s\"");
    assert_eq!(healed(&sim), 13);
    let lost = sim.report().system.failed[Reason::Refused as usize];
    assert!((500..700).contains(&lost), "{lost}");
    // The first comes back as the standby, and takes over in its turn.
    let target = |k| Target { name: "lb".into(), replica: Some(k) };
    sim.apply(&Change::Restore(target(0))).unwrap();
    sim.advance(Time::from_secs(25), u64::MAX);
    assert_eq!(healed(&sim), 13);
    sim.apply(&Change::Crash(target(1))).unwrap();
    sim.advance(Time::from_secs(40), u64::MAX);
    assert_eq!(healed(&sim), 28);
    conserved(&sim.report());
    let lb = &sim.report().nodes[1];
    near("utilization", lb.utilization.unwrap(), 0.2, 0.03);
    assert_eq!(healed(&run("standby = { detect = \"1s\" }")), 11);
    assert_eq!(healed(&run("")), 20);
    let cost = |s: &str| build(&farm(2, 1.0, "1ms", s), 1).topology().cost();
    let priced = |s: &str| cost(&format!("price = \"$30/month\"\n{s}"));
    assert_eq!(priced("standby = true").monthly_usd - priced("").monthly_usd, 30.0);
    assert_eq!(
        (cost("standby = true").parts - cost("").parts, cost("standby = false").parts),
        (1, cost("").parts)
    );
}
#[test]
fn a_user_keeps_the_session_only_where_the_balancer_keeps_the_server() {
    let lost = |policy: &str, users: &str| {
        let source = farm(3, 300.0, "1ms", &format!("policy = \"{policy}\""))
            .replace("rate = \"300/s\"", users)
            .replace("replicas = 3", "replicas = 3\nsessions = \"local\"");
        let mut sim = build(&source, 5);
        sim.advance(Time::from_secs(60), u64::MAX);
        conserved(&sim.report());
        sim.report().system.failed[Reason::LostSession as usize]
    };
    for users in ["rate = \"300/s\"\nsessions = 200", "users = 200\nthink = { exponential = \"500ms\" }"] {
        assert_eq!(lost("ip-hash", users), 0);
        // Each of the 200 is unknown once to each of the two other servers.
        assert_eq!(lost("random", users), 400);
    }
}
#[test]
fn a_drained_server_gets_nothing_new_and_loses_nothing() {
    let mut sim = build(&farm(3, 200.0, "10ms", ""), 5);
    sim.advance(Time::from_secs(10), u64::MAX);
    sim.apply(&Change::Drain(Target { name: "web".into(), replica: Some(0) })).unwrap();
    let before = arrivals(&sim);
    sim.advance(Time::from_secs(20), u64::MAX);
    let after = arrivals(&sim);
    assert_eq!(after[0], before[0]);
    near("the others' share", (after[1] - before[1]) / (after[2] - before[2]), 1.0, 0.01);
    sim.apply(&Change::Restore(Target { name: "web".into(), replica: Some(0) })).unwrap();
    sim.advance(Time::from_secs(30), u64::MAX);
    near("back again", arrivals(&sim)[0] - after[0], 2000.0 / 3.0, 60.0);
    let r = sim.report();
    assert_eq!(r.system.failed.iter().sum::<u64>(), 0);
    conserved(&r);
}
