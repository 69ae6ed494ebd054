//! The rows of the table of keys.

use crossterm::event::KeyCode;

use super::Press::{Char, Code, Ctrl};
use super::{Binding, Facts, Group, Place, Press, row};
use crate::session::lesson::Beat;
use crate::tui::diagram::Direction::{Down, Left, Right, Up};
use crate::tui::msg::Msg;

/// The table. Of several rows with the same key, the first that works now counts.
pub static BINDINGS: &[Binding] = &[
    // While something is typed, a letter is a letter and nothing else.
    row(&[Press::Letter], "a-z", Msg::Letter('a'), |f| f.typing),
    row(&[Code(KeyCode::Enter)], "Enter", Msg::Next, |f| f.typing)
        .footer(1, |f| if f.place == Place::Palette { f.next } else { "done" }),
    row(&[Code(KeyCode::Backspace)], "Bksp", Msg::Erase, |f| f.typing).footer(2, |_| "erase"),
    row(&[Code(KeyCode::Esc), Code(KeyCode::PageDown)], "Esc", Msg::Return, |f| f.off_script)
        .footer(1, |_| "back to the script")
        .help(Group::Present, "off the script: back to it"),
    row(
        &[Code(KeyCode::Enter), Code(KeyCode::PageDown), Code(KeyCode::Right), Char(' ')],
        "Enter",
        Msg::Next,
        Facts::script,
    )
    .footer(1, |f| f.next)
    .help(Group::Present, "next (PageDown, →, Space)"),
    row(
        &[Code(KeyCode::Backspace), Code(KeyCode::PageUp), Code(KeyCode::Left)],
        "Bksp",
        Msg::Back,
        Facts::script,
    )
    .footer(3, |f| if f.back { "back" } else { "" })
    .help(Group::Present, "a beat back (PageUp, ←)"),
    row(&[Char('[')], "[", Msg::Scene(false), |f| f.script() && f.beside[0]),
    row(&[Char(']')], "]", Msg::Scene(true), |f| f.script() && f.beside[1]),
    row(&[], "[ ]", Msg::Scene(true), |f| f.script() && f.beside.contains(&true))
        .footer(6, |_| "scene")
        .help(Group::Present, "a scene back, on"),
    row(&[Char('n')], "n", Msg::Notes, |f| f.presents && f.notes)
        .footer(7, |f| if f.off_script { "" } else { "notes" })
        .help(Group::Present, "the speaker's notes"),
    row(&[], "+ - e", Msg::Edit, |f| f.script() && f.traffic)
        .help(Group::Present, "a what-if (x, z, ↑ ↓ too)"),
    row(&[Code(KeyCode::Enter), Code(KeyCode::PageDown)], "Enter", Msg::Next, |f| {
        !f.next.is_empty()
            && matches!(f.place, Place::Home | Place::Play | Place::Trace | Place::Opening | Place::Epilogue)
    })
    .footer(1, |f| f.next)
    .help(Group::Lesson, "go on, confirm (PageDown)"),
    // Not in the footer: the answer is that a guess is wanted first.
    row(&[Code(KeyCode::Enter), Code(KeyCode::PageDown)], "Enter", Msg::Next, |f| f.play() && f.unpicked),
    row(&[Code(KeyCode::Backspace), Code(KeyCode::PageUp)], "Bksp", Msg::Back, |f| f.play() && f.back)
        .footer(14, |_| "scene back")
        .help(Group::Lesson, "a scene back (PageUp)"),
    row(&[], "S", Msg::Skip, |f| f.play() && f.skip && f.optional).footer(2, |_| "skip this"),
    row(&[Char('S')], "S", Msg::Skip, |f| f.play() && f.skip)
        .footer(16, |f| if f.optional { "" } else { "skip" })
        .help(Group::Lesson, "skip this scene"),
    row(&[Press::Digit], "1-9", Msg::Pick(0), |f| {
        f.choices > 0 && matches!(f.place, Place::Home | Place::Play | Place::Present)
    })
    .footer(2, |_| "pick")
    .help(Group::Lesson, "pick an answer, a level"),
    row(&[Code(KeyCode::Left), Char('h'), Char('-')], "←", Msg::Turn(false), |f| f.turns[0]),
    row(&[Code(KeyCode::Right), Char('l'), Char('+'), Char('=')], "→", Msg::Turn(true), |f| f.turns[1]),
    row(&[], "← →", Msg::Turn(true), |f| f.turns.contains(&true))
        .footer(1, |f| if f.place == Place::Knobs { "change" } else { "guess" }),
    row(&[Char('n')], "n", Msg::Hint, |f| f.play() && f.hint)
        .footer(9, |_| "hint")
        .help(Group::Lesson, "a hint"),
    row(&[], "r", Msg::Restart, |f| f.play() && f.missed).footer(2, |_| "try again"),
    row(&[Char('r')], "r", Msg::Restart, |f| {
        f.play() && !f.off_script && !matches!(f.beat, Beat::Setting | Beat::Predict)
    })
    .footer(15, |f| if f.missed { "" } else { "again" })
    .help(Group::Lesson, "scene again, same seed"),
    row(&[Char('R')], "R", Msg::NewSeed, |f| f.play() && !f.off_script)
        .help(Group::Lesson, "scene again, new seed"),
    row(&[Char(' ')], "Space", Msg::Pause, Facts::run)
        .footer(3, |f| if f.paused { "go on" } else { "pause" })
        .help(Group::Time, "pause, go on"),
    row(&[Char('.')], ".", Msg::Step, Facts::run)
        .footer(8, |_| "one event")
        .help(Group::Time, "one event, then pause"),
    row(&[Char('<')], "<", Msg::Slower, |f| f.paces() && f.speeds[0]),
    row(&[Char('>')], ">", Msg::Faster, |f| f.paces() && f.speeds[1]),
    row(&[], "< >", Msg::Slower, Facts::paces).footer(5, |_| "speed").help(Group::Time, "slower, faster"),
    row(&[Char('[')], "[", Msg::Look(false), |f| f.play() && f.looks[0]),
    row(&[Char(']')], "]", Msg::Look(true), |f| f.play() && f.looks[1]),
    row(&[], "[ ]", Msg::Look(false), |f| f.play() && f.looks.contains(&true))
        .footer(12, |_| "look back")
        .help(Group::Time, "look back, on; Enter goes there"),
    row(&[Char('+'), Char('=')], "+", Msg::MoreTraffic, |f| f.acts() && f.traffic),
    row(&[Char('-')], "-", Msg::LessTraffic, |f| f.acts() && f.traffic),
    row(&[], "+ -", Msg::MoreTraffic, |f| f.acts() && f.traffic)
        .footer(6, |f| f.unless_script("traffic"))
        .help(Group::System, "a quarter more traffic, less"),
    row(&[Char('*')], "*", Msg::Spike, |f| f.acts() && f.traffic)
        .help(Group::System, "a spike: five times the traffic"),
    row(&[Char('a')], "a", Msg::Grow(true), |f| f.acts() && f.grows[1]),
    row(&[Char('d')], "d", Msg::Grow(false), |f| f.acts() && f.grows[0]),
    row(&[], "a d", Msg::Grow(true), |f| f.acts() && f.grows.contains(&true))
        .footer(5, |f| f.unless_script("servers"))
        .help(Group::System, "a server more, one fewer"),
    row(&[Char('s')], "s", Msg::Size, |f| f.acts() && f.sizes)
        .footer(6, |f| f.unless_script("size"))
        .help(Group::System, "the sizes of its machine"),
    row(&[Char('p')], "p", Msg::CutOff, |f| f.acts() && !f.cut.is_empty())
        .footer(7, |f| f.unless_script(f.cut))
        .help(Group::System, "cut a part off, reconnect it"),
    row(&[Char('x')], "x", Msg::Crash, |f| f.acts() && !f.crash.is_empty())
        .footer(4, |f| f.unless_script(f.crash))
        .help(Group::System, "crash or restore a part"),
    row(&[Char('z')], "z", Msg::Slow, |f| f.acts() && !f.slow.is_empty())
        .footer(5, |f| f.unless_script(f.slow))
        .help(Group::System, "slow a part down, heal it"),
    row(&[Char('u')], "u", Msg::Undo, |f| f.play() && f.undo[0])
        .footer(5, |_| "undo")
        .help(Group::System, "undo a change"),
    row(&[Char('U')], "U", Msg::Redo, |f| f.play() && f.undo[1])
        .footer(13, |_| "redo")
        .help(Group::System, "make it again"),
    row(&[Char('e')], "e", Msg::Edit, |f| f.acts() && f.edit)
        .footer(4, |f| f.unless_script("change"))
        .help(Group::System, "change a knob"),
    row(&[Code(KeyCode::Up), Char('k')], "↑", Msg::Knob(false), |f| f.place == Place::Knobs && f.steps[2]),
    row(&[Code(KeyCode::Down), Char('j')], "↓", Msg::Knob(true), |f| f.place == Place::Knobs && f.steps[3]),
    row(&[], "↑↓", Msg::Knob(true), |f| f.place == Place::Knobs && (f.steps[2] || f.steps[3]))
        .footer(2, |_| "choose"),
    row(&[Code(KeyCode::Enter), Char('e')], "e", Msg::Edit, |f| f.place == Place::Knobs && f.off_script)
        .footer(3, |_| "done"),
    row(&[Code(KeyCode::Esc), Code(KeyCode::Enter), Char('e')], "Esc", Msg::Edit, |f| {
        f.place == Place::Knobs && !f.off_script
    })
    .footer(3, |_| "done"),
    row(&[Code(KeyCode::Up)], "↑↓", Msg::Scroll(-1), |f| f.scrolls).footer(3, |_| "scroll"),
    row(&[Code(KeyCode::Down)], "↓", Msg::Scroll(1), |f| f.scrolls),
    row(&[Code(KeyCode::Left), Char('h')], "←", Msg::Select(Left), |f| f.selects(0)),
    row(&[Code(KeyCode::Right), Char('l')], "→", Msg::Select(Right), |f| f.selects(1)),
    row(&[Code(KeyCode::Up), Char('k')], "↑", Msg::Select(Up), |f| f.selects(2)),
    row(&[Code(KeyCode::Down), Char('j')], "↓", Msg::Select(Down), |f| f.selects(3)),
    row(&[Char('E')], "E", Msg::Epilogue, |f| f.place == Place::Home && f.epilogue)
        .footer(2, |_| "the journey")
        .help(Group::Lesson, "at home: the whole journey"),
    row(&[], "→", Msg::Select(Right), |f| f.place == Place::Home && f.scenes && f.steps[1])
        .footer(3, |_| "scenes")
        .help(Group::Lesson, "at home: a level's scenes"),
    // Stands for the four above in the footer and the help; no key of its own.
    row(&[], "←↑↓→", Msg::Select(Right), |f| (0..4).any(|way| f.selects(way)))
        .footer(10, |f| f.unless_script("select"))
        .help(Group::View, "select a part (or hjkl)"),
    row(&[Code(KeyCode::Tab)], "Tab", Msg::NextTab, Facts::turns_tabs)
        .footer(9, |f| if f.place == Place::Trace { "slowest, failed, any" } else { "panel" })
        .help(Group::View, "next panel"),
    row(&[Code(KeyCode::BackTab)], "S-Tab", Msg::PreviousTab, Facts::turns_tabs),
    row(&[Char('i')], "i", Msg::Inspect, |f| f.play() && f.inspect)
        .footer(12, |_| "inspect")
        .help(Group::View, "what the part is and does"),
    row(&[Char(':')], ":", Msg::Palette, |f| {
        !f.typing && matches!(f.place, Place::Home | Place::Play | Place::Present)
    })
    .footer(20, |_| "commands")
    .help(Group::View, "every command by its name"),
    row(&[Char('s')], "s", Msg::Sandbox, |f| f.place == Place::Home && f.scenes)
        .footer(3, |_| "sandbox")
        .help(Group::Lesson, "at home: the sandbox, without a task"),
    row(&[Char('(')], "(", Msg::Zoom(false), |f| f.play() && f.zooms[0]),
    row(&[Char(')')], ")", Msg::Zoom(true), |f| f.play() && f.zooms[1]),
    row(&[], "( )", Msg::Zoom(true), |f| f.play() && f.zooms.contains(&true))
        .help(Group::View, "smaller boxes, larger ones"),
    row(&[Char('o')], "o", Msg::Follow, |f| f.play() && f.follows)
        .footer(11, |f| if f.following { "another" } else { "follow one" })
        .help(Group::View, "follow one request, the next one"),
    row(&[Char('t')], "t", Msg::Trace, |f| f.play() && f.traces || f.place == Place::Trace)
        .footer(11, |f| if f.play() { "trace" } else { "" })
        .help(Group::View, "single requests, call by call"),
    row(&[Char('w')], "w", Msg::Why, |f| f.play() && f.why)
        .footer(8, |_| "why?")
        .help(Group::View, "the bottleneck and why"),
    // Who reads meets new words; while the clock runs, other keys come first.
    row(&[], "g", Msg::Glossary, |f| f.play() && f.terms && f.reads()).footer(9, |_| "glossary"),
    row(&[Char('g')], "g", Msg::Glossary, |f| !f.glossary())
        .footer(13, |f| if f.place == Place::Home || (f.terms && !f.reads()) { "glossary" } else { "" })
        .help(Group::View, "what the words mean"),
    row(&[Char('g')], "g", Msg::Leave, Facts::glossary),
    row(&[Char('/')], "/", Msg::Find, |f| (f.glossary() || f.play() && f.logged) && !f.typing)
        .footer(4, |f| if f.glossary() { "find" } else { "" })
        .help(Group::View, "find in the log, in the glossary"),
    row(&[Char(' ')], "Space", Msg::ReadOn, |f| f.more).footer(3, |_| "read on"),
    row(&[Code(KeyCode::PageDown)], "PgDn", Msg::Page(true), |f| f.glossary() && f.steps[3])
        .footer(13, |_| "page"),
    row(&[Code(KeyCode::PageUp)], "PgUp", Msg::Page(false), |f| f.glossary() && f.steps[2]),
    row(&[Char('?'), Code(KeyCode::F(1))], "?", Msg::Help, |f| f.place != Place::Help && !f.typing)
        .footer(u8::MAX - 1, |_| "help")
        .help(Group::View, "this list"),
    row(&[Code(KeyCode::Esc)], "Esc", Msg::Close, |f| f.closes && f.place != Place::Knobs)
        .footer(9, |f| match f {
            Facts { looking: true, .. } => "to now",
            Facts { following: true, .. } => "let go",
            Facts { filtered: true, .. } => "clear",
            Facts { selected: true, .. } => "unselect",
            _ => "close",
        })
        .help(Group::View, "close, unselect"),
    row(&[Char('q')], "q", Msg::Leave, |f| !f.typing)
        .footer(u8::MAX, |f| match f.place {
            Place::Home if !f.scenes => "levels",
            Place::Play | Place::Knobs if f.presents => "quit",
            Place::Home | Place::Present | Place::Opening => "quit",
            Place::Play | Place::Knobs | Place::Epilogue => "levels",
            Place::Glossary | Place::Trace | Place::Palette | Place::Help => "back",
        })
        .help(Group::View, "back to the levels, quit"),
    row(&[Ctrl('c')], "Ctrl-C", Msg::Quit, any).help(Group::View, "quit at once, progress kept"),
];

const fn any(_: &Facts) -> bool {
    true
}
