//! Every screen in every state, size and theme. The test proves that each can be drawn, that ASCII is ASCII and that
//! no colour is none. To look at them:
//!
//! ```text
//! GALLERY=DIR cargo test --test it -- --ignored gallery
//! ```
//!
//! writes each as text and as SVG into DIR.

mod svg;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fivenines::level::{Level, catalog};
use fivenines::session::lesson::Beat;
use fivenines::session::progress::Progress;
use fivenines::tui::Options;
use fivenines::tui::app::App;
use fivenines::tui::theme::{Depth, ThemeKind};
use ratatui::buffer::Buffer;
use ratatui::style::Color;

use crate::app::{draw, key, text};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 35), (200, 60)];
const FRAME: Duration = Duration::from_millis(33);
/// What is done once a scene runs: a name, and keys; `run:N` lets N frames pass.
const STATES: [(&str, &str); 9] = [
    ("healthy", "run:60"),
    ("hot", "> > + + + + + + + + run:90"),
    ("down", "l l x run:30"),
    ("slow", "l l z > > run:60"),
    ("paused", "run:20 Space"),
    ("knobs", "run:20 e Down Right"),
    ("why", "> > + + + + + + + + run:90 w"),
    ("help", "run:5 ?"),
    ("glossary", "run:5 g"),
];

fn press(app: &mut App, size: (u16, u16), keys: &str) {
    for name in keys.split_whitespace() {
        draw(app, size);
        match name.strip_prefix("run:") {
            Some(frames) => (0..frames.parse().unwrap()).for_each(|_| app.advance(FRAME)),
            None => {
                app.key(key(name));
            }
        }
    }
}

/// Goes on until the scene runs.
fn to_the_run(app: &mut App, size: (u16, u16)) {
    for _ in 0..2000 {
        let lesson = &app.play().unwrap().lesson;
        match lesson.beat {
            Beat::Run if lesson.preparing.is_none() => return,
            Beat::Setting | Beat::Run | Beat::Paused | Beat::Explain => press(app, size, "Enter"),
            Beat::Predict => press(app, size, "1 Right Enter"),
        }
        app.advance(FRAME);
    }
}

fn levels() -> Vec<Arc<Level>> {
    catalog::builtin().iter().map(|b| Arc::new(b.level().unwrap())).collect()
}

/// Draws every screen at a size and hands it on with its name.
fn each(options: &Options, size: (u16, u16), levels: &[Arc<Level>], mut look: impl FnMut(String, &Buffer)) {
    let new = || App::new(options.clone(), levels.to_vec(), Progress::default());
    let mut screens: Vec<(String, App)> = Vec::new();
    for (name, keys) in [("home", ""), ("scenes", "Right Down"), ("home-help", "?"), ("home-glossary", "g")] {
        let mut app = new();
        press(&mut app, size, keys);
        screens.push((name.into(), app));
    }
    let mut opening = new();
    opening.greet();
    (0..200).for_each(|_| opening.advance(FRAME));
    screens.push(("opening".into(), opening));
    for level in levels {
        let mut present = new();
        present.present(level).unwrap();
        screens.push((format!("{}-title", level.id), present));
        let mut setting = new();
        setting.open_at(level, 0);
        screens.push((format!("{}-setting", level.id), setting));
        for (name, keys) in STATES {
            let mut app = new();
            app.open_at(level, level.scenes.len() / 2);
            to_the_run(&mut app, size);
            press(&mut app, size, keys);
            screens.push((format!("{}-{name}", level.id), app));
        }
    }
    for (name, mut app) in screens {
        look(name, &draw(&mut app, size));
    }
}

#[test]
fn every_picture_can_be_drawn_in_ascii_and_without_colour() {
    let levels = levels();
    for size in SIZES {
        let plain = Options { theme: ThemeKind::Plain, ascii: true, ..Options::default() };
        each(&plain, size, &levels, |name, buf| {
            let picture = text(buf);
            assert!(picture.is_ascii() && picture.trim().len() > 40, "{name} at {size:?}:\n{picture}");
            let coloured = buf.content.iter().find(|c| c.fg != Color::Reset || c.bg != Color::Reset);
            assert!(coloured.is_none(), "{name} at {size:?}: {coloured:?}");
        });
    }
}

#[test]
fn sixteen_colours_are_never_left() {
    let options = Options { depth: Depth::Sixteen, ..Options::default() };
    each(&options, SIZES[1], &levels(), |name, buf| {
        let few = |c: Color| matches!(c, Color::Reset | Color::Indexed(0..16));
        assert!(buf.content.iter().all(|c| few(c.fg) && few(c.bg)), "{name}");
    });
}

#[test]
#[ignore = "writes files: GALLERY=DIR cargo test --test it -- --ignored gallery"]
fn gallery() {
    let folder = std::env::var("GALLERY").expect("GALLERY names a folder");
    let levels = levels();
    let looks = ThemeKind::ALL.map(|kind| (kind.name(), false, kind, Depth::Indexed));
    let more = [
        ("sixteen", false, ThemeKind::Dark, Depth::Sixteen),
        ("ascii", true, ThemeKind::Dark, Depth::Indexed),
    ];
    for (look, ascii, theme, depth) in looks.into_iter().chain(more) {
        let options = Options { theme, ascii, depth, ..Options::default() };
        for size in SIZES {
            let folder = Path::new(&folder).join(look).join(format!("{}x{}", size.0, size.1));
            fs::create_dir_all(&folder).unwrap();
            each(&options, size, &levels, |name, buf| {
                fs::write(folder.join(format!("{name}.txt")), text(buf)).unwrap();
                fs::write(folder.join(format!("{name}.svg")), svg::svg(buf)).unwrap();
            });
        }
    }
}
