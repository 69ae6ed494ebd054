//! What a run has shown: facts over a window, goals judged each second, which answer came true. The lesson and
//! the gates both ask here, so that what is proved is what the student sees.

use super::expression::{Expression, Facts};
use super::goal::{Bound, Goal};
use super::scene::Choice;
use crate::sim::metrics::Metric;
use crate::sim::simulation::Simulation;
use crate::sim::time::Time;

/// A run's measurements over `(from, to]`, with the run without the scene's change beside it.
pub struct RunFacts<'a> {
    /// The run.
    pub run: &'a Simulation,
    /// Its twin without the scene's change; `None` = nothing differs, the run is its own twin.
    pub before: Option<&'a Simulation>,
    /// Windows that end after this instant count.
    pub from: Time,
    /// Windows that end at this instant or earlier count.
    pub to: Time,
}

impl Facts for RunFacts<'_> {
    fn value(&self, before: bool, metric: &Metric) -> Option<f64> {
        let run = if before { self.before.unwrap_or(self.run) } else { self.run };
        run.measure(metric, self.from, self.to)
    }
}

/// Length of the sliding window where a goal or a pause names none.
pub const SLIDING: Time = Time::from_secs(10);

/// How often a goal over a whole run is looked at before its end, at most.
const LOOKS: u64 = 200;

/// Judges the goals of one run, each simulated second.
#[derive(Clone, Debug)]
pub struct Referee {
    goals: Vec<Ruling>,
    origin: Time,
    end: Time,
    judged: Time,
}

/// One goal and what has become of it.
#[derive(Clone, Debug)]
pub struct Ruling {
    /// The goal.
    pub goal: Goal,
    /// Its latest value, base units.
    pub value: Option<f64>,
    /// It is met right now.
    pub met: bool,
    /// When it was first missed.
    pub broken: Option<Time>,
    /// The value that broke it; `None` = nothing was measured.
    pub broken_value: Option<f64>,
    /// It was judged at least once.
    pub judged: bool,
    met_since: Option<Time>,
}

impl Ruling {
    /// Never missed, and asked at least once.
    pub fn held(&self) -> bool {
        self.judged && self.broken.is_none()
    }
    /// Distance to the limit as a fraction of the limit; positive = on the good side.
    pub fn margin(&self) -> Option<f64> {
        let (limit, good) = match self.goal.bound {
            Bound::Below(limit) => (limit, limit - self.value?),
            Bound::Above(limit) => (limit, self.value? - limit),
        };
        (limit != 0.0).then(|| good / limit.abs())
    }
}

impl Referee {
    /// For a run that starts at `origin` and is judged until `end`.
    pub fn new(goals: &[Goal], origin: Time, end: Time) -> Self {
        let ruling = |goal: &Goal| Ruling {
            goal: goal.clone(),
            value: None,
            met: false,
            broken: None,
            broken_value: None,
            judged: false,
            met_since: None,
        };
        Self { goals: goals.iter().map(ruling).collect(), origin, end, judged: origin }
    }
    /// What has become of each goal so far.
    pub fn rulings(&self) -> &[Ruling] {
        &self.goals
    }
    /// Every goal was judged and never missed; true where there is no goal.
    pub fn held(&self) -> bool {
        self.goals.iter().all(Ruling::held)
    }
    /// Judges every whole second that has passed since the last call.
    pub fn judge(&mut self, run: &Simulation) {
        let now = run.now().min(self.end);
        let mut t = next_second(self.judged);
        while t <= now {
            for ruling in &mut self.goals {
                ruling.judge(run, self.origin, t, self.end);
            }
            self.judged = t;
            t += Time::SECOND;
        }
    }
    /// All goals have a `hold`, nothing was ever missed, and each was met for so long without a break.
    pub fn may_end_early(&self) -> bool {
        !self.goals.is_empty()
            && self.goals.iter().all(|g| {
                let (Some(hold), Some(since)) = (g.goal.hold, g.met_since) else { return false };
                g.broken.is_none() && self.judged.saturating_sub(since) >= hold
            })
    }
}

