//! The level format: the whole of it in one file, and what a lesson's parts are told.

use super::hostile::faults;
use fivenines::level::check::check;
use fivenines::level::goal::Bound;
use fivenines::level::scene::{Answer, Pause, Role, Scene, Start};
use fivenines::level::{Level, catalog};
use fivenines::sim::change::{Change, Target};
use fivenines::sim::time::Time;
use fivenines::sim::value::Value;
use proptest::prelude::*;

/// Every key of the format that this version has.
const FULL: &str = include_str!("full.toml");

fn full() -> Level {
    check(FULL, "levels/03-full.toml").unwrap_or_else(|faults| panic!("{faults}"))
}

/// Replaces a part of the full file; exactly one fault, with these words.
#[track_caller]
fn replaced(old: &str, new: &str, message: &str, remedy: &str) {
    assert_eq!(FULL.matches(old).count(), 1, "{old}");
    let all = faults(&FULL.replace(old, new));
    let [fault] = all.list() else { panic!("not one fault:\n{all}") };
    assert!(fault.message.contains(message) && fault.remedy.contains(remedy), "{all}");
    let line = FULL.split(old).next().map_or(0, |before| before.matches('\n').count() + 1);
    assert!((line..=line + new.matches('\n').count()).contains(&all.line(fault)), "{all}");
}

#[test]
fn the_frame_is_read() {
    let level = full();
    assert_eq!((level.id.as_str(), level.number, level.seed), ("full", None, 1 << 53));
    assert_eq!((level.duration, level.warmup), (Time::from_secs(120), Time::from_secs(10)));
    assert_eq!(level.budget_usd, Some(400.0));
    assert_eq!(level.topology.nodes.keys().collect::<Vec<_>>(), ["users", "lb", "web", "db"]);
    assert_eq!(level.topologies["apart"].nodes.len(), 2);
    let fault = &level.faults[0];
    assert_eq!((fault.at, fault.lasts), (Time::from_secs(45), Some(Time::from_secs(20))));
    assert_eq!(fault.change, Change::Crash(Target { name: "web".into(), replica: Some(0) }));
    let goal = &level.goals[0];
    assert_eq!(
        (goal.bound, goal.over, goal.from),
        (Bound::Below(0.3), Some(Time::from_secs(10)), level.warmup)
    );
    let goal = &level.goals[1];
    assert_eq!((goal.bound, goal.over, goal.to), (Bound::Above(0.999), None, Some(Time::from_secs(100))));
    assert_ne!(level.content_hash, 0);
}

#[test]
fn scenes_are_read() {
    let level = full();
    let [first, second, third, variant] = level.scenes.as_slice() else { panic!("three scenes, a variant") };
    assert!(matches!(first.pause, Some(Pause::When(_))) && matches!(second.pause, Some(Pause::At(_))));
    assert_eq!((&first.start, &second.start), (&Start::Base, &Start::Previous));
    assert_eq!(third.start, Start::Topology("apart".into()));
    assert_eq!((first.allow.len(), first.hints.len(), first.try_next.len()), (7, 3, 2));
    assert!(matches!(&first.predict.as_ref().unwrap().answer, Answer::Choices(c) if c.len() == 2));
    assert_eq!(first.predict.as_ref().unwrap().from, Time::from_secs(50));
    assert!(
        matches!(&second.predict.as_ref().unwrap().answer, Answer::Number { tolerance, .. } if *tolerance == 0.25)
    );
    assert_eq!((level.challenge(), first.options.len()), (Some(1), 2));
    assert_eq!(
        (second.solutions[0].necessary.as_slice(), second.wrong[0].fails.as_str()),
        (&[0, 2][..], "p95")
    );
    assert_eq!(second.par.unwrap().parts, Some(5));
    assert_eq!((variant.role, &variant.start, variant.goals.len()), (Role::Variant, &second.start, 2));
    assert_eq!((variant.solutions.len(), variant.wrong.len()), (1, 1));
    let Change::Set { value: Some(Value::Calls(calls)), .. } = &second.solutions[0].changes[2] else {
        panic!("a list of calls")
    };
    assert_eq!((calls[0].to.as_str(), calls[0].on_miss.as_deref()), ("redis", Some("db")));
}

