//! Glyphs: line joints by weight, dashed lines, bars, and the pass that turns a finished screen into ASCII.

use ratatui::buffer::Buffer;

/// Bars of an eighth to a whole cell.
pub const BARS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Replaces every glyph outside ASCII in a finished buffer, so that no window needs to know about `--ascii`.
pub fn to_ascii(buf: &mut Buffer) {
    for cell in &mut buf.content {
        if !cell.symbol().is_ascii() {
            let first = cell.symbol().chars().next().unwrap_or(' ');
            cell.set_char(ascii(first));
        }
    }
}

#[expect(clippy::match_same_arms, reason = "the arms are grouped by what is drawn")]
fn ascii(glyph: char) -> char {
    match glyph {
        '─' | '━' | '╴' | '╶' | '╸' | '╺' | '╼' | '╾' | '–' | '—' | '−' | '‐' | '‑' => {
            '-'
        }
        '╌' | '╍' | '┈' | '┉' | '┄' | '┅' | '≈' => '~',
        '│' | '┃' | '║' | '╿' | '╽' | '╵' | '╷' | '╹' | '╻' | '▏' | '▕' => '|',
        '╎' | '╏' | '┊' | '┋' | '┆' | '┇' => ':',
        '═' => '=',
        '╳' => 'X',
        '\u{2500}'..='\u{257f}' => '+',
        '●' => 'o',
        '○' | '◌' | '◯' => '0',
        '◆' | '◇' | '♦' => 'W',
        '•' | '·' | '…' | '⋯' | '░' => '.',
        '◦' => 'c',
        '∙' | '⋅' => '%',
        '■' => '&',
        '□' | '▫' => 'f',
        '▪' | '★' | '☆' => '*',
        '×' | '✕' => 'x',
        '✗' | '✘' | '⊗' => 'X',
        '✓' | '✔' => 'v',
        '⊘' => '/',
        '▲' | '△' | '⚠' => '!',
        '▼' | '▽' | '↓' => 'V',
        '↑' => '^',
        '▶' | '▸' | '►' | '→' | '»' | '›' | '⏵' | '⇒' => '>',
        '◀' | '◂' | '◄' | '←' | '«' | '‹' | '⇐' => '<',
        '⏸' => '=',
        '↔' | '⇄' => '-',
        '↻' | '↺' | '⟳' => '@',
        '⏎' | '↵' => '<',
        '⟦' => '[',
        '⟧' => ']',
        '█' | '▓' | '▒' | '▉' | '▊' | '▋' => '#',
        '▌' | '▍' | '▎' => '-',
        'µ' | 'μ' => 'u',
        '‘' | '’' => '\'',
        '“' | '”' => '"',
        '≤' => '<',
        '≥' => '>',
        '°' => 'o',
        '±' => '+',
        // Bars keep their order: the digits count eighths.
        '▁'..='▇' => char::from(b'1' + (glyph as u32 - '▁' as u32) as u8),
        // Braille patterns are drawn by charts; a point is a point.
        '\u{2800}' | '\u{a0}' => ' ',
        '\u{2801}'..='\u{28ff}' => '.',
        _ => '?',
    }
}

/// Weight of a line on each side of a cell: 0 none, 1 light, 2 heavy.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Joint {
    /// Towards the row above.
    pub north: u8,
    /// Towards the next column.
    pub east: u8,
    /// Towards the row below.
    pub south: u8,
    /// Towards the column before.
    pub west: u8,
}

/// The line glyphs in the order of their weights read as a number of base three, north first: a line of 27 per
/// weight of north. A space stands where there is no glyph.
const JOINTS: &str = " ╴╸╶─╾╺╼━╷┐┑┌┬┭┍┮┯╻┒┓┎┰┱┏┲┳\
                      ╵┘┙└┴┵┕┶┷│┤┥├┼┽┝┾┿╽┧┪┟╁╅┢╆╈\
                      ╹┚┛┖┸┹┗┺┻╿┦┩┞╀╃┡╄╇┃┨┫┠╂╉┣╊╋";

impl Joint {
    /// The glyph; light corners are round.
    pub fn glyph(self) -> char {
        match (self.north, self.east, self.south, self.west) {
            (0, 1, 1, 0) => '╭',
            (0, 0, 1, 1) => '╮',
            (1, 1, 0, 0) => '╰',
            (1, 0, 0, 1) => '╯',
            (n, e, s, w) => {
                let [n, e, s, w] = [n, e, s, w].map(|side| usize::from(side.min(2)));
                JOINTS.chars().nth(n * 27 + s * 9 + e * 3 + w).unwrap_or(' ')
            }
        }
    }
    /// No line at all from above or below: it runs straight from left to right.
    pub fn is_horizontal(self) -> bool {
        self.north == 0 && self.south == 0
    }
    /// No line at all from the sides: it runs straight up and down.
    pub fn is_vertical(self) -> bool {
        self.east == 0 && self.west == 0
    }
    /// Both lines in one cell, the heavier one on each side.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            north: self.north.max(other.north),
            east: self.east.max(other.east),
            south: self.south.max(other.south),
            west: self.west.max(other.west),
        }
    }
}

/// The dashed form of a straight line; corners and joints stay.
pub fn dashed(glyph: char) -> char {
    match glyph {
        '─' => '╌',
        '│' => '╎',
        '━' => '╍',
        '┃' => '╏',
        other => other,
    }
}

/// The dotted form of a straight line; corners and joints stay.
pub fn dotted(glyph: char) -> char {
    match glyph {
        '─' => '┈',
        '│' => '┊',
        '━' => '┉',
        '┃' => '┋',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[track_caller]
    fn check(sides: [u8; 4], expected: char) {
        let [north, east, south, west] = sides;
        assert_eq!(Joint { north, east, south, west }.glyph(), expected, "{sides:?}");
    }

    #[test]
    fn joints_have_the_glyph_of_their_weights() {
        check([0, 1, 0, 1], '─');
        check([2, 0, 2, 0], '┃');
        check([1, 1, 2, 0], '┟');
        check([2, 0, 1, 2], '┩');
        check([1, 0, 2, 1], '┧');
        check([1, 1, 1, 2], '┽');
        check([2, 2, 2, 2], '╋');
        check([0, 2, 2, 0], '┏');
        check([0, 1, 1, 1], '┬');
        check([0, 0, 0, 0], ' ');
    }

    #[test]
    fn ascii_leaves_nothing_else() {
        let text = "┏▲ db━┓ ▁▃█ ● ○ × ✗ ▶ … ✓ ⏸ é 漢";
        let mut buf = Buffer::empty(Rect::new(0, 0, 40, 1));
        buf.set_string(0, 0, text, Style::new());
        to_ascii(&mut buf);
        assert!(buf.content.iter().all(|c| c.symbol().is_ascii()));
        assert_eq!(buf.content[1].symbol(), "!");
    }
}
