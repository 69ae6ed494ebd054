//! The user's own keys, as a layer over the table: a command's keys are replaced, the rest of its rows stays.

use std::borrow::Cow;

use crossterm::event::KeyEvent;

use super::{BINDINGS, Binding, Facts, Place, Press, asked};
use crate::session::lesson::Beat;
use crate::tui::msg::Msg;

/// What always has its keys: typing, the digits, and the way out.
const FIXED: &[&str] = &["type", "erase", "pick", "quit"];

/// The table with the user's keys.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Keymap {
    /// By command; each has a key at least.
    own: Vec<(&'static str, Vec<Press>)>,
}

/// Two commands that one key would mean in one place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Clash {
    /// The key.
    pub press: Press,
    /// The command that the user gave it.
    pub command: &'static str,
    /// The command that has it too.
    pub other: &'static str,
}

/// The commands whose keys can be chosen, in the table's order, each with the keys that it has by itself and a line
/// about it.
pub fn commands() -> Vec<(&'static str, Vec<Press>, &'static str)> {
    let mut out: Vec<(&'static str, Vec<Press>, &'static str)> = Vec::new();
    for row in BINDINGS.iter().filter(|row| is_free(row)) {
        let name = row.msg.name();
        let at = out.iter().position(|(n, ..)| *n == name).unwrap_or_else(|| {
            out.push((name, Vec::new(), ""));
            out.len() - 1
        });
        let (_, keys, help) = &mut out[at];
        keys.extend(row.press.iter().filter(|press| !keys.contains(press)).copied().collect::<Vec<_>>());
        if help.is_empty() {
            *help = row.help;
        }
    }
    out
}

/// A row that has keys which may be others.
fn is_free(row: &Binding) -> bool {
    !row.press.is_empty() && !FIXED.contains(&row.msg.name())
}

impl Keymap {
    /// Gives a command these keys instead of its own; without any, it keeps its own.
    pub fn set(&mut self, command: &'static str, keys: Vec<Press>) {
        self.own.retain(|(name, _)| *name != command);
        if !keys.is_empty() {
            self.own.push((command, keys));
            self.own.sort_by_key(|(name, _)| *name);
        }
    }

    /// The user's keys of a command, if there are any.
    pub fn own(&self, command: &str) -> Option<&[Press]> {
        self.own.iter().find(|(name, _)| *name == command).map(|(_, keys)| keys.as_slice())
    }

    /// The keys of a row. What is typed is never a command. A key that the table gives the command in some places only
    /// stays there, so that the table's own keys, written out, change nothing; a new one counts everywhere.
    fn presses<'a>(&'a self, row: &'a Binding, facts: &Facts) -> Cow<'a, [Press]> {
        let own = if facts.typing || !is_free(row) { None } else { self.own(row.msg.name()) };
        let Some(own) = own else { return Cow::Borrowed(row.press) };
        let elsewhere = |press: &Press| {
            let of_the_command = |other: &&Binding| is_free(other) && other.msg.name() == row.msg.name();
            BINDINGS.iter().filter(of_the_command).any(|other| other.press.contains(press))
        };
        let here = |press: &&Press| row.press.contains(press) || !elsewhere(press);
        let keys: Vec<Press> = own.iter().filter(here).copied().collect();
        if keys.is_empty() { Cow::Borrowed(own) } else { Cow::Owned(keys) }
    }

    /// What a key asks for in this state.
    pub fn find(&self, key: KeyEvent, facts: &Facts) -> Option<Msg> {
        BINDINGS.iter().filter(|row| (row.when)(facts)).find_map(|row| {
            self.presses(row, facts).iter().find_map(|press| asked(*press, row.msg, key, facts))
        })
    }

    /// The name of a row's key as it is now.
    pub fn name(&self, row: &Binding, facts: &Facts) -> String {
        if self.own.is_empty() || facts.typing {
            return row.name(facts);
        }
        match self.own(row.msg.name()) {
            Some(_) if is_free(row) => self.presses(row, facts)[0].name(),
            Some(keys) if single(row) => keys[0].name(),
            // The row stands for several keys: each that the user changed is replaced.
            _ if row.press.is_empty() => self.replaced(&row.name(facts), facts),
            _ => row.name(facts),
        }
    }

