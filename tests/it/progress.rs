//! Progress from the outside: the commands, several instances at once, disks that do not obey.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use fivenines::session::progress::{LevelProgress, Progress, SceneSet};
use tempfile::TempDir;

const REACHED: &str = "format = 1\n[levels.monolith]\ndone = [0, 1, 2, 3, 4, 5, 6]\nat = 6\npassed = true\nmarks = 2\n\
    [levels.scaling]\ndone = [0]\nat = 1\n[levels.\"my \\u001b level\"]\ndone = [0, 2, 5]\n";

/// Somebody's state directory.
struct Home(TempDir);

impl Home {
    fn new(progress: Option<&str>) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(home.file("")).unwrap();
        if let Some(text) = progress {
            fs::write(home.file("progress.toml"), text).unwrap();
        }
        home
    }
    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join("fivenines").join(name)
    }
    fn progress(&self, args: &[&str]) -> Output {
        let mut command = Command::cargo_bin("fivenines").unwrap();
        command.arg("progress").args(args).current_dir(self.0.path()).env("XDG_STATE_HOME", self.0.path());
        command.output().unwrap()
    }
}

#[track_caller]
fn said(output: &Output, code: i32, on_stderr: &str) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(on_stderr), "{stderr}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_reset_keeps_the_old_file_and_says_where() {
    let home = Home::new(Some(REACHED));
    assert_eq!(said(&home.progress(&["--reset", "--yes"]), 0, "progress.toml.old"), "");
    assert_eq!(fs::read_to_string(home.file("progress.toml.old")).unwrap(), REACHED);
    assert!(said(&home.progress(&[]), 0, "").contains("0 of 5 nines lit"));
    said(&home.progress(&["--reset"]), 0, "no progress to reset");
    fs::write(home.file("progress.toml"), "another").unwrap();
    said(&home.progress(&["--reset", "--yes"]), 0, "progress.toml.old-1");
    assert_eq!(fs::read_to_string(home.file("progress.toml.old")).unwrap(), REACHED);
}

#[test]
fn without_a_terminal_nothing_is_reset_unasked() {
    let home = Home::new(Some(REACHED));
    said(&home.progress(&["--reset"]), 2, "add --yes");
    said(&home.progress(&["--yes"]), 2, "--reset");
    said(&home.progress(&["--reset", "--export"]), 2, "cannot be used with");
    assert_eq!(fs::read_to_string(home.file("progress.toml")).unwrap(), REACHED);
}

#[cfg(unix)]
#[test]
fn at_a_terminal_it_asks_and_only_a_yes_resets() {
    for (answer, is_reset) in [("n\n", false), ("\n", false), ("y\n", true), ("YES\n", true)] {
        let home = Home::new(Some(REACHED));
        let text = at_a_terminal(&home, answer);
        assert!(text.contains("Reset your progress? [y/N]"), "{text}");
        assert_eq!(home.file("progress.toml.old").exists(), is_reset, "{answer:?}: {text}");
        assert_eq!(home.file("progress.toml").exists(), !is_reset);
        assert!(text.contains(if is_reset { "you begin anew" } else { "is as it was" }), "{text}");
    }
}

