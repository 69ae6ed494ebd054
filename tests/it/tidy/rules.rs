//! Rules that need one file only: its size, its words, its leftovers. Every rule returns `path:line: fault`.

use super::source::{Source, name, words};

/// Most lines of a file.
const MAX_FILE: usize = 500;
/// Most lines of a function.
const MAX_FUNCTION: usize = 70;

/// Words that say nothing about what a thing is.
const EMPTY_WORDS: &[&str] =
    &["entity", "entities", "manager", "handler", "util", "utils", "helper", "helpers", "data", "info"];

/// A file that can be read in one sitting.
pub fn file_size(source: &Source) -> Vec<String> {
    let lines = source.text.lines().count();
    if !source.is_rust() || lines <= MAX_FILE {
        return Vec::new();
    }
    vec![format!("{}: {lines} lines; split it, {MAX_FILE} are the most", source.path)]
}

/// Functions that fit on a screen.
pub fn function_size(source: &Source) -> Vec<String> {
    let code = &source.code;
    let mut faults = Vec::new();
    for at in words(code, "fn") {
        let title = name(code[at + 2..].trim_start());
        let Some(end) = (!title.is_empty()).then(|| body_end(code, at)).flatten() else {
            continue;
        };
        let lines = 1 + code[at..end].matches('\n').count();
        if lines > MAX_FUNCTION {
            let line = source.line(at);
            faults.push(format!(
                "{}:{line}: `{title}` has {lines} lines; split it, {MAX_FUNCTION} are the most",
                source.path
            ));
        }
    }
    faults
}

/// End of the body of the function at a place; `None` for a function without one.
fn body_end(code: &str, at: usize) -> Option<usize> {
    let (mut braces, mut brackets) = (0, 0);
    for (i, b) in code.bytes().enumerate().skip(at) {
        match b {
            b'(' | b'[' => brackets += 1,
            b')' | b']' => brackets -= 1,
            b';' if braces == 0 && brackets == 0 => return None,
            b'{' => braces += 1,
            b'}' => {
                braces -= 1;
                if braces <= 0 {
                    return Some(i);
                }
            }
            _ => {}
        }
    }
    None
}

/// Types and modules are called what they are.
pub fn empty_words(source: &Source) -> Vec<String> {
    if !source.is_rust() {
        return Vec::new();
    }
    let mut faults = Vec::new();
    let stem = source.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    if stem == "mod" || is_empty_word(stem) {
        faults.push(format!("{}: `{stem}.rs` says nothing; name the file after what it holds", source.path));
    }
    for keyword in ["struct", "enum", "trait", "type", "union", "mod"] {
        for at in words(&source.code, keyword) {
            let title = name(source.code[at + keyword.len()..].trim_start());
            if is_empty_word(title) {
                let line = source.line(at);
                faults.push(format!("{}:{line}: `{title}` says nothing; name what it is", source.path));
            }
        }
    }
    faults
}

/// Whether one of the words of a name is empty: `EventHandler`, `time_utils`.
fn is_empty_word(title: &str) -> bool {
    let mut spaced = String::new();
    for c in title.chars() {
        if c.is_uppercase() || c == '_' {
            spaced.push(' ');
        }
        spaced.extend(c.to_lowercase().filter(|c| *c != '_'));
    }
    spaced.split(' ').any(|w| EMPTY_WORDS.contains(&w))
}

/// What is not there yet leaves no trace in the code.
pub fn leftovers(source: &Source) -> Vec<String> {
    if !source.is_rust() {
        return Vec::new();
    }
    let marks = ["TODO", "FIXME", "XXX"];
    let mut places: Vec<_> =
        marks.into_iter().flat_map(|m| words(&source.comments, m).map(move |at| (at, m))).collect();
    for (call, before, after) in
        [("todo", "", "!"), ("unimplemented", "", "!"), ("dbg", "", "!"), ("ignore", "#[", "]")]
    {
        let (code, length) = (&source.code, call.len());
        let stands = |at: &usize| {
            code[..*at].trim_end().ends_with(before) && code[at + length..].trim_start().starts_with(after)
        };
        places.extend(words(code, call).filter(stands).map(|at| (at, call)));
    }
    let fault =
        |(at, m)| format!("{}:{}: `{m}` is left over; do it or drop it", source.path, source.line(at));
    places.into_iter().map(fault).collect()
}

