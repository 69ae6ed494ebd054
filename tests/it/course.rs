//! The built-in levels keep the rules of the course: what a scene has, and that it fits on the screen.

use fivenines::level::judge::RunFacts;
use fivenines::level::scene::{Answer, Role, Scene};
use fivenines::level::text::{UNMEASURED, fill_text};
use fivenines::level::{Level, catalog, stage};
use fivenines::sim::simulation::Simulation;
use fivenines::sim::time::Time;

fn levels() -> Vec<Level> {
    catalog::builtin().iter().map(|b| catalog::load(b.id).unwrap()).collect()
}

/// Every scene of the course with its level.
fn each(mut look: impl FnMut(&Level, usize, &Scene)) {
    for level in levels() {
        for (index, scene) in level.scenes.iter().enumerate() {
            look(&level, index, scene);
        }
    }
}

#[test]
fn every_level_has_a_challenge_with_a_variant() {
    for level in levels() {
        let has = |role| level.scenes.iter().any(|s| s.role == role);
        assert!(has(Role::Challenge) && has(Role::Variant), "{}", level.id);
    }
}

#[test]
fn every_scene_has_what_a_room_needs() {
    let mut faults = Vec::new();
    each(|level, _, scene| {
        let mut need = |there: bool, what: &str| {
            if !there {
                faults.push(format!("{}/{}: {what}", level.id, scene.id));
            }
        };
        need(scene.try_next.len() >= 2, "two things to try next");
        need(!scene.notes.is_empty(), "notes for the presenter");
        need(!scene.terms.is_empty(), "words of the glossary");
        if let Some(Answer::Choices(choices)) = scene.predict.as_ref().map(|p| &p.answer) {
            need((2..=4).contains(&choices.len()), "two to four answers");
            need(choices.iter().all(|c| !c.because.is_empty()), "a reason for each answer");
        }
    });
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn options_are_a_choice() {
    let mut faults = Vec::new();
    // One that works and two that people believe in; each is told, and outside of a challenge proven.
    each(|level, _, scene| {
        let options = &scene.options;
        if options.is_empty() {
            return;
        }
        let shown = options.iter().filter(|o| o.shows.is_some()).count();
        if options.len() < 3 || options.iter().any(|o| o.tells.is_empty()) {
            faults.push(format!("{}/{}: {} options, all told", level.id, scene.id, options.len()));
        }
        // Of a challenge, the wrong designs are proven; elsewhere each option is, or none.
        if !scene.is_challenge() && shown != options.len() && shown != 0 {
            faults.push(format!("{}/{}: {shown} of {} options proven", level.id, scene.id, options.len()));
        }
    });
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Characters of a text once its numbers are filled in; what this run does not measure is counted as a number.
fn filled(text: &str, facts: &RunFacts<'_>) -> usize {
    let full = fill_text(text, facts);
    let unknown = full.split_whitespace().filter(|w| w.trim_matches([',', '.', ':', ';']) == UNMEASURED);
    full.chars().count() + 4 * unknown.count()
}

/// A scene and its twin at the scene's end.
fn ends(level: &Level, index: usize) -> [Simulation; 2] {
    let scene = &level.scenes[index];
    let twin = stage::start(level, index, level.seed).unwrap();
    let mut run = twin.clone();
    stage::enter(&mut run, scene).unwrap();
    [run, twin].map(|mut run| {
        let end = run.now() + scene.until;
        assert!(stage::finish(&mut run, end, u64::MAX));
        run
    })
}

#[test]
fn every_text_fits_on_the_screen() {
    let mut faults = Vec::new();
    each(|level, index, scene| {
        let [run, before] = ends(level, index);
        let origin = run.now().saturating_sub(scene.until);
        let from = origin + scene.predict.as_ref().map_or(Time::ZERO, |p| p.from);
        let facts = RunFacts { run: &run, before: Some(&before), from, to: run.now() };
        let mut room = |what: &str, text: &str, most: usize| {
            let length = filled(text, &facts);
            if length > most {
                faults.push(format!("{}/{}: {what}: {length} of {most}: {text}", level.id, scene.id));
            }
        };
        room("title", &scene.title, 30);
        room("text", &scene.text, 330);
        room("debrief", &scene.debrief, 340);
        if let Some(predict) = &scene.predict {
            room("ask", &predict.ask, 74);
            match &predict.answer {
                Answer::Choices(choices) => {
                    for choice in choices {
                        room("answer", &choice.text, 66);
                        room("because", &choice.because, 210);
                    }
                }
                Answer::Number { because, .. } => room("because", because, 210),
            }
        }
        for option in &scene.options {
            room("label", &option.label, 66);
            room("tells", &option.tells, 210);
        }
        for wrong in &scene.wrong {
            room("tells", &wrong.tells, 210);
        }
    });
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