impl Ruling {
    /// The first judgement is made when a full window has passed; a goal over the whole run is judged at its end, and
    /// looked at now and then before, for the display: its window grows, and to add it up each second is slow.
    fn judge(&mut self, run: &Simulation, origin: Time, t: Time, end: Time) {
        let last = self.goal.to.map_or(end, |to| (origin + to).min(end));
        let start = match self.goal.over {
            Some(over) => origin.max(t.saturating_sub(over)),
            None => origin + self.goal.from,
        };
        if t > last {
            return;
        }
        let due = match self.goal.over {
            Some(over) => t >= origin + self.goal.from.max(over) || t + Time::SECOND > last,
            None => t + Time::SECOND > last,
        };
        if !due && self.goal.over.is_none() && self.goal.hold.is_none() && !looks(start, t, last) {
            return;
        }
        self.value = run.measure(&self.goal.metric, start, t);
        self.met = self.goal.met(self.value);
        if due {
            self.judged = true;
            if !self.met && self.broken.is_none() {
                self.broken = Some(t);
                self.broken_value = self.value;
            }
        }
        if t >= origin + self.goal.from && self.met {
            self.met_since.get_or_insert(t);
        } else {
            self.met_since = None;
        }
    }
}

/// Whether a goal over `(start, last]` is looked at in the second `t`.
fn looks(start: Time, t: Time, last: Time) -> bool {
    let seconds = |t: Time| t.ns() / Time::SECOND.ns();
    let every = seconds(last.saturating_sub(start)).div_ceil(LOOKS).max(1);
    t > start && seconds(t - start).is_multiple_of(every)
}

/// The next whole second after `t`.
pub fn next_second(t: Time) -> Time {
    Time::from_ns((t.ns() / Time::SECOND.ns()).saturating_add(1).saturating_mul(Time::SECOND.ns()))
}

/// What the run says about a question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Exactly this choice came true.
    Right(usize),
    /// None or several came true, so nobody is right or wrong.
    Undecided(Vec<usize>),
}

impl Verdict {
    /// The choice that came true.
    pub const fn right(&self) -> Option<usize> {
        match self {
            Self::Right(choice) => Some(*choice),
            Self::Undecided(_) => None,
        }
    }
}

/// Which choice came true: exactly one must.
pub fn decide(choices: &[Choice], facts: &dyn Facts) -> Verdict {
    let holds = |choice: &Choice| choice.when.holds(facts) == Some(true);
    let came: Vec<usize> = (0..choices.len()).filter(|&i| holds(&choices[i])).collect();
    match came[..] {
        [only] => Verdict::Right(only),
        _ => Verdict::Undecided(came),
    }
}

/// Whether a pause condition holds over the last ten seconds.
pub fn pauses(condition: &Expression, run: &Simulation, before: Option<&Simulation>, origin: Time) -> bool {
    let to = run.now();
    let from = origin.max(to.saturating_sub(SLIDING));
    condition.holds(&RunFacts { run, before, from, to }) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::metrics::{Measure, Scope};

    #[test]
    fn seconds_are_whole() {
        assert_eq!(next_second(Time::ZERO), Time::SECOND);
        assert_eq!(next_second(Time::from_ms(1999)), Time::from_secs(2));
        assert_eq!(next_second(Time::from_secs(2)), Time::from_secs(3));
    }

    #[test]
    fn a_long_run_is_looked_at_now_and_then() {
        let looked = |length: u64| {
            let end = Time::from_secs(7 + length);
            (7_u64..=7 + length).filter(|&t| looks(Time::from_secs(7), Time::from_secs(t), end)).count()
        };
        assert_eq!([looked(60), looked(200), looked(201), looked(57_600)], [60, 200, 100, 200]);
    }

    #[test]
    fn a_margin_is_positive_on_the_good_side() {
        let goal = Goal {
            path: "availability".into(),
            metric: Metric { scope: Scope::System, measure: Measure::Availability },
            bound: Bound::Above(0.5),
            over: None,
            from: Time::ZERO,
            to: None,
            hold: None,
        };
        let referee = Referee::new(&[goal], Time::ZERO, Time::from_secs(60));
        let mut ruling = referee.rulings()[0].clone();
        assert_eq!(ruling.margin(), None);
        ruling.value = Some(0.75);
        assert_eq!(ruling.margin(), Some(0.5));
        ruling.value = Some(0.25);
        assert_eq!(ruling.margin(), Some(-0.5));
        assert!(!referee.held(), "a goal that was never judged was not held");
    }
}
