//! What fills the terminal: Home, a level being played or presented, the glossary, or the help.

pub mod epilogue;
pub mod glossary;
pub mod help;
pub mod home;
pub mod opening;
pub mod palette;
pub mod play;
pub mod present;
pub mod stage;
pub mod trace;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use super::theme::Theme;

/// Smallest size that a screen fits into.
pub const SMALLEST: (u16, u16) = (40, 12);

/// What stands where the screen does not fit.
pub fn too_small(theme: &Theme, area: Rect, buf: &mut Buffer) {
    let words = [
        "A little small in here.".to_owned(),
        format!("fivenines needs {}x{} cells,", SMALLEST.0, SMALLEST.1),
        format!("this window has {}x{}.", area.width, area.height),
        "q quits".to_owned(),
    ];
    let top = area.y + area.height.saturating_sub(words.len() as u16) / 2;
    for (y, text) in (top..area.bottom()).zip(words) {
        Line::styled(text, theme.text).centered().render(Rect { y, height: 1, ..area }, buf);
    }
}
