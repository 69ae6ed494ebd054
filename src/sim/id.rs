//! Small integer keys for the parts of a running system.

/// A node of the topology: its position in the order of the file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub u16);

/// A directed link between two nodes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LinkId(pub u16);

impl NodeId {
    /// Position in `Topology::nodes` and `Snapshot::nodes`.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}
impl LinkId {
    /// Position in `Snapshot::links`.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}
