//! Users: the closed loop against mean value analysis, sessions, DNS answers, evenly spaced arrivals.
//!
//! Reference case closed-users: M. Reiser and S. Lavenberg 1980; Harchol-Balter, Performance Modeling and Design of
//! Computer Systems, CUP 2013, ch. 19. Tolerances are four standard errors of a run of this length.

use crate::stage::near;
use fivenines::level::check::check;
use fivenines::sim::change::{Change, Target};
use fivenines::sim::simulation::{Report, Simulation};
use fivenines::sim::time::Time;
use fivenines::sim::value::Value;

pub fn build(source: &str, seed: u64) -> Simulation {
    let level = check(source, "users.toml").unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    Simulation::new(&level.topology, seed, &level.faults).unwrap()
}
/// Nothing is lost: every request was answered, has failed, or is on its way.
#[track_caller]
pub fn conserved(r: &Report) {
    let failed: u64 = r.system.failed.iter().sum();
    assert_eq!(r.system.arrivals, r.system.completed + failed + u64::from(r.in_flight));
}

fn closed(users: u32, more: &str) -> String {
    format!(
        r#"format = 1
[node.users.client]
users = {users}
think = {{ exponential = "1s" }}
{more}
[node.visit.service]
workers = "unlimited"
work = {{ constant = "0ms" }}
calls = [{{ to = "app" }}, {{ to = "db" }}, {{ to = "disk" }}]
[node.app.service]
workers = 1
work = {{ exponential = "20ms" }}
[node.db.service]
workers = 1
work = {{ exponential = "10ms" }}
[node.disk.service]
workers = 1
work = {{ exponential = "5ms" }}
[[link]]
from = "users"
to = "visit"
"#
    )
}

#[test]
fn users_who_think_level_off_where_mean_value_analysis_says() {
    // (N, throughput, tolerance, sojourn, tolerance)
    let cases = [
        (1, 0.966_183_6, 0.0056, 0.035, 0.00019),
        (25, 23.710_62, 0.15, 0.054_380_01, 0.000_74),
        (50, 44.089_44, 0.28, 0.134_058_3, 0.0039),
        (100, 50.0, 0.44, 1.0, 0.021),
        (200, 50.0, 0.42, 3.0, 0.034),
    ];
    for (n, throughput, tx, sojourn, tr) in cases {
        let mut sim = build(&closed(n, ""), 7);
        sim.set_warmup_requests(20_000);
        sim.set_request_limit(320_000);
        // The end of the run, while every user still takes part.
        while sim.report().system.arrivals < 300_000 {
            sim.advance(sim.now() + Time::from_secs(50), u64::MAX);
        }
        let r = sim.report();
        let seconds = (r.now - r.counted_from).secs();
        let x = r.system.completed as f64 / seconds;
        let mean = r.system.responses.mean().unwrap();
        near(&format!("throughput(N={n})"), x, throughput, tx);
        near(&format!("sojourn(N={n})"), mean, sojourn, tr);
        // The interactive response time law: N = X (R + Z).
        near(&format!("N = X (R + Z), N={n}"), x * (mean + 1.0) / f64::from(n), 1.0, 0.011);
        conserved(&r);
    }
}

#[test]
fn forked_users_ask_for_the_same_and_slices_do_not_matter() {
    let classes = r"[node.users.client.classes]
read = { share = 0.7, keys = { zipf = 1.0, of = 100 } }
write = { share = 0.3, write = true, keys = { zipf = 1.0, of = 100 } }";
    let source = closed(20, classes);
    let run = |slow: bool, slice: u64| {
        let mut sim = build(&source, 3);
        if slow {
            let target = Target { name: "app".into(), replica: None };
            sim.apply(&Change::Slow { target, factor: 3.0 }).unwrap();
        }
        sim.set_request_limit(5000);
        let mut t = Time::ZERO;
        while t < Time::from_secs(400) {
            t += Time::from_ms(slice);
            sim.advance(t, u64::MAX);
        }
        conserved(&sim.report());
        sim
    };
    let (a, b) = (run(false, 400_000), run(false, 371));
    assert_eq!(a.digest(), b.digest());
    let slow = run(true, 400_000);
    assert_ne!(a.digest(), slow.digest());
    // The same 5000 requests by user and index, up to who of them made the last ones.
    let writes = |s: &Simulation| s.report().classes[1].1.arrivals;
    assert!(writes(&a).abs_diff(writes(&slow)) < 20, "{} {}", writes(&a), writes(&slow));
}

