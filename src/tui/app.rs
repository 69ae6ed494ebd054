//! The app: takes messages and time, draws into a buffer. Knows no terminal and no clock.

mod mouse;
mod picture;
mod update;

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use super::Options;
use super::diagram::Direction;
use super::keymap::{Facts, Place};
use super::msg::Flow;
use super::screen::glossary::Book;
use super::screen::home::Home;
use super::screen::opening::Opening;
use super::screen::palette::Palette;
use super::screen::play::Play;
use super::screen::present::Present;
use super::screen::trace::TraceScreen;
use super::screen::{epilogue, help};
use super::theme::Theme;
use crate::level::Level;
use crate::session::progress::Progress;
use crate::session::{Refusal, Session};

/// How a sentence on the status line is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tone {
    Plain,
    Warning,
}

/// The whole program between the keys and the screen.
pub struct App {
    pub(super) options: Options,
    pub(super) theme: Theme,
    home: Home,
    play: Option<Play>,
    /// The opening runs, in the place of all else.
    opening: Option<Opening>,
    /// The epilogue lies over Home.
    epilogue: bool,
    /// A level being presented, in the place of all else.
    present: Option<Present>,
    /// The palette lies over all but the help.
    palette: Option<Palette>,
    /// The traces of the level being played lie over it.
    trace: Option<TraceScreen>,
    /// The glossary lies on top.
    glossary: Option<Book>,
    /// The help lies on top, of the glossary too, scrolled by so many lines.
    help: Option<usize>,
    status: Option<(Tone, String)>,
    progress: Progress,
    unsaved: bool,
    /// Room at the last draw.
    area: Rect,
    /// Something on screen has changed since the last draw.
    pub(super) stale: bool,
}

impl App {
    /// Starts at Home.
    pub fn new(options: Options, shelf: Vec<Arc<Level>>, progress: Progress) -> Self {
        Self {
            theme: options.styles(),
            home: Home::new(shelf, &progress),
            play: None,
            palette: None,
            trace: None,
            glossary: None,
            opening: None,
            epilogue: false,
            present: None,
            help: None,
            status: None,
            progress,
            unsaved: false,
            area: Rect::new(0, 0, 80, 24),
            stale: true,
            options,
        }
    }

    /// Puts a warning on the status line.
    pub fn warn(&mut self, text: impl Into<String>) {
        self.status = Some((Tone::Warning, text.into()));
        self.stale = true;
    }

    /// Starts with the opening, for who was never here.
    pub fn greet(&mut self) {
        self.opening = Some(if self.options.motion { Opening::default() } else { Opening::still() });
    }

    /// Puts the levels of the course on the shelf, after a start without them.
    pub fn stock(&mut self, shelf: Vec<Arc<Level>>) {
        self.home = Home::new(shelf, &self.progress);
    }

    /// Opens a level where the student left it.
    pub fn open(&mut self, level: &Arc<Level>) {
        let at = self.progress.levels.get(&level.id).map_or(0, |p| p.at);
        self.open_at(level, at);
    }

    /// Opens a level at a scene (from 0).
    pub fn open_at(&mut self, level: &Arc<Level>, scene: usize) {
        let at = scene.min(level.scenes.len().saturating_sub(1));
        match Session::open(Arc::clone(level), at) {
            Ok(session) => self.play = Some(Play::new(session)),
            Err(error) => self.warn(format!("This level cannot be played: {error}.")),
        }
        self.stale = true;
    }

    /// Opens a system for free play: no scenes, everything may be changed.
    pub fn open_sandbox(&mut self, level: Level) {
        self.open_at(&Arc::new(Level { scenes: Vec::new(), ..level }), 0);
    }

    /// Presents a level from its first beat.
    pub fn present(&mut self, level: &Arc<Level>) -> Result<(), Refusal> {
        self.present = Some(Present::open(level)?);
        self.stale = true;
        Ok(())
    }

    /// The level being presented.
    pub const fn presented(&self) -> Option<&Present> {
        self.present.as_ref()
    }

