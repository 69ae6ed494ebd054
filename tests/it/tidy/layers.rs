//! Who may know whom: our modules, and the crates of others.

use super::source::{Source, is_name, name, paths, words};

/// Our layers and what each may import. `cli` holds definitions only; `lib` and `main` know all.
const LAYERS: &[(&str, &[&str])] = &[
    ("sim", &[]),
    ("insight", &["sim"]),
    ("level", &["sim", "insight"]),
    ("session", &["sim", "insight", "level"]),
    ("headless", &["sim", "insight", "level", "session", "cli"]),
    ("tui", &["sim", "insight", "level", "session"]),
    ("cli", &["sim"]),
];

/// What the screen and the command line may know of the engine: plain values, no behaviour.
const PLAIN: &[&str] = &[
    "snapshot",
    "whereabouts",
    "change",
    "value",
    "component",
    "time",
    "id",
    "outcome",
    "metrics",
    "quantity",
    "topology",
    "log",
    "trace",
    "distribution",
];

/// Crates that only some files may name, by the start of their paths.
const CONFINED: &[(&str, &[&str])] = &[
    ("ratatui", &["src/tui"]),
    ("crossterm", &["src/tui"]),
    ("tokio", &["src/tui/terminal", "src/main.rs", "src/headless"]),
    ("futures_util", &["src/tui/terminal", "src/main.rs", "src/headless"]),
    ("clap", &["src/cli.rs", "src/main.rs"]),
    ("color_eyre", &["src/main.rs"]),
];

/// Crates that the engine and its interpretation may name.
const OF_THE_ENGINE: &[&str] = &["serde", "rand", "libm", "indexmap"];

/// Every file of a layer imports only what lies below it.
pub fn layers(source: &Source) -> Vec<String> {
    let module = source.module();
    let Some((layer, below)) = LAYERS.iter().find(|(l, _)| Some(l) == module.first()) else {
        return Vec::new();
    };
    let mut faults = Vec::new();
    for (at, path) in of_the_crate(source, module.len()) {
        let Some((other, _)) = LAYERS.iter().find(|(l, _)| path.first().is_some_and(|p| p == l)) else {
            continue;
        };
        let line = source.line(at);
        if other != layer && !below.contains(other) {
            faults.push(format!("{}:{line}: `{layer}` must not import `{other}`", source.path));
        }
        if ["tui", "cli"].contains(layer)
            && *other == "sim"
            && !path.get(1).is_some_and(|p| PLAIN.contains(&p.as_str()))
        {
            let path = path.join("::");
            faults
                .push(format!("{}:{line}: `{layer}` may know plain values only, not `{path}`", source.path));
        }
    }
    faults
}

/// Paths from the root of the crate: after `crate::`, `fivenines::`, or enough `super::`.
fn of_the_crate(source: &Source, depth: usize) -> Vec<(usize, Vec<String>)> {
    let code = &source.code;
    let mut found = Vec::new();
    for root in ["crate", "fivenines"] {
        for at in words(code, root) {
            if let Some(rest) = code[at + root.len()..].trim_start().strip_prefix("::") {
                found.extend(paths(rest).into_iter().map(|p| (at, p)));
            }
        }
    }
    for at in words(code, "super").filter(|at| !code[..*at].trim_end().ends_with("::")) {
        for path in paths(&code[at..]) {
            let steps = path.iter().take_while(|p| *p == "super").count();
            if steps >= depth {
                found.push((at, path[steps..].to_vec()));
            }
        }
    }
    found
}

/// Crates of others stay in their corner, and the engine names few of them.
pub fn crates(source: &Source, dependencies: &[String]) -> Vec<String> {
    if !source.path.starts_with("src/") {
        return Vec::new();
    }
    let engine = matches!(source.module().first(), Some(&("sim" | "insight")));
    let mut faults = Vec::new();
    for dependency in dependencies {
        let confined = CONFINED.iter().find(|(c, _)| c == dependency);
        let allowed = confined.is_none_or(|(_, places)| places.iter().any(|p| source.path.starts_with(p)))
            && (!engine || OF_THE_ENGINE.contains(&dependency.as_str()));
        if allowed {
            continue;
        }
        if let Some(at) = words(&source.code, dependency).find(|at| names_a_crate(&source.code, *at)) {
            let line = source.line(at);
            faults.push(format!("{}:{line}: `{dependency}` does not belong here", source.path));
        }
    }
    faults
}

