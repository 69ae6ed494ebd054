//! Keys in, pictures out: present mode through the app without a terminal.

use crate::app::{draw, key, plain, text};
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use fivenines::session::progress::Progress;
use fivenines::tui::app::App;
use fivenines::tui::keymap::{BINDINGS, Group, Keymap, Place};
use fivenines::tui::msg::Flow;
use fivenines::tui::{Options, panel};

use super::{builtin, shop};

const SIZES: [(u16, u16); 4] = [(60, 20), (80, 24), (120, 35), (200, 60)];
const FRAME: Duration = Duration::from_millis(33);

fn app(options: Options) -> App {
    let mut app = App::new(options, Vec::new(), Progress::default());
    app.present(&shop()).expect("the level can be presented");
    app
}

/// Lets the silent way to a beat end.
fn arrive(app: &mut App) {
    for _ in 0..10_000 {
        if !app.presented().is_some_and(|p| p.presenter().is_arriving()) {
            return;
        }
        app.advance(FRAME);
    }
    panic!("the beat is never reached");
}

/// Presses keys, separated by blanks; `run:N` lets N frames pass, `end` lets the run come to its end.
fn press(app: &mut App, size: (u16, u16), keys: &str) -> Flow {
    let mut flow = Flow::Continue;
    draw(app, size);
    for name in keys.split_whitespace() {
        if let Some(frames) = name.strip_prefix("run:") {
            (0..frames.parse().expect("a number of frames")).for_each(|_| app.advance(FRAME));
        } else if name == "end" {
            while app.presented().is_some_and(|p| p.presenter().plays()) {
                app.advance(FRAME);
            }
        } else {
            flow = app.key(key(name));
            arrive(app);
        }
        draw(app, size);
    }
    flow
}

const TO_RUN: &str = "Enter PgDn Right Space Enter Enter Enter";

/// The states that matter, as keys from the first beat.
fn states() -> Vec<(&'static str, String)> {
    let to = |keys: &str| format!("{TO_RUN} {keys}");
    vec![
        ("title", String::new()),
        ("text", "Enter Enter".into()),
        ("notes", "Enter n".into()),
        ("goals", "Enter Enter Enter Enter".into()),
        ("choices", "Enter Enter Enter Enter Enter Enter".into()),
        ("run", to("run:150")),
        ("options", to("end Enter")),
        ("told", to("end Enter 1 end Enter")),
        ("verdict", to("end Enter Enter end Enter")),
        ("debrief", to("end Enter Enter end Enter Enter Enter Enter")),
        ("what-if", to("run:90 + run:60")),
        ("selected", to("run:90 x")),
        ("knob", to("run:90 e Right")),
        ("help", to("run:90 ?")),
        ("second", to("end Enter Enter end ]")),
    ]
}

#[test]
fn beats_look_as_intended() {
    let shown = ["title", "text", "choices", "run", "options", "verdict", "what-if", "knob"];
    for (name, keys) in states().iter().filter(|(n, _)| shown.contains(n)) {
        for size in &SIZES[..3] {
            let mut app = app(plain());
            press(&mut app, *size, keys);
            insta::assert_snapshot!(format!("{name}-{}x{}", size.0, size.1), text(&draw(&mut app, *size)));
        }
    }
}

#[test]
fn notes_and_help_look_as_intended() {
    let mut noted = App::new(plain(), Vec::new(), Progress::default());
    noted.present(&builtin("load-balancer")).expect("the level can be presented");
    press(&mut noted, SIZES[0], "] ] ] Enter n");
    insta::assert_snapshot!("notes-60x20", text(&draw(&mut noted, SIZES[0])));
    press(&mut noted, SIZES[0], "n");
    assert!(!text(&draw(&mut noted, SIZES[0])).contains("Notes"), "a second press hides them");
    let mut helped = app(plain());
    press(&mut helped, SIZES[1], "?");
    insta::assert_snapshot!("help-80x24", text(&draw(&mut helped, SIZES[1])));
}

#[test]
fn ascii_beats_have_nothing_else() {
    for (name, keys) in states() {
        for size in SIZES {
            let mut app = app(Options { ascii: true, ..plain() });
            press(&mut app, size, &keys);
            let picture = text(&draw(&mut app, size));
            assert!(picture.is_ascii(), "{name} at {size:?}:\n{picture}");
            assert!(name != "title" || size.0 > 80 || picture.contains("T H E"), "{size:?}:\n{picture}");
        }
    }
}

