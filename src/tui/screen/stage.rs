//! The play screen's layout: where the diagram and the panels stand at each size.
//!
//! ```text
//! 80x24               120x35                       200x60
//! title               title                        title
//! diagram             lesson | diagram             lesson | diagram  | inspector
//! diagram                    | diagram                    | diagram  |
//! [tabs]                     | signals | goals            |----------| log
//! panel                      |         | log       goals  | signals  |
//! status, keys        status, keys                 status, keys
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::play::{Play, Room, Tab};
use crate::tui::diagram::{self, View};
use crate::tui::panel::inspector::CHOSEN;
use crate::tui::panel::{self, capital, flow, heading, lines, title};
use crate::tui::theme::Theme;

/// What the stage needs besides the play.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    /// The theme.
    pub theme: &'a Theme,
    /// Frames a second.
    pub fps: u8,
    /// Dots may move.
    pub motion: bool,
}

/// What a click at a place means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spot {
    /// Opens a panel.
    Tab(Tab),
    /// Picks a choice or an option, from 0.
    Choice(usize),
}

impl Room {
    /// The layout for a size.
    pub const fn of(area: Rect) -> Self {
        if area.width >= 160 && area.height >= 45 {
            Self::Large
        } else if area.width >= 100 && area.height >= 30 {
            Self::Medium
        } else {
            Self::Small
        }
    }
}

/// Draws everything between the first line and the status line.
pub fn draw(play: &mut Play, setup: Setup, area: Rect, buf: &mut Buffer) {
    play.room = Room::of(Rect { height: area.height + 2, ..area });
    play.scroll.1 = 0;
    play.spots.clear();
    let [bar, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    let clock = title::Clockwork {
        now: play.lesson.elapsed,
        fine: play.pacing.is_slow_motion(),
        runs: play.runs(),
        speed: play.pacing.label(),
        seed: play.session.seed(),
    };
    title::draw(&play.lesson, &clock, setup.theme, bar, buf);
    match play.room {
        Room::Small => small(play, setup, body, buf),
        Room::Medium => medium(play, setup, body, buf),
        Room::Large => large(play, setup, body, buf),
    }
}

fn small(play: &mut Play, setup: Setup, area: Rect, buf: &mut Buffer) {
    let width = (area.width as usize).saturating_sub(3);
    let rest = area.height.saturating_sub(1);
    let usual = (rest * 45 / 100).max(4);
    // A question must be readable at once: its panel may grow while the diagram keeps a third.
    let wanted = match play.tab {
        Tab::Lesson => panel::lesson::needed(&play.lesson, play.paused, width, setup.theme),
        _ => 0,
    };
    let height = (wanted as u16).clamp(usual, (rest * 60 / 100).max(usual)).min(rest);
    let [picture, bar, room] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(1), Constraint::Length(height)])
            .areas(area);
    draw_diagram(play, setup, picture, buf);
    tabs(play, setup.theme, bar, buf);
    let room = room.inner(Margin { horizontal: 1, vertical: 0 });
    draw_tab(play, play.tab, setup.theme, room, buf);
}

fn tabs(play: &mut Play, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let mut spans = vec![Span::styled("─", theme.border)];
    let mut x = area.x + 1;
    for tab in Tab::ALL {
        let open = tab == play.tab;
        let style = if open { theme.selected } else { theme.dim };
        let name = if play.why && tab == Tab::Lesson { "Why" } else { tab.name() };
        let width = name.len() as u16 + 2;
        play.spots.push((Rect { x, width, height: 1, ..area }.intersection(area), Spot::Tab(tab)));
        x += width;
        spans.push(Span::styled(if open { format!("[{name}]") } else { format!(" {name} ") }, style));
    }
    let left = Line::from(spans);
    let right = panel::lesson::beats(&play.lesson, theme);
    let used = (left.width() + right.width() + 4) as u16;
    let rule = (area.width).saturating_sub(left.width() as u16);
    let from = area.x + left.width() as u16;
    if rule > 0 {
        buf.set_stringn(from, area.y, "─".repeat(rule as usize), rule as usize, theme.border);
    }
    left.render(area, buf);
    if used <= area.width {
        let width = right.width() as u16 + 2;
        let at = Rect { x: area.right() - width - 1, y: area.y, width, height: 1 };
        buf.set_stringn(at.x, at.y, " ".repeat(width as usize), width as usize, theme.border);
        right.render(Rect { x: at.x + 1, width: width - 1, ..at }, buf);
    }
}

