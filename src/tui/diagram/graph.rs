//! What is to be drawn, without places: one box a server or a folded node, one edge a pair of boxes on a link.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Part;
use super::face::node_of;
use crate::sim::component::Kind;
use crate::sim::id::{LinkId, NodeId};
use crate::sim::snapshot::{LinkStyle, NodeView, ReplicaView, Snapshot};

/// More servers of one node than this always fold into one box.
pub(super) const FOLD_OVER: usize = 4;

/// The boxes and edges of a picture. Depends only on which parts exist, never on what they do, so that the picture
/// stays still while the system runs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Graph {
    pub boxes: Vec<Piece>,
    pub edges: Vec<Edge>,
    /// Machines and zones that several boxes share.
    pub frames: Vec<Frame>,
}

/// What several boxes are in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Frame {
    pub name: Arc<str>,
    /// A machine; else a zone.
    pub is_host: bool,
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
    /// Index in `Graph::frames`.
    pub frame: Option<usize>,
    /// Where it is: the name of its zones, or of a machine that others use too.
    pub whereabouts: Option<Arc<str>>,
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
        let frames = frame(snapshot, &mut boxes);
        let mut edges = Vec::new();
        for link in snapshot.links.iter().filter(|l| !l.removed) {
            let (Some(from), Some(to)) = (spans.get(&link.from), spans.get(&link.to)) else { continue };
            if link.from == link.to {
                if link.style == LinkStyle::Replication {
                    let node = node_of(snapshot, link.from);
                    let pairs = node.into_iter().flat_map(|n| logs(n, &boxes, from.clone()));
                    edges.extend(pairs.map(|(from, to)| Edge { from, to, link: link.id, style: link.style }));
                } else {
                    boxes[from.clone()].iter_mut().for_each(|b| b.own_caller = true);
                }
                continue;
            }
            for from in from.clone() {
                edges.extend(to.clone().map(|to| Edge { from, to, link: link.id, style: link.style }));
            }
        }
        Self { boxes, edges, frames }
    }

    /// Nodes that were in the former picture are the same ones.
    pub fn goes_on_from(&self, former: &Self) -> bool {
        let stem = |piece: &Piece| piece.name.split('#').next().map(str::to_owned);
        let same = |piece: &Piece| {
            let before = former.boxes.iter().find(|b| b.node == piece.node);
            before.is_none_or(|before| stem(before) == stem(piece))
        };
        self.boxes.iter().all(same)
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
        frame: None,
        whereabouts: None,
    };
    let servers = node.replicas.len();
    if servers < 2 || servers > split_up_to.min(FOLD_OVER) {
        return vec![piece(Part::Node(node.id), &node.name, servers)];
    }
    let own = |r: &ReplicaView| Piece {
        behind: r.follows.is_some(),
        ..piece(Part::Replica(node.id, r.index), &r.name, 1)
    };
    node.replicas.iter().map(own).collect()
}

/// Boxes of a database: a primary, and a copy that applies its log.
fn logs<'a>(
    node: &'a NodeView,
    boxes: &'a [Piece],
    own: std::ops::Range<usize>,
) -> impl Iterator<Item = (usize, usize)> + 'a {
    let box_of = move |index: u16| own.clone().find(|&i| boxes[i].part == Part::Replica(node.id, index));
    node.replicas.iter().filter_map(move |r| Some((box_of(r.follows?)?, box_of(r.index)?)))
}

/// Puts the boxes of a machine or of a zone into a frame, where there are several; says of all others where they are.
fn frame(snapshot: &Snapshot, boxes: &mut [Piece]) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    let mut homes: Vec<Option<usize>> = Vec::new();
    for piece in boxes.iter_mut() {
        let node = node_of(snapshot, piece.node);
        let host = node.and_then(|n| n.host.clone());
        let zones = node.map_or_else(Vec::new, |n| zones(n, piece.part));
        piece.whereabouts = match (&host, zones.is_empty()) {
            (None, false) => Some(zones.join("+").into()),
            _ => None,
        };
        let home = match host {
            Some(name) => Some(Frame { name, is_host: true }),
            None if zones.len() == 1 => zones.into_iter().next().map(|name| Frame { name, is_host: false }),
            None => None,
        };
        homes.push(home.map(|home| {
            frames.iter().position(|f| *f == home).unwrap_or_else(|| {
                frames.push(home);
                frames.len() - 1
            })
        }));
    }
    let shared: Vec<usize> =
        (0..frames.len()).filter(|f| homes.iter().filter(|h| **h == Some(*f)).count() > 1).collect();
    for (piece, home) in boxes.iter_mut().zip(homes) {
        piece.frame = home.and_then(|home| shared.iter().position(|f| *f == home));
        if let Some(frame) = piece.frame {
            piece.whereabouts = Some(Arc::clone(&frames[shared[frame]].name));
        }
    }
    shared.into_iter().map(|f| frames[f].clone()).collect()
}

/// The zones of what a box stands for, each once.
fn zones(node: &NodeView, part: Part) -> Vec<Arc<str>> {
    let mut all: Vec<Arc<str>> = Vec::new();
    for server in &node.replicas {
        if shows(part, server.index)
            && let Some(zone) = &server.zone
            && !all.contains(zone)
        {
            all.push(Arc::clone(zone));
        }
    }
    all
}
