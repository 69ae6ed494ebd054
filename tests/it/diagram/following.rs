//! One request followed hop by hop: what the engine says of it, and how it looks.

use super::{AREAS, scenes, text};
use crate::stage::build;
use fivenines::sim::id::{LinkId, NodeId};
use fivenines::sim::outcome::Reason;
use fivenines::sim::simulation::Simulation;
use fivenines::sim::snapshot::Snapshot;
use fivenines::sim::time::Time;
use fivenines::sim::whereabouts::{KeptBack, Place, Whereabouts};
use fivenines::tui::diagram::{Diagram, Follow, Motion, View};
use fivenines::tui::theme::{Theme, ThemeKind};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// One worker, twice too slow: requests pile up.
const SHOP: &str = "format = 1\nduration = \"60s\"\nseed = 5\n\
    [node.users.client]\nrate = \"100/s\"\npatience = \"20s\"\narrivals = \"paced\"\n\
    [node.web.service]\nworkers = 1\nqueue_capacity = 9\nwork = { constant = \"20ms\" }\ncalls = [{ to = \"db\" }]\n\
    [node.db.database]\nread = { constant = \"5ms\" }\n\
    [[link]]\nfrom = \"users\"\nto = \"web\"\nlatency = { constant = \"4ms\" }\n\
    [[link]]\nfrom = \"web\"\nto = \"db\"\nlatency = { constant = \"1ms\" }\n";

/// The captions of a request from its first sight to its end, each once in a row; the ages are cut off.
fn captions(mut sim: Simulation, number: u64) -> Vec<String> {
    let mut follow = Follow::new(NodeId(0), number);
    let mut all: Vec<String> = Vec::new();
    let mut begun = false;
    while !follow.is_over() {
        sim.advance(sim.now() + Time::from_ns(500_000), u64::MAX);
        let found = sim.whereabouts(NodeId(0), number);
        let snapshot = sim.snapshot();
        if let Some(Whereabouts { place: Place::OnTheWay { link, sent, due, back, .. }, .. }) = found {
            let mine = |f: &&fivenines::sim::snapshot::Flight| f.request == Some(number) && f.link == link;
            let flight = snapshot.flights.iter().find(mine).expect("its dot is on the wire");
            assert_eq!((flight.sent, flight.due, flight.reply), (sent, due, back));
            assert_eq!(flight.client, Some(NodeId(0)));
        }
        begun |= found.is_some();
        if begun {
            follow.update(found);
        }
        let caption = follow.caption(&snapshot);
        let age = caption.rsplit_once(", ").filter(|c| c.1.ends_with("so far"));
        let caption = age.map_or(caption.clone(), |c| c.0.to_owned());
        if all.last() != Some(&caption) {
            all.push(caption);
        }
        assert!(sim.now() < Time::from_secs(60), "it never ends: {all:?}");
    }
    all
}

#[test]
fn a_request_is_followed_from_hop_to_hop_until_it_is_answered() {
    let said = captions(build(SHOP), 0);
    let expected = [
        "#0: is about to begin",
        "#0: on its way to web",
        "#0: in work at web",
        "#0: on its way to db",
        "#0: in work at db",
        "#0: answer of db on its way back to web",
        "#0: answer of web on its way back to users",
        "#0: answered after 35ms",
    ];
    assert_eq!(said, expected);
}

#[test]
fn one_in_a_queue_moves_up_and_one_without_a_place_is_turned_away() {
    let waits = captions(build(SHOP), 4).join("\n");
    let third = waits.find("3rd in line").unwrap_or_else(|| panic!("{waits}"));
    let second = waits.find("2nd in line").unwrap_or_else(|| panic!("{waits}"));
    let next = waits.find("next in line").unwrap_or_else(|| panic!("{waits}"));
    assert!(third < second && second < next, "{waits}");
    // With a request every 10 ms and an answer every 26, more than half find the queue full.
    let mut late = (60..64).map(|number| captions(build(SHOP), number).join("\n"));
    let refused = late.find(|said| said.contains("turned away by web: its queue is full"));
    let refused = refused.expect("one that finds the queue full");
    assert!(refused.ends_with("failed after 8ms: queue full"), "{refused}");
}

