//! A small level played by script: right and wrong answers, options, the challenge, and whatever keys come.

use std::sync::Arc;

use fivenines::level::Level;
use fivenines::level::check::check;
use fivenines::session::lesson::Beat;
use fivenines::session::{Advance, Command, Refusal, Session};
use fivenines::sim::change::{Change, Target};
use fivenines::sim::time::Time;
use fivenines::sim::value::Value;
use proptest::prelude::*;

const EVENTS: u64 = 100_000;

fn shop() -> Arc<Level> {
    Arc::new(check(include_str!("lesson/shop.toml"), "shop.toml").map_err(|f| f.render(false)).unwrap())
}

fn open(scene: usize) -> Session {
    Session::open(shop(), scene).unwrap()
}

fn set(target: &str, knob: &'static str, value: Value) -> Command {
    Command::Apply(Change::Set { target: target.into(), knob, value: Some(value) })
}

/// Runs until the lesson wants the student.
fn watch(session: &mut Session) -> Beat {
    while session.advance(Time::NEVER, EVENTS) != Advance::Paused {}
    session.lesson().beat
}

fn walk(session: &mut Session, commands: &[Command]) {
    for command in commands {
        session.apply(command.clone()).unwrap();
    }
}

#[test]
fn a_right_answer_is_what_the_run_shows() {
    let mut session = open(0);
    assert_eq!(session.lesson().beat, Beat::Setting);
    assert!(session.apply(Command::Pick(1)).is_err(), "the question is not asked yet");
    walk(&mut session, &[Command::Next]);
    assert!(session.apply(Command::Next).is_err(), "an answer must be picked");
    walk(&mut session, &[Command::Pick(0), Command::Pick(1), Command::Next]);
    assert_eq!(watch(&mut session), Beat::Explain);
    let page = session.lesson();
    let question = page.question.unwrap();
    assert_eq!((question.picked, question.right), (Some(1), Some(1)));
    assert!(page.text.starts_with("You were right: “twice as busy”."), "{}", page.text);
    assert!(page.text.contains("Busy went from 2") && page.text.contains(" to 5"), "{}", page.text);
    assert_eq!(session.now(), Time::from_secs(30));
    assert_eq!(session.progress().done.count(), 1);
}

#[test]
fn a_wrong_answer_hears_both_reasons() {
    let mut session = open(0);
    walk(&mut session, &[Command::Next, Command::Pick(0), Command::Next]);
    watch(&mut session);
    let text = session.lesson().text;
    assert!(text.contains("You said “as before”; this run shows “twice as busy”."), "{text}");
    assert!(text.contains("Work grows with requests.") && text.contains("It grew 2"), "{text}");
}

#[test]
fn the_next_scene_goes_on_from_the_state_and_pauses_by_itself() {
    let mut session = open(0);
    walk(&mut session, &[Command::Next, Command::Pick(1), Command::Next]);
    watch(&mut session);
    walk(&mut session, &[Command::Next, Command::Next]);
    // The run opens at its first event.
    assert_eq!((session.lesson().scene, session.origin()), (1, Time::from_secs(30)));
    assert!(session.now() >= session.origin() && session.now() < Time::from_secs(32), "{}", session.now());
    assert_eq!(watch(&mut session), Beat::Paused);
    assert!(session.now() > Time::from_secs(35) && session.now() < Time::from_secs(41), "{}", session.now());
    walk(&mut session, &[Command::Pick(0)]);
    assert!(session.lesson().options[0].taken);
    walk(&mut session, &[Command::Undo]);
    assert!(!session.lesson().options[0].taken);
    walk(&mut session, &[Command::Redo, Command::Next]);
    assert_eq!(watch(&mut session), Beat::Explain);
    assert!(session.lesson().text.contains("A second server. Two servers are up."));
    walk(&mut session, &[Command::Back]);
    assert_eq!((session.lesson().scene, session.now()), (0, Time::ZERO));
}

#[test]
fn a_scene_opened_directly_stands_where_the_one_before_ended() {
    assert_eq!(open(1).now(), Time::from_secs(30));
}

#[test]
fn the_challenge_is_lost_untouched_and_won_by_its_solution() {
    let mut session = open(2);
    walk(&mut session, &[Command::Next]);
    assert_eq!(watch(&mut session), Beat::Explain);
    let page = session.lesson();
    assert!(page.text.contains("Missed: p95 at most 200ms. It broke at 10s"), "{}", page.text);
    assert!(page.text.contains("; at the end no answer came at all."), "{}", page.text);
    assert!(page.text.contains("What this run shows: ") && page.text.contains("web: 100% of its workers"));
    assert!(page.marks.iter().all(|(_, earned)| !earned), "{:?}", page.marks);
    assert!(!session.progress().passed);

    walk(&mut session, &[Command::Restart, set("web", "replicas", Value::Count(2)), Command::Next]);
    watch(&mut session);
    let page = session.lesson();
    let earned: Vec<bool> = page.marks.iter().map(|(_, earned)| *earned).collect();
    assert_eq!(earned, [true, true, false], "the third mark is for the first try: {}", page.text);
    assert!(session.progress().passed && session.progress().finished && page.last);
    assert_eq!(session.apply(Command::Next), Ok(Some("the level is finished".into())));
}

