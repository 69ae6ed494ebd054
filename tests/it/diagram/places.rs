//! Where things are: frames around what shares a machine or a zone, and the sides of a cut network.

use super::scenes::{self, Scene};
use super::{AREAS, check, draw, picture};
use crate::stage::build;
use fivenines::sim::change::{Change, Target};
use fivenines::sim::component::Kind;
use fivenines::sim::id::NodeId;
use fivenines::sim::snapshot::{CutView, Flight, HostView, LinkFault, LinkStyle, ReplicaState, Snapshot};
use fivenines::sim::time::Time;
use fivenines::tui::diagram::Motion;
use ratatui::layout::Rect;

const GIB: u64 = 1 << 30;

/// A shop and its database on one machine.
fn one_box(memory_used: u64) -> Snapshot {
    let mut snapshot = Scene::default()
        .node("users", Kind::Client, 60.0, 0.0, 0)
        .node("nightly", Kind::Client, 0.0, 0.0, 0)
        .node("web", Kind::Service, 60.0, 0.6, 2)
        .with(|n| n.host = Some("box".into()))
        .node("report", Kind::Service, 0.0, 0.2, 0)
        .with(|n| n.host = Some("box".into()))
        .node("db", Kind::Database, 120.0, 0.7, 1)
        .with(|n| n.host = Some("box".into()))
        .call("users", "web", 60.0)
        .call("nightly", "report", 0.0)
        .call("web", "db", 120.0)
        .call("report", "db", 0.0)
        .flights()
        .history()
        .0;
    let name = "box".into();
    snapshot.hosts = vec![HostView { name, zone: None, memory: 8 * GIB, memory_used, down: false }];
    snapshot
}

/// Two balancers before four servers in two zones.
fn zones() -> Snapshot {
    let mut snapshot = Scene::default()
        .node("users", Kind::Client, 180.0, 0.0, 0)
        .node("lb", Kind::LoadBalancer, 180.0, 0.1, 0)
        .servers(2)
        .node("web", Kind::Service, 180.0, 0.45, 0)
        .servers(4)
        .call("users", "lb", 180.0)
        .call("lb", "web", 180.0)
        .flights()
        .history()
        .0;
    for node in &mut snapshot.nodes[1..] {
        for server in &mut node.replicas {
            server.zone = Some(if server.index % 2 == 0 { "a" } else { "b" }.into());
        }
    }
    snapshot
}

/// A database whose second copy, and one of two services, are cut off from the rest.
fn cut() -> Snapshot {
    let mut snapshot = Scene::default()
        .node("east", Kind::Client, 80.0, 0.0, 0)
        .node("west", Kind::Client, 40.0, 0.0, 0)
        .node("web-e", Kind::Service, 80.0, 0.2, 0)
        .node("web-w", Kind::Service, 40.0, 0.1, 0)
        .node("db", Kind::Database, 100.0, 0.3, 0)
        .servers(3)
        .call("east", "web-e", 80.0)
        .call("west", "web-w", 40.0)
        .call("web-e", "db", 80.0)
        .call("web-w", "db", 20.0)
        .link("db", "db", LinkStyle::Replication, 30.0)
        .flights()
        .history()
        .0;
    let east = vec![(NodeId(0), None), (NodeId(2), None), (NodeId(4), Some(0)), (NodeId(4), Some(1))];
    let west = vec![(NodeId(1), None), (NodeId(3), None), (NodeId(4), Some(2))];
    snapshot.cuts = vec![CutView { sides: [east, west] }];
    let whole = snapshot.clone();
    let ends = |f: &Flight| {
        let link = &whole.links[f.link.index()];
        ((link.from, f.from_replica), (link.to, f.to_replica))
    };
    snapshot.flights.retain(|f| !whole.is_cut(ends(f).0, ends(f).1));
    snapshot
}

#[test]
fn a_machine_is_a_frame() {
    check("one_box", &one_box(2 * GIB), None);
}

#[test]
fn zones_are_frames() {
    check("zones", &zones(), None);
}

#[test]
fn a_cut_network() {
    check("cut", &cut(), None);
}

