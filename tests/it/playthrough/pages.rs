//! What is asked stands on the screen as a whole, without scrolling.

use fivenines::session::lesson::Beat;
use fivenines::tui::keymap::Place;
use regex::Regex;

use super::{Player, scripts, shelf};

/// Whether words stand on the screen in their order, whatever the line breaks; the text's own lines only.
fn stands(screen: &str, text: &str) -> bool {
    // In two columns the other one stands between the lines of a text: each word must be there, in its order.
    let mut rest = screen;
    text.split_whitespace().all(|word| match rest.find(word) {
        Some(at) => {
            rest = &rest[at + word.len()..];
            true
        }
        None => false,
    })
}

/// The part of the screen where the lesson stands.
fn lesson(player: &Player) -> String {
    let screen = player.text();
    // The last two lines are the status and the keys.
    let rows = screen.lines().take(usize::from(player.screen.area.height) - 2);
    match player.screen.area.width {
        // Below the row of tabs.
        80 => rows.skip_while(|l| !l.contains("[Lesson]")).skip(1).collect::<Vec<_>>().join("\n"),
        // Left of the rule.
        width => {
            let column = usize::from((width / 3).clamp(36, 44));
            rows.map(|l| l.chars().take(column).collect::<String>()).collect::<Vec<_>>().join("\n")
        }
    }
}

/// The part of the screen where the diagram stands.
fn diagram(player: &Player) -> String {
    let screen = player.text();
    match player.screen.area.width {
        80 => screen.lines().take_while(|l| !l.contains("[Lesson]")).collect::<Vec<_>>().join("\n"),
        width => {
            let column = usize::from((width / 3).clamp(36, 44));
            let rows = screen.lines().skip(1).map(|l| l.chars().skip(column + 1).collect::<String>());
            rows.collect::<Vec<_>>().join("\n")
        }
    }
}

fn look(player: &Player, faults: &mut Vec<String>) {
    let page = player.page();
    let (size, lesson) = (player.screen.area.as_size(), lesson(player));
    let mut wanted: Vec<String> = Vec::new();
    if let Some(q) = page.question.as_ref().filter(|_| page.beat == Beat::Predict) {
        wanted.push(q.ask.clone());
        wanted.extend(q.choices.iter().enumerate().map(|(i, c)| format!("{} {c}", i + 1)));
    }
    wanted.extend(page.options.iter().enumerate().map(|(i, o)| format!("{} {}", i + 1, o.label)));
    let mut fault = |what: &str| faults.push(format!("{size} {}: {what}\n{}", page.title, player.text()));
    for text in wanted.iter().filter(|text| !stands(&lesson, text)) {
        fault(&format!("`{text}` is not in sight"));
    }
    if !wanted.is_empty() && lesson.contains('…') {
        fault("something is cut");
    }
    // In little room a box is its left edge: `│web ×3`.
    let edge = Regex::new("[╭╰]|│[a-z]").unwrap();
    if !edge.is_match(&diagram(player)) {
        fault("no box in the diagram");
    }
}

/// Plays a level by the keys to full marks and looks at each question and each pause.
fn walk(number: u8, size: (u16, u16), faults: &mut Vec<String>) {
    let mut player = Player::at_home(size);
    player.press(&number.to_string());
    for row in scripts::of(number) {
        player.wait();
        for token in row.right.split_whitespace() {
            if player.app.facts().place == Place::Play {
                look(&player, faults);
            }
            player.press(token);
        }
        player.press("Enter");
    }
}

fn all_in_sight(size: (u16, u16)) {
    let mut faults = Vec::new();
    for number in 1..=shelf().len() {
        walk(number as u8, size, &mut faults);
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_question_and_option_is_in_sight_at_80x24() {
    all_in_sight((80, 24));
}
#[test]
fn every_question_and_option_is_in_sight_at_120x35() {
    all_in_sight((120, 35));
}
