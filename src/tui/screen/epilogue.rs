//! The epilogue: the whole journey on one page, with what the student's own runs came to.
//!
//! ```text
//!                         The whole journey
//!    level                 answered  in time   a month  parts
//!  1 The monolith              24/s     100%       $74      3  ★★★
//!    One box goes a long way. Watch how busy it is, and leave it alone.
//! ```

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::level::Level;
use crate::session::progress::{LevelProgress, Progress};
use crate::sim::quantity::show_share;
use crate::tui::keymap::{Facts, Place};
use crate::tui::panel::{cut, wall};
use crate::tui::theme::Theme;

/// Widest page.
const WIDTH: u16 = 84;
/// Cells of the figures behind a level's title.
const FIGURES: usize = 46;

/// Every level of the course was finished: the epilogue is open.
pub fn is_due(shelf: &[Arc<Level>], progress: &Progress) -> bool {
    !shelf.is_empty() && shelf.iter().all(|l| progress.levels.get(&l.id).is_some_and(|p| p.finished))
}

/// What the keymap must know.
pub fn facts() -> Facts {
    Facts { place: Place::Epilogue, next: "levels", closes: true, ..Facts::default() }
}

/// Draws the page above the footer.
pub fn draw(shelf: &[Arc<Level>], progress: &Progress, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let width = area.width.saturating_sub(4).min(WIDTH);
    let room = width as usize;
    let mut rows = vec![Line::styled("The whole journey", theme.strong).centered(), Line::default()];
    let title = room.saturating_sub(FIGURES);
    let heads = format!(
        "{:title$}{:>9}{:>9}{:>10}{:>7}",
        "  your best run", "answered", "in time", "a month", "parts"
    );
    rows.push(Line::styled(cut(&heads, room), theme.dim));
    for level in shelf {
        let reached = progress.levels.get(&level.id).copied().unwrap_or_default();
        rows.push(figures(level, &reached, title, theme));
        if !level.moral.is_empty() {
            rows.push(Line::styled(cut(&format!("  {}", level.moral), room), theme.text));
        }
    }
    rows.push(Line::default());
    rows.push(Line::styled(guesses(progress), theme.text).centered());
    rows.push(Line::default());
    rows.extend(wall::lines(usize::MAX, &wall::lit(shelf, progress), room, theme));
    rows.push(Line::default());
    rows.push(
        Line::styled("If it works, do not touch it, until your metrics scream.", theme.strong).centered(),
    );
    // Where room is short, the empty lines go first.
    if rows.len() > area.height as usize {
        rows.retain(|row| row.width() > 0);
    }
    let top = area.y + area.height.saturating_sub(rows.len() as u16) / 3;
    let inside = Rect { x: area.x + (area.width - width) / 2, width, ..area };
    for (y, row) in (top..area.bottom()).zip(rows) {
        row.render(Rect { y, height: 1, ..inside }, buf);
    }
}

fn figures(level: &Level, reached: &LevelProgress, title: usize, theme: &Theme) -> Line<'static> {
    let number = level.number.map_or_else(String::new, |n| format!("{n} "));
    let name = cut(&format!("{number}{}", level.title), title.saturating_sub(1));
    let numbers = reached.best.map_or_else(
        || format!("{:>9}{:>9}{:>10}{:>7}", "-", "-", "-", "-"),
        |best| {
            let good = show_share(f64::from(best.good_ppm) / 1e6);
            let (rate, usd) = (format!("{}/s", best.per_second), format!("${}", best.monthly_usd));
            format!("{rate:>9}{good:>9}{usd:>10}{:>7}", best.parts)
        },
    );
    let marks = usize::from(reached.marks.min(3));
    Line::from(vec![
        Span::styled(format!("{name:title$}"), theme.strong),
        Span::styled(numbers, theme.text),
        Span::styled(format!("  {}{}", "★".repeat(marks), "☆".repeat(3 - marks)), theme.good),
    ])
}

/// How many questions were answered right at the first go.
fn guesses(progress: &Progress) -> String {
    let sum = |of: fn(&LevelProgress) -> usize| progress.levels.values().map(of).sum::<usize>();
    let (asked, right) = (sum(|p| p.answered.count()), sum(|p| p.right.count()));
    format!("{right} of your {asked} first guesses were right.")
}
