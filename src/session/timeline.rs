//! A run with its past: what was changed by hand and when, and checkpoints from which any earlier instant is reached.
//!
//! ```text
//! start ──●────●────●───────●──────> now      ● checkpoint: a clone of the run
//!            ^ change   ^ change              rewind = nearest ● before + its changes again + run on
//! ```
//!
//! Going back cuts the log at that instant: changes made there or later are dropped, and the caller is told how many.
//! The first change of an instant comes after all events of it, further ones directly after the first, and those of the
//! very start before all events. Where something has happened in between, a change waits a nanosecond. So the simulated
//! time of a change is all that a replay needs to know.

use std::ops::Deref;
use std::sync::Arc;

use crate::level::change::print;
use crate::sim::change::{Change, ChangeError};
use crate::sim::simulation::{Progress, Simulation};
use crate::sim::time::Time;

/// Most checkpoints of a timeline, its start among them.
pub const MAX_CHECKPOINTS: usize = 64;
/// Most changes by hand in one run.
pub const MAX_COMMANDS: usize = 10_000;
/// Events between two checkpoints at least; a long run has fewer of them a second.
const MIN_INTERVAL: u64 = 50_000;
/// Most events of one instant that are carried out before a change is made in it.
const MAX_SETTLING: u64 = 1_000_000;

/// A change made by hand.
#[derive(Clone, PartialEq, Debug)]
pub struct Logged {
    /// When.
    pub at: Time,
    /// What.
    pub change: Change,
    /// The same as text, in the grammar of level files.
    pub text: String,
}

impl Logged {
    /// A change that is about to be made in a run.
    pub fn new(run: &Simulation, change: &Change) -> Self {
        Self { at: run.now(), change: change.clone(), text: print(change, run.topology()) }
    }
}

/// The run at some instant of its past.
#[derive(Clone)]
struct Checkpoint {
    run: Arc<Simulation>,
    /// So many changes of the log were made by then.
    made: usize,
}

/// A run and how it came to where it is. A clone is a fork: checkpoints are shared, all else is its own.
#[derive(Clone)]
pub struct Timeline {
    run: Simulation,
    log: Vec<Logged>,
    /// Oldest first; the first is the start.
    checkpoints: Vec<Checkpoint>,
    /// The event count at which the next checkpoint is due.
    due: u64,
    /// Instant and event count of the latest change, or of the start: a change there needs no more events before it.
    anchor: (Time, u64),
}

/// What several changes made in one go left behind.
pub struct Applied {
    /// The run without them, at the same instant.
    pub former: Simulation,
    /// What takes them back, in the order to be made; `None` = they cannot be taken back.
    pub inverse: Option<Vec<Change>>,
}

impl Timeline {
    /// Begins with a run as it is; there is no way back beyond.
    pub fn new(run: Simulation) -> Self {
        let start = Checkpoint { run: Arc::new(run.clone()), made: 0 };
        let due = run.events() + MIN_INTERVAL;
        let anchor = (run.now(), run.events());
        Self { run, log: Vec::new(), checkpoints: vec![start], due, anchor }
    }
    /// The run where the timeline begins.
    pub fn start(&self) -> &Simulation {
        &self.checkpoints[0].run
    }
    /// The run as it is now.
    pub const fn simulation(&self) -> &Simulation {
        &self.run
    }
    /// What was changed by hand, oldest first.
    pub fn log(&self) -> &[Logged] {
        &self.log
    }
    /// Another world with the same past.
    #[must_use]
    pub fn fork(&self) -> Self {
        self.clone()
    }

