//! THE BACK DOOR: runs, checks, lists and explains without a screen. Output is data on the writer given; nothing else is printed.

pub mod check;
pub mod fill;
pub mod glossary;
pub mod library;
pub mod list;
pub mod narrator;
pub mod new;
pub mod notes;
pub mod print;
pub mod progress;
pub mod replay;
pub mod report;
pub mod run;
pub mod schema;
pub mod theory;

use std::io;

/// Why a command could not be carried out.
#[derive(Debug)]
pub enum Failure {
    /// Bad usage or input; the text says what to do instead. May have several lines.
    Input(String),
    /// The output could not be written.
    Output(io::Error),
}

impl Failure {
    /// Bad usage or input.
    pub fn input(text: impl Into<String>) -> Self {
        Self::Input(text.into())
    }
    /// The reader of the output went away: nobody wants to hear of it.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(e) if e.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Input(text) => f.write_str(text),
            Self::Output(error) => write!(f, "cannot write the output: {error}"),
        }
    }
}
impl std::error::Error for Failure {}
