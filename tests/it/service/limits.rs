//! Locks, memory and the number of servers.

use super::{FREE, build, near, node, run};
use fivenines::insight::bottleneck;
use fivenines::level::change::parse_set;
use fivenines::sim::change::{Change, Target, TimedChange};
use fivenines::sim::outcome::Reason;
use fivenines::sim::simulation::Simulation;
use fivenines::sim::time::Time;

/// Arrivals = answered + failed + in flight.
#[track_caller]
fn conserved(sim: &Simulation) {
    let r = sim.report();
    let failed: u64 = r.system.failed.iter().sum();
    assert_eq!(r.system.arrivals, r.system.completed + failed + u64::from(r.in_flight), "at {}", sim.now());
}

#[test]
fn a_lock_is_a_queue_of_its_own() {
    // Workers without bound before a lock: M/D/1 and M/M/1, by Pollaczek and Khinchine.
    for (law, scv, tolerance) in [("constant", 0.0, 0.000_6), ("exponential", 1.0, 0.002_4)] {
        let rest = format!("[node.app.service]\n{FREE}serial = {{ {law} = \"10ms\" }}\n");
        let r = run("80/s", &rest, 50_000, 1_000_000);
        let expected = 0.01 + 0.8 * 0.01 * (1.0 + scv) / (2.0 * 0.2);
        near(law, r.system.responses.mean().unwrap(), expected, tolerance);
        near("lock", node(&r, "app").lock_utilization.unwrap(), 0.8, 0.005);
    }
}

#[test]
fn a_busy_lock_is_named_and_not_the_workers_before_it() {
    let rest = "[node.app.service]\nworkers = 16\nqueue_capacity = 10\nwork = { constant = \"2ms\" }\n\
        serial = { constant = \"10ms\" }\n";
    let mut sim = build("200/s", rest);
    sim.advance(Time::from_secs(30), u64::MAX);
    let throughput = node(&sim.report(), "app").totals.completed as f64 / 30.0;
    near("throughput", throughput, 100.0, 1.0);
    let found = bottleneck::find(&sim.snapshot()).unwrap();
    assert_eq!(found.resource, "lock", "{}", found.why);
    sim.set_request_limit(0);
    sim.apply(&Change::Crash(Target { name: "app".into(), replica: None })).unwrap();
    sim.advance(Time::from_secs(31), u64::MAX);
    assert_eq!(sim.calls_alive(), 0, "who waits for a lock dies with its server");
    conserved(&sim);
}

#[test]
fn a_queue_without_bound_kills_its_server_again_and_again() {
    // 100/s more than it can do, 1 MB each: 4 GiB are gone after about 43 s, one second later all begins anew.
    let rest = "[node.app.service]\nworkers = 1\nsize = \"m\"\nmemory_per_request = \"1MB\"\n\
        work = { constant = \"10ms\" }\n";
    let mut sim = build("200/s", rest);
    for s in 1..=20 {
        sim.advance(Time::from_secs(s * 10), u64::MAX);
        conserved(&sim);
    }
    let r = sim.report();
    let killed = r.system.failed[Reason::OutOfMemory as usize];
    let gib = r.hosts[0].memory_used_max.unwrap();
    near("memory at most", gib, 1.0, 0.001);
    let full = |from, to| {
        let path = fivenines::level::path::read("app.memory_used").unwrap();
        sim.measure(&path, Time::from_secs(from), Time::from_secs(to)).unwrap()
    };
    near("the same as a metric", full(0, 200), 1.0, 0.001);
    // After ten seconds a thousand wait.
    let at_ten = 1e9 / (sim.topology().size("m").map_or(0.0, |s| f64::from(s.memory_gib)) * 2f64.powi(30));
    near("of the first ten seconds", full(0, 10), at_ten, at_ten * 0.2);
    let kills = sim.snapshot().log.iter().filter(|e| e.text.contains("out of memory")).count();
    let memory = sim.topology().size("m").map(|s| u64::from(s.memory_gib) << 30).unwrap();
    let each = memory / 1_000_000 + 1;
    assert!(kills >= 2 && killed == each * kills as u64, "{kills} kills, {killed} requests of {each} each");
    sim.set_request_limit(0);
    sim.advance(sim.now() + Time::from_secs(600), u64::MAX);
    assert_eq!((sim.calls_alive(), sim.report().in_flight), (0, 0));
    // A bounded queue is the remedy.
    let mut sim = build("200/s", &rest.replace("workers = 1\n", "workers = 1\nqueue_capacity = 1000\n"));
    sim.advance(Time::from_secs(200), u64::MAX);
    assert_eq!(sim.report().system.failed[Reason::OutOfMemory as usize], 0);
}

