//! The traces of single requests.

use super::{SIZES, app, press, running, screen};
use crate::app::plain;
use fivenines::session::lesson::Beat;

#[test]
fn slowest_failed_and_any_are_listed() {
    let mut app = running();
    press(&mut app, SIZES[1], "t");
    assert!(screen(&mut app).contains("[slowest 32]"), "{}", screen(&mut app));
    press(&mut app, SIZES[1], "Tab");
    let failed = screen(&mut app);
    assert!(failed.contains("[failed") && failed.contains("✗ failed:"), "{failed}");
    press(&mut app, SIZES[1], "Tab Down Down");
    assert!(screen(&mut app).contains("[any"));
    assert!(screen(&mut app).contains("3 of"));
    press(&mut app, SIZES[1], "t");
    assert_eq!(app.facts().place, fivenines::tui::keymap::Place::Play);
}

#[test]
fn the_clock_stands_while_a_trace_is_read() {
    let mut app = running();
    press(&mut app, SIZES[1], "t");
    let before = app.play().unwrap().session.now();
    press(&mut app, SIZES[1], "run:20");
    assert_eq!(app.play().unwrap().session.now(), before);
}

#[test]
fn enter_goes_back_to_the_moment_at_which_the_request_was_made() {
    let mut app = running();
    let session = &app.play().unwrap().session;
    let (before, slowest) = (session.now(), session.traces().slowest.iter().map(|t| t.ended - t.born).max());
    let kept = session.traces();
    let first = kept.slowest.iter().find(|t| Some(t.ended - t.born) == slowest).unwrap();
    press(&mut app, SIZES[1], "t Enter");
    let play = app.play().unwrap();
    assert_eq!(play.session.now(), first.born);
    assert!(play.session.now() < before && play.paused && play.lesson.beat == Beat::Run);
}

#[test]
fn after_the_run_traces_are_read_but_no_moment_is_offered() {
    let mut app = app(plain());
    press(&mut app, SIZES[1], "Enter Enter 2 Enter end t");
    let picture = screen(&mut app);
    assert!(picture.contains("held by") && !picture.contains("go to that moment"), "{picture}");
}

#[test]
fn before_the_first_answer_there_is_nothing_to_take_apart() {
    let mut app = app(plain());
    press(&mut app, SIZES[1], "Enter");
    assert!(!app.facts().traces);
}
