//! Who must know when the network is cut or whole again.

use super::Simulation;

impl Simulation {
    /// Tells every component that the network was cut somewhere, or is whole again.
    pub(super) fn network_changed(&mut self) {
        for (id, component) in self.components.iter_mut().enumerate() {
            if !self.ctx.nodes[id].removed {
                component.behavior().network(&mut self.ctx);
            }
        }
    }
}

#[cfg(test)]
mod tests;
