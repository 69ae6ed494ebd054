//! The lesson as flat text: every level told to its end, answers typed, orders refused with a reason.

use std::cell::RefCell;
use std::io::{self, BufReader, Read, Write};
use std::rc::Rc;
use std::sync::Arc;

use assert_cmd::Command;
use fivenines::headless::narrator::{Talk, tell};
use fivenines::level::{Level, catalog, check};
use fivenines::session::progress::LevelProgress;

/// What the narrator has said so far.
#[derive(Clone, Default)]
struct Paper(Rc<RefCell<String>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().push_str(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Somebody who answers the prompt that stands last on the paper.
struct Student<F> {
    paper: Paper,
    answer: F,
}

impl<F: FnMut(&str) -> String> Read for Student<F> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let said = self.paper.0.borrow().clone();
        let line = (self.answer)(said.lines().last().unwrap_or_default()) + "\n";
        buf[..line.len()].copy_from_slice(line.as_bytes());
        Ok(line.len())
    }
}

fn told(level: &Arc<Level>, scene: usize, answer: impl FnMut(&str) -> String) -> (String, LevelProgress) {
    let paper = Paper::default();
    let mut student = BufReader::with_capacity(4096, Student { paper: paper.clone(), answer });
    let reached = tell(level, scene, Talk { echo: true }, &mut student, &mut paper.clone()).unwrap();
    let text = paper.0.borrow().clone();
    (text, reached)
}

/// Picks the first answer and the first option everywhere.
fn first_of_all() -> impl FnMut(&str) -> String {
    let mut taken = 0;
    move |prompt: &str| {
        if prompt.starts_with("Answer (1 to") {
            taken = 0;
            return "1".into();
        }
        if prompt.starts_with("Your guess") {
            return prompt.split_whitespace().nth(3).unwrap_or("1s").into();
        }
        taken += usize::from(prompt.contains("takes an option"));
        if taken == 1 && prompt.contains("takes an option") { "1".into() } else { String::new() }
    }
}

#[test]
fn every_level_is_told_to_its_end() {
    for builtin in catalog::builtin() {
        let level = Arc::new(builtin.level().unwrap());
        let (text, reached) = told(&level, 0, first_of_all());
        assert!(reached.finished, "{}", builtin.id);
        for scene in &level.scenes {
            assert!(text.contains(&scene.title), "{}: {}", builtin.id, scene.id);
        }
        assert!(text.ends_with("The level is finished.\n"), "{}", builtin.id);
        let long = text.lines().find(|l| l.chars().count() > 120);
        assert_eq!(long, None, "{}", builtin.id);
        assert!(!text.contains('\u{1b}') && !text.contains("  -  "), "{}", builtin.id);
    }
}

#[test]
fn orders_are_understood_or_refused_with_a_reason() {
    let level =
        check::check(include_str!("lesson/rooms.toml"), "rooms.toml").map_err(|f| f.render(false)).unwrap();
    let level = Arc::new(level);
    let mut lines = [
        "# a remark",
        "dance",
        "hint",
        "9s",
        "soon",
        "200ms", // the guess
        "again",
        "20ms",
        "", // again, then on
        "look",
        "",
        "", // the side room
        "set web.replicas=5",
        "look",
        "hint",
        "undo",
        "redo",
        "",
        "why",
        "", // the challenge
        "skip",
    ]
    .into_iter();
    let (text, reached) = told(&level, 0, |_| lines.next().unwrap_or("quit").to_owned());
    for said in [
        "A number for mean, from 10ms to 1s.",
        "`dance` is not an order",
        "Not possible: there are no hints here.",
        "Guess between 10ms and 1s.",
        "`soon` is not an order",
        "You guessed 200ms",
        "(a side room; skip leaves it out)",
        "Goal: good share at least 99%",
        "web.replicas = 5",
        "Hint 1 of 2: Wanted:",
        "Taken back: set web.replicas to 5.",
        "Every goal held, at every second.",
        "Mark earned: Every goal held",
        "The same alarm".to_lowercase().as_str(),
        "The level is finished.",
    ] {
        assert!(text.contains(said), "`{said}` was not said:\n{text}");
    }
    assert!(reached.passed && reached.finished);
}

#[test]
fn a_level_is_played_from_a_file_of_answers_and_progress_is_kept() {
    let state = tempfile::tempdir().unwrap();
    let play = |input: &str| {
        let mut command = Command::cargo_bin("fivenines").unwrap();
        command.env("XDG_STATE_HOME", state.path()).env("HOME", state.path());
        let out = command
            .args(["play", "load-balancer", "--plain"])
            .write_stdin(input.to_owned())
            .assert()
            .success();
        String::from_utf8(out.get_output().stdout.clone()).unwrap()
    };
    let text = play("2\n\n");
    assert!(text.starts_with("Level 3: The load balancer."), "{text}");
    assert!(text.contains("Scene 2 of") && text.ends_with("Left. Progress is kept.\n"), "{text}");
    assert!(play("quit\n").contains("Scene 2 of"), "it goes on where it was left");
}

#[test]
fn a_file_without_scenes_is_told_a_length_at_a_time_and_ends_when_nobody_answers() {
    let source = "format = 1\nduration = \"50s\"\n[node.users.client]\nrate = \"20/s\"\n[node.web.service]\n[[link]]\nfrom = \"users\"\nto = \"web\"\n";
    let level = Arc::new(check::check(source, "bare.toml").map_err(|f| f.render(false)).unwrap());
    let mut lines = ["", "set web.replicas=3", "", "quit"].into_iter();
    let (text, _) = told(&level, 0, |_| lines.next().expect("it asks no more often").to_owned());
    assert!(text.contains("Parts: users (users), web (service)."), "{text}");
    assert!(text.contains("50s: ") && text.contains("100s: ") && !text.contains("110s: "), "{text}");
    assert!(text.contains("Set web.replicas to 3.") && text.contains("Left. Progress is kept."), "{text}");
    let paper = Paper::default();
    let reached = tell(&level, 0, Talk { echo: true }, &mut io::empty(), &mut paper.clone()).unwrap();
    assert!(!reached.finished && paper.0.borrow().ends_with("Left. Progress is kept.\n"));
}
