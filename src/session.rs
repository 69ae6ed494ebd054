//! THE HALL: a level being played. Every frontend sends `Command` and reads `Snapshot` and `lesson()`.

mod act;
mod explain;
pub mod lesson;
mod marks;
mod page;
mod play;
pub mod presenter;
pub mod progress;
pub mod replay;
mod rewind;
pub mod timeline;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::insight::theory::curve::{self, Curve};
use crate::level::judge::{Referee, Verdict};
use crate::level::scene::Scene;
use crate::level::stage::{self, Approach};
use crate::level::{Level, words};
use crate::sim::change::{Change, ChangeError};
use crate::sim::id::NodeId;
use crate::sim::metrics::Windows;
use crate::sim::simulation::Simulation;
use crate::sim::snapshot::Snapshot;
use crate::sim::time::Time;
use crate::sim::topology::Topology;
pub use crate::sim::trace::Traces;
use crate::sim::whereabouts::Whereabouts;
use lesson::{Beat, LessonView};
use progress::LevelProgress;
use timeline::Timeline;

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
    /// On to the next scene without this one's end.
    Skip,
    /// To any scene of the level (from 0).
    GoTo(usize),
    /// Guesses the number that is asked for, base units of its metric; not yet confirmed.
    Guess(f64),
    /// The next rung of the hint ladder.
    Hint,
    /// Crash or restore whatever is selected: crashes it if it is up, restores it if it is down.
    ToggleCrash(crate::sim::change::Target),
    /// Makes the target five times slower, or healthy again.
    ToggleSlow(crate::sim::change::Target),
    /// Cuts the target off from every other part, or connects it again.
    ToggleCutOff(crate::sim::change::Target),
    /// Multiplies the rate of all clients.
    Traffic(f64),
    /// Back to an instant of this scene, as it was before any change made in it; later changes are dropped.
    Rewind(Time),
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

impl Refusal {
    /// The reason in words, without capital and full stop.
    pub fn text(&self) -> String {
        match self {
            Self::NotAllowed(text) => text.clone(),
            Self::Change(error) => error.to_string(),
            Self::Nothing(text) => (*text).to_owned(),
        }
    }
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

/// How far before a scene the measured points of a curve begin: what was normal.
const BEFORE: Time = Time::from_secs(20);

/// A level being played.
#[derive(Clone)]
pub struct Session {
    level: Arc<Level>,
    /// The level's own run, where the file has no scenes: free play without an end.
    own: Option<Arc<Scene>>,
    index: usize,
    /// Runs at the start of the scenes seen so far, so that `Back` and `Restart` find the student's own state.
    starts: BTreeMap<usize, Simulation>,
    /// Scenes whose start carries what the student did in the one before.
    mixed: BTreeSet<usize>,
    run: Timeline,
    /// The run without the scene's and the student's changes; `None` as long as there are none.
    twin: Option<Timeline>,
    /// The run without the student's changes, where it differs from the twin: the former design.
    former: Option<Timeline>,
    /// The way to the scene's start, while it is long.
    approach: Option<Box<Approach>>,
    origin: Time,
    end: Time,
    beat: Beat,
    picked: Option<usize>,
    guess: Option<f64>,
    pause_due: bool,
    referee: Referee,
    done: Vec<Deed>,
    undone: Vec<Deed>,
    /// Everything that was done or undone in this scene, for going back in time.
    acts: Vec<Act>,
    hints: usize,
    hint: Option<String>,
    tries: u32,
    verdict: Option<Verdict>,
    explanation: String,
    /// The scene's text with what was measured when it opened: what one reads does not change under one's eyes.
    setting: String,
    marks: Vec<(String, bool)>,
    progress: LevelProgress,
    /// The last scene was left.
    over: bool,
}

/// What the student did in one go.
#[derive(Clone, Debug)]
struct Deed {
    changes: Vec<Change>,
    /// What takes it back, in the order to be made; `None` = it cannot be taken back.
    inverse: Option<Vec<Change>>,
    option: Option<usize>,
    at: Time,
}

/// One thing done, or one thing undone.
#[derive(Clone, Debug)]
struct Act {
    at: Time,
    /// `None` = the latest deed was taken back.
    deed: Option<Deed>,
}

impl Session {
    /// Opens a level at a scene; a scene beyond the last opens the last.
    pub fn open(level: Arc<Level>, scene: usize) -> Result<Self, ChangeError> {
        let index = scene.min(level.scenes.len().saturating_sub(1));
        let own = level.scenes.is_empty().then(|| Arc::new(stage::own_scene(&level)));
        let approach = Approach::new(&level, index, level.seed)?;
        let mut session = Self {
            level,
            own,
            index,
            starts: BTreeMap::new(),
            mixed: BTreeSet::new(),
            twin: None,
            former: None,
            approach: None,
            origin: Time::ZERO,
            end: Time::NEVER,
            beat: Beat::Setting,
            picked: None,
            guess: None,
            pause_due: false,
            referee: Referee::new(&[], Time::ZERO, Time::NEVER),
            done: Vec::new(),
            undone: Vec::new(),
            acts: Vec::new(),
            hints: 0,
            hint: None,
            tries: 0,
            verdict: None,
            explanation: String::new(),
            setting: String::new(),
            marks: Vec::new(),
            progress: LevelProgress { at: index, ..LevelProgress::default() },
            over: false,
            run: Timeline::new(approach.run().clone()),
        };
        session.head_for(index, approach)?;
        Ok(session)
    }

