//! How each level is won, and how it is lost: for every scene the keys of both, from its first page to its last.
//!
//! `Enter` reads on, starts and confirms; a digit picks an answer, at a pause an option. `run` lets the run go until it
//! pauses or ends. `e` opens the knobs, from the first that may be changed: `Down` goes to the next knob and on to the
//! next part's, `Left` and `Right` change it, `Esc` closes them. A part stays selected in the next scene: there `e` begins
//! with its knobs.

/// The keys of one scene.
pub struct Row {
    /// Its id.
    pub scene: &'static str,
    /// To full marks.
    pub right: &'static str,
    /// Wrong at every turn.
    pub wrong: &'static str,
}

const fn row(scene: &'static str, right: &'static str, wrong: &'static str) -> Row {
    Row { scene, right, wrong }
}

/// The rows of a level, by its number from 1.
pub fn of(level: u8) -> &'static [Row] {
    [MONOLITH, SCALING, LOAD_BALANCER, DATABASE, MICROSERVICES][usize::from(level) - 1]
}

const MONOLITH: &[Row] = &[
    row("one", "Enter 3 Enter run", "Enter 1 Enter run"),
    row("double", "Enter 1 Enter run", "Enter 2 Enter run"),
    row("hockey-stick", "Enter 3 Enter run", "Enter 2 Enter run"),
    row("over", "Enter 3 Enter run", "Enter 1 Enter run"),
    row("cure", "Enter run 2 Enter run", "Enter run 1 Enter run"),
    row("neighbour", "Enter 2 Enter run", "Enter 1 Enter run"),
    row("memory", "Enter 3 Enter run", "Enter 1 Enter run"),
    row("plug", "Enter 3 Enter run", "Enter 2 Enter run"),
    // Nothing to do, and that is the point: both pauses pass by. Lost: the smaller box.
    row("launch", "Enter 1 Enter run Enter run", "Enter 1 Enter run 5 Enter run"),
    // An index. Lost: more workers.
    row("slow-query", "Enter 3 Enter run 2 Enter run", "Enter 1 Enter run 3 Enter run"),
];

const SCALING: &[Row] = &[
    row("front-page", "Enter 2 Enter run", "Enter 1 Enter run"),
    row("sixteen", "Enter 3 Enter run", "Enter 1 Enter run"),
    row("shelf", "Enter run 4 Enter run", "Enter run 1 Enter run"),
    row("not-faster", "Enter Right Right Right Right Right Enter run", "Enter Left Left Enter run"),
    row("big-dies", "Enter 4 Enter run", "Enter 1 Enter run"),
    row("copies", "Enter 3 Enter run 4 Enter run", "Enter 1 Enter run 1 Enter run"),
    row("linear", "Enter 3 Enter run", "Enter 1 Enter run"),
    row("dead-address", "Enter 3 Enter run", "Enter 1 Enter run"),
    // Five web servers, shared sessions, a database of size l. Lost: the database stays as it is.
    row(
        "ten-times",
        "e Right*4 Down*3 Left Down*6 Right Esc Enter 2 Enter run",
        "e Right*4 Down*3 Left Esc Enter 3 Enter run",
    ),
    // One print machine of size 2xl. Lost: four small ones.
    row("print-files", "e Up Right*2 Esc Enter 3 Enter run", "e Down*5 Right*3 Esc Enter 1 Enter run"),
];

