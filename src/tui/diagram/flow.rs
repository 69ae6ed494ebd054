//! The flow, where time runs too fast for single requests: dots that each stand for the same number of calls, sent
//! out as the measured rates have it and moving at one steady pace.
//!
//! ```text
//! every frame:  credit of a box += its rate x the simulated time of the frame / calls of a dot
//!               credit of 1 = one dot, dealt to its lines in proportion to their rates
//! ```
//!
//! Dots that are under way stay under way when rates or the pace change: the picture never jumps.

use std::collections::BTreeMap;

use super::Part;
use super::brush::Brush;
use super::flights::Place;
use super::graph::Edge;
use super::layout::Layout;
use super::marks::Mark;
use super::wires::{Flow, link_of};
use crate::sim::id::LinkId;
use crate::sim::snapshot::{Cargo, LinkStyle, Snapshot};
use crate::sim::time::Time;
use crate::tui::scale::round_up;

/// A dot goes on by a cell in so many frames.
const FRAMES_PER_CELL: usize = 2;
/// Frames between two dots of the busiest box: the scale is the smallest round number that keeps to the first, and
/// stays while it keeps to the others.
const CLOSEST: f64 = 6.0;
const KEPT: std::ops::RangeInclusive<f64> = 4.0..=20.0;
/// Frames between those dots as long as nobody knows how fast time runs.
const FIRST: f64 = 8.0;
/// Whoever has not looked for so many frames sees the flow as it is now.
const MOST_MISSED: u64 = 8;
/// Dots of the flow run on for so many frames when single requests are shown again.
const RUN_OUT: u8 = 14;

/// A dot under way.
#[derive(Clone, Copy, Debug)]
struct Moving {
    edge: usize,
    /// Cells gone, times `FRAMES_PER_CELL`.
    gone: usize,
    mark: Mark,
    back: bool,
}

/// What a box has sent on its links of one style.
#[derive(Clone, Copy, Default, Debug)]
struct Sender {
    credit: f64,
    sent: u64,
}

/// Writes among the calls that were seen on a link, lately.
#[derive(Clone, Copy, Default, Debug)]
struct Mix {
    calls: f64,
    writes: f64,
}

type Ends = (LinkId, Part, Part);

/// All that moves.
#[derive(Default, Debug)]
pub(super) struct Stream {
    dots: Vec<Moving>,
    frame: Option<u64>,
    now: Time,
    /// Simulated time of a frame, seconds; 0 = not known yet.
    pace: f64,
    /// Calls that a dot stands for; 0 = not known yet.
    scale: f64,
    senders: BTreeMap<(usize, u8), Sender>,
    mixes: BTreeMap<LinkId, Mix>,
    /// Frames since single requests are shown again.
    out: u8,
    ends: Vec<Ends>,
}

impl Stream {
    /// Calls that a dot stands for, where that is known.
    pub fn calls_per_dot(&self) -> Option<f64> {
        (self.frame.is_some() && self.scale > 0.0).then_some(self.scale)
    }

    /// There is a new layout: dots stay on the lines that are still there.
    pub fn rehang(&mut self, former: &Layout, layout: &Layout) {
        let ends = |layout: &Layout, e: &Edge| {
            (e.link, layout.graph.boxes[e.from].part, layout.graph.boxes[e.to].part)
        };
        self.ends = layout.graph.edges.iter().map(|e| ends(layout, e)).collect();
        let before: Vec<Ends> = former.graph.edges.iter().map(|e| ends(former, e)).collect();
        self.senders.clear();
        self.dots.retain_mut(|dot| {
            let Some(edge) = before.get(dot.edge).and_then(|b| self.ends.iter().position(|e| e == b)) else {
                return false;
            };
            let (old, new) = (former.routes.paths[dot.edge].len(), layout.routes.paths[edge].len());
            dot.gone = dot.gone * new / old.max(1);
            dot.edge = edge;
            new > 1
        });
    }

    /// Single requests are shown: the dots of the flow run out, unless time stands still.
    pub fn run_out(&mut self, snapshot: &Snapshot, layout: &Layout) {
        let runs = snapshot.now > self.now;
        (self.frame, self.now) = (None, snapshot.now);
        self.pace = 0.0;
        self.out = self.out.saturating_add(1);
        if !runs || self.out > RUN_OUT {
            self.dots.clear();
        }
        self.advance(1, layout);
    }