#[test]
fn users_come_and_retire_while_the_system_runs() {
    let mut sim = build(&closed(10, "patience = \"5s\""), 5);
    let set = |sim: &mut Simulation, n| {
        let change = Change::Set { target: "users".into(), knob: "users", value: Some(Value::Count(n)) };
        sim.apply(&change).unwrap();
    };
    let rate = |sim: &mut Simulation| {
        let before = sim.report().system.arrivals;
        sim.advance(sim.now() + Time::from_secs(200), u64::MAX);
        conserved(&sim.report());
        (sim.report().system.arrivals - before) as f64 / 200.0
    };
    near("10 users", rate(&mut sim), 9.613, 0.7);
    set(&mut sim, 40);
    near("40 users", rate(&mut sim), 36.6, 1.5);
    set(&mut sim, 4);
    sim.advance(sim.now() + Time::from_secs(10), u64::MAX);
    near("4 users", rate(&mut sim), 3.86, 0.45);
    set(&mut sim, 40);
    near("40 users again", rate(&mut sim), 36.6, 1.5);
}

#[test]
fn a_dead_server_makes_no_user_ask_without_end() {
    let source = "format = 1\n[node.users.client]\nusers = 3\n[node.app.service]\n[[link]]\nfrom = \"users\"\nto = \"app\"\n";
    let mut sim = build(source, 1);
    sim.apply(&Change::Crash(Target { name: "app".into(), replica: None })).unwrap();
    sim.advance(Time::from_secs(1), u64::MAX);
    let r = sim.report();
    conserved(&r);
    assert!((2990..3010).contains(&r.system.arrivals), "{}", r.system.arrivals);
}

#[test]
fn every_client_makes_all_its_requests_before_the_run_ends() {
    let source = r#"format = 1
[node.quick.client]
rate = "100/s"
[node.slow.client]
rate = "5/s"
[node.crowd.client]
users = 3
think = "100ms"
[node.silent.client]
rate = "0/s"
[node.app.service]
[[link]]
from = "quick"
to = "app"
[[link]]
from = "slow"
to = "app"
[[link]]
from = "crowd"
to = "app"
[[link]]
from = "silent"
to = "app"
"#;
    let mut sim = build(source, 2);
    sim.set_request_limit(1000);
    sim.run_to_end();
    let r = sim.report();
    assert_eq!((r.system.arrivals, r.in_flight), (3000, 0));
}

#[test]
fn paced_arrivals_are_evenly_spaced() {
    let source = "format = 1\n[node.users.client]\nrate = \"80/s\"\narrivals = \"paced\"\n[node.app.service]\nworkers = 1\nwork = { constant = \"12ms\" }\n[[link]]\nfrom = \"users\"\nto = \"app\"\n";
    let mut sim = build(source, 1);
    sim.advance(Time::from_secs(10), u64::MAX);
    let r = sim.report();
    assert_eq!(r.system.arrivals, 800);
    // At 96 % load nobody ever waits: D/D/1.
    assert_eq!(r.system.responses.max(), Some(Time::from_ms(12)));
}

/// Three servers without a balancer; each is quick, so only the choice matters.
fn pinned(knobs: &str) -> Simulation {
    let source = format!(
        "format = 1\n[node.users.client]\nrate = \"300/s\"\n{knobs}\n[node.web.service]\nreplicas = 3\nworkers = \"unlimited\"\n[[link]]\nfrom = \"users\"\nto = \"web\"\n"
    );
    build(&source, 4)
}
fn web_shares(sim: &Simulation, from: usize, to: usize) -> Vec<f64> {
    let windows = sim.windows();
    let at = |k: usize| -> f64 {
        windows.range(from, to).map(|w| f64::from(w.nodes[1].replicas[k].arrivals)).sum()
    };
    let all: f64 = (0..3).map(at).sum();
    (0..3).map(|k| at(k) / all).collect()
}

#[test]
fn a_resolver_keeps_a_dead_server_until_its_answer_is_too_old() {
    // One resolver: all go to one server for 10 s, then to the next.
    let mut one = pinned("dns_ttl = \"10s\"");
    one.advance(Time::from_secs(31), u64::MAX);
    for (from, k) in [(0, 0), (11, 1), (21, 2)] {
        let s = web_shares(&one, from, from + 9);
        assert!((s[k] - 1.0).abs() < 1e-9, "{from} {s:?}");
    }
    // Many users, each with its own: a third are with the dead one, and lose it within the time to live.
    let mut many = pinned("sessions = 600\ndns_ttl = \"60s\"");
    many.advance(Time::from_secs(30), u64::MAX);
    many.apply(&Change::Crash(Target { name: "web".into(), replica: Some(0) })).unwrap();
    many.advance(Time::from_secs(50), u64::MAX);
    let failed = |sim: &Simulation, from: usize, to: usize| {
        let windows = sim.windows();
        let sum = |f: &dyn Fn(&fivenines::sim::metrics::Window) -> u32| -> f64 {
            windows.range(from, to).map(|w| f64::from(f(w))).sum()
        };
        sum(&|w| w.system.failed.iter().sum::<u32>()) / sum(&|w| w.system.arrivals)
    };
    near("failed while pinned", failed(&many, 31, 50), 1.0 / 3.0, 0.03);
    let fair = pinned("");
    let mut fair = fair;
    fair.advance(Time::from_secs(20), u64::MAX);
    let s = web_shares(&fair, 0, 20);
    assert!(s.iter().all(|s| (s - 1.0 / 3.0).abs() < 0.001), "{s:?}");
    conserved(&many.report());
}

