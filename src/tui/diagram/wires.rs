//! Draws the lines between boxes: heavy where much flows, grey where nothing does, dashed for messages, dotted for
//! replication. Different lines that cross: the upright one goes on, the level one is interrupted.

use std::collections::BTreeMap;

use ratatui::layout::Position;
use ratatui::style::Style;

use super::brush::Brush;
use super::face::{Condition, Face};
use super::faults::Fault;
use super::graph::{Edge, Graph};
use super::layout::{Layout, Tier};
use super::route::{EAST, NORTH, SOUTH, Strand, WEST};
use crate::sim::id::LinkId;
use crate::sim::quantity::show_rate;
use crate::sim::snapshot::{LinkStyle, LinkView, Snapshot};
use crate::tui::glyph::{Joint, dashed, dotted};
use crate::tui::theme::Theme;

/// From this share of the busiest line on a line is heavy.
const HEAVY: f64 = 0.45;

/// What flows on each edge.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Flow {
    /// Per second.
    pub rate: f64,
    /// Share of it that fails, 0 to 1.
    pub failed: f64,
}

/// The link with this edge.
pub(super) fn link_of<'a>(snapshot: &'a Snapshot, edge: &Edge) -> Option<&'a LinkView> {
    snapshot.links.get(edge.link.index()).filter(|l| l.id == edge.link)
}

/// The flow of every edge: a link's calls divided as its callees' servers received and its callers' sent.
/// Nothing flows where the network is cut.
pub(super) fn flows(
    snapshot: &Snapshot,
    graph: &Graph,
    faces: &[Option<Face>],
    faults: &[Option<Fault>],
) -> Vec<Flow> {
    let rate =
        |i: usize| faces[i].as_ref().map_or(0.0, |f| if f.rate.is_finite() { f.rate.max(0.0) } else { 0.0 });
    let is_up = |i: usize| faces[i].as_ref().is_some_and(|f| f.condition.banner().is_none());
    let part_of = |own: usize| {
        let node = graph.boxes[own].node;
        let all = (0..graph.boxes.len()).filter(|&i| graph.boxes[i].node == node);
        let (sum, up) = all.fold((0.0, 0), |(s, n), i| (s + rate(i), n + usize::from(is_up(i))));
        match (sum > 0.0, is_up(own)) {
            (true, _) => rate(own) / sum,
            (false, true) => 1.0 / up.max(1) as f64,
            (false, false) => 0.0,
        }
    };
    let parts: Vec<f64> = (0..graph.boxes.len()).map(part_of).collect();
    let part_of = |(edge, fault): (&Edge, &Option<Fault>)| match edge.style {
        _ if *fault == Some(Fault::Cut) => 0.0,
        LinkStyle::Replication => f64::from(u8::from(is_up(edge.to))),
        LinkStyle::Call | LinkStyle::Message => parts[edge.from] * parts[edge.to],
    };
    let edge_parts: Vec<f64> = graph.edges.iter().zip(faults).map(part_of).collect();
    let mut by_link: BTreeMap<LinkId, f64> = BTreeMap::new();
    for (edge, part) in graph.edges.iter().zip(&edge_parts).filter(|(e, _)| e.style != LinkStyle::Replication)
    {
        *by_link.entry(edge.link).or_default() += part;
    }
    let flow_of = |(edge, part): (&Edge, &f64)| {
        let Some(link) = link_of(snapshot, edge).filter(|l| l.rate > 0.0 && l.rate.is_finite()) else {
            return Flow::default();
        };
        // What does not pass on a cut line has gone the other ways.
        let whole = by_link.get(&edge.link).copied().filter(|&whole| whole > 0.0).unwrap_or(1.0);
        Flow { rate: link.rate * part / whole, failed: super::face::share(link.failure_rate / link.rate) }
    };
    graph.edges.iter().zip(&edge_parts).map(flow_of).collect()
}

/// The busiest edge's rate: what thickness and density are measured by.
pub(super) fn busiest(flows: &[Flow]) -> f64 {
    flows.iter().map(|f| f.rate).fold(0.0, f64::max)
}

pub(super) fn style_of(style: LinkStyle, theme: &Theme) -> Style {
    match style {
        LinkStyle::Call => theme.link,
        LinkStyle::Message => theme.message,
        LinkStyle::Replication => theme.replication,
    }
}

/// Draws all lines and arrows.
pub(super) fn paint(brush: &mut Brush, layout: &Layout, flows: &[Flow], faces: &[Option<Face>]) {
    let theme = brush.theme;
    let most = busiest(flows);
    for cell in &layout.routes.cells {
        let (glyph, edge) = cell_glyph(&cell.strands, layout, flows, most);
        let is_idle = cell.strands.iter().all(|s| flows[s.edge].rate <= 0.0);
        let style = if is_idle || layout.routes.backward[edge] {
            theme.link_idle
        } else {
            style_of(layout.graph.edges[edge].style, theme)
        };
        brush.put(cell.at.x, cell.at.y, glyph, style);
    }
    for (i, path) in layout.routes.paths.iter().enumerate() {
        if let Some(&tip) = path.last() {
            paint_arrow(brush, layout, i, tip, (flows, faces));
        }
    }
}

