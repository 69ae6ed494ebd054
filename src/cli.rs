//! The command line: definitions only.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::sim::quantity::Quantity;
use crate::sim::time::Time;

/// Learn system design in a terminal, on a live simulation.
#[derive(Parser, Debug)]
#[command(name = "fivenines", version, about, after_help = EXAMPLES, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do; nothing = the course, where you left it.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How the screen looks.
    #[command(flatten)]
    pub look: Look,
}

const EXAMPLES: &str = "\
Examples:
  fivenines                         the course, where you left it
  fivenines play 3                  level 3: the load balancer
  fivenines play 3 --plain < answers.txt
  fivenines sandbox                 what if? a system of your own to change and break
  fivenines present 3               the same on a projector
  fivenines notes 3                 what the speaker wants to know
  fivenines list                    the five levels
  fivenines run load-balancer --set web.replicas=5 --format json
  fivenines run shop.toml --duration 10m --warmup 30s --seed 3
  fivenines new my-level            a level of your own to start from
  fivenines check levels            prove that levels teach what they say
  fivenines glossary hot key        what a word means, and where to read on
  fivenines config > my.toml        theme and keys, to change and to keep as ~/.config/fivenines/config.toml

A level is named by its number or its id. Exit codes: 0 success, 1 goals missed or faults found, 2 bad usage or input.";

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Play a level, or a topology of your own.
    Play {
        /// Number or id of a level, or a file; nothing = where you left off.
        #[arg(value_name = "LEVEL|FILE")]
        level: Option<String>,
        /// As flat text with typed answers: for screen readers, logs and pipes.
        #[arg(long)]
        plain: bool,
    },
    /// A running system without a task: change anything, break anything, take it back.
    Sandbox {
        /// A level or a file whose system to play with; nothing = a small shop.
        #[arg(value_name = "LEVEL|FILE")]
        level: Option<String>,
    },
    /// Present a level on a projector: one key forward, one key back.
    Present {
        /// Number or id of a level, or a file; nothing = level 1.
        #[arg(value_name = "LEVEL|FILE")]
        level: Option<String>,
    },
    /// The speaker's notes of a level, for a second terminal.
    Notes {
        /// Number or id of a level, or a file; nothing = level 1.
        #[arg(value_name = "LEVEL|FILE")]
        level: Option<String>,
    },
    /// Run a level or a file without a screen and report what it measured.
    Run(RunArgs),
    /// Repeat a run from its code, and report what it measured.
    Replay(ReplayArgs),
    /// The levels: number, id, title, question.
    List,
    /// Check level files: syntax, and that each run shows what the level says.
    Check {
        /// A file, or a directory of files; nothing = the built-in levels.
        #[arg(value_name = "FILE|DIR")]
        path: Option<PathBuf>,
    },
    /// Write a level to start from, NAME.toml: small, proven, every key explained.
    New(NewArgs),
    /// Print the JSON Schema of level files, from which editors complete and explain.
    Schema,
    /// The words of the course: all names, or what one of them means.
    Glossary {
        /// A word or several; nothing = the names of all entries.
        #[arg(value_name = "WORD")]
        word: Vec<String>,
    },
    /// What you have reached.
    Progress(ProgressArgs),
    /// The settings that count now, as a file to keep: looks and keys.
    Config,
}

/// How the screen looks.
#[derive(Args, Clone, Debug)]
pub struct Look {
    /// Draw with ASCII characters only.
    #[arg(long, global = true)]
    pub ascii: bool,
    /// No colours (as the variable `NO_COLOR`).
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Nothing moves by itself.
    #[arg(long, global = true)]
    pub no_motion: bool,
    /// auto, dark, light, high-contrast, colour-blind or none; auto is dark or light, as the terminal is.
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// Most frames per second.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=120))]
    pub fps: Option<u16>,
}

