//! Finds what a command speaks of: a built-in level by number or id, or a file; and a part of it.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Failure;
use crate::level::fault::Faults;
use crate::level::{Level, catalog, check};
use crate::sim::value::nearest;

/// Largest level file that is read, bytes.
const MAX_FILE: u64 = 1 << 20;
/// Most level files that are read from one directory.
const MAX_FILES: usize = 1000;

/// The five levels.
pub fn built_in() -> Vec<Arc<Level>> {
    catalog::levels()
}

/// A level and the part of it that was named after the slash.
pub fn find(what: &str) -> Result<(Arc<Level>, Option<String>), Failure> {
    if Path::new(what).is_file() {
        return Ok((open(Path::new(what))?, None));
    }
    if let Some((file, part)) = what.rsplit_once('/') {
        if !file.contains('/') && let Some(level) = named(file) {
            return Ok((level, Some(part.to_owned())));
        }
        if Path::new(file).is_file() {
            return Ok((open(Path::new(file))?, Some(part.to_owned())));
        }
    }
    if let Some(level) = named(what) {
        return Ok((level, None));
    }
    let name = what.split('/').next().unwrap_or(what);
    let levels = built_in();
    let remedy = match nearest(name, levels.iter().map(|l| l.id.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "see `fivenines list`".into(),
    };
    Err(Failure::input(format!("no file and no level is named `{what}`; {remedy}")))
}

/// A built-in level by its number or id.
fn named(name: &str) -> Option<Arc<Level>> {
    let number = name.parse().ok();
    built_in().into_iter().find(|l| l.id == name || (number.is_some() && l.number == number))
}

/// A file that must be sound.
fn open(path: &Path) -> Result<Arc<Level>, Failure> {
    match read(path)? {
        Ok(level) => Ok(Arc::new(level)),
        Err(faults) => Err(Failure::input(faults.render(false).trim_end())),
    }
}

/// Reads and checks a file.
pub fn read(path: &Path) -> Result<Result<Level, Faults>, Failure> {
    let failed = |why: &dyn std::fmt::Display| Failure::input(format!("cannot read {}: {why}", path.display()));
    let file = fs::File::open(path).map_err(|e| failed(&e))?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|e| failed(&e))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(failed(&"a level file has at most 1 MiB"));
    }
    let text = String::from_utf8(bytes).map_err(|_| failed(&"it is not UTF-8 text"))?;
    Ok(check::check(&path.display().to_string(), &text))
}

/// The file, or the `.toml` files of the directory in the order of their names.
pub fn level_files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let failed = |e: std::io::Error| Failure::input(format!("cannot read {}: {e}", path.display()));
    let entries = fs::read_dir(path).map_err(failed)?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|e| e.ok().map(|e| e.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .take(MAX_FILES)
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(Failure::input(format!("there is no .toml file in {}", path.display())));
    }
    Ok(files)
}
