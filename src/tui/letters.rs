//! Large letters for headings: five points high, in half blocks or, where there is room, in whole cells.
//!
//! ```text
//! ▀█▀ █ █ █▀▀
//!  █  █▀█ █▀▀
//!  ▀  ▀ ▀ ▀▀▀
//! ```

/// How large a point of a letter is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Size {
    /// One column, half a row: a letter is three rows high.
    Half,
    /// Two columns, one row: a letter is five rows high.
    Whole,
}

impl Size {
    const fn columns(self) -> usize {
        match self {
            Self::Half => 1,
            Self::Whole => 2,
        }
    }
}

/// Points between two words, beside those after each letter.
const SPACE: usize = 2;
/// Points from top to bottom.
const HEIGHT: usize = 5;

/// Each letter, its rows from top to bottom.
const LETTERS: &[(char, [&str; HEIGHT])] = &[
    ('A', ["###", "# #", "###", "# #", "# #"]),
    ('B', ["## ", "# #", "## ", "# #", "## "]),
    ('C', ["###", "#  ", "#  ", "#  ", "###"]),
    ('D', ["## ", "# #", "# #", "# #", "## "]),
    ('E', ["###", "#  ", "## ", "#  ", "###"]),
    ('F', ["###", "#  ", "## ", "#  ", "#  "]),
    ('G', ["####", "#   ", "# ##", "#  #", "####"]),
    ('H', ["# #", "# #", "###", "# #", "# #"]),
    ('I', ["#", "#", "#", "#", "#"]),
    ('J', ["  #", "  #", "  #", "# #", "###"]),
    ('K', ["# #", "# #", "## ", "# #", "# #"]),
    ('L', ["#  ", "#  ", "#  ", "#  ", "###"]),
    ('M', ["#   #", "## ##", "# # #", "#   #", "#   #"]),
    ('N', ["#  #", "## #", "# ##", "#  #", "#  #"]),
    ('O', ["###", "# #", "# #", "# #", "###"]),
    ('P', ["###", "# #", "###", "#  ", "#  "]),
    ('Q', ["### ", "# # ", "# # ", "# # ", "####"]),
    ('R', ["###", "# #", "## ", "# #", "# #"]),
    ('S', ["###", "#  ", "###", "  #", "###"]),
    ('T', ["###", " # ", " # ", " # ", " # "]),
    ('U', ["# #", "# #", "# #", "# #", "###"]),
    ('V', ["# #", "# #", "# #", "# #", " # "]),
    ('W', ["#   #", "#   #", "# # #", "## ##", "#   #"]),
    ('X', ["# #", "# #", " # ", "# #", "# #"]),
    ('Y', ["# #", "# #", " # ", " # ", " # "]),
    ('Z', ["###", "  #", " # ", "#  ", "###"]),
    ('0', ["###", "# #", "# #", "# #", "###"]),
    ('1', ["## ", " # ", " # ", " # ", "###"]),
    ('2', ["###", "  #", "###", "#  ", "###"]),
    ('3', ["###", "  #", " ##", "  #", "###"]),
    ('4', ["# #", "# #", "###", "  #", "  #"]),
    ('5', ["###", "#  ", "###", "  #", "###"]),
    ('6', ["###", "#  ", "###", "# #", "###"]),
    ('7', ["###", "  #", "  #", "  #", "  #"]),
    ('8', ["###", "# #", "###", "# #", "###"]),
    ('9', ["###", "# #", "###", "  #", "###"]),
    ('.', [" ", " ", " ", " ", "#"]),
    (',', ["  ", "  ", "  ", " #", "# "]),
    (':', [" ", "#", " ", "#", " "]),
    ('!', ["#", "#", "#", " ", "#"]),
    ('?', ["###", "  #", " ##", "   ", " # "]),
    ('\'', ["#", "#", " ", " ", " "]),
    ('-', ["  ", "  ", "##", "  ", "  "]),
    ('+', ["   ", " # ", "###", " # ", "   "]),
    ('/', ["  #", "  #", " # ", "#  ", "#  "]),
];

