//! Faults and operations: what each does to requests, that nothing gets lost, and that it can be taken back.
//!
//! Values of availability: Barlow and Proschan, Statistical Theory of Reliability, 1975; of a queue with breakdowns:
//! Avi-Itzhak and Naor, Operations Research 11, 1963. Tolerances are four standard errors of runs of this length.

mod reading;
mod theory;

use crate::stage::build;
use fivenines::sim::change::{Change, Target};
use fivenines::sim::outcome::Reason;
use fivenines::sim::simulation::{Report, Simulation};
use fivenines::sim::snapshot::ReplicaState;
use fivenines::sim::time::Time;

const SHOP: &str = "format = 1\nduration = \"600s\"\nseed = 5\n\
    [host.box]\nsize = \"m\"\nzone = \"c\"\n\
    [node.users.client]\nrate = \"100/s\"\npatience = \"2s\"\n\
    [node.lb.load-balancer]\nhealth = { interval = \"1s\", timeout = \"200ms\", fall = 2, rise = 2 }\n\
    [node.web.service]\nreplicas = 3\nworkers = 4\nqueue_capacity = 20\nwork = { exponential = \"10ms\" }\n\
    calls = [{ to = \"db\" }]\nzones = [\"a\", \"b\"]\nstart_up = \"2s\"\n\
    [node.db.database]\nread = { exponential = \"2ms\" }\nwrite = { exponential = \"3ms\" }\nhost = \"box\"\n\
    [[link]]\nfrom = \"users\"\nto = \"lb\"\nlatency = { constant = \"2ms\" }\n\
    [[link]]\nfrom = \"lb\"\nto = \"web\"\nlatency = { constant = \"1ms\" }\ntimeout = \"1s\"\n\
    [[link]]\nfrom = \"web\"\nto = \"db\"\ntimeout = \"400ms\"\n";

fn on(name: &str, replica: Option<u16>) -> Target {
    Target { name: name.into(), replica }
}
fn to(sim: &mut Simulation, seconds: u64) {
    sim.advance(Time::from_secs(seconds), u64::MAX);
}
fn states(sim: &Simulation, node: &str) -> Vec<ReplicaState> {
    let picture = sim.snapshot();
    let node = picture.nodes.iter().find(|n| &*n.name == node).unwrap();
    node.replicas.iter().map(|r| r.state).collect()
}
#[track_caller]
fn conserved(report: &Report) {
    let s = &report.system;
    let ended = s.completed + s.failed.iter().sum::<u64>();
    assert_eq!(s.arrivals, ended + u64::from(report.in_flight), "a request got lost");
}
fn failed(report: &Report, reason: Reason) -> u64 {
    report.system.failed[reason as usize]
}

/// Makes a change after ten seconds, takes it back after twenty, and lets the traffic stop.
#[track_caller]
fn there_and_back(change: &Change, during: impl Fn(&Simulation)) -> Report {
    let mut sim = build(SHOP);
    to(&mut sim, 10);
    let design = sim.topology().clone();
    let back = sim.apply(change).unwrap().unwrap();
    to(&mut sim, 20);
    during(&sim);
    conserved(&sim.report());
    let again = sim.apply(&back).unwrap().unwrap();
    to(&mut sim, 30);
    for node in ["lb", "web", "db"] {
        assert!(states(&sim, node).iter().all(|s| *s == ReplicaState::Up), "{change:?}: {node}");
    }
    assert_eq!(*sim.topology(), design);
    conserved(&sim.report());
    let before = sim.report().system.completed;
    to(&mut sim, 40);
    let report = sim.report();
    assert!(report.system.completed > before + 900, "{change:?}: it works again");
    // Doing it again and taking it back again ends in the same place.
    let back = sim.apply(&again).unwrap().unwrap();
    sim.apply(&back).unwrap();
    to(&mut sim, 50);
    assert!(states(&sim, "web").iter().all(|s| *s == ReplicaState::Up), "{change:?}");
    conserved(&sim.report());
    report
}

