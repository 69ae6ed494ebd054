//! What moves: each sampled call as a dot on its line, or, where time runs too fast for that, the flow; and the
//! calls that wait at a door.

use std::collections::BTreeMap;

use ratatui::layout::Position;
use ratatui::style::Style;

use super::brush::Brush;
use super::face::Face;
use super::layout::Layout;
use super::wires::{Flow, busiest};
use crate::sim::id::LinkId;
use crate::sim::snapshot::{Cargo, Flight, LinkStyle, Snapshot};
use crate::sim::time::Time;
use crate::tui::theme::Theme;

/// A flight of the snapshot and the cell where it was drawn. Later dots may cover earlier ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dot {
    /// Index in `Snapshot::flights`.
    pub flight: usize,
    /// Column of the screen.
    pub column: u16,
    /// Row of the screen.
    pub row: u16,
}

/// Kinds of dots; where several meet in a cell the last of these is seen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Mark {
    Probe,
    Reply,
    Replication,
    Message,
    Request,
    Write,
    Failed,
}

impl Mark {
    pub const ALL: [Self; 7] = [
        Self::Request,
        Self::Write,
        Self::Reply,
        Self::Failed,
        Self::Message,
        Self::Replication,
        Self::Probe,
    ];

    fn of(flight: &Flight) -> Self {
        match flight.cargo {
            Cargo::Probe => Self::Probe,
            _ if flight.failed.is_some() => Self::Failed,
            Cargo::Replication => Self::Replication,
            _ if flight.reply => Self::Reply,
            Cargo::Fill | Cargo::Delivery => Self::Message,
            Cargo::Call | Cargo::Part if flight.write => Self::Write,
            Cargo::Call | Cargo::Part => Self::Request,
        }
    }

    pub const fn glyph(self) -> char {
        match self {
            Self::Probe => '·',
            Self::Reply => '◦',
            Self::Replication => '▪',
            Self::Message => '■',
            Self::Request => '●',
            Self::Write => '◆',
            Self::Failed => '×',
        }
    }

    pub const fn word(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Reply => "reply",
            Self::Replication => "log",
            Self::Message => "message",
            Self::Request => "request",
            Self::Write => "write",
            Self::Failed => "failed",
        }
    }

    pub const fn style(self, theme: &Theme) -> Style {
        match self {
            Self::Probe => theme.dim,
            Self::Reply => theme.reply,
            Self::Replication => theme.replication,
            Self::Message => theme.message,
            Self::Request => theme.dot,
            Self::Write => theme.write,
            Self::Failed => theme.bad,
        }
    }
}

/// Draws every flight that has a line, and says where.
pub(super) fn paint_requests(brush: &mut Brush, layout: &Layout, snapshot: &Snapshot) -> Vec<Dot> {
    let edges: BTreeMap<(LinkId, usize, usize), usize> =
        layout.graph.edges.iter().enumerate().map(|(i, e)| ((e.link, e.from, e.to), i)).collect();
    let mut dots = Vec::new();
    let mut marks: Vec<(Mark, Position)> = Vec::new();
    for (index, flight) in snapshot.flights.iter().enumerate() {
        let Some(at) = cell_of(flight, layout, snapshot, &edges) else { continue };
        dots.push(Dot { flight: index, column: at.x, row: at.y });
        marks.push((Mark::of(flight), at));
    }
    marks.sort_by_key(|m| m.0);
    for (mark, at) in marks {
        brush.put(at.x, at.y, mark.glyph(), mark.style(brush.theme));
    }
    dots
}

fn cell_of(
    flight: &Flight,
    layout: &Layout,
    snapshot: &Snapshot,
    edges: &BTreeMap<(LinkId, usize, usize), usize>,
) -> Option<Position> {
    let link = snapshot.links.get(flight.link.index()).filter(|l| l.id == flight.link)?;
    let from = layout.graph.box_of(link.from, flight.from_replica)?;
    let to = layout.graph.box_of(link.to, flight.to_replica)?;
    let path = layout.routes.paths.get(*edges.get(&(flight.link, from, to))?)?;
    // The arrow stays visible, unless it is all there is.
    let room = path.len().saturating_sub(1).max(path.len().min(1));
    let gone = progress(flight, snapshot.now);
    let gone = if flight.reply { 1.0 - gone } else { gone };
    path.get(((gone * room as f64) as usize).min(room.saturating_sub(1))).copied()
}

/// How much of its way a flight has gone, 0 to 1.
fn progress(flight: &Flight, now: Time) -> f64 {
    let whole = flight.due.saturating_sub(flight.sent).ns();
    if whole == 0 {
        return 1.0;
    }
    (now.saturating_sub(flight.sent).ns() as f64 / whole as f64).clamp(0.0, 1.0)
}

/// Distances between dots, in cells: few steps, so that the picture does not jump when a rate changes a little.
const GAPS: [u64; 6] = [3, 4, 5, 6, 8, 10];

