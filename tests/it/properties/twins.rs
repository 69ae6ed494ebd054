//! Little's law to the nanosecond, and worlds that differ in one thing meet the same demands.

use fivenines::level::check::check;
use fivenines::sim::simulation::Simulation;
use fivenines::sim::time::Time;
use fivenines::sim::topology::Topology;
use proptest::prelude::*;

use super::world::World;
use super::{cases, failures, start};

proptest! {
    #![proptest_config(cases(24))]

    /// The sum of all stays is the integral of the number there: end to end, and at every place that does nothing
    /// besides answering calls.
    #[test]
    fn littles_law_holds_to_the_nanosecond(seed in any::<u64>()) {
        let mut world = World::new(seed, false);
        world.faults.clear();
        let mut run = start(&world);
        let (mut area, mut last, mut in_flight) = (0u128, Time::ZERO, 0u128);
        let mut limit = false;
        while !limit || run.report().calls > 0 {
            let now = run.step();
            area += in_flight * u128::from((now - last).ns());
            (last, in_flight) = (now, u128::from(run.report().in_flight));
            if !limit && now >= Time::from_secs(1) {
                limit = true;
                run.set_request_limit(0);
            }
        }
        run.advance(run.now() + Time::SECOND, u64::MAX);
        prop_assert_eq!(failures(&run.report()), 0);
        let windows = run.windows();
        let stays: u128 = windows.iter().map(|w| w.system.response_ns).sum();
        prop_assert_eq!(area, stays, "end to end");
        for (i, node) in run.snapshot().nodes.iter().enumerate() {
            if !["front", "back", "worker"].iter().any(|kind| node.name.starts_with(kind)) {
                continue;
            }
            let here = windows.iter().map(|w| &w.nodes[i]);
            let held: u128 = here.clone().map(|n| u128::from(n.queue_ns) + u128::from(n.busy_ns)).sum();
            let stays: u128 = here.map(|n| n.response_ns).sum();
            prop_assert_eq!(held, stays, "at {}", &node.name);
        }
    }
}

const TWINS: &str = r#"
[node.users.client]
rate = "100/s"
[node.users.client.classes]
read = { share = 0.8, keys = { zipf = 1.0, of = 100 } }
write = { share = 0.2, write = true, keys = { zipf = 1.0, of = 100 } }
[node.web.service]
replicas = 2
workers = 3
work = { exponential = "8ms" }
calls = [{ to = "side" }, { to = "db", times = 2 }]
[node.side.service]
work = { log-normal = { mean = "4ms", scv = 3.0 } }
[node.db.database]
connections = 3
read = { exponential = "6ms" }
write = { exponential = "9ms" }
[[link]]
from = "users"
to = "web"
latency = { exponential = "5ms" }
[[link]]
from = "web"
to = "db"
[[link]]
from = "web"
to = "side"
"#;

fn design(text: &str) -> Topology {
    check(text, "twins.toml").unwrap_or_else(|f| panic!("{}", f.render(false))).topology
}

/// What a request met: its birth, its way in, its work at the side and at the database, in order.
#[derive(PartialEq, Debug)]
struct Demand {
    born: Time,
    way_in: Time,
    side: Vec<Time>,
    db: Vec<Time>,
}

/// By request; only of those whose trace was kept.
fn demands(text: &str, seed: u64) -> Vec<Option<Demand>> {
    const REQUESTS: u64 = 120;
    let mut run = Simulation::new(&design(text), seed, &[]).unwrap();
    run.set_request_limit(REQUESTS);
    run.run_to_end();
    let picture = run.snapshot();
    let at = |name: &str| picture.nodes.iter().position(|n| &*n.name == name).unwrap() as u16;
    let of = |number: u64| {
        let trace = run.trace(at("users"), number)?;
        let work = |name: &str| -> Vec<Time> {
            trace.spans.iter().filter(|s| s.node == at(name)).map(|s| s.replied - s.started).collect()
        };
        let way_in = trace.spans[0].arrived - trace.born;
        Some(Demand { born: trace.born, way_in, side: work("side"), db: work("db") })
    };
    (0..REQUESTS).map(of).collect()
}
/// What the requests met whose traces both worlds kept, side by side.
fn both(text: &str, other: &str, seed: u64) -> Vec<(Demand, Demand)> {
    let pairs: Vec<_> =
        demands(text, seed).into_iter().zip(demands(other, seed)).filter_map(|(a, b)| a.zip(b)).collect();
    assert!(pairs.len() > 50, "{} requests to compare", pairs.len());
    pairs
}

#[test]
fn twins_meet_the_same_demands_request_by_request() {
    let wider = TWINS.replace("replicas = 2", "replicas = 5").replace("connections = 3", "connections = 30");
    let faster = TWINS.replace("exponential = \"8ms\"", "constant = \"1ms\"");
    for seed in 1..=5 {
        for (other, what) in [(&wider, "more servers"), (&faster, "faster work elsewhere")] {
            for (a, b) in both(TWINS, other, seed) {
                assert_eq!(a, b, "{what}, seed {seed}");
            }
        }
        assert_ne!(demands(TWINS, seed), demands(TWINS, seed + 100));
    }
}

#[test]
fn a_cache_takes_calls_away_and_rolls_no_dice_again() {
    let cached = TWINS.replace("{ to = \"db\", times = 2 }", "{ to = \"kv\", times = 2, on_miss = \"db\" }")
        + "[node.kv.cache]\ncapacity = 20\n";
    for seed in 1..=5 {
        let mut spared = 0;
        for (a, b) in both(TWINS, &cached, seed) {
            assert_eq!((a.born, a.way_in, &a.side), (b.born, b.way_in, &b.side));
            assert!(b.db.iter().all(|t| a.db.contains(t)), "{:?} of {:?}, seed {seed}", b.db, a.db);
            spared += a.db.len() - b.db.len();
        }
        assert!(spared > 20, "{spared} calls less");
    }
}
