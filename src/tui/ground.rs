//! Whether the terminal's ground is dark or light. `COLORFGBG` says so at once. Other terminals are asked (OSC 11)
//! together with the first picture, never before it: nobody waits for an answer that may not come. The answer arrives
//! among the keys and is taken out of them here.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::app::App;
use super::theme::ThemeKind;

/// A terminal's ground.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ground {
    /// Darker than the text.
    Dark,
    /// Lighter than the text.
    Light,
}

/// Asks for the colour of the ground.
pub const QUERY: &[u8] = b"\x1b]11;?\x1b\\";

/// Longest answer: `11;rgba:` and four numbers of four digits.
const LONGEST: usize = 32;
/// From this luminance on (0 to 1) black text is read better than white.
const LIGHT: f64 = 0.18;

/// What `COLORFGBG` says: the text's colour and the ground's, of the sixteen.
pub fn of_variable(value: &str) -> Option<Ground> {
    match value.rsplit(';').next()?.parse().ok()? {
        0..=6 | 8 => Some(Ground::Dark),
        7 | 9..=15 => Some(Ground::Light),
        _ => None,
    }
}

/// The question does no harm on such a terminal: it is not known to print what it does not understand.
pub fn may_ask(term: &str) -> bool {
    !["", "dumb", "linux", "ansi", "cons25"].contains(&term)
        && !["vt", "eterm", "Eterm", "sun"].iter().any(|name| term.starts_with(name))
}

/// What a key was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Heard {
    /// A key.
    Key,
    /// A part of the answer.
    Part,
    /// The end of the answer, with what it says.
    Answer(Option<Ground>),
}

/// Listens for the answer.
#[derive(Debug, Default)]
pub struct Listener {
    /// The answer as far as it has come.
    begun: Option<String>,
}

impl Listener {
    /// Looks at a key: crossterm takes `ESC ]` for Alt and a bracket, `ESC \` for Alt and a backslash.
    pub fn hear(&mut self, key: KeyEvent) -> Heard {
        let alt = key.modifiers == KeyModifiers::ALT;
        let Some(text) = &mut self.begun else {
            if alt && key.code == KeyCode::Char(']') {
                self.begun = Some(String::new());
                return Heard::Part;
            }
            return Heard::Key;
        };
        let bell = key.modifiers == KeyModifiers::CONTROL && key.code == KeyCode::Char('g');
        if bell || key.code == KeyCode::Esc || alt && key.code == KeyCode::Char('\\') {
            let ground = of_answer(text);
            self.begun = None;
            return Heard::Answer(ground);
        }
        let plain = key.modifiers.difference(KeyModifiers::SHIFT).is_empty();
        match key.code {
            KeyCode::Char(letter) if plain && text.len() < LONGEST && fits(text, letter) => {
                text.push(letter);
                Heard::Part
            }
            // Somebody typed.
            _ => {
                self.begun = None;
                Heard::Key
            }
        }
    }
}

impl App {
    /// The terminal is to be asked for its ground.
    pub const fn asks_ground(&self) -> bool {
        self.options.asks && self.options.follows && self.options.color
    }
    /// The terminal has told its ground: the theme follows it.
    pub fn learn_ground(&mut self, ground: Ground) {
        let theme = if ground == Ground::Light { ThemeKind::Light } else { ThemeKind::Dark };
        if self.options.follows && theme != self.options.theme {
            self.options.theme = theme;
            self.theme = self.options.styles();
            self.stale = true;
        }
    }
}

/// The letter may come next in an answer.
fn fits(text: &str, letter: char) -> bool {
    const HEAD: &str = "11;rgb";
    match HEAD.chars().nth(text.len()) {
        Some(expected) => letter == expected,
        None => letter.is_ascii_hexdigit() || [':', '/', 'a'].contains(&letter),
    }
}

/// The ground of an answer such as `11;rgb:ffff/ffff/ffff`.
fn of_answer(text: &str) -> Option<Ground> {
    let (_, colour) = text.split_once(':')?;
    let mut parts = colour.split('/').map(|part| {
        let most = 16_f64.powi(part.len() as i32) - 1.0;
        (1..=4)
            .contains(&part.len())
            .then(|| u32::from_str_radix(part, 16).ok())?
            .map(|n| f64::from(n) / most)
    });
    let (r, g, b) = (parts.next()??, parts.next()??, parts.next()??);
    // The square is near enough to a screen's gamma for light or dark.
    let luminance = 0.2126 * r * r + 0.7152 * g * g + 0.0722 * b * b;
    Some(if luminance >= LIGHT { Ground::Light } else { Ground::Dark })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hears what crossterm makes of these bytes.
    fn hear(listener: &mut Listener, bytes: &str) -> Vec<Heard> {
        let mut alt = false;
        let mut out = Vec::new();
        for c in bytes.chars() {
            let event = match c {
                '\x1b' => {
                    alt = true;
                    continue;
                }
                '\x07' => KeyEvent::new(KeyCode::Char('g'), KeyModifiers::CONTROL),
                c => {
                    KeyEvent::new(KeyCode::Char(c), if alt { KeyModifiers::ALT } else { KeyModifiers::NONE })
                }
            };
            alt = false;
            out.push(listener.hear(event));
        }
        out
    }

    #[test]
    fn the_answer_is_taken_out_of_the_keys() {
        for (bytes, expected) in [
            ("\x1b]11;rgb:ffff/ffff/ffff\x1b\\", Some(Ground::Light)),
            ("\x1b]11;rgb:1e1e/1e1e/1e1e\x07", Some(Ground::Dark)),
            ("\x1b]11;rgba:fdfd/f6f6/e3e3/ffff\x1b\\", Some(Ground::Light)),
            ("\x1b]11;rgb:00/2b/36\x07", Some(Ground::Dark)),
            ("\x1b]11;rgb:\x07", None),
        ] {
            let mut listener = Listener::default();
            let heard = hear(&mut listener, bytes);
            assert_eq!(heard.last(), Some(&Heard::Answer(expected)), "{bytes:?}");
            assert!(heard[..heard.len() - 1].iter().all(|h| *h == Heard::Part), "{bytes:?}");
            assert_eq!(hear(&mut listener, "1q"), [Heard::Key, Heard::Key]);
        }
    }

    #[test]
    fn what_is_typed_stays() {
        let mut listener = Listener::default();
        assert_eq!(hear(&mut listener, "\x1b]x1"), [Heard::Part, Heard::Key, Heard::Key]);
        assert_eq!(hear(&mut listener, "\x1b]12"), [Heard::Part, Heard::Part, Heard::Key]);
        let long = hear(&mut listener, &format!("\x1b]11;rgb:{}", "f".repeat(60)));
        assert_eq!(long.last(), Some(&Heard::Key), "an answer without an end does not swallow keys for ever");
    }

    #[test]
    fn the_variable_names_the_ground_last() {
        assert_eq!(of_variable("15;0"), Some(Ground::Dark));
        assert_eq!(of_variable("0;default;15"), Some(Ground::Light));
        assert_eq!(of_variable("0;7"), Some(Ground::Light));
        assert_eq!(of_variable("default;default"), None);
        assert_eq!(of_variable("200"), None);
    }
}
