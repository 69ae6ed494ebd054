//! `run`: one run of a level, a part of it, or a file, without a student.

use std::io::Write;

use super::report::Report;
use super::{Failure, fill, library, print};
use crate::cli::{Format, RunArgs};
use crate::level::judge::{Referee, next_second};
use crate::level::scene::{Scene, Solution};
use crate::level::{Level, stage};
use crate::session::replay::{RunCode, set_before_start};
use crate::session::timeline::Logged;
use crate::sim::change::{Change, ChangeError};
use crate::sim::simulation::Simulation;
use crate::sim::time::Time;
use crate::sim::value::nearest;

/// Runs and prints the report; whether every goal held.
pub fn run(args: &RunArgs, out: &mut dyn Write) -> Result<bool, Failure> {
    let (plan, course) = course(args)?;
    write_report(&plan, &course, args.format, out)
}

/// Prints the report of a finished run; whether every goal held.
pub fn write_report(
    plan: &Plan,
    course: &Course,
    format: Format,
    out: &mut dyn Write,
) -> Result<bool, Failure> {
    let report = fill::report(plan, course);
    match format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &report).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        Format::Text => print::report(&report, out)?,
    }
    out.flush()?;
    Ok(report.passed)
}

/// Runs what the arguments ask for.
pub fn measure(args: &RunArgs) -> Result<Report, Failure> {
    let (plan, course) = course(args)?;
    Ok(fill::report(&plan, &course))
}

fn course(args: &RunArgs) -> Result<(Plan, Course), Failure> {
    let (level, part) = library::find(&args.what)?;
    let plan = Plan::new(level, part.as_deref(), args)?;
    let mut course = plan.begin().map_err(|e| Failure::input(e.to_string()))?;
    course.go(&plan);
    Ok((plan, course))
}

/// Everything that decides the run.
pub struct Plan {
    /// The level, with `--set` made on its designs.
    pub level: Level,
    /// Its place among the scenes; `None` = the level's own run.
    pub index: Option<usize>,
    /// The scene that is run.
    pub scene: Scene,
    /// Knobs set on the command line.
    pub sets: Vec<Change>,
    /// The same as they were written.
    pub set_texts: Vec<String>,
    /// The solution's changes.
    pub changes: Vec<Change>,
    /// The seed.
    pub seed: u64,
    /// Its length, from the start of the scene.
    pub length: Time,
    /// The start that does not count.
    pub warmup: Time,
    /// Counted requests, and those before them, instead of times.
    pub requests: Option<(u64, u64)>,
    /// Report every second.
    pub windows: bool,
    /// Report what theory predicts.
    pub theory: bool,
    /// Report the run's code.
    pub code: bool,
}

impl Plan {
    fn new(mut level: Level, part: Option<&str>, args: &RunArgs) -> Result<Self, Failure> {
        let index = choose(&level, part)?;
        let scene = index.map_or_else(|| stage::own_scene(&level), |i| level.scenes[i].clone());
        let sets = set_before_start(&mut level, index, &args.set).map_err(Failure::Input)?;
        let changes = match &args.solution {
            Some(name) => solution(&scene.solutions, name)?.changes.clone(),
            None => Vec::new(),
        };
        let requests = args.requests.map(|n| (n, args.warmup_requests.unwrap_or(0)));
        let length = args.duration.unwrap_or(scene.until);
        Ok(Self {
            index,
            sets,
            set_texts: args.set.clone(),
            changes,
            seed: args.seed.unwrap_or(level.seed),
            length,
            warmup: args.warmup.unwrap_or(if index.is_none() { level.warmup } else { Time::ZERO }),
            requests,
            windows: args.windows,
            theory: args.theory,
            code: args.code,
            scene,
            level,
        })
    }

