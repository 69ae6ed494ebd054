//! What a service does, against closed forms: calls at once, handed over, order of service, contention.
//!
//! Tolerances are four standard errors of one run; sources: Renyi 1953 (order statistics of exponentials), Dean and
//! Barroso, The Tail at Scale, CACM 56(2) 2013; Jackson 1957; Kleinrock, Queueing Systems vol. 1 (M/M/1, orders of
//! service); Gunther, Guerrilla Capacity Planning, 2007 (universal scalability law).

mod limits;

use crate::stage::near;
use fivenines::level::check::check;
use fivenines::sim::simulation::{NodeReport, Report, Simulation};
use fivenines::sim::time::Time;

/// A run of users at a rate against a service `app`, with more text for the rest.
fn build(rate: &str, rest: &str) -> Simulation {
    let head = format!("[node.users.client]\nrate = \"{rate}\"\n[[link]]\nfrom = \"users\"\nto = \"app\"\n");
    let source = format!("format = 1\ntitle = \"x\"\nseed = 7\n{head}{rest}");
    let level = check(&source, "x.toml").unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    Simulation::new(&level.topology, level.seed, &level.faults).unwrap()
}
/// The same, until so many requests have ended after a warm-up; nothing may be left.
fn run(rate: &str, rest: &str, warmup: u64, requests: u64) -> Report {
    let mut sim = build(rate, rest);
    sim.set_warmup_requests(warmup);
    sim.set_request_limit(warmup + requests);
    sim.run_to_end();
    // Abandoned callees are not told, so they work on for a while.
    let end = sim.now() + Time::from_secs(60);
    sim.advance(end, u64::MAX);
    assert_eq!(sim.calls_alive(), 0, "calls are left");
    sim.report()
}
fn node(r: &Report, name: &str) -> NodeReport {
    r.nodes.iter().find(|n| n.name == name).unwrap().clone()
}
fn secs(t: Option<Time>) -> f64 {
    t.map_or(f64::NAN, Time::secs)
}
const FREE: &str = "workers = \"unlimited\"\nwork = { constant = \"0s\" }\n";

#[test]
fn the_slowest_of_five_decides() {
    // Case fanout-exp-5: H5 times one call.
    let rest = format!(
        "[node.app.service]\n{FREE}calls = [{{ to = \"leaf\", times = 5, parallel = \"all\" }}]\n\
         [node.leaf.service]\nworkers = \"unlimited\"\nwork = {{ exponential = \"20ms\" }}\n"
    );
    let r = run("10/s", &rest, 0, 200_000);
    let t = &r.system.responses;
    near("mean", t.mean().unwrap(), 0.045_666_67, 0.000_23);
    near("p50", secs(t.percentile(500)), 0.040_889_3, 0.000_29 + 0.000_41);
    near("p99", secs(t.percentile(990)), 0.124_211_8, 0.001_7 + 0.001_2);
}

#[test]
fn one_slow_leaf_in_a_hundred_makes_most_requests_slow() {
    // Case fanout-1pct, with the slow second as a call that one leaf in a hundred makes.
    for (leaves, share, tolerance) in
        [(1, 0.01, 0.001_3), (10, 0.095_617_92, 0.004_4), (100, 0.633_967_7, 0.007)]
    {
        let rest = format!(
            "[node.app.service]\n{FREE}calls = [{{ to = \"leaf\", times = {leaves}, parallel = \"all\" }}]\n\
             [node.leaf.service]\nworkers = \"unlimited\"\nwork = {{ constant = \"10ms\" }}\n\
             calls = [{{ to = \"slow\", share = 0.01 }}]\n\
             [node.slow.service]\nworkers = \"unlimited\"\nwork = {{ constant = \"990ms\" }}\n\
             "
        );
        let requests = if leaves == 100 { 75_000 } else { 100_000 };
        let r = run("10/s", &rest, 0, requests);
        let mean = r.system.responses.mean().unwrap();
        near("share of slow requests", (mean - 0.01) / 0.99, share, tolerance);
    }
}

#[test]
fn two_of_three_are_enough() {
    // Case quorum-latency-3, and its variant that waits for all.
    for (wait, expected, tolerance) in
        [(", wait_for = 2", 0.004_166_667, 0.000_019), ("", 0.009_166_667, 0.000_039)]
    {
        let rest = format!(
            "[node.app.service]\n{FREE}calls = [{{ to = \"copy\", times = 3, parallel = \"q\"{wait} }}]\n\
             [node.copy.service]\nworkers = \"unlimited\"\nwork = {{ exponential = \"5ms\" }}\n"
        );
        let r = run("10/s", &rest, 0, 300_000);
        near("mean", r.system.responses.mean().unwrap(), expected, tolerance);
        assert_eq!(node(&r, "copy").totals.completed, 900_000, "nobody tells the third one");
        let wasted = node(&r, "copy").totals.wasted;
        assert_eq!(wasted, if wait.is_empty() { 0 } else { 300_000 });
    }
}

