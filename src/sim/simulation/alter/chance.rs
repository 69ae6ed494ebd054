//! Places that fail and are repaired by chance: an alternating renewal process for each server.

use super::super::super::change::{Change, ChangeError, Target};
use super::super::super::distribution::Distribution;
use super::super::super::rng::{Draw, Purpose, combine, name_key};
use super::super::super::time::Time;
use super::super::{ScheduledChange, Simulation};
use super::Applied;

/// All of them.
#[derive(Clone, Default)]
pub(super) struct Chances {
    rules: Vec<Rule>,
    places: Vec<Place>,
}

/// What was asked for.
#[derive(Clone)]
struct Rule {
    fault: Change,
    mtbf: Distribution,
    mttr: Distribution,
    /// Servers of the node that have their process already.
    servers: u16,
    stopped: bool,
}

/// One place with its own process.
#[derive(Clone)]
struct Place {
    rule: usize,
    fault: Change,
    /// Key of its draws, and how many it has had.
    key: u64,
    count: u64,
    /// It is down; the change that repairs it.
    repair: Option<Change>,
}

/// Most processes of a run.
const MAX_PLACES: usize = 20_000;

impl Simulation {
    pub(super) fn fails(&mut self, fault: &Change, mtbf: &Distribution, mttr: &Distribution) -> Applied {
        let rule =
            Rule { fault: fault.clone(), mtbf: mtbf.clone(), mttr: mttr.clone(), servers: 0, stopped: false };
        let node = self.node_of(fault)?;
        self.standing.chances.rules.push(rule);
        let rule = self.standing.chances.rules.len() - 1;
        match node {
            Some(node) => self.add_servers(rule, node),
            None => self.add_place(rule, fault.clone(), 0),
        }
        let (mtbf, mttr) = (mtbf.clone(), mttr.clone());
        Ok(Some(Change::End(Box::new(Change::Fails { fault: Box::new(fault.clone()), mtbf, mttr }))))
    }
    /// The process ends; what is down by it is repaired.
    pub(super) fn end_fails(&mut self, fault: &Change, mtbf: &Distribution, mttr: &Distribution) -> Applied {
        let rules = &mut self.standing.chances.rules;
        let same = |r: &Rule| !r.stopped && r.fault == *fault && r.mtbf == *mtbf && r.mttr == *mttr;
        let Some(at) = rules.iter().rposition(same) else { return Ok(Some(Change::Several(Vec::new()))) };
        rules[at].stopped = true;
        let mine = |p: &mut Place| if p.rule == at { p.repair.take() } else { None };
        let repairs: Vec<Change> = self.standing.chances.places.iter_mut().filter_map(mine).collect();
        for repair in &repairs {
            self.make(repair)?;
        }
        let (mtbf, mttr) = (mtbf.clone(), mttr.clone());
        Ok(Some(Change::Fails { fault: Box::new(fault.clone()), mtbf, mttr }))
    }
    /// The node whose servers fail each by itself; `None` = the fault hits one place.
    fn node_of(&self, fault: &Change) -> Result<Option<u16>, ChangeError> {
        let Some(target) = fault.target() else { return Ok(None) };
        let (_, host) = self.servers(target, "mtbf")?;
        Ok(if host.is_none() && target.replica.is_none() { self.ctx.find(&target.name) } else { None })
    }
    fn add_servers(&mut self, rule: usize, node: u16) {
        let n = &self.ctx.nodes[node as usize];
        let (name, all) = (n.name.to_string(), n.active);
        let fault = self.standing.chances.rules[rule].fault.clone();
        for k in self.standing.chances.rules[rule].servers..all {
            self.add_place(rule, fault.at(Target { name: name.clone(), replica: Some(k) }), k);
        }
        let rule = &mut self.standing.chances.rules[rule];
        rule.servers = rule.servers.max(all);
    }
    /// Servers that came later fail like the others.
    pub(super) fn chances_of_new_servers(&mut self, node: u16) {
        for rule in 0..self.standing.chances.rules.len() {
            let r = &self.standing.chances.rules[rule];
            if !r.stopped && r.servers > 0 && self.node_of(&r.fault).is_ok_and(|n| n == Some(node)) {
                self.add_servers(rule, node);
            }
        }
    }
    fn add_place(&mut self, rule: usize, fault: Change, replica: u16) {
        if self.standing.chances.places.len() >= MAX_PLACES {
            return;
        }
        // By name, kind of fault and server: another fault elsewhere changes nobody's luck.
        let names = fault.places().into_iter().fold(self.ctx.seed, |key, name| combine(key, name_key(name)));
        let mut key = combine(combine(names, name_key(fault.verb())), u64::from(replica));
        while self.standing.chances.places.iter().any(|p| p.key == key) {
            key = combine(key, 1);
        }
        let place = self.standing.chances.places.len();
        self.standing.chances.places.push(Place { rule, fault, key, count: 0, repair: None });
        let after = self.draw_turn(place);
        self.plan(after, ScheduledChange::Chance(place));
    }
    /// Draws when the place fails next, or is repaired.
    fn draw_turn(&mut self, place: usize) -> Time {
        let p = &mut self.standing.chances.places[place];
        let (rule, draw) = (&self.standing.chances.rules[p.rule], combine(p.key, p.count));
        p.count += 1;
        let after = match p.repair {
            Some(_) => rule.mttr.sample(Draw::new(draw, Purpose::Repair)),
            None => rule.mtbf.sample(Draw::new(draw, Purpose::Failure)),
        };
        self.ctx.now + after
    }
    /// A place fails, or is repaired.
    pub(super) fn chance(&mut self, place: usize) {
        let p = &mut self.standing.chances.places[place];
        if self.standing.chances.rules[p.rule].stopped {
            return;
        }
        let (fault, repair) = (p.fault.clone(), p.repair.take());
        match repair {
            Some(repair) => drop(self.try_out(&repair)),
            None => {
                let nothing = Change::Several(Vec::new());
                // A server that is not there any more fails unnoticed.
                let repair = self.make(&fault).ok().flatten().unwrap_or(nothing);
                self.standing.chances.places[place].repair = Some(repair);
            }
        }
        let next = self.draw_turn(place);
        self.plan(next, ScheduledChange::Chance(place));
    }
}
