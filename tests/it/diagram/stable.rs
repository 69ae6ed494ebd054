//! What is added or taken away does not throw the others about.

use super::motion::Film;
use super::scenes::{self, Scene};
use fivenines::sim::component::Kind;
use fivenines::sim::id::NodeId;
use fivenines::sim::snapshot::Snapshot;
use fivenines::tui::diagram::{Motion, Part};
use proptest::prelude::*;

/// The parts from top to bottom, by the column they stand in.
fn columns(film: &Film) -> Vec<Vec<Part>> {
    let mut columns: Vec<(u16, Vec<Part>)> = Vec::new();
    for (part, x) in film.places() {
        match columns.iter_mut().find(|c| c.0 == x) {
            Some((_, all)) => all.push(part),
            None => columns.push((x, vec![part])),
        }
    }
    columns.into_iter().map(|c| c.1).collect()
}

/// Parts of the second picture that were in the first stand in the same order in every column.
#[track_caller]
fn check(before: &Snapshot, after: &Snapshot) {
    let mut film = Film::new(140, 45);
    film.draw(before, Motion::Still);
    let former = columns(&film);
    film.draw(after, Motion::Still);
    for column in columns(&film) {
        for old in &former {
            let ours: Vec<&Part> = column.iter().filter(|p| old.contains(p)).collect();
            let theirs: Vec<&Part> = old.iter().filter(|p| column.contains(p)).collect();
            assert_eq!(ours, theirs);
        }
    }
}

/// A gateway before services, the last of which has a database.
fn services(names: &[&str]) -> Snapshot {
    let mut scene = Scene::default()
        .node("clients", Kind::Client, 100.0, 0.0, 0)
        .node("gateway", Kind::LoadBalancer, 100.0, 0.2, 0)
        .call("clients", "gateway", 100.0);
    for name in names {
        scene = scene.node(name, Kind::Service, 20.0, 0.2, 0).call("gateway", name, 20.0);
    }
    scene.0
}

#[test]
fn a_node_more_or_less_leaves_the_others_in_their_order() {
    let few = services(&["auth", "bill", "cart"]);
    let more = services(&["auth", "bill", "cart", "mail"]);
    check(&few, &more);
    let mut less = more.clone();
    less.nodes[3].removed = true;
    less.links.iter_mut().filter(|l| l.to == NodeId(3)).for_each(|l| l.removed = true);
    check(&more, &less);
    check(&less, &more);
}

#[test]
fn a_database_for_one_of_them_moves_no_service() {
    let before = services(&["auth", "bill", "cart"]);
    let mut scene = Scene(before.clone()).node("auth-db", Kind::Database, 20.0, 0.2, 0);
    scene = scene.call("auth", "auth-db", 20.0);
    check(&before, &scene.0);
}

#[test]
fn a_server_more_or_less_leaves_the_others_in_their_order() {
    let three = scenes::replicated();
    for count in [1, 2, 4] {
        let mut other = three.clone();
        let node = other.nodes.remove(2);
        let resized = Scene(Snapshot { nodes: vec![node], ..Snapshot::default() }).servers(count);
        other.nodes.insert(2, resized.0.nodes[0].clone());
        check(&three, &other);
        check(&other, &three);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_part_without_links_disturbs_nobody(
        nodes in prop::collection::vec((0..6_u8, 1..4_u16), 2..9),
        links in prop::collection::vec((0..9_usize, 0..9_usize, 0..1_u8), 0..12),
    ) {
        let before = scenes::any(&nodes, &links);
        let mut more = nodes.clone();
        more.push((2, 1));
        // The same links: they are counted from the former number of nodes.
        let links: Vec<_> = links.iter().map(|&(a, b, s)| (a % nodes.len(), b % nodes.len(), s)).collect();
        check(&before, &scenes::any(&more, &links));
    }
}
