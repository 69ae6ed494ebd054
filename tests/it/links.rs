//! Call policies of links against closed forms, with topologies in the level format.
//!
//! Values and tolerances (four standard errors): retry amplification is a geometric series; hedging is the minimum of
//! two shifted draws (Dean and Barroso, The tail at scale, CACM 2013); a pool is an M/M/c queue (Erlang C); the breaker
//! case is the Erlang loss formula (Nygard, Release It!, 2018).

use crate::stage::{build, near};
use fivenines::sim::outcome::Reason;
use fivenines::sim::simulation::Report;
use fivenines::sim::time::Time;

/// What so many requests measured, all of them ended.
fn run(source: &str, requests: u64) -> Report {
    let mut sim = build(source);
    sim.set_request_limit(requests);
    sim.run_to_end();
    let report = sim.report();
    assert_eq!(report.in_flight, 0);
    report
}
fn link<'a>(report: &'a Report, from: &str, to: &str) -> &'a fivenines::sim::simulation::LinkReport {
    report.links.iter().find(|l| l.from == from && l.to == to).unwrap()
}
fn percentile(report: &Report, tenths: u16) -> f64 {
    report.system.responses.percentile(tenths).unwrap().secs()
}
fn availability(report: &Report) -> f64 {
    report.system.completed as f64 / report.finished as f64
}

/// A caller whose calls are lost on their way with probability `loss`, each way with probability 1 - sqrt(1 - loss).
fn flaky(loss: f64, retries: u32) -> String {
    let each_way = 1.0 - (1.0 - loss).sqrt();
    format!(
        r#"
format = 1
title = "retries"
seed = 3
[node.clients.client]
rate = "100/s"
[node.caller.service]
workers = "unlimited"
work = {{ constant = "0ms" }}
calls = [{{ to = "backend" }}]
[node.backend.service]
workers = "unlimited"
work = {{ constant = "1ms" }}
[[link]]
from = "clients"
to = "caller"
[[link]]
from = "caller"
to = "backend"
loss = {each_way}
timeout = "10ms"
retries = {{ max = {retries} }}
"#
    )
}

#[test]
fn a_tenth_fails_and_two_retries_hide_it() {
    let n = 200_000;
    let report = run(&flaky(0.1, 2), n);
    let hop = link(&report, "caller", "backend");
    near("attempts per request", hop.calls as f64 / n as f64, 1.11, 0.002_7);
    near("success", availability(&report), 0.999, 0.000_32);
    assert_eq!(hop.retries, hop.calls - n);
    assert_eq!(report.system.retries, hop.retries);
    // Lost is lost: the caller learns it from its timeout, and so does the report.
    assert_eq!(report.system.failed[Reason::PacketLost as usize], report.system.failed.iter().sum::<u64>());
}

#[test]
fn half_fails_and_three_retries_nearly_double_the_load() {
    let n = 200_000;
    let report = run(&flaky(0.5, 3), n);
    let hop = link(&report, "caller", "backend");
    near("attempts per request", hop.calls as f64 / n as f64, 1.875, 0.008_3);
    near("success", availability(&report), 0.9375, 0.002_3);
    near("load", hop.calls as f64 / report.now.secs(), 187.5, 2.0);
}

fn layers(loss: &str) -> String {
    let mut source = r#"
format = 1
title = "layers"
seed = 3
[node.clients.client]
rate = "100/s"
"#
    .to_owned();
    for (name, to) in [("top", "middle"), ("middle", "low"), ("low", "bottom")] {
        source += &format!(
            "[node.{name}.service]\nworkers = \"unlimited\"\nwork = {{ constant = \"0ms\" }}\ncalls = [{{ to = \"{to}\" }}]\n\
             [[link]]\nfrom = \"{name}\"\nto = \"{to}\"\nretries = {{ max = 3 }}\n"
        );
        if name == "low" {
            source += &format!("loss = {loss}\ntimeout = \"1ms\"\n");
        }
    }
    source += "[node.bottom.service]\nworkers = \"unlimited\"\nwork = { constant = \"0ms\" }\n";
    source + "[[link]]\nfrom = \"clients\"\nto = \"top\"\n"
}

#[test]
fn three_layers_of_retries_multiply() {
    let n = 5_000;
    let report = run(&layers("1.0"), n);
    assert_eq!(link(&report, "low", "bottom").calls, 64 * n);
    assert_eq!(report.system.retries, 63 * n);
    assert_eq!(report.system.completed, 0);
    // Loss of 1 - sqrt(1/2) each way: half of the calls come back.
    let n = 100_000;
    let report = run(&layers("0.2928932188134524"), n);
    near("calls per request", link(&report, "low", "bottom").calls as f64 / n as f64, 2.0, 0.02);
    assert_eq!(report.system.completed, n);
}

