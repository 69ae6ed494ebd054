//! Present mode: the same beats every time, forward, back, and after a what-if.

mod screens;

use std::sync::Arc;

use assert_cmd::Command as Program;
use fivenines::level::scene::Start;
use fivenines::level::{Level, catalog, check};
use fivenines::session::Command;
use fivenines::session::presenter::{Leg, Part, Presenter, Slide};
use fivenines::sim::time::Time;

const SLICE: u64 = 200_000;

fn shop() -> Arc<Level> {
    Arc::new(check::check(include_str!("keys/shop.toml"), "shop.toml").expect("the level is sound"))
}

fn rooms() -> Arc<Level> {
    Arc::new(check::check(include_str!("lesson/rooms.toml"), "rooms.toml").expect("the level is sound"))
}

fn builtin(id: &str) -> Arc<Level> {
    Arc::new(catalog::load(id).expect("the level is built in"))
}

/// Lets a silent way to a beat end; a run in sight stays where it is.
fn arrive(presenter: &mut Presenter) {
    for _ in 0..10_000 {
        if !presenter.is_arriving() {
            return;
        }
        presenter.advance(Time::ZERO, SLICE);
    }
    panic!("beat {} is never reached", presenter.at() + 1);
}

fn forward(presenter: &mut Presenter) -> bool {
    let went = presenter.forward();
    arrive(presenter);
    went
}

fn back(presenter: &mut Presenter) -> bool {
    let went = presenter.back();
    arrive(presenter);
    went
}

/// Lets the run in sight end.
fn finish(presenter: &mut Presenter) {
    for _ in 0..10_000 {
        if !presenter.plays() {
            return;
        }
        presenter.advance(Time::NEVER, SLICE);
    }
    panic!("the run of beat {} never ends", presenter.at() + 1);
}

/// The next beat; a run in sight comes to its end first.
fn next(presenter: &mut Presenter) -> bool {
    finish(presenter);
    forward(presenter)
}

/// What a beat is, to the bit: what it shows and the run behind it.
fn state(presenter: &Presenter) -> (Slide, Time, u64, u64) {
    let session = presenter.session();
    (presenter.slide(), session.now(), session.digest(), session.snapshot().log.len() as u64)
}

fn open(level: Arc<Level>) -> Presenter {
    let mut presenter = Presenter::open(level).expect("the level can be presented");
    arrive(&mut presenter);
    presenter
}

/// Forward to a part of the first scene that has one.
#[track_caller]
fn to(presenter: &mut Presenter, part: Part) {
    while presenter.beat().part != part {
        assert!(forward(presenter), "there is no {part:?}");
    }
}

#[test]
fn a_scene_is_a_fixed_row_of_beats() {
    let presenter = open(shop());
    let parts: Vec<Part> = presenter.beats().iter().filter(|b| b.scene == 0).map(|b| b.part).collect();
    let expected = [
        Part::Title,
        Part::Text(0),
        Part::Text(1),
        Part::Text(2),
        Part::Goals,
        Part::Ask,
        Part::Choices,
        Part::Run(Leg::First),
        Part::Options,
        Part::Run(Leg::Second),
        Part::Tells(0),
        Part::Verdict,
        Part::Because(0),
        Part::Debrief(0),
        Part::Debrief(1),
        Part::Debrief(2),
    ];
    assert_eq!(parts, expected);
}

#[test]
fn the_story_is_told_sentence_by_sentence() {
    let mut presenter = open(shop());
    let mut told = Vec::new();
    loop {
        let slide = presenter.slide();
        let list: Vec<String> =
            slide.list.iter().map(|i| format!("  {} {} {:?}", i.key, i.text, i.tone)).collect();
        told.push(format!("{:>2} {} [{}]", slide.beat.0, slide.text, slide.next));
        told.extend(list);
        if !next(&mut presenter) {
            break;
        }
    }
    insta::assert_snapshot!("story", told.join("\n"));
}

/// Forward through the whole script, back to its start, forward again: each beat is the same each time.
fn walk_both_ways(level: Arc<Level>, scenes: std::ops::Range<usize>) {
    let id = level.id.clone();
    let mut presenter = open(level);
    for _ in 0..scenes.start {
        presenter.scene(true);
        arrive(&mut presenter);
    }
    let mut seen = vec![(presenter.at(), state(&presenter))];
    while next(&mut presenter) && presenter.beat().scene < scenes.end {
        seen.push((presenter.at(), state(&presenter)));
        assert!(!presenter.slide().text.contains('{'), "{id}: {}", presenter.slide().text);
    }
    if presenter.beat().scene >= scenes.end {
        assert!(back(&mut presenter));
    }
    if matches!(presenter.beat().part, Part::Run(_)) {
        back(&mut presenter);
        forward(&mut presenter); // a run begins anew when one comes to it
    }
    for (at, expected) in seen.iter().rev() {
        assert_eq!(presenter.at(), *at, "{id}");
        assert_eq!(state(&presenter), *expected, "{id}: beat {}, coming back", at + 1);
        back(&mut presenter);
    }
    if scenes.start > 0 {
        assert!(forward(&mut presenter));
    }
    // Again, with the runs in sight from their start to their end.
    for (at, expected) in &seen {
        assert_eq!(presenter.at(), *at, "{id}");
        assert_eq!(state(&presenter), *expected, "{id}: beat {}, once more", at + 1);
        next(&mut presenter);
    }
}

