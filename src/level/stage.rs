//! Sets a scene up: the simulation at the scene's start, the scene's changes in it, its twin without them.

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

/// The run at the start of a scene, before the scene's own changes. `previous` runs the scenes before it without
/// a student, up to a bound of events.
pub fn start(level: &Level, scene: usize, seed: u64) -> Result<Simulation, ChangeError> {
    let chain = chain(level, scene);
    let mut run = Simulation::new(design(level, scene), seed, &[])?;
    let Some((_, before)) = chain.split_last() else { return Ok(run) };
    let warm = level.scenes[chain[0]].warm;
    finish(&mut run, warm, MAX_EVENTS_AHEAD);
    for &index in before {
        let scene = &level.scenes[index];
        let end = run.now() + scene.until;
        enter(&mut run, scene)?;
        finish(&mut run, end, MAX_EVENTS_AHEAD);
    }
    Ok(run)
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