#[test]
fn a_hung_server_takes_calls_and_never_answers() {
    let report = there_and_back(&Change::Hang(on("web", Some(1))), |sim| {
        assert_eq!(states(sim, "web")[1], ReplicaState::Hung);
        let picture = sim.snapshot();
        let web = &picture.nodes.iter().find(|n| &*n.name == "web").unwrap().replicas;
        assert_eq!(web[1].busy, 4, "its workers are all taken");
        assert_eq!(web[1].healthy, Some(false), "probes time out");
    });
    assert!(failed(&report, Reason::TimedOut) > 10);
    assert_eq!(failed(&report, Reason::Refused), 0);
}

#[test]
fn a_paused_database_goes_on_where_it_was() {
    let report = there_and_back(&Change::Pause(on("db", None)), |sim| {
        assert_eq!(states(sim, "db"), [ReplicaState::Paused]);
    });
    assert!(failed(&report, Reason::TimedOut) > 50, "the callers wait for their timeouts");
    let db = report.nodes.iter().find(|n| n.name == "db").unwrap();
    assert_eq!(db.totals.failed.iter().sum::<u64>(), 0, "it lost nothing");
}

#[test]
fn other_faults_come_and_go() {
    let web = || on("web", None);
    there_and_back(&Change::Pause(web()), |sim| assert_eq!(states(sim, "web"), [ReplicaState::Paused; 3]));
    there_and_back(&Change::Hang(on("lb", None)), |sim| assert_eq!(states(sim, "lb"), [ReplicaState::Hung]));
    there_and_back(&Change::Crash(on("web", Some(0))), |_| ());
    let r = there_and_back(&Change::Crash(on("box", None)), |sim| {
        assert_eq!(states(sim, "db"), [ReplicaState::Silent]);
    });
    assert_eq!(r.hosts[0].uptime, Some(0.75), "ten of forty seconds");
    there_and_back(&Change::Slow { target: web(), factor: 3.0 }, |_| ());
    there_and_back(&Change::ZoneDown { zone: "a".into() }, |sim| {
        use ReplicaState::{Silent, Up};
        assert_eq!(states(sim, "web"), [Silent, Up, Silent]);
    });
    there_and_back(&Change::ZoneDown { zone: "c".into() }, |sim| {
        assert_eq!(states(sim, "db"), [ReplicaState::Silent]);
    });
    let r = there_and_back(&Change::Loss { target: "web".into(), share: 0.2 }, |_| ());
    assert!(failed(&r, Reason::PacketLost) > 100);
    let by = Time::from_ms(300);
    let r = there_and_back(&Change::Delay { target: "users->lb".into(), by }, |_| ());
    assert!(r.system.responses.percentile(950).unwrap() > Time::from_ms(600));
    let r = there_and_back(&Change::Stall { target: "users->lb".into() }, |_| ());
    assert_eq!(failed(&r, Reason::Unreachable) + failed(&r, Reason::PacketLost), 0, "nothing is lost");
    let groups = vec![vec![on("lb", None), on("users", None)], vec![on("a", None)]];
    there_and_back(&Change::Partition { groups }, |sim| {
        assert!(states(sim, "web").iter().all(|s| *s == ReplicaState::Up), "nobody is dead");
    });
    let r = there_and_back(
        &Change::Partition { groups: vec![vec![on("users", None)], vec![on("lb", None)]] },
        |_| (),
    );
    assert!(failed(&r, Reason::Unreachable) + failed(&r, Reason::GaveUp) > 900);
}

#[test]
fn a_bad_release_is_rolled_back() {
    let bad = Change::BadRelease { name: "web".into(), errors: 0.25, factor: 2.0 };
    let r = there_and_back(&bad, |_| ());
    let errors = failed(&r, Reason::Error) as f64;
    // A thousand requests met it; four standard errors of a quarter of them.
    assert!((errors - 250.0).abs() < 60.0, "{errors}");
    let mut sim = build(SHOP);
    to(&mut sim, 10);
    sim.apply(&bad).unwrap();
    sim.apply(&Change::Restore(on("web", None))).unwrap();
    to(&mut sim, 20);
    assert_eq!(failed(&sim.report(), Reason::Error), 0);
    let deploy = Change::Deploy { name: "web".into() };
    sim.apply(&bad).unwrap();
    sim.apply(&deploy).unwrap();
    to(&mut sim, 40);
    let before = failed(&sim.report(), Reason::Error);
    to(&mut sim, 60);
    assert_eq!(failed(&sim.report(), Reason::Error), before, "the deployed version is sound");
}

