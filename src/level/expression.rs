//! Conditions over report paths: `p99 / before.p99 > 3 and web.utilization < 60%`.
//!
//! ```text
//! or  = and { "or" and }          sum     = product { ("+" | "-") product }
//! and = not { "and" not }         product = sign { ("*" | "/") sign }
//! not = "not" not | compare       sign    = "-" sign | value
//! compare = sum [ ("<" | "<=" | ">" | ">=") sum ]
//! value = number with unit | ["before."] path | "(" or ")"
//! ```
//! A dash between two letters belongs to a name (`order-db`); a minus sign has spaces around it.

mod parse;
mod token;
mod unit;

use super::path::{self, Names};
use crate::sim::metrics::Metric;
use crate::sim::value::Problem;

pub use unit::Dimension;

/// Longest expression, bytes.
pub const MAX_LENGTH: usize = 1000;
/// Deepest nesting of an expression.
pub const MAX_DEPTH: usize = 40;

/// A parsed condition or number.
#[derive(Clone, PartialEq, Debug)]
pub struct Expression {
    /// As written.
    pub text: String,
    root: Node,
    dimension: Dimension,
}

#[derive(Clone, PartialEq, Debug)]
enum Node {
    Number(f64, Dimension),
    Path {
        before: bool,
        metric: Metric,
        at: usize,
    },
    Not(Box<Node>),
    Minus(Box<Node>),
    /// The operator, its place in the text, both sides.
    Two(Operator, usize, Box<Node>, Box<Node>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
}

/// Answers what a path measured.
pub trait Facts {
    /// The value of a metric in this run, or in the run without the scene's change (`before`).
    fn value(&self, before: bool, metric: &Metric) -> Option<f64>;
}

impl Expression {
    /// Reads an expression. The fault's path ends in `@N`, the byte of the text where it is.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let root = parse::parse(text)?;
        let dimension =
            unit::dimension(&root).map_err(|p| if p.path.is_empty() { token::place(p, 0) } else { p })?;
        Ok(Self { text: text.to_owned(), root, dimension })
    }
    /// Reads a condition: something that is true or false.
    pub fn condition(text: &str) -> Result<Self, Problem> {
        let expression = Self::parse(text)?;
        if expression.dimension == Dimension::Condition {
            return Ok(expression);
        }
        Err(Problem::new("this is a number, not a condition", "compare it, as `p95 < 300ms`"))
    }
    /// Reads something that has a value: a number, a time, a rate.
    pub fn quantity(text: &str) -> Result<Self, Problem> {
        let expression = Self::parse(text)?;
        if expression.dimension != Dimension::Condition {
            return Ok(expression);
        }
        Err(Problem::new("this is a condition, not a number", "write a metric, as `p99`"))
    }
    /// Whether every path in it is measured somewhere.
    pub fn check(&self, names: &Names) -> Result<(), Problem> {
        self.root.check(names)
    }
    /// Whether it compares with the run before the change.
    pub fn needs_before(&self) -> bool {
        self.root.any(&|node| matches!(node, Node::Path { before: true, .. }))
    }
    /// Its value if it needs no run: `2 * 50ms`.
    pub fn constant(&self) -> Option<f64> {
        if self.root.any(&|node| matches!(node, Node::Path { .. })) { None } else { self.value(&Nothing) }
    }
    /// What its value is in.
    pub const fn dimension(&self) -> Dimension {
        self.dimension
    }
    /// Whether the condition holds; `None` where something it needs was not measured.
    pub fn holds(&self, facts: &dyn Facts) -> Option<bool> {
        self.value(facts).map(|v| v != 0.0)
    }
    /// The value of a numeric expression (a condition is 1 or 0).
    pub fn value(&self, facts: &dyn Facts) -> Option<f64> {
        self.root.value(facts)
    }
}

/// Of a run that measured nothing.
struct Nothing;
impl Facts for Nothing {
    fn value(&self, _: bool, _: &Metric) -> Option<f64> {
        None
    }
}

