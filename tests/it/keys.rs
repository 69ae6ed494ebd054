//! Screens as (size, keys) → picture, through the app without a terminal: no clock, no bytes.

mod glossary;
mod look_back;
mod palette;
mod trace;

use std::sync::Arc;
use std::time::Duration;

use crate::app::{draw, key, plain, text};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use fivenines::level::{catalog, check};
use fivenines::session::lesson::Beat;
use fivenines::session::progress::{LevelProgress, Progress, SceneSet, Try};
use fivenines::tui::app::App;
use fivenines::tui::keymap::{BINDINGS, Binding, Group, Keymap, Place, Press, working};
use fivenines::tui::msg::Flow;
use fivenines::tui::screen::play::Tab;
use fivenines::tui::{Options, panel};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 35), (200, 60)];
/// One frame at 30 a second.
const FRAME: Duration = Duration::from_millis(33);

/// The app with a small level that has a question, options, goals and knobs.
fn app(options: Options) -> App {
    let level = check::check(include_str!("keys/shop.toml"), "shop.toml").expect("the level is sound");
    App::new(options, vec![Arc::new(level)], Progress::default())
}

/// Presses keys, separated by blanks; `run:N` lets N frames pass, `end` lets the run come to its end. Draws after
/// each, as the terminal does.
fn press(app: &mut App, size: (u16, u16), keys: &str) -> Flow {
    let mut flow = Flow::Continue;
    draw(app, size);
    for name in keys.split_whitespace() {
        if let Some(frames) = name.strip_prefix("run:") {
            (0..frames.parse().expect("a number of frames")).for_each(|_| app.advance(FRAME));
        } else if name == "end" {
            for _ in 0..100_000 {
                app.advance(FRAME);
            }
        } else {
            flow = app.key(key(name));
        }
        draw(app, size);
    }
    flow
}

/// The small level, its question answered and its run under way.
fn running() -> App {
    let mut app = app(plain());
    press(&mut app, SIZES[1], "Enter Enter 2 Enter run:180");
    app
}

/// What stands on a medium screen.
fn screen(app: &mut App) -> String {
    text(&draw(app, SIZES[1]))
}

#[track_caller]
fn beat(app: &App, expected: Beat) {
    assert_eq!(app.play().expect("a level is open").lesson.beat, expected);
}

/// The states that matter, as keys from Home.
const STATES: [(&str, &str); 21] = [
    ("home", ""),
    ("scenes", "Right Down"),
    ("help-home", "?"),
    ("setting", "Enter"),
    ("predict", "Enter Enter"),
    ("picked", "Enter Enter 2"),
    ("run", "Enter Enter 2 Enter run:200"),
    ("selected", "Enter Enter 2 Enter run:200 l l"),
    ("knobs", "Enter Enter 2 Enter run:200 e Right Down"),
    ("paused", "Enter Enter 2 Enter run:200 Space"),
    ("signals", "Enter Enter 2 Enter run:200 Tab"),
    ("help-play", "Enter Enter 2 Enter run:200 ?"),
    ("explain", "Enter Enter 2 Enter end"),
    ("trace", "Enter Enter 2 Enter run:200 t Right"),
    ("palette", "Enter Enter 2 Enter run:200 : t r"),
    ("curve", "Enter Enter 2 Enter run:150 l l l i"),
    ("glossary-home", "g"),
    ("glossary-play", "Enter Enter 2 Enter run:200 g"),
    ("glossary-typing", "Enter g / h a s h"),
    ("glossary-found", "Enter g / h a s h Enter Down"),
    ("glossary-help", "g ?"),
];

#[test]
fn screens_look_as_intended() {
    let shown = [
        "home",
        "scenes",
        "help-play",
        "setting",
        "picked",
        "run",
        "knobs",
        "explain",
        "trace",
        "palette",
        "curve",
        "glossary-home",
        "glossary-play",
        "glossary-typing",
    ];
    for (name, keys) in STATES.iter().filter(|(n, _)| shown.contains(n)) {
        for size in SIZES {
            let mut app = app(plain());
            press(&mut app, size, keys);
            insta::assert_snapshot!(format!("{name}-{}x{}", size.0, size.1), text(&draw(&mut app, size)));
        }
    }
}

#[test]
fn ascii_screens_have_nothing_else() {
    for (name, keys) in STATES {
        for size in SIZES {
            let mut app = app(Options { ascii: true, ..plain() });
            press(&mut app, size, keys);
            let picture = text(&draw(&mut app, size));
            assert!(picture.is_ascii(), "{name} at {size:?}:\n{picture}");
        }
    }
}