    /// The next frame of the flow. `seen` are the requests that the frame before showed, if it did: they go on.
    pub fn step(&mut self, frame: u64, snapshot: &Snapshot, layout: &Layout, flows: &[Flow], seen: &[Place]) {
        self.look_at(snapshot);
        let passed = self.frame.map_or(0, |before| frame.saturating_sub(before));
        let elapsed = snapshot.now.saturating_sub(self.now).secs();
        if passed > 0 && elapsed > 0.0 {
            let pace = elapsed / passed as f64;
            self.pace = if self.pace > 0.0 { 0.8 * self.pace + 0.2 * pace } else { pace };
        }
        let is_new = self.frame.is_none() || snapshot.now < self.now || passed > MOST_MISSED;
        (self.frame, self.now, self.out) = (Some(frame), snapshot.now, 0);
        let sources = sources(layout, flows);
        let most = sources.iter().map(|s| s.rate).fold(0.0, f64::max);
        self.rescale(most);
        if is_new {
            self.begin(seen, snapshot, layout, flows, &sources);
        }
        if !is_new {
            self.advance(passed as usize, layout);
        }
        if self.scale > 0.0 {
            for source in &sources {
                let sender = self.senders.entry(source.key).or_default();
                sender.credit += source.rate * elapsed / self.scale;
                if sender.credit >= 1.0 {
                    // What would not find room beside each other is left out: the scale follows in a moment.
                    sender.credit = sender.credit.fract();
                    self.emit(source, 0, snapshot, layout, flows);
                }
            }
        }
    }

    /// Draws the dots; those that run out are pale.
    pub fn paint(&self, brush: &mut Brush, layout: &Layout) {
        let mut dots: Vec<&Moving> = self.dots.iter().collect();
        dots.sort_by_key(|d| d.mark);
        for dot in dots {
            let Some(at) = layout.routes.paths[dot.edge].get(dot.gone / FRAMES_PER_CELL) else { continue };
            let style = if self.out > 0 { brush.theme.dim } else { dot.mark.style(brush.theme) };
            brush.put(at.x, at.y, dot.mark.glyph(), style);
        }
    }

    /// Counts writes among the calls on the wire; older ones count less and less.
    fn look_at(&mut self, snapshot: &Snapshot) {
        if snapshot.now == self.now {
            return;
        }
        for mix in self.mixes.values_mut() {
            (mix.calls, mix.writes) = (mix.calls * 0.95, mix.writes * 0.95);
        }
        for flight in
            snapshot.flights.iter().filter(|f| matches!(f.cargo, Cargo::Call | Cargo::Part) && !f.reply)
        {
            let mix = self.mixes.entry(flight.link).or_default();
            mix.calls += 1.0;
            mix.writes += f64::from(u8::from(flight.write));
        }
    }

    fn rescale(&mut self, most: f64) {
        if self.pace <= 0.0 || most <= 0.0 {
            return;
        }
        let calls = most * self.pace;
        if !KEPT.contains(&(self.scale / calls)) {
            self.scale = round_up(calls * CLOSEST, 1.0);
        }
    }

    /// The first frame: the requests that were seen go on, or the lines are filled as if the flow had run for long.
    fn begin(
        &mut self,
        seen: &[Place],
        snapshot: &Snapshot,
        layout: &Layout,
        flows: &[Flow],
        sources: &[Source],
    ) {
        self.dots.clear();
        self.senders.clear();
        if !seen.is_empty() {
            let moving = |p: &Place| Moving {
                edge: p.edge,
                gone: p.cell * FRAMES_PER_CELL,
                mark: p.mark,
                back: p.back,
            };
            self.dots.extend(seen.iter().map(moving));
            return;
        }
        let most = sources.iter().map(|s| s.rate).fold(0.0, f64::max);
        for (i, source) in sources.iter().enumerate() {
            let known = self.scale / (source.rate * self.pace);
            let between = if known.is_finite() && known > 0.0 { known } else { FIRST * most / source.rate };
            let longest = source.edges.iter().map(|&e| layout.routes.paths[e].len()).max().unwrap_or(0);
            let mut age = between * (i as f64 * GOLDEN).fract();
            while age < (longest * FRAMES_PER_CELL) as f64 {
                self.emit(source, age as usize, snapshot, layout, flows);
                age += between.max(1.0);
            }
        }
    }

