//! The program in a pseudo-terminal, in figures: first picture beside `less`, from a key to its picture with the
//! simulator flat out, ten seconds at rest, memory after ten simulated minutes of the largest level.
//!
//! `cargo bench --bench terminal`. Figures, no verdicts: a shared machine may be busy.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    dead_code,
    reason = "a bench that borrows from the tests"
)]

#[path = "../tests/it/pty/screen.rs"]
mod screen;

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use screen::Screen;

/// Starts of each program, in turn.
const STARTS: usize = 40;
/// Key presses that are timed.
const PRESSES: usize = 100;
const SIZE: PtySize = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };

/// Milliseconds from the start of a program to the last words of its first picture.
fn first_picture(program: &str, arguments: &[&str], last_words: &str) -> f64 {
    let home = tempfile::tempdir().unwrap();
    let pair = native_pty_system().openpty(SIZE).unwrap();
    let mut command = CommandBuilder::new(program);
    command.args(arguments);
    command.env_clear();
    for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("PATH", "/usr/bin:/bin")] {
        command.env(name, value);
    }
    command.env("HOME", home.path());
    let mut reader = pair.master.try_clone_reader().unwrap();
    let start = Instant::now();
    let mut child = pair.slave.spawn_command(command).unwrap();
    let (mut seen, mut part) = (Vec::new(), [0; 8192]);
    let took = loop {
        let n = reader.read(&mut part).unwrap();
        seen.extend_from_slice(&part[..n]);
        if seen.windows(last_words.len()).any(|w| w == last_words.as_bytes()) {
            break start.elapsed().as_secs_f64() * 1e3;
        }
    };
    let _ = pair.master.take_writer().unwrap().write_all(b"q");
    let _ = child.wait();
    took
}

fn quantile(sorted: &[f64], q: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * q).round() as usize]
}

fn starts() {
    let ours = env!("CARGO_BIN_EXE_fivenines");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("text");
    let text: Vec<String> = (0..500).map(|i| format!("line {i} of a text to look at")).collect();
    std::fs::write(&file, text.join("\n")).unwrap();
    let mut took = [Vec::new(), Vec::new()];
    for _ in 0..STARTS {
        took[0].push(first_picture(ours, &[], "quit"));
        took[1].push(first_picture("less", &[file.to_str().unwrap()], "line 22 "));
    }
    let [ours, less] = took.map(|mut times| {
        times.sort_by(f64::total_cmp);
        quantile(&times, 0.5)
    });
    println!(
        "first picture: ours {ours:.2} ms, less FILE {less:.2} ms, ratio {:.2} ({STARTS} starts each, medians)",
        ours / less
    );
}

/// A sandbox, which has no end, as fast as the machine goes.
fn flat_out() -> Screen {
    let mut screen =
        Screen::start_to(120, 35, &["sandbox", concat!(env!("CARGO_MANIFEST_DIR"), "/benches/w2.toml")]);
    screen.see("Space pause");
    screen.keys_until(">", "full speed", |s| s.text().contains("full speed"));
    screen
}

/// The challenge of level 5 at its own pace, until it pauses or ends.
fn challenge() -> Screen {
    let mut screen = Screen::start(120, 35);
    screen.see("Everybody says");
    screen.keys("\r");
    screen.see("nines lit");
    // The last level, its scenes, the challenge.
    screen.keys_until("\x1b[B", "level 5", |s| s.text().contains("▸ 5"));
    screen.keys("\x1b[C");
    screen.keys_until("\x1b[B", "the challenge", |s| s.text().contains("▸ 12"));
    screen.keys("\r");
    screen.keys_until("1\r", "the run", |s| s.text().contains("Space pause"));
    screen
}

fn presses() {
    let mut screen = flat_out();
    let mut took = Vec::new();
    while took.len() < PRESSES {
        std::thread::sleep(Duration::from_millis(37));
        let start = Instant::now();
        screen.keys(" ");
        while !screen.text().contains("Space go on") && start.elapsed() < Duration::from_secs(2) {
            std::thread::sleep(Duration::from_micros(200));
        }
        assert!(screen.text().contains("Space go on"), "nothing pauses:\n{}", screen.text());
        took.push(start.elapsed().as_secs_f64() * 1e3);
        screen.keys(" ");
        screen.see("Space pause");
    }
    took.sort_by(f64::total_cmp);
    println!(
        "key to picture, simulator flat out: p50 {:.1} ms, p90 {:.1} ms, p99 {:.1} ms, max {:.1} ms ({PRESSES} presses)",
        quantile(&took, 0.5),
        quantile(&took, 0.9),
        quantile(&took, 0.99),
        quantile(&took, 1.0),
    );
}

fn memory() {
    let mut screen = challenge();
    let minutes = |s: &Screen| {
        let text = s.text();
        let clock = text.lines().next().and_then(|line| line.split('▶').nth(1).map(str::to_owned));
        clock.and_then(|c| c.trim().split(':').next().and_then(|m| m.parse::<u32>().ok())).unwrap_or(0)
    };
    let title = |s: &Screen| s.text().lines().next().unwrap_or("").trim_end().to_owned();
    screen.wait("ten minutes", |s| minutes(s) >= 10 || !s.text().contains("Space pause"));
    println!("memory: peak {:.1} MiB at{}", screen.peak_kib() as f64 / 1024.0, title(&screen));
    // An hour of seconds is all that is kept.
    screen.keys_until(">", "full speed", |s| s.text().contains("full speed"));
    screen.wait("three hours", |s| minutes(s) >= 180 || !s.text().contains("Space pause"));
    println!("memory: peak {:.1} MiB at{}", screen.peak_kib() as f64 / 1024.0, title(&screen));
}

fn rest() {
    let mut screen = flat_out();
    screen.keys(" ");
    screen.see("Space go on");
    screen.settle(Duration::from_millis(300));
    let ticks = screen.ticks();
    let bytes = screen.bytes_within(Duration::from_secs(10));
    println!("ten seconds paused: {bytes} bytes, {} ticks of 10 ms", screen.ticks() - ticks);
}

fn main() {
    starts();
    presses();
    rest();
    memory();
}
