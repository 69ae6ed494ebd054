//! What `check` proves of knobs, refuses in conditions, and rules on long runs.

use fivenines::level::check::check;
use fivenines::level::gate::prove;
use fivenines::level::goal::{Bound, Goal};
use fivenines::level::judge::Referee;
use fivenines::sim::metrics::{Measure, Metric, Scope};
use fivenines::sim::simulation::Simulation;
use fivenines::sim::time::Time;

const SHOP: &str = include_str!("lesson/shop.toml");

/// The shop with one text in the place of another.
#[track_caller]
fn shop(old: &str, new: &str) -> String {
    assert!(SHOP.contains(old), "the shop has no {old}");
    SHOP.replacen(old, new, 1)
}

/// Names, results and findings of the proofs of knobs.
fn knobs(source: &str) -> Vec<(String, bool, String)> {
    let level = check(source, "a.toml").unwrap_or_else(|faults| panic!("{faults}"));
    let proofs = prove(&level, level.seed).into_iter().filter(|p| p.name.contains(": knob "));
    proofs.map(|p| (p.name, p.ok, p.got)).collect()
}

#[track_caller]
fn refused(source: &str, says: &str) {
    let faults = check(source, "a.toml").expect_err(says).render(false);
    assert!(faults.contains(says), "{faults}");
}

#[test]
fn an_offered_knob_moves_what_its_help_promises() {
    let found = knobs(SHOP);
    let names: Vec<&str> = found.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["grow: knob web.replicas", "grow: knob web.workers"]);
    assert!(found.iter().all(|(_, ok, _)| *ok), "{found:?}");
}

#[test]
fn a_knob_that_moves_nothing_is_a_fault_of_the_level() {
    // Nothing dies in this challenge, so nobody sees how long a restart takes.
    let offer = |list| shop("allow = [\"web.replicas\", \"web.workers\"]", list);
    let found = knobs(&offer("allow = [\"web.start_up\", \"web.workers\"]"));
    assert_eq!((found[0].1, found[1].1), (false, true), "{found:?}");
    assert!(found[0].2.contains("moves nothing"), "{found:?}");
    // Behind a star stands what there is, of use or not; what it moves, it moves rightly.
    let found = knobs(&offer("allow = [\"web.*\"]"));
    assert!(found.len() > 2 && found.iter().all(|(_, ok, _)| *ok), "{found:?}");
    // Choices and verbs promise nothing.
    assert!(knobs(&offer("allow = [\"web.queue_order\", \"crash\"]")).is_empty());
}

#[test]
fn knobs_are_proven_with_the_first_seed_only() {
    let level = check(SHOP, "a.toml").unwrap_or_else(|faults| panic!("{faults}"));
    assert!(prove(&level, level.seed + 1).iter().all(|p| !p.name.contains(": knob ")));
}

#[test]
fn a_question_has_four_answers_at_most() {
    let answer = "  { text = \"as before\"";
    let more = format!("{}{answer}", "  { text = \"no\", when = \"p95 > 9s\" },\n".repeat(3));
    refused(&shop(answer, &more), "a question with 5 answers");
    let more = format!("{}{answer}", "  { text = \"no\", when = \"p95 > 9s\" },\n".repeat(2));
    assert!(check(&shop(answer, &more), "a.toml").is_ok());
}

#[test]
fn a_node_has_no_p95_over_a_span_of_time() {
    let remedy = "write NODE.mean, or p95 end to end or of a class";
    refused(&shop("\"web.up > 0\"", "\"web.p95 > 0ms\""), remedy);
    refused(&shop("availability < 90%", "web.p95 > 1s"), remedy);
    refused(&shop("Two servers are up.", "{web.p95}"), remedy);
    refused(&shop("metric = \"p95\"", "metric = \"web.p95\""), remedy);
}

#[test]
fn nothing_looks_back_further_than_what_is_kept() {
    let long = |from: &str| shop("until = \"30s\"", "until = \"2h\"").replacen("from = \"5s\"", from, 1);
    refused(&long("from = \"5s\""), "write from = \"3600s\" or later");
    refused(&long(""), "write from = \"3600s\" or later");
    assert!(check(&long("from = \"1h\""), "a.toml").is_ok());
    let challenge = shop("until = \"40s\"", "until = \"2h\"");
    let goal = |more: &str| challenge.replacen("below = \"200ms\"", &format!("below = \"200ms\"\n{more}"), 1);
    refused(&goal("over = \"run\""), "write from = \"3600s\" or later");
    refused(&goal("over = \"90m\""), "an hour is the longest window");
    assert!(check(&goal("over = \"run\"\nfrom = \"1h\""), "a.toml").is_ok());
    assert!(check(&goal("over = \"run\"\nto = \"1h\""), "a.toml").is_ok());
}

#[test]
fn a_goal_over_a_long_run_is_ruled_as_if_it_were_measured_each_second() {
    let level = check(SHOP, "a.toml").unwrap_or_else(|faults| panic!("{faults}"));
    let (from, end) = (Time::from_secs(7), Time::from_secs(907));
    let metric = Metric { scope: Scope::System, measure: Measure::Mean };
    let goal = |bound, to| {
        let path = "mean".to_owned();
        Goal { path, metric: metric.clone(), bound, over: None, from, to, hold: None }
    };
    let (tight, early) = (Bound::Below(0.001), Some(Time::from_secs(503)));
    let goals = [goal(Bound::Below(9.0), None), goal(tight, None), goal(tight, early)];
    let mut run = Simulation::new(&level.topology, level.seed, &[]).unwrap();
    let mut referee = Referee::new(&goals, Time::ZERO, end);
    let mut looks = 0;
    for second in 1..=907 {
        run.advance(Time::from_secs(second), u64::MAX);
        let before = referee.rulings()[0].value;
        referee.judge(&run);
        looks += usize::from(referee.rulings()[0].value != before);
    }
    assert!((100..=201).contains(&looks), "it was looked at {looks} times");
    let value = |to| run.measure(&metric, from, to);
    let [held, missed, sooner] = referee.rulings() else { panic!("three goals") };
    assert!(held.held() && !missed.held() && !sooner.held());
    assert_eq!((held.value, missed.broken_value, missed.broken), (value(end), value(end), Some(end)));
    assert_eq!((sooner.broken_value, sooner.broken), (value(Time::from_secs(503)), early));
}