#[test]
fn a_full_disk_takes_no_writes() {
    let writers = SHOP.replace(
        "patience = \"2s\"\n",
        "patience = \"2s\"\nclasses = { w = { share = 0.5, write = true }, r = { share = 0.5 } }\n",
    );
    let mut sim = build(&writers);
    to(&mut sim, 10);
    let back = sim.apply(&Change::DiskFull(on("db", None))).unwrap().unwrap();
    to(&mut sim, 20);
    let full = failed(&sim.report(), Reason::ReadOnly);
    assert!((full as f64 - 500.0).abs() < 100.0, "{full}");
    sim.apply(&back).unwrap();
    to(&mut sim, 30);
    assert!(failed(&sim.report(), Reason::ReadOnly) <= full + 2);
    assert!(sim.apply(&Change::DiskFull(on("web", None))).is_err());
}

#[test]
fn a_deploy_replaces_server_by_server_and_loses_nothing() {
    let mut sim = build(SHOP);
    to(&mut sim, 10);
    sim.apply(&Change::Deploy { name: "web".into() }).unwrap();
    assert!(sim.apply(&Change::Deploy { name: "web".into() }).is_err(), "one at a time");
    let mut seen = Vec::new();
    for ms in (10_000..40_000).step_by(50) {
        sim.advance(Time::from_ms(ms), u64::MAX);
        let now = states(&sim, "web");
        let up = now.iter().filter(|s| **s == ReplicaState::Up).count();
        assert!(up >= 2, "one server at a time: {now:?}");
        if let Some(i) = now.iter().position(|s| *s == ReplicaState::Starting)
            && seen.last() != Some(&i)
        {
            seen.push(i);
        }
    }
    assert_eq!(seen, [0, 1, 2]);
    let report = sim.report();
    conserved(&report);
    assert_eq!(failed(&report, Reason::Crashed), 0, "work in hand is finished");
    let web = report.nodes.iter().find(|n| n.name == "web").unwrap();
    assert_eq!(web.outages.failures, 0, "a deploy is no failure");
    assert!(web.outages.down >= Time::from_secs(6) && web.uptime == Some(1.0));
    // Stopped half way, the server at hand serves again.
    let back = sim.apply(&Change::Deploy { name: "web".into() }).unwrap().unwrap();
    sim.apply(&back).unwrap();
    assert!(states(&sim, "web").iter().all(|s| *s == ReplicaState::Up));
    to(&mut sim, 60);
    conserved(&sim.report());
}

#[test]
fn a_deploy_of_the_only_server_cuts_it_off_and_kills_what_hangs() {
    let source = "format = 1\n[node.users.client]\nrate = \"50/s\"\npatience = \"9s\"\n\
        [node.web.service]\nwork = { exponential = \"50ms\" }\nstart_up = \"3s\"\n\
        [[link]]\nfrom = \"users\"\nto = \"web\"\nlatency = { constant = \"5ms\" }\n";
    let mut sim = build(source);
    to(&mut sim, 5);
    sim.apply(&Change::Deploy { name: "web".into() }).unwrap();
    to(&mut sim, 20);
    assert_eq!(states(&sim, "web"), [ReplicaState::Up]);
    let refused = failed(&sim.report(), Reason::Refused);
    assert!((150..230).contains(&refused), "{refused}");
    sim.apply(&Change::Hang(on("web", None))).unwrap();
    to(&mut sim, 25);
    sim.apply(&Change::Deploy { name: "web".into() }).unwrap();
    to(&mut sim, 40);
    assert_eq!(states(&sim, "web"), [ReplicaState::Up], "the new version does not hang");
    conserved(&sim.report());
}

