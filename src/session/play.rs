//! The clock: runs the scene and its twin side by side, stops where the lesson wants the student's attention.

use super::lesson::Beat;
use super::progress::Try;
use super::timeline::Timeline;
use super::{Advance, Session};
use crate::level::judge::{RunFacts, next_second, pauses};
use crate::level::scene::{Pause, Role};
use crate::level::stage;
use crate::sim::metrics::{Measure, Metric, Scope};
use crate::sim::simulation::{Progress, Simulation};
use crate::sim::time::Time;

impl Session {
    /// Runs the simulation until an instant, at most `max_events` events. Stands still while the lesson waits for the student.
    pub fn advance(&mut self, until: Time, max_events: u64) -> Advance {
        let mut budget = max_events;
        if !self.go_on_approaching(&mut budget) {
            return Advance::OutOfEvents;
        }
        loop {
            if self.beat != Beat::Run {
                return Advance::Paused;
            }
            let stop = self.next_stop(until);
            let ghosts = [self.twin.as_mut(), self.former.as_mut()];
            let reached = drive(&mut self.run, stop, &mut budget)
                && ghosts.into_iter().flatten().all(|ghost| drive(ghost, stop, &mut budget));
            if !reached {
                return Advance::OutOfEvents;
            }
            self.look();
            if self.beat == Beat::Run && self.run.now() >= until {
                return Advance::Reached;
            }
        }
    }

    /// Carries out one event.
    pub fn step(&mut self) {
        if self.beat == Beat::Run && self.approach.is_none() {
            let now = self.run.step();
            for ghost in [&mut self.twin, &mut self.former].into_iter().flatten() {
                ghost.advance(now, stage::MAX_EVENTS_AHEAD);
            }
            self.look();
        }
    }

    /// What the run has measured over `(from, now]`, its twin beside it.
    pub(super) fn facts(&self, from: Time) -> RunFacts<'_> {
        RunFacts { run: &self.run, before: self.twin.as_deref(), from, to: self.run.now() }
    }

    /// The run of the scene without what was tried in it; `None` while that is the run itself.
    fn as_scripted(&self) -> Option<&Simulation> {
        // Where the scene changes nothing itself, its twin is the one that was left alone.
        if self.scene().changes.is_empty() { self.twin.as_deref() } else { self.former.as_deref() }
    }
    /// What the scene shows over `(from, now]`, whatever was tried in it.
    pub(super) fn untouched(&self, from: Time) -> RunFacts<'_> {
        let Some(run) = self.as_scripted() else { return self.facts(from) };
        let before = self.twin.as_deref().filter(|_| !self.scene().changes.is_empty());
        RunFacts { run, before, from, to: run.now() }
    }
    /// The question is decided by another run than the one that is seen.
    pub(super) fn asked_of_another_run(&self) -> bool {
        !self.scene().is_challenge() && self.as_scripted().is_some()
    }
    /// What a question was asked about: the scene as it is; in a challenge, the student's own design.
    pub(super) fn asked_facts(&self, from: Time) -> RunFacts<'_> {
        if self.scene().is_challenge() { self.facts(from) } else { self.untouched(from) }
    }

    /// A signal of all requests over `(from, now]`, base units; of the former design if `before`.
    pub fn signal(&self, measure: Measure, from: Time, before: bool) -> Option<f64> {
        let metric = Metric { scope: Scope::System, measure };
        let ghost = self.former.as_deref().or(self.twin.as_deref());
        let run: &Simulation = if before { ghost.unwrap_or(&self.run) } else { &self.run };
        run.measure(&metric, from, self.run.now())
    }

    /// The ghosts never fall behind by more than one stop; goals and pause conditions are looked at each second.
    fn next_stop(&self, until: Time) -> Time {
        let now = self.run.now();
        if [&self.twin, &self.former].into_iter().flatten().any(|ghost| ghost.now() < now) {
            return now;
        }
        let scene = self.scene();
        let mut stop = until.min(self.end);
        match &scene.pause {
            Some(Pause::At(at)) if self.pause_due => stop = stop.min(self.origin + *at),
            Some(Pause::When(_)) if self.pause_due => stop = stop.min(next_second(now)),
            _ => {}
        }
        if !scene.goals.is_empty() {
            stop = stop.min(next_second(now));
        }
        stop.max(now)
    }

    /// Judges the goals, ends the scene or pauses it.
    fn look(&mut self) {
        self.referee.judge(&self.run);
        let now = self.run.now();
        let early = self.scene().is_challenge()
            && self.referee.may_end_early()
            && now >= self.origin + stage::last_change(self.scene());
        if now >= self.end || early {
            self.finish();
        } else if self.pause_due && self.must_pause() {
            self.pause_due = false;
            self.beat = Beat::Paused;
        }
    }

    fn must_pause(&self) -> bool {
        match &self.scene().pause {
            Some(Pause::At(at)) => self.run.now() >= self.origin + *at,
            Some(Pause::When(condition)) => pauses(condition, &self.run, self.twin.as_deref(), self.origin),
            None => false,
        }
    }

    /// The run is over: verdict, marks and words are made once, from what it measured.
    fn finish(&mut self) {
        self.beat = Beat::Explain;
        self.tries += 1;
        self.verdict = self.decide();
        self.marks = self.earned();
        self.explanation = self.explain();
        self.note_progress();
    }

    /// What this end of a scene means for the student's progress.
    fn note_progress(&mut self) {
        let index = self.index;
        self.progress.done.add(index);
        if let Some(right) = self.guessed_right().filter(|_| !self.progress.answered.has(index)) {
            self.progress.answered.add(index);
            if right {
                self.progress.right.add(index);
            }
        }
        self.progress.finished |= match self.level.challenge() {
            Some(challenge) => challenge == self.index,
            None => self.is_last(),
        };
        let earned = self.marks.iter().filter(|(_, earned)| *earned).count() as u8;
        if self.scene().role == Role::Challenge {
            self.progress.passed |= self.referee.held();
            if earned >= self.progress.marks {
                self.progress.best = Some(self.tried());
            }
            self.progress.marks = self.progress.marks.max(earned);
        }
    }

    /// What this run of the challenge came to.
    fn tried(&self) -> Try {
        let value = |measure| self.signal(measure, self.origin, false).unwrap_or(0.0);
        let cost = self.run.topology().cost();
        Try {
            per_second: value(Measure::Throughput).round() as u32,
            good_ppm: (value(Measure::GoodShare) * 1e6) as u32,
            monthly_usd: cost.monthly_usd.round() as u32,
            parts: cost.parts,
        }
    }

    /// No scene comes after this one.
    pub(super) fn is_last(&self) -> bool {
        self.index + 1 >= self.level.scenes.len()
    }
}

/// Advances one run within a shared budget of events; whether it came to `stop`.
fn drive(run: &mut Timeline, stop: Time, budget: &mut u64) -> bool {
    if run.now() >= stop {
        return true;
    }
    let before = run.events();
    let reached = run.advance(stop, *budget) == Progress::Reached;
    *budget = budget.saturating_sub(run.events() - before);
    reached
}
