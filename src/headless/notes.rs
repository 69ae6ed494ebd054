//! `notes LEVEL`: what a presenter wants on a second screen, a page for each scene: the notes, the question with the
//! answer that comes true, the options, and how long it takes.
//!
//! ```text
//! ---- Scene 4 of 7: The black hole, beats 44 to 57 --------------------------
//! Notes: Third moment for the room. Ask: which server has the fewest ...
//! Beat 49, question: One of three is dead. What share of the requests lands on it?
//!   A  Less than a fifth: the policy avoids it
//!   B  A third: its fair share
//! > C  More than half
//! Beat 51, run: about 10 s at 10x.
//! ```

use std::io::Write;
use std::sync::Arc;

use super::Failure;
use crate::level::catalog;
use crate::level::wrap::flow;
use crate::session::presenter::{Item, Leg, Part, Presenter, Slide, Tone};
use crate::sim::time::Time;

/// Cells of a line.
const WIDTH: usize = 78;
/// Events of one slice.
const SLICE: u64 = 1_000_000;

/// Walks through the script of a level (nothing = the first one) and prints its notes.
pub fn notes(level: Option<&str>, out: &mut dyn Write) -> Result<(), Failure> {
    let level = catalog::load(level.unwrap_or("1")).map_err(|e| Failure::input(e.to_string().trim_end()))?;
    let presenter = Presenter::open(Arc::new(level));
    let mut presenter = presenter.map_err(|refusal| Failure::input(refusal.text()))?;
    let level = Arc::clone(presenter.level());
    paragraph("", &format!("{}. {}", presenter.slide().level, level.question), out)?;
    loop {
        while presenter.is_busy() {
            presenter.advance(Time::NEVER, SLICE);
        }
        let (part, slide) = (presenter.beat().part, presenter.slide());
        if part == Part::Title {
            heading(&presenter, &slide, out)?;
        }
        beat(part, &slide, out)?;
        if !presenter.forward() {
            break;
        }
    }
    out.flush()?;
    Ok(())
}

/// The scene's heading in a rule, and its notes.
fn heading(presenter: &Presenter, slide: &Slide, out: &mut dyn Write) -> Result<(), Failure> {
    let beats = presenter.beats().iter().filter(|b| b.scene + 1 == slide.scene.0).count();
    let (from, to) = (slide.beat.0, slide.beat.0 + beats - 1);
    let (scene, scenes) = slide.scene;
    let text = format!("---- Scene {scene} of {scenes}: {}, beats {from} to {to} ", slide.title);
    writeln!(out, "\n{text:-<WIDTH$}")?;
    let notes = if slide.notes.is_empty() { "none" } else { &slide.notes };
    paragraph("Notes: ", notes, out)
}

/// What a presenter should know of a beat beforehand.
fn beat(part: Part, slide: &Slide, out: &mut dyn Write) -> Result<(), Failure> {
    let lead = |what: &str| format!("Beat {}, {what}: ", slide.beat.0);
    match part {
        Part::Ask => paragraph(&lead("question"), &slide.text, out),
        Part::Verdict => {
            paragraph(&lead("answer"), &slide.text, out)?;
            list(&slide.list, out)
        }
        Part::Options => {
            paragraph(&lead("pause"), &slide.text, out)?;
            list(&slide.list, out)
        }
        Part::Designs => {
            paragraph(&lead("tempting designs"), "all of them fail", out)?;
            list(&slide.list, out)
        }
        Part::Move => {
            paragraph(&lead("solution"), &slide.text, out)?;
            list(&slide.list, out)
        }
        Part::Run(leg) if leg != Leg::Second => {
            let (seconds, speed) = (slide.clock.1.secs() / slide.speed, slide.speed);
            let again = if leg == Leg::Solved { " with the solution" } else { "" };
            paragraph(&lead("run"), &format!("about {seconds:.0} s at {speed}x{again}."), out)
        }
        _ => Ok(()),
    }
}

/// Items with their keys; what came true is marked.
fn list(items: &[Item], out: &mut dyn Write) -> Result<(), Failure> {
    for item in items {
        let mark = if item.tone == Tone::Right { ">" } else { " " };
        let key = if item.key.is_empty() { "-" } else { &item.key };
        paragraph(&format!("{mark} {key}  "), &item.text, out)?;
    }
    Ok(())
}

/// A text with words before its first line; the other lines stand a little to the right.
fn paragraph(lead: &str, text: &str, out: &mut dyn Write) -> Result<(), Failure> {
    let indent = if lead.is_empty() { 0 } else { 5 };
    // The first line is shorter by what leads it.
    let padded = format!("{}{text}", "_".repeat(lead.chars().count().saturating_sub(indent)));
    for (i, line) in flow(&padded, WIDTH - indent).into_iter().enumerate() {
        match i {
            0 => writeln!(out, "{lead}{}", line.trim_start_matches('_'))?,
            _ => writeln!(out, "{}{line}", " ".repeat(indent))?,
        }
    }
    Ok(())
}
