//! The panels of the play screen, each drawn from the play into its place.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use crate::insight::theory::curve::Curve;
use crate::sim::time::Time;
use crate::tui::panel::inspector::CHOSEN;
use crate::tui::panel::signals::Charts;
use crate::tui::panel::{self, capital, flow, lines};
use crate::tui::screen::play::{Play, Room, Tab};
use crate::tui::screen::stage::Spot;
use crate::tui::theme::{Theme, ThemeKind};

/// From this width on the curve stands beside the figures.
const TWO_COLUMNS: u16 = 66;

/// Draws one panel. The one that the arrows scroll is the open tab; where the lesson is always there, the lesson.
pub(super) fn draw(play: &mut Play, tab: Tab, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let width = (area.width as usize).saturating_sub(1);
    let height = area.height as usize;
    let (area, page) = match tab {
        Tab::Lesson if play.why => (area, why(play, width, theme)),
        Tab::Lesson => (area, panel::lesson::page(&play.lesson, play.paused, width, height, theme)),
        Tab::Goals => (area, panel::goals::page(&play.lesson.goals, width, theme)),
        Tab::Inspector => inspector(play, theme, area, buf),
        Tab::Signals | Tab::Busy => return charts(play, tab, theme, area, buf),
        Tab::Log => return log(play, theme, area, buf),
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
        let row = at.checked_sub(from).filter(|row| *row < area.height as usize);
        if let (Some(choice), Some(row)) = (choice, row) {
            let room = Rect { y: area.y + row as u16, height: 1, ..area };
            play.spots.push((room, Spot::Choice(choice)));
        }
    }
}

/// The page about the selected part and the place for it; where there is room, its curve is drawn beside that.
fn inspector(play: &mut Play, theme: &Theme, area: Rect, buf: &mut Buffer) -> (Rect, Vec<Line<'static>>) {
    let page = |curve: Option<&Curve>, width: u16| {
        let width = (width as usize).saturating_sub(1);
        panel::inspector::page(&play.snapshot, play.selected, &play.desk, curve, width, theme)
    };
    if play.desk.open {
        let page = page(None, area.width);
        // The knob that is being changed stays in sight.
        let at = page.iter().position(|l| l.spans.first().is_some_and(|s| s.content == CHOSEN));
        play.scroll.0 = at.map_or(0, |at| (at + 3).saturating_sub(area.height as usize));
        return (area, page);
    }
    match &play.curve {
        Some(curve) if area.width >= TWO_COLUMNS => {
            let [left, _, right] =
                Layout::horizontal([Constraint::Fill(1), Constraint::Length(2), Constraint::Fill(1)])
                    .areas(area);
            let plot = panel::curve::page(curve, right.width as usize, right.height as usize, theme);
            lines(&plot, 0, theme, right, buf);
            (left, page(None, left.width))
        }
        curve => (area, page(curve.as_ref(), area.width)),
    }
}

/// While the clock runs, charts are drawn anew at most once in so many frames: where every frame brings a new second,
/// no eye follows more.
const CHART_FRAMES: u64 = 3;

/// What the charts were drawn from, but for the run's news.
#[derive(Clone, PartialEq, Debug)]
struct Source {
    area: Rect,
    theme: ThemeKind,
    at: Option<Time>,
    guess: Option<f64>,
    /// Commands so far: one of them may have changed the past.
    commands: u64,
    scene: (usize, u64, Time),
}

/// Charts as they were drawn last.
#[derive(Clone, Debug)]
pub struct Drawn {
    source: Source,
    /// The latest second of the run, of the ghost, and of the log.
    news: [Option<Time>; 3],
    frame: u64,
    picture: Buffer,
}

impl Drawn {
    /// It can be shown again.
    fn is_fresh(&self, source: &Source, news: [Option<Time>; 3], play: &Play) -> bool {
        let soon = play.runs() && play.frame.wrapping_sub(self.frame) < CHART_FRAMES;
        self.source == *source && (self.news == news || soon)
    }
}

/// The signals, or how busy the nodes are. They change once a second: until then they are copied.
fn charts(play: &mut Play, tab: Tab, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    let number = play.lesson.question.as_ref().and_then(|q| q.number.as_ref());
    let guess = number.and_then(|n| Some((n.path.as_str(), n.guess.as_ref()?.0)));
    let log = &play.snapshot.log;
    let source = Source {
        area,
        theme: theme.kind,
        at: play.reading.at,
        guess: guess.map(|g| g.1),
        commands: play.commands,
        scene: (play.lesson.scene, play.session.seed(), play.session.origin()),
    };
    let [run, ghost] = [&play.snapshot.windows, &play.before].map(|all| all.last().map(|w| w.end));
    let news = [run, ghost, log.last().map(|e| e.at)];
    let slot = usize::from(tab == Tab::Busy);
    if play.drawn[slot].as_ref().is_none_or(|drawn| !drawn.is_fresh(&source, news, play)) {
        let mut picture = Buffer::empty(area);
        picture.set_style(area, theme.text);
        // The whole scene, and a little of what was normal before it.
        let (length, normal) = (play.lesson.length.secs(), play.session.origin().secs());
        let charts = Charts {
            windows: &play.snapshot.windows,
            before: &play.before,
            goals: &play.lesson.goals,
            guess,
            span: (length + normal.min(length / 8.0)) as usize,
            log,
            origin: play.session.origin(),
            at: play.reading.at,
            theme,
        };
        if tab == Tab::Busy {
            charts.draw_nodes(&play.snapshot.nodes, area, &mut picture);
        } else {
            play.reading.stride = charts.draw(&mut play.columns, area, &mut picture);
        }
        play.charted += 1;
        play.drawn[slot] = Some(Drawn { source, news, frame: play.frame, picture });
    }
    let kept = play.drawn[slot].iter().flat_map(|drawn| drawn.picture.content.iter());
    for (at, cell) in area.positions().zip(kept) {
        if let Some(to) = buf.cell_mut(at) {
            to.clone_from(cell);
        }
    }
}

fn log(play: &mut Play, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let view = panel::log::View {
        log: &play.snapshot.log,
        origin: play.session.origin(),
        until: play.reading.at,
        filter: &play.reading.filter,
        typing: play.reading.typing,
    };
    let open = play.tab == Tab::Log && play.room == Room::Small;
    // Up means back in time.
    let skip = if open { play.scroll.1.saturating_sub(play.scroll.0) } else { 0 };
    let hidden = view.draw(skip, theme, area, buf);
    if open {
        let stays_latest = play.scroll.0 >= play.scroll.1;
        play.scroll.1 = hidden;
        play.scroll.0 = if stays_latest { hidden } else { play.scroll.0.min(hidden) };
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
