//! Side rooms, variants, guessed numbers, long ways to a scene, and the ghost of the former design.

use std::sync::Arc;

use fivenines::level::check::check;
use fivenines::level::scene::Role;
use fivenines::session::lesson::Beat;
use fivenines::session::{Advance, Command, Refusal, Session};
use fivenines::sim::time::Time;

fn open(scene: usize) -> Session {
    let level = check(include_str!("lesson/rooms.toml"), "rooms.toml").map_err(|f| f.render(false)).unwrap();
    Session::open(Arc::new(level), scene).unwrap()
}

fn walk(session: &mut Session, commands: &[Command]) {
    for command in commands {
        session.apply(command.clone()).unwrap();
    }
}

fn watch(session: &mut Session) -> Beat {
    while session.advance(Time::NEVER, 10_000) != Advance::Paused {}
    session.lesson().beat
}

#[test]
fn a_long_way_to_a_scene_is_gone_in_slices_while_the_student_reads_on() {
    let mut session = open(0);
    let before = session.lesson();
    assert_eq!(before.beat, Beat::Setting);
    let done = before.preparing.expect("two thousand seconds are not gone at once");
    walk(&mut session, &[Command::Next, Command::Guess(0.1)]);
    assert_eq!(session.advance(Time::ZERO, 5000), Advance::OutOfEvents);
    let later = session.lesson();
    assert!(later.preparing.unwrap() > done && later.preparing.unwrap() < 1.0);
    assert_eq!((later.beat, later.elapsed), (Beat::Predict, Time::ZERO));
    assert_eq!(later.question.unwrap().number.unwrap().guess.unwrap().1, "100ms");
    assert!(matches!(session.apply(Command::Traffic(2.0)), Err(Refusal::Nothing(_))), "not yet");
    walk(&mut session, &[Command::Next]);
    assert_eq!(watch(&mut session), Beat::Explain);
    assert_eq!(session.origin(), Time::from_secs(2000));
    assert_eq!(session.now(), Time::from_secs(2060));
}

#[test]
fn a_guess_is_near_or_off_by_a_factor() {
    let explain = |guess: f64| {
        let mut session = open(0);
        walk(&mut session, &[Command::Next]);
        assert!(session.apply(Command::Next).is_err(), "a guess comes first");
        assert!(session.apply(Command::Pick(0)).is_err() && session.apply(Command::Guess(f64::NAN)).is_err());
        walk(&mut session, &[Command::Guess(guess), Command::Next]);
        watch(&mut session);
        let page = session.lesson();
        (page.text, page.question.unwrap().number.unwrap())
    };
    let (text, number) = explain(1e9);
    let (shown, near) = number.measured.unwrap();
    assert!(!near && text.contains("You guessed 1s;") && text.contains("x over."), "{text}");
    assert!(text.contains(&format!("It was {shown}, and ")), "{text}");
    // M/M/1 at 90 % busy: 100 ms, give or take what a minute allows.
    let (text, number) = explain(0.09);
    assert!(number.measured.unwrap().1 && text.contains("right."), "{text}");
}

#[test]
fn side_rooms_and_variants_may_be_skipped_and_every_scene_is_open() {
    let mut session = open(1);
    assert_eq!(session.lesson().role, Role::SideRoom);
    walk(&mut session, &[Command::Skip]);
    assert_eq!((session.lesson().scene, session.lesson().role), (2, Role::Challenge));
    walk(&mut session, &[Command::Next]);
    watch(&mut session);
    assert!(!session.progress().passed && session.progress().finished);
    walk(&mut session, &[Command::Next]);
    let page = session.lesson();
    assert_eq!((page.scene, page.role, page.last), (3, Role::Variant, true));
    assert!(page.text.contains("once more") && page.text.contains("Goals: good share at least 99%"));
    walk(&mut session, &[Command::GoTo(0), Command::GoTo(3)]);
    assert!(session.apply(Command::GoTo(4)).is_err());
    let before = session.progress().marks;
    walk(&mut session, &[Command::Next]);
    watch(&mut session);
    assert_eq!(session.lesson().marks.len(), 3);
    assert_eq!(session.progress().marks, before, "the level's marks are those of the challenge");
    walk(&mut session, &[Command::Skip]);
    assert!(session.is_over());
}

#[test]
fn after_a_change_the_ghost_is_the_former_design_on_the_same_requests() {
    let mut session = open(1);
    walk(&mut session, &[Command::Next]);
    session.advance(Time::from_secs(5), 1_000_000);
    let rate = |session: &Session| session.before_windows().last().unwrap().system.arrivals;
    let untouched = rate(&session);
    walk(&mut session, &[Command::Pick(0)]);
    session.advance(Time::from_secs(10), 1_000_000);
    let (run, ghost) = (session.snapshot().windows, session.before_windows());
    assert_eq!(run.len(), ghost.len());
    let pairs = || run.iter().zip(ghost.iter());
    assert!(pairs().all(|(a, b)| a.system.arrivals == b.system.arrivals), "the same requests");
    let busy =
        |w: &fivenines::sim::metrics::Window| w.nodes[1].busy_ns * 1000 / w.nodes[1].capacity_ns.max(1);
    assert!(pairs().skip(6).all(|(a, b)| busy(a) < busy(b)), "half as busy as the former design");
    assert_ne!(untouched, 0);
    walk(&mut session, &[Command::Rewind(Time::from_secs(2))]);
    assert_eq!(session.before_windows().len(), 2, "the ghost is the run without the scene's change again");
}

#[test]
fn a_question_is_decided_by_the_scene_and_not_by_what_was_tried_in_it() {
    let mut session = open(0);
    walk(&mut session, &[Command::Next, Command::Guess(0.09), Command::Next]);
    while session.now() < Time::from_secs(2010) {
        session.advance(Time::from_secs(2010), 1_000_000);
    }
    walk(&mut session, &[Command::Traffic(0.1)]);
    watch(&mut session);
    let page = session.lesson();
    assert!(page.question.unwrap().number.unwrap().measured.unwrap().1, "{}", page.text);
}
