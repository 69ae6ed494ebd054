//! The diagram: what it shows of hand-built snapshots, and what must hold at every size.

mod effects;
mod following;
mod motion;
mod places;
mod scenes;
mod stable;
mod window;

use crate::app::text;
use fivenines::sim::component::Kind;
use fivenines::sim::id::NodeId;
use fivenines::sim::snapshot::{LinkStyle, ReplicaState, Snapshot};
use fivenines::tui::diagram::{Diagram, Direction, Motion, Part, View};
use fivenines::tui::glyph::to_ascii;
use fivenines::tui::theme::{Theme, ThemeKind};
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use scenes::Scene;

const DIRECTIONS: [Direction; 4] = [Direction::Left, Direction::Right, Direction::Up, Direction::Down];

struct Frame {
    diagram: Diagram,
    buf: Buffer,
}

fn draw(
    snapshot: &Snapshot,
    area: Rect,
    motion: Motion,
    selected: Option<Part>,
    neck: Option<&str>,
) -> Frame {
    let theme = Theme::new(ThemeKind::Dark);
    let bottleneck = snapshot.nodes.iter().find(|n| Some(&*n.name) == neck).map(|n| n.id);
    let mut buf = Buffer::empty(area);
    let mut diagram = Diagram::default();
    let view = View { snapshot, selected, bottleneck, motion, followed: None, theme: &theme };
    diagram.render(&view, area, &mut buf);
    Frame { diagram, buf }
}

/// The diagram of a snapshot as text.
pub fn picture(snapshot: &Snapshot, width: u16, height: u16) -> String {
    text(&draw(snapshot, Rect::new(0, 0, width, height), Motion::Requests, None, None).buf)
}

/// The three areas that the screens of 80x24, 120x35 and 200x60 leave for the diagram.
const AREAS: [(u16, u16); 3] = [(78, 15), (80, 28), (140, 45)];

#[track_caller]
fn check(name: &str, snapshot: &Snapshot, neck: Option<&str>) {
    for (width, height) in AREAS {
        let frame = draw(snapshot, Rect::new(0, 0, width, height), Motion::Requests, None, neck);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), text(&frame.buf));
    }
}

#[test]
fn monolith() {
    check("monolith", &scenes::monolith(), Some("server"));
}

#[test]
fn balanced() {
    check("balanced", &scenes::balanced(), Some("postgres"));
}

#[test]
fn replicated() {
    check("replicated", &scenes::replicated(), None);
}

#[test]
fn microservices() {
    check("microservices", &scenes::microservices(), Some("billing"));
}

#[test]
fn shared() {
    check("shared", &scenes::shared(), None);
}

#[test]
fn folded() {
    check("folded", &scenes::folded(), None);
}

#[test]
fn eighteen_nodes() {
    check("eighteen", &scenes::many(18), None);
}

#[test]
fn circle() {
    check("circle", &scenes::circle(), None);
}

#[test]
fn fifty_nodes_become_a_list_that_says_what_is_missing() {
    let frame = draw(&scenes::many(50), Rect::new(0, 0, 40, 5), Motion::Still, None, None);
    assert!(text(&frame.buf).contains("of 50 parts shown"), "{}", text(&frame.buf));
    assert!(!frame.diagram.parts().is_empty());
}

fn all_scenes() -> Vec<Snapshot> {
    vec![
        Snapshot::default(),
        scenes::monolith(),
        scenes::balanced(),
        scenes::replicated(),
        scenes::microservices(),
        scenes::folded(),
        scenes::many(18),
        scenes::circle(),
    ]
}

#[test]
fn every_size_is_survived() {
    for snapshot in [scenes::circle(), scenes::replicated()] {
        for (width, height) in (0..60).flat_map(|w| (0..30).map(move |h| (w, h))) {
            draw(&snapshot, Rect::new(0, 0, width, height), Motion::Requests, None, Some("db"));
        }
    }
    for snapshot in all_scenes() {
        for width in (0..60).step_by(3) {
            for height in (0..30).step_by(2) {
                let area = Rect::new(1, 2, width + u16::from(height % 4 == 0), height);
                draw(&snapshot, area, Motion::Flow { frame: 7 }, None, Some("web"));
            }
        }
        draw(&snapshot, Rect::new(0, 0, 300, 100), Motion::Requests, None, None);
    }
    draw(&scenes::many(50), Rect::new(0, 0, 300, 100), Motion::Requests, None, None);
    draw(&scenes::many(400), Rect::new(0, 0, 200, 60), Motion::Requests, None, None);
}

