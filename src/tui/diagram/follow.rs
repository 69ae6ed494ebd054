//! One request followed hop by hop: its number beside its dot or at the box that has it, and a caption of what happens.

use ratatui::layout::{Position, Rect};

use super::brush::Brush;
use super::face::node_of;
use super::flights::cell_on;
use super::layout::Layout;
use super::marks::Mark;
use crate::sim::component::Kind;
use crate::sim::id::NodeId;
use crate::sim::outcome::Reason;
use crate::sim::quantity::show_time;
use crate::sim::snapshot::Snapshot;
use crate::sim::time::Time;
use crate::sim::whereabouts::{KeptBack, Place, Whereabouts};

/// A request that is being followed.
#[derive(Clone, Debug)]
pub struct Follow {
    client: NodeId,
    number: u64,
    /// Where it was last seen.
    last: Option<Whereabouts>,
    /// Its client waits for it no longer.
    over: bool,
}

impl Follow {
    /// Follows a request of a client.
    pub const fn new(client: NodeId, number: u64) -> Self {
        Self { client, number, last: None, over: false }
    }

    /// A request to follow: of those on the wire the one after `former`, by client and number; without `former`, or
    /// after the last, the one that set off latest. `None` = nobody's request is on the wire.
    pub fn next(snapshot: &Snapshot, former: Option<&Self>) -> Option<Self> {
        let all = || snapshot.flights.iter().filter_map(|f| Some((f.client?, f.request?, f.sent)));
        let after = former
            .and_then(|f| all().filter(|r| (r.0, r.1) > (f.client, f.number)).min_by_key(|r| (r.0, r.1)));
        let latest = || all().max_by_key(|r| (r.2, r.1));
        after.or_else(latest).map(|(client, number, _)| Self::new(client, number))
    }

    /// Somebody's request is on the wire.
    pub fn is_possible(snapshot: &Snapshot) -> bool {
        snapshot.flights.iter().any(|f| f.client.is_some() && f.request.is_some())
    }

    /// The client and the number of the request: what `Session::whereabouts` asks for.
    pub const fn request(&self) -> (NodeId, u64) {
        (self.client, self.number)
    }

    /// Takes over where it is now, by `Session::whereabouts`.
    pub const fn update(&mut self, now: Option<Whereabouts>) {
        match now {
            Some(place) => (self.last, self.over) = (Some(place), false),
            None => self.over = true,
        }
    }

    /// It has been seen: before that it is yet to be made.
    pub const fn has_begun(&self) -> bool {
        self.last.is_some()
    }

    /// It has ended: there is nothing more to follow.
    pub const fn is_over(&self) -> bool {
        self.over
    }

    /// Its number as it stands in the picture: `#4711`.
    pub fn label(&self) -> String {
        format!("#{}", self.number)
    }

    /// What happens to it now, in one sentence without a full stop: `#4711: waits at db, 3rd in line`.
    pub fn caption(&self, snapshot: &Snapshot) -> String {
        let label = self.label();
        let Some(last) = &self.last else {
            return format!("{label}: {}", if self.over { "is over" } else { "is about to begin" });
        };
        let what = if last.write { " (a write)" } else { "" };
        let doing = if self.over { ending(last, snapshot.now) } else { doing(last, snapshot) };
        let since = snapshot.now.saturating_sub(last.born);
        let age = if self.over { String::new() } else { format!(", {} so far", show_time(since)) };
        format!("{label}{what}: {doing}{age}")
    }
}

/// What became of it, as far as it was seen.
fn ending(last: &Whereabouts, now: Time) -> String {
    match last.place {
        Place::OnTheWay { from, back: true, due, failed, .. } if from.0 == last.client && due <= now => {
            let took = show_time(due.saturating_sub(last.born));
            match failed {
                None => format!("answered after {took}"),
                Some(reason) => format!("failed after {took}: {}", reason.name()),
            }
        }
        Place::Lost { .. } => "given up".to_owned(),
        _ => "is over".to_owned(),
    }
}

