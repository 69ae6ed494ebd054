//! `play LEVEL --plain`: the same lesson as flat text with typed answers, for screen readers, logs and pipes.
//!
//! ```text
//! Scene 3 of 10: The black hole
//! Parts: users (150/s) -> lb; lb -> web; web (3 servers).
//! ...
//! Question: Which share of the requests does it get?
//! 1. A third
//! 2. Nearly half
//! Answer (1 to 2; ? for more): 2
//! 10s: 150/s come, 148/s answered, p95 63ms
//! ```

mod order;
mod words;

use std::io::{BufRead, Write};
use std::sync::Arc;

use super::{Failure, library};
use crate::level::wrap::capital;
use crate::level::{Level, catalog};
use crate::session::lesson::{Beat, LessonView, NumberView};
use crate::session::progress::{LevelProgress, Progress};
use crate::session::{Advance, Command, Session};
use crate::sim::time::Time;
use order::Order;
use words::Page;

/// Lines about the signals in a run.
const CHECKPOINTS: u64 = 5;
/// Events of one slice.
const SLICE: u64 = 1_000_000;

/// How the narrator talks.
#[derive(Clone, Copy, Debug)]
pub struct Talk {
    /// The answers do not appear by themselves, because nobody types them in sight: repeat them.
    pub echo: bool,
}

/// What becomes of the lesson after an order.
enum Turn {
    Go,
    /// A run without an end goes on for a while.
    RunOn,
    Quit,
}

