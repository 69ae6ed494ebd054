//! Kinds of dots, told apart by glyph and colour, and the line that explains them.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Motion;
use crate::sim::snapshot::{Cargo, Flight};
use crate::tui::theme::Theme;

/// Kinds of dots; where several meet in a cell the last of these is seen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Mark {
    Probe,
    Reply,
    Replication,
    Message,
    Request,
    Write,
    Retry,
    Failed,
}

impl Mark {
    pub const ALL: [Self; 8] = [
        Self::Request,
        Self::Write,
        Self::Retry,
        Self::Reply,
        Self::Failed,
        Self::Message,
        Self::Replication,
        Self::Probe,
    ];

    /// What a flight is.
    pub fn of(flight: &Flight) -> Self {
        match flight.cargo {
            Cargo::Probe => Self::Probe,
            _ if flight.failed.is_some() => Self::Failed,
            Cargo::Replication => Self::Replication,
            _ if flight.reply => Self::Reply,
            Cargo::Fill | Cargo::Delivery => Self::Message,
            _ if flight.retry => Self::Retry,
            Cargo::Call | Cargo::Part if flight.write => Self::Write,
            Cargo::Call | Cargo::Part => Self::Request,
        }
    }

    pub const fn glyph(self) -> char {
        match self {
            Self::Probe => '·',
            Self::Reply => '◦',
            Self::Replication => '▪',
            Self::Message => '■',
            Self::Request => '●',
            Self::Write => '◆',
            Self::Retry => '↻',
            Self::Failed => '×',
        }
    }

    pub const fn word(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Reply => "reply",
            Self::Replication => "log",
            Self::Message => "message",
            Self::Request => "call",
            Self::Write => "write",
            Self::Retry => "retry",
            Self::Failed => "fails",
        }
    }

    pub const fn style(self, theme: &Theme) -> Style {
        match self {
            Self::Probe => theme.dim,
            Self::Reply => theme.reply,
            Self::Replication => theme.replication,
            Self::Message => theme.message,
            Self::Request => theme.dot,
            Self::Write => theme.write,
            Self::Retry => theme.warn,
            Self::Failed => theme.bad,
        }
    }
}

/// One line that explains the dots; `calls` is how many calls one dot of the flow stands for, where that is known.
pub(super) fn legend(motion: Motion, calls: Option<f64>, theme: &Theme) -> Line<'static> {
    let mut spans = Vec::new();
    let mut add = |glyph: char, style, word: &str| {
        let gap = if spans.is_empty() { "" } else { "  " };
        spans.push(Span::styled(format!("{gap}{glyph}"), style));
        spans.push(Span::styled(format!(" {word}"), theme.dim));
    };
    match motion {
        Motion::Requests => {
            for mark in Mark::ALL {
                add(mark.glyph(), mark.style(theme), mark.word());
            }
        }
        Motion::Flow { .. } => {
            let scale = match calls {
                None => "calls".to_owned(),
                Some(1.0) => "= a call".to_owned(),
                Some(calls) => format!("= {calls} calls"),
            };
            add(Mark::Request.glyph(), Mark::Request.style(theme), &scale);
            for mark in [Mark::Write, Mark::Retry, Mark::Failed, Mark::Message, Mark::Replication] {
                add(mark.glyph(), mark.style(theme), mark.word());
            }
        }
        Motion::Still => {
            add('▶', theme.link, "calls a second on each line");
            add('×', theme.bad, "failed");
        }
    }
    add('○', theme.warn, "waits");
    Line::from(spans)
}