    /// The running system that the keys change: the level being played, or the what-if beside a script.
    fn table(&mut self) -> Option<&mut Play> {
        match &mut self.present {
            Some(present) => present.aside.as_mut(),
            None => self.play.as_mut(),
        }
    }

    /// The level being played.
    pub const fn play(&self) -> Option<&Play> {
        self.play.as_ref()
    }

    /// Progress that is not on disk yet; asking counts as saving.
    pub fn unsaved(&mut self) -> Option<&mut Progress> {
        self.record();
        std::mem::take(&mut self.unsaved).then_some(&mut self.progress)
    }
    /// Progress that is not on disk, whether or not a save has failed before: for the last try.
    pub fn still_unsaved(&mut self) -> Option<&mut Progress> {
        self.record();
        self.progress.is_unsaved().then_some(&mut self.progress)
    }

    /// The screen has changed since it was last drawn.
    pub const fn is_stale(&self) -> bool {
        self.stale
    }

    /// Time must pass: somebody has to call `advance`.
    pub fn runs(&self) -> bool {
        if let Some(opening) = self.opening {
            return opening.runs();
        }
        let runs = self.play.as_ref().is_some_and(Play::runs);
        let read = self.glossary.is_some() || self.trace.is_some() || self.palette.is_some();
        let covered = self.help.is_some() || read;
        !covered && (runs || self.present.as_ref().is_some_and(Present::runs))
    }

    /// Real time has passed.
    pub fn advance(&mut self, real: Duration) {
        if !self.runs() {
            return;
        }
        if let Some(opening) = &mut self.opening {
            // It changes a few times a second only.
            self.stale |= opening.advance(real);
            return;
        }
        if let Some(present) = &mut self.present {
            present.advance(real);
        } else if let Some(play) = &mut self.play {
            play.advance(real);
        }
        self.stale = true;
    }

    /// How long the last `advance` computed; bounds the next one.
    pub fn tune(&mut self, took: Duration) {
        if let Some(present) = &mut self.present {
            present.tune(took);
        } else if let Some(play) = &mut self.play {
            play.pacing.tune(took);
        }
    }

    /// The window has another size.
    pub const fn resized(&mut self) {
        self.stale = true;
    }

    /// A key was pressed.
    pub fn key(&mut self, key: KeyEvent) -> Flow {
        match self.options.keys.find(key, &self.facts()) {
            Some(msg) => self.update(msg),
            None => Flow::Continue,
        }
    }

    /// What the keymap must know.
    pub fn facts(&self) -> Facts {
        if let Some(scroll) = self.help {
            let (all, room) = help::lengths(&self.facts_below(), &self.theme, self.body());
            let scrolls = all > room || scroll > 0;
            let presents = self.present.is_some();
            return Facts { place: Place::Help, closes: true, scrolls, presents, ..Facts::default() };
        }
        self.facts_below()
    }

    fn facts_below(&self) -> Facts {
        self.palette.as_ref().map_or_else(|| self.facts_of_the_screen(), Palette::facts)
    }

    fn facts_of_the_screen(&self) -> Facts {
        if let Some(book) = &self.glossary {
            return book.facts();
        }
        if let Some(trace) = &self.trace {
            return trace.facts();
        }
        if self.opening.is_some() {
            return Opening::facts();
        }
        if self.epilogue {
            return epilogue::facts();
        }
        if let Some(present) = &self.present {
            return present.facts();
        }
        let Some(play) = &self.play else {
            let steps = [Direction::Left, Direction::Right, Direction::Up, Direction::Down]
                .map(|d| self.home.neighbour(d).is_some());
            return Facts {
                next: self.home.verb(&self.progress),
                choices: self.home.choices(),
                steps,
                scenes: self.home.scene.is_none(),
                epilogue: self.home.scene.is_none() && epilogue::is_due(&self.home.shelf, &self.progress),
                closes: self.home.scene.is_some(),
                ..Facts::default()
            };
        };
        play.facts()
    }
}
