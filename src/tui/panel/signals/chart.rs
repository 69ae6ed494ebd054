//! The bars of one signal.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::is_over;
use crate::session::lesson::GoalView;
use crate::tui::scale::round_up;
use crate::tui::theme::Theme;

/// The smallest scale, base units: a microsecond.
const LEAST: f64 = 1e-6;

/// One signal in numbers: a value a column.
pub(super) struct Curve<'a> {
    pub values: Vec<Option<f64>>,
    pub ghost: Vec<Option<f64>>,
    pub limit: Option<&'a GoalView>,
    pub guess: Option<f64>,
    /// The scale reaches at least this far.
    pub least_top: f64,
    /// Anything over nothing is bad.
    pub harm: bool,
}

impl Curve<'_> {
    /// Vertical bars in eighths of a cell; the limit is a line through the empty cells, the ghost a dotted line.
    pub fn bars(&self, theme: &Theme, area: Rect, buf: &mut Buffer) {
        let values = self.values.iter().chain(&self.ghost).flatten().copied();
        let top = round_up(
            values.chain(self.limit.map(|g| g.limit)).chain(self.guess).fold(self.least_top, f64::max),
            LEAST,
        );
        let height = f64::from(area.height);
        let row_of = |v: f64| ((v / top * height).ceil() as u16).clamp(1, area.height) - 1;
        let limit_row = self.limit.filter(|_| area.height > 1).map(|g| row_of(g.limit));
        let guess_row = self.guess.filter(|_| area.height > 1).map(row_of);
        let first = area.width as usize - self.values.len().min(area.width as usize);
        for column in 0..area.width as usize {
            let at = column.checked_sub(first);
            let value = at.and_then(|i| self.values.get(i).copied().flatten());
            let ghost = at.and_then(|i| self.ghost.get(i).copied().flatten()).filter(|_| area.height > 1);
            let filled =
                value.map_or(0, |v| ((v / top * height * 8.0).round() as u16).max(u16::from(v > 0.0)));
            let bad =
                value.is_some_and(|v| self.harm && v > 0.0 || self.limit.is_some_and(|g| is_over(g, v)));
            let style: Style = if bad { theme.bad } else { theme.accent };
            for row in 0..area.height {
                let rest = filled.saturating_sub(row * 8).min(8) as usize;
                let (glyph, style) = match rest {
                    8 if ghost.map(row_of) == Some(row) => ("┄", style.add_modifier(Modifier::REVERSED)),
                    1.. => (EIGHTHS[rest - 1], style),
                    _ if ghost.map(row_of) == Some(row) => ("┄", theme.text),
                    _ if guess_row == Some(row) => ("─", theme.key),
                    _ if limit_row == Some(row) => ("╌", theme.dim),
                    _ if row > 0 => continue,
                    _ => (if value.is_some() { "▁" } else { "·" }, theme.border),
                };
                buf.set_stringn(area.x + column as u16, area.bottom() - 1 - row, glyph, 1, style);
            }
        }
    }
}

const EIGHTHS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
