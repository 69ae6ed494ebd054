//! Values: what each shape of a knob may hold.

use serde_json::{Map, Value, json};

use super::{described, list, name, opened, reference, required, table};
use crate::level::sizes;
use crate::sim::component::COMMON_KNOBS;
use crate::sim::distribution::{MAX_PARTS, MAX_VALUES};
use crate::sim::quantity::show_bytes;
use crate::sim::value::{CallMode, Knob, MAX_FAN_OUT, Raw, Shape};
use crate::sim::workload::{MAX_CORNERS, MAX_INSTANTS, MAX_KEYS};

/// A number as a quantity writes it.
const NUMBER: &str = r"\+?([0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)";

/// A table of knobs, with further keys beside them.
pub fn knobs<'a>(tables: &[&'a [Knob]], more: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let own = tables.iter().copied().flatten().filter(|k| k.shape != Shape::Later).map(|k| (k.name, knob(k)));
    table(more.into_iter().chain(own), &required(tables))
}

/// A knob: what it holds, what it does, its unit, range and default.
fn knob(knob: &Knob) -> Value {
    let is_size = knob.shape == Shape::Name && knob.name == "size" && COMMON_KNOBS.contains(knob);
    let mut words = capital(knob.help);
    words.push('.');
    let (holds, range) =
        if is_size { (size(), String::new()) } else { (shape(&knob.shape), range(&knob.shape)) };
    for more in
        [range, default(knob), if knob.live { "" } else { "Cannot change while the system runs." }.into()]
    {
        if !more.is_empty() {
            words.push(' ');
            words.push_str(&more);
        }
    }
    let mut value = described(holds, &words);
    if let Some(default) = knob.default {
        value["default"] = plain(&default().raw());
    }
    value
}

fn default(knob: &Knob) -> String {
    if knob.required {
        return "Must be given.".into();
    }
    knob.default.map_or_else(String::new, |value| format!("Default: {}.", value()))
}