const LOAD_BALANCER: &[Row] = &[
    row("cop", "Enter 2 Enter run", "Enter 1 Enter run"),
    row("crash", "Enter 2 Enter run 2 Enter run", "Enter 1 Enter run 3 Enter run"),
    row("detect", "Enter 3 Enter run", "Enter 1 Enter run"),
    row("black-hole", "Enter 4 Enter run", "Enter 1 Enter run"),
    row("probe", "Enter 3 Enter run 3 Enter run", "Enter 1 Enter run 2 Enter run"),
    row("gray", "Enter 3 Enter run 3 Enter run", "Enter 1 Enter run 1 Enter run"),
    row("n-plus-one", "Enter 3 Enter run", "Enter 1 Enter run"),
    row("pair", "Enter 2 Enter run", "Enter 1 Enter run"),
    row("zone", "Enter 1 Enter run", "Enter 2 Enter run"),
    row("deploys", "Enter 3 Enter run", "Enter 1 Enter run"),
    row("sticky", "Enter 4 Enter run", "Enter 1 Enter run"),
    // Least connections, a probe every half second, a fifth server. Lost: eight servers.
    row(
        "sale-day",
        "e Right*3 Down Left*3 Down*5 Right Esc Enter 1 Enter run",
        "e Down*6 Right*4 Esc Enter 1 Enter run",
    ),
    // The balancer waits a second, not a tenth. Lost: 200 ms.
    row("cut-off", "e Up*2 Right*3 Esc Enter 4 Enter run", "e Up*2 Right Esc Enter 1 Enter run"),
];

const DATABASE: &[Row] = &[
    row("moved", "Enter 4 Enter run", "Enter 1 Enter run"),
    row("half", "Enter 3 Enter run 3 Enter run", "Enter 1 Enter run 2 Enter run"),
    row("lag", "Enter 3 Enter run 3 Enter run", "Enter 1 Enter run 1 Enter run"),
    row("dies", "Enter 2 Enter run", "Enter 1 Enter run"),
    row("cache", "Enter 3 Enter run", "Enter 1 Enter run"),
    row("size", "Enter 2 Enter run 1 Enter run", "Enter 1 Enter run 3 Enter run"),
    row("flush", "Enter 3 Enter run", "Enter 1 Enter run"),
    row("down", "Enter 2 Enter run Enter run", "Enter 1 Enter run Enter run"),
    row("shards", "Enter 2 Enter run", "Enter 1 Enter run"),
    row("reshard", "Enter 3 Enter run", "Enter 1 Enter run"),
    row("cap", "Enter 4 Enter run", "Enter 1 Enter run"),
    // A larger cache and a copy. Lost: two more web servers.
    row("feed", "Enter 3 Enter run 1 2 Enter run", "Enter 1 Enter run 5 Enter run"),
    // Three shards, each with a copy. Lost: the cache, which helped the last time.
    row("telemetry", "Enter 2 Enter run 3 2 Enter run", "Enter 1 Enter run 1 Enter run"),
];

const MICROSERVICES: &[Row] = &[
    row("pipeline", "Enter 3 Enter run 4 Enter run", "Enter 1 Enter run 1 Enter run"),
    row("hop", "Enter 2 Enter run 1 Enter run", "Enter 1 Enter run 3 Enter run"),
    row("busy", "Enter 2 Enter run", "Enter 1 Enter run"),
    row("slow", "Enter 3 Enter run", "Enter 1 Enter run"),
    row("layers", "Enter 3 Enter run", "Enter 1 Enter run"),
    row("storm", "Enter 3 Enter run 4 Enter run", "Enter 1 Enter run 1 Enter run"),
    row("mail", "Enter 2 Enter run", "Enter 1 Enter run"),
    row("spike", "Enter 3 Enter run", "Enter 1 Enter run"),
    row("twice", "Enter 2 Enter run", "Enter 1 Enter run"),
    row("oversell", "Enter 3 Enter run", "Enter 1 Enter run"),
    row("stay", "Enter 3 Enter run", "Enter 1 Enter run"),
    // Two services with pipelines of their own. Lost: bigger machines.
    row("split", "Enter 2 Enter run 4 Enter run", "Enter 1 Enter run 2 Enter run"),
    // Two copies for the reads. Lost: more servers for the shop.
    row("database", "Enter 1 Enter run 4 Enter run", "Enter 2 Enter run 3 Enter run"),
];
