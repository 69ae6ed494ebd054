//! **fivenines**: learn system design in a terminal, on a live simulation.
//!
//! # The one idea
//!
//! *A run is a pure function of (level, seed, commands). Every frontend sends [`session::Command`]s and reads
//! [`sim::snapshot::Snapshot`]s.* Keys, a script and a test are sources of the same commands; the diagram, the JSON
//! report and a golden test are readers of the same snapshot. If a line of code can change the result of a run it
//! is a command and lives below [`tui`]; if it only changes what is on screen it is a [`tui::msg::Msg`].
//!
//! # Where things are
//!
//! | module | what | may import |
//! |---|---|---|
//! | [`sim`] | the engine: time, chance, events, calls, hosts, the kinds of components, metrics, snapshot | nothing of ours |
//! | [`insight`] | why: bottleneck, critical path, the tail by place, what differs, the chain to the cause, theory beside the measurement | `sim` |
//! | [`level`] | levels as data: file, check, scenes, goals, expressions, texts, the gate that proves a level, the glossary | `sim`, `insight` |
//! | [`session`] | a level being played: commands, the run's past (checkpoints, rewind, run codes), the scene's twin, undo, the lesson, the presenter's script, progress | `sim`, `insight`, `level` |
//! | [`headless`] | `run`, `list`, `check`, the narrator: the same runs without a screen; `notes`, `new`, `schema`, `glossary`, `progress` | all above |
//! | [`tui`] | the windows: app, keys and settings, pacing, themes, screens, panels, the diagram | all above, of `sim` plain values only |
//! | [`cli`] | the command line | plain values |
//!
//! `tests/it/tidy.rs` holds these rules, sizes of files and functions, and more.
//!
//! # One request
//!
//! A client's arrival event makes a request and sends a call (under its link's policy, if it has one: retries, pool,
//! breaker, hedge); the call is on its link (the moving dot) until it is delivered; the callee's station queues or
//! starts it; its work runs on the server's host; calls of its own go out and come back; the answer returns along the
//! calls, each caller frees its worker, and the client counts the response time. Windows of one second, totals, traces
//! of some requests and the snapshot are all that anybody else ever sees of it.
//!
//! # What is absent, on purpose
//!
//! - The engine has no clock, thread, file, float time or hash order: the same inputs give the same bits anywhere.
//! - A draw has no state: it is a function of what it is for, so forked worlds meet the same requests.
//! - A component never reads another one; `Ctx` is its only door.
//! - Nothing checked is raw and nothing raw is checked: `Raw` values and spans end at `level::check`.
//! - tokio appears only at the terminal's edge; everything else is plain synchronous code.
//! - No text of a level reaches the terminal unsanitised.

pub mod cli;
pub mod headless;
pub mod insight;
pub mod level;
pub mod session;
pub mod sim;
pub mod tui;
