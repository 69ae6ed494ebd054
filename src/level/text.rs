//! Placeholders in the texts of a lesson: `{web.utilization:%}`, `{p99 / before.p99:x}`, `{say:10 to 20}`.
//!
//! Formats after the last colon: `%` share, `ms` milliseconds, `s` seconds, `/s` rate, `$` money, `x` factor,
//! `n` plain number; none = the unit of the value. What was not measured is shown as `-`.

use super::expression::{Expression, Facts};
use super::path::Names;
use crate::sim::quantity::{show_rate, show_share};
use crate::sim::value::Problem;

/// A text with its placeholders read.
#[derive(Clone, PartialEq, Debug)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, PartialEq, Debug)]
enum Piece {
    Words(String),
    /// The expression, its place in the text, its format.
    Value(Expression, usize, Format),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Format {
    Unit,
    Percent,
    Milliseconds,
    Seconds,
    Rate,
    Dollars,
    Factor,
    Number,
}

const FORMATS: [(&str, Format); 7] = [
    ("%", Format::Percent),
    ("ms", Format::Milliseconds),
    ("s", Format::Seconds),
    ("/s", Format::Rate),
    ("$", Format::Dollars),
    ("x", Format::Factor),
    ("n", Format::Number),
];

/// What stands for a value that was not measured.
pub const UNMEASURED: &str = "-";

impl Template {
    /// Reads a text. A fault's path ends in `@N`, the byte where it is.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let mut pieces = Vec::new();
        let mut at = 0;
        while let Some(open) = text[at..].find('{').map(|i| at + i) {
            pieces.push(Piece::Words(text[at..open].to_owned()));
            let Some(close) = text[open..].find('}').map(|i| open + i) else {
                let p = Problem::new("the placeholder does not end", "close it with }");
                return Err(p.under(format!("@{open}")));
            };
            pieces.push(placeholder(&text[open + 1..close], open + 1).map_err(|p| moved(p, open + 1))?);
            at = close + 1;
        }
        pieces.push(Piece::Words(text[at..].to_owned()));
        Ok(Self { pieces })
    }
    /// Whether every path in it is measured somewhere.
    pub fn check(&self, names: &Names) -> Result<(), Problem> {
        self.values().try_for_each(|(e, at)| e.check(names).map_err(|p| moved(p, at)))
    }
    /// Whether it compares with the run before the change.
    pub fn needs_before(&self) -> bool {
        self.values().any(|(e, _)| e.needs_before())
    }
    fn values(&self) -> impl Iterator<Item = (&Expression, usize)> {
        self.pieces.iter().filter_map(|p| match p {
            Piece::Value(e, at, _) => Some((e, *at)),
            Piece::Words(_) => None,
        })
    }
}

/// Puts what was measured into a text.
pub fn fill(template: &Template, facts: &dyn Facts) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Words(words) => words.clone(),
        Piece::Value(e, _, format) => match e.value(facts) {
            Some(value) => format.show(value, e),
            None => UNMEASURED.to_owned(),
        },
    };
    template.pieces.iter().map(piece).collect()
}

/// A value of an expression for people, with its unit.
pub fn show_value(e: &Expression, value: f64) -> String {
    Format::Unit.show(value, e)
}

/// Fills in the text of a checked level.
pub fn fill_text(text: &str, facts: &dyn Facts) -> String {
    // `check` has proved that the texts of a level parse; any other text is shown as it is.
    Template::parse(text).map_or_else(|_| text.to_owned(), |t| fill(&t, facts))
}

fn placeholder(inner: &str, at: usize) -> Result<Piece, Problem> {
    if let Some(literal) = inner.strip_prefix("say:") {
        return Ok(Piece::Words(literal.to_owned()));
    }
    let Some((expression, name)) = inner.rsplit_once(':') else {
        return Ok(Piece::Value(Expression::quantity(inner)?, at, Format::Unit));
    };
    let format = FORMATS.iter().find(|(n, _)| *n == name).map(|(_, format)| *format).ok_or_else(|| {
        let names = FORMATS.map(|(n, _)| n).join(" ");
        let p = Problem::new(format!("`{name}` is not a format"), format!("formats are {names}"));
        p.under(format!("@{}", expression.len() + 1))
    })?;
    Ok(Piece::Value(Expression::quantity(expression)?, at, format))
}

