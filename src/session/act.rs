//! Commands: what the student may do now, how it is done, and how it is taken back.

use super::lesson::Beat;
use super::timeline::{Applied, Timeline};
use super::{Act, Command, Deed, KnobRow, Refusal, Session};
use crate::level::scene::Answer;
use crate::level::{allow, words};
use crate::sim::change::{Change, Target};
use crate::sim::component::client::{MAX_RATE, MAX_USERS};
use crate::sim::component::{Kind, LINK_KNOBS};
use crate::sim::snapshot::{ReplicaState, ReplicaView};
use crate::sim::value::{Knob, Knobs, Shape, Value};

/// How much slower `ToggleSlow` makes a part.
pub const SLOW_FACTOR: f64 = 5.0;

pub(super) type Done = Result<Option<String>, Refusal>;

impl Session {
    /// Carries out a command; `Ok` may carry a sentence for the status line.
    pub fn apply(&mut self, command: Command) -> Done {
        match command {
            Command::Apply(change) => self.edit(vec![change]),
            Command::Undo => self.undo(),
            Command::Redo => self.redo(),
            Command::Restart => self.restart(),
            Command::NewSeed => self.new_seed(),
            Command::Pick(choice) => self.pick(choice),
            Command::Next => self.next(),
            Command::Back => self.back(),
            Command::Skip => {
                let left = format!("left out: {}", self.scene().title);
                Ok(self.next_scene().or(Some(left)))
            }
            Command::GoTo(scene) => self.go_to(scene),
            Command::Guess(value) => self.guess_number(value),
            Command::Hint => self.ask_hint(),
            Command::ToggleCrash(target) => self.toggle_crash(target),
            Command::ToggleSlow(target) => self.toggle_slow(target),
            Command::ToggleCutOff(target) => self.toggle_cut_off(target),
            Command::Traffic(factor) => self.traffic(factor),
            Command::Rewind(to) => self.rewind(to),
        }
    }

    /// Knobs of a node, of a link named `from->to`, or of a host (its size), in the order of the datasheet.
    pub fn knob_rows(&self, name: &str) -> Vec<KnobRow> {
        let design = self.run.topology();
        if let Some(host) = design.hosts.get(name) {
            let knob = Kind::Service.knob("size").filter(|_| !host.size.is_empty());
            let mut knobs = Knobs::default();
            knobs.set("size", Value::Name(host.size.clone()));
            return knob.and_then(|knob| self.row(name, knob, &knobs)).into_iter().collect();
        }
        if let Some(node) = design.nodes.get(name) {
            let tables = node.kind.knob_tables();
            return tables.into_iter().flatten().filter_map(|k| self.row(name, k, &node.knobs)).collect();
        }
        let link = design.links.iter().find(|l| name.split_once("->") == Some((l.from.as_str(), &l.to)));
        link.map_or_else(Vec::new, |link| {
            LINK_KNOBS.iter().filter_map(|k| self.row(name, k, &link.knobs)).collect()
        })
    }

    fn row(&self, target: &str, knob: &'static Knob, knobs: &Knobs) -> Option<KnobRow> {
        let change = Change::Set { target: target.into(), knob: knob.name, value: None };
        (knob.shape != Shape::Later).then(|| KnobRow {
            name: knob.name,
            value: knobs.get(knob.name).cloned(),
            shape: knob.shape,
            help: knob.help,
            free: knob.live && self.may(&change),
        })
    }

    /// The scene lets the student make this change at some time.
    fn may(&self, change: &Change) -> bool {
        let scene = self.scene();
        self.own.is_some()
            || allow::allows(scene, self.run.topology(), change)
            || (allow::only_tries(change) && !(scene.is_challenge() && self.heals_the_script(change)))
    }

    /// In a challenge nobody repairs what the scene broke; what the student broke may be repaired.
    fn heals_the_script(&self, change: &Change) -> bool {
        let broke = |name: &str| {
            self.done.iter().flat_map(|d| &d.changes).any(|c| c.harms() && c.places().contains(&name))
        };
        // A deploy puts a sound version in the place of a bad one.
        let heals = !change.harms() || matches!(change, Change::Deploy { .. });
        change.only_tries() && heals && !change.places().into_iter().all(broke)
    }

    /// Whether the clock allows changes now: while the scene runs; in a challenge also before.
    fn open_for_changes(&self) -> Result<(), Refusal> {
        match self.beat {
            _ if self.approach.is_some() => Err(Refusal::Nothing("a moment: the scene is being set up")),
            Beat::Run | Beat::Paused => Ok(()),
            Beat::Setting | Beat::Predict if self.scene().is_challenge() => Ok(()),
            Beat::Setting | Beat::Predict => Err(Refusal::Nothing("start the run first")),
            Beat::Explain => Err(Refusal::Nothing("the run is over; restart it to try something else")),
        }
    }