#[test]
fn parts_of_a_lesson_are_checked() {
    replaced("start = \"apart\"", "start = \"aprt\"", "no topology `aprt`", "`apart`");
    replaced("set = \"users.rate\"", "set = \"users.rat\"", "no knob `rat`", "`rate`");
    replaced("p95 > 300ms", "p95 > 300mz", "not a number with a unit", "ms");
    replaced("\"lb.policy\"", "\"lb.polcy\"", "no knob", "`policy`");
    replaced("\"add:cache\"", "\"add:cash\"", "not a kind", "`cache`");
    replaced("\"crash:web\"", "\"crush:web\"", "cannot be allowed", "`crash`");
    replaced("{web.utilization:%}", "{web.utilisation:%}", "not a metric", "`utilization`");
    replaced("{web.utilization:%}", "{wed.utilization:%}", "no node `wed`", "`web`");
    replaced("Nobody knows", "40% of us know", "does not come from the run", "say");
    replaced("fails = \"p95\"", "fails = \"p99\"", "not a goal here", "p95");
    replaced("low = \"50ms\"", "low = \"50/s\"", "the unit of the metric", "50ms");
    replaced("low = \"50ms\"", "low = \"50s\"", "no range", "less than `high`");
    replaced("start = \"previous\"", "start = \"previous\"\nwarm = \"5s\"", "goes on from", "`warm`");
    replaced("necessary = [0, 2]", "necessary = [0, 4]", "no such change", "0 to 3");
    replaced("until = \"60s\"", "until = \"52s\"", "after the end of the scene", "earlier");
    replaced("role = \"challenge\"", "role = \"chalenge\"", "not a value", "challenge");
    replaced("over = \"run\"", "over = 10", "unit", "run");
    replaced("to = \"100s\"", "to = \"5s\"", "ends before it begins", "later");
    replaced("crash = \"web#1\"", "crash = \"web#4\"", "no server `4`", "3 at this point");
    replaced(
        "[[fault]]\nat = \"45s\"\ncrash = \"web#1\"",
        "[[fault]]\nat = \"45s\"\nslow = \"web#1\"",
        "`factor` is missing",
        "factor = 5",
    );
    replaced("crash = \"web#1\"", "crsh = \"web#1\"", "not a change", "`crash`");
    replaced(
        "[[fault]]\nat = \"45s\"\ncrash = \"web#1\"",
        "[[fault]]\nat = \"45s\"\ncrash = \"web#1\"\nremove = \"web\"",
        "2 verbs",
        "one table",
    );
    replaced("crash = \"web#1\"\nfor = \"20s\"", "flush = \"web\"", "not a cache", "cache");
    replaced("seed = 9007199254740992", "seed = 9007199254740994", "not a seed", "9007199254740992");
    replaced(
        "changes = [{ slow = \"apps\", factor = 2 }",
        "changes = [{ remove = \"people\" }",
        "does not apply",
        "",
    );
    replaced(
        "changes = [{ slow = \"apps\", factor = 2 }",
        "changes = [{ hang = \"aps\" }",
        "no node `aps`",
        "apps",
    );
    replaced(
        "{ set = \"box.size\", to = \"l\" }",
        "{ set = \"box.size\", to = \"h\" }",
        "no size `h`",
        "sizes are",
    );
    replaced("{ set = \"box.size\", to = \"l\" }", "{ set = \"box.cores\", to = 2 }", "no knob", "size");
    replaced(
        "{ set = \"box.size\", to = \"l\" }",
        "{ set = \"db.host\", to = \"box\" }",
        "while the system runs",
        "",
    );
}