/// Moves the place of a fault from the placeholder to the whole text.
fn moved(mut problem: Problem, by: usize) -> Problem {
    let at = problem.path.pop().and_then(|s| s.strip_prefix('@')?.parse::<usize>().ok()).unwrap_or(0);
    problem.under(format!("@{}", at + by))
}

impl Format {
    fn show(self, value: f64, e: &Expression) -> String {
        match self {
            Self::Unit => match e.dimension().unit() {
                Some(unit) => unit.show(value),
                None => plain(value),
            },
            Self::Percent => show_share(value),
            Self::Milliseconds => format!("{}ms", plain(value * 1000.0)),
            Self::Seconds => format!("{}s", plain(value)),
            Self::Rate => show_rate(value),
            Self::Dollars => format!("${value:.0}"),
            Self::Factor => format!("{}x", plain(value)),
            Self::Number => plain(value),
        }
    }
}

/// Three significant digits are enough to read.
fn plain(value: f64) -> String {
    let digits = if value.abs() >= 10.0 || value.fract() == 0.0 {
        0
    } else if value.abs() >= 1.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$}")
}

/// A digit of a running text outside of placeholders: numbers on screen come from the run. Names such as p95 or M/M/1,
/// which start with a letter, may hold digits.
pub fn stray_digit(text: &str) -> Result<(), Problem> {
    let mut inside = false;
    let mut named = false;
    let mut start = true;
    for (at, c) in text.char_indices() {
        match c {
            '{' => inside = true,
            '}' => (inside, start) = (false, true),
            _ if inside => {}
            c if c.is_numeric() => {
                if start || !named {
                    let remedy = "take it from the run, as {p95}, or write {say:...} around it";
                    return Err(Problem::new("a number that does not come from the run", remedy)
                        .under(format!("@{at}")));
                }
            }
            c if c.is_alphabetic() => {
                named = named || start;
                start = false;
            }
            '-' | '/' | '#' | '.' | '_' if !start => {}
            _ => (named, start) = (false, true),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::metrics::{Measure, Metric};

    struct Measured;
    impl Facts for Measured {
        fn value(&self, before: bool, metric: &Metric) -> Option<f64> {
            match metric.measure {
                Measure::Percentile(950) => Some(if before { 0.1 } else { 0.32 }),
                Measure::Utilization => Some(0.876),
                Measure::Goodput => Some(63.4),
                _ => None,
            }
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let template = Template::parse(text).unwrap_or_else(|p| panic!("{text}: {p:?}"));
        assert_eq!(fill(&template, &Measured), expected, "{text}");
    }

    #[test]
    fn placeholders_are_filled_in() {
        check("p95 is {p95}.", "p95 is 320ms.");
        check("{p95:s}, {p95:ms}", "0.32s, 320ms");
        check("web is {web.utilization:%} busy", "web is 88% busy");
        check("{web.utilization}", "88%");
        check("from {before.p95}: {p95 / before.p95:x}", "from 100ms: 3.2x");
        check("{goodput} and {goodput:n}", "63/s and 63");
    }

    #[test]
    fn unmeasured_values_are_a_dash() {
        check("{p99:x} {p50} {say:10 to 20}", "- - 10 to 20");
    }

    #[track_caller]
    fn fails(text: &str, at: usize, message: &str) {
        let p = Template::parse(text).expect_err(text);
        assert!(p.message.contains(message), "{p:?}");
        assert_eq!(p.path, [format!("@{at}")]);
    }

    #[test]
    fn faults_have_a_place() {
        fails("ab {p95", 3, "end");
        fails("ab {p98}", 4, "metric");
        fails("ab {p95:q}", 8, "format");
        fails("ab {p95 > 1s}", 4, "condition");
        fails("ab {}", 4, "early");
    }

    #[test]
    fn digits_come_from_the_run() {
        for fine in
            ["p95 and M/M/1, web#1, L4.", "{p95} {say:3}", "one two", "web-1", "(p99)", "db#replica-1"]
        {
            assert_eq!(stray_digit(fine), Ok(()), "{fine}");
        }
        for wrong in
            ["3 servers", "about 40%", "x = 3", "$400", "p95=300ms", "{p95}3", "\u{bd}", "24/7", "-3"]
        {
            assert!(stray_digit(wrong).is_err(), "{wrong}");
        }
    }
}
