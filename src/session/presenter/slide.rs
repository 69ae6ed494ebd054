//! What a beat shows, ready to be drawn: one line of text, perhaps a list, the signals.

use super::script::{Leg, Part, has_move};
use super::sentence::sentences;
use super::stand::{Design, Stage};
use super::{Presenter, Session};
use crate::level::expression::Facts;
use crate::level::judge::{Ruling, RunFacts, SLIDING, Verdict, decide};
use crate::level::scene::{Answer, Role, Scene};
use crate::level::text::{fill_text as fill, show_value};
use crate::level::words;
use crate::level::wrap::capital;
use crate::sim::metrics::{Measure, Unit};
use crate::sim::time::Time;

/// The present beat; every text is ready to show.
#[derive(Clone, PartialEq, Debug)]
pub struct Slide {
    /// Which beat, from 1, and how many there are.
    pub beat: (usize, usize),
    /// Which scene, from 1, and how many there are.
    pub scene: (usize, usize),
    /// The level's number and title.
    pub level: String,
    /// The scene's heading.
    pub title: String,
    /// The part that the scene plays.
    pub role: Role,
    /// This is the heading's own beat.
    pub is_title: bool,
    /// One line of text.
    pub text: String,
    /// Answers, goals, options: all at once.
    pub list: Vec<Item>,
    /// The speaker's notes.
    pub notes: String,
    /// What has been measured lately.
    pub signals: Vec<Signal>,
    /// How much of the scene has run, and its length.
    pub clock: (Time, Time),
    /// Speed that fits the scene: simulated seconds per real second.
    pub speed: f64,
    /// What the next key does, in a word or two; empty at the end of the script.
    pub next: &'static str,
    /// How many items of the list can be picked.
    pub choices: usize,
    /// The run is still on its way to the beat: how much of the way to the scene is gone, 0 to 1.
    pub arriving: Option<f64>,
    /// The run goes on in sight.
    pub plays: bool,
}

/// One item of a list.
#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    /// A letter for a show of hands, a digit to press, or nothing.
    pub key: String,
    /// What it says.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
}

/// How an item of a list is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// Open.
    Plain,
    /// It came true, it was held.
    Right,
    /// It was missed.
    Wrong,
    /// It did not come true.
    Pale,
}

/// A signal with its unit.
#[derive(Clone, PartialEq, Debug)]
pub struct Signal {
    /// Its name.
    pub name: &'static str,
    /// Its value; `-` where nothing was measured.
    pub value: String,
    /// What it would be without the scene's change or the option, where that differs.
    pub before: Option<String>,
    /// It is trouble by itself.
    pub alarming: bool,
}

impl Presenter {
    /// The present beat as it is to be shown now.
    pub fn slide(&self) -> Slide {
        let beat = self.beat();
        let (level, scene) = (self.session.level(), self.shown());
        let page = self.session.lesson();
        let number = level.number.map_or(String::new(), |n| format!("{n} "));
        let (text, list) = if self.arriving { (String::new(), Vec::new()) } else { self.content() };
        Slide {
            beat: (self.at + 1, self.script.len()),
            scene: (beat.scene + 1, level.scenes.len()),
            level: format!("{number}{}", level.title),
            title: scene.title.clone(),
            role: scene.role,
            is_title: beat.part == Part::Title,
            text,
            list,
            notes: scene.notes.split_whitespace().collect::<Vec<_>>().join(" "),
            signals: self.session.signals(),
            clock: (page.elapsed, scene.until),
            speed: page.speed,
            next: self.next_word(),
            choices: if self.arriving { 0 } else { self.choices().min(9) },
            arriving: self.arriving.then(|| page.preparing.unwrap_or(1.0)),
            plays: self.plays(),
        }
    }

    /// The scene of the present beat.
    pub(super) fn shown(&self) -> &Scene {
        &self.session.level().scenes[self.beat().scene]
    }