#[test]
fn looking_for_a_request_does_not_disturb_the_run() {
    let (mut looked_at, mut alone) = (build(SHOP), build(SHOP));
    for number in 0..400 {
        looked_at.advance(looked_at.now() + Time::from_ms(5), u64::MAX);
        looked_at.whereabouts(NodeId(0), number / 2);
    }
    alone.advance(looked_at.now(), u64::MAX);
    assert_eq!(looked_at.digest(), alone.digest());
    assert_eq!(looked_at.whereabouts(NodeId(0), 1_000_000), None);
    assert_eq!(looked_at.whereabouts(NodeId(1), 0), None, "a service has no requests of its own");
}

fn picture(snapshot: &Snapshot, follow: &Follow, (width, height): (u16, u16)) -> String {
    let theme = Theme::new(ThemeKind::Dark);
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    let followed = Some(follow);
    let motion = Motion::Requests;
    let view = View { snapshot, selected: None, bottleneck: None, motion, followed, theme: &theme };
    Diagram::default().render(&view, buf.area, &mut buf);
    text(&buf)
}

fn at(place: Place) -> Follow {
    let mut follow = Follow::new(NodeId(0), 4711);
    let born = Time::from_ms(41_988);
    follow.update(Some(Whereabouts { client: NodeId(0), number: 4711, write: false, born, place }));
    follow
}

#[test]
fn the_followed_request_is_labelled_and_its_caption_says_what_happens() {
    let mut snapshot = scenes::balanced();
    snapshot.flights.truncate(3);
    let (lb, web, db) = (NodeId(1), NodeId(2), NodeId(3));
    let (sent, due) = (Time::from_ms(41_990), Time::from_ms(42_010));
    let (link, from, to) = (LinkId(1), (lb, 0), (web, 2));
    let on_the_way = at(Place::OnTheWay { link, from, to, sent, due, back: false, failed: None });
    let waits = at(Place::Waits { at: (db, 0), ahead: Some(2) });
    for size in AREAS {
        let text = picture(&snapshot, &on_the_way, size);
        insta::assert_snapshot!(format!("followed_{}x{}", size.0, size.1), text);
        let text = picture(&snapshot, &waits, size);
        assert!(text.contains("#4711: waits at postgres, 3rd in line, 12ms so far"), "{text}");
        assert_eq!(text.matches("#4711").count(), 2, "beside the box, and in the caption:\n{text}");
    }
}

#[test]
fn every_place_has_words() {
    let snapshot = scenes::balanced();
    let (lb, web) = ((NodeId(1), 0), (NodeId(2), 1));
    let (link, sent, due) = (LinkId(1), Time::from_ms(41_990), Time::from_ms(42_010));
    let failed = Some(Reason::Error);
    for (place, expected) in [
        (Place::InWork { at: web }, "in work at web#2"),
        (Place::Waits { at: web, ahead: None }, "waits at web#2"),
        (Place::Lost { at: web }, "nobody will answer"),
        (
            Place::KeptBack { at: lb, to: web.0, why: KeptBack::NoConnection },
            "waits at lb for a connection to web",
        ),
        (Place::KeptBack { at: lb, to: web.0, why: KeptBack::Backoff }, "failed once"),
        (
            Place::OnTheWay { link, from: lb, to: web, sent, due, back: true, failed },
            "failure of web#2 on its way back: error",
        ),
    ] {
        let caption = at(place).caption(&snapshot);
        assert!(caption.contains(expected), "{caption}");
        // Every place can be drawn, at any size.
        for size in [(78, 15), (30, 8), (5, 2), (0, 0)] {
            picture(&snapshot, &at(place), size);
        }
    }
}

#[test]
fn a_request_to_follow_is_found_on_the_wire_one_after_the_other() {
    let snapshot = scenes::monolith();
    let first = Follow::next(&snapshot, None).expect("there are flights");
    assert_eq!(first.request(), (NodeId(0), 11), "the one that set off latest");
    let again = Follow::next(&snapshot, Some(&Follow::new(NodeId(0), 3))).expect("another");
    assert_eq!(again.request(), (NodeId(0), 4));
    assert!(Follow::next(&Snapshot::default(), None).is_none());
}
