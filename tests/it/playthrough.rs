//! Every level played in the real app, by keys alone: once to full marks, once wrong at every turn.

mod pages;
mod reach;
mod scripts;
mod texts;

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};
use fivenines::level::scene::{Answer, Scene};
use fivenines::level::{Level, catalog};
use fivenines::session::lesson::{Beat, LessonView};
use fivenines::session::progress::Progress;
use fivenines::tui::Options;
use fivenines::tui::app::App;
use fivenines::tui::keymap::{self, Place};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use regex::Regex;
use scripts::Row;

/// One frame at 30 a second.
const FRAME: Duration = Duration::from_millis(33);
/// Frames that one way to a scene, or one run at full speed, may take.
const MOST_FRAMES: usize = 5_000;

fn shelf() -> Vec<Arc<Level>> {
    catalog::builtin().iter().map(|b| Arc::new(b.level().unwrap())).collect()
}

/// Somebody with a keyboard and a screen.
struct Player {
    app: App,
    screen: Buffer,
}

impl Player {
    fn at_home((width, height): (u16, u16)) -> Self {
        let app = App::new(Options::default(), shelf(), Progress::default());
        let mut player = Self { app, screen: Buffer::empty(Rect::new(0, 0, width, height)) };
        player.draw();
        player
    }
    fn draw(&mut self) {
        self.screen.reset();
        self.app.draw(&mut self.screen);
    }
    fn text(&self) -> String {
        crate::app::text(&self.screen)
    }
    fn page(&self) -> &LessonView {
        &self.app.play().expect("a level is open").lesson
    }
    fn scene(&self) -> Scene {
        self.app.play().expect("a level is open").session.scene().clone()
    }
    fn frame(&mut self) {
        self.app.advance(FRAME);
        self.app.tune(Duration::ZERO);
        self.draw();
    }
    /// Waits as the student does: until the scene has been set up.
    fn wait(&mut self) {
        for _ in 0..MOST_FRAMES {
            if self.app.play().is_none_or(|p| p.lesson.preparing.is_none()) {
                return;
            }
            self.frame();
        }
        panic!("the scene is never ready:\n{}", self.text());
    }
    fn key(&mut self, code: KeyCode) {
        self.wait();
        let key = KeyEvent::from(code);
        assert!(keymap::find(key, &self.app.facts()).is_some(), "{code:?} does nothing:\n{}", self.text());
        let _ = self.app.key(key);
        self.draw();
    }
    /// Full speed until the run stops by itself.
    fn run(&mut self) {
        while self.app.facts().speeds[1] && self.page().beat == Beat::Run {
            self.key(KeyCode::Char('>'));
        }
        for _ in 0..MOST_FRAMES {
            if self.page().beat != Beat::Run {
                return;
            }
            self.frame();
        }
        panic!("the run has no end:\n{}", self.text());
    }
    /// Presses keys, separated by blanks; `Right*3` is three presses, `run` lets the run go until it stops by itself.
    fn press(&mut self, keys: &str) {
        for token in keys.split_whitespace() {
            let (name, times) = token.split_once('*').unwrap_or((token, "1"));
            for _ in 0..times.parse().expect("a number of presses") {
                match name {
                    "run" => self.run(),
                    "Enter" => self.key(KeyCode::Enter),
                    "Esc" => self.key(KeyCode::Esc),
                    "Left" => self.key(KeyCode::Left),
                    "Right" => self.key(KeyCode::Right),
                    "Up" => self.key(KeyCode::Up),
                    "Down" => self.key(KeyCode::Down),
                    letter => self.key(KeyCode::Char(letter.chars().next().expect("a key"))),
                }
            }
        }
    }
    /// Every word of the page stands on the screen, if not at once, then after scrolling down.
    fn reads_to_the_end(&mut self) {
        let mut seen = self.text();
        loop {
            if keymap::find(KeyCode::Down.into(), &self.app.facts()).is_none() {
                break;
            }
            self.key(KeyCode::Down);
            let now = self.text();
            if seen.ends_with(&now) {
                break;
            }
            seen.push_str(&now);
        }
        for word in self.page().text.split_whitespace() {
            assert!(seen.contains(word), "`{word}` cannot be read, whatever one scrolls:\n{}", self.text());
        }
    }
}