    /// The line of text and the list below it.
    fn content(&self) -> (String, Vec<Item>) {
        if let Some(why) = &self.broken {
            return (why.clone(), Vec::new());
        }
        let scene = self.shown();
        match self.beat().part {
            Part::Title if self.at == 0 => (self.session.level().question.clone(), Vec::new()),
            Part::Title => (String::new(), Vec::new()),
            Part::Text(_) | Part::Because(_) | Part::Tells(_) | Part::Debrief(_) => (self.said(), Vec::new()),
            Part::Goals => ("What must hold:".into(), self.goals()),
            Part::Ask => (self.question(), Vec::new()),
            Part::Choices => (self.question(), self.answers(None)),
            Part::Run(leg) => (self.caption(leg), Vec::new()),
            Part::Options => {
                let at = self.session.now() - self.session.origin();
                let labels = scene.options.iter().map(|o| self.session.filled(&o.label));
                (format!("The run pauses at {at}. What now?"), numbered(labels))
            }
            Part::Verdict => self.verdict(),
            Part::Outcome(leg) => self.outcome(leg),
            Part::Designs => {
                let labels = scene.wrong.iter().map(|w| self.label(&w.changes));
                ("Which of these would you try?".into(), numbered(labels))
            }
            Part::Move if !has_move(scene) => ("The best move: change nothing.".into(), Vec::new()),
            Part::Move => {
                let changes = self.session.changes_of(Design::Solution);
                let item = |change| plain(capital(&words::change(change)));
                ("What holds:".into(), changes.iter().map(item).collect())
            }
        }
    }

    /// The sentence of this beat; empty where the text has fewer of them.
    pub(super) fn said(&self) -> String {
        let (scene, session) = (self.shown(), &self.session);
        let (text, which, facts): (&str, usize, &dyn Facts) = match self.beat().part {
            Part::Text(i) => (&scene.text, i, &session.facts(session.now().saturating_sub(SLIDING))),
            Part::Because(i) => match self.because() {
                Some(because) => (because, i, &self.decisive()),
                None => return String::new(),
            },
            Part::Tells(i) => return self.told(i),
            Part::Debrief(i) if self.here.design == Design::Own => {
                (&scene.debrief, i, &session.untouched(session.origin()))
            }
            Part::Debrief(i) => (&scene.debrief, i, &session.facts(session.origin())),
            _ => return String::new(),
        };
        sentences(text).get(which).map_or_else(String::new, |sentence| fill(sentence, facts))
    }

    /// A sentence about what the option or the design has done.
    fn told(&self, which: usize) -> String {
        let (scene, session) = (self.shown(), &self.session);
        let Some(&chosen) = self.chosen.get(&self.beat().scene) else { return String::new() };
        let said = |text: &str, from| {
            let facts = session.facts(from);
            sentences(text).get(which).map_or_else(String::new, |sentence| fill(sentence, &facts))
        };
        if scene.is_challenge() {
            return scene.wrong.get(chosen).map_or_else(String::new, |w| said(&w.tells, session.origin()));
        }
        let Some(option) = scene.options.get(chosen) else { return String::new() };
        let since = session.done.iter().find(|d| d.option == Some(chosen)).map_or(session.origin(), |d| d.at);
        match &option.shows {
            Some(shows) if shows.holds(&session.facts(since)) != Some(true) => {
                if which == 0 {
                    "Its effect does not show in this run.".into()
                } else {
                    String::new()
                }
            }
            _ => said(&option.tells, since),
        }
    }

