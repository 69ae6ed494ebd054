//! Random systems: clients, perhaps a balancer, services in layers, database, cache, broker; and random changes of them.
//!
//! ```text
//! users-N -> (lb ->) front-N -> back-N -> db, cache + db, queue -> worker
//! ```

use fivenines::level::check::references;
use fivenines::sim::change::{Change, Target, TimedChange};
use fivenines::sim::component::{Kind, LINK_KNOBS};
use fivenines::sim::time::Time;
use fivenines::sim::topology::{LinkSpec, NodeSpec, Size, Topology};
use fivenines::sim::value::{Knobs, Raw};
use indexmap::IndexMap;

use super::dice::{Dice, table, text};

/// A system and what will happen to it.
pub struct World {
    pub topology: Topology,
    pub seed: u64,
    /// Planned before the start.
    pub faults: Vec<TimedChange>,
    /// Made by hand, in the order of their times.
    pub commands: Vec<(Time, Change)>,
}

/// Length of the runs.
pub const LENGTH: Time = Time::from_secs(8);

impl World {
    /// `wild`: any knob of any datasheet may have any value; else only what the shape of the system needs.
    pub fn new(seed: u64, wild: bool) -> Self {
        let mut dice = Dice::new(seed);
        let mut topology = design(&mut dice, wild);
        // Knobs may contradict each other; such a design is no design.
        for attempt in 1.. {
            if references(&topology).is_empty() {
                break;
            }
            topology = design(&mut dice, wild && attempt < 20);
        }
        let mut world = Self { topology, seed: dice.bits(), faults: Vec::new(), commands: Vec::new() };
        for _ in 0..dice.between(0, 4) {
            let lasts = dice.chance(0.5).then(|| Time::from_ms(dice.between(1, 3000)));
            let at = Time::from_ms(dice.between(0, 7000));
            world.faults.extend(world.trouble(&mut dice).map(|change| TimedChange { at, lasts, change }));
        }
        let mut at = Time::ZERO;
        for _ in 0..dice.between(0, 6) {
            at += Time::from_ns(dice.between(0, 1_300_000_000));
            let change = if dice.chance(0.5) { world.trouble(&mut dice) } else { world.edit(&mut dice) };
            world.commands.extend(change.map(|change| (at, change)));
        }
        world
    }
    /// A part that is no client.
    fn part(&self, dice: &mut Dice) -> (String, NodeSpec) {
        let parts: Vec<_> = self.topology.nodes.iter().filter(|(_, n)| n.kind != Kind::Client).collect();
        let (name, node) = dice.pick(&parts);
        (name.clone(), node.clone())
    }
    fn trouble(&self, dice: &mut Dice) -> Option<Change> {
        let (name, node) = self.part(dice);
        let one = dice.chance(0.5).then(|| (dice.bits() % u64::from(node.servers())) as u16);
        let target = Target { name: name.clone(), replica: one };
        Some(match dice.between(0, 15) {
            0 | 1 => Change::Crash(target),
            2 => Change::Restore(target),
            3 => Change::Slow { target, factor: dice.between(1, 6) as f64 },
            4 => Change::Hang(target),
            5 => Change::Pause(target),
            6 => Change::Drain(target),
            7 => Change::Loss { target: self.wire(dice), share: dice.between(0, 10) as f64 / 10.0 },
            8 => Change::Delay { target: self.wire(dice), by: Time::from_ms(dice.between(0, 300)) },
            9 => Change::Stall { target: self.wire(dice) },
            10 => self.partition(dice)?,
            11 => Change::BadRelease { name, errors: dice.between(0, 5) as f64 / 10.0, factor: 2.0 },
            12 => Change::Deploy { name },
            _ if node.kind == Kind::Cache => Change::Flush { name },
            _ if node.kind == Kind::Database => Change::DiskFull(target),
            _ => return None,
        })
    }
    /// A part, or a link.
    fn wire(&self, dice: &mut Dice) -> String {
        if dice.chance(0.5) && !self.topology.links.is_empty() {
            let link = dice.pick(&self.topology.links);
            return format!("{}->{}", link.from, link.to);
        }
        self.part(dice).0
    }
    fn partition(&self, dice: &mut Dice) -> Option<Change> {
        let (a, b) = (self.part(dice).0, self.part(dice).0);
        let side = |name| vec![Target { name, replica: None }];
        (a != b).then(|| Change::Partition { groups: vec![side(a), side(b)] })
    }
    /// Sets a knob that may change while the system runs, of a node or of a link.
    fn edit(&self, dice: &mut Dice) -> Option<Change> {
        let (target, knobs) = if dice.chance(0.3) && !self.topology.links.is_empty() {
            let link = dice.pick(&self.topology.links);
            (format!("{}->{}", link.from, link.to), LINK_KNOBS.iter().collect::<Vec<_>>())
        } else {
            let names: Vec<_> = self.topology.nodes.keys().collect();
            let name = dice.pick(&names);
            (name.clone(), self.topology.nodes[name].kind.knob_tables().into_iter().flatten().collect())
        };
        let live: Vec<_> = knobs.into_iter().filter(|k| k.live).collect();
        let knob = dice.pick(&live);
        let value = knob.shape.read(&dice.value(knob)?).ok()?;
        Some(Change::Set { target, knob: knob.name, value: Some(value) })
    }
}

