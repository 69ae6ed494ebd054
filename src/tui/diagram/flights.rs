//! Each sampled call as a dot on its line, and the calls that wait at a door.

use std::collections::BTreeMap;

use ratatui::layout::Position;

use super::brush::Brush;
use super::face::Face;
use super::layout::Layout;
use super::marks::Mark;
use crate::sim::id::{LinkId, NodeId};
use crate::sim::snapshot::{Flight, Snapshot};
use crate::sim::time::Time;

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

/// Where a flight is: its line, the cell of its path, and what it is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Place {
    pub flight: usize,
    pub edge: usize,
    pub cell: usize,
    pub mark: Mark,
    pub back: bool,
}

/// Every flight that has a line.
pub(super) fn places(layout: &Layout, snapshot: &Snapshot) -> Vec<Place> {
    let edges: BTreeMap<(LinkId, usize, usize), usize> =
        layout.graph.edges.iter().enumerate().map(|(i, e)| ((e.link, e.from, e.to), i)).collect();
    let place = |(index, flight): (usize, &Flight)| {
        let (edge, cell) = cell_of(flight, layout, snapshot, &edges)?;
        Some(Place { flight: index, edge, cell, mark: Mark::of(flight), back: flight.reply })
    };
    snapshot.flights.iter().enumerate().filter_map(place).collect()
}

/// Draws them; where several meet in a cell the one that matters most is seen. Says where they are.
pub(super) fn paint(brush: &mut Brush, layout: &Layout, places: &[Place]) -> Vec<Dot> {
    let at = |p: &Place| layout.routes.paths[p.edge][p.cell];
    let mut marks: Vec<(Mark, Position)> = places.iter().map(|p| (p.mark, at(p))).collect();
    marks.sort_by_key(|m| m.0);
    for (mark, at) in marks {
        brush.put(at.x, at.y, mark.glyph(), mark.style(brush.theme));
    }
    places.iter().map(|p| Dot { flight: p.flight, column: at(p).x, row: at(p).y }).collect()
}

fn cell_of(
    flight: &Flight,
    layout: &Layout,
    snapshot: &Snapshot,
    edges: &BTreeMap<(LinkId, usize, usize), usize>,
) -> Option<(usize, usize)> {
    let link = snapshot.links.get(flight.link.index()).filter(|l| l.id == flight.link)?;
    let from = layout.graph.box_of(link.from, flight.from_replica)?;
    let to = layout.graph.box_of(link.to, flight.to_replica)?;
    let edge = *edges.get(&(flight.link, from, to))?;
    let gone = progress((flight.sent, flight.due, flight.reply), snapshot.now);
    Some((edge, cell_at(layout, edge, gone)?))
}

/// The line and the cell of a message between two servers that is under way since and until an instant; `back` = it
/// is an answer.
pub(super) fn cell_on(
    layout: &Layout,
    (link, from, to): (LinkId, (NodeId, u16), (NodeId, u16)),
    journey: (Time, Time, bool),
    now: Time,
) -> Option<(usize, usize)> {
    let (from, to) = (layout.graph.box_of(from.0, from.1)?, layout.graph.box_of(to.0, to.1)?);
    let edge = layout.graph.edges.iter().position(|e| (e.link, e.from, e.to) == (link, from, to))?;
    Some((edge, cell_at(layout, edge, progress(journey, now))?))
}

/// The cell of a line at a share of its length.
fn cell_at(layout: &Layout, edge: usize, gone: f64) -> Option<usize> {
    let path = layout.routes.paths.get(edge).filter(|path| !path.is_empty())?;
    // The arrow stays visible, unless it is all there is.
    let room = path.len().saturating_sub(1).max(1);
    Some(((gone * room as f64) as usize).min(room - 1))
}

/// How far from the caller a message is, 0 to 1 of the way.
fn progress((sent, due, back): (Time, Time, bool), now: Time) -> f64 {
    let whole = due.saturating_sub(sent).ns();
    let gone =
        if whole == 0 { 1.0 } else { (now.saturating_sub(sent).ns() as f64 / whole as f64).clamp(0.0, 1.0) };
    if back { 1.0 - gone } else { gone }
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
