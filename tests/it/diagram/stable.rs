//! What is added or taken away does not throw the others about.

use super::motion::Film;
use super::scenes::{self, Scene};
use fivenines::sim::component::Kind;
use fivenines::sim::id::NodeId;
use fivenines::sim::snapshot::Snapshot;
use fivenines::tui::diagram::{Motion, Part};

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
    let now = columns(&film);
    assert!(in_order(&former, &now), "{former:?} became {now:?}");
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

/// Whether all parts that both pictures have stand in the same order in every column.
fn in_order(former: &[Vec<Part>], now: &[Vec<Part>]) -> bool {
    now.iter().all(|column| {
        former.iter().all(|old| {
            let ours = column.iter().filter(|p| old.contains(p));
            ours.eq(old.iter().filter(|p| column.contains(p)))
        })
    })
}

#[test]
fn a_part_more_disturbs_almost_nobody_where_a_new_picture_would() {
    let mut random = 7_u64;
    let mut next = move |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    let (mut kept, mut anew) = (0, 0);
    for _ in 0..100 {
        let nodes: Vec<(u8, u16)> = (0..7).map(|_| (next(6) as u8, 1 + next(3) as u16)).collect();
        let links: Vec<_> = (0..8).map(|_| (next(7) as usize, next(7) as usize, 0)).collect();
        let before = scenes::any(&nodes, &links);
        let more: Vec<_> = nodes.iter().copied().chain([(2, 1)]).collect();
        let after = scenes::any(&more, &links);
        let (mut film, mut new) = (Film::new(140, 45), Film::new(140, 45));
        film.draw(&before, Motion::Still);
        let former = columns(&film);
        film.draw(&after, Motion::Still);
        new.draw(&after, Motion::Still);
        kept += u32::from(in_order(&former, &columns(&film)));
        anew += u32::from(in_order(&former, &columns(&new)));
    }
    println!("{kept} of 100 kept, {anew} drawn anew");
    assert!(kept >= 90 && kept > anew, "{kept} of 100 kept, {anew} drawn anew");
}