    /// Its name where it does not matter what works now.
    pub fn shown(&self, row: &Binding) -> String {
        // In a state where nothing works, every key keeps its whole name.
        if self.own.is_empty() {
            row.shown.to_owned()
        } else {
            self.name(row, &Facts { place: Place::Play, speeds: [true; 2], ..Facts::default() })
        }
    }

    /// Replaces the keys in a name such as `< >` or `←↑↓→`.
    fn replaced(&self, shown: &str, facts: &Facts) -> String {
        let spaced = shown.contains(' ');
        let parts: Vec<String> = if spaced {
            shown.split(' ').map(str::to_owned).collect()
        } else {
            shown.chars().map(String::from).collect()
        };
        let new = |part: &String| {
            let rows = || BINDINGS.iter().filter(|row| is_free(row) && row.shown == part);
            let own = |row: &Binding| self.own(row.msg.name()).map(|_| self.presses(row, facts)[0].name());
            rows().find(|row| (row.when)(facts)).map_or_else(|| rows().find_map(own), own)
        };
        let changed: Vec<Option<String>> = parts.iter().map(new).collect();
        if changed.iter().all(Option::is_none) {
            return shown.to_owned();
        }
        let names: Vec<String> =
            changed.into_iter().zip(parts).map(|(new, old)| new.unwrap_or(old)).collect();
        names.join(if spaced || names.iter().any(|n| n.chars().count() > 1) { " " } else { "" })
    }

    /// Keys of the user's that mean two things in one place. What the table itself puts on one key is meant.
    pub fn clashes(&self) -> Vec<Clash> {
        let mut out: Vec<Clash> = Vec::new();
        for facts in samples() {
            let rows = || BINDINGS.iter().filter(|row| (row.when)(&facts) && !row.press.is_empty());
            for row in rows().filter(|row| is_free(row) && self.own(row.msg.name()).is_some()) {
                for press in self.presses(row, &facts).iter().copied() {
                    let other = |other: &&Binding| other.msg.name() != row.msg.name();
                    for other in rows().filter(other) {
                        let has = |keys: &[Press]| keys.iter().any(|key| key.meets(press));
                        let meant = has(row.press) && has(other.press);
                        if has(&self.presses(other, &facts)) && !meant {
                            add(&mut out, Clash { press, command: row.msg.name(), other: other.msg.name() });
                        }
                    }
                }
            }
        }
        out
    }
}

/// Keeps a clash, once for both commands.
fn add(clashes: &mut Vec<Clash>, clash: Clash) {
    let turned = Clash { command: clash.other, other: clash.command, ..clash.clone() };
    if !clashes.contains(&clash) && !clashes.contains(&turned) {
        clashes.push(clash);
    }
}

/// The row names one key of another row with the same command.
fn single(row: &Binding) -> bool {
    row.press.is_empty()
        && BINDINGS.iter().any(|other| is_free(other) && other.msg == row.msg && other.shown == row.shown)
}

/// States that together let every row with a key work, nothing at once that never is.
fn samples() -> impl Iterator<Item = Facts> {
    let places = [
        Place::Home,
        Place::Play,
        Place::Knobs,
        Place::Glossary,
        Place::Trace,
        Place::Help,
        Place::Present,
        Place::Opening,
        Place::Epilogue,
    ];
    let beats = [Beat::Setting, Beat::Predict, Beat::Run, Beat::Explain];
    places.into_iter().flat_map(move |place| {
        beats
            .into_iter()
            .flat_map(move |beat| [false, true].map(move |presents| sample(place, beat, presents)))
    })
}

