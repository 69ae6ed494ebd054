//! Parses the command line, chooses the frontend, prints the error.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::Parser;
use fivenines::cli::{Cli, Command, Look};
use fivenines::headless::{self, Failure};
use fivenines::tui::theme::ThemeKind;
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
        None => play(None, &cli.look),
        Some(Command::Play { level }) => play(level.clone(), &cli.look),
        Some(Command::Run(args)) => headless::run::run(args, out),
        Some(Command::Replay(args)) => {
            for warning in headless::replay::replay(args, out)? {
                eprintln!("fivenines: {warning}");
            }
            Ok(true)
        }
        Some(Command::List) => headless::list::list(out).map(|()| true),
        Some(Command::Check { path }) => headless::check::check(path.as_deref(), colored(&cli.look), out),
        Some(Command::Glossary { word }) => {
            headless::glossary::glossary_of(&word.join(" "), out).map(|()| true)
        }
        Some(Command::Progress) => {
            if let Some(warning) = headless::list::progress(out)? {
                eprintln!("fivenines: {warning}");
            }
            Ok(true)
        }
    }
}

/// Colours are for terminals whose user did not refuse them.
fn colored(look: &Look) -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    !look.no_color && !refused && io::stdout().is_terminal()
}

fn play(level: Option<String>, look: &Look) -> Result<bool, Failure> {
    let theme = look.theme.as_deref().map_or(Ok(ThemeKind::Dark), str::parse).map_err(Failure::input)?;
    let options = Options {
        level,
        ascii: look.ascii,
        color: !look.no_color,
        motion: !look.no_motion,
        theme,
        fps: look.fps.map_or(30, |fps| fps.min(120) as u8),
    };
    tui::run(options).map(|()| true).map_err(|error| Failure::input(error.to_string()))
}
