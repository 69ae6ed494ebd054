//! Caches: hit ratios, cold starts.

use fivenines::sim::time::Time;

use super::Entry;
use super::bench::System;
use super::case::Case;
use super::plan::Speed::Slow;
use super::plan::{Plan, Sample};

pub const ENTRIES: &[Entry] = &[
    ("lru-zipf-08", Slow, |case| {
        lru(case, "0.8", &[("size=100", 100), ("size=500", 500), ("size=1000", 1000), ("size=5000", 5000)])
    }),
    ("lru-zipf-10", Slow, |case| lru(case, "1.0", &[("size=100", 100), ("size=1000", 1000)])),
    ("ttl-one-key", Slow, ttl_one_key),
    ("ttl-zipf", Slow, |case| {
        Plan::standard(case, vec![("", System::of("cached").set("cache.ttl=60s"))], &[])
    }),
    ("cold-cache", Slow, cold),
    ("stampede", Slow, stampede),
    ("hit-ratio-cliff", Slow, cliff),
];

fn keys(zipf: &str, of: u32) -> String {
    format!("clients.classes={{ read = {{ share = 1.0, keys = {{ zipf = {zipf}, of = {of} }} }} }}")
}

fn lru(case: &Case, zipf: &str, sizes: &[(&'static str, u32)]) -> Plan {
    let keys = keys(zipf, 10_000);
    let systems = sizes.iter().map(|(label, size)| {
        (*label, System::of("cached").set(&keys).set(&format!("cache.capacity={size}")))
    });
    Plan::standard(case, systems.collect(), &[])
}

fn ttl_one_key(case: &Case) -> Plan {
    let system = System::of("cached").set(&keys("1.0", 1)).set("clients.rate=0.5/s").set("cache.ttl=10s");
    Plan::standard(case, vec![("", system)], &[])
}

fn cold(case: &Case) -> Plan {
    Plan::runs(case, vec![("", System::of("cached"))], |case, _, outcome| {
        let windows = outcome.sim.windows();
        let database = outcome.report.nodes.iter().position(|n| n.name == "database").unwrap();
        let sample = |e: &super::case::Expected| {
            let second: usize = e.parts().1.trim_start_matches("t=").parse().unwrap();
            let misses = windows.iter().nth(second).unwrap().nodes[database].arrivals;
            Sample::new(&e.metric, &e.at, f64::from(misses))
        };
        case.expected.iter().map(sample).collect()
    })
}

/// From the expiry of the key on: the first miss and all that follow until the value is back.
fn stampede(case: &Case) -> Plan {
    let one = System::of("cached")
        .set(&keys("1.0", 1))
        .set("clients.rate=500/s")
        .set("cache.ttl=60s")
        .set("database.read={ constant = \"400ms\" }");
    let systems = [("plain", "false"), ("coalesced", "true")]
        .map(|(label, merged)| (label, one.clone().set(&format!("cache.single_flight={merged}"))));
    let mut plan = Plan::default();
    for (label, system) in systems {
        plan = plan.and(Plan::repeated(case, move |seed| {
            let loads = |o: &super::bench::Outcome| o.node("database").totals.arrivals;
            // The first loads, of the empty cache, are over after a second; the key expires after a minute.
            let (mut outcome, before) = system.until(Time::from_secs(10), seed, loads);
            outcome.go_on(Time::from_secs(65));
            vec![Sample::new("loads_per_expiry", label, (loads(&outcome) - before) as f64)]
        }));
    }
    plan
}

fn cliff(case: &Case) -> Plan {
    let systems = [("hit=0.95", "0.95"), ("hit=0.9", "0.9"), ("hit=0.87", "0.87"), ("hit=0.86", "0.86")].map(
        |(label, h)| {
            let system = System::of("cached")
                .set("clients.rate=2000/s")
                .set(&format!("cache.hit_ratio={h}"))
                .set("cache.workers=unlimited")
                .set("cache.work={ constant = \"0.5ms\" }")
                .set("database.connections=1")
                .set("database.read={ exponential = \"3.333333ms\" }");
            (label, system)
        },
    );
    Plan::standard(case, systems.into(), &[])
}
