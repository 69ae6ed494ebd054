//! One node with a queue, and alike servers behind a balancer.

use super::Entry;
use super::bench::System;
use super::case::{Case, Run};
use super::plan::Speed::{Quick, Slow};
use super::plan::{Plan, Sample, usual};

pub const ENTRIES: &[Entry] = &[
    ("md1-80", Slow, md1),
    ("mg1-logn4", Slow, mg1_logn4),
    ("mg1-two-kinds", Slow, mg1_two_kinds),
    ("hockey-stick", Slow, hockey_stick),
    ("mm1-20", Slow, |case| queue(case, &["clients.rate=20/s"])),
    ("mm1-70", Quick, |case| queue(case, &["clients.rate=70/s"])),
    ("mmc-4", Quick, |case| queue(case, &["clients.rate=320/s", "app.workers=4"])),
    ("mm1k-150", Slow, |case| queue(case, &["clients.rate=150/s", "app.queue_capacity=9"])),
    ("mm1k-90", Slow, |case| queue(case, &["clients.rate=90/s", "app.queue_capacity=9"])),
    ("db-pool-20", Slow, db_pool),
    ("pooling-4", Slow, pooling),
    ("lose-one-of-4", Slow, lose_one),
    ("policies-10-exp", Slow, policies),
    ("least-conn-2", Slow, least_connections),
    ("round-robin-5", Slow, round_robin),
    ("two-choices", Slow, two_choices),
    ("load-shedding", Slow, load_shedding),
    ("timeout-tail", Slow, timeout_tail),
];

fn with(file: &str, sets: &[&str]) -> System {
    sets.iter().fold(System::of(file), |system, text| system.set(text))
}

fn queue(case: &Case, sets: &[&str]) -> Plan {
    Plan::standard(case, vec![("", with("queue", sets))], &[])
}

fn md1(case: &Case) -> Plan {
    queue(case, &["clients.rate=80/s", "app.work={ constant = \"10ms\" }"])
}

fn mg1_logn4(case: &Case) -> Plan {
    queue(case, &["clients.rate=70/s", "app.work={ log-normal = { mean = \"10ms\", scv = 4.0 } }"])
}

fn mg1_two_kinds(case: &Case) -> Plan {
    let work = "app.work={ mixture = [{ weight = 0.95, constant = \"5ms\" }, { weight = 0.05, constant = \"105ms\" }] }";
    queue(case, &["clients.rate=60/s", work])
}

fn hockey_stick(case: &Case) -> Plan {
    let systems = [
        ("rho=0.1", "10/s"),
        ("rho=0.3", "30/s"),
        ("rho=0.5", "50/s"),
        ("rho=0.7", "70/s"),
        ("rho=0.8", "80/s"),
        ("rho=0.9", "90/s"),
        ("rho=0.95", "95/s"),
    ]
    .map(|(label, rate)| (label, with("queue", &[&format!("clients.rate={rate}")])));
    Plan::standard(case, systems.into(), &[])
}

fn db_pool(case: &Case) -> Plan {
    Plan::standard(case, vec![("", with("database", &[]))], &[])
}

fn pooling(case: &Case) -> Plan {
    let fast = with("queue", &["clients.rate=320/s", "app.work={ exponential = \"2.5ms\" }"]);
    let shared = with("queue", &["clients.rate=320/s", "app.workers=4"]);
    let split = with("balanced", &["clients.rate=320/s"]);
    let places = &[("one_fast", "app"), ("shared_queue", "app")];
    Plan::standard(case, vec![("one_fast", fast), ("shared_queue", shared)], places).and(Plan::standard(
        case,
        vec![("random_split", split)],
        &[("random_split", "server")],
    ))
}

fn lose_one(case: &Case) -> Plan {
    let up = |n| with("balanced", &["clients.rate=240/s", &format!("server.replicas={n}")]);
    Plan::standard(case, vec![("up4", up(4)), ("up3", up(3))], &[("up4", "server"), ("up3", "server")])
}

fn policies(case: &Case) -> Plan {
    let systems = [
        ("random", "random"),
        ("round_robin", "round-robin"),
        ("least_of_2", "two-choices"),
        ("least_connections", "least-connections"),
    ]
    .map(|(label, policy)| {
        let policy = format!("balancer.policy={policy}");
        (label, with("balanced", &["clients.rate=800/s", "server.replicas=10", &policy]))
    });
    let places = &[
        ("random", "server"),
        ("round_robin", "server"),
        ("least_of_2", "server"),
        ("least_connections", "server"),
    ];
    Plan::standard(case, systems.into(), places)
}

fn least_connections(case: &Case) -> Plan {
    let system =
        with("balanced", &["clients.rate=160/s", "server.replicas=2", "balancer.policy=least-connections"]);
    Plan::standard(case, vec![("", system)], &[("balancer", "server")])
}

fn round_robin(case: &Case) -> Plan {
    let by = |policy| with("balanced", &["clients.rate=450/s", "server.replicas=5", policy]);
    let systems =
        vec![("round_robin", by("balancer.policy=round-robin")), ("random", by("balancer.policy=random"))];
    Plan::standard(case, systems, &[("round_robin", "server"), ("random", "server")])
}

fn two_choices(case: &Case) -> Plan {
    let systems = [
        ("lambda=0.5", "50/s"),
        ("lambda=0.7", "70/s"),
        ("lambda=0.8", "80/s"),
        ("lambda=0.9", "90/s"),
        ("lambda=0.95", "95/s"),
    ]
    .map(|(label, rate)| {
        let rate = format!("clients.rate={rate}");
        let sets = [
            &rate,
            "server.replicas=100",
            "balancer.policy=two-choices",
            "server.work={ exponential = \"1s\" }",
        ];
        (label, with("balanced", &sets))
    });
    Plan::standard(case, systems.into(), &[("balancer", "server")])
}

/// Good answers are those within half a second; users do not leave, so the work is done all the same.
fn load_shedding(case: &Case) -> Plan {
    let sets = ["clients.rate=120/s", "clients.slo=500ms"];
    let bounded = with("queue", &sets).set("app.queue_capacity=20");
    let unbounded = with("queue", &sets);
    let places = &[("bounded", "system")];
    let minute = Run { seconds: Some(60.0), replications: 1, ..Run::default() };
    Plan::runs(case, vec![("bounded", bounded)], |case, label, outcome| usual(case, label, outcome, places))
        .and(Plan::repeated(case, move |seed| {
            let outcome = unbounded.run(&minute, seed);
            let windows = outcome.sim.windows();
            let good: u32 = windows.iter().skip(55).take(5).map(|w| w.system.good).sum();
            vec![Sample::new("goodput(after 60 s)", "unbounded", f64::from(good) / 5.0)]
        }))
}

/// The users' patience is the timeout: they leave, the work is done.
fn timeout_tail(case: &Case) -> Plan {
    let system = with("queue", &["clients.rate=80/s", "clients.patience=200ms"]);
    Plan::standard(case, vec![("", system)], &[("service", "system")])
}