#[test]
fn screens_fit_any_size() {
    for (_, keys) in STATES {
        let mut app = app(Options::default());
        press(&mut app, (80, 24), keys);
        for width in [0, 1, 2, 39, 40, 41, 60, 79, 99, 100, 101, 130, 159, 160, 200] {
            for height in [0, 1, 2, 11, 12, 13, 17, 24, 29, 30, 31, 44, 45, 60] {
                draw(&mut app, (width, height));
            }
        }
    }
}

/// A way to press the row that the footer shows: rows without keys of their own stand for others.
fn representatives(shown: &str, press: &[Press], facts_choices: usize) -> Vec<KeyEvent> {
    let letters = |names: &[&str]| names.iter().map(|n| key(n)).collect();
    match (shown, press) {
        ("< >", []) => letters(&["<", ">"]),
        ("g", []) => letters(&["g"]),
        ("+ -", []) => letters(&["+", "-"]),
        ("← →", []) => letters(&["Left", "Right"]),
        ("↑↓", []) => letters(&["Up", "Down"]),
        (_, []) => letters(&["Left", "Right", "Up", "Down", "h", "j", "k", "l"]),
        _ => press
            .iter()
            .flat_map(|p| match p {
                Press::Code(KeyCode::Up) => letters(&["Up", "Down"]),
                Press::Code(code) => vec![(*code).into()],
                Press::Char(c) => vec![KeyCode::Char(*c).into()],
                Press::Ctrl(c) => vec![KeyEvent::new(KeyCode::Char(*c), KeyModifiers::CONTROL)],
                Press::Letter => letters(&["a", "z"]),
                Press::Digit => (1..=facts_choices).map(|n| key(&n.to_string())).collect(),
            })
            .collect(),
    }
}

#[test]
fn every_key_in_the_footer_does_something() {
    for (name, keys) in STATES {
        let mut first = app(plain());
        press(&mut first, SIZES[0], keys);
        let facts = first.facts();
        for row in working(&facts) {
            let works = representatives(row.shown, row.press, facts.choices).into_iter().any(|event| {
                let mut app = app(plain());
                press(&mut app, SIZES[0], keys);
                let before = draw(&mut app, SIZES[0]);
                let flow = app.key(event);
                flow == Flow::Quit || draw(&mut app, SIZES[0]) != before || (app.runs() != first.runs())
            });
            assert!(works, "`{}` does nothing in state {name}", row.name(&facts));
        }
    }
}

#[test]
fn the_footer_always_shows_help_and_the_way_out() {
    for (name, keys) in STATES {
        let mut app = app(plain());
        press(&mut app, (80, 24), keys);
        let facts = app.facts();
        for width in [40, 60, 80, 120] {
            let shown: Vec<_> = panel::footer::keys(&Keymap::default(), &facts, width)
                .into_iter()
                .map(|(key, _)| key)
                .collect();
            if facts.typing {
                assert!(shown.contains(&"Enter".to_owned()), "{name} at {width}: {shown:?}");
                continue;
            }
            assert!(shown.contains(&"q".to_owned()), "{name} at {width}: {shown:?}");
            assert!(facts.place == Place::Help || shown.contains(&"?".to_owned()), "{name} at {width}");
        }
    }
}

#[test]
fn help_names_every_key() {
    let elsewhere = |b: &&Binding| b.group == Group::Present;
    for row in BINDINGS.iter().filter(|b| b.rank > 0 && !b.help.is_empty() && !elsewhere(b)) {
        let mut app = app(plain());
        press(&mut app, (120, 35), "?");
        assert!(text(&draw(&mut app, (120, 35))).contains(row.help), "{}", row.help);
    }
}

#[test]
fn a_question_is_readable_at_once_at_80x24() {
    let mut app = app(plain());
    press(&mut app, (80, 24), "Enter Enter");
    beat(&app, Beat::Predict);
    let picture = text(&draw(&mut app, (80, 24)));
    let question = app.play().unwrap().lesson.question.clone().unwrap();
    let words = std::iter::once(&question.ask).chain(&question.choices).flat_map(|t| t.split_whitespace());
    for word in words {
        assert!(picture.contains(word), "`{word}` is missing in\n{picture}");
    }
}

#[test]
fn a_scene_is_played_by_enter_and_a_digit() {
    let mut app = app(plain());
    press(&mut app, (80, 24), "Enter Enter Enter");
    beat(&app, Beat::Predict);
    press(&mut app, (80, 24), "2 Enter run:10");
    beat(&app, Beat::Run);
    press(&mut app, (80, 24), "end");
    beat(&app, Beat::Explain);
    assert!(!app.runs(), "the clock stands");
    press(&mut app, (80, 24), "Enter");
    assert_eq!(app.play().unwrap().lesson.scene, 1);
    let kept = app.unsaved().expect("there is news to keep").clone();
    assert_eq!(kept.levels["shop"].at, 1);
    assert!(app.unsaved().is_none(), "once is enough");
    press(&mut app, (80, 24), "Enter end Enter");
    assert!(app.play().is_none(), "the last scene leads Home");
    assert!(app.unsaved().unwrap().levels["shop"].finished);
}

