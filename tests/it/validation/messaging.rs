//! Brokers: deliveries, backlogs, partitions, polling.

use fivenines::sim::metrics::Count;
use fivenines::sim::simulation::Simulation;
use fivenines::sim::time::Time;

use super::Entry;
use super::bench::System;
use super::case::{Case, Run};
use super::plan::Speed::{Quick, Slow};
use super::plan::{Plan, Sample};

pub const ENTRIES: &[Entry] =
    &[("redelivery", Slow, redelivery), ("backlog-drain", Quick, backlog_drain), ("outbox", Slow, outbox)];

/// Messages that wait at the broker.
fn waiting(sim: &Simulation) -> f64 {
    let picture = sim.snapshot();
    f64::from(picture.nodes.iter().find(|n| &*n.name == "broker").unwrap().queue)
}

fn count(sim: &Simulation, count: Count) -> f64 {
    let report = sim.report();
    report.nodes.iter().find(|n| n.name == "broker").unwrap().totals.counts[count as usize] as f64
}

/// All messages, then time for the last ones.
fn messages(system: &System, messages: u64, seed: u64) -> Simulation {
    let length = Run { requests: Some(messages), ..Run::default() };
    let mut sim = system.run(&length, seed).sim;
    let end = sim.now() + Time::from_secs(600);
    sim.advance(end, u64::MAX);
    sim
}

fn redelivery(case: &Case) -> Plan {
    Plan::repeated(case, |seed| {
        let sim = messages(&System::of("messages").set("broker.redeliver_after=30s"), 200_000, seed);
        let published = count(&sim, Count::Published);
        assert_eq!((published, count(&sim, Count::Acknowledged)), (200_000.0, 200_000.0));
        // A duplicate is a message that was delivered more than once, however often.
        let more = count(&sim, Count::Delivered) / published;
        vec![
            Sample::new("deliveries_per_message", "broker", more),
            Sample::new("duplicate_fraction", "broker", count(&sim, Count::Duplicates) / published),
        ]
    })
}

fn backlog_drain(case: &Case) -> Plan {
    let end = Time::from_secs_f64(case.run().seconds.unwrap());
    Plan::repeated(case, move |seed| {
        let on = Time::from_secs(120);
        let (mut outcome, peak) = System::of("backlog").until(on, seed, |o| waiting(&o.sim));
        let mut now = on;
        while waiting(&outcome.sim) > 0.0 && now < end {
            now += Time::from_ms(50);
            outcome.sim.advance(now, u64::MAX);
        }
        vec![
            Sample::new("backlog_peak", "broker", peak),
            Sample::new("drain_seconds", "broker", (now - on).secs()),
        ]
    })
}

/// Items in between are looked at four times a second, at instants that wander over the period of the poll.
fn outbox(case: &Case) -> Plan {
    Plan::repeated(case, |seed| {
        let system = System::of("messages")
            .set("clients.rate=50/s")
            .set("broker.poll=1s")
            .set("consumer.work={ exponential = \"100ms\" }");
        let mut sim = system.start(seed);
        sim.set_request_limit(300_000);
        let (mut items, mut looks) = (0.0, 0.0);
        while sim.report().system.arrivals < 299_000 {
            let next = sim.now() + Time::from_ms(253);
            sim.advance(next, u64::MAX);
            let picture = sim.snapshot();
            let inside = |name: &str| picture.nodes.iter().find(|n| &*n.name == name).unwrap();
            let consumed: u32 = inside("consumer").replicas.iter().map(|r| r.busy + r.queue).sum();
            items += f64::from(inside("broker").queue + consumed);
            looks += 1.0;
        }
        sim.run_to_end();
        let end = sim.now() + Time::from_secs(60);
        sim.advance(end, u64::MAX);
        let report = sim.report();
        let lag = &report.nodes.iter().find(|n| n.name == "broker").unwrap().totals.lag;
        assert_eq!(lag.len(), 300_000);
        let at = |metric, value| Sample::new(metric, "consumer", value);
        vec![
            at("inconsistency_mean", lag.mean().unwrap()),
            at("inconsistency_p99", lag.percentile(990).unwrap().secs()),
            at("inconsistent_items_mean", items / looks),
        ]
    })
}
