//! Parses the command line, chooses the frontend, prints the error.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use fivenines::cli::{Cli, Command, Look};
use fivenines::headless::narrator::{self, Talk};
use fivenines::headless::{self, Failure};
use fivenines::tui::config::Config;
use fivenines::tui::options::MOST_FPS;
use fivenines::tui::theme::Choice;
use fivenines::tui::{self, Options};

/// Goals missed, faults found.
const MISSED: u8 = 1;
/// Bad usage or input, or the output cannot be written.
const BAD: u8 = 2;

fn main() -> ExitCode {
    if let Err(report) = color_eyre::install() {
        eprintln!("fivenines: {report}");
    }
    let cli = Cli::parse();
    match dispatch(&cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(MISSED),
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("fivenines: {failure}");
            ExitCode::from(BAD)
        }
    }
}

/// Does what was asked; whether all went well.
fn dispatch(cli: &Cli) -> Result<bool, Failure> {
    let out = &mut io::BufWriter::new(io::stdout().lock());
    match &cli.command {
        None => play(None, narrated(), &cli.look, out),
        Some(Command::Play { level, plain }) => play(level.clone(), *plain || narrated(), &cli.look, out),
        Some(Command::Sandbox { level }) => {
            let shown = tui::sandbox(options(level.clone(), &cli.look)?);
            shown.map(|()| true).map_err(|error| Failure::input(error.to_string()))
        }
        Some(Command::Present { level }) => {
            let shown = tui::present(options(level.clone(), &cli.look)?);
            shown.map(|()| true).map_err(|error| Failure::input(error.to_string()))
        }
        Some(Command::Notes { level }) => headless::notes::notes(level.as_deref(), out).map(|()| true),
        Some(Command::Run(args)) => headless::run::run(args, out),
        Some(Command::Replay(args)) => headless::replay::replay(args, out).map(say),
        Some(Command::List) => headless::list::list(out).map(|()| true),
        Some(Command::Check { path }) => headless::check::check(path.as_deref(), colored(&cli.look), out),
        Some(Command::New(args)) => headless::new::new(args, out).map(say),
        Some(Command::Schema) => headless::schema::schema(out).map(|()| true),
        Some(Command::Glossary { word }) => {
            headless::glossary::glossary_of(&word.join(" "), out).map(|()| true)
        }
        Some(Command::Config) => {
            tui::config::print(&options(None, &cli.look)?, out).map(|()| true).map_err(Failure::from)
        }
        Some(Command::Progress(args)) => headless::progress::progress(args, &ask, out).map(say),
    }
}

/// What is not data goes to stderr.
fn say(words: Vec<String>) -> bool {
    for words in words {
        eprintln!("fivenines: {words}");
    }
    true
}

/// Asks at the terminal; `None` = nobody is there to answer.
fn ask(question: &str) -> Option<bool> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return None;
    }
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    let heard = io::stdin().read_line(&mut answer).is_ok();
    Some(heard && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

/// Colours are for terminals whose user did not refuse them.
fn colored(look: &Look) -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    !look.no_color && !refused && io::stdout().is_terminal()
}

/// Nobody would see a screen: the lesson is told as text.
fn narrated() -> bool {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    dumb || !io::stdout().is_terminal() || !io::stdin().is_terminal()
}

fn play(level: Option<String>, plain: bool, look: &Look, out: &mut dyn Write) -> Result<bool, Failure> {
    if plain {
        let talk = Talk { echo: !io::stdin().is_terminal() };
        if let Some(warning) = narrator::play(level.as_deref(), talk, &mut io::stdin().lock(), out)? {
            eprintln!("fivenines: {warning}");
        }
        return Ok(true);
    }
    tui::run(options(level, look)?).map(|()| true).map_err(|error| Failure::input(error.to_string()))
}

/// What the file of settings, the environment and the command line say about the screen, the later before the earlier.
fn options(level: Option<String>, look: &Look) -> Result<Options, Failure> {
    let mut options = Options { level, ..Options::default() };
    Config::load().map_err(|error| Failure::input(error.to_string()))?.apply(&mut options);
    let choice: Option<Choice> = look.theme.as_deref().map(str::parse).transpose().map_err(Failure::input)?;
    if let Some(choice) = choice {
        options.choose(choice);
    }
    options = options.for_environment(|name| std::env::var(name).ok());
    // Who names a theme wants to see it, whatever the file and the environment say about colours.
    options.color |= matches!(choice, Some(Choice::Theme(_)));
    options.color &= !look.no_color;
    options.ascii |= look.ascii;
    options.motion &= !look.no_motion;
    options.fps = look.fps.map_or(options.fps, |fps| fps.min(u16::from(MOST_FPS)) as u8);
    Ok(options)
}