#[test]
fn the_autoscaler_reaches_its_target_and_comes_back() {
    // 60 busy workers of 10 each at 60 % ask for 10 servers.
    let rest = "[node.app.service]\nreplicas = 2\nworkers = 10\nprice = \"$10/month\"\nwork = { exponential = \"100ms\" }\n\
        autoscale = { min = 2, max = 20, target = 0.6, every = \"10s\", delay = \"30s\", cooldown = \"60s\" }\n";
    let mut sim = build("100/s", rest);
    sim.advance(Time::from_secs(120), u64::MAX);
    assert_eq!(sim.topology().nodes["app"].servers(), 2, "50 % busy: nothing to do");
    let cost = sim.topology().cost().monthly_usd;
    sim.apply(&parse_set("users.rate=600/s", sim.topology()).unwrap()).unwrap();
    let ordered = sim.now();
    while sim.topology().nodes["app"].servers() == 2 {
        sim.advance(sim.now() + Time::SECOND, u64::MAX);
    }
    assert!(sim.now() - ordered <= Time::from_secs(20));
    assert!(sim.topology().cost().monthly_usd > cost, "what is ordered is paid");
    let serving = |sim: &Simulation| sim.windows().last().unwrap().nodes[1].up;
    sim.advance(sim.now() + Time::from_secs(25), u64::MAX);
    assert_eq!(serving(&sim), 2, "a new server takes 30 s");
    sim.advance(ordered + Time::from_secs(600), u64::MAX);
    let up = serving(&sim);
    assert!((10..=12).contains(&up), "{up}");
    sim.apply(&parse_set("users.rate=100/s", sim.topology()).unwrap()).unwrap();
    sim.advance(sim.now() + Time::from_secs(300), u64::MAX);
    assert_eq!(sim.topology().nodes["app"].servers(), 2);
    assert_eq!(sim.topology().cost().monthly_usd, cost);
    assert_eq!(
        sim.report().system.failed.iter().sum::<u64>(),
        0,
        "nobody meets a server that starts or goes"
    );
    assert!(sim.snapshot().log.iter().any(|e| e.text.contains("autoscaler: ")));
    conserved(&sim);
}

#[test]
fn scaling_late_leaves_a_backlog_to_drain() {
    // Case autoscale-step: 240/s against 100/s, three times as much after 120 s. 16,800 wait then; the last of them
    // is done after 280 s more.
    let mut sim = build("240/s", "[node.app.service]\nworkers = 1\nwork = { constant = \"10ms\" }\n");
    let change = parse_set("app.workers=3", sim.topology()).unwrap();
    sim.schedule(TimedChange { at: Time::from_secs(120), lasts: None, change });
    sim.advance(Time::from_secs(540), u64::MAX);
    let windows = sim.windows();
    let waiting = |s: usize| windows[s - 1].nodes[1].queue_max;
    // Poisson instead of paced: four standard deviations of 28,800 arrivals are 680.
    near("backlog", f64::from(waiting(120)), 16_800.0, 680.0);
    let drained = (121..=540).find(|&s| waiting(s) < 50).unwrap();
    near("drained after", drained as f64 - 120.0, 280.0, 25.0);
    near("longest wait", node(&sim.report(), "app").totals.waiting.max().unwrap().secs(), 70.0, 4.0);
}