#[test]
fn a_number_is_guessed_with_the_arrows_and_stands_on_the_chart() {
    let level = check::check(include_str!("lesson/rooms.toml"), "rooms.toml").expect("the level is sound");
    for size in SIZES {
        let mut app = App::new(plain(), vec![Arc::new(level.clone())], Progress::default());
        press(&mut app, size, "Enter Enter Enter");
        beat(&app, Beat::Predict);
        press(&mut app, size, "Right Right Left end");
        beat(&app, Beat::Predict);
        insta::assert_snapshot!(format!("guess-{}x{}", size.0, size.1), text(&draw(&mut app, size)));
        press(&mut app, size, "Enter");
        for _ in 0..40 {
            app.advance(FRAME);
        }
        press(&mut app, size, if size == SIZES[0] { "Tab" } else { "" });
        let picture = text(&draw(&mut app, size));
        assert!(app.play().unwrap().lesson.question.as_ref().unwrap().number.is_some(), "{picture}");
        press(&mut app, size, "end Enter");
        let picture = text(&draw(&mut app, size));
        assert!(picture.contains("◇ A side room"), "{picture}");
    }
}

#[test]
fn the_opening_greets_who_was_never_here_and_any_key_goes_on() {
    for size in SIZES {
        let mut app = app(plain());
        app.greet();
        draw(&mut app, size);
        assert!(app.runs());
        let early = text(&draw(&mut app, size));
        assert!(early.contains("· load balancer") && !early.contains("It works."), "{early}");
        press(&mut app, size, "end");
        assert!(!app.runs(), "it comes to rest");
        insta::assert_snapshot!(format!("opening-{}x{}", size.0, size.1), text(&draw(&mut app, size)));
        press(&mut app, size, "Enter");
        assert!(app.play().is_none() && text(&draw(&mut app, size)).contains("nines lit"));
    }
    let mut still = app(Options { motion: false, ..plain() });
    still.greet();
    assert!(!still.runs() && text(&draw(&mut still, SIZES[0])).contains("metrics scream"));
    assert_eq!(press(&mut still, SIZES[0], "q"), Flow::Quit);
}

#[test]
fn the_epilogue_shows_the_whole_journey_once_all_is_finished() {
    let shelf: Vec<_> = catalog::builtin().iter().map(|b| Arc::new(b.level().unwrap())).collect();
    let mut progress = Progress::default();
    for level in &shelf {
        let best = Try { per_second: 240, good_ppm: 999_100, monthly_usd: 1133, parts: 7 };
        let reached = LevelProgress {
            finished: true,
            passed: true,
            marks: 2,
            done: SceneSet::first(7),
            answered: SceneSet::first(6),
            right: SceneSet::first(4),
            best: Some(best),
            ..LevelProgress::default()
        };
        progress.record(&level.id, reached);
    }
    for size in SIZES {
        let mut app = App::new(plain(), shelf.clone(), progress.clone());
        press(&mut app, size, "E");
        let picture = text(&draw(&mut app, size));
        assert!(picture.contains("20 of your 30 first guesses were right."), "{picture}");
        assert!(
            picture.contains("$1133") && picture.contains("99.91%") && picture.contains("★★☆"),
            "{picture}"
        );
        assert!(picture.contains("✓ ") && picture.contains("until your metrics scream."), "{picture}");
        insta::assert_snapshot!(format!("epilogue-{}x{}", size.0, size.1), picture);
        press(&mut app, size, "Esc");
        assert!(text(&draw(&mut app, size)).contains("E the journey"));
    }
}

#[test]
fn the_scenes_of_a_level_are_open_from_home() {
    let mut app = app(plain());
    press(&mut app, (80, 24), "Right Down Enter");
    assert_eq!(app.play().unwrap().lesson.scene, 1);
    press(&mut app, (80, 24), "q");
    assert!(text(&draw(&mut app, (80, 24))).contains("▸  2"), "the list of scenes is still open");
    press(&mut app, (80, 24), "Esc 1");
    assert_eq!(app.play().unwrap().lesson.scene, 1, "the level goes on where it was left");
}

#[test]
fn a_paused_run_stands_still() {
    let mut app = app(plain());
    press(&mut app, (80, 24), "Enter Enter 2 Enter run:30 Space");
    assert!(!app.runs());
    let before = draw(&mut app, (80, 24));
    press(&mut app, (80, 24), "run:30");
    assert_eq!(draw(&mut app, (80, 24)), before);
    assert!(!app.is_stale(), "nothing to draw, nothing to send");
    press(&mut app, (80, 24), "Space run:30");
    assert_ne!(draw(&mut app, (80, 24)), before);
}

