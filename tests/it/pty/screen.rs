//! The program in a pseudo-terminal: keys go in, and a terminal emulator shows what a person would see.
#![allow(clippy::disallowed_methods, reason = "another process is waited for; it has a clock of its own")]

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use tempfile::TempDir;

/// Longest time to wait for anything; generous, for machines under load.
const LIMIT: Duration = Duration::from_secs(20);
/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// What the program has sent so far.
struct Received {
    parser: vt100::Parser,
    bytes: usize,
}

/// The program, its terminal and the person in front of it.
pub struct Screen {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    /// Kept open: the line settings then outlive the program and can be compared.
    slave: Option<Box<dyn SlavePty + Send>>,
    writer: Box<dyn Write + Send>,
    reader: Option<JoinHandle<()>>,
    received: Arc<Mutex<Received>>,
    settings: [u64; 4],
    home: Arc<TempDir>,
}

impl Screen {
    /// Starts the program for somebody who never ran it before.
    pub fn start(columns: u16, rows: u16) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder can be made");
        Self::start_at(Arc::new(home), columns, rows, &[], &[])
    }
    /// Starts it with arguments.
    pub fn start_to(columns: u16, rows: u16, arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder can be made");
        Self::start_at(Arc::new(home), columns, rows, &[], arguments)
    }
    /// Starts it again for the same person.
    pub fn start_again(&self, columns: u16, rows: u16) -> Self {
        Self::start_at(Arc::clone(&self.home), columns, rows, &[], &[])
    }
    /// Starts it with changed environment variables.
    pub fn start_with(columns: u16, rows: u16, variables: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder can be made");
        Self::start_at(Arc::new(home), columns, rows, variables, &[])
    }

    fn start_at(
        home: Arc<TempDir>,
        columns: u16,
        rows: u16,
        variables: &[(&str, &str)],
        arguments: &[&str],
    ) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).expect("a pseudo-terminal can be opened");
        let settings = line_settings(&*pair.master);
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_fivenines"));
        command.args(arguments);
        command.env_clear();
        command.cwd(home.path());
        command.env("HOME", home.path());
        for folder in ["XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
            command.env(folder, home.path().join(folder));
        }
        for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("PATH", "/usr/bin:/bin")] {
            command.env(name, value);
        }
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).expect("the program starts");
        let parser = vt100::Parser::new(cells(rows), cells(columns), 0);
        let received = Arc::new(Mutex::new(Received { parser, bytes: 0 }));
        let from = pair.master.try_clone_reader().expect("the terminal can be read");
        let reader = Some(read_all(from, Arc::clone(&received)));
        let writer = pair.master.take_writer().expect("the terminal can be written");
        Self { child, master: pair.master, slave: Some(pair.slave), writer, reader, received, settings, home }
    }

    fn received(&self) -> MutexGuard<'_, Received> {
        self.received.lock().expect("the reader does not panic")
    }
    /// What stands on the screen.
    pub fn text(&self) -> String {
        self.received().parser.screen().contents()
    }
    /// The colour behind the last cell of the screen, where the ground of the program shows.
    pub fn ground(&self) -> vt100::Color {
        let received = self.received();
        let screen = received.parser.screen();
        let (rows, columns) = screen.size();
        screen.cell(rows.get() - 1, columns.get() - 1).map_or(vt100::Color::Default, vt100::Cell::bgcolor)
    }
    /// Where a text stands: column and row from 1, as a terminal reports a click there.
    #[track_caller]
    pub fn place(&self, text: &str) -> (usize, usize) {
        let picture = self.text();
        let found = picture
            .lines()
            .enumerate()
            .find_map(|(row, line)| line.find(text).map(|at| (line[..at].chars().count() + 1, row + 1)));
        found.unwrap_or_else(|| panic!("{text} does not stand on\n{picture}"))
    }
    /// Clicks in the middle of a text.
    #[track_caller]
    pub fn click(&mut self, text: &str) {
        let (column, row) = self.place(text);
        let column = column + text.chars().count() / 2;
        self.keys(&format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m"));
    }
    /// Clock ticks that the program has computed so far, its own and the kernel's for it; Linux only.
    pub fn ticks(&self) -> u64 {
        let id = self.child.process_id().expect("the program runs");
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).expect("the kernel tells");
        // The name may hold blanks; after it, the eleventh and the twelfth field are user and system time.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
        [11, 12].into_iter().map(|at| fields[at].parse::<u64>().expect("a number of ticks")).sum()
    }
    /// The most memory that the program has had, KiB; Linux only.
    pub fn peak_kib(&self) -> u64 {
        let id = self.child.process_id().expect("the program runs");
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("the kernel tells");
        let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).expect("a peak");
        line.trim().trim_end_matches("kB").trim().parse().expect("a number")
    }
    /// Number of bytes received so far.
    pub fn bytes(&self) -> usize {
        self.received().bytes
    }
    /// Whether the full screen is in use, with the cursor hidden and the line settings raw.
    pub fn is_full(&self) -> bool {
        let received = self.received();
        let screen = received.parser.screen();
        let cooked = u64::from(libc::ICANON | libc::ECHO);
        screen.alternate_screen() && screen.hide_cursor() && line_settings(&*self.master)[3] & cooked == 0
    }

    /// Looks again and again until it is so.
    #[track_caller]
    pub fn wait(&self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let start = Instant::now();
        while !is_so(self) {
            assert!(start.elapsed() < LIMIT, "waited in vain for {what}; the screen:\n{}", self.text());
            thread::sleep(PAUSE);
        }
    }
    /// Waits until a text stands on the screen.
    #[track_caller]
    pub fn see(&self, text: &str) {
        self.wait(text, |s| s.text().contains(text));
    }
    /// Waits until nothing has arrived for so long.
    #[track_caller]
    pub fn settle(&self, quiet: Duration) {
        let (mut bytes, mut since) = (self.bytes(), Instant::now());
        self.wait("a quiet moment", |s| {
            if s.bytes() != bytes {
                (bytes, since) = (s.bytes(), Instant::now());
            }
            since.elapsed() >= quiet
        });
    }
    /// How many bytes arrive within so long.
    pub fn bytes_within(&self, time: Duration) -> usize {
        let before = self.bytes();
        thread::sleep(time);
        self.bytes() - before
    }

    /// Types.
    pub fn keys(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).expect("the terminal takes keys");
        self.writer.flush().expect("the terminal takes keys");
    }
    /// Types the same keys every so often until it is so.
    #[track_caller]
    pub fn keys_until(&mut self, keys: &str, what: &str, is_so: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !is_so(self) {
            assert!(start.elapsed() < LIMIT, "typed in vain for {what}; the screen:\n{}", self.text());
            self.keys(keys);
            thread::sleep(PAUSE * 20);
        }
    }
    /// Changes the size of the window.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.received().parser.screen_mut().set_size(cells(rows), cells(columns));
        self.master.resize(size(columns, rows)).expect("the terminal can be resized");
    }
    /// Sends a signal by its name: `TERM`.
    pub fn signal(&self, name: &str) {
        let id = self.child.process_id().expect("the program runs");
        // Every shell has `kill` built in; the package forbids `unsafe`, so there is no system call.
        let done = Command::new("sh").args(["-c", &format!("kill -{name} {id}")]).status();
        assert!(done.expect("a shell starts").success(), "kill -{name} failed");
    }

    /// Waits for the end; the exit code.
    #[track_caller]
    pub fn exit_code(&mut self) -> u32 {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the program can be waited for") {
                return status.exit_code();
            }
            assert!(start.elapsed() < LIMIT, "still running; the screen:\n{}", self.text());
            thread::sleep(PAUSE);
        }
    }
    /// Whether the terminal is as it was before. Only after the end of the program.
    #[track_caller]
    pub fn assert_restored(&mut self) {
        // In this order: the settings vanish with our slave, and without closing it the reader never ends.
        let settings = line_settings(&*self.master);
        drop(self.slave.take());
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the reader does not panic");
        }
        let received = self.received();
        let screen = received.parser.screen();
        let modes = (screen.alternate_screen(), screen.hide_cursor(), screen.bracketed_paste());
        let mouse = screen.mouse_protocol_mode();
        drop(received);
        assert_eq!(modes, (false, false, false), "alternate screen, hidden cursor, bracketed paste");
        assert_eq!(mouse, vt100::MouseProtocolMode::None);
        assert_eq!(settings, self.settings, "line settings: input, output, control, local");
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // After a failed assertion the program still runs; afterwards both are of no use.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Drains the terminal all the time, or the program would block; ends when the last slave is closed.
fn read_all(mut from: Box<dyn Read + Send>, received: Arc<Mutex<Received>>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(n @ 1..) = from.read(&mut buffer) {
            let mut received = received.lock().expect("no test panics while it looks");
            received.bytes += n;
            received.parser.process(&buffer[..n]);
        }
    })
}

/// Input, output, control and local flags.
fn line_settings(master: &dyn MasterPty) -> [u64; 4] {
    let t = master.get_termios().expect("a terminal has line settings");
    [
        t.input_flags.bits().into(),
        t.output_flags.bits().into(),
        t.control_flags.bits().into(),
        t.local_flags.bits().into(),
    ]
}

fn cells(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).expect("a terminal has at least one cell")
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}
