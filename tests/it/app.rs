//! The app without a terminal: keys by their names, pictures as text.

use std::fmt::Write as _;

use crossterm::event::{KeyCode, KeyEvent};
use fivenines::tui::Options;
use fivenines::tui::app::App;
use fivenines::tui::theme::ThemeKind;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Without colours, so that a picture is its text.
pub fn plain() -> Options {
    Options { theme: ThemeKind::Plain, ..Options::default() }
}

/// The whole screen at a size.
pub fn draw(app: &mut App, (width, height): (u16, u16)) -> Buffer {
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    app.draw(&mut buf);
    buf
}

/// A picture, row by row.
pub fn text(buf: &Buffer) -> String {
    let mut out = String::new();
    for y in buf.area.top()..buf.area.bottom() {
        let row: String = (buf.area.left()..buf.area.right()).map(|x| buf[(x, y)].symbol()).collect();
        let _ = writeln!(out, "{}", row.trim_end());
    }
    out
}

/// A key by its name on screen.
pub fn key(name: &str) -> KeyEvent {
    let code = match name {
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Tab" => KeyCode::Tab,
        "Bksp" => KeyCode::Backspace,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "PgUp" => KeyCode::PageUp,
        "PgDn" => KeyCode::PageDown,
        "Space" => KeyCode::Char(' '),
        letter => KeyCode::Char(letter.chars().next().expect("a key has a name")),
    };
    code.into()
}
