//! A window on a picture that is larger than its area: what it shows, and what lies beyond its edges.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::Direction;
use super::brush::Brush;

/// No window is worth while on less than this.
const LEAST: (u16, u16) = (24, 6);
/// Cells that stay visible around the selected part.
const MARGIN: u16 = 2;

/// Where the window is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Viewport {
    /// The whole picture; its top left corner is that of the area.
    pub scene: Rect,
    /// The area on the screen.
    area: Rect,
    /// How far the window is moved to the right, and down.
    offset: (u16, u16),
}

impl Viewport {
    /// Whether an area has room for a window.
    pub const fn is_worth_while(area: Rect) -> bool {
        area.width >= LEAST.0 && area.height >= LEAST.1
    }
    /// A window on a new picture; one of the same size stays where it was.
    #[must_use]
    pub fn on(self, scene: Rect, area: Rect) -> Self {
        let mut new = Self { scene, area, offset: if self.area == area { self.offset } else { (0, 0) } };
        new.offset = (new.offset.0.min(new.most().0), new.offset.1.min(new.most().1));
        new
    }
    /// The picture is larger than the area.
    pub fn is_needed(&self) -> bool {
        self.scene != self.area
    }
    const fn most(&self) -> (u16, u16) {
        let wide = self.scene.width.saturating_sub(self.area.width);
        (wide, self.scene.height.saturating_sub(self.area.height))
    }
    /// Moves the window; whether it could.
    pub fn pan(&mut self, dx: i16, dy: i16) -> bool {
        let before = self.offset;
        let (x, y) = (before.0.saturating_add_signed(dx), before.1.saturating_add_signed(dy));
        self.offset = (x.min(self.most().0), y.min(self.most().1));
        self.offset != before
    }
    /// More lies in a direction.
    pub const fn can_pan(&self, direction: Direction) -> bool {
        match direction {
            Direction::Left => self.offset.0 > 0,
            Direction::Up => self.offset.1 > 0,
            Direction::Right => self.offset.0 < self.most().0,
            Direction::Down => self.offset.1 < self.most().1,
        }
    }
    /// Moves as little as brings a box into the window.
    pub fn show(&mut self, rect: Rect) {
        let along = |start: u16, end: u16, origin: u16, size: u16, offset: u16, most: u16| {
            let (start, end) = (start.saturating_sub(origin + MARGIN), end + MARGIN - origin);
            offset.max(end.saturating_sub(size)).min(start).min(most)
        };
        let (a, most) = (self.area, self.most());
        self.offset = (
            along(rect.x, rect.right(), a.x, a.width, self.offset.0, most.0),
            along(rect.y, rect.bottom(), a.y, a.height, self.offset.1, most.1),
        );
    }
    /// The part of the picture that is in the window.
    const fn window(&self) -> Rect {
        let (x, y) = (self.scene.x + self.offset.0, self.scene.y + self.offset.1);
        Rect { x, y, ..self.area }
    }
    /// The cell of the picture under a cell of the screen.
    pub fn under(&self, at: Position) -> Option<Position> {
        let inside = self.area.contains(at);
        inside.then(|| Position::new(at.x + self.offset.0, at.y + self.offset.1))
    }
    /// The cell of the screen over a cell of the picture.
    pub fn over(&self, at: Position) -> Option<Position> {
        let inside = self.window().contains(at);
        inside.then(|| Position::new(at.x - self.offset.0, at.y - self.offset.1))
    }
    /// Shows the window of a picture.
    pub fn copy(&self, picture: &Buffer, buf: &mut Buffer) {
        for at in self.area.positions() {
            let from = Position::new(at.x + self.offset.0, at.y + self.offset.1);
            if let (Some(cell), Some(to)) = (picture.cell(from), buf.cell_mut(at)) {
                to.clone_from(cell);
            }
        }
    }
    /// Says at each edge how many boxes lie beyond it.
    pub fn paint_edges(&self, brush: &mut Brush, boxes: &[Rect]) {
        let w = self.window();
        let count =
            |is_out: &dyn Fn(&Rect) -> bool| boxes.iter().filter(|r| !r.is_empty() && is_out(r)).count();
        let style = brush.theme.selected;
        let (middle, centre) = (self.area.y + self.area.height / 2, self.area.x + self.area.width / 2);
        let mut say =
            |text: String, x: u16, y: u16| brush.text(x, y, &text, text.chars().count() as u16, style);
        let (left, right) = (count(&|r| r.right() <= w.x), count(&|r| r.x >= w.right()));
        // What lies beyond a corner counts to the side.
        let beside = |r: &Rect| r.right() > w.x && r.x < w.right();
        let above = count(&|r| beside(r) && r.bottom() <= w.y);
        let below = count(&|r| beside(r) && r.y >= w.bottom());
        if left > 0 {
            say(format!("◀{left} "), self.area.x, middle);
        }
        if right > 0 {
            let text = format!(" {right}▶");
            let x = self.area.right() - text.chars().count() as u16;
            say(text, x, middle);
        }
        if above > 0 {
            say(format!("↑{above}"), centre, self.area.y);
        }
        if below > 0 {
            say(format!("↓{below}"), centre, self.area.bottom() - 1);
        }
    }
}
