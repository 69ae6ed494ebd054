//! The parts of a scene: predictions, options, solutions, texts.

use super::scene::tolerance;
use super::structure::references;
use crate::level::change::{self, Timing};
use crate::level::design;
use crate::level::expression::{Dimension, Expression};
use crate::level::fields::{Fields, MAX_LINE, MAX_TEXT, line, written};
use crate::level::goal::Goal;
use crate::level::path::Names;
use crate::level::sanitise;
use crate::level::scene::{Answer, Choice, Pause, Predict, SceneOption, Solution, Wrong};
use crate::level::text::{Template, stray_digit};
use crate::sim::change::{Change, TimedChange};
use crate::sim::simulation::MAX_WINDOWS;
use crate::sim::time::Time;
use crate::sim::topology::Topology;
use crate::sim::value::{LONGEST, Problem, Raw, Shape, Value, read_time};

/// Most answers of a question: more are neither read nor weighed.
pub const MAX_ANSWERS: usize = 4;

/// Of a long run only the last hour is kept: whether all of `(from, end]` is.
pub fn kept(from: Time, end: Time) -> Result<(), Problem> {
    let first = end.saturating_sub(Time::from_secs(MAX_WINDOWS as u64));
    if from >= first {
        return Ok(());
    }
    let remedy = format!("write from = \"{}s\" or later", first.secs().ceil());
    Err(Problem::new("it looks further back than the hour before its end, which is all that is kept", remedy))
}

/// What the parts of a scene may speak of.
pub struct Stage<'a> {
    /// The design after the scene's own changes.
    pub design: &'a Topology,
    /// With everything that an option, a solution or a wrong answer adds.
    pub all: Topology,
    /// The names of `all`.
    pub names: Names,
}

impl<'a> Stage<'a> {
    /// Looks through the changes of a scene or variant for parts that they add.
    pub fn new(raw: &Raw, design: &'a Topology) -> Self {
        let mut all = design.clone();
        let mut names = Names::of(design);
        let Raw::Table(table) = raw else { return Self { design, all, names } };
        for list in ["option", "solution", "wrong"].iter().filter_map(|key| table.get(*key)) {
            let Raw::List(items) = list else { continue };
            for item in items {
                let mut f = Fields::new(item, "");
                let (_, end) = changes(&mut f, "changes", design, Timing::None);
                names.add(&end);
                for (name, node) in end.nodes {
                    all.nodes.entry(name).or_insert(node);
                }
                for link in end.links {
                    if !all.has_link(&link.from, &link.to) {
                        all.links.push(link);
                    }
                }
            }
        }
        Self { design, all, names }
    }
}

/// Reads a list of changes, each against the design as the ones before leave it; returns the last design too.
pub fn changes(
    f: &mut Fields<'_>,
    key: &'static str,
    base: &Topology,
    timing: Timing,
) -> (Vec<TimedChange>, Topology) {
    let mut end = base.clone();
    let mut sound = true;
    let list = f.list(key, |raw, problems| {
        let change = change::read(raw, &end, timing, problems);
        if let Some(change) = &change
            && let Err(e) = design::apply(&mut end, &change.change)
        {
            problems.push(Problem::new(e.to_string(), "changes are made in the order of the list"));
        }
        sound &= problems.is_empty();
        change
    });
    if sound && !list.is_empty() && references(base).is_empty() {
        for p in references(&end) {
            let message = format!("after these changes: {}", p.message);
            let place = culprit(base, &list, &p.message);
            f.problem(Problem::new(message, p.remedy).under(place).under(key));
        }
    }
    (list, end)
}

/// The change that brought a fault of the last design in.
fn culprit(base: &Topology, list: &[TimedChange], message: &str) -> usize {
    let mut design = base.clone();
    let (mut place, mut faulty) = (0, false);
    for (i, change) in list.iter().enumerate() {
        let made = design::apply(&mut design, &change.change).is_ok();
        let now = made && references(&design).iter().any(|p| p.message == message);
        if now && !faulty {
            place = i;
        }
        faulty = now;
    }
    place
}

