//! The cells that each line runs through, and for every cell which lines meet there.

use std::collections::BTreeMap;

use ratatui::layout::Position;

use super::graph::Graph;
use super::layers::{Layered, style_key};
use super::nets::Gutter;

/// Sides of a cell, as bits.
pub(super) const NORTH: u8 = 1;
pub(super) const EAST: u8 = 2;
pub(super) const SOUTH: u8 = 4;
pub(super) const WEST: u8 = 8;

/// One edge in one cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Strand {
    pub edge: usize,
    /// Lines of one net join, lines of different nets cross.
    pub net: usize,
    /// Sides of the cell that it touches.
    pub sides: u8,
}

/// A cell with lines in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct WireCell {
    pub at: Position,
    pub strands: Vec<Strand>,
}

/// The lines of a picture.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Routes {
    /// By edge: cells from the caller's border to the callee's; the last one carries the arrow.
    pub paths: Vec<Vec<Position>>,
    pub cells: Vec<WireCell>,
    /// By edge: it runs backwards.
    pub backward: Vec<bool>,
}

/// Columns of the layers, in cells of the screen.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    /// Left edge of each layer.
    pub x: Vec<u16>,
    /// Width of its boxes.
    pub width: Vec<u16>,
    /// Row of the screen that rows count from.
    pub y: u16,
    /// Rows (of the screen) below all boxes, for links that run backwards; empty without them.
    pub back_rows: Vec<u16>,
    /// Cells of a gutter where no trunk runs: after the boxes, and there and before the next ones together.
    pub lead: u16,
    pub reserved: u16,
}

impl Columns {
    fn right(&self, layer: usize) -> u16 {
        self.x[layer] + self.width[layer]
    }
}

impl Routes {
    /// Lines that are not drawn.
    pub fn none(edges: usize) -> Self {
        Self { paths: vec![Vec::new(); edges], cells: Vec::new(), backward: vec![false; edges] }
    }

    pub fn new(
        graph: &Graph,
        layered: &Layered,
        gutters: &[Gutter],
        columns: &Columns,
        middle: &[u16],
    ) -> Self {
        let mut cells: BTreeMap<(u16, u16), Vec<Strand>> = BTreeMap::new();
        let mut paths = Vec::with_capacity(graph.edges.len());
        let mut backs = 0;
        for (index, (edge, chain)) in graph.edges.iter().zip(&layered.chains).enumerate() {
            let points = if let Some(chain) = chain {
                forward_path(layered, gutters, columns, chain, style_key(edge.style))
            } else {
                backs += 1;
                backward_path(layered, columns, middle, (edge.from, edge.to), backs)
            };
            for (i, &(at, net)) in points.iter().enumerate() {
                let before = i.checked_sub(1).map(|i| points[i].0);
                let sides = side(at, before, WEST) | side(at, points.get(i + 1).map(|p| p.0), EAST);
                cells.entry((at.y, at.x)).or_default().push(Strand { edge: index, net, sides });
            }
            paths.push(points.into_iter().map(|p| p.0).collect());
        }
        let cells = cells
            .into_iter()
            .map(|((y, x), strands)| WireCell { at: Position::new(x, y), strands })
            .collect();
        Self { paths, cells, backward: layered.chains.iter().map(Option::is_none).collect() }
    }
}

type Point = (Position, usize);

/// The side of `at` where `other` lies.
fn side(at: Position, other: Option<Position>, at_an_end: u8) -> u8 {
    match other {
        None => at_an_end,
        Some(o) if o.y < at.y => NORTH,
        Some(o) if o.x > at.x => EAST,
        Some(o) if o.y > at.y => SOUTH,
        Some(_) => WEST,
    }
}

/// Net numbers are unique over all gutters.
const NETS_PER_GUTTER: usize = 10_000;

fn forward_path(
    layered: &Layered,
    gutters: &[Gutter],
    columns: &Columns,
    chain: &[usize],
    style: u8,
) -> Vec<Point> {
    let mut points = Vec::new();
    for pair in chain.windows(2) {
        let layer = layered.items[pair[0]].layer;
        let Some((net, leave, arrive)) = gutters[layer].way((pair[0], pair[1], style)) else { continue };
        let is_box = layered.items[pair[0]].piece.is_some();
        let start = if is_box { columns.right(layer) } else { columns.x[layer] };
        let end = columns.x[layer + 1].saturating_sub(1);
        let bend = gutters[layer].nets[net].channel.map_or(start, |c| channel_x(columns, gutters, layer, c));
        let number = layer * NETS_PER_GUTTER + net;
        let mut pen = Pen { points: &mut points, net: number };
        pen.across(start, bend, columns.y + leave);
        pen.down(bend, columns.y + leave, columns.y + arrive);
        pen.across(bend, end, columns.y + arrive);
    }
    points
}

/// Spreads the channels evenly over the gutter; the cells beside the boxes stay free.
fn channel_x(columns: &Columns, gutters: &[Gutter], layer: usize, channel: u16) -> u16 {
    let start = columns.right(layer);
    let room = columns.x[layer + 1].saturating_sub(start + columns.reserved).max(1);
    let count = gutters[layer].channels.max(1);
    start + columns.lead + ((channel * 2 + 1) * room / (2 * count)).min(room - 1)
}

/// Around below: down beside the caller, along a row under all boxes, up before the callee.
fn backward_path(
    layered: &Layered,
    columns: &Columns,
    middle: &[u16],
    (from, to): (usize, usize),
    count: usize,
) -> Vec<Point> {
    let Some(&row) = columns.back_rows.get(count % columns.back_rows.len().max(1)) else { return Vec::new() };
    let mut points = Vec::new();
    let mut pen = Pen { points: &mut points, net: usize::MAX - to };
    let start = columns.right(layered.items[from].layer);
    let end = columns.x[layered.items[to].layer].saturating_sub(1);
    let rise = end.saturating_sub(1);
    pen.down(start, columns.y + middle[from], row);
    pen.across(start, rise, row);
    pen.down(rise, row, columns.y + middle[to]);
    pen.across(rise, end, columns.y + middle[to]);
    points
}

struct Pen<'a> {
    points: &'a mut Vec<Point>,
    net: usize,
}

impl Pen<'_> {
    fn mark(&mut self, x: u16, y: u16) {
        let at = Position::new(x, y);
        if self.points.last().is_none_or(|p| p.0 != at) {
            self.points.push((at, self.net));
        }
    }
    fn across(&mut self, from: u16, to: u16, y: u16) {
        if from <= to {
            (from..=to).for_each(|x| self.mark(x, y));
        } else {
            (to..=from).rev().for_each(|x| self.mark(x, y));
        }
    }
    fn down(&mut self, x: u16, from: u16, to: u16) {
        if from <= to {
            (from..=to).for_each(|y| self.mark(x, y));
        } else {
            (to..=from).rev().for_each(|y| self.mark(x, y));
        }
    }
}