fn design(dice: &mut Dice, wild: bool) -> Topology {
    let size = |name: &str, cores: u32| Size {
        name: name.into(),
        cores,
        memory_gib: 4 * cores,
        usd_per_month: 36.0,
        database_usd_per_month: 62.0,
        cache_usd_per_month: 57.0,
    };
    let mut t = Topology { sizes: vec![size("s", 1), size("m", 2), size("l", 4)], ..Topology::default() };
    let (fronts, backs, clients) = (dice.between(1, 2), dice.between(0, 2), dice.between(1, 3));
    let (balanced, cached, queued) = (dice.chance(0.6), dice.chance(0.5), dice.chance(0.4));
    let name = |what: &str, n: u64| format!("{what}-{n}");
    for n in 1..=clients {
        let fixed = [("classes", classes(dice, n)), ("rate", text(&format!("{}/s", dice.between(5, 60))))];
        node(&mut t, dice, &name("users", n), Kind::Client, &fixed, wild);
        let to = if balanced { "lb".into() } else { name("front", dice.between(1, fronts)) };
        link(&mut t, dice, &name("users", n), &to, wild);
    }
    if balanced {
        node(&mut t, dice, "lb", Kind::LoadBalancer, &[], wild);
    }
    for n in 1..=fronts {
        let mut calls: Vec<Raw> = (1..=backs).map(|k| step(dice, &name("back", k), &[])).collect();
        if backs == 0 || dice.chance(0.5) {
            calls.push(data(dice, cached));
        }
        if queued {
            calls.push(step(dice, "queue", &[("mode", text("publish"))]));
        }
        let fixed = [("calls", Raw::List(calls)), ("replicas", Raw::Number(dice.between(1, 3) as f64))];
        node(&mut t, dice, &name("front", n), Kind::Service, &fixed, wild);
        if balanced {
            link(&mut t, dice, "lb", &name("front", n), wild);
        }
    }
    for n in 1..=backs {
        let calls = if dice.chance(0.7) { vec![data(dice, cached)] } else { Vec::new() };
        node(&mut t, dice, &name("back", n), Kind::Service, &[("calls", Raw::List(calls))], wild);
    }
    let copies = Raw::Number(dice.between(0, 2) as f64);
    node(&mut t, dice, "db", Kind::Database, &[("replicas", copies)], wild);
    if cached {
        node(&mut t, dice, "cache", Kind::Cache, &[], wild);
    }
    if queued {
        node(&mut t, dice, "queue", Kind::Broker, &[], wild);
        node(&mut t, dice, "worker", Kind::Service, &[("consumes", text("queue"))], wild);
    }
    t
}

/// A node with the knobs that it must have and, if `wild`, some of the others.
fn node(t: &mut Topology, dice: &mut Dice, name: &str, kind: Kind, fixed: &[(&str, Raw)], wild: bool) {
    let mut raw: IndexMap<String, Raw> = fixed.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
    for knob in kind.knob_tables().into_iter().flatten() {
        let work = ["work", "read", "write"].contains(&knob.name);
        if raw.contains_key(knob.name) || !(work || (wild && dice.chance(0.35))) {
            continue;
        }
        let value = dice.value(knob).filter(|v| knob.shape.read(v).is_ok());
        raw.extend(value.map(|v| (knob.name.to_owned(), v)));
    }
    let knobs = Knobs::check(&kind.knob_tables(), &raw).unwrap();
    t.nodes.insert(name.to_owned(), NodeSpec { kind, knobs });
}

fn link(t: &mut Topology, dice: &mut Dice, from: &str, to: &str, wild: bool) {
    let mut raw = IndexMap::from([("latency".to_owned(), dice.distribution())]);
    for knob in LINK_KNOBS.iter().filter(|k| k.name != "latency") {
        if wild && dice.chance(0.35) {
            let value = dice.value(knob).filter(|v| knob.shape.read(v).is_ok());
            raw.extend(value.map(|v| (knob.name.to_owned(), v)));
        }
    }
    let knobs = Knobs::check(&[LINK_KNOBS], &raw).unwrap();
    t.links.push(LinkSpec { from: from.to_owned(), to: to.to_owned(), knobs });
}

fn classes(dice: &mut Dice, client: u64) -> Raw {
    let share = dice.between(1, 9) as f64 / 10.0;
    let keys = || table([("zipf", Raw::Number(1.0)), ("of", Raw::Number(300.0))]);
    let class = |share: f64, write: bool| {
        table([("share", Raw::Number(share)), ("write", Raw::Bool(write)), ("keys", keys())])
    };
    let (read, write) = (format!("read-{client}"), format!("write-{client}"));
    table([(read.as_str(), class(share, false)), (write.as_str(), class(1.0 - share, true))])
}

fn step(dice: &mut Dice, to: &str, more: &[(&str, Raw)]) -> Raw {
    let mut rows = vec![("to", text(to)), ("times", Raw::Number(dice.between(1, 2) as f64))];
    if dice.chance(0.4) {
        rows.push(("share", Raw::Number(dice.between(1, 9) as f64 / 10.0)));
    }
    rows.extend(more.iter().cloned());
    table(rows)
}
fn data(dice: &mut Dice, cached: bool) -> Raw {
    if cached && dice.chance(0.7) {
        step(dice, "cache", &[("on_miss", text("db"))])
    } else {
        step(dice, "db", &[])
    }
}
