//! What a challenge has earned: three marks, none for speed.

use super::Session;
use crate::level::judge::{Verdict, decide};
use crate::level::scene::Answer;

impl Session {
    /// Which answer came true; `None` where the scene offers no choices.
    pub(super) fn decide(&self) -> Option<Verdict> {
        let predict = self.scene().predict.as_ref()?;
        let Answer::Choices(choices) = &predict.answer else { return None };
        Some(decide(choices, &self.asked_facts(self.origin + predict.from)))
    }

    /// What the run measured of a number that was asked for, and whether the guess was near enough.
    pub(super) fn hit(&self) -> Option<(f64, bool)> {
        let predict = self.scene().predict.as_ref()?;
        let Answer::Number { metric, tolerance, .. } = &predict.answer else { return None };
        let value = metric.value(&self.asked_facts(self.origin + predict.from))?;
        let near = self.guess.is_some_and(|guess| (guess - value).abs() <= tolerance * value.abs());
        Some((value, near))
    }

    /// Whether the student's answer is what the run showed; `None` where nothing was asked or answered.
    pub(super) fn guessed_right(&self) -> Option<bool> {
        match &self.verdict {
            Some(verdict) => self.picked.map(|picked| verdict.right() == Some(picked)),
            None => self.guess.and(self.hit()).map(|(_, near)| near),
        }
    }

    /// One line a mark, with whether it was earned. A design that misses its goals earns none for being cheap.
    pub(super) fn earned(&self) -> Vec<(String, bool)> {
        let scene = self.scene();
        if !scene.is_challenge() {
            return Vec::new();
        }
        let held = self.referee.held();
        let cost = self.run.topology().cost();
        let lean = self.is_lean();
        let mut limits = Vec::new();
        limits.extend(scene.par.and_then(|p| p.monthly_usd).map(|usd| format!("${usd:.0} a month")));
        limits.extend(scene.par.and_then(|p| p.parts).map(|parts| format!("{parts} parts")));
        let simple = if limits.is_empty() {
            "As simple as it can be".into()
        } else {
            let parts = if cost.parts == 1 { "part" } else { "parts" };
            let yours = format!("yours: ${:.0}, {} {parts}", cost.monthly_usd, cost.parts);
            format!("Won with no more than {} ({yours})", limits.join(" and "))
        };
        let right = self.guessed_right() == Some(true);
        let third = match (&self.verdict, self.hit()) {
            (Some(_), _) => ("The prediction was right".into(), right),
            (None, Some(_)) => ("The guess was near enough".into(), right),
            (None, None) => {
                ("At the first try, without hints".into(), held && self.tries == 1 && self.hints == 0)
            }
        };
        vec![("Every goal held".into(), held), (simple, held && lean), third]
    }
}
