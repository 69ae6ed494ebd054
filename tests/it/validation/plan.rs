//! What is run for a case: independent jobs, shared out among the cores, their results averaged.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::bench::{Outcome, System};
use super::case::Case;

/// How long a case takes: in the tests of every day, or only when all cases are run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Speed {
    Quick,
    Slow,
}

/// Says what is run for a case.
pub type Planner = fn(&Case) -> Plan;

/// A value that a job measured.
#[derive(Clone, PartialEq, Debug)]
pub struct Sample {
    /// As the case writes it, with its parameter: `sojourn_mean(rho=0.9)`.
    pub metric: String,
    pub at: String,
    pub value: f64,
}

impl Sample {
    pub fn new(metric: impl Into<String>, at: impl Into<String>, value: f64) -> Self {
        Self { metric: metric.into(), at: at.into(), value }
    }
}

type Job = Box<dyn Fn() -> Vec<Sample> + Send + Sync>;

/// The jobs of a case.
#[derive(Default)]
pub struct Plan {
    pub jobs: Vec<Job>,
    /// Metrics whose values over the jobs are combined as root of the mean square instead of as mean.
    pub squared: &'static [&'static str],
    /// What is made of the means, where a metric takes more than its mean.
    pub finish: Option<Finish>,
}

type Finish = Box<dyn Fn(Vec<Sample>) -> Vec<Sample> + Send + Sync>;

impl Plan {
    /// One job for every replication, with its seed.
    pub fn repeated(case: &Case, job: impl Fn(u64) -> Vec<Sample> + Send + Sync + Clone + 'static) -> Self {
        let mut plan = Self::default();
        for seed in 1..=case.run().replications {
            let job = job.clone();
            plan.jobs.push(Box::new(move || job(seed)));
        }
        plan
    }
    /// No run: values by calculation.
    pub fn calculated(values: Vec<Sample>) -> Self {
        Self { jobs: vec![Box::new(move || values.clone())], ..Self::default() }
    }
    /// One run of each system and replication, as long as the case says; `read` takes the values out of it.
    pub fn runs(
        case: &Case,
        systems: Vec<(&'static str, System)>,
        read: impl Fn(&Case, &'static str, &Outcome) -> Vec<Sample> + Send + Sync + Clone + 'static,
    ) -> Self {
        let mut plan = Self::default();
        for (label, system) in systems {
            for seed in 1..=case.run().replications {
                let (case, system, read) = (case.clone(), system.clone(), read.clone());
                plan.jobs.push(Box::new(move || read(&case, label, &system.run(&case.run(), seed))));
            }
        }
        plan
    }
    /// As `runs`, for cases whose metrics have their usual names. A system's label is its parameter (`rho=0.9`), its
    /// variant (`random`), or empty; `places` gives the node for a place of the case, which else is a node's name.
    pub fn standard(
        case: &Case,
        systems: Vec<(&'static str, System)>,
        places: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self::runs(case, systems, move |case, label, outcome| usual(case, label, outcome, places))
    }
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.jobs.extend(other.jobs);
        self
    }
}

/// The metrics of a case that belong to one of its runs and have usual names.
pub fn usual(case: &Case, label: &str, outcome: &Outcome, places: &[(&str, &str)]) -> Vec<Sample> {
    let mut samples = Vec::new();
    for e in &case.expected {
        let (name, of) = e.parts();
        let place = places.iter().find(|(at, _)| *at == e.at).map_or(e.at.as_str(), |(_, node)| node);
        if (label.is_empty() || of == label || (of.is_empty() && e.at == label))
            && let Some(value) = outcome.metric(place, name)
        {
            samples.push(Sample::new(&e.metric, &e.at, value));
        }
    }
    samples
}

/// The values of a case, each the mean over its jobs.
pub type Measured = Vec<Sample>;

/// Carries out all plans on all cores. Jobs are begun in order, so the result does not depend on how many there are.
pub fn measure(plans: Vec<Plan>) -> Vec<Measured> {
    let jobs: Vec<(usize, &Job)> =
        plans.iter().enumerate().flat_map(|(i, p)| p.jobs.iter().map(move |job| (i, job))).collect();
    let results: Vec<Mutex<Vec<Sample>>> = jobs.iter().map(|_| Mutex::default()).collect();
    let next = AtomicUsize::new(0);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some((_, job)) = jobs.get(i) else { break };
                    *results[i].lock().unwrap() = job();
                }
            });
        }
    });
    let mut measured: Vec<Vec<Sample>> = plans.iter().map(|_| Vec::new()).collect();
    for ((plan, _), samples) in jobs.iter().zip(results) {
        measured[*plan].extend(samples.into_inner().unwrap());
    }
    let means = measured.into_iter().zip(&plans).map(|(samples, plan)| {
        let means = combine(samples, plan.squared);
        plan.finish.as_ref().map_or_else(|| means.clone(), |finish| finish(means.clone()))
    });
    means.collect()
}

fn combine(samples: Vec<Sample>, squared: &[&str]) -> Measured {
    let mut all: Vec<(Sample, f64)> = Vec::new();
    for s in samples {
        let value = if squared.contains(&s.metric.as_str()) { s.value * s.value } else { s.value };
        match all.iter_mut().find(|(t, _)| t.metric == s.metric && t.at == s.at) {
            Some((t, n)) => {
                t.value += value;
                *n += 1.0;
            }
            None => all.push((Sample { value, ..s }, 1.0)),
        }
    }
    let finish = |(s, n): (Sample, f64)| {
        let mean = s.value / n;
        let value = if squared.contains(&s.metric.as_str()) { mean.sqrt() } else { mean };
        Sample { value, ..s }
    };
    all.into_iter().map(finish).collect()
}
