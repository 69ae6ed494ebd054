//! A source file as the rules see it: the code without its comments and texts, and the comments alone.

/// One text file of the repository.
pub struct Source {
    /// From the root of the repository, with `/`.
    pub path: String,
    /// As it is.
    pub text: String,
    /// Comments and the insides of texts blanked; every byte keeps its place.
    pub code: String,
    /// Everything but comments blanked.
    pub comments: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Code,
    Comment,
    Inside,
}

impl Source {
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        let parts = if is_rust(&path) { parts(text.as_bytes()) } else { vec![Part::Code; text.len()] };
        let keep = |part: Part| {
            let kept = text.bytes().zip(&parts).map(|(b, p)| if *p == part || b == b'\n' { b } else { b' ' });
            String::from_utf8(kept.collect()).expect("whole characters are blanked")
        };
        Self { code: keep(Part::Code), comments: keep(Part::Comment), path, text }
    }
    pub fn is_rust(&self) -> bool {
        is_rust(&self.path)
    }
    /// Line of a place in the text, from 1.
    pub fn line(&self, at: usize) -> usize {
        1 + self.text[..at].matches('\n').count()
    }
    /// Names in the module path: `src/sim/component.rs` is `sim`, `component`; the roots have none.
    pub fn module(&self) -> Vec<&str> {
        let inner = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let names: Vec<_> = inner.trim_end_matches(".rs").split('/').collect();
        if names == ["lib"] || names == ["main"] { Vec::new() } else { names }
    }
}

fn is_rust(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|e| e == "rs")
}

/// What each byte of a Rust file belongs to.
fn parts(text: &[u8]) -> Vec<Part> {
    let mut parts = vec![Part::Code; text.len()];
    let mut i = 0;
    while i < text.len() {
        let rest = &text[i..];
        let (length, part) = if rest.starts_with(b"//") {
            (until(rest, b"\n"), Part::Comment)
        } else if rest.starts_with(b"/*") {
            (block_comment(rest), Part::Comment)
        } else if let Some(length) = raw_text(rest, i.checked_sub(1).map(|p| text[p])) {
            (length, Part::Inside)
        } else if rest[0] == b'"' {
            (quoted(rest, b'"'), Part::Inside)
        } else if rest[0] == b'\'' && is_char(rest) {
            (quoted(rest, b'\''), Part::Inside)
        } else {
            (1, Part::Code)
        };
        parts[i..i + length].fill(part);
        i += length;
    }
    parts
}

fn until(text: &[u8], end: &[u8]) -> usize {
    text.windows(end.len()).position(|w| w == end).unwrap_or(text.len())
}

fn block_comment(text: &[u8]) -> usize {
    let (mut depth, mut i) = (0, 0);
    while i < text.len() {
        if text[i..].starts_with(b"/*") {
            (depth, i) = (depth + 1, i + 2);
        } else if text[i..].starts_with(b"*/") {
            (depth, i) = (depth - 1, i + 2);
            if depth == 0 {
                return i;
            }
        } else {
            i += 1;
        }
    }
    text.len()
}

/// Length of `r"..."` or `r#"..."#` at the start; `before` is the byte before it.
fn raw_text(text: &[u8], before: Option<u8>) -> Option<usize> {
    let in_name = before.is_some_and(|b| b.is_ascii_alphanumeric() && b != b'b' || b == b'_');
    if text[0] != b'r' || in_name {
        return None;
    }
    let hashes = text[1..].iter().take_while(|b| **b == b'#').count();
    if text.get(1 + hashes) != Some(&b'"') {
        return None;
    }
    let end = [b"\"".to_vec(), vec![b'#'; hashes]].concat();
    let start = hashes + 2;
    Some((start + until(&text[start..], &end) + end.len()).min(text.len()))
}

fn quoted(text: &[u8], quote: u8) -> usize {
    let mut i = 1;
    while i < text.len() && text[i] != quote {
        i += if text[i] == b'\\' { 2 } else { 1 };
    }
    (i + 1).min(text.len())
}

/// `'x'` and `'\n'` are characters, `'a` is a lifetime.
fn is_char(text: &[u8]) -> bool {
    let length = match text.get(1) {
        None => return false,
        Some(b'\\') => return true,
        Some(b) if *b < 0x80 => 1,
        Some(b) => b.leading_ones() as usize,
    };
    text.get(1 + length) == Some(&b'\'')
}

/// Places of a word in a text, where it is not a part of a longer word.
pub fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = text[..*at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_name) && !after.is_some_and(is_name)
    })
}

/// Whether a character may stand in a Rust name.
pub fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The name at the start of a text.
pub fn name(text: &str) -> &str {
    &text[..text.find(|c| !is_name(c)).unwrap_or(text.len())]
}

/// The paths of a `use` tree or of an expression at the start of a text: `a::{b, c::d}` is `a::b` and `a::c::d`.
pub fn paths(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    tree(text, &[], &mut found);
    found
}

/// Reads one tree; returns what follows it.
fn tree<'a>(text: &'a str, above: &[String], found: &mut Vec<Vec<String>>) -> &'a str {
    let mut path = above.to_vec();
    let mut rest = text.trim_start();
    loop {
        if let Some(inner) = rest.strip_prefix('{') {
            rest = inner.trim_start();
            while !rest.is_empty() && !rest.starts_with('}') {
                let after = tree(rest, &path, found);
                rest = after[after.find([',', '}']).unwrap_or(after.len())..]
                    .trim_start_matches(',')
                    .trim_start();
            }
            return rest.strip_prefix('}').unwrap_or(rest);
        }
        let step = name(rest);
        if step.is_empty() {
            break;
        }
        path.push(step.to_string());
        rest = rest[step.len()..].trim_start();
        match rest.strip_prefix("::") {
            Some(after) => rest = after.trim_start(),
            None => break,
        }
    }
    found.push(path);
    rest
}

#[test]
fn comments_and_texts_are_told_from_code() {
    let source = Source::new(
        "src/a.rs",
        "fn a<'x>() { b(\"// { no\\\" comment\", '{', '\\'', b'}', r#\"\"{\"#); } // fn c() {\n/* /* fn */ { */ let d = 'ä';",
    );
    assert_eq!(source.code.matches('{').count(), 1, "{}", source.code);
    assert_eq!(source.code.matches('}').count(), 1, "{}", source.code);
    assert!(source.code.contains("fn a<'x>() { b(") && source.code.contains("let d ="));
    assert!(source.comments.contains("// fn c() {") && !source.comments.contains("no"));
    assert_eq!(source.text.len(), source.code.len());
    assert_eq!(source.line(source.text.find("let d").unwrap()), 2);
}

#[test]
fn trees_become_paths() {
    let shown = |text| paths(text).iter().map(|p| p.join("::")).collect::<Vec<_>>();
    assert_eq!(shown("sim::time::Time;"), ["sim::time::Time"]);
    assert_eq!(
        shown("{sim::{time::Time, id as x, log::*}, level}; b"),
        ["sim::time::Time", "sim::id", "sim::log", "level"]
    );
    assert_eq!(shown("sim::Time::new(a, b)"), ["sim::Time::new"]);
}
