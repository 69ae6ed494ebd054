//! The program from end to end: keys, sizes, signals, and a terminal that is as it was before.
#![cfg(unix)]

mod looks;
mod mouse;
mod rest;
mod screen;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use screen::Screen;
use toml::{Table, Value};

/// The level of that file stem.
fn level(stem: &str) -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("levels").join(stem).with_extension("toml");
    fs::read_to_string(path).expect("the level can be read").parse().expect("the level is TOML")
}

fn title(table: &Table) -> String {
    table["title"].as_str().expect("a title is text").to_owned()
}

/// Title of a scene of level 1, from 0.
fn scene_title(scene: usize) -> String {
    let Some(Value::Array(scenes)) = level("01-monolith").remove("scene") else {
        panic!("level 1 has scenes");
    };
    title(scenes[scene].as_table().expect("a scene is a table"))
}

/// Waits for Home: the name of the program, spaced out or not, and the title of the last level.
#[track_caller]
fn see_home(screen: &Screen) {
    let last = title(&level("05-microservices"));
    screen.wait("Home", |s| {
        let text = s.text();
        let dense: String = text.split_whitespace().collect();
        dense.contains("fivenines") && text.contains(&last) && s.is_full()
    });
}

#[track_caller]
fn at_home(columns: u16, rows: u16) -> Screen {
    let mut screen = Screen::start(columns, rows);
    screen.see("Everybody says");
    screen.keys("\r");
    see_home(&screen);
    screen
}

/// Opens level 1 and goes on until its first scene runs.
#[track_caller]
fn running() -> Screen {
    running_at(120, 35)
}

/// The same in a window of this size.
#[track_caller]
fn running_at(columns: u16, rows: u16) -> Screen {
    let mut screen = at_home(columns, rows);
    screen.keys("\r");
    screen.see(&scene_title(0));
    screen.keys_until("1\r", "the run", |s| s.text().contains("Space pause"));
    screen
}

#[test]
fn the_first_scene_is_played_by_keys() {
    let mut screen = at_home(120, 35);
    screen.keys("\r");
    screen.see(&title(&level("01-monolith")));
    screen.see(&scene_title(0));
    // Picks what there is to pick, goes on, and makes time fast.
    let second = scene_title(1);
    screen.keys_until("1\r>", "the second scene", |s| s.text().contains(&second));
    screen.keys("q");
    see_home(&screen);
    screen.keys("q");
    assert_eq!(screen.exit_code(), 0);
    screen.assert_restored();
}

#[test]
fn the_place_in_the_course_outlives_a_signal() {
    let mut screen = at_home(120, 35);
    let second = scene_title(1);
    screen.keys_until("1\r>", "the second scene", |s| s.text().contains(&second));
    screen.signal("TERM");
    assert_eq!(screen.exit_code(), 0);
    let mut again = screen.start_again(120, 35);
    see_home(&again);
    again.keys("\r");
    again.see(&second);
    again.keys("\x03");
    assert_eq!(again.exit_code(), 0);
}

#[test]
fn control_c_leaves_at_once() {
    for mut screen in [at_home(80, 24), running()] {
        screen.keys("\x03");
        assert_eq!(screen.exit_code(), 0);
        screen.assert_restored();
    }
}

#[test]
fn signals_leave_in_good_order() {
    for signal in ["TERM", "HUP", "INT"] {
        let mut screen = at_home(80, 24);
        screen.signal(signal);
        assert_eq!(screen.exit_code(), 0, "{signal}");
        screen.assert_restored();
    }
    let mut screen = running();
    screen.signal("TERM");
    assert_eq!(screen.exit_code(), 0);
    screen.assert_restored();
}

#[test]
fn any_size_will_do() {
    let mut screen = at_home(80, 24);
    for (columns, rows) in [(40, 10), (1, 1), (120, 35)] {
        let before = screen.bytes();
        screen.resize(columns, rows);
        screen.wait("a new picture", |s| s.bytes() > before);
    }
    see_home(&screen);
    screen.keys("\r");
    screen.see(&scene_title(0));
    for (columns, rows) in [(1, 1), (40, 10), (200, 60)] {
        let before = screen.bytes();
        screen.resize(columns, rows);
        screen.wait("a new picture", |s| s.bytes() > before);
    }
    screen.see(&scene_title(0));
    screen.keys("qq");
    assert_eq!(screen.exit_code(), 0);
    screen.assert_restored();
}

#[test]
fn nothing_is_sent_while_nothing_moves() {
    let second = Duration::from_secs(1);
    let home = at_home(80, 24);
    home.settle(second / 4);
    assert_eq!(home.bytes_within(second), 0, "Home is at rest:\n{}", home.text());
    let mut paused = running();
    paused.keys(" ");
    paused.see("Space go on");
    paused.settle(second / 4);
    assert_eq!(paused.bytes_within(second), 0, "the run is paused:\n{}", paused.text());
    paused.keys(" ");
    let before = paused.bytes();
    paused.wait("the run to go on", |s| s.bytes() > before + 1);
}

#[test]
fn into_a_pipe_goes_the_lesson_as_text() {
    let home = tempfile::tempdir().expect("a temporary folder can be made");
    let output = Command::new(env!("CARGO_BIN_EXE_fivenines"))
        .env("HOME", home.path())
        .env("XDG_STATE_HOME", home.path())
        .env("TERM", "xterm-256color")
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let (told, talk) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{talk}");
    assert!(told.starts_with("Level 1: ") && told.contains("Question: "), "{told}");
    assert!(
        !told.contains('\x1b') && talk.is_empty(),
        "no control sequence goes into a pipe: {told:?} {talk:?}"
    );
}

#[test]
fn a_terminal_that_cannot_place_text_is_told_the_lesson() {
    let mut screen = Screen::start_with(80, 24, &[("TERM", "dumb")]);
    screen.see("Answer (1 to");
    screen.keys("quit\n");
    screen.see("Progress is kept.");
    assert_eq!(screen.exit_code(), 0);
    screen.assert_restored();
}

#[test]
fn a_level_is_presented_with_two_keys() {
    let (down, up) = ("\x1b[6~", "\x1b[5~");
    let mut screen = Screen::start_to(60, 20, &["present", "3"]);
    screen.wait("the title", |s| s.text().contains("beat 1/") && s.is_full());
    for beat in 2..4 {
        screen.keys(down);
        screen.see(&format!("beat {beat}/"));
    }
    screen.settle(Duration::from_millis(300));
    let before = screen.text();
    assert_eq!(screen.bytes_within(Duration::from_millis(500)), 0, "a beat that stands sends nothing");
    screen.keys("+");
    screen.see("OFF SCRIPT");
    screen.keys("\x1b");
    screen.wait("the beat again", |s| s.text() == before);
    screen.keys(up);
    screen.see("beat 2/");
    screen.keys_until(down, "the second scene", |s| s.text().contains("scene 2/"));
    screen.keys("q");
    assert_eq!(screen.exit_code(), 0);
    screen.assert_restored();
}