#[test]
fn a_budget_bounds_the_retries_of_a_dead_callee() {
    let source = flaky(1.0, 3).replace("max = 3", "max = 3, budget = 0.1");
    let n = 20_000;
    let hop = run(&source, n);
    let retries = link(&hop, "caller", "backend").retries;
    // A tenth of the first attempts, and the ten that the budget starts with.
    assert!((n / 10 - 2..=n / 10 + 10).contains(&retries), "{retries}");
}

fn hedged(after: &str) -> String {
    format!(
        r#"
format = 1
title = "hedge"
seed = 5
[node.clients.client]
rate = "10/s"
[node.caller.service]
workers = "unlimited"
work = {{ constant = "0ms" }}
calls = [{{ to = "fast", share = 1.0 }}]
[node.fast.service]
workers = "unlimited"
replicas = 2
work = {{ exponential = "10ms" }}
[[link]]
from = "clients"
to = "caller"
[[link]]
from = "caller"
to = "fast"
{after}
"#
    )
}

#[test]
fn a_hedge_takes_the_earlier_of_two() {
    // Exponential service of mean m hedged after d: P(T > t) = e^-t/m up to d, then e^-(2t-d)/m.
    let n = 200_000;
    let report = run(&hedged("hedge_after = \"20ms\""), n);
    let hop = link(&report, "caller", "fast");
    let share = libm::exp(-2.0);
    let sd = (share * (1.0 - share) / n as f64).sqrt();
    near("hedges per request", hop.hedges as f64 / n as f64, share, 4.0 * sd);
    // Mean: m (1 - e^-d/m) + e^-d/m m/2.
    near(
        "mean",
        report.system.responses.mean().unwrap(),
        0.01 * (1.0 - share) + share * 0.005,
        4.0 * 8e-6 * 2.5,
    );
    // p99: e^-(2t-d)/m = 0.01.
    let p99 = 0.01 * (2.0 - libm::log(0.01)) / 2.0;
    near("p99", percentile(&report, 990), p99, 0.000_5);
    near("p99 without", percentile(&run(&hedged(""), n), 990), 0.046_05, 0.000_9);
    assert_eq!(hop.calls, n + hop.hedges);
}

const POOL: &str = r#"
format = 1
title = "pool"
seed = 2
[node.clients.client]
rate = "320/s"
[node.caller.service]
workers = "unlimited"
work = { constant = "0ms" }
calls = [{ to = "db" }]
[node.db.service]
workers = "unlimited"
work = { exponential = "10ms" }
[[link]]
from = "clients"
to = "caller"
[[link]]
from = "caller"
to = "db"
pool = 4
"#;

#[test]
fn a_pool_is_an_mmc_queue() {
    let mut sim = build(POOL);
    let (warmup, n) = (50_000, 500_000);
    sim.set_warmup_requests(warmup);
    sim.set_request_limit(warmup + n);
    sim.run_to_end();
    let report = sim.report();
    // The values of case mmc-4; half its requests, so its tolerances times the root of 2.
    near("sojourn mean", report.system.responses.mean().unwrap(), 0.017_455_41, 0.000_48);
    near("sojourn p95", percentile(&report, 950), 0.047_380_19, 0.001_7);
    near("sojourn p99", percentile(&report, 990), 0.068_932_04, 0.004_6);
    let db = report.nodes.iter().find(|n| n.name == "db").unwrap();
    assert!(db.totals.waiting.mean().unwrap() == 0.0, "the queue is at the caller");
}

#[test]
fn waiting_for_a_connection_counts_for_the_timeout() {
    let source = POOL.replace("320/s", "600/s").replace("pool = 4", "pool = 4\ntimeout = \"50ms\"");
    let mut sim = build(&source);
    sim.advance(Time::from_secs(100), u64::MAX);
    let report = sim.report();
    let failed = &report.system.failed;
    // Who gets a connection at last has hardly any time left: the queue, not the callee, is the reason.
    assert!(failed[Reason::PoolExhausted as usize] > failed[Reason::TimedOut as usize] * 100, "{failed:?}");
    assert!(report.system.responses.max().unwrap() <= Time::from_ms(50));
    let place = report.nodes.iter().find(|n| n.name == "caller").unwrap();
    assert_eq!(place.totals.blamed[Reason::PoolExhausted as usize], failed[Reason::PoolExhausted as usize]);
}

fn sick(policy: &str) -> String {
    format!(
        r#"
format = 1
title = "breaker"
seed = 4
[node.clients.client]
rate = "100/s"
[node.clients.client.classes]
healthy = {{ share = 0.5 }}
sick = {{ share = 0.5 }}
[node.app.service]
workers = 20
queue_capacity = 0
work = {{ constant = "0ms" }}
calls = [{{ to = "well", class = "healthy" }}, {{ to = "ill", class = "sick" }}]
[node.well.service]
workers = "unlimited"
work = {{ constant = "10ms" }}
[node.ill.service]
workers = "unlimited"
[[link]]
from = "clients"
to = "app"
[[link]]
from = "app"
to = "well"
[[link]]
from = "app"
to = "ill"
loss = 1.0
timeout = "1s"
{policy}
"#
    )
}

