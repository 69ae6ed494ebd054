//! A picture of the screen as SVG: a rectangle for each ground, a text for each run of one style.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// Size of a cell.
const CELL: (usize, usize) = (9, 18);

/// The picture, on a ground as the theme or a terminal has it.
pub fn svg(buf: &Buffer) -> String {
    let (width, height) = (buf.area.width as usize, buf.area.height as usize);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" font-family=\"DejaVu Sans Mono, monospace\" font-size=\"15\"><rect width=\"100%\" height=\"100%\" fill=\"#111\"/>\n",
        width * CELL.0,
        height * CELL.1
    );
    for (row, cells) in buf.content.chunks(width.max(1)).enumerate() {
        let mut column = 0;
        for run in cells.chunk_by(|a, b| (a.fg, a.bg, a.modifier) == (b.fg, b.bg, b.modifier)) {
            run_of(run, column, row, &mut out);
            column += run.len();
        }
    }
    out + "</svg>\n"
}

fn run_of(run: &[Cell], column: usize, row: usize, out: &mut String) {
    let style = &run[0];
    let (mut ink, mut ground) = (rgb(style.fg, "#ddd"), rgb(style.bg, "#111"));
    if style.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut ink, &mut ground);
    }
    let (x, y, width) = (column * CELL.0, row * CELL.1, run.len() * CELL.0);
    let _ = writeln!(
        out,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{}\" fill=\"{ground}\"/>",
        CELL.1
    );
    let text: String = run.iter().map(Cell::symbol).collect();
    if text.trim().is_empty() {
        return;
    }
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let bold = if style.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    let dim = if style.modifier.contains(Modifier::DIM) { " opacity=\"0.6\"" } else { "" };
    let _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{}\" textLength=\"{width}\" fill=\"{ink}\"{bold}{dim} xml:space=\"preserve\">{text}</text>",
        y + 14
    );
}

/// A colour of the 256 palette; the first sixteen as xterm has them.
fn rgb(colour: Color, reset: &str) -> String {
    const SIXTEEN: [&str; 16] = [
        "#000", "#cd0000", "#00cd00", "#cdcd00", "#0000ee", "#cd00cd", "#00cdcd", "#e5e5e5", "#7f7f7f",
        "#f00", "#0f0", "#ff0", "#5c5cff", "#f0f", "#0ff", "#fff",
    ];
    let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
    match colour {
        Color::Indexed(at @ 0..16) => SIXTEEN[at as usize].into(),
        Color::Indexed(at @ 16..232) => {
            let at = at - 16;
            format!("#{:02x}{:02x}{:02x}", level(at / 36), level(at / 6 % 6), level(at % 6))
        }
        Color::Indexed(at) => format!("#{0:02x}{0:02x}{0:02x}", 8 + 10 * (at - 232)),
        _ => reset.into(),
    }
}