impl Node {
    fn value(&self, facts: &dyn Facts) -> Option<f64> {
        let truth = |b: bool| if b { 1.0 } else { 0.0 };
        let value = match self {
            Self::Number(n, _) => *n,
            Self::Path { before, metric, .. } => facts.value(*before, metric)?,
            Self::Not(inner) => truth(inner.value(facts)? == 0.0),
            Self::Minus(inner) => -inner.value(facts)?,
            Self::Two(operator, _, a, b) => {
                let (a, b) = (a.value(facts)?, b.value(facts)?);
                match operator {
                    Operator::Add => a + b,
                    Operator::Subtract => a - b,
                    Operator::Multiply => a * b,
                    Operator::Divide => a / b,
                    Operator::Less => truth(a < b),
                    Operator::LessOrEqual => truth(a <= b),
                    Operator::Greater => truth(a > b),
                    Operator::GreaterOrEqual => truth(a >= b),
                    Operator::And => truth(a != 0.0 && b != 0.0),
                    Operator::Or => truth(a != 0.0 || b != 0.0),
                }
            }
        };
        // A division by zero measured nothing.
        value.is_finite().then_some(value)
    }
    fn check(&self, names: &Names) -> Result<(), Problem> {
        match self {
            Self::Number(..) => Ok(()),
            Self::Path { metric, at, .. } => {
                path::check(metric, names).map_err(|p| p.under(format!("@{at}")))
            }
            Self::Not(inner) | Self::Minus(inner) => inner.check(names),
            Self::Two(_, _, a, b) => a.check(names).and_then(|()| b.check(names)),
        }
    }
    fn any(&self, found: &dyn Fn(&Self) -> bool) -> bool {
        found(self)
            || match self {
                Self::Number(..) | Self::Path { .. } => false,
                Self::Not(inner) | Self::Minus(inner) => inner.any(found),
                Self::Two(_, _, a, b) => a.any(found) || b.any(found),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::metrics::{Measure, Scope};

    struct Measured;
    impl Facts for Measured {
        fn value(&self, before: bool, metric: &Metric) -> Option<f64> {
            match (&metric.scope, metric.measure) {
                (Scope::System, Measure::Percentile(990)) => Some(if before { 0.2 } else { 0.8 }),
                (Scope::System, Measure::Failed) => Some(0.0),
                (Scope::Node(n), Measure::Utilization) if n == "order-db" => Some(0.5),
                (Scope::System, Measure::Cost) => Some(300.0),
                _ => None,
            }
        }
    }

    #[track_caller]
    fn check(text: &str, expected: Option<f64>) {
        let e = Expression::parse(text).unwrap_or_else(|p| panic!("{text}: {p:?}"));
        assert_eq!(e.value(&Measured), expected, "{text}");
    }

    #[test]
    fn expressions_are_computed() {
        check("p99 / before.p99 > 3", Some(1.0));
        check("p99 - before.p99 < 500ms", Some(0.0));
        check("not p99 < 300ms and order-db.utilization <= 60%", Some(1.0));
        check("order-db.utilization * 2 + 1", Some(2.0));
        check("1 + 2 * 3 - -4", Some(11.0));
        check("(1 + 2) * 3", Some(9.0));
        check("10 / 5 / 2", Some(1.0));
        check("cost <= $300/month", Some(1.0));
        check("failed > 0 or p99 > 1s", Some(0.0));
        check("p95 > 1s or p99 > 1ms", None);
        check("p99 / failed", None);
        check("not not 1 < 2", Some(1.0));
    }

    #[track_caller]
    fn fails(text: &str, at: usize, message: &str) {
        let p = Expression::parse(text).expect_err(text);
        assert!(p.message.contains(message), "{text}: {p:?}");
        assert_eq!(p.path, [format!("@{at}")], "{text}: {p:?}");
    }

    #[test]
    fn faults_have_a_place() {
        fails("p99 > ", 6, "ends");
        fails("p99 > 300", 4, "unit");
        fails("p98 > 1s", 0, "not a metric");
        fails("p99 > 3 parsecs", 8, "expected");
        fails("p99 = 1s", 4, "`=`");
        fails("(p99 > 1s", 9, "`)`");
        fails("p99 + web.utilization > 1", 4, "unit");
        fails("1 < 2 < 3", 6, "expected");
        fails("p99 and p95 > 1s", 4, "condition");
        fails("3xyz > 1", 0, "unit");
        fails(&"(".repeat(10_000), 0, "longer");
        fails(&"(".repeat(500), 40, "deep");
        fails(&"- ".repeat(300), 80, "deep");
    }

    #[test]
    fn chains_of_operators_are_bounded_too() {
        assert!(Expression::parse(&["1"; 400].join("+")).is_err());
        assert!(Expression::parse(&["1"; 30].join("+")).is_ok());
    }
}
