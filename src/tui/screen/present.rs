//! Present mode: a level on a projector. The diagram first, one line of text, one key forward and one back.

mod page;

use std::sync::Arc;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::play::{Play, motion_at};
use super::stage::Setup;
use crate::insight::bottleneck::{self, Bottleneck};
use crate::level::Level;
use crate::session::Refusal;
use crate::session::presenter::{Presenter, Signal, Slide};
use crate::sim::component::Kind;
use crate::sim::snapshot::Snapshot;
use crate::tui::diagram::{Diagram, Motion, Part};
use crate::tui::keymap::{Facts, Place};
use crate::tui::msg::Msg;
use crate::tui::pacing::Pacing;

/// A level being presented.
pub struct Present {
    presenter: Presenter,
    /// The present beat.
    pub slide: Slide,
    /// The latest picture of the system behind it.
    snapshot: Snapshot,
    bottleneck: Option<Bottleneck>,
    diagram: Diagram,
    pacing: Pacing,
    /// Frames since the start, for moving dots.
    frame: u64,
    /// The speaker's notes are shown.
    notes: bool,
    /// A what-if beside the script.
    pub aside: Option<Play>,
    /// What was done in it last.
    said: Option<String>,
}

/// What has become of a message.
pub enum Answer {
    /// It was carried out.
    Done,
    /// It is for the what-if.
    ForTheWhatIf,
}

impl Present {
    /// Opens a level at its first beat.
    pub fn open(level: &Arc<Level>) -> Result<Self, Refusal> {
        let presenter = Presenter::open(Arc::clone(level))?;
        let (slide, snapshot) = (presenter.slide(), presenter.session().snapshot());
        Ok(Self {
            pacing: Pacing::new(slide.speed),
            bottleneck: bottleneck::find(&snapshot),
            presenter,
            slide,
            snapshot,
            diagram: Diagram::default(),
            frame: 0,
            notes: false,
            aside: None,
            said: None,
        })
    }

    /// The script and where in it the presenter is.
    pub const fn presenter(&self) -> &Presenter {
        &self.presenter
    }
    /// Time must pass.
    pub fn runs(&self) -> bool {
        self.aside.as_ref().map_or_else(|| self.presenter.is_busy(), Play::runs)
    }
    /// Lets real time pass.
    pub fn advance(&mut self, real: Duration) {
        if let Some(play) = &mut self.aside {
            return play.advance(real);
        }
        if self.presenter.is_busy() {
            let until = self.pacing.target(self.presenter.session().now(), real);
            self.presenter.advance(until, self.pacing.events());
            self.frame += 1;
            self.refresh();
        }
    }
    /// How long the last `advance` computed; bounds the next one.
    pub fn tune(&mut self, took: Duration) {
        self.aside.as_mut().map_or(&mut self.pacing, |play| &mut play.pacing).tune(took);
    }

    /// What the keymap must know.
    pub fn facts(&self) -> Facts {
        let notes = !self.slide.notes.is_empty();
        if let Some(play) = &self.aside {
            let facts = play.facts();
            // Without a selection they choose a part.
            let chooses = facts.place == Place::Play && play.target().is_none();
            return Facts {
                crash: if chooses { "crash" } else { facts.crash },
                slow: if chooses { "slow" } else { facts.slow },
                presents: true,
                off_script: true,
                notes,
                back: false,
                skip: false,
                optional: false,
                hint: false,
                tabs: false,
                inspect: false,
                why: false,
                scrolls: false,
                closes: false,
                // The charts, the log and the traces are not on a projector's page.
                looks: [false; 2],
                logged: false,
                traces: false,
                follows: false,
                choices: 0,
                ..facts
            };
        }
        let ready = !self.presenter.is_arriving();
        let speeds = [self.pacing.can_slow(), self.pacing.can_speed()];
        Facts {
            place: Place::Present,
            presents: true,
            notes,
            next: self.slide.next,
            back: self.slide.beat.0 > 1,
            choices: self.slide.choices,
            beside: [self.slide.beat.0 > 1, self.slide.scene.0 < self.slide.scene.1],
            speeds: speeds.map(|can| can && self.slide.plays),
            steps: [ready; 4],
            traffic: ready,
            edit: ready,
            crash: if ready { "crash" } else { "" },
            slow: if ready { "slow" } else { "" },
            ..Facts::default()
        }
    }

