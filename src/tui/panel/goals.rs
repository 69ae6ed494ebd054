//! The goals with their live value and margin.

use ratatui::text::{Line, Span};

use super::{flow, marked};
use crate::session::lesson::GoalView;
use crate::tui::theme::Theme;

/// The goals as lines of at most `width` cells: one line each where there is room, else two.
pub fn page(goals: &[GoalView], width: usize, theme: &Theme) -> Vec<Line<'static>> {
    if goals.is_empty() {
        return flow("No goals here: watch, and try what you like.", width)
            .into_iter()
            .map(|row| Line::styled(row, theme.dim))
            .collect();
    }
    let longest = |of: fn(&GoalView) -> &str| goals.iter().map(|g| of(g).chars().count()).max().unwrap_or(0);
    let columns = (longest(|g| &g.text), longest(|g| &g.value));
    goals.iter().flat_map(|goal| rows(goal, columns, width, theme)).collect()
}

fn rows(
    goal: &GoalView,
    (longest, value): (usize, usize),
    width: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let (glyph, word, style) = match (goal.broken, goal.met) {
        (Some(at), _) => ("✗", format!("broken at {at}"), theme.bad),
        (None, true) => ("✓", "ok".to_owned(), theme.good),
        (None, false) if goal.value == "-" => ("·", "not measured yet".to_owned(), theme.dim),
        (None, false) => ("▲", "not met".to_owned(), theme.warn),
    };
    let now = if goal.value == "-" { String::new() } else { format!("now {:<value$}  ", goal.value) };
    let spare =
        goal.margin.filter(|_| goal.broken.is_none()).filter(|m| m.is_finite()).map_or(String::new(), |m| {
            if m >= 0.0 {
                format!(", {:.0}% to spare", m * 100.0)
            } else {
                format!(", off by {:.0}%", -m * 100.0)
            }
        });
    let state =
        vec![Span::styled(now, theme.strong), Span::styled(word, style), Span::styled(spare, theme.dim)];
    let needed = longest + 4 + state.iter().map(Span::width).sum::<usize>();
    if needed <= width {
        let mut spans = vec![
            Span::styled(format!("{glyph} "), style),
            Span::styled(format!("{:<longest$}  ", goal.text), theme.text),
        ];
        spans.extend(state);
        return vec![Line::from(spans)];
    }
    let mut out = marked(&format!("{glyph} "), &goal.text, width, style, theme.text);
    let mut spans = vec![Span::raw("  ")];
    spans.extend(state);
    out.push(Line::from(spans));
    out
}
