//! `progress`: what the student has reached; begins anew, or writes an account of it.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use super::{Failure, library};
use crate::cli::ProgressArgs;
use crate::level::Level;
use crate::level::sanitise::one_line;
use crate::level::scene::{Role, Scene};
use crate::session::progress::{LevelProgress, Progress, ProgressError};

/// Marks of a challenge.
const MARKS: u8 = 3;
/// Longest name of a level from the file, characters.
const MAX_NAME: usize = 64;

/// Does what was asked; what is to be said on the side. `ask` puts a question to the person at the terminal, if there
/// is one.
pub fn progress(
    args: &ProgressArgs,
    ask: &dyn Fn(&str) -> Option<bool>,
    out: &mut dyn Write,
) -> Result<Vec<String>, Failure> {
    if args.reset {
        return reset(args.yes, ask).map(|said| vec![said]);
    }
    let (progress, warning) = Progress::load();
    let levels = library::built_in()?;
    let mut said: Vec<String> = warning.into_iter().collect();
    match &args.export {
        None => show(&progress, &levels, out)?,
        Some(None) => account(&progress, &levels, out)?,
        Some(Some(path)) => {
            let mut text = Vec::new();
            account(&progress, &levels, &mut text)?;
            write_new(path, &text)?;
            said.push(format!("wrote {}", path.display()));
        }
    }
    out.flush()?;
    Ok(said)
}

fn reset(yes: bool, ask: &dyn Fn(&str) -> Option<bool>) -> Result<String, Failure> {
    let failed = |e: ProgressError| Failure::input(e.to_string());
    let path = Progress::path().ok_or_else(|| failed(ProgressError::NoHome))?;
    let nothing = || "there is no progress to reset".to_owned();
    if !path.exists() {
        return Ok(nothing());
    }
    let nobody = "there is no terminal to ask at; to reset your progress without a question, add --yes";
    let sure = yes || ask("Reset your progress?").ok_or_else(|| Failure::input(nobody))?;
    if !sure {
        return Ok("your progress is as it was".into());
    }
    let kept = Progress::reset().map_err(failed)?;
    Ok(kept
        .map_or_else(nothing, |p| format!("you begin anew; what you had reached is kept in {}", p.display())))
}

/// Creates a file that must not exist yet; a half-written one does not stay.
pub(super) fn write_new(path: &Path, text: &[u8]) -> Result<(), Failure> {
    let mut file = File::create_new(path).map_err(|e| match e.kind() {
        io::ErrorKind::AlreadyExists => {
            let there = path.display();
            Failure::input(format!(
                "{there} is there already and is left as it is; choose another name, or move it away first"
            ))
        }
        _ => Failure::input(format!("cannot write {}: {e}", path.display())),
    })?;
    file.write_all(text).map_err(|e| {
        let _ = std::fs::remove_file(path);
        Failure::input(format!("cannot write {}: {e}", path.display()))
    })
}

/// One line a level.
fn show(progress: &Progress, levels: &[Arc<Level>], out: &mut dyn Write) -> Result<(), Failure> {
    let ids = levels.iter().map(|l| l.id.len()).max().unwrap_or(0);
    for level in levels {
        writeln!(out, "{:ids$}  {}", level.id, words(reached(progress, level), level.scenes.len()))?;
    }
    writeln!(out, "{}", nines(progress, levels))?;
    Ok(())
}

/// Every level with its scenes, for people.
fn account(progress: &Progress, levels: &[Arc<Level>], out: &mut dyn Write) -> Result<(), Failure> {
    writeln!(out, "Progress in fivenines {}\n{}", env!("CARGO_PKG_VERSION"), nines(progress, levels))?;
    for level in levels {
        let reached = reached(progress, level);
        let number = level.number.map_or_else(String::new, |n| format!("{n}. "));
        writeln!(out, "\n{number}{} ({}): {}", level.title, level.id, words(reached, level.scenes.len()))?;
        for (i, scene) in level.scenes.iter().enumerate() {
            let mark = if reached.done.has(i) { 'x' } else { ' ' };
            writeln!(out, "   [{mark}] {}{}", scene.title, part(scene))?;
        }
        let begun = reached != LevelProgress::default() && !reached.finished;
        if let Some(scene) = level.scenes.get(reached.at).filter(|_| begun) {
            writeln!(out, "   goes on at: {}", scene.title)?;
        }
    }
    let others = || progress.levels.iter().filter(|(id, _)| !levels.iter().any(|l| l.id == **id));
    if others().next().is_some() {
        writeln!(out, "\nOther levels")?;
    }
    for (id, reached) in others() {
        // What they consist of is in files that may be gone.
        writeln!(out, "   {}: {}", one_line(id, MAX_NAME), words(*reached, usize::MAX))?;
    }
    Ok(())
}

fn part(scene: &Scene) -> &'static str {
    match scene.role {
        Role::Story => "",
        Role::SideRoom => ", a side room",
        Role::Challenge => ", the challenge",
        Role::Variant => ", a variant",
    }
}

fn reached(progress: &Progress, level: &Level) -> LevelProgress {
    progress.levels.get(&level.id).copied().unwrap_or_default()
}

fn nines(progress: &Progress, levels: &[Arc<Level>]) -> String {
    let lit = levels.iter().filter(|l| reached(progress, l).passed).count();
    format!("{lit} of {} nines lit", levels.len())
}

/// `scenes` = how many the level has, where that is known.
fn words(reached: LevelProgress, scenes: usize) -> String {
    if reached == LevelProgress::default() {
        return "not begun".into();
    }
    let done = reached.done.count().min(scenes);
    let done =
        if scenes == usize::MAX { format!("{done} scenes") } else { format!("{done} of {scenes} scenes") };
    let mark = if reached.passed { ", passed" } else { "" };
    format!("{done}{mark}, {} of {MARKS} marks", reached.marks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::progress::SceneSet;

    #[test]
    fn progress_is_said_in_words() {
        assert_eq!(words(LevelProgress::default(), 7), "not begun");
        let reached = LevelProgress {
            done: SceneSet::first(7),
            at: 6,
            finished: true,
            passed: true,
            marks: 2,
            ..Default::default()
        };
        assert_eq!(words(reached, 7), "7 of 7 scenes, passed, 2 of 3 marks");
        assert_eq!(words(reached, usize::MAX), "7 scenes, passed, 2 of 3 marks");
    }
}
