//! Sets a scene up: the simulation at the scene's start, the scene's changes in it, its twin without them.

use std::collections::VecDeque;

use super::Level;
use super::scene::{Role, Scene, Start};
use crate::sim::change::{ChangeError, TimedChange};
use crate::sim::simulation::{Progress, Simulation};
use crate::sim::time::Time;
use crate::sim::topology::Topology;

/// Most events of a scene that is run ahead to reach the one after it.
pub const MAX_EVENTS_AHEAD: u64 = 5_000_000;

/// The level's own run as a scene: for `run FILE`, and for files without scenes.
pub fn own_scene(level: &Level) -> Scene {
    Scene {
        id: level.id.clone(),
        title: level.title.clone(),
        text: level.question.clone(),
        role: Role::Story,
        start: Start::Base,
        warm: Time::ZERO,
        changes: level.faults.clone(),
        pause: None,
        until: level.duration,
        allow: Vec::new(),
        hints: Vec::new(),
        debrief: String::new(),
        notes: String::new(),
        try_next: Vec::new(),
        predict: None,
        options: Vec::new(),
        goals: level.goals.clone(),
        par: None,
        solutions: Vec::new(),
        wrong: Vec::new(),
        terms: Vec::new(),
    }
}

/// The scenes that must have run to reach this one, itself the last: it and those it goes on from.
fn chain(level: &Level, scene: usize) -> Vec<usize> {
    let mut chain: Vec<usize> = level.scenes.get(scene).map(|_| scene).into_iter().collect();
    while let Some(before) = chain.last().and_then(|&at| goes_on_from(level, at)) {
        chain.push(before);
    }
    chain.reverse();
    chain
}

/// The scene that a scene goes on from; a variant goes on from the same one as its challenge.
pub fn goes_on_from(level: &Level, scene: usize) -> Option<usize> {
    let this = level.scenes.get(scene).filter(|s| s.start == Start::Previous)?;
    let here = if this.role == Role::Variant { level.challenge()? } else { scene };
    here.checked_sub(1)
}

/// The design that a scene starts from, followed back through `previous`.
pub fn design(level: &Level, scene: usize) -> &Topology {
    let first = chain(level, scene).first().map(|&first| &level.scenes[first].start);
    match first {
        Some(Start::Topology(name)) => level.topologies.get(name).unwrap_or(&level.topology),
        _ => &level.topology,
    }
}

/// The run at the start of a scene, before the scene's own changes: after its silent warm-up, or after the scenes
/// that it goes on from, run without a student.
pub fn start(level: &Level, scene: usize, seed: u64) -> Result<Simulation, ChangeError> {
    let mut approach = Approach::new(level, scene, seed)?;
    while !approach.advance(level, MAX_EVENTS_AHEAD)? {}
    Ok(approach.run)
}

/// The way to a scene's start, gone in slices so that a screen stays live meanwhile.
#[derive(Clone)]
pub struct Approach {
    run: Simulation,
    /// What is still to be run: scenes before this one (by index), or its warm-up (`None`).
    legs: VecDeque<(Option<usize>, Time)>,
    /// The end of the present leg, and the events that it may still take.
    leg: Option<(Time, u64)>,
    /// Where it all ends.
    target: Time,
}

impl Approach {
    /// Stands at time zero.
    pub fn new(level: &Level, scene: usize, seed: u64) -> Result<Self, ChangeError> {
        let chain = chain(level, scene);
        let mut legs = VecDeque::new();
        if let Some((_, before)) = chain.split_last() {
            legs.push_back((None, level.scenes[chain[0]].warm));
            legs.extend(before.iter().map(|&i| (Some(i), level.scenes[i].until)));
        }
        let target = legs.iter().fold(Time::ZERO, |sum, (_, length)| sum + *length);
        Ok(Self { run: Simulation::new(design(level, scene), seed, &[])?, legs, leg: None, target })
    }
    /// Goes on for at most `max_events` events; whether the start is reached.
    pub fn advance(&mut self, level: &Level, max_events: u64) -> Result<bool, ChangeError> {
        let mut left = max_events;
        loop {
            let (end, allowed) = match self.leg {
                Some(leg) => leg,
                None => {
                    let Some((scene, length)) = self.legs.pop_front() else { return Ok(true) };
                    let end = self.run.now() + length;
                    if let Some(scene) = scene {
                        enter(&mut self.run, &level.scenes[scene])?;
                    }
                    (end, MAX_EVENTS_AHEAD)
                }
            };
            let before = self.run.events();
            let there = finish(&mut self.run, end, allowed.min(left));
            let used = self.run.events() - before;
            left -= used;
            self.leg = (!there && used < allowed).then_some((end, allowed - used));
            if left == 0 && self.leg.is_some() {
                return Ok(false);
            }
        }
    }
    /// How much of the way is done, 0 to 1.
    pub fn share(&self) -> f64 {
        if self.target == Time::ZERO { 1.0 } else { (self.run.now().secs() / self.target.secs()).min(1.0) }
    }
    /// The run as far as it has come.
    pub const fn run(&self) -> &Simulation {
        &self.run
    }
}

/// Makes the scene's changes: those of its first instant now, the others when their time comes.
pub fn enter(run: &mut Simulation, scene: &Scene) -> Result<(), ChangeError> {
    let origin = run.now();
    for change in &scene.changes {
        if change.at == Time::ZERO && change.lasts.is_none() {
            run.apply(&change.change)?;
        } else {
            run.schedule(TimedChange { at: origin + change.at, ..change.clone() });
        }
    }
    Ok(())
}

/// Runs to `end` if `max_events` suffice; whether it came there.
pub fn finish(run: &mut Simulation, end: Time, max_events: u64) -> bool {
    run.advance(end, max_events) == Progress::Reached
}

/// When the last of the scene's own changes is over, since its start.
pub fn last_change(scene: &Scene) -> Time {
    let over = |c: &TimedChange| c.at + c.lasts.unwrap_or(Time::ZERO);
    scene.changes.iter().map(over).max().unwrap_or(Time::ZERO)
}
