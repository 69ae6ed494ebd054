//! One theme with named roles; every window takes its styles from here. Colours are of the 256 palette, so that
//! terminals without true colour show the same picture. Meaning never hangs on colour alone.

mod palette;
#[cfg(test)]
mod tests;

use ratatui::style::{Color, Modifier, Style};

use palette::Palette;

/// The themes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ThemeKind {
    /// Light text on a dark ground.
    Dark,
    /// Dark text on a light ground.
    Light,
    /// Pure colours on black.
    HighContrast,
    /// Blue, yellow and vermilion on a dark ground, apart for every kind of eye.
    ColourBlind,
    /// No colour at all (`NO_COLOR`): the terminal's own, with bold, dim and reverse.
    Plain,
}

impl ThemeKind {
    /// Every theme.
    pub const ALL: [Self; 5] = [Self::Dark, Self::Light, Self::HighContrast, Self::ColourBlind, Self::Plain];
    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::ColourBlind => "colour-blind",
            Self::Plain => "none",
        }
    }
}

/// What was asked for: a theme, or the one that fits the terminal's ground.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Choice {
    /// Dark or light, as the terminal is.
    #[default]
    Auto,
    /// This one.
    Theme(ThemeKind),
}

/// The names of the choices, for messages.
pub const CHOICES: &str = "auto, dark, light, high-contrast, colour-blind and none";

impl std::str::FromStr for Choice {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        // Two spellings, and the name that `none` had before.
        let name = match name {
            "auto" => return Ok(Self::Auto),
            "plain" => "none",
            "color-blind" => "colour-blind",
            name => name,
        };
        let theme = ThemeKind::ALL.into_iter().find(|kind| kind.name() == name);
        theme.map(Self::Theme).ok_or_else(|| format!("themes are {CHOICES}"))
    }
}

impl Choice {
    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Theme(kind) => kind.name(),
        }
    }
}

/// How many colours the terminal has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Depth {
    /// None.
    Mono,
    /// Eight, and a bright one of each.
    Sixteen,
    /// 256 or more.
    #[default]
    Indexed,
}

/// A style for each role.
#[derive(Clone, Debug)]
pub struct Theme {
    /// Which theme it is.
    pub kind: ThemeKind,
    /// Ordinary text, and the ground of the whole screen.
    pub text: Style,
    /// Text of less weight: labels, units, tags.
    pub dim: Style,
    /// Headings and names.
    pub strong: Style,
    /// What the eye should find first where nothing is wrong.
    pub accent: Style,
    /// Goals met, answers in time; also a calm gauge.
    pub good: Style,
    /// Getting near a limit.
    pub warn: Style,
    /// At a limit, failed, down.
    pub bad: Style,
    /// The selected item.
    pub selected: Style,
    /// The bar on top.
    pub title_bar: Style,
    /// The name of a key.
    pub key: Style,
    /// Frames.
    pub border: Style,
    /// The title in a frame.
    pub panel_title: Style,
    /// A link that calls travel on.
    pub link: Style,
    /// A link that nothing travels on.
    pub link_idle: Style,
    /// Messages without waiting.
    pub message: Style,
    /// The log from a primary to its replicas.
    pub replication: Style,
    /// A request on its way.
    pub dot: Style,
    /// An answer on its way back.
    pub reply: Style,
    /// A request that changes data.
    pub write: Style,
    /// The empty part of a gauge.
    pub gauge_empty: Style,
    /// Barely there: empty places, base lines.
    pub faint: Style,
    /// A word that must be seen: DOWN, BOTTLENECK.
    pub alarm: Style,
}

/// From this utilization on a gauge is amber.
pub const WARM: f64 = 0.80;
/// From this utilization on a gauge is red and its box heavy.
pub const HOT: f64 = 0.95;

impl Theme {
    /// The styles of a theme where there are 256 colours.
    pub fn new(kind: ThemeKind) -> Self {
        Self::with_depth(kind, Depth::Indexed)
    }

    /// The styles of a theme on a terminal with so many colours.
    pub fn with_depth(kind: ThemeKind, depth: Depth) -> Self {
        palette::of(kind, depth).map_or_else(Self::plain, |palette| Self::coloured(kind, palette))
    }

    /// The style of a gauge or figure at this utilization (0 to 1): calm until it matters.
    pub fn heat(&self, utilization: f64) -> Style {
        if utilization >= HOT {
            self.bad
        } else if utilization >= WARM {
            self.warn
        } else {
            self.good
        }
    }

    fn coloured(kind: ThemeKind, palette: &Palette) -> Self {
        let fg = |c: u8| Style::new().fg(Color::Indexed(c));
        let on = |c: u8, ground: u8| fg(c).bg(Color::Indexed(ground));
        let bold = Modifier::BOLD;
        let p = palette;
        Self {
            kind,
            text: on(p.text, p.ground),
            dim: fg(p.dim),
            strong: fg(p.strong).add_modifier(bold),
            accent: fg(p.accent).add_modifier(bold),
            good: fg(p.calm),
            warn: fg(p.warn),
            bad: fg(p.bad).add_modifier(bold),
            selected: on(p.ink, p.accent).add_modifier(bold),
            title_bar: on(p.ink, p.accent).add_modifier(bold),
            key: fg(p.accent).add_modifier(bold),
            border: fg(p.dim),
            panel_title: fg(p.strong).add_modifier(bold),
            link: fg(p.line),
            link_idle: fg(p.idle),
            message: fg(p.message),
            replication: fg(p.replication),
            dot: fg(p.dot).add_modifier(bold),
            reply: fg(p.accent),
            write: fg(p.write).add_modifier(bold),
            gauge_empty: on(p.groove, p.groove),
            faint: fg(p.faint),
            alarm: on(p.ink, p.bad).add_modifier(bold),
        }
    }

    fn plain() -> Self {
        let reset = Style::new().fg(Color::Reset).bg(Color::Reset);
        let bold = reset.add_modifier(Modifier::BOLD);
        let dim = reset.add_modifier(Modifier::DIM);
        let reversed = reset.add_modifier(Modifier::REVERSED);
        Self {
            kind: ThemeKind::Plain,
            text: reset,
            dim,
            strong: bold,
            accent: bold,
            good: reset,
            warn: bold,
            bad: bold,
            selected: reversed,
            title_bar: reversed,
            key: bold,
            border: reset,
            panel_title: bold,
            link: reset,
            link_idle: dim,
            message: reset,
            replication: reset,
            dot: bold,
            reply: reset,
            write: bold,
            gauge_empty: dim,
            faint: dim,
            alarm: reversed.add_modifier(Modifier::BOLD),
        }
    }
}
