//! Where everything stands: the largest boxes that fit the area, else folded nodes, else a plain list.

use ratatui::layout::Rect;

use super::bands::BORDER;
use super::graph::{FOLD_OVER, Graph};
use super::layers::{Former, Layered};
use super::nets::Gutter;
use super::route::{Columns, Routes};
use super::rows::{self, Spacing};
use super::viewport::Viewport;
use crate::sim::component::Kind;
use crate::sim::snapshot::Snapshot;

/// Sizes of boxes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) enum Tier {
    /// Lines of a list, without links.
    #[default]
    List,
    /// One line each, with links.
    Line,
    /// 3 rows, at most 11 cells wide.
    Tiny,
    /// 3 rows.
    Small,
    /// 5 rows.
    Medium,
    /// 7 rows.
    Large,
    /// 9 rows.
    Huge,
}

/// The largest picture that is shown through a window, cells.
const LARGEST: (u16, u16) = (700, 400);

impl Tier {
    /// The size so many steps larger, as far as there is one; it always has links.
    fn zoomed(self, steps: i8) -> Self {
        let all = [Self::Line, Self::Tiny, Self::Small, Self::Medium, Self::Large, Self::Huge];
        let own = all.iter().position(|t| *t == self).unwrap_or(0);
        all[own.saturating_add_signed(steps.into()).min(all.len() - 1)]
    }
    /// The next smaller size.
    const fn below(self) -> Self {
        match self {
            Self::Huge => Self::Large,
            Self::Large => Self::Medium,
            Self::Medium => Self::Small,
            Self::Small => Self::Tiny,
            Self::Tiny => Self::Line,
            Self::Line | Self::List => Self::List,
        }
    }
}

/// One try at a layout.
#[derive(Clone, Copy)]
struct Try {
    tier: Tier,
    /// Least rows between boxes.
    gap: u16,
    /// Widest box where the width follows the names.
    widest: u16,
    /// Lines of different callees may share a channel: readable, but ambiguous.
    crowded: bool,
}

const fn attempt(tier: Tier, gap: u16, widest: u16, crowded: bool) -> Try {
    Try { tier, gap, widest, crowded }
}

/// Tries in order of preference; servers of one node fold rather than shrink below `Small`.
const LADDER: [Try; 13] = [
    attempt(Tier::Huge, 2, 40, false),
    attempt(Tier::Large, 2, 32, false),
    attempt(Tier::Large, 1, 28, false),
    attempt(Tier::Medium, 1, 26, false),
    attempt(Tier::Medium, 1, 20, false),
    attempt(Tier::Small, 1, 16, false),
    attempt(Tier::Small, 1, 13, false),
    attempt(Tier::Small, 0, 13, false),
    attempt(Tier::Tiny, 1, 11, false),
    attempt(Tier::Tiny, 0, 10, false),
    attempt(Tier::Tiny, 0, 9, true),
    attempt(Tier::Line, 1, 14, false),
    attempt(Tier::Line, 0, 10, true),
];

/// Beyond this many boxes or lines nobody can follow a line: a list is drawn at once.
const MOST_BOXES: usize = 120;
const MOST_EDGES: usize = 500;

/// A finished layout. It depends on the parts and the area alone.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    pub graph: Graph,
    pub tier: Tier,
    /// By box; empty where there is no room for it.
    pub rects: Vec<Rect>,
    pub routes: Routes,
    /// Frames that are drawn: index in `Graph::frames`, and their borders.
    pub frames: Vec<(usize, Rect)>,
}

impl Layout {
    /// `former` has the rows of the layout before.
    pub fn new(snapshot: &Snapshot, area: Rect, former: &Former) -> Self {
        let mut last = None;
        for split_up_to in (1..=FOLD_OVER).rev() {
            let graph = Graph::new(snapshot, split_up_to);
            if last.as_ref() == Some(&graph) && split_up_to > 1 {
                continue;
            }
            let is_folded =
                split_up_to == 1 || graph.boxes.iter().all(|b| b.servers != 1 || !is_split(&graph, b.node));
            if let Some(layout) = Self::try_all(&graph, area, is_folded, former) {
                return layout;
            }
            last = Some(graph);
        }
        Self::list(last.unwrap_or_default(), area)
    }

