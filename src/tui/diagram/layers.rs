//! Who stands left of whom: layers by the longest path from the clients, lanes for links that pass a layer, and
//! the order from top to bottom with few crossings.

use std::collections::{BTreeMap, BTreeSet};

use super::Part;
use super::bands;
use super::graph::Graph;
use crate::sim::component::Kind;
use crate::sim::id::NodeId;
use crate::sim::snapshot::LinkStyle;

/// A box, or the place where a link passes a layer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Item {
    /// Index in `Graph::boxes`; `None` = a lane.
    pub piece: Option<usize>,
    pub layer: usize,
    /// Index in `Graph::frames`, where frames are drawn.
    pub frame: Option<usize>,
}

/// A step of a link from one layer to the next: items and the style of what travels.
pub(super) type Hop = (usize, usize, u8);

/// The result.
#[derive(Debug)]
pub(super) struct Layered {
    pub items: Vec<Item>,
    /// Items of each layer, top to bottom.
    pub order: Vec<Vec<usize>>,
    /// Items that each edge passes, first its caller; `None` = it runs backwards.
    pub chains: Vec<Option<Vec<usize>>>,
    pub hops: BTreeSet<Hop>,
    /// What the items of a layer are ordered by; those of a frame have the same.
    pub rank: Vec<f64>,
}

/// The style as a key that sorts.
pub(super) const fn style_key(style: LinkStyle) -> u8 {
    match style {
        LinkStyle::Call => 0,
        LinkStyle::Message => 1,
        LinkStyle::Replication => 2,
    }
}

impl Layered {
    /// With `framed`, boxes of a frame stand together. `former` has the rows of parts in the picture before: their
    /// order stays where that costs no crossings.
    pub fn new(graph: &Graph, framed: bool, former: &Former) -> Self {
        let layer_of = box_layers(graph);
        let of_box = |(i, &layer): (usize, &usize)| Item {
            piece: Some(i),
            layer,
            frame: graph.boxes[i].frame.filter(|_| framed),
        };
        let mut items: Vec<Item> = layer_of.iter().enumerate().map(of_box).collect();
        let chains = lay_lanes(graph, &layer_of, &mut items);
        let mut hops = BTreeSet::new();
        for (edge, chain) in graph.edges.iter().zip(&chains) {
            for pair in chain.iter().flat_map(|c| c.windows(2)) {
                hops.insert((pair[0], pair[1], style_key(edge.style)));
            }
        }
        let layers = layer_of.iter().max().map_or(0, |m| m + 1);
        let mut order = vec![Vec::new(); layers];
        for (i, item) in items.iter().enumerate() {
            order[item.layer].push(i);
        }
        let kept = keep_order(graph, &items, &hops, &order, former);
        let fresh = untangle(&items, &hops, order);
        let mut order = match kept {
            Some(kept) if count(&items, &hops, &kept) <= count(&items, &hops, &fresh) => kept,
            _ => fresh,
        };
        let rank = bands::gather(&items, &mut order);
        Self { items, order, chains, hops, rank }
    }

    /// Some boxes have a frame around them.
    pub fn is_framed(&self) -> bool {
        self.items.iter().any(|i| i.frame.is_some())
    }

    /// Some link runs backwards.
    pub fn has_back_links(&self) -> bool {
        self.chains.iter().any(Option::is_none)
    }
}

/// The layer of each box. Empty layers are closed up.
fn box_layers(graph: &Graph) -> Vec<usize> {
    let nodes = node_layers(graph);
    let mut layers: Vec<usize> = graph.boxes.iter().map(|b| nodes[&b.node] + usize::from(b.behind)).collect();
    let used: BTreeSet<usize> = layers.iter().copied().collect();
    let rank: BTreeMap<usize, usize> = used.into_iter().enumerate().map(|(i, l)| (l, i)).collect();
    for layer in &mut layers {
        *layer = rank[layer];
    }
    layers
}

