//! What was reached in one level.

use serde::{Deserialize, Serialize};

/// Scenes beyond this one are not counted.
const MAX_SCENES: usize = 64;

/// Some scenes of a level, by their places from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<usize>", into = "Vec<usize>")]
pub struct SceneSet(u64);

impl SceneSet {
    /// The first `n` scenes.
    pub fn first(n: usize) -> Self {
        (0..n).collect::<Vec<_>>().into()
    }
    /// Takes a scene in.
    pub const fn add(&mut self, scene: usize) {
        if scene < MAX_SCENES {
            self.0 |= 1 << scene;
        }
    }
    /// Whether the scene is among them.
    pub const fn has(self, scene: usize) -> bool {
        scene < MAX_SCENES && self.0 & 1 << scene != 0
    }
    /// How many there are.
    pub const fn count(self) -> usize {
        self.0.count_ones() as usize
    }
}

impl From<Vec<usize>> for SceneSet {
    fn from(scenes: Vec<usize>) -> Self {
        let mut set = Self::default();
        for scene in scenes {
            set.add(scene);
        }
        set
    }
}

impl From<SceneSet> for Vec<usize> {
    fn from(set: SceneSet) -> Self {
        (0..MAX_SCENES).filter(|&scene| set.has(scene)).collect()
    }
}

impl std::ops::BitOrAssign for SceneSet {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// What the best try of a challenge came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Try {
    /// Requests answered a second, on average.
    pub per_second: u32,
    /// Answered in time, of a million requests.
    pub good_ppm: u32,
    /// US dollars a month of the design.
    pub monthly_usd: u32,
    /// Parts of the design.
    pub parts: u32,
}

/// Progress in one level.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LevelProgress {
    /// The scene to resume at.
    pub at: usize,
    /// Its challenge was run to the end (without a challenge: its last scene).
    pub finished: bool,
    /// Every goal of its challenge held at least once: lights a nine.
    pub passed: bool,
    /// Most marks earned in its challenge at one try, of 3.
    pub marks: u8,
    /// Scenes run to their end.
    pub done: SceneSet,
    /// Scenes whose question was answered, and those where the first answer was right.
    pub answered: SceneSet,
    /// See `answered`.
    pub right: SceneSet,
    /// The best try of the challenge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<Try>,
}

impl LevelProgress {
    /// Takes over what another sitting reached; the best of both, the latest place. The first answer to a question
    /// is the one that counts.
    pub fn merge(&mut self, other: Self) {
        if other.best.is_some() && (self.best.is_none() || other.marks >= self.marks) {
            self.best = other.best;
        }
        self.at = other.at;
        self.finished |= other.finished;
        self.passed |= other.passed;
        self.marks = self.marks.max(other.marks);
        self.done |= other.done;
        let news = SceneSet(other.right.0 & !self.answered.0);
        self.right |= news;
        self.answered |= other.answered;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_scenes_are_lists_in_the_file() {
        let mut set = SceneSet::first(2);
        set.add(5);
        set.add(1000);
        assert_eq!((set.count(), set.has(5), set.has(2), set.has(1000)), (3, true, false, false));
        assert_eq!(Vec::from(set), [0, 1, 5]);
    }

    #[test]
    fn the_first_answer_counts_and_the_best_try_stays() {
        let tried = |marks, usd| LevelProgress {
            marks,
            best: Some(Try { monthly_usd: usd, ..Try::default() }),
            ..LevelProgress::default()
        };
        let mut reached = tried(2, 100);
        reached.merge(tried(1, 50));
        assert_eq!(reached.best.unwrap().monthly_usd, 100);
        reached.merge(tried(3, 70));
        assert_eq!((reached.marks, reached.best.unwrap().monthly_usd), (3, 70));
        let answer = |right| LevelProgress {
            answered: SceneSet::first(1),
            right: if right { SceneSet::first(1) } else { SceneSet::default() },
            ..LevelProgress::default()
        };
        reached.merge(answer(false));
        reached.merge(answer(true));
        assert_eq!((reached.answered.count(), reached.right.count()), (1, 0));
    }
}
