//! How the screen looks and which keys it knows: what the file, the environment and the command line say, the later
//! before the earlier.

use super::ground::{self, Ground};
use super::keymap::Keymap;
use super::theme::{Choice, Depth, Theme, ThemeKind};

/// Frames a second where nobody says another number.
pub const FPS: u8 = 30;
/// Most frames a second.
pub const MOST_FPS: u8 = 120;

/// The program's looks.
#[derive(Clone, Debug)]
pub struct Options {
    /// Opens this level at once: its number, its name or a file.
    pub level: Option<String>,
    /// Draws with ASCII only.
    pub ascii: bool,
    /// Uses colours.
    pub color: bool,
    /// Lets dots move.
    pub motion: bool,
    /// The theme.
    pub theme: ThemeKind,
    /// Nobody chose the theme: it follows the terminal's ground, once that is known.
    pub follows: bool,
    /// The terminal's ground is not known and it may be asked.
    pub asks: bool,
    /// How many colours the terminal has.
    pub depth: Depth,
    /// Frames a second.
    pub fps: u8,
    /// The keys.
    pub keys: Keymap,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            level: None,
            ascii: false,
            color: true,
            motion: true,
            theme: ThemeKind::Dark,
            follows: false,
            asks: false,
            depth: Depth::Indexed,
            fps: FPS,
            keys: Keymap::default(),
        }
    }
}

impl Options {
    /// Chooses the theme.
    pub const fn choose(&mut self, choice: Choice) {
        match choice {
            Choice::Auto => self.follows = true,
            Choice::Theme(kind) => (self.theme, self.follows) = (kind, false),
        }
    }

    /// Takes into account what the environment says: `NO_COLOR`, the locale, the terminal's colours and ground.
    #[must_use]
    pub fn for_environment(mut self, variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|v| !v.is_empty());
        if set("NO_COLOR").is_some() {
            self.color = false;
        }
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default();
        let utf8 = locale.to_ascii_lowercase().replace('-', "").contains("utf8");
        self.ascii |= !utf8;
        let term = set("TERM").unwrap_or_default();
        self.depth = depth(&term, set("COLORTERM").as_deref());
        let ground = set("COLORFGBG").and_then(|value| ground::of_variable(&value));
        self.asks = ground.is_none() && ground::may_ask(&term);
        if self.follows {
            self.theme = if ground == Some(Ground::Light) { ThemeKind::Light } else { ThemeKind::Dark };
        }
        self
    }

    /// The styles to draw with.
    pub fn styles(&self) -> Theme {
        Theme::with_depth(if self.color { self.theme } else { ThemeKind::Plain }, self.depth)
    }
}

/// Terminals with 256 colours or more whose name does not say so.
const RICH: &[&str] =
    &["kitty", "alacritty", "foot", "ghostty", "wezterm", "tmux", "direct", "truecolor", "iterm"];
/// Terminals without colours, by the start of their names.
const MONO: &[&str] = &["vt", "dumb", "sun", "wy"];

/// How many colours a terminal has, as its name and `COLORTERM` say. What is unknown has sixteen.
fn depth(term: &str, colorterm: Option<&str>) -> Depth {
    if colorterm.is_some() || term.contains("256") || RICH.iter().any(|name| term.contains(name)) {
        Depth::Indexed
    } else if term.ends_with("-m")
        || term.ends_with("-mono")
        || MONO.iter().any(|name| term.starts_with(name))
    {
        Depth::Mono
    } else {
        Depth::Sixteen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(options: Options, variables: &[(&str, &str)]) -> Options {
        options.for_environment(|name| {
            variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_is_heard() {
        let utf8 = ("LANG", "de_DE.UTF-8");
        let options = told(Options::default(), &[utf8, ("TERM", "xterm-256color")]);
        assert!(options.color && !options.ascii && options.depth == Depth::Indexed);
        let options = told(Options::default(), &[("LANG", "C"), ("NO_COLOR", "1")]);
        assert!(!options.color && options.ascii);
        assert_eq!(options.styles().kind, ThemeKind::Plain);
    }

    #[test]
    fn the_theme_follows_the_ground_unless_one_was_chosen() {
        let mut auto = Options::default();
        auto.choose(Choice::Auto);
        let xterm = ("TERM", "xterm");
        assert_eq!(told(auto.clone(), &[xterm, ("COLORFGBG", "0;15")]).theme, ThemeKind::Light);
        assert_eq!(told(auto.clone(), &[xterm, ("COLORFGBG", "15;0")]).theme, ThemeKind::Dark);
        let unknown = told(auto.clone(), &[xterm]);
        assert_eq!((unknown.theme, unknown.asks), (ThemeKind::Dark, true));
        assert!(!told(auto, &[("TERM", "linux")]).asks, "the console does not know its ground");
        let mut chosen = Options::default();
        chosen.choose(Choice::Theme(ThemeKind::ColourBlind));
        assert_eq!(told(chosen, &[xterm, ("COLORFGBG", "0;15")]).theme, ThemeKind::ColourBlind);
    }

    #[test]
    fn terminals_have_as_many_colours_as_they_say() {
        for (term, colorterm, expected) in [
            ("xterm-256color", None, Depth::Indexed),
            ("xterm", Some("truecolor"), Depth::Indexed),
            ("xterm-kitty", None, Depth::Indexed),
            ("tmux", None, Depth::Indexed),
            ("linux", None, Depth::Sixteen),
            ("xterm", None, Depth::Sixteen),
            ("vt220", None, Depth::Mono),
            ("xterm-mono", None, Depth::Mono),
        ] {
            assert_eq!(depth(term, colorterm), expected, "{term}");
        }
    }
}
