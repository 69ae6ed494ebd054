//! The picture of the running system: boxes for servers, lines for links, dots for calls.
//!
//! ```text
//! ╭ clients ╮           ╭ lb ──────╮     ╭──▶ web#1 ...
//! │  240/s  │●━━●━━━○○○▶│███░░ 31% │━●━━━┤
//! ╰──────usr╯           ╰▪···────lb╯     ╰──▶ web#2 ...
//! ```
//!
//! `graph` says what there is, `layers`, `rows`, `nets` and `route` give it places (`layout` chooses the size),
//! `face` reads states and figures, `wires`, `boxes` and `flights` draw. Places depend on the parts and the area
//! alone, so the picture stands still while the system runs.

mod bands;
mod boxes;
mod brush;
mod effects;
mod face;
mod faults;
mod flights;
mod flow;
mod follow;
mod frames;
mod graph;
mod layers;
mod layout;
mod marks;
mod nets;
mod route;
mod rows;
mod viewport;
mod wires;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use crate::sim::id::NodeId;
use crate::sim::snapshot::Snapshot;
use crate::tui::theme::Theme;
use boxes::Look;
use brush::Brush;
use effects::Effects;
use face::Face;
use faults::Sides;
pub use flights::Dot;
use flights::Place;
use flow::Stream;
pub use follow::Follow;
use graph::{FOLD_OVER, Graph};
use layers::Former;
use layout::{Layout, Tier};
use viewport::Viewport;

/// What a box stands for, and what can be selected.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// A node of one server, or a folded one.
    Node(NodeId),
    /// One server of a node, by its index.
    Replica(NodeId, u16),
}

impl Part {
    /// The node that it belongs to.
    pub const fn node(self) -> NodeId {
        match self {
            Self::Node(node) | Self::Replica(node, _) => node,
        }
    }
}

/// How calls are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Motion {
    /// Each flight of the snapshot is a dot.
    Requests,
    /// Dots run at a steady pace, the denser the higher the rate.
    Flow {
        /// Advances the dots by one cell each.
        frame: u64,
    },
    /// Nothing moves; rates stand on the lines.
    Still,
}

/// What is to be drawn.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The system.
    pub snapshot: &'a Snapshot,
    /// The selected part.
    pub selected: Option<Part>,
    /// The node that limits the whole.
    pub bottleneck: Option<NodeId>,
    /// How calls are shown.
    pub motion: Motion,
    /// The request that is followed.
    pub followed: Option<&'a Follow>,
    /// Styles.
    pub theme: &'a Theme,
}

/// Directions of the arrow keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// Towards the callers.
    Left,
    /// Towards the callees.
    Right,
    /// Upwards.
    Up,
    /// Downwards.
    Down,
}

/// The picture; keeps its layout from frame to frame.
#[derive(Debug, Default)]
pub struct Diagram {
    layout: Layout,
    /// The parts, the area and the zoom that the layout was made for.
    made_for: Option<(Graph, Rect, i8)>,
    viewport: Viewport,
    /// Sizes of boxes above the one that fits by itself.
    zoom: i8,
    /// The part that was last brought into the window.
    shown: Option<Part>,
    parts: Vec<Part>,
    places: Vec<Rect>,
    dots: Vec<Dot>,
    /// The requests that the last frame showed.
    seen: Vec<Place>,
    stream: Stream,
    effects: Effects,
}

impl Diagram {
    /// Draws the whole area.
    pub fn render(&mut self, view: &View, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        self.dots.clear();
        self.effects.look(view.snapshot, view.motion == Motion::Still);
        self.lay_out(view.snapshot, area);
        if area.is_empty() {
            return;
        }
        if self.viewport.is_needed() {
            self.show_selected(view.selected);
            let mut picture = Buffer::empty(self.viewport.scene);
            self.paint_scene(view, self.viewport.scene, &mut picture);
            self.viewport.copy(&picture, buf);
            let mut brush = Brush::new(buf, area, view.theme);
            self.viewport.paint_edges(&mut brush, &self.places);
            self.clip_dots();
        } else {
            self.paint_scene(view, area, buf);
        }
        let mut brush = Brush::new(buf, area, view.theme);
        if let Some(follow) = view.followed {
            follow::paint_caption(&mut brush, follow, view.snapshot, area);
        }
        self.paint_notice(&mut brush, view.snapshot, area);
    }

