//! Proves that a level teaches what it says, by running it: predictions are decided, solutions pass, wrong designs
//! fail for their reason, and what is called necessary is.

mod challenge;
mod knobs;

use super::Level;
use super::expression::Expression;
use super::judge::{Referee, RunFacts, Verdict, decide};
use super::scene::{Answer, Pause, Predict, Scene, SceneOption};
use super::stage;
use crate::sim::change::Change;
use crate::sim::simulation::Simulation;
use crate::sim::time::Time;

/// Most events of one gated run: levels stay quick to prove and to play.
pub const MAX_EVENTS: u64 = 1_000_000;
/// A run is stopped here even if it is over the limit already.
const STOP_EVENTS: u64 = 20 * MAX_EVENTS;

/// One thing that was to be proved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proof {
    /// What was looked at: `crash: prediction`.
    pub name: String,
    /// What must be.
    pub expected: String,
    /// What is.
    pub got: String,
    /// They agree.
    pub ok: bool,
    /// `got` must be the same on every seed.
    pub constant: bool,
}

impl Proof {
    fn new(name: impl Into<String>, expected: impl Into<String>, got: impl Into<String>, ok: bool) -> Self {
        Self { name: name.into(), expected: expected.into(), got: got.into(), ok, constant: false }
    }
}

/// Runs everything that the level promises, with one seed; its knobs with its first seed only.
pub fn prove(level: &Level, seed: u64) -> Vec<Proof> {
    let mut proofs = Vec::new();
    let mut previous = None;
    for (index, scene) in level.scenes.iter().enumerate() {
        // What the scene before has proved is not run again to reach this one.
        let carried =
            previous.take().filter(|_| index > 0 && stage::goes_on_from(level, index) == Some(index - 1));
        let start = match carried.map_or_else(|| stage::start(level, index, seed), Ok) {
            Ok(start) => start,
            Err(why) => {
                proofs.push(Proof::new(&scene.id, "the scene can be set up", why.to_string(), false));
                continue;
            }
        };
        let bench = Bench { scene, start };
        previous = bench.prove_scene(&mut proofs);
        bench.prove_solutions(level, &mut proofs);
        // Steps are large: one seed is enough.
        if seed == level.seed {
            bench.prove_knobs(&mut proofs);
        }
    }
    proofs
}

/// A scene and the run at its start.
struct Bench<'a> {
    scene: &'a Scene,
    start: Simulation,
}

/// A finished run of a scene.
struct Ran {
    run: Simulation,
    referee: Referee,
    origin: Time,
    events: u64,
    /// Where its `pause` came; the middle of the scene without one.
    paused: Option<Simulation>,
    /// The run without the scene's changes, where a condition asks for it.
    twin: Option<Simulation>,
}

