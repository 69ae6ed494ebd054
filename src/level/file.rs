//! A level file as a tree in which every key and value knows its place in the text.

use indexmap::IndexMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, Span};
use crate::sim::value::Raw;

/// Largest file that is read, bytes.
pub const MAX_FILE_BYTES: usize = 1 << 20;
/// Deepest nesting of brackets and braces; bounds every recursion over the tree.
pub const MAX_DEPTH: usize = 24;
/// Most keys and values of a file.
pub const MAX_ITEMS: usize = 200_000;
/// Most syntax faults that are reported; after so many the parser only guesses.
const MAX_SYNTAX_FAULTS: usize = 20;

/// A value and its place.
#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    /// Byte range of the value; for a table with a header, of the header.
    pub span: Span,
    /// The value.
    pub value: Tree,
}

/// What a value is.
#[derive(Clone, PartialEq, Debug)]
pub enum Tree {
    /// A bare number.
    Number(f64),
    /// Text.
    Text(String),
    /// `true` or `false`.
    Bool(bool),
    /// A list.
    List(Vec<Item>),
    /// A table, in the order of the file.
    Table(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Its byte range.
    pub key_span: Span,
    /// Its value.
    pub item: Item,
}

/// Parses a file. After a syntax fault the tree holds what could still be read.
pub fn parse(source: &str) -> (Item, Vec<Fault>) {
    let empty = |fault| (Item { span: 0..0, value: Tree::Table(Vec::new()) }, vec![fault]);
    if source.len() > MAX_FILE_BYTES {
        let limit = format!("at most {MAX_FILE_BYTES} bytes");
        return empty(Fault::new(0..0, "the file is too large", format!("write {limit}; split the level")));
    }
    if let Some(at) = too_deep(source) {
        return empty(Fault::new(
            at..at + 1,
            format!("nested more than {MAX_DEPTH} deep"),
            "no key of the format is nested so deep; check the brackets",
        ));
    }
    let (table, errors) = DeTable::parse_recoverable(source);
    let mut faults: Vec<Fault> = errors
        .into_iter()
        .take(MAX_SYNTAX_FAULTS)
        .map(|e| {
            let message = format!("not valid TOML: {}", e.message());
            Fault::new(e.span().unwrap_or(0..0), message, "see https://toml.io for how it is written")
        })
        .collect();
    let mut builder = Builder { faults: Vec::new(), items: 0 };
    let value = builder.table(table.get_ref());
    if builder.items > MAX_ITEMS {
        return empty(Fault::new(
            0..0,
            format!("more than {MAX_ITEMS} values"),
            "a level needs far fewer; split the file",
        ));
    }
    faults.append(&mut builder.faults);
    (Item { span: 0..0, value }, faults)
}

struct Builder {
    faults: Vec<Fault>,
    items: usize,
}

impl Builder {
    fn table(&mut self, table: &DeTable<'_>) -> Tree {
        let mut entries: Vec<Entry> = Vec::new();
        for (key, value) in table {
            if self.items > MAX_ITEMS {
                break;
            }
            if let Some(item) = self.item(value) {
                entries.push(Entry { key: key.get_ref().to_string(), key_span: key.span(), item });
            }
        }
        // The parser keeps keys sorted by name; nodes must keep the order of the file.
        entries.sort_by_key(|e| e.key_span.start);
        Tree::Table(entries)
    }
    fn item(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Item> {
        self.items += 1;
        let span = value.span();
        let tree = match value.get_ref() {
            DeValue::String(s) => Tree::Text(s.to_string()),
            DeValue::Boolean(b) => Tree::Bool(*b),
            DeValue::Integer(i) => {
                let number = i64::from_str_radix(i.as_str(), i.radix()).ok().map(|n| n as f64);
                self.number(number, &span)?
            }
            DeValue::Float(f) => {
                let number = f.as_str().parse::<f64>().ok().filter(|n| n.is_finite());
                self.number(number, &span)?
            }
            DeValue::Datetime(_) => {
                let remedy = "write times as \"30s\", counted from the start of the run";
                self.faults.push(Fault::new(span, "the format has no dates", remedy));
                return None;
            }
            DeValue::Array(items) => {
                Tree::List(items.iter().take(MAX_ITEMS).filter_map(|v| self.item(v)).collect())
            }
            DeValue::Table(table) => self.table(table),
        };
        Some(Item { span, value: tree })
    }
    fn number(&mut self, number: Option<f64>, span: &Span) -> Option<Tree> {
        if number.is_none() {
            let fault = Fault::new(span.clone(), "the number is out of range", "write a finite number");
            self.faults.push(fault);
        }
        number.map(Tree::Number)
    }
}

impl Item {
    /// The value without places, as knobs are checked.
    pub fn to_raw(&self) -> Raw {
        match &self.value {
            Tree::Number(n) => Raw::Number(*n),
            Tree::Text(t) => Raw::Text(t.clone()),
            Tree::Bool(b) => Raw::Bool(*b),
            Tree::List(items) => Raw::List(items.iter().map(Self::to_raw).collect()),
            Tree::Table(entries) => {
                let pairs = entries.iter().map(|e| (e.key.clone(), e.item.to_raw()));
                Raw::Table(pairs.collect::<IndexMap<_, _>>())
            }
        }
    }
    /// The place of a fault: as far along `path` as the file goes. A last step `@12` is a byte inside a text.
    pub fn place(&self, path: &[String], source: &str) -> Span {
        let mut place = self.span.clone();
        let mut item = self;
        for step in path {
            match &item.value {
                Tree::Table(entries) => {
                    let Some(entry) = entries.iter().find(|e| e.key == *step) else { break };
                    place = entry.place(source);
                    item = &entry.item;
                }
                Tree::List(items) => {
                    let Some(next) = step.parse().ok().and_then(|i: usize| items.get(i)) else { break };
                    place = next.span.clone();
                    item = next;
                }
                Tree::Text(text) => {
                    if let Some(at) = step.strip_prefix('@').and_then(|s| s.parse().ok()) {
                        place = inside(source, &item.span, text, at);
                    }
                    break;
                }
                Tree::Number(_) | Tree::Bool(_) => break,
            }
        }
        place
    }
}

impl Entry {
    /// Key and value where both stand on one line, else the key.
    fn place(&self, source: &str) -> Span {
        let whole = self.key_span.start..self.item.span.end;
        let follows = self.item.span.start >= self.key_span.end;
        match source.get(whole.clone()) {
            Some(text) if follows && !text.contains('\n') => whole,
            _ => self.key_span.clone(),
        }
    }
}

/// The character at byte `at` of a text value; the whole value where escapes hide it.
fn inside(source: &str, span: &Span, text: &str, at: usize) -> Span {
    let start = source.get(span.clone()).and_then(|written| written.find(text));
    let Some(start) = start.map(|s| span.start + s + at.min(text.len())) else { return span.clone() };
    let length = source.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    start..start + length
}

/// Where brackets and braces outside of texts and comments first nest too deep.
fn too_deep(source: &str) -> Option<usize> {
    let bytes = source.as_bytes();
    let (mut depth, mut i) = (0usize, 0);
    while i < bytes.len() {
        match bytes[i] {
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Some(i);
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'#' => i += bytes[i..].iter().position(|&b| b == b'\n').unwrap_or(bytes.len() - i),
            quote @ (b'"' | b'\'') => i = text_end(bytes, i, quote),
            _ => {}
        }
        i += 1;
    }
    None
}

/// The last byte of the text that starts at `start`.
fn text_end(bytes: &[u8], start: usize, quote: u8) -> usize {
    let long = bytes[start..].starts_with(&[quote; 3]);
    let mut i = start + if long { 3 } else { 1 };
    while i < bytes.len() {
        match bytes[i] {
            b'\\' if quote == b'"' => i += 1,
            b'\n' if !long => return i,
            b if b == quote && !long => return i,
            b if b == quote && bytes[i..].starts_with(&[quote; 3]) => return i + 2,
            _ => {}
        }
        i += 1;
    }
    i
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_keep_the_order_of_the_file() {
        let (item, faults) = parse("[z.b]\nx = 1\n[a.c]\ny = 2\n");
        assert!(faults.is_empty(), "{faults:?}");
        let Tree::Table(entries) = &item.value else { panic!("a table") };
        assert_eq!(entries.iter().map(|e| e.key.as_str()).collect::<Vec<_>>(), ["z", "a"]);
    }

    #[test]
    fn a_path_leads_to_its_place() {
        let source = "[node.web.service]\ncalls = [{ to = \"db\", times = 0 }]\n[[scene]]\nid = \"a\"\n";
        let (item, _) = parse(source);
        let place = |path: &[&str]| {
            let path: Vec<String> = path.iter().map(ToString::to_string).collect();
            &source[item.place(&path, source)]
        };
        assert_eq!(place(&["node", "web", "service", "calls", "0", "times"]), "times = 0");
        assert_eq!(place(&["node", "web", "service", "missing"]), "service");
        assert_eq!(place(&["scene", "0"]), "[[scene]]");
        assert_eq!(place(&["scene", "0", "id", "@0"]), "a");
    }

    #[test]
    fn deep_nesting_is_refused_before_it_is_parsed() {
        let (_, faults) = parse(&format!("a = {}", "[".repeat(100_000)));
        assert_eq!(faults.len(), 1);
        let (_, faults) = parse(&format!("a = \"{}\"", "[".repeat(1000)));
        assert!(faults.is_empty());
    }
}