#[test]
fn changes_are_made_in_order() {
    // `redis` can be connected only after it was added.
    let all = faults(&FULL.replace("  { add = \"redis.cache\", capacity = 5000 },\n", ""));
    assert!(all.list().iter().any(|f| f.message.contains("no node `redis`")), "{all}");
    replaced(
        "[{ to = \"redis\", on_miss = \"db\" }]",
        "[{ to = \"rdis\" }]",
        "after these changes",
        "`redis`",
    );
}

#[test]
fn built_in_levels_have_their_numbers() {
    for (i, builtin) in catalog::builtin().iter().enumerate() {
        let level = catalog::load(&builtin.number.to_string()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(level.number.map(usize::from), Some(i + 1));
    }
}

#[test]
fn terms_are_words_of_the_glossary() {
    let latency = "terms = [\"latency\"]";
    assert_eq!(full().scenes[2].terms, ["latency"]);
    replaced(latency, "terms = [\"latancy\"]", "not in the glossary", "did you mean `latency`?");
    replaced(latency, "terms = [\"p95\", \"percentile\"]", "`percentile` is listed twice", "each entry once");
    let other = check(&FULL.replace(latency, "terms = [\"Response-Time\"]"), "x.toml").unwrap();
    assert_eq!(other.scenes[2].terms, ["latency"], "another word stands for its entry");
}

#[test]
fn a_scene_may_be_small() {
    let source = "[node.u.client]\nrate = \"1/s\"\n[node.a.service]\n[[link]]\nfrom = \"u\"\nto = \"a\"\n\
                  [[scene]]\nid = \"x\"\ntitle = \"X\"\ntext = \"x\"";
    let level = check(source, "x.toml").unwrap_or_else(|faults| panic!("{faults}"));
    let Scene { until, role, .. } = level.scenes[0];
    assert_eq!((until, role), (level.duration, Role::Story));
}

/// Pieces that level files are made of, to be thrown together.
const PIECES: [&str; 40] = [
    "[node.web.service]\n",
    "[node.users.client]\n",
    "[[link]]\n",
    "[[scene]]\n",
    "[[goal]]\n",
    "[scene.predict]\n",
    "[[scene.solution]]\n",
    "[[fault]]\n",
    "[topology.a.node.x.cache]\n",
    "[host.h]\n",
    "[[variant]]\n",
    "rate = ",
    "from = ",
    "to = ",
    "at = ",
    "calls = ",
    "changes = ",
    "when = ",
    "text = ",
    "pause = ",
    "\"1/s\"",
    "\"users\"",
    "\"web\"",
    "[",
    "]",
    "{",
    "}",
    "{ set = \"web.replicas\", to = 3 }",
    "{ to = \"web\" }",
    "\"p95 > 1s and (\"",
    "\"{p95} {\"",
    "3",
    "-1e308",
    "1979-05-27",
    ",",
    "=",
    "\n",
    "\"\"\"",
    "#",
    "\u{1b}\u{202e}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn garbage_never_panics(pieces in proptest::collection::vec(0..PIECES.len(), 0..40)) {
        let source: String = pieces.iter().map(|i| PIECES[*i]).collect();
        if let Err(all) = check(&source, "x.toml") {
            let text = all.render(false);
            let raw = text.contains(['\u{1b}', '\u{202e}']);
            prop_assert!(!raw, "raw control characters");
        }
    }

    #[test]
    fn any_text_in_place_of_a_piece_never_panics(at in 0..FULL.len(), length in 0..40usize, new in "\\PC{0,12}") {
        let end = (at + length).min(FULL.len());
        if let (Some(before), Some(after)) = (FULL.get(..at), FULL.get(end..))
            && let Err(all) = check(&format!("{before}{new}{after}"), "x.toml")
        {
            let _ = all.render(true);
        }
    }
}
