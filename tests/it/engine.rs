//! The engine against itself: repeatability, slicing, forks, faults, conservation.

use fivenines::sim::change::{Change, Target, TimedChange};
use fivenines::sim::component::{COMMON_KNOBS, Kind, LINK_KNOBS};
use fivenines::sim::metrics::Count;
use fivenines::sim::outcome::Reason;
use fivenines::sim::simulation::{Progress, Simulation};
use fivenines::sim::time::Time;
use fivenines::sim::topology::{LinkSpec, NodeSpec, Size, Topology};
use fivenines::sim::value::{Knobs, Raw};
use indexmap::IndexMap;

/// A topology written in a few lines: `("web", "service", &[("workers", "4")])`.
pub fn topology(nodes: &[(&str, &str, &[(&str, Raw)])], links: &[(&str, &str, &[(&str, Raw)])]) -> Topology {
    let table = |knobs: &[(&str, Raw)]| {
        knobs.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect::<IndexMap<_, _>>()
    };
    let size = |name: &str, cores: u32| Size {
        name: name.into(),
        cores,
        memory_gib: 4 * cores,
        usd_per_month: 36.0 * f64::from(cores),
        database_usd_per_month: 62.0 * f64::from(cores),
        cache_usd_per_month: 57.0 * f64::from(cores),
    };
    let mut t = Topology { sizes: vec![size("s", 1), size("m", 2), size("l", 4)], ..Topology::default() };
    for (name, kind, knobs) in nodes {
        let kind = Kind::parse(kind).unwrap();
        let knobs = Knobs::check(&[kind.datasheet().knobs, COMMON_KNOBS], &table(knobs)).unwrap();
        t.nodes.insert((*name).into(), NodeSpec { kind, knobs });
    }
    for (from, to, knobs) in links {
        let knobs = Knobs::check(&[LINK_KNOBS], &table(knobs)).unwrap();
        t.links.push(LinkSpec { from: (*from).into(), to: (*to).into(), knobs });
    }
    t
}
pub fn text(s: &str) -> Raw {
    Raw::Text(s.into())
}
pub fn one(key: &str, value: Raw) -> Raw {
    Raw::Table([(key.to_owned(), value)].into_iter().collect())
}
pub fn call(to: &str) -> Raw {
    Raw::List(vec![one("to", text(to))])
}

fn shop() -> Topology {
    let exp = |t: &str| one("exponential", text(t));
    let classes = Raw::Table(
        [("read", 0.9, false), ("write", 0.1, true)]
            .into_iter()
            .map(|(n, share, write)| {
                let keys = Raw::Table(
                    [("zipf".to_owned(), Raw::Number(1.0)), ("of".to_owned(), Raw::Number(1000.0))]
                        .into_iter()
                        .collect(),
                );
                let c = [("share", Raw::Number(share)), ("write", Raw::Bool(write)), ("keys", keys)];
                (n.to_owned(), Raw::Table(c.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()))
            })
            .collect(),
    );
    let hop = one("constant", text("0.5ms"));
    let health = Raw::Table(
        [("interval", text("1s")), ("timeout", text("500ms"))]
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v))
            .collect(),
    );
    topology(
        &[
            ("users", "client", &[("rate", text("200/s")), ("classes", classes), ("patience", text("2s"))]),
            ("lb", "load-balancer", &[("policy", text("least-connections")), ("health", health)]),
            (
                "web",
                "service",
                &[
                    ("replicas", Raw::Number(3.0)),
                    ("work", exp("20ms")),
                    ("calls", call("db")),
                    ("size", text("m")),
                ],
            ),
            ("db", "database", &[("replicas", Raw::Number(2.0)), ("connections", Raw::Number(20.0))]),
        ],
        &[
            ("users", "lb", &[("latency", one("constant", text("5ms")))]),
            ("lb", "web", &[("latency", hop.clone())]),
            ("web", "db", &[("latency", hop)]),
        ],
    )
}
fn run(seed: u64, seconds: u64) -> Simulation {
    let mut sim = Simulation::new(&shop(), seed, &[]).unwrap();
    sim.advance(Time::from_secs(seconds), u64::MAX);
    sim
}

#[test]
fn the_same_seed_gives_the_same_digest_and_another_seed_another() {
    assert_eq!(run(7, 30).digest(), run(7, 30).digest());
    assert_ne!(run(7, 30).digest(), run(8, 30).digest());
}

#[test]
fn slices_forks_and_looking_do_not_matter() {
    let whole = run(7, 20);
    let mut sim = Simulation::new(&shop(), 7, &[]).unwrap();
    let mut t = Time::ZERO;
    while t < Time::from_secs(20) {
        t += Time::from_ms(37);
        while sim.advance(t.min(Time::from_secs(20)), 13) == Progress::OutOfEvents {}
        let _ = (sim.snapshot(), sim.report());
        sim = sim.clone();
    }
    assert_eq!((whole.digest(), whole.events()), (sim.digest(), sim.events()));
}