fn capital(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The unit and the range in words; what the schema itself says is not repeated.
fn range(shape: &Shape) -> String {
    match shape {
        Shape::Count { min, max, unlimited } => {
            let or = if *unlimited { ", or \"unlimited\"" } else { "" };
            format!("A whole number from {min} to {max}{or}.")
        }
        Shape::Share => "A share, as 0.1 or \"10%\".".into(),
        Shape::Rate { max } => format!("A rate, as \"4/s\", \"90/min\" or \"2/d\", at most {max}/s."),
        Shape::Time { min, max } => format!("A time, as \"40ms\", from {min} to {max}."),
        Shape::Money => "Dollars, as \"$65/month\" or \"$0.10/h\".".into(),
        Shape::Factor { min, max } => format!("A number from {min} to {max}."),
        Shape::Bytes { max } => format!("Memory, as \"16MB\", at most {}.", show_bytes(*max)),
        Shape::Distribution => "A distribution, as { exponential = \"5ms\" }.".into(),
        Shape::Length => "A time, as \"1s\", or a distribution, as { exponential = \"1s\" }.".into(),
        Shape::Numbers { min, max } => format!("Numbers from {min} to {max}, as [3, 1, 1]."),
        Shape::Switch(_) => "A table, or true for all its defaults.".into(),
        Shape::PerClass(_) => "A table for each class, [node.NAME.service.class.CLASS].".into(),
        Shape::Classes => "A table for each class, [node.NAME.client.classes].".into(),
        Shape::Calls => "A list, as [{ to = \"db\" }].".into(),
        Shape::Profile => "As { spike = { at = \"60s\", for = \"30s\", factor = 5.0 } }.".into(),
        Shape::Flag
        | Shape::Names
        | Shape::Group(_)
        | Shape::Choice(_)
        | Shape::Name
        | Shape::Health
        | Shape::Later => String::new(),
    }
}

fn shape(shape: &Shape) -> Value {
    match *shape {
        Shape::Count { min, max, unlimited: false } => whole(min, max),
        Shape::Count { min, max, unlimited: true } => {
            either([whole(min, max), json!({ "enum": ["unlimited"] })])
        }
        Shape::Share => share(),
        Shape::Rate { .. } => rate(),
        Shape::Time { .. } => time(),
        Shape::Money => money(),
        Shape::Factor { min, max } => json!({ "type": "number", "minimum": min, "maximum": max }),
        Shape::Bytes { .. } => with_unit("(B|KB|MB|GB)"),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Names => json!({ "type": "array", "items": { "type": "string" } }),
        Shape::Group(inner) => knobs(&[inner], []),
        Shape::Switch(inner) => either([json!({ "type": "boolean" }), knobs(&[inner], [])]),
        Shape::Distribution => opened("distribution", distribution(), ""),
        Shape::Length => either([time(), reference("distribution")]),
        Shape::Numbers { min, max } => {
            json!({ "type": "array", "items": { "type": "number", "minimum": min, "maximum": max } })
        }
        Shape::Choice(words) => json!({ "enum": words }),
        Shape::Name => json!({ "type": "string" }),
        Shape::Health => health(),
        Shape::Profile => opened("profile", profile(), ""),
        Shape::Classes => by_class(reference("class")),
        Shape::PerClass(inner) => by_class(knobs(&[inner], [])),
        Shape::Calls => json!({ "type": "array", "items": reference("call") }),
        Shape::Later => json!({ "not": {} }),
    }
}

/// A table with a value for each class of requests.
fn by_class(of: Value) -> Value {
    json!({ "type": "object", "additionalProperties": of, "propertyNames": { "pattern": name(24) } })
}

/// Any of these.
pub fn either<const N: usize>(of: [Value; N]) -> Value {
    json!({ "anyOf": Vec::from(of) })
}

/// A number with one of these units.
fn with_unit(unit: &str) -> Value {
    json!({ "type": "string", "pattern": format!(r"^\s*{NUMBER}\s*{unit}\s*$") })
}

/// A rung of the size ladder.
pub fn size() -> Value {
    json!({ "enum": sizes::ladder().iter().map(|s| &s.name).collect::<Vec<_>>() })
}
/// A length of time.
pub fn time() -> Value {
    with_unit("(ns|us|µs|ms|s|m|min|h|d)")
}
/// Something a second, a minute, an hour, a day.
pub fn rate() -> Value {
    with_unit("/(s|m|min|h|d)")
}
/// Dollars a month.
pub fn money() -> Value {
    json!({ "type": "string", "pattern": format!(r"^\s*\$\s*{NUMBER}\s*(/\s*(month|hour|h))?\s*$") })
}
/// A fraction between 0 and 1.
pub fn share() -> Value {
    either([json!({ "type": "number", "minimum": 0, "maximum": 1 }), with_unit("%")])
}
/// A whole number within bounds.
pub fn whole(min: u32, max: u32) -> Value {
    json!({ "type": "integer", "minimum": min, "maximum": max })
}

fn over_zero(most: f64) -> Value {
    json!({ "type": "number", "exclusiveMinimum": 0, "maximum": most })
}

fn health() -> Value {
    let passive = either([json!({ "type": "boolean" }), whole(1, 100)]);
    table(
        [
            ("interval", described(time(), "Time between two probes of one backend. Default: 5s.")),
            ("timeout", described(time(), "A probe unanswered for so long has failed. Default: 1s.")),
            ("fall", described(whole(1, 100), "Failures in a row until a backend is taken out. Default: 2.")),
            ("rise", described(whole(1, 100), "Successes in a row until it is back. Default: 2.")),
            (
                "work",
                opened("distribution", distribution(), "The probe's own work at the backend. Default: 1ms."),
            ),
            ("active", described(json!({ "type": "boolean" }), "It probes at all. Default: true.")),
            (
                "passive",
                described(passive, "Failed requests in a row that take a backend out too; true = as `fall`."),
            ),
        ],
        &[],
    )
}

/// What knobs refer to.
pub fn definitions() -> Map<String, Value> {
    [
        ("distribution", distribution()),
        ("part", part()),
        ("profile", profile()),
        ("class", class()),
        ("call", call()),
    ]
    .map(|(name, what)| (name.to_owned(), what))
    .into_iter()
    .collect()
}

/// One key of several, each with its value.
fn one_of<'a>(keys: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let mut table = table(keys, &[]);
    table["minProperties"] = json!(1);
    table["maxProperties"] = json!(1);
    table
}

