//! The settings that count, as a file that can be kept: what `fivenines config` prints.

use std::io::{self, Write};

use super::Config;
use crate::tui::keymap::{Press, commands};
use crate::tui::options::{MOST_FPS, Options};
use crate::tui::theme::{CHOICES, Choice};

/// Column of the remark behind a key.
const REMARK: usize = 36;

/// Writes the settings as they are after file, environment and command line.
pub fn print(options: &Options, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# The settings of fivenines as they count now.")?;
    match Config::path() {
        Some(path) => writeln!(out, "# They are read from {}", path.display())?,
        None => writeln!(out, "# They are read from nowhere: set HOME or XDG_CONFIG_HOME.")?,
    }
    writeln!(out, "# The command line counts before the environment, the environment before the file.\n")?;
    let theme = if options.follows { Choice::Auto } else { Choice::Theme(options.theme) };
    writeln!(
        out,
        "# {CHOICES}; auto is dark or light, as the terminal is: now {}",
        options.styles().kind.name()
    )?;
    writeln!(out, "theme = \"{}\"", theme.name())?;
    for (name, on, what) in [
        ("ascii", options.ascii, "draw with ASCII characters only; a locale without UTF-8 does so by itself"),
        ("color", options.color, "colours; the variable NO_COLOR takes them away"),
        ("motion", options.motion, "requests move"),
    ] {
        writeln!(out, "# {what}\n{name} = {on}")?;
    }
    writeln!(out, "# most frames a second, 1 to {MOST_FPS}\nfps = {}", options.fps)?;
    writeln!(out, "\n# A command with its key, or a list of keys: pause = [\"y\", \"Space\"]\n[keys]")?;
    for (name, keys, help) in commands() {
        let own = options.keys.own(name);
        let line = format!("{name} = {}", written(own.unwrap_or(&keys)));
        let mark = if own.is_some() { "" } else { "# " };
        let remark = if help.is_empty() { String::new() } else { format!("# {help}") };
        writeln!(out, "{}", format!("{mark}{line:<REMARK$} {remark}").trim_end())?;
    }
    Ok(())
}

fn written(keys: &[Press]) -> String {
    let mut names: Vec<String> =
        keys.iter().map(|key| toml::Value::String(key.written()).to_string()).collect();
    if names.len() == 1 { names.remove(0) } else { format!("[{}]", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(options: &Options) -> String {
        let mut out = Vec::new();
        print(options, &mut out).expect("a vector takes everything");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn what_is_printed_can_be_kept_as_the_file() {
        let text = "theme = \"colour-blind\"\nmotion = false\nfps = 12\n[keys]\npause = [\"y\", '\\']\nhint = \"F2\"\n";
        let config = Config::parse("config.toml", text).expect("sound");
        let mut options = Options::default();
        config.apply(&mut options);
        let kept = printed(&options);
        let mut again = Options::default();
        Config::parse("kept", &kept).unwrap_or_else(|faults| panic!("{faults}\n{kept}")).apply(&mut again);
        assert_eq!(format!("{again:?}"), format!("{options:?}"), "{kept}");
        assert!(kept.contains("hint = \"F2\"") && kept.contains("# step = \".\""), "{kept}");
    }

    #[test]
    fn every_default_is_a_sound_line() {
        let kept = printed(&Options::default());
        let all: String = kept
            .lines()
            .map(|l| l.strip_prefix("# ").filter(|l| l.contains(" = ")).unwrap_or(l))
            .fold(String::new(), |text, line| if line.starts_with('A') { text } else { text + line + "\n" });
        assert!(Config::parse("kept", &all).is_ok(), "{all}\n{}", Config::parse("kept", &all).unwrap_err());
    }
}
