//! Changes: a table with one verb, in three forms: at once, with an instant, as a fault.

use serde_json::{Map, Value, json};

use super::value::{distribution, share, time, whole};
use super::{described, known, list, node_of, opened, reference, required, table};
use crate::level::change::{AT_ONCE, DESIGN, MAX_FACTOR, VERBS};
use crate::level::fields::MAX_LINE;
use crate::sim::component::{Kind, LINK_KNOBS};

/// Whether a change may say when it happens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Never,
    Maybe,
    Always,
}

/// The three forms.
pub fn definitions() -> Map<String, Value> {
    let form = |when: When, words: &str| {
        let verbs: Vec<Value> = VERBS.into_iter().flat_map(|verb| forms(verb, when)).collect();
        json!({ "description": words, "anyOf": verbs })
    };
    let now = "A change, made at once: one verb with its keys, as { set = \"web.replicas\", to = 4 }.";
    let at = "A change: one verb with its keys, as { crash = \"web#1\", at = \"45s\", for = \"20s\" }. Without `at` \
              it is made at the start.";
    let fault = "A change with its instant, as { crash = \"web#1\", at = \"45s\" }, or by chance, with `mtbf` and \
                 `mttr`.";
    [
        ("change", form(When::Never, now)),
        ("timed-change", form(When::Maybe, at)),
        ("fault", form(When::Always, fault)),
    ]
    .into_iter()
    .chain(chance())
    .map(|(name, what)| (name.to_owned(), what))
    .collect()
}

/// How often a fault comes by chance, and how long it lasts.
fn chance() -> [(&'static str, Value); 2] {
    let law = |words| opened("distribution", distribution(), words);
    [
        ("mtbf", law("Time until it happens by chance, again and again; `mttr` stands beside it.")),
        ("mttr", law("How long it lasts when it happens by chance.")),
    ]
}

/// The tables that one verb may stand in: one, or one for each kind.
fn forms(verb: &str, when: When) -> Vec<Value> {
    let knobs_of = |definition: &str, names: Vec<&'static str>| {
        let place = format!("{definition}/properties");
        names.into_iter().map(|name| (name, reference(&format!("{place}/{name}")))).collect::<Vec<_>>()
    };
    match verb {
        "add" => {
            let one = |kind: Kind| {
                let tables = kind.knob_tables();
                let names = known(&tables);
                let mut keys = knobs_of(&node_of(kind), names);
                let words = format!(
                    "A new {}: its name and kind, as \"NAME.{}\"; knobs beside it.",
                    kind.key(),
                    kind.key()
                );
                let subject = json!({ "type": "string", "pattern": format!("^[^.]+\\.{}$", kind.key()) });
                keys.push(("add", described(subject, &words)));
                let needed: Vec<&str> = ["add"].into_iter().chain(required(&tables)).collect();
                timed(keys, &needed, verb, when)
            };
            Kind::ALL.into_iter().map(one).collect()
        }
        "connect" => {
            let mut keys = knobs_of("link", known(&[LINK_KNOBS]));
            keys.push((verb, described(pair(), "A new link, the caller first; knobs beside it.")));
            let needed: Vec<&str> = [verb].into_iter().chain(required(&[LINK_KNOBS])).collect();
            vec![timed(keys, &needed, verb, when)]
        }
        _ => {
            let (words, subject, more) = verb_keys(verb);
            let needed: Vec<&str> =
                [verb].into_iter().chain(more.iter().filter(|k| k.2).map(|k| k.0)).collect();
            let keys = more.iter().map(|(key, what, _)| (*key, what.clone()));
            vec![timed(keys.chain([(verb, described(subject, words))]).collect(), &needed, verb, when)]
        }
    }
}

