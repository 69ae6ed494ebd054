//! Running text cut into sentences. Placeholders `{...}` are never cut, so the number of sentences does not depend on
//! what a run measures.

/// Words that end in a full stop without ending a sentence.
const ABBREVIATIONS: &[&str] =
    &["e.g.", "i.e.", "cf.", "vs.", "approx.", "ca.", "no.", "fig.", "dr.", "mr.", "mrs.", "st."];
/// The same, unless a capital follows.
const AT_THE_END_TOO: &[&str] = &["etc.", "al.", "inc.", "ltd."];

/// The sentences of a text, each on one line; an empty line ends a sentence too.
pub fn sentences(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for paragraph in text.split("\n\n") {
        let mut sentence: Vec<&str> = Vec::new();
        let mut words = words(paragraph).into_iter().peekable();
        while let Some(word) = words.next() {
            sentence.push(word);
            if words.peek().is_none_or(|next| ends(word, next)) {
                out.push(sentence.join(" "));
                sentence.clear();
            }
        }
    }
    out
}

/// The words between white space; white space within a placeholder does not count.
fn words(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut from, mut inside) = (None, false);
    for (at, c) in text.char_indices() {
        match c {
            '{' => inside = true,
            '}' => inside = false,
            _ => {}
        }
        if c.is_whitespace() && !inside {
            out.extend(from.take().map(|start: usize| &text[start..at]));
        } else {
            from.get_or_insert(at);
        }
    }
    out.extend(from.map(|start| &text[start..]));
    out
}

/// Whether a sentence ends with a word, given the word after it.
fn ends(word: &str, next: &str) -> bool {
    let closing = |c: char| matches!(c, ')' | ']' | '"' | '\'' | '”' | '’' | '»');
    let bare = word.trim_end_matches(closing);
    let Some(last) = bare.chars().next_back() else { return false };
    if matches!(last, '?' | '!' | '…') {
        return true;
    }
    let lower = bare.trim_start_matches(['(', '[', '"', '“', '\'']).to_lowercase();
    let capital = next.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_uppercase);
    last == '.'
        && !ABBREVIATIONS.contains(&lower.as_str())
        && (capital || !AT_THE_END_TOO.contains(&lower.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(sentences(text), expected, "{text}");
    }

    #[test]
    fn sentences_end_with_a_mark() {
        check("One. Two? Three! Four", &["One.", "Two?", "Three!", "Four"]);
        check("p95 is 3. order waits, too.", &["p95 is 3.", "order waits, too."]);
        check("He asks (why?) and goes.", &["He asks (why?)", "and goes."]);
        check("Of \"what.\" Then.", &["Of \"what.\"", "Then."]);
        check("  ", &[]);
    }

    #[test]
    fn abbreviations_and_numbers_do_not_end_one() {
        check(
            "About 0.5 s, e.g. at noon. Then v1.2 came.",
            &["About 0.5 s, e.g. at noon.", "Then v1.2 came."],
        );
        check(
            "Caches (e.g. Redis) etc. help. One vs. two.",
            &["Caches (e.g. Redis) etc. help.", "One vs. two."],
        );
        check("Redis, cookies etc. They differ.", &["Redis, cookies etc.", "They differ."]);
    }

    #[test]
    fn lines_flow_and_paragraphs_end_one() {
        check("One\nline. Two\n\nno stop\n\nThree.", &["One line.", "Two", "no stop", "Three."]);
    }

    #[test]
    fn placeholders_stay_whole_filled_in_or_not() {
        check(
            "It is {p95 / before.p95:x}. {say:A. B.} C.",
            &["It is {p95 / before.p95:x}.", "{say:A. B.} C."],
        );
        check("It is 3.2x. p95 is 0.41s. Done.", &["It is 3.2x.", "p95 is 0.41s.", "Done."]);
    }
}