    /// The layout with boxes of so many sizes above the one that fits by itself, and the area that it takes. Where not
    /// everything fits, it is larger than the area rather than a list.
    pub fn zoomed(snapshot: &Snapshot, area: Rect, zoom: i8, former: &Former) -> (Self, Rect) {
        let fitting = Self::new(snapshot, area, former);
        let is_list = fitting.tier == Tier::List && !fitting.rects.is_empty();
        if zoom == 0 && !is_list || !Viewport::is_worth_while(area) {
            return (fitting, area);
        }
        let tier = if is_list { Tier::Small } else { fitting.tier };
        let larger = Self::of_size(snapshot, tier.zoomed(zoom), area, former);
        larger.unwrap_or((fitting, area))
    }

    /// The smallest layout with boxes of a size, at least as large as the area.
    fn of_size(snapshot: &Snapshot, tier: Tier, area: Rect, former: &Former) -> Option<(Self, Rect)> {
        let graph = Graph::new(snapshot, FOLD_OVER);
        if graph.boxes.is_empty() || graph.boxes.len() > MOST_BOXES || graph.edges.len() > MOST_EDGES {
            return None;
        }
        let this = *LADDER.iter().rev().find(|t| t.tier == tier && !t.crowded)?;
        let layered = Layered::new(&graph, !graph.frames.is_empty() && tier >= Tier::Small, former);
        let scene = |width, height| Rect { width, height, ..area };
        let fits = |r: Rect| Self::try_one(&graph, &layered, this, r);
        fits(scene(LARGEST.0, LARGEST.1))?;
        let least = |from: u16, to: u16, fits: &dyn Fn(u16) -> bool| {
            let (mut low, mut high) = (from, to.max(from));
            while low < high {
                let middle = low.midpoint(high);
                if fits(middle) { high = middle } else { low = middle + 1 }
            }
            low
        };
        let height = least(area.height, LARGEST.1, &|h| fits(scene(LARGEST.0, h)).is_some());
        let width = least(area.width, LARGEST.0, &|w| fits(scene(w, height)).is_some());
        let whole = scene(width, height);
        fits(whole).map(|layout| (layout, whole))
    }

    fn try_all(graph: &Graph, area: Rect, is_folded: bool, former: &Former) -> Option<Self> {
        if graph.boxes.is_empty() || graph.boxes.len() > MOST_BOXES || graph.edges.len() > MOST_EDGES {
            return None;
        }
        let layered = Layered::new(graph, false, former);
        let framed = (!graph.frames.is_empty()).then(|| Layered::new(graph, true, former));
        let ladder = || LADDER.iter().filter(|t| is_folded || t.tier >= Tier::Small);
        let plain = ladder().find_map(|&t| Self::try_one(graph, &layered, t, area));
        // Frames are worth boxes that are one size smaller.
        let least = plain.as_ref().map_or(Tier::Small, |l| l.tier.below().max(Tier::Small));
        let framed = framed.and_then(|layered| {
            ladder().filter(|t| t.tier >= least).find_map(|&t| Self::try_one(graph, &layered, t, area))
        });
        framed.filter(|l| !l.frames.is_empty()).or(plain)
    }

    fn try_one(graph: &Graph, layered: &Layered, this: Try, area: Rect) -> Option<Self> {
        let backward = layered.has_back_links();
        let back_rows =
            if backward { 2.min(layered.chains.iter().filter(|c| c.is_none()).count() as u16) } else { 0 };
        let room = area.height.checked_sub(back_rows)?;
        let width: Vec<u16> =
            (0..layered.order.len()).map(|l| column_width(graph, layered, this, l)).collect();
        let least = width.iter().sum::<u16>() + least_gutter(this.tier) * (width.len() as u16 - 1);
        if least > area.width {
            return None;
        }
        let spacing = Spacing { box_height: box_height(this.tier), gap: this.gap };
        let (top, gutters) = clearest(layered, spacing, room)?;
        let lead = 1 + u16::from(layered.is_framed());
        let reserved = lead + 1 + u16::from(backward) + u16::from(layered.is_framed());
        let x = spread(&width, &gutters, this, Edges::new(layered, backward), reserved, area)?;
        let bottom = area.y + area.height;
        let back_rows = (bottom - back_rows..bottom).collect();
        let columns = Columns { x, width, y: area.y, back_rows, lead, reserved };
        let boxes = 0..graph.boxes.len();
        let rects: Vec<Rect> = boxes
            .clone()
            .map(|i| {
                let layer = layered.items[i].layer;
                Rect::new(columns.x[layer], area.y + top[i], columns.width[layer], spacing.box_height)
            })
            .collect();
        let middle: Vec<u16> = boxes.map(|i| top[i] + spacing.box_height / 2).collect();
        let routes = Routes::new(graph, layered, &gutters, &columns, &middle);
        let frames = frames(layered, &rects);
        Some(Self { graph: graph.clone(), tier: this.tier, rects, routes, frames })
    }

