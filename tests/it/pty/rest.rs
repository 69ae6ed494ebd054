//! What costs nothing must cost nothing, and no size of the window loses anything.

use std::time::Duration;

use super::{at_home, running};

#[cfg(target_os = "linux")]
#[test]
fn ten_seconds_at_rest_cost_no_bytes_and_no_time() {
    let home = at_home(80, 24);
    let mut paused = running();
    paused.keys(" ");
    paused.see("Space go on");
    for screen in [&home, &paused] {
        screen.settle(Duration::from_millis(250));
    }
    let before = [&home, &paused].map(|s| (s.bytes(), s.ticks()));
    assert_eq!(home.bytes_within(Duration::from_secs(10)), 0, "Home is at rest");
    for (screen, (bytes, ticks)) in [&home, &paused].into_iter().zip(before) {
        assert_eq!(screen.bytes(), bytes, "nothing is sent:\n{}", screen.text());
        assert!(screen.peak_kib() < 60 * 1024, "{} KiB of memory", screen.peak_kib());
        // One tick of a hundredth of a second may have been counted for somebody else's interrupt.
        assert!(screen.ticks() <= ticks + 1, "{} ticks in ten seconds", screen.ticks() - ticks);
    }
}

#[test]
fn fifty_resizes_while_it_runs_lose_nothing() {
    let mut screen = running();
    for _ in 0..50 {
        for (columns, rows) in [(300, 100), (1, 1), (80, 24)] {
            screen.resize(columns, rows);
            screen.bytes_within(Duration::from_millis(4));
        }
    }
    screen.keys(" ");
    screen.see("Space go on");
    screen.settle(Duration::from_millis(250));
    let after = screen.text();
    assert_eq!(after.lines().count(), 24, "{after}");
    // Drawn anew from nothing, the screen is the same.
    screen.resize(81, 24);
    screen.wait("another picture", |s| s.text() != after);
    screen.settle(Duration::from_millis(100));
    screen.resize(80, 24);
    screen.wait("the picture before", |s| s.text() == after);
    screen.keys("qq");
    assert_eq!(screen.exit_code(), 0);
    screen.assert_restored();
}