impl Bench<'_> {
    /// Runs the scene with changes made at its start, after the scene's own.
    fn run(&self, changes: &[Change]) -> Result<Ran, String> {
        let mut run = self.start.clone();
        stage::enter(&mut run, self.scene).map_err(|e| format!("the scene's changes: {e}"))?;
        for change in changes {
            run.apply(change).map_err(|e| format!("{}: {e}", super::words::change(change)))?;
        }
        self.go_on(run, None, false)
    }

    /// Runs to the scene's end, second by second, the twin in step.
    fn go_on(
        &self,
        mut run: Simulation,
        mut twin: Option<Simulation>,
        want_pause: bool,
    ) -> Result<Ran, String> {
        let origin = self.start.now();
        let end = origin + self.scene.until;
        let before = self.start.events();
        let mut referee = Referee::new(&self.scene.goals, origin, end);
        let mut paused = None;
        while run.now() < end {
            let stop = super::judge::next_second(run.now()).min(end);
            for run in [Some(&mut run), twin.as_mut()].into_iter().flatten() {
                let left = (before + STOP_EVENTS).saturating_sub(run.events());
                if !stage::finish(run, stop, left) {
                    return Err(format!("more than {STOP_EVENTS} events"));
                }
            }
            referee.judge(&run);
            if want_pause && paused.is_none() && self.pauses_at(&run, twin.as_ref()) {
                paused = Some(run.clone());
            }
        }
        let events = run.events() - before;
        Ok(Ran { run, referee, origin, events, paused, twin })
    }

    fn pauses_at(&self, run: &Simulation, twin: Option<&Simulation>) -> bool {
        let origin = self.start.now();
        match &self.scene.pause {
            Some(Pause::At(at)) => run.now() >= origin + *at,
            Some(Pause::When(condition)) => super::judge::pauses(condition, run, twin, origin),
            None => run.now() >= origin + Time::from_ns(self.scene.until.ns() / 2),
        }
    }

    /// Whether a condition of the scene speaks of `before`.
    fn needs_twin(&self) -> bool {
        let scene = self.scene;
        let pause = matches!(&scene.pause, Some(Pause::When(condition)) if condition.needs_before());
        let predict = scene.predict.as_ref().is_some_and(|p| match &p.answer {
            Answer::Choices(choices) => choices.iter().any(|c| c.when.needs_before()),
            Answer::Number { metric, .. } => metric.needs_before(),
        });
        let shows = |o: &SceneOption| o.shows.as_ref().is_some_and(Expression::needs_before);
        pause || predict || scene.options.iter().any(shows)
    }

    /// The scene as it is: it runs, its question is decided, its options show what they say. Returns its end.
    fn prove_scene(&self, proofs: &mut Vec<Proof>) -> Option<Simulation> {
        let scene = self.scene;
        let mut run = self.start.clone();
        let entered = stage::enter(&mut run, scene).map_err(|e| format!("the scene's changes: {e}"));
        let twin = self.needs_twin().then(|| self.start.clone());
        let ran = match entered.and_then(|()| self.go_on(run, twin, !scene.options.is_empty())) {
            Ok(ran) => ran,
            Err(why) => {
                proofs.push(Proof::new(format!("{}: run", scene.id), "the scene runs", why, false));
                return None;
            }
        };
        let small = ran.events <= MAX_EVENTS;
        let most = format!("at most {MAX_EVENTS} events");
        proofs.push(Proof::new(format!("{}: run", scene.id), most, format!("{} events", ran.events), small));
        if let Some(predict) = &scene.predict {
            proofs.push(prediction(scene, predict, &ran));
        }
        self.prove_options(&ran, proofs);
        Some(ran.run)
    }

    fn prove_options(&self, ran: &Ran, proofs: &mut Vec<Proof>) {
        let scene = self.scene;
        let Some(paused) = &ran.paused else {
            if !scene.options.is_empty() {
                let name = format!("{}: pause", scene.id);
                proofs.push(Proof::new(name, "the run pauses", "it never does", false));
            }
            return;
        };
        for option in &scene.options {
            let Some(shows) = &option.shows else { continue };
            let name = format!("{}: option “{}”", scene.id, option.label);
            let got = self.take(paused, &option.changes).map(|run| {
                let (from, to) = (paused.now(), run.now());
                shows.holds(&RunFacts { run: &run, before: ran.twin.as_ref(), from, to })
            });
            proofs.push(match got {
                Ok(Some(held)) => Proof::new(name, &shows.text, if held { "true" } else { "false" }, held),
                Ok(None) => Proof::new(name, &shows.text, "not measured", false),
                Err(why) => Proof::new(name, &shows.text, why, false),
            });
        }
    }

    fn take(&self, paused: &Simulation, changes: &[Change]) -> Result<Simulation, String> {
        let mut run = paused.clone();
        for change in changes {
            run.apply(change).map_err(|e| e.to_string())?;
        }
        self.go_on(run, None, false).map(|ran| ran.run)
    }
}

fn prediction(scene: &Scene, predict: &Predict, ran: &Ran) -> Proof {
    let (run, from) = (&ran.run, ran.origin + predict.from);
    let facts = RunFacts { run, before: ran.twin.as_ref(), from, to: run.now() };
    let name = format!("{}: prediction", scene.id);
    match &predict.answer {
        Answer::Choices(choices) => {
            let expected = "exactly one answer comes true, the same on every seed";
            match decide(choices, &facts) {
                Verdict::Right(i) => {
                    let proof = Proof::new(name, expected, format!("“{}”", choices[i].text), true);
                    Proof { constant: true, ..proof }
                }
                Verdict::Undecided(came) if came.is_empty() => {
                    Proof::new(name, expected, format!("none: {}", values(choices, &facts)), false)
                }
                Verdict::Undecided(came) => {
                    let all: Vec<&str> = came.iter().map(|&i| choices[i].text.as_str()).collect();
                    Proof::new(name, expected, format!("“{}”", all.join("”, “")), false)
                }
            }
        }
        Answer::Number { metric, .. } => {
            let value = metric.value(&facts);
            let got = value.map_or_else(|| "not measured".into(), |v| v.to_string());
            Proof::new(name, format!("{} is measured", metric.text), got, value.is_some())
        }
    }
}

/// What the conditions of a question came to, for the author: `p99 > 3: false`.
fn values(choices: &[super::scene::Choice], facts: &dyn super::expression::Facts) -> String {
    let one = |c: &super::scene::Choice| {
        let came = match c.when.holds(facts) {
            Some(true) => "true",
            Some(false) => "false",
            None => "not measured",
        };
        format!("{}: {came}", c.when.text)
    };
    choices.iter().map(one).collect::<Vec<_>>().join("; ")
}