#[test]
fn without_colour_nothing_has_one() {
    for (name, keys) in states() {
        let mut app = app(Options { color: false, ..Options::default() });
        press(&mut app, SIZES[0], &keys);
        let picture = draw(&mut app, SIZES[0]);
        let styles: Vec<String> = picture.content.iter().map(|c| format!("{:?}{:?}", c.fg, c.bg)).collect();
        assert!(styles.iter().all(|s| s == "ResetReset"), "{name}");
    }
}

#[test]
fn beats_fit_any_size() {
    for (_, keys) in states() {
        let mut app = app(Options::default());
        press(&mut app, (60, 20), &keys);
        for width in [0, 1, 39, 40, 41, 59, 60, 80, 121, 200] {
            for height in [0, 1, 11, 12, 13, 17, 20, 24, 31, 60] {
                draw(&mut app, (width, height));
            }
        }
    }
}

/// Cells of a screen that belong to boxes of the diagram.
fn boxes(picture: &str) -> usize {
    picture.matches(['╭', '┏', '╰', '┗']).count()
}

#[test]
fn what_is_said_is_readable_whole_and_hides_no_part() {
    for size in SIZES {
        let mut alone = app(plain());
        press(&mut alone, size, "Enter");
        let all = boxes(&text(&draw(&mut alone, size)));
        assert!(all >= 4, "the diagram is there");
        for (name, keys) in states().iter().filter(|(n, _)| !["help", "notes", "second"].contains(n)) {
            let mut app = app(plain());
            press(&mut app, size, keys);
            let picture = text(&draw(&mut app, size));
            if app.facts().off_script {
                assert!(
                    picture.contains("OFF SCRIPT") && picture.contains("back to the script"),
                    "{picture}"
                );
            } else {
                let slide = &app.presented().expect("a level is presented").slide;
                let list = slide.list.iter().map(|i| &i.text);
                for word in list.chain([&slide.text]).flat_map(|t| t.split_whitespace()) {
                    assert!(picture.contains(word), "`{word}` is missing: {name} at {size:?}\n{picture}");
                }
            }
            assert!(!picture.contains("too small"), "{name} at {size:?}\n{picture}");
        }
    }
}

#[test]
fn a_title_is_in_large_letters_where_there_is_room() {
    for (size, large) in [((60, 20), true), ((120, 35), true), ((40, 12), false)] {
        let mut app = app(plain());
        let picture = text(&draw(&mut app, size));
        assert_eq!(picture.contains("██") || picture.contains("█▀"), large, "{size:?}\n{picture}");
        assert!(large || picture.contains("The black hole") || picture.contains("T H E"), "{picture}");
    }
}

