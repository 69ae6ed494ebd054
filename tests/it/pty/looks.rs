//! The colours that arrive at a terminal: by its ground, its number of colours and the user's wish.

use vt100::Color;

use super::screen::Screen;

const DARK: Color = Color::Idx(233);
const LIGHT: Color = Color::Idx(255);

#[track_caller]
fn greeted(variables: &[(&str, &str)]) -> Screen {
    let screen = Screen::start_with(80, 24, variables);
    screen.see("Everybody says");
    screen
}

#[test]
fn a_light_terminal_that_answers_gets_the_light_theme() {
    let mut screen = greeted(&[]);
    assert_eq!(screen.ground(), DARK, "nobody waits for the answer");
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
    assert_eq!(greeted(&[("COLORFGBG", "0;15")]).ground(), LIGHT);
    assert_eq!(greeted(&[("COLORFGBG", "15;0")]).ground(), DARK);
    assert_eq!(greeted(&[("NO_COLOR", "1")]).ground(), Color::Default);
    assert_eq!(greeted(&[("TERM", "xterm")]).ground(), Color::Idx(0), "sixteen colours");
}