    fn edit(&mut self, changes: Vec<Change>) -> Done {
        self.open_for_changes()?;
        if !changes.iter().all(|c| self.may(c)) {
            return Err(Refusal::NotAllowed(allow::words(self.scene())));
        }
        self.undone.clear();
        self.make(changes, None)
    }

    /// Makes several changes, all or none; the run without them goes on as the twin.
    pub(super) fn make(&mut self, changes: Vec<Change>, option: Option<usize>) -> Done {
        let Applied { former, inverse } = self.run.apply_all(&changes).map_err(Refusal::Change)?;
        if self.own.is_none() && self.done.is_empty() {
            match self.twin {
                None => self.twin = Some(Timeline::new(former)),
                Some(_) => self.former = Some(Timeline::new(former)),
            }
        }
        let said = self.said(&changes, option);
        let deed = Deed { changes, inverse, option, at: self.run.now() };
        self.acts.push(Act { at: deed.at, deed: Some(deed.clone()) });
        self.done.push(deed);
        Ok(Some(said))
    }

    /// A deed in words: the option that it was, or its changes.
    fn said(&self, changes: &[Change], option: Option<usize>) -> String {
        let label = option.and_then(|i| self.scene().options.get(i)).map(|o| self.filled(&o.label));
        label.unwrap_or_else(|| words::changes(changes))
    }

    fn undo(&mut self) -> Done {
        self.open_for_changes()?;
        let deed = self.done.pop().ok_or(Refusal::Nothing("there is nothing to undo"))?;
        let Some(inverse) = &deed.inverse else {
            return Err(Refusal::Nothing("that cannot be taken back; restart brings all back"));
        };
        self.run.apply_all(inverse).map_err(Refusal::Change)?;
        self.acts.push(Act { at: self.run.now(), deed: None });
        let said = format!("taken back: {}", self.said(&deed.changes, deed.option));
        self.undone.push(deed);
        Ok(Some(said))
    }

    fn redo(&mut self) -> Done {
        self.open_for_changes()?;
        let deed = self.undone.pop().ok_or(Refusal::Nothing("there is nothing to redo"))?;
        self.make(deed.changes, deed.option)
    }

    pub(super) fn pick(&mut self, choice: usize) -> Done {
        let scene = self.scene();
        match self.beat {
            Beat::Predict => {
                let choices = match scene.predict.as_ref().map(|p| &p.answer) {
                    Some(Answer::Choices(choices)) => choices.len(),
                    _ => 0,
                };
                if choice >= choices {
                    return Err(Refusal::Nothing("there is no such answer"));
                }
                self.picked = Some(choice);
                Ok(None)
            }
            Beat::Run | Beat::Paused if !self.options_are_open() && !scene.options.is_empty() => {
                Err(Refusal::Nothing("the options open where the run pauses"))
            }
            Beat::Run | Beat::Paused => {
                let changes = scene.options.get(choice).map(|o| o.changes.clone());
                let changes = changes.ok_or(Refusal::Nothing("there is nothing to pick now"))?;
                if self.done.iter().any(|d| d.option == Some(choice)) {
                    return Err(Refusal::Nothing("that is done already; undo takes it back"));
                }
                self.undone.clear();
                self.make(changes, Some(choice))
            }
            Beat::Setting | Beat::Explain => Err(Refusal::Nothing("there is nothing to pick now")),
        }
    }

    /// Options are for the moment at which the run pauses by itself, and from there on.
    pub(super) fn options_are_open(&self) -> bool {
        match self.beat {
            Beat::Paused => true,
            Beat::Run => !self.pause_due,
            Beat::Setting | Beat::Predict | Beat::Explain => false,
        }
    }

    fn guess_number(&mut self, value: f64) -> Done {
        match self.scene().predict.as_ref().map(|p| &p.answer) {
            Some(Answer::Number { low, high, .. }) if self.beat == Beat::Predict && value.is_finite() => {
                self.guess = Some(value.clamp(*low, *high));
                Ok(None)
            }
            _ => Err(Refusal::Nothing("there is no number to guess now")),
        }
    }

    fn ask_hint(&mut self) -> Done {
        let rungs = self.rungs();
        if rungs.is_empty() {
            return Err(Refusal::Nothing("there are no hints here"));
        }
        self.hints = (self.hints + 1).min(rungs.len());
        self.hint = rungs.into_iter().nth(self.hints - 1);
        Ok(None)
    }

