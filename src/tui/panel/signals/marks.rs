//! The line of time below the charts: which second the numbers are of, and what happened when.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::grid::Grid;
use super::{Charts, Columns, NAME, VALUE};
use crate::sim::log::Weight;
use crate::sim::time::Time;
use crate::tui::panel::{clock, weight};

impl Charts<'_> {
    /// Marks where commands, faults and recoveries happened; of several in one column the worst.
    pub(super) fn time(self, grid: &Grid, columns: Columns, area: Rect, buf: &mut Buffer) {
        let theme = self.theme;
        let (name, style) = if self.at.is_some() { ("at", theme.strong) } else { ("time", theme.dim) };
        buf.set_stringn(area.x, area.y, name, area.width.min(NAME) as usize, style);
        if area.width <= NAME {
            return;
        }
        let at = self.at.or_else(|| self.windows.last().map(|w| w.end));
        let since = at.map_or(Time::ZERO, |at| at - self.origin.min(at));
        let text = &clock(since)[..5];
        buf.set_stringn(area.x + NAME, area.y, text, (area.width - NAME).min(VALUE) as usize, style);
        if columns.width == 0 {
            return;
        }
        let line = "─".repeat(columns.width as usize);
        buf.set_stringn(columns.left, area.y, line, columns.width as usize, theme.border);
        let harm = |w: Weight| match w {
            Weight::Bad => 2,
            Weight::Change => 1,
            Weight::Good => 0,
        };
        let mut worst: Vec<Option<Weight>> = vec![None; columns.width as usize];
        for entry in self.log.iter() {
            // An event belongs to the second that it happened in.
            let second = Time(entry.at.ns().div_ceil(Time::SECOND.ns()).max(1) * Time::SECOND.ns());
            let Some(cell) = grid.column(second).and_then(|c| worst.get_mut(c)) else { continue };
            if cell.is_none_or(|w| harm(w) < harm(entry.weight)) {
                *cell = Some(entry.weight);
            }
        }
        for (x, what) in worst.into_iter().enumerate() {
            if let Some(what) = what {
                let (glyph, style) = weight(what, theme);
                buf.set_stringn(columns.left + x as u16, area.y, glyph, 1, style);
            }
        }
        // Where the scene began.
        if let Some(x) = grid.column(self.origin + Time::SECOND).filter(|_| self.origin > Time::ZERO)
            && let Some(cell) = buf.cell_mut((columns.left + x as u16, area.y)).filter(|c| c.symbol() == "─")
        {
            cell.set_symbol("┼");
        }
    }
}