/// The distance for a share of the busiest flow: density grows with the root of the rate.
fn gap(share: f64) -> u64 {
    let wish = 10.0 - 7.0 * share.clamp(0.0, 1.0).sqrt();
    GAPS.into_iter().min_by_key(|&g| ((g as f64 - wish).abs() * 1000.0) as u64).unwrap_or(10)
}

/// Draws the flow: every box sends dots at a steady pace and deals them to its lines in proportion to their rates,
/// so that dots do not clump on a shared trunk.
pub(super) fn paint_flow(brush: &mut Brush, layout: &Layout, flows: &[Flow], frame: u64) {
    let most = busiest(flows);
    if most <= 0.0 {
        return;
    }
    let edges = &layout.graph.edges;
    for source in 0..layout.graph.boxes.len() {
        for style in [LinkStyle::Call, LinkStyle::Message, LinkStyle::Replication] {
            let own: Vec<usize> = (0..edges.len())
                .filter(|&e| edges[e].from == source && edges[e].style == style)
                .filter(|&e| flows[e].rate > 0.0 && layout.routes.paths[e].len() > 1)
                .collect();
            deal(brush, layout, flows, &own, (source as u64, frame, most));
        }
    }
}

fn deal(
    brush: &mut Brush,
    layout: &Layout,
    flows: &[Flow],
    own: &[usize],
    (source, frame, most): (u64, u64, f64),
) {
    let theme = brush.theme;
    let total: f64 = own.iter().map(|&e| flows[e].rate).sum();
    let Some(longest) = own.iter().map(|&e| layout.routes.paths[e].len() as u64).max() else { return };
    let gap = gap(total / most);
    // Later than any path is long, so that the first frame already shows the whole flow.
    let now = frame.wrapping_add(source * 2).wrapping_add(longest);
    for number in now.saturating_sub(longest) / gap..=now / gap {
        let edge = choose(own, flows, total, number.wrapping_add(source));
        let path = &layout.routes.paths[edge];
        let position = now.saturating_sub(number * gap) as usize;
        if position + 1 >= path.len() {
            continue;
        }
        let fails = (number.wrapping_mul(37).wrapping_add(edge as u64 * 11)) % 100;
        let (glyph, style) = if (fails as f64) < flows[edge].failed * 100.0 {
            ('×', theme.bad)
        } else {
            match layout.graph.edges[edge].style {
                LinkStyle::Call => ('●', theme.dot),
                LinkStyle::Message => ('■', theme.message),
                LinkStyle::Replication => ('▪', theme.replication),
            }
        };
        brush.put(path[position].x, path[position].y, glyph, style);
    }
}

/// Multiples of it spread evenly over the unit interval.
const GOLDEN: f64 = 0.618_033_988_749_895;

/// The line that dot `number` takes: evenly in turn where rates are equal, else by a sequence that spreads well.
fn choose(own: &[usize], flows: &[Flow], total: f64, number: u64) -> usize {
    let first = own.first().copied().unwrap_or(0);
    let mean = total / own.len().max(1) as f64;
    if own.iter().all(|&e| (flows[e].rate - mean).abs() <= 0.2 * mean) {
        return own.get((number % own.len().max(1) as u64) as usize).copied().unwrap_or(first);
    }
    let mut left = ((number % 100_000) as f64 * GOLDEN).fract() * total;
    for &edge in own {
        if left < flows[edge].rate {
            return edge;
        }
        left -= flows[edge].rate;
    }
    own.last().copied().unwrap_or(first)
}

/// Cells of a queue before a door.
const DOOR: usize = 5;

/// Hollow dots before every box with waiting calls: the more, the longer. A call or two that wait are daily business
/// and show as pips alone.
pub(super) fn paint_doors(brush: &mut Brush, layout: &Layout, faces: &[Option<Face>]) {
    let theme = brush.theme;
    let mut done: Vec<Position> = Vec::new();
    for (edge, path) in layout.graph.edges.iter().zip(&layout.routes.paths) {
        let Some(face) = &faces[edge.to] else { continue };
        let Some(&tip) = path.last() else { continue };
        if face.queue == 0 || face.condition.banner().is_some() || done.contains(&tip) {
            continue;
        }
        done.push(tip);
        let run = path.iter().rev().take_while(|p| p.y == tip.y).count().saturating_sub(2);
        let longest = run.min(DOOR).min(path.len() / 2);
        let count = (waiting(face) * longest as f64).round() as usize;
        let style = if face.is_full() { theme.bad } else { theme.warn };
        for at in path.iter().rev().skip(1).take(count) {
            brush.put(at.x, at.y, '○', style);
        }
    }
}

/// How full the waiting room is, 0 to 1; an unbounded one by the logarithm of its queue.
fn waiting(face: &Face) -> f64 {
    match face.capacity {
        Some(room) if room > 0 => f64::from(face.queue) / f64::from(room),
        _ => f64::from(face.queue.checked_ilog2().unwrap_or(0)) / 10.0,
    }
    .clamp(0.0, 1.0)
}
