//! Scenes and what they are made of.

use serde_json::{Map, Value, json};

use super::change::places;
use super::metric::{any_quantity, condition, metric, quantity};
use super::value::{money, share, texts, time, whole};
use super::{described, list, name, reference, table, template, text};
use crate::level::check::{ALLOWED, MAX_HINTS, MAX_ID, ROLES};
use crate::level::fields::{MAX_LINE, MAX_LIST, MAX_TEXT};

/// Every table of a lesson.
pub fn definitions() -> Map<String, Value> {
    [
        ("scene", scene()),
        ("variant", variant()),
        ("goal", goal()),
        ("predict", predict()),
        ("answer", answer()),
        ("option", option()),
        ("par", par()),
        ("solution", solution()),
        ("wrong", wrong()),
        ("allow", allow()),
    ]
    .map(|(name, what)| (name.to_owned(), what))
    .into_iter()
    .collect()
}

fn id(words: &str) -> Value {
    json!({ "type": "string", "pattern": name(MAX_ID), "description": words })
}

/// A list of tables that are defined elsewhere.
fn many(definition: &str, words: &str) -> Value {
    described(list(reference(definition), MAX_LIST), words)
}

/// The keys that a scene and a variant share.
fn shared_keys() -> Vec<(&'static str, Value)> {
    vec![
        (
            "allow",
            described(
                list(reference("allow"), MAX_LIST),
                "What the student may change while it runs; nothing = looking only. A challenge without it allows \
                 every design.",
            ),
        ),
        ("title", text(MAX_LINE, "Its heading.")),
        (
            "text",
            template("The setting: who hurts, since when. At most 330 characters fit the small screen."),
        ),
        ("hints", described(texts(MAX_TEXT, MAX_HINTS), "Up to three, each says more than the one before.")),
        ("debrief", template("The principle, after the run. At most 340 characters fit.")),
        ("notes", text(MAX_TEXT, "For the presenter.")),
        ("try_next", described(texts(MAX_TEXT, MAX_LIST), "What-ifs to try.")),
        ("predict", reference("predict")),
        ("option", many("option", "Choices while the run pauses, [[scene.option]].")),
        ("par", reference("par")),
        ("solution", many("solution", "Designs that meet every goal; `check` plays them.")),
        ("wrong", many("wrong", "Tempting designs; `check` proves that they fail, and for which reason.")),
        ("terms", described(texts(MAX_TEXT, MAX_LIST), "Words of the glossary that it is about.")),
    ]
}

fn scene() -> Value {
    let own = [
        ("id", id("Unique in the level; `fivenines run LEVEL/ID` runs it.")),
        (
            "role",
            described(
                json!({ "enum": ROLES }),
                "The challenge is judged by its goals and lights the nine; a side room may be left out.",
            ),
        ),
        (
            "start",
            described(
                json!({ "type": "string", "maxLength": MAX_LINE, "default": "base" }),
                "Where it starts from: base (the level's system at time zero), previous (the state of the scene \
                 before), or the NAME of a [topology.NAME...].",
            ),
        ),
        ("changes", many("timed-change", "Made at its start, in this order; those with `at` later.")),
        ("pause", pause()),
        ("until", described(time(), "When it ends, from its start. Default: the level's duration.")),
        (
            "warm",
            described(
                time(),
                "Runs so long before the scene opens, without its changes: the healthy system.",
            ),
        ),
        ("goal", many("goal", "What must hold, [[scene.goal]].")),
    ];
    table(own.into_iter().chain(shared_keys()), &["id", "title", "text"])
}

fn variant() -> Value {
    let own = [
        ("id", id("Unique in the level, among scenes too.")),
        ("changes", many("change", "Made after those of the challenge.")),
    ];
    described(
        table(own.into_iter().chain(shared_keys()), &["id"]),
        "The challenge again, with the same symptom and another cause. What it does not say is as in the challenge.",
    )
}

