//! The command line without a screen: exit codes, reports, lists, progress.

use std::path::PathBuf;

use assert_cmd::Command;
use serde_json::Value;

fn fivenines(args: &[&str]) -> Command {
    let mut command = Command::cargo_bin("fivenines").unwrap();
    command.args(args).env("NO_COLOR", "1");
    command
}

fn shop() -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/lesson/shop.toml").display().to_string()
}

#[track_caller]
fn json(args: &[&str]) -> Value {
    let output = fivenines(args).args(["--format", "json"]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
fn fails(args: &[&str], code: i32, says: &str) {
    let output = fivenines(args).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(output.stdout.is_empty() || code == 1, "data on stdout although it failed");
    assert!(stderr.contains(says), "{stderr}");
}

#[test]
fn five_levels_are_listed() {
    let output = fivenines(&["list"]).assert().success();
    let text = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    assert_eq!(text.lines().count(), 5);
    assert!(text.contains("load-balancer"));
}

#[test]
fn the_same_seed_gives_the_same_digest_and_another_seed_another() {
    let shop = format!("{}/double", shop());
    let first = json(&["run", &shop]);
    let again = json(&["run", &shop]);
    let other = json(&["run", &shop, "--seed", "99"]);
    assert_eq!(first, again);
    assert_eq!(first["digest"].as_str().unwrap().len(), 16);
    assert_ne!(first["digest"], other["digest"]);
    assert_eq!(first["end_to_end"]["arrivals"].as_u64().unwrap() / 1000, 3);
    assert!(first["nodes"]["web"]["utilization"].as_f64().unwrap() > 0.3);
    assert!(!first.to_string().contains("null"), "absent, never null");
}

#[test]
fn missed_goals_are_exit_code_one_and_the_solution_passes() {
    fivenines(&["run", &shop()]).assert().code(1);
    fivenines(&["run", &shop(), "--solution", "two"]).assert().code(0);
    let report = json(&["run", &shop(), "--set", "web.replicas=2"]);
    assert_eq!(report["passed"], Value::Bool(true));
    assert_eq!(report["cost"]["parts"], 2);
}

#[test]
fn bad_input_is_exit_code_two_and_names_the_remedy() {
    fails(&["run", "nowhere/shop.toml"], 2, "nowhere/shop.toml");
    let shop = shop();
    fails(&["run", &shop, "--set", "web.replcas=2"], 2, "did you mean `replicas`?");
    fails(&["run", &shop, "--set", "web.replicas"], 2, "web.replicas=5");
    fails(&["run", &shop, "--solution", "tow"], 2, "did you mean `two`?");
    fails(&["run", &format!("{shop}/crsh")], 2, "did you mean `crash`?");
    fails(&["run", "monolit"], 2, "did you mean `monolith`?");
    fails(&["run", "1", "--duration", "10"], 2, "unit");
    fails(&["dance"], 2, "unrecognized");
    fails(&["check", "no/such/file.toml"], 2, "no/such/file.toml");
}

#[test]
fn a_number_of_requests_can_be_counted() {
    let shop = format!("{}/double", shop());
    let report = json(&["run", &shop, "--requests", "500", "--warmup-requests", "100"]);
    assert_eq!(report["end_to_end"]["arrivals"], 500);
    assert_eq!(report["end_to_end"]["completed"], 500);
    let cut = json(&["run", &shop, "--duration", "20s", "--warmup", "10s", "--windows"]);
    assert_eq!(cut["warmup_s"], 10.0);
    assert_eq!(cut["windows"].as_array().unwrap().len(), 20);
}

#[test]
fn check_proves_a_good_level_and_fails_a_bad_one() {
    fivenines(&["check", &shop()]).assert().success();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bad.toml");
    let bad = include_str!("lesson/shop.toml")
        .replace("fails = \"cost\"", "fails = \"parts\"")
        .replace("to = 5", "to = 2");
    std::fs::write(&path, bad).unwrap();
    let output = fivenines(&["check", path.to_str().unwrap()]).assert().code(1);
    let text = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    assert!(text.contains("FAIL  grow: wrong 1 (parts)"), "{text}");
    std::fs::write(&path, "format = 1\n[node.web.servce]\n").unwrap();
    fivenines(&["check", path.to_str().unwrap()]).assert().code(1);
}

#[test]
fn the_glossary_explains_a_word_and_lists_all() {
    let text = |args: &[&str]| {
        let output = fivenines(args).assert().success();
        String::from_utf8_lossy(&output.get_output().stdout).into_owned()
    };
    let all = text(&["glossary"]);
    assert_eq!(all.lines().count(), 80);
    assert!(all.lines().any(|l| l == "Little's law"), "{all}");
    let one = text(&["glossary", "little's", "law"]);
    assert!(one.starts_with("Little's law\nalso called Little"), "{one}");
    assert!(one.contains("arrival rate") && one.contains("Source:   Little, "), "{one}");
    assert!(text(&["glossary", "master/slave"]).starts_with("replication\n"));
    fails(&["glossary", "latancy"], 2, "did you mean `latency`?");
    fails(&["glossary", "qwertzuiop"], 2, "`fivenines glossary` lists");
}

#[test]
fn progress_is_read_from_the_state_directory() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("fivenines/progress.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "format = 1\n[levels.monolith]\ndone = [0]\npassed = true\nmarks = 2\n").unwrap();
    let state = |command: &mut Command| command.env("XDG_STATE_HOME", dir.path()).output().unwrap();
    let output = state(&mut fivenines(&["progress"]));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("passed, 2 of 3 marks") && text.contains("1 of 5 nines lit"), "{text}");
    std::fs::write(&file, "not = [toml").unwrap();
    let output = state(&mut fivenines(&["progress"]));
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("progress.toml.broken-1"));
}
