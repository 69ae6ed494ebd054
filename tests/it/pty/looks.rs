//! The colours that arrive at a terminal: by its ground, its number of colours and the user's wish.

use vt100::Color;

use super::screen::Screen;

const DARK: Color = Color::Idx(233);
const LIGHT: Color = Color::Idx(255);

#[track_caller]
fn greeted(variables: &[(&str, &str)]) -> Screen {
    let screen = Screen::start_with(80, 24, variables);
    screen.see("Everybody says");
    // The last line is the last to arrive.
    screen.see("quit");
    screen
}

/// The ground once it is this colour; the last cell comes a moment after the last word.
#[track_caller]
fn check(variables: &[(&str, &str)], expected: Color) {
    greeted(variables).wait("the ground", |s| s.ground() == expected);
}

#[test]
fn a_light_terminal_that_answers_gets_the_light_theme() {
    let mut screen = greeted(&[]);
    // Nobody waits for the answer.
    screen.wait("the dark theme", |s| s.ground() == DARK);
    // In two parts, as it may come over a slow line.
    screen.keys("\x1b]11;rgb:ffff/f");
    screen.keys("fff/ffff\x1b\\");
    screen.wait("the light theme", |s| s.ground() == LIGHT);
    assert!(screen.text().contains("Everybody says"), "the answer is no key:\n{}", screen.text());
    screen.keys("q");
    assert_eq!(screen.exit_code(), 0);
    screen.assert_restored();
}

#[test]
fn a_theme_that_was_chosen_stays() {
    let mut screen = Screen::start_to(80, 24, &["--theme", "dark"]);
    screen.see("Everybody says");
    // Nobody asked: what comes are keys. The `g` opens the glossary, the `/` its search.
    screen.keys("\x1b]11;rgb:ffff/ffff/ffff\x1b\\");
    screen.see("Not found.");
    assert_eq!(screen.ground(), DARK);
}

#[test]
fn the_environment_may_say_it_before_the_first_picture() {
    check(&[("COLORFGBG", "0;15")], LIGHT);
    check(&[("COLORFGBG", "15;0")], DARK);
    check(&[("NO_COLOR", "1")], Color::Default);
    // Sixteen colours.
    check(&[("TERM", "xterm")], Color::Idx(0));
}
