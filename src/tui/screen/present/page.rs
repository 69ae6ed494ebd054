//! How a beat stands on the projector: the diagram has most of the room, the text its own band below it.
//!
//! ```text
//!  3 The load balancer · The black hole      beat 7/41 · scene 3/9
//!
//!  ╭ users ╮        ╭ lb ─╮        ╭ web#1 ╮
//!  │ 300/s │━●━━●━━▶│  0% │━●━━●━━▶│██ 62% │
//!
//!          Which share of the requests does it get?
//!                A  A third
//!                B  Nearly half
//!  ▶ 00:18/00:40  2x   load 300/s   p95 412ms   errors 31%
//!  Enter run   Bksp back   ? help   q quit
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr;

use super::Present;
use crate::level::scene::Role;
use crate::session::presenter::{Item, Slide, Tone};
use crate::sim::time::Time;
use crate::tui::diagram::View;
use crate::tui::letters::{self, Size};
use crate::tui::panel::{cut, flow, heading, lines, wrap};
use crate::tui::screen::play::Play;
use crate::tui::screen::stage::{self, Setup};
use crate::tui::theme::Theme;

/// Widest line of text, cells: longer ones are hard to follow from afar.
const WIDEST: u16 = 84;
/// Rows that the diagram keeps whatever is said.
const DIAGRAM: u16 = 7;
/// In less room a list has no rows without text.
const TIGHT: u16 = 19;
/// Rows of the speaker's notes at most.
const NOTES: u16 = 5;

/// Draws the title bar, the diagram, the text and the notes.
pub fn draw(present: &mut Present, setup: Setup, ascii: bool, area: Rect, buf: &mut Buffer) {
    let theme = setup.theme;
    let [bar, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    title_bar(present, theme, bar, buf);
    let notes = notes(present, area.width);
    let noted = if notes.is_empty() { 0 } else { (notes.len() as u16).min(NOTES) + 1 };
    let free = body.height.saturating_sub(DIAGRAM + noted);
    let usual = match body.height {
        0..TIGHT => 4,
        TIGHT..29 => 5,
        _ => 7,
    };
    let tight = body.height < TIGHT && !present.slide.list.is_empty() && present.aside.is_none();
    let said = said(present, theme, ascii, area.width.saturating_sub(4), free);
    // A row above the text and, where there is room, one below it keep it apart.
    let apart = if tight { 1 } else { 2 };
    let height = (said.len() as u16 + apart).max(usual).min(free.max(2));
    let [picture, band, strip] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(height), Constraint::Length(noted)])
            .areas(body);
    picture_of(present, setup, picture, buf);
    text(&said, band, buf);
    if noted > 0 {
        let room = heading("Notes", theme, strip, buf);
        let room = Rect { x: room.x + 2, width: room.width.saturating_sub(4), ..room };
        let notes: Vec<Line> = notes.into_iter().map(|row| Line::styled(row, theme.text)).collect();
        lines(&notes, 0, theme, room, buf);
    }
}

/// What the speaker wants to remember; empty while it is hidden.
fn notes(present: &Present, width: u16) -> Vec<String> {
    if !present.notes || present.slide.notes.is_empty() {
        return Vec::new();
    }
    flow(&present.slide.notes, width.saturating_sub(4) as usize)
}

fn title_bar(present: &Present, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let slide = &present.slide;
    buf.set_style(area, theme.title_bar);
    let right =
        format!("beat {}/{} · scene {}/{} ", slide.beat.0, slide.beat.1, slide.scene.0, slide.scene.1);
    let mark = if present.aside.is_some() { " OFF SCRIPT " } else { "" };
    let room = (area.width as usize).saturating_sub(right.width() + mark.width() + 2);
    let whole = format!(" {} · {}", slide.level, slide.title);
    let left = if whole.width() <= room { whole } else { format!(" {}", slide.title) };
    let left = cut(&left, room);
    let gap = (area.width as usize).saturating_sub(mark.width() + left.width() + right.width());
    Line::from(vec![
        Span::styled(mark, theme.alarm),
        Span::raw(left),
        Span::raw(" ".repeat(gap)),
        Span::raw(right),
    ])
    .render(area, buf);
}

fn picture_of(present: &mut Present, setup: Setup, area: Rect, buf: &mut Buffer) {
    if let Some(play) = &mut present.aside {
        return stage::draw_diagram(play, setup, area, buf);
    }
    let view = View {
        snapshot: &present.snapshot,
        selected: None,
        bottleneck: present.bottleneck.as_ref().map(|b| b.node),
        motion: present.motion(setup),
        followed: None,
        theme: setup.theme,
    };
    present.diagram.render(&view, area, buf);
}

