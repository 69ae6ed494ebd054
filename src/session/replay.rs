//! Run codes: all that decides a run, as a short text that can be mailed, typed into a search box, or pasted.
//!
//! ```text
//! fn1-<base64url>    version 1: level id · hash of its file · program version · scene · seed · end
//!                               knobs set before the start · (time since the last, change as text)* · checksum
//! ```
//!
//! Numbers are varints, texts carry their length. A code says nothing of the result, so that replaying it proves one.

use super::timeline::{Logged, run_on};
use crate::level::change::{MAX_TEXT, parse, parse_set};
use crate::level::{Level, design, stage};
use crate::sim::change::{Change, ChangeError};
use crate::sim::simulation::Simulation;
use crate::sim::time::Time;

mod wire;

/// The version that this program writes and reads.
pub const PREFIX: &str = "fn1-";
/// Longest code that is read, characters.
pub const MAX_CODE: usize = 1 << 20;
/// Most changes, and most knobs set before the start, of one code.
pub const MAX_CHANGES: usize = super::timeline::MAX_COMMANDS;

/// Everything that decides a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunCode {
    /// Id of the level, or the stem of its file.
    pub level: String,
    /// Hash of the level's file when the code was made.
    pub content_hash: u64,
    /// Version of the program that made the code.
    pub program: String,
    /// Id of the scene; empty = the level's own run.
    pub scene: String,
    /// The seed.
    pub seed: u64,
    /// Where the run ends.
    pub until: Time,
    /// Knobs set on the designs before the start, as `web.replicas=5`.
    pub sets: Vec<String>,
    /// Changes made by hand, as text, in the order of their times.
    pub changes: Vec<(Time, String)>,
}

/// Why a text is no run code, or why it cannot be replayed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CodeError {
    /// It does not begin like a code. Remedy: copy all of it.
    NotACode,
    /// Another version of codes. Remedy: use the program that made it.
    Version(String),
    /// Over `MAX_CODE` characters.
    TooLong,
    /// Characters are missing or wrong. Remedy: copy it again.
    Broken,
    /// It speaks of something that the level does not have.
    Unknown(String),
    /// The engine cannot make one of its changes.
    Change(ChangeError),
}

impl std::fmt::Display for CodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotACode => write!(f, "this is no run code: one begins with `{PREFIX}`"),
            Self::Version(found) => write!(
                f,
                "this run code is of version `{found}`; this program reads `{PREFIX}`: use the program that made it"
            ),
            Self::TooLong => write!(f, "a run code has at most {MAX_CODE} characters"),
            Self::Broken => {
                f.write_str("the run code is damaged: characters are missing or wrong; copy it again")
            }
            Self::Unknown(what) => write!(f, "the run code does not fit this level: {what}"),
            Self::Change(why) => write!(f, "a change of the run code cannot be made: {why}"),
        }
    }
}
impl std::error::Error for CodeError {}

impl RunCode {
    /// The code of a run of a level that has come to `until`.
    pub fn new(level: &Level, scene: Option<usize>, seed: u64, until: Time, log: &[Logged]) -> Self {
        Self {
            level: level.id.clone(),
            content_hash: level.content_hash,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            scene: scene.map_or_else(String::new, |i| level.scenes[i].id.clone()),
            seed,
            until,
            sets: Vec::new(),
            changes: log.iter().map(|l| (l.at, l.text.clone())).collect(),
        }
    }

    /// As text.
    pub fn encode(&self) -> String {
        let Self { level, content_hash, program, scene, seed, until, sets, changes } = self;
        let mut w = wire::Writer::default();
        w.text(level);
        w.number(*content_hash);
        w.text(program);
        w.text(scene);
        w.number(*seed);
        w.number(until.ns());
        w.number(sets.len() as u64);
        for set in sets {
            w.text(set);
        }
        w.number(changes.len() as u64);
        let mut last = Time::ZERO;
        for (at, text) in changes {
            w.number(at.saturating_sub(last).ns());
            w.text(text);
            last = last.max(*at);
        }
        format!("{PREFIX}{}", w.finish())
    }