fn goal() -> Value {
    let over = json!({ "anyOf": [time(), { "enum": ["run"] }], "default": "10s" });
    let mut goal = table(
        [
            ("metric", metric()),
            ("below", described(any_quantity(), "It must not be above this, in the unit of the metric.")),
            ("above", described(any_quantity(), "It must not be below this, in the unit of the metric.")),
            (
                "over",
                described(over, "Length of the sliding window; \"run\" = everything since the warm-up."),
            ),
            ("from", described(time(), "Judged from here on. Default: the warm-up.")),
            ("to", described(time(), "Judged until here. Default: the end.")),
            (
                "hold",
                described(time(), "A live run may end early when it was met for so long without a break."),
            ),
        ],
        &["metric"],
    );
    goal["oneOf"] = json!([{ "required": ["below"] }, { "required": ["above"] }]);
    described(goal, "Judged each simulated second.")
}

fn predict() -> Value {
    let answers =
        json!({ "type": "array", "items": reference("answer"), "minItems": 2, "maxItems": MAX_LIST });
    let mut predict = table(
        [
            ("ask", text(MAX_LINE, "The question. At most 74 characters fit in one line.")),
            ("from", described(time(), "Measured from here, since the start of the scene, to its end.")),
            ("answers", described(answers, "In every run exactly one of them comes true.")),
            ("number", guess()),
        ],
        &["ask"],
    );
    predict["oneOf"] = json!([{ "required": ["answers"] }, { "required": ["number"] }]);
    described(predict, "The question that the run decides.")
}

fn answer() -> Value {
    table(
        [
            ("text", text(MAX_LINE, "What it says. At most 66 characters fit in one line.")),
            ("when", condition("What makes it right in the run.")),
            ("because", template("Why it was right or wrong. At most 210 characters fit.")),
        ],
        &["text", "when"],
    )
}

fn guess() -> Value {
    let end = |words| described(json!({ "type": "string", "maxLength": MAX_LINE }), words);
    let guess = table(
        [
            ("metric", quantity("What is to be guessed.")),
            ("tolerance", described(share(), "So far off still counts as right. Default: 0.25.")),
            ("low", end("Lower end of the scale, with its unit, over zero.")),
            ("high", end("Upper end of the scale.")),
            ("because", template("Said after the run.")),
        ],
        &["metric", "low", "high"],
    );
    described(guess, "Instead of answers: a number to guess on a scale.")
}

fn pause() -> Value {
    let mut pause = table(
        [
            ("at", described(time(), "At this instant, from the start of the scene.")),
            ("when", condition("As soon as this holds, over the last ten seconds.")),
        ],
        &[],
    );
    pause["minProperties"] = json!(1);
    pause["maxProperties"] = json!(1);
    described(pause, "When the run pauses by itself.")
}

fn option() -> Value {
    table(
        [
            ("label", text(MAX_LINE, "What it says.")),
            ("changes", many("change", "What it does.")),
            ("shows", condition("What `check` must find after it.")),
            ("tells", template("Said when it took effect.")),
        ],
        &["label", "changes"],
    )
}

fn par() -> Value {
    let par = table(
        [
            ("monthly", described(money(), "Dollars a month, as \"$300\".")),
            ("parts", described(whole(0, 100_000), "Machines and managed parts.")),
        ],
        &[],
    );
    described(par, "What a lean design costs: the second mark.")
}

fn solution() -> Value {
    table(
        [
            ("name", text(MAX_LINE, "`fivenines run LEVEL --solution NAME` runs it.")),
            ("changes", many("change", "How to get there; an empty list says that doing nothing is right.")),
            (
                "necessary",
                described(places(), "Places in `changes`, from 0: without one of them a goal is missed."),
            ),
        ],
        &["name", "changes"],
    )
}

fn wrong() -> Value {
    let fails = text(MAX_LINE, "What it misses: the metric of a goal, \"cost\" or \"parts\".");
    table(
        [
            ("changes", many("change", "How to get there.")),
            ("fails", fails),
            ("reason", text(MAX_TEXT, "For whoever reads the file.")),
            ("tells", template("Said to who tried it.")),
        ],
        &["changes", "fails"],
    )
}

fn allow() -> Value {
    let words: Vec<&str> = ["*"].into_iter().chain(ALLOWED).collect();
    json!({
        "description": "A knob (web.replicas), all knobs of a part (web.*), a verb (crash), a verb for one subject \
            (crash:web, add:cache, connect:users->web), or * for everything.",
        "anyOf": [{ "enum": words }, { "type": "string", "maxLength": MAX_LINE, "pattern": "[.:]" }],
    })
}
