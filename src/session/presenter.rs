//! A level for a room: beats in a fixed order, one key forward and one back, each beat the same every time.
//!
//! ```text
//! title · text · question · answers │ run │ options │ run │ verdict · reason · debrief
//! ────────── the scene's start ─────│─────│─ pause ─│─────│─────── its end ───────────
//! ```
//!
//! Every beat belongs to a state of its scene's run: its start, its pause, its end. Going forward runs on to the next
//! one; going back begins the scene anew, on the same requests, and runs it silently to that state. A what-if is made in
//! a copy of the run, so the beat stays as it was.

mod script;
mod sentence;
mod slide;
mod stand;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::lesson::Beat as Page;
use super::{Advance, Command, Refusal, Session};
use crate::level::{Level, stage};
use crate::sim::time::Time;
pub use script::{Beat, Leg, Part};
pub use sentence::sentences;
pub use slide::{Item, Signal, Slide, Tone};
use stand::{Design, Stage, Stand};

/// Events that a key press carries out at once; a longer way is gone slice by slice.
const AT_ONCE: u64 = 50_000;

/// A level being presented.
pub struct Presenter {
    script: Vec<Beat>,
    at: usize,
    /// The way of the latest key: beats without a text are passed over in this direction.
    forward: bool,
    /// The run is not yet where the beat belongs.
    arriving: bool,
    /// The run of this beat is wanted at its end, as fast as the machine goes.
    hurried: bool,
    session: Session,
    /// Where the session is.
    here: Stand,
    /// The option or the design that was chosen in a scene.
    chosen: BTreeMap<usize, usize>,
    /// Why the scene cannot be shown.
    broken: Option<String>,
}

impl Presenter {
    /// Opens a level at its first beat.
    pub fn open(level: Arc<Level>) -> Result<Self, Refusal> {
        if level.scenes.is_empty() {
            return Err(Refusal::Nothing("this level has no scenes: there is nothing to present"));
        }
        let mut presenter = Self {
            script: script::script(&level),
            at: 0,
            forward: true,
            arriving: true,
            hurried: false,
            session: Session::open(level, 0).map_err(Refusal::Change)?,
            here: Stand { stage: Stage::Far, ..Stand::at_start(0) },
            chosen: BTreeMap::new(),
            broken: None,
        };
        presenter.settle(AT_ONCE);
        Ok(presenter)
    }

    /// The level.
    pub fn level(&self) -> &Arc<Level> {
        self.session.level()
    }
    /// The run behind the beat.
    pub const fn session(&self) -> &Session {
        &self.session
    }
    /// All beats in their order.
    pub fn beats(&self) -> &[Beat] {
        &self.script
    }
    /// Which of them it is, from 0.
    pub const fn at(&self) -> usize {
        self.at
    }
    /// The present beat.
    pub fn beat(&self) -> Beat {
        self.script[self.at]
    }
    /// The run goes on in sight.
    pub fn plays(&self) -> bool {
        let Part::Run(leg) = self.beat().part else { return false };
        !self.arriving && self.here.stage == if leg == Leg::Second { Stage::Second } else { Stage::First }
    }
    /// Time must pass: the run goes on in sight, or silently towards the beat.
    pub fn is_busy(&self) -> bool {
        self.arriving || self.plays()
    }
    /// The run is still on its way to the beat.
    pub const fn is_arriving(&self) -> bool {
        self.arriving
    }

