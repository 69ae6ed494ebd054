//! `new`: a level to start from, small and proven.

use std::io::Write;
use std::path::Path;

use super::{Failure, progress};
use crate::cli::NewArgs;
use crate::level::catalog;
use crate::level::check::check_file_name;
use crate::level::sanitise::one_line;

/// The level as it is built in: it is sound as it stands, under this name.
pub const SKELETON: &str = include_str!("../../assets/skeleton.toml");
/// Its name, which the new one replaces.
const NAME: &str = "my-level";

/// Writes `NAME.toml` into the current directory, or prints it; what is to be said on the side.
pub fn new(args: &NewArgs, out: &mut dyn Write) -> Result<Vec<String>, Failure> {
    let name = args.name.strip_suffix(".toml").unwrap_or(&args.name);
    check_file_name(name)
        .map_err(|p| Failure::input(one_line(&format!("{}; {}", p.message, p.remedy), 400)))?;
    if catalog::find(name).is_some() {
        let message =
            format!("`{name}` is a level of the course, and progress goes by the name; choose another");
        return Err(Failure::input(message));
    }
    let text = SKELETON.replace(NAME, name);
    if args.stdout {
        out.write_all(text.as_bytes())?;
        out.flush()?;
        return Ok(Vec::new());
    }
    let file = format!("{name}.toml");
    progress::write_new(Path::new(&file), text.as_bytes())?;
    let rows = [
        (format!("fivenines check {file}"), "after every change: each fault with its line and remedy"),
        (format!("fivenines play {file}"), "as a student sees it"),
        ("levels/README.md".to_owned(), "in the source of fivenines: every key, and how to choose numbers"),
    ];
    let width = rows[0].0.len();
    let mut said = format!("wrote {file}, which passes every check as it stands. Next:");
    for (what, why) in rows {
        said.push_str(&format!("\n  {what:width$}   {why}"));
    }
    Ok(vec![said])
}
