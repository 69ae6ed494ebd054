//! The knobs of the selected part, and which of them is being changed.

use crate::level::words;
use crate::session::{KnobRow, Session};
use crate::sim::change::Change;
use crate::sim::value::Value;

use super::knob;

/// A knob and whose it is.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The node's name, or `from->to`.
    pub target: String,
    /// The knob's name on screen.
    pub label: String,
    /// Its value, ready to show.
    pub value: String,
    /// The knob.
    pub row: KnobRow,
}

/// The knobs of a part and of the links that leave it.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    /// Those that may be changed come first.
    pub slots: Vec<Slot>,
    /// The one that the keys change.
    pub chosen: usize,
    /// The keys change knobs.
    pub open: bool,
}

impl Desk {
    /// Reads the knobs of a node again.
    pub fn read(&mut self, session: &Session, node: Option<&str>) {
        self.slots = node.map_or(Vec::new(), |name| slots(session, name));
        if self.free() == 0 {
            self.open = false;
        }
        self.chosen = self.chosen.min(self.free().saturating_sub(1));
    }
    /// How many knobs may be changed.
    pub fn free(&self) -> usize {
        self.slots.iter().filter(|s| s.row.free).count()
    }
    /// The change of one press; `None` where the knob is at its end.
    pub fn change(&self, session: &Session, up: bool) -> Option<Change> {
        self.change_at(session, self.chosen, up)
    }
    /// The place of the part's own knob of this name, if it may be changed.
    pub fn place_of(&self, knob: &str) -> Option<usize> {
        self.slots.iter().position(|s| s.row.free && s.row.name == knob && !s.target.contains("->"))
    }
    /// The change of one press at the knob in a place; `None` where it is at its end.
    pub fn change_at(&self, session: &Session, place: usize, up: bool) -> Option<Change> {
        let slot = self.slots.get(place).filter(|s| s.row.free)?;
        let value = knob::step(&slot.row, up, session.topology())?;
        Some(Change::Set { target: slot.target.clone(), knob: slot.row.name, value: Some(value) })
    }
}

fn slots(session: &Session, name: &str) -> Vec<Slot> {
    let slot = |target: &str, prefix: &str, row: KnobRow| Slot {
        target: target.to_owned(),
        label: format!("{prefix}{}", row.name),
        value: row.value.as_ref().map_or_else(|| "-".into(), words::value),
        row,
    };
    let mut out: Vec<Slot> = session.knob_rows(name).into_iter().map(|row| slot(name, "", row)).collect();
    let host = session.topology().nodes.get(name).and_then(|n| n.knobs.get("host"));
    if let Some(Value::Name(host)) = host {
        let prefix = format!("{host}: ");
        out.extend(session.knob_rows(host).into_iter().map(|row| slot(host, &prefix, row)));
    }
    for link in session.topology().links.iter().filter(|l| l.from == name) {
        let wire = format!("{name}->{}", link.to);
        let prefix = format!("to {}: ", link.to);
        out.extend(session.knob_rows(&wire).into_iter().map(|row| slot(&wire, &prefix, row)));
    }
    out.retain(|s| s.row.free || s.row.value.is_some());
    out.sort_by_key(|s| !s.row.free);
    out
}
