//! Caches: hit ratios, cold starts.

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