    fn toggle_crash(&mut self, target: Target) -> Done {
        let servers = self.servers(&target);
        let up = |r: &ReplicaView| matches!(r.state, ReplicaState::Up | ReplicaState::Starting);
        let change = if servers.iter().any(up) { Change::Crash(target) } else { Change::Restore(target) };
        self.edit(vec![change])
    }

    fn toggle_slow(&mut self, target: Target) -> Done {
        let slow = self.servers(&target).iter().any(|r| r.slow != 1.0);
        self.edit(vec![Change::Slow { target, factor: if slow { 1.0 } else { SLOW_FACTOR } }])
    }

    fn toggle_cut_off(&mut self, target: Target) -> Done {
        let change = match self.cut(&target) {
            Some(cut) => Change::End(Box::new(cut.clone())),
            None => Change::Partition { groups: vec![vec![target.clone()], self.all_but(&target)] },
        };
        self.edit(vec![change])
    }

    /// The student has cut this part off, and not connected it again.
    pub fn is_cut_off(&self, target: &Target) -> bool {
        self.cut(target).is_some()
    }

    /// The cut around a part that is going on.
    fn cut(&self, target: &Target) -> Option<&Change> {
        let around = |change: &Change| matches!(change, Change::Partition { groups } if groups.first().is_some_and(|g| g.as_slice() == [target.clone()]));
        let latest = self.run.log().iter().rev().find(|logged| match &logged.change {
            Change::End(cut) => around(cut),
            cut => around(cut),
        });
        latest.map(|logged| &logged.change).filter(|change| around(change))
    }

    /// Every node, and every server beside the one that is meant.
    fn all_but(&self, target: &Target) -> Vec<Target> {
        let picture = self.run.snapshot();
        let mut out = Vec::new();
        for node in picture.nodes.iter().filter(|n| !n.removed) {
            let name = node.name.to_string();
            match target.replica {
                _ if name != target.name => out.push(Target { name, replica: None }),
                Some(own) => {
                    let others = node.replicas.iter().filter(|r| r.index != own);
                    out.extend(others.map(|r| Target { name: name.clone(), replica: Some(r.index) }));
                }
                None => {}
            }
        }
        out
    }

    /// The servers that a target means; a host means those of all nodes on it.
    fn servers(&self, target: &Target) -> Vec<ReplicaView> {
        let picture = self.run.snapshot();
        let host = picture.nodes.iter().all(|n| *n.name != *target.name);
        let meant = |n: &&crate::sim::snapshot::NodeView| {
            *n.name == *target.name || (host && n.host.as_deref() == Some(target.name.as_str()))
        };
        let nodes = picture.nodes.iter().filter(|n| !n.removed).filter(meant);
        let one = |r: &&ReplicaView| host || target.replica.is_none_or(|i| i == r.index);
        nodes.flat_map(|n| n.replicas.iter().filter(one)).cloned().collect()
    }

    /// A what-if everywhere; in a challenge only upwards, unless the scene allows the rate to change.
    fn traffic(&mut self, factor: f64) -> Done {
        if !(factor.is_finite() && factor > 0.0) {
            return Err(Refusal::Nothing("traffic changes by a factor over zero"));
        }
        self.open_for_changes()?;
        let rates = self.run.topology().nodes.iter().filter(|(_, n)| n.kind == Kind::Client);
        let faster = |(name, node): (&String, &crate::sim::topology::NodeSpec)| {
            let set = |knob, value| Change::Set { target: name.clone(), knob, value: Some(value) };
            match (node.knobs.get("rate"), node.knobs.get("users")) {
                (Some(Value::Rate(rate)), _) => {
                    Some(set("rate", Value::Rate((rate * factor).clamp(MIN_RATE, MAX_RATE))))
                }
                (_, Some(Value::Count(users))) => {
                    let wanted = (f64::from(*users) * factor).round().clamp(1.0, f64::from(MAX_USERS));
                    Some(set("users", Value::Count(wanted as u32)))
                }
                _ => None,
            }
        };
        let changes: Vec<Change> = rates.filter_map(faster).collect();
        let free = !self.scene().is_challenge() || factor >= 1.0 || changes.iter().all(|c| self.may(c));
        if changes.is_empty() {
            return Err(Refusal::Nothing("nobody sends requests here"));
        }
        if !free {
            return Err(Refusal::NotAllowed(allow::words(self.scene())));
        }
        self.undone.clear();
        self.make(changes, None)
    }
}

/// Traffic never becomes slower than one request in a hundred seconds, so that it can come back.
const MIN_RATE: f64 = 0.01;
