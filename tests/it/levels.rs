//! The five levels as a student meets them: walked to their end by keys, and never canned.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::KeyCode;
use fivenines::insight::bottleneck;
use fivenines::level::glossary::glossary;
use fivenines::level::{Level, catalog};
use fivenines::session::lesson::{Beat, LessonView};
use fivenines::session::progress::Progress;
use fivenines::session::{Command, Session};
use fivenines::sim::change::Change;
use fivenines::sim::snapshot::Snapshot;
use fivenines::sim::time::Time;
use fivenines::sim::topology::Topology;
use fivenines::sim::value::Value;
use fivenines::tui::Options;
use fivenines::tui::app::App;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

#[test]
fn every_word_of_the_glossary_is_shown_by_a_scene() {
    assert_eq!(glossary().unshown(&shelf()), Vec::<&str>::new());
}

fn shelf() -> Vec<Arc<Level>> {
    catalog::builtin().iter().map(|b| Arc::new(catalog::load(b.id).unwrap())).collect()
}

fn press(app: &mut App, keys: &str) {
    for c in keys.chars() {
        let code = if c == '\n' { KeyCode::Enter } else { KeyCode::Char(c) };
        let _ = app.key(code.into());
    }
}

#[test]
fn every_level_is_walked_to_its_end_by_keys() {
    let mut app = App::new(Options::default(), shelf(), Progress::default());
    let mut buf = Buffer::empty(Rect::new(0, 0, 80, 24));
    for (number, level) in (1..).zip(shelf()) {
        press(&mut app, &format!("{number}"));
        if app.play().is_none() {
            press(&mut app, "\n");
        }
        let mut scenes = Vec::new();
        // A scene takes a handful of keys and, at full speed, a few hundred frames.
        for _ in 0..40_000 {
            let Some(play) = app.play() else { break };
            if scenes.last() != Some(&play.lesson.scene) {
                scenes.push(play.lesson.scene);
            }
            match play.lesson.beat {
                Beat::Predict => press(&mut app, "1+\n"),
                Beat::Run => {
                    press(&mut app, ">");
                    app.advance(Duration::from_millis(33));
                }
                Beat::Setting | Beat::Paused | Beat::Explain => press(&mut app, "\n"),
            }
            app.draw(&mut buf);
        }
        assert!(app.play().is_none(), "{} was left", level.id);
        assert_eq!(scenes, (0..level.scenes.len()).collect::<Vec<_>>(), "{}", level.id);
        let progress = app.unsaved().expect("there is progress to save");
        assert!(progress.levels[&level.id].finished, "{} is finished", level.id);
    }
}

#[test]
fn a_lost_challenge_can_be_tried_again_and_a_decided_one_is_kept() {
    let level = Arc::new(catalog::load("load-balancer").unwrap());
    let mut app = App::new(Options::default(), vec![Arc::clone(&level)], Progress::default());
    press(&mut app, "\n");
    let run = |app: &mut App| {
        let before = app.play().unwrap().lesson.scene;
        for _ in 0..5_000 {
            match app.play().map(|p| p.lesson.beat) {
                Some(Beat::Explain) => break,
                Some(Beat::Run) => {
                    press(app, ">");
                    app.advance(Duration::from_millis(33));
                }
                Some(Beat::Predict) => press(app, "1\n"),
                _ => press(app, "\n"),
            }
        }
        assert_eq!(app.play().map(|p| (p.lesson.beat, p.lesson.scene)), Some((Beat::Explain, before)));
    };
    for _ in 1..level.scenes.len() {
        run(&mut app);
        press(&mut app, "\n");
    }
    run(&mut app);
    press(&mut app, "r");
    run(&mut app);
    // Left by `q` on the last page: what was reached is kept.
    press(&mut app, "q");
    assert!(app.play().is_none());
    assert!(app.unsaved().unwrap().levels[&level.id].finished);
}

/// The last page of a scene, and the system as it was then.
fn explained(level: &Arc<Level>, scene: usize) -> (LessonView, Snapshot) {
    let mut session = Session::open(Arc::clone(level), scene).unwrap();
    for _ in 0..10_000 {
        match session.lesson().beat {
            Beat::Explain => break,
            Beat::Predict => {
                let _ = session.apply(Command::Pick(0)).or_else(|_| session.apply(Command::Guess(1.0)));
                session.apply(Command::Next).unwrap();
            }
            Beat::Setting | Beat::Paused => drop(session.apply(Command::Next).unwrap()),
            Beat::Run => drop(session.advance(session.now() + Time::from_secs(20), 1_000_000)),
        }
    }
    (session.lesson(), session.snapshot())
}

/// The same level with twice the traffic.
fn doubled(level: &Level) -> Level {
    let twice = |value: &mut Value| {
        if let Value::Rate(rate) = value {
            *rate *= 2.0;
        }
    };
    let louder = |topology: &mut Topology| {
        for node in topology.nodes.values_mut() {
            if let Some(mut rate) = node.knobs.get("rate").cloned() {
                twice(&mut rate);
                node.knobs.set("rate", rate);
            }
        }
    };
    let mut level = level.clone();
    louder(&mut level.topology);
    level.topologies.values_mut().for_each(louder);
    for change in level.scenes.iter_mut().flat_map(|s| &mut s.changes) {
        if let Change::Set { knob: "rate", value: Some(value), .. } = &mut change.change {
            twice(value);
        }
    }
    level
}

#[test]
fn nothing_is_canned_twice_the_traffic_tells_another_story() {
    for level in shelf() {
        let louder = Arc::new(doubled(&level));
        let (mut texts, mut right, mut full) = (0, 0, 0);
        for scene in 0..level.scenes.len() {
            let ((calm, calm_end), (loud, loud_end)) = (explained(&level, scene), explained(&louder, scene));
            assert_eq!((calm.beat, loud.beat), (Beat::Explain, Beat::Explain), "{} {}", level.id, calm.title);
            let rights = [&calm, &loud].map(|page| page.question.as_ref().and_then(|q| q.right));
            let places = [&calm_end, &loud_end].map(|s| bottleneck::find(s).map(|b| b.why));
            texts += usize::from(calm.text != loud.text);
            right += usize::from(rights[0] != rights[1]);
            full += usize::from(places[0] != places[1]);
            println!("{} {}: right {rights:?}\n  {}\n  {}", level.id, calm.title, calm.text, loud.text);
        }
        let scenes = level.scenes.len();
        assert!(
            3 * texts >= 2 * scenes,
            "{}: the texts of {texts} of {scenes} scenes speak of the run",
            level.id
        );
        assert!(right >= 1, "{}: {right} predictions turn out differently", level.id);
        assert!(full >= 2, "{}: {full} bottlenecks differ", level.id);
    }
}

#[test]
fn a_saturated_database_is_named() {
    let level = catalog::load("database").unwrap();
    let mut level = doubled(&doubled(&level));
    level.seed = 3;
    let (_, picture) = explained(&Arc::new(level), 0);
    let found = bottleneck::find(&picture).expect("something is full");
    assert_eq!(&*picture.nodes[found.node.index()].name, "db", "{}", found.why);
}