/// Arguments of `run`.
#[derive(Args, Clone, Debug)]
#[command(after_help = RUN_EXAMPLES)]
pub struct RunArgs {
    /// A file, or a level by number or id; `LEVEL/SCENE` or `LEVEL/VARIANT` for a part of it. A level without a part runs its challenge.
    #[arg(value_name = "FILE|LEVEL[/SCENE|/VARIANT]")]
    pub what: String,
    /// Set a knob, as `web.replicas=5`, `users.rate=900/s`, `users->lb.timeout=2s`.
    #[arg(long = "set", value_name = "NODE.KNOB=VALUE")]
    pub set: Vec<String>,
    /// How long to run, as `10m`; default: as the file says.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub duration: Option<Time>,
    /// Start that does not count, as `30s`; default: as the file says.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub warmup: Option<Time>,
    /// Seed of the run; default: the level's.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Run the design of this solution of the level.
    #[arg(long, value_name = "NAME")]
    pub solution: Option<String>,
    /// Report each simulated second too.
    #[arg(long)]
    pub windows: bool,
    /// Show what queueing theory predicts for each node, and whether its assumptions are met.
    #[arg(long)]
    pub theory: bool,
    /// Stop when so many counted requests have come and ended, instead of at a time.
    #[arg(long, value_name = "N", conflicts_with = "duration")]
    pub requests: Option<u64>,
    /// So many requests come first and do not count.
    #[arg(long, value_name = "N", requires = "requests", conflicts_with = "warmup")]
    pub warmup_requests: Option<u64>,
    /// Print the code from which `replay` repeats this run.
    #[arg(long, conflicts_with = "requests")]
    pub code: bool,
    /// How to print the report.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Arguments of `replay`.
#[derive(Args, Clone, Debug)]
pub struct ReplayArgs {
    /// A run code, `fn1-...`.
    #[arg(value_name = "CODE")]
    pub code: String,
    /// The level's file, where the level is not built in.
    #[arg(value_name = "FILE")]
    pub file: Option<String>,
    /// How to print the report.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Arguments of `new`.
#[derive(Args, Clone, Debug)]
pub struct NewArgs {
    /// Its name: small letters, digits and dashes, a letter first.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Print it instead of writing a file.
    #[arg(long)]
    pub stdout: bool,
}

/// Arguments of `progress`.
#[derive(Args, Clone, Debug)]
pub struct ProgressArgs {
    /// Begin anew: asks first, and keeps the old file.
    #[arg(long, conflicts_with = "export")]
    pub reset: bool,
    /// With `--reset`: do not ask.
    #[arg(long, requires = "reset")]
    pub yes: bool,
    /// Write an account of it for people, with every scene: into FILE, or to stdout.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    pub export: Option<Option<PathBuf>>,
}

const RUN_EXAMPLES: &str = "\
Examples:
  fivenines run 3 --solution NAME --format json
  fivenines run load-balancer/crash --seed 4
  fivenines run mm1.toml --requests 200000 --warmup-requests 20000 --format json";

/// How to print the report.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

fn time(text: &str) -> Result<Time, String> {
    match Quantity::parse(text) {
        Some(Quantity::Time(s)) if (0.0..=LONGEST_RUN_S).contains(&s) => Ok(Time::from_secs_f64(s)),
        Some(Quantity::Time(_)) => Err("a time from 0s to 365d".into()),
        Some(Quantity::Number(n)) => Err(format!("a time needs its unit, as `{n}s`")),
        _ => Err("expected a length of time, as `90s` or `10m`".into()),
    }
}

/// Longest run, seconds: a year.
const LONGEST_RUN_S: f64 = 365.0 * 86_400.0;

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn times_need_units() {
        assert_eq!(time("10m"), Ok(Time::from_secs(600)));
        assert!(time("10").unwrap_err().contains("unit"));
        assert!(time("-1s").is_err() && time("soon").is_err() && time("9999d").is_err());
    }
}