#[test]
fn an_area_outside_the_buffer_is_survived() {
    let theme = Theme::new(ThemeKind::Plain);
    let snapshot = scenes::balanced();
    let mut buf = Buffer::empty(Rect::new(0, 0, 30, 10));
    let view = View {
        snapshot: &snapshot,
        selected: None,
        bottleneck: None,
        motion: Motion::Still,
        followed: None,
        theme: &theme,
    };
    let mut diagram = Diagram::default();
    for area in [Rect::new(20, 5, 80, 24), Rect::new(90, 90, 5, 5), Rect::new(0, 0, 30, 10)] {
        diagram.render(&view, area, &mut buf);
    }
}

#[test]
fn every_flight_on_a_drawn_link_is_a_dot_of_its_own_on_a_line() {
    for snapshot in [scenes::monolith(), scenes::balanced(), scenes::replicated(), scenes::microservices()] {
        let area = Rect::new(0, 0, 140, 45);
        let frame = draw(&snapshot, area, Motion::Requests, None, None);
        let still = draw(&snapshot, area, Motion::Still, None, None);
        assert_eq!(still.diagram.dots().len(), 0);
        let mut flights: Vec<usize> = frame.diagram.dots().iter().map(|d| d.flight).collect();
        flights.dedup();
        assert_eq!(flights.len(), frame.diagram.dots().len());
        // All but the log entries "to the primary", which no line shows.
        let drawn = snapshot
            .flights
            .iter()
            .filter(|f| snapshot.links[f.link.index()].style != LinkStyle::Replication || f.to_replica != 0);
        assert_eq!(flights.len(), drawn.count());
        for dot in frame.diagram.dots() {
            let line = still.buf[(dot.column, dot.row)].symbol();
            assert!(
                "─━│┃╭╮╯╰├┤┬┴┼╌╎┈┊▶✗○┝┥┯┷┠┨┰┸┟┧┢┪┡┩┞┦┽┾┿┮┭┵┶┎┒┖┚┑┍┙┕┏┓┗┛┣┫┳┻╋╂╁╀╅╆╃╄╇╈╉╊╏╍".contains(line),
                "{line:?} under a dot"
            );
        }
    }
}

#[test]
fn a_dot_stands_where_its_flight_is() {
    let mut snapshot = scenes::monolith();
    snapshot.flights.truncate(1);
    let area = Rect::new(0, 0, 78, 15);
    let mut columns = Vec::new();
    for share in [0, 25, 50, 75, 100] {
        snapshot.flights[0].sent = snapshot.now;
        snapshot.flights[0].due = snapshot.now;
        let way = 1_000_000;
        snapshot.flights[0].sent.0 -= way * share / 100;
        snapshot.flights[0].due.0 += way - way * share / 100;
        columns.push(draw(&snapshot, area, Motion::Requests, None, None).diagram.dots()[0].column);
    }
    assert!(columns.is_sorted() && columns[0] < columns[4], "{columns:?}");
    snapshot.flights[0].reply = true;
    let back = draw(&snapshot, area, Motion::Requests, None, None).diagram.dots()[0].column;
    assert_eq!(back, columns[0], "a reply arrives where the request left");
}

#[track_caller]
fn check_steps(diagram: &Diagram) {
    let mut reached: Vec<Part> = diagram.step(None, Direction::Right).into_iter().collect();
    let mut next = 0;
    while let Some(&part) = reached.get(next) {
        for direction in DIRECTIONS {
            let there = diagram.step(Some(part), direction).expect("a part");
            if !reached.contains(&there) {
                reached.push(there);
            }
        }
        next += 1;
    }
    assert_eq!(reached.len(), diagram.parts().len());
}