    /// Runs until an instant or until `max_events` were carried out; sets checkpoints on the way.
    pub fn advance(&mut self, until: Time, max_events: u64) -> Progress {
        let mut left = max_events;
        loop {
            let before = self.run.events();
            let progress = self.run.advance(until, left.min(self.due.saturating_sub(before)));
            left -= self.run.events() - before;
            self.mark_if_due();
            if progress == Progress::Reached || left == 0 {
                return progress;
            }
        }
    }
    /// Carries out one event; the new now.
    pub fn step(&mut self) -> Time {
        let now = self.run.step();
        self.mark_if_due();
        now
    }
    fn mark_if_due(&mut self) {
        if self.run.events() < self.due {
            return;
        }
        self.checkpoints.push(Checkpoint { run: Arc::new(self.run.clone()), made: self.log.len() });
        if self.checkpoints.len() > MAX_CHECKPOINTS {
            self.thin_out();
        }
        self.plan_next();
    }
    fn plan_next(&mut self) {
        let length = self.run.events() - self.start().events();
        self.due = self.run.events() + MIN_INTERVAL.max(length / (2 * MAX_CHECKPOINTS as u64));
    }
    /// Drops the checkpoint that is missed least: the gap which it leaves is small for its age. So the older the
    /// past, the wider the gaps, at most about three times as wide as the latest ones.
    fn thin_out(&mut self) {
        let (now, start) = (self.run.events(), self.start().events());
        let events = |i: usize| self.checkpoints[i].run.events();
        let loss = |i: &usize| {
            let gap = u128::from(events(i + 1) - events(i - 1));
            let weight = now - events(*i) + (now - start) / 2 + 1;
            (gap << 64) / u128::from(weight)
        };
        if let Some(least) = (1..self.checkpoints.len() - 1).min_by_key(loss) {
            self.checkpoints.remove(least);
        }
    }

    /// Makes a change now; what undoes it, if anything does.
    pub fn apply(&mut self, change: &Change) -> Result<Option<Change>, ChangeError> {
        let applied = self.apply_all(std::slice::from_ref(change))?;
        Ok(applied.inverse.and_then(|mut all| all.pop()))
    }
    /// Makes several changes now, all or none.
    pub fn apply_all(&mut self, changes: &[Change]) -> Result<Applied, ChangeError> {
        if self.log.len() + changes.len() > MAX_COMMANDS {
            return Err(ChangeError::TooMany("changes in one run", MAX_COMMANDS as u64));
        }
        self.settle()?;
        let mut run = self.run.clone();
        let mut inverse = Some(Vec::new());
        let mut log = Vec::new();
        for change in changes {
            log.push(Logged::new(&run, change));
            let back = run.apply(change)?;
            inverse = inverse.zip(back).map(|(mut all, back)| {
                all.insert(0, back);
                all
            });
        }
        self.log.append(&mut log);
        self.anchor = (run.now(), run.events());
        let former = std::mem::replace(&mut self.run, run);
        Ok(Applied { former, inverse })
    }

    /// Brings the run to where a change can be made whose time alone says where it belongs.
    fn settle(&mut self) -> Result<(), ChangeError> {
        let now = self.run.now();
        let until = match self.anchor {
            anchor if anchor == (now, self.run.events()) => return Ok(()),
            (at, _) if at == now => now + Time::from_ns(1),
            _ => now,
        };
        match self.run.advance(until, MAX_SETTLING) {
            Progress::Reached => Ok(()),
            Progress::OutOfEvents => Err(ChangeError::TooMany("events in one instant", MAX_SETTLING)),
        }
    }

    /// Goes back to an instant, as it was before any change made in it; how many changes were dropped for that.
    /// An instant before the start means the start, one of the future means now. Nothing is altered by an error.
    pub fn rewind(&mut self, to: Time) -> Result<usize, ChangeError> {
        let to = to.clamp(self.start().now(), self.run.now());
        let kept = self.log.partition_point(|c| c.at < to);
        let before = |c: &Checkpoint| c.run.now() <= to && c.made <= kept;
        let usable = self.checkpoints.partition_point(before).max(1);
        let nearest = &self.checkpoints[usable - 1];
        let anchor = nearest.made.checked_sub(1).map_or(self.start().now(), |last| self.log[last].at);
        let run = replay_from((*nearest.run).clone(), anchor, &self.log[nearest.made..kept], to)?;
        let dropped = self.log.len() - kept;
        self.anchor = match self.log[..kept].last() {
            Some(last) => (last.at, u64::MAX),
            None => (self.start().now(), self.start().events()),
        };
        self.run = run;
        self.log.truncate(kept);
        self.checkpoints.truncate(usable);
        self.plan_next();
        Ok(dropped)
    }
}

/// Runs on from `run` to an instant, making the changes at their times.
pub fn replay(run: Simulation, log: &[Logged], until: Time) -> Result<Simulation, ChangeError> {
    let start = run.now();
    replay_from(run, start, log, until)
}

/// The same where the latest change before, or the start, was at `last`.
fn replay_from(
    mut run: Simulation,
    mut last: Time,
    log: &[Logged],
    until: Time,
) -> Result<Simulation, ChangeError> {
    for logged in log {
        run_on(&mut run, &mut last, logged.at);
        run.apply(&logged.change)?;
    }
    run_on(&mut run, &mut last, until);
    Ok(run)
}

