//! The only way the diagram writes cells: clipped to its area, never a control character.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::super::glyph::BARS;
use crate::tui::theme::{Theme, ThemeKind};

/// Draws on a part of a buffer.
pub(super) struct Brush<'a> {
    buf: &'a mut Buffer,
    clip: Rect,
    pub theme: &'a Theme,
}

impl<'a> Brush<'a> {
    pub fn new(buf: &'a mut Buffer, area: Rect, theme: &'a Theme) -> Self {
        let clip = area.intersection(buf.area);
        Self { buf, clip, theme }
    }

    /// One glyph of one cell.
    pub fn put(&mut self, x: u16, y: u16, glyph: char, style: Style) {
        let at = Position::new(x, y);
        if self.clip.contains(at)
            && glyph.width() == Some(1)
            && let Some(cell) = self.buf.cell_mut(at)
        {
            cell.modifier = Modifier::empty();
            cell.set_char(glyph).set_style(self.theme.text).set_style(style);
        }
    }

    /// What stands in a cell stays and changes its style.
    pub fn restyle(&mut self, x: u16, y: u16, style: Style) {
        let at = Position::new(x, y);
        if self.clip.contains(at)
            && let Some(cell) = self.buf.cell_mut(at)
        {
            cell.modifier = Modifier::empty();
            cell.set_style(self.theme.text).set_style(style);
        }
    }

    /// Text from `x` on, at most `max` cells; returns how many it took.
    pub fn text(&mut self, x: u16, y: u16, text: &str, max: u16, style: Style) -> u16 {
        if !self.clip.contains(Position::new(x, y)) {
            return 0;
        }
        let max = max.min(self.clip.right() - x);
        let own = (text.width() as u16).min(max);
        for x in x..x + own {
            // What stood there before leaves nothing behind, not even its weight.
            self.put(x, y, ' ', style);
        }
        let (end, _) = self.buf.set_stringn(x, y, text, usize::from(max), style);
        end.saturating_sub(x)
    }

    /// Text that ends before `right`; returns where it starts.
    pub fn text_left_of(&mut self, right: u16, y: u16, text: &str, max: u16, style: Style) -> u16 {
        let width = (text.width() as u16).min(max);
        let x = right.saturating_sub(width);
        self.text(x, y, text, width, style);
        x
    }

    /// Text in the middle of `width` cells.
    pub fn text_centred(&mut self, x: u16, y: u16, text: &str, width: u16, style: Style) {
        let own = (text.width() as u16).min(width);
        self.text(x + (width - own) / 2, y, text, own, style);
    }

    /// Nothing stands in these cells.
    pub fn is_blank(&self, x: u16, y: u16, width: u16) -> bool {
        let right = x.saturating_add(width);
        right <= self.clip.right()
            && (x..right).all(|x| {
                let at = Position::new(x, y);
                self.clip.contains(at) && self.buf.cell(at).is_some_and(|c| c.symbol() == " ")
            })
    }

    /// Empties a rectangle.
    pub fn clear(&mut self, rect: Rect) {
        let theme = self.theme;
        for y in rect.top()..rect.bottom() {
            for x in rect.left()..rect.right() {
                self.put(x, y, ' ', theme.text);
            }
        }
    }

    /// A bar of `width` cells, filled to `share`.
    pub fn gauge(&mut self, x: u16, y: u16, width: u16, share: f64) {
        const PARTS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
        let theme = self.theme;
        // Without colour an eighth of a cell looks like a fault: whole cells only.
        let steps = if theme.kind == ThemeKind::Plain { 1 } else { 8 };
        let filled = (share.clamp(0.0, 1.0) * f64::from(width * steps)).round() as u16;
        for i in 0..width {
            let own = filled.saturating_sub(i * steps).min(steps);
            if own == steps {
                self.put(x + i, y, '█', theme.heat(share));
            } else if own == 0 {
                self.put(x + i, y, '░', theme.gauge_empty);
            } else {
                let style = theme.gauge_empty.patch(theme.heat(share));
                self.put(x + i, y, PARTS[usize::from(own)], style);
            }
        }
    }

    /// A column of one cell, filled to `share`.
    pub fn bar(&mut self, x: u16, y: u16, share: f64) {
        let theme = self.theme;
        self.text(x, y, bar_of(share), 1, theme.heat(share));
    }

    /// One pip for each part of the waiting room that is taken: at least one where anybody waits.
    pub fn pips(&mut self, x: u16, y: u16, width: u16, queue: u32, capacity: Option<u32>) {
        let theme = self.theme;
        let (on, share) = match capacity {
            Some(room) if room > 0 => {
                let share = f64::from(queue) / f64::from(room);
                ((share * f64::from(width)).ceil() as u16, share)
            }
            _ => (queue.min(u32::from(width)) as u16, 0.0),
        };
        let style = if share > 0.9 {
            theme.bad
        } else if share > 0.5 {
            theme.warn
        } else {
            theme.accent
        };
        for i in 0..width {
            let (glyph, style) = if i < on { ('▪', style) } else { ('·', theme.faint) };
            self.put(x + i, y, glyph, style);
        }
    }
}

/// The bar glyph of a share.
pub(super) fn bar_of(share: f64) -> &'static str {
    BARS[((share.clamp(0.0, 1.0) * 8.0) as usize).min(7)]
}
