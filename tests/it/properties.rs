//! What must hold in any system whatever: on random designs with random knobs, faults and edits.

mod dice;
mod twins;
mod world;

use fivenines::level::change::{parse, print};
use fivenines::session::timeline::{Timeline, replay};
use fivenines::sim::change::{Change, Target};
use fivenines::sim::component::Kind;
use fivenines::sim::simulation::{Progress, Report, Simulation};
use fivenines::sim::time::Time;
use fivenines::sim::value::Value;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use dice::Dice;
use world::{LENGTH, World};

/// A fixed number of cases keeps the suite quick, the same ones in every run; `CASES=n` looks at n new ones. A failure
/// names the seed of its world.
fn cases(n: u32) -> ProptestConfig {
    let asked = std::env::var("CASES").ok().map(|c| c.parse().unwrap());
    ProptestConfig {
        cases: asked.unwrap_or(n),
        rng_seed: if asked.is_some() { RngSeed::Random } else { RngSeed::Fixed(1) },
        max_shrink_iters: 0,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
fn start(world: &World) -> Simulation {
    Simulation::new(&world.topology, world.seed, &world.faults).unwrap()
}
/// The whole run; commands that the engine refuses change nothing.
fn whole(world: &World) -> Simulation {
    go_through(start(world), world)
}
fn go_through(mut run: Simulation, world: &World) -> Simulation {
    for (at, change) in &world.commands {
        run.advance(*at, u64::MAX);
        let _ = run.apply(change);
    }
    run.advance(LENGTH, u64::MAX);
    run
}
/// All that two runs must agree on.
fn state(run: &Simulation) -> (Time, u64, u64, u64, u32) {
    let report = run.report();
    (run.now(), run.digest(), report.system.arrivals, report.finished, report.calls)
}
fn failures(report: &Report) -> u64 {
    report.system.failed.iter().sum()
}

/// Nothing is lost, nothing is more than full.
fn possible(run: &Simulation) -> Result<(), TestCaseError> {
    let report = run.report();
    let (system, failed) = (&report.system, failures(&report));
    prop_assert_eq!(system.arrivals, system.completed + failed + u64::from(report.in_flight));
    prop_assert!(system.good <= system.completed);
    let sum =
        |of: fn(&fivenines::sim::metrics::FlowTotals) -> u64| report.classes.iter().map(|(_, c)| of(c)).sum();
    let (arrivals, completed): (u64, u64) = (sum(|c| c.arrivals), sum(|c| c.completed));
    let class_failures: u64 = sum(|c| c.failed.iter().sum());
    prop_assert_eq!((arrivals, completed, class_failures), (system.arrivals, system.completed, failed));
    for node in &report.nodes {
        let share = |u: Option<f64>| u.is_none_or(|u| (0.0..=1.0).contains(&u));
        prop_assert!(share(node.utilization), "{} is {:?} busy", node.name, node.utilization);
        prop_assert!(share(node.cpu_utilization), "{}: {:?} of its cores", node.name, node.cpu_utilization);
        prop_assert!(share(node.occupied_by_calls) && node.queue_mean >= 0.0);
        let totals = &node.totals;
        let ended = totals.completed + totals.failed.iter().sum::<u64>();
        if node.kind != Kind::Client {
            prop_assert_eq!(totals.arrivals, ended + u64::from(node.in_hand), "calls at {}", &node.name);
        }
    }
    // A window ends before the events of its last instant, so it is held against the other windows.
    let mut open = 0;
    for w in run.windows().iter() {
        open += i64::from(w.system.arrivals) - i64::from(w.system.completed + w.system.failures());
        prop_assert_eq!(open, i64::from(w.system.in_flight), "at {}", w.end);
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(32))]

    /// The general ways through the engine are the oracle of its short cuts.
    #[test]
    fn short_cuts_change_nothing(seed in any::<u64>(), wild in any::<bool>()) {
        let world = World::new(seed, wild);
        let quick = whole(&world);
        let mut slow = start(&world);
        slow.set_short_cuts(false);
        let slow = go_through(slow, &world);
        prop_assert_eq!(state(&quick), state(&slow));
        let all = |run: &Simulation| format!("{:?}\n{:?}\n{:?}", run.report(), run.windows(), run.traces());
        prop_assert!(all(&quick) == all(&slow), "they measured something else");
    }

    #[test]
    fn nothing_is_lost_and_nothing_more_than_full(seed in any::<u64>()) {
        let world = World::new(seed, true);
        let mut run = start(&world);
        for (at, change) in &world.commands {
            run.advance(*at, u64::MAX);
            possible(&run)?;
            let _ = run.apply(change);
            possible(&run)?;
        }
        run.advance(LENGTH, u64::MAX);
        possible(&run)?;
    }

    #[test]
    fn time_runs_forward_and_every_answer_ends_once(seed in any::<u64>()) {
        let world = World::new(seed, true);
        let mut run = start(&world);
        let (mut last, mut finished) = (Time::ZERO, 0);
        while run.now() < Time::from_secs(3) {
            let now = run.step();
            prop_assert!(now >= last, "{:?} after {:?}", now, last);
            last = now;
            if run.events().is_multiple_of(64) {
                let report = run.report();
                prop_assert!(report.finished >= finished);
                finished = report.finished;
            }
        }
    }

    #[test]
    fn slices_and_looking_do_not_matter(seed in any::<u64>()) {
        let world = World::new(seed, true);
        let mut dice = Dice::new(seed ^ 1);
        let mut run = start(&world);
        let mut slice_to = |run: &mut Simulation, end: Time| {
            while run.now() < end {
                let next = (run.now() + Time::from_ns(dice.between(1, 700_000_000))).min(end);
                while run.advance(next, dice.between(1, 400)) == Progress::OutOfEvents {}
                match dice.between(0, 3) {
                    0 => drop(run.snapshot()),
                    1 => drop(run.report()),
                    2 => *run = run.clone(),
                    _ => drop(run.windows()),
                }
            }
            while run.advance(end, 7) == Progress::OutOfEvents {}
        };
        for (at, change) in &world.commands {
            slice_to(&mut run, *at);
            let _ = run.apply(change);
        }
        slice_to(&mut run, LENGTH);
        prop_assert_eq!(state(&run), state(&whole(&world)));
        prop_assert_eq!(run.events(), whole(&world).events());
    }

    #[test]
    fn the_past_can_be_reached_and_gone_through_again(seed in any::<u64>()) {
        let world = World::new(seed, true);
        let mut dice = Dice::new(seed ^ 2);
        let mut line = Timeline::new(start(&world));
        for (at, change) in &world.commands {
            line.advance(*at, u64::MAX);
            let _ = line.apply(change);
        }
        line.advance(LENGTH, u64::MAX);
        let again = replay(line.start().clone(), line.log(), LENGTH).unwrap();
        prop_assert_eq!(state(&again), state(&line));
        let before = state(&line);
        let mut other = line.fork();
        let to = Time::from_ns(dice.between(0, LENGTH.ns()));
        let dropped = other.rewind(to).unwrap();
        prop_assert_eq!(other.log().len() + dropped, line.log().len());
        let early = replay(line.start().clone(), other.log(), to).unwrap();
        prop_assert_eq!(state(&early), state(&other));
        for logged in &line.log()[other.log().len()..] {
            other.advance(logged.at, u64::MAX);
            other.apply(&logged.change).unwrap();
        }
        other.advance(LENGTH, u64::MAX);
        prop_assert_eq!(state(&other), before);
        prop_assert_eq!(state(&line), before, "a fork leaves the first alone");
    }

    #[test]
    fn a_change_as_text_is_the_same_change(seed in any::<u64>()) {
        let world = World::new(seed, true);
        let mut run = start(&world);
        for (_, change) in &world.commands {
            // What the engine refuses, the reader may refuse too.
            if run.clone().apply(change).is_err() {
                continue;
            }
            let text = print(change, run.topology());
            prop_assert_eq!(&parse(&text, run.topology()).expect(&text), change, "{}", text);
            if let Ok(Some(back)) = run.apply(change) {
                let text = print(&back, run.topology());
                prop_assert_eq!(&parse(&text, run.topology()).expect(&text), &back, "{}", text);
            }
        }
        // Taking a part out and putting it back: all its knobs on one line.
        for (name, node) in &world.topology.nodes {
            let mut without = run.topology().clone();
            without.nodes.shift_remove(name);
            let add = Change::Add { name: name.clone(), node: node.clone() };
            let text = print(&add, &without);
            prop_assert_eq!(&parse(&text, &without).expect(&text), &add, "{}", text);
        }
    }

    #[test]
    fn what_was_begun_ends_when_nobody_asks_any_more(seed in any::<u64>()) {
        let mut world = World::new(seed, false);
        // A request whose packet was lost before there was a timeout waits for ever, by rule 3, and one that met a fault
        // which nobody ends waits for its end. Who tries again for ever may never get anywhere.
        let passes = |c: &Change| match c {
            Change::Set { knob: "retries", value: Some(Value::Group(rules)), .. } => rules.count("max").is_some(),
            Change::Set { knob, .. } => *knob != "loss",
            c => ["crash", "restore", "slow", "flush", "bad-release", "deploy"].contains(&c.verb()),
        };
        world.commands.retain(|(_, c)| passes(c));
        world.faults.retain(|f| passes(&f.change));
        let mut run = whole(&world);
        run.set_request_limit(0);
        run.advance(LENGTH + Time::from_secs(5), u64::MAX);
        for (name, node) in &world.topology.nodes {
            if node.kind != Kind::Client {
                let target = Target { name: name.clone(), replica: None };
                run.apply(&Change::Restore(target.clone())).unwrap();
                run.apply(&Change::Slow { target, factor: 1.0 }).unwrap();
            }
        }
        // The longest that a dozen attempts with a backoff that doubles take.
        run.advance(LENGTH + Time::from_secs(10_000), u64::MAX);
        let report = run.report();
        prop_assert_eq!((report.in_flight, report.calls), (0, 0));
        possible(&run)?;
    }
}
