//! The one table of keys. It drives what a key does, the footer and the help screen.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::diagram::Direction::{Down, Left, Right, Up};
use super::msg::Msg;
use crate::session::lesson::Beat;

/// What a key is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Press {
    /// A key by its code.
    Code(KeyCode),
    /// A character.
    Char(char),
    /// Control and a character.
    Ctrl(char),
    /// `1` to `9`.
    Digit,
}

/// Headings of the help screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    /// Presenting a level.
    Present,
    /// Going through a level.
    Lesson,
    /// The clock.
    Time,
    /// The running system.
    System,
    /// What is on screen.
    View,
}

impl Group {
    /// In the order of the help screen.
    pub const ALL: [Self; 5] = [Self::Present, Self::Lesson, Self::Time, Self::System, Self::View];
    /// The heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Present => "Present",
            Self::Lesson => "Lesson",
            Self::Time => "Time",
            Self::System => "System",
            Self::View => "Screen",
        }
    }
    /// It is of use here: a lesson has keys that a presenter does not need, and the other way round.
    pub const fn is_for(self, facts: &Facts) -> bool {
        match self {
            Self::Present => facts.presents,
            Self::Lesson => !facts.presents,
            Self::Time | Self::System | Self::View => true,
        }
    }
}

/// Where the keys go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Place {
    /// The list of levels.
    #[default]
    Home,
    /// A level being played.
    Play,
    /// The knobs of a part.
    Knobs,
    /// The help screen.
    Help,
    /// A level being presented, on its script.
    Present,
}

/// What the table must know to say which keys work now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// Where the keys go.
    pub place: Place,
    /// What Enter does, in a word or two; empty = nothing.
    pub next: &'static str,
    /// A guess is asked for and not given yet.
    pub unpicked: bool,
    /// How many choices, options or levels the digits pick.
    pub choices: usize,
    /// Which of the four arrows lead somewhere: left, right, up, down.
    pub steps: [bool; 4],
    /// Home shows the levels; to the right are the scenes of one.
    pub scenes: bool,
    /// Something is longer than its room.
    pub scrolls: bool,
    /// The panels are tabs.
    pub tabs: bool,
    /// There is something that Esc closes.
    pub closes: bool,
    /// That is only the selection.
    pub selected: bool,
    /// Where in the scene the student is.
    pub beat: Beat,
    /// A scene lies before this one.
    pub back: bool,
    /// The scene may be left out.
    pub skip: bool,
    /// That costs nothing: it is beside the story.
    pub optional: bool,
    /// The student stopped the clock.
    pub paused: bool,
    /// A slower, a faster rung exists.
    pub speeds: [bool; 2],
    /// The traffic may be changed.
    pub traffic: bool,
    /// The run is over and a mark was missed: another try is what most want.
    pub missed: bool,
    /// What `x` does; empty = nothing.
    pub crash: &'static str,
    /// Some knob may be changed.
    pub edit: bool,
    /// The chosen knob, or the guess, can go down, up.
    pub turns: [bool; 2],
    /// What `z` does; empty = nothing.
    pub slow: &'static str,
    /// Something can be undone, made again.
    pub undo: [bool; 2],
    /// A hint is left.
    pub hint: bool,
    /// A bottleneck was found.
    pub why: bool,
    /// The inspector is not shown yet.
    pub inspect: bool,
    /// A level is being presented.
    pub presents: bool,
    /// The presenter has left the script for a what-if.
    pub off_script: bool,
    /// There are notes for the speaker.
    pub notes: bool,
    /// A scene's heading lies before, after this beat.
    pub beside: [bool; 2],
}