    /// Names and states in columns; the last row says what is missing.
    fn list(graph: Graph, area: Rect) -> Self {
        let longest = graph.boxes.iter().map(|b| label_width(b.name.len(), b.servers)).max().unwrap_or(0);
        let width = (longest + 12).clamp(14, 30).min(area.width);
        let mut rects = vec![Rect::default(); graph.boxes.len()];
        let rows = area.height.saturating_sub(1);
        if width > 0 && rows > 0 {
            let columns = ((area.width + 2) / (width + 2)).max(1);
            for (i, rect) in rects.iter_mut().enumerate() {
                let column = (i / usize::from(rows)) as u16;
                let row = (i % usize::from(rows)) as u16;
                if column < columns && i / usize::from(rows) < usize::from(columns) {
                    *rect = Rect::new(area.x + column * (width + 2), area.y + row, width, 1);
                }
            }
        }
        let routes = Routes::none(graph.edges.len());
        Self { graph, tier: Tier::List, rects, routes, frames: Vec::new() }
    }

    /// Where the parts stand, from top to bottom.
    pub fn rows(&self) -> Former {
        let boxes = self.graph.boxes.iter().zip(&self.rects);
        boxes.filter(|(_, rect)| !rect.is_empty()).map(|(b, rect)| (b.part, rect.y)).collect()
    }

    /// How many boxes have a place.
    pub fn shown(&self) -> usize {
        self.rects.iter().filter(|r| !r.is_empty()).count()
    }
}

/// Cells that a frame takes left of its boxes: the arrow stands between.
const FRAME_LEFT: u16 = 2;
const FRAME_RIGHT: u16 = 2;

/// The borders of the frames around their boxes; without those that would take in a box of others.
fn frames(layered: &Layered, rects: &[Rect]) -> Vec<(usize, Rect)> {
    let mut all: Vec<(usize, Rect)> = Vec::new();
    for (item, &rect) in layered.items.iter().zip(rects) {
        let Some(frame) = item.frame else { continue };
        match all.iter_mut().find(|f| f.0 == frame) {
            Some((_, whole)) => *whole = whole.union(rect),
            None => all.push((frame, rect)),
        }
    }
    for (_, r) in &mut all {
        let (x, y) = (r.x.saturating_sub(FRAME_LEFT), r.y.saturating_sub(BORDER));
        *r = Rect::new(x, y, r.right() + FRAME_RIGHT - x, r.bottom() + BORDER - y);
    }
    let others = |frame: usize, border: Rect| {
        let mut boxes = layered.items.iter().zip(rects);
        boxes.any(|(item, rect)| item.frame != Some(frame) && rect.intersects(border))
    };
    let drawn = all.clone();
    all.retain(|&(frame, border)| {
        !others(frame, border) && !drawn.iter().any(|d| d.0 < frame && d.1.intersects(border))
    });
    all
}

/// Cells that stay free at the left and the right of all boxes.
#[derive(Clone, Copy)]
struct Edges {
    before: u16,
    after: u16,
}

impl Edges {
    /// Links that run backwards go around outside, and so do frames.
    fn new(layered: &Layered, backward: bool) -> Self {
        let is_framed = |layer: Option<&Vec<usize>>| {
            layer.is_some_and(|l| l.iter().any(|&i| layered.items[i].frame.is_some()))
        };
        let frame = |layer, cells| if is_framed(layer) { cells } else { 0 };
        let (before, after) = if backward { (3, 1) } else { (0, 0) };
        Self {
            before: frame(layered.order.first(), FRAME_LEFT).max(before),
            after: frame(layered.order.last(), FRAME_RIGHT).max(after),
        }
    }
}

fn is_split(graph: &Graph, node: crate::sim::id::NodeId) -> bool {
    graph.boxes.iter().filter(|b| b.node == node).count() > 1
}

/// Rows by which the even and the odd layers move down, in order of preference.
const STAGGERS: [(u16, u16); 5] = [(0, 0), (0, 1), (1, 0), (0, 2), (2, 0)];

