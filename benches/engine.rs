//! Speed of the engine: the three-tier workload of `w2.toml`, from empty, and the picture that a frame asks for.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use fivenines::level::Level;
use fivenines::level::catalog;
use fivenines::level::check::check;
use fivenines::session::timeline::Timeline;
use fivenines::sim::simulation::Simulation;
use fivenines::sim::time::Time;

/// Simulated seconds of one iteration.
const SECONDS: u64 = 20;
/// Requests that arrive a second, as the file says.
const RATE: u64 = 400;

fn level() -> Level {
    check(include_str!("w2.toml"), "w2.toml").expect("the workload is a valid level")
}

fn start(level: &Level) -> Simulation {
    Simulation::new(&level.topology, level.seed, &level.faults).expect("the workload can run")
}

/// Requests a second, from an empty system.
fn requests(c: &mut Criterion) {
    let level = level();
    let mut group = c.benchmark_group("three tiers");
    group.throughput(Throughput::Elements(SECONDS * RATE));
    group.bench_function("requests", |b| {
        b.iter_batched_ref(
            || start(&level),
            |simulation| simulation.advance(Time::from_secs(SECONDS), u64::MAX),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

/// What a frame costs: the snapshot, and a copy of the whole run for rewind and twins.
fn pictures(c: &mut Criterion) {
    let mut simulation = start(&level());
    simulation.advance(Time::from_secs(SECONDS), u64::MAX);
    let mut group = c.benchmark_group("three tiers");
    group.bench_function("snapshot", |b| b.iter(|| black_box(simulation.snapshot())));
    group.bench_function("clone", |b| b.iter(|| black_box(simulation.clone())));
    group.finish();
}

/// The same for the largest built-in level after its whole minute, at the start of its busiest scene.
fn largest_level(c: &mut Criterion) {
    let level = catalog::load("microservices").expect("the level is valid");
    let mut group = c.benchmark_group("level 5");
    let largest =
        level.topologies.iter().max_by_key(|(_, t)| t.nodes.len()).expect("its scenes have designs");
    for (name, topology) in [("base", &level.topology), (largest.0.as_str(), largest.1)] {
        let mut simulation = Simulation::new(topology, level.seed, &[]).expect("the level can run");
        simulation.advance(Time::from_secs(600), u64::MAX);
        group.bench_function(format!("{name}: snapshot"), |b| b.iter(|| black_box(simulation.snapshot())));
        group.bench_function(format!("{name}: clone"), |b| b.iter(|| black_box(simulation.clone())));
        let mut line = Timeline::new(Simulation::new(topology, level.seed, &[]).expect("the level can run"));
        line.advance(Time::from_secs(600), u64::MAX);
        // Instants all over the run, one after the other; the widest gap decides, so the mean says less than the most.
        let mut second = 0;
        group.sample_size(10).bench_function(format!("{name}: rewind"), |b| {
            b.iter_batched_ref(
                || {
                    second = (second + 37) % 600;
                    (line.fork(), Time::from_secs(second))
                },
                |(line, to)| line.rewind(*to),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, requests, pictures, largest_level);
criterion_main!(benches);
