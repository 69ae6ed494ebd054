//! Variants: the challenge again, with the same symptom and another cause. Each becomes a scene of its own.

use super::lesson::{self, Stage};
use super::scene::{hints, read_allow, read_id, read_par};
use super::terms;
use crate::level::change::Timing;
use crate::level::fields::Fields;
use crate::level::scene::{Role, Scene};
use crate::sim::topology::Topology;
use crate::sim::value::{Problem, Raw};

/// Reads a variant of a challenge whose design after its own changes is `end`. What the variant does not say is as in
/// the challenge; hints, debrief and question are its own or none.
pub fn read(raw: &Raw, challenge: &Scene, end: &Topology, problems: &mut Vec<Problem>) -> Scene {
    let mut f = Fields::new(raw, "[[variant]]");
    let id = f.get("id", read_id).unwrap_or_default();
    f.require("id", "write id = \"NAME\"");
    let (more, end) = lesson::changes(&mut f, "changes", end, Timing::None);
    let stage = Stage::new(raw, &end);
    let until = challenge.until;
    let own_text = f.has("text").then(|| lesson::template(&mut f, "text", &stage.names));
    let scene = Scene {
        id,
        title: f.line("title").unwrap_or_else(|| challenge.title.clone()),
        text: own_text.unwrap_or_else(|| challenge.text.clone()),
        role: Role::Variant,
        changes: challenge.changes.iter().cloned().chain(more).collect(),
        allow: if f.has("allow") { read_allow(&mut f, &stage) } else { challenge.allow.clone() },
        hints: hints(&mut f),
        debrief: lesson::template(&mut f, "debrief", &stage.names),
        notes: f.text("notes").unwrap_or_default(),
        try_next: f.texts("try_next"),
        predict: f.nested("predict", |r, ps| lesson::predict(r, &stage.names, until, ps)),
        options: f.list("option", |r, ps| Some(lesson::option(r, &stage, ps))),
        par: f.nested("par", read_par).or(challenge.par),
        solutions: f.list("solution", |r, ps| Some(lesson::solution(r, &stage, ps))),
        wrong: f.list("wrong", |r, ps| Some(lesson::wrong(r, &stage, &challenge.goals, ps))),
        terms: terms::read(&mut f),
        ..challenge.clone()
    };
    f.finish(problems);
    scene
}