    /// Sets the clock to the start of a scene. Nothing is altered if that fails.
    fn enter(&mut self, index: usize, start: Simulation) -> Result<(), ChangeError> {
        let scene = self.own.as_deref().unwrap_or_else(|| &self.level.scenes[index]);
        let free = self.own.is_some();
        let origin = start.now();
        let end = if free { Time::NEVER } else { origin + scene.until };
        let mut run = start.clone();
        stage::enter(&mut run, scene)?;
        run.trace_anew();
        self.referee = Referee::new(&scene.goals, origin, end);
        self.pause_due = scene.pause.is_some();
        self.twin = (!free && !scene.changes.is_empty()).then(|| Timeline::new(start.clone()));
        (self.former, self.approach) = (None, None);
        self.open_page(index);
        self.starts.insert(index, start);
        (self.run, self.origin, self.end) = (Timeline::new(run), origin, end);
        if free {
            self.beat = Beat::Run;
        }
        self.setting = self.filled(&self.scene().text);
        Ok(())
    }
    /// The first page of a scene; nothing is answered, done or known yet.
    fn open_page(&mut self, index: usize) {
        if index != self.index {
            (self.hints, self.hint, self.tries) = (0, None, 0);
        }
        (self.index, self.progress.at) = (index, index);
        self.setting.clear();
        self.beat = Beat::Setting;
        (self.picked, self.guess, self.verdict) = (None, None, None);
        self.explanation.clear();
        self.marks.clear();
        self.done.clear();
        self.undone.clear();
        self.acts.clear();
    }

    /// The level.
    pub const fn level(&self) -> &Arc<Level> {
        &self.level
    }
    /// The present scene; for a file without scenes, its own run.
    pub fn scene(&self) -> &Scene {
        self.own.as_deref().unwrap_or_else(|| &self.level.scenes[self.index])
    }
    /// The picture of the system.
    pub fn snapshot(&self) -> Snapshot {
        self.run.snapshot()
    }
    /// Where a request is right now; `None` = its client waits for it no longer.
    pub fn whereabouts(&self, client: NodeId, number: u64) -> Option<Whereabouts> {
        self.run.simulation().whereabouts(client, number)
    }
    /// One-second windows of the former design on the same requests: the ghost line. That is the run without the
    /// student's changes or, where there are none, without the scene's. Empty where nothing differs.
    pub fn before_windows(&self) -> Windows {
        self.former.as_ref().or(self.twin.as_ref()).map(|run| run.windows()).unwrap_or_default()
    }
    /// Response time against load of a node, in this scene and a little before; `None` where no model fits.
    pub fn curve(&self, name: &str) -> Option<Curve> {
        curve::of(&self.run, name, self.origin.saturating_sub(BEFORE))
    }
    /// Something was done in this scene that can be taken back.
    pub const fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }
    /// Something was taken back that can be done again.
    pub const fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }
    /// The traces that the run keeps, of requests that ended in this scene.
    pub fn traces(&self) -> Traces {
        let mut kept = self.run.traces().clone();
        for list in [&mut kept.sampled, &mut kept.slowest, &mut kept.failed] {
            list.retain(|t| t.ended > self.origin);
        }
        kept
    }
    /// A request that ended in this scene can be taken apart.
    pub fn has_traces(&self) -> bool {
        let kept = self.run.traces();
        [&kept.sampled, &kept.slowest, &kept.failed].into_iter().flatten().any(|t| t.ended > self.origin)
    }
    /// The lesson's present page.
    pub fn lesson(&self) -> LessonView {
        self.page()
    }
    /// The code from which `replay` repeats this scene as it was played so far; refused where the scene goes on from
    /// a run that the student had changed, because a code begins with the level's own start.
    pub fn run_code(&self) -> Result<String, Refusal> {
        if self.mixed.contains(&self.index) {
            return Err(Refusal::Nothing("this scene goes on from what you changed before: it has no code"));
        }
        let scene = self.own.is_none().then_some(self.index);
        Ok(replay::RunCode::new(&self.level, scene, self.run.seed(), self.run.now(), self.run.log()).encode())
    }
    /// The design as it is now.
    pub const fn topology(&self) -> &Topology {
        self.run.simulation().topology()
    }
    /// Knobs of a node, or of a link named `from->to`: name, present value ready to show, help.
    pub fn knobs(&self, name: &str) -> Vec<(&'static str, String, &'static str)> {
        let rows = self.knob_rows(name);
        let show =
            |row: KnobRow| (row.name, row.value.as_ref().map_or_else(|| "-".into(), words::value), row.help);
        rows.into_iter().map(show).collect()
    }
    /// What the student has reached in this level.
    pub const fn progress(&self) -> LevelProgress {
        self.progress
    }
    /// The student has left the last scene: the level can be closed.
    pub const fn is_over(&self) -> bool {
        self.over
    }
    /// When the present scene began; its clock counts from here.
    pub const fn origin(&self) -> Time {
        self.origin
    }
    /// Simulated now.
    pub const fn now(&self) -> Time {
        self.run.simulation().now()
    }
    /// The seed of the run.
    pub const fn seed(&self) -> u64 {
        self.run.simulation().seed()
    }
    /// Hash of all finished requests; see `contracts.md`.
    pub const fn digest(&self) -> u64 {
        self.run.simulation().digest()
    }
}

/// One knob as the inspector shows it.
#[derive(Clone, Debug)]
pub struct KnobRow {
    /// Its name.
    pub name: &'static str,
    /// Its present value; `None` = unset.
    pub value: Option<crate::sim::value::Value>,
    /// What it may hold.
    pub shape: crate::sim::value::Shape,
    /// What it does.
    pub help: &'static str,
    /// It may change while the system runs, and the scene lets the student change it.
    pub free: bool,
}
