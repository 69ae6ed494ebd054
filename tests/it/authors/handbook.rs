//! The authors' handbook, `levels/README.md`: what it shows is sound.

use fivenines::level::check::check;
use fivenines::level::gate::prove;
use fivenines::level::schema::schema;
use fivenines::sim::component::Kind;

use super::schema::json;
use super::validator::Validator;

const HANDBOOK: &str = include_str!("../../../levels/README.md");

/// The blocks of TOML: with the line of each.
fn blocks() -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut inside = false;
    for (number, line) in (1..).zip(HANDBOOK.lines()) {
        match line {
            "```toml" => {
                inside = true;
                found.push((number, String::new()));
            }
            "```" => inside = false,
            line if inside => found.last_mut().unwrap().1.push_str(&format!("{line}\n")),
            _ => {}
        }
    }
    found
}

#[test]
fn every_example_is_sound_by_itself_or_together_with_the_small_level() {
    let blocks = blocks();
    assert!(blocks.len() >= 8, "the examples were found");
    let (_, whole) = blocks.iter().find(|(_, text)| text.starts_with("format = 1")).unwrap();
    for (line, text) in &blocks {
        json(text);
        let file = if text.starts_with("format = 1") { text.clone() } else { format!("{whole}\n{text}") };
        check(&file, "a.toml").unwrap_or_else(|faults| panic!("levels/README.md:{line}: {faults}"));
        let faults = Validator(&schema()).faults(&json(&file));
        assert!(faults.is_empty(), "levels/README.md:{line}: {faults:#?}");
    }
    // And all of them together are one level.
    let all: Vec<&str> = blocks.iter().map(|(_, text)| text.as_str()).collect();
    check(&all.join("\n"), "a.toml").unwrap_or_else(|faults| panic!("{faults}"));
}

#[test]
fn every_example_is_proven() {
    let all: Vec<String> = blocks().into_iter().map(|(_, text)| text).collect();
    let (whole, more) = all.split_first().unwrap();
    for text in more {
        let level = check(&format!("{whole}\n{text}"), "a.toml").unwrap_or_else(|faults| panic!("{faults}"));
        for seed in level.seed..level.seed + 5 {
            for proof in prove(&level, seed) {
                assert!(proof.ok, "seed {seed}: {proof:?}\n{text}");
            }
        }
    }
}

#[test]
fn it_names_every_kind_every_level_key_and_every_command() {
    let names = Kind::ALL.map(Kind::key);
    let commands = ["new", "check", "run", "play", "schema"];
    for name in names.into_iter().chain(commands) {
        assert!(HANDBOOK.contains(name), "{name}");
    }
    let schema = schema();
    for table in ["scene", "variant", "goal", "predict", "answer", "option", "par", "solution", "wrong"] {
        for key in schema["$defs"][table]["properties"].as_object().unwrap().keys() {
            assert!(
                HANDBOOK.contains(&format!("`{key}`")) || HANDBOOK.contains(&format!("{key} = ")),
                "{table}.{key}"
            );
        }
    }
}
