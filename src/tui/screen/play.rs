//! A level being played: the session, the latest picture of it, and what is selected and open on screen.

mod facts;
mod look_back;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use ratatui::layout::Rect;

use super::stage::Spot;
use crate::insight::bottleneck::{self, Bottleneck};
use crate::insight::theory::curve::Curve;
use crate::session::lesson::{Beat, LessonView};
use crate::session::{Advance, Command, Refusal, Session};
use crate::sim::change::{Change, Target};
use crate::sim::component::Kind;
use crate::sim::id::NodeId;
use crate::sim::metrics::Windows;
use crate::sim::snapshot::{NodeView, Snapshot};
use crate::sim::time::Time;
use crate::tui::desk::Desk;
use crate::tui::diagram::{Diagram, Follow, Motion, Part};
use crate::tui::pacing::Pacing;
use crate::tui::panel::signals::Memory;
use crate::tui::screen::stage::tab::Drawn;
use look_back::Reading;

/// Presses from one end of a range of guesses to the other.
const GUESS_STEPS: f64 = 24.0;

/// The panels that share the room at small sizes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tab {
    /// The lesson's page.
    Lesson,
    /// Charts.
    Signals,
    /// Goals.
    Goals,
    /// The event log.
    Log,
    /// How busy the nodes are.
    Busy,
    /// The selected part.
    Inspector,
}

impl Tab {
    /// In the order of the tab bar.
    pub const ALL: [Self; 6] =
        [Self::Lesson, Self::Signals, Self::Goals, Self::Log, Self::Busy, Self::Inspector];
    /// Its name there.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lesson => "Lesson",
            Self::Signals => "Signals",
            Self::Goals => "Goals",
            Self::Log => "Log",
            Self::Busy => "Busy",
            Self::Inspector => "Inspector",
        }
    }
    fn turn(self, by: usize) -> Self {
        let at = Self::ALL.iter().position(|t| *t == self).unwrap_or(0);
        Self::ALL[(at + by) % Self::ALL.len()]
    }
}

/// How much room there is: decides what is shown at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Room {
    /// One panel at a time, in tabs.
    #[default]
    Small,
    /// Most panels; the log and the inspector share a place.
    Medium,
    /// All at once.
    Large,
}

/// A level being played.
pub struct Play {
    /// The session.
    pub session: Session,
    /// The latest picture of the system.
    pub snapshot: Snapshot,
    /// The same seconds without the scene's change, where there is one.
    pub before: Windows,
    /// The latest page of the lesson.
    pub lesson: LessonView,
    /// What holds the system back.
    pub bottleneck: Option<Bottleneck>,
    /// The diagram, with its layout.
    pub diagram: Diagram,
    /// The selected part.
    pub selected: Option<Part>,
    /// Its response time against load, if a model fits it.
    pub curve: Option<Curve>,
    /// Its knobs.
    pub desk: Desk,
    /// Nodes with a knob that the scene lets the student change.
    tunable: Vec<NodeId>,
    /// The open tab; at medium size, `Log` or `Inspector` share a place.
    pub tab: Tab,
    /// The bottleneck's words stand in the lesson's place.
    pub why: bool,
    /// While they do: the way from the symptom to its cause, as this run shows it.
    pub chain: Vec<String>,
    /// The request that is followed hop by hop.
    pub followed: Option<Follow>,
    /// What the charts and the log are read for.
    pub reading: Reading,
    /// The columns of the charts that are known already.
    pub(super) columns: Memory,
    /// The charts as they were drawn last: the signals, and how busy the nodes are.
    pub(super) drawn: [Option<Drawn>; 2],
    /// How often charts were drawn anew; the other times they were copied.
    pub charted: u64,
    /// Commands carried out so far.
    pub(super) commands: u64,
    /// The student stopped the clock.
    pub paused: bool,
    /// The pace.
    pub pacing: Pacing,
    /// How far the open page is scrolled, and how far it can be: set when it is drawn.
    pub scroll: (usize, usize),
    /// Where a click means something, at the last draw.
    pub spots: Vec<(Rect, Spot)>,
    /// Room at the last draw.
    pub room: Room,
    /// Frames since the start, for moving dots.
    pub frame: u64,
}

