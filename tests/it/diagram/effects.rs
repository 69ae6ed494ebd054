//! What is seen happening, and that it is over within a second and never moves by itself.

use super::motion::Film;
use super::scenes;
use crate::stage::build;
use fivenines::sim::change::{Change, Target};
use fivenines::sim::snapshot::{CutView, Extra, ReplicaState, Snapshot};
use fivenines::sim::time::Time;
use fivenines::tui::diagram::Motion;

/// Frames after which an effect is over: less than a second at 30 a second.
const FRAMES: u64 = 24;

/// Draws a picture, then the changed one at later instants. Returns the first and the middle frame of the change, and
/// the one after its end.
fn film(before: &Snapshot, motion: Motion, change: impl Fn(&mut Snapshot)) -> [String; 3] {
    let mut film = Film::new(140, 45);
    film.draw(before, motion);
    let mut after = before.clone();
    change(&mut after);
    let mut frames = Vec::new();
    for _ in 0..=FRAMES {
        after.now += Time::from_ns(1000);
        frames.push(film.draw(&after, motion));
        assert_eq!(frames.last(), Some(&film.draw(&after, motion)), "it moves while the clock stands");
    }
    let plain = Film::new(140, 45).draw(&after, motion);
    let end = frames.pop().unwrap_or_default();
    assert_eq!(end, plain, "something is left");
    [frames.swap_remove(0), frames.swap_remove(12), end]
}

#[track_caller]
fn check(before: &Snapshot, change: impl Fn(&mut Snapshot) + Copy, sign: &str) {
    let [first, middle, end] = film(before, Motion::Requests, change);
    assert!(first.contains(sign), "{sign} is missing in\n{first}");
    assert_ne!(middle, end, "half a second later it is still going on");
    let [still, _, after] = film(before, Motion::Still, change);
    assert_eq!(still, after, "nothing moves where nothing may");
}

/// Without what moves anyway.
fn quiet(mut snapshot: Snapshot) -> Snapshot {
    snapshot.flights.clear();
    snapshot
}

#[test]
fn a_frame_crumbles_when_its_server_falls_and_is_drawn_anew_when_it_comes_back() {
    let all_up = quiet(scenes::replicated());
    check(&all_up, |s| s.nodes[2].replicas[1].state = ReplicaState::Down, "▓");
    let mut one_down = all_up.clone();
    one_down.nodes[2].replicas[1].state = ReplicaState::Starting;
    check(&one_down, |s| s.nodes[2].replicas[1].state = ReplicaState::Up, "····");
}

#[test]
fn a_replica_that_becomes_the_primary_says_so() {
    let fail_over = |s: &mut Snapshot| {
        let servers = &mut s.nodes[4].replicas;
        servers[0].state = ReplicaState::Down;
        (servers[0].follows, servers[1].follows, servers[2].follows) = (Some(1), None, Some(1));
        (servers[0].name, servers[1].name) = (servers[1].name.clone(), servers[0].name.clone());
    };
    check(&quiet(scenes::replicated()), fail_over, "★ new primary");
    let [_, _, end] = film(&quiet(scenes::replicated()), Motion::Still, fail_over);
    let down = end.lines().position(|l| l.contains("✗ db#replica-1")).expect("the former primary");
    assert!(end.lines().nth(down).is_some_and(|l| !l.contains("db#primary")), "it stands behind the new one");
}

#[test]
fn a_bad_release_and_a_cut_are_seen() {
    let quiet_one = quiet(scenes::balanced());
    check(&quiet_one, |s| s.nodes[2].extra.push(Extra { label: "release", text: "bad".into() }), "▓");
    let sides = [vec![(quiet_one.nodes[1].id, None)], vec![(quiet_one.nodes[2].id, None)]];
    let cut = |s: &mut Snapshot| s.cuts = vec![CutView { sides: sides.clone() }];
    let [first, _, end] = film(&quiet_one, Motion::Requests, cut);
    assert_eq!(first, end, "its words are the same from the first moment on: only their colour changes");
    assert!(first.contains("do not reach each other"), "{first}");
}

#[test]
fn servers_that_are_added_or_taken_out_are_seen() {
    let three = quiet(scenes::replicated());
    check(&three, |s| s.nodes[2].replicas.truncate(2), "·····");
    let mut two = three.clone();
    two.nodes[2].replicas.truncate(2);
    check(&two, |s| s.nodes[2].replicas = three.nodes[2].replicas.clone(), "····");
}

const SHOP: &str = "format = 1\nduration = \"60s\"\nseed = 5\n\
    [node.users.client]\nrate = \"100/s\"\n\
    [node.web.service]\nworkers = 20\nwork = { constant = \"2ms\" }\n\
    calls = [{ to = \"cache\", on_miss = \"db\" }]\n\
    [node.cache.cache]\ncapacity = 1000\n\
    [node.db.database]\nread = { constant = \"5ms\" }\n\
    [[link]]\nfrom = \"users\"\nto = \"web\"\nlatency = { constant = \"2ms\" }\n";

#[test]
fn what_happens_in_a_run_is_seen() {
    let mut sim = build(SHOP);
    sim.advance(Time::from_secs(3), u64::MAX);
    let mut film = Film::new(140, 45);
    let mut next = |change: Option<Change>| {
        if let Some(change) = change {
            sim.apply(&change).unwrap();
        }
        sim.advance(sim.now() + Time::from_ms(1), u64::MAX);
        film.draw(&sim.snapshot(), Motion::Requests)
    };
    assert!(!next(None).contains("emptied"));
    assert!(next(Some(Change::Flush { name: "cache".into() })).contains("emptied"));
    for _ in 0..FRAMES {
        next(None);
    }
    assert!(!next(None).contains("emptied"));
    let web = Target { name: "web".into(), replica: None };
    assert!(next(Some(Change::Crash(web))).contains("▓"));
}