#[test]
fn a_group_fails_once_its_successes_are_out_of_reach() {
    let rest = |wait: &str| {
        format!(
            "[node.app.service]\n{FREE}calls = [{{ to = \"good\", parallel = \"g\", times = 2{wait} }}, {{ to = \"full\", parallel = \"g\" }}]\n\
             [node.good.service]\n{FREE}[node.full.service]\nworkers = 1\nqueue_capacity = 0\nwork = {{ constant = \"24h\" }}\n"
        )
    };
    // The full one has its only worker taken by the first request for ever.
    let outcome = |wait: &str| {
        let mut sim = build("10/s", &rest(wait));
        sim.advance(Time::from_secs(100), u64::MAX);
        let r = sim.report();
        (r.system.completed, r.system.failed.iter().sum::<u64>(), r.in_flight)
    };
    let (completed, failed, in_flight) = outcome(", wait_for = 2");
    assert!(completed > 900 && failed == 0 && in_flight == 0, "{completed} {failed}");
    let (completed, failed, in_flight) = outcome("");
    assert!(completed == 0 && failed > 900 && in_flight == 1, "{completed} {failed}");
}

/// Stations in a row that pass requests on: a Jackson network, so each is an M/M/1 of its own.
fn tandem(rate: u32, tiers: &[(&str, u32)], tolerances: &[f64]) -> Report {
    let tier = |(i, (name, ms)): (usize, &(&str, u32))| {
        let next = tiers.get(i + 1);
        let calls = next
            .map_or(String::new(), |(n, _)| format!("calls = [{{ to = \"{n}\", mode = \"hand-over\" }}]\n"));
        format!("[node.{name}.service]\nworkers = 1\nwork = {{ exponential = \"{ms}ms\" }}\n{calls}")
    };
    let rest: String = tiers.iter().enumerate().map(tier).collect();
    let r = run(&format!("{rate}/s"), &rest, 50_000, 500_000);
    for ((name, ms), tolerance) in tiers.iter().zip(tolerances) {
        let load = f64::from(rate * ms) / 1000.0;
        near(name, node(&r, name).in_flight_mean, load / (1.0 - load), *tolerance);
    }
    r
}

#[test]
fn three_tiers_are_three_queues() {
    let r = tandem(80, &[("app", 2), ("logic", 10), ("store", 8)], &[0.001_9, 0.2, 0.046]);
    let t = &r.system.responses;
    near("mean", t.mean().unwrap(), 0.074_603_17, 0.002_4);
    near("p95", secs(t.percentile(950)), 0.181_360_3, 0.008_6);
    near("p99", secs(t.percentile(990)), 0.262_053_5, 0.024);
}

#[test]
fn five_services_are_five_queues() {
    let tiers = [("app", 4), ("auth", 8), ("order", 12), ("stock", 6), ("pay", 10)];
    let r = tandem(50, &tiers, &[0.003_4, 0.012, 0.043, 0.006_6, 0.024]);
    near("mean", r.system.responses.mean().unwrap(), 0.076_904_76, 0.001_1);
    near("p95", secs(r.system.responses.percentile(950)), 0.152_152_1, 0.003_4);
}

#[test]
fn a_routed_network_has_its_flows() {
    // Case integrated-shop: a third each to three apps of two workers, a quarter of them on to the database.
    let app = |i: u32| {
        format!(
            "[node.app{i}.service]\nworkers = 2\nwork = {{ exponential = \"20ms\" }}\n\
             calls = [{{ to = \"database\", mode = \"hand-over\", share = 0.25 }}]\n"
        )
    };
    let third = "share = 0.33333333, mode = \"hand-over\"";
    let routes = format!(
        "{{ to = \"app1\", {third} }}, {{ to = \"app2\", {third} }}, {{ to = \"app3\", mode = \"hand-over\", share = 0.33333334 }}"
    );
    let rest = format!(
        "[node.app.service]\n{FREE}calls = [{routes}]\n{}{}{}\
         [node.database.service]\nworkers = 4\nwork = {{ exponential = \"40ms\" }}\n",
        app(1),
        app(2),
        app(3)
    );
    let r = run("240/s", &rest, 50_000, 500_000);
    near("mean", r.system.responses.mean().unwrap(), 0.067_349_58, 0.002_2);
    for (name, tolerance) in [("app1", 0.37), ("app2", 0.42), ("app3", 0.3)] {
        near(name, node(&r, name).in_flight_mean, 4.444_444, tolerance);
    }
    near("database", node(&r, "database").in_flight_mean, 2.830_565, 0.076);
}

