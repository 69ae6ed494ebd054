//! What authors of levels work with: `new`, `schema`, and the handbook.

mod handbook;
mod schema;
mod validator;

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

fn fivenines(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::cargo_bin("fivenines").unwrap();
    command.args(args).current_dir(dir).env("NO_COLOR", "1").output().unwrap()
}

#[track_caller]
fn ok(dir: &Path, args: &[&str]) -> (String, String) {
    let output = fivenines(dir, args);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{args:?}: {stdout}{stderr}");
    (stdout, stderr)
}

#[test]
fn a_new_level_is_proven_and_runs() {
    let dir = tempfile::tempdir().unwrap();
    let (stdout, stderr) = ok(dir.path(), &["new", "corner-shop"]);
    assert!(stdout.is_empty() && stderr.contains("check corner-shop.toml"), "{stderr}");
    assert!(stderr.contains("play corner-shop.toml") && stderr.contains("levels/README.md"), "{stderr}");
    let (proofs, _) = ok(dir.path(), &["check", "corner-shop.toml"]);
    assert!(proofs.contains("proofs on 5 seeds hold") && !proofs.contains("FAIL"), "{proofs}");
    for part in
        ["prediction", "untouched", "solution `two-servers`", "without: ", "wrong 1 (p95)", "wrong 2 (cost)"]
    {
        assert!(proofs.contains(part), "{part}: {proofs}");
    }
    ok(dir.path(), &["run", "corner-shop.toml/double"]);
    ok(dir.path(), &["run", "corner-shop.toml", "--solution", "two-servers"]);
    assert_eq!(fivenines(dir.path(), &["run", "corner-shop.toml"]).status.code(), Some(1));
}

#[test]
fn a_new_level_goes_to_stdout_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let (text, stderr) = ok(dir.path(), &["new", "corner-shop", "--stdout"]);
    assert!(text.contains("title = \"corner-shop\"") && !text.contains("my-level"), "{text}");
    assert!(stderr.is_empty());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    ok(dir.path(), &["new", "corner-shop.toml"]);
    assert_eq!(std::fs::read_to_string(dir.path().join("corner-shop.toml")).unwrap(), text);
}

#[test]
fn nothing_is_written_over_and_bad_names_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("mine.toml"), "precious").unwrap();
    let fails = |name: &str, says: &str| {
        let output = fivenines(dir.path(), &["new", name]);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(says) && !stderr.contains('\u{1b}'), "{stderr}");
    };
    fails("mine", "mine.toml is there already");
    fails("mine.toml", "choose another name");
    fails("My Level", "small letters, digits and dashes");
    fails("../mine", "not a legal name");
    fails("", "not a legal name");
    fails("a\u{1b}[31m", "not a legal name");
    fails(&"long".repeat(20), "longer than 40");
    fails("monolith", "is a level of the course");
    assert_eq!(std::fs::read_to_string(dir.path().join("mine.toml")).unwrap(), "precious");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}
