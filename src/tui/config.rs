//! The file of settings, `config.toml`: looks and keys that hold for every start. Every fault is reported with its
//! line, what stands there and the remedy, all at once.

mod print;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::keymap::{EXPECTED, Keymap, Press, commands};
use super::options::{MOST_FPS, Options};
use super::theme::{CHOICES, Choice};
use crate::level::fault::{Fault, Faults, Span};
use crate::level::file::{self, Entry, Item, Tree};
use crate::sim::value::nearest;

pub use print::print;

/// The keys of the file.
const KEYS: &[&str] = &["theme", "ascii", "color", "motion", "fps", "keys"];
/// Most keys of one command.
const MOST_KEYS: usize = 8;

/// What the file says; what it does not name stays as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Config {
    /// The theme.
    pub theme: Option<Choice>,
    /// ASCII only.
    pub ascii: Option<bool>,
    /// Colours.
    pub color: Option<bool>,
    /// Moving dots.
    pub motion: Option<bool>,
    /// Frames a second.
    pub fps: Option<u8>,
    /// The user's keys.
    pub keys: Keymap,
}

/// Why the file cannot be used.
#[derive(Debug)]
pub enum ConfigError {
    /// It is there and cannot be read: give yourself the right to read it.
    Read(PathBuf, io::Error),
    /// It has faults; each names its remedy.
    Faults(Faults),
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Read(path, why) => write!(f, "cannot read the settings in {}: {why}", path.display()),
            Self::Faults(faults) => write!(f, "the settings have faults\n\n{faults}"),
        }
    }
}
impl std::error::Error for ConfigError {}

impl Config {
    /// The file: `$XDG_CONFIG_HOME/fivenines/config.toml`; `None` = there is no home directory.
    pub fn path() -> Option<PathBuf> {
        let dirs = etcetera::choose_base_strategy().ok()?;
        Some(dirs.config_dir().join("fivenines").join("config.toml"))
    }
    /// Reads the file; without one, nothing is said.
    pub fn load() -> Result<Self, ConfigError> {
        Self::path().map_or_else(|| Ok(Self::default()), |path| Self::load_from(&path))
    }
    /// As `load`, from this file.
    pub fn load_from(path: &Path) -> Result<Self, ConfigError> {
        match read(path) {
            Ok(text) => Self::parse(&path.display().to_string(), &text).map_err(ConfigError::Faults),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(why) => Err(ConfigError::Read(path.to_owned(), why)),
        }
    }
    /// Reads its text; the name stands in the faults.
    pub fn parse(name: &str, text: &str) -> Result<Self, Faults> {
        let (tree, faults) = file::parse(text);
        let mut reader = Reader { config: Self::default(), faults };
        // After a fault of the syntax the rest is guessed: what the parser made of it is not worth a word.
        if let (Tree::Table(entries), []) = (&tree.value, reader.faults.as_slice()) {
            for entry in entries {
                reader.entry(entry);
            }
        }
        if reader.faults.is_empty() { Ok(reader.config) } else { Err(Faults::new(name, text, reader.faults)) }
    }
    /// Puts what the file says into the options. The environment and the command line come after it.
    pub fn apply(self, options: &mut Options) {
        options.choose(self.theme.unwrap_or_default());
        options.ascii = self.ascii.unwrap_or(options.ascii);
        options.color = self.color.unwrap_or(options.color);
        options.motion = self.motion.unwrap_or(options.motion);
        options.fps = self.fps.unwrap_or(options.fps);
        options.keys = self.keys;
    }
}

