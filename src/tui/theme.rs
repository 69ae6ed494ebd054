//! One theme with named roles; every window takes its styles from here. Colours are of the 256 palette, so that
//! terminals without true colour show the same picture. Meaning never hangs on colour alone.

use ratatui::style::{Color, Modifier, Style};

/// The themes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ThemeKind {
    /// Light text on a dark ground.
    Dark,
    /// Dark text on a light ground.
    Light,
    /// Pure colours on black.
    HighContrast,
    /// No colour at all (`NO_COLOR`): the terminal's own, with bold, dim and reverse.
    Plain,
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
    /// A word that must be seen: DOWN, BOTTLENECK.
    pub alarm: Style,
}

/// From this utilization on a gauge is amber.
pub const WARM: f64 = 0.80;
/// From this utilization on a gauge is red and its box heavy.
pub const HOT: f64 = 0.95;

/// The colours of a theme, as positions in the 256 palette.
struct Palette {
    ground: u8,
    text: u8,
    dim: u8,
    faint: u8,
    strong: u8,
    accent: u8,
    calm: u8,
    warn: u8,
    bad: u8,
    line: u8,
    message: u8,
    replication: u8,
    dot: u8,
    write: u8,
}

const DARK: Palette = Palette {
    ground: 233,
    text: 252,
    dim: 245,
    faint: 239,
    strong: 255,
    accent: 74,
    calm: 73,
    warn: 214,
    bad: 203,
    line: 67,
    message: 175,
    replication: 78,
    dot: 255,
    write: 222,
};
const LIGHT: Palette = Palette {
    ground: 255,
    text: 236,
    dim: 241,
    faint: 249,
    strong: 232,
    accent: 25,
    calm: 30,
    warn: 130,
    bad: 160,
    line: 67,
    message: 127,
    replication: 28,
    dot: 232,
    write: 94,
};
const HIGH_CONTRAST: Palette = Palette {
    ground: 16,
    text: 231,
    dim: 252,
    faint: 244,
    strong: 231,
    accent: 51,
    calm: 46,
    warn: 226,
    bad: 210,
    line: 117,
    message: 213,
    replication: 120,
    dot: 231,
    write: 229,
};

impl Theme {
    /// The styles of a theme.
    pub fn new(kind: ThemeKind) -> Self {
        match kind {
            ThemeKind::Dark => Self::coloured(kind, &DARK),
            ThemeKind::Light => Self::coloured(kind, &LIGHT),
            ThemeKind::HighContrast => Self::coloured(kind, &HIGH_CONTRAST),
            ThemeKind::Plain => Self::plain(),
        }
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
            selected: on(p.ground, p.accent).add_modifier(bold),
            title_bar: on(p.ground, p.accent).add_modifier(bold),
            key: fg(p.accent).add_modifier(bold),
            border: fg(p.dim),
            panel_title: fg(p.strong).add_modifier(bold),
            link: fg(p.line),
            link_idle: fg(p.faint),
            message: fg(p.message),
            replication: fg(p.replication),
            dot: fg(p.dot).add_modifier(bold),
            reply: fg(p.accent),
            write: fg(p.write).add_modifier(bold),
            gauge_empty: fg(p.faint),
            alarm: on(p.ground, p.bad).add_modifier(bold),
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
            alarm: reversed.add_modifier(Modifier::BOLD),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heat_is_calm_until_it_matters() {
        let theme = Theme::new(ThemeKind::Dark);
        assert_eq!(theme.heat(0.79), theme.good);
        assert_eq!(theme.heat(0.80), theme.warn);
        assert_eq!(theme.heat(0.95), theme.bad);
    }

    #[test]
    fn plain_has_no_colour() {
        let debug = format!("{:?}", Theme::new(ThemeKind::Plain));
        assert!(!debug.contains("Indexed") && !debug.contains("Rgb"), "{debug}");
    }
}
