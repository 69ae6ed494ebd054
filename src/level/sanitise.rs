//! Text from a file made harmless, once, when it is loaded: nothing in it can steer a terminal or break a layout.

use unicode_segmentation::UnicodeSegmentation;

/// Most characters of one grapheme: a letter with four marks.
const MAX_GRAPHEME: usize = 5;

/// Running text: line breaks stay, control and format characters go, at most `max` characters.
pub fn text(text: &str, max: usize) -> String {
    let mut out = String::new();
    let mut left = max;
    for grapheme in text.trim().graphemes(true) {
        for c in grapheme.chars().filter(|c| !is_format(*c)).take(MAX_GRAPHEME) {
            match c {
                '\n' => out.push('\n'),
                '\t' => out.push(' '),
                c if c.is_control() => continue,
                c => out.push(c),
            }
            left = left.saturating_sub(1);
        }
        if left == 0 {
            break;
        }
    }
    out
}

/// A title, label or message: as [`text`], on one line.
pub fn one_line(line: &str, max: usize) -> String {
    text(line, max).replace('\n', " ")
}

/// A line of a file for quoting: what cannot be printed becomes `?`, so that it is seen.
pub fn printable(line: &str) -> String {
    let mut marks = 0;
    line.chars()
        .filter(|&c| {
            marks = if is_mark(c) { marks + 1 } else { 0 };
            marks < MAX_GRAPHEME && c != '\r'
        })
        .map(|c| match c {
            '\t' => ' ',
            c if c.is_control() || is_format(c) => '?',
            c => c,
        })
        .collect()
}

/// Characters that reorder, hide or join others (Unicode category Cf, variation selectors, tags).
const fn is_format(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1345f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Combining marks of the common blocks: enough to bound a tower of accents in a quoted line.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &str) {
        assert_eq!(text(input, 20), expected);
    }

    #[test]
    fn text_is_made_harmless() {
        check("plain\n\ntext", "plain\n\ntext");
        check("a\u{1b}[2Jb", "a[2Jb");
        check("a\tb\u{9b}c\u{202e}d\u{200d}e", "a bcde");
        check("0123456789012345678901", "01234567890123456789");
        check(&format!("x{}y", "\u{301}".repeat(500)), "x\u{301}\u{301}\u{301}\u{301}y");
        check("Gr\u{fc}\u{df}e \u{65e5}\u{672c}", "Gr\u{fc}\u{df}e \u{65e5}\u{672c}");
    }
}
