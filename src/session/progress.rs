//! What the student has done, kept between starts.

/// Progress in the course.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// By level id.
    pub levels: indexmap::IndexMap<String, LevelProgress>,
}

/// Progress in one level.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LevelProgress {
    /// Scenes finished.
    pub scenes_done: usize,
    /// The scene to resume at.
    pub at: usize,
    /// The level was walked to its end.
    pub finished: bool,
    /// Marks earned in its challenge, of 3.
    pub marks: u8,
}