    /// Draws the whole picture.
    fn paint_scene(&mut self, view: &View, area: Rect, buf: &mut Buffer) {
        let mut brush = Brush::new(buf, area, view.theme);
        brush.clear(area);
        let boxes = &self.layout.graph.boxes;
        let faces: Vec<Option<Face>> = boxes.iter().map(|b| Face::new(view.snapshot, b)).collect();
        let faults = faults::of_edges(view.snapshot, &self.layout.graph);
        let flows = wires::flows(view.snapshot, &self.layout.graph, &faces, &faults);
        frames::paint(&mut brush, &self.layout, view.snapshot);
        wires::paint(&mut brush, &self.layout, &flows, &faces);
        faults::paint(&mut brush, &self.layout, &faults, self.effects.cut_is_new());
        wires::paint_labels(&mut brush, &self.layout, &flows, view.motion == Motion::Still);
        self.paint_boxes(&mut brush, view, &faces);
        self.effects.paint(&mut brush, &self.layout);
        flights::paint_doors(&mut brush, &self.layout, &faces);
        match view.motion {
            Motion::Requests => {
                self.stream.run_out(view.snapshot, &self.layout);
                self.stream.paint(&mut brush, &self.layout);
                self.seen = flights::places(&self.layout, view.snapshot);
                self.dots = flights::paint(&mut brush, &self.layout, &self.seen);
            }
            Motion::Flow { frame } => {
                let seen = std::mem::take(&mut self.seen);
                self.stream.step(frame, view.snapshot, &self.layout, &flows, &seen);
                self.stream.paint(&mut brush, &self.layout);
            }
            Motion::Still => self.seen.clear(),
        }
        if let Some(follow) = view.followed {
            follow::paint(&mut brush, &self.layout, follow, view.snapshot);
        }
    }

    /// A part that was selected, or else the first one, is in the window.
    fn show_selected(&mut self, selected: Option<Part>) {
        let part = selected.or_else(|| self.parts.first().copied());
        if part != self.shown
            && let Some(own) = part.and_then(|p| self.index_of(p))
        {
            self.viewport.show(self.places[own]);
        }
        self.shown = part;
    }

    /// Dots outside the window are not on the screen.
    fn clip_dots(&mut self) {
        let viewport = self.viewport;
        self.dots.retain_mut(|dot| match viewport.over(Position::new(dot.column, dot.row)) {
            Some(at) => {
                (dot.column, dot.row) = (at.x, at.y);
                true
            }
            None => false,
        });
    }

    /// Moves the window of a picture that is larger than its area by so many cells; whether it could.
    pub fn pan(&mut self, dx: i16, dy: i16) -> bool {
        self.viewport.pan(dx, dy)
    }

    /// More of the picture lies in a direction.
    pub const fn can_pan(&self, direction: Direction) -> bool {
        self.viewport.can_pan(direction)
    }

    /// Larger boxes, or smaller ones, from the next frame on; whether there are any.
    pub fn zoom(&mut self, larger: bool) -> bool {
        let can = self.can_zoom(larger);
        if can {
            self.zoom += if larger { 1 } else { -1 };
        }
        can
    }

    /// There are larger boxes, or smaller ones.
    pub fn can_zoom(&self, larger: bool) -> bool {
        let tier = self.layout.tier;
        tier != Tier::List && if larger { tier < Tier::Huge } else { tier > Tier::Line }
    }

    /// The size of boxes is again the one that fits by itself.
    pub const fn zoom_to_fit(&mut self) {
        self.zoom = 0;
    }

    /// The boxes that can be selected, left to right, top to bottom.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The box beside `from` in a direction: the nearest column, in it the nearest row; at the edge `from` itself.
    /// From nothing, or from a part that is no longer drawn, the first box.
    pub fn step(&self, from: Option<Part>, direction: Direction) -> Option<Part> {
        let start = from.and_then(|part| self.index_of(part));
        let Some(start) = start else { return self.parts.first().copied() };
        let own = self.places[start];
        let middle = |r: Rect| i32::from(r.y) * 2 + i32::from(r.height);
        let across = |r: Rect| i32::from(r.x) - i32::from(own.x);
        let along = |r: Rect| middle(r) - middle(own);
        let is_ahead = |r: Rect| match direction {
            Direction::Left => across(r) < 0,
            Direction::Right => across(r) > 0,
            Direction::Up => across(r) == 0 && along(r) < 0,
            Direction::Down => across(r) == 0 && along(r) > 0,
        };
        let ahead = (0..self.places.len()).filter(|&i| is_ahead(self.places[i]));
        let nearest = ahead.min_by_key(|&i| (across(self.places[i]).abs(), along(self.places[i]).abs()));
        Some(self.parts[nearest.unwrap_or(start)])
    }

    /// The box at a cell of the screen.
    pub fn part_at(&self, column: u16, row: u16) -> Option<Part> {
        let at = self.viewport.under(Position::new(column, row))?;
        self.places.iter().position(|r| r.contains(at)).map(|i| self.parts[i])
    }

