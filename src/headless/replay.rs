//! `replay`: a run again from its code, with the report of `run`.

use std::io::Write;

use super::run::{Plan, write_report};
use super::{Failure, library};
use crate::cli::ReplayArgs;
use crate::level::judge::Referee;
use crate::level::sanitise::one_line;
use crate::level::{Level, catalog, stage};
use crate::session::replay::{CodeError, RunCode, set_before_start};
use crate::sim::time::Time;

/// Longest sentence about a code, characters.
const MAX_SENTENCE: usize = 400;

/// Replays and prints the report; in words, what differs from when the code was made.
pub fn replay(args: &ReplayArgs, out: &mut dyn Write) -> Result<Vec<String>, Failure> {
    let code = RunCode::decode(&args.code).map_err(failed)?;
    let level = match &args.file {
        Some(file) => library::find(file)?.0,
        None => built_in(&code.level)?,
    };
    let mut warnings = code.differences(&level);
    if level.id != code.level {
        warnings.push(format!("the code was made for the level `{}`, not for `{}`", code.level, level.id));
    }
    let plan = plan(&code, level)?;
    let mut course = plan.begin().map_err(|e| Failure::input(e.to_string()))?;
    course.end = code.until;
    course.referee = Referee::new(&plan.scene.goals, course.origin, course.end);
    code.finish(&mut course.run).map_err(failed)?;
    course.referee.judge(&course.run);
    write_report(&plan, &course, args.format, out)?;
    Ok(warnings.into_iter().map(|w| one_line(&w, MAX_SENTENCE)).collect())
}

/// A code never names a file: that would let a text from somebody else choose what is read.
fn built_in(id: &str) -> Result<Level, Failure> {
    let found = catalog::builtin().iter().find(|b| b.id == id);
    let builtin = found.ok_or_else(|| {
        let id = one_line(id, MAX_SENTENCE);
        Failure::input(format!(
            "the code is of the level `{id}`, which is not built in; name its file after the code"
        ))
    })?;
    builtin.level().map_err(|f| Failure::input(f.render(false)))
}

fn plan(code: &RunCode, mut level: Level) -> Result<Plan, Failure> {
    let index = code.scene_of(&level).map_err(failed)?;
    set_before_start(&mut level, index, &code.sets).map_err(|why| failed(CodeError::Unknown(why)))?;
    let scene = index.map_or_else(|| stage::own_scene(&level), |i| level.scenes[i].clone());
    Ok(Plan {
        index,
        sets: Vec::new(),
        set_texts: Vec::new(),
        changes: Vec::new(),
        seed: code.seed,
        length: code.until,
        warmup: if index.is_none() { level.warmup } else { Time::ZERO },
        requests: None,
        windows: false,
        theory: false,
        code: false,
        scene,
        level,
    })
}

fn failed(error: CodeError) -> Failure {
    Failure::input(one_line(&error.to_string(), MAX_SENTENCE))
}
