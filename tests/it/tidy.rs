//! The house rules as a test: layers, sizes, words, leftovers, dead files. Each rule is shown to fire on a bad sample.

mod layers;
mod rules;
mod source;

use std::fs;
use std::path::Path;

use fivenines::sim::component::{Kind, LINK_KNOBS};
use fivenines::sim::value::Shape;
use source::Source;

/// What is read; all else (target, version control) is not ours.
const PLACES: &[&str] = &[
    "src",
    "tests",
    "benches",
    "levels",
    "assets",
    ".ci",
    "Cargo.toml",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
];

#[test]
fn the_house_is_tidy() {
    let tree = tree();
    assert!(tree.iter().any(|s| s.path == "src/sim/time.rs"), "the sources were not found");
    let manifest = tree.iter().find(|s| s.path == "Cargo.toml").map_or("", |s| &s.text);
    let dependencies = layers::dependencies(manifest);
    assert!(dependencies.iter().any(|d| d == "ratatui"), "the dependencies were not found");
    let mut faults = Vec::new();
    for source in &tree {
        faults.extend(layers::layers(source));
        faults.extend(layers::crates(source, &dependencies));
        for rule in [
            rules::file_size,
            rules::function_size,
            rules::empty_words,
            rules::leftovers,
            rules::machine_paths,
        ] {
            faults.extend(rule(source));
        }
    }
    faults.extend(dead_files(&tree));
    faults.extend(unlisted_levels(&tree));
    assert!(faults.is_empty(), "{} faults:\n{}\n", faults.len(), faults.join("\n"));
}

#[test]
fn the_changelog_names_every_key_without_behaviour() {
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).expect("CHANGELOG.md can be read");
    let tables = Kind::ALL.into_iter().flat_map(Kind::knob_tables).chain([LINK_KNOBS]);
    let later = tables.flatten().filter(|k| k.shape == Shape::Later).map(|k| k.name);
    let missing: Vec<_> = later.filter(|name| !changelog.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "not in CHANGELOG.md: {missing:?}");
}

#[test]
fn the_readme_names_every_level() {
    let tree = tree();
    let readme = tree.iter().find(|s| s.path == "README.md").map_or("", |s| &s.text);
    for level in tree.iter().filter(|s| is_level(s)) {
        let mut titles = level.text.lines().filter_map(|l| l.strip_prefix("title")?.split('"').nth(1));
        let title = titles.next().unwrap_or(&level.path);
        assert!(readme.contains(&format!("| {title} |")), "{}: `{title}` is not in README.md", level.path);
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every text file of ours, in a fixed order.
fn tree() -> Vec<Source> {
    let mut found = Vec::new();
    for place in PLACES {
        collect(place, &mut found);
    }
    found
}

fn collect(path: &str, found: &mut Vec<Source>) {
    let full = root().join(path);
    if full.is_dir() {
        let entries = fs::read_dir(full).expect("a folder of the repository can be read").flatten();
        let mut names: Vec<_> = entries.filter_map(|e| e.file_name().into_string().ok()).collect();
        names.sort();
        for name in names {
            collect(&format!("{path}/{name}"), found);
        }
    } else if let Ok(text) = fs::read_to_string(full) {
        found.push(Source::new(path, text));
    }
}

/// Every file of the crate and of this binary hangs on a `mod` line of its parent.
fn dead_files(tree: &[Source]) -> Vec<String> {
    let roots = ["src/lib.rs", "src/main.rs", "tests/it/main.rs"];
    let inside = |s: &&Source| s.is_rust() && ["src/", "tests/it/"].iter().any(|p| s.path.starts_with(p));
    let mut faults = Vec::new();
    for source in tree.iter().filter(inside).filter(|s| !roots.contains(&s.path.as_str())) {
        let (folder, file) = source.path.rsplit_once('/').unwrap_or_default();
        let name = file.trim_end_matches(".rs");
        let parents: Vec<String> = match folder {
            "src" | "tests/it" => {
                roots.map(String::from).into_iter().filter(|r| r.starts_with(folder)).collect()
            }
            _ => vec![format!("{folder}.rs")],
        };
        let declares = |s: &Source| {
            let mut lines = source::words(&s.code, "mod").map(|at| s.code[at + 3..].trim_start());
            lines.any(|l| source::name(l) == name && l[name.len()..].trim_start().starts_with(';'))
        };
        if !tree.iter().any(|s| parents.contains(&s.path) && declares(s)) {
            faults.push(format!("{}: no `mod {name};` in {}", source.path, parents.join(" or ")));
        }
    }
    faults
}

/// A file of `levels/`; the handbook beside them is none.
fn is_level(source: &Source) -> bool {
    source.path.starts_with("levels/") && Path::new(&source.path).extension().is_some_and(|e| e == "toml")
}

/// Every level file is part of the course.
fn unlisted_levels(tree: &[Source]) -> Vec<String> {
    let of_the_library = |s: &&Source| s.path.starts_with("src/level/");
    let library: String = tree.iter().filter(of_the_library).map(|s| s.text.as_str()).collect();
    let levels = tree.iter().filter(|s| is_level(s));
    let unlisted = levels.filter(|s| !library.contains(s.path.as_str()));
    unlisted.map(|s| format!("{}: not in the catalog, src/level/catalog.rs", s.path)).collect()
}

#[test]
fn dead_files_are_found() {
    let tree = [
        Source::new("src/lib.rs", "pub mod sim;\n// mod lost;"),
        Source::new("src/sim.rs", "mod time;"),
        Source::new("src/sim/time.rs", ""),
        Source::new("src/sim/lost.rs", ""),
        Source::new("src/lost.rs", ""),
        Source::new("tests/it/lost.rs", ""),
    ];
    assert_eq!(
        dead_files(&tree),
        [
            "src/sim/lost.rs: no `mod lost;` in src/sim.rs",
            "src/lost.rs: no `mod lost;` in src/lib.rs or src/main.rs",
            "tests/it/lost.rs: no `mod lost;` in tests/it/main.rs",
        ]
    );
}

#[test]
fn unlisted_levels_are_found() {
    let tree = [
        Source::new("src/level/catalog.rs", "include_str!(\"../../levels/01-a.toml\")"),
        Source::new("levels/01-a.toml", ""),
        Source::new("levels/02-b.toml", ""),
    ];
    assert_eq!(unlisted_levels(&tree), ["levels/02-b.toml: not in the catalog, src/level/catalog.rs"]);
}