/// Opens a level from Home by its number, and plays each scene by the keys of its row; `check` looks at the last page
/// of each scene. Then Enter goes on. Returns when the app is at Home again.
fn play(number: u8, keys: fn(&Row) -> &'static str, check: impl Fn(&mut Player, &Scene)) -> Player {
    let level = &shelf()[usize::from(number) - 1];
    let rows = scripts::of(number);
    let named: Vec<&str> = rows.iter().map(|r| r.scene).collect();
    assert_eq!(named, level.scenes.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), "a row for each scene");
    let mut player = Player::at_home((80, 24));
    player.press(&number.to_string());
    for (index, row) in rows.iter().enumerate() {
        player.wait();
        assert_eq!(player.page().scene, index, "{} is open", row.scene);
        player.press(keys(row));
        let (place, beat) = (player.app.facts().place, player.page().beat);
        let screen = player.text();
        assert_eq!(
            (place, beat),
            (Place::Play, Beat::Explain),
            "{} after `{}`:\n{screen}",
            row.scene,
            keys(row)
        );
        let scene = player.scene();
        check(&mut player, &scene);
        player.reads_to_the_end();
        player.press("Enter");
    }
    assert!(player.app.play().is_none(), "Home again:\n{}", player.text());
    player
}

/// Whether a text of the level file stands in a page, its placeholders filled in with something measured.
fn told(page: &str, template: &str) -> bool {
    let holes = Regex::new(r"\\\{(say:)?(.*?)\\\}").unwrap();
    let escaped = regex::escape(template);
    let pattern =
        holes.replace_all(
            &escaped,
            |c: &regex::Captures| {
                if c.get(1).is_some() { c[2].to_owned() } else { "[^{}]+?".into() }
            },
        );
    Regex::new(&pattern).unwrap().is_match(page)
}

#[track_caller]
fn assert_told(player: &Player, template: &str) {
    let page = &player.page().text;
    assert!(told(page, template), "{}: `{template}` is not told:\n{page}", player.page().title);
}

/// No placeholder is left, and nothing stands there as never measured.
#[track_caller]
fn assert_filled(player: &Player) {
    let page = player.page();
    assert!(!page.text.contains(['{', '}']), "{}: a raw placeholder:\n{}", page.title, page.text);
    let unmeasured = |w: &str| w.trim_matches([',', '.', ';', ':', '(', ')']) == "-";
    assert!(!page.text.split_whitespace().any(unmeasured), "{}: unmeasured:\n{}", page.title, page.text);
}

/// The options that were taken, as the page's record of deeds names them.
fn taken<'a>(
    player: &Player,
    scene: &'a Scene,
) -> impl Iterator<Item = &'a fivenines::level::scene::SceneOption> {
    let page = player.page().text.clone();
    scene.options.iter().filter(move |o| page.contains(&format!("{}. ", o.label)))
}

fn wins(player: &mut Player, scene: &Scene) {
    let page = player.page().clone();
    assert_filled(player);
    if let Some(q) = &page.question {
        match &q.number {
            Some(number) => {
                assert!(number.measured.as_ref().is_some_and(|m| m.1), "{}: {number:?}", scene.id);
            }
            None => assert!(q.right.is_some() && q.picked == q.right, "{}: {}", scene.id, page.text),
        }
        assert!(page.text.contains("You were right") || page.text.contains("right."), "{}", page.text);
    }
    if !scene.options.is_empty() && !scene.is_challenge() {
        assert!(taken(player, scene).count() > 0, "{}: an option was taken:\n{}", scene.id, page.text);
    }
    for option in taken(player, scene) {
        assert_told(player, &option.tells);
    }
    assert_eq!(page.marks.len(), if scene.is_challenge() { 3 } else { 0 }, "{}", scene.id);
    assert!(page.marks.iter().all(|(_, earned)| *earned), "{}: {:?}\n{}", scene.id, page.marks, page.text);
    assert_told(player, &scene.debrief);
}