fn paint_arrow(
    brush: &mut Brush,
    layout: &Layout,
    edge: usize,
    tip: Position,
    (flows, faces): (&[Flow], &[Option<Face>]),
) {
    let theme = brush.theme;
    let to = layout.graph.edges[edge].to;
    let condition = faces[to].as_ref().map_or(Condition::Calm, |f| f.condition);
    let is_dead = matches!(condition, Condition::Down | Condition::Silent);
    // Several edges end in one arrow: it is alive if any of them is.
    let same_tip = |e: usize| layout.routes.paths[e].last() == Some(&tip);
    let is_idle = (0..flows.len()).filter(|&e| same_tip(e)).all(|e| flows[e].rate <= 0.0);
    let style = match (is_dead || condition == Condition::Hot, is_idle) {
        (true, _) => theme.bad,
        (false, true) => theme.link_idle,
        (false, false) => style_of(layout.graph.edges[edge].style, theme),
    };
    brush.put(tip.x, tip.y, if is_dead { '✗' } else { '▶' }, style);
}

/// The glyph of a cell, and the edge whose style it takes.
fn cell_glyph(strands: &[Strand], layout: &Layout, flows: &[Flow], most: f64) -> (char, usize) {
    let mut nets: Vec<(usize, Joint, usize)> = Vec::new();
    for strand in strands {
        if nets.iter().any(|n| n.0 == strand.net) {
            continue;
        }
        let own = || strands.iter().filter(|s| s.net == strand.net);
        let busiest = own().max_by(|a, b| flows[a.edge].rate.total_cmp(&flows[b.edge].rate));
        let edge = busiest.map_or(strand.edge, |s| s.edge);
        let weight = |side: u8| {
            let touching = || own().filter(|s| s.sides & side != 0);
            let sum: f64 = touching().map(|s| flows[s.edge].rate).sum();
            u8::from(touching().next().is_some()) + u8::from(sum > 0.0 && sum >= HEAVY * most)
        };
        let joint =
            Joint { north: weight(NORTH), east: weight(EAST), south: weight(SOUTH), west: weight(WEST) };
        nets.push((strand.net, joint, edge));
    }
    let (joint, edge) = resolve(&nets);
    let glyph = match layout.graph.edges[edge].style {
        _ if layout.routes.backward[edge] => dashed(joint.glyph()),
        LinkStyle::Call => joint.glyph(),
        LinkStyle::Message => dashed(joint.glyph()),
        LinkStyle::Replication => dotted(joint.glyph()),
    };
    (glyph, edge)
}

/// Lines of different nets in one cell: a crossing shows the upright one, everything else joins.
fn resolve(nets: &[(usize, Joint, usize)]) -> (Joint, usize) {
    let Some(&(_, first, edge)) = nets.first() else { return (Joint::default(), 0) };
    let all_straight = nets.iter().all(|n| n.1.is_horizontal() || n.1.is_vertical());
    let upright = nets.iter().find(|n| n.1.is_vertical());
    if let (true, Some(&(_, joint, edge)), true) = (all_straight, upright, nets.len() > 1) {
        return (joint, edge);
    }
    (nets.iter().skip(1).fold(first, |joint, n| joint.merge(n.1)), edge)
}

/// Rates above the last level run of each line, where there is room.
pub(super) fn paint_labels(brush: &mut Brush, layout: &Layout, flows: &[Flow], always: bool) {
    let theme = brush.theme;
    if layout.tier < Tier::Medium && !always {
        return;
    }
    let mut done: Vec<Position> = Vec::new();
    for path in &layout.routes.paths {
        let Some(&tip) = path.last() else { continue };
        if done.contains(&tip) {
            continue;
        }
        done.push(tip);
        let ending = (0..flows.len()).filter(|&e| layout.routes.paths[e].last() == Some(&tip));
        let (rate, failed) =
            ending.fold((0.0, 0.0), |(r, f), e| (r + flows[e].rate, f + flows[e].rate * flows[e].failed));
        if rate <= 0.0 {
            continue;
        }
        let run = path.iter().rev().take_while(|p| p.y == tip.y).count() as u16;
        let text = show_rate(rate);
        let fails = if failed > 0.0 { format!(" ×{}", show_rate(failed)) } else { String::new() };
        let width = (text.chars().count() + fails.chars().count()) as u16;
        // In the middle of a line without bends; at its end where a trunk stands at its start.
        let free = run.saturating_sub(width + 2);
        let start = tip.x.saturating_sub(width + if usize::from(run) == path.len() { free / 2 } else { 0 });
        let Some(y) = tip.y.checked_sub(1) else { continue };
        if run >= width + 3 && brush.is_blank(start.saturating_sub(1), y, width + 2) {
            let taken = brush.text(start, y, &text, width, theme.dim);
            brush.text(start + taken, y, &fails, width, theme.bad);
        }
    }
}
