//! The grammar of expressions, by recursive descent with a bound on its depth.

use super::token::{Token, TokenKind, place, tokens};
use super::unit::Dimension;
use super::{MAX_DEPTH, MAX_LENGTH, Node, Operator};
use crate::level::path;
use crate::sim::value::Problem;

/// Reads a whole text.
pub fn parse(text: &str) -> Result<Node, Problem> {
    if text.len() > MAX_LENGTH {
        let message = format!("the expression is longer than {MAX_LENGTH} characters");
        return Err(place(Problem::new(message, "write a shorter one"), 0));
    }
    let mut parser = Parser { tokens: tokens(text)?, next: 0, depth: 0, end: text.len() };
    let node = parser.or()?;
    match parser.tokens.get(parser.next) {
        None => Ok(node),
        Some(token) => Err(place(Problem::new("expected the end or an operator", OPERATORS), token.at)),
    }
}

const OPERATORS: &str = "join with + - * / < <= > >= and or not";

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    end: usize,
}

impl Parser {
    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |t| t.at)
    }
    fn is(&self, text: &str) -> bool {
        self.tokens.get(self.next).is_some_and(|t| match &t.kind {
            TokenKind::Word(word) => word == text,
            TokenKind::Sign(sign) => *sign == text,
            TokenKind::Number(_) => false,
        })
    }
    fn take(&mut self, text: &str) -> bool {
        let found = self.is(text);
        self.next += usize::from(found);
        found
    }
    fn deeper(&mut self) -> Result<(), Problem> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message = format!("nested or chained more than {MAX_DEPTH} deep");
            return Err(place(Problem::new(message, "write a simpler expression"), self.at()));
        }
        Ok(())
    }
    /// A chain of operands of one precedence, joined from the left.
    fn chain(
        &mut self,
        operators: &[(&str, Operator)],
        operand: fn(&mut Self) -> Result<Node, Problem>,
    ) -> Result<Node, Problem> {
        let before = self.depth;
        let mut left = operand(self)?;
        while let Some((_, operator)) = operators.iter().find(|(text, _)| self.is(text)) {
            let at = self.at();
            self.next += 1;
            self.deeper()?;
            left = Node::Two(*operator, at, Box::new(left), Box::new(operand(self)?));
        }
        self.depth = before;
        Ok(left)
    }
    fn or(&mut self) -> Result<Node, Problem> {
        self.chain(&[("or", Operator::Or)], Self::and)
    }
    fn and(&mut self) -> Result<Node, Problem> {
        self.chain(&[("and", Operator::And)], Self::not)
    }
    fn not(&mut self) -> Result<Node, Problem> {
        if !self.is("not") {
            return self.compare();
        }
        self.deeper()?;
        self.next += 1;
        let inner = self.not()?;
        self.depth -= 1;
        Ok(Node::Not(Box::new(inner)))
    }
    fn compare(&mut self) -> Result<Node, Problem> {
        const COMPARISONS: [(&str, Operator); 4] = [
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        let left = self.sum()?;
        match COMPARISONS.iter().find(|(text, _)| self.is(text)) {
            None => Ok(left),
            Some((_, operator)) => {
                let at = self.at();
                self.next += 1;
                Ok(Node::Two(*operator, at, Box::new(left), Box::new(self.sum()?)))
            }
        }
    }
    fn sum(&mut self) -> Result<Node, Problem> {
        self.chain(&[("+", Operator::Add), ("-", Operator::Subtract)], Self::product)
    }
    fn product(&mut self) -> Result<Node, Problem> {
        self.chain(&[("*", Operator::Multiply), ("/", Operator::Divide)], Self::sign)
    }
    fn sign(&mut self) -> Result<Node, Problem> {
        if !self.is("-") {
            return self.value();
        }
        self.deeper()?;
        self.next += 1;
        let inner = self.sign()?;
        self.depth -= 1;
        Ok(Node::Minus(Box::new(inner)))
    }
    fn value(&mut self) -> Result<Node, Problem> {
        let at = self.at();
        if self.is("(") {
            self.deeper()?;
            self.next += 1;
            let inner = self.or()?;
            if !self.take(")") {
                return Err(place(Problem::new("expected `)`", "close the parenthesis"), self.at()));
            }
            self.depth -= 1;
            return Ok(inner);
        }
        let Some(token) = self.tokens.get(self.next) else {
            return Err(place(Problem::new("the expression ends too early", "write a path or a number"), at));
        };
        let node = match &token.kind {
            TokenKind::Number(quantity) => Node::Number(quantity.value(), Dimension::of(*quantity)),
            TokenKind::Word(word) if !["and", "or", "not"].contains(&word.as_str()) => {
                let inner = word.strip_prefix("before.");
                let metric = path::read(inner.unwrap_or(word)).map_err(|p| place(p, at))?;
                Node::Path { before: inner.is_some(), metric, at }
            }
            TokenKind::Word(_) | TokenKind::Sign(_) => {
                let problem = Problem::new("expected a path or a number", "as p95, web.utilization or 300ms");
                return Err(place(problem, at));
            }
        };
        self.next += 1;
        Ok(node)
    }
}
