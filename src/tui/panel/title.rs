//! The first line: where one is, and the clock.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr;

use super::{clock, cut};
use crate::session::lesson::LessonView;
use crate::sim::time::Time;
use crate::tui::theme::Theme;

/// What the title bar shows besides the lesson.
#[derive(Clone, Debug)]
pub struct Clockwork {
    /// How much of the scene has run.
    pub now: Time,
    /// Show thousandths: the clock runs slowly.
    pub fine: bool,
    /// The clock runs.
    pub runs: bool,
    /// The pace in words.
    pub speed: String,
    /// The seed of the run.
    pub seed: u64,
}

/// Draws the title bar: the level and the scene on the left, the clock on the right.
pub fn draw(lesson: &LessonView, works: &Clockwork, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    buf.set_style(area, theme.title_bar);
    let mark = if works.runs { "▶" } else { "⏸" };
    let length = if lesson.length > Time::ZERO && !lesson.free {
        format!("/{}", minutes(lesson.length))
    } else {
        String::new()
    };
    let time = format!("{}{length}", stopwatch(works.now, works.fine));
    let mut right = format!("{mark} {}  {}  seed {} ", time, works.speed, works.seed);
    if right.width() + 30 > area.width as usize {
        right = format!("{mark} {}  {} ", time, works.speed);
    }
    let room = (area.width as usize).saturating_sub(right.width() + 2);
    let level = match lesson.level_number {
        0 => lesson.level_title.clone(),
        n => format!("{n} {}", lesson.level_title),
    };
    let scene = if lesson.free {
        "what if?".to_owned()
    } else {
        format!("scene {}/{}  {}", lesson.scene + 1, lesson.scenes, lesson.title)
    };
    let left = if level.width() + scene.width() + 4 <= room {
        format!(" {level} · {scene}")
    } else if lesson.free {
        format!(" {level}")
    } else {
        format!(" {}·{}/{}  {}", lesson.level_number, lesson.scene + 1, lesson.scenes, lesson.title)
    };
    let left = cut(&left, room);
    let gap = (area.width as usize).saturating_sub(left.width() + right.width());
    Line::from(vec![Span::raw(left), Span::raw(" ".repeat(gap)), Span::raw(right)]).render(area, buf);
}

/// A clock that does not change its width while it runs: `00:42.3`, in slow motion `00:42.350`.
fn stopwatch(t: Time, fine: bool) -> String {
    let mut text = clock(t);
    if !fine {
        text.truncate(text.len() - 2);
    }
    text
}

fn minutes(t: Time) -> String {
    let s = t.ns() / 1_000_000_000;
    format!("{:02}:{:02}", s / 60, s % 60)
}