/// Rows and lines. Where the way out of one box would lie on the way into another, every other layer moves down a
/// little, if that helps.
fn clearest(layered: &Layered, spacing: Spacing, height: u16) -> Option<(Vec<u16>, Vec<Gutter>)> {
    let level = rows::place(layered, spacing, height)?;
    let mut best: Option<(usize, Vec<u16>, Vec<Gutter>)> = None;
    for (even, odd) in STAGGERS {
        let mut top = level.clone();
        for (row, item) in top.iter_mut().zip(&layered.items) {
            *row += if item.layer % 2 == 0 { even } else { odd };
        }
        let heights = layered.items.iter().map(|i| if i.piece.is_some() { spacing.box_height } else { 1 });
        if even + odd > 0 && top.iter().zip(heights).any(|(row, own)| row + own > height) {
            continue;
        }
        let gutters: Vec<Gutter> =
            (1..layered.order.len()).map(|l| Gutter::new(layered, l - 1, &top, spacing.box_height)).collect();
        let conflicts = gutters.iter().map(Gutter::conflicts).sum();
        if best.as_ref().is_none_or(|b| conflicts < b.0) {
            best = Some((conflicts, top, gutters));
        }
        // Frames hold their boxes where they are.
        if conflicts == 0 || layered.is_framed() {
            break;
        }
    }
    best.map(|(_, top, gutters)| (top, gutters))
}

const fn box_height(tier: Tier) -> u16 {
    match tier {
        Tier::List | Tier::Line => 1,
        Tier::Tiny | Tier::Small => 3,
        Tier::Medium => 5,
        Tier::Large => 7,
        Tier::Huge => 9,
    }
}

const fn least_gutter(tier: Tier) -> u16 {
    match tier {
        Tier::List | Tier::Line | Tier::Tiny | Tier::Small => 3,
        Tier::Medium => 6,
        Tier::Large | Tier::Huge => 8,
    }
}

/// A small graph on a wide screen stays one picture.
const fn widest_gutter(tier: Tier) -> u16 {
    match tier {
        Tier::List | Tier::Line | Tier::Tiny | Tier::Small => 16,
        Tier::Medium => 22,
        Tier::Large | Tier::Huge => 30,
    }
}

/// Cells of a name with the count of a folded group after it, as `web 6/8`.
fn label_width(name: usize, servers: usize) -> u16 {
    let count = if servers > 1 { 2 + 2 * servers.to_string().len() } else { 0 };
    (name + count).min(60) as u16
}

/// The width of the boxes of a layer follows its longest name.
fn column_width(graph: &Graph, layered: &Layered, this: Try, layer: usize) -> u16 {
    let pieces =
        || layered.order[layer].iter().filter_map(|&i| layered.items[i].piece).map(|i| &graph.boxes[i]);
    let longest = pieces().map(|b| label_width(b.name.len(), b.servers)).max().unwrap_or(0);
    // A folded group has a bar a server beside its figure.
    let bars = pieces().filter(|b| b.servers > 1).map(|b| b.servers.min(20) as u16 + 3).max().unwrap_or(0);
    let longest = longest.max(bars);
    let only_clients = pieces().all(|b| b.kind == Kind::Client);
    let least = match (this.tier, only_clients) {
        (Tier::List | Tier::Line, _) => 7,
        (Tier::Tiny, _) => 8,
        (Tier::Small, true) => 9,
        (Tier::Small, false) => 12,
        (Tier::Medium, true) => 14,
        (Tier::Medium, false) => 20,
        (Tier::Large, true) => 18,
        (Tier::Large, false) => 28,
        (Tier::Huge, true) => 22,
        (Tier::Huge, false) => 36,
    };
    let decoration = match this.tier {
        Tier::Tiny => 2,
        Tier::List | Tier::Line | Tier::Small => 4,
        _ => 6,
    };
    (longest + decoration).clamp(least, this.widest.max(least))
}

/// The left edge of every layer: gutters as wide as their channels ask, the rest of the width shared evenly.
fn spread(
    widths: &[u16],
    gutters: &[Gutter],
    this: Try,
    Edges { before, after }: Edges,
    reserved: u16,
    area: Rect,
) -> Option<Vec<u16>> {
    let needs: Vec<u16> = gutters
        .iter()
        .map(|g| {
            let channels = if this.crowded { g.channels.min(1) } else { g.channels };
            least_gutter(this.tier).max(channels + reserved)
        })
        .collect();
    let least = widths.iter().sum::<u16>() + needs.iter().sum::<u16>() + before + after;
    let free = area.width.checked_sub(least)?;
    let extra = free.checked_div(gutters.len() as u16).unwrap_or(0);
    let gaps: Vec<u16> =
        needs.iter().map(|&need| (need + extra).min(widest_gutter(this.tier).max(need))).collect();
    let used = widths.iter().sum::<u16>() + gaps.iter().sum::<u16>() + before + after;
    let mut x = area.x + (area.width - used) / 2 + before;
    let mut all = Vec::with_capacity(widths.len());
    for (i, width) in widths.iter().enumerate() {
        all.push(x);
        x += width + gaps.get(i).copied().unwrap_or(0);
    }
    Some(all)
}
