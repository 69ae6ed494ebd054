//! The lesson's present page, made from the session's state.

use super::Session;
use super::lesson::{Beat, GoalView, LessonView, NumberView, OptionView, QuestionView};
use crate::level::goal::Bound;
use crate::level::judge::{Ruling, SLIDING};
use crate::level::scene::{Answer, Role};
use crate::level::text::{fill_text as fill, show_value};
use crate::level::words;
use crate::sim::time::Time;

/// Real seconds that a scene takes at most at the suggested speed.
const SCENE_SECONDS: f64 = 18.0;
/// Simulated seconds per real second in a scene of a second: slow enough to follow a single request. (Such a scene opens
/// at its first request, so it takes less than its twenty seconds.)
const SLOW_MOTION: f64 = 0.05;

impl Session {
    pub(super) fn page(&self) -> LessonView {
        let scene = self.scene();
        let free = self.own.is_some();
        LessonView {
            level_number: self.level.number.unwrap_or(0),
            level_title: self.level.title.clone(),
            scene: self.index,
            scenes: self.level.scenes.len().max(1),
            title: scene.title.clone(),
            beat: self.beat,
            text: self.text(),
            question: self.question(),
            options: self.options(),
            goals: self.goals(),
            hint: self
                .hint
                .clone()
                .filter(|_| self.beat != Beat::Explain)
                .map(|text| (text, self.hints, self.rungs().len())),
            elapsed: if self.approach.is_some() { Time::ZERO } else { self.run.now() - self.origin },
            length: if free { self.level.duration } else { scene.until },
            next: self.next_word(),
            speed: if free { 1.0 } else { speed(scene.until) },
            marks: self.marks.clone(),
            last: !free && self.is_last(),
            free,
            role: scene.role,
            preparing: self.approach.as_ref().map(|a| a.share()),
            terms: scene.terms.clone(),
        }
    }

    fn text(&self) -> String {
        if self.beat == Beat::Explain {
            return self.explanation.clone();
        }
        let text =
            if self.approach.is_some() { self.filled(&self.scene().text) } else { self.setting.clone() };
        match (&self.scene().pause, self.beat) {
            (_, Beat::Paused) => format!("{text}\n\nThe run paused at {}.", self.run.now() - self.origin),
            (_, Beat::Setting | Beat::Predict) if self.scene().is_challenge() => {
                format!("{text}\n\n{}", self.task())
            }
            _ => text,
        }
    }

    /// What a challenge asks for, from its data.
    fn task(&self) -> String {
        let goals: Vec<String> = self.scene().goals.iter().map(crate::level::goal::Goal::text).collect();
        let lean: Vec<String> = self.par().into_iter().map(|goal| goal.text).collect();
        let lean =
            if lean.is_empty() { String::new() } else { format!(" For one more mark: {}.", lean.join(", ")) };
        format!("Goals: {}.{lean} Press e to change parts, before the start or later.", goals.join(", "))
    }

    /// The goals, and in a challenge what the second mark wants.
    fn goals(&self) -> Vec<GoalView> {
        let goals = self.referee.rulings().iter().map(|ruling| goal_view(ruling, self.origin));
        goals.chain(self.par()).collect()
    }

    /// The design costs no more, in money and parts, than a good one.
    pub(super) fn is_lean(&self) -> bool {
        self.par().iter().all(|limit| limit.met)
    }

    /// Price and parts that a good design does not exceed, beside those of the present one.
    pub(super) fn par(&self) -> Vec<GoalView> {
        let par = self.scene().par.filter(|_| self.scene().is_challenge());
        let cost = self.run.topology().cost();
        let view = |path: &str, text: String, value: String, is: f64, limit: f64| GoalView {
            text,
            value,
            met: is <= limit,
            broken: None,
            margin: None,
            path: path.into(),
            limit,
        };
        let usd = par.and_then(|p| p.monthly_usd).map(|most| {
            let is = cost.monthly_usd;
            view("cost", format!("at most ${most:.0} a month"), format!("${is:.0}"), is, most)
        });
        let parts = par.and_then(|p| p.parts).map(|most| {
            let is = cost.parts;
            view("parts", format!("at most {most} parts"), is.to_string(), f64::from(is), f64::from(most))
        });
        usd.into_iter().chain(parts).collect()
    }