fn node_layers(graph: &Graph) -> BTreeMap<NodeId, usize> {
    let kinds: BTreeMap<NodeId, Kind> = graph.boxes.iter().map(|b| (b.node, b.kind)).collect();
    let deep: BTreeSet<NodeId> = graph.boxes.iter().filter(|b| b.behind).map(|b| b.node).collect();
    let forward = forward_links(graph, &kinds);
    let mut layers: BTreeMap<NodeId, usize> = kinds.keys().map(|&n| (n, 0)).collect();
    for _ in 0..layers.len() {
        let mut changed = false;
        for &(from, to) in &forward {
            let least = layers[&from] + 1 + usize::from(deep.contains(&from));
            if layers[&to] < least {
                layers.insert(to, least);
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    // Whoever is called by nobody stands just before whom it calls; whoever stands alone, beside the clients' callees.
    for (&node, &kind) in &kinds {
        if kind == Kind::Client || forward.iter().any(|l| l.1 == node) {
            continue;
        }
        let nearest = forward.iter().filter(|l| l.0 == node).map(|l| layers[&l.1]).min();
        layers.insert(node, nearest.map_or(usize::from(kinds.len() > 1), |l| l.saturating_sub(1)));
    }
    layers
}

/// The links between nodes without those that close a circle, found depth first from the clients.
fn forward_links(graph: &Graph, kinds: &BTreeMap<NodeId, Kind>) -> BTreeSet<(NodeId, NodeId)> {
    let mut calls: BTreeMap<NodeId, Vec<NodeId>> = BTreeMap::new();
    for edge in &graph.edges {
        let (from, to) = (graph.boxes[edge.from].node, graph.boxes[edge.to].node);
        let callees = calls.entry(from).or_default();
        if from != to && !callees.contains(&to) {
            callees.push(to);
        }
    }
    let mut roots: Vec<NodeId> = kinds.keys().copied().collect();
    roots.sort_by_key(|n| (kinds[n] != Kind::Client, *n));
    let mut forward = BTreeSet::new();
    let mut done: BTreeSet<NodeId> = BTreeSet::new();
    for root in roots {
        let mut path: Vec<(NodeId, usize)> = vec![(root, 0)];
        while let Some((node, next)) = path.pop() {
            let callee = calls.get(&node).and_then(|c| c.get(next)).copied();
            let Some(callee) = callee.filter(|_| !done.contains(&node)) else {
                done.insert(node);
                continue;
            };
            path.push((node, next + 1));
            if path.iter().any(|&(n, _)| n == callee) {
                continue;
            }
            forward.insert((node, callee));
            if !done.contains(&callee) {
                path.push((callee, 0));
            }
        }
    }
    forward
}

/// Adds the lanes of links that pass layers. Links that share a caller or a callee share its lane.
fn lay_lanes(graph: &Graph, layer_of: &[usize], items: &mut Vec<Item>) -> Vec<Option<Vec<usize>>> {
    let is_long = |from: usize, to: usize| layer_of[to] > layer_of[from] + 1;
    let long_out = |from: usize| graph.edges.iter().filter(|e| e.from == from && is_long(from, e.to)).count();
    let long_in = |to: usize| graph.edges.iter().filter(|e| e.to == to && is_long(e.from, to)).count();
    let mut lanes: BTreeMap<(bool, usize, u8, usize), usize> = BTreeMap::new();
    let mut chains = Vec::with_capacity(graph.edges.len());
    for edge in &graph.edges {
        if layer_of[edge.to] <= layer_of[edge.from] {
            chains.push(None);
            continue;
        }
        let mut chain = vec![edge.from];
        if is_long(edge.from, edge.to) {
            let by_callee = long_in(edge.to) > long_out(edge.from);
            let end = if by_callee { edge.to } else { edge.from };
            for layer in layer_of[edge.from] + 1..layer_of[edge.to] {
                let key = (by_callee, end, style_key(edge.style), layer);
                chain.push(*lanes.entry(key).or_insert_with(|| {
                    items.push(Item { piece: None, layer, frame: None });
                    items.len() - 1
                }));
            }
        }
        chain.push(edge.to);
        chains.push(Some(chain));
    }
    chains
}

/// Where parts stood in the picture before, from top to bottom.
pub(super) type Former = BTreeMap<Part, u16>;

/// More new parts and lanes than this are another picture.
const MOST_NEW: usize = 24;

/// The order in which the parts stood before; new ones come beside what they are linked to, where they cross least.
fn keep_order(
    graph: &Graph,
    items: &[Item],
    hops: &BTreeSet<Hop>,
    order: &[Vec<usize>],
    former: &Former,
) -> Option<Vec<Vec<usize>>> {
    let part = |item: usize| items[item].piece.map(|p| graph.boxes[p].part);
    let row = |item: usize| part(item).and_then(|p| former_row(former, p));
    let mut kept: Vec<Vec<usize>> = Vec::with_capacity(order.len());
    for layer in order {
        let mut known: Vec<(u16, usize)> = layer.iter().filter_map(|&i| Some((row(i)?, i))).collect();
        known.sort_unstable();
        kept.push(known.into_iter().map(|k| k.1).collect());
    }
    if kept.iter().all(Vec::is_empty) {
        return None;
    }
    let new: Vec<usize> = order.iter().flatten().copied().filter(|&i| row(i).is_none()).collect();
    if new.len() > MOST_NEW {
        return None;
    }
    for item in new {
        let layer = items[item].layer;
        // Of equally good places the last: what is added comes below.
        let cost = |at: usize| {
            let mut tried = kept.clone();
            tried[layer].insert(at, item);
            count(items, hops, &tried)
        };
        let best = (0..=kept[layer].len()).rev().min_by_key(|&at| cost(at)).unwrap_or(0);
        kept[layer].insert(best, item);
    }
    Some(kept)
}

/// The row where a part stood, or one that stands for it.
fn former_row(former: &Former, part: Part) -> Option<u16> {
    let kin = |(other, _): &(&Part, &u16)| {
        other.node() == part.node() && (matches!(other, Part::Node(_)) || matches!(part, Part::Node(_)))
    };
    former.get(&part).copied().or_else(|| former.iter().find(kin).map(|(_, &row)| row))
}

/// Crossings of an order that may not have all items yet.
fn count(items: &[Item], hops: &BTreeSet<Hop>, order: &[Vec<usize>]) -> usize {
    let mut place = vec![f64::NAN; items.len()];
    for layer in order {
        settle(layer, &mut place);
    }
    // Nothing crosses a line to a place that is not known.
    crossings(items, hops, &place)
}

/// Sweeps of the barycentre rule; the order with the fewest crossings stays.
const SWEEPS: usize = 8;

fn untangle(items: &[Item], hops: &BTreeSet<Hop>, mut order: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    let mut place = vec![0.0; items.len()];
    for layer in &order {
        settle(layer, &mut place);
    }
    let mut best = (crossings(items, hops, &place), order.clone());
    for sweep in 0..SWEEPS {
        let forward = sweep % 2 == 0;
        for step in 1..order.len() {
            let layer = if forward { step } else { order.len() - 1 - step };
            let mut keyed: Vec<(f64, usize)> =
                order[layer].iter().map(|&i| (barycentre(i, forward, hops, &place), i)).collect();
            // Stable: equals keep the order of the file.
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            order[layer] = keyed.into_iter().map(|(_, i)| i).collect();
            settle(&order[layer], &mut place);
        }
        let count = crossings(items, hops, &place);
        if count < best.0 {
            best = (count, order.clone());
        }
    }
    best.1
}

pub(super) fn settle(layer: &[usize], place: &mut [f64]) {
    for (row, &item) in layer.iter().enumerate() {
        place[item] = row as f64 - (layer.len() as f64 - 1.0) / 2.0;
    }
}

/// Mean place of the neighbours of an item on one side; its own place where it has none.
pub(super) fn barycentre(item: usize, from_left: bool, hops: &BTreeSet<Hop>, place: &[f64]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for &(a, b, _) in hops {
        let (own, other) = if from_left { (b, a) } else { (a, b) };
        if own == item {
            sum += place[other];
            count += 1.0;
        }
    }
    if count > 0.0 { sum / count } else { place[item] }
}

fn crossings(items: &[Item], hops: &BTreeSet<Hop>, place: &[f64]) -> usize {
    let hops: Vec<Hop> = hops.iter().copied().collect();
    let mut count = 0;
    for (i, a) in hops.iter().enumerate() {
        count += hops[..i]
            .iter()
            .filter(|b| items[a.0].layer == items[b.0].layer)
            .filter(|b| (place[a.0] - place[b.0]) * (place[a.1] - place[b.1]) < 0.0)
            .count();
    }
    count
}