    /// From text. Whatever the text is, this ends soon and takes no more memory than a few times its length.
    pub fn decode(code: &str) -> Result<Self, CodeError> {
        let code = code.trim();
        if code.len() > MAX_CODE {
            return Err(CodeError::TooLong);
        }
        let Some(body) = code.strip_prefix(PREFIX) else {
            let version = code.split_once('-').map(|(version, _)| version).filter(|v| is_version(v));
            return Err(version.map_or(CodeError::NotACode, |v| CodeError::Version(format!("{v}-"))));
        };
        let mut r = wire::Reader::new(body).ok_or(CodeError::Broken)?;
        let read = Self::read(&mut r).filter(|_| r.is_empty());
        read.ok_or(CodeError::Broken)
    }
    fn read(r: &mut wire::Reader) -> Option<Self> {
        let level = r.text(MAX_TEXT)?;
        let content_hash = r.number()?;
        let program = r.text(MAX_TEXT)?;
        let scene = r.text(MAX_TEXT)?;
        let seed = r.number()?;
        let until = Time::from_ns(r.number()?);
        let mut sets = Vec::new();
        for _ in 0..r.count(MAX_CHANGES)? {
            sets.push(r.text(MAX_TEXT)?);
        }
        let mut changes: Vec<(Time, String)> = Vec::new();
        let mut at = Time::ZERO;
        for _ in 0..r.count(MAX_CHANGES)? {
            at += Time::from_ns(r.number()?);
            changes.push((at, r.text(MAX_TEXT)?));
        }
        let sound = until <= Time::YEAR && changes.last().is_none_or(|(at, _)| *at <= until);
        sound.then_some(Self { level, content_hash, program, scene, seed, until, sets, changes })
    }

    /// The place of its scene in the level; `None` = the level's own run.
    pub fn scene_of(&self, level: &Level) -> Result<Option<usize>, CodeError> {
        if self.scene.is_empty() {
            return Ok(None);
        }
        let place = level.scenes.iter().position(|s| s.id == self.scene);
        place.map(Some).ok_or_else(|| CodeError::Unknown(format!("it has no scene `{}`", self.scene)))
    }
    /// What differs between the code's making and now, in words; empty where nothing does.
    pub fn differences(&self, level: &Level) -> Vec<String> {
        let mut found = Vec::new();
        if self.content_hash != level.content_hash {
            found.push(format!("the level `{}` has changed since the code was made", self.level));
        }
        let program = env!("CARGO_PKG_VERSION");
        if self.program != program {
            found.push(format!("the code was made by version {}; this is {program}", self.program));
        }
        found
    }

    /// The run at its start: knobs set, the scene entered, nothing changed by hand yet.
    pub fn start(&self, level: &Level) -> Result<Simulation, CodeError> {
        let mut level = level.clone();
        let scene = self.scene_of(&level)?;
        set_before_start(&mut level, scene, &self.sets).map_err(CodeError::Unknown)?;
        let mut run = match scene {
            Some(index) => stage::start(&level, index, self.seed),
            None => Simulation::new(&level.topology, self.seed, &[]),
        }
        .map_err(CodeError::Change)?;
        let own = stage::own_scene(&level);
        let scene = scene.map_or(&own, |i| &level.scenes[i]);
        stage::enter(&mut run, scene).map_err(CodeError::Change)?;
        Ok(run)
    }
    /// Makes its changes at their times, and runs to the end.
    pub fn finish(&self, run: &mut Simulation) -> Result<(), CodeError> {
        let mut last = run.now();
        for (at, text) in &self.changes {
            run_on(run, &mut last, *at);
            self::apply(run, text)?;
        }
        run_on(run, &mut last, self.until);
        Ok(())
    }
    /// The whole run.
    pub fn replay(&self, level: &Level) -> Result<Simulation, CodeError> {
        let mut run = self.start(level)?;
        self.finish(&mut run)?;
        Ok(run)
    }
}

/// Makes a change that is given as text.
pub fn apply(run: &mut Simulation, text: &str) -> Result<(), CodeError> {
    let change = parse(text, run.topology()).map_err(|p| CodeError::Unknown(p.message))?;
    run.apply(&change).map(drop).map_err(CodeError::Change)
}

fn is_version(text: &str) -> bool {
    text.strip_prefix("fn")
        .is_some_and(|n| !n.is_empty() && n.len() < 6 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Makes every `web.replicas=5` on the level's designs, so that knobs which are fixed in a run can be set too.
pub fn set_before_start(
    level: &mut Level,
    scene: Option<usize>,
    texts: &[String],
) -> Result<Vec<Change>, String> {
    let mut sets = Vec::new();
    for text in texts {
        let base = scene.map_or(&level.topology, |i| stage::design(level, i));
        let set = parse_set(text, base).map_err(|p| {
            let remedy = if p.remedy.is_empty() { String::new() } else { format!("; {}", p.remedy) };
            format!("--set {text}: {}{remedy}", p.message)
        })?;
        for topology in level.topologies.values_mut().chain([&mut level.topology]) {
            // A further design may lack the part; where the scene starts it is there, or the text had a fault.
            let mut changed = topology.clone();
            if design::apply(&mut changed, &set).is_ok() {
                *topology = changed;
            }
        }
        sets.push(set);
    }
    Ok(sets)
}