    /// What the question is decided by: the run without an option that was taken.
    fn decisive(&self) -> RunFacts<'_> {
        let from = self.shown().predict.as_ref().map_or(Time::ZERO, |p| p.from);
        self.session.untouched(self.session.origin() + from)
    }

    /// The answer that came true.
    fn came_true(&self) -> Option<usize> {
        match &self.shown().predict.as_ref()?.answer {
            Answer::Choices(choices) => decide(choices, &self.decisive()).right(),
            Answer::Number { .. } => None,
        }
    }

    fn because(&self) -> Option<&str> {
        match &self.shown().predict.as_ref()?.answer {
            Answer::Choices(choices) => self.came_true().map(|i| choices[i].because.as_str()),
            Answer::Number { because, .. } => Some(because),
        }
    }

    fn verdict(&self) -> (String, Vec<Item>) {
        let scene = self.shown();
        let alone = if self.session.done.is_empty() { "This run" } else { "Left alone, the run" };
        match scene.predict.as_ref().map(|p| &p.answer) {
            Some(Answer::Choices(choices)) => {
                let right = decide(choices, &self.decisive());
                let text = match &right {
                    Verdict::Right(i) => format!("{alone} shows {}.", letter(*i)),
                    Verdict::Undecided(came) if came.len() > 1 => {
                        format!("{alone} does not decide it: several came true.")
                    }
                    Verdict::Undecided(_) => format!("{alone} does not decide it: none came true."),
                };
                (text, self.answers(Some(&right)))
            }
            Some(Answer::Number { metric, .. }) => {
                let text = match metric.value(&self.decisive()) {
                    Some(value) => format!("{alone} shows {} = {}.", metric.text, show_value(metric, value)),
                    None => format!("{} was not measured in this run.", capital(&metric.text)),
                };
                (text, Vec::new())
            }
            None => (String::new(), Vec::new()),
        }
    }

    fn answers(&self, verdict: Option<&Verdict>) -> Vec<Item> {
        let answer = self.shown().predict.as_ref().map(|p| &p.answer);
        let Some(Answer::Choices(choices)) = answer else { return Vec::new() };
        let tone = |i| match verdict {
            None => Tone::Plain,
            Some(Verdict::Right(right)) if *right == i => Tone::Right,
            Some(Verdict::Undecided(came)) if came.contains(&i) => Tone::Right,
            Some(_) => Tone::Pale,
        };
        let item = |(i, c): (usize, &crate::level::scene::Choice)| Item {
            key: letter(i).into(),
            text: self.session.filled(&c.text),
            tone: tone(i),
        };
        choices.iter().enumerate().map(item).collect()
    }

    fn goals(&self) -> Vec<Item> {
        let goals = self.shown().goals.iter().map(crate::level::goal::Goal::text);
        let par = self.session.par().into_iter().map(|limit| capital(&limit.text));
        goals.chain(par).map(plain).collect()
    }

    /// A design in words: as the scene's option says it, where there is one that does the same.
    fn label(&self, changes: &[crate::sim::change::Change]) -> String {
        let same = self.shown().options.iter().find(|o| o.changes == changes);
        same.map_or_else(|| capital(&words::changes(changes)), |o| self.session.filled(&o.label))
    }

    fn question(&self) -> String {
        let Some(predict) = &self.shown().predict else { return String::new() };
        let ask = self.session.filled(&predict.ask);
        match &predict.answer {
            Answer::Choices(_) => ask,
            Answer::Number { metric, low, high, .. } => {
                let show = |v| show_value(metric, v);
                format!("{ask} From {} to {}.", show(*low), show(*high))
            }
        }
    }

    /// What runs, in a line.
    fn caption(&self, leg: Leg) -> String {
        let scene = self.shown();
        let chosen = self.chosen.get(&self.beat().scene).copied();
        match leg {
            Leg::First => match &scene.predict {
                Some(predict) => self.session.filled(&predict.ask),
                None if scene.is_challenge() => "The design as it is.".into(),
                None => sentences(&scene.text).pop().map_or_else(String::new, |last| {
                    fill(&last, &self.session.facts(self.session.origin().saturating_sub(SLIDING)))
                }),
            },
            Leg::Second => match chosen.and_then(|i| scene.options.get(i)) {
                Some(option) => self.session.filled(&option.label),
                None => "And if nobody does anything?".into(),
            },
            Leg::Tried => {
                chosen.and_then(|i| scene.wrong.get(i)).map_or_else(String::new, |w| self.label(&w.changes))
            }
            Leg::Solved => "The same minutes again, with that design.".into(),
        }
    }

    /// The goals with what became of them, and the price.
    fn outcome(&self, leg: Leg) -> (String, Vec<Item>) {
        let (scene, referee) = (self.shown(), &self.session.referee);
        let ruled = |r: &Ruling| {
            let unit = r.goal.metric.measure.unit();
            let value =
                r.broken_value.or(r.value).map_or_else(|| "no answer at all".into(), |v| unit.show(v));
            let when = r
                .broken
                .filter(|_| r.goal.over.is_some())
                .map_or(String::new(), |at| format!(" at {}", at - self.session.origin()));
            let tone = if r.held() { Tone::Right } else { Tone::Wrong };
            Item { key: String::new(), text: format!("{}: {value}{when}", r.goal.text()), tone }
        };
        let mut list: Vec<Item> = referee.rulings().iter().map(ruled).collect();
        let cost = self.session.topology().cost();
        let par = scene.par;
        let mut said = Vec::new();
        let usd = par.and_then(|p| p.monthly_usd);
        said.extend(usd.map(|most| format!("${:.0} a month, at most ${most:.0}", cost.monthly_usd)));
        let parts = par.and_then(|p| p.parts);
        said.extend(parts.map(|most| format!("{} parts, at most {most}", cost.parts)));
        let lean = self.session.is_lean();
        if !said.is_empty() {
            let tone = if lean { Tone::Right } else { Tone::Wrong };
            list.push(Item { key: String::new(), text: said.join("; "), tone });
        }
        let text = match (referee.held(), lean, leg) {
            (true, true, _) => "Every goal held.",
            (true, false, _) => "Every goal held, for too much.",
            (false, _, Leg::First) => "As it is, it does not hold.",
            (false, ..) => "It does not hold.",
        };
        (text.into(), list)
    }

    fn next_word(&self) -> &'static str {
        if self.plays() {
            return "to the end";
        }
        let mut rest = self.script[self.at + 1..].iter().filter(|b| !self.lacks_choice(**b));
        let Some(next) = rest.next() else { return "" };
        let over = self.here.stage == Stage::Over;
        match next.part {
            // The pause may not have come.
            Part::Options | Part::Run(Leg::Second) if over => "next",
            Part::Run(Leg::Second) => "go on",
            Part::Run(_) => "run",
            Part::Verdict => "the answer",
            Part::Move => "the solution",
            Part::Title => "next scene",
            _ => "next",
        }
    }
}