/// The lines of the band, each centred in its room.
fn text(said: &[Line], area: Rect, buf: &mut Buffer) {
    let above = area.height.saturating_sub(said.len() as u16).div_ceil(2);
    let rows = area.y + above.min(area.height)..area.bottom();
    for (y, line) in rows.zip(said) {
        line.render(Rect { y, height: 1, ..area }, buf);
    }
}

/// What is said, in at most `most` rows where that is possible.
fn said(present: &Present, theme: &Theme, ascii: bool, width: u16, most: u16) -> Vec<Line<'static>> {
    let (slide, wide, most) = (&present.slide, width as usize, most as usize);
    let width = wide.min(WIDEST as usize);
    if let Some(play) = &present.aside {
        return what_if(play, present.said.as_deref(), slide, theme, width);
    }
    if let Some(share) = slide.arriving {
        let words =
            if share < 1.0 { format!("One moment: {:.0}%", share * 100.0) } else { "One moment".into() };
        return vec![Line::styled(words, theme.dim).centered()];
    }
    if slide.is_title {
        return title(slide, theme, ascii, wide, most);
    }
    let style = if slide.list.is_empty() || slide.choices > 0 { theme.strong } else { theme.text };
    let mut out = centred(&slide.text, width, style);
    let spacious = items(&slide.list, width, 2, theme);
    if spacious.is_empty() {
        return out;
    }
    // A blank line between the question and its answers, where there is room.
    let blank = out.len() + spacious.len() + 3 <= most && most as u16 + DIAGRAM >= TIGHT;
    let fits = out.len() + spacious.len() <= most;
    out.extend(blank.then(Line::default));
    out.extend(if fits { spacious } else { items(&slide.list, width, 1, theme) });
    out
}

fn centred(text: &str, width: usize, style: Style) -> Vec<Line<'static>> {
    balanced(text, width).into_iter().map(|row| Line::styled(row, style).centered()).collect()
}

/// Rows of about the same length: as narrow as they can be without one row more.
fn balanced(text: &str, width: usize) -> Vec<String> {
    let rows = wrap(text, width);
    let least = text.width().div_ceil(rows.len().max(1));
    (least..width).map(|narrow| wrap(text, narrow)).find(|r| r.len() == rows.len()).unwrap_or(rows)
}

/// The heading as large as the room allows.
fn title(slide: &Slide, theme: &Theme, ascii: bool, width: usize, most: usize) -> Vec<Line<'static>> {
    let role = match slide.role {
        Role::Story => "",
        Role::SideRoom => " · a side room",
        Role::Challenge => " · the challenge",
        Role::Variant => " · the same alarm, another cause",
    };
    let mut out = vec![Line::styled(cut(&format!("{}{role}", slide.level), width), theme.accent).centered()];
    let below = centred(&slide.text, width, theme.text);
    let room = most.saturating_sub(out.len() + below.len() + 2 + usize::from(!below.is_empty()));
    let large = [(Size::Whole, room / 2), (Size::Half, room)].into_iter().find_map(|(size, room)| {
        // Half blocks have no likeness in ASCII.
        let rows = letters::rows(&slide.title, width, size).filter(|_| size == Size::Whole || !ascii)?;
        (rows.len() <= room).then_some(rows)
    });
    out.push(Line::default());
    match large {
        Some(rows) => {
            // All lines of the heading are centred by themselves; blanks at their ends belong to the letters.
            out.extend(
                rows.into_iter().map(|row| Line::styled(row, theme.strong).alignment(Alignment::Center)),
            );
        }
        None => {
            let spaced: Vec<String> = slide.title.to_uppercase().chars().map(String::from).collect();
            let wide = spaced.join(" ");
            let text = if wide.width() <= width { wide } else { slide.title.clone() };
            out.extend(centred_exactly(&text, width, theme.strong));
        }
    }
    if !below.is_empty() {
        out.push(Line::default());
        out.extend(below);
    }
    out
}

/// Centred without touching the blanks between letters, where it fits into a line.
fn centred_exactly(text: &str, width: usize, style: Style) -> Vec<Line<'static>> {
    if text.width() <= width {
        return vec![Line::styled(text.to_owned(), style).centered()];
    }
    centred(text, width, style)
}

