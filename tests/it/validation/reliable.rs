//! Servers that fail and are repaired; copies that fall behind, take over, or disagree.
use super::Entry;
use super::bench::System;
use super::case::Case;
use super::plan::Speed::Slow;
use super::plan::{Plan, Sample};

pub const ENTRIES: &[Entry] = &[
    ("avail-one", Slow, |case| available(case, "availability", 1, 1)),
    ("avail-two", Slow, |case| available(case, "availability", 2, 1)),
    ("avail-3of4", Slow, |case| available(case, "availability-fixed", 4, 3)),
];

/// Share of the time with at least `needed` of `copies` servers up.
fn available(case: &Case, file: &str, copies: u32, needed: usize) -> Plan {
    let system = System::of(file).set(&format!("server.replicas={copies}"));
    Plan::runs(case, vec![("", system)], move |_, _, outcome| {
        let server = outcome.node("server");
        let up: f64 = server.servers.iter().filter_map(|s| s.uptime.share()).sum();
        vec![
            Sample::new("system_availability", "", server.up_at_least[needed - 1]),
            Sample::new("copy_availability", "", up / f64::from(copies)),
        ]
    })
}