#[test]
fn memory_is_said_in_the_frame_and_warns_when_it_runs_out() {
    for (used, expected) in [(0, "┌ host box ─"), (4, "memory 4/8 GiB"), (8, "▲ host box  memory 8/8 GiB")]
    {
        let text = picture(&one_box(used * GIB), 80, 17);
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
    let mut down = one_box(GIB);
    down.hosts[0].down = true;
    assert!(picture(&down, 80, 17).contains("✗ host box DOWN"));
}

#[test]
fn a_dark_zone_says_so() {
    let mut snapshot = zones();
    for server in snapshot.nodes.iter_mut().flat_map(|n| &mut n.replicas) {
        if server.zone.as_deref() == Some("b") {
            server.state = ReplicaState::Silent;
        }
    }
    let text = picture(&snapshot, 80, 28);
    assert!(text.contains("✗ zone b DARK") && text.contains("┌ zone a ─"), "{text}");
}

#[test]
fn where_no_frame_fits_the_boxes_say_where_they_are() {
    let text = picture(&one_box(GIB), 44, 9);
    assert!(!text.contains('┌'), "there is no room for a frame:\n{text}");
    assert_eq!(text.matches("@box").count(), 2, "where the name leaves room:\n{text}");
    let mut folded = scenes::folded();
    for server in &mut folded.nodes[2].replicas {
        server.zone = Some(if server.index < 4 { "a" } else { "b" }.into());
    }
    let text = picture(&folded, 140, 45);
    assert!(text.contains("@a+b"), "{text}");
}

#[test]
fn frames_hold_their_own_boxes_and_no_others() {
    for snapshot in [one_box(GIB), zones()] {
        for (width, height) in AREAS {
            let frame = draw(&snapshot, Rect::new(0, 0, width, height), Motion::Still, None, None);
            // The borders are drawn before everything else: where a box covered one, a corner would be missing.
            let corners: Vec<char> =
                super::text(&frame.buf).chars().filter(|c| "┌┐└┘".contains(*c)).collect();
            let count = |c| corners.iter().filter(|x| **x == c).count();
            assert!(['┐', '└', '┘'].iter().all(|c| count(*c) == count('┌')), "{corners:?}");
        }
    }
}

#[test]
fn every_box_of_a_cut_network_tells_its_side_and_no_line_between_them_carries_anything() {
    let snapshot = cut();
    for (width, height) in AREAS {
        let text = picture(&snapshot, width, height);
        // Each of the three servers and of the four others, and the sentence below.
        assert_eq!(text.matches("╳A").count(), 5, "{text}");
        assert_eq!(text.matches("╳B").count(), 4, "{text}");
        assert!(text.contains("do not reach each other"));
    }
    let mut simple = scenes::monolith();
    simple.flights.clear();
    simple.cuts = vec![CutView { sides: [vec![(NodeId(1), None)], vec![(NodeId(2), Some(0))]] }];
    let text = picture(&simple, 140, 45);
    assert!(text.contains("╳ cut ╳"), "{text}");
}

#[test]
fn a_link_says_what_ails_it() {
    let with = |fault: LinkFault, open: f64| {
        let mut snapshot = scenes::monolith();
        snapshot.flights.clear();
        (snapshot.links[0].fault, snapshot.links[1].breaker_open) = (fault, open);
        picture(&snapshot, 140, 20)
    };
    let none = LinkFault::default();
    for (fault, open, expected) in [
        (LinkFault { loss: 0.3, ..none }, 0.0, "× 30% lost"),
        (LinkFault { delay: Time::from_ms(200), ..none }, 0.0, "+200ms late"),
        (LinkFault { stalled: true, ..none }, 0.0, "stalled"),
        (none, 0.5, "breaker open"),
    ] {
        let text = with(fault, open);
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
    assert_eq!(with(none, 0.0), with(none, -1.0), "nothing ails it");
}

#[test]
fn a_pipeline_says_what_it_does_instead_of_how_full_it_is() {
    let picture = |now: &str| {
        let snapshot = Scene::default()
            .node("ci", Kind::Pipeline, 0.0, 0.0, 18)
            .with(|n| n.replicas[0].workers = None)
            .extra("now", now)
            .extra("releases", "42")
            .extra("lead time", "3.5h")
            .0;
        picture(&snapshot, 80, 28)
    };
    let builds = picture("builds");
    assert!(builds.contains("builds") && builds.contains("42 releases") && builds.contains("lead 3.5h"));
    assert!(!builds.contains('%'), "{builds}");
    assert!(picture("rolls back").contains("! ci"), "a bad release is marked");
}

const SHOP: &str = "format = 1\nduration = \"60s\"\nseed = 5\n\
    [host.box]\nsize = \"m\"\nzone = \"c\"\n\
    [node.users.client]\nrate = \"100/s\"\n\
    [node.web.service]\nreplicas = 3\nworkers = 4\nwork = { exponential = \"10ms\" }\n\
    calls = [{ to = \"db\" }]\nzones = [\"a\", \"b\"]\n\
    [node.db.database]\nread = { exponential = \"2ms\" }\nreplicas = 1\n\
    [node.report.service]\nhost = \"box\"\nwork = { constant = \"5ms\" }\nmemory_per_request = \"1GB\"\n\
    [[link]]\nfrom = \"users\"\nto = \"web\"\nlatency = { constant = \"2ms\" }\n\
    [[link]]\nfrom = \"users\"\nto = \"report\"\n";

#[test]
fn a_run_says_where_its_servers_are_and_what_is_cut() {
    let mut sim = build(SHOP);
    sim.advance(Time::from_ms(5_003), u64::MAX);
    let picture = sim.snapshot();
    let zones: Vec<_> = picture.nodes[1].replicas.iter().map(|r| r.zone.as_deref()).collect();
    assert_eq!(zones, [Some("a"), Some("b"), Some("a")]);
    assert_eq!((&*picture.hosts[0].name, picture.hosts[0].zone.as_deref()), ("box", Some("c")));
    assert_eq!(picture.hosts[0].memory, 8 * GIB);
    assert!(picture.hosts[0].memory_used > 0, "a report is being made at this instant");
    assert_eq!(picture.nodes[2].replicas.iter().map(|r| r.follows).collect::<Vec<_>>(), [None, Some(0)]);
    assert!(picture.cuts.is_empty());
    let target = |name: &str, replica| vec![Target { name: name.into(), replica }];
    sim.apply(&Change::Partition { groups: vec![target("web", Some(1)), target("db", None)] }).unwrap();
    sim.apply(&Change::Loss { target: "users->web".into(), share: 0.25 }).unwrap();
    let picture = sim.snapshot();
    let (web, db) = (NodeId(1), NodeId(2));
    assert!(picture.is_cut((web, 1), (db, 0)) && picture.is_cut((db, 1), (web, 1)));
    assert!(!picture.is_cut((web, 0), (db, 0)));
    assert_eq!(picture.links[0].fault, LinkFault { loss: 0.25, ..LinkFault::default() });
}
