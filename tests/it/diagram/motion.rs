//! What moves: the flow is true to scale, never jumps, and stands still when nothing happens.

use super::scenes;
use crate::app::text;
use fivenines::sim::snapshot::Snapshot;
use fivenines::sim::time::Time;
use fivenines::tui::diagram::{Diagram, Motion, Part, View};
use fivenines::tui::theme::{Theme, ThemeKind};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// A diagram over many frames.
pub struct Film {
    diagram: Diagram,
    buf: Buffer,
    theme: Theme,
}

impl Film {
    pub fn new(width: u16, height: u16) -> Self {
        let (diagram, theme) = (Diagram::default(), Theme::new(ThemeKind::Dark));
        Self { diagram, buf: Buffer::empty(Rect::new(0, 0, width, height)), theme }
    }
    pub fn draw(&mut self, snapshot: &Snapshot, motion: Motion) -> String {
        let view =
            View { snapshot, selected: None, bottleneck: None, motion, followed: None, theme: &self.theme };
        self.diagram.render(&view, self.buf.area, &mut self.buf);
        text(&self.buf)
    }
    /// The parts and the columns where their boxes begin, from top to bottom.
    pub fn places(&self) -> Vec<(Part, u16)> {
        let mut places: Vec<(u16, Part, u16)> = Vec::new();
        for y in 0..self.buf.area.height {
            for x in 0..self.buf.area.width {
                if let Some(part) = self.diagram.part_at(x, y)
                    && !places.iter().any(|p| p.1 == part)
                {
                    places.push((y, part, x));
                }
            }
        }
        places.into_iter().map(|(_, part, x)| (part, x)).collect()
    }
    /// So many frames of the flow, each of so much simulated time; the last one.
    fn flow(&mut self, snapshot: &mut Snapshot, frames: u64, step: Time) -> String {
        let mut last = String::new();
        for frame in 1..=frames {
            snapshot.now += step;
            last = self.draw(snapshot, Motion::Flow { frame });
        }
        last
    }
    /// Calls that a dot stands for, by the legend.
    fn scale(&self) -> f64 {
        let legend = self.diagram.legend(Motion::Flow { frame: 0 }, &self.theme).to_string();
        let words = legend.split("= ").nth(1).unwrap_or_else(|| panic!("no scale in {legend}"));
        match words.split(' ').next() {
            Some("a") => 1.0,
            Some(number) => number.parse().expect("a number"),
            None => panic!("no scale in {legend}"),
        }
    }
}

/// Dots of any sort in a row of the picture, left of a column.
fn dots(picture: &str, row: usize, before: usize) -> usize {
    let line = picture.lines().nth(row).unwrap_or_default();
    line.chars().take(before).filter(|c| "●◆↻×■▪".contains(*c)).count()
}

#[test]
fn each_dot_of_the_flow_stands_for_as_many_calls_as_the_legend_says() {
    let mut snapshot = scenes::monolith();
    snapshot.flights.clear();
    let mut film = Film::new(120, 15);
    let still = film.draw(&snapshot, Motion::Still);
    let row = still.lines().position(|l| l.contains('▶')).expect("a line");
    let line: Vec<char> = still.lines().nth(row).unwrap().chars().collect();
    let arrow = line.iter().position(|c| *c == '▶').unwrap();
    let start = line.iter().position(|c| "─━".contains(*c)).unwrap();
    for rate in [3.0, 240.0, 90_000.0] {
        let node = &mut snapshot.nodes;
        (node[0].arrival_rate, node[1].arrival_rate, node[1].queue) = (rate, rate, 0);
        node[1].replicas[0].arrival_rate = rate;
        snapshot.links[0].rate = rate;
        let step = Time::from_ms(40);
        let picture = film.flow(&mut snapshot, 400, step);
        // A cell takes two frames.
        let calls_on_the_line = rate * ((arrow - start) * 2) as f64 * step.secs();
        let expected = calls_on_the_line / film.scale();
        let seen = dots(&picture, row, arrow) as f64;
        assert!((seen - expected).abs() <= 1.0, "{seen} dots, {expected} expected at {rate}/s:\n{picture}");
    }
}

#[test]
fn nothing_moves_where_no_time_passes() {
    let mut snapshot = scenes::microservices();
    let mut film = Film::new(140, 45);
    let before = film.flow(&mut snapshot, 50, Time::from_ms(40));
    assert_eq!(film.draw(&snapshot, Motion::Flow { frame: 50 }), before);
}

#[test]
fn single_requests_go_on_as_dots_of_the_flow_and_the_flow_runs_out_among_them() {
    let mut snapshot = scenes::microservices();
    let mut film = Film::new(140, 45);
    let requests = film.draw(&snapshot, Motion::Requests);
    assert_eq!(film.draw(&snapshot, Motion::Flow { frame: 1 }), requests, "no dot jumps");
    film.flow(&mut snapshot, 60, Time::from_ms(40));
    snapshot.flights.clear();
    let none = Film::new(140, 45).draw(&snapshot, Motion::Requests);
    snapshot.now += Time::from_ms(1);
    assert_ne!(film.draw(&snapshot, Motion::Requests), none, "some are still under way");
    for _ in 0..14 {
        snapshot.now += Time::from_ms(1);
        film.draw(&snapshot, Motion::Requests);
    }
    assert_eq!(film.draw(&snapshot, Motion::Requests), none, "half a second later they are gone");
    film.flow(&mut snapshot, 60, Time::from_ms(40));
    assert_eq!(film.draw(&snapshot, Motion::Requests), none, "where the clock stands, at once");
}

#[test]
fn the_flow_tells_writes_retries_and_failures_apart() {
    let mut snapshot = scenes::monolith();
    snapshot.flights.retain(|f| f.link.index() == 0 && !f.reply);
    (snapshot.links[0].failure_rate, snapshot.links[0].retry_rate) = (48.0, 60.0);
    let mut film = Film::new(140, 20);
    let mut seen: Vec<char> = Vec::new();
    for frame in 1..300 {
        snapshot.now += Time::from_ms(40);
        let picture = film.draw(&snapshot, Motion::Flow { frame });
        seen.extend(picture.chars().filter(|c| "●◆↻×".contains(*c)));
    }
    let count = |c| seen.iter().filter(|s| **s == c).count();
    for mark in ['●', '◆', '↻', '×'] {
        assert!(count(mark) * 20 > seen.len(), "{mark}: {} of {}", count(mark), seen.len());
    }
}
