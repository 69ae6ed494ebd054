//! What is seen happening: when a server falls or comes back, becomes the primary, is emptied, gets a bad release,
//! comes or goes, its box tells so for less than a second.
//!
//! Effects follow from what changed between two pictures and advance with each picture of a later instant. So a
//! screen whose clock stands does not change, and where nothing may move there are none: states say everything.

use std::collections::BTreeMap;
use std::sync::Arc;

use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::Part;
use super::brush::Brush;
use super::graph::Graph;
use super::layout::Layout;
use crate::sim::id::NodeId;
use crate::sim::snapshot::{NodeView, ReplicaState, Snapshot};
use crate::sim::time::Time;

/// Frames that an effect takes.
const LENGTH: u8 = 24;
/// Most effects at once: where a whole zone goes dark, the first of them say enough.
const MOST: usize = 12;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// The frame crumbles.
    Fell,
    /// The frame is drawn anew, from its corner around.
    Rose,
    /// The same, and it says that it is the primary now.
    Promoted,
    /// A curtain goes through the box.
    Emptied,
    /// The frame is smeared.
    Spoilt,
}

#[derive(Clone, Debug)]
struct Effect {
    part: Part,
    kind: Kind,
    age: u8,
}

/// What is remembered of a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Seen {
    serves: bool,
    follows: Option<u16>,
}

/// What is remembered of a node.
#[derive(Clone, Debug)]
struct Memory {
    name: Arc<str>,
    servers: BTreeMap<u16, Seen>,
    spoilt: bool,
}

/// The effects under way.
#[derive(Default, Debug)]
pub(super) struct Effects {
    now: Time,
    nodes: BTreeMap<NodeId, Memory>,
    /// Log entries of that instant.
    told_now: usize,
    running: Vec<Effect>,
    /// Outlines of boxes that are gone.
    ghosts: Vec<(Rect, u8)>,
    /// The last picture was of a later instant than the one before, and things may move.
    moves: bool,
    /// The network was cut, or not.
    cut: bool,
    /// Frames since that changed.
    cut_age: Option<u8>,
}

impl Effects {
    /// Looks at the next picture. With `still` it only remembers.
    pub fn look(&mut self, snapshot: &Snapshot, still: bool) {
        if snapshot.now == self.now {
            self.moves = false;
            return;
        }
        let is_next = snapshot.now > self.now && self.knows(snapshot);
        for effect in &mut self.running {
            effect.age += 1;
        }
        self.running.retain(|e| e.age < LENGTH);
        self.ghosts.iter_mut().for_each(|g| g.1 += 1);
        self.ghosts.retain(|g| g.1 < LENGTH);
        self.cut_age = self.cut_age.map(|age| age + 1).filter(|&age| age < LENGTH);
        self.moves = is_next && !still;
        if self.moves {
            self.compare(snapshot);
        } else {
            self.running.clear();
            self.ghosts.clear();
            self.cut_age = None;
        }
        self.nodes = snapshot.nodes.iter().map(|n| (n.id, remember(n))).collect();
        (self.now, self.cut) = (snapshot.now, !snapshot.cuts.is_empty());
        self.told_now = snapshot.log.iter().rev().take_while(|e| e.at >= self.now).count();
    }

    /// The picture goes on from the one before: it is no other system.
    fn knows(&self, snapshot: &Snapshot) -> bool {
        let same = |n: &NodeView| self.nodes.get(&n.id).is_none_or(|m| m.name == n.name);
        !self.nodes.is_empty() && snapshot.nodes.iter().all(same)
    }

    fn compare(&mut self, snapshot: &Snapshot) {
        let mut new: Vec<(Part, Kind)> = Vec::new();
        for node in snapshot.nodes.iter().filter(|n| !n.removed) {
            let Some(before) = self.nodes.get(&node.id) else { continue };
            if spoilt(node) && !before.spoilt {
                new.push((Part::Node(node.id), Kind::Spoilt));
            }
            for server in &node.replicas {
                let Some(&former) = before.servers.get(&server.index) else { continue };
                let now = seen(server.state, server.follows);
                let kind = match (former, now) {
                    (a, b) if a.follows.is_some() && b.follows.is_none() && b.serves => Kind::Promoted,
                    (a, b) if a.serves && !b.serves => Kind::Fell,
                    (a, b) if !a.serves && b.serves => Kind::Rose,
                    _ => continue,
                };
                new.push((Part::Replica(node.id, server.index), kind));
            }
        }
        // Those of the last picture's own instant may be older or newer than it.
        let since = || snapshot.log.iter().rev().take_while(|e| e.at >= self.now);
        let fresh = since().count().saturating_sub(self.told_now);
        for entry in since().take(fresh) {
            let emptied = entry.text.starts_with("flushed");
            let node = snapshot.nodes.iter().find(|n| emptied && !n.removed && n.name == entry.place);
            new.extend(node.map(|n| (Part::Node(n.id), Kind::Emptied)));
        }
        for (part, kind) in new {
            self.running.retain(|e| e.part != part);
            self.running.push(Effect { part, kind, age: 0 });
        }
        self.running.truncate(MOST);
        if self.cut == snapshot.cuts.is_empty() {
            self.cut_age = Some(0);
        }
    }

