//! What stands in front of a system, and what stands beside it: rate limiter, delivery network, deploy pipeline.

use fivenines::level::check::check;
use fivenines::sim::change::{Change, Target};
use fivenines::sim::metrics::Count;
use fivenines::sim::outcome::Reason;
use fivenines::sim::simulation::Simulation;
use fivenines::sim::time::Time;

use super::{begin, counted, hit_ratio, near, node, requests, seconds};

fn behind(front: &str, rate: &str, keys: &str, knobs: &str) -> String {
    format!(
        "[node.users.client]\nrate = \"{rate}\"\nclasses = {{ read = {{ keys = {keys} }} }}\n[node.front.{front}]\n{knobs}\n\
         [node.web.service]\nworkers = \"unlimited\"\nwork = {{ constant = \"0ms\" }}\n\
         [[link]]\nfrom = \"users\"\nto = \"front\"\n[[link]]\nfrom = \"front\"\nto = \"web\"\n"
    )
}

/// Cases token-bucket-90 and token-bucket-150, as long as they stand there.
#[test]
fn a_token_bucket_bounds_the_long_run() {
    for (offered, burst, dropped, dropped_off, passed, passed_off) in [
        ("90/s", 10, 0.016_631_75, 0.0014, 88.503_14, 0.29),
        ("150/s", 20, 0.333_333_3, 0.0028, 100.0, 0.001),
    ] {
        let knobs = format!("rate = \"100/s\"\nburst = {burst}");
        let sim = requests(&behind("rate-limiter", offered, "{ of = 10 }", &knobs), 1, 50_000, 1_000_000);
        let (report, limiter) = (sim.report(), node(&sim, "front").totals);
        let refused = limiter.failed[Reason::RateLimited as usize];
        near("drop fraction", refused as f64 / limiter.arrivals as f64, dropped, dropped_off);
        let span = (report.now - report.counted_from).secs();
        near("throughput", limiter.completed as f64 / span, passed, passed_off);
        assert_eq!(
            report.system.failed[Reason::RateLimited as usize],
            refused,
            "turned away for one reason only"
        );
        assert_eq!(report.system.failed.iter().sum::<u64>(), refused);
    }
}

/// Each place is an LRU cache that sees its share of independent requests: the hit ratio of case lru-zipf-08 at each.
#[test]
fn every_place_of_a_delivery_network_is_a_cache_of_its_own() {
    let knobs = "points = 3\ncapacity = 500";
    let sim = requests(&behind("cdn", "1000/s", "{ zipf = 0.8, of = 10000 }", knobs), 1, 200_000, 250_000);
    near("hit ratio", hit_ratio(&node(&sim, "front").totals), 0.331_369_2, 8.0 * 0.000_461);
    let misses = counted(&sim, "front", Count::Misses);
    assert!(node(&sim, "web").totals.arrivals.abs_diff(misses) <= 1, "the origin sees the misses only");
    let snapshot = sim.snapshot();
    let entries = snapshot.nodes[1].extra.iter().find(|e| e.label == "entries").unwrap();
    assert_eq!(entries.text, "1500");
    let mut sim = sim;
    sim.apply(&Change::Flush { name: "front".into() }).unwrap();
    assert!(sim.snapshot().nodes[1].extra.iter().any(|e| e.label == "entries" && e.text == "0"));
}

fn pipeline(knobs: &str) -> String {
    format!(
        "[node.users.client]\nrate = \"1/s\"\n[node.web.service]\n[[link]]\nfrom = \"users\"\nto = \"web\"\n\
         [node.ci.pipeline]\ndeploys = [\"web\"]\n{knobs}\n"
    )
}

/// M/M/1 at 80 %: four teams with 0.1 changes a second each, builds of two seconds in the mean.
#[test]
fn changes_queue_for_their_release() {
    let sim =
        seconds(&pipeline("teams = 4\nchanges = \"0.1/s\"\nbuild = { exponential = \"2s\" }"), 1, 100_000);
    let ci = node(&sim, "ci").totals;
    // The lead time is 1 / (mu - lambda). Four standard errors of 40,000 dependent ones: 1.8 s.
    near("lead time", ci.lag.mean().unwrap(), 10.0, 1.8);
    near("releases", ci.count(Count::Releases) as f64, 40_000.0, 4.0 * 200.0);
    assert_eq!(ci.count(Count::BadReleases), 0);
}

#[test]
fn a_bad_release_hurts_its_services_until_it_is_rolled_back() {
    let knobs = "changes = \"0.02/s\"\nbuild = { constant = \"10s\" }\nbad = 0.5\nrollback = \"20s\"\nslows = 3.0\nhurts = 0.25";
    let mut sim = begin(&pipeline(knobs), 1);
    let (mut slow, mut looks) = (0, 0);
    while sim.now() < Time::from_secs(20_000) {
        sim.advance(sim.now() + Time::SECOND, u64::MAX);
        slow += u32::from(sim.snapshot().nodes[1].replicas[0].slow == 3.0);
        looks += 1;
    }
    let (all, bad) =
        (counted(&sim, "ci", Count::Releases) as f64, counted(&sim, "ci", Count::BadReleases) as f64);
    near("releases", all, 400.0, 4.0 * 20.0);
    near("bad ones", bad / all, 0.5, 4.0 * (0.25 / all).sqrt());
    let ill = bad * 20.0 / 20_000.0;
    near("time slow", f64::from(slow) / f64::from(looks), ill, 0.002);
    let users = sim.report().system;
    let errors = users.failed[Reason::Error as usize] as f64 / users.arrivals as f64;
    near("errors", errors, 0.25 * ill, 4.0 * (0.25 * ill / 20_000.0).sqrt());
}