#[test]
fn forward_back_and_forward_show_the_same() {
    walk_both_ways(shop(), 0..9);
    walk_both_ways(rooms(), 0..9);
}

#[test]
fn every_level_is_presented_to_its_end_and_back() {
    for builtin in catalog::builtin() {
        let level = Arc::new(builtin.level().unwrap());
        let scenes = level.scenes.len();
        let mut presenter = open(Arc::clone(&level));
        let mut verdicts = 0;
        // A run in sight is hurried by one key and left by the next.
        while forward(&mut presenter) {
            let slide = presenter.slide();
            assert!(slide.is_title || !slide.text.is_empty(), "{}: {slide:?}", builtin.id);
            let odd = ["does not decide", "not measured", " - ", "{"];
            assert!(!odd.iter().any(|o| slide.text.contains(o)), "{}: {slide:?}", builtin.id);
            verdicts += usize::from(presenter.beat().part == Part::Verdict);
        }
        assert_eq!(presenter.beat().scene + 1, scenes, "{}", builtin.id);
        let asked = level.scenes.iter().filter(|s| s.predict.is_some()).count();
        assert_eq!(verdicts, asked, "{}: every question gets its answer", builtin.id);
        let mut left = 0;
        while presenter.at() > 0 {
            // The ends of all scenes once; within a scene only the way there matters.
            let scene = presenter.beat().scene;
            left += 1;
            assert!(back(&mut presenter));
            if presenter.beat().scene != scene {
                presenter.scene(false);
                arrive(&mut presenter);
            }
        }
        assert!(left >= scenes, "{}", builtin.id);
        assert!(!back(&mut presenter), "{}", builtin.id);
    }
}

#[test]
fn a_scene_that_goes_on_from_another_is_the_same_from_either_side() {
    let level = builtin("database");
    let wall = level.scenes.iter().position(|s| s.start == Start::Previous).expect("there is such a scene");
    let mut walked = open(Arc::clone(&level));
    for _ in 0..wall - 1 {
        walked.scene(true);
        arrive(&mut walked);
    }
    while walked.beat().scene < wall {
        forward(&mut walked);
    }
    let mut jumped = open(level);
    for _ in 0..wall {
        jumped.scene(true);
        arrive(&mut jumped);
    }
    assert_eq!(state(&walked), state(&jumped));
}

#[test]
fn an_option_is_taken_by_a_digit_and_open_again_on_the_way_back() {
    let mut presenter = open(shop());
    to(&mut presenter, Part::Options);
    let options = state(&presenter);
    assert!(!presenter.pick(2), "there are two");
    assert!(presenter.pick(0));
    arrive(&mut presenter);
    assert_eq!(presenter.slide().text, "Switch to round robin");
    finish(&mut presenter);
    forward(&mut presenter);
    assert_eq!(presenter.slide().text, "Now a third fails.");
    let told = state(&presenter);
    to(&mut presenter, Part::Verdict);
    assert_eq!(presenter.slide().text, "Left alone, the run shows B.");
    back(&mut presenter);
    assert_eq!(state(&presenter), told);
    while presenter.beat().part != Part::Options {
        back(&mut presenter);
    }
    assert_eq!(state(&presenter), options);
    forward(&mut presenter);
    assert_eq!(presenter.slide().text, "And if nobody does anything?");
    forward(&mut presenter);
    finish(&mut presenter);
    forward(&mut presenter);
    assert_eq!(presenter.slide().text, "This run shows B.");
}

#[test]
fn a_pause_that_never_comes_is_passed_over_both_ways() {
    let never = "until = \"40s\"\npause = { when = \"p95 > 100s\" }";
    let source = include_str!("keys/shop.toml").replacen("until = \"40s\"", never, 1);
    let level = check::check(&source, "never.toml").map_err(|f| f.render(false)).unwrap();
    let mut presenter = open(Arc::new(level));
    to(&mut presenter, Part::Run(Leg::First));
    assert!(next(&mut presenter));
    assert_eq!(presenter.beat().part, Part::Verdict);
    assert_eq!(presenter.slide().text, "This run shows B.");
    assert!(back(&mut presenter));
    assert_eq!(presenter.beat().part, Part::Run(Leg::First));
    assert!(presenter.plays(), "it is seen from its start");
}

#[test]
fn a_number_is_asked_for_and_measured() {
    let mut presenter = open(rooms());
    to(&mut presenter, Part::Ask);
    assert_eq!(presenter.slide().text, "How long is the mean? From 10ms to 1s.");
    to(&mut presenter, Part::Verdict);
    assert!(presenter.slide().text.starts_with("This run shows mean = "), "{}", presenter.slide().text);
    forward(&mut presenter);
    assert!(presenter.slide().text.starts_with("It was "), "{}", presenter.slide().text);
}

