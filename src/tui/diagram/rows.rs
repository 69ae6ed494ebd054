//! Which row each box and lane takes: their order is given, they go as near to their neighbours as they can.

use super::bands;
use super::layers::{Layered, barycentre};

/// Sweeps over the layers, to the right and back in turn.
const SWEEPS: usize = 10;
/// Boxes move at most this far apart on a roomy screen.
const WIDEST_GAP: u16 = 3;

/// Heights and distances of one try.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spacing {
    /// Rows of a box.
    pub box_height: u16,
    /// Least free rows between two boxes.
    pub gap: u16,
}

/// The top row of each item, or `None` where a layer is too tall for `height` rows.
pub(super) fn place(layered: &Layered, spacing: Spacing, height: u16) -> Option<Vec<u16>> {
    let roomy = roomy_gap(layered, spacing, height)?;
    let (given, gap) = if layered.is_framed() {
        // The others stand beside those in frames rather than far apart.
        (bands::place(layered, spacing, height)?, spacing.gap)
    } else {
        (vec![None; layered.items.len()], roomy)
    };
    let spacing = Spacing { gap, ..spacing };
    let mut centre = vec![f64::from(height) / 2.0; layered.items.len()];
    let mut top = vec![0_u16; layered.items.len()];
    for sweep in 0..SWEEPS {
        let to_right = sweep % 2 == 0;
        for step in 0..layered.order.len() {
            let layer = if to_right { step } else { layered.order.len() - 1 - step };
            let order = &layered.order[layer];
            if order.iter().any(|&i| given[i].is_some()) {
                for &item in order {
                    top[item] = given[item].unwrap_or(0);
                    centre[item] = f64::from(top[item] + height_of(layered, spacing, item) / 2);
                }
                continue;
            }
            let wishes: Vec<f64> = order
                .iter()
                .map(|&i| {
                    let half = f64::from(height_of(layered, spacing, i) / 2);
                    barycentre(i, to_right, &layered.hops, &centre) - half
                })
                .collect();
            let offsets = offsets(layered, spacing, order);
            for (&item, row) in order.iter().zip(fit(&wishes, &offsets, height)) {
                top[item] = row;
                centre[item] = f64::from(row + height_of(layered, spacing, item) / 2);
            }
        }
    }
    if given.iter().all(Option::is_none) {
        centre_all(layered, spacing, height, &mut top);
    }
    Some(top)
}

fn height_of(layered: &Layered, spacing: Spacing, item: usize) -> u16 {
    if layered.items[item].piece.is_some() { spacing.box_height } else { 1 }
}

/// Distance of each item's top from the first one's, and at the end the height of the whole layer.
fn offsets(layered: &Layered, spacing: Spacing, order: &[usize]) -> Vec<u16> {
    let mut all = vec![0];
    let mut row = 0;
    for (k, &item) in order.iter().enumerate() {
        row += height_of(layered, spacing, item);
        let is_box = |i: usize| layered.items[i].piece.is_some();
        match order.get(k + 1) {
            Some(&next) if is_box(item) && is_box(next) => row += spacing.gap,
            Some(_) => row += spacing.gap.min(1),
            None => {}
        }
        all.push(row);
    }
    all
}

/// The gap that opens the rows up as far as the height allows, or `None` where even the least is too much.
fn roomy_gap(layered: &Layered, spacing: Spacing, height: u16) -> Option<u16> {
    let tallest = |gap| {
        let spacing = Spacing { gap, ..spacing };
        layered.order.iter().filter_map(|o| offsets(layered, spacing, o).last().copied()).max()
    };
    let fits = |gap: &u16| tallest(*gap).unwrap_or(0) <= height;
    let widest = (spacing.gap..=WIDEST_GAP.max(spacing.gap)).rev();
    widest.into_iter().find(fits)
}

/// Isotonic placement: keeps order and distances, stays as close to the wishes as possible.
fn fit(wishes: &[f64], offsets: &[u16], height: u16) -> Vec<u16> {
    let total = offsets.last().copied().unwrap_or(0);
    let room = f64::from(height.saturating_sub(total));
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (wish, &offset) in wishes.iter().zip(offsets) {
        let mut block = (wish - f64::from(offset), 1);
        while let Some(&before) = blocks.last()
            && before.0 > block.0
        {
            blocks.pop();
            let count = before.1 + block.1;
            block = ((before.0 * before.1 as f64 + block.0 * block.1 as f64) / count as f64, count);
        }
        blocks.push(block);
    }
    let starts = blocks.into_iter().flat_map(|(start, count)| std::iter::repeat_n(start, count));
    starts
        .zip(offsets)
        .map(|(start, &offset)| (start.clamp(0.0, room) + 0.001).round() as u16 + offset)
        .collect()
}

fn centre_all(layered: &Layered, spacing: Spacing, height: u16, top: &mut [u16]) {
    let first = top.iter().copied().min().unwrap_or(0);
    let last = (0..top.len()).map(|i| top[i] + height_of(layered, spacing, i)).max().unwrap_or(0);
    let start = height.saturating_sub(last - first) / 2;
    for row in top {
        *row = *row - first + start;
    }
}