/// Whether the name at a place is a crate: a path starts with it, or a `use` is all of it.
fn names_a_crate(code: &str, at: usize) -> bool {
    let (before, after) = (code[..at].trim_end(), &code[at..]);
    let after = after[name(after).len()..].trim_start();
    let used = before.ends_with("use") && !before[..before.len() - 3].ends_with(is_name);
    !before.ends_with("::") && (after.starts_with("::") || used)
}

/// The names of the dependencies as code spells them.
pub fn dependencies(manifest: &str) -> Vec<String> {
    let section = manifest.split("\n[").find(|s| s.starts_with("dependencies]")).unwrap_or_default();
    let keys = section.lines().skip(1).filter_map(|l| l.split_once('=')).map(|(key, _)| key.trim());
    keys.filter(|k| !k.starts_with('#')).map(|k| k.replace('-', "_")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let names =
            dependencies("[package]\n[dependencies]\nratatui = 1\ntokio = { }\ntoml = 1\nfutures-util = 1\n");
        let source = Source::new(path, text);
        let faults = [layers(&source), crates(&source, &names)].concat();
        assert_eq!(faults, expected, "{text}");
    }

    #[test]
    fn the_engine_knows_nothing_of_ours() {
        check("src/sim/a.rs", "use crate::sim::time::Time;", &[]);
        check(
            "src/sim/a.rs",
            "\nuse crate::level::Level;",
            &["src/sim/a.rs:2: `sim` must not import `level`"],
        );
        check("src/sim/a.rs", "use super::super::level;", &["src/sim/a.rs:1: `sim` must not import `level`"]);
        check("src/sim.rs", "use super::{tui, sim};", &["src/sim.rs:1: `sim` must not import `tui`"]);
        check("src/sim/a.rs", "// crate::level\nlet a = \"crate::level\";", &[]);
    }

    #[test]
    fn upper_layers_know_lower_ones_only() {
        check(
            "src/level/a.rs",
            "use crate::{sim::id, session};",
            &["src/level/a.rs:1: `level` must not import `session`"],
        );
        check("src/session.rs", "a(crate::tui::b())", &["src/session.rs:1: `session` must not import `tui`"]);
        check(
            "src/headless/run.rs",
            "use crate::tui::x;",
            &["src/headless/run.rs:1: `headless` must not import `tui`"],
        );
        check("src/main.rs", "use fivenines::{tui, headless};", &[]);
        check("src/cli.rs", "use crate::sim::time::Time;", &[]);
        check("src/cli.rs", "use crate::level::x;", &["src/cli.rs:1: `cli` must not import `level`"]);
    }

    #[test]
    fn the_screen_knows_plain_values_only() {
        check("src/tui/a.rs", "use crate::sim::{snapshot::Snapshot, time::Time};", &[]);
        for text in
            ["use crate::sim::{id, simulation::Simulation};", "use crate::sim::simulation::Simulation as S;"]
        {
            check(
                "src/tui/a.rs",
                text,
                &["src/tui/a.rs:1: `tui` may know plain values only, not `sim::simulation::Simulation`"],
            );
        }
        check(
            "src/tui/a.rs",
            "use crate::sim;",
            &["src/tui/a.rs:1: `tui` may know plain values only, not `sim`"],
        );
    }

    #[test]
    fn crates_of_others_stay_in_their_corner() {
        check("src/tui/a.rs", "use ratatui::Frame;", &[]);
        check(
            "src/level/a.rs",
            "\nfn a(f: ratatui::Frame) {}",
            &["src/level/a.rs:2: `ratatui` does not belong here"],
        );
        check("src/tui/app.rs", "use tokio;", &["src/tui/app.rs:1: `tokio` does not belong here"]);
        check("src/tui/terminal.rs", "use tokio::select; use futures_util::StreamExt;", &[]);
        check("src/sim/a.rs", "toml::from_str(a)", &["src/sim/a.rs:1: `toml` does not belong here"]);
        check("src/sim/a.rs", "let toml = 1; level::toml::x", &[]);
    }
}