/// A text with placeholders: they parse, name what exists, and no other number stands in it.
pub fn template(f: &mut Fields<'_>, key: &'static str, names: &Names) -> String {
    let text = f.nested(key, |raw, problems| match written(raw, MAX_TEXT) {
        Ok(text) => {
            problems.extend(stray_digit(text).err());
            problems.extend(Template::parse(text).and_then(|t| t.check(names)).err());
            sanitise::text(text, MAX_TEXT)
        }
        Err(p) => {
            problems.push(p);
            String::new()
        }
    });
    text.unwrap_or_default()
}

/// A condition whose paths exist.
fn condition(f: &mut Fields<'_>, key: &'static str, names: &Names) -> Option<Expression> {
    f.get(key, |raw| {
        let condition = Expression::condition(written(raw, MAX_LINE)?)?;
        condition.check(names)?;
        Ok(condition)
    })
}

/// `{ at = "30s" }` or `{ when = "p95 > 300ms" }`.
pub fn pause(raw: &Raw, names: &Names, until: Time, problems: &mut Vec<Problem>) -> Option<Pause> {
    let mut f = Fields::new(raw, "{ at = \"30s\" } or { when = \"p95 > 300ms\" }");
    let at = f.get("at", |r| read_time(r, Time::ZERO, until.min(LONGEST)));
    let when = condition(&mut f, "when", names);
    if f.has("at") == f.has("when") {
        f.fault("a pause has `at` or `when`", "write exactly one of them");
    }
    f.finish(problems);
    at.map(Pause::At).or(when.map(Pause::When))
}

/// The question of a scene.
pub fn predict(raw: &Raw, names: &Names, until: Time, problems: &mut Vec<Problem>) -> Predict {
    let mut f = Fields::new(raw, "[scene.predict]");
    let ask = f.line("ask").unwrap_or_default();
    f.require("ask", "write ask = \"What happens to ...?\"");
    let from = f.time("from", Time::ZERO).unwrap_or(Time::ZERO);
    if from >= until {
        f.fault_at("from", "measured from after the end of the scene", "make `from` earlier");
    }
    let key = if f.has("from") { "from" } else { "ask" };
    if let Err(p) = kept(from, until) {
        f.fault_at(key, p.message, p.remedy);
    }
    let choices = f.list("answers", |raw, problems| choice(raw, names, problems));
    let number = f.nested("number", |raw, problems| number(raw, names, problems)).flatten();
    match (f.has("answers"), f.has("number")) {
        (true, true) => f.fault("a question with two kinds of answers", "keep `answers` or `number`"),
        (false, false) => f.fault("a question without answers", "add answers = [...] or number = {...}"),
        (true, false) if choices.len() == 1 => {
            f.fault_at("answers", "a question with one answer", "add the answers that people believe in");
        }
        (true, false) if choices.len() > MAX_ANSWERS => {
            let message = format!("a question with {} answers", choices.len());
            f.fault_at("answers", message, format!("keep {MAX_ANSWERS}: those that people believe in"));
        }
        _ => {}
    }
    f.finish(problems);
    let answer = number.unwrap_or(Answer::Choices(choices));
    Predict { ask, from, answer }
}

fn choice(raw: &Raw, names: &Names, problems: &mut Vec<Problem>) -> Option<Choice> {
    let mut f = Fields::new(raw, "{ text = \"...\", when = \"p99 > 1s\", because = \"...\" }");
    let text = f.line("text").unwrap_or_default();
    f.require("text", "write what the answer says");
    let when = condition(&mut f, "when", names);
    f.require("when", "write what makes it right in the run, as when = \"p99 > 1s\"");
    let because = template(&mut f, "because", names);
    f.finish(problems);
    when.map(|when| Choice { text, when, because })
}

fn number(raw: &Raw, names: &Names, problems: &mut Vec<Problem>) -> Option<Answer> {
    let mut f = Fields::new(raw, "{ metric = \"p99\", tolerance = 0.25, low = \"50ms\", high = \"5s\" }");
    let metric = f.get("metric", |raw| {
        let metric = Expression::quantity(written(raw, MAX_LINE)?)?;
        metric.check(names)?;
        Ok(metric)
    });
    f.require("metric", "write metric = \"p99\"");
    let tolerance = f.get("tolerance", tolerance).unwrap_or(0.25);
    let dimension = metric.as_ref().map(Expression::dimension);
    let (low, high) = (bound(&mut f, "low", dimension), bound(&mut f, "high", dimension));
    let because = template(&mut f, "because", names);
    if let (Some(low), Some(high)) = (low, high)
        && !(low > 0.0 && low < high)
    {
        f.fault_at("low", "no range to guess in", "make `low` more than zero and less than `high`");
    }
    f.finish(problems);
    let (low, high) = low.zip(high)?;
    metric.map(|metric| Answer::Number { metric, tolerance, low, high, because })
}

