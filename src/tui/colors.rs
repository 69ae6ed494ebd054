//! Fits the theme's colours to what the terminal can show, in one pass over the finished frame.

use ratatui::buffer::Buffer;
use ratatui::style::Color;

/// How many colours there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Depth {
    /// 24 bits: the theme's own colours.
    #[default]
    True,
    /// The 256 colours of xterm.
    Indexed,
    /// None: bold, reverse and underline must do.
    None,
}

/// Replaces every colour by the nearest that there is.
pub fn fit(depth: Depth, buf: &mut Buffer) {
    if depth == Depth::True {
        return;
    }
    for cell in &mut buf.content {
        cell.fg = nearest(depth, cell.fg);
        cell.bg = nearest(depth, cell.bg);
        cell.underline_color = nearest(depth, cell.underline_color);
    }
}

fn nearest(depth: Depth, color: Color) -> Color {
    match (depth, color) {
        (Depth::None, _) => Color::Reset,
        (Depth::Indexed, Color::Rgb(r, g, b)) => Color::Indexed(indexed(r, g, b)),
        _ => color,
    }
}

/// The steps of a channel in xterm's colour cube.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The nearest of the colour cube and the greys.
fn indexed(r: u8, g: u8, b: u8) -> u8 {
    let step = |v: u8| (0..6).min_by_key(|i| STEPS[*i].abs_diff(v)).unwrap_or(0);
    let far = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    let (i, j, k) = (step(r), step(g), step(b));
    let cube = far(STEPS[i], r) + far(STEPS[j], g) + far(STEPS[k], b);
    let mean = ((u32::from(r) + u32::from(g) + u32::from(b)) / 3) as u8;
    let grey = (mean.saturating_sub(3) / 10).min(23);
    let level = 8 + 10 * grey;
    if far(level, r) + far(level, g) + far(level, b) < cube {
        232 + grey
    } else {
        16 + 36 * i as u8 + 6 * j as u8 + k as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_mapped_to_the_nearest() {
        assert_eq!(indexed(255, 0, 0), 196);
        assert_eq!(indexed(0, 0, 0), 16);
        assert_eq!(indexed(255, 255, 255), 231);
        assert_eq!(indexed(118, 118, 118), 243);
    }
}
