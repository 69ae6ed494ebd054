//! What a typed line asks for.

use crate::level::change::{parse, parse_set, read_target};
use crate::level::expression::Expression;
use crate::session::{Command, Session};

/// A typed line.
#[derive(Clone, PartialEq, Debug)]
pub enum Order {
    /// A choice or an option, from 0.
    Pick(usize),
    /// A command to the session.
    Do(Command),
    /// Parts, goals and knobs once more.
    Look,
    /// What holds the system back, and how it came to that.
    Why,
    /// The orders that there are.
    Help,
    /// Leaves the level.
    Quit,
}

/// The orders with what they do, for the help.
pub const ORDERS: [(&str, &str); 15] = [
    ("Enter", "goes on"),
    ("1, 2, ...", "picks an answer or takes an option"),
    ("hint", "the next hint"),
    ("look", "parts, goals, and what can be changed"),
    ("why", "what holds the system back"),
    ("set NODE.KNOB=VALUE", "changes a knob, as set web.replicas=3"),
    ("change { ... }", "any change, written as in a level file"),
    ("crash NODE, slow NODE", "breaks a part, or heals it again"),
    ("traffic FACTOR", "multiplies the traffic"),
    ("undo, redo", "takes the last change back, makes it again"),
    ("again", "the scene from its start, same requests"),
    ("seed", "the scene from its start, other requests"),
    ("skip, back, scene N", "another scene"),
    ("?", "this list"),
    ("quit", "leaves; progress is kept"),
];

impl Order {
    /// Reads a line; the error is for the student.
    pub fn read(line: &str, session: &Session) -> Result<Self, String> {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        if let Ok(number) = word.parse::<usize>() {
            let known = || Self::Pick(number.wrapping_sub(1));
            return if number > 0 { Ok(known()) } else { Err("Answers begin with 1.".into()) };
        }
        let design = session.topology();
        let target = || read_target(rest, design).map_err(|p| format!("{}; {}.", p.message, p.remedy));
        let command = match word.to_ascii_lowercase().as_str() {
            "" => Command::Next,
            "?" | "help" => return Ok(Self::Help),
            "quit" | "q" | "exit" => return Ok(Self::Quit),
            "look" | "l" => return Ok(Self::Look),
            "why" | "w" => return Ok(Self::Why),
            "hint" | "h" | "n" => Command::Hint,
            "undo" | "u" => Command::Undo,
            "redo" => Command::Redo,
            "again" | "r" => Command::Restart,
            "seed" => Command::NewSeed,
            "skip" => Command::Skip,
            "back" | "b" => Command::Back,
            "crash" => Command::ToggleCrash(target()?),
            "slow" => Command::ToggleSlow(target()?),
            "scene" => {
                let number = rest.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
                Command::GoTo(number.ok_or("Write the scene's number, as scene 3.")?)
            }
            "traffic" => {
                let factor =
                    rest.parse::<f64>().map_err(|_| "Write a factor, as traffic 2 or traffic 0.5.")?;
                Command::Traffic(factor)
            }
            "set" => Command::Apply(parse_set(rest, design).map_err(|p| fault(&p.message, &p.remedy))?),
            "change" => Command::Apply(parse(rest, design).map_err(|p| fault(&p.message, &p.remedy))?),
            _ => return Err(format!("`{word}` is not an order; ? lists them.")),
        };
        Ok(Self::Do(command))
    }
}

fn fault(message: &str, remedy: &str) -> String {
    if remedy.is_empty() { format!("{message}.") } else { format!("{message}; {remedy}.") }
}

/// A number with its unit, in base units: `240ms`, `60%`, `12`.
pub fn number(line: &str) -> Option<f64> {
    Expression::quantity(line).ok()?.constant()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn lines_become_orders() {
        let level = crate::level::catalog::load("load-balancer").unwrap();
        let session = Session::open(Arc::new(level), 0).unwrap();
        let read = |line: &str| Order::read(line, &session);
        assert_eq!(read(""), Ok(Order::Do(Command::Next)));
        assert_eq!(read("2"), Ok(Order::Pick(1)));
        assert_eq!(read("scene 4"), Ok(Order::Do(Command::GoTo(3))));
        assert_eq!(read("Traffic 2"), Ok(Order::Do(Command::Traffic(2.0))));
        assert!(matches!(read("set web.replicas=5"), Ok(Order::Do(Command::Apply(_)))));
        for (line, why) in [
            ("0", "begin with 1"),
            ("dance", "not an order"),
            ("set web.replcas=5", "replicas"),
            ("crash nobody", "nobody"),
        ] {
            let said = read(line).unwrap_err();
            assert!(said.contains(why), "{line}: {said}");
        }
    }

    #[test]
    fn numbers_have_units() {
        assert_eq!((number("240ms"), number("60%"), number("12")), (Some(0.24), Some(0.6), Some(12.0)));
        assert_eq!((number("soon"), number(""), number("p95")), (None, None, None));
    }
}
