//! What runs between two layers: links with the same callees share one trunk, the trunks share the gutter.
//!
//! ```text
//!  box ─╮     ╭▶ box      a net: sources, one trunk in a channel, targets;
//!  box ─┴─────┴▶ box      a port is the row where it meets a box
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::layers::{Hop, Layered};

/// The bundle of links from one set of boxes to one set of boxes.
#[derive(Debug)]
pub(super) struct Net {
    pub sources: Vec<usize>,
    pub targets: Vec<usize>,
    /// Which channel of the gutter its trunk takes; `None` = it runs straight.
    pub channel: Option<u16>,
}

/// All nets between a layer and the next.
#[derive(Debug)]
pub(super) struct Gutter {
    pub nets: Vec<Net>,
    /// Channels in use.
    pub channels: u16,
    /// Row by net, item, and whether the item is its source.
    ports: BTreeMap<(usize, usize, bool), u16>,
    by_hop: BTreeMap<Hop, usize>,
}

impl Gutter {
    /// The nets after `layer`, where `top` has the top row of every item.
    pub fn new(layered: &Layered, layer: usize, top: &[u16], box_height: u16) -> Self {
        let (nets, by_hop) = bundle(layered, layer);
        let mut gutter = Self { nets, channels: 0, ports: BTreeMap::new(), by_hop };
        for is_source in [true, false] {
            gutter.lay_ports(layered, top, box_height, is_source);
        }
        gutter.lay_channels();
        gutter
    }

    /// The net that carries a hop, and the rows where it leaves and arrives.
    pub fn way(&self, hop: Hop) -> Option<(usize, u16, u16)> {
        let net = *self.by_hop.get(&hop)?;
        Some((net, self.port(net, hop.0, true), self.port(net, hop.1, false)))
    }

    /// How often the way out of one box lies on the way into another that it does not call: those lines would look
    /// joined.
    pub fn conflicts(&self) -> usize {
        let mut count = 0;
        for (right, right_net) in self.nets.iter().enumerate() {
            for (left, left_net) in self.nets.iter().enumerate() {
                let (Some(own), Some(before)) = (right_net.channel, left_net.channel) else { continue };
                if before >= own {
                    continue;
                }
                let rows_in = || left_net.targets.iter().map(|&i| self.port(left, i, false));
                let rows_out = right_net.sources.iter().map(|&i| self.port(right, i, true));
                count += rows_out.filter(|&row| rows_in().any(|r| r == row)).count();
            }
        }
        count
    }

    fn port(&self, net: usize, item: usize, is_source: bool) -> u16 {
        self.ports.get(&(net, item, is_source)).copied().unwrap_or(0)
    }

    /// A box side that carries several nets gives each a row of its own, where it has the rows.
    fn lay_ports(&mut self, layered: &Layered, top: &[u16], box_height: u16, is_source: bool) {
        let height = |i: usize| if layered.items[i].piece.is_some() { box_height } else { 1 };
        let middle = |i: usize| top[i] + height(i) / 2;
        let ends = |net: &Net| if is_source { net.sources.clone() } else { net.targets.clone() };
        let items: BTreeSet<usize> = self.nets.iter().flat_map(ends).collect();
        for item in items {
            let mut at_item: Vec<(u64, usize)> = Vec::new();
            for (k, net) in self.nets.iter().enumerate() {
                let (own, far) =
                    if is_source { (&net.sources, &net.targets) } else { (&net.targets, &net.sources) };
                if own.contains(&item) {
                    let sum: u64 = far.iter().map(|&i| u64::from(middle(i))).sum();
                    at_item.push((sum * 1000 / far.len().max(1) as u64, k));
                }
            }
            at_item.sort_unstable();
            for (k, &(_, net)) in at_item.iter().enumerate() {
                let offset = port_offset(k, at_item.len(), height(item));
                let row = middle(item).saturating_add_signed(offset);
                self.ports.insert((net, item, is_source), row);
            }
        }
    }

    fn span(&self, net: usize) -> (u16, u16) {
        let sources = self.nets[net].sources.iter().map(|&i| self.port(net, i, true));
        let rows = sources.chain(self.nets[net].targets.iter().map(|&i| self.port(net, i, false)));
        rows.fold((u16::MAX, 0), |(low, high), row| (low.min(row), high.max(row)))
    }