/// Key, value, and whether it must be given.
type Beside = Vec<(&'static str, Value, bool)>;

/// What a verb says, what stands behind it, and the keys beside it.
fn verb_keys(verb: &str) -> (&'static str, Value, Beside) {
    let word = || json!({ "type": "string", "maxLength": MAX_LINE });
    let factor = || json!({ "type": "number", "exclusiveMinimum": 0, "maximum": MAX_FACTOR });
    let none = Beside::new;
    match verb {
        "set" => (
            "Sets a knob: NODE.KNOB or FROM->TO.KNOB.",
            word(),
            vec![("to", described(json!({}), "The new value, as the knob takes it."), true)],
        ),
        "remove" => ("Takes a part and its links away.", word(), none()),
        "disconnect" => ("Takes a link away, the caller first.", pair(), none()),
        "crash" => ("A part, a server (web#1, db#primary) or a host dies.", word(), none()),
        "restore" => ("What is dead, slow, silent or drained is well again.", word(), none()),
        "hang" => ("It takes requests and never answers.", word(), none()),
        "pause" => ("It stands still, and then goes on where it was.", word(), none()),
        "slow" => {
            ("Its work takes longer.", word(), vec![("factor", described(factor(), "So many times."), true)])
        }
        "loss" => (
            "Messages to a part, or on a link, get lost.",
            word(),
            vec![("share", described(share(), "So many."), true)],
        ),
        "delay" => (
            "Messages to a part, or on a link, take longer.",
            word(),
            vec![("by", described(time(), "So much."), true)],
        ),
        "stall" => ("Messages to a part, or on a link, are held until it ends.", word(), none()),
        "partition" => {
            let group = json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 });
            (
                "Groups that lose sight of each other.",
                json!({ "type": "array", "items": group, "minItems": 2 }),
                none(),
            )
        }
        "zone-down" => ("A zone with all that is in it.", word(), none()),
        "flush" => ("A cache forgets all that it has.", word(), none()),
        "bad-release" => (
            "A part runs a release that does harm: `errors`, `factor` or both.",
            word(),
            vec![
                ("errors", described(share(), "Share of its answers that are errors."), false),
                ("factor", described(factor(), "Its work takes so many times longer."), false),
            ],
        ),
        "disk-full" => ("A database can no longer write.", word(), none()),
        "deploy" => ("A new version of a part, server by server.", word(), none()),
        "drain" => ("It takes no new requests and finishes those it has.", word(), none()),
        _ => ("A change.", json!({}), none()),
    }
}

/// The table of a verb with the keys that say when, where it may have them.
fn timed(mut keys: Vec<(&str, Value)>, needed: &[&str], verb: &str, when: When) -> Value {
    let by_chance = !DESIGN.contains(&verb) && !AT_ONCE.contains(&verb);
    if when != When::Never {
        keys.push(("at", described(time(), "When, from the start of the scene or run.")));
        if !AT_ONCE.contains(&verb) {
            keys.push(("for", described(time(), "For how long; without it, for good.")));
        }
        if by_chance {
            keys.extend(["mtbf", "mttr"].map(|key| (key, reference(key))));
        }
    }
    let mut change = table(keys, needed);
    if when != When::Never && by_chance {
        change["dependentRequired"] = json!({ "mtbf": ["mttr"], "mttr": ["mtbf"] });
    }
    match (when, by_chance) {
        (When::Always, true) => change["anyOf"] = json!([{ "required": ["at"] }, { "required": ["mtbf"] }]),
        (When::Always, false) => change["anyOf"] = json!([{ "required": ["at"] }]),
        _ => {}
    }
    if verb == "bad-release" {
        change["allOf"] = json!([{ "anyOf": [{ "required": ["errors"] }, { "required": ["factor"] }] }]);
    }
    change
}

fn pair() -> Value {
    json!({ "type": "array", "items": { "type": "string" }, "minItems": 2, "maxItems": 2 })
}

/// Places in a list of changes.
pub fn places() -> Value {
    list(whole(0, u32::MAX), crate::level::fields::MAX_LIST)
}
