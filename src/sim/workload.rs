//! Who asks for what, and when: request classes, key popularity, traffic profiles.

mod class;
mod keys;
mod profile;

pub use class::{Class, MAX_CLASSES};
pub use keys::{HotSet, KeyPopularity, KeyTable, MAX_KEYS};
pub use profile::{MAX_CORNERS, MAX_INSTANTS, Profile};
