//! What the student has done, kept between starts: a TOML file in the state directory.

use std::io::Write;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// Version of the file's shape.
const FORMAT: u32 = 1;
/// Broken files that are kept beside the good one.
const MAX_BROKEN: u32 = 100;

/// Progress in the course.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// By level id.
    pub levels: IndexMap<String, LevelProgress>,
}

/// Progress in one level.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LevelProgress {
    /// Scenes finished.
    pub scenes_done: usize,
    /// The scene to resume at.
    pub at: usize,
    /// The level was walked to its end.
    pub finished: bool,
    /// Every goal of its challenge held at least once: lights a nine.
    pub passed: bool,
    /// Most marks earned in its challenge at one try, of 3.
    pub marks: u8,
}

/// The frame of the file.
#[derive(Serialize, Deserialize)]
struct File {
    format: u32,
    #[serde(default)]
    levels: IndexMap<String, LevelProgress>,
}

/// Why progress could not be kept. Playing goes on without.
#[derive(Debug)]
pub enum ProgressError {
    /// There is no state directory: set `XDG_STATE_HOME` or `HOME`.
    NoHome,
    /// The file cannot be written: make room or rights for it.
    Write(PathBuf, std::io::Error),
}

impl std::fmt::Display for ProgressError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoHome => f.write_str("no home directory to keep progress in; set XDG_STATE_HOME"),
            Self::Write(path, why) => write!(f, "cannot keep progress in {}: {why}", path.display()),
        }
    }
}
impl std::error::Error for ProgressError {}

impl LevelProgress {
    /// Takes over what another sitting reached; the best of both, the latest place.
    pub fn merge(&mut self, other: Self) {
        self.scenes_done = self.scenes_done.max(other.scenes_done);
        self.at = other.at;
        self.finished |= other.finished;
        self.passed |= other.passed;
        self.marks = self.marks.max(other.marks);
    }
}

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
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => return (Self::default(), None),
            Err(why) => {
                let said = format!("cannot read progress in {}: {why}", path.display());
                return (Self::default(), Some(said));
            }
        };
        match Self::read(&bytes) {
            Ok(progress) => (progress, None),
            Err(why) => (Self::default(), Some(set_aside(path, &why))),
        }
    }
    fn read(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not text".to_owned())?;
        let file: File = toml::from_str(text).map_err(|e| e.message().to_owned())?;
        if file.format > FORMAT {
            return Err(format!("it is of format {}, newer than this program", file.format));
        }
        Ok(Self { levels: file.levels })
    }
    /// Writes the file, whole or not at all.
    pub fn save(&self) -> Result<(), ProgressError> {
        self.save_to(&Self::path().ok_or(ProgressError::NoHome)?)
    }
    /// As `save`, to this file.
    pub fn save_to(&self, path: &Path) -> Result<(), ProgressError> {
        let failed = |why| ProgressError::Write(path.to_owned(), why);
        let dir = path.parent().ok_or(ProgressError::NoHome)?;
        let file = File { format: FORMAT, levels: self.levels.clone() };
        let text = toml::to_string(&file).map_err(|e| failed(std::io::Error::other(e)))?;
        std::fs::create_dir_all(dir).map_err(failed)?;
        let mut draft = tempfile::NamedTempFile::new_in(dir).map_err(failed)?;
        draft.write_all(text.as_bytes()).map_err(failed)?;
        draft.as_file().sync_all().map_err(failed)?;
        draft.persist(path).map_err(|e| failed(e.error))?;
        Ok(())
    }
    /// Takes over what a session reached in a level.
    pub fn record(&mut self, level: &str, reached: LevelProgress) {
        self.levels.entry(level.to_owned()).or_default().merge(reached);
    }
}

/// Moves a broken file to `progress.toml.broken-N`; says what happened.
fn set_aside(path: &Path, why: &str) -> String {
    let place = |n: u32| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".broken-{n}"));
        path.with_file_name(name)
    };
    let free = (1..=MAX_BROKEN).map(place).find(|p| !p.exists()).unwrap_or_else(|| place(MAX_BROKEN));
    match std::fs::rename(path, &free) {
        Ok(()) => format!("the progress file was broken ({why}); it is kept as {}", free.display()),
        Err(e) => format!("the progress file is broken ({why}) and cannot be moved aside: {e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_loaded() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new").join("progress.toml");
        let mut progress = Progress::default();
        progress.record(
            "monolith",
            LevelProgress { scenes_done: 3, at: 2, finished: false, ..LevelProgress::default() },
        );
        progress.record(
            "monolith",
            LevelProgress { at: 1, finished: true, marks: 2, ..LevelProgress::default() },
        );
        progress.save_to(&path).unwrap();
        let (loaded, warning) = Progress::load_from(&path);
        assert_eq!((loaded.clone(), warning), (progress, None));
        let reached = LevelProgress { scenes_done: 3, at: 1, finished: true, passed: false, marks: 2 };
        assert_eq!(loaded.levels["monolith"], reached);
    }

    #[test]
    fn a_broken_file_is_kept_aside_and_said() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("progress.toml");
        for (n, bytes) in [&b"format = "[..], b"\xff\xfe", b"format = 99"].iter().enumerate() {
            std::fs::write(&path, bytes).unwrap();
            let (loaded, warning) = Progress::load_from(&path);
            assert_eq!(loaded, Progress::default());
            assert!(warning.unwrap().contains("broken"));
            assert!(dir.path().join(format!("progress.toml.broken-{}", n + 1)).exists());
            assert!(!path.exists());
        }
        assert_eq!(Progress::load_from(&path), (Progress::default(), None));
    }

    #[test]
    fn a_directory_that_cannot_be_written_is_an_error_and_no_panic() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(Progress::default().save_to(&file.join("progress.toml")).is_err());
    }
}
