//! The mouse, as a terminal reports it.

use super::{at_home, running_at, scene_title};

const WHEEL_DOWN: &str = "\x1b[<65;10;10M";
const WHEEL_UP: &str = "\x1b[<64;10;10M";

#[test]
fn clicks_open_tabs_pick_choices_and_press_the_keys_of_the_footer() {
    let mut screen = at_home(80, 24);
    screen.click("Enter");
    screen.see(&scene_title(0));
    screen.keys_until("\r", "the question", |s| s.text().contains("1-"));
    screen.click(" 2 ");
    screen.see("▸ 2 ");
    screen.click("Enter confirm");
    screen.see("Space pause");
    screen.click("Signals");
    screen.see("[Signals]");
    screen.click("Lesson");
    screen.see("[Lesson]");
    screen.click("Space");
    screen.see("Space go on");
    screen.click("q levels");
    screen.see("nines lit");
}

#[test]
fn a_click_selects_a_part_and_escape_lets_it_go() {
    let mut screen = running_at(120, 35);
    screen.keys(" ");
    screen.see("Space go on");
    screen.click("web");
    screen.see("x crash");
    screen.keys("\x1b");
    screen.wait("nothing selected", |s| !s.text().contains("x crash"));
}

#[test]
fn the_wheel_moves_the_choice_at_home_and_scrolls_what_is_long() {
    let mut screen = at_home(80, 24);
    screen.see("▸ 1");
    screen.keys(WHEEL_DOWN);
    screen.see("▸ 2");
    screen.keys(WHEEL_UP);
    screen.see("▸ 1");
    screen.keys("?");
    screen.see("Keys");
    screen.settle(std::time::Duration::from_millis(100));
    let before = screen.text();
    screen.keys(WHEEL_DOWN);
    screen.wait("the help to scroll", |s| s.text() != before);
    screen.keys(WHEEL_UP);
    screen.wait("the help to scroll back", |s| s.text() == before);
}