/// Changes come half again as fast as they go one at a time; in batches they all go.
#[test]
fn a_batch_takes_many_changes_along_in_one_release() {
    let counts = |batch: u32| {
        let knobs = format!("changes = \"0.15/s\"\nbuild = {{ constant = \"10s\" }}\nbatch = {batch}");
        let sim = seconds(&pipeline(&knobs), 1, 20_000);
        let ci = node(&sim, "ci").totals;
        (ci.count(Count::Releases), ci.lag.len(), ci.lag.mean().unwrap(), sim.snapshot().nodes[2].queue)
    };
    let (releases, live, lead, waiting) = counts(1);
    assert_eq!((releases, u64::from(waiting) > 900), (live, true), "{waiting} wait");
    assert!(lead > 3000.0, "{lead}");
    let (releases, live, lead, waiting) = counts(5);
    // A batch takes all that came in the ten seconds of the one before; where none did (e^-1.5 of them), the next one
    // is waited for, 6.7 s in the mean.
    near("releases", releases as f64, 20_000.0 / (10.0 + 0.223 * 6.67), 60.0);
    near("live", live as f64, 3000.0, 4.0 * 55.0);
    assert!(lead < 20.0 && waiting < 10, "{lead} s, {waiting} wait");
}

/// A change is bad or good by its own luck; a release is bad if any of its changes is, and its good ones go again.
#[test]
fn one_bad_change_spoils_its_batch() {
    let of = |batch: u32| {
        let knobs = format!(
            "changes = \"0.05/s\"\nbuild = {{ constant = \"100s\" }}\nbad = 0.1\nrollback = \"1s\"\nbatch = {batch}"
        );
        let sim = seconds(&pipeline(&knobs), 1, 200_000);
        let ci = node(&sim, "ci").totals;
        let bad = ci.count(Count::BadReleases) as f64 / ci.count(Count::Releases) as f64;
        (bad, ci.lag.len() as f64)
    };
    let (alone, _) = of(1);
    // About 2,000 releases: four standard errors.
    near("alone", alone, 0.1, 0.027);
    let (batched, live) = of(10);
    // Five changes come in a build; good ones that go again make it six or so: 1 - 0.9^5 to 1 - 0.9^8.
    assert!((0.38..0.6).contains(&batched), "{batched}");
    // Nothing is lost, nothing live twice: 10,000 changes.
    near("live", live, 10_000.0, 4.0 * 100.0);
}

#[test]
fn a_pipeline_that_is_down_builds_nothing_and_forgets_nothing() {
    let mut sim = seconds(&pipeline("changes = \"0.5/s\"\nbuild = { constant = \"1s\" }"), 1, 100);
    let ci = || Target { name: "ci".into(), replica: None };
    sim.apply(&Change::Crash(ci())).unwrap();
    let before = counted(&sim, "ci", Count::Releases);
    sim.advance(Time::from_secs(200), u64::MAX);
    assert_eq!(counted(&sim, "ci", Count::Releases), before);
    sim.apply(&Change::Restore(ci())).unwrap();
    sim.advance(Time::from_secs(400), u64::MAX);
    near("all come out", counted(&sim, "ci", Count::Releases) as f64, 200.0, 60.0);
    assert!(sim.snapshot().nodes[2].queue < 10);
}

#[test]
fn a_level_with_the_new_kinds_is_checked_run_and_drawn() {
    let source = include_str!("../../theory/edge.toml");
    let level = check(source, "edge.toml").unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    let mut sim = Simulation::new(&level.topology, level.seed, &level.faults).unwrap();
    sim.advance(Time::from_secs(120), u64::MAX);
    let hits = hit_ratio(&node(&sim, "edge").totals);
    assert!((0.3..0.9).contains(&hits), "{hits}");
    assert!(counted(&sim, "delivery", Count::Releases) > 3);
    for (width, height) in [(78, 15), (80, 28), (140, 45)] {
        let picture = crate::diagram::picture(&sim.snapshot(), width, height);
        if width == 140 {
            println!("{picture}");
        }
        for name in ["users", "edge", "gate", "web", "db", "delivery"] {
            assert!(picture.contains(name), "{name} is not in\n{picture}");
        }
    }
}

#[test]
fn misplaced_links_are_faults() {
    let fault = |more: &str, says: &str| {
        let source = include_str!("../../theory/edge.toml").to_owned() + more;
        let text = check(&source, "edge.toml").map_or_else(|faults| faults.render(false), |_| String::new());
        assert!(text.contains(says), "{more}: {text}");
    };
    fault("[[link]]\nfrom = \"web\"\nto = \"delivery\"\n", "it takes no calls");
    fault("[[link]]\nfrom = \"delivery\"\nto = \"web\"\n", "it calls nobody");
    fault("[node.ci.pipeline]\nchanges = \"1/h\"\ndeploys = [\"nobody\"]\n", "there is no node `nobody`");
    fault("[node.ci.pipeline]\nchanges = \"1/h\"\ndeploys = [\"db\"]\n", "is a database, not a service");
    fault("[node.kv.cache]\nmode = \"read-through\"\n", "must know which");
    fault("[node.gate2.rate-limiter]\nrate = \"1/s\"\n", "has no backends");
}
