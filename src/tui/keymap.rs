//! The one table of keys. It drives what a key does, the footer and the help screen.

mod press;
mod remap;
mod table;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::msg::Msg;
use crate::session::lesson::Beat;
pub use press::EXPECTED;
pub use remap::{Clash, Keymap, commands};
pub use table::BINDINGS;

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
    /// Any character: what is typed.
    Letter,
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
    /// The glossary.
    Glossary,
    /// The traces of single requests.
    Trace,
    /// The palette.
    Palette,
    /// The help screen.
    Help,
    /// A level being presented, on its script.
    Present,
    /// The opening.
    Opening,
    /// The epilogue.
    Epilogue,
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
    /// The epilogue can be read.
    pub epilogue: bool,
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
    /// Single requests can be taken apart.
    pub traces: bool,
    /// One can look back in time, and forward again.
    pub looks: [bool; 2],
    /// An earlier second is looked at.
    pub looking: bool,
    /// A server fewer, one more is possible.
    pub grows: [bool; 2],
    /// The part's machine comes in sizes.
    pub sizes: bool,
    /// What `p` does; empty = nothing.
    pub cut: &'static str,
    /// The log has something to find.
    pub logged: bool,
    /// A request is on its way that can be followed.
    pub follows: bool,
    /// One is followed.
    pub following: bool,
    /// Boxes can be smaller, larger.
    pub zooms: [bool; 2],
    /// The inspector is not shown yet.
    pub inspect: bool,
    /// The scene names words of the glossary.
    pub terms: bool,
    /// Letters are text.
    pub typing: bool,
    /// A list shows only what was searched for.
    pub filtered: bool,
    /// A text is longer than its room.
    pub more: bool,
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
        (matches!(self.place, Place::Home | Place::Play | Place::Glossary | Place::Trace | Place::Palette)
            || self.script())
            && self.steps[way]
    }
    fn glossary(&self) -> bool {
        self.place == Place::Glossary
    }
    fn turns_tabs(&self) -> bool {
        self.tabs && matches!(self.place, Place::Play | Place::Trace)
    }
    fn reads(&self) -> bool {
        matches!(self.beat, Beat::Setting | Beat::Predict | Beat::Explain)
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
            ([], _) if self.shown == "←↑↓→" && !matches!(facts.place, Place::Play | Place::Trace) => {
                "↑↓".into()
            }
            ([], _) if self.shown == "←↑↓→" && facts.scrolls => "hjkl".into(),
            _ => self.shown.into(),
        }
    }
}

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
        (Press::Letter, KeyCode::Char(k)) => return Some(Msg::Letter(k)),
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
    use crate::tui::diagram::Direction::Up;

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
    fn letters_are_text_while_something_is_typed() {
        let mut facts = Facts { place: Place::Glossary, ..Facts::default() };
        check(KeyCode::Char('q').into(), &facts, Some(Msg::Leave));
        check(KeyCode::Char('/').into(), &facts, Some(Msg::Find));
        check(KeyCode::Char(' ').into(), &facts, None);
        facts.typing = true;
        for letter in ['q', 'g', '?', '/', ' ', 'J', '1'] {
            check(KeyCode::Char(letter).into(), &facts, Some(Msg::Letter(letter)));
        }
        check(KeyCode::Backspace.into(), &facts, Some(Msg::Erase));
    }

    #[test]
    fn control_c_always_quits() {
        for place in [Place::Home, Place::Play, Place::Glossary, Place::Help] {
            let facts = Facts { place, typing: place == Place::Glossary, ..Facts::default() };
            check(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL), &facts, Some(Msg::Quit));
            check(KeyEvent::new(KeyCode::Char('q'), KeyModifiers::CONTROL), &facts, None);
        }
    }
}
