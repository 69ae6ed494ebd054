//! What a box says: the state and the figures of the servers it stands for.

use super::Part;
use super::graph::Piece;
use crate::sim::component::Kind;
use crate::sim::id::NodeId;
use crate::sim::quantity::show_rate;
use crate::sim::snapshot::{NodeView, ReplicaState, ReplicaView, Snapshot};
use crate::sim::time::Time;
use crate::tui::theme::HOT;

/// The one state that decides frame and mark; the worst wins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Condition {
    /// Nothing to say.
    Calm,
    /// No worker free, or the waiting room full.
    Hot,
    /// The process is dead.
    Down,
    /// The machine is dead.
    Silent,
    /// It takes calls and never answers.
    Hung,
    /// It stands still for a while.
    Paused,
    /// Start-up time is running.
    Starting,
    /// Finishes its work and goes.
    Leaving,
    /// Up, but the balancer does not use it.
    Out,
    /// Up, but slower than it should be.
    Slow,
    /// Up, but something is wrong with it: a bad release, a full disk.
    Faulty,
}

impl Condition {
    /// The mark before the name.
    pub const fn mark(self) -> Option<char> {
        match self {
            Self::Calm => None,
            Self::Hot => Some('▲'),
            Self::Down | Self::Silent => Some('✗'),
            Self::Hung => Some('⊗'),
            Self::Paused => Some('⏸'),
            Self::Starting => Some('…'),
            Self::Leaving => Some('»'),
            Self::Out => Some('⊘'),
            Self::Slow => Some('~'),
            Self::Faulty => Some('!'),
        }
    }
    /// The word that fills the box, where nothing else is to be said.
    pub const fn banner(self) -> Option<&'static str> {
        match self {
            Self::Down => Some("DOWN"),
            Self::Silent => Some("SILENT"),
            Self::Starting => Some("starting"),
            _ => None,
        }
    }
}

/// A box's figures.
#[derive(Debug)]
pub(super) struct Face<'a> {
    pub piece: &'a Piece,
    pub node: &'a NodeView,
    /// The server it stands for, where it is one.
    pub server: Option<&'a ReplicaView>,
    pub condition: Condition,
    /// 0 to 1.
    pub utilization: f64,
    /// It has workers or cores that can be full: `utilization` says something.
    pub has_gauge: bool,
    /// Waiting now.
    pub queue: u32,
    /// Waiting room; `None` = unbounded.
    pub capacity: Option<u32>,
    /// Per second.
    pub rate: f64,
    /// Known for whole nodes only.
    pub p95: Option<Time>,
}

/// The node with this id.
pub(super) fn node_of(snapshot: &Snapshot, id: NodeId) -> Option<&NodeView> {
    let by_place = snapshot.nodes.get(id.index()).filter(|n| n.id == id);
    by_place.or_else(|| snapshot.nodes.iter().find(|n| n.id == id))
}

/// A share that is fit to draw: not-a-number is nothing.
pub(super) fn share(value: f64) -> f64 {
    if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 }
}

impl<'a> Face<'a> {
    pub fn new(snapshot: &'a Snapshot, piece: &'a Piece) -> Option<Self> {
        let node = node_of(snapshot, piece.node)?;
        let (server, whole) = match piece.part {
            Part::Replica(_, index) => (node.replicas.iter().find(|r| r.index == index), false),
            Part::Node(_) => (node.replicas.first().filter(|_| node.replicas.len() == 1), true),
        };
        let count = node.replicas.len().max(1) as u32;
        let mut face = Self {
            piece,
            node,
            server,
            condition: Condition::Calm,
            utilization: share(node.fullness()),
            has_gauge: node.replicas.iter().any(|r| r.workers.is_some() || r.cpu_utilization.is_some()),
            queue: node.queue,
            capacity: node.queue_capacity,
            rate: node.arrival_rate,
            p95: node.p95,
        };
        if let (Some(server), false) = (server, whole) {
            face.utilization = share(server.fullness());
            face.queue = server.queue;
            face.capacity = node.queue_capacity.map(|c| c.div_ceil(count));
            face.rate = server.arrival_rate;
            face.p95 = None;
        }
        face.condition = face.judge();
        Some(face)
    }