fn sample(place: Place, beat: Beat, presents: bool) -> Facts {
    let lesson = place == Place::Play;
    Facts {
        place,
        beat,
        next: "go on",
        choices: 9,
        steps: [true; 4],
        scenes: true,
        scrolls: matches!(place, Place::Play | Place::Help | Place::Glossary),
        tabs: true,
        closes: true,
        epilogue: true,
        back: true,
        skip: true,
        speeds: [true; 2],
        traffic: true,
        crash: "crash",
        edit: true,
        turns: [place == Place::Knobs || lesson && beat == Beat::Predict; 2],
        slow: "slow",
        undo: [true; 2],
        hint: true,
        why: true,
        traces: true,
        follows: true,
        zooms: [true; 2],
        looks: [true; 2],
        grows: [true; 2],
        sizes: true,
        cut: "cut off",
        logged: true,
        inspect: true,
        terms: true,
        more: matches!(place, Place::Glossary | Place::Present),
        presents: presents || place == Place::Present,
        off_script: presents && matches!(place, Place::Play | Place::Knobs),
        notes: true,
        beside: [true; 2],
        ..Facts::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::KeyCode;

    fn keymap(keys: &[(&'static str, &str)]) -> Keymap {
        let mut keymap = Keymap::default();
        for (command, keys) in keys {
            assert!(commands().iter().any(|(name, ..)| name == command), "{command}");
            keymap.set(command, keys.split(' ').map(|k| Press::parse(k).expect("a key")).collect());
        }
        keymap
    }

    fn running() -> Facts {
        sample(Place::Play, Beat::Run, false)
    }

    #[test]
    fn a_key_of_the_users_replaces_the_commands_own() {
        let keys = keymap(&[("pause", "y Ctrl-p")]);
        let find = |key: KeyEvent| keys.find(key, &running());
        assert_eq!(find(KeyCode::Char('y').into()), Some(Msg::Pause));
        assert_eq!(find(KeyCode::Char(' ').into()), None);
        let row = BINDINGS.iter().find(|row| row.msg == Msg::Pause).expect("a row");
        assert_eq!((keys.name(row, &running()), keys.shown(row)), ("y".into(), "y".into()));
        assert_eq!(Keymap::default().shown(row), "Space");
    }

    #[test]
    fn rows_for_several_keys_name_the_users() {
        let keys = keymap(&[("slower", ","), ("left", "a"), ("more-traffic", "F5")]);
        let named = |shown: &str| {
            let row = BINDINGS.iter().find(|row| row.shown == shown && row.press.is_empty()).expect("a row");
            keys.shown(row)
        };
        assert_eq!(named("< >"), ", >");
        assert_eq!(named("←↑↓→"), "a↑↓→");
        assert_eq!(named("+ -"), "F5 -");
    }

    #[test]
    fn what_is_typed_is_no_command() {
        let keys = keymap(&[("next", "x")]);
        let typing = Facts { place: Place::Glossary, typing: true, ..Facts::default() };
        assert_eq!(keys.find(KeyCode::Char('x').into(), &typing), Some(Msg::Letter('x')));
        assert_eq!(keys.find(KeyCode::Enter.into(), &typing), Some(Msg::Next));
    }

    #[test]
    fn two_commands_on_one_key_are_found() {
        assert_eq!(Keymap::default().clashes(), []);
        let clash = |keys: &[(&'static str, &str)]| {
            let found = keymap(keys).clashes();
            found.into_iter().map(|c| (c.press.name(), c.command, c.other)).collect::<Vec<_>>()
        };
        assert_eq!(clash(&[("pause", "w")]), [("w".into(), "pause", "why")]);
        assert_eq!(clash(&[("pause", "3")]), [("3".into(), "pause", "pick")]);
        assert_eq!(clash(&[("pause", "y"), ("step", "y")]).len(), 1);
        // Who moves the other one away may have its key, and what the table itself does is meant.
        assert_eq!(clash(&[("pause", "w"), ("why", "Space")]), []);
        assert_eq!(clash(&[("pause", "Space")]), []);
        assert_eq!(clash(&[("knob-after", "y"), ("find", "y")]), [], "not in the same place");
    }

    #[test]
    fn every_row_with_a_key_works_in_a_sample() {
        for row in BINDINGS.iter().filter(|row| is_free(row)) {
            let typed = Facts { typing: true, ..Facts::default() };
            let unpicked = Facts { unpicked: true, ..running() };
            let works = samples().chain([typed, unpicked]).any(|facts| (row.when)(&facts));
            assert!(works, "add what `{}` ({}) needs to `sample`", row.msg.name(), row.shown);
        }
    }
}