#[test]
fn nothing_gets_lost() {
    let mut sim = Simulation::new(&shop(), 3, &[]).unwrap();
    let crash = |i| Change::Crash(Target { name: "web".into(), replica: Some(i) });
    for s in 1..=40 {
        sim.advance(Time::from_secs(s), u64::MAX);
        match s {
            5 => drop(sim.apply(&crash(0)).unwrap()),
            8 => drop(sim.apply(&crash(1)).unwrap()),
            11 => drop(sim.apply(&Change::Crash(Target { name: "db".into(), replica: None })).unwrap()),
            15 => drop(sim.apply(&Change::Restore(Target { name: "db".into(), replica: None })).unwrap()),
            20 => drop(sim.apply(&Change::Restore(Target { name: "web".into(), replica: None })).unwrap()),
            _ => {}
        }
        let r = sim.report();
        let failed: u64 = r.system.failed.iter().sum();
        assert_eq!(r.system.arrivals, r.system.completed + failed + u64::from(r.in_flight), "after {s} s");
    }
    let r = sim.report();
    assert!(r.system.failed[Reason::Crashed as usize] > 0);
    assert!(r.system.failed[Reason::Refused as usize] > 0);
    for n in &r.nodes {
        assert!(n.utilization.is_none_or(|u| (0.0..=1.0).contains(&u)), "{} {:?}", n.name, n.utilization);
    }
}

#[test]
fn forked_worlds_meet_the_same_requests() {
    let mut a = run(7, 10);
    let mut b = a.clone();
    let slow = Change::Slow { target: Target { name: "web".into(), replica: None }, factor: 2.0 };
    b.apply(&slow).unwrap();
    for sim in [&mut a, &mut b] {
        sim.advance(Time::from_secs(20), u64::MAX);
    }
    let arrivals = |s: &Simulation| s.windows().iter().map(|w| w.system.arrivals).collect::<Vec<_>>();
    assert_eq!(arrivals(&a), arrivals(&b));
    assert_ne!(a.digest(), b.digest());
}

#[test]
fn a_dead_server_loses_its_share_after_the_health_check() {
    let crash = TimedChange {
        at: Time::from_secs(20),
        lasts: Some(Time::from_secs(20)),
        change: Change::Crash(Target { name: "web".into(), replica: Some(0) }),
    };
    let mut sim = Simulation::new(&shop(), 7, &[crash]).unwrap();
    sim.advance(Time::from_secs(60), u64::MAX);
    let windows = sim.windows();
    let web = |s: usize| &windows[s - 1].nodes[2];
    let share = |from: usize, to: usize| -> f64 {
        let sum = |f: fn(&fivenines::sim::metrics::ReplicaWindow) -> u32, k: usize| {
            (from..=to).map(|s| f64::from(f(&web(s).replicas[k]))).sum::<f64>()
        };
        sum(|r| r.arrivals, 1) / (from..=to).map(|s| f64::from(windows[s - 1].system.arrivals)).sum::<f64>()
    };
    assert!((share(5, 20) - 1.0 / 3.0).abs() < 0.05, "{}", share(5, 20));
    // 2 failures at 1 s: out after 1 to 2 s and the probe's answer.
    assert!((share(25, 40) - 0.5).abs() < 0.05, "{}", share(25, 40));
    assert!((share(46, 60) - 1.0 / 3.0).abs() < 0.05, "{}", share(46, 60));
    assert_eq!((web(30).up, web(59).up), (2, 3));
}

#[test]
fn one_request_is_the_same_in_picture_trace_and_report() {
    let mut sim = Simulation::new(&shop(), 11, &[]).unwrap();
    sim.set_request_limit(1);
    let mut dots = Vec::new();
    while sim.report().finished == 0 {
        sim.step();
        for flight in sim.snapshot().flights {
            if flight.request == Some(0) && !dots.contains(&flight) {
                dots.push(flight);
            }
        }
    }
    let trace = sim.trace(0, 0).unwrap();
    assert_eq!(dots.len(), 6, "three links, there and back: {dots:?}");
    for dot in &dots {
        let journey = |s: &fivenines::sim::trace::Span| {
            let (leaves, comes) = if dot.reply { (s.replied, s.ended) } else { (s.sent, s.arrived) };
            (s.link, leaves, comes) == (dot.link.0, dot.sent, dot.due)
        };
        assert!(trace.spans.iter().any(journey), "{dot:?} is not in {trace:?}");
        let link = &sim.snapshot().links[dot.link.index()];
        assert_eq!(dot.due - dot.sent, link.latency);
    }
    let parents: Vec<_> = trace.spans.iter().map(|s| s.parent).collect();
    assert_eq!(parents, [None, Some(0), Some(1)], "each waits for the next");
    assert_eq!(sim.report().system.responses.max(), Some(trace.ended - trace.born));
}