/// The list as a block in the middle, each item in at most so many rows.
fn items(list: &[Item], width: usize, most: usize, theme: &Theme) -> Vec<Line<'static>> {
    let lead = |item: &Item| match (item.key.as_str(), item.tone) {
        ("", Tone::Right) => "✓  ".to_owned(),
        ("", Tone::Wrong) => "✗  ".to_owned(),
        ("", _) => "·  ".to_owned(),
        (key, Tone::Right) => format!("✓ {key}  "),
        (key, _) => format!("  {key}  "),
    };
    let rows_of = |item: &Item| {
        let room = width.saturating_sub(lead(item).width());
        let mut rows = wrap(&item.text, room);
        if rows.len() > most {
            let rest = rows.split_off(most.saturating_sub(1)).join(" ");
            rows.push(cut(&rest, room));
        }
        rows
    };
    let widest = list
        .iter()
        .flat_map(|item| {
            let lead = lead(item).width();
            rows_of(item).into_iter().map(move |row| lead + row.width())
        })
        .max()
        .unwrap_or(0);
    let mut out = Vec::new();
    for item in list {
        let lead = lead(item);
        let (key, style) = match item.tone {
            Tone::Plain => (theme.key, theme.strong),
            Tone::Right => (theme.good, theme.strong),
            Tone::Wrong => (theme.bad, theme.strong),
            Tone::Pale => (theme.dim, theme.dim),
        };
        for (i, row) in rows_of(item).into_iter().enumerate() {
            let lead = if i == 0 { lead.clone() } else { " ".repeat(lead.width()) };
            let rest = " ".repeat(widest.saturating_sub(lead.width() + row.width()));
            let spans = vec![Span::styled(lead, key), Span::styled(row, style), Span::raw(rest)];
            out.push(Line::from(spans).centered());
        }
    }
    out
}

/// What is being changed beside the script.
fn what_if(
    play: &Play,
    said: Option<&str>,
    slide: &Slide,
    theme: &Theme,
    width: usize,
) -> Vec<Line<'static>> {
    if let Some(slot) = play.desk.slots.get(play.desk.chosen).filter(|_| play.desk.open) {
        let mut out = vec![
            Line::from(vec![
                Span::styled(format!("{} {}  ", slot.target, slot.row.name), theme.text),
                Span::styled(format!("◂ {} ▸", slot.value), theme.strong),
            ])
            .centered(),
        ];
        out.extend(centred(slot.row.help, width, theme.dim).into_iter().take(2));
        return out;
    }
    let text = match (said, play.target()) {
        (Some(said), _) => said.to_owned(),
        (None, Some(target)) => format!("What if? {target} is selected."),
        (None, None) => format!("What if? Beat {} waits.", slide.beat.0),
    };
    centred(&text, width, theme.strong)
}

/// The clock and the signals in one line; what does not fit is left out.
pub fn strip(present: &Present, theme: &Theme, width: u16) -> Line<'static> {
    let slide = &present.slide;
    let mut spans = Vec::new();
    let (now, length, plays) = match &present.aside {
        Some(play) => (play.lesson.elapsed, Time::ZERO, play.runs()),
        None => (slide.clock.0, slide.clock.1, slide.plays),
    };
    if now > Time::ZERO && slide.arriving.is_none() {
        let mark = if plays { "▶" } else { "⏸" };
        let end = if length > Time::ZERO { format!("/{}", minutes(length)) } else { String::new() };
        spans.push(Span::styled(format!("{mark} {}{end}   ", minutes(now)), theme.text));
    }
    for signal in present.signals() {
        let style = if signal.alarming { theme.bad } else { theme.strong };
        spans.push(Span::styled(format!("{} ", signal.name), theme.dim));
        spans.push(Span::styled(format!("{}   ", signal.value), style));
    }
    let was: Vec<String> =
        present.signals().into_iter().filter_map(|s| Some(format!("{} {}", s.name, s.before?))).collect();
    let line = Line::from(spans.clone());
    let before = format!("without the change: {}", was.join(", "));
    if !was.is_empty() && line.width() + before.width() + 3 <= width as usize {
        spans.push(Span::styled(format!("  {before}"), theme.dim));
    }
    while Line::from(spans.clone()).width() > width as usize + 3 {
        spans.pop();
    }
    Line::from(spans)
}

/// `00:18` of simulated time.
fn minutes(t: Time) -> String {
    let s = t.ns() / 1_000_000_000;
    format!("{:02}:{:02}", s / 60, s % 60)
}
