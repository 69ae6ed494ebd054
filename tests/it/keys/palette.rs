//! The palette, the sandbox, and following one request.

use super::{SIZES, app, beat, press, running, screen};
use crate::app::plain;
use fivenines::level::catalog;
use fivenines::session::lesson::Beat;
use fivenines::session::progress::Progress;
use fivenines::tui::app::App;
use fivenines::tui::keymap::Place;

#[test]
fn a_command_is_found_by_a_few_of_its_letters() {
    let mut app = running();
    press(&mut app, SIZES[1], ": m o r e t r");
    let picture = screen(&mut app);
    assert!(picture.contains(":moretr_") && picture.contains("▸ more traffic"), "{picture}");
    press(&mut app, SIZES[1], "Enter");
    assert_eq!(app.facts().place, Place::Play);
    assert!(app.play().unwrap().session.can_undo(), "the traffic has changed");
}

#[test]
fn what_does_not_work_now_says_so_and_does_nothing() {
    let mut app = app(plain());
    press(&mut app, SIZES[1], "Enter : r e d o");
    let picture = screen(&mut app);
    assert!(picture.contains("not now"), "{picture}");
    press(&mut app, SIZES[1], "Enter");
    assert_eq!(app.facts().place, Place::Palette, "it stays open");
    press(&mut app, SIZES[1], "Esc");
    assert_eq!(app.facts().place, Place::Play);
}

#[test]
fn scenes_and_levels_are_opened_by_name() {
    let mut app = running();
    let title = app.play().unwrap().session.level().scenes[1].title.clone();
    let letters: Vec<String> = title.chars().filter(char::is_ascii_alphabetic).map(String::from).collect();
    press(&mut app, SIZES[1], &format!(": s c e n e : {} Enter", letters.join(" ")));
    assert_eq!(app.play().unwrap().lesson.title, title);
    press(&mut app, SIZES[1], ": l e v e l : L Enter");
    beat(&app, Beat::Setting);
}

#[test]
fn one_request_is_followed_to_its_end() {
    let mut app = running();
    press(&mut app, SIZES[1], "Space . o");
    let follow = app.play().unwrap().followed.clone().expect("one is on its way");
    assert!(screen(&mut app).contains(&follow.label()), "{}", screen(&mut app));
    press(&mut app, SIZES[1], "Space run:60");
    let follow = app.play().unwrap().followed.clone().expect("it stays in sight");
    assert!(follow.is_over());
    press(&mut app, SIZES[1], "Esc");
    assert!(app.play().unwrap().followed.is_none());
}

#[test]
fn the_sandbox_is_calm_and_everything_in_it_may_be_changed() {
    let mut app = app(plain());
    press(&mut app, SIZES[1], "s run:300");
    let play = app.play().unwrap();
    assert_eq!(play.lesson.level_title, "Sandbox");
    let last = play.snapshot.windows.last().expect("it runs");
    assert_eq!(last.system.failures(), 0);
    for node in play.session.topology().nodes.keys() {
        let free = play.session.knob_rows(node).into_iter().filter(|k| k.free).count();
        assert!(free > 0, "{node} has no knob to turn");
    }
    press(&mut app, SIZES[1], "l l l a x run:30 u u r");
    assert_eq!(app.play().unwrap().session.now().ns(), 0, "from the start, the same requests");
    assert!(app.unsaved().is_none(), "the sandbox leaves no trace in the progress");
}

#[test]
fn a_level_becomes_a_sandbox_without_its_scenes() {
    let mut app = App::new(plain(), Vec::new(), Progress::default());
    app.open_sandbox(catalog::load("database").unwrap());
    press(&mut app, SIZES[1], "run:30");
    beat(&app, Beat::Run);
    assert!(app.facts().edit);
}
