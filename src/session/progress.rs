//! What the student has done, kept between starts: a TOML file in the state directory.

mod file;
mod reached;

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use indexmap::IndexMap;

pub use reached::{LevelProgress, SceneSet, Try};

/// Progress in the course.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// By level id.
    pub levels: IndexMap<String, LevelProgress>,
    /// What was reached since the last save, by level id: all that a save adds to the file.
    fresh: IndexMap<String, LevelProgress>,
}

/// Why progress could not be kept. Playing goes on without.
#[derive(Debug)]
pub enum ProgressError {
    /// There is no state directory: set `XDG_STATE_HOME` or `HOME`.
    NoHome,
    /// The file is there and cannot be read, so it is not written over: give yourself the right to read it.
    Read(PathBuf, std::io::Error),
    /// The file cannot be written: make room or rights for it.
    Write(PathBuf, std::io::Error),
    /// Another instance has held the file's lock for too long: end it, if it hangs.
    Busy(PathBuf),
}

impl std::fmt::Display for ProgressError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoHome => f.write_str("no home directory to keep progress in; set XDG_STATE_HOME"),
            Self::Read(path, why) => write!(f, "cannot read progress in {}: {why}", path.display()),
            Self::Write(path, why) => write!(f, "cannot keep progress in {}: {why}", path.display()),
            Self::Busy(path) => write!(
                f,
                "{} is held by another fivenines, which does not move; end it and try again",
                path.display()
            ),
        }
    }
}
impl std::error::Error for ProgressError {}

impl Progress {
    /// The file: `$XDG_STATE_HOME/fivenines/progress.toml`.
    pub fn path() -> Option<PathBuf> {
        let dirs = etcetera::choose_base_strategy().ok()?;
        let state = dirs.state_dir().unwrap_or_else(|| dirs.data_dir());
        Some(state.join("fivenines").join("progress.toml"))
    }
    /// Reads the file. A broken one is moved aside, and the sentence says so.
    pub fn load() -> (Self, Option<String>) {
        Self::path().map_or_else(Self::default_pair, |path| Self::load_from(&path))
    }
    fn default_pair() -> (Self, Option<String>) {
        (Self::default(), Some(ProgressError::NoHome.to_string()))
    }
    /// As `load`, from this file.
    pub fn load_from(path: &Path) -> (Self, Option<String>) {
        let (levels, said) = file::load(path);
        (Self { levels, fresh: IndexMap::new() }, said)
    }
    /// Adds what was reached since the last save to the file, whole or not at all, and takes over what other
    /// instances put there meanwhile. What is to be said, if the file was broken and had to be moved aside.
    pub fn save(&mut self) -> Result<Option<String>, ProgressError> {
        self.save_to(&Self::path().ok_or(ProgressError::NoHome)?)
    }
    /// As `save`, to this file.
    pub fn save_to(&mut self, path: &Path) -> Result<Option<String>, ProgressError> {
        let said = file::add(path, &mut self.levels, &self.fresh)?;
        self.fresh.clear();
        Ok(said)
    }
    /// Something was reached that no save has put on disk.
    pub fn is_unsaved(&self) -> bool {
        !self.fresh.is_empty()
    }
    /// Takes over what a session reached in a level.
    pub fn record(&mut self, level: &str, reached: LevelProgress) {
        let before = self.levels.get(level).copied();
        let known = self.levels.entry(level.to_owned()).or_default();
        known.merge(reached);
        if before != Some(*known) {
            self.fresh.entry(level.to_owned()).or_default().merge(reached);
        }
    }
    /// Begins anew: moves the file to `progress.toml.old` (numbered, if there is one) and says where it is now; `None`
    /// = there was no file.
    pub fn reset() -> Result<Option<PathBuf>, ProgressError> {
        file::reset(&Self::path().ok_or(ProgressError::NoHome)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(done: usize, at: usize, marks: u8) -> LevelProgress {
        LevelProgress { done: SceneSet::first(done), at, marks, ..LevelProgress::default() }
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new").join("progress.toml");
        let mut progress = Progress::default();
        progress.record("monolith", reached(3, 2, 0));
        progress.record("monolith", LevelProgress { finished: true, ..reached(0, 1, 2) });
        assert!(progress.is_unsaved());
        assert_eq!(progress.save_to(&path).unwrap(), None);
        assert!(!progress.is_unsaved());
        let (loaded, warning) = Progress::load_from(&path);
        assert_eq!((loaded.clone(), warning), (progress, None));
        assert_eq!(loaded.levels["monolith"], LevelProgress { finished: true, ..reached(3, 1, 2) });
    }

    #[test]
    fn a_save_adds_to_what_others_saved_and_takes_it_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("progress.toml");
        let (mut one, mut other) = (Progress::load_from(&path).0, Progress::load_from(&path).0);
        one.record("monolith", reached(5, 4, 3));
        one.save_to(&path).unwrap();
        other.record("scaling", reached(1, 1, 0));
        other.record("monolith", reached(2, 1, 1));
        other.save_to(&path).unwrap();
        assert_eq!(other.levels["monolith"], reached(5, 1, 3), "the best of both, the latest place");
        // The first one says nothing of the monolith again: the other's place there stays.
        one.record("scaling", reached(2, 2, 0));
        one.save_to(&path).unwrap();
        assert_eq!(one.levels["monolith"], reached(5, 1, 3));
        assert_eq!(Progress::load_from(&path).0, one);
        assert_eq!(one.levels["scaling"], reached(2, 2, 0));
    }

    #[test]
    fn the_same_again_is_no_news() {
        let mut progress = Progress::default();
        progress.record("monolith", LevelProgress::default());
        assert!(progress.is_unsaved(), "a level was opened");
        let dir = tempfile::tempdir().unwrap();
        progress.save_to(&dir.path().join("progress.toml")).unwrap();
        progress.record("monolith", LevelProgress::default());
        assert!(!progress.is_unsaved());
    }
}
