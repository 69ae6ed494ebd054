//! What wins can be made: every solution by knobs that the keys turn, or by options that the pause offers.

use std::sync::Arc;

use fivenines::level::scene::Scene;
use fivenines::session::Session;
use fivenines::sim::change::Change;
use fivenines::sim::topology::Topology;
use fivenines::sim::value::Value;
use fivenines::tui::knob::step;

use super::shelf;

/// Presses of one key that somebody makes at most.
const PATIENCE: usize = 40;

/// Whether presses of one key bring a knob to a value.
fn turns_to(session: &Session, sizes: &Topology, target: &str, knob: &str, wanted: &Value) -> bool {
    let Some(first) = session.knob_rows(target).into_iter().find(|r| r.name == knob && r.free) else {
        return false;
    };
    [true, false].into_iter().any(|up| {
        let mut row = first.clone();
        (0..PATIENCE).any(|_| {
            let next = step(&row, up, sizes);
            let stays = next.is_none();
            row.value = next.or(row.value.take());
            !stays && row.value.as_ref() == Some(wanted)
        })
    })
}

fn offered(scene: &Scene, change: &Change) -> bool {
    scene.options.iter().any(|o| o.changes.contains(change))
}

#[test]
fn every_solution_can_be_made_with_the_keys() {
    let (mut faults, mut looked) = (Vec::new(), 0);
    for level in shelf() {
        for (index, scene) in level.scenes.iter().enumerate().filter(|(_, s)| s.is_challenge()) {
            let session = Session::open(Arc::clone(&level), index).unwrap();
            for (solution, change) in
                scene.solutions.iter().flat_map(|s| s.changes.iter().map(move |c| (s, c)))
            {
                looked += 1;
                let made = match change {
                    Change::Set { target, knob, value: Some(value) } => {
                        turns_to(&session, &level.topology, target, knob, value)
                    }
                    _ => false,
                };
                if !made && !offered(scene, change) {
                    faults.push(format!("{}/{} {}: {change:?}", level.id, scene.id, solution.name));
                }
            }
        }
    }
    assert!(looked > 20, "{looked} changes");
    assert!(faults.is_empty(), "{} cannot be made:\n{}", faults.len(), faults.join("\n"));
}
