//! The mouse: a click on a key of the footer, a tab, a choice or a part, and the wheel. Nothing needs it: whatever it
//! does has a key.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::App;
use crate::tui::diagram::Direction;
use crate::tui::keymap::Place;
use crate::tui::msg::{Flow, Msg};
use crate::tui::panel::footer;
use crate::tui::screen::stage::Spot;

impl App {
    /// The mouse did something.
    pub fn mouse(&mut self, mouse: MouseEvent) -> Flow {
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => self.click(mouse.column, mouse.row),
            MouseEventKind::ScrollUp => self.wheel(false),
            MouseEventKind::ScrollDown => self.wheel(true),
            _ => Flow::Continue,
        }
    }

    fn click(&mut self, column: u16, row: u16) -> Flow {
        if row + 1 == self.area.bottom() {
            let key = footer::at(&self.options.keys, &self.facts(), self.area.width, column);
            return key.map_or(Flow::Continue, |msg| self.update(msg));
        }
        let facts = self.facts();
        let spots =
            self.play.as_ref().filter(|_| facts.place == Place::Play).map_or(&[][..], |play| &play.spots);
        let spot =
            spots.iter().find(|(room, _)| room.contains(Position::new(column, row))).map(|(_, spot)| *spot);
        match spot {
            Some(Spot::Choice(i)) if i < facts.choices => self.update(Msg::Pick(i)),
            Some(Spot::Tab(tab)) => {
                if let Some(play) = &mut self.play {
                    play.open_tab(tab);
                }
                self.stale = true;
                Flow::Continue
            }
            _ => self.update(Msg::Click(column, row)),
        }
    }

    /// Scrolls what is longer than its room; a list without a text moves its choice.
    fn wheel(&mut self, down: bool) -> Flow {
        if self.facts().place == Place::Home {
            return self.update(Msg::Select(if down { Direction::Down } else { Direction::Up }));
        }
        self.update(Msg::Scroll(if down { 1 } else { -1 }))
    }
}
