//! Text for people, broken into lines that fit.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Breaks text into lines of at most `width` cells, between words where that is possible. Empty lines stay.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut out = Vec::new();
    for paragraph in text.trim().lines() {
        let mut line = String::new();
        for word in words(paragraph) {
            if !line.is_empty() && line.width() + 1 + word.width() > width {
                out.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            for letter in word.graphemes(true) {
                if !line.is_empty() && line.width() + letter.width() > width {
                    out.push(std::mem::take(&mut line));
                }
                line.push_str(letter);
            }
        }
        out.push(line);
    }
    out
}

/// The words of a text; a lone `%` stays with its number.
fn words(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match out.last_mut() {
            Some(number) if word.starts_with('%') => {
                number.push(' ');
                number.push_str(word);
            }
            _ => out.push(word.to_owned()),
        }
    }
    out
}

/// Like `wrap`, but the paragraphs' own line breaks are spaces: only empty lines separate.
pub fn flow(text: &str, width: usize) -> Vec<String> {
    let mut out = Vec::new();
    for paragraph in text.trim().split("\n\n").filter(|p| !p.trim().is_empty()) {
        if !out.is_empty() {
            out.push(String::new());
        }
        out.extend(wrap(&paragraph.split_whitespace().collect::<Vec<_>>().join(" "), width));
    }
    out
}

/// With a capital first letter.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_between_words() {
        assert_eq!(wrap("one two  three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(flow("a b\nc\n\n d", 9), ["a b c", "", "d"]);
        assert_eq!(wrap("日本語", 4), ["日本", "語"]);
        assert!(wrap("", 5).is_empty());
    }
}