#[test]
fn steps_reach_every_part() {
    for snapshot in all_scenes() {
        for (width, height) in [(78, 15), (140, 45), (30, 8)] {
            check_steps(&draw(&snapshot, Rect::new(0, 0, width, height), Motion::Still, None, None).diagram);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_system_is_drawn_without_overlap(
        nodes in prop::collection::vec((0..6_u8, 0..7_u16), 1..14),
        links in prop::collection::vec((0..14_usize, 0..14_usize, 0..3_u8), 0..24),
        (width, height) in (10..160_u16, 3..50_u16),
    ) {
        let snapshot = scenes::any(&nodes, &links);
        let area = Rect::new(2, 1, width, height);
        let frame = draw(&snapshot, area, Motion::Requests, None, None);
        check_steps(&frame.diagram);
        for dot in frame.diagram.dots() {
            prop_assert!(area.contains((dot.column, dot.row).into()));
            prop_assert_eq!(frame.diagram.part_at(dot.column, dot.row), None, "a dot in a box");
        }
    }
}

#[test]
fn the_layout_stands_still_while_figures_change() {
    let mut snapshot = scenes::replicated();
    let area = Rect::new(0, 0, 140, 45);
    let before = draw(&snapshot, area, Motion::Still, None, None);
    for node in &mut snapshot.nodes {
        node.arrival_rate = 0.0;
        node.queue = 3;
        node.replicas.iter_mut().for_each(|r| r.state = ReplicaState::Down);
    }
    snapshot.links.iter_mut().for_each(|l| l.rate = 7.0);
    let after = draw(&snapshot, area, Motion::Still, None, None);
    for y in 0..45 {
        for x in 0..140 {
            assert_eq!(before.diagram.part_at(x, y), after.diagram.part_at(x, y), "{x},{y}");
        }
    }
}

#[test]
fn state_selection_and_bottleneck_are_visible_without_colour() {
    let snapshot = scenes::balanced();
    for (width, height) in AREAS {
        let selected = Some(Part::Replica(NodeId(2), 1));
        let frame =
            draw(&snapshot, Rect::new(0, 0, width, height), Motion::Still, selected, Some("postgres"));
        let text = text(&frame.buf);
        for word in ["[web#2]", "✗", "DOWN", "▲", "BOTTLENECK", "98%"] {
            assert!(text.contains(word), "{word} is missing in\n{text}");
        }
    }
}

#[test]
fn ascii_shows_the_same_words() {
    let mut frame =
        draw(&scenes::microservices(), Rect::new(0, 0, 120, 30), Motion::Requests, None, Some("billing"));
    to_ascii(&mut frame.buf);
    let text = text(&frame.buf);
    assert!(text.is_ascii());
    for word in ["BOTTLENECK", "SILENT", "! billing", "backlog", "slow x5"] {
        assert!(text.contains(word), "{word} is missing in\n{text}");
    }
}

#[test]
fn hostile_names_stay_in_their_boxes() {
    let name = "\u{1b}[2J\u{202e}漢字漢字漢字-a-very-long-name-indeed";
    let snapshot = Scene::default()
        .node("clients", Kind::Client, f64::NAN, f64::NAN, 0)
        .node(name, Kind::Service, f64::INFINITY, f64::INFINITY, u32::MAX)
        .servers(3)
        .with(|n| n.queue_capacity = Some(0))
        .call("clients", name, f64::NAN)
        .flights()
        .0;
    for (width, height) in [(78, 15), (140, 45), (20, 6)] {
        let frame = draw(&snapshot, Rect::new(0, 0, width, height), Motion::Flow { frame: 3 }, None, None);
        let text = text(&frame.buf);
        assert!(!text.contains('\u{1b}') && !text.contains('漢') && !text.contains('\u{202e}'));
    }
}

#[test]
fn the_legend_fits_a_narrow_screen() {
    let theme = Theme::new(ThemeKind::Dark);
    for motion in [Motion::Requests, Motion::Flow { frame: 0 }, Motion::Still] {
        let width = Diagram::default().legend(motion, &theme).width();
        assert!(width <= 78, "{width}");
    }
}