    /// Builds the run: the design, the scene's changes, the solution, the command line's knobs.
    pub(super) fn begin(&self) -> Result<Course, ChangeError> {
        let mut run = match self.index {
            Some(index) => stage::start(&self.level, index, self.seed)?,
            None => Simulation::new(&self.level.topology, self.seed, &[])?,
        };
        let origin = run.now();
        stage::enter(&mut run, &self.scene)?;
        let mut log = Vec::new();
        let mut make = |run: &mut Simulation, change: &Change| {
            log.push(Logged::new(run, change));
            run.apply(change).map(drop)
        };
        for change in &self.changes {
            make(&mut run, change)?;
        }
        // Last, so that what was asked for on the command line is what runs.
        for set in &self.sets {
            if differs(&run, set) {
                make(&mut run, set)?;
            }
        }
        match self.requests {
            Some((counted, before)) => {
                run.set_warmup_requests(before);
                run.set_request_limit(before.saturating_add(counted));
            }
            // A warm-up of nothing still cuts the scenes before this one off.
            None if origin + self.warmup > Time::ZERO => {
                run.set_warmup((origin + self.warmup).max(origin + Time::from_ns(1)));
            }
            None => {}
        }
        let end = origin + self.length;
        Ok(Course { run, log, origin, end, referee: Referee::new(&self.scene.goals, origin, end) })
    }
}

/// A run on its way.
pub struct Course {
    /// The run.
    pub run: Simulation,
    /// Changes made by the command line.
    pub log: Vec<Logged>,
    /// Where the scene began.
    pub origin: Time,
    /// Where it ends.
    pub end: Time,
    /// Judges its goals.
    pub referee: Referee,
}

impl Course {
    /// The code from which the run can be repeated.
    pub fn code(&self, plan: &Plan) -> String {
        let mut code = RunCode::new(&plan.level, plan.index, plan.seed, self.run.now(), &self.log);
        code.sets.clone_from(&plan.set_texts);
        code.encode()
    }
    fn go(&mut self, plan: &Plan) {
        if plan.requests.is_some() {
            self.run.run_to_end();
            self.end = self.run.now();
            self.referee = Referee::new(&plan.scene.goals, self.origin, self.end);
            self.referee.judge(&self.run);
            return;
        }
        while self.run.now() < self.end {
            self.run.advance(next_second(self.run.now()).min(self.end), u64::MAX);
            self.referee.judge(&self.run);
        }
    }
}

/// A scene (or variant of the challenge) by id or number; without a name the challenge.
fn choose(level: &Level, part: Option<&str>) -> Result<Option<usize>, Failure> {
    let Some(part) = part else { return Ok(level.challenge()) };
    if let Some(scene) = level.scenes.iter().position(|s| s.id == part) {
        return Ok(Some(scene));
    }
    if let Some(number) = part.parse::<usize>().ok().filter(|n| (1..=level.scenes.len()).contains(n)) {
        return Ok(Some(number - 1));
    }
    let names: Vec<&str> = level.scenes.iter().map(|s| s.id.as_str()).collect();
    Err(Failure::input(format!("`{}` has no part `{part}`; {}", level.id, suggest(part, &names))))
}

fn suggest(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there are none".into(),
        None => format!("there are: {}", known.join(", ")),
    }
}

fn solution<'a>(solutions: &'a [Solution], name: &str) -> Result<&'a Solution, Failure> {
    solutions.iter().find(|s| s.name == name).ok_or_else(|| {
        let names: Vec<&str> = solutions.iter().map(|s| s.name.as_str()).collect();
        Failure::input(format!("no solution is named `{name}`; {}", suggest(name, &names)))
    })
}

/// The scene's own changes set the knob to something else meanwhile.
fn differs(run: &Simulation, set: &Change) -> bool {
    let Change::Set { target, knob, value } = set else { return true };
    let design = run.topology();
    let knobs = match design.nodes.get(target) {
        Some(node) => Some(&node.knobs),
        None => {
            let same = |l: &&crate::sim::topology::LinkSpec| {
                target.split_once("->") == Some((l.from.as_str(), l.to.as_str()))
            };
            design.links.iter().find(same).map(|l| &l.knobs)
        }
    };
    knobs.is_some_and(|knobs| knobs.get(knob) != value.as_ref())
}