    /// Orders the trunks so that few lines cross, then packs those that do not meet into one channel.
    fn lay_channels(&mut self) {
        let spans: Vec<(u16, u16)> = (0..self.nets.len()).map(|n| self.span(n)).collect();
        let mut order: Vec<usize> = (0..self.nets.len()).filter(|&n| spans[n].0 != spans[n].1).collect();
        self.improve(&mut order, &spans);
        let mut placed: Vec<(usize, u16)> = Vec::new();
        for net in order {
            let meets = |other: usize| spans[other].0 <= spans[net].1 && spans[net].0 <= spans[other].1;
            let channel = placed.iter().filter(|p| meets(p.0)).map(|p| p.1 + 1).max().unwrap_or(0);
            placed.push((net, channel));
            self.nets[net].channel = Some(channel);
            self.channels = self.channels.max(channel + 1);
        }
    }

    /// Swaps trunks as long as that helps.
    fn improve(&self, order: &mut [usize], spans: &[(u16, u16)]) {
        const MOST_TRUNKS: usize = 12;
        if order.len() > MOST_TRUNKS {
            return;
        }
        let mut best = self.cost(order, spans);
        loop {
            let before = best;
            for i in 0..order.len() {
                for j in i + 1..order.len() {
                    order.swap(i, j);
                    let cost = self.cost(order, spans);
                    if cost < best {
                        best = cost;
                    } else {
                        order.swap(i, j);
                    }
                }
            }
            if best == before {
                return;
            }
        }
    }

    fn cost(&self, order: &[usize], spans: &[(u16, u16)]) -> u32 {
        let mut cost = 0;
        for (i, &left) in order.iter().enumerate() {
            for &right in &order[i + 1..] {
                cost += self.cost_of_pair(left, right, spans);
            }
        }
        cost
    }

    /// What it costs that one trunk stands left of another: lines of different boxes that cross count more than
    /// those of one box, lines that lie on top of each other count most.
    fn cost_of_pair(&self, left: usize, right: usize, spans: &[(u16, u16)]) -> u32 {
        const CROSS: u32 = 3;
        const CROSS_OWN: u32 = 1;
        const OVERLAP: u32 = 50;
        let within = |row: u16, net: usize| (spans[net].0..=spans[net].1).contains(&row);
        let mut cost = 0;
        for &item in &self.nets[right].sources {
            let row = self.port(right, item, true);
            if within(row, left) {
                cost += if self.nets[left].sources.contains(&item) { CROSS_OWN } else { CROSS };
            }
            let lies_on = |&&t: &&usize| self.port(left, t, false) == row;
            cost += OVERLAP * self.nets[left].targets.iter().filter(lies_on).count() as u32;
        }
        for &item in &self.nets[left].targets {
            if within(self.port(left, item, false), right) {
                cost += if self.nets[right].targets.contains(&item) { CROSS_OWN } else { CROSS };
            }
        }
        cost
    }
}

fn bundle(layered: &Layered, layer: usize) -> (Vec<Net>, BTreeMap<Hop, usize>) {
    let mut targets: BTreeMap<(usize, u8), Vec<usize>> = BTreeMap::new();
    for &(from, to, style) in layered.hops.iter().filter(|h| layered.items[h.0].layer == layer) {
        targets.entry((from, style)).or_default().push(to);
    }
    let mut groups: BTreeMap<(Vec<usize>, u8), Vec<usize>> = BTreeMap::new();
    for ((from, style), to) in targets {
        groups.entry((to, style)).or_default().push(from);
    }
    let mut by_hop = BTreeMap::new();
    let mut nets = Vec::new();
    for ((targets, style), sources) in groups {
        for &from in &sources {
            by_hop.extend(targets.iter().map(|&to| ((from, to, style), nets.len())));
        }
        nets.push(Net { sources, targets, channel: None });
    }
    (nets, by_hop)
}

/// Rows from the middle of a box to the k-th of `count` ports.
fn port_offset(k: usize, count: usize, height: u16) -> i16 {
    let inner = usize::from(height.saturating_sub(2).max(1));
    let (k, count, inner) = (k as i16, count as i16, inner as i16);
    if count <= 1 || height < 4 {
        0
    } else if count == 2 {
        2 * k - 1
    } else if count <= inner {
        k - (count - 1) / 2
    } else {
        k * inner / count - inner / 2
    }
}