/// The distributions, by their keys.
fn laws() -> [(&'static str, Value); 9] {
    let mean = || ("mean", time());
    let some = |of: Value, min: usize, max: usize, words| {
        described(json!({ "type": "array", "items": of, "minItems": min, "maxItems": max }), words)
    };
    let over_one = json!({ "type": "number", "exclusiveMinimum": 1, "maximum": 1000 });
    let pareto = [("min", time()), ("shape", over_zero(100.0)), ("max", time())];
    [
        ("constant", described(time(), "Always the same.")),
        ("exponential", described(time(), "The mean: many short ones, few long ones.")),
        ("uniform", some(time(), 2, 2, "Any between two.")),
        ("erlang", table([mean(), ("stages", whole(1, 1000))], &["mean", "stages"])),
        ("log-normal", table([mean(), ("scv", over_zero(1000.0))], &["mean", "scv"])),
        ("hyper-exponential", table([mean(), ("scv", over_one)], &["mean", "scv"])),
        ("pareto", table(pareto, &["min", "shape", "max"])),
        ("mixture", some(reference("part"), 1, MAX_PARTS, "Weighted distributions.")),
        ("empirical", some(time(), 1, MAX_VALUES, "Measured times, each as likely as any other.")),
    ]
}

/// A distribution of times.
pub fn distribution() -> Value {
    described(one_of(laws()), "A distribution of times: a table with one key.")
}

/// A part of a mixture: a distribution with its weight in the same table.
fn part() -> Value {
    let weight = described(either([over_zero(1e9), with_unit("%")]), "Relative to the others.");
    let mut part = table([("weight", weight)].into_iter().chain(laws()), &["weight"]);
    part["minProperties"] = json!(2);
    part["maxProperties"] = json!(2);
    part
}

fn profile() -> Value {
    let factor = || json!({ "type": "number", "minimum": 0, "maximum": 1e6 });
    let pair = json!({
        "type": "array", "prefixItems": [time(), factor()], "minItems": 2, "maxItems": 2,
        "description": "The instant and the factor on the rate, as [\"40s\", 3.0].",
    });
    let points = || json!({ "type": "array", "items": pair, "minItems": 1, "maxItems": MAX_CORNERS });
    let spike = table([("at", time()), ("for", time()), ("factor", factor())], &["at", "for", "factor"]);
    let daily = table([("period", time()), ("low", factor()), ("high", factor())], &[]);
    let spell = || reference("distribution");
    let bursts =
        table([("on", spell()), ("off", spell()), ("factor", factor()), ("rest", factor())], &["on", "off"]);
    let recorded = json!({ "type": "array", "items": time(), "minItems": 1, "maxItems": MAX_INSTANTS });
    let profile = one_of([
        ("steps", described(points(), "The factor jumps at each point.")),
        ("ramp", described(points(), "The factor goes from point to point in a straight line.")),
        ("spike", described(spike, "A factor for a while.")),
        ("daily", described(daily, "A wave from low to high and back.")),
        ("bursts", described(bursts, "Random spells of more and of less.")),
        ("recorded", described(recorded, "The instants of a recording, in order.")),
    ]);
    described(profile, "How the rate changes over time: a table with one key.")
}

fn class() -> Value {
    table(
        [
            (
                "share",
                described(share(), "Its share of the client's requests; the shares of all classes sum to 1."),
            ),
            (
                "weight",
                described(over_zero(1e9), "Instead of a share, in every class: parts of the traffic."),
            ),
            ("write", described(json!({ "type": "boolean" }), "Its requests change data.")),
            ("keys", keys()),
            ("slo", described(time(), "An answer later than this is not good.")),
            (
                "scatter",
                described(json!({ "type": "boolean" }), "Its requests ask every shard of a database."),
            ),
        ],
        &[],
    )
}

fn keys() -> Value {
    let hot = table([("share", share()), ("of", whole(1, MAX_KEYS))], &["share", "of"]);
    let keys = table(
        [
            (
                "zipf",
                described(
                    json!({ "type": "number", "minimum": 0, "maximum": 5 }),
                    "Exponent of the Zipf law: 1 is usual.",
                ),
            ),
            ("uniform", described(json!({}), "true: every key is as likely as any other.")),
            ("hot", described(hot, "A few keys that get a fixed share of the requests.")),
            ("of", described(whole(1, MAX_KEYS), "How many keys there are.")),
        ],
        &["of"],
    );
    described(keys, "Which keys its requests touch.")
}

fn call() -> Value {
    let node = |words| described(json!({ "type": "string" }), words);
    table(
        [
            ("to", node("Who is called.")),
            ("times", described(whole(1, 1000), "How often: one after the other. Default: 1.")),
            ("class", node("Only for this class of requests.")),
            ("share", described(share(), "Chance that the call is made at all. Default: 1.")),
            (
                "mode",
                described(
                    json!({ "enum": CallMode::NAMES }),
                    "Waits for the answer, leaves a message at a broker, or passes the request on.",
                ),
            ),
            ("on_miss", node("The database that is asked when the cache in `to` has nothing.")),
            ("parallel", node("Neighbours with the same name here are called at once.")),
            ("wait_for", described(whole(1, MAX_FAN_OUT), "So many successes of the group are enough.")),
        ],
        &["to"],
    )
}

/// A raw value in JSON.
fn plain(raw: &Raw) -> Value {
    match raw {
        Raw::Number(n) if n.fract() == 0.0 && n.abs() < 1e15 => json!(*n as i64),
        Raw::Number(n) => json!(n),
        Raw::Text(text) => json!(text),
        Raw::Bool(yes) => json!(yes),
        Raw::List(items) => items.iter().map(plain).collect(),
        Raw::Table(table) => table.iter().map(|(k, v)| (k.clone(), plain(v))).collect::<Map<_, _>>().into(),
    }
}

/// A list of texts.
pub fn texts(most_each: usize, most: usize) -> Value {
    list(json!({ "type": "string", "maxLength": most_each }), most)
}
