//! Pictures that are larger than their area: the window, what lies beyond it, and the size of boxes.

use super::motion::Film;
use super::{check_steps, scenes, text};
use fivenines::sim::snapshot::Snapshot;
use fivenines::tui::diagram::{Diagram, Direction, Motion, Part, View};
use fivenines::tui::theme::{Theme, ThemeKind};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const ALL: [Direction; 4] = [Direction::Left, Direction::Right, Direction::Up, Direction::Down];

fn draw(diagram: &mut Diagram, snapshot: &Snapshot, selected: Option<Part>, area: Rect) -> Buffer {
    let theme = Theme::new(ThemeKind::Dark);
    let mut buf = Buffer::empty(area);
    let motion = Motion::Requests;
    let view = View { snapshot, selected, bottleneck: None, motion, followed: None, theme: &theme };
    diagram.render(&view, area, &mut buf);
    buf
}

/// Boxes of which a cell is on the screen, and the figures at the edges.
fn seen(diagram: &Diagram, area: Rect) -> usize {
    let mut parts: Vec<Part> = Vec::new();
    for at in area.positions() {
        parts.extend(diagram.part_at(at.x, at.y).filter(|p| !parts.contains(p)));
    }
    parts.len()
}

fn beyond(picture: &str) -> usize {
    let digits = |s: &str| s.chars().take_while(char::is_ascii_digit).collect::<String>();
    let after = |mark: char| picture.split(mark).skip(1).filter_map(move |s| digits(s).parse::<usize>().ok());
    // An arrow of a line has no figure before it.
    let before = picture.lines().filter_map(|l| l.strip_suffix('▶')).map(|l| {
        let figure: String = l.chars().rev().take_while(char::is_ascii_digit).collect();
        figure.chars().rev().collect::<String>().parse::<usize>().unwrap_or(0)
    });
    ['◀', '↑', '↓'].into_iter().flat_map(after).sum::<usize>() + before.sum::<usize>()
}

#[test]
fn what_does_not_fit_is_seen_through_a_window_that_says_how_much_lies_beyond() {
    let snapshot = scenes::many(50);
    for (width, height) in [(40, 10), (78, 15), (80, 28), (140, 45)] {
        let area = Rect::new(3, 2, width, height);
        let mut diagram = Diagram::default();
        let mut selected = None;
        let mut all: Vec<Part> = Vec::new();
        for _ in 0..2 {
            let picture = text(&draw(&mut diagram, &snapshot, selected, area));
            assert_eq!(seen(&diagram, area) + beyond(&picture), 50, "at {width}x{height}:\n{picture}");
            all.extend(diagram.parts());
            selected = diagram.parts().last().copied();
        }
        assert_eq!(all.len(), 100, "each part can be selected");
        check_steps(&diagram);
    }
}

#[test]
fn a_window() {
    let mut diagram = Diagram::default();
    let area = Rect::new(0, 0, 78, 15);
    insta::assert_snapshot!("window_78x15", text(&draw(&mut diagram, &scenes::many(50), None, area)));
}

#[test]
fn the_selected_part_is_always_in_the_window() {
    let snapshot = scenes::many(50);
    let area = Rect::new(0, 0, 60, 12);
    let mut diagram = Diagram::default();
    draw(&mut diagram, &snapshot, None, area);
    for part in diagram.parts().to_vec() {
        draw(&mut diagram, &snapshot, Some(part), area);
        let is_seen = area.positions().any(|at| diagram.part_at(at.x, at.y) == Some(part));
        assert!(is_seen, "{part:?} is outside");
    }
}

#[test]
fn the_window_can_be_moved_to_every_edge_and_no_further() {
    let snapshot = scenes::many(50);
    let area = Rect::new(0, 0, 60, 12);
    let mut diagram = Diagram::default();
    draw(&mut diagram, &snapshot, None, area);
    for (direction, (dx, dy)) in ALL.into_iter().zip([(-7, 0), (7, 0), (0, -3), (0, 3)]) {
        let mut steps = 0;
        while diagram.can_pan(direction) {
            assert!(diagram.pan(dx, dy));
            steps += 1;
        }
        assert!(!diagram.pan(dx, dy) && steps < 100);
    }
    // Moved by hand it stays there, until something else is selected.
    let moved = draw(&mut diagram, &snapshot, None, area);
    assert_eq!(draw(&mut diagram, &snapshot, None, area), moved);
    assert!(text(&moved).contains('◀'), "the users are beyond the left edge:\n{}", text(&moved));
    let small = scenes::monolith();
    draw(&mut diagram, &small, None, Rect::new(0, 0, 140, 45));
    assert!(ALL.into_iter().all(|d| !diagram.can_pan(d)), "what fits has no window");
}

#[test]
fn boxes_get_larger_and_smaller() {
    let snapshot = scenes::microservices();
    let area = Rect::new(0, 0, 80, 28);
    let mut diagram = Diagram::default();
    let fitting = draw(&mut diagram, &snapshot, None, area);
    let mut steps = 0;
    while diagram.zoom(true) {
        draw(&mut diagram, &snapshot, None, area);
        steps += 1;
        assert!(steps < 9);
    }
    assert!(diagram.can_pan(Direction::Right), "the largest boxes do not fit");
    let mut steps = 0;
    while diagram.zoom(false) {
        draw(&mut diagram, &snapshot, None, area);
        steps += 1;
        assert!(steps < 9);
    }
    let smallest = draw(&mut diagram, &snapshot, None, area);
    assert!(ALL.into_iter().all(|d| !diagram.can_pan(d)), "one line each fits:\n{}", text(&smallest));
    diagram.zoom_to_fit();
    assert_eq!(draw(&mut diagram, &snapshot, None, area), fitting);
}

#[test]
fn dots_in_a_window_are_where_the_screen_shows_them() {
    let snapshot = scenes::many(50);
    let area = Rect::new(4, 3, 60, 14);
    let mut diagram = Diagram::default();
    for _ in 0..4 {
        let buf = draw(&mut diagram, &snapshot, None, area);
        assert!(!diagram.dots().is_empty());
        for dot in diagram.dots() {
            assert!(area.contains((dot.column, dot.row).into()));
            assert!("●◆↻◦×■▪· ◀▶↑↓0123456789".contains(buf[(dot.column, dot.row)].symbol()));
        }
        diagram.pan(9, 4);
    }
    let mut film = Film::new(60, 14);
    assert!(film.draw(&snapshot, Motion::Still).contains('▶'), "without motion, too");
}
