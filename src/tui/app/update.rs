//! What a message does.

use std::sync::Arc;

use super::{App, Tone};
use crate::level::{Level, catalog};
use crate::session::Command;
use crate::tui::msg::{Flow, Msg};
use crate::tui::panel::capital;
use crate::tui::screen::glossary::Book;
use crate::tui::screen::home::Home;
use crate::tui::screen::palette::{Action, Palette};
use crate::tui::screen::play::Play;
use crate::tui::screen::present::Answer;
use crate::tui::screen::{epilogue, help};

/// Factor of one press of `+`.
const TRAFFIC_STEP: f64 = 1.25;
/// Factor of a spike.
const SPIKE: f64 = 5.0;

impl App {
    /// Carries a message out.
    pub fn update(&mut self, msg: Msg) -> Flow {
        self.stale = true;
        self.status = None;
        if self.help.is_some() {
            return self.update_help(msg);
        }
        if self.palette.is_some() && msg != Msg::Quit {
            return self.update_palette(msg);
        }
        if self.glossary.is_some() && !matches!(msg, Msg::Help | Msg::Quit) {
            self.glossary.take_if(|book| !book.update(msg));
            return Flow::Continue;
        }
        if self.trace.is_some() && !matches!(msg, Msg::Help | Msg::Quit | Msg::Glossary) {
            self.update_trace(msg);
            return Flow::Continue;
        }
        // What a run has just decided counts, however the student leaves.
        self.record();
        match msg {
            Msg::Quit => return Flow::Quit,
            Msg::Help => self.help = Some(0),
            Msg::Glossary => self.open_glossary(),
            Msg::Palette => self.open_palette(),
            Msg::Leave if self.opening.is_some() => return Flow::Quit,
            _ if self.opening.is_some() => self.opening = None,
            _ if self.epilogue => self.epilogue = false,
            _ if self.present.is_some() => return self.update_present(msg),
            _ if self.play.is_none() => return self.update_home(msg),
            Msg::Leave => self.play = None,
            Msg::Trace => self.trace = self.play.as_ref().and_then(Play::trace),
            _ if self.play.as_mut().is_some_and(|play| play.type_filter(msg)) => {}
            Msg::Next if self.play.as_ref().and_then(Play::way_back).is_some() => self.go_back_in_time(),
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

    fn open_palette(&mut self) {
        let titles = |level: &Level| level.scenes.iter().map(|s| s.title.clone()).collect::<Vec<String>>();
        let scenes = self.play.as_ref().map_or(Vec::new(), |play| titles(play.session.level()));
        let levels: Vec<String> = self.home.shelf.iter().map(|level| level.title.clone()).collect();
        self.palette = Some(Palette::open(&self.options.keys, &self.facts_of_the_screen(), &scenes, &levels));
    }

    /// Enter closes the palette and does what was chosen.
    fn update_palette(&mut self, msg: Msg) -> Flow {
        let action = self.palette.as_ref().and_then(Palette::action).filter(|_| msg == Msg::Next);
        let Some(action) = action else {
            self.palette.take_if(|palette| !palette.update(msg));
            return Flow::Continue;
        };
        self.palette = None;
        match action {
            Action::Send(msg) => return self.update(msg),
            Action::Scene(scene) => {
                self.record();
                self.command(Command::GoTo(scene));
            }
            Action::Level(level) => {
                if let Some(level) = self.home.shelf.get(level).map(Arc::clone) {
                    self.record();
                    self.open(&level);
                }
            }
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

    /// Back to the second that is looked at; from there the run goes on when the student lets it.
    fn go_back_in_time(&mut self) {
        if let Some(command) = self.play.as_ref().and_then(Play::way_back) {
            self.command(command);
        }
        if let Some(play) = &mut self.play {
            (play.paused, play.reading.at) = (true, None);
        }
    }

    /// Enter leaves the traces for the moment at which the request was made; its dot is the one to watch.
    fn update_trace(&mut self, msg: Msg) {
        let Some(trace) = &mut self.trace else { return };
        let Some((moment, request)) = trace.moment().filter(|_| msg == Msg::Next) else {
            self.trace.take_if(|trace| !trace.update(msg));
            return;
        };
        let (client, number) = request;
        self.trace = None;
        self.command(Command::Rewind(moment));
        if let Some(play) = self.table() {
            play.watch(client, number);
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
            Msg::Sandbox => match catalog::sandbox() {
                Ok(level) => self.open_sandbox(level),
                Err(faults) => self.warn(faults.to_string()),
            },
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
            Msg::Look(later) => play.look(later),
            Msg::Size => play.edit_size(),
            Msg::Follow => play.follow(),
            Msg::Zoom(larger) => drop(play.diagram.zoom(larger)),
            Msg::Find => play.find(),
            Msg::Close => play.close(),
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
    pub(super) fn record(&mut self) {
        // The sandbox has nothing to reach.
        let Some(play) = self.play.as_ref().filter(|p| !p.session.level().scenes.is_empty()) else { return };
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
        Msg::Spike => Command::Traffic(SPIKE),
        Msg::Grow(up) => Command::Apply(play.grown(up)?),
        Msg::CutOff => Command::ToggleCutOff(play.target()?),
        Msg::Crash => Command::ToggleCrash(play.target()?),
        Msg::Slow => Command::ToggleSlow(play.target()?),
        Msg::Turn(up) if play.desk.open => Command::Apply(play.desk.change(&play.session, up)?),
        Msg::Turn(up) => Command::Guess(play.moved_guess(up)?),
        _ => return None,
    })
}
