//! The windows: what the terminal shows of a session, and nothing that could change its result.

pub mod diagram;
pub mod glyph;
pub mod theme;