    fn advance(&mut self, frames: usize, layout: &Layout) {
        self.dots.retain_mut(|dot| {
            if dot.back {
                let left = dot.gone.checked_sub(frames);
                dot.gone = left.unwrap_or(0);
                return left.is_some();
            }
            dot.gone += frames;
            // The arrow stays visible.
            dot.gone / FRAMES_PER_CELL + 1 < layout.routes.paths[dot.edge].len()
        });
    }

    /// Sends one dot on its way.
    fn emit(&mut self, source: &Source, gone: usize, snapshot: &Snapshot, layout: &Layout, flows: &[Flow]) {
        let sender = self.senders.entry(source.key).or_default();
        sender.sent += 1;
        let number = sender.sent.wrapping_add(source.key.0 as u64);
        let edge = choose(source, flows, number);
        if gone / FRAMES_PER_CELL + 1 < layout.routes.paths[edge].len() {
            let mark = self.mark(number, edge, snapshot, layout, flows[edge]);
            self.dots.push(Moving { edge, gone, mark, back: false });
        }
    }

    /// What a dot is, in the shares that were measured on its line.
    fn mark(&self, number: u64, edge: usize, snapshot: &Snapshot, layout: &Layout, flow: Flow) -> Mark {
        let edge_of = &layout.graph.edges[edge];
        let plain = match edge_of.style {
            LinkStyle::Call => Mark::Request,
            LinkStyle::Message => Mark::Message,
            LinkStyle::Replication => Mark::Replication,
        };
        let mut left = (number as f64 * GOLDEN + edge as f64 * 0.37).fract();
        let mut within = |share: f64| {
            let is_within = left < share;
            left -= share;
            is_within
        };
        let mix = self.mixes.get(&edge_of.link).copied().unwrap_or_default();
        let retries = link_of(snapshot, edge_of).map_or(0.0, |l| l.retry_rate / l.rate.max(1.0));
        if within(flow.failed) {
            Mark::Failed
        } else if plain != Mark::Request {
            plain
        } else if within(retries) {
            Mark::Retry
        } else if within(mix.writes / mix.calls.max(1.0)) {
            Mark::Write
        } else {
            plain
        }
    }
}

/// A box and the lines of one style that leave it.
struct Source {
    key: (usize, u8),
    edges: Vec<usize>,
    /// Per second.
    rate: f64,
}

fn sources(layout: &Layout, flows: &[Flow]) -> Vec<Source> {
    let mut by_key: BTreeMap<(usize, u8), Source> = BTreeMap::new();
    for (i, edge) in layout.graph.edges.iter().enumerate() {
        if flows[i].rate > 0.0 && layout.routes.paths[i].len() > 1 {
            let key = (edge.from, super::layers::style_key(edge.style));
            let source = by_key.entry(key).or_insert(Source { key, edges: Vec::new(), rate: 0.0 });
            source.edges.push(i);
            source.rate += flows[i].rate;
        }
    }
    by_key.into_values().collect()
}

/// Multiples of it spread evenly over the unit interval.
const GOLDEN: f64 = 0.618_033_988_749_895;

/// The line that dot `number` takes: evenly in turn where rates are equal, else by a sequence that spreads well.
fn choose(source: &Source, flows: &[Flow], number: u64) -> usize {
    let own = &source.edges;
    let mean = source.rate / own.len().max(1) as f64;
    let last = own.last().copied().unwrap_or(0);
    if own.iter().all(|&e| (flows[e].rate - mean).abs() <= 0.2 * mean) {
        return own.get((number % own.len().max(1) as u64) as usize).copied().unwrap_or(last);
    }
    let mut left = ((number % 100_000) as f64 * GOLDEN).fract() * source.rate;
    for &edge in own {
        if left < flows[edge].rate {
            return edge;
        }
        left -= flows[edge].rate;
    }
    last
}
