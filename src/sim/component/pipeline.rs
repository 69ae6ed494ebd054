//! A deploy pipeline: the organisation as a queue. Teams produce changes, the pipeline releases them one after the other.
//!
//! ```text
//! team, team, team -> [ changes ] -> build and release a batch, one at a time -> the services that it deploys
//!                                    bad? they suffer, and the pipeline stands still, until it is rolled back;
//!                                    the good changes of that batch wait for a turn again
//! ```

use std::collections::VecDeque;

use super::super::change::Change;
use super::super::context::{Answer, Ctx};
use super::super::distribution::Distribution;
use super::super::log::Weight;
use super::super::metrics::{Count, Measure, NodeWindow};
use super::super::outcome::Reason;
use super::super::rng::Purpose;
use super::super::snapshot::{Extra, ReplicaState};
use super::super::time::Time;
use super::super::topology::Topology;
use super::super::value::{Knob, LONGEST, Shape, Value, Way};
use super::{Behavior, Datasheet, Links};

/// What a pipeline is.
pub static DATASHEET: Datasheet = Datasheet {
    key: "pipeline",
    links: Links::Apart,
    measures: &[Measure::Lag, Measure::Backlog],
    counts: &[Count::Releases, Count::BadReleases],
    title: "Deploy pipeline",
    tag: "ci",
    explanation: "Teams produce changes; each waits for its turn to be built, tested and released, alone or in a batch. \
        A bad release makes all that the pipeline deploys slow until it is rolled back, and everybody waits meanwhile.",
    knobs: &[
        Knob::new(
            "teams",
            Shape::Count { min: 1, max: 1000, unlimited: false },
            "teams that share the pipeline: more changes wait",
        )
        .moves(Measure::Backlog, Way::Up)
        .default(|| Value::Count(1)),
        Knob::new("changes", Shape::Rate { max: 1.0 }, "changes of each team, as \"4/d\"").required(),
        Knob::new(
            "build",
            Shape::Distribution,
            "time to build, test and release a batch, one at a time: the others wait",
        )
        .moves(Measure::Lag, Way::Up)
        .default(|| Value::Distribution(Distribution::Constant(Time::from_secs(600)))),
        Knob::new(
            "batch",
            Shape::Count { min: 1, max: 1000, unlimited: false },
            "changes that one release takes along at most: fewer wait; one bad change spoils them all",
        )
        .moves(Measure::Backlog, Way::Down)
        .default(|| Value::Count(1)),
        Knob::new("bad", Shape::Share, "chance that a change is bad; one is enough for a bad release")
            .default(|| Value::Share(0.0)),
        Knob::new("hurts", Shape::Share, "answers of a bad release that are errors")
            .default(|| Value::Share(0.5)),
        Knob::new(
            "slows",
            Shape::Factor { min: 1.0, max: 1000.0 },
            "work takes so many times as long after a bad release",
        )
        .default(|| Value::Factor(1.0)),
        Knob::new(
            "rollback",
            Shape::Time { min: Time::from_ms(1), max: LONGEST },
            "time until a bad release is rolled back; the pipeline stands still meanwhile",
        )
        .default(|| Value::Time(Time::from_secs(300))),
        Knob::new("deploys", Shape::Names, "the services that each of its releases replaces")
            .required()
            .fixed(),
    ],
    leaves_out: "Tests that find a bad change, work that waits for other teams, restarts during a release. A batch is built \
        as quickly as one change, and rolled back as a whole: its good changes wait for a turn again. \
        Its lag is the lead time: from a change's being ready to its release.",
};

/// Most changes that wait; teams hold further ones back.
const MAX_WAITING: usize = 100_000;
/// What a timer is for, in the high bits of its token.
const READY: u64 = 1 << 60;
const BUILT: u64 = 2 << 60;
const CURED: u64 = 3 << 60;
const KIND: u64 = 0xf << 60;

/// One change on its way.
#[derive(Clone, Copy)]
struct Piece {
    /// When it was ready.
    since: Time,
    /// The number of its draw: whether it is bad is its own luck, whatever it is released with, and how often.
    number: u64,
}

/// A pipeline's state.
#[derive(Clone)]
pub(crate) struct Pipeline {
    node: u16,
    /// Changes a second, of all teams.
    rate: f64,
    build: Distribution,
    batch: usize,
    bad: f64,
    hurts: f64,
    slows: f64,
    rollback: Time,
    deploys: Vec<String>,
    waiting: VecDeque<Piece>,
    /// The batch in the build; empty = none is built.
    building: Vec<Piece>,
    rolling_back: bool,
    /// Gaps between changes, changes, builds begun so far: the numbers of their draws.
    gaps: u64,
    changes: u64,
    begun: u64,
    releases: u64,
    /// Older timers of the changes to come are void, and those of a build that was broken off.
    changes_since: u64,
    builds_since: u64,
}

