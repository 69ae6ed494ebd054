//! Scenes: what a lesson is made of.

use super::goal::Goal;
use crate::sim::change::{Change, TimedChange};
use crate::sim::time::Time;

/// One scene of a level.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Unique in the level.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// The setting; placeholders `{path}`, `{path:%}`, `{before.path}` are filled in from the run, `{say:...}` is literal.
    pub text: String,
    /// Its part in the level.
    pub role: Role,
    /// Where the run starts from.
    pub start: Start,
    /// Runs silently so long before the scene opens, without the scene's changes: the healthy system.
    pub warm: Time,
    /// Applied at the start (`at` is since the scene's start).
    pub changes: Vec<TimedChange>,
    /// The run pauses by itself.
    pub pause: Option<Pause>,
    /// How long the scene runs.
    pub until: Time,
    /// What the student may change: `web.replicas`, `lb.policy`, `add:cache`, `crash:web`; empty = nothing but looking.
    pub allow: Vec<String>,
    /// Rungs 1 to 3 of the hint ladder.
    pub hints: Vec<String>,
    /// The principle in a few lines; placeholders as in `text`.
    pub debrief: String,
    /// The presenter's notes.
    pub notes: String,
    /// What-ifs to try.
    pub try_next: Vec<String>,
    /// The question, if the scene asks one.
    pub predict: Option<Predict>,
    /// Live options.
    pub options: Vec<SceneOption>,
    /// Goals of the scene.
    pub goals: Vec<Goal>,
    /// Parts and cost that earn the second mark.
    pub par: Option<Par>,
    /// Designs that meet the goals.
    pub solutions: Vec<Solution>,
    /// Designs that look right and are not.
    pub wrong: Vec<Wrong>,
    /// Words of the glossary that the scene is about.
    pub terms: Vec<String>,
}

impl Scene {
    /// It is judged by its goals and earns marks: the challenge or a variant of it.
    pub fn is_challenge(&self) -> bool {
        matches!(self.role, Role::Challenge | Role::Variant)
    }
}

/// The part that a scene plays in its level.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Role {
    /// One step of the story.
    #[default]
    Story,
    /// Beside the story: may be skipped.
    SideRoom,
    /// The level's challenge.
    Challenge,
    /// The challenge with the same symptom and another cause.
    Variant,
}

impl Role {
    /// It may be left out without loss.
    pub const fn is_optional(self) -> bool {
        matches!(self, Self::SideRoom | Self::Variant)
    }
}

/// Where a scene's run starts from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Start {
    /// The level's design at time zero.
    Base,
    /// The state in which the scene before ended.
    Previous,
    /// A further topology of the level at time zero.
    Topology(String),
}

/// When the run pauses by itself.
#[derive(Clone, Debug)]
pub enum Pause {
    /// At an instant since the scene's start.
    At(Time),
    /// As soon as a condition holds (sliding window of 10 s).
    When(super::expression::Expression),
}

/// A question whose answer the run decides.
#[derive(Clone, Debug)]
pub struct Predict {
    /// The question.
    pub ask: String,
    /// Measured from this instant since the scene's start (default zero) to the scene's end.
    pub from: Time,
    /// What is answered.
    pub answer: Answer,
}

/// Kinds of answers.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Choices, of which exactly one comes true.
    Choices(Vec<Choice>),
    /// A number on the live chart.
    Number {
        /// The metric to guess.
        metric: super::expression::Expression,
        /// Relative error that still counts as right.
        tolerance: f64,
        /// The range of guesses, base units of the metric; `low` is over zero.
        low: f64,
        /// Its upper end.
        high: f64,
        /// Said after the run; placeholders.
        because: String,
    },
}

/// One choice.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What it says.
    pub text: String,
    /// True in the run if this choice is right.
    pub when: super::expression::Expression,
    /// Said after the run to whoever picked it, and for the right one to all; placeholders.
    pub because: String,
}

/// A live option.
#[derive(Clone, Debug)]
pub struct SceneOption {
    /// What it says.
    pub label: String,
    /// What it does.
    pub changes: Vec<Change>,
    /// Whether it worked.
    pub shows: Option<super::expression::Expression>,
    /// What is said when it took effect; placeholders.
    pub tells: String,
}

/// Cost and parts of a good design.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Par {
    /// US dollars a month.
    pub monthly_usd: Option<f64>,
    /// Machines and managed parts.
    pub parts: Option<u32>,
}

/// A design that meets the goals.
#[derive(Clone, Debug)]
pub struct Solution {
    /// Its name.
    pub name: String,
    /// How to get there; empty = doing nothing is right.
    pub changes: Vec<Change>,
    /// Indices into `changes` without which the goals are missed.
    pub necessary: Vec<usize>,
}

/// A tempting design that fails.
#[derive(Clone, Debug)]
pub struct Wrong {
    /// How to get there.
    pub changes: Vec<Change>,
    /// What it fails: a goal's path, `cost` or `parts`.
    pub fails: String,
    /// The reason, for authors.
    pub reason: String,
    /// What is said to who tried it; placeholders.
    pub tells: String,
}
