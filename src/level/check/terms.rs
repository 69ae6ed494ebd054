//! `terms` of a scene: words of the glossary, each once.

use crate::level::fields::{Fields, MAX_LINE, written};
use crate::level::glossary::glossary;
use crate::sim::value::{Problem, Raw};

/// Reads `terms`; another word for an entry stands for its name.
pub fn read(f: &mut Fields<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    f.list("terms", |raw, problems| {
        match name(raw) {
            Ok(name) if names.iter().any(|n| n == name) => {
                problems.push(Problem::new(format!("`{name}` is listed twice"), "name each entry once"));
            }
            Ok(name) => names.push(name.to_owned()),
            Err(p) => problems.push(p),
        }
        Some(())
    });
    names
}

fn name(raw: &Raw) -> Result<&'static str, Problem> {
    let word = written(raw, MAX_LINE)?;
    if let Some(entry) = glossary().find(word) {
        return Ok(&entry.name);
    }
    let remedy = match glossary().nearest(word) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`fivenines glossary` lists the words that it has".to_owned(),
    };
    Err(Problem::new(format!("`{word}` is not in the glossary"), remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(terms: &[&str], names: &[&str], faults: &[(&str, &str)]) {
        let list = terms.iter().map(|t| Raw::Text((*t).to_owned())).collect();
        let raw = Raw::Table([("terms".to_owned(), Raw::List(list))].into_iter().collect());
        let (mut f, mut problems) = (Fields::new(&raw, ""), Vec::new());
        assert_eq!(read(&mut f), names);
        f.finish(&mut problems);
        let found: Vec<_> = problems.iter().map(|p| (p.message.as_str(), p.remedy.as_str())).collect();
        assert_eq!(found, faults);
    }

    #[test]
    fn terms_become_names_of_entries() {
        check(&["Latency", "jitter", "least-connections"], &["latency", "backoff", "least connections"], &[]);
    }

    #[test]
    fn unknown_and_repeated_terms_are_faults() {
        let unknown = ("`latancy` is not in the glossary", "did you mean `latency`?");
        let foreign =
            ("`qwertzuiop` is not in the glossary", "`fivenines glossary` lists the words that it has");
        let twice = ("`percentile` is listed twice", "name each entry once");
        check(&["latancy", "queue", "qwertzuiop"], &["queue"], &[unknown, foreign]);
        check(&["percentile", "p95"], &["percentile"], &[twice]);
    }
}
