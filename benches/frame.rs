//! The cost of a picture: the fullest scene of the course, laid out, drawn, compared with the picture before and sent
//! into a writer that counts. `frame [FRAMES]` prints a line of JSON for each case; `compare_frame.sh` runs it in turn
//! with a reference.
//!
//! A frame is what the terminal does between two ticks, without the simulation, which has a bench of its own.
#![allow(clippy::disallowed_methods, reason = "a bench needs a clock")]

use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crossterm::event::KeyCode;
use fivenines::level::{Level, catalog};
use fivenines::session::lesson::Beat;
use fivenines::session::progress::Progress;
use fivenines::tui::Options;
use fivenines::tui::app::App;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

/// Frames of a case if no number is given.
const FRAMES: usize = 300;
/// A frame at 30 a second.
const TICK: Duration = Duration::from_millis(33);
/// Simulated seconds before the first picture, so that charts and log are not empty.
const LEAD_S: f64 = 20.0;
/// Ticks after which a scene that does not run yet is given up.
const MOST_TICKS: usize = 20_000;
/// As the terminal's.
const BUFFER: usize = 64 * 1024;
const SIZES: [(u16, u16); 3] = [(200, 60), (120, 35), (80, 24)];

static BYTES: AtomicU64 = AtomicU64::new(0);
static WRITES: AtomicU64 = AtomicU64::new(0);

/// Counts and forgets; on a terminal every call would be a system call.
struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        BYTES.fetch_add(bytes.len() as u64, Relaxed);
        WRITES.fetch_add(1, Relaxed);
        Ok(std::hint::black_box(bytes).len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type Screen = Terminal<CrosstermBackend<BufWriter<Sink>>>;

fn screen((width, height): (u16, u16)) -> Screen {
    let viewport = Viewport::Fixed(Rect::new(0, 0, width, height));
    let backend = CrosstermBackend::new(BufWriter::with_capacity(BUFFER, Sink));
    Terminal::with_options(backend, TerminalOptions { viewport }).expect("a sink takes everything")
}

fn draw(app: &mut App, screen: &mut Screen) {
    screen.draw(|frame| app.draw(frame.buffer_mut())).expect("a sink takes everything");
}

/// The app in a scene whose clock runs, some seconds in.
fn running(level: &Arc<Level>, scene: usize) -> Option<App> {
    let mut app = App::new(Options::default(), vec![Arc::clone(level)], Progress::default());
    app.open_at(level, scene);
    for _ in 0..MOST_TICKS {
        let lesson = &app.play()?.lesson;
        match lesson.beat {
            Beat::Run
                if lesson.preparing.is_none()
                    && lesson.elapsed.secs() > (lesson.length.secs() / 4.0).min(LEAD_S) =>
            {
                return Some(app);
            }
            Beat::Setting => drop(app.key(KeyCode::Enter.into())),
            Beat::Predict => {
                for key in [KeyCode::Char('1'), KeyCode::Right, KeyCode::Enter] {
                    app.key(key.into());
                }
            }
            Beat::Paused | Beat::Explain => return None,
            Beat::Run => {}
        }
        app.advance(TICK);
    }
    None
}

/// The scene of a level with most parts on screen, and the option that brings them (from 1; 0 = none).
fn fullest(level: &Arc<Level>) -> (usize, usize, usize) {
    let parts = |scene, option| {
        let mut app = running(level, scene)?;
        take(&mut app, option);
        let nodes = &app.play()?.snapshot.nodes;
        Some(nodes.iter().filter(|n| !n.removed).map(|n| n.replicas.len().max(1)).sum::<usize>())
    };
    let cases = (0..level.scenes.len())
        .flat_map(|scene| (0..=level.scenes[scene].options.len()).map(move |o| (scene, o)));
    let all = cases.filter_map(|(scene, option)| Some((parts(scene, option)?, scene, option)));
    all.max_by_key(|(parts, scene, _)| (*parts, usize::MAX - scene)).expect("a scene runs")
}

/// Takes an option and lets it come into effect.
fn take(app: &mut App, option: usize) {
    if let Some(digit) = char::from_digit(option as u32, 10).filter(|_| option > 0) {
        app.key(KeyCode::Char(digit).into());
        (0..10).for_each(|_| app.advance(TICK));
    }
}

/// Times the drawing of one case and prints it; before each frame `step` happens untimed.
fn case(name: &str, frames: usize, app: &mut App, size: (u16, u16), mut step: impl FnMut(&mut App)) {
    let mut screen = screen(size);
    for _ in 0..frames / 10 {
        step(app);
        draw(app, &mut screen);
    }
    BYTES.store(0, Relaxed);
    WRITES.store(0, Relaxed);
    let charts = |app: &App| app.play().map_or(0, |play| play.charted);
    let before = charts(app);
    let mut took: Vec<f64> = Vec::with_capacity(frames);
    let mut drawn = 0;
    for _ in 0..frames {
        step(app);
        let start = Instant::now();
        if app.is_stale() {
            draw(app, &mut screen);
            drawn += 1;
        }
        took.push(start.elapsed().as_secs_f64() * 1e6);
    }
    took.sort_by(f64::total_cmp);
    let mean = |count: &AtomicU64| count.load(Relaxed) as f64 / frames as f64;
    println!(
        "{{\"case\":\"{name} {}x{}\",\"us_median\":{:.1},\"us_p99\":{:.1},\"bytes_per_frame\":{:.0},\"writes_per_frame\":{:.2},\"drawn\":{drawn},\"charts\":{}}}",
        size.0,
        size.1,
        took[frames / 2],
        took[frames * 99 / 100],
        mean(&BYTES),
        mean(&WRITES),
        charts(app).saturating_sub(before),
    );
}

fn main() {
    // `cargo bench` adds flags; what is a number counts.
    let frames = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(FRAMES);
    let level = Arc::new(catalog::load("5").expect("level 5 is built in"));
    let (parts, scene, option) = fullest(&level);
    eprintln!("level 5, scene {}: {}, option {option} ({parts} parts)", scene + 1, level.scenes[scene].title);
    let start = || {
        let mut app = running(&level, scene).expect("it ran before");
        take(&mut app, option);
        app
    };
    for size in SIZES {
        // Everything open: a part selected, its inspector, the bottleneck's words; and the pace changed so often.
        let open = |speed: char, times: usize| {
            let mut app = start();
            let keys = ['l', 'l', 'i', 'w'].into_iter().chain(std::iter::repeat_n(speed, times));
            for key in keys {
                // The keys depend on what the last picture showed.
                app.draw(&mut Buffer::empty(Rect::new(0, 0, size.0, size.1)));
                app.key(KeyCode::Char(key).into());
            }
            app
        };
        // Fast is one rung up: at full speed the run is over in four frames, and what is timed is mostly opening it again.
        for (name, speed, times) in [("animated", '>', 0), ("fast", '>', 1), ("slow motion", '<', 5)] {
            // A run that ends within the bench starts again.
            let step = |app: &mut App| {
                if !app.runs() {
                    *app = open(speed, times);
                }
                app.advance(TICK);
            };
            case(name, frames, &mut open(speed, times), size, step);
        }
        let mut app = open(' ', 1);
        case("every frame drawn anew", frames, &mut app, size, App::resized);
        case("paused", frames, &mut app, size, |app| app.advance(TICK));
    }
}
