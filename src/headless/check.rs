//! `check`: reads level files and proves them on several seeds, on all cores.

use std::io::Write;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Failure, library};
use crate::level::Level;
use crate::level::catalog::{self, LoadError};
use crate::level::gate::{Proof, prove};

/// Seeds that everything must hold on.
pub const SEEDS: u64 = 5;

/// Checks a file, the files of a directory, or the built-in levels; whether all is well.
pub fn check(path: Option<&Path>, color: bool, out: &mut dyn Write) -> Result<bool, Failure> {
    let mut well = true;
    let mut levels = Vec::new();
    match path {
        None => levels = library::built_in()?,
        Some(path) => {
            for file in library::level_files(path)? {
                match catalog::load(&file.to_string_lossy()) {
                    Ok(level) => levels.push(Arc::new(level)),
                    Err(LoadError::Faults(faults)) => {
                        writeln!(out, "{}", faults.render(color))?;
                        well = false;
                    }
                    Err(why) => return Err(Failure::input(why.to_string())),
                }
            }
        }
    }
    let mut all = Sum::default();
    for (level, runs) in levels.iter().zip(prove_all(&levels)) {
        let sum = print(level, &runs, out)?;
        writeln!(out, "{}: {}\n", level.id, sum.words())?;
        well &= sum.failed == 0;
        all.proofs += sum.proofs;
        all.failed += sum.failed;
    }
    if levels.len() > 1 {
        writeln!(out, "{} levels: {}", levels.len(), all.words())?;
    }
    out.flush()?;
    Ok(well)
}

/// The proofs of every level on every seed; each core takes the next job when it is free.
fn prove_all(levels: &[Arc<Level>]) -> Vec<Vec<(u64, Vec<Proof>)>> {
    let jobs: Vec<(usize, u64)> = (0..levels.len())
        .flat_map(|l| (0..SEEDS).map(move |s| (l, s)))
        .map(|(l, s)| (l, levels[l].seed.wrapping_add(s)))
        .collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let job = next.fetch_add(1, Ordering::Relaxed);
            let Some(&(level, seed)) = jobs.get(job) else { return done };
            done.push((job, (seed, prove(&levels[level], seed))));
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get).min(jobs.len());
    let mut done: Vec<(usize, (u64, Vec<Proof>))> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|w| w.join().unwrap_or_default()).collect()
    });
    done.sort_by_key(|(job, _)| *job);
    let mut all: Vec<_> = levels.iter().map(|_| Vec::new()).collect();
    for (job, run) in done {
        all[jobs[job].0].push(run);
    }
    all
}

/// How many proofs there are, and how many fail.
#[derive(Default)]
struct Sum {
    proofs: usize,
    failed: usize,
}

impl Sum {
    /// `65 proofs on 5 seeds hold`.
    fn words(&self) -> String {
        let proofs = if self.proofs == 1 { "proof" } else { "proofs" };
        match self.failed {
            0 if self.proofs == 1 => format!("1 proof on {SEEDS} seeds holds"),
            0 => format!("{} {proofs} on {SEEDS} seeds hold", self.proofs),
            failed => format!("{failed} of {} {proofs} on {SEEDS} seeds FAIL", self.proofs),
        }
    }
}

/// One line a proof; a failed one with what each seed showed.
fn print(level: &Level, runs: &[(u64, Vec<Proof>)], out: &mut dyn Write) -> Result<Sum, Failure> {
    let mut names: Vec<&str> = Vec::new();
    for proof in runs.iter().flat_map(|(_, proofs)| proofs) {
        if !names.contains(&proof.name.as_str()) {
            names.push(&proof.name);
        }
    }
    let complete = runs.len() as u64 == SEEDS;
    let mut sum = Sum { proofs: names.len(), failed: usize::from(!complete) };
    writeln!(out, "{}", level.id)?;
    if !complete {
        writeln!(out, "  FAIL  a run broke down; please report it")?;
    }
    for name in names {
        let found: Vec<(u64, &Proof)> = runs
            .iter()
            .flat_map(|(seed, proofs)| proofs.iter().map(move |p| (*seed, p)))
            .filter(|(_, p)| p.name == name)
            .collect();
        let Some((_, first)) = found.first() else { continue };
        let same = found.iter().all(|(_, p)| p.got == first.got);
        let failed = found.iter().any(|(_, p)| !p.ok) || (first.constant && !same);
        sum.failed += usize::from(failed);
        if failed {
            writeln!(out, "  FAIL  {name}: must be: {}", first.expected)?;
            for (seed, proof) in &found {
                let mark = if proof.ok { "ok  " } else { "FAIL" };
                writeln!(out, "          {mark} seed {seed}: {}", proof.got)?;
            }
        } else {
            let range =
                if same { first.got.clone() } else { format!("{}, as one of {}", first.got, found.len()) };
            writeln!(out, "  ok    {name}: {range}")?;
        }
    }
    Ok(sum)
}
