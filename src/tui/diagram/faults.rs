//! What ails the network: lines that are cut, lossy, slow or held up say so themselves, and in a cut network every box
//! says on which side it is.
//!
//! ```text
//!  ━━━━╳ cut ╳━━━━▶     ────× 30% lost ────▶     ───+200ms ───▶
//! ```

use std::collections::{BTreeMap, BTreeSet};

use ratatui::layout::Position;
use ratatui::style::Style;

use super::Part;
use super::brush::Brush;
use super::graph::{Graph, Piece};
use super::layout::Layout;
use super::wires::link_of;
use crate::sim::id::NodeId;
use crate::sim::quantity::{show_share, show_time};
use crate::sim::snapshot::{LinkView, Snapshot};
use crate::sim::time::Time;
use crate::tui::theme::Theme;

/// What happens to the messages of an edge; the worst counts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Fault {
    /// None passes.
    Cut,
    /// They wait until it is over.
    Stalled,
    /// This share gets lost.
    Lossy(f64),
    /// They take so much longer.
    Slow(Time),
    /// A circuit breaker lets few or none out.
    Open,
}

impl Fault {
    /// Words on the line, the longest first.
    fn words(self) -> Vec<String> {
        match self {
            Self::Cut => vec!["╳ cut ╳".into(), "╳cut╳".into(), "╳".into()],
            Self::Stalled => vec!["⏸ stalled ".into(), "stalled".into(), "⏸".into()],
            Self::Lossy(share) => {
                let share = show_share(share);
                vec![format!("× {share} lost "), format!("×{share}"), "×".into()]
            }
            Self::Slow(by) => {
                vec![format!("+{} late ", show_time(by)), format!("+{}", show_time(by)), "~".into()]
            }
            Self::Open => vec!["⊘ breaker open ".into(), "⊘ open ".into(), "⊘".into()],
        }
    }
    const fn style(self, theme: &Theme) -> Style {
        match self {
            Self::Cut | Self::Stalled => theme.bad,
            Self::Lossy(_) | Self::Slow(_) | Self::Open => theme.warn,
        }
    }
}

/// What ails each edge.
pub(super) fn of_edges(snapshot: &Snapshot, graph: &Graph) -> Vec<Option<Fault>> {
    let of = |edge: &super::graph::Edge| {
        let link = link_of(snapshot, edge)?;
        let (from, to) = (&graph.boxes[edge.from], &graph.boxes[edge.to]);
        if is_cut(snapshot, from, to) { Some(Fault::Cut) } else { of_link(link) }
    };
    graph.edges.iter().map(of).collect()
}

fn of_link(link: &LinkView) -> Option<Fault> {
    let fault = link.fault;
    if fault.stalled {
        Some(Fault::Stalled)
    } else if fault.loss > 0.0 {
        Some(Fault::Lossy(fault.loss))
    } else if fault.delay > Time::ZERO {
        Some(Fault::Slow(fault.delay))
    } else {
        (link.breaker_open > 0.0).then_some(Fault::Open)
    }
}

/// No server of one box reaches any of the other.
fn is_cut(snapshot: &Snapshot, a: &Piece, b: &Piece) -> bool {
    if snapshot.cuts.is_empty() {
        return false;
    }
    let (ours, theirs) = (servers(snapshot, a), servers(snapshot, b));
    ours.iter().all(|&x| theirs.iter().all(|&y| snapshot.is_cut((a.node, x), (b.node, y))))
}

/// Indices of the servers that a box stands for; of a node without any, that of its first.
fn servers(snapshot: &Snapshot, piece: &Piece) -> Vec<u16> {
    if let Part::Replica(_, index) = piece.part {
        return vec![index];
    }
    let node = super::face::node_of(snapshot, piece.node);
    let all: Vec<u16> = node.into_iter().flat_map(|n| n.replicas.iter().map(|r| r.index)).collect();
    if all.is_empty() { vec![0] } else { all }
}