    /// Servers that serve, and all of them.
    pub fn up(&self) -> (usize, usize) {
        let up = self.node.replicas.iter().filter(|r| r.state == ReplicaState::Up).count();
        (up, self.node.replicas.len())
    }

    pub fn is_group(&self) -> bool {
        self.piece.servers > 1
    }

    pub fn is_client(&self) -> bool {
        self.piece.kind == Kind::Client
    }

    /// The waiting room is full.
    pub fn is_full(&self) -> bool {
        self.capacity.is_some_and(|c| c > 0 && self.queue >= c)
    }

    fn judge(&self) -> Condition {
        let state = match self.server {
            Some(server) => server.state,
            None => self.state_of_group(),
        };
        match state {
            ReplicaState::Down => return Condition::Down,
            ReplicaState::Silent => return Condition::Silent,
            ReplicaState::Starting => return Condition::Starting,
            ReplicaState::Hung => return Condition::Hung,
            ReplicaState::Paused => return Condition::Paused,
            ReplicaState::Up | ReplicaState::Retiring | ReplicaState::Draining => {}
        }
        if !self.is_client() && (self.utilization >= HOT || self.is_full()) {
            return Condition::Hot;
        }
        if self.slow().is_some() {
            return Condition::Slow;
        }
        if !self.troubles().is_empty() {
            return Condition::Faulty;
        }
        if self.server.is_some_and(|s| s.healthy == Some(false)) {
            return Condition::Out;
        }
        match state {
            ReplicaState::Retiring | ReplicaState::Draining => Condition::Leaving,
            _ => Condition::Calm,
        }
    }

    /// A group is as well as its best server; without any server there is nobody to call.
    fn state_of_group(&self) -> ReplicaState {
        use ReplicaState::{Down, Draining, Hung, Paused, Retiring, Silent, Starting, Up};
        let has = |state| self.node.replicas.iter().any(|r| r.state == state);
        if self.is_client() {
            return Up;
        }
        [Up, Draining, Paused, Hung, Starting, Retiring, Silent].into_iter().find(|&s| has(s)).unwrap_or(Down)
    }

    /// Times as long as usual, where that is so.
    pub fn slow(&self) -> Option<f64> {
        let worst = match self.server {
            Some(server) => server.slow,
            None => self.node.replicas.iter().map(|r| r.slow).fold(1.0, f64::max),
        };
        (worst.is_finite() && (worst - 1.0).abs() > 0.01).then_some(worst)
    }