    /// One line that explains the dots of the last frame.
    pub fn legend(&self, motion: Motion, theme: &Theme) -> Line<'static> {
        marks::legend(motion, self.stream.calls_per_dot(), theme)
    }

    /// Where the last frame drew the flights of its snapshot; empty but in `Motion::Requests`.
    pub fn dots(&self) -> &[Dot] {
        &self.dots
    }

    fn index_of(&self, part: Part) -> Option<usize> {
        let exact = self.parts.iter().position(|&p| p == part);
        exact.or_else(|| self.parts.iter().position(|&p| stands_for(p, part)))
    }

    fn lay_out(&mut self, snapshot: &Snapshot, area: Rect) {
        let graph = Graph::new(snapshot, FOLD_OVER);
        if self.made_for.as_ref().is_some_and(|m| m.0 == graph && m.1 == area && m.2 == self.zoom) {
            return;
        }
        // Another system, or another area, is another picture.
        let goes_on = self.made_for.as_ref().is_some_and(|m| m.1 == area && graph.goes_on_from(&m.0));
        let rows = if goes_on { self.layout.rows() } else { Former::default() };
        let (layout, scene) = Layout::zoomed(snapshot, area, self.zoom, &rows);
        self.viewport = self.viewport.on(scene, area);
        if !goes_on {
            self.shown = None;
        }
        let former = std::mem::replace(&mut self.layout, layout);
        self.stream.rehang(&former, &self.layout);
        if goes_on {
            self.effects.rearrange(&former, &self.layout);
        }
        self.seen.clear();
        let mut placed: Vec<(Rect, Part)> = self
            .layout
            .rects
            .iter()
            .zip(&self.layout.graph.boxes)
            .filter(|(rect, _)| !rect.is_empty())
            .map(|(&rect, piece)| (rect, piece.part))
            .collect();
        placed.sort_by_key(|(rect, _)| (rect.x, rect.y));
        (self.places, self.parts) = placed.into_iter().unzip();
        self.made_for = Some((graph, area, self.zoom));
    }

    fn paint_boxes(&self, brush: &mut Brush, view: &View, faces: &[Option<Face>]) {
        let sides = Sides::new(view.snapshot);
        let selected_here = view.selected.is_some_and(|s| self.parts.contains(&s));
        for (own, (face, &rect)) in faces.iter().zip(&self.layout.rects).enumerate() {
            let Some(face) = face else { continue };
            let part = face.piece.part;
            let side = sides.of(view.snapshot, face.piece);
            let place = frames::place(&self.layout, view.snapshot, own);
            let look = Look {
                place: &place,
                side: side.as_deref(),
                selected: view.selected.is_some_and(|s| s == part || !selected_here && stands_for(part, s)),
                bottleneck: view.bottleneck == Some(face.node.id) && !face.piece.behind,
                windows: &view.snapshot.windows,
            };
            boxes::paint(brush, face, rect, self.layout.tier, look);
        }
    }

    /// Says what the picture leaves out.
    fn paint_notice(&self, brush: &mut Brush, snapshot: &Snapshot, area: Rect) {
        let theme = brush.theme;
        let (shown, all) = (self.layout.shown(), self.layout.graph.boxes.len());
        let notice = if all == 0 {
            "no parts yet".to_owned()
        } else if shown < all {
            format!("too small: {shown} of {all} parts shown")
        } else if self.layout.tier == Tier::List && !self.layout.graph.edges.is_empty() {
            "too small for the links".to_owned()
        } else if let Some(notice) = Sides::new(snapshot).notice() {
            let width = (notice.chars().count() as u16).min(area.width);
            let (x, y) = (area.x + (area.width - width) / 2, area.bottom() - 1);
            // With a blank on either side, so that it reads as no part of a box.
            let around = x.saturating_sub(1).max(area.x);
            if brush.is_blank(around, y, (width + 2).min(area.right() - around)) {
                let style = if self.effects.cut_is_new() { theme.alarm } else { theme.bad };
                brush.text(x, y, &notice, width, style);
            }
            return;
        } else {
            return;
        };
        let row = if all == 0 { area.y + area.height / 2 } else { area.bottom() - 1 };
        brush.text_centred(area.x, row, &notice, area.width, theme.dim);
    }
}

/// A box that stands for a selected part: a folded node for its server, each server for its whole node.
fn stands_for(shown: Part, selected: Part) -> bool {
    shown.node() == selected.node() && (matches!(shown, Part::Node(_)) || matches!(selected, Part::Node(_)))
}
