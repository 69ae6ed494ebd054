//! The glossary on screen: how it is opened, searched, read and left.

use std::sync::Arc;

use fivenines::level::catalog;
use fivenines::level::glossary::glossary;
use fivenines::session::progress::Progress;
use fivenines::tui::app::App;
use fivenines::tui::keymap::Place;
use fivenines::tui::msg::{Flow, Msg};

use super::{SIZES, app, draw, plain, press, text};

/// Keys from Home to a run.
const TO_A_RUN: &str = "Enter Enter 2 Enter run:30";

#[track_caller]
fn shows(app: &mut App, size: (u16, u16), wanted: &[&str]) {
    let picture = text(&draw(app, size));
    for words in wanted {
        assert!(picture.contains(words), "`{words}` is missing at {size:?} in\n{picture}");
    }
}

#[test]
fn it_opens_at_the_first_word_of_the_scene_and_the_clock_stands() {
    for size in SIZES {
        let mut app = app(plain());
        press(&mut app, size, TO_A_RUN);
        assert!(app.runs());
        press(&mut app, size, "g");
        assert!(!app.runs(), "the clock stands");
        assert_eq!(app.facts().place, Place::Glossary);
        shows(&mut app, size, &["In this scene", "▸ health check", "also called active health check"]);
        shows(&mut app, size, &["Shown in  The load balancer, scene 1 The black hole", "Source    Yanacek"]);
        let before = draw(&mut app, size);
        press(&mut app, size, "run:30");
        assert_eq!(draw(&mut app, size), before);
        press(&mut app, size, "g");
        assert!(app.runs(), "the run goes on");
    }
}

#[test]
fn it_opens_everywhere_and_every_key_of_leaving_leaves_it() {
    for keys in ["", "Enter", "Enter Enter", TO_A_RUN, "Enter Enter 2 Enter run:30 Space", "?"] {
        for leave in ["g", "q", "Esc"] {
            let mut app = app(plain());
            press(&mut app, (80, 24), keys);
            let before = app.facts().place;
            press(&mut app, (80, 24), "g");
            assert_eq!(app.facts().place, Place::Glossary, "after `{keys}`");
            assert_eq!(press(&mut app, (80, 24), leave), Flow::Continue);
            let after = if before == Place::Help { Place::Home } else { before };
            assert_eq!(app.facts().place, after, "`{leave}` after `{keys}`");
        }
    }
}

#[test]
fn the_knobs_are_still_open_when_it_is_closed() {
    let mut app = app(plain());
    press(&mut app, (80, 24), &format!("{TO_A_RUN} e g Esc"));
    assert_eq!(app.facts().place, Place::Knobs);
}

#[test]
fn typing_searches_names_and_other_words() {
    let mut app = app(plain());
    press(&mut app, (80, 24), "g / j i t");
    shows(
        &mut app,
        (80, 24),
        &["Glossary  /jit_", "1 of 80 words", "▸ backoff   jitter", "Source    Brooker"],
    );
    // Letters that are keys elsewhere are letters here.
    press(&mut app, (80, 24), "Bksp Bksp Bksp q");
    shows(&mut app, (80, 24), &["/q_", "▸ queue", "quorum"]);
    press(&mut app, (80, 24), "Enter j");
    shows(&mut app, (80, 24), &["/q ", "▸ quorum", "clear"]);
    press(&mut app, (80, 24), "Esc");
    shows(&mut app, (80, 24), &[" Glossary   ", "queue", "▸ quorum", "random", "close"]);
    press(&mut app, (80, 24), "Esc");
    assert_eq!(app.facts().place, Place::Home);
}

#[test]
fn a_word_that_is_not_there_leads_to_the_nearest() {
    let mut app = app(plain());
    press(&mut app, (80, 24), "g / l a t a n c y");
    shows(&mut app, (80, 24), &["Not found. The nearest word:", "▸ latency"]);
    press(&mut app, (80, 24), "x x x x x x x x x x x x x x x x x x x x x x");
    shows(&mut app, (80, 24), &["Not found."]);
    press(&mut app, (80, 24), "Down Up Enter Down PgDn Space");
    assert_eq!(app.facts().place, Place::Glossary);
}

#[test]
fn help_lies_on_top_and_gives_it_back() {
    let mut app = app(plain());
    press(&mut app, (80, 24), "g Down Down ?");
    assert_eq!(app.facts().place, Place::Help);
    press(&mut app, (80, 24), "Esc");
    let third = &glossary().entries()[2].name;
    shows(&mut app, (80, 24), &[&format!("▸ {third}")]);
}

/// Reads each entry to its end by the keys that the footer shows, and finds all of its words.
#[test]
fn every_entry_can_be_read_at_every_size() {
    let levels: Vec<_> = catalog::builtin().iter().map(|b| Arc::new(b.level().unwrap())).collect();
    for size in [(40, 12), (60, 16), (80, 24), (120, 35), (200, 60)] {
        let mut app = App::new(plain(), levels.clone(), Progress::default());
        press(&mut app, size, "g");
        for entry in glossary().entries() {
            let mut seen = String::new();
            for _ in 0..12 {
                let picture = text(&draw(&mut app, size));
                // Only the side or the part below the list.
                for line in picture.lines().skip_while(|l| size.0 < 100 && !l.starts_with('─')) {
                    seen += line.rsplit_once('│').map_or(line, |(_, entry)| entry);
                    seen.push(' ');
                }
                press(&mut app, size, "Space");
            }
            for word in entry.means.split_whitespace().chain(entry.name.split_whitespace()) {
                assert!(seen.contains(word), "{}: `{word}` at {size:?}", entry.name);
            }
            press(&mut app, size, "j");
        }
    }
}

#[test]
fn the_mouse_chooses_too() {
    let mut app = app(plain());
    press(&mut app, (80, 24), "g");
    let names: Vec<_> = glossary().entries().iter().map(|e| &e.name).collect();
    app.update(Msg::Click(3, 4));
    shows(&mut app, (80, 24), &[&format!("▸ {}", names[2])]);
    app.update(Msg::Click(3, 1));
    app.update(Msg::Click(3, 20));
    shows(&mut app, (80, 24), &[&format!("▸ {}", names[2])]);
    app.update(Msg::Scroll(-1));
    shows(&mut app, (80, 24), &[&format!("▸ {}", names[1])]);
}

#[test]
fn pages_turn_and_end_at_the_ends() {
    let mut app = app(plain());
    let (first, last) = (&glossary().entries()[0].name, &glossary().entries()[79].name);
    press(&mut app, (80, 24), &format!("g {}", "PgDn ".repeat(20)));
    shows(&mut app, (80, 24), &[&format!("▸ {last}")]);
    press(&mut app, (80, 24), &"PgUp ".repeat(20));
    shows(&mut app, (80, 24), &["All words", &format!("▸ {first}")]);
}