impl Pipeline {
    pub const fn new(node: u16) -> Self {
        Self {
            node,
            rate: 0.0,
            build: Distribution::Constant(Time::ZERO),
            batch: 1,
            bad: 0.0,
            hurts: 0.0,
            slows: 1.0,
            rollback: Time::ZERO,
            deploys: Vec::new(),
            waiting: VecDeque::new(),
            building: Vec::new(),
            rolling_back: false,
            gaps: 0,
            changes: 0,
            begun: 0,
            releases: 0,
            changes_since: 0,
            builds_since: 0,
        }
    }
    /// Changes come by chance, independent of each other: a Poisson process.
    fn plan(&mut self, ctx: &mut Ctx) {
        if self.rate > 0.0 {
            self.gaps += 1;
            let gap = ctx.place_draw(self.node, self.gaps, Purpose::Gap).exp1() / self.rate;
            ctx.after(self.node, Time::from_secs_f64(gap), READY | self.changes_since);
        }
    }
    fn build_next(&mut self, ctx: &mut Ctx) {
        let up = ctx.state(self.node, 0) == ReplicaState::Up;
        if !up || self.rolling_back || !self.building.is_empty() || self.waiting.is_empty() {
            return;
        }
        let many = self.batch.min(self.waiting.len());
        self.building.extend(self.waiting.drain(..many));
        self.begun += 1;
        let takes = self.build.sample(ctx.place_draw(self.node, self.begun, Purpose::Work));
        ctx.after(self.node, takes, BUILT | self.builds_since);
    }
    /// The batch goes live, or is bad and rolled back as a whole: then its good changes wait for a turn again, in their
    /// old order and in front, and their lead time runs on. A bad one is done with, as if it had been repaired.
    fn release(&mut self, ctx: &mut Ctx) {
        self.releases += 1;
        ctx.recorder.count(self.node, Count::Releases, 1);
        let is_bad = |p: &Piece| ctx.place_draw(self.node, p.number, Purpose::Share).unit() < self.bad;
        let (bad, good): (Vec<Piece>, Vec<Piece>) = self.building.drain(..).partition(is_bad);
        let rolls_back = !bad.is_empty();
        for piece in if rolls_back { &bad } else { &good } {
            ctx.recorder.lag(self.node, ctx.now - piece.since);
        }
        if rolls_back {
            good.into_iter().rev().for_each(|piece| self.waiting.push_front(piece));
            ctx.recorder.count(self.node, Count::BadReleases, 1);
            self.rolling_back = true;
            self.order(ctx, |name| Change::BadRelease { name, errors: self.hurts, factor: self.slows });
            let text = format!("a bad release: {} suffers", self.deploys.join(", "));
            ctx.note(ctx.nodes[self.node as usize].name.clone(), Weight::Bad, &text);
            ctx.after(self.node, self.rollback, CURED);
        }
    }
    fn order(&self, ctx: &mut Ctx, change: impl Fn(String) -> Change) {
        for name in &self.deploys {
            ctx.order(change(name.clone()));
        }
    }
}

impl Behavior for Pipeline {
    fn configure(&mut self, ctx: &mut Ctx, topology: &Topology) {
        let Some(spec) = topology.nodes.get(&*ctx.nodes[self.node as usize].name) else { return };
        let knobs = &spec.knobs;
        self.build = knobs.distribution("build").cloned().unwrap_or_else(|| self.build.clone());
        self.batch = knobs.count("batch").map_or(1, |n| n as usize);
        self.bad = knobs.share("bad").unwrap_or(0.0);
        self.hurts = knobs.share("hurts").unwrap_or(0.0);
        self.slows = knobs.factor("slows").unwrap_or(1.0);
        self.rollback = knobs.time("rollback").unwrap_or(self.rollback);
        if let Some(Value::Names(names)) = knobs.get("deploys") {
            self.deploys.clone_from(names);
        }
        let rate = knobs.rate("changes").unwrap_or(0.0) * f64::from(knobs.count("teams").unwrap_or(1));
        if rate != self.rate {
            // Such a process has no memory: the next change may as well be drawn anew.
            (self.rate, self.changes_since) = (rate, self.changes_since + 1);
            self.plan(ctx);
        }
    }
    fn arrive(&mut self, ctx: &mut Ctx, call: u32) {
        ctx.fail(call, Reason::Refused);
    }
    fn worked(&mut self, _ctx: &mut Ctx, _call: u32) {}
    fn answered(&mut self, _ctx: &mut Ctx, _answer: Answer) {}
    fn timer(&mut self, ctx: &mut Ctx, token: u64) {
        match (token & KIND, token & !KIND) {
            (READY, since) if since == self.changes_since => {
                if self.waiting.len() < MAX_WAITING {
                    self.changes += 1;
                    self.waiting.push_back(Piece { since: ctx.now, number: self.changes });
                }
                self.plan(ctx);
            }
            (BUILT, since) if since == self.builds_since => {
                if !self.building.is_empty() {
                    self.release(ctx);
                }
            }
            (CURED, _) => {
                self.rolling_back = false;
                let bad = |name| Change::BadRelease { name, errors: self.hurts, factor: self.slows };
                self.order(ctx, |name| Change::End(Box::new(bad(name))));
            }
            _ => return,
        }
        self.build_next(ctx);
    }
    fn turned(&mut self, ctx: &mut Ctx, _replica: u16, up: bool) {
        if up {
            return self.build_next(ctx);
        }
        // What was being built is built anew.
        self.builds_since += 1;
        self.building.drain(..).rev().for_each(|piece| self.waiting.push_front(piece));
    }
    fn extras(&self, _ctx: &Ctx, window: &NodeWindow) -> Vec<Extra> {
        let doing = match (self.rolling_back, self.building.is_empty()) {
            (true, _) => "rolls back",
            (_, false) => "builds",
            _ => "idle",
        };
        let mut out = vec![Extra { label: "now", text: doing.into() }];
        out.push(Extra { label: "changes waiting", text: self.waiting.len().to_string() });
        out.push(Extra { label: "releases", text: self.releases.to_string() });
        out.extend(Extra::lag(window).map(|e| Extra { label: "lead time", ..e }));
        out
    }
    fn waiting(&self) -> u32 {
        self.backlog()
    }
    fn backlog(&self) -> u32 {
        self.waiting.len() as u32
    }
}