/// Marks the lines. A part that several edges share is marked where all of them suffer the same.
/// A cut that is `new` catches the eye.
pub(super) fn paint(brush: &mut Brush, layout: &Layout, faults: &[Option<Fault>], new: bool) {
    if faults.iter().all(Option::is_none) {
        return;
    }
    let theme = brush.theme;
    let mut common: BTreeMap<(u16, u16), Fault> = BTreeMap::new();
    for cell in &layout.routes.cells {
        let first = cell.strands.first().and_then(|s| faults[s.edge]);
        if let Some(fault) = first.filter(|f| cell.strands.iter().all(|s| faults[s.edge] == Some(*f))) {
            common.insert((cell.at.x, cell.at.y), fault);
            if fault == Fault::Cut {
                brush.restyle(cell.at.x, cell.at.y, theme.bad);
            }
        }
    }
    let mut done: BTreeSet<(u16, u16)> = BTreeSet::new();
    for (edge, path) in layout.routes.paths.iter().enumerate() {
        let Some(fault) = faults[edge] else { continue };
        let Some((start, room)) = longest_run(path, &common) else { continue };
        if !done.insert((start.x, start.y)) {
            continue;
        }
        let words = fault.words();
        let fits = |word: &&String| word.chars().count() as u16 + 2 <= room;
        let Some(word) = words.iter().find(fits).or(words.last()) else { continue };
        let width = (word.chars().count() as u16).min(room);
        let style = if new && fault == Fault::Cut { theme.alarm } else { fault.style(theme) };
        brush.text(start.x + (room - width) / 2, start.y, word, width, style);
    }
}

/// The longest level run of marked cells of a path, without its arrow: where it starts, and its length.
fn longest_run(path: &[Position], common: &BTreeMap<(u16, u16), Fault>) -> Option<(Position, u16)> {
    let mut best: Option<(Position, u16)> = None;
    let mut run: Vec<Position> = Vec::new();
    for &at in path.iter().take(path.len().saturating_sub(1)) {
        if !common.contains_key(&(at.x, at.y)) {
            run.clear();
            continue;
        }
        if run.last().is_some_and(|last| last.y != at.y) {
            run.clear();
        }
        run.push(at);
        let length = run.len() as u16;
        if best.is_none_or(|b| length > b.1) {
            let start = run.iter().min_by_key(|p| p.x).copied().unwrap_or(at);
            best = Some((start, length));
        }
    }
    best
}

/// The sides of all partitions, each with a letter.
pub(super) struct Sides<'a>(Vec<&'a [(NodeId, Option<u16>)]>);

impl<'a> Sides<'a> {
    pub fn new(snapshot: &'a Snapshot) -> Self {
        let mut all: Vec<&[(NodeId, Option<u16>)]> = Vec::new();
        for side in snapshot.cuts.iter().flat_map(|c| &c.sides) {
            if !all.contains(&side.as_slice()) {
                all.push(side);
            }
        }
        Self(all)
    }
    /// The sides on which a box is: `╳A`; nothing where it is on none.
    pub fn of(&self, snapshot: &Snapshot, piece: &Piece) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let own = servers(snapshot, piece);
        let is_on = |side: &[(NodeId, Option<u16>)]| {
            side.iter().any(|&(node, server)| node == piece.node && server.is_none_or(|s| own.contains(&s)))
        };
        let letters: String =
            ('A'..='Z').zip(&self.0).filter(|(_, side)| is_on(side)).map(|(l, _)| l).collect();
        (!letters.is_empty()).then(|| format!("╳{letters}"))
    }
    /// One sentence for those who see the letters.
    pub fn notice(&self) -> Option<String> {
        let letters: Vec<String> = ('A'..='Z').zip(&self.0).map(|(l, _)| format!("╳{l}")).collect();
        let (last, others) = letters.split_last()?;
        Some(format!("network cut: {} and {last} do not reach each other", others.join(", ")))
    }
}
