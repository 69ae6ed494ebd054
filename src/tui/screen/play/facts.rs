//! What the keymap must know of a level being played.

use super::{Play, Room, Tab};
use crate::session::lesson::{Beat, QuestionView};
use crate::sim::component::Kind;
use crate::sim::snapshot::ReplicaState;
use crate::sim::time::Time;
use crate::tui::diagram::{Direction, Follow};
use crate::tui::keymap::{Facts, Place};

impl Play {
    /// What the keymap must know.
    pub fn facts(&self) -> Facts {
        if self.desk.open {
            return Facts {
                place: Place::Knobs,
                turns: [false, true].map(|up| self.desk.change(&self.session, up).is_some()),
                steps: [false, false, self.knob_beside(false).is_some(), self.knob_beside(true).is_some()],
                closes: true,
                ..Facts::default()
            };
        }
        if self.reading.typing {
            let place = Place::Play;
            return Facts { place, typing: true, filtered: true, closes: true, ..Facts::default() };
        }
        self.facts_of_the_lesson()
    }

    fn facts_of_the_lesson(&self) -> Facts {
        let picks = match (self.lesson.beat, &self.lesson.question) {
            (Beat::Predict, Some(q)) => q.choices.len(),
            (Beat::Run | Beat::Paused, _) => self.lesson.options.len(),
            _ => 0,
        };
        let steps = [Direction::Left, Direction::Right, Direction::Up, Direction::Down]
            .map(|d| self.diagram.step(self.selected, d).is_some_and(|p| Some(p) != self.selected));
        let (crash, slow) = self.faults();
        let open = self.open_for_changes();
        let back = self.way_back().is_some();
        Facts {
            place: Place::Play,
            follows: Follow::is_possible(&self.snapshot),
            following: self.followed.is_some(),
            zooms: [false, true].map(|larger| self.diagram.can_zoom(larger)),
            looks: self.looks(),
            looking: self.reading.at.is_some(),
            grows: [false, true].map(|up| self.grown(up).is_some()),
            sizes: self.desk.place_of("size").is_some(),
            cut: self.cut(),
            logged: self.snapshot.log.last().is_some_and(|e| e.at >= self.session.origin()),
            edit: !self.tunable.is_empty(),
            turns: [false, true].map(|up| self.moved_guess(up).is_some()),
            next: match () {
                () if back => "go back to here",
                () if self.unpicked() => "",
                () => self.lesson.next,
            },
            unpicked: self.unpicked(),
            choices: picks.min(9),
            steps,
            scenes: false,
            scrolls: self.scroll.1 > 0,
            tabs: self.room != Room::Large,
            closes: self.why
                || self.selected.is_some()
                || self.reading.at.is_some()
                || self.followed.is_some()
                || !self.reading.filter.is_empty(),
            filtered: !self.reading.filter.is_empty(),
            selected: !self.why,
            beat: self.lesson.beat,
            back: self.lesson.scene > 0,
            skip: self.lesson.beat != Beat::Explain
                && self.session.scene().until > Time::ZERO
                && !self.session.level().scenes.is_empty(),
            optional: self.lesson.role.is_optional() && self.lesson.beat == Beat::Setting,
            paused: self.paused,
            speeds: [self.pacing.can_slow(), self.pacing.can_speed()],
            // A challenge's traffic is the task; whether a knob may be turned is for `e`.
            traffic: open
                && !self.session.scene().is_challenge()
                && self.snapshot.nodes.iter().any(|n| n.kind == Kind::Client && !n.removed),
            missed: self.lesson.beat == Beat::Explain && self.lesson.marks.iter().any(|(_, earned)| !earned),
            crash,
            slow,
            undo: [open && self.session.can_undo(), open && self.session.can_redo()],
            hint: self.lesson.beat != Beat::Explain
                && self.lesson.hint.as_ref().is_none_or(|(_, shown, all)| shown < all)
                && self.has_hints(),
            why: self.bottleneck.is_some() && !self.why,
            traces: self.session.has_traces(),
            inspect: self.tab != Tab::Inspector && self.room != Room::Large,
            terms: !self.session.scene().terms.is_empty(),
            ..Facts::default()
        }
    }

    /// The clock of the lesson lets the student change the system: in a challenge before the run, too.
    pub(super) fn open_for_changes(&self) -> bool {
        match self.lesson.beat {
            Beat::Run | Beat::Paused => true,
            Beat::Setting | Beat::Predict => self.session.scene().is_challenge(),
            Beat::Explain => false,
        }
    }

    /// What `x` and `z` would do to the selected part, in a word.
    fn faults(&self) -> (&'static str, &'static str) {
        let (Some(target), Some(part)) = (self.target(), self.selected) else { return ("", "") };
        if !self.open_for_changes() {
            return ("", "");
        }
        let Some(node) = self.node(part) else { return ("", "") };
        let hit = || node.replicas.iter().filter(|r| target.replica.is_none_or(|i| i == r.index));
        let down = hit().all(|r| matches!(r.state, ReplicaState::Down | ReplicaState::Silent));
        let slow = hit().any(|r| r.slow > 1.0);
        (if down { "restore" } else { "crash" }, if slow { "heal" } else { "slow" })
    }

    /// What `p` would do to the selected part, in a word.
    fn cut(&self) -> &'static str {
        match self.target() {
            Some(target) if self.open_for_changes() => {
                if self.session.is_cut_off(&target) {
                    "reconnect"
                } else {
                    "cut off"
                }
            }
            _ => "",
        }
    }

    fn has_hints(&self) -> bool {
        let scene = self.session.scene();
        !(scene.hints.is_empty() && scene.goals.is_empty() && scene.solutions.is_empty())
    }

    /// A guess is asked for and not given yet.
    fn unpicked(&self) -> bool {
        let asks = |q: &QuestionView| match &q.number {
            Some(number) => number.guess.is_none(),
            None => q.picked.is_none(),
        };
        self.lesson.beat == Beat::Predict && self.lesson.question.as_ref().is_some_and(asks)
    }
}
