//! Cuts an expression into words, numbers with units and signs.

use crate::sim::quantity::Quantity;
use crate::sim::value::Problem;

/// A piece of an expression and the byte where it starts.
#[derive(Clone, PartialEq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Byte offset in the text.
    pub at: usize,
}

/// What a token is.
#[derive(Clone, PartialEq, Debug)]
pub enum TokenKind {
    /// A number, with its unit if it has one.
    Number(Quantity),
    /// A path or a keyword.
    Word(String),
    /// An operator or a parenthesis.
    Sign(&'static str),
}

const SIGNS: [&str; 10] = ["<=", ">=", "<", ">", "+", "-", "*", "/", "(", ")"];
const PER: [&str; 7] = ["/month", "/hour", "/min", "/s", "/m", "/h", "/d"];

/// Cuts a text into tokens.
pub fn tokens(text: &str) -> Result<Vec<Token>, Problem> {
    let mut list = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, length) = if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        } else if c.is_ascii_digit() || c == '$' {
            let length = number_length(rest);
            (TokenKind::Number(number(&rest[..length]).map_err(|p| place(p, at))?), length)
        } else if c.is_ascii_alphabetic() || c == '_' {
            let length = word_length(rest);
            (TokenKind::Word(rest[..length].to_owned()), length)
        } else if let Some(sign) = SIGNS.iter().find(|s| rest.starts_with(**s)) {
            (TokenKind::Sign(sign), sign.len())
        } else {
            let remedy = "use + - * / < <= > >= and or not, with paths and numbers";
            return Err(place(Problem::new(format!("`{c}` has no meaning here"), remedy), at));
        };
        list.push(Token { kind, at });
        at += length;
    }
    Ok(list)
}

/// Marks the byte where a fault is.
pub fn place(problem: Problem, at: usize) -> Problem {
    problem.under(format!("@{at}"))
}

fn number(text: &str) -> Result<Quantity, Problem> {
    Quantity::parse(text).ok_or_else(|| {
        Problem::new(
            format!("`{text}` is not a number with a unit"),
            "units are ms, s, m, h, /s, %, $/month, as 300ms or 60%",
        )
    })
}

fn number_length(text: &str) -> usize {
    let digits =
        text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '_' | '$'))).unwrap_or(text.len());
    let rest = &text[digits..];
    if rest.starts_with('%') {
        return digits + 1;
    }
    let ends = |unit: &str| !rest[unit.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if let Some(per) = PER.iter().find(|per| rest.starts_with(**per) && ends(per)) {
        return digits + per.len();
    }
    digits + rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())
}

/// A path: names joined by dots; a dash (or the `#` of a server) belongs to it where a letter or digit follows at once.
fn word_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let inner = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_alphanumeric);
    let mut i = 0;
    while i < bytes.len() {
        let part = inner(i) || bytes[i] == b'_' || (matches!(bytes[i], b'-' | b'.' | b'#') && inner(i + 1));
        if !part {
            break;
        }
        i += 1;
    }
    i
}
