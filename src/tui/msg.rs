//! What a key or a click asks of the app. What can change the result of a run becomes a `session::Command`.

use super::diagram::Direction;

/// One request to the app.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Msg {
    /// Goes on in the lesson, or opens the level.
    Next,
    /// One scene back.
    Back,
    /// On to the next scene without this one.
    Skip,
    /// The next scene's heading, or the one before, when presenting.
    Scene(bool),
    /// Shows or hides the speaker's notes.
    Notes,
    /// Back to the script from a what-if.
    Return,
    /// Picks a choice, an option or a level, from 0.
    Pick(usize),
    /// Selects the neighbour in the diagram or the list.
    Select(Direction),
    /// Scrolls the lesson or the help by lines.
    Scroll(i16),
    /// The next panel in the tabs.
    NextTab,
    /// The panel before.
    PreviousTab,
    /// Shows what is known about the selected part.
    Inspect,
    /// Opens the knobs that may be changed, or closes them.
    Edit,
    /// The next knob (down) or the one before.
    Knob(bool),
    /// The chosen knob, or the guess, up or down.
    Turn(bool),
    /// Stops the clock, or lets it go on.
    Pause,
    /// Carries out one event.
    Step,
    /// Slower by a rung of the speed ladder.
    Slower,
    /// Faster by a rung.
    Faster,
    /// More traffic.
    MoreTraffic,
    /// Less traffic.
    LessTraffic,
    /// Larger boxes in the diagram, or smaller ones.
    Zoom(bool),
    /// Looks further back in time, or forward again.
    Look(bool),
    /// Many times the traffic at once.
    Spike,
    /// A server more, or one fewer.
    Grow(bool),
    /// Opens the knobs at the size of the machine.
    Size,
    /// Cuts the selected part off from all others, or connects it again.
    CutOff,
    /// Crashes the selected part, or brings it back.
    Crash,
    /// Slows the selected part down, or heals it.
    Slow,
    /// Takes the last change back.
    Undo,
    /// Makes it again.
    Redo,
    /// The scene again, same seed.
    Restart,
    /// The scene again, another seed.
    NewSeed,
    /// The next hint.
    Hint,
    /// The whole journey on one page, once the course is finished.
    Epilogue,
    /// Says which part is the bottleneck and why.
    Why,
    /// Opens the traces of single requests.
    Trace,
    /// Follows a single request, the next one, hop by hop.
    Follow,
    /// Opens the palette: every command by its name.
    Palette,
    /// Opens the sandbox.
    Sandbox,
    /// Opens the glossary.
    Glossary,
    /// Lets the student type what to search for.
    Find,
    /// A letter of it.
    Letter(char),
    /// Takes the last letter back.
    Erase,
    /// A page further down in the list, or up.
    Page(bool),
    /// The rest of a text that is longer than its room; after its end, the start.
    ReadOn,
    /// Opens the list of keys.
    Help,
    /// Closes what lies on top.
    Close,
    /// Back to Home, or out of the program.
    Leave,
    /// Out of the program at once.
    Quit,
    /// A click at a cell: column, row.
    Click(u16, u16),
}

impl Msg {
    /// The command's name in the file of settings and in the palette.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Back => "back",
            Self::Skip => "skip",
            Self::Scene(false) => "scene-before",
            Self::Scene(true) => "scene-after",
            Self::Notes => "notes",
            Self::Return => "return",
            Self::Pick(_) => "pick",
            Self::Select(Direction::Left) => "left",
            Self::Select(Direction::Right) => "right",
            Self::Select(Direction::Up) => "up",
            Self::Select(Direction::Down) => "down",
            Self::Scroll(..0) => "scroll-up",
            Self::Scroll(_) => "scroll-down",
            Self::NextTab => "next-panel",
            Self::PreviousTab => "previous-panel",
            Self::Inspect => "inspect",
            Self::Edit => "edit",
            Self::Knob(false) => "knob-before",
            Self::Knob(true) => "knob-after",
            Self::Turn(false) => "turn-down",
            Self::Turn(true) => "turn-up",
            Self::Pause => "pause",
            Self::Step => "step",
            Self::Slower => "slower",
            Self::Faster => "faster",
            Self::MoreTraffic => "more-traffic",
            Self::LessTraffic => "less-traffic",
            Self::Zoom(true) => "larger-boxes",
            Self::Zoom(false) => "smaller-boxes",
            Self::Look(false) => "look-back",
            Self::Look(true) => "look-on",
            Self::Trace => "trace",
            Self::Follow => "follow",
            Self::Palette => "palette",
            Self::Sandbox => "sandbox",
            Self::Spike => "spike",
            Self::Grow(true) => "server-more",
            Self::Grow(false) => "server-fewer",
            Self::Size => "size",
            Self::CutOff => "cut-off",
            Self::Crash => "crash",
            Self::Slow => "slow",
            Self::Undo => "undo",
            Self::Redo => "redo",
            Self::Restart => "restart",
            Self::NewSeed => "new-seed",
            Self::Hint => "hint",
            Self::Epilogue => "epilogue",
            Self::Why => "why",
            Self::Glossary => "glossary",
            Self::Find => "find",
            Self::Letter(_) => "type",
            Self::Erase => "erase",
            Self::Page(false) => "page-up",
            Self::Page(true) => "page-down",
            Self::ReadOn => "read-on",
            Self::Help => "help",
            Self::Close => "close",
            Self::Leave => "leave",
            Self::Quit => "quit",
            Self::Click(..) => "click",
        }
    }
}

/// Whether the app goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// It goes on.
    Continue,
    /// It ends; progress is saved by whoever drives it.
    Quit,
}