impl Session {
    /// Load, latency and errors over the last ten seconds, with their units; empty before there is anything.
    pub fn signals(&self) -> Vec<Signal> {
        let now = self.now();
        if now == Time::ZERO {
            return Vec::new();
        }
        let from = now.saturating_sub(SLIDING);
        let differs = self.former.is_some() || self.twin.is_some();
        let signal = |name, measure: Measure, unit: Unit| {
            let show = |value: Option<f64>| value.map_or_else(|| "-".into(), |v| unit.show(v));
            let value = self.signal(measure, from, false);
            let shown = show(value);
            let before = differs.then(|| show(self.signal(measure, from, true))).filter(|b| *b != shown);
            let alarming = measure == Measure::ErrorRate && value.is_some_and(|v| v >= 0.001);
            Signal { name, value: shown, before, alarming }
        };
        vec![
            signal("load", Measure::ArrivalRate, Unit::PerSecond),
            signal("p95", Measure::Percentile(950), Unit::Seconds),
            signal("errors", Measure::ErrorRate, Unit::Share),
        ]
    }
}

/// The letter of an answer.
fn letter(i: usize) -> char {
    char::from(b'A' + i.min(25) as u8)
}

fn plain(text: String) -> Item {
    Item { key: String::new(), text, tone: Tone::Plain }
}

fn numbered(labels: impl Iterator<Item = String>) -> Vec<Item> {
    let item = |(i, text): (usize, String)| Item { key: (i + 1).to_string(), text, tone: Tone::Plain };
    labels.enumerate().map(item).collect()
}