impl Play {
    /// Starts with a session that was just opened.
    pub fn new(session: Session) -> Self {
        let (snapshot, lesson) = (session.snapshot(), session.lesson());
        let mut play = Self {
            pacing: Pacing::new(lesson.speed),
            bottleneck: bottleneck::find(&snapshot),
            before: session.before_windows(),
            session,
            snapshot,
            lesson,
            diagram: Diagram::default(),
            selected: None,
            curve: None,
            desk: Desk::default(),
            tunable: Vec::new(),
            tab: Tab::Lesson,
            why: false,
            chain: Vec::new(),
            followed: None,
            reading: Reading::default(),
            columns: Memory::default(),
            drawn: [None, None],
            charted: 0,
            commands: 0,
            paused: false,
            scroll: (0, 0),
            spots: Vec::new(),
            room: Room::Small,
            frame: 0,
        };
        play.look_around();
        play
    }

    /// Finds the nodes whose knobs may be changed now.
    fn look_around(&mut self) {
        let nodes = self.snapshot.nodes.iter().filter(|n| self.open_for_changes() && !n.removed);
        self.tunable = nodes
            .filter(|n| {
                let mut desk = Desk::default();
                desk.read(&self.session, Some(&n.name));
                desk.free() > 0
            })
            .map(|n| n.id)
            .collect();
        if self.tunable.is_empty() {
            self.desk.open = false;
        }
    }

    /// The clock runs, or the scene is still being set up.
    pub fn runs(&self) -> bool {
        self.lesson.beat == Beat::Run && !self.paused || self.lesson.preparing.is_some()
    }