/// An end of the range of guesses: a constant with its unit.
fn bound(f: &mut Fields<'_>, key: &'static str, dimension: Option<Dimension>) -> Option<f64> {
    f.require(key, "write the range of guesses, as low = \"50ms\" and high = \"5s\"");
    f.get(key, |raw| {
        let bound = Expression::quantity(written(raw, MAX_LINE)?)?;
        let fits = dimension.is_none_or(|d| d == bound.dimension());
        let wanted = || Problem::new("expected a value in the unit of the metric", "write it as \"50ms\"");
        bound.constant().filter(|_| fits).ok_or_else(wanted)
    })
}

fn plain(list: Vec<TimedChange>) -> Vec<Change> {
    list.into_iter().map(|c| c.change).collect()
}

/// A live option.
pub fn option(raw: &Raw, stage: &Stage<'_>, problems: &mut Vec<Problem>) -> SceneOption {
    let mut f = Fields::new(raw, "[[scene.option]]");
    let label = f.line("label").unwrap_or_default();
    f.require("label", "write what the option says");
    let (changes, _) = changes(&mut f, "changes", stage.design, Timing::None);
    f.require("changes", "write what it does, as changes = [{ set = \"web.replicas\", to = 4 }]");
    let shows = condition(&mut f, "shows", &stage.names);
    let tells = template(&mut f, "tells", &stage.names);
    f.finish(problems);
    SceneOption { label, changes: plain(changes), shows, tells }
}

/// A design that meets the goals.
pub fn solution(raw: &Raw, stage: &Stage<'_>, problems: &mut Vec<Problem>) -> Solution {
    let mut f = Fields::new(raw, "[[scene.solution]]");
    let name = f.get("name", line).unwrap_or_default();
    f.require("name", "write name = \"...\": `run --solution NAME` takes it");
    let (changes, _) = changes(&mut f, "changes", stage.design, Timing::None);
    f.require("changes", "write the changes; an empty list says that doing nothing is right");
    let most = match f.raw("changes") {
        Some(Raw::List(items)) => items.len(),
        _ => changes.len(),
    };
    let necessary = f.list("necessary", |raw, problems| {
        let index = Shape::Count { min: 0, max: u32::MAX, unlimited: false }.read(raw);
        match index {
            Ok(Value::Count(i)) if (i as usize) < most => Some(i as usize),
            _ => {
                let remedy = format!("write places in `changes`, from 0 to {}", most.saturating_sub(1));
                problems.push(Problem::new("there is no such change", remedy));
                None
            }
        }
    });
    f.finish(problems);
    Solution { name, changes: plain(changes), necessary }
}

/// A tempting design that fails.
pub fn wrong(raw: &Raw, stage: &Stage<'_>, goals: &[Goal], problems: &mut Vec<Problem>) -> Wrong {
    let mut f = Fields::new(raw, "[[scene.wrong]]");
    let (changes, _) = changes(&mut f, "changes", stage.design, Timing::None);
    f.require("changes", "write the changes");
    let fails = f.get("fails", |raw| {
        let text = written(raw, MAX_LINE)?;
        if ["cost", "parts"].contains(&text) || goals.iter().any(|g| g.path == text) {
            return Ok(text.to_owned());
        }
        let paths: Vec<&str> = goals.iter().map(|g| g.path.as_str()).collect();
        let remedy = format!("write cost, parts or a goal of the scene: {}", paths.join(", "));
        Err(Problem::new(format!("`{text}` is not a goal here"), remedy))
    });
    f.require("fails", "write which goal it misses: its metric, \"cost\" or \"parts\"");
    let reason = f.text("reason").unwrap_or_default();
    let tells = template(&mut f, "tells", &stage.names);
    f.finish(problems);
    Wrong { changes: plain(changes), fails: fails.unwrap_or_default(), reason, tells }
}
