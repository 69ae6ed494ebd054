//! The lesson's page: what to read, the question, the options, the verdict.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::{flow, marked};
use crate::level::scene::Role;
use crate::session::lesson::{Beat, LessonView, NumberView, QuestionView};
use crate::tui::theme::Theme;

/// The beats in words, in their order.
const BEATS: [&str; 4] = ["read", "predict", "run", "explain"];

/// `read › predict › run › explain` with the present one marked; scenes without a question have no `predict`.
pub fn beats(lesson: &LessonView, theme: &Theme) -> Line<'static> {
    let now = match lesson.beat {
        Beat::Setting => 0,
        Beat::Predict => 1,
        Beat::Run | Beat::Paused => 2,
        Beat::Explain => 3,
    };
    if lesson.free {
        return Line::default();
    }
    let mut spans = Vec::new();
    for (i, word) in BEATS.iter().enumerate() {
        if i == 1 && lesson.question.is_none() && now != 1 {
            continue;
        }
        if !spans.is_empty() {
            spans.push(Span::styled(" › ", theme.border));
        }
        if i == now {
            spans.push(Span::styled(format!("▸{word}"), theme.strong));
        } else {
            spans.push(Span::styled(*word, theme.dim));
        }
    }
    Line::from(spans)
}

/// How many lines should be seen at once: the question with its choices, the options, the whole explanation.
pub fn needed(lesson: &LessonView, paused: bool, width: usize, theme: &Theme) -> usize {
    if lesson.beat == Beat::Explain {
        return page(lesson, paused, width, 0, theme).iter().filter(|l| l.width() > 0).count();
    }
    if !matters_most(lesson) {
        return 0;
    }
    let ask = [
        lesson.question.as_ref().map_or(Vec::new(), |q| question(lesson, q, width, theme)),
        options(lesson, width, theme),
        hint(lesson, width, theme),
        action(lesson, paused, width, theme),
    ];
    ask.iter().map(Vec::len).sum()
}

/// The whole page in lines of at most `width` cells. In little room the question stands before the text.
pub fn page(
    lesson: &LessonView,
    paused: bool,
    width: usize,
    height: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let mut text = styled(&lesson.text, width, theme.text);
    if let Some(aside) = aside(lesson.role).filter(|_| lesson.beat == Beat::Setting) {
        let lines = styled(aside, width, theme.accent);
        text.splice(0..0, lines);
    }
    let mut ask = blocks(vec![
        lesson.question.as_ref().map_or(Vec::new(), |q| question(lesson, q, width, theme)),
        options(lesson, width, theme),
        marks(lesson, width, theme),
        hint(lesson, width, theme),
        action(lesson, paused, width, theme),
    ]);
    if lesson.beat == Beat::Explain {
        let rest = blocks(vec![hint(lesson, width, theme), action(lesson, paused, width, theme)]);
        return fitting(vec![marks(lesson, width, theme), explanation(lesson, width, theme), rest], height);
    }
    let spacious = blocks(vec![text.clone(), ask.clone()]);
    if spacious.len() <= height || !matters_most(lesson) {
        return spacious;
    }
    let tight: Vec<_> = text.iter().chain(&ask).filter(|l| l.width() > 0).cloned().collect();
    if tight.len() <= height {
        return tight;
    }
    if ask.len() > height {
        ask.retain(|l| l.width() > 0);
    }
    blocks(vec![ask, text])
}

/// What a scene beside the story says of itself.
const fn aside(role: Role) -> Option<&'static str> {
    match role {
        Role::SideRoom => Some("◇ A side room: look in, or press S to skip it."),
        Role::Variant => Some("◇ The same alarm, another cause. S skips it."),
        Role::Story | Role::Challenge => None,
    }
}

