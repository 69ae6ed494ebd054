//! `glossary`: the words of the course, or what one of them means.

use std::io::Write;

use super::{Failure, library};
use crate::level::glossary::{Entry, MOST_SHOWN, Shown, glossary};
use crate::level::sanitise::one_line;

/// Most characters of a word that is quoted.
const MAX_QUOTED: usize = 60;

/// Prints the entry of a word; without a word, the names of all entries, one a line.
pub fn glossary_of(word: &str, out: &mut dyn Write) -> Result<(), Failure> {
    if word.is_empty() {
        for entry in glossary().entries() {
            writeln!(out, "{}", entry.name)?;
        }
    } else {
        let entry = glossary().find(word).ok_or_else(|| unknown(word))?;
        print(entry, &entry.shown_in(&library::built_in()?), out)?;
    }
    out.flush()?;
    Ok(())
}

fn print(entry: &Entry, shown: &[Shown<'_>], out: &mut dyn Write) -> Result<(), Failure> {
    writeln!(out, "{}", entry.name)?;
    if !entry.aka.is_empty() {
        writeln!(out, "also called {}", entry.aka.join(", "))?;
    }
    writeln!(out, "\n{}\n", entry.means)?;
    for (i, scene) in shown.iter().take(MOST_SHOWN).enumerate() {
        let label = if i == 0 { "Shown in:" } else { "" };
        writeln!(out, "{label:<9} {scene}")?;
    }
    writeln!(out, "Source:   {}", entry.source)?;
    Ok(())
}

fn unknown(word: &str) -> Failure {
    let remedy = match glossary().nearest(word) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`fivenines glossary` lists the words that it has".to_owned(),
    };
    Failure::input(format!("there is no `{}` in the glossary; {remedy}", one_line(word, MAX_QUOTED)))
}
