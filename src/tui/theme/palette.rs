//! The colours of the themes, as positions in the 256 palette; for terminals with sixteen colours, the first sixteen.
//! Every contrast and every difference that matters is computed in `tests.rs`.

use super::{Depth, ThemeKind};

/// The colours of a theme.
pub(super) struct Palette {
    pub ground: u8,
    /// Text on a coloured bar.
    pub ink: u8,
    pub text: u8,
    pub dim: u8,
    pub faint: u8,
    pub idle: u8,
    pub groove: u8,
    pub strong: u8,
    pub accent: u8,
    pub calm: u8,
    pub warn: u8,
    pub bad: u8,
    pub line: u8,
    pub message: u8,
    pub replication: u8,
    pub dot: u8,
    pub write: u8,
}

/// The palette of a theme; `None` = it has no colours.
pub(super) const fn of(kind: ThemeKind, depth: Depth) -> Option<&'static Palette> {
    match (kind, depth) {
        (ThemeKind::Plain, _) | (_, Depth::Mono) => None,
        (ThemeKind::Light, Depth::Sixteen) => Some(&LIGHT_16),
        (_, Depth::Sixteen) => Some(&DARK_16),
        (ThemeKind::Dark, Depth::Indexed) => Some(&DARK),
        (ThemeKind::Light, Depth::Indexed) => Some(&LIGHT),
        (ThemeKind::HighContrast, Depth::Indexed) => Some(&HIGH_CONTRAST),
        (ThemeKind::ColourBlind, Depth::Indexed) => Some(&COLOUR_BLIND),
    }
}

const DARK: Palette = Palette {
    ground: 233,
    ink: 233,
    text: 252,
    dim: 245,
    faint: 240,
    idle: 241,
    groove: 236,
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
    ink: 255,
    text: 236,
    dim: 241,
    faint: 247,
    idle: 244,
    groove: 252,
    strong: 232,
    accent: 25,
    calm: 23,
    warn: 94,
    bad: 160,
    line: 67,
    message: 127,
    replication: 28,
    dot: 232,
    write: 58,
};
const HIGH_CONTRAST: Palette = Palette {
    ground: 16,
    ink: 16,
    text: 231,
    dim: 252,
    faint: 244,
    idle: 247,
    groove: 238,
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
/// The colours of Okabe and Ito, as near as the 256 palette has them: sky blue, yellow and vermilion stay apart for
/// every kind of eye, by hue and by lightness.
const COLOUR_BLIND: Palette =
    Palette { accent: 117, calm: 74, warn: 228, bad: 202, replication: 36, write: 223, ..DARK };
/// Eight dark colours and their bright ones. Their exact shades are the terminal's; these hold with the usual tables.
const DARK_16: Palette = Palette {
    ground: 0,
    ink: 0,
    text: 7,
    dim: 7,
    faint: 8,
    idle: 8,
    groove: 8,
    strong: 15,
    accent: 14,
    calm: 6,
    warn: 11,
    bad: 9,
    line: 12,
    message: 13,
    replication: 10,
    dot: 15,
    write: 11,
};
const LIGHT_16: Palette = Palette {
    ground: 15,
    ink: 15,
    text: 0,
    dim: 0,
    faint: 8,
    idle: 8,
    groove: 7,
    strong: 0,
    accent: 4,
    calm: 4,
    warn: 5,
    bad: 1,
    line: 0,
    message: 5,
    replication: 4,
    dot: 0,
    write: 5,
};