/// Runs on to the next change; where it follows the `last` one in the same instant, nothing happens in between.
pub(super) fn run_on(run: &mut Simulation, last: &mut Time, to: Time) {
    if to > *last {
        run.advance(to, u64::MAX);
        *last = to;
    }
}

/// Looking at the run needs no detour; changing it goes through the timeline.
impl Deref for Timeline {
    type Target = Simulation;
    fn deref(&self) -> &Simulation {
        &self.run
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::catalog;
    use crate::sim::change::Target;
    use crate::sim::value::Value;

    fn timeline() -> Timeline {
        let level = catalog::load("load-balancer").unwrap();
        Timeline::new(Simulation::new(&level.topology, 3, &[]).unwrap())
    }
    fn rate(per_s: f64) -> Change {
        Change::Set { target: "users".into(), knob: "rate", value: Some(Value::Rate(per_s)) }
    }
    fn crash() -> Change {
        let name = timeline().topology().nodes.keys().nth(1).cloned().unwrap();
        Change::Crash(Target { name, replica: None })
    }
    fn state(run: &Simulation) -> (Time, u64, u64, u64) {
        (run.now(), run.events(), run.digest(), run.report().system.arrivals)
    }

    #[test]
    fn every_instant_can_be_reached_again() {
        let mut line = timeline();
        let mut states = Vec::new();
        for s in 1..=60 {
            line.advance(Time::from_secs(s), u64::MAX);
            states.push(state(&line));
            match s {
                10 => drop(line.apply(&rate(3000.0)).unwrap()),
                25 => drop(line.apply(&crash()).unwrap()),
                _ => {}
            }
        }
        assert!(line.checkpoints.len() > 3, "{}", line.checkpoints.len());
        for s in [55, 26, 25, 24, 11, 10, 9, 1] {
            let mut back = line.fork();
            let dropped = back.rewind(Time::from_secs(s)).unwrap();
            assert_eq!(state(&back), states[s as usize - 1], "{s} s");
            assert_eq!(dropped, usize::from(s <= 10) + usize::from(s <= 25));
            // The same changes again lead to where it was.
            let missing = line.log()[back.log().len()..].to_vec();
            for logged in missing {
                back.advance(logged.at, u64::MAX);
                back.apply(&logged.change).unwrap();
            }
            back.advance(Time::from_secs(60), u64::MAX);
            assert_eq!(state(&back), states[59]);
        }
        let again = replay(line.start().clone(), line.log(), line.now()).unwrap();
        assert_eq!(state(&again), state(&line));
    }

    #[test]
    fn a_change_in_the_middle_of_an_instant_is_replayed_by_its_time_alone() {
        let mut line = timeline();
        for _ in 0..2_001 {
            line.step();
        }
        line.apply(&rate(2500.0)).unwrap();
        line.advance(Time::from_secs(20), u64::MAX);
        let again = replay(line.start().clone(), line.log(), line.now()).unwrap();
        assert_eq!(state(&again), state(&line));
    }

    #[test]
    fn checkpoints_stay_few_and_their_gaps_small() {
        let mut line = timeline();
        line.apply(&rate(4000.0)).unwrap();
        line.advance(Time::from_secs(150), u64::MAX);
        let at: Vec<u64> = line.checkpoints.iter().map(|c| c.run.events()).collect();
        assert!(at.len() > MAX_CHECKPOINTS / 2 && at.len() <= MAX_CHECKPOINTS, "{}", at.len());
        let widest = at.windows(2).map(|w| w[1] - w[0]).max().unwrap();
        assert!(widest <= line.events() / 16, "{widest} of {}", line.events());
        assert_eq!(line.rewind(Time::ZERO).unwrap(), 1, "the change at the start is dropped too");
        assert_eq!(state(&line), state(&timeline()));
    }

    #[test]
    fn what_fails_changes_nothing() {
        let mut line = timeline();
        line.advance(Time::from_secs(5), u64::MAX);
        let before = state(&line);
        let unknown = Change::Remove { name: "nobody".into() };
        assert!(line.apply_all(&[rate(500.0), unknown]).is_err());
        assert!(line.log().is_empty());
        line.advance(Time::from_secs(5), u64::MAX);
        assert_eq!(state(&line), before);
        let mut fork = line.fork();
        fork.apply(&rate(0.0)).unwrap();
        fork.advance(Time::from_secs(9), u64::MAX);
        assert_eq!(state(&line), before);
    }
}
