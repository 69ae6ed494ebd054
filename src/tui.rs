//! THE WINDOWS: the program in the terminal. Sends `Command`s to a session and draws its pictures; nothing here
//! can change what a run does.

pub mod app;
pub mod config;
pub mod desk;
pub mod diagram;
pub mod glyph;
pub mod ground;
pub mod keymap;
pub mod knob;
pub mod letters;
pub mod msg;
pub mod options;
pub mod pacing;
pub mod panel;
pub mod scale;
pub mod screen;
pub mod terminal;
pub mod theme;

use std::io::IsTerminal;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::level::Level;
use crate::level::catalog::{self, LoadError};
use crate::session::Refusal;
use crate::session::progress::Progress;
use app::App;
pub use options::Options;

/// Why the program in the terminal could not start or go on.
#[derive(Debug)]
pub enum Error {
    /// Standard input or output is not a terminal, or one that cannot place text. Remedy: `fivenines run LEVEL`.
    NoTerminal(&'static str),
    /// The level that was asked for cannot be read. Remedy: what the error says.
    Level(LoadError),
    /// The level cannot be presented. Remedy: `fivenines play LEVEL`.
    Present(Refusal),
    /// The terminal went away or does not answer.
    Terminal(std::io::Error),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoTerminal(why) => {
                write!(f, "{why}; `fivenines run LEVEL` prints a report without one")
            }
            Self::Level(error) => error.fmt(f),
            Self::Present(refusal) => write!(f, "{}; `fivenines play LEVEL` opens it", refusal.text()),
            Self::Terminal(error) => write!(f, "the terminal failed: {error}"),
        }
    }
}

impl std::error::Error for Error {}

/// Whether there is a terminal that can show a screen; what needs one is named where there is none.
fn need_terminal(what: &'static str) -> Result<(), Error> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(Error::NoTerminal(what));
    }
    let term = std::env::var("TERM").unwrap_or_default();
    if term.is_empty() || term == "dumb" {
        return Err(Error::NoTerminal("this terminal cannot place text (TERM=dumb)"));
    }
    Ok(())
}

/// Presents a level in the terminal until the presenter quits.
pub fn present(options: Options) -> Result<(), Error> {
    need_terminal("presenting needs a terminal: `fivenines notes LEVEL` prints what you would say")?;
    let level = catalog::load(options.level.as_deref().unwrap_or("1")).map(Arc::new).map_err(Error::Level)?;
    let fps = options.fps;
    let mut app = App::new(options, Vec::new(), Progress::default());
    app.present(&level).map_err(Error::Present)?;
    terminal::run(&mut app, fps, |_| {}).map_err(Error::Terminal)
}

/// Opens a system for free play until the student quits.
pub fn sandbox(options: Options) -> Result<(), Error> {
    need_terminal(
        "the sandbox needs a terminal: `fivenines run FILE --set web.replicas=3` answers without one",
    )?;
    let level = match options.level.as_deref() {
        Some(level) => catalog::load(level),
        None => catalog::sandbox().map_err(LoadError::Faults),
    };
    let level = level.map_err(Error::Level)?;
    let fps = options.fps;
    let mut app = App::new(options, Vec::new(), Progress::default());
    app.open_sandbox(level);
    terminal::run(&mut app, fps, |_| {}).map_err(Error::Terminal)
}

/// Runs the program in the terminal until the student quits.
pub fn run(options: Options) -> Result<(), Error> {
    need_terminal("playing needs a terminal")?;
    let loading = std::thread::spawn(shelf);
    let asked = options.level.as_deref().map(catalog::load).transpose().map_err(Error::Level)?.map(Arc::new);
    let (progress, warning) = Progress::load();
    let fps = options.fps;
    if asked.is_none() && progress.levels.is_empty() && warning.is_none() {
        // The opening needs no level: it is on screen before they are read.
        let mut app = App::new(options, Vec::new(), progress);
        app.greet();
        return terminal::run(&mut app, fps, |app| match joined(loading) {
            Ok(shelf) => app.stock(shelf),
            Err(error) => app.warn(error.to_string()),
        })
        .map_err(Error::Terminal);
    }
    let mut app = App::new(options, joined(loading).map_err(Error::Level)?, progress);
    if let Some(level) = asked {
        app.open(&level);
    }
    if let Some(warning) = warning {
        app.warn(warning);
    }
    terminal::run(&mut app, fps, |_| {}).map_err(Error::Terminal)
}

type Shelf = Result<Vec<Arc<Level>>, LoadError>;

/// The levels of the course, read and checked side by side.
fn shelf() -> Shelf {
    std::thread::scope(|scope| {
        let read = |b: &'static catalog::Builtin| scope.spawn(|| catalog::load(b.id).map(Arc::new));
        let reading: Vec<_> = catalog::builtin().iter().map(read).collect();
        reading.into_iter().map(|one| one.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

fn joined(loading: JoinHandle<Shelf>) -> Shelf {
    loading.join().unwrap_or_else(|panic| resume_unwind(panic))
}
