//! The built-in levels, and how a level is found by its number, its name or its file.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::Level;
use super::check::check;
use super::fault::Faults;
use super::file::MAX_FILE_BYTES;
use super::sanitise::one_line;
use crate::sim::value::nearest;

/// A level that is part of the program.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// Place in the course, from 1.
    pub number: u8,
    /// Its name: the file's stem without the number.
    pub id: &'static str,
    /// The file's text.
    pub source: &'static str,
}

impl Builtin {
    /// The file's name, for faults.
    pub fn file_name(&self) -> String {
        format!("levels/{:02}-{}.toml", self.number, self.id)
    }
    /// The checked level.
    pub fn level(&self) -> Result<Level, Faults> {
        let mut level = check(self.source, &self.file_name())?;
        level.number = Some(self.number);
        Ok(level)
    }
}

static BUILTIN: [Builtin; 5] = [
    Builtin { number: 1, id: "monolith", source: include_str!("../../levels/01-monolith.toml") },
    Builtin { number: 2, id: "scaling", source: include_str!("../../levels/02-scaling.toml") },
    Builtin { number: 3, id: "load-balancer", source: include_str!("../../levels/03-load-balancer.toml") },
    Builtin { number: 4, id: "database", source: include_str!("../../levels/04-database.toml") },
    Builtin { number: 5, id: "microservices", source: include_str!("../../levels/05-microservices.toml") },
];

/// The built-in levels in the order of the course.
pub fn builtin() -> &'static [Builtin] {
    &BUILTIN
}

/// The system of the sandbox: no scenes, no goals.
pub fn sandbox() -> Result<Level, Faults> {
    check(include_str!("../../assets/sandbox.toml"), "sandbox.toml")
}

/// A built-in level by its number or its name.
pub fn find(name: &str) -> Option<&'static Builtin> {
    BUILTIN.iter().find(|b| b.id == name || name.parse() == Ok(b.number))
}

/// Loads a level: a built-in one by number or name, else a file.
pub fn load(name_or_path: &str) -> Result<Level, LoadError> {
    match find(name_or_path) {
        Some(builtin) => builtin.level().map_err(LoadError::Faults),
        None => check(&read(name_or_path)?, name_or_path).map_err(LoadError::Faults),
    }
}

fn read(path: &str) -> Result<String, LoadError> {
    let looks_like_a_path = path.contains(['/', '\\', '.']);
    if !looks_like_a_path && !Path::new(path).exists() {
        return Err(LoadError::Unknown(path.to_owned()));
    }
    let unreadable = |e: std::io::Error| LoadError::Unreadable(path.to_owned(), e.to_string());
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(LoadError::Unreadable(path.to_owned(), "it is a folder".into()));
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MAX_FILE_BYTES {
        return Err(LoadError::TooLarge(path.to_owned()));
    }
    let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
    text.ok_or_else(|| LoadError::NotText(path.to_owned()))
}

/// Why a level could not be loaded.
#[derive(Clone, Debug)]
pub enum LoadError {
    /// No built-in level has this name or number, and it is no file. Remedy: the nearest name is named.
    Unknown(String),
    /// The file could not be read. Remedy: check path and permissions.
    Unreadable(String, String),
    /// The file is over the limit. Remedy: split the level.
    TooLarge(String),
    /// The file is not UTF-8 text. Remedy: save it as such.
    NotText(String),
    /// The file was read and has faults. Remedy: each names its own.
    Faults(Faults),
}

impl LoadError {
    /// The whole report, for a terminal; safe to print.
    pub fn render(&self, color: bool) -> String {
        let shown = |name: &str| one_line(name, 200);
        match self {
            Self::Unknown(name) => {
                let ids = || BUILTIN.iter().map(|b| b.id);
                let remedy = match nearest(name, ids()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => {
                        format!("levels are 1 to {}: {}", BUILTIN.len(), ids().collect::<Vec<_>>().join(", "))
                    }
                };
                format!("there is no level or file `{}`; {remedy}", shown(name))
            }
            Self::Unreadable(path, why) => format!("cannot read {}: {}", shown(path), shown(why)),
            Self::TooLarge(path) => {
                format!("{} is larger than {} KiB; no level is so large", shown(path), MAX_FILE_BYTES / 1024)
            }
            Self::NotText(path) => format!("{} is not a text file in UTF-8", shown(path)),
            Self::Faults(faults) => faults.render(color),
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}
impl std::error::Error for LoadError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_folder() {
        let mut files: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/levels"))
            .unwrap()
            .map(|entry| format!("levels/{}", entry.unwrap().file_name().to_string_lossy()))
            .filter(|name| Path::new(name).extension().is_some_and(|e| e == "toml"))
            .collect();
        files.sort();
        assert_eq!(files, BUILTIN.iter().map(Builtin::file_name).collect::<Vec<_>>());
        let numbers: Vec<u8> = BUILTIN.iter().map(|b| b.number).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5]);
    }

    #[test]
    fn every_builtin_level_is_valid() {
        for builtin in builtin() {
            let level = builtin.level().unwrap_or_else(|faults| panic!("{faults}"));
            assert_eq!((level.id.as_str(), level.number), (builtin.id, Some(builtin.number)));
            assert!(!level.question.is_empty() && !level.scenes.is_empty());
        }
    }

    #[test]
    fn levels_are_found_by_number_name_and_file() {
        assert_eq!(find("3").map(|b| b.id), Some("load-balancer"));
        assert_eq!(load("monolith").unwrap().number, Some(1));
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/levels/04-database.toml");
        assert_eq!(load(path).unwrap().id, "database");
        let why = |name: &str| load(name).unwrap_err().to_string();
        assert!(why("monolit").contains("did you mean `monolith`?"));
        assert!(why("9").contains("levels are 1 to 5"));
        assert!(why("no/such.toml").contains("cannot read no/such.toml"));
        assert!(why(env!("CARGO_MANIFEST_DIR")).contains("it is a folder"));
    }

    #[test]
    fn binary_and_huge_files_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            load(&path.to_string_lossy()).unwrap_err().to_string()
        };
        assert!(write("a.bin", &[0xff, 0xfe, 0]).contains("not a text file"));
        assert!(write("b.toml", b"a\0b").contains("not a text file"));
        assert!(write("c.toml", &vec![b'#'; MAX_FILE_BYTES + 1]).contains("larger than 1024 KiB"));
    }
}
