//! Looking back: the charts and the log as they were at an earlier second, and the way back to it.

use super::{Play, Room, Tab};
use crate::session::Command;
use crate::session::lesson::Beat;
use crate::sim::time::Time;
use crate::tui::msg::Msg;

/// Most letters of what the log is searched for.
const MAX_FILTER: usize = 24;

/// What the charts and the log are read for.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The second that is looked back at (its end); `None` = the latest.
    pub at: Option<Time>,
    /// Seconds a column of the charts stands for: set when they are drawn.
    pub stride: u64,
    /// What the log is searched for.
    pub filter: String,
    /// Letters go there.
    pub typing: bool,
}

impl Play {
    /// The second beside the one that is looked at, the latest included; `None` = there is none.
    fn beside(&self, later: bool) -> Option<Time> {
        let windows = &self.snapshot.windows;
        let (first, last) = (windows.first()?.end, windows.last()?.end);
        let step = Time::from_secs(self.reading.stride.max(1));
        let at = self.reading.at.unwrap_or(last);
        let to = if later { (at + step).min(last) } else { at.saturating_sub(step).max(first) };
        (to != at || later && self.reading.at.is_some()).then_some(to)
    }

    /// Whether one can look further back, and forward again.
    pub fn looks(&self) -> [bool; 2] {
        [false, true].map(|later| self.beside(later).is_some())
    }

    /// Looks a column further back, or forward; the clock stands meanwhile.
    pub fn look(&mut self, later: bool) {
        if let Some(at) = self.beside(later) {
            self.reading.at = Some(at).filter(|at| self.snapshot.windows.last().is_some_and(|w| *at < w.end));
            self.paused |= self.lesson.beat == Beat::Run;
            if self.room == Room::Small && self.tab != Tab::Log {
                self.tab = Tab::Signals;
            }
        }
    }

    /// The command that brings the run back to the second that is looked at.
    pub fn way_back(&self) -> Option<Command> {
        let goes = self.is_under_way();
        self.reading.at.filter(|at| goes && *at >= self.session.origin()).map(Command::Rewind)
    }

    /// Lets letters go into the filter of the log.
    pub fn find(&mut self) {
        (self.reading.typing, self.why, self.scroll.0) = (true, false, 0);
        if self.room != Room::Large {
            self.tab = Tab::Log;
        }
    }

    /// A message while the filter is typed; whether it was one for it.
    pub fn type_filter(&mut self, msg: Msg) -> bool {
        if !self.reading.typing {
            return false;
        }
        match msg {
            Msg::Letter(letter) if self.reading.filter.chars().count() < MAX_FILTER => {
                self.reading.filter.push(letter);
            }
            Msg::Erase => drop(self.reading.filter.pop()),
            Msg::Next => self.reading.typing = false,
            Msg::Close => (self.reading.typing, self.reading.filter) = (false, String::new()),
            Msg::Letter(_) => {}
            _ => return false,
        }
        true
    }
}
