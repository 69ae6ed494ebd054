//! Data in several places: lag, failover, partitions of the network and of a log, quorums; and a pool that gives up.

use fivenines::insight::theory::caching::zipf;
use fivenines::insight::theory::storage::{partitioned, shard_shares};
use fivenines::sim::change::{Change, Target};
use fivenines::sim::outcome::Reason;
use fivenines::sim::simulation::{Report, Simulation};
use fivenines::sim::time::Time;

use super::Entry;
use super::bench::{Outcome, System};
use super::case::{Case, Run};
use super::plan::Speed::{Quick, Slow};
use super::plan::{Plan, Sample, usual};

pub const ENTRIES: &[Entry] = &[
    ("failover", Slow, failover),
    ("partition", Slow, partition),
    ("pool-timeout", Quick, pool_timeout),
    ("pbs-ssd-11", Slow, |case| quorums(case, 1)),
    ("pbs-ssd-22", Slow, |case| quorums(case, 2)),
    ("stale-exp-lag", Slow, |case| stale(case, System::of("copies"))),
    ("stale-fixed-lag", Slow, stale_fixed_lag),
    ("hot-partition", Slow, hot_partition),
    ("partitions-6", Quick, partitions),
];

fn failures(report: &Report) -> f64 {
    report.system.failed.iter().sum::<u64>() as f64
}

/// The primary dies at 50 s. The outage ends with the first write that is answered again.
fn failover(case: &Case) -> Plan {
    let system = System::of("copies")
        .set("readers.rate=0/s")
        .set("writers.arrivals=poisson")
        .set("writers.rate=200/s")
        .set("database.failover={ detect = \"15s\", promote = \"20s\" }")
        .set("database->database.latency={ constant = \"800ms\" }");
    let end = Time::from_secs_f64(case.run().seconds.unwrap());
    Plan::repeated(case, move |seed| {
        let mut sim = system.start(seed);
        let crash = Time::from_secs(50);
        sim.advance(crash, u64::MAX);
        sim.apply(&Change::Crash(Target { name: "database".into(), replica: Some(0) })).unwrap();
        let answered = sim.report().system.completed;
        let mut back = crash;
        while back < end && sim.report().system.completed == answered {
            back += Time::from_ms(10);
            sim.advance(back, u64::MAX);
        }
        sim.advance(end, u64::MAX);
        let outcome = Outcome { report: sim.report(), sim };
        vec![
            Sample::new("lost_writes", "database", outcome.node("database").totals.lost_writes as f64),
            Sample::new("failed_writes", "database", failures(&outcome.report)),
            Sample::new("write_outage_seconds", "database", (back - crash).secs()),
        ]
    })
}

/// The run is as long as the cut, and ends with finding the conflicts.
fn partition(case: &Case) -> Plan {
    let systems = vec![
        ("consistent", System::of("partition")),
        ("available", System::of("partition").set("database.partition=ap")),
    ];
    Plan::runs(case, systems, |_, label, outcome| {
        let mut samples = vec![Sample::new("failed_writes", label, failures(&outcome.report))];
        if label == "available" {
            let conflicts = outcome.node("database").totals.diverged_writes;
            samples.push(Sample::new("conflicting_keys", label, conflicts as f64));
        }
        samples
    })
}

fn pool_timeout(case: &Case) -> Plan {
    let system = System::of("database")
        .set("clients.rate=210/s")
        .set("database.connections=10")
        .set("database.queue_timeout=200ms");
    Plan::runs(case, vec![("", system)], |case, label, outcome| {
        let t = &outcome.node("database").totals;
        let late = t.failed[Reason::PoolExhausted as usize];
        let all = (t.completed + late) as f64;
        let mut samples = usual(case, label, outcome, &[]);
        samples.push(Sample::new("timeout_fraction", "database", late as f64 / all));
        samples.push(Sample::new("wait_probability_all", "database", (t.waited + late) as f64 / all));
        samples
    })
}

/// Share of so many reads that did not see what had been written.
fn stale_share(outcome: &Outcome, node: &str) -> f64 {
    let reads = outcome.report.classes.iter().find(|(name, _)| name == "read").unwrap().1.completed;
    outcome.node(node).totals.stale_reads as f64 / reads as f64
}

/// Every write is made long after the one before, and read once.
fn stale(case: &Case, system: System) -> Plan {
    let pairs = case.run().pairs;
    Plan::repeated(case, move |seed| {
        let outcome = system.run(&Run { requests: pairs, ..Run::default() }, seed);
        vec![Sample::new("stale_fraction", "replica", stale_share(&outcome, "database"))]
    })
}

/// A pair each 16 s: one read of 3000 comes later than that, and may meet the next write.
fn stale_fixed_lag(case: &Case) -> Plan {
    let system = System::of("copies")
        .set("writers.rate=0.0625/s")
        .set("readers.rate=0.0625/s")
        .set("readers->database.latency={ exponential = \"2s\" }")
        .set("database->database.latency={ constant = \"500ms\" }");
    stale(case, system)
}

