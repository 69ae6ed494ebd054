//! The progress file: read, added to and moved aside, by one instance at a time.
//!
//! Who writes holds a lock on `progress.toml.lock`, an empty file that stays. The progress file itself is replaced, never
//! written into: a reader needs no lock and sees the old one or the new one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fs4::TryLockError;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{LevelProgress, ProgressError};

/// Version of the file's shape.
const FORMAT: u32 = 1;
/// Files moved aside that are kept of each sort.
const MAX_ASIDE: u32 = 100;
/// Times that a lock is asked for. It is held for the blink of an eye.
const TRIES: u32 = 200;
/// Wait between two of them.
const PAUSE: Duration = Duration::from_millis(10);

type Levels = IndexMap<String, LevelProgress>;

/// The frame of the file.
#[derive(Serialize, Deserialize)]
struct Frame {
    format: u32,
    #[serde(default)]
    levels: Levels,
}

/// What stands where the file should be.
enum Found {
    Nothing,
    Levels(Levels),
    /// Not of this format: why, in words, and the word for its place aside.
    Foreign(String, &'static str),
}

/// Reads the file; one that cannot be understood is moved aside, and the sentence says so.
pub fn load(path: &Path) -> (Levels, Option<String>) {
    match look(path) {
        Err(why) => (Levels::new(), Some(why.to_string())),
        Ok(Found::Nothing) => (Levels::new(), None),
        Ok(Found::Levels(levels)) => (levels, None),
        // Another instance may just have put a sound one in its place: look again with the lock held.
        Ok(Found::Foreign(why, _)) => match Lock::take(path).and_then(|_lock| set_aside_if_foreign(path)) {
            Ok((levels, said)) => (levels.unwrap_or_default(), said),
            Err(e) => {
                (Levels::new(), Some(format!("the progress file {why} and cannot be moved aside: {e}")))
            }
        },
    }
}

/// Adds what is fresh to the file, and makes `known` what stands there then. If the file cannot be understood, it is
/// moved aside and all that is known is written.
pub fn add(path: &Path, known: &mut Levels, fresh: &Levels) -> Result<Option<String>, ProgressError> {
    let _lock = Lock::take(path)?;
    let (levels, said) = set_aside_if_foreign(path)?;
    let mut all = match levels {
        Some(levels) => levels,
        None if said.is_some() => known.clone(),
        // No file: nothing was ever saved, or somebody reset their progress and meant it.
        None => Levels::new(),
    };
    for (id, reached) in fresh {
        all.entry(id.clone()).or_default().merge(*reached);
    }
    write(path, &all).map_err(|why| ProgressError::Write(path.to_owned(), why))?;
    *known = all;
    Ok(said)
}

/// Moves the file to `progress.toml.old`, or a numbered name; `None` = there was none.
pub fn reset(path: &Path) -> Result<Option<PathBuf>, ProgressError> {
    match fs::symlink_metadata(path) {
        Err(why) if is_absence(&why) => return Ok(None),
        Err(why) => return Err(ProgressError::Read(path.to_owned(), why)),
        Ok(_) => {}
    }
    let _lock = Lock::take(path)?;
    let first = beside(path, ".old");
    let place = if first.exists() { free(path, "old") } else { first };
    match fs::rename(path, &place) {
        Ok(()) => Ok(Some(place)),
        Err(why) if is_absence(&why) => Ok(None),
        Err(why) => Err(ProgressError::Write(path.to_owned(), why)),
    }
}

fn look(path: &Path) -> Result<Found, ProgressError> {
    match fs::read(path) {
        Ok(bytes) => Ok(understand(&bytes)),
        Err(why) if is_absence(&why) => Ok(Found::Nothing),
        Err(why) => Err(ProgressError::Read(path.to_owned(), why)),
    }
}

fn is_absence(why: &io::Error) -> bool {
    why.kind() == io::ErrorKind::NotFound
}

fn understand(bytes: &[u8]) -> Found {
    let broken = |why: &str| Found::Foreign(format!("was broken ({why})"), "broken");
    let Ok(text) = std::str::from_utf8(bytes) else { return broken("it is not text") };
    // The format is looked at first: the rest of a later one may be anything.
    let table: toml::Table = match text.parse() {
        Ok(table) => table,
        Err(e) => return broken(first_line(&e)),
    };
    if let Some(format) = table.get("format").and_then(toml::Value::as_integer)
        && format > i64::from(FORMAT)
    {
        return Found::Foreign(format!("is of format {format}, newer than this program"), "newer");
    }
    match table.try_into::<Frame>() {
        Ok(frame) => Found::Levels(frame.levels),
        Err(e) => broken(first_line(&e)),
    }
}

fn first_line(error: &toml::de::Error) -> &str {
    error.message().lines().next().unwrap_or_default()
}

/// With the lock held: the levels of the file if there is one, or what is said of one that was moved aside.
fn set_aside_if_foreign(path: &Path) -> Result<(Option<Levels>, Option<String>), ProgressError> {
    match look(path)? {
        Found::Nothing => Ok((None, None)),
        Found::Levels(levels) => Ok((Some(levels), None)),
        Found::Foreign(why, word) => {
            let place = free(path, word);
            // Better no save than one that destroys what somebody may still repair.
            fs::rename(path, &place).map_err(|e| ProgressError::Write(path.to_owned(), e))?;
            Ok((None, Some(format!("the progress file {why}; it is kept as {}", place.display()))))
        }
    }
}

/// The path with more at the end of its name.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(end);
    path.with_file_name(name)
}

