//! Finds what a command speaks of: a built-in level by number or id, or a file; and a part of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Failure;
use crate::level::{Level, catalog};

/// Most level files that are read from one directory.
const MAX_FILES: usize = 1000;

/// The five levels.
pub fn built_in() -> Result<Vec<Arc<Level>>, Failure> {
    let load = |b: &catalog::Builtin| b.level().map(Arc::new).map_err(|f| Failure::input(f.render(false)));
    catalog::builtin().iter().map(load).collect()
}

/// A level and the part of it that was named after the slash.
pub fn find(what: &str) -> Result<(Level, Option<String>), Failure> {
    let load = |name: &str| catalog::load(name).map_err(|e| Failure::input(e.to_string().trim_end()));
    let known = |name: &str| catalog::find(name).is_some() || Path::new(name).is_file();
    let file = Path::new(what).extension().is_some_and(|e| e == "toml");
    if !file
        && !known(what)
        && let Some((level, part)) = what.rsplit_once('/')
        && (known(level) || (!level.contains('/') && !Path::new(level).is_dir()))
    {
        return Ok((load(level)?, Some(part.to_owned())));
    }
    Ok((load(what)?, None))
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
