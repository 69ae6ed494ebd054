//! `list`: the levels.

use std::io::Write;

use super::{Failure, library};

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