#[test]
fn a_full_cache_relieves_the_database_by_its_hit_ratio() {
    let t =
        |pairs: &[(&str, Raw)]| Raw::Table(pairs.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect());
    let keys = t(&[("zipf", Raw::Number(1.2)), ("of", Raw::Number(10_000.0))]);
    let classes = t(&[("read", t(&[("share", Raw::Number(1.0)), ("keys", keys)]))]);
    let calls = Raw::List(vec![t(&[("to", text("cache")), ("on_miss", text("db"))])]);
    let topology = topology(
        &[
            ("users", "client", &[("rate", text("500/s")), ("classes", classes)]),
            ("web", "service", &[("workers", text("unlimited")), ("calls", calls)]),
            ("cache", "cache", &[("capacity", Raw::Number(450.0))]),
            ("db", "database", &[]),
        ],
        &[("users", "web", &[])],
    );
    let mut sim = Simulation::new(&topology, 5, &[]).unwrap();
    sim.set_warmup(Time::from_secs(60));
    sim.advance(Time::from_secs(200), u64::MAX);
    let report = sim.report();
    let node = |name: &str| &report.nodes.iter().find(|n| n.name == name).unwrap().totals;
    let (cache, db) = (node("cache"), node("db"));
    let hit_ratio =
        cache.count(Count::Hits) as f64 / (cache.count(Count::Hits) + cache.count(Count::Misses)) as f64;
    // 4.5 % of the keys hold about 80 % of the requests at Zipf 1.2.
    assert!((0.75..0.85).contains(&hit_ratio), "{hit_ratio}");
    let load = db.arrivals as f64 / report.system.arrivals as f64;
    assert!((load - (1.0 - hit_ratio)).abs() < 0.002, "{load} against {hit_ratio}");
}

#[test]
fn replicas_lag_behind_a_busy_log_and_reads_see_it() {
    let mut sim = Simulation::new(&shop(), 5, &[]).unwrap();
    sim.advance(Time::from_secs(60), u64::MAX);
    let calm = sim.report();
    let db =
        |r: &fivenines::sim::simulation::Report| r.nodes.iter().find(|n| n.name == "db").unwrap().clone();
    // 20 writes/s of 5 ms: the apply thread is 10 % busy.
    let lag = db(&calm).totals.lag.mean().unwrap();
    assert!((0.005..0.008).contains(&lag), "{lag}");
    // Applying takes ten times as long on the replicas: 100 % busy.
    for replica in [1, 2] {
        let target = Target { name: "db".into(), replica: Some(replica) };
        sim.apply(&Change::Slow { target, factor: 11.0 }).unwrap();
    }
    sim.advance(Time::from_secs(180), u64::MAX);
    let busy = sim.report();
    assert!(
        db(&busy).totals.backlog_max > 20 * db(&calm).totals.backlog_max.max(1),
        "{}",
        db(&busy).totals.backlog_max
    );
    let stale = |r: &fivenines::sim::simulation::Report| db(r).totals.stale_reads as f64 / r.now.secs();
    assert!(stale(&busy) > 5.0 * stale(&calm), "{} against {}", stale(&busy), stale(&calm));
}

#[test]
fn a_broker_delivers_again_what_a_dead_consumer_had() {
    let publish = Raw::List(vec![Raw::Table(
        [("to", text("queue")), ("mode", text("publish"))]
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v))
            .collect(),
    )]);
    let topology = topology(
        &[
            ("users", "client", &[("rate", text("100/s"))]),
            ("shop", "service", &[("calls", publish)]),
            ("queue", "broker", &[]),
            (
                "mail",
                "service",
                &[
                    ("consumes", text("queue")),
                    ("workers", Raw::Number(4.0)),
                    ("work", one("constant", text("20ms"))),
                ],
            ),
        ],
        &[("users", "shop", &[])],
    );
    let crash = TimedChange {
        at: Time::from_secs(10),
        lasts: Some(Time::from_secs(5)),
        change: Change::Crash(Target { name: "mail".into(), replica: None }),
    };
    let mut sim = Simulation::new(&topology, 5, &[crash]).unwrap();
    sim.advance(Time::from_secs(14), u64::MAX);
    let node = |sim: &Simulation, name: &str| {
        sim.report().nodes.into_iter().find(|n| n.name == name).unwrap().totals
    };
    assert_eq!(sim.report().system.failed.iter().sum::<u64>(), 0, "the shop does not notice");
    let windows = sim.windows();
    assert!((300..500).contains(&windows.last().unwrap().nodes[2].backlog));
    sim.set_request_limit(0);
    sim.advance(Time::from_secs(40), u64::MAX);
    let (queue, mail, arrivals) = (node(&sim, "queue"), node(&sim, "mail"), sim.report().system.arrivals);
    assert!(queue.count(Count::Redelivered) >= 1);
    assert_eq!(mail.completed, arrivals, "every message was worked off in the end");
}
