//! Golden digests: every run of the built-in levels, to the bit. An optimisation must not move one; a change of the
//! model moves those that it touches. `UPDATE_GOLDEN=1 cargo test golden` writes what is measured.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use fivenines::level::scene::{Scene, Solution};
use fivenines::level::{Level, catalog, stage};
use fivenines::session::replay::RunCode;
use fivenines::session::timeline::Logged;
use fivenines::sim::change::{Change, Target};
use fivenines::sim::component::Kind;
use fivenines::sim::simulation::Simulation;
use fivenines::sim::time::Time;
use fivenines::sim::topology::NodeSpec;

/// Simulated time of each run, from the start of its scene.
const LENGTH: Time = Time::from_secs(20);

fn finished(mut run: Simulation) -> String {
    run.advance(run.now() + LENGTH, u64::MAX);
    format!("{:016x}", run.digest())
}

fn scene_run(level: &Level, index: usize, solution: Option<&Solution>) -> Simulation {
    let mut run = stage::start(level, index, level.seed).unwrap();
    stage::enter(&mut run, &level.scenes[index]).unwrap();
    for change in solution.iter().flat_map(|s| &s.changes) {
        run.apply(change).unwrap();
    }
    run
}

/// Name and digest of every run of a level.
fn runs(level: &Level) -> Vec<(String, String)> {
    let number = level.number.unwrap_or(0);
    let base = Simulation::new(&level.topology, level.seed, &level.faults).unwrap();
    let mut found = vec![(format!("{number} base"), finished(base))];
    for (index, scene) in level.scenes.iter().enumerate() {
        let Scene { id, solutions, .. } = scene;
        found.push((format!("{number} {id}"), finished(scene_run(level, index, None))));
        for solution in solutions {
            let name = format!("{number} {id} --solution {}", solution.name);
            found.push((name, finished(scene_run(level, index, Some(solution)))));
        }
    }
    found
}

/// Compares lines with a stored file, or writes it. Faults name the line, not the whole file.
fn compare(file: &str, lines: &[(String, String)]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(file);
    let mut text = String::new();
    for (name, value) in lines {
        writeln!(text, "{value}  {name}").unwrap();
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|v| v == "1") {
        fs::write(path, text).unwrap();
        return;
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    let faults: Vec<String> = lines
        .iter()
        .filter(|(name, value)| !stored.lines().any(|l| l == format!("{value}  {name}")))
        .map(|(name, value)| format!("{name}: now {value}"))
        .collect();
    assert!(
        faults.is_empty(),
        "{file}: {} of {} runs moved; if they were meant to, run `UPDATE_GOLDEN=1 cargo test golden`:\n{}",
        faults.len(),
        lines.len(),
        faults.join("\n")
    );
    assert_eq!(stored.lines().count(), lines.len(), "{file} has lines of runs that are no more");
}

#[test]
fn golden_digests_of_the_built_in_levels() {
    let all: Vec<_> = catalog::builtin().iter().flat_map(|b| runs(&b.level().unwrap())).collect();
    compare("golden.txt", &all);
}

/// A run with changes by hand, as a code: an edit, slowness of the first server, its end.
fn coded(level: &Level) -> RunCode {
    let mut code = RunCode::new(level, level.challenge(), level.seed + 1, Time::ZERO, &[]);
    let mut run = code.start(level).unwrap();
    let serves = |(name, node): (&String, &NodeSpec)| (node.kind != Kind::Client).then(|| name.clone());
    let name = run.topology().nodes.iter().find_map(serves).unwrap();
    let target = Target { name, replica: None };
    let slow = |factor| Change::Slow { target: target.clone(), factor };
    for change in [slow(3.0), Change::Crash(target.clone()), Change::Restore(target.clone()), slow(1.0)] {
        run.advance(run.now() + Time::from_ms(1_700), u64::MAX);
        let logged = Logged::new(&run, &change);
        run.apply(&change).unwrap();
        code.changes.push((logged.at, logged.text));
    }
    code.until = run.now() + Time::from_ms(3_333);
    code
}

/// Stored codes are replayed as they stand, so that a code made today can be replayed tomorrow.
#[test]
fn golden_run_codes_give_their_digests() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden/codes.txt");
    let replayed = |level: &Level, code: &str| {
        let run = RunCode::decode(code).and_then(|code| code.replay(level)).unwrap();
        format!("{:016x}", run.digest())
    };
    let level = |id: &str| catalog::load(id).unwrap();
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|v| v == "1") {
        let line = |b: &catalog::Builtin| {
            let level = b.level().unwrap();
            let code = coded(&level).encode();
            format!("{} {} {code}\n", replayed(&level, &code), b.id)
        };
        fs::write(&path, catalog::builtin().iter().map(line).collect::<String>()).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap();
    assert_eq!(stored.lines().count(), catalog::builtin().len());
    for line in stored.lines() {
        let [digest, id, code] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert_eq!(replayed(&level(id), code), digest, "{id}: replay of {code}");
    }
}