#[test]
fn an_over_built_design_loses_a_mark_and_hears_why() {
    let mut session = open(2);
    walk(&mut session, &[set("web", "replicas", Value::Count(5)), Command::Next]);
    watch(&mut session);
    let page = session.lesson();
    let earned: Vec<bool> = page.marks.iter().map(|(_, earned)| *earned).collect();
    assert_eq!(earned, [true, false, true]);
    assert!(page.text.contains("Five servers are more than it takes."), "{}", page.text);
}

#[test]
fn scenes_allow_what_they_say_and_faults_are_always_free() {
    let mut session = open(0);
    walk(&mut session, &[Command::Next, Command::Pick(0), Command::Next]);
    session.advance(Time::from_secs(2), EVENTS);
    let replicas = set("web", "replicas", Value::Count(3));
    assert!(matches!(session.apply(replicas.clone()), Err(Refusal::NotAllowed(_))));
    let web = Target { name: "web".into(), replica: None };
    walk(&mut session, &[Command::ToggleCrash(web.clone()), Command::ToggleCrash(web.clone())]);
    walk(&mut session, &[Command::ToggleSlow(web.clone()), Command::Undo, Command::Traffic(2.0)]);
    session.advance(Time::from_secs(4), EVENTS);
    let mut challenge = open(2);
    assert!(matches!(challenge.apply(Command::Traffic(0.5)), Err(Refusal::NotAllowed(_))));
    assert!(matches!(challenge.apply(Command::ToggleCrash(web)), Ok(Some(_))));
    walk(&mut challenge, &[replicas]);
    assert_eq!(challenge.topology().nodes["web"].servers(), 3);
    assert!(
        challenge.knobs("web").iter().any(|(name, value, _)| (*name, value.as_str()) == ("replicas", "3"))
    );
    assert!(challenge.knobs("users->web").iter().any(|(name, ..)| *name == "timeout"));
}

#[test]
fn slices_and_looking_do_not_matter() {
    let run = |slice: u64| {
        let mut session = open(0);
        walk(&mut session, &[Command::Next, Command::Pick(1), Command::Next]);
        while session.advance(session.now() + Time::from_ms(700), slice) != Advance::Paused {
            let _ = (session.snapshot(), session.lesson());
        }
        (session.digest(), session.lesson())
    };
    assert_eq!(run(7), run(EVENTS));
}

fn any_command() -> impl Strategy<Value = Command> {
    let name = prop::sample::select(vec!["web", "users", "nobody"]);
    let target =
        (name, prop::option::of(0..3u16)).prop_map(|(name, replica)| Target { name: name.into(), replica });
    prop_oneof![
        4 => Just(Command::Next),
        3 => (0..3usize).prop_map(Command::Pick),
        1 => Just(Command::Undo),
        1 => Just(Command::Redo),
        1 => Just(Command::Restart),
        1 => Just(Command::NewSeed),
        1 => Just(Command::Back),
        1 => Just(Command::Hint),
        1 => target.clone().prop_map(Command::ToggleCrash),
        1 => target.prop_map(Command::ToggleSlow),
        1 => prop::sample::select(vec![0.0, 0.5, 1.25, f64::NAN, -1.0]).prop_map(Command::Traffic),
        1 => (1..6u32).prop_map(|n| set("web", "replicas", Value::Count(n))),
        1 => Just(Command::Apply(Change::Remove { name: "web".into() })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    /// Whatever comes: no panic, and from everywhere the way leads on to the end.
    #[test]
    fn no_command_leads_into_a_dead_end(
        steps in prop::collection::vec((any_command(), 0..3000u64), 1..40),
        scene in 0..3usize,
    ) {
        let mut session = open(scene);
        for (command, ms) in steps {
            let _ = session.apply(command);
            session.advance(session.now() + Time::from_ms(ms), 20_000);
            session.step();
            let page = session.lesson();
            prop_assert!(page.scene < page.scenes);
        }
        for _ in 0..40 {
            if session.progress().finished {
                break;
            }
            if session.lesson().beat == Beat::Predict {
                session.apply(Command::Pick(0)).unwrap();
            }
            session.apply(Command::Next).ok();
            watch(&mut session);
        }
        prop_assert!(session.progress().finished);
    }
}
