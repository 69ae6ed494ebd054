//! The wall of words that everybody throws at a small shop: pale, until a scene has shown what one is for.
//!
//! ```text
//! ✓ load balancer   · sharding   ✓ CAP theorem   · message broker
//! ```

use std::sync::Arc;

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::level::Level;
use crate::level::glossary::glossary;
use crate::session::progress::Progress;
use crate::tui::theme::Theme;

/// Cells between two words.
const GAP: usize = 3;

/// The words that the scenes run so far have shown.
pub fn lit<'a>(shelf: &'a [Arc<Level>], progress: &Progress) -> Vec<&'a str> {
    let done = |level: &Level, i: usize| progress.levels.get(&level.id).is_some_and(|p| p.done.has(i));
    let scenes = shelf.iter().flat_map(|level| {
        level.scenes.iter().enumerate().filter(move |(i, _)| done(level, *i)).map(|(_, scene)| scene)
    });
    scenes.flat_map(|scene| scene.terms.iter().map(String::as_str)).collect()
}

/// The first `shown` words of the wall in centred lines of at most `width` cells.
pub fn lines(shown: usize, lit: &[&str], width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut out: Vec<Vec<Span<'static>>> = vec![Vec::new()];
    let mut used = 0;
    for (i, word) in glossary().wall().iter().enumerate() {
        let cells = word.width() + 2;
        if used > 0 && used + GAP + cells > width {
            out.push(Vec::new());
            used = 0;
        }
        let Some(row) = out.last_mut() else { continue };
        if used > 0 {
            row.push(Span::raw(" ".repeat(GAP)));
            used += GAP;
        }
        let (mark, style) =
            if lit.contains(&word.as_str()) { ("✓ ", theme.good) } else { ("· ", theme.dim) };
        // A word that is not there yet keeps its room, so that nothing moves when it comes.
        let text = if i < shown { format!("{mark}{word}") } else { " ".repeat(cells) };
        row.push(Span::styled(text, style));
        used += cells;
    }
    out.into_iter().map(|row| Line::from(row).centered()).collect()
}