/// The first free of `progress.toml.WORD-1`, `-2` and so on.
fn free(path: &Path, word: &str) -> PathBuf {
    let place = |n: u32| beside(path, &format!(".{word}-{n}"));
    (1..=MAX_ASIDE).map(place).find(|p| !p.exists()).unwrap_or_else(|| place(MAX_ASIDE))
}

/// Replaces the file at once: whoever reads meanwhile, or after a power cut, sees a whole one.
fn write(path: &Path, levels: &Levels) -> io::Result<()> {
    let frame = Frame { format: FORMAT, levels: levels.clone() };
    let text = toml::to_string(&frame).map_err(io::Error::other)?;
    let dir = path.parent().unwrap_or(Path::new("."));
    let mut draft = tempfile::NamedTempFile::new_in(dir)?;
    draft.write_all(text.as_bytes())?;
    draft.as_file().sync_all()?;
    draft.persist(path).map_err(|e| e.error)?;
    // The new name is on disk only when the directory is. Not every system can do that.
    if let Ok(dir) = File::open(dir) {
        let _ = dir.sync_all();
    }
    Ok(())
}

/// The right to write, until it is dropped.
struct Lock(#[expect(dead_code, reason = "the lock lasts as long as the open file")] Option<File>);

impl Lock {
    /// Makes the directory if need be, and waits while another instance writes.
    #[expect(
        clippy::disallowed_methods,
        reason = "another process is waited for; nothing of a run depends on it"
    )]
    fn take(path: &Path) -> Result<Self, ProgressError> {
        let failed = |why| ProgressError::Write(path.to_owned(), why);
        fs::create_dir_all(path.parent().ok_or(ProgressError::NoHome)?).map_err(failed)?;
        let place = beside(path, ".lock");
        let file = File::options().create(true).truncate(false).write(true).open(place).map_err(failed)?;
        for _ in 0..TRIES {
            match fs4::FileExt::try_lock(&file) {
                Ok(()) => return Ok(Self(Some(file))),
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
                // Some network file systems know no locks. To save without one is better than never to save.
                Err(TryLockError::Error(_)) => return Ok(Self(None)),
            }
        }
        Err(ProgressError::Busy(path.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Progress;
    use super::*;

    fn place() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("progress.toml");
        (dir, path)
    }

    fn played(level: &str) -> Progress {
        let mut progress = Progress::default();
        progress.record(level, LevelProgress { marks: 1, ..LevelProgress::default() });
        progress
    }

    #[test]
    fn a_broken_file_is_kept_aside_and_said() {
        let (_dir, path) = place();
        for (n, bytes) in [&b"format = "[..], b"\xff\xfe", b"format = 1\nlevels = 3"].iter().enumerate() {
            fs::write(&path, bytes).unwrap();
            let (loaded, warning) = Progress::load_from(&path);
            assert_eq!(loaded, Progress::default());
            assert!(warning.unwrap().contains("was broken"));
            assert_eq!(fs::read(beside(&path, &format!(".broken-{}", n + 1))).unwrap(), *bytes);
            assert!(!path.exists());
        }
        assert_eq!(Progress::load_from(&path), (Progress::default(), None));
    }

    #[test]
    fn a_file_of_a_later_format_is_kept_aside_whatever_else_is_in_it() {
        let (_dir, path) = place();
        fs::write(&path, "format = 99\nlevels = [\"another shape\"]").unwrap();
        let (loaded, warning) = Progress::load_from(&path);
        assert_eq!(loaded, Progress::default());
        let warning = warning.unwrap();
        assert!(
            warning.contains("format 99, newer") && warning.contains("progress.toml.newer-1"),
            "{warning}"
        );
        assert!(beside(&path, ".newer-1").exists() && !path.exists());
    }

    #[test]
    fn a_file_that_breaks_while_we_play_loses_nothing_that_we_know() {
        let (_dir, path) = place();
        let mut progress = played("monolith");
        progress.save_to(&path).unwrap();
        fs::write(&path, "torn").unwrap();
        progress.record("scaling", LevelProgress::default());
        let said = progress.save_to(&path).unwrap().unwrap();
        assert!(said.contains("broken"), "{said}");
        assert_eq!(Progress::load_from(&path).0.levels.len(), 2);
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_an_error_and_what_was_reached_waits() {
        let (dir, _) = place();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let mut progress = played("monolith");
        assert!(progress.save_to(&file.join("progress.toml")).is_err());
        assert!(progress.is_unsaved());
        let path = dir.path().join("progress.toml");
        progress.save_to(&path).unwrap();
        assert_eq!(Progress::load_from(&path).0.levels.len(), 1);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_written_over() {
        let (_dir, path) = place();
        fs::create_dir(&path).unwrap();
        let mut progress = played("monolith");
        assert!(matches!(progress.save_to(&path), Err(ProgressError::Read(..))));
        assert!(Progress::load_from(&path).1.unwrap().contains("cannot read"));
    }

    #[test]
    fn whoever_holds_the_lock_keeps_the_others_waiting_and_then_they_go_on() {
        let (_dir, path) = place();
        let lock = Lock::take(&path).unwrap();
        let waits = std::thread::scope(|scope| {
            let other = scope.spawn(|| played("monolith").save_to(&path).unwrap());
            let waits = (0..10).all(|_| {
                std::thread::yield_now();
                !path.exists()
            });
            drop(lock);
            other.join().unwrap();
            waits
        });
        assert!(waits && path.exists());
    }

    #[test]
    fn what_is_reset_is_kept_under_another_name() {
        let (_dir, path) = place();
        assert_eq!(reset(&path).unwrap(), None);
        for end in [".old", ".old-1", ".old-2"] {
            played("monolith").save_to(&path).unwrap();
            assert_eq!(reset(&path).unwrap(), Some(beside(&path, end)));
            assert!(!path.exists() && beside(&path, end).exists());
        }
    }

    #[test]
    fn a_reset_holds_although_another_instance_still_runs() {
        let (_dir, path) = place();
        let mut progress = played("monolith");
        progress.save_to(&path).unwrap();
        reset(&path).unwrap();
        progress.record("scaling", LevelProgress::default());
        progress.save_to(&path).unwrap();
        let (loaded, _) = Progress::load_from(&path);
        assert_eq!(loaded.levels.keys().collect::<Vec<_>>(), ["scaling"]);
    }
}