#[test]
fn a_file_without_scenes_has_nothing_to_present() {
    let source = include_str!("keys/shop.toml").split("[[scene]]").next().unwrap();
    let level = check::check(source, "plain.toml").expect("the file is sound");
    assert!(Presenter::open(Arc::new(level)).is_err());
}

#[test]
fn a_what_if_leaves_the_beat_as_it_was() {
    let mut presenter = open(shop());
    for part in [Part::Text(1), Part::Run(Leg::First), Part::Verdict, Part::Debrief(2)] {
        to(&mut presenter, part);
        presenter.advance(Time::from_secs(7), SLICE);
        let before = state(&presenter);
        let mut what_if = presenter.what_if().expect("there is a run to copy");
        what_if.apply(Command::Traffic(3.0)).unwrap();
        let set = |knob| what_if.knob_rows("web").iter().any(|row| row.name == knob && row.free);
        assert!(set("replicas") && set("queue_capacity"), "everything may be changed");
        what_if.advance(what_if.now() + Time::from_secs(200), u64::MAX);
        assert!(what_if.now() > before.1 + Time::from_secs(199), "it has no end");
        assert_eq!(state(&presenter), before, "{part:?}");
    }
}

#[test]
fn a_challenge_runs_untouched_then_with_what_tempts_then_with_what_holds() {
    let level = builtin("load-balancer");
    let challenge = level.challenge().expect("the level has a challenge");
    let wrong =
        level.scenes[challenge].wrong.iter().position(|w| w.fails == "good_share").expect("one misses it");
    let mut presenter = open(Arc::clone(&level));
    for _ in 0..challenge {
        presenter.scene(true);
        arrive(&mut presenter);
    }
    to(&mut presenter, Part::Outcome(Leg::First));
    assert_eq!(presenter.slide().text, "As it is, it does not hold.");
    to(&mut presenter, Part::Designs);
    assert_eq!(presenter.choices(), level.scenes[challenge].wrong.len());
    let untouched = presenter.session().topology().clone();
    assert!(presenter.pick(wrong));
    arrive(&mut presenter);
    assert_ne!(presenter.session().topology(), &untouched);
    forward(&mut presenter);
    finish(&mut presenter);
    forward(&mut presenter);
    assert_eq!(presenter.slide().text, "It does not hold.");
    forward(&mut presenter);
    assert!(presenter.slide().text.len() > 20, "it says why: {}", presenter.slide().text);
    to(&mut presenter, Part::Outcome(Leg::Solved));
    assert_eq!(presenter.slide().text, "Every goal held.");
}

#[test]
fn the_keys_for_scenes_go_to_headings() {
    let mut presenter = open(rooms());
    to(&mut presenter, Part::Verdict);
    assert!(presenter.scene(false));
    arrive(&mut presenter);
    assert_eq!((presenter.beat().scene, presenter.beat().part), (0, Part::Title));
    assert!(!presenter.scene(false), "there is none before");
    let mut headings = 1;
    while presenter.scene(true) {
        arrive(&mut presenter);
        headings += 1;
    }
    assert_eq!(headings, 4);
}

#[test]
fn notes_are_printed_a_page_for_each_scene() {
    let notes = |args: &[&str]| {
        let out = Program::cargo_bin("fivenines").unwrap().arg("notes").args(args).assert().success();
        String::from_utf8(out.get_output().stdout.clone()).unwrap()
    };
    let said = notes(&["load-balancer"]);
    let level = builtin("load-balancer");
    assert!(said.starts_with("3 The load balancer. Three servers"), "{said}");
    for (i, scene) in level.scenes.iter().enumerate() {
        assert!(
            said.contains(&format!("Scene {} of {}: {}", i + 1, level.scenes.len(), scene.title)),
            "{said}"
        );
    }
    let marked = said.lines().filter(|l| l.starts_with("> ")).count();
    let asked = level.scenes.iter().filter(|s| s.predict.is_some()).count();
    assert_eq!(marked, asked, "each question has one answer that comes true:\n{said}");
    for words in ["> ", "run: about 15 s at 10x", "tempting designs", "Notes: "] {
        assert!(said.contains(words), "`{words}` is missing:\n{said}");
    }
    assert_eq!(said.lines().find(|l| l.chars().count() > 90), None);
    assert!(notes(&[]).starts_with("1 "), "level 1 without a name");
}

#[test]
fn without_a_terminal_presenting_says_what_to_do_instead() {
    let out = Program::cargo_bin("fivenines").unwrap().args(["present", "1"]).assert().code(2);
    let said = String::from_utf8(out.get_output().stderr.clone()).unwrap();
    assert!(said.contains("needs a terminal") && said.contains("fivenines notes LEVEL"), "{said}");
    let out = Program::cargo_bin("fivenines").unwrap().args(["notes", "monolit"]).assert().code(2);
    let said = String::from_utf8(out.get_output().stderr.clone()).unwrap();
    assert!(said.contains("did you mean `monolith`?"), "{said}");
}
