//! From the text of a file to a `Level`, or to all of its faults with place and remedy. Runs no simulation.

mod goal;
mod lesson;
mod scene;
mod structure;
mod terms;
mod topology;
mod variant;

use indexmap::IndexMap;

use super::Level;
use super::change::{self, Timing};
use super::fault::{Fault, Faults};
use super::fields::{Fields, MAX_NAME, check_name, within};
use super::path::Names;
use super::sizes;
use super::{design, file};
use crate::sim::change::TimedChange;
use crate::sim::time::Time;
use crate::sim::topology::Topology;
use crate::sim::value::{Problem, Raw, read_time};
use topology::Draft;

pub use scene::{ALLOWED, MAX_HINTS, MAX_ID, ROLES};
pub use structure::references;

/// The version of the format.
pub const FORMAT: u32 = 1;
/// Greatest seed: whole numbers up to here are exact in TOML, JSON and a run code.
pub const MAX_SEED: u64 = 1 << 53;
/// Length of a run where the file says nothing.
pub const DEFAULT_DURATION: Time = Time::from_secs(60);
/// Longest name of a new file: it is the level's title until somebody writes a better one.
const MAX_FILE_NAME: usize = 40;
/// Most further topologies of a file.
const MAX_TOPOLOGIES: usize = 20;

/// Checks a file. `name` is shown with faults; the level's id is made from it.
pub fn check(source: &str, name: &str) -> Result<Level, Faults> {
    let (tree, mut faults) = file::parse(source);
    let raw = tree.to_raw();
    let mut problems = Vec::new();
    let mut level = read(&raw, &mut problems);
    let place = |p: Problem| Fault::new(tree.place(&p.path, source), p.message, p.remedy);
    faults.extend(problems.into_iter().map(place));
    if !faults.is_empty() {
        return Err(Faults::new(name, source, faults));
    }
    level.id = id_of(name);
    if level.title.is_empty() {
        level.title.clone_from(&level.id);
    }
    level.content_hash = hash(source);
    Ok(level)
}

/// File stem without its number: `levels/03-load-balancer.toml` is `load-balancer`.
pub fn id_of(name: &str) -> String {
    let stem = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = stem.strip_suffix(".toml").unwrap_or(stem);
    let words = stem.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
    let legal = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let id: String = words.chars().filter(legal).take(64).collect();
    if id.is_empty() { "level".into() } else { id }
}

/// Whether a file of this name, without `.toml`, makes a level that can be named on the command line.
pub fn check_file_name(name: &str) -> Result<(), Problem> {
    check_name(name, MAX_FILE_NAME)
}

/// FNV-1a over the price ladder and the file: both decide what a level means.
fn hash(source: &str) -> u64 {
    let bytes = sizes::SOURCE.bytes().chain([0]).chain(source.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

fn read(raw: &Raw, problems: &mut Vec<Problem>) -> Level {
    let mut f = Fields::new(raw, "a level file");
    f.get("format", read_format);
    let mut level = Level {
        id: String::new(),
        number: None,
        title: f.line("title").unwrap_or_default(),
        question: f.line("question").unwrap_or_default(),
        moral: f.line("moral").unwrap_or_default(),
        seed: f.get("seed", read_seed).unwrap_or(1),
        duration: f.get("duration", |r| read_time(r, Time::SECOND, Time::YEAR)).unwrap_or(DEFAULT_DURATION),
        warmup: f.get("warmup", |r| read_time(r, Time::ZERO, Time::YEAR)).unwrap_or(Time::ZERO),
        topology: Topology::default(),
        topologies: IndexMap::new(),
        faults: Vec::new(),
        goals: Vec::new(),
        budget_usd: f.nested("budget", read_budget).flatten(),
        scenes: Vec::new(),
        content_hash: 0,
    };
    if level.warmup >= level.duration {
        f.fault_at("warmup", "the warm-up is as long as the run", "make `warmup` shorter than `duration`");
    }
    let draft = topology::read(&mut f);
    f.require("node", "add at least a client and a server, as [node.users.client]");
    let further = f.nested("topology", read_topologies).unwrap_or_default();
    let names = Names::of(&draft.topology);
    level.goals =
        f.list("goal", |raw, problems| goal::read(raw, &names, level.warmup, level.duration, problems));
    level.faults =
        f.list("fault", |raw, problems| read_fault(raw, &draft.topology, level.duration, problems));
    problems.extend(structure::problems(&draft));
    for (name, draft) in &further {
        let found = structure::problems(draft);
        problems.extend(found.into_iter().map(|p| p.under(name).under("topology")));
    }
    level.topology = draft.topology;
    level.topologies = further.into_iter().map(|(name, draft)| (name, draft.topology)).collect();
    scene::read_all(&mut f, &mut level);
    f.finish(problems);
    level
}

fn read_format(raw: &Raw) -> Result<(), Problem> {
    match raw {
        Raw::Number(n) if *n == f64::from(FORMAT) => Ok(()),
        Raw::Number(n) => Err(Problem::new(
            format!("format {n} is not known to this version"),
            format!("this program reads format = {FORMAT}"),
        )),
        _ => Err(Problem::new("expected a number", format!("write format = {FORMAT}"))),
    }
}

fn read_seed(raw: &Raw) -> Result<u64, Problem> {
    match raw {
        Raw::Number(n) if n.fract() == 0.0 && *n >= 0.0 && *n <= MAX_SEED as f64 => Ok(*n as u64),
        _ => Err(Problem::new("not a seed", format!("write a whole number from 0 to {MAX_SEED}"))),
    }
}

fn read_budget(raw: &Raw, problems: &mut Vec<Problem>) -> Option<f64> {
    let mut f = Fields::new(raw, "[budget] with monthly = \"$400\"");
    let monthly = f.money("monthly");
    f.require("monthly", "write monthly = \"$400\"");
    f.finish(problems);
    monthly
}

fn read_topologies(raw: &Raw, problems: &mut Vec<Problem>) -> IndexMap<String, Draft> {
    let mut drafts = IndexMap::new();
    let Raw::Table(table) = raw else {
        problems.push(Problem::new("expected tables", "write [topology.NAME.node.users.client]"));
        return drafts;
    };
    if table.len() > MAX_TOPOLOGIES {
        problems.push(Problem::new(format!("more than {MAX_TOPOLOGIES} topologies"), "split the level"));
    }
    for (name, raw) in table.iter().take(MAX_TOPOLOGIES) {
        within(problems, name, |problems| {
            problems.extend(check_name(name, MAX_NAME * 2).err());
            if ["base", "previous"].contains(&name.as_str()) {
                problems.push(Problem::new(format!("`{name}` is a word of `start`"), "choose another name"));
            }
            let mut f = Fields::new(raw, "[topology.NAME.node.users.client]");
            let draft = topology::read(&mut f);
            f.require("node", "add at least a client and a server");
            f.finish(problems);
            drafts.insert(name.clone(), draft);
        });
    }
    drafts
}

fn read_fault(
    raw: &Raw,
    topology: &Topology,
    duration: Time,
    problems: &mut Vec<Problem>,
) -> Option<TimedChange> {
    let change = change::read(raw, topology, Timing::Required, problems)?;
    if let Err(e) = design::apply(&mut topology.clone(), &change.change) {
        problems.push(Problem::new(e.to_string(), ""));
    }
    if change.at > duration {
        let p = Problem::new("it happens after the end of the run", "make `at` earlier or `duration` longer");
        problems.push(p.under("at"));
    }
    Some(change)
}
