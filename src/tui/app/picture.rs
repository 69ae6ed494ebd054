//! The whole screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::{App, Tone};
use crate::tui::glyph;
use crate::tui::panel::{cut, footer};
use crate::tui::screen::stage::{self, Setup};
use crate::tui::screen::{SMALLEST, epilogue, help, too_small};

impl App {
    /// The room between the edges and the last two lines.
    pub(super) fn body(&self) -> Rect {
        Rect { height: self.area.height.saturating_sub(2), ..self.area }
    }

    /// Draws the whole screen.
    pub fn draw(&mut self, buf: &mut Buffer) {
        self.area = buf.area;
        self.stale = false;
        buf.set_style(self.area, self.theme.text);
        if self.area.width < SMALLEST.0 || self.area.height < SMALLEST.1 {
            too_small(&self.theme, self.area, buf);
        } else {
            self.draw_screen(buf);
        }
        if self.options.ascii {
            glyph::to_ascii(buf);
        }
    }

    fn draw_screen(&mut self, buf: &mut Buffer) {
        let (area, body) = (self.area, self.body());
        let (theme, keys) = (&self.theme, &self.options.keys);
        let setup = Setup { theme, fps: self.options.fps, motion: self.options.motion };
        let mut legend = None;
        if let Some(scroll) = self.help {
            help::draw(keys, &self.facts_below(), scroll, theme, body, buf);
        } else if let Some(book) = &mut self.glossary {
            book.draw(&self.home.shelf, theme, body, buf);
        } else if let (Some(trace), Some(play)) = (&mut self.trace, &self.play) {
            trace.draw(&play.snapshot, theme, body, buf);
        } else if let Some(present) = &mut self.present {
            present.draw(setup, self.options.ascii, body, buf);
            legend = Some(present.strip(setup, area.width - 2));
        } else if let Some(play) = &mut self.play {
            stage::draw(play, setup, body, buf);
            legend = Some(stage::legend(play, setup, area.width - 2));
        } else if let Some(opening) = self.opening {
            opening.draw(theme, body, buf);
        } else if self.epilogue {
            epilogue::draw(&self.home.shelf, &self.progress, theme, body, buf);
        } else {
            self.home.draw(&self.progress, theme, body, buf);
        }
        if let Some(palette) = &mut self.palette {
            palette.draw(theme, body, buf);
        }
        let line = Rect { y: area.bottom() - 2, height: 1, x: area.x + 1, width: area.width - 2 };
        match (&self.status, legend) {
            (Some((tone, text)), _) => {
                let (mark, style): (&str, Style) = match tone {
                    Tone::Plain => ("", theme.accent),
                    Tone::Warning => ("! ", theme.warn),
                };
                let text = cut(text, (line.width as usize).saturating_sub(2));
                Line::from(vec![Span::styled(mark, style), Span::styled(text, style)]).render(line, buf);
            }
            (None, Some(legend)) => legend.render(line, buf),
            (None, None) => {}
        }
        footer::draw(keys, &self.facts(), theme, Rect { y: area.bottom() - 1, height: 1, ..area }, buf);
    }
}