/// Nothing points at somebody's machine. Tests may name folders that only they have.
pub fn machine_paths(source: &Source) -> Vec<String> {
    // In two halves, or this file would break its own rule.
    let mut paths = vec![concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
    if source.path.starts_with("src/") {
        paths.push(concat!("/t", "mp"));
    }
    let mut faults = Vec::new();
    for path in paths {
        let stands_alone =
            |at: &usize| !source.text[..*at].ends_with(|c: char| c.is_alphanumeric() || "._-$}".contains(c));
        if let Some(at) = source.text.match_indices(path).map(|(at, _)| at).find(stands_alone) {
            faults.push(format!("{}:{}: `{path}` is a path of one machine", source.path, source.line(at)));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: fn(&Source) -> Vec<String>, path: &str, text: &str, expected: &[&str]) {
        assert_eq!(rule(&Source::new(path, text)), expected, "{text}");
    }

    #[test]
    fn long_files_are_found() {
        check(file_size, "src/a.rs", &"\n".repeat(500), &[]);
        check(
            file_size,
            "tests/it/a.rs",
            &"\n".repeat(501),
            &["tests/it/a.rs: 501 lines; split it, 500 are the most"],
        );
    }

    #[test]
    fn long_functions_are_found() {
        let lines = |n: usize| {
            format!("type A = fn(u8);\nfn b(x: [u8; 3]) {{ \"}}\";{}}}\nfn c() {{}}", "\n".repeat(n - 1))
        };
        check(function_size, "src/a.rs", &lines(70), &[]);
        check(
            function_size,
            "src/a.rs",
            &lines(71),
            &["src/a.rs:2: `b` has 71 lines; split it, 70 are the most"],
        );
        check(function_size, "src/a.rs", &format!("trait A {{ fn b(&self);{} }}", "\n".repeat(90)), &[]);
    }

    #[test]
    fn empty_words_are_found() {
        check(empty_words, "src/a.rs", "struct Datasheet; fn handler() {} mod information {}", &[]);
        check(
            empty_words,
            "src/a.rs",
            "\npub struct EventHandler;",
            &["src/a.rs:2: `EventHandler` says nothing; name what it is"],
        );
        check(
            empty_words,
            "src/a.rs",
            "mod time_utils {}",
            &["src/a.rs:1: `time_utils` says nothing; name what it is"],
        );
        for stem in ["mod", "utils", "entity"] {
            let fault =
                format!("src/a/{stem}.rs: `{stem}.rs` says nothing; name the file after what it holds");
            check(empty_words, &format!("src/a/{stem}.rs"), "", &[&fault]);
        }
    }

    #[test]
    fn leftovers_are_found() {
        // A test that another command runs says which one.
        check(leftovers, "src/a.rs", "#[ignore = \"slow: see README\"]", &[]);
        check(leftovers, "src/a.rs", "// to do: see MASTODON\nlet ignore = \"TODO\";", &[]);
        check(
            leftovers,
            "src/a.rs",
            concat!("\n// TO", "DO later"),
            &["src/a.rs:2: `TODO` is left over; do it or drop it"],
        );
        for (text, mark) in [
            (concat!("/* FIX", "ME */"), "FIXME"),
            ("todo!()", "todo"),
            ("unimplemented!(\"a\")", "unimplemented"),
            ("#[ignore]", "ignore"),
        ] {
            check(
                leftovers,
                "tests/a.rs",
                text,
                &[&format!("tests/a.rs:1: `{mark}` is left over; do it or drop it")],
            );
        }
    }

    #[test]
    fn machine_paths_are_found() {
        check(machine_paths, "src/a.rs", "// src/work/ and $HOME/root/x", &[]);
        check(machine_paths, "tests/a.rs", concat!("\"/t", "mp/x\""), &[]);
        for path in [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/t", "mp")]
        {
            let fault = format!("src/a.rs:1: `{path}` is a path of one machine");
            check(machine_paths, "src/a.rs", &format!("// see {path}x"), &[&fault]);
        }
    }
}