/// `progress --reset` with a person in front of it.
#[cfg(unix)]
fn at_a_terminal(home: &Home, answer: &str) -> String {
    use std::io::{Read, Write};
    let pair = portable_pty::native_pty_system().openpty(portable_pty::PtySize::default()).unwrap();
    let mut command = portable_pty::CommandBuilder::new(env!("CARGO_BIN_EXE_fivenines"));
    command.args(["progress", "--reset"]);
    command.env("XDG_STATE_HOME", home.0.path());
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let (mut writer, mut reader) =
        (pair.master.take_writer().unwrap(), pair.master.try_clone_reader().unwrap());
    let mut bytes = Vec::new();
    // An answer before the question would stand in the middle of it.
    let mut part = [0; 256];
    while !String::from_utf8_lossy(&bytes).contains("[y/N]") {
        let read = reader.read(&mut part).unwrap();
        assert_ne!(read, 0, "{}", String::from_utf8_lossy(&bytes));
        bytes.extend(&part[..read]);
    }
    writer.write_all(answer.as_bytes()).unwrap();
    // The end of a terminal whose program is gone may be an error.
    let _ = reader.read_to_end(&mut bytes);
    assert!(child.wait().unwrap().success());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn an_account_is_for_people_and_names_every_scene() {
    let home = Home::new(Some(REACHED));
    let text = said(&home.progress(&["--export"]), 0, "");
    assert!(text.contains("1 of 5 nines lit") && text.contains("1. The monolith (monolith): 7 of"), "{text}");
    assert!(text.contains("passed, 2 of 3 marks") && text.contains("[x] One request"), "{text}");
    assert!(
        text.contains("[ ] ") && text.contains(", the challenge") && text.contains("goes on at: "),
        "{text}"
    );
    assert!(
        text.contains("Other levels\n   my") && !text.contains('\u{1b}'),
        "no control characters: {text}"
    );
    said(&home.progress(&["--export", "mine.txt"]), 0, "wrote mine.txt");
    let file = home.0.path().join("mine.txt");
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    said(&home.progress(&["--export", "mine.txt"]), 2, "choose another name");
    said(&home.progress(&["--export", "no/such/folder.txt"]), 2, "cannot write");
}

#[test]
fn instances_that_save_at_the_same_time_lose_nothing() {
    const INSTANCES: usize = 4;
    const LEVELS: usize = 12;
    let home = Home::new(None);
    let path = &home.file("progress.toml");
    let play = |instance: usize| {
        let mut progress = Progress::load_from(path).0;
        for level in 0..LEVELS {
            let reached = LevelProgress { done: SceneSet::first(level), ..LevelProgress::default() };
            progress.record(&format!("{instance}-{level}"), reached);
            // One level that all play: each is best at something else.
            let marks = u8::from(instance == 0) * 3;
            progress.record("shared", LevelProgress { marks, passed: instance == 1, ..reached });
            progress.save_to(path).unwrap();
        }
    };
    std::thread::scope(|scope| {
        for instance in 0..INSTANCES {
            scope.spawn(move || play(instance));
        }
    });
    let (all, warning) = Progress::load_from(path);
    assert_eq!(warning, None);
    assert_eq!(all.levels.len(), INSTANCES * LEVELS + 1);
    let shared = all.levels["shared"];
    assert_eq!((shared.marks, shared.passed, shared.done.count()), (3, true, LEVELS - 1));
    let names = |dir: &Path| fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name()).collect::<Vec<_>>();
    assert_eq!(names(path.parent().unwrap()).len(), 2, "the file, its lock, and no drafts");
}

#[test]
fn programs_that_end_at_the_same_time_lose_nothing() {
    use std::process::{Command, Stdio};
    let home = Home::new(None);
    let start = |level: &String| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fivenines"));
        command.args(["play", level, "--plain"]).env("XDG_STATE_HOME", home.0.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let levels: Vec<String> = (1..=5).map(|n| n.to_string()).collect();
    let programs: Vec<_> = levels.iter().chain(&levels).map(start).collect();
    assert!(programs.into_iter().all(|mut p| p.wait().unwrap().success()));
    let (all, warning) = Progress::load_from(&home.file("progress.toml"));
    assert_eq!((all.levels.len(), warning), (5, None));
}

#[cfg(unix)]
#[test]
fn a_directory_that_may_not_be_written_warns_and_is_read_all_the_same() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new(Some(REACHED));
    let dir = home.file("");
    let allow = |mode| fs::set_permissions(&dir, fs::Permissions::from_mode(mode)).unwrap();
    allow(0o500);
    // Whoever may do everything is not stopped by rights.
    if fs::write(dir.join("probe"), "").is_err() {
        let mut progress = Progress::load_from(&home.file("progress.toml")).0;
        assert_eq!(progress.levels["monolith"].marks, 2);
        progress.record("database", LevelProgress::default());
        let why = progress.save_to(&home.file("progress.toml")).unwrap_err().to_string();
        assert!(why.contains("cannot keep progress in"), "{why}");
        assert!(progress.is_unsaved());
        said(&home.progress(&["--reset", "--yes"]), 2, "cannot keep progress in");
    }
    allow(0o700);
}

#[test]
fn a_file_of_a_later_version_is_kept_aside_and_said() {
    let home = Home::new(Some("format = 2\n[course]\nplace = \"elsewhere\"\n"));
    let text = said(&home.progress(&[]), 0, "progress.toml.newer-1");
    assert!(text.contains("not begun") && home.file("progress.toml.newer-1").exists());
}
