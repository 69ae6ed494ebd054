//! Frames need room: all boxes of one stand in a band of rows of their own, through all layers that it reaches.
//!
//! ```text
//! ┌ zone a ──────────────────────┐
//! │  box ───────────────▶ box    │  a band; its boxes are centred in it
//! └──────────────────────────────┘
//! ```

use super::layers::{Item, Layered, settle};
use super::rows::Spacing;

/// Rows that a frame adds above its boxes, and below.
pub(super) const BORDER: u16 = 1;
/// Bands move at most this far apart on a roomy screen.
const WIDEST_GAP: u16 = 2;

/// Brings the items of a frame together in every layer. Returns what the items are ordered by.
pub(super) fn gather(items: &[Item], order: &mut [Vec<usize>]) -> Vec<f64> {
    let mut rank = vec![0.0; items.len()];
    for layer in &*order {
        settle(layer, &mut rank);
    }
    let frames = items.iter().filter_map(|i| i.frame).max().map_or(0, |f| f + 1);
    for frame in 0..frames {
        let own: Vec<usize> = (0..items.len()).filter(|&i| items[i].frame == Some(frame)).collect();
        let mean = own.iter().map(|&i| rank[i]).sum::<f64>() / own.len().max(1) as f64;
        for &i in &own {
            rank[i] = mean;
        }
    }
    if frames > 0 {
        for layer in order {
            layer.sort_by(|&a, &b| rank[a].total_cmp(&rank[b]).then(items[a].frame.cmp(&items[b].frame)));
        }
    }
    rank
}

/// A frame, or a box beside frames.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Band {
    Frame(usize),
    Alone(usize),
}

/// Bands from top to bottom.
struct Bands<'a> {
    layered: &'a Layered,
    spacing: Spacing,
    /// Layers that frames reach.
    layers: Vec<usize>,
    all: Vec<Band>,
}

/// Top row of each item of the layers that frames reach, `None` for those of the others; nothing at all where the
/// bands are too tall for `height` rows.
pub(super) fn place(layered: &Layered, spacing: Spacing, height: u16) -> Option<Vec<Option<u16>>> {
    let is_framed = |&i: &usize| layered.items[i].frame.is_some();
    let layers = (0..layered.order.len()).filter(|&l| layered.order[l].iter().any(is_framed)).collect();
    let mut bands = Bands { layered, spacing, layers, all: Vec::new() };
    bands.collect();
    let fits = |gap: &u16| bands.height(*gap) <= height;
    let gap = (spacing.gap..=WIDEST_GAP.max(spacing.gap)).rev().find(fits)?;
    bands.spacing.gap = gap;
    Some(bands.tops(height))
}

impl Bands<'_> {
    fn of(&self, item: usize) -> Option<Band> {
        let own = self.layered.items[item];
        let alone = || own.piece.map(|_| Band::Alone(item));
        own.frame.map(Band::Frame).or_else(alone)
    }
    fn collect(&mut self) {
        let mut all: Vec<(f64, usize, Band)> = Vec::new();
        for &item in self.layers.iter().flat_map(|&l| &self.layered.order[l]) {
            if let Some(band) = self.of(item)
                && !all.iter().any(|b| b.2 == band)
            {
                all.push((self.layered.rank[item], item, band));
            }
        }
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        self.all = all.into_iter().map(|b| b.2).collect();
    }
    /// Rows that so many boxes of a layer take.
    const fn stack(&self, boxes: u16, gap: u16) -> u16 {
        boxes * self.spacing.box_height + boxes.saturating_sub(1) * gap
    }
    /// Boxes of a band in a layer.
    fn boxes(&self, band: Band, layer: usize) -> Vec<usize> {
        self.layered.order[layer].iter().copied().filter(|&i| self.of(i) == Some(band)).collect()
    }
    fn band_height(&self, band: Band, gap: u16) -> u16 {
        let tallest = self.layers.iter().map(|&l| self.boxes(band, l).len() as u16).max().unwrap_or(0);
        self.stack(tallest, gap) + if matches!(band, Band::Frame(_)) { 2 * BORDER } else { 0 }
    }
    /// Lanes of a layer just before a band; those after all bands for `self.all.len()`.
    fn lanes(&self, before: usize, layer: usize) -> Vec<usize> {
        let place_of = |&i: &usize| self.of(i).and_then(|b| self.all.iter().position(|a| *a == b));
        let order = &self.layered.order[layer];
        let (mut next, mut found) = (self.all.len(), Vec::new());
        for item in order.iter().rev() {
            match place_of(item) {
                Some(band) => next = band,
                None if next == before => found.insert(0, *item),
                None => {}
            }
        }
        found
    }
    /// Rows between the band before and this one.
    fn space(&self, before: usize, gap: u16) -> u16 {
        let lanes = self.layers.iter().map(|&l| self.lanes(before, l).len() as u16).max().unwrap_or(0);
        let is_inner = before > 0 && before < self.all.len();
        if is_inner { lanes.max(gap.saturating_sub(1)) } else { lanes }
    }
    fn height(&self, gap: u16) -> u16 {
        let bands: u16 = self.all.iter().map(|&b| self.band_height(b, gap)).sum();
        bands + (0..=self.all.len()).map(|k| self.space(k, gap)).sum::<u16>()
    }
    fn tops(&self, height: u16) -> Vec<Option<u16>> {
        let gap = self.spacing.gap;
        let mut tops = vec![None; self.layered.items.len()];
        let mut row = (height - self.height(gap)) / 2;
        for k in 0..=self.all.len() {
            for &layer in &self.layers {
                for (i, lane) in self.lanes(k, layer).into_iter().enumerate() {
                    tops[lane] = Some(row + i as u16);
                }
            }
            row += self.space(k, gap);
            let Some(&band) = self.all.get(k) else { break };
            let own = self.band_height(band, gap);
            for &layer in &self.layers {
                let boxes = self.boxes(band, layer);
                let first = row + (own - self.stack(boxes.len() as u16, gap)) / 2;
                for (i, item) in boxes.into_iter().enumerate() {
                    tops[item] = Some(first + i as u16 * (self.spacing.box_height + gap));
                }
            }
            row += own;
        }
        tops
    }
}