impl Facts {
    fn play(&self) -> bool {
        self.place == Place::Play
    }
    fn selects(&self, way: usize) -> bool {
        (matches!(self.place, Place::Home | Place::Play) || self.script()) && self.steps[way]
    }
    fn run(&self) -> bool {
        self.play() && self.beat == Beat::Run
    }
    /// A level is being presented, on its script.
    fn script(&self) -> bool {
        self.place == Place::Present
    }
    /// The system may be changed: in a lesson, or beside a script.
    fn acts(&self) -> bool {
        self.play() || self.script()
    }
    /// A run goes on whose pace may be changed.
    fn paces(&self) -> bool {
        self.run() || self.script() && self.speeds != [false, false]
    }
    /// The word in the footer, which on the script holds only what matters there.
    fn unless_script(&self, word: &'static str) -> &'static str {
        if self.script() { "" } else { word }
    }
}

/// One row of the table.
pub struct Binding {
    /// The keys.
    pub press: &'static [Press],
    /// Their name on screen.
    pub shown: &'static str,
    /// What they ask for.
    pub msg: Msg,
    /// Whether they do something now.
    pub when: fn(&Facts) -> bool,
    /// Place in the footer, from 1, smallest first; 0 = not in the footer.
    pub rank: u8,
    /// The word in the footer.
    pub label: fn(&Facts) -> &'static str,
    /// The line on the help screen; empty = not there.
    pub help: &'static str,
    /// Its heading there.
    pub group: Group,
}

use Press::{Char, Code, Ctrl};

/// Rows of this rank and above are in every footer.
pub const ALWAYS: u8 = u8::MAX - 1;

const fn row(press: &'static [Press], shown: &'static str, msg: Msg, when: fn(&Facts) -> bool) -> Binding {
    Binding { press, shown, msg, when, rank: 0, label: |_| "", help: "", group: Group::View }
}

impl Binding {
    const fn footer(mut self, rank: u8, label: fn(&Facts) -> &'static str) -> Self {
        self.rank = rank;
        self.label = label;
        self
    }
    const fn help(mut self, group: Group, help: &'static str) -> Self {
        self.group = group;
        self.help = help;
        self
    }
    /// The key's name as it is now: the digits say how far they go.
    pub fn name(&self, facts: &Facts) -> String {
        match (self.press, facts.choices) {
            ([Press::Digit], 1) => "1".into(),
            ([Press::Digit], n @ 2..=9) => format!("1-{n}"),
            // Rows that stand for several keys name those that work.
            ([], _) if self.shown == "< >" && !facts.speeds[0] => ">".into(),
            ([], _) if self.shown == "< >" && !facts.speeds[1] => "<".into(),
            ([], _) if self.shown == "←↑↓→" && facts.place == Place::Home => "↑↓".into(),
            ([], _) if self.shown == "←↑↓→" && facts.scrolls => "hjkl".into(),
            _ => self.shown.into(),
        }
    }
}

const fn any(_: &Facts) -> bool {
    true
}

/// The table. Of several rows with the same key, the first that works now counts.
pub static BINDINGS: &[Binding] = &[
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
        !f.next.is_empty() && matches!(f.place, Place::Home | Place::Play)
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
    row(&[Char('+'), Char('=')], "+", Msg::MoreTraffic, |f| f.acts() && f.traffic),
    row(&[Char('-')], "-", Msg::LessTraffic, |f| f.acts() && f.traffic),
    row(&[], "+ -", Msg::MoreTraffic, |f| f.acts() && f.traffic)
        .footer(6, |f| f.unless_script("traffic"))
        .help(Group::System, "a quarter more traffic, less"),
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
    row(&[], "→", Msg::Select(Right), |f| f.place == Place::Home && f.scenes && f.steps[1])
        .footer(3, |_| "scenes")
        .help(Group::Lesson, "at home: the scenes of a level"),
    // Stands for the four above in the footer and the help; no key of its own.
    row(&[], "←↑↓→", Msg::Select(Right), |f| (0..4).any(|way| f.selects(way)))
        .footer(10, |f| f.unless_script("select"))
        .help(Group::View, "select a part (or hjkl)"),
    row(&[Code(KeyCode::Tab)], "Tab", Msg::NextTab, |f| f.play() && f.tabs)
        .footer(9, |_| "panel")
        .help(Group::View, "next panel"),
    row(&[Code(KeyCode::BackTab)], "S-Tab", Msg::PreviousTab, |f| f.play() && f.tabs),
    row(&[Char('i')], "i", Msg::Inspect, |f| f.play() && f.inspect)
        .footer(12, |_| "inspect")
        .help(Group::View, "what the part is and does"),
    row(&[Char('w')], "w", Msg::Why, |f| f.play() && f.why)
        .footer(8, |_| "why?")
        .help(Group::View, "the bottleneck and why"),
    row(&[Char('?'), Code(KeyCode::F(1))], "?", Msg::Help, |f| f.place != Place::Help)
        .footer(u8::MAX - 1, |_| "help")
        .help(Group::View, "this list"),
    row(&[Code(KeyCode::Esc)], "Esc", Msg::Close, |f| f.closes && f.place != Place::Knobs)
        .footer(9, |f| if f.selected { "unselect" } else { "close" })
        .help(Group::View, "close, unselect"),
    row(&[Char('q')], "q", Msg::Leave, any)
        .footer(u8::MAX, |f| match f.place {
            Place::Home if !f.scenes => "levels",
            Place::Play | Place::Knobs if f.presents => "quit",
            Place::Home | Place::Present => "quit",
            Place::Play | Place::Knobs => "levels",
            Place::Help => "back",
        })
        .help(Group::View, "back to the levels, quit"),
    row(&[Ctrl('c')], "Ctrl-C", Msg::Quit, any).help(Group::View, "quit at once, progress kept"),
];

/// What a key asks for in this state.
pub fn find(key: KeyEvent, facts: &Facts) -> Option<Msg> {
    BINDINGS
        .iter()
        .filter(|b| (b.when)(facts))
        .find_map(|b| b.press.iter().find_map(|press| asked(*press, b.msg, key, facts)))
}

/// The message of a row if the key is this press; a digit says which choice.
fn asked(press: Press, msg: Msg, key: KeyEvent, facts: &Facts) -> Option<Msg> {
    let held = key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
    let is_it = match (press, key.code) {
        (Press::Ctrl(c), KeyCode::Char(k)) => held == KeyModifiers::CONTROL && c == k,
        _ if !held.is_empty() => false,
        (Press::Digit, KeyCode::Char(k)) => {
            let choice = (k.to_digit(10)? as usize).checked_sub(1)?;
            return (choice < facts.choices).then_some(Msg::Pick(choice));
        }
        (Press::Char(c), KeyCode::Char(k)) => c == k,
        (Press::Code(c), k) => c == k,
        _ => false,
    };
    is_it.then_some(msg)
}

/// The rows for the footer, most useful first.
pub fn working(facts: &Facts) -> Vec<&'static Binding> {
    let mut rows: Vec<_> = BINDINGS.iter().filter(|b| b.rank > 0 && (b.when)(facts)).collect();
    rows.sort_by_key(|b| b.rank);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(key: KeyEvent, facts: &Facts, expected: Option<Msg>) {
        assert_eq!(find(key, facts), expected, "{key:?}");
    }

    #[test]
    fn the_same_key_means_what_works_now() {
        let mut facts = Facts {
            place: Place::Play,
            choices: 3,
            next: "confirm",
            beat: Beat::Predict,
            ..Facts::default()
        };
        check(KeyCode::Char('3').into(), &facts, Some(Msg::Pick(2)));
        check(KeyCode::Char('4').into(), &facts, None);
        check(KeyCode::Char('0').into(), &facts, None);
        check(KeyCode::Up.into(), &facts, None);
        facts.steps = [true; 4];
        check(KeyCode::Up.into(), &facts, Some(Msg::Select(Up)));
        facts.scrolls = true;
        check(KeyCode::Up.into(), &facts, Some(Msg::Scroll(-1)));
        check(KeyCode::Char('k').into(), &facts, Some(Msg::Select(Up)));
    }

    #[test]
    fn control_c_always_quits() {
        for place in [Place::Home, Place::Play, Place::Help] {
            let facts = Facts { place, ..Facts::default() };
            check(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL), &facts, Some(Msg::Quit));
            check(KeyEvent::new(KeyCode::Char('q'), KeyModifiers::CONTROL), &facts, None);
        }
    }
}