    /// Words for what is wrong but does not stop the server, worst first.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if let Some(factor) = self.slow() {
            let digits = usize::from(factor < 10.0 && (factor - factor.round()).abs() > 0.05);
            remarks.push(format!("slow ×{factor:.digits$}"));
        }
        if self.server.is_some_and(|s| s.state == ReplicaState::Up && s.healthy == Some(false)) {
            remarks.push("out".to_owned());
        }
        remarks.extend(self.troubles().into_iter().map(str::to_owned));
        let state = self.server.map_or_else(|| self.state_of_group(), |s| s.state);
        let word = match state {
            ReplicaState::Hung => "hung",
            ReplicaState::Paused => "paused",
            ReplicaState::Draining => "draining",
            ReplicaState::Retiring if self.server.is_some() => "leaving",
            _ => return remarks,
        };
        remarks.insert(0, word.to_owned());
        remarks
    }

    /// What is wrong with the node as a whole.
    fn troubles(&self) -> Vec<&'static str> {
        let words = [
            ("release", "bad", "bad release"),
            ("disk", "full", "disk full"),
            ("now", "rolls back", "rolls back"),
        ];
        let has =
            |label: &str, text: &str| self.node.extra.iter().any(|e| e.label == label && e.text == text);
        words.into_iter().filter(|w| has(w.0, w.1)).map(|w| w.2).collect()
    }

    /// What stands in the place of the gauge where there is none.
    pub fn doing(&self) -> String {
        if let Some(now) = self.node.extra.iter().find(|e| e.label == "now") {
            return now.text.clone();
        }
        self.extras().into_iter().next().unwrap_or_else(|| show_rate(self.rate))
    }

    /// Own figures that do not stand in the gauge's place.
    pub fn further_extras(&self) -> Vec<String> {
        let is_said = |text: &String| !self.has_gauge && *text == self.doing();
        self.extras().into_iter().filter(|text| !is_said(text)).collect()
    }

    /// The waiting messages of a broker, ready to show.
    pub fn backlog(&self) -> Option<&str> {
        let extra = self.node.extra.iter().find(|e| e.label.contains("backlog"));
        extra.map(|e| e.text.as_str())
    }

    /// Figures that only this kind has, without those shown elsewhere. What lags is the replicas, not their primary.
    pub fn extras(&self) -> Vec<String> {
        let behind = |label: &str| ["lag", "not yet applied", "stale reads"].contains(&label);
        let is_own = |label: &str| match (self.piece.part, self.piece.kind) {
            (Part::Replica(..), Kind::Database) => behind(label) == self.piece.behind,
            _ => !label.contains("backlog"),
        };
        // Those are remarks, or stand in the gauge's place.
        let is_said = |label: &str| ["release", "disk", "now"].contains(&label);
        let figures = self.node.extra.iter().filter(|e| is_own(e.label) && !is_said(e.label));
        figures.map(|e| format!("{} {}", e.label, e.text)).collect()
    }

    /// Name for the border in at most `width` cells: the end that tells servers apart stays.
    pub fn name(&self, width: u16) -> String {
        let width = usize::from(width);
        if self.is_group() {
            let (up, all) = self.up();
            let long = if up < all { format!(" {up}/{all}") } else { format!(" ×{all}") };
            let stem = shorten(&self.node.name, width.saturating_sub(long.chars().count()));
            return format!("{stem}{long}");
        }
        shorten(&self.piece.name, width)
    }
}

/// Cuts a name: first the words after `#`, then the middle.
pub(super) fn shorten(name: &str, width: usize) -> String {
    let clean: String = name.chars().filter(char::is_ascii_graphic).take(64).collect();
    if clean.len() <= width {
        return clean;
    }
    let (stem, server) = clean.split_once('#').unwrap_or((&clean, ""));
    let short = match server.split_once('-') {
        Some((word, number)) => format!("{}{number}", &word[..word.len().min(1)]),
        None if server.parse::<u32>().is_ok() => server.to_owned(),
        None => server[..server.len().min(1)].to_owned(),
    };
    let end = if short.is_empty() { short } else { format!("#{short}") };
    let room = width.saturating_sub(end.len());
    if stem.len() <= room {
        return format!("{stem}{end}");
    }
    if room < 2 {
        return clean[..width].to_owned();
    }
    format!("{}…{end}", &stem[..room - 1])
}

#[cfg(test)]
mod tests {
    use super::shorten;

    #[track_caller]
    fn check(name: &str, width: usize, expected: &str) {
        assert_eq!(shorten(name, width), expected);
        assert!(expected.chars().count() <= width);
    }

    #[test]
    fn the_end_that_tells_servers_apart_stays() {
        check("db#replica-1", 12, "db#replica-1");
        check("db#replica-1", 9, "db#r1");
        check("orders-db#replica-12", 9, "orde…#r12");
        check("web#3", 4, "w…#3");
        check("postgresql", 6, "postg…");
        check("\u{1b}[2Jx", 9, "[2Jx");
        check("web#1", 1, "w");
        check("web", 0, "");
    }
}
