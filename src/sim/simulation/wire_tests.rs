//! Links under trouble, and what must never leak: tests that look inside a run.

use indexmap::IndexMap;

use super::super::change::{Change, Target};
use super::super::component::{COMMON_KNOBS, Kind, LINK_KNOBS};
use super::super::metrics::Window;
use super::super::outcome::Reason;
use super::super::time::Time;
use super::super::topology::{LinkSpec, NodeSpec, Topology};
use super::super::value::{Knobs, Raw};
use super::Simulation;

type Table<'a> = &'a [(&'a str, Raw)];

fn table(pairs: Table) -> IndexMap<String, Raw> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect()
}
fn of(key: &str, value: &str) -> Raw {
    Raw::Table(table(&[(key, text(value))]))
}
fn text(s: &str) -> Raw {
    Raw::Text(s.into())
}
/// `users -> app -> db`: an app with unlimited workers and no work of its own.
fn chain(rate: &str, app: Table, db: Table, users_app: Table, app_db: Table) -> Simulation {
    let mut t = Topology::default();
    let calls = Raw::List(vec![of("to", "db")]);
    let no_work = of("constant", "0ms");
    let base = [("workers", text("unlimited")), ("work", no_work), ("calls", calls)];
    let mut app_knobs = table(&base);
    app_knobs.extend(table(app));
    let nodes = [
        ("users", Kind::Client, table(&[("rate", text(rate))])),
        ("app", Kind::Service, app_knobs),
        ("db", Kind::Service, table(db)),
    ];
    for (name, kind, knobs) in nodes {
        let knobs = Knobs::check(&[kind.datasheet().knobs, COMMON_KNOBS], &knobs).unwrap();
        t.nodes.insert(name.into(), NodeSpec { kind, knobs });
    }
    for (from, to, knobs) in [("users", "app", users_app), ("app", "db", app_db)] {
        let knobs = Knobs::check(&[LINK_KNOBS], &table(knobs)).unwrap();
        t.links.push(LinkSpec { from: from.into(), to: to.into(), knobs });
    }
    Simulation::new(&t, 11, &[]).unwrap()
}
fn retries(max: f64) -> Raw {
    Raw::Table(table(&[("max", Raw::Number(max))]))
}
fn one_worker(mean: &str) -> [(&'static str, Raw); 2] {
    [("workers", Raw::Number(1.0)), ("work", of("exponential", mean))]
}
fn advance(sim: &mut Simulation, seconds: u64) {
    sim.advance(Time::from_secs(seconds), u64::MAX);
}
/// Per second over the windows of `from..to`: requests answered, and calls on `app -> db`.
fn rates(sim: &Simulation, from: usize, to: usize) -> (f64, f64) {
    let windows = sim.windows();
    let part = || windows.iter().skip(from).take(to - from);
    let sum = |f: fn(&Window) -> u32| part().map(|w| f64::from(f(w))).sum::<f64>();
    let seconds = (to - from) as f64;
    (sum(|w| w.system.completed) / seconds, sum(|w| w.links[1].calls) / seconds)
}
fn outage(rate: &str, seconds: u64) -> Simulation {
    let link = [("timeout", text("1s")), ("retries", retries(1.0))];
    let mut sim = chain(rate, &[], &one_worker("3.333333ms"), &[], &link);
    advance(&mut sim, 60);
    let back = sim.apply(&Change::Stall { target: "app->db".into() }).unwrap().unwrap();
    advance(&mut sim, 70);
    sim.apply(&back).unwrap();
    advance(&mut sim, seconds);
    sim
}
/// Lets everything that is under way end: no new requests.
fn drain(sim: &mut Simulation) {
    sim.set_request_limit(0);
    let now = sim.now();
    sim.advance(now + Time::from_secs(3600), u64::MAX);
    let report = sim.report();
    let failed: u64 = report.system.failed.iter().sum();
    assert_eq!(report.system.arrivals, report.system.completed + failed);
    assert_eq!((report.in_flight, sim.ctx.calls.live()), (0, 0));
    for link in &sim.ctx.links {
        assert!(link.policy.as_ref().is_none_or(|p| p.idle()));
    }
}

/// Case metastable-280 (Bronson et al., `HotOS` 2021): an outage of ten seconds, and it never recovers.
#[test]
fn retries_keep_a_system_down_after_the_outage() {
    let sim = outage("280/s", 400);
    let (good, calls) = rates(&sim, 10, 60);
    assert!((good - 280.0).abs() < 11.0 && (calls - 280.0).abs() < 7.2, "{good} {calls}");
    let (good, calls) = rates(&sim, 200, 400);
    assert!(good < 5.6 && (calls - 560.0).abs() < 26.0, "{good} {calls}");
}

/// Case metastable-120: below the hidden capacity of 150/s the same outage heals by itself.
#[test]
fn below_the_hidden_capacity_it_heals() {
    let sim = outage("120/s", 400);
    let (good, calls) = rates(&sim, 200, 400);
    // One run instead of five: tolerances times the root of five.
    assert!((good - 120.0).abs() < 9.2 && (calls - 120.0).abs() < 9.2, "{good} {calls}");
    let recovered = (75..120).find(|&s| rates(&sim, s - 5, s).0 > 0.9 * 120.0);
    assert!(recovered.is_some_and(|s| (90..115).contains(&s)), "{recovered:?}");
}

#[test]
fn what_a_stall_holds_goes_on_at_its_end_or_with_its_link() {
    let work = [("work", of("constant", "1ms")), ("workers", text("unlimited"))];
    let stalled = || {
        let mut sim = chain("100/s", &[], &work, &[], &[]);
        advance(&mut sim, 10);
        let stall = Change::Stall { target: "app->db".into() };
        let back = sim.apply(&stall).unwrap().unwrap();
        sim.apply(&stall).unwrap();
        sim.apply(&back).unwrap();
        advance(&mut sim, 20);
        assert!(sim.report().in_flight > 900, "one of two stalls is left");
        (sim, back)
    };
    let (mut sim, back) = stalled();
    sim.apply(&back).unwrap();
    drain(&mut sim);
    assert_eq!(sim.report().system.failed.iter().sum::<u64>(), 0, "nothing is lost");
    let (mut sim, _) = stalled();
    sim.apply(&Change::Set { target: "app".into(), knob: "calls", value: None }).unwrap();
    sim.apply(&Change::Remove { name: "db".into() }).unwrap();
    let open = sim.report().in_flight;
    assert!(open < 10, "who waited for what is gone waits no longer: {open}");
    drain(&mut sim);
}

#[test]
fn a_cut_loses_every_message_until_it_heals() {
    let mut sim = chain("100/s", &[], &[], &[], &[("timeout", text("100ms"))]);
    advance(&mut sim, 10);
    let (app, db) = (sim.ctx.find("app").unwrap(), sim.ctx.find("db").unwrap());
    let id = sim.ctx.cut(vec![(app, None)], vec![(db, Some(0))]);
    advance(&mut sim, 20);
    sim.ctx.heal(id);
    drain(&mut sim);
    let report = sim.report();
    let unreachable = report.system.failed[Reason::Unreachable as usize];
    assert!((900..1100).contains(&unreachable), "{unreachable}");
    assert_eq!(report.system.failed.iter().sum::<u64>(), unreachable);
    let node = report.nodes.iter().find(|n| n.name == "db").unwrap();
    assert_eq!(node.totals.blamed[Reason::Unreachable as usize], unreachable);
}

#[test]
fn a_line_of_bandwidth_is_a_queue_with_constant_service() {
    // M/D/1 at 80 %: a wait of rho / (2 (1 - rho)) slots of 10 ms, before the slot itself.
    let link = [("bandwidth", text("100/s"))];
    let mut sim =
        chain("80/s", &[], &[("work", of("constant", "0ms")), ("workers", text("unlimited"))], &[], &link);
    sim.set_request_limit(400_000);
    sim.run_to_end();
    let mean = sim.report().system.responses.mean().unwrap();
    // There: wait and slot; back: answers leave the line at least a slot apart, so that none waits.
    assert!((mean - (0.02 + 0.02)).abs() < 0.000_6, "{mean}");
    drain(&mut sim);
}

#[test]
fn extra_delay_and_loss_of_a_fault_come_on_top() {
    let mut sim = chain("100/s", &[], &[("work", of("constant", "1ms"))], &[], &[("timeout", text("1s"))]);
    sim.ctx.links[1].delay(Time::from_ms(30));
    sim.ctx.look_around();
    advance(&mut sim, 10);
    assert!(sim.report().system.responses.percentile(10).unwrap() >= Time::from_ms(60));
    sim.ctx.links[1].lose(0.5);
    sim.ctx.look_around();
    advance(&mut sim, 30);
    drain(&mut sim);
    let lost = sim.report().system.failed[Reason::PacketLost as usize] as f64;
    // 2000 requests, of which three quarters lose a message one way or the other.
    assert!((lost - 1500.0).abs() < 4.0 * 42.0, "{lost}");
}

/// A server of 100/s under 150/s whose callers wait a second.
fn overloaded(deadline: bool) -> Simulation {
    let link = [("timeout", text("1s")), ("deadline", Raw::Bool(deadline))];
    let mut sim = chain("150/s", &[], &one_worker("10ms"), &[], &link);
    advance(&mut sim, 1200);
    sim
}

#[test]
fn a_deadline_spares_the_work_that_nobody_waits_for() {
    let (with, without) = (overloaded(true), overloaded(false));
    let db = |sim: &Simulation| sim.report().nodes.into_iter().find(|n| n.name == "db").unwrap().totals;
    // Without it all is worked off too late; with it nearly all work is for somebody.
    let (late, _) = rates(&without, 100, 1200);
    assert!(late < 2.0 && db(&without).wasted > 100_000, "{late} {}", db(&without).wasted);
    // M/M/1+D (Baccelli and Hebuterne, 1981): what is begun has an exponential time left, of mean 1 / (150 - 100),
    // and its service of mean 1 / 100 ends within it with probability 100 / 150.
    let (good, _) = rates(&with, 100, 1200);
    assert!((good - 66.7).abs() < 3.0, "{good}");
    // Only what is begun in time and answered late is wasted.
    let wasted = db(&with).wasted as f64 / 1200.0;
    assert!((wasted - 33.3).abs() < 3.0, "{wasted}");
}

#[test]
fn a_deadline_is_handed_on() {
    // Users wait 100 ms for the app, whose own timeout is longer: the database drops what the users gave up.
    let users = [("timeout", text("100ms")), ("deadline", Raw::Bool(true))];
    let link = [("timeout", text("10s")), ("deadline", Raw::Bool(true))];
    let mut sim = chain("150/s", &[], &one_worker("10ms"), &users, &link);
    advance(&mut sim, 100);
    assert!(rates(&sim, 20, 100).0 > 40.0, "{:?}", rates(&sim, 20, 100));
    drain(&mut sim);
}

/// Every policy at once, and a caller that crashes again and again with calls in every state.
#[test]
fn a_crash_of_the_caller_leaks_nothing() {
    let group = |pairs: Table| Raw::Table(table(pairs));
    let link = [
        ("loss", Raw::Number(0.05)),
        ("timeout", text("300ms")),
        ("pool", Raw::Number(3.0)),
        (
            "retries",
            group(&[("max", Raw::Number(3.0)), ("backoff", text("20ms")), ("jitter", Raw::Bool(true))]),
        ),
        ("breaker", group(&[("failures", Raw::Number(4.0)), ("open_for", text("100ms"))])),
        ("hedge_after", text("15ms")),
        ("deadline", Raw::Bool(true)),
    ];
    let users = [("timeout", text("500ms")), ("retries", retries(1.0)), ("loss", Raw::Number(0.01))];
    let app = [("replicas", Raw::Number(2.0))];
    let mut sim = chain(
        "400/s",
        &app,
        &[("replicas", Raw::Number(2.0)), ("work", of("exponential", "12ms"))],
        &users,
        &link,
    );
    for s in 1..=60 {
        advance(&mut sim, s);
        let name = if s % 7 == 0 { "db" } else { "app" };
        let target = Target { name: name.into(), replica: Some((s % 2) as u16) };
        sim.apply(&Change::Crash(target.clone())).unwrap();
        sim.apply(&Change::Restore(target)).unwrap();
        let r = sim.report();
        let failed: u64 = r.system.failed.iter().sum();
        assert_eq!(r.system.arrivals, r.system.completed + failed + u64::from(r.in_flight));
    }
    let link = &sim.report().links[1];
    assert!(link.retries > 100 && link.hedges > 100 && link.lost > 100 && link.breaker_open > Time::ZERO);
    // Rules come and go while calls are under way.
    for (knob, value) in [("pool", None), ("hedge_after", None), ("breaker", None), ("retries", None)] {
        let now = sim.now();
        sim.advance(now + Time::from_ms(500), u64::MAX);
        sim.apply(&Change::Set { target: "app->db".into(), knob, value }).unwrap();
    }
    advance(&mut sim, 70);
    drain(&mut sim);
}

#[test]
fn a_policy_whose_rules_never_apply_changes_no_result() {
    let digest = |link: Table| {
        let mut sim = chain("80/s", &[], &one_worker("10ms"), &[], link);
        advance(&mut sim, 30);
        sim.digest()
    };
    let pool = [("pool", Raw::Number(100_000.0)), ("retries", retries(3.0)), ("hedge_after", text("1h"))];
    assert_eq!(digest(&[]), digest(&pool));
}