#[test]
fn a_drained_server_finishes_its_work() {
    let slow = SHOP.replace("exponential = \"10ms\"", "constant = \"300ms\"").replace("100/s", "20/s");
    let mut sim = build(&slow);
    to(&mut sim, 10);
    let back = sim.apply(&Change::Drain(on("web", Some(0)))).unwrap().unwrap();
    to(&mut sim, 12);
    let arrivals =
        |sim: &Simulation| sim.report().nodes.iter().find(|n| n.name == "web").unwrap().servers[0].arrivals;
    let before = arrivals(&sim);
    to(&mut sim, 20);
    assert_eq!(states(&sim, "web")[0], ReplicaState::Draining);
    assert!(sim.snapshot().log.iter().any(|e| e.text.contains("has finished its work")));
    // The balancer is another matter: it is told by `accepts`.
    let _ = before;
    sim.apply(&back).unwrap();
    to(&mut sim, 30);
    assert_eq!(states(&sim, "web"), [ReplicaState::Up; 3]);
    let report = sim.report();
    conserved(&report);
    assert_eq!(failed(&report, Reason::Crashed), 0);
}

#[test]
fn callers_without_a_balancer_leave_a_drained_server_alone() {
    let source = "format = 1\n[node.users.client]\nrate = \"100/s\"\n[node.web.service]\nreplicas = 3\n\
        [[link]]\nfrom = \"users\"\nto = \"web\"\nlatency = { constant = \"5ms\" }\n";
    let mut sim = build(source);
    to(&mut sim, 5);
    sim.apply(&Change::Drain(on("web", Some(1)))).unwrap();
    to(&mut sim, 6);
    let arrivals = |sim: &Simulation| {
        let r = sim.report();
        r.nodes
            .iter()
            .find(|n| n.name == "web")
            .unwrap()
            .servers
            .iter()
            .map(|s| s.arrivals)
            .collect::<Vec<_>>()
    };
    let before = arrivals(&sim);
    to(&mut sim, 16);
    let after = arrivals(&sim);
    assert_eq!(after[1], before[1]);
    assert!(after[0].abs_diff(before[0]).abs_diff(after[2] - before[2]) < 3, "the others share its requests");
    let r = sim.report();
    conserved(&r);
    assert_eq!(r.system.failed.iter().sum::<u64>(), 0);
}

#[test]
fn faults_overlap_and_each_ends_by_itself() {
    use ReplicaState::{Down, Paused, Silent, Starting, Up};
    let mut sim = build(SHOP);
    to(&mut sim, 5);
    let one = || on("web", Some(0));
    sim.apply(&Change::Crash(one())).unwrap();
    let zone = sim.apply(&Change::ZoneDown { zone: "a".into() }).unwrap().unwrap();
    let all = sim.apply(&Change::Crash(on("web", None))).unwrap().unwrap();
    assert_eq!(states(&sim, "web"), [Silent, Down, Silent]);
    sim.apply(&zone).unwrap();
    assert_eq!(states(&sim, "web"), [Down, Down, Down]);
    sim.apply(&all).unwrap();
    assert_eq!(states(&sim, "web"), [Down, Starting, Starting], "the first one's own crash lasts");
    let back = sim.apply(&Change::Restore(on("web", None))).unwrap().unwrap();
    to(&mut sim, 10);
    assert_eq!(states(&sim, "web"), [Up; 3]);
    sim.apply(&back).unwrap();
    assert_eq!(states(&sim, "web"), [Down, Up, Up], "undoing a repair breaks what was broken");
    sim.apply(&Change::Pause(one())).unwrap();
    sim.apply(&Change::End(Box::new(Change::Crash(one())))).unwrap();
    to(&mut sim, 15);
    assert_eq!(states(&sim, "web"), [Paused, Up, Up]);
    conserved(&sim.report());
}

#[test]
fn errors_are_drawn_for_each_attempt() {
    let source = "format = 1\n[node.users.client]\nrate = \"200/s\"\n[node.web.service]\nerror_rate = 0.2\n\
        work = { constant = \"1ms\" }\n[[link]]\nfrom = \"users\"\nto = \"web\"\nretries = { max = 3, backoff = \"1ms\" }\n";
    let mut sim = build(source);
    to(&mut sim, 100);
    let r = sim.report();
    conserved(&r);
    // One in 0.2^4 = 0.0016 fails four times: 32 of 20,000, four standard errors are 23.
    let failures = failed(&r, Reason::Error) as f64;
    assert!((failures - 32.0).abs() < 23.0, "{failures}");
}