    /// Boxes have come or gone: the new ones are drawn from their corner, of the others the outline fades.
    pub fn rearrange(&mut self, former: &Layout, layout: &Layout) {
        let has = |graph: &Graph, part: Part| graph.boxes.iter().any(|b| b.part == part);
        let come = layout.graph.boxes.iter().filter(|b| !has(&former.graph, b.part)).map(|b| b.part);
        let gone = former.graph.boxes.iter().zip(&former.rects);
        let gone: Vec<Rect> =
            gone.filter(|(b, _)| !has(&layout.graph, b.part)).map(|(_, rect)| *rect).collect();
        let come: Vec<Part> = come.collect();
        // So many are another picture.
        if !self.moves || former.graph.boxes.is_empty() || come.len() + gone.len() > MOST {
            return;
        }
        self.running.extend(come.into_iter().map(|part| Effect { part, kind: Kind::Rose, age: 0 }));
        self.ghosts.extend(gone.into_iter().map(|rect| (rect, 0)));
    }

    /// The network was cut or healed a moment ago.
    pub const fn cut_is_new(&self) -> bool {
        self.cut_age.is_some()
    }

    /// Draws them over the boxes.
    pub fn paint(&self, brush: &mut Brush, layout: &Layout) {
        for (rect, age) in &self.ghosts {
            let style = if *age < LENGTH / 2 { brush.theme.dim } else { brush.theme.faint };
            for at in border(*rect) {
                if brush.is_blank(at.x, at.y, 1) {
                    brush.put(at.x, at.y, '·', style);
                }
            }
        }
        for effect in &self.running {
            let (node, server) = match effect.part {
                Part::Node(node) => (node, 0),
                Part::Replica(node, server) => (node, server),
            };
            let own = layout.graph.boxes.iter().position(|b| b.part == effect.part);
            let Some(own) = own.or_else(|| layout.graph.box_of(node, server)) else { continue };
            // Single servers of a folded node have a bar of their own.
            let is_one_of_many =
                layout.graph.boxes[own].servers > 1 && matches!(effect.part, Part::Replica(..));
            let rect = layout.rects[own];
            if rect.height >= 3 && rect.width >= 3 && (!is_one_of_many || effect.kind == Kind::Promoted) {
                paint_one(brush, effect, rect);
            }
        }
    }
}

fn paint_one(brush: &mut Brush, effect: &Effect, rect: Rect) {
    let theme = brush.theme;
    match effect.kind {
        Kind::Fell => crumble(brush, rect, effect.age, theme.bad),
        Kind::Spoilt => crumble(brush, rect, effect.age, theme.warn),
        Kind::Rose => draw_around(brush, rect, effect.age, theme.good),
        Kind::Promoted => {
            draw_around(brush, rect, effect.age, theme.good);
            let word = if rect.width >= 16 { "★ new primary" } else { "★ new" };
            brush.text_centred(rect.x + 1, rect.bottom() - 1, word, rect.width - 2, theme.accent);
        }
        Kind::Emptied => {
            let inner = Rect::new(rect.x + 1, rect.y + 1, rect.width - 2, rect.height - 2);
            let gone = (u16::from(effect.age) * inner.width / u16::from(LENGTH)).min(inner.width - 1);
            for y in inner.top()..inner.bottom() {
                brush.put(inner.right() - 1 - gone, y, '▒', theme.warn);
            }
            brush.text_centred(rect.x + 1, rect.bottom() - 1, "emptied", rect.width - 2, theme.warn);
        }
    }
}

/// The frame loses its firmness in three steps; the name in it stays.
fn crumble(brush: &mut Brush, rect: Rect, age: u8, style: Style) {
    let glyph = match age * 3 / LENGTH {
        0 => '▓',
        1 => '▒',
        _ => '░',
    };
    for at in border(rect).filter(|at| at.y != rect.y) {
        brush.put(at.x, at.y, glyph, style);
    }
}

/// The frame is there as far as the pen has come; ahead of it stand points. The name in it stays.
fn draw_around(brush: &mut Brush, rect: Rect, age: u8, style: Style) {
    let all: Vec<Position> = border(rect).collect();
    let drawn = all.len() * usize::from(age) / usize::from(LENGTH);
    for (i, at) in all.into_iter().enumerate().filter(|(_, at)| at.y != rect.y) {
        if i < drawn {
            brush.restyle(at.x, at.y, style);
        } else {
            brush.put(at.x, at.y, '·', style);
        }
    }
}

/// The cells of a frame, clockwise from its top left corner.
fn border(rect: Rect) -> impl Iterator<Item = Position> {
    let (right, bottom) = (rect.right().saturating_sub(1), rect.bottom().saturating_sub(1));
    let top = (rect.x..right).map(move |x| Position::new(x, rect.y));
    let down = (rect.y..bottom).map(move |y| Position::new(right, y));
    let back = (rect.x + 1..=right).rev().map(move |x| Position::new(x, bottom));
    let up = (rect.y + 1..=bottom).rev().map(move |y| Position::new(rect.x, y));
    top.chain(down).chain(back).chain(up)
}

fn remember(node: &NodeView) -> Memory {
    let servers = node.replicas.iter().map(|r| (r.index, seen(r.state, r.follows))).collect();
    Memory { name: Arc::clone(&node.name), servers, spoilt: spoilt(node) }
}

const fn seen(state: ReplicaState, follows: Option<u16>) -> Seen {
    let serves = !matches!(state, ReplicaState::Down | ReplicaState::Silent | ReplicaState::Starting);
    Seen { serves, follows }
}

fn spoilt(node: &NodeView) -> bool {
    node.extra.iter().any(|e| e.label == "release" && e.text == "bad")
}
