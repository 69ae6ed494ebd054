//! The opening, for who was never here: the words that everybody says a shop needs, and the shop.
//!
//! ```text
//!                 Everybody says that you need
//!   · load balancer   · sharding   · CAP theorem   · message broker
//!            You have one small shop. It works.
//! ```

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::level::glossary::glossary;
use crate::tui::keymap::{Facts, Place};
use crate::tui::panel::wall;
use crate::tui::theme::Theme;

/// Time between two words.
const WORD: Duration = Duration::from_millis(350);
/// Time between two lines, once all words are there.
const LINE: Duration = Duration::from_millis(2500);
/// What is said then.
const SAID: [&str; 3] = [
    "You have one small web shop on one small box. It works.",
    "Each word lights up when the shop first needs it.",
    "Start simple; scale when the metrics scream.",
];

/// How far the opening has come.
#[derive(Clone, Copy, Default, Debug)]
pub struct Opening {
    passed: Duration,
}

impl Opening {
    /// All of it at once, where nothing may move by itself.
    pub fn still() -> Self {
        Self { passed: Duration::MAX }
    }
    fn words(self) -> usize {
        let count = self.passed.as_millis() / WORD.as_millis();
        usize::try_from(count).unwrap_or(usize::MAX).saturating_add(1).min(glossary().wall().len())
    }
    fn lines(self) -> usize {
        let all = WORD * glossary().wall().len() as u32;
        let count = self.passed.saturating_sub(all).as_millis() / LINE.as_millis();
        usize::try_from(count).unwrap_or(usize::MAX).min(SAID.len())
    }
    /// Something is still to come.
    pub fn runs(self) -> bool {
        self.lines() < SAID.len()
    }
    /// Lets real time pass; whether something came.
    pub fn advance(&mut self, real: Duration) -> bool {
        let before = (self.words(), self.lines());
        self.passed = self.passed.saturating_add(real);
        before != (self.words(), self.lines())
    }
    /// What the keymap must know.
    pub fn facts() -> Facts {
        Facts { place: Place::Opening, next: "begin", ..Facts::default() }
    }
    /// Draws the screen above the footer.
    pub fn draw(self, theme: &Theme, area: Rect, buf: &mut Buffer) {
        let width = area.width.saturating_sub(6).min(84);
        let mut rows =
            vec![Line::styled("Everybody says that you need", theme.strong).centered(), Line::default()];
        for line in wall::lines(self.words(), &[], width as usize, theme) {
            rows.push(line);
            if area.height > 22 {
                rows.push(Line::default());
            }
        }
        rows.push(Line::default());
        for (i, said) in SAID.iter().enumerate() {
            let style = if i == 0 { theme.strong } else { theme.text };
            let text = if i < self.lines() { said } else { "" };
            rows.push(Line::styled(text, style).centered());
        }
        let top = area.y + area.height.saturating_sub(rows.len() as u16) / 2;
        let inside = Rect { x: area.x + (area.width - width) / 2, width, ..area };
        for (y, row) in (top..area.bottom()).zip(rows) {
            row.render(Rect { y, height: 1, ..inside }, buf);
        }
    }
}
