//! What a value is in: seconds are not compared with a bare number.

use super::token::place;
use super::{Node, Operator};
use crate::sim::metrics::Unit;
use crate::sim::quantity::Quantity;
use crate::sim::value::Problem;

/// What an expression's value is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dimension {
    /// A bare number: a count, a ratio.
    Number,
    /// A fraction; goes together with bare numbers.
    Share,
    /// Seconds.
    Seconds,
    /// Per second.
    PerSecond,
    /// US dollars a month.
    Money,
    /// A product of others, not checked further.
    Mixed,
    /// True or false.
    Condition,
}

impl Dimension {
    /// The dimension of a written number.
    pub const fn of(quantity: Quantity) -> Self {
        match quantity {
            Quantity::Number(_) => Self::Number,
            Quantity::Time(_) => Self::Seconds,
            Quantity::Rate(_) => Self::PerSecond,
            Quantity::Share(_) => Self::Share,
            Quantity::Bytes(_) => Self::Mixed,
            Quantity::Money(_) => Self::Money,
        }
    }
    /// The unit to show a value in; `None` for bare and mixed numbers.
    pub const fn unit(self) -> Option<Unit> {
        match self {
            Self::Share => Some(Unit::Share),
            Self::Seconds => Some(Unit::Seconds),
            Self::PerSecond => Some(Unit::PerSecond),
            Self::Money => Some(Unit::Money),
            Self::Number | Self::Mixed | Self::Condition => None,
        }
    }
    const fn words(self) -> &'static str {
        match self {
            Self::Number => "a bare number",
            Self::Share => "a share",
            Self::Seconds => "a time",
            Self::PerSecond => "a rate",
            Self::Money => "money",
            Self::Mixed => "a product",
            Self::Condition => "a condition",
        }
    }
    const fn example(self) -> &'static str {
        match self {
            Self::Seconds => "300ms",
            Self::PerSecond => "400/s",
            Self::Money => "$300/month",
            Self::Share => "60%",
            _ => "3",
        }
    }
    const fn is_bare(self) -> bool {
        matches!(self, Self::Number | Self::Share)
    }
}

/// The dimension of a node; the fault where two do not go together.
pub fn dimension(node: &Node) -> Result<Dimension, Problem> {
    match node {
        Node::Number(_, dimension) => Ok(*dimension),
        Node::Path { metric, .. } => Ok(match metric.measure.unit() {
            Unit::Count => Dimension::Number,
            Unit::Share => Dimension::Share,
            Unit::Seconds => Dimension::Seconds,
            Unit::PerSecond => Dimension::PerSecond,
            Unit::Money => Dimension::Money,
        }),
        Node::Not(inner) => condition(inner),
        Node::Minus(inner) => number(inner),
        Node::Two(operator, at, a, b) => {
            let both = match operator {
                Operator::And | Operator::Or => condition(a).and_then(|_| condition(b)),
                _ => number(a).and_then(|a| two(*operator, a, number(b)?)),
            };
            both.map_err(|p| if p.path.is_empty() { place(p, *at) } else { p })
        }
    }
}

fn two(operator: Operator, a: Dimension, b: Dimension) -> Result<Dimension, Problem> {
    use Dimension as D;
    match operator {
        Operator::Multiply => Ok(match (a, b) {
            (D::Share, D::Share) => D::Share,
            _ if a.is_bare() && b.is_bare() => D::Number,
            _ if a.is_bare() => b,
            _ if b.is_bare() => a,
            (D::Seconds, D::PerSecond) | (D::PerSecond, D::Seconds) => D::Number,
            _ => D::Mixed,
        }),
        Operator::Divide => Ok(match (a, b) {
            _ if a == b && a != D::Mixed => D::Number,
            _ if b.is_bare() => a,
            (D::Number, D::Seconds) => D::PerSecond,
            (D::Number, D::PerSecond) => D::Seconds,
            _ => D::Mixed,
        }),
        _ => {
            let together = a == b || (a.is_bare() && b.is_bare()) || a == D::Mixed || b == D::Mixed;
            if !together {
                let message = format!("{} and {} have different units", a.words(), b.words());
                let with_unit = if a.is_bare() { b } else { a };
                return Err(Problem::new(message, format!("write the unit, as {}", with_unit.example())));
            }
            Ok(match operator {
                Operator::Add | Operator::Subtract if a.is_bare() && a != b => D::Number,
                Operator::Add | Operator::Subtract => a,
                _ => D::Condition,
            })
        }
    }
}

fn condition(node: &Node) -> Result<Dimension, Problem> {
    match dimension(node)? {
        Dimension::Condition => Ok(Dimension::Condition),
        other => {
            let message = format!("{} is not a condition", other.words());
            Err(Problem::new(message, "compare it, as p95 < 300ms"))
        }
    }
}

fn number(node: &Node) -> Result<Dimension, Problem> {
    match dimension(node)? {
        Dimension::Condition => {
            Err(Problem::new("a condition is not a number", "join conditions with `and` and `or`"))
        }
        other => Ok(other),
    }
}