/// The rows of a text in large letters, broken between words at `width` cells into lines of about the same length;
/// `None` where a letter is not known or a word is too long.
pub fn rows(text: &str, width: usize, size: Size) -> Option<Vec<String>> {
    let words: Vec<_> = text.split_whitespace().map(points).collect::<Option<_>>()?;
    let most = width / size.columns();
    let widest = words.iter().map(|w| w[0].len()).max()?;
    if widest > most {
        return None;
    }
    let few = broken(&words, most).len();
    let even = (widest..most).map(|narrow| broken(&words, narrow)).find(|lines| lines.len() == few);
    let lines = even.unwrap_or_else(|| broken(&words, most));
    Some(lines.iter().flat_map(|line| drawn(line, size)).collect())
}

/// Words in lines of at most so many points.
fn broken(words: &[[String; HEIGHT]], most: usize) -> Vec<[String; HEIGHT]> {
    let mut lines: Vec<[String; HEIGHT]> = Vec::new();
    for word in words {
        match lines.last_mut().filter(|line| line[0].len() + 1 + SPACE + word[0].len() <= most) {
            Some(line) => join(line, word, 1 + SPACE),
            None => lines.push(word.clone()),
        }
    }
    lines
}

/// A word as points.
fn points(word: &str) -> Option<[String; HEIGHT]> {
    let mut out: Option<[String; HEIGHT]> = None;
    for c in word.chars().flat_map(char::to_uppercase) {
        let c = if c == '’' { '\'' } else { c };
        let letter = LETTERS.iter().find(|(l, _)| *l == c)?.1.map(str::to_owned);
        match &mut out {
            Some(line) => join(line, &letter, 1),
            None => out = Some(letter),
        }
    }
    out
}

fn join(line: &mut [String; HEIGHT], more: &[String; HEIGHT], gap: usize) {
    for (row, more) in line.iter_mut().zip(more) {
        row.push_str(&" ".repeat(gap));
        row.push_str(more);
    }
}

fn drawn(line: &[String; HEIGHT], size: Size) -> Vec<String> {
    let lit = |row: usize, column: usize| line.get(row).is_some_and(|r| r.as_bytes()[column] == b'#');
    let columns = 0..line[0].len();
    match size {
        Size::Half => (0..HEIGHT.div_ceil(2))
            .map(|row| {
                let cell = |column| match (lit(2 * row, column), lit(2 * row + 1, column)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                };
                columns.clone().map(cell).collect()
            })
            .collect(),
        Size::Whole => {
            let cell = |row| move |column| if lit(row, column) { "██" } else { "  " };
            let mut out: Vec<String> =
                (0..HEIGHT).map(|row| columns.clone().map(cell(row)).collect()).collect();
            out.push(String::new());
            out
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_three_rows_high() {
        let shown = rows("The i", 40, Size::Half).unwrap();
        assert_eq!(shown, ["▀█▀ █ █ █▀▀   █", " █  █▀█ █▀    █", " ▀  ▀ ▀ ▀▀▀   ▀"]);
        assert_eq!(rows("The i", 12, Size::Half).unwrap().len(), 6, "two lines");
        assert_eq!(rows("The i", 10, Size::Half), None, "too narrow for a word");
        assert_eq!(rows("été", 40, Size::Half), None, "no such letter");
        let even = |width| rows("I if I I", width, Size::Half).unwrap();
        assert_eq!(even(14).len(), 6);
        assert!(even(14).iter().all(|row| row.chars().count() <= 9), "lines of about the same length");
        assert_eq!(rows("I", 40, Size::Whole).unwrap(), ["██", "██", "██", "██", "██", ""]);
    }

    #[test]
    fn letters_are_rectangles() {
        for (letter, rows) in LETTERS {
            assert!(rows.iter().all(|r| r.len() == rows[0].len()), "{letter}");
        }
    }
}
