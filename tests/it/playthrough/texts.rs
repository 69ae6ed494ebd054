//! The texts of the levels, filled in from a run of their scene.

use fivenines::level::judge::RunFacts;
use fivenines::level::scene::{Answer, Scene};
use fivenines::level::text::fill_text;
use fivenines::level::{Level, stage};

use super::shelf;

/// Every text of a scene that a student can come to read, with its name.
fn texts(scene: &Scene) -> Vec<(String, &str)> {
    let mut all = vec![("text".to_owned(), scene.text.as_str()), ("debrief".to_owned(), &scene.debrief)];
    let mut add = |name: String, text| all.push((name, text));
    for (i, hint) in scene.hints.iter().enumerate() {
        add(format!("hint {}", i + 1), hint);
    }
    for (i, next) in scene.try_next.iter().enumerate() {
        add(format!("try_next {}", i + 1), next);
    }
    for (i, option) in scene.options.iter().enumerate() {
        add(format!("option {}", i + 1), &option.label);
        add(format!("option {} tells", i + 1), &option.tells);
    }
    for (i, wrong) in scene.wrong.iter().enumerate() {
        add(format!("wrong {} tells", i + 1), &wrong.tells);
    }
    if let Some(predict) = &scene.predict {
        add("ask".into(), &predict.ask);
        match &predict.answer {
            Answer::Number { because, .. } => add("because".into(), because),
            Answer::Choices(choices) => {
                for (i, choice) in choices.iter().enumerate() {
                    add(format!("answer {}", i + 1), &choice.text);
                    add(format!("answer {} because", i + 1), &choice.because);
                }
            }
        }
    }
    all
}

/// Texts with a raw placeholder after the scene has run.
fn raw(level: &Level, index: usize) -> Vec<String> {
    let scene = &level.scenes[index];
    let mut twin = stage::start(level, index, level.seed).unwrap();
    let from = twin.now();
    let mut run = twin.clone();
    stage::enter(&mut run, scene).unwrap();
    for run in [&mut run, &mut twin] {
        run.advance(from + scene.until, u64::MAX);
    }
    let facts = RunFacts { run: &run, before: Some(&twin), from, to: run.now() };
    let filled = texts(scene).into_iter().map(|(name, text)| (name, fill_text(text, &facts)));
    filled
        .filter(|(_, text)| text.contains(['{', '}']))
        .map(|(name, text)| format!("{} {} {name}: {text}", level.id, scene.id))
        .collect()
}

#[test]
fn no_text_shows_a_raw_placeholder() {
    let mut faults = Vec::new();
    for level in shelf() {
        for index in 0..level.scenes.len() {
            faults.extend(raw(&level, index));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
