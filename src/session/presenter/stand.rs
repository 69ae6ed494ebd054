//! Where a scene's run is: what a beat asks of the session, and how the session is brought there.

use crate::level::scene::{Role, Scene};
use crate::session::lesson::Beat as Page;
use crate::session::timeline::Timeline;
use crate::session::{Referee, Session};
use crate::sim::change::Change;
use crate::sim::time::Time;
use std::sync::Arc;

/// A state of a scene's run that can be reached again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stand {
    /// The scene.
    pub scene: usize,
    /// The design that runs.
    pub design: Design,
    /// What was chosen at the pause.
    pub option: Option<usize>,
    /// How far it has come.
    pub stage: Stage,
}

/// A design of a scene.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Design {
    /// As the scene has it.
    Own,
    /// One of those that look right.
    Wrong(usize),
    /// The one that meets the goals.
    Solution,
}

/// How far a scene's run has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Debug)]
pub enum Stage {
    /// Still on the way to the scene's start.
    Far,
    /// At the start; the clock stands.
    Standing,
    /// On the way to the pause, or to the end where there is none.
    First,
    /// At the pause.
    Paused,
    /// On the way from there to the end.
    Second,
    /// At the end.
    Over,
}

impl Stand {
    /// The start of a scene.
    pub const fn at_start(scene: usize) -> Self {
        Self { scene, design: Design::Own, option: None, stage: Stage::Standing }
    }
    /// The other can be reached by running on. A run that is to be seen is seen from its beginning.
    pub fn leads_to(&self, other: &Self) -> bool {
        let seen = matches!(other.stage, Stage::First | Stage::Second) && self.stage == other.stage;
        let same = self.scene == other.scene && self.design == other.design;
        same && !seen
            && self.stage <= other.stage
            && (self.stage < Stage::Second || self.option == other.option)
    }
}

impl Session {
    /// The lesson's page.
    pub(super) const fn page_now(&self) -> Page {
        self.beat
    }
    /// Goes on to the scene's start; whether it is reached.
    pub(super) fn approach(&mut self, max_events: u64) -> bool {
        let mut budget = max_events;
        self.go_on_approaching(&mut budget)
    }
    /// Makes a design's changes before the run; why that is not possible.
    pub(super) fn set_design(&mut self, design: Design) -> Option<String> {
        if self.beat == Page::Explain {
            return Some(self.explanation.clone());
        }
        let changes = self.changes_of(design);
        if changes.is_empty() {
            return None;
        }
        self.make(changes, None)
            .err()
            .map(|refusal| format!("This design cannot be made: {}.", refusal.text()))
    }
    /// What makes the design of the scene.
    pub(super) fn changes_of(&self, design: Design) -> Vec<Change> {
        let scene = self.scene();
        let changes = match design {
            Design::Own => None,
            Design::Wrong(i) => scene.wrong.get(i).map(|w| &w.changes),
            Design::Solution => scene.solutions.first().map(|s| &s.changes),
        };
        changes.cloned().unwrap_or_default()
    }
    /// Takes an option at the pause and lets the run go on.
    pub(super) fn go_on_with(&mut self, option: Option<usize>) {
        if let Some(option) = option {
            // What the gate has proved can be done.
            let _ = self.pick(option);
        }
        self.beat = Page::Run;
    }
    /// Goes on to the next scene with this one's run as the level has it, as if it had been run ahead; whether that is
    /// possible.
    pub(super) fn carry_on(&mut self, scene: usize) -> bool {
        let untouched = self.untouched(self.origin).run.clone();
        let whole = untouched.now() == self.origin + self.scene().until;
        whole && self.enter(scene, untouched).is_ok()
    }
    /// Everything may be changed from here on, nothing ends, nothing is asked.
    pub(super) fn set_free(mut self) -> Self {
        let now = self.run.now();
        let scene = Scene {
            role: Role::Story,
            pause: None,
            predict: None,
            options: Vec::new(),
            goals: Vec::new(),
            ..self.scene().clone()
        };
        self.own = Some(Arc::new(scene));
        (self.twin, self.former, self.end, self.pause_due) = (None, None, Time::NEVER, false);
        self.referee = Referee::new(&[], now, Time::NEVER);
        self.run = Timeline::new(self.run.simulation().clone());
        self.done.clear();
        self.undone.clear();
        self.acts.clear();
        (self.verdict, self.hint) = (None, None);
        self.start_run();
        self
    }
}