/// Plays a level (`None` = the first unfinished one) until its end, `quit`, or the end of the input. Progress is kept;
/// a sentence about trouble with it is handed back.
pub fn play(
    level: Option<&str>,
    talk: Talk,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<Option<String>, Failure> {
    let (mut progress, warning) = Progress::load();
    let level = match level {
        Some(name) => Arc::new(catalog::load(name).map_err(|e| Failure::input(e.to_string().trim_end()))?),
        None => next_level(&progress)?,
    };
    let at = progress.levels.get(&level.id).map_or(0, |p| p.at);
    let reached = tell(&level, at, talk, input, out)?;
    progress.record(&level.id, reached);
    let saved = progress.save().unwrap_or_else(|e| Some(format!("progress could not be saved: {e}")));
    Ok(warning.or(saved))
}

/// Tells a level from a scene on; what the student has reached.
pub fn tell(
    level: &Arc<Level>,
    scene: usize,
    talk: Talk,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<LevelProgress, Failure> {
    let session = Session::open(Arc::clone(level), scene).map_err(|e| Failure::input(e.to_string()))?;
    let mut narrator = Narrator { session, page: Page::new(out), input, talk, told: Time::ZERO };
    narrator.page.title(level)?;
    let finished = narrator.tell()?;
    narrator.page.end(finished)?;
    Ok(narrator.session.progress())
}

/// How much of a run is told at a time.
fn checkpoint(lesson: &LessonView) -> Time {
    Time::from_ns((lesson.length.ns() / CHECKPOINTS).max(1))
}

fn next_level(progress: &Progress) -> Result<Arc<Level>, Failure> {
    let shelf = library::built_in()?;
    let unfinished = shelf.iter().find(|l| progress.levels.get(&l.id).is_none_or(|p| !p.finished));
    unfinished.or(shelf.first()).cloned().ok_or_else(|| Failure::input("there are no levels"))
}

struct Narrator<'a> {
    session: Session,
    page: Page<'a>,
    input: &'a mut dyn BufRead,
    talk: Talk,
    /// The log was told until here.
    told: Time,
}

impl Narrator<'_> {
    /// Tells scene after scene; whether the level came to its end.
    fn tell(&mut self) -> Result<bool, Failure> {
        loop {
            let lesson = self.session.lesson();
            let turn = match lesson.beat {
                Beat::Setting => self.setting()?,
                Beat::Predict => self.question(&lesson)?,
                Beat::Run if self.rests(&lesson) => self.rest(&lesson)?,
                Beat::Run => self.run(&lesson)?,
                Beat::Paused => self.paused(&lesson)?,
                Beat::Explain => self.explain(&lesson)?,
            };
            if self.session.is_over() {
                return Ok(true);
            }
            if matches!(turn, Turn::Quit) {
                return Ok(false);
            }
        }
    }

    fn setting(&mut self) -> Result<Turn, Failure> {
        while self.session.advance(Time::ZERO, SLICE) == Advance::OutOfEvents {}
        self.told = self.session.origin().saturating_sub(Time::from_ns(1));
        let lesson = self.session.lesson();
        self.page.scene(&lesson)?;
        self.page.parts(&self.session.snapshot())?;
        self.page.text(&lesson.text)?;
        if self.session.scene().predict.is_some() {
            return self.command(Command::Next);
        }
        self.page.goals(&lesson)?;
        let ask = if self.session.scene().is_challenge() {
            "Enter starts the run; set NODE.KNOB=VALUE changes the design before (? for more)"
        } else {
            "Enter starts the run (? for more)"
        };
        self.ask(ask)
    }

    fn question(&mut self, lesson: &LessonView) -> Result<Turn, Failure> {
        let Some(question) = &lesson.question else { return self.command(Command::Next) };
        self.page.goals(lesson)?;
        self.page.question(question)?;
        let ask = match &question.number {
            Some(number) => format!("Your guess, as {} (? for more)", number.ends.0),
            None => format!("Answer (1 to {}; ? for more)", question.choices.len()),
        };
        self.ask(&ask)
    }

    /// A file without scenes runs without an end: after each of its lengths somebody is asked.
    fn rests(&self, lesson: &LessonView) -> bool {
        let passed = self.session.now() - self.session.origin();
        let told = checkpoint(lesson).ns() * CHECKPOINTS;
        self.session.level().scenes.is_empty() && passed.ns().is_multiple_of(told)
    }

    fn rest(&mut self, lesson: &LessonView) -> Result<Turn, Failure> {
        if self.session.now() == self.session.origin() {
            self.page.parts(&self.session.snapshot())?;
        }
        let turn = self.ask(&format!("Enter runs for {} (? for more)", lesson.length))?;
        if matches!(turn, Turn::Quit) { Ok(turn) } else { self.run(lesson) }
    }

    fn run(&mut self, lesson: &LessonView) -> Result<Turn, Failure> {
        let step = checkpoint(lesson);
        let from = self.session.now();
        let passed = (from - self.session.origin()).ns() / step.ns();
        let until = self.session.origin() + Time::from_ns(step.ns() * (passed + 1));
        while self.session.advance(until, SLICE) == Advance::OutOfEvents {}
        let now = self.session.now();
        self.page.log(&self.session.snapshot().log, self.told, self.session.origin())?;
        self.told = now;
        self.page.signals(&self.session, from, now)?;
        Ok(Turn::Go)
    }

    fn paused(&mut self, lesson: &LessonView) -> Result<Turn, Failure> {
        self.page.text(&format!("The run paused at {}.", self.session.now() - self.session.origin()))?;
        self.page.options(&lesson.options)?;
        let ask = match lesson.options.len() {
            0 => "Enter goes on (? for more)".to_owned(),
            n => format!("1 to {n} takes an option, Enter goes on (? for more)"),
        };
        self.ask(&ask)
    }

    fn explain(&mut self, lesson: &LessonView) -> Result<Turn, Failure> {
        self.page.text(&lesson.text)?;
        self.page.marks(&lesson.marks)?;
        let next = if lesson.last { "finishes the level" } else { "goes to the next scene" };
        self.ask(&format!("Enter {next}, again repeats this one (? for more)"))
    }

    /// Asks until an order leads on.
    fn ask(&mut self, prompt: &str) -> Result<Turn, Failure> {
        let beat = (self.session.lesson().scene, self.session.lesson().beat);
        loop {
            self.page.prompt(prompt)?;
            let mut line = String::new();
            if self.input.read_line(&mut line).map_err(|e| Failure::input(format!("cannot read: {e}")))? == 0
            {
                self.page.text("")?;
                return Ok(Turn::Quit);
            }
            let line = crate::level::sanitise::one_line(line.trim(), 1000);
            if line.starts_with('#') {
                continue;
            }
            if self.talk.echo {
                self.page.text(&line)?;
            }
            match self.order(&line)? {
                turn @ (Turn::Quit | Turn::RunOn) => return Ok(turn),
                Turn::Go if self.session.is_over() => return Ok(Turn::Go),
                Turn::Go => {
                    let lesson = self.session.lesson();
                    let restarted = lesson.beat == Beat::Setting && beat.1 != Beat::Setting;
                    if (lesson.scene, lesson.beat) != beat || restarted {
                        return Ok(Turn::Go);
                    }
                }
            }
        }
    }

    fn order(&mut self, line: &str) -> Result<Turn, Failure> {
        let lesson = self.session.lesson();
        let question = lesson.question.as_ref().filter(|_| lesson.beat == Beat::Predict);
        if let Some(number) = question.and_then(|q| q.number.as_ref())
            && let Some(turn) = self.guess(line, number)?
        {
            return Ok(turn);
        }
        match Order::read(line, &self.session) {
            Ok(Order::Quit) => return Ok(Turn::Quit),
            Ok(Order::Help) => self.page.help(&lesson)?,
            Ok(Order::Look) => {
                self.page.parts(&self.session.snapshot())?;
                self.page.goals(&lesson)?;
                self.page.knobs(&self.session)?;
            }
            Ok(Order::Why) => self.page.why(&self.session)?,
            Ok(Order::Pick(choice)) => {
                let predict = lesson.beat == Beat::Predict;
                self.command(Command::Pick(choice))?;
                if predict && self.session.lesson().question.is_some_and(|q| q.picked == Some(choice)) {
                    return self.command(Command::Next);
                }
            }
            Ok(Order::Do(Command::Next)) if lesson.beat == Beat::Run => return Ok(Turn::RunOn),
            Ok(Order::Do(command)) => return self.command(command),
            Err(why) => self.page.text(&why)?,
        }
        Ok(Turn::Go)
    }

    /// A typed number, with its unit.
    fn guess(&mut self, line: &str, number: &NumberView) -> Result<Option<Turn>, Failure> {
        let Some(value) = order::number(line) else { return Ok(None) };
        let (low, high) = number.range;
        if value < low || value > high {
            let (low, high) = &number.ends;
            self.page.text(&format!("Guess between {low} and {high}."))?;
            return Ok(Some(Turn::Go));
        }
        self.command(Command::Guess(value))?;
        self.command(Command::Next).map(Some)
    }

    fn command(&mut self, command: Command) -> Result<Turn, Failure> {
        let hint = command == Command::Hint;
        match self.session.apply(command) {
            Ok(Some(said)) => self.page.text(&format!("{}.", capital(&said)))?,
            Ok(None) => {}
            Err(refusal) => self.page.text(&format!("Not possible: {}.", refusal.text()))?,
        }
        if let Some((text, shown, all)) = self.session.lesson().hint.filter(|_| hint) {
            self.page.text(&format!("Hint {shown} of {all}: {text}"))?;
        }
        Ok(Turn::Go)
    }
}