    fn question(&self) -> Option<QuestionView> {
        let predict = self.scene().predict.as_ref().filter(|_| self.beat != Beat::Setting)?;
        let choices = match &predict.answer {
            Answer::Choices(choices) => choices.iter().map(|c| self.filled(&c.text)).collect(),
            Answer::Number { .. } => Vec::new(),
        };
        Some(QuestionView {
            ask: self.filled(&predict.ask),
            choices,
            number: self.number(),
            picked: self.picked,
            right: self.verdict.as_ref().and_then(crate::level::judge::Verdict::right),
        })
    }

    /// A text with what the last seconds measured.
    pub(super) fn filled(&self, text: &str) -> String {
        fill(text, &self.facts(self.run.now().saturating_sub(SLIDING)))
    }

    fn number(&self) -> Option<NumberView> {
        let predict = self.scene().predict.as_ref()?;
        let Answer::Number { metric, low, high, .. } = &predict.answer else { return None };
        let show = |value| show_value(metric, value);
        let measured = self.hit().filter(|_| self.beat == Beat::Explain);
        Some(NumberView {
            path: metric.text.clone(),
            range: (*low, *high),
            ends: (show(*low), show(*high)),
            guess: self.guess.map(|guess| (guess, show(guess))),
            measured: measured.map(|(value, near)| (show(value), near)),
        })
    }

    fn options(&self) -> Vec<OptionView> {
        if !self.options_are_open() {
            return Vec::new();
        }
        let taken = |i| self.done.iter().any(|d| d.option == Some(i));
        let options = self.scene().options.iter().enumerate();
        options.map(|(i, o)| OptionView { label: self.filled(&o.label), taken: taken(i) }).collect()
    }

    fn next_word(&self) -> &'static str {
        match self.beat {
            Beat::Setting if self.scene().predict.is_some() => "predict",
            Beat::Setting => "start",
            Beat::Predict => "confirm",
            Beat::Run => "",
            Beat::Paused => "go on",
            Beat::Explain if self.is_last() => "finish",
            Beat::Explain if self.scene().role == Role::Challenge => "next: another cause",
            Beat::Explain => "next scene",
        }
    }

    /// The hint ladder: the goal with its present value, the author's rungs, the move itself.
    pub(super) fn rungs(&self) -> Vec<String> {
        let scene = self.scene();
        let goal = |r: &Ruling| match r.value {
            Some(_) => format!("{}; now {}", r.goal.text(), shown(r)),
            None => r.goal.text(),
        };
        let goals: Vec<String> = self.referee.rulings().iter().map(goal).collect();
        let mut rungs = Vec::new();
        if !goals.is_empty() {
            rungs.push(format!("Wanted: {}.", goals.join(" · ")));
        }
        rungs.extend(scene.hints.iter().map(|hint| self.filled(hint)));
        if let Some(solution) = scene.solutions.first() {
            rungs.push(if solution.changes.is_empty() {
                "The move: change nothing and let it run.".into()
            } else {
                format!("The move: {}.", words::changes(&solution.changes))
            });
        }
        rungs
    }
}

/// A goal's value with its unit; `-` before there is one.
pub(super) fn shown(ruling: &Ruling) -> String {
    let unit = ruling.goal.metric.measure.unit();
    ruling.value.map_or_else(|| "-".into(), |v| unit.show(v))
}

fn goal_view(ruling: &Ruling, origin: Time) -> GoalView {
    GoalView {
        text: ruling.goal.text(),
        value: shown(ruling),
        met: ruling.met,
        broken: ruling.broken.map(|at| at - origin),
        margin: ruling.margin(),
        path: ruling.goal.path.clone(),
        limit: match ruling.goal.bound {
            Bound::Below(limit) | Bound::Above(limit) => limit,
        },
    }
}

/// Simulated seconds per real second: the slowest rung of a ladder of 1, 2, 5 in each decade at which nobody waits
/// longer than `SCENE_SECONDS`. A scene of a second is slow motion.
fn speed(length: Time) -> f64 {
    let wanted = if length > Time::SECOND { length.secs() / SCENE_SECONDS } else { SLOW_MOTION };
    let decades = (-2..=6).map(|n| 10f64.powi(n));
    decades.flat_map(|d| [d, 2.0 * d, 5.0 * d]).find(|rung| *rung >= wanted).unwrap_or(1e7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scene_takes_less_than_twenty_seconds() {
        assert_eq!(speed(Time::from_secs(1)), 0.05);
        assert_eq!(speed(Time::from_secs(15)), 1.0);
        assert_eq!(speed(Time::from_secs(60)), 5.0);
        assert_eq!(speed(Time::from_secs(120)), 10.0);
        assert_eq!(speed(Time::from_secs(300)), 20.0);
    }
}
