//! The app: takes messages and time, draws into a buffer. Knows no terminal and no clock.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::Options;
use super::diagram::Direction;
use super::glyph;
use super::keymap::{Facts, Place};
use super::msg::{Flow, Msg};
use super::panel::{capital, cut, footer};
use super::screen::glossary::Book;
use super::screen::home::Home;
use super::screen::opening::Opening;
use super::screen::play::Play;
use super::screen::present::{Answer, Present};
use super::screen::stage::{self, Setup};
use super::screen::{SMALLEST, epilogue, help, too_small};
use super::theme::Theme;
use crate::level::Level;
use crate::session::progress::Progress;
use crate::session::{Command, Refusal, Session};

/// Factor of one press of `+`.
const TRAFFIC_STEP: f64 = 1.25;

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
        let covered = self.help.is_some() || self.glossary.is_some();
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
        if let Some(book) = &self.glossary {
            return book.facts();
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

    /// Carries a message out.
    pub fn update(&mut self, msg: Msg) -> Flow {
        self.stale = true;
        self.status = None;
        if self.help.is_some() {
            return self.update_help(msg);
        }
        if self.glossary.is_some() && !matches!(msg, Msg::Help | Msg::Quit) {
            self.glossary.take_if(|book| !book.update(msg));
            return Flow::Continue;
        }
        // What a run has just decided counts, however the student leaves.
        self.record();
        match msg {
            Msg::Quit => return Flow::Quit,
            Msg::Help => self.help = Some(0),
            Msg::Glossary => self.open_glossary(),
            Msg::Leave if self.opening.is_some() => return Flow::Quit,
            _ if self.opening.is_some() => self.opening = None,
            _ if self.epilogue => self.epilogue = false,
            _ if self.present.is_some() => return self.update_present(msg),
            _ if self.play.is_none() => return self.update_home(msg),
            Msg::Leave => self.play = None,
            Msg::Next => self.go_on(Command::Next),
            Msg::Skip => self.go_on(Command::Skip),
            _ => self.update_play(msg),
        }
        Flow::Continue
    }

    fn update_help(&mut self, msg: Msg) -> Flow {
        let (all, room) = help::lengths(&self.facts_below(), &self.theme, self.body());
        match (msg, &mut self.help) {
            (Msg::Quit, _) => return Flow::Quit,
            (Msg::Scroll(by), Some(at)) => {
                *at = at.saturating_add_signed(by.into()).min(all.saturating_sub(room));
            }
            (Msg::Close | Msg::Leave, help) => *help = None,
            (Msg::Glossary, _) => self.open_glossary(),
            _ => {}
        }
        Flow::Continue
    }

    /// Opens the glossary at the words of the present scene; the help gives way to it.
    fn open_glossary(&mut self) {
        self.help = None;
        if self.glossary.is_none() {
            let terms = self.play.as_ref().map_or(&[][..], |play| &play.session.scene().terms);
            self.glossary = Some(Book::open(terms));
        }
    }

    fn update_home(&mut self, msg: Msg) -> Flow {
        match msg {
            Msg::Leave if self.home.scene.is_some() => self.home.scene = None,
            Msg::Leave => return Flow::Quit,
            Msg::Select(direction) => self.home.step(direction),
            Msg::Pick(i) if i < self.home.choices() => {
                match &mut self.home.scene {
                    Some(scene) => *scene = i,
                    None => self.home.chosen = i,
                }
                self.open_chosen();
            }
            Msg::Close => self.home.scene = None,
            Msg::Epilogue => self.epilogue = true,
            Msg::Next => self.open_chosen(),
            _ => {}
        }
        Flow::Continue
    }

    fn update_present(&mut self, msg: Msg) -> Flow {
        if msg == Msg::Leave {
            return Flow::Quit;
        }
        if let Some(Answer::ForTheWhatIf) = self.present.as_mut().map(|present| present.update(msg)) {
            self.update_play(msg);
        }
        Flow::Continue
    }

    fn open_chosen(&mut self) {
        if let Some(level) = self.home.shelf.get(self.home.chosen).map(Arc::clone) {
            match self.home.scene {
                Some(scene) => self.open_at(&level, scene),
                None => self.open(&level),
            }
        }
    }

    fn update_play(&mut self, msg: Msg) {
        if let Some(command) = self.table().and_then(|play| command_of(msg, play)) {
            self.command(command);
        }
        let Some(play) = self.table() else { return };
        match msg {
            Msg::Hint => play.show_hint(),
            Msg::Select(direction) => {
                if let Some(part) = play.diagram.step(play.selected, direction) {
                    play.select(Some(part));
                }
            }
            Msg::Click(column, row) => {
                let part = play.diagram.part_at(column, row);
                play.select(part);
            }
            Msg::Scroll(by) => {
                play.scroll.0 = play.scroll.0.saturating_add_signed(by.into()).min(play.scroll.1);
            }
            Msg::NextTab => play.turn(true),
            Msg::PreviousTab => play.turn(false),
            Msg::Inspect => play.inspect(),
            Msg::Edit => play.edit(),
            Msg::Knob(down) => play.choose_knob(down),
            Msg::Pause => play.paused = !play.paused,
            Msg::Step => play.step(),
            Msg::Slower => drop(play.pacing.slower()),
            Msg::Faster => drop(play.pacing.faster()),
            Msg::Why => play.show_why(),
            Msg::Close if play.why => play.why = false,
            Msg::Close => play.select(None),
            _ => {}
        }
    }

    fn command(&mut self, command: Command) {
        let Some(play) = self.table() else { return };
        match play.command(command) {
            Ok(said) => {
                let said = said.map(|text| capital(&text));
                // A presenter's room reads it where the text stands.
                let mut shown =
                    |text: &String| self.present.as_mut().is_some_and(|present| present.say(text));
                self.status = said.filter(|text| !shown(text)).map(|text| (Tone::Plain, text));
            }
            Err(refusal) => self.warn(capital(&refusal.text())),
        }
    }

    /// Goes on in the lesson and keeps the progress.
    fn go_on(&mut self, command: Command) {
        let Some(play) = &self.play else { return };
        let level = Arc::clone(play.session.level());
        self.command(command);
        self.record();
        if self.play.as_ref().is_some_and(|p| p.session.is_over()) {
            self.finish(&level);
        }
    }

    /// Takes over what the session has reached, if that is news.
    fn record(&mut self) {
        let Some(play) = &self.play else { return };
        let (id, reached) = (&play.session.level().id, play.session.progress());
        let before = self.progress.levels.get(id).copied();
        self.progress.record(id, reached);
        self.unsaved |= self.progress.levels.get(id).copied() != before;
    }

    /// The last scene was left: back to Home, where the nine may be lit.
    fn finish(&mut self, level: &Level) {
        self.play = None;
        let passed = self.progress.levels.get(&level.id).is_some_and(|p| p.passed);
        let here = self.home.shelf.iter().position(|l| l.id == level.id);
        self.home.chosen = Home::new(self.home.shelf.clone(), &self.progress).chosen;
        let text = match here {
            Some(_) if passed => format!("{}: done. Its nine is lit.", level.title),
            Some(_) => format!("{}: done. Win its challenge to light this nine.", level.title),
            None => format!("{}: done.", level.title),
        };
        self.status = Some((Tone::Plain, text));
        // The last level of the course ends the journey.
        self.epilogue = here.is_some_and(|i| i + 1 == self.home.shelf.len())
            && epilogue::is_due(&self.home.shelf, &self.progress);
    }

    /// The room between the edges and the last two lines.
    fn body(&self) -> Rect {
        Rect { height: self.area.height.saturating_sub(2), ..self.area }
    }

    /// Draws the whole screen.
    pub fn draw(&mut self, buf: &mut Buffer) {
        self.area = buf.area;
        self.stale = false;
        buf.set_style(self.area, self.theme.text);
        if self.area.width < SMALLEST.0 || self.area.height < SMALLEST.1 {
            too_small(&self.theme, self.area, buf);
        } else {
            self.draw_screen(buf);
        }
        if self.options.ascii {
            glyph::to_ascii(buf);
        }
    }

    fn draw_screen(&mut self, buf: &mut Buffer) {
        let (area, body) = (self.area, self.body());
        let (theme, keys) = (&self.theme, &self.options.keys);
        let setup = Setup { theme, fps: self.options.fps, motion: self.options.motion };
        let mut legend = None;
        if let Some(scroll) = self.help {
            help::draw(keys, &self.facts_below(), scroll, theme, body, buf);
        } else if let Some(book) = &mut self.glossary {
            book.draw(&self.home.shelf, theme, body, buf);
        } else if let Some(present) = &mut self.present {
            present.draw(setup, self.options.ascii, body, buf);
            legend = Some(present.strip(setup, area.width - 2));
        } else if let Some(play) = &mut self.play {
            stage::draw(play, setup, body, buf);
            legend = Some(stage::legend(play, setup, area.width - 2));
        } else if let Some(opening) = self.opening {
            opening.draw(theme, body, buf);
        } else if self.epilogue {
            epilogue::draw(&self.home.shelf, &self.progress, theme, body, buf);
        } else {
            self.home.draw(&self.progress, theme, body, buf);
        }
        let line = Rect { y: area.bottom() - 2, height: 1, x: area.x + 1, width: area.width - 2 };
        match (&self.status, legend) {
            (Some((tone, text)), _) => {
                let (mark, style): (&str, Style) = match tone {
                    Tone::Plain => ("", theme.accent),
                    Tone::Warning => ("! ", theme.warn),
                };
                let text = cut(text, (line.width as usize).saturating_sub(2));
                Line::from(vec![Span::styled(mark, style), Span::styled(text, style)]).render(line, buf);
            }
            (None, Some(legend)) => legend.render(line, buf),
            (None, None) => {}
        }
        footer::draw(keys, &self.facts(), theme, Rect { y: area.bottom() - 1, height: 1, ..area }, buf);
    }
}

/// What a message asks of the session; `None` = it only changes what is on screen.
fn command_of(msg: Msg, play: &Play) -> Option<Command> {
    Some(match msg {
        Msg::Back => Command::Back,
        Msg::Pick(i) => Command::Pick(i),
        Msg::Hint => Command::Hint,
        Msg::Undo => Command::Undo,
        Msg::Redo => Command::Redo,
        Msg::Restart => Command::Restart,
        Msg::NewSeed => Command::NewSeed,
        Msg::MoreTraffic => Command::Traffic(TRAFFIC_STEP),
        Msg::LessTraffic => Command::Traffic(1.0 / TRAFFIC_STEP),
        Msg::Crash => Command::ToggleCrash(play.target()?),
        Msg::Slow => Command::ToggleSlow(play.target()?),
        Msg::Turn(up) if play.desk.open => Command::Apply(play.desk.change(&play.session, up)?),
        Msg::Turn(up) => Command::Guess(play.moved_guess(up)?),
        _ => return None,
    })
}
