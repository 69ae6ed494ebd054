//! `list` and `progress`: the levels, and what the student has reached in them.

use std::io::Write;

use super::{Failure, library};
use crate::session::progress::{LevelProgress, Progress};

/// Marks of a challenge.
const MARKS: u8 = 3;

/// One line a level: number, id, title, question.
pub fn list(out: &mut dyn Write) -> Result<(), Failure> {
    let levels = library::built_in()?;
    let width = |of: fn(&crate::level::Level) -> &str| levels.iter().map(|l| of(l).len()).max().unwrap_or(0);
    let (ids, titles) = (width(|l| &l.id), width(|l| &l.title));
    for level in &levels {
        let number = level.number.map_or_else(String::new, |n| n.to_string());
        let question = &level.question;
        writeln!(out, "{number:>2}  {:ids$}  {:titles$}  {question}", level.id, level.title)?;
    }
    out.flush()?;
    Ok(())
}

/// What has been reached in each level; the warning about a broken file is handed back.
pub fn progress(out: &mut dyn Write) -> Result<Option<String>, Failure> {
    let (progress, warning) = Progress::load();
    let levels = library::built_in()?;
    let ids = levels.iter().map(|l| l.id.len()).max().unwrap_or(0);
    for level in &levels {
        let reached = progress.levels.get(&level.id).copied().unwrap_or_default();
        writeln!(out, "{:ids$}  {}", level.id, words(reached, level.scenes.len()))?;
    }
    let nines = levels.iter().filter(|l| progress.levels.get(&l.id).is_some_and(|p| p.passed)).count();
    writeln!(out, "{nines} of {} nines lit", levels.len())?;
    out.flush()?;
    Ok(warning)
}

fn words(reached: LevelProgress, scenes: usize) -> String {
    if reached == LevelProgress::default() {
        return "not begun".into();
    }
    let done = format!("{} of {scenes} scenes", reached.scenes_done.min(scenes));
    let mark = if reached.passed { ", passed" } else { "" };
    format!("{done}{mark}, {} of {MARKS} marks", reached.marks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_said_in_words() {
        assert_eq!(words(LevelProgress::default(), 7), "not begun");
        let reached = LevelProgress { scenes_done: 7, at: 6, finished: true, passed: true, marks: 2 };
        assert_eq!(words(reached, 7), "7 of 7 scenes, passed, 2 of 3 marks");
    }
}
