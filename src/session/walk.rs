//! From scene to scene: forward, back, anywhere, and from the start again.

use super::act::Done;
use super::lesson::Beat;
use super::timeline::Timeline;
use super::{Refusal, Session};
use crate::level::scene::Answer;
use crate::level::stage::{self, Approach};
use crate::sim::change::ChangeError;
use crate::sim::time::Time;

/// Events of a way to a scene that are carried out at once; a longer way is gone slice by slice.
const AT_ONCE: u64 = 100_000;

impl Session {
    /// Opens a scene's page, and the scene as soon as its start is reached.
    pub(super) fn head_for(&mut self, index: usize, mut approach: Approach) -> Result<(), ChangeError> {
        if approach.advance(&self.level, AT_ONCE)? {
            return self.enter(index, approach.run().clone());
        }
        self.open_page(index);
        self.run = Timeline::new(approach.run().clone());
        (self.twin, self.former) = (None, None);
        (self.origin, self.end) = (self.run.now(), Time::NEVER);
        self.approach = Some(Box::new(approach));
        Ok(())
    }
    /// Goes on towards the scene's start; whether it is reached. The page stays as the student has left it.
    pub(super) fn go_on_approaching(&mut self, budget: &mut u64) -> bool {
        let Some(mut approach) = self.approach.take() else { return true };
        let before = approach.run().events();
        let arrived = approach.advance(&self.level, *budget);
        *budget = budget.saturating_sub(approach.run().events() - before);
        match arrived {
            Ok(false) => {
                self.run = Timeline::new(approach.run().clone());
                self.approach = Some(approach);
                return false;
            }
            Ok(true) => {
                let page = (self.beat, self.picked, self.guess);
                if let Err(why) = self.enter(self.index, approach.run().clone()) {
                    self.give_up(&why);
                    return true;
                }
                (self.beat, self.picked, self.guess) = page;
                if self.beat == Beat::Run {
                    self.open_on_first_arrival();
                }
            }
            Err(why) => self.give_up(&why),
        }
        true
    }
    fn give_up(&mut self, why: &ChangeError) {
        self.explanation = format!("This scene cannot be set up: {why}.");
        self.beat = Beat::Explain;
    }
    /// Something moves from the first moment on, however slow the clock: nobody waits for the first request.
    fn open_on_first_arrival(&mut self) {
        let first = self.run.next_event_at();
        if self.run.now() == self.origin && first < self.end {
            for run in [Some(&mut self.run), self.twin.as_mut(), self.former.as_mut()].into_iter().flatten() {
                run.advance(first, AT_ONCE);
            }
        }
    }

    pub(super) fn restart(&mut self) -> Done {
        self.open_again(self.index).map_err(Refusal::Change)?;
        Ok(Some("from the start, the same requests".into()))
    }

    pub(super) fn new_seed(&mut self) -> Done {
        let seed = self.run.seed().wrapping_add(1);
        self.approach_scene(self.index, seed).map_err(Refusal::Change)?;
        self.mixed.remove(&self.index);
        Ok(Some(format!("from the start, other requests (seed {seed})")))
    }

    /// A scene from where the student's own way has led to it; else from the level's start.
    fn open_again(&mut self, index: usize) -> Result<(), ChangeError> {
        match self.starts.get(&index).cloned() {
            Some(start) => self.enter(index, start),
            None => self.approach_scene(index, self.run.seed()),
        }
    }
    fn approach_scene(&mut self, index: usize, seed: u64) -> Result<(), ChangeError> {
        let approach = Approach::new(&self.level, index, seed)?;
        self.head_for(index, approach)
    }

    pub(super) fn next(&mut self) -> Done {
        let predict = self.scene().predict.as_ref();
        match self.beat {
            Beat::Setting if predict.is_some() => self.beat = Beat::Predict,
            Beat::Predict => {
                match predict.map(|p| &p.answer) {
                    Some(Answer::Choices(_)) if self.picked.is_none() => {
                        return Err(Refusal::Nothing("pick an answer first"));
                    }
                    Some(Answer::Number { .. }) if self.guess.is_none() => {
                        return Err(Refusal::Nothing("set your guess with the arrow keys first"));
                    }
                    _ => {}
                }
                self.start_run();
            }
            Beat::Setting => self.start_run(),
            Beat::Paused => self.beat = Beat::Run,
            Beat::Run => return Err(Refusal::Nothing("the run is still going")),
            Beat::Explain => return Ok(self.next_scene()),
        }
        Ok(None)
    }
    pub(super) fn start_run(&mut self) {
        self.beat = Beat::Run;
        if self.approach.is_none() {
            self.open_on_first_arrival();
        }
    }

    /// Goes on to the next scene that can be set up; after the last the level is finished.
    pub(super) fn next_scene(&mut self) -> Option<String> {
        let ended = self.beat == Beat::Explain;
        let early = self.run.now() != self.origin + self.scene().until;
        let touched = early || !self.run.log().is_empty() || self.mixed.contains(&self.index);
        let mut carried = ended.then(|| self.run.simulation().clone());
        for index in self.index + 1..self.level.scenes.len() {
            let previous = stage::goes_on_from(&self.level, index) == Some(self.index);
            let carried = carried.take().filter(|_| previous);
            let mixed = carried.is_some() && touched;
            let opened = match carried {
                Some(run) => self.enter(index, run),
                None => self.approach_scene(index, self.run.seed()),
            };
            if opened.is_ok() {
                if mixed {
                    self.mixed.insert(index);
                } else {
                    self.mixed.remove(&index);
                }
                return None;
            }
        }
        self.over = true;
        // Who comes back begins anew.
        self.progress.at = 0;
        Some("the level is finished".into())
    }

    pub(super) fn back(&mut self) -> Done {
        let index = self.index.checked_sub(1).ok_or(Refusal::Nothing("this is the first scene"))?;
        self.go_to(index)
    }

    /// Any scene is open at any time.
    pub(super) fn go_to(&mut self, index: usize) -> Done {
        if index >= self.level.scenes.len() {
            return Err(Refusal::Nothing("there is no such scene"));
        }
        self.open_again(index).map_err(Refusal::Change)?;
        Ok(None)
    }
}