    /// The scene's run has begun and is not over: it can be brought back to an earlier instant.
    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.lesson.beat, Beat::Run | Beat::Paused)
    }

    /// Lets real time pass.
    pub fn advance(&mut self, real: Duration) {
        if !self.runs() {
            return;
        }
        let ran = self.lesson.beat == Beat::Run;
        let until = self.pacing.target(self.session.now(), real);
        let advance = self.session.advance(until, self.pacing.events());
        self.frame += 1;
        self.refresh();
        if advance == Advance::Paused && ran {
            self.show_lesson();
        }
    }

    /// One event; the clock stands afterwards.
    pub fn step(&mut self) {
        self.paused = true;
        self.session.step();
        self.refresh();
    }

    fn show_lesson(&mut self) {
        (self.tab, self.why, self.scroll.0) = (Tab::Lesson, false, 0);
    }

    /// Takes a new picture of the session; a new scene starts with its own pace.
    fn refresh(&mut self) {
        let before = (self.lesson.scene, self.lesson.beat);
        let prepared = self.lesson.preparing.is_none();
        let second = self.latest_second();
        self.snapshot = self.session.snapshot();
        self.before = self.session.before_windows();
        self.lesson = self.session.lesson();
        self.bottleneck = bottleneck::find(&self.snapshot);
        self.why &= self.bottleneck.is_some();
        // They are made from whole seconds: between two of them they stay.
        if second != self.latest_second() {
            if self.why {
                self.chain = self.session.causes();
            }
            self.look_at_load();
        }
        self.look_after_followed();
        if self.lesson.scene != before.0 {
            self.followed = None;
            self.pacing = Pacing::new(self.lesson.speed);
        }
        if (self.lesson.scene, self.lesson.beat) != before {
            (self.paused, self.reading.at) = (false, None);
            self.show_lesson();
            self.look_around();
        } else if prepared != self.lesson.preparing.is_none() {
            self.look_around();
        }
        if self.selected.is_some_and(|p| self.node(p).is_none_or(|n| n.removed)) {
            self.selected = None;
        }
        self.look_up();
    }

    /// The end of the latest second that was measured.
    fn latest_second(&self) -> Option<Time> {
        self.snapshot.windows.last().map(|w| w.end)
    }

    /// Carries out a command and answers with the sentence for the status line.
    pub fn command(&mut self, command: Command) -> Result<Option<String>, Refusal> {
        self.commands += 1;
        let answer = self.session.apply(command)?;
        if !matches!(self.reading.at, Some(at) if at < self.session.now()) {
            self.reading.at = None;
        }
        self.refresh();
        self.look_around();
        Ok(answer)
    }

    /// Selects a part, or nothing.
    pub fn select(&mut self, part: Option<Part>) {
        self.selected = part;
        if matches!(self.tab, Tab::Inspector) {
            self.scroll.0 = 0;
        }
        self.look_up();
        self.look_at_load();
    }

    /// Name of the node that is selected, wholly or a server of it.
    fn selected_name(&self) -> Option<Arc<str>> {
        self.selected.and_then(|p| self.node(p)).map(|n| Arc::clone(&n.name))
    }

    fn look_up(&mut self) {
        let name = self.selected_name();
        self.desk.read(&self.session, name.as_deref());
    }

    /// Compares the selected part with theory.
    fn look_at_load(&mut self) {
        self.curve = self.selected_name().and_then(|name| self.session.curve(&name));
    }

    /// Opens the knobs, of the selected part if it has any to change, else of the first that has; or closes them.
    pub fn edit(&mut self) {
        if self.desk.open {
            (self.desk.open, self.tab) = (false, Tab::Lesson);
            return;
        }
        let Some(first) = self.tunable.first().copied() else { return };
        let here = self.selected.and_then(|p| self.node(p)).map(|n| n.id);
        if here.is_none_or(|id| !self.tunable.contains(&id)) {
            self.select(Some(Part::Node(first)));
        }
        (self.desk.open, self.desk.chosen) = (true, 0);
        (self.tab, self.why, self.scroll.0) = (Tab::Inspector, false, 0);
    }

    /// Opens the knobs at the size of the selected part's machine.
    pub fn edit_size(&mut self) {
        if let Some(at) = self.desk.place_of("size") {
            (self.desk.open, self.desk.chosen) = (true, at);
            (self.tab, self.why, self.scroll.0) = (Tab::Inspector, false, 0);
        }
    }

    /// The selected part with a server more, or one fewer; `None` where that cannot be.
    pub fn grown(&self, up: bool) -> Option<Change> {
        self.open_for_changes()
            .then(|| self.desk.change_at(&self.session, self.desk.place_of("replicas")?, up))?
    }

    /// Chooses the knob below or above; past the last, the next part with knobs.
    pub fn choose_knob(&mut self, down: bool) {
        let Some((part, chosen)) = self.knob_beside(down) else { return };
        if let Some(id) = part {
            self.select(Some(Part::Node(id)));
        }
        self.desk.chosen = chosen.min(self.desk.free().saturating_sub(1));
    }

    fn knob_beside(&self, down: bool) -> Option<(Option<NodeId>, usize)> {
        let (chosen, free) = (self.desk.chosen, self.desk.free());
        if down && chosen + 1 < free {
            return Some((None, chosen + 1));
        }
        if !down && chosen > 0 {
            return Some((None, chosen - 1));
        }
        let here = self.selected.and_then(|p| self.node(p)).map(|n| n.id)?;
        let at = self.tunable.iter().position(|id| *id == here)?;
        let to = if down { at + 1 } else { at.checked_sub(1)? };
        self.tunable.get(to).map(|id| (Some(*id), if down { 0 } else { usize::MAX }))
    }

    /// Opens the next or the previous tab.
    pub fn turn(&mut self, forward: bool) {
        self.why = false;
        self.scroll.0 = 0;
        self.tab = match self.room {
            Room::Medium => {
                // Log, Busy and Inspector share a place.
                let at = match self.tab {
                    Tab::Inspector => 2,
                    Tab::Busy => 1,
                    _ => 0,
                };
                [Tab::Log, Tab::Busy, Tab::Inspector][(at + if forward { 1 } else { 2 }) % 3]
            }
            _ => self.tab.turn(if forward { 1 } else { Tab::ALL.len() - 1 }),
        };
    }

    /// Opens a tab.
    pub fn open_tab(&mut self, tab: Tab) {
        (self.tab, self.why, self.scroll.0) = (tab, false, 0);
    }

    /// Shows what is known about the selected part; selects the bottleneck or the first part if nothing is.
    pub fn inspect(&mut self) {
        if self.selected.is_none() {
            let suspect = self.bottleneck.as_ref().map(|b| Part::Node(b.node));
            self.select(suspect.or_else(|| self.diagram.parts().first().copied()));
        }
        (self.tab, self.why, self.scroll.0) = (Tab::Inspector, false, 0);
    }

    /// Brings the hint into sight: it stands at the end of the page, but with the question where one is asked.
    pub fn show_hint(&mut self) {
        self.why = false;
        if self.room == Room::Small {
            self.tab = Tab::Lesson;
        }
        let asks = self.lesson.beat == Beat::Predict || !self.lesson.options.is_empty();
        self.scroll.0 = if asks { 0 } else { usize::MAX };
    }

    /// Says what holds the system back, in the lesson's place.
    pub fn show_why(&mut self) {
        (self.why, self.scroll.0) = (true, 0);
        self.chain = self.session.causes();
        if self.room != Room::Medium {
            self.tab = Tab::Lesson;
        }
    }

    /// Closes what lies on top: the look back, the request that is followed, the filter, the reasons, the selection.
    pub fn close(&mut self) {
        if self.reading.at.is_some() {
            self.reading.at = None;
        } else if self.followed.is_some() {
            self.followed = None;
        } else if !self.reading.filter.is_empty() {
            self.reading.filter.clear();
        } else if self.why {
            self.why = false;
        } else {
            self.select(None);
        }
    }

    fn node(&self, part: Part) -> Option<&NodeView> {
        let (Part::Node(id) | Part::Replica(id, _)) = part;
        self.snapshot.nodes.get(id.index())
    }

    /// What a fault would hit: the selected part, unless it is the users.
    pub fn target(&self) -> Option<Target> {
        let part = self.selected?;
        let node = self.node(part).filter(|n| n.kind != Kind::Client)?;
        let replica = match part {
            Part::Node(_) => None,
            Part::Replica(_, index) => Some(index),
        };
        Some(Target { name: node.name.to_string(), replica })
    }

    /// How requests are shown at this pace: one by one where a frame is short against the links' latency.
    pub fn motion(&self, fps: u8, motion: bool) -> Motion {
        if !motion {
            return Motion::Still;
        }
        motion_at(&self.snapshot, self.pacing.per_frame(fps), self.runs(), self.frame)
    }

    /// The guess after one press; `None` where no number is asked for, or at the end of its range.
    pub fn moved_guess(&self, up: bool) -> Option<f64> {
        let number =
            self.lesson.question.as_ref().filter(|_| self.lesson.beat == Beat::Predict)?.number.as_ref()?;
        let (low, high) = number.range;
        let step = libm::pow(high / low, 1.0 / GUESS_STEPS);
        let next = match &number.guess {
            None => (low * high).sqrt(),
            Some((guess, _)) if up => guess * step,
            Some((guess, _)) => guess / step,
        };
        let at_end = number.guess.as_ref().is_some_and(|(g, _)| if up { *g >= high } else { *g <= low });
        (!at_end).then_some(next.clamp(low, high))
    }
}

/// How requests are shown where a frame takes so much simulated time: one by one while the clock stands or a frame is
/// short against the links' latency.
pub fn motion_at(snapshot: &Snapshot, per_frame: Time, runs: bool, frame: u64) -> Motion {
    let links = snapshot.links.iter().filter(|l| !l.removed && l.latency > Time::ZERO);
    let mut latencies: Vec<Time> = links.map(|l| l.latency).collect();
    latencies.sort_unstable();
    let median = latencies.get(latencies.len() / 2).copied().unwrap_or(Time::ZERO);
    if !runs || per_frame.ns().saturating_mul(2) <= median.ns() {
        Motion::Requests
    } else {
        Motion::Flow { frame }
    }
}