fn doing(last: &Whereabouts, snapshot: &Snapshot) -> String {
    let name = |(node, server): (NodeId, u16)| server_name(snapshot, node, server);
    match last.place {
        Place::OnTheWay { to, back: false, .. } => format!("on its way to {}", name(to)),
        Place::OnTheWay { to, from, failed: None, .. } => {
            format!("answer of {} on its way back to {}", name(to), name(from))
        }
        Place::OnTheWay { to, failed: Some(Reason::QueueFull), .. } => {
            format!("turned away by {}: its queue is full", name(to))
        }
        Place::OnTheWay { to, failed: Some(reason), .. } => {
            format!("failure of {} on its way back: {}", name(to), reason.name())
        }
        Place::Waits { at, ahead: Some(0) } => format!("waits at {}, next in line", name(at)),
        Place::Waits { at, ahead: Some(ahead) } => {
            format!("waits at {}, {} in line", name(at), ordinal(ahead + 1))
        }
        Place::Waits { at, ahead: None } => format!("waits at {}", name(at)),
        Place::InWork { at } => format!("in work at {}", name(at)),
        Place::KeptBack { at, to, why } => match why {
            KeptBack::NoConnection => {
                format!("waits at {} for a connection to {}", name(at), server_name(snapshot, to, 0))
            }
            KeptBack::Backoff => format!("failed once; {} waits before it tries again", name(at)),
        },
        Place::Lost { at } => format!("lost on the way or at {}: nobody will answer", name(at)),
    }
}

/// The name of a server; that of the node where it has but one, or many.
fn server_name(snapshot: &Snapshot, node: NodeId, server: u16) -> String {
    let Some(node) = node_of(snapshot, node) else { return "a part that is gone".to_owned() };
    let own = node.replicas.iter().find(|r| r.index == server).filter(|_| node.kind != Kind::Client);
    own.map_or_else(|| node.name.to_string(), |r| r.name.to_string())
}

/// `1st`, `2nd`, `11th`.
fn ordinal(n: u32) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

/// Draws the number where the request is.
pub(super) fn paint(brush: &mut Brush, layout: &Layout, follow: &Follow, snapshot: &Snapshot) {
    if let Some(last) = follow.last.as_ref().filter(|_| !follow.over) {
        paint_label(brush, layout, &follow.label(), last, snapshot);
    }
}

/// Draws the caption in a row that is free.
pub(super) fn paint_caption(brush: &mut Brush, follow: &Follow, snapshot: &Snapshot, area: Rect) {
    let caption = follow.caption(snapshot);
    let width = (caption.chars().count() as u16).min(area.width);
    let x = area.x + (area.width - width) / 2;
    let rows = [area.bottom().saturating_sub(1), area.y];
    let free = rows.into_iter().find(|&y| brush.is_blank(x, y, width));
    brush.text(x, free.unwrap_or(rows[0]), &caption, width, brush.theme.accent);
}

fn paint_label(brush: &mut Brush, layout: &Layout, label: &str, last: &Whereabouts, snapshot: &Snapshot) {
    let style = brush.theme.selected;
    let width = label.chars().count() as u16;
    match last.place {
        Place::OnTheWay { link, from, to, sent, due, back, failed } => {
            let Some((edge, cell)) = cell_on(layout, (link, from, to), (sent, due, back), snapshot.now)
            else {
                return;
            };
            let Position { x, y } = layout.routes.paths[edge][cell];
            let mark = match (failed, back, last.write) {
                (Some(_), ..) => Mark::Failed,
                (None, true, _) => Mark::Reply,
                (None, false, true) => Mark::Write,
                (None, false, false) => Mark::Request,
            };
            brush.put(x, y, mark.glyph(), style);
            let left = x.saturating_sub(width / 2);
            let spots =
                [(left, y.saturating_sub(1)), (left, y + 1), (x + 2, y.saturating_sub(1)), (x + 2, y + 1)];
            let free = spots.into_iter().find(|&(x, y)| brush.is_blank(x, y, width));
            // Beside the dot on its line, if there is no better place.
            let (x, y) = free.unwrap_or((x + 1, y));
            brush.text(x, y, label, width, style);
        }
        Place::Waits { at, .. } | Place::InWork { at } | Place::KeptBack { at, .. } | Place::Lost { at } => {
            let Some(own) = layout.graph.box_of(at.0, at.1) else { return };
            let rect = layout.rects[own];
            if rect.is_empty() {
                return;
            }
            let spots = [(rect.x + 1, rect.bottom()), (rect.x + 1, rect.y.saturating_sub(1))];
            let free = spots.into_iter().find(|&(x, y)| brush.is_blank(x, y, width));
            let (x, y) = free.unwrap_or((rect.x + 1, rect.bottom() - 1));
            brush.text(x, y, label, width.min(rect.width.saturating_sub(2)), style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ordinal;

    #[test]
    fn ordinals_have_their_endings() {
        let all = [1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(ordinal);
        assert_eq!(all, ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th"]);
    }
}
