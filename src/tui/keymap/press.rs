//! Keys by their names, as a file of settings writes them and the footer shows them.

use crossterm::event::KeyCode;

use super::Press;

/// Names of keys that are not characters, in small letters; the first of a key is the one to show.
const NAMES: &[(&str, KeyCode)] = &[
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("S-Tab", KeyCode::BackTab),
    ("Bksp", KeyCode::Backspace),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("↑", KeyCode::Up),
    ("↓", KeyCode::Down),
    ("←", KeyCode::Left),
    ("→", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("Ins", KeyCode::Insert),
    ("Del", KeyCode::Delete),
    ("Return", KeyCode::Enter),
    ("Escape", KeyCode::Esc),
    ("Shift-Tab", KeyCode::BackTab),
    ("Backspace", KeyCode::Backspace),
    ("PageUp", KeyCode::PageUp),
    ("PageDown", KeyCode::PageDown),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Insert", KeyCode::Insert),
    ("Delete", KeyCode::Delete),
];
/// The function keys that terminals have.
const FUNCTION_KEYS: std::ops::RangeInclusive<u8> = 1..=12;

/// What a name of a key may be, for messages.
pub const EXPECTED: &str = "a character, Space, Enter, Esc, Tab, S-Tab, Backspace, PageUp, PageDown, Up, Down, Left, Right, Home, End, \
     Insert, Delete, F1 to F12, or Ctrl and a letter, as Ctrl-k";

impl Press {
    /// The key of this name: `x`, `Space`, `PageDown`, `F5`, `Ctrl-k`.
    pub fn parse(name: &str) -> Option<Self> {
        let mut letters = name.chars();
        if let (Some(letter), None) = (letters.next(), letters.next())
            && !letter.is_control()
            && !"↑↓←→".contains(letter)
        {
            return Some(Self::Char(letter));
        }
        if name.eq_ignore_ascii_case("space") {
            return Some(Self::Char(' '));
        }
        if let Some((head, last)) = name.split_at_checked(name.len().saturating_sub(1))
            && (head.eq_ignore_ascii_case("ctrl-") || head.eq_ignore_ascii_case("c-"))
        {
            let letter = last.chars().next().filter(char::is_ascii_alphabetic)?;
            return Some(Self::Ctrl(letter.to_ascii_lowercase()));
        }
        if let Some(n) = name.strip_prefix(['F', 'f']).and_then(|n| n.parse().ok()) {
            return FUNCTION_KEYS.contains(&n).then_some(Self::Code(KeyCode::F(n)));
        }
        let lower = name.to_lowercase();
        NAMES.iter().find(|(n, _)| n.to_lowercase() == lower).map(|(_, code)| Self::Code(*code))
    }

    /// Its name on screen.
    pub fn name(self) -> String {
        match self {
            Self::Char(' ') => "Space".into(),
            Self::Char(letter) => letter.into(),
            Self::Ctrl(letter) => format!("Ctrl-{letter}"),
            Self::Code(KeyCode::F(n)) => format!("F{n}"),
            Self::Code(code) => NAMES
                .iter()
                .find(|(_, c)| *c == code)
                .map_or_else(|| format!("{code:?}"), |(n, _)| (*n).into()),
            Self::Digit => "1-9".into(),
            Self::Letter => "a-z".into(),
        }
    }

    /// Its name in the file of settings: letters only.
    pub fn written(self) -> String {
        match self {
            Self::Code(code) => {
                let plain = |(n, c): &&(&str, KeyCode)| *c == code && n.is_ascii();
                NAMES.iter().find(plain).map_or_else(|| self.name(), |(n, _)| (*n).into())
            }
            _ => self.name(),
        }
    }

    /// One key press can be both.
    pub fn meets(self, other: Self) -> bool {
        let digit = |press| matches!(press, Self::Char('1'..='9'));
        self == other || self == Self::Digit && digit(other) || other == Self::Digit && digit(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for name in ["x", "X", "?", "é", "Space", "Enter", "PgDn", "F1", "F12", "Ctrl-k", "S-Tab", "←"] {
            let press = Press::parse(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(press.name(), name);
            assert_eq!(Press::parse(&press.written()), Some(press), "{name}");
        }
        assert_eq!(Press::parse("left"), Some(Press::Code(KeyCode::Left)));
        assert_eq!(Press::parse("CTRL-K"), Some(Press::Ctrl('k')));
        for name in ["", "xy", "F0", "F13", "Ctrl-", "Ctrl-1", "Alt-x", "\u{1b}", "é-"] {
            assert_eq!(Press::parse(name), None, "{name:?}");
        }
    }
}
