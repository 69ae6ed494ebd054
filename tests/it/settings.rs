//! The file of settings: what it says counts after the environment and the command line, its faults end the program,
//! and the keys it names are those that work and stand on screen.

use std::fs;
use std::sync::Arc;

use assert_cmd::Command;
use crossterm::event::KeyCode;
use fivenines::level::catalog;
use fivenines::session::progress::Progress;
use fivenines::tui::Options;
use fivenines::tui::app::App;
use fivenines::tui::config::Config;
use tempfile::TempDir;

use crate::app::{draw, key, plain, text};

/// A home with this file of settings.
fn home(settings: &str) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("fivenines")).unwrap();
    fs::write(home.path().join("fivenines/config.toml"), settings).unwrap();
    home
}

fn program(home: &TempDir, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::cargo_bin("fivenines").unwrap();
    command.args(arguments).env_clear().env("XDG_CONFIG_HOME", home.path()).env("HOME", home.path());
    command.env("TERM", "xterm-256color").env("LANG", "C.UTF-8").envs(variables.iter().copied());
    command
}

#[track_caller]
fn printed(settings: &str, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let arguments = [&["config"], arguments].concat();
    let output = program(&home(settings), &arguments, variables).assert().success().get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_command_line_beats_the_environment_beats_the_file() {
    let file = "theme = \"light\"\nfps = 12\nmotion = false\n[keys]\npause = \"y\"\n";
    let shown = printed(file, &[], &[]);
    for line in
        ["theme = \"light\"", "fps = 12", "motion = false", "color = true", "ascii = false", "pause = \"y\""]
    {
        assert!(shown.lines().any(|l| l.starts_with(line)), "{line} is missing in\n{shown}");
    }
    let shown = printed(file, &[], &[("NO_COLOR", "1"), ("LANG", "C")]);
    assert!(shown.contains("color = false") && shown.contains("ascii = true"), "{shown}");
    let arguments = ["--theme", "colour-blind", "--fps", "60"];
    let shown = printed(file, &arguments, &[("NO_COLOR", "1")]);
    for line in ["theme = \"colour-blind\"", "fps = 60", "color = true"] {
        assert!(shown.contains(line), "{line} is missing in\n{shown}");
    }
    let shown = printed("", &["--theme", "auto"], &[("COLORFGBG", "0;15")]);
    assert!(shown.contains("theme = \"auto\"") && shown.contains("now light"), "{shown}");
}

#[test]
fn a_fault_ends_the_program_with_place_and_remedy() {
    let home = home("fps = 30\n[keys]\npawse = \"y\"\n");
    for arguments in [&["config"][..], &["present", "1"]] {
        let output = program(&home, arguments, &[]).assert().code(2).get_output().clone();
        let told = String::from_utf8(output.stderr).unwrap();
        // Presenting asks for a terminal only once the settings are sound.
        for part in ["config.toml:3:1", "pawse", "did you mean `pause`?", "1 fault"] {
            assert!(told.contains(part), "{part} is missing in\n{told}");
        }
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn without_a_file_all_is_as_it_was() {
    let nobody = tempfile::tempdir().unwrap();
    let output = program(&nobody, &["config"], &[]).assert().success().get_output().clone();
    assert!(String::from_utf8(output.stdout).unwrap().contains("theme = \"auto\""));
}

#[test]
fn the_users_keys_work_and_stand_in_footer_and_help() {
    let mut options = plain();
    let settings = "[keys]\npause = \"y\"\nslower = \",\"\nglossary = \"F3\"\n";
    Config::parse("config.toml", settings).unwrap().apply(&mut options);
    let shelf = vec![Arc::new(catalog::load("1").unwrap())];
    let mut app = App::new(Options { follows: false, ..options }, shelf, Progress::default());
    let size = (120, 35);
    for name in ["Enter", "Enter", "1", "Enter"] {
        draw(&mut app, size);
        app.key(key(name));
    }
    let picture = text(&draw(&mut app, size));
    assert!(picture.contains("y pause") && picture.contains(", > speed"), "{picture}");
    app.key(key("Space"));
    assert!(app.runs(), "the command's own key is free");
    app.key(key("y"));
    assert!(!app.runs());
    app.key(key("?"));
    let picture = text(&draw(&mut app, size));
    assert!(
        picture.contains("y       pause, go on") && picture.contains("F3      what the words mean"),
        "{picture}"
    );
    app.key(key("Esc"));
    app.key(KeyCode::F(3).into());
    assert!(text(&draw(&mut app, size)).contains("Glossary"));
}
