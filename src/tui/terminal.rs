//! The terminal: sets it up, feeds the app with keys, time and signals, draws when something changed, and puts
//! everything back whatever happens.

use std::fmt;
use std::io::{self, BufWriter, Stdout, Write};
use std::time::Duration;

use crossterm::event::{Event, EventStream};
use crossterm::{cursor, execute, terminal};
use futures_util::StreamExt;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::app::App;
use super::ground::{Heard, Listener, QUERY};
use super::msg::Flow;
use super::pacing::Clock;
use crate::session::progress::Progress;

/// Room for a whole frame, so that it goes out in one write.
const FRAME_BYTES: usize = 64 * 1024;

type Screen = Terminal<CrosstermBackend<BufWriter<Stdout>>>;

/// Clicks and the wheel are reported, movements are not: they would wake the program for nothing.
struct MouseClicks(bool);

impl crossterm::Command for MouseClicks {
    fn write_ansi(&self, f: &mut impl fmt::Write) -> fmt::Result {
        f.write_str(if self.0 { "\x1b[?1000h\x1b[?1006h" } else { "\x1b[?1006l\x1b[?1000l" })
    }
}

/// Runs the app until it ends, the terminal goes away or a signal says so. What takes time and is not needed for the
/// first picture happens behind it.
pub fn run(app: &mut App, fps: u8, behind: impl FnOnce(&mut App)) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut screen = open()?;
    restore_on_panic();
    let result = runtime.block_on(serve(app, &mut screen, fps, behind));
    drop(screen); // shows the cursor
    restore();
    if let Some(said) = app.still_unsaved().and_then(save) {
        eprintln!("fivenines: {said}");
    }
    result
}

fn open() -> io::Result<Screen> {
    // crossterm would write a full reset instead of a colour under NO_COLOR; the app drops colours itself.
    crossterm::style::force_color_output(true);
    terminal::enable_raw_mode()?;
    let opened = execute!(io::stdout(), terminal::EnterAlternateScreen, MouseClicks(true), cursor::Hide)
        .and_then(|()| {
            Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(FRAME_BYTES, io::stdout())))
        });
    if opened.is_err() {
        restore();
    }
    opened
}

/// Puts the terminal back. Errors are of no use: the terminal may be gone.
fn restore() {
    let _ = terminal::disable_raw_mode();
    let _ = execute!(io::stdout(), MouseClicks(false), terminal::LeaveAlternateScreen, cursor::Show);
    let _ = io::stdout().flush();
}

/// A panic of this thread restores the terminal before it is reported; other threads must not touch the screen.
fn restore_on_panic() {
    let main = std::thread::current().id();
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == main {
            restore();
            report(info);
        }
    }));
}

/// The signals that end the program in good order.
struct Signals([Signal; 3]);

impl Signals {
    fn listen() -> io::Result<Self> {
        let kinds = [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt()];
        let [a, b, c] = kinds.map(signal);
        Ok(Self([a?, b?, c?]))
    }
    async fn any(&mut self) {
        let [a, b, c] = &mut self.0;
        tokio::select! { _ = a.recv() => {}, _ = b.recv() => {}, _ = c.recv() => {} }
    }
}

async fn serve(app: &mut App, screen: &mut Screen, fps: u8, behind: impl FnOnce(&mut App)) -> io::Result<()> {
    let mut signals = Signals::listen()?;
    let mut events = EventStream::new();
    let mut frames = frames(fps);
    let (mut clock, mut ran) = (Clock::start(), false);
    let mut ground = app.asks_ground().then(Listener::default);
    draw(app, screen)?;
    if ground.is_some() {
        // Behind the first picture, so that a terminal without an answer delays nothing.
        screen.backend_mut().write_all(QUERY)?;
        io::Write::flush(screen.backend_mut())?;
    }
    behind(app);
    loop {
        draw(app, screen)?;
        let runs = app.runs();
        if runs && !ran {
            // The time that passed while the clock stood does not count.
            clock.lap();
            frames.reset();
        }
        ran = runs;
        tokio::select! {
            biased;
            () = signals.any() => return Ok(()),
            event = events.next() => {
                let Some(event) = event else { return Ok(()) };
                if hear(&mut ground, app, &event?) == Flow::Quit {
                    return Ok(());
                }
                if let Some(said) = app.unsaved().and_then(save) {
                    app.warn(said);
                }
            }
            _ = frames.tick(), if runs => {
                let real = clock.lap();
                let mut stopwatch = Clock::start();
                app.advance(real);
                app.tune(stopwatch.lap());
            }
        }
    }
}

fn draw(app: &mut App, screen: &mut Screen) -> io::Result<()> {
    if app.is_stale() {
        screen.draw(|frame| app.draw(frame.buffer_mut()))?;
    }
    Ok(())
}

/// Takes the terminal's answer out of the events; all else goes to the app.
fn hear(listener: &mut Option<Listener>, app: &mut App, event: &Event) -> Flow {
    if let (Some(ear), Event::Key(key)) = (&mut *listener, event) {
        match ear.hear(*key) {
            Heard::Key => {}
            Heard::Part => return Flow::Continue,
            Heard::Answer(ground) => {
                *listener = None;
                if let Some(ground) = ground {
                    app.learn_ground(ground);
                }
                return Flow::Continue;
            }
        }
    }
    take(app, event)
}

fn frames(fps: u8) -> Interval {
    let mut frames = interval(Duration::from_secs(1) / u32::from(fps.clamp(1, 120)));
    frames.set_missed_tick_behavior(MissedTickBehavior::Delay);
    frames
}

fn take(app: &mut App, event: &Event) -> Flow {
    match event {
        Event::Key(key) if !key.is_release() => app.key(*key),
        Event::Mouse(mouse) => app.mouse(*mouse),
        Event::Resize(..) => {
            app.resized();
            Flow::Continue
        }
        _ => Flow::Continue,
    }
}

/// Puts new progress on disk; what is to be told, if anything. The game goes on in any case.
fn save(progress: &mut Progress) -> Option<String> {
    progress.save().unwrap_or_else(|error| Some(format!("Progress could not be saved: {error}")))
}