#[test]
fn the_answer_of_a_request_handed_over_goes_straight_back() {
    let link = |from: &str, to: &str, ms: u32| {
        format!("[[link]]\nfrom = \"{from}\"\nto = \"{to}\"\nlatency = {{ constant = \"{ms}ms\" }}\n")
    };
    let rest = format!(
        "latency = {{ constant = \"10ms\" }}\n[node.app.service]\nwork = {{ constant = \"1ms\" }}\n\
         calls = [{{ to = \"b\", mode = \"hand-over\" }}]\n\
         [node.b.service]\nwork = {{ constant = \"1ms\" }}\ncalls = [{{ to = \"c\", mode = \"hand-over\" }}]\n\
         [node.c.service]\nwork = {{ constant = \"1ms\" }}\n{}{}",
        link("app", "b", 3),
        link("b", "c", 5)
    );
    let r = run("1/s", &rest, 0, 100);
    // 10 + 1 + 3 + 1 + 5 + 1 there, 10 straight back.
    assert_eq!(r.system.responses.max(), Some(Time::from_ms(31)));
    assert_eq!(
        node(&r, "app").totals.response.max(),
        Some(Time::from_ms(1)),
        "its part ends with the hand-over"
    );
}

#[test]
fn the_order_of_service_changes_the_spread_but_not_the_mean() {
    // M/M/1 at 70 %: mean wait 23.33 ms either way. Second moment of the wait: 2 rho / (mu^2 (1-rho)^2) first come
    // first served, and 1 / (1-rho) times that last come first served (Kleinrock vol. 2, sec. 3.4), so the tail grows.
    let waits = |order: &str| {
        let rest = format!(
            "[node.app.service]\nworkers = 1\nqueue_order = \"{order}\"\nwork = {{ exponential = \"10ms\" }}\n"
        );
        node(&run("70/s", &rest, 50_000, 1_000_000), "app").totals.waiting
    };
    let (fifo, lifo) = (waits("fifo"), waits("lifo"));
    near("fifo mean", fifo.mean().unwrap(), 0.023_333_33, 0.000_65);
    near("lifo mean", lifo.mean().unwrap(), 0.023_333_33, 0.001_2);
    // First come: P(wait > t) = 0.7 exp(-30 t).
    near("fifo p99", secs(fifo.percentile(990)), 0.141_616_5, 0.006_3);
    assert!(lifo.percentile(990) > fifo.percentile(990).map(|t| Time(t.ns() * 3 / 2)));
    assert!(lifo.percentile(500) < fifo.percentile(500));
}

#[test]
fn throughput_follows_the_universal_scalability_law() {
    // All workers busy all the time: X(n) = n / (D (1 + s(n-1) + k n(n-1))), D = 10 ms; exact, as work is constant.
    let (s, k) = (0.05, 0.01);
    for n in [1u32, 2, 4, 8, 16] {
        let rest = format!(
            "[node.app.service]\nworkers = {n}\nwork = {{ constant = \"10ms\" }}\n\
             contention = {{ serial = {s}, coherency = {k} }}\nqueue_capacity = 1000\n"
        );
        let mut sim = build("5000/s", &rest);
        sim.set_warmup(Time::from_secs(5));
        sim.advance(Time::from_secs(65), u64::MAX);
        let measured = node(&sim.report(), "app").totals.completed as f64 / 60.0;
        let m = f64::from(n);
        let law = m / (0.01 * (1.0 + s * (m - 1.0) + k * m * (m - 1.0)));
        near(&format!("{n} workers"), measured, law, law * 0.002 + 1.0);
    }
}

#[test]
fn classes_have_work_and_calls_of_their_own() {
    let rest = "[node.users.client.classes]\nread = { share = 0.75 }\norder = { share = 0.25 }\n\
        [node.app.service]\nwork = { constant = \"1ms\" }\n\
        [node.app.service.class.order]\nwork = { constant = \"5ms\" }\ncalls = [{ to = \"pay\" }]\n\
        [node.pay.service]\nwork = { constant = \"20ms\" }\n";
    let r = run("20/s", rest, 0, 4000);
    let class = |name: &str| r.classes.iter().find(|c| c.0 == name).unwrap().1.clone();
    assert_eq!(class("read").responses.max(), Some(Time::from_ms(1)));
    near("order", secs(class("order").responses.percentile(500)), 0.025, 0.000_25);
    assert_eq!(node(&r, "pay").totals.arrivals, class("order").arrivals);
}