/// As many pairs as the case says, each read so many milliseconds after its write is committed.
fn pairs(system: &System, after_ms: f64, length: &Run, seed: u64) -> Outcome {
    let wait = format!("gate.work={{ constant = \"{}ns\" }}", (after_ms * 1e6).round());
    system.clone().set(&wait).run(length, seed)
}

/// Quantile of the response times of a class, in ms.
fn p999_ms(outcome: &Outcome, class: &str) -> f64 {
    let (_, class) = outcome.report.classes.iter().find(|(name, _)| name == class).unwrap();
    class.responses.percentile(999).unwrap().secs() * 1000.0
}

fn quorums(case: &Case, answers: u32) -> Plan {
    let system = System::of("quorum").set(&format!("store.quorum={{ n = 3, r = {answers}, w = {answers} }}"));
    let length = Run { requests: case.run().pairs, ..Run::default() };
    let (reads, both) = (system.clone().set("writers.rate=0/s"), system.clone());
    let mut plan = Plan::repeated(case, move |seed| {
        let outcome = pairs(&both, 0.0, &length, seed);
        vec![
            Sample::new("consistent_at_0", "store", 1.0 - stale_share(&outcome, "store")),
            Sample::new("write_p999", "store", p999_ms(&outcome, "write")),
        ]
    })
    // Reads that wait for no write; their link takes 10 us each way.
    .and(Plan::repeated(case, move |seed| {
        let outcome = reads.run(&length, seed);
        vec![Sample::new("read_p999", "store", p999_ms(&outcome, "read") - 0.02)]
    }));
    if case.expected.iter().any(|e| e.metric == "t_visibility_999") {
        plan = plan.and(Plan::repeated(case, move |seed| {
            let stale = |after_ms| stale_share(&pairs(&system, after_ms, &length, seed), "store");
            vec![Sample::new("t_visibility_999", "store", where_it_falls_to(0.001, (1.5, 2.5), stale))]
        }));
    }
    plan
}

/// Where a share that falls about exponentially reaches a value: secants through its logarithm.
fn where_it_falls_to(wanted: f64, from: (f64, f64), share: impl Fn(f64) -> f64) -> f64 {
    let height = |x: f64| libm::log(share(x) / wanted);
    let (mut a, mut b) = from;
    let (mut at_a, mut at_b) = (height(a), height(b));
    for _ in 0..2 {
        let c = b - at_b * (b - a) / (at_b - at_a);
        let at_c = height(c);
        if at_a.abs() > at_b.abs() {
            (a, at_a) = (c, at_c);
        } else {
            (b, at_b) = (c, at_c);
        }
    }
    b - at_b * (b - a) / (at_b - at_a)
}

/// Messages that wait in the broker, per second of the run.
fn growth(sim: &Simulation) -> f64 {
    let picture = sim.snapshot();
    let broker = picture.nodes.iter().find(|n| &*n.name == "broker").unwrap();
    f64::from(broker.queue) / sim.now().secs()
}

fn hot_partition(case: &Case) -> Plan {
    let system = System::of("partitions")
        .set("clients.arrivals=poisson")
        .set("clients.rate=1000/s")
        .set("broker.partitions=8")
        .set("broker.by=key")
        .set("consumer.replicas=8")
        .set("consumer.work={ constant = \"5ms\" }");
    let hot = shard_shares(&zipf(1000, 1.0), 8).into_iter().fold(0.0, f64::max);
    let run = Plan::runs(case, vec![("", system)], |_, _, outcome| {
        vec![Sample::new("lag_growth", "broker", growth(&outcome.sim))]
    });
    run.and(Plan::calculated(vec![
        Sample::new("hot_partition_share", "broker", hot),
        Sample::new("max_rate", "broker", 200.0 / hot),
    ]))
}

/// Rates by calculation; who works and what is left over, in runs.
fn partitions(case: &Case) -> Plan {
    let mut plan = Plan::default();
    for consumers in [1, 4, 6, 8] {
        let of = move |name: &str| format!("{name}(consumers={consumers})");
        let system = System::of("partitions").set(&format!("consumer.replicas={consumers}"));
        plan = plan.and(Plan::runs(case, vec![("", system)], move |_, _, outcome| {
            let servers = &outcome.node("consumer").servers;
            let busy = servers.iter().filter(|s| s.arrivals > 0).count();
            vec![
                Sample::new(of("busy_consumers"), "broker", busy as f64),
                Sample::new(of("lag_growth"), "broker", growth(&outcome.sim)),
            ]
        }));
        let most = partitioned(6, consumers, 0.01).unwrap().max_rate;
        plan = plan.and(Plan::calculated(vec![Sample::new(of("max_rate"), "broker", most)]));
    }
    plan
}