#[test]
fn a_client_has_a_rate_or_users() {
    let faults = |client: &str| {
        let source = format!(
            "format = 1\n[node.users.client]\n{client}\n[node.web.service]\n[[link]]\nfrom = \"users\"\nto = \"web\"\n"
        );
        check(&source, "x.toml").map_or_else(|f| f.render(false), |_| String::new())
    };
    assert_eq!(faults("users = 3\nthink = \"1s\""), "");
    assert_eq!(faults("users = 3\nthink = { exponential = \"1s\" }"), "");
    assert_eq!(faults("rate = \"3/s\"\nsessions = 9\ndns_ttl = \"9s\"\nresolvers = 2"), "");
    for (client, message) in [
        ("", "`rate` is missing, and `users` too"),
        ("rate = \"3/s\"\nusers = 3", "exclude each other"),
        ("rate = \"3/s\"\nthink = \"1s\"", "belongs to `users`"),
        ("users = 3\nprofile = { steps = [[\"0s\", 1.0]] }", "a profile shapes a rate"),
        ("users = 3\nsessions = 3", "users behind a rate"),
        ("rate = \"3/s\"\nresolvers = 3", "keep nothing"),
        ("users = 3\nthink = 1", "distribution of times"),
    ] {
        assert!(faults(client).contains(message), "{client}: {}", faults(client));
    }
    // A rate that could not be read is not missing.
    assert!(!faults("rate = 3").contains("is missing"), "{}", faults("rate = 3"));
}

#[test]
fn users_who_try_again_reach_the_other_server_unless_their_resolver_knows_but_one() {
    let run = |knobs: &str| {
        let mut sim =
            pinned(&format!("{knobs}\nretries = {{ max = 2, backoff = \"100ms\" }}\npatience = \"5s\""));
        sim.apply(&Change::Crash(Target { name: "web".into(), replica: Some(0) })).unwrap();
        sim.advance(Time::from_secs(20), u64::MAX);
        conserved(&sim.report());
        let r = sim.report();
        let failed: u64 = r.system.failed.iter().sum();
        (failed, r.system.retries as f64 / r.system.arrivals as f64)
    };
    // Every third turn is the dead one's. A retry skips it, so of 4 turns 1 is a retry, 1/3 skipped, 8/3 first attempts.
    let (failed, retries) = run("");
    assert_eq!(failed, 0);
    near("retries per request", retries, 3.0 / 8.0, 0.02);
    // From 0 to 5 s and from 15 to 20 s all three attempts go to the dead one.
    let (failed, retries) = run("dns_ttl = \"5s\"");
    near("failed", failed as f64 / 6000.0, 0.5, 0.03);
    near("retries per request", retries, 1.0, 0.06);
}

#[test]
fn a_profile_counts_from_where_it_is_set_and_an_undo_finds_the_old_one_where_it_would_be() {
    let source = r#"format = 1
[node.users.client]
rate = "100/s"
arrivals = "paced"
profile = { steps = [["0s", 1.0], ["50s", 5.0]] }
[node.web.service]
workers = "unlimited"
work = { constant = "1ms" }
[[link]]
from = "users"
to = "web"
"#;
    let mut sim = build(source, 1);
    sim.advance(Time::from_secs(20), u64::MAX);
    let text = "users.profile={ steps = [[\"0s\", 1.0], [\"10s\", 3.0]] }";
    let set = fivenines::level::change::parse_set(text, sim.topology()).unwrap();
    let undo = sim.apply(&set).unwrap().expect("a knob can be set back");
    sim.advance(Time::from_secs(40), u64::MAX);
    sim.apply(&undo).unwrap();
    sim.advance(Time::from_secs(60), u64::MAX);
    let rate = |second: usize| sim.windows().get(second).unwrap().system.arrivals;
    assert_eq!([rate(15), rate(25), rate(35), rate(45), rate(55)], [100, 100, 300, 100, 500]);
}