    /// The next beat; while a run goes on in sight, its end. False at the end of the script.
    pub fn forward(&mut self) -> bool {
        if self.plays() && !self.hurried {
            self.hurried = true;
            self.run_on(Time::NEVER, AT_ONCE);
            return true;
        }
        self.step(true)
    }
    /// The beat before. False at the first one.
    pub fn back(&mut self) -> bool {
        self.step(false)
    }
    /// The heading of the next scene, or of this one and then of the one before.
    pub fn scene(&mut self, forward: bool) -> bool {
        let beat = self.beat();
        let scene = match (forward, beat.part) {
            (true, _) => beat.scene + 1,
            (false, Part::Title) => match beat.scene.checked_sub(1) {
                Some(before) => before,
                None => return false,
            },
            (false, _) => beat.scene,
        };
        let Some(at) = self.script.iter().position(|b| b.scene == scene) else { return false };
        self.go(at, true);
        true
    }
    /// Takes an option at the pause, or tries a tempting design (from 0), and goes on with it.
    pub fn pick(&mut self, choice: usize) -> bool {
        if self.arriving || choice >= self.choices() {
            return false;
        }
        self.chosen.insert(self.beat().scene, choice);
        self.step(true)
    }
    /// How many options or designs can be picked now.
    pub fn choices(&self) -> usize {
        let scene = self.shown();
        match self.beat().part {
            Part::Options => scene.options.len(),
            Part::Designs => scene.wrong.len(),
            _ => 0,
        }
    }

    /// Lets the run of this beat go on until an instant, or goes on towards the beat; at most about `max_events` events.
    pub fn advance(&mut self, until: Time, max_events: u64) {
        if self.arriving {
            self.settle(max_events);
        } else if self.plays() {
            let until = if self.hurried { Time::NEVER } else { until };
            self.run_on(until, max_events);
        }
    }

    /// A copy of the run in which everything may be changed and which has no end; `None` while there is no run to copy.
    pub fn what_if(&self) -> Option<Session> {
        (!self.arriving && self.broken.is_none()).then(|| self.session.clone().set_free())
    }

    fn step(&mut self, forward: bool) -> bool {
        let mut at = self.at;
        loop {
            let next =
                if forward { Some(at + 1).filter(|n| *n < self.script.len()) } else { at.checked_sub(1) };
            let Some(next) = next else { return false };
            at = next;
            if !self.lacks_choice(self.script[at]) {
                self.go(at, forward);
                return true;
            }
        }
    }

    fn go(&mut self, at: usize, forward: bool) {
        (self.at, self.forward) = (at, forward);
        (self.hurried, self.arriving) = (false, true);
        let beat = self.beat();
        if matches!(beat.part, Part::Options | Part::Designs) {
            // The choice is open again, however one comes here.
            self.chosen.remove(&beat.scene);
        }
        self.settle(AT_ONCE);
    }

    /// Runs on to where the beat belongs; if there turns out to be nothing to say, to the next beat.
    fn settle(&mut self, max_events: u64) {
        while self.arrive(max_events) {
            if !self.is_empty() {
                self.arriving = false;
                return;
            }
            if !self.step_over() {
                self.forward = !self.forward;
            }
        }
    }

    fn step_over(&mut self) -> bool {
        let next = if self.forward { self.at + 1 } else { self.at.wrapping_sub(1) };
        let there = next < self.script.len();
        if there {
            self.at = next;
        }
        there
    }

    /// The beat needs an option or a design, and none was chosen.
    fn lacks_choice(&self, beat: Beat) -> bool {
        let needs = matches!(beat.part, Part::Tells(_) | Part::Run(Leg::Tried) | Part::Outcome(Leg::Tried));
        needs && !self.chosen.contains_key(&beat.scene)
    }

    /// There is nothing to show: only known where the beat belongs.
    fn is_empty(&self) -> bool {
        let beat = self.beat();
        if self.broken.is_some() {
            return !matches!(beat.part, Part::Title | Part::Run(_));
        }
        self.lacks_choice(beat)
            || match beat.part {
                // The pause never came.
                Part::Options | Part::Run(Leg::Second) => self.here.stage == Stage::Over,
                Part::Because(_) | Part::Tells(_) => self.said().is_empty(),
                _ => false,
            }
    }