/// The blocks with empty lines between them; without any, where that makes them fit.
fn fitting(parts: Vec<Vec<Line<'static>>>, height: usize) -> Vec<Line<'static>> {
    let spacious = blocks(parts);
    let dense = spacious.iter().filter(|l| l.width() > 0).count();
    if spacious.len() > height && dense <= height {
        return spacious.into_iter().filter(|l| l.width() > 0).collect();
    }
    spacious
}

/// The question or the options must be seen at once, even if the text has to wait below.
fn matters_most(lesson: &LessonView) -> bool {
    match lesson.beat {
        Beat::Predict => true,
        Beat::Run | Beat::Paused => !lesson.options.is_empty(),
        Beat::Setting | Beat::Explain => false,
    }
}

/// Joins blocks with an empty line between those that are not empty.
fn blocks(parts: Vec<Vec<Line<'static>>>) -> Vec<Line<'static>> {
    let mut out: Vec<Line<'static>> = Vec::new();
    for part in parts.into_iter().filter(|p| !p.is_empty()) {
        if !out.is_empty() {
            out.push(Line::default());
        }
        out.extend(part);
    }
    out
}

fn styled(text: &str, width: usize, style: Style) -> Vec<Line<'static>> {
    flow(text, width).into_iter().map(|row| Line::styled(row, style)).collect()
}

fn question(lesson: &LessonView, q: &QuestionView, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    match lesson.beat {
        Beat::Setting | Beat::Explain => Vec::new(),
        Beat::Predict => {
            let mut out = styled(&q.ask, width, theme.strong);
            if let Some(number) = &q.number {
                out.extend(scale(number, width, theme));
            }
            out.extend(q.choices.iter().enumerate().flat_map(|(i, c)| choice(i, c, q.picked, width, theme)));
            out
        }
        Beat::Run | Beat::Paused => {
            let choice = q.picked.and_then(|i| q.choices.get(i)).cloned();
            let number =
                q.number.as_ref().and_then(|n| Some(format!("{} = {}", n.path, n.guess.as_ref()?.1)));
            choice
                .or(number)
                .map_or(Vec::new(), |said| marked("You said: ", &said, width, theme.dim, theme.accent))
        }
    }
}

/// Narrowest and widest scale of guesses, cells.
const SCALE: (usize, usize) = (10, 48);

/// The range of guesses as a ruler, the guess on it:
///
/// ```text
/// p95  50ms ├─────────●────────────┤ 5s   500ms
/// ```
fn scale(number: &NumberView, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let (low, high) = &number.ends;
    let said = number.guess.as_ref().map_or("?", |(_, said)| said);
    let around = number.path.width() + low.width() + high.width() + said.width() + 9;
    let length = width.saturating_sub(around).clamp(SCALE.0, SCALE.1);
    let (from, to) = number.range;
    let at = number.guess.as_ref().map(|(guess, _)| {
        let share = libm::log(guess / from) / libm::log(to / from);
        ((share * (length - 1) as f64).round() as usize).min(length - 1)
    });
    let (before, after) = (at.unwrap_or(length), at.map_or(0, |at| length - 1 - at));
    vec![Line::from(vec![
        Span::styled(format!("{}  ", number.path), theme.text),
        Span::styled(format!("{low} ├{}", "─".repeat(before)), theme.dim),
        Span::styled(if at.is_some() { "●" } else { "" }, theme.key),
        Span::styled(format!("{}┤ {high}", "─".repeat(after)), theme.dim),
        Span::styled(format!("   {said}"), theme.strong),
    ])]
}

fn choice(i: usize, text: &str, picked: Option<usize>, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let chosen = picked == Some(i);
    let mark = format!("{} {} ", if chosen { "▸" } else { " " }, i + 1);
    let style = if chosen { theme.strong } else { theme.text };
    marked(&mark, text, width, theme.key, style)
}

/// The explanation; its first paragraph says whether the guess was right, and gets the mark.
fn explanation(lesson: &LessonView, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let right = lesson.question.as_ref().and_then(|q| match &q.number {
        Some(number) => number.guess.as_ref().and(number.measured.as_ref()).map(|(_, near)| *near),
        None => q.picked.zip(q.right).map(|(picked, right)| picked == right),
    });
    let Some(right) = right else { return styled(&lesson.text, width, theme.text) };
    let (mark, style) = if right { ("✓ ", theme.good) } else { ("✗ ", theme.bad) };
    let (first, rest) = lesson.text.split_once("\n\n").unwrap_or((&lesson.text, ""));
    blocks(vec![marked(mark, first, width, style, theme.strong), styled(rest, width, theme.text)])
}

fn options(lesson: &LessonView, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    if lesson.options.is_empty() {
        return Vec::new();
    }
    let mut out = vec![Line::styled("You can:", theme.strong)];
    for (i, option) in lesson.options.iter().enumerate() {
        let mark = format!("{} {} ", if option.taken { "✓" } else { " " }, i + 1);
        let label = if option.taken { format!("{} (done)", option.label) } else { option.label.clone() };
        let style = if option.taken { theme.dim } else { theme.text };
        out.extend(marked(&mark, &label, width, theme.key, style));
    }
    out
}

fn marks(lesson: &LessonView, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let earned = lesson.marks.iter().filter(|(_, yes)| *yes).count();
    let mut out = Vec::new();
    if !lesson.marks.is_empty() {
        out.push(Line::styled(format!("{earned} of {} marks", lesson.marks.len()), theme.strong));
    }
    for (text, yes) in &lesson.marks {
        let (mark, style) = if *yes { ("★ ", theme.good) } else { ("☆ Missed: ", theme.dim) };
        out.extend(marked(mark, text, width, style, theme.text));
    }
    out
}

fn hint(lesson: &LessonView, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    lesson.hint.as_ref().map_or(Vec::new(), |(text, shown, all)| {
        marked(&format!("Hint {shown}/{all}: "), text, width, theme.warn, theme.text)
    })
}

/// What to press now, in words.
fn action(lesson: &LessonView, paused: bool, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let unpicked =
        lesson.beat == Beat::Predict && lesson.question.as_ref().is_some_and(|q| q.picked.is_none());
    if let Some(share) = lesson.preparing {
        let text = format!("the system comes up to speed: {:.0}%", share * 100.0);
        return vec![Line::styled(super::cut(&text, width), theme.dim)];
    }
    let number = lesson.question.as_ref().is_some_and(|q| q.number.is_some());
    let unguessed =
        lesson.question.as_ref().and_then(|q| q.number.as_ref()).is_some_and(|n| n.guess.is_none());
    let (key, words) = match lesson.beat {
        Beat::Predict if number && unguessed => ("← →", "move your guess"),
        Beat::Predict if unpicked && !number => ("1-9", "your guess comes first"),
        Beat::Run if paused => ("Space", "paused: go on"),
        _ if lesson.next.is_empty() => return Vec::new(),
        _ => ("Enter", lesson.next),
    };
    let key = match lesson.question.as_ref().filter(|_| unpicked && !number) {
        Some(q) => format!("1-{}", q.choices.len().clamp(1, 9)),
        None => key.to_owned(),
    };
    let room = width.saturating_sub(key.width() + 2);
    vec![Line::from(vec![
        Span::styled(key, theme.key),
        Span::styled(format!("  {}", super::cut(words, room)), theme.dim),
    ])]
}
