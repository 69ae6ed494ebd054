//! The beats of a level in their order: what is said and shown, one after the other.
//!
//! A beat is known before anything runs. Where the run decides how much there is to say (the reason of the answer that
//! came true, what an option did) there are as many beats as the longest text needs, and those without a text are passed
//! over; so beats keep their numbers whatever happens.

use super::sentence::sentences;
use crate::level::Level;
use crate::level::scene::{Answer, Scene};

/// One beat.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Beat {
    /// Which scene, from 0.
    pub scene: usize,
    /// What of it.
    pub part: Part,
}

/// What a beat is in its scene.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// The heading.
    Title,
    /// A sentence of the setting.
    Text(usize),
    /// What a challenge asks for.
    Goals,
    /// The question.
    Ask,
    /// Its answers, for a show of hands.
    Choices,
    /// The system runs.
    Run(Leg),
    /// It stands still, and something can be done.
    Options,
    /// A sentence about what that has done.
    Tells(usize),
    /// Which answer came true.
    Verdict,
    /// A sentence about why.
    Because(usize),
    /// What became of the goals.
    Outcome(Leg),
    /// Designs that look right.
    Designs,
    /// The design that meets the goals.
    Move,
    /// A sentence of the debrief.
    Debrief(usize),
}

/// Which run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leg {
    /// As the scene is, until it pauses or ends.
    First,
    /// After the pause, with what was chosen there.
    Second,
    /// With the tempting design that was chosen.
    Tried,
    /// With the design that meets the goals.
    Solved,
}

/// The run of a scene stands still once, so that something can be done.
pub fn pauses(scene: &Scene) -> bool {
    !scene.is_challenge() && (scene.pause.is_some() || !scene.options.is_empty())
}

/// The solution is a design to be made; false where there is none, or where it is to change nothing.
pub fn has_move(scene: &Scene) -> bool {
    scene.solutions.first().is_some_and(|s| !s.changes.is_empty())
}

/// The whole level.
pub fn script(level: &Level) -> Vec<Beat> {
    let beats = |(i, scene)| parts(scene).into_iter().map(move |part| Beat { scene: i, part });
    level.scenes.iter().enumerate().flat_map(beats).collect()
}

fn parts(scene: &Scene) -> Vec<Part> {
    let mut out = vec![Part::Title];
    out.extend((0..sentences(&scene.text).len()).map(Part::Text));
    if !scene.goals.is_empty() {
        out.push(Part::Goals);
    }
    if let Some(predict) = &scene.predict {
        out.push(Part::Ask);
        // The question and a range of numbers fit on one page.
        if matches!(predict.answer, Answer::Choices(_)) {
            out.push(Part::Choices);
        }
    }
    out.push(Part::Run(Leg::First));
    if scene.is_challenge() {
        out.push(Part::Outcome(Leg::First));
    } else if pauses(scene) {
        out.extend([Part::Options, Part::Run(Leg::Second)]);
        // An option whose effect does not show has one sentence of its own.
        let told = longest(scene.options.iter().map(|o| &o.tells)).max(scene.options.len().min(1));
        out.extend((0..told).map(Part::Tells));
    }
    if let Some(predict) = &scene.predict {
        out.push(Part::Verdict);
        let most = match &predict.answer {
            Answer::Choices(choices) => longest(choices.iter().map(|c| &c.because)),
            Answer::Number { because, .. } => sentences(because).len(),
        };
        out.extend((0..most).map(Part::Because));
    }
    if scene.is_challenge() {
        if !scene.wrong.is_empty() {
            out.extend([Part::Designs, Part::Run(Leg::Tried), Part::Outcome(Leg::Tried)]);
            out.extend((0..longest(scene.wrong.iter().map(|w| &w.tells))).map(Part::Tells));
        }
        if !scene.solutions.is_empty() {
            out.push(Part::Move);
        }
        if has_move(scene) {
            out.extend([Part::Run(Leg::Solved), Part::Outcome(Leg::Solved)]);
        }
    }
    out.extend((0..sentences(&scene.debrief).len()).map(Part::Debrief));
    out
}

fn longest<'a>(texts: impl Iterator<Item = &'a String>) -> usize {
    texts.map(|text| sentences(text).len()).max().unwrap_or(0)
}