    /// Where the run must be for this beat.
    fn wanted(&self) -> Stand {
        let Beat { scene, part } = self.beat();
        let chosen = self.chosen.get(&scene).copied();
        let this = &self.session.level().scenes[scene];
        let (challenge, solved) = (this.is_challenge(), script::has_move(this));
        let option = chosen.filter(|_| !challenge);
        let tried = chosen.map_or(Design::Own, Design::Wrong);
        let stand = |design, option, stage| Stand { scene, design, option, stage };
        match part {
            Part::Title | Part::Text(_) | Part::Goals | Part::Ask | Part::Choices => Stand::at_start(scene),
            Part::Run(Leg::First) => stand(Design::Own, None, Stage::First),
            Part::Options => stand(Design::Own, None, Stage::Paused),
            Part::Run(Leg::Second) => stand(Design::Own, option, Stage::Second),
            Part::Run(Leg::Tried) => stand(tried, None, Stage::First),
            Part::Outcome(Leg::Tried) => stand(tried, None, Stage::Over),
            Part::Tells(_) if challenge => stand(tried, None, Stage::Over),
            Part::Move if solved => stand(Design::Solution, None, Stage::Standing),
            Part::Run(Leg::Solved) => stand(Design::Solution, None, Stage::First),
            Part::Outcome(Leg::Solved) => stand(Design::Solution, None, Stage::Over),
            Part::Debrief(_) if challenge && solved => stand(Design::Solution, None, Stage::Over),
            _ => stand(Design::Own, option, Stage::Over),
        }
    }

    /// Goes on towards the beat; whether the run is there.
    fn arrive(&mut self, max_events: u64) -> bool {
        let wanted = self.wanted();
        if !self.here.leads_to(&wanted) {
            self.begin_anew(&wanted);
        }
        loop {
            if self.broken.is_some() {
                return true;
            }
            match self.here.stage {
                Stage::Far => {
                    if !self.session.approach(max_events) {
                        return false;
                    }
                    self.broken = self.session.set_design(self.here.design);
                    self.here.stage = Stage::Standing;
                }
                stage if stage >= wanted.stage => return true,
                Stage::Standing => {
                    self.session.start_run();
                    self.here.stage = Stage::First;
                }
                Stage::Paused => {
                    self.session.go_on_with(wanted.option);
                    (self.here.option, self.here.stage) = (wanted.option, Stage::Second);
                }
                Stage::First | Stage::Second | Stage::Over => {
                    if !self.run_on(Time::NEVER, max_events) {
                        return false;
                    }
                }
            }
        }
    }

    /// The scene from its start, as the level has it.
    fn begin_anew(&mut self, wanted: &Stand) {
        let level = Arc::clone(self.session.level());
        let goes_on = stage::goes_on_from(&level, wanted.scene) == Some(self.here.scene);
        let ended = self.here.stage == Stage::Over && self.here.design == Design::Own;
        self.broken = None;
        if !(goes_on && ended && self.session.carry_on(wanted.scene))
            && let Err(refusal) = self.session.apply(Command::GoTo(wanted.scene))
        {
            self.broken = Some(format!("This scene cannot be set up: {}.", refusal.text()));
        }
        self.here = Stand { design: wanted.design, stage: Stage::Far, ..Stand::at_start(wanted.scene) };
    }

    /// Runs until an instant, but not beyond the pause or the end; whether one of them was reached.
    fn run_on(&mut self, until: Time, max_events: u64) -> bool {
        let first = self.here.stage == Stage::First;
        let scene = self.session.scene();
        let stop = (first && scene.pause.is_none() && script::pauses(scene))
            .then(|| self.session.origin() + Time::from_ns(scene.until.ns() / 2));
        let until = until.min(stop.unwrap_or(Time::NEVER));
        loop {
            let advance = self.session.advance(until, max_events);
            match (advance, self.session.page_now()) {
                (Advance::Paused, Page::Explain) => self.here.stage = Stage::Over,
                (Advance::Paused, Page::Paused) if first && script::pauses(self.session.scene()) => {
                    self.here.stage = Stage::Paused;
                }
                (Advance::Paused, _) => {
                    // A challenge may pause for a student; here the design is made at the start.
                    self.session.start_run();
                    continue;
                }
                (Advance::Reached, _) if stop == Some(until) => self.here.stage = Stage::Paused,
                _ => return false,
            }
            self.hurried = false;
            return true;
        }
    }
}