fn medium(play: &mut Play, setup: Setup, area: Rect, buf: &mut Buffer) {
    let column = (area.width / 3).clamp(36, 44);
    let [left, rule, right] =
        Layout::horizontal([Constraint::Length(column), Constraint::Length(1), Constraint::Fill(1)])
            .areas(area);
    lesson_column(play, setup.theme, left, buf);
    vertical_rule(setup.theme, rule, buf);
    let below = (right.height * 9 / 20).max(10);
    let [picture, strip] = Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(right);
    draw_diagram(play, setup, picture, buf);
    let goals = panel::goals::page(&play.lesson.goals, strip.width as usize - 2, setup.theme);
    let goals_height = (goals.len() as u16 + 1).min(strip.height / 3 + 1);
    let [top, lower] = Layout::vertical([Constraint::Length(goals_height), Constraint::Fill(1)]).areas(strip);
    let top = heading("Goals", setup.theme, top, buf).inner(Margin { horizontal: 1, vertical: 0 });
    lines(&goals, 0, setup.theme, top, buf);
    let [signals, slot] =
        Layout::horizontal([Constraint::Percentage(54), Constraint::Percentage(46)]).areas(lower);
    framed(play, Tab::Signals, setup.theme, signals, buf);
    let tab = if play.tab == Tab::Inspector { Tab::Inspector } else { Tab::Log };
    framed(play, tab, setup.theme, slot, buf);
}

fn large(play: &mut Play, setup: Setup, area: Rect, buf: &mut Buffer) {
    let side = (area.width / 4).clamp(44, 60);
    let [left, rule_left, middle, rule_right, right] = Layout::horizontal([
        Constraint::Length(side),
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Length(side),
    ])
    .areas(area);
    let goals = panel::goals::page(&play.lesson.goals, side as usize - 2, setup.theme);
    let [text, judged] = Layout::vertical([
        Constraint::Fill(1),
        Constraint::Length((goals.len() as u16 + 2).min(left.height / 3)),
    ])
    .areas(left);
    lesson_column(play, setup.theme, text, buf);
    let judged = heading("Goals", setup.theme, judged, buf).inner(Margin { horizontal: 1, vertical: 0 });
    lines(&goals, 0, setup.theme, judged, buf);
    vertical_rule(setup.theme, rule_left, buf);
    vertical_rule(setup.theme, rule_right, buf);
    let [picture, charts] = Layout::vertical([Constraint::Fill(1), Constraint::Length(25)]).areas(middle);
    draw_diagram(play, setup, picture, buf);
    framed(play, Tab::Signals, setup.theme, charts, buf);
    let [known, events] = Layout::vertical([Constraint::Fill(3), Constraint::Fill(2)]).areas(right);
    framed(play, Tab::Inspector, setup.theme, known, buf);
    framed(play, Tab::Log, setup.theme, events, buf);
}

fn lesson_column(play: &mut Play, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let area = area.inner(Margin { horizontal: 1, vertical: 0 });
    let beats = panel::lesson::beats(&play.lesson, theme);
    beats.render(Rect { height: 1.min(area.height), ..area }, buf);
    let room = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area }.intersection(area);
    draw_tab(play, Tab::Lesson, theme, room, buf);
}

fn vertical_rule(theme: &Theme, area: Rect, buf: &mut Buffer) {
    for y in area.top()..area.bottom() {
        buf.set_stringn(area.x, y, "│", 1, theme.border);
    }
}

fn framed(play: &mut Play, tab: Tab, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let room = heading(tab.name(), theme, area, buf).inner(Margin { horizontal: 1, vertical: 0 });
    draw_tab(play, tab, theme, room, buf);
}

