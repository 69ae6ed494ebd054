//! What is to be drawn, without places: one box a server or a folded node, one edge a pair of boxes on a link.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Part;
use crate::sim::component::Kind;
use crate::sim::id::{LinkId, NodeId};
use crate::sim::snapshot::{LinkStyle, NodeView, Snapshot};

/// More servers of one node than this always fold into one box.
pub(super) const FOLD_OVER: usize = 4;

/// The boxes and edges of a picture. Depends only on which parts exist, never on what they do, so that the picture
/// stays still while the system runs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Graph {
    pub boxes: Vec<Piece>,
    pub edges: Vec<Edge>,
}

/// One box.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Piece {
    pub part: Part,
    pub node: NodeId,
    /// What stands in its border, in full.
    pub name: Arc<str>,
    pub kind: Kind,
    /// Servers drawn in this box; over 1 it is a folded group.
    pub servers: usize,
    /// A database replica: it stands one layer behind its primary.
    pub behind: bool,
    /// The node calls itself.
    pub own_caller: bool,
}

/// One line between two boxes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Edge {
    pub from: usize,
    pub to: usize,
    pub link: LinkId,
    pub style: LinkStyle,
}

impl Graph {
    /// The picture of a snapshot; nodes of more than `split_up_to` servers are folded.
    pub fn new(snapshot: &Snapshot, split_up_to: usize) -> Self {
        let mut boxes = Vec::new();
        let mut spans: BTreeMap<NodeId, std::ops::Range<usize>> = BTreeMap::new();
        for node in snapshot.nodes.iter().filter(|n| !n.removed) {
            let start = boxes.len();
            boxes.extend(pieces(node, split_up_to));
            spans.insert(node.id, start..boxes.len());
        }
        let mut edges = Vec::new();
        for link in snapshot.links.iter().filter(|l| !l.removed) {
            let (Some(from), Some(to)) = (spans.get(&link.from), spans.get(&link.to)) else { continue };
            if link.from == link.to {
                if link.style == LinkStyle::Replication {
                    let replicas = from.clone().skip(1);
                    edges.extend(replicas.map(|to| Edge {
                        from: from.start,
                        to,
                        link: link.id,
                        style: link.style,
                    }));
                } else {
                    boxes[from.clone()].iter_mut().for_each(|b| b.own_caller = true);
                }
                continue;
            }
            for from in from.clone() {
                edges.extend(to.clone().map(|to| Edge { from, to, link: link.id, style: link.style }));
            }
        }
        Self { boxes, edges }
    }

    /// The box that shows this server: its own or that of its folded node.
    pub fn box_of(&self, node: NodeId, replica: u16) -> Option<usize> {
        self.boxes.iter().position(|b| b.node == node && shows(b.part, replica))
    }
}

fn shows(part: Part, replica: u16) -> bool {
    match part {
        Part::Node(_) => true,
        Part::Replica(_, index) => index == replica,
    }
}

fn pieces(node: &NodeView, split_up_to: usize) -> Vec<Piece> {
    let piece = |part, name: &Arc<str>, servers| Piece {
        part,
        node: node.id,
        name: Arc::clone(name),
        kind: node.kind,
        servers,
        behind: false,
        own_caller: false,
    };
    let servers = node.replicas.len();
    if servers < 2 || servers > split_up_to.min(FOLD_OVER) {
        return vec![piece(Part::Node(node.id), &node.name, servers)];
    }
    let mut all: Vec<Piece> =
        node.replicas.iter().map(|r| piece(Part::Replica(node.id, r.index), &r.name, 1)).collect();
    if node.kind == Kind::Database {
        all.iter_mut().skip(1).for_each(|p| p.behind = true);
    }
    all
}
