//! Looking back in time, the filter of the log, and the quick changes of a part.

use super::{SIZES, press, running, screen};
use fivenines::sim::time::Time;
use fivenines::tui::app::App;
use fivenines::tui::msg::Msg;

#[test]
fn an_earlier_second_is_looked_at_and_gone_back_to() {
    let mut app = running();
    let now = app.play().unwrap().session.now();
    press(&mut app, SIZES[1], "[ [ [");
    let play = app.play().unwrap();
    let at = play.reading.at.expect("an earlier second");
    assert!(at < now && play.paused);
    assert_eq!(play.session.now(), now, "looking changes nothing");
    assert!(screen(&mut app).contains("Enter go back to here"));
    press(&mut app, SIZES[1], "]");
    assert!(app.play().unwrap().reading.at.unwrap() > at);
    press(&mut app, SIZES[1], "[ Enter");
    let play = app.play().unwrap();
    assert_eq!((play.session.now(), play.reading.at, play.paused), (at, None, true));
}

#[test]
fn escape_is_the_way_back_to_now() {
    let mut app = running();
    let now = app.play().unwrap().session.now();
    press(&mut app, SIZES[1], "[ [ Esc");
    let play = app.play().unwrap();
    assert_eq!((play.reading.at, play.session.now()), (None, now));
}

#[test]
fn the_numbers_are_those_of_the_second_that_is_looked_at() {
    let mut app = running();
    press(&mut app, SIZES[1], "[ [ [ [ [");
    let play = app.play().unwrap();
    let at = play.reading.at.unwrap();
    let load = play.snapshot.windows.iter().find(|w| w.end == at).unwrap().system.arrivals;
    let picture = screen(&mut app);
    let row = picture.lines().find(|l| l.contains("load  ")).unwrap();
    assert!(row.contains(&format!("{load}/s")), "{load}: {row}");
    let since = (at - play_origin(&app)).ns() / Time::SECOND.ns();
    assert!(picture.contains(&format!("at        00:{since:02}")), "{picture}");
}

fn play_origin(app: &App) -> Time {
    app.play().unwrap().session.origin()
}

#[test]
fn the_log_shows_what_is_searched_for() {
    let mut app = running();
    assert!(screen(&mut app).contains("web#1 crashed"), "{}", screen(&mut app));
    press(&mut app, SIZES[1], "/ q z");
    let picture = screen(&mut app);
    assert!(picture.contains("/qz_") && picture.contains("0 found"), "{picture}");
    assert!(!picture.contains("web#1 crashed"));
    press(&mut app, SIZES[1], "Bksp Bksp C R A S H Enter");
    let picture = screen(&mut app);
    assert!(picture.contains("/CRASH ") && picture.contains("web#1 crashed"), "{picture}");
    press(&mut app, SIZES[1], "Esc");
    assert!(!screen(&mut app).contains("/CRASH"));
}

#[test]
fn servers_come_and_go_by_one_key() {
    let mut app = running();
    press(&mut app, SIZES[1], "l l l");
    let servers = |app: &App| {
        let play = app.play().unwrap();
        let node = play.selected.unwrap().node();
        play.snapshot.nodes[node.index()].replicas.len()
    };
    let before = servers(&app);
    assert!(app.facts().grows[1]);
    press(&mut app, SIZES[1], "a a");
    assert_eq!(servers(&app), before + 2);
    press(&mut app, SIZES[1], "u");
    assert_eq!(servers(&app), before + 1, "a server more is one change");
}

#[test]
fn a_part_that_is_cut_off_answers_nobody_until_it_is_connected_again() {
    let mut app = running();
    press(&mut app, SIZES[1], "l l");
    assert_eq!(app.facts().cut, "cut off");
    let target = app.play().unwrap().target().unwrap();
    press(&mut app, SIZES[1], "p run:60");
    assert!(app.play().unwrap().session.is_cut_off(&target));
    assert_eq!(app.facts().cut, "reconnect");
    let failed = app.play().unwrap().snapshot.windows.last().unwrap().system.failures();
    assert!(failed > 0, "{}", screen(&mut app));
    press(&mut app, SIZES[1], "p");
    assert!(!app.play().unwrap().session.is_cut_off(&target));
    press(&mut app, SIZES[1], "u");
    assert!(app.play().unwrap().session.is_cut_off(&target), "undo takes the mending back");
}

#[test]
fn a_spike_is_five_times_the_traffic() {
    let mut app = running();
    let rate = |app: &App| {
        let users = &app.play().unwrap().session.topology().nodes["users"];
        users.knobs.rate("rate").unwrap()
    };
    let before = rate(&app);
    press(&mut app, SIZES[1], "*");
    assert!((rate(&app) / before - 5.0).abs() < 1e-9);
    app.update(Msg::Undo);
    assert!((rate(&app) / before - 1.0).abs() < 1e-9);
}
