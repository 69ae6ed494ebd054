//! The narrator's sentences: the same facts as the screen, one after the other.

use std::io::{self, Write};

use super::order::ORDERS;
use crate::insight::bottleneck;
use crate::level::Level;
use crate::level::scene::Role;
use crate::level::wrap::flow;
use crate::session::Session;
use crate::session::lesson::{LessonView, OptionView, QuestionView};
use crate::sim::component::Kind;
use crate::sim::log::Entries;
use crate::sim::metrics::{Measure, Unit};
use crate::sim::quantity::show_rate;
use crate::sim::snapshot::{NodeView, ReplicaState, Snapshot};
use crate::sim::time::Time;

/// Cells of a line.
const WIDTH: usize = 78;

/// Where the sentences go.
pub struct Page<'a> {
    out: &'a mut dyn Write,
}

impl<'a> Page<'a> {
    pub fn new(out: &'a mut dyn Write) -> Self {
        Self { out }
    }
    /// Running text in lines; an empty text is an empty line.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        let lines = flow(text, WIDTH);
        if lines.is_empty() {
            return writeln!(self.out);
        }
        lines.iter().try_for_each(|line| writeln!(self.out, "{line}"))
    }
    fn list(&mut self, mark: &str, text: &str) -> io::Result<()> {
        for (i, line) in flow(text, WIDTH - mark.len()).iter().enumerate() {
            let lead = if i == 0 { mark.to_owned() } else { " ".repeat(mark.len()) };
            writeln!(self.out, "{lead}{line}")?;
        }
        Ok(())
    }
    /// The question before the cursor.
    pub fn prompt(&mut self, prompt: &str) -> io::Result<()> {
        write!(self.out, "{prompt}: ")?;
        self.out.flush()
    }
    pub fn title(&mut self, level: &Level) -> io::Result<()> {
        let number = level.number.map_or(String::new(), |n| format!("Level {n}: "));
        self.text(&format!("{number}{}. {}", level.title, level.question))
    }
    pub fn scene(&mut self, lesson: &LessonView) -> io::Result<()> {
        let role = match lesson.role {
            Role::Story => "",
            Role::SideRoom => " (a side room; skip leaves it out)",
            Role::Challenge => " (the challenge)",
            Role::Variant => " (the same alarm, another cause; skip leaves it out)",
        };
        writeln!(self.out)?;
        self.text(&format!("Scene {} of {}: {}{role}", lesson.scene + 1, lesson.scenes, lesson.title))
    }
    /// The diagram in words.
    pub fn parts(&mut self, picture: &Snapshot) -> io::Result<()> {
        let nodes: Vec<String> = picture.nodes.iter().filter(|n| !n.removed).map(part).collect();
        let name = |id: crate::sim::id::NodeId| picture.nodes.get(id.index()).map_or("", |n| &n.name);
        let links: Vec<String> = picture
            .links
            .iter()
            .filter(|l| !l.removed)
            .map(|l| format!("{} to {}", name(l.from), name(l.to)))
            .collect();
        self.list("Parts: ", &format!("{}.", nodes.join(", ")))?;
        self.list("Links: ", &format!("{}.", links.join(", ")))
    }
    pub fn question(&mut self, question: &QuestionView) -> io::Result<()> {
        self.list("Question: ", &question.ask)?;
        if let Some(number) = &question.number {
            self.text(&format!(
                "A number for {}, from {} to {}.",
                number.path, number.ends.0, number.ends.1
            ))?;
        }
        for (i, choice) in question.choices.iter().enumerate() {
            self.list(&format!("{}. ", i + 1), choice)?;
        }
        Ok(())
    }
    pub fn options(&mut self, options: &[OptionView]) -> io::Result<()> {
        for (i, option) in options.iter().enumerate() {
            let taken = if option.taken { " (done)" } else { "" };
            self.list(&format!("{}. ", i + 1), &format!("{}{taken}", option.label))?;
        }
        Ok(())
    }
    pub fn goals(&mut self, lesson: &LessonView) -> io::Result<()> {
        for goal in &lesson.goals {
            let state = match goal.broken {
                Some(_) => ", missed",
                None if goal.met => ", met now",
                None => "",
            };
            self.list("Goal: ", &format!("{}; now {}{state}", goal.text, goal.value))?;
        }
        Ok(())
    }
    pub fn marks(&mut self, marks: &[(String, bool)]) -> io::Result<()> {
        for (text, earned) in marks {
            self.list(if *earned { "Mark earned: " } else { "Mark missed: " }, text)?;
        }
        Ok(())
    }
    /// What has happened since `told`.
    pub fn log(&mut self, log: &Entries, told: Time, origin: Time) -> io::Result<()> {
        for entry in log.iter().filter(|e| e.at > told) {
            let place = if entry.place.is_empty() { String::new() } else { format!("{} ", entry.place) };
            self.list("  ", &format!("{}: {place}{}", entry.at - origin, entry.text))?;
        }
        Ok(())
    }
    /// The signals between two instants, and what they were in the former design.
    pub fn signals(&mut self, session: &Session, from: Time, to: Time) -> io::Result<()> {
        let p95 = Measure::Percentile(950);
        let shown: [(Measure, Unit, &str); 4] = [
            (Measure::ArrivalRate, Unit::PerSecond, "come"),
            (Measure::Throughput, Unit::PerSecond, "answered"),
            (Measure::Goodput, Unit::PerSecond, "in time"),
            (Measure::ErrorRate, Unit::Share, "fail"),
        ];
        let mut said: Vec<String> = shown
            .iter()
            .filter_map(|(m, unit, word)| {
                Some(format!("{} {word}", unit.show(session.signal(*m, from, false)?)))
            })
            .collect();
        if let Some(now) = session.signal(p95, from, false) {
            let was = session.signal(p95, from, true).filter(|_| !session.before_windows().is_empty());
            let was = was.map_or(String::new(), |was| format!(" (before: {})", Unit::Seconds.show(was)));
            said.push(format!("p95 {}{was}", Unit::Seconds.show(now)));
        }
        self.list(&format!("{}: ", to - session.origin()), &said.join(", "))
    }
    /// What the scene lets the student change.
    pub fn knobs(&mut self, session: &Session) -> io::Result<()> {
        let design = session.topology();
        let links = design.links.iter().map(|l| format!("{}->{}", l.from, l.to));
        let hosts = design.hosts.keys().cloned();
        let places: Vec<String> = design.nodes.keys().cloned().chain(hosts).chain(links).collect();
        for place in places {
            for row in session.knob_rows(&place).into_iter().filter(|row| row.free) {
                let value = row.value.as_ref().map_or_else(|| "unset".into(), crate::level::words::value);
                self.list("  ", &format!("{place}.{} = {value}: {}", row.name, row.help))?;
            }
        }
        Ok(())
    }
    pub fn why(&mut self, session: &Session) -> io::Result<()> {
        match bottleneck::find(&session.snapshot()) {
            Some(found) => self.text(&format!("The bottleneck: {}.", found.why))?,
            None => self.text("Nothing holds the system back right now.")?,
        }
        session.causes().iter().try_for_each(|fact| self.list("- ", fact))
    }
    pub fn help(&mut self, lesson: &LessonView) -> io::Result<()> {
        for (order, words) in ORDERS {
            self.list("  ", &format!("{order}: {words}"))?;
        }
        if !lesson.terms.is_empty() {
            self.text(&format!("Words of this scene: {}.", lesson.terms.join(", ")))?;
        }
        Ok(())
    }
    pub fn end(&mut self, finished: bool) -> io::Result<()> {
        self.text(if finished { "The level is finished." } else { "Left. Progress is kept." })?;
        self.out.flush()
    }
}

/// `web (service, 3 servers, 1 down)`.
fn part(node: &NodeView) -> String {
    let mut said = vec![node.kind.datasheet().title.to_lowercase()];
    if node.kind == Kind::Client && node.arrival_rate > 0.0 {
        said.push(show_rate(node.arrival_rate));
    }
    if node.replicas.len() > 1 {
        said.push(format!("{} servers", node.replicas.len()));
    }
    let down = node.replicas.iter().filter(|r| !matches!(r.state, ReplicaState::Up)).count();
    if down > 0 {
        said.push(format!("{down} not up"));
    }
    format!("{} ({})", node.name, said.join(", "))
}