#[test]
fn knobs_change_the_design_and_undo_takes_it_back() {
    let mut app = app(plain());
    let replicas = |app: &App| app.play().unwrap().session.topology().nodes["web"].servers();
    press(&mut app, (80, 24), "Enter Enter 2 Enter run:10 e Down Down");
    assert_eq!(app.play().unwrap().tab, Tab::Inspector);
    assert_eq!(app.facts().place, Place::Knobs);
    press(&mut app, (80, 24), "Right Right");
    assert_eq!(replicas(&app), 5);
    press(&mut app, (80, 24), "Esc u");
    assert_eq!(replicas(&app), 4);
    press(&mut app, (80, 24), "U");
    assert_eq!(replicas(&app), 5);
}

#[test]
fn traffic_and_faults_go_to_the_session() {
    let mut app = app(plain());
    press(&mut app, (80, 24), "Enter Enter 2 Enter run:90 +");
    assert!(text(&draw(&mut app, (80, 24))).contains("375/s"));
    press(&mut app, (80, 24), "l l x");
    let picture = text(&draw(&mut app, (80, 24)));
    assert!(picture.contains("Crash lb"), "{picture}");
}

#[test]
fn home_resumes_the_unfinished_level() {
    let shelf: Vec<_> = catalog::builtin().iter().map(|b| Arc::new(b.level().unwrap())).collect();
    let mut progress = Progress::default();
    progress
        .record("monolith", LevelProgress { finished: true, passed: true, marks: 2, ..Default::default() });
    let mut app = App::new(plain(), shelf, progress);
    app.warn("the progress file was broken; it is kept");
    let picture = text(&draw(&mut app, (80, 24)));
    assert!(picture.contains("1 of 5 nines lit") && picture.contains("▸ 2"), "{picture}");
    assert!(picture.contains("the progress file was broken"), "{picture}");
    assert_eq!(press(&mut app, (80, 24), "q"), Flow::Quit);
}

#[test]
fn control_c_quits_from_everywhere() {
    for (name, keys) in STATES {
        let mut app = app(plain());
        press(&mut app, (80, 24), keys);
        let flow = app.key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
        assert_eq!(flow, Flow::Quit, "{name}");
    }
}

#[test]
fn charts_of_a_fast_run_are_drawn_in_every_third_frame_and_are_right_when_it_stands() {
    let size = SIZES[0];
    let (mut often, mut once) = (running(), running());
    for app in [&mut often, &mut once] {
        press(app, size, "Tab > >");
    }
    let before = often.play().unwrap().charted;
    for _ in 0..10 {
        often.advance(FRAME);
        once.advance(FRAME);
        draw(&mut often, size);
    }
    let pictures = often.play().unwrap().charted - before;
    assert!((3..=4).contains(&pictures), "{pictures} pictures in ten frames of 20x");
    for app in [&mut often, &mut once] {
        app.key(key("Space"));
    }
    assert_eq!(charts(&mut often, size), charts(&mut once, size));
}

/// The charts' rows of a small screen, and what stands beside them.
fn charts(app: &mut App, size: (u16, u16)) -> String {
    let picture = text(&draw(app, size));
    let below: Vec<&str> = picture.lines().skip_while(|row| !row.contains("Signals")).collect();
    below[..below.len() - 2].join("\n")
}

#[test]
fn charts_are_drawn_once_a_sample_and_look_as_if_drawn_each_time() {
    for size in SIZES {
        let keys = "Enter Enter 2 Enter run:90 Tab";
        let (mut often, mut once) = (app(plain()), app(plain()));
        press(&mut often, size, keys);
        press(&mut once, size, keys);
        let of = |app: &App| app.play().unwrap().charted;
        let samples = |app: &App| app.play().unwrap().snapshot.windows.len() as u64;
        let before = (of(&often), samples(&often));
        for _ in 0..120 {
            often.advance(FRAME);
            once.advance(FRAME);
            draw(&mut often, size);
        }
        // Where there is room the nodes have their charts too.
        let panels = if size.0 == 80 { 1 } else { 2 };
        let news = (samples(&often) - before.1) * panels;
        assert!(
            news > 1 && of(&often) - before.0 == news,
            "{news} samples, {} pictures",
            of(&often) - before.0
        );
        assert_eq!(charts(&mut often, size), charts(&mut once, size));
        // Another size is another picture.
        draw(&mut often, (140, 44));
        assert!(of(&often) - before.0 > news);
    }
}
