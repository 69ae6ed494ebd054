//! The glossary: the words of the course, from `assets/glossary.toml`, and the scenes that show them.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::Level;
use super::fields::Fields;
use super::file;
use crate::sim::value::{Problem, Raw, nearest};

/// Most scenes that are named with an entry.
pub const MOST_SHOWN: usize = 2;
/// The file as it is built in.
const SOURCE: &str = include_str!("../../assets/glossary.toml");

/// One word of the course.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The word itself, as levels name it.
    pub name: String,
    /// Other words for it, or for a part of it, under which it is found too.
    pub aka: Vec<String>,
    /// What it means, in two sentences.
    pub means: String,
    /// Where to read on.
    pub source: String,
}

impl Entry {
    /// Its name and its other words.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name).chain(&self.aka).map(String::as_str)
    }
    /// The scenes that list it among their terms, in the order of the course.
    pub fn shown_in<'a>(&self, levels: &'a [Arc<Level>]) -> Vec<Shown<'a>> {
        let lists = |level: &Level, scene: usize| level.scenes[scene].terms.contains(&self.name);
        let scenes = levels.iter().flat_map(|level| (0..level.scenes.len()).map(move |scene| (level, scene)));
        scenes
            .filter(|(level, scene)| lists(level, *scene))
            .map(|(level, scene)| Shown { level, scene })
            .collect()
    }
}

/// A scene that shows an entry. Displays as `1 The monolith, scene 3 The hockey stick`.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The level.
    pub level: &'a Level,
    /// The scene's place in it, from 0.
    pub scene: usize,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(number) = self.level.number {
            write!(f, "{number} ")?;
        }
        let title = &self.level.scenes[self.scene].title;
        write!(f, "{}, scene {} {title}", self.level.title, self.scene + 1)
    }
}

/// An entry that was searched for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// The other word that was found, where it was not the name.
    pub via: Option<&'a str>,
}

/// The words of the course, from A to Z.
#[derive(Clone, Debug)]
pub struct Glossary {
    entries: Vec<Entry>,
    wall: Vec<String>,
}

/// The glossary that is built in.
pub fn glossary() -> &'static Glossary {
    static GLOSSARY: OnceLock<Glossary> = OnceLock::new();
    // The file is part of the program: a test proves that it has no fault.
    GLOSSARY
        .get_or_init(|| read(SOURCE).unwrap_or_else(|_| Glossary { entries: Vec::new(), wall: Vec::new() }))
}

impl Glossary {
    /// All entries, from A to Z.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
    /// The words that everybody throws at a small shop, as the opening shows them: names of entries.
    pub fn wall(&self) -> &[String] {
        &self.wall
    }
    /// The entry of a name or another word; capitals, hyphens, blanks and apostrophes make no difference.
    pub fn find(&self, word: &str) -> Option<&Entry> {
        let word = squeezed(word);
        self.entries.iter().find(|e| e.labels().any(|label| squeezed(label) == word))
    }
    /// The entries with a text in their name or in another word: best first, then from A to Z.
    pub fn search(&self, text: &str) -> Vec<Found<'_>> {
        let (text, narrow) = (spaced(text), squeezed(text));
        if narrow.is_empty() {
            return self.entries.iter().map(|entry| Found { entry, via: None }).collect();
        }
        let mut found: Vec<(u8, Found<'_>)> =
            self.entries.iter().filter_map(|e| best(e, &text, &narrow)).collect();
        found.sort_by_key(|(rank, _)| *rank);
        // What stands in the middle of a word counts only where nothing better is found.
        let worst = if found.first().is_some_and(|(rank, _)| *rank < INSIDE) { INSIDE } else { u8::MAX };
        found.into_iter().filter(|(rank, _)| *rank < worst).map(|(_, found)| found).collect()
    }
    /// The word that was probably meant: one that contains what was written, else the one with the fewest other letters.
    pub fn nearest(&self, word: &str) -> Option<&str> {
        if squeezed(word).is_empty() {
            return None;
        }
        if let Some(found) = self.search(word).first() {
            return Some(found.via.unwrap_or(&found.entry.name));
        }
        let labels = || self.entries.iter().flat_map(Entry::labels);
        let lower: Vec<String> = labels().map(spaced).collect();
        let near = nearest(&spaced(word), lower.iter().map(String::as_str))?;
        labels().find(|label| spaced(label) == near)
    }
    /// The entries that no scene of these levels lists among its terms.
    pub fn unshown(&self, levels: &[Arc<Level>]) -> Vec<&str> {
        self.entries.iter().filter(|e| e.shown_in(levels).is_empty()).map(|e| e.name.as_str()).collect()
    }
}

/// Ranks from here on: the text stands in the middle of a word.
const INSIDE: u8 = 6;

/// The best place of a text in an entry with its rank; the name is better than another word at the same place.
fn best<'a>(entry: &'a Entry, text: &str, narrow: &str) -> Option<(u8, Found<'a>)> {
    let places = entry.labels().enumerate().filter_map(|(i, label)| {
        let rank = 2 * place(label, text, narrow)? + u8::from(i > 0);
        Some((rank, Found { entry, via: (i > 0).then_some(label) }))
    });
    places.min_by_key(|(rank, _)| *rank)
}

/// Where in a label a text stands: 0 all of it, 1 the start, 2 the start of a word, 3 somewhere.
fn place(label: &str, text: &str, narrow: &str) -> Option<u8> {
    let words = spaced(label);
    if squeezed(label) == narrow {
        Some(0)
    } else if words.starts_with(text) {
        Some(1)
    } else if words.contains(&format!(" {text}")) {
        Some(2)
    } else {
        squeezed(label).contains(narrow).then_some(3)
    }
}

/// In small letters, with blanks for hyphens and without apostrophes.
fn spaced(word: &str) -> String {
    let letters = word.chars().filter(|c| *c != '\'').flat_map(char::to_lowercase);
    let spaced: String = letters.map(|c| if matches!(c, '-' | '_') { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// As `spaced`, without blanks too.
fn squeezed(word: &str) -> String {
    spaced(word).replace(' ', "")
}

fn read(source: &str) -> Result<Glossary, Vec<Problem>> {
    let (item, faults) = file::parse(source);
    let mut problems: Vec<Problem> = faults.into_iter().map(|f| Problem::new(f.message, f.remedy)).collect();
    let raw = item.to_raw();
    let mut f = Fields::new(&raw, "[[entry]]");
    let entries = f.list("entry", |raw, problems| Some(read_entry(raw, problems)));
    let wall = f.texts("wall");
    f.finish(&mut problems);
    if problems.is_empty() { Ok(Glossary { entries, wall }) } else { Err(problems) }
}

fn read_entry(raw: &Raw, problems: &mut Vec<Problem>) -> Entry {
    let mut f = Fields::new(raw, "[[entry]]");
    let entry = Entry {
        name: f.line("name").unwrap_or_default(),
        aka: f.texts("aka"),
        means: f.text("means").unwrap_or_default(),
        source: f.text("source").unwrap_or_default(),
    };
    for key in ["name", "means", "source"] {
        f.require(key, "every entry has one");
    }
    f.finish(problems);
    entry
}

#[cfg(test)]
mod tests;