#[test]
fn a_breaker_keeps_the_healthy_alive() {
    let n = 200_000;
    let dropped = |report: &Report, class: usize| {
        let flow = &report.classes[class].1;
        flow.failed[Reason::QueueFull as usize] as f64 / flow.arrivals as f64
    };
    let run = |policy: &str| {
        let mut sim = build(&sick(policy));
        sim.set_warmup_requests(10_000);
        sim.set_request_limit(10_000 + n);
        sim.run_to_end();
        sim.report()
    };
    let without = run("");
    // Erlang B of 20 workers at 50.5 erlang; the tolerance of 500,000 requests, scaled to 200,000.
    near("healthy dropped", dropped(&without, 0), 0.615_762, 0.002_9 * 2.5f64.sqrt() + 0.001);
    let report = run("breaker = { failures = 5, open_for = \"10s\" }");
    near("with a breaker", dropped(&report, 0), 0.0, 0.000_1);
    let sick = &report.classes[1].1.failed;
    assert!(sick[Reason::BreakerOpen as usize] as f64 > 0.99 * sick.iter().sum::<u64>() as f64);
    let hop = link(&report, "app", "ill");
    // Open all the time; a trial of a second every ten seconds, at the next sick request.
    let seconds = (report.now - report.counted_from).secs();
    near("open", hop.breaker_open.secs(), seconds, 0.001);
    near("trials", hop.calls as f64, seconds / 11.01, 2.0);
}

#[test]
fn calls_at_once_and_handed_over_calls_keep_to_their_policies() {
    // Two of three at once suffice; each is retried, hedged, and waits for a connection. One in five is handed over.
    let source = |mode: &str| {
        format!(
            r#"
format = 1
title = "fan-out"
seed = 6
[node.clients.client]
rate = "200/s"
patience = "400ms"
[node.app.service]
workers = "unlimited"
work = {{ constant = "0ms" }}
calls = [{mode}]
[node.leaf.service]
workers = 4
replicas = 2
work = {{ exponential = "8ms" }}
[[link]]
from = "clients"
to = "app"
retries = {{ max = 1 }}
timeout = "300ms"
[[link]]
from = "app"
to = "leaf"
timeout = "100ms"
loss = 0.02
pool = 8
hedge_after = "30ms"
retries = {{ max = 2, backoff = "5ms", jitter = true }}
"#
        )
    };
    let fan_out = "{ to = \"leaf\", times = 3, parallel = \"all\", wait_for = 2 }";
    for (mode, retried) in [(fan_out, true), ("{ to = \"leaf\", mode = \"hand-over\" }", false)] {
        let mut sim = build(&source(mode));
        sim.set_request_limit(20_000);
        sim.advance(Time::from_secs(200), u64::MAX);
        let report = sim.report();
        assert_eq!((report.in_flight, sim.calls_alive()), (0, 0), "{mode}");
        assert_eq!(report.system.completed + report.system.failed.iter().sum::<u64>(), 20_000);
        let hop = link(&report, "app", "leaf");
        assert_eq!((hop.retries > 40, hop.hedges > 100), (retried, retried), "{mode}: {hop:?}");
        assert!(
            availability(&report) > if retried { 0.99 } else { 0.95 },
            "{mode}: {}",
            availability(&report)
        );
    }
}

/// Latencies belong to the names of a link's ends: a link declared before them changes nobody's luck.
#[test]
fn another_link_rerolls_no_latency() {
    let part = |users: &str, app: &str| {
        format!(
            "[node.{users}.client]\nrate = \"50/s\"\n[node.{app}.service]\nwork = {{ constant = \"1ms\" }}\n\
             [[link]]\nfrom = \"{users}\"\nto = \"{app}\"\nlatency = {{ exponential = \"20ms\" }}\nloss = 0.01\ntimeout = \"200ms\"\n"
        )
    };
    let head = "format = 1\ntitle = \"links\"\nseed = 5\n";
    let ended = |source: &str| {
        let mut sim = build(source);
        sim.advance(Time::from_secs(60), u64::MAX);
        let report = sim.report();
        let (_, mine) = report.classes.iter().find(|(name, _)| name == "users").unwrap();
        (mine.completed, mine.failed, mine.responses.mean().unwrap().to_bits())
    };
    let alone = ended(&format!("{head}{}", part("users", "app")));
    let second = ended(&format!("{head}{}{}", part("others", "api"), part("users", "app")));
    assert!(alone.1[Reason::TimedOut as usize] + alone.1[Reason::PacketLost as usize] > 0);
    assert_eq!(alone, second);
}