fn loses(player: &mut Player, scene: &Scene) {
    let page = player.page().clone();
    assert!(!page.text.contains(['{', '}']), "{}: a raw placeholder:\n{}", scene.id, page.text);
    if let (Some(q), Some(predict)) = (&page.question, &scene.predict) {
        assert!(page.text.contains("this run shows"), "{}:\n{}", scene.id, page.text);
        match &predict.answer {
            Answer::Choices(choices) => {
                let (picked, right) = (q.picked.unwrap(), q.right.expect("the run decides"));
                assert_ne!(picked, right, "{}: this answer is right:\n{}", scene.id, page.text);
                assert_told(player, &choices[right].because);
                assert_told(player, &choices[picked].because);
            }
            Answer::Number { because, .. } => {
                let measured = q.number.as_ref().and_then(|n| n.measured.as_ref());
                assert!(measured.is_some_and(|m| !m.1), "{}: this guess is near:\n{}", scene.id, page.text);
                assert_told(player, because);
            }
        }
    }
    if !scene.options.is_empty() && !scene.is_challenge() {
        assert!(taken(player, scene).count() > 0, "{}: an option was taken:\n{}", scene.id, page.text);
    }
    for option in taken(player, scene) {
        assert_told(player, &option.tells);
        if let Some(wrong) = scene.wrong.iter().find(|w| w.changes == option.changes) {
            assert_told(player, &wrong.tells);
        }
    }
    if scene.is_challenge() {
        assert!(page.marks.iter().all(|(_, earned)| !earned), "{}: {:?}", scene.id, page.marks);
        assert!(page.text.contains("Missed:"), "{}:\n{}", scene.id, page.text);
        let reasons = ["What this run shows:", "The bottleneck at the end:"];
        assert!(reasons.iter().any(|r| page.text.contains(r)), "{}: no reason:\n{}", scene.id, page.text);
    }
}

fn full_marks(number: u8) {
    let mut player = play(number, |row| row.right, wins);
    let id = shelf()[usize::from(number) - 1].id.clone();
    assert!(player.text().contains("Its nine is lit"), "{}", player.text());
    let reached = player.app.unsaved().expect("there is progress to save").levels[&id];
    assert!(reached.finished && reached.passed, "{reached:?}");
    assert_eq!(reached.marks, 3);
}

fn all_wrong(number: u8) {
    let mut player = play(number, |row| row.wrong, loses);
    let level = &shelf()[usize::from(number) - 1];
    assert!(player.text().contains("Win its challenge to light this nine"), "{}", player.text());
    let reached = player.app.unsaved().expect("there is progress to save").levels[&level.id];
    assert!(reached.finished && !reached.passed, "{reached:?}");
    assert_eq!((reached.marks, reached.done.count()), (0, level.scenes.len()));
}

#[test]
fn full_marks_in_level_1() {
    full_marks(1);
}
#[test]
fn full_marks_in_level_2() {
    full_marks(2);
}
#[test]
fn full_marks_in_level_3() {
    full_marks(3);
}
#[test]
fn full_marks_in_level_4() {
    full_marks(4);
}
#[test]
fn full_marks_in_level_5() {
    full_marks(5);
}
#[test]
fn all_wrong_in_level_1() {
    all_wrong(1);
}
#[test]
fn all_wrong_in_level_2() {
    all_wrong(2);
}
#[test]
fn all_wrong_in_level_3() {
    all_wrong(3);
}
#[test]
fn all_wrong_in_level_4() {
    all_wrong(4);
}
#[test]
fn all_wrong_in_level_5() {
    all_wrong(5);
}

#[test]
fn a_told_text_is_found_and_a_raw_one_is_not() {
    assert!(told("p95 is 90ms of 2 s.", "p95 is {p95} of {say:2 s}."));
    assert!(!told("p95 is {p95} of 2 s.", "p95 is {p95} of {say:2 s}."));
    assert!(!told("p95 was 90ms.", "p95 is {p95}."));
}
