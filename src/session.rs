//! THE HALL: a level being played. Every frontend sends `Command` and reads `Snapshot` and `lesson()`.

pub mod lesson;
pub mod progress;

use std::sync::Arc;

use crate::level::Level;
use crate::sim::change::{Change, ChangeError};
use crate::sim::snapshot::Snapshot;
use crate::sim::time::Time;
use lesson::LessonView;

/// Everything that a frontend, a script or a replay can ask for.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    /// Alters the running system, if the scene allows it.
    Apply(Change),
    /// Takes the last change back.
    Undo,
    /// Makes it again.
    Redo,
    /// The scene from its start, same seed.
    Restart,
    /// The scene from its start with another seed.
    NewSeed,
    /// Picks a choice or a live option (from 0); not yet confirmed.
    Pick(usize),
    /// Confirms the pick, or goes on: to the run, the explanation, the next scene.
    Next,
    /// One scene back.
    Back,
    /// The next rung of the hint ladder.
    Hint,
    /// Crash or restore whatever is selected: crashes it if it is up, restores it if it is down.
    ToggleCrash(crate::sim::change::Target),
    /// Makes the target five times slower, or healthy again.
    ToggleSlow(crate::sim::change::Target),
    /// Multiplies the rate of all clients.
    Traffic(f64),
}

/// Why a command was refused; text for the student.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The scene does not allow this change.
    NotAllowed(String),
    /// The engine cannot make the change.
    Change(ChangeError),
    /// There is nothing to undo, redo, pick, or go back to.
    Nothing(&'static str),
}

/// How far an advance came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Advance {
    /// The instant asked for.
    Reached,
    /// The bound on events stopped it: call again.
    OutOfEvents,
    /// The lesson wants the student's attention (auto-pause, end of the scene): the clock stands.
    Paused,
}

/// A level being played.
#[derive(Clone)]
pub struct Session {
    level: Arc<Level>,
}

impl Session {
    /// Opens a level at a scene.
    pub fn open(level: Arc<Level>, scene: usize) -> Result<Self, ChangeError> {
        let _ = scene;
        Ok(Self { level })
    }
    /// The level.
    pub const fn level(&self) -> &Arc<Level> {
        &self.level
    }
    /// Carries out a command; `Ok` may carry a sentence for the status line.
    pub fn apply(&mut self, command: Command) -> Result<Option<String>, Refusal> {
        let _ = command;
        Ok(None)
    }
    /// Runs the simulation until an instant, at most `max_events` events. Stands still while the lesson waits for the student.
    pub fn advance(&mut self, until: Time, max_events: u64) -> Advance {
        let _ = (until, max_events);
        Advance::Reached
    }
    /// Carries out one event.
    pub fn step(&mut self) {}
    /// The picture of the system.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::default()
    }
    /// The lesson's present page.
    pub fn lesson(&self) -> LessonView {
        LessonView::default()
    }
    /// Simulated now.
    pub const fn now(&self) -> Time {
        Time::ZERO
    }
    /// The seed of the run.
    pub const fn seed(&self) -> u64 {
        0
    }
}
