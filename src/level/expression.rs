//! Conditions over report paths: `p99 / before.p99 > 3 and web.utilization < 60%`.

use crate::sim::metrics::Metric;

/// A parsed condition or number.
#[derive(Clone, PartialEq, Debug)]
pub struct Expression {
    /// As written.
    pub text: String,
    root: Node,
}

#[derive(Clone, PartialEq, Debug)]
enum Node {
    Number(f64),
    Path { before: bool, metric: Metric },
}

/// Answers what a path measured.
pub trait Facts {
    /// The value of a metric in this run, or in the run without the scene's change (`before`).
    fn value(&self, before: bool, metric: &Metric) -> Option<f64>;
}

impl Expression {
    /// Whether the condition holds; `None` where something it needs was not measured.
    pub fn holds(&self, facts: &dyn Facts) -> Option<bool> {
        self.value(facts).map(|v| v != 0.0)
    }
    /// The value of a numeric expression (a condition is 1 or 0).
    pub fn value(&self, facts: &dyn Facts) -> Option<f64> {
        match &self.root {
            Node::Number(n) => Some(*n),
            Node::Path { before, metric } => facts.value(*before, metric),
        }
    }
}
