//! Run codes: what is played, mailed and replayed is the same run; whatever else is pasted is refused in words.

use std::sync::Arc;

use assert_cmd::Command as Program;
use fivenines::level::catalog;
use fivenines::session::lesson::Beat;
use fivenines::session::replay::{CodeError, MAX_CODE, RunCode};
use fivenines::session::{Command, Session};
use fivenines::sim::change::{Change, Target};
use fivenines::sim::time::Time;
use fivenines::sim::value::Value;
use proptest::prelude::*;

fn code() -> impl Strategy<Value = RunCode> {
    let sets = prop::collection::vec(".{0,30}", 0..4);
    let changes = prop::collection::vec((0u64..1u64 << 45, ".{0,60}"), 0..8);
    ("[a-z-]{0,12}", any::<u64>(), ".{0,8}", "[a-z-]{0,12}", any::<u64>(), sets, changes).prop_map(
        |(level, content_hash, program, scene, seed, sets, mut changes)| {
            changes.sort();
            let changes: Vec<_> = changes.into_iter().map(|(at, text)| (Time::from_ns(at), text)).collect();
            let until = Time::from_ns(1 << 45);
            RunCode { level, content_hash, program, scene, seed, until, sets, changes }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn what_is_encoded_is_decoded(code in code()) {
        let text = code.encode();
        prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        prop_assert_eq!(RunCode::decode(&text), Ok(code));
    }

    #[test]
    fn a_cut_or_changed_code_is_refused(code in code(), cut in any::<prop::sample::Index>()) {
        let text = code.encode();
        let short = &text[..cut.index(text.len())];
        prop_assert!(RunCode::decode(short).is_err());
        let long = format!("{text}A");
        prop_assert!(RunCode::decode(&long).is_err());
    }

    #[test]
    fn nothing_that_is_pasted_does_harm(text in ".{0,200}", body in "[A-Za-z0-9_-]{0,200}") {
        prop_assert!(RunCode::decode(&text).is_err());
        let code = format!("fn1-{body}");
        prop_assert_eq!(RunCode::decode(&code), Err(CodeError::Broken));
    }
}

#[test]
fn hostile_codes_are_named_for_what_they_are() {
    let check = |text: &str, says: &str| {
        let error = RunCode::decode(text).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    };
    check("", "begins with `fn1-`");
    check("hello-world", "begins with `fn1-`");
    check("fn2-AAAA", "version `fn2-`");
    check("fn1-", "damaged");
    check(&format!("fn1-{}", "A".repeat(MAX_CODE)), "at most");
}

/// A played scene: the challenge of level 3 with edits, a crash and an undo.
fn played() -> Session {
    let level = Arc::new(catalog::load("load-balancer").unwrap());
    let challenge = level.challenge().unwrap();
    let mut session = Session::open(level, challenge).unwrap();
    while session.lesson().beat != Beat::Run {
        let _ = session.apply(Command::Pick(0));
        session.apply(Command::Next).unwrap();
    }
    let start = session.now();
    let at = |s: u64, session: &mut Session| {
        session.advance(start + Time::from_ms(s), u64::MAX);
    };
    let node = session.topology().nodes.keys().nth(1).cloned().unwrap();
    at(2_345, &mut session);
    session.apply(Command::Traffic(1.5)).unwrap();
    session.apply(Command::ToggleSlow(Target { name: node, replica: None })).unwrap();
    at(4_000, &mut session);
    session.step();
    session.apply(Command::Undo).unwrap();
    at(7_000, &mut session);
    session
}

#[test]
fn a_played_scene_is_replayed_to_the_bit() {
    let session = played();
    let code = RunCode::decode(&session.run_code().unwrap()).unwrap();
    assert_eq!(code.changes.len(), 3, "{code:?}");
    let run = code.replay(session.level()).unwrap();
    assert_eq!((run.now(), run.digest()), (session.now(), session.digest()));
    assert!(code.differences(session.level()).is_empty());
    let mut other = (**session.level()).clone();
    other.content_hash ^= 1;
    assert!(code.differences(&other)[0].contains("has changed"));
}

#[test]
fn going_back_takes_later_changes_away_and_says_so() {
    let mut session = played();
    let (end, digest) = (session.now(), session.digest());
    let start = Session::open(Arc::clone(session.level()), session.lesson().scene).unwrap().now();
    let said = session.apply(Command::Rewind(start + Time::from_ms(3_000))).unwrap().unwrap();
    assert_eq!(said, "back at 3s; 1 later change dropped");
    assert!(session.apply(Command::Undo).is_ok(), "what was undone later is still done");
    let mut session = played();
    session.apply(Command::Rewind(start + Time::from_ms(4_000))).unwrap();
    session.step();
    session.apply(Command::Undo).unwrap();
    session.advance(end, u64::MAX);
    assert_eq!((session.now(), session.digest()), (end, digest), "the same again is the same");
    session.apply(Command::Rewind(start)).unwrap();
    assert!(session.apply(Command::Undo).is_err());
    session.advance(end, u64::MAX);
    assert_ne!(session.digest(), digest);
}

#[test]
fn a_change_that_does_not_fit_is_said_in_words() {
    let level = catalog::load("1").unwrap();
    let mut code = RunCode::new(&level, None, 1, Time::from_secs(5), &[]);
    let error = |code: &RunCode| code.replay(&level).map(drop).unwrap_err().to_string();
    code.changes = vec![(Time::SECOND, "{ set = \"wed.replicas\", to = 5 }".into())];
    assert!(error(&code).contains("no node `wed`"), "{}", error(&code));
    code.changes = vec![(Time::SECOND, "not TOML \u{1b}[2J {{{".into())];
    assert!(error(&code).contains("TOML"), "{}", error(&code));
    code.changes = vec![(Time::SECOND, format!("{{ x = {}1 }}", "[".repeat(5_000)))];
    assert!(error(&code).contains("deep"), "{}", error(&code));
    code.scene = "nowhere".into();
    assert!(error(&code).contains("no scene `nowhere`"));
}

fn program(args: &[&str]) -> (String, String) {
    let output = Program::cargo_bin("fivenines").unwrap().args(args).env("NO_COLOR", "1").output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn run_prints_a_code_and_replay_repeats_it() {
    let field = |text: &str, key: &str| {
        let report: serde_json::Value = serde_json::from_str(text).unwrap();
        report[key].as_str().unwrap_or_default().to_owned()
    };
    let args = ["run", "3", "--set", "web.replicas=4", "--seed", "9", "--duration", "12s", "--code"];
    let json = [&args[..], &["--format", "json"]].concat();
    let (ran, _) = program(&json);
    let code = field(&ran, "code");
    let (again, warnings) = program(&["replay", &code, "--format", "json"]);
    assert_eq!(field(&again, "digest"), field(&ran, "digest"));
    assert_eq!(warnings, "");
    let (text, _) = program(&args);
    assert!(text.lines().any(|l| l == format!("code {code}")), "{text}");

    let mut old = RunCode::decode(&code).unwrap();
    (old.program, old.content_hash) = ("0.0.1".into(), 5);
    let (_, warnings) = program(&["replay", &old.encode()]);
    assert!(warnings.contains("has changed") && warnings.contains("version 0.0.1"), "{warnings}");
    old.level = "/etc/passwd".into();
    let (_, error) = program(&["replay", &old.encode()]);
    assert!(error.contains("not built in"), "{error}");
    let (_, error) = program(&["replay", "fn1-AAAA"]);
    assert!(error.contains("damaged"), "{error}");
}

#[test]
fn a_change_on_paper_is_a_change_of_the_run() {
    let session = played();
    let change = Change::Set { target: "users".into(), knob: "rate", value: Some(Value::Rate(12.345)) };
    let text = fivenines::level::change::print(&change, session.topology());
    assert_eq!(text, "{ set = \"users.rate\", to = \"12.345/s\" }");
    assert_eq!(fivenines::level::change::parse(&text, session.topology()), Ok(change));
}
