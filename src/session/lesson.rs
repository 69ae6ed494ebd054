//! The scene state machine, as a reader sees it.

use crate::level::scene::Role;
use crate::sim::time::Time;

/// The present page of the lesson; every text is ready to show.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LessonView {
    /// The level's number in the course, 0 if it has none.
    pub level_number: u8,
    /// The level's title.
    pub level_title: String,
    /// Which scene, from 0.
    pub scene: usize,
    /// How many scenes the level has.
    pub scenes: usize,
    /// Heading of the scene.
    pub title: String,
    /// Where in the scene the student is.
    pub beat: Beat,
    /// What to read now: setting, then explanation; paragraphs separated by blank lines.
    pub text: String,
    /// The question and its choices.
    pub question: Option<QuestionView>,
    /// Live options, while they can be taken.
    pub options: Vec<OptionView>,
    /// Goals with their live value.
    pub goals: Vec<GoalView>,
    /// The latest hint that was asked for, and how many there are: (text, shown, all).
    pub hint: Option<(String, usize, usize)>,
    /// How much of the scene has run: now and length.
    pub elapsed: Time,
    /// The scene's length.
    pub length: Time,
    /// What `Next` does now, in words: `start`, `confirm`, `next scene`; empty = nothing.
    pub next: &'static str,
    /// Speed that fits the scene: simulated seconds per real second.
    pub speed: f64,
    /// Final result of a challenge: one line a mark, with whether it was earned.
    pub marks: Vec<(String, bool)>,
    /// The level is finished once this scene is left.
    pub last: bool,
    /// Free play: there is no lesson, and no end.
    pub free: bool,
    /// The part that the scene plays in its level.
    pub role: Role,
    /// The scene is still being set up: how much is done, 0 to 1.
    pub preparing: Option<f64>,
    /// Words of the glossary that the scene is about.
    pub terms: Vec<String>,
}

/// Where in a scene the student is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Beat {
    /// Reads the setting; the clock stands (scenes without a question start from here).
    #[default]
    Setting,
    /// Asked to predict; the clock stands until a choice is confirmed.
    Predict,
    /// The run is going.
    Run,
    /// The run paused by itself (`pause`), `Next` goes on.
    Paused,
    /// The run is over: verdict, explanation, debrief.
    Explain,
}

/// A question and its choices.
#[derive(Clone, PartialEq, Debug)]
pub struct QuestionView {
    /// The question.
    pub ask: String,
    /// Texts of the choices; none where a number is asked for.
    pub choices: Vec<String>,
    /// The number that is asked for.
    pub number: Option<NumberView>,
    /// What the student picked (and, after `Predict`, confirmed).
    pub picked: Option<usize>,
    /// What the run showed; only in `Explain`.
    pub right: Option<usize>,
}

/// A number that is asked for.
#[derive(Clone, PartialEq, Debug)]
pub struct NumberView {
    /// The metric as the level file writes it: `p95`.
    pub path: String,
    /// The range of guesses, base units; both over zero.
    pub range: (f64, f64),
    /// The ends of the range with their unit.
    pub ends: (String, String),
    /// The guess, base units and with its unit.
    pub guess: Option<(f64, String)>,
    /// What the run measured, with its unit, and whether the guess was near enough; only in `Explain`.
    pub measured: Option<(String, bool)>,
}

/// A live option.
#[derive(Clone, PartialEq, Debug)]
pub struct OptionView {
    /// What it says.
    pub label: String,
    /// It has been taken.
    pub taken: bool,
}

/// A goal with its live value.
#[derive(Clone, PartialEq, Debug)]
pub struct GoalView {
    /// The goal in words.
    pub text: String,
    /// The present value with its unit; `-` before there is one.
    pub value: String,
    /// It is met right now.
    pub met: bool,
    /// It was broken at some judgement (it can no longer be *held*): when.
    pub broken: Option<Time>,
    /// How far the value is from the limit, as a fraction of the limit; positive = on the good side.
    pub margin: Option<f64>,
    /// Path of the metric, so that charts can draw the limit: `p95`.
    pub path: String,
    /// The limit in base units.
    pub limit: f64,
}