    /// Carries a message out, or says that it is for the what-if.
    pub fn update(&mut self, msg: Msg) -> Answer {
        if msg == Msg::Notes {
            self.notes = !self.notes;
        } else if self.aside.is_some() {
            match msg {
                Msg::Return => self.come_back(),
                // What belongs to a lesson has no place here.
                Msg::Next
                | Msg::Back
                | Msg::Skip
                | Msg::Pick(_)
                | Msg::Restart
                | Msg::NewSeed
                | Msg::Hint => {}
                Msg::Crash | Msg::Slow if self.aside.as_ref().is_some_and(|p| p.target().is_none()) => {
                    self.choose_victim(msg);
                }
                _ => {
                    self.said = None;
                    return Answer::ForTheWhatIf;
                }
            }
            return Answer::Done;
        }
        match msg {
            Msg::Next => drop(self.presenter.forward()),
            Msg::Back => drop(self.presenter.back()),
            Msg::Pick(choice) => drop(self.presenter.pick(choice)),
            Msg::Scene(on) => drop(self.presenter.scene(on)),
            Msg::Slower => drop(self.pacing.slower()),
            Msg::Faster => drop(self.pacing.faster()),
            Msg::Click(column, row) if self.diagram.part_at(column, row).is_none() => {}
            Msg::MoreTraffic
            | Msg::LessTraffic
            | Msg::Edit
            | Msg::Crash
            | Msg::Slow
            | Msg::Select(_)
            | Msg::Click(..) => return self.leave(msg),
            _ => {}
        }
        self.refresh();
        Answer::Done
    }

    /// Leaves the script for a what-if in a copy of the run.
    fn leave(&mut self, msg: Msg) -> Answer {
        let Some(session) = self.presenter.what_if() else { return Answer::Done };
        let mut play = Play::new(session);
        // The picture stays where it is on the screen.
        play.diagram = std::mem::take(&mut self.diagram);
        (play.pacing, play.frame) = (self.pacing.clone(), self.frame);
        self.aside = Some(play);
        if matches!(msg, Msg::Crash | Msg::Slow) {
            self.choose_victim(msg);
            return Answer::Done;
        }
        Answer::ForTheWhatIf
    }

    /// Selects a part for a fault before the key is pressed again.
    fn choose_victim(&mut self, fault: Msg) {
        let (Some((part, name)), Some(play)) = (self.victim(), &mut self.aside) else { return };
        play.select(Some(part));
        let does = if fault == Msg::Crash { "x crashes it" } else { "z slows it down" };
        self.said = Some(format!("{name} is selected: {does}."));
    }

    /// Says what was done in the what-if; false on the script, where nothing is done.
    pub fn say(&mut self, text: &str) -> bool {
        let aside = self.aside.is_some();
        self.said = aside.then(|| format!("{text}."));
        aside
    }

    /// What a fault is meant for as long as nothing is selected: the bottleneck, else the first part that serves.
    fn victim(&self) -> Option<(Part, String)> {
        let limit = self.bottleneck.as_ref().map(|b| b.node);
        let serves = |kind| matches!(kind, Kind::Service | Kind::Database | Kind::Cache);
        let nodes = || self.snapshot.nodes.iter().filter(|n| !n.removed && n.kind != Kind::Client);
        let node = nodes()
            .find(|n| Some(n.id) == limit)
            .or_else(|| nodes().find(|n| serves(n.kind)))
            .or_else(|| nodes().next())?;
        let first = node.replicas.first().map(|r| r.index).filter(|_| node.replicas.len() > 1);
        Some(match first {
            Some(index) => (Part::Replica(node.id, index), format!("{}#{}", node.name, index + 1)),
            None => (Part::Node(node.id), node.name.to_string()),
        })
    }

    /// Back to the script; the beat's run has stood still meanwhile.
    fn come_back(&mut self) {
        if let Some(play) = self.aside.take() {
            self.diagram = play.diagram;
            self.said = None;
            self.refresh();
        }
    }

    fn refresh(&mut self) {
        let scene = self.slide.scene;
        self.slide = self.presenter.slide();
        if self.slide.scene != scene {
            self.pacing = Pacing::new(self.slide.speed);
        }
        // Until the run is where the beat belongs, the picture stays as it was.
        if !self.presenter.is_arriving() {
            self.snapshot = self.presenter.session().snapshot();
            self.bottleneck = bottleneck::find(&self.snapshot);
        }
    }

    fn motion(&self, setup: Setup) -> Motion {
        if !setup.motion {
            return Motion::Still;
        }
        motion_at(&self.snapshot, self.pacing.per_frame(setup.fps), self.runs(), self.frame)
    }

    /// Draws everything between the first line and the strip of signals.
    pub fn draw(&mut self, setup: Setup, ascii: bool, area: Rect, buf: &mut Buffer) {
        page::draw(self, setup, ascii, area, buf);
    }
    /// The clock and the signals in one line.
    pub fn strip(&self, setup: Setup, width: u16) -> Line<'static> {
        page::strip(self, setup.theme, width)
    }
    fn signals(&self) -> Vec<Signal> {
        self.aside.as_ref().map_or_else(|| self.slide.signals.clone(), |play| play.session.signals())
    }
}