/// Draws one panel. The one that the arrows scroll is the open tab; where the lesson is always there, the lesson.
fn draw_tab(play: &mut Play, tab: Tab, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let width = (area.width as usize).saturating_sub(1);
    let height = area.height as usize;
    let page = match tab {
        Tab::Lesson if play.why => why(play, width, theme),
        Tab::Lesson => panel::lesson::page(&play.lesson, play.paused, width, height, theme),
        Tab::Goals => panel::goals::page(&play.lesson.goals, width, theme),
        Tab::Inspector => {
            let page = panel::inspector::page(&play.snapshot, play.selected, &play.desk, width, theme);
            // The knob that is being changed stays in sight.
            if play.desk.open {
                let at = page.iter().position(|l| l.spans.first().is_some_and(|s| s.content == CHOSEN));
                play.scroll.0 = at.map_or(0, |at| (at + 3).saturating_sub(height));
            }
            page
        }
        Tab::Signals => {
            let (windows, before) = (&play.snapshot.windows, &play.before);
            let number = play.lesson.question.as_ref().and_then(|q| q.number.as_ref());
            let guess = number.and_then(|n| Some((n.path.as_str(), n.guess.as_ref()?.0)));
            // The whole scene, and a little of what was normal before it.
            let (length, normal) = (play.lesson.length.secs(), play.session.origin().secs());
            let span = (length + normal.min(length / 8.0)) as usize;
            let goals = &play.lesson.goals;
            let charts = panel::signals::Charts { windows, before, goals, guess, span, theme };
            return charts.draw(&mut play.charts, area, buf);
        }
        Tab::Log => return panel::log::draw(&play.snapshot.log, play.session.origin(), theme, area, buf),
    };
    let scrolled = match play.room {
        Room::Small => tab == play.tab,
        Room::Medium => tab == Tab::Inspector || (tab == Tab::Lesson && play.tab != Tab::Inspector),
        Room::Large => {
            (tab == Tab::Inspector) == play.desk.open && matches!(tab, Tab::Inspector | Tab::Lesson)
        }
    };
    if scrolled {
        play.scroll.1 = page.len().saturating_sub(height);
        play.scroll.0 = play.scroll.0.min(play.scroll.1);
    }
    let from = if scrolled { play.scroll.0 } else { 0 };
    if tab == Tab::Lesson && !play.why {
        choices(play, &page, from, area);
    }
    lines(&page, from, theme, area, buf);
}

/// Notes where the choices of a page stand: a digit leads a choice, blanks of its width the lines below it.
fn choices(play: &mut Play, page: &[Line], from: usize, area: Rect) {
    let mut choice = None;
    for (at, line) in page.iter().enumerate() {
        let lead = line.spans.first().map_or("", |s| s.content.as_ref());
        let word = lead.trim_matches([' ', '▸', '✓']);
        choice = match word.parse::<usize>() {
            Ok(n @ 1..=9) if line.spans.len() > 1 => Some(n - 1),
            _ if word.is_empty() && !lead.is_empty() => choice,
            _ => None,
        };
        if let (Some(choice), Some(row)) =
            (choice, at.checked_sub(from).filter(|r| *r < area.height as usize))
        {
            let room = Rect { y: area.y + row as u16, height: 1, ..area };
            play.spots.push((room, Spot::Choice(choice)));
        }
    }
}

fn why(play: &Play, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let Some(found) = &play.bottleneck else {
        return vec![Line::styled("Nothing holds the system back right now.", theme.dim)];
    };
    let name = play.snapshot.nodes.get(found.node.index()).map_or("", |n| &n.name);
    let mut out = vec![Line::from(vec![
        Span::styled("The bottleneck is ", theme.text),
        Span::styled(name.to_owned(), theme.strong),
        Span::styled(format!(": {}.", found.resource), theme.text),
    ])];
    out.push(Line::default());
    out.extend(
        flow(&format!("{}.", capital(&found.why)), width)
            .into_iter()
            .map(|row| Line::styled(row, theme.text)),
    );
    if !play.chain.is_empty() {
        out.push(Line::default());
        out.push(Line::styled("How it came to this:", theme.strong));
        let facts = play.chain.iter().map(|fact| capital(fact));
        out.extend(facts.flat_map(|fact| panel::marked("▸ ", &fact, width, theme.accent, theme.text)));
    }
    out.push(Line::default());
    out.push(Line::from(vec![
        Span::styled("Esc", theme.key),
        Span::styled("  back to the lesson", theme.dim),
    ]));
    out
}

/// Draws the running system.
pub fn draw_diagram(play: &mut Play, setup: Setup, area: Rect, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    let view = View {
        snapshot: &play.snapshot,
        selected: play.selected,
        bottleneck: play.bottleneck.as_ref().map(|b| b.node),
        motion: play.motion(setup.fps, setup.motion),
        theme: setup.theme,
    };
    play.diagram.render(&view, area, buf);
}

/// What the dots of the diagram mean now.
pub fn legend(play: &Play, setup: Setup, width: u16) -> Line<'static> {
    let mut line = diagram::legend(play.motion(setup.fps, setup.motion), setup.theme);
    let whole = line.spans.len();
    while line.width() > width as usize {
        line.spans.pop();
    }
    // A glyph whose word was dropped goes with it.
    if line.spans.len() < whole && line.spans.len() % 2 == 1 {
        line.spans.pop();
    }
    line
}