#[test]
fn a_clicker_is_enough() {
    let mut app = app(plain());
    let at = |app: &App| app.presented().expect("a level is presented").slide.beat;
    let (_, beats) = at(&app);
    let mut pictures = vec![(at(&app).0, draw(&mut app, SIZES[0]))];
    while at(&app).0 < beats || app.presented().is_some_and(|p| p.presenter().plays()) {
        press(&mut app, SIZES[0], "PgDn end");
        if app.presented().is_none_or(|p| p.slide.next != "to the end") {
            pictures.push((at(&app).0, draw(&mut app, SIZES[0])));
        }
    }
    let mut seen = 0;
    while at(&app).0 > 1 {
        press(&mut app, SIZES[0], "PgUp");
        let (beat, picture) = (at(&app).0, draw(&mut app, SIZES[0]));
        if app.presented().is_some_and(|p| p.presenter().plays()) {
            continue; // a run in sight begins anew
        }
        let before = pictures.iter().find(|(b, _)| *b == beat).expect("the beat was seen on the way there");
        assert_eq!(text(&picture), text(&before.1), "beat {beat}");
        seen += 1;
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn escape_comes_back_to_the_very_beat() {
    for (name, keys) in states().iter().filter(|(n, _)| !["help", "what-if", "knob", "selected"].contains(n))
    {
        for what_if in
            ["+ run:30", "e Right Right run:30", "Down x run:30", "z run:10 z u", "k e Up Space", "x x"]
        {
            let mut app = app(plain());
            press(&mut app, SIZES[1], keys);
            let before = draw(&mut app, SIZES[1]);
            let digest = |app: &App| app.presented().map(|p| p.presenter().session().digest());
            let run = digest(&app);
            press(&mut app, SIZES[1], what_if);
            assert!(app.facts().off_script, "{name}: {what_if}");
            press(&mut app, SIZES[1], "Esc");
            assert_eq!(text(&draw(&mut app, SIZES[1])), text(&before), "{name}: {what_if}");
            assert_eq!(digest(&app), run, "{name}: {what_if}");
        }
    }
}

#[test]
fn a_what_if_has_no_keys_for_pages_that_no_projector_shows() {
    let mut app = app(plain());
    press(&mut app, SIZES[1], "+ run:90");
    let facts = app.facts();
    assert!(facts.off_script && !facts.logged && !facts.traces && !facts.follows);
    assert_eq!(facts.looks, [false; 2]);
    press(&mut app, SIZES[1], "/ [ t o");
    assert!(!app.facts().typing, "letters are still keys");
    press(&mut app, SIZES[1], "Esc");
    assert!(!app.facts().off_script, "and one leads back to the script");
}

#[test]
fn a_what_if_changes_the_system() {
    let mut app = app(plain());
    press(&mut app, SIZES[1], "Enter x");
    let picture = text(&draw(&mut app, SIZES[1]));
    assert!(picture.contains("web#1 is selected: x crashes it"), "{picture}");
    press(&mut app, SIZES[1], "Esc + x x run:90");
    let picture = text(&draw(&mut app, SIZES[1]));
    assert!(picture.contains("DOWN") && picture.contains("errors"), "{picture}");
    press(&mut app, SIZES[1], "PgDn");
    assert!(!app.facts().off_script, "the clicker leads back, too");
}

#[test]
fn every_key_in_the_footer_does_something() {
    for (name, keys) in states() {
        let mut first = app(plain());
        press(&mut first, SIZES[0], &keys);
        let shown = panel::footer::keys(&Keymap::default(), &first.facts(), 200);
        assert!(shown.iter().any(|(k, _)| k == "q"), "{name}");
        for (shown, label) in shown {
            let keys_of: Vec<&str> = match shown.as_str() {
                "< >" => vec!["<", ">"],
                "+ -" => vec!["+", "-"],
                "[ ]" => vec!["[", "]"],
                "← →" => vec!["Left", "Right"],
                "↑↓" => vec!["Up", "Down"],
                "←↑↓→" | "hjkl" => vec!["h", "j", "k", "l"],
                "1-2" => vec!["1", "2"],
                one => vec![one],
            };
            let works = keys_of.into_iter().any(|k| {
                let mut app = app(plain());
                press(&mut app, SIZES[0], &keys);
                let before = (draw(&mut app, SIZES[0]), app.runs());
                let flow = app.key(key(k));
                arrive(&mut app);
                flow == Flow::Quit || (draw(&mut app, SIZES[0]), app.runs()) != before
            });
            assert!(works, "`{shown} {label}` does nothing in state {name}");
        }
    }
}

#[test]
fn help_names_the_keys_of_a_presenter() {
    for row in BINDINGS.iter().filter(|b| b.group == Group::Present) {
        let mut app = app(plain());
        press(&mut app, SIZES[2], "?");
        let picture = text(&draw(&mut app, SIZES[2]));
        assert!(picture.contains(row.help) && !picture.contains("Lesson"), "{}\n{picture}", row.help);
    }
}

#[test]
fn the_presenter_quits_to_the_shell() {
    for (name, keys) in states() {
        let mut first = app(plain());
        press(&mut first, SIZES[1], &keys);
        let help = first.facts().place == Place::Help;
        assert_eq!(first.key(key("q")) == Flow::Quit, !help, "{name}");
        let mut second = app(plain());
        press(&mut second, SIZES[1], &keys);
        let flow = second.key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
        assert_eq!(flow, Flow::Quit, "{name}");
    }
}

#[test]
fn without_motion_no_dot_moves() {
    let mut app = app(Options { motion: false, ..plain() });
    press(&mut app, SIZES[2], &format!("{TO_RUN} run:60"));
    let picture = text(&draw(&mut app, SIZES[2]));
    assert!(!picture.contains('●'), "{picture}");
    assert!(app.runs(), "the run goes on all the same");
}