/// At most a byte more than a file may have, which the parser then refuses.
fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(file::MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

struct Reader {
    config: Config,
    faults: Vec<Fault>,
}

impl Reader {
    fn fault(&mut self, span: &Span, message: impl AsRef<str>, remedy: impl AsRef<str>) {
        self.faults.push(Fault::new(span.clone(), message, remedy));
    }

    fn entry(&mut self, entry: &Entry) {
        match entry.key.as_str() {
            "theme" => self.config.theme = self.theme(&entry.item),
            "ascii" => self.config.ascii = self.switch(&entry.item, "ASCII characters only"),
            "color" => self.config.color = self.switch(&entry.item, "colours"),
            "motion" => self.config.motion = self.switch(&entry.item, "moving dots"),
            "fps" => self.config.fps = self.fps(&entry.item),
            "keys" => self.keys(&entry.item),
            other => {
                let remedy = did_you_mean(KEYS.iter().copied(), other)
                    .unwrap_or_else(|| format!("the settings are {}", KEYS.join(", ")));
                self.fault(&entry.key_span, format!("there is no setting `{other}`"), remedy);
            }
        }
    }

    fn theme(&mut self, item: &Item) -> Option<Choice> {
        let choice = match &item.value {
            Tree::Text(name) => name.parse().map_err(|_| format!("there is no theme `{name}`")),
            _ => Err("a theme is named by a text".to_owned()),
        };
        choice.map_err(|message| self.fault(&item.span, message, format!("themes are {CHOICES}"))).ok()
    }

    fn switch(&mut self, item: &Item, what: &str) -> Option<bool> {
        if let Tree::Bool(on) = item.value {
            return Some(on);
        }
        self.fault(&item.span, "this is a switch", format!("write `true` or `false`: {what}"));
        None
    }

    fn fps(&mut self, item: &Item) -> Option<u8> {
        match item.value {
            Tree::Number(n) if n.fract() == 0.0 && (1.0..=f64::from(MOST_FPS)).contains(&n) => Some(n as u8),
            _ => {
                self.fault(
                    &item.span,
                    "frames a second",
                    format!("write a whole number from 1 to {MOST_FPS}"),
                );
                None
            }
        }
    }

    fn keys(&mut self, item: &Item) {
        let Tree::Table(entries) = &item.value else {
            self.fault(&item.span, "`keys` is a table", "write `[keys]`, and below it `pause = \"y\"`");
            return;
        };
        let known = commands();
        let mut places: Vec<(&'static str, &Entry)> = Vec::new();
        for entry in entries {
            let Some((command, ..)) = known.iter().find(|(name, ..)| *name == entry.key) else {
                let remedy = did_you_mean(known.iter().map(|(name, ..)| *name), &entry.key)
                    .unwrap_or_else(|| "`fivenines config` lists the commands".into());
                self.fault(&entry.key_span, format!("there is no command `{}`", entry.key), remedy);
                continue;
            };
            let keys = self.presses(&entry.item);
            self.config.keys.set(command, keys);
            places.push((command, entry));
        }
        for clash in self.config.keys.clashes() {
            let Some((_, entry)) = places.iter().find(|(name, _)| *name == clash.command) else { continue };
            let message = format!("`{}` is the key of `{}` too", clash.press.name(), clash.other);
            let remedy = if known.iter().any(|(name, ..)| *name == clash.other) {
                format!("choose another key, or give `{}` another one", clash.other)
            } else {
                "choose another key".into()
            };
            self.fault(&entry.item.span, message, remedy);
        }
    }

    /// A key or a list of keys.
    fn presses(&mut self, item: &Item) -> Vec<Press> {
        let names = match &item.value {
            Tree::List(items) if !items.is_empty() && items.len() <= MOST_KEYS => items.as_slice(),
            Tree::Text(_) => std::slice::from_ref(item),
            _ => {
                let remedy =
                    format!("write a key, as \"y\", or a list of 1 to {MOST_KEYS}, as [\"y\", \"F2\"]");
                self.fault(&item.span, "this is no key", remedy);
                return Vec::new();
            }
        };
        let mut out = Vec::new();
        for item in names {
            let Tree::Text(name) = &item.value else {
                self.fault(&item.span, "a key is named by a text", format!("write {EXPECTED}"));
                continue;
            };
            match Press::parse(name) {
                // Its answer must not hang on a file.
                Some(Press::Ctrl('c')) => self.fault(&item.span, "Ctrl-c always quits", "choose another key"),
                Some(press) => out.push(press),
                None => {
                    self.fault(&item.span, format!("there is no key `{name}`"), format!("write {EXPECTED}"));
                }
            }
        }
        out
    }
}

fn did_you_mean<'a>(names: impl Iterator<Item = &'a str>, word: &str) -> Option<String> {
    nearest(word, names).map(|near| format!("did you mean `{near}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::ThemeKind;

    #[test]
    fn what_the_file_says_counts() {
        let text = "theme = \"light\"\nascii = true\ncolor = false\nmotion = false\nfps = 60\n[keys]\npause = \"y\"\n";
        let mut options = Options::default();
        Config::parse("config.toml", text).expect("sound").apply(&mut options);
        assert_eq!((options.theme, options.follows), (ThemeKind::Light, false));
        assert!(options.ascii && !options.color && !options.motion && options.fps == 60);
        assert_eq!(options.keys.own("pause"), Some(&[Press::Char('y')][..]));
        Config::default().apply(&mut options);
        assert!(options.follows && options.ascii, "what is not said stays");
    }

    #[track_caller]
    fn check(text: &str, expected: &[(usize, &str, &str)]) {
        let faults = Config::parse("config.toml", text).expect_err("the file has faults");
        let found: Vec<_> =
            faults.list().iter().map(|f| (faults.line(f), f.message.as_str(), f.remedy.as_str())).collect();
        for (one, (line, message, remedy)) in found.iter().zip(expected) {
            assert!(one.0 == *line && one.1.contains(message) && one.2.contains(remedy), "{one:?}");
        }
        assert_eq!(found.len(), expected.len(), "{faults}");
    }

    #[test]
    fn every_fault_has_its_line_and_remedy() {
        check("thema = \"dark\"", &[(1, "no setting `thema`", "did you mean `theme`?")]);
        check("theme = \"pink\"", &[(1, "no theme `pink`", "high-contrast, colour-blind")]);
        check(
            "theme = 3\nfps = 0\nmotion = \"no\"",
            &[(1, "text", "themes are"), (2, "frames", "1 to 120"), (3, "switch", "`true`")],
        );
        check("fps = 30.5", &[(1, "frames", "whole number")]);
        check("[keys]\npawse = \"y\"", &[(2, "no command `pawse`", "did you mean `pause`?")]);
        check("[keys]\nzzz = \"y\"", &[(2, "no command `zzz`", "fivenines config")]);
        check("[keys]\npause = \"Spce\"", &[(2, "no key `Spce`", "Space")]);
        check(
            "[keys]\npause = [\"y\", 3]\nhint = []",
            &[(2, "named by a text", "F1"), (3, "no key", "list of 1 to 8")],
        );
        check("[keys]\npause = \"Ctrl-C\"", &[(2, "Ctrl-c always quits", "another key")]);
        check("[keys]\npause = \"w\"", &[(2, "`w` is the key of `why` too", "give `why` another one")]);
        check("[keys]\npause = \"3\"", &[(2, "`3` is the key of `pick` too", "choose another key")]);
        check("keys = 1", &[(1, "`keys` is a table", "[keys]")]);
        check("fps = ", &[(1, "not valid TOML", "toml.io")]);
    }

    #[test]
    fn a_report_shows_file_line_and_excerpt() {
        let report = Config::parse("config.toml", "fps = 30\nthema = 1\n").unwrap_err().render(false);
        for part in ["config.toml:2:1", "thema = 1", "^^^^^", "did you mean `theme`?"] {
            assert!(report.contains(part), "{part} is missing in\n{report}");
        }
    }
}
