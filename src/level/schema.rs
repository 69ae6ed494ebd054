//! The JSON Schema of level files (draft 2020-12): from it editors complete, explain and underline.
//!
//! It is made from the tables that the check goes by: kinds and knobs with their ranges and help, verbs, metrics,
//! policies, sizes. The keys of a lesson have no table; a test holds them against what the check knows. It says less
//! than the check, which also knows what exists in the file, but refuses no file that the check accepts for its keys.
//!
//! Some editors look at nothing beside a `$ref`, so a description never stands beside one.

mod change;
mod lesson;
mod metric;
mod value;

use serde_json::{Map, Value, json};

use super::check::{FORMAT, MAX_SEED};
use super::fields::{MAX_LINE, MAX_LIST, MAX_NAME, MAX_TEXT, RESERVED};
use crate::sim::component::{Kind, LINK_KNOBS};
use crate::sim::topology::{MAX_LINKS, MAX_NODES};
use crate::sim::value::{Knob, Shape};

/// The whole schema.
pub fn schema() -> Value {
    let mut root = table(
        root_keys().into_iter().chain(system_keys()).chain([
            ("goal", described(list(reference("goal"), MAX_LIST), "Goals of the level's own run.")),
            ("fault", described(list(reference("fault"), MAX_LIST), "Faults of the level's own run.")),
            (
                "scene",
                described(
                    list(reference("scene"), MAX_LIST),
                    "Scenes, in order; one of them is the challenge.",
                ),
            ),
            (
                "variant",
                described(
                    list(reference("variant"), MAX_LIST),
                    "The challenge again: the same symptom, another cause.",
                ),
            ),
        ]),
        &["node"],
    );
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("A level file of fivenines");
    root["description"] = json!(format!(
        "Format {FORMAT}. Nodes and links alone are a system that `fivenines run` takes; scenes make it a level. \
         `fivenines check FILE` says more than this schema can."
    ));
    root["$defs"] = definitions();
    root
}

fn root_keys() -> Vec<(&'static str, Value)> {
    let monthly = described(value::money(), "Most that the design may cost a month, as \"$400\".");
    vec![
        ("format", described(json!({ "const": FORMAT }), "The version of the format.")),
        ("title", text(MAX_LINE, "Its title; without one, the file's name.")),
        ("question", text(MAX_LINE, "The one question that the level answers.")),
        ("moral", text(MAX_LINE, "What it teaches, in a line: the end of the course shows it.")),
        (
            "seed",
            described(
                json!({ "type": "integer", "minimum": 0, "maximum": MAX_SEED, "default": 1 }),
                "The same seed gives the same run, to the bit. `check` tries this one and the four after it.",
            ),
        ),
        (
            "duration",
            described(
                value::time(),
                "Length of a run, as \"120s\", and of each scene that has no `until`. Default: 60s.",
            ),
        ),
        (
            "warmup",
            described(
                value::time(),
                "Start that is cut from the totals, and before which no goal is judged.",
            ),
        ),
        ("budget", described(table([("monthly", monthly)], &["monthly"]), "What the design may cost.")),
        (
            "topology",
            described(
                json!({
                    "type": "object",
                    "additionalProperties": table(system_keys(), &["node"]),
                    "propertyNames": { "pattern": name(MAX_NAME * 2), "not": { "enum": ["base", "previous"] } },
                }),
                "Further systems, [topology.NAME.node...], that a scene starts from by start = \"NAME\".",
            ),
        ),
    ]
}

/// The keys of a system: machines, parts, links.
fn system_keys() -> [(&'static str, Value); 3] {
    [
        (
            "host",
            described(
                json!({
                    "type": "object",
                    "additionalProperties": reference("host"),
                    "propertyNames": reference("name"),
                    "maxProperties": MAX_NODES,
                }),
                "Machines that several parts share, [host.NAME].",
            ),
        ),
        (
            "node",
            described(
                json!({
                    "type": "object",
                    "additionalProperties": reference("node"),
                    "propertyNames": reference("name"),
                    "maxProperties": MAX_NODES,
                }),
                "The parts, [node.NAME.KIND].",
            ),
        ),
        (
            "link",
            described(
                list(reference("link"), MAX_LINKS),
                "Who may call whom, [[link]], and over which wire.",
            ),
        ),
    ]
}

fn definitions() -> Value {
    let mut all = Map::new();
    let kinds = Kind::ALL.map(|kind| (kind.key(), reference(&node_of(kind))));
    for kind in Kind::ALL {
        all.insert(node_of(kind), node(kind));
    }
    let mut one_kind = table(kinds, &[]);
    one_kind["minProperties"] = json!(1);
    one_kind["maxProperties"] = json!(1);
    let host = [
        ("size", described(value::size(), "Its size: cores, memory, price.")),
        (
            "zone",
            described(
                json!({ "type": "string", "pattern": name(MAX_NAME) }),
                "The zone (data centre) it is in.",
            ),
        ),
    ];
    let end = |words| described(json!({ "type": "string" }), words);
    let ends = [("from", end("The caller.")), ("to", end("Who is called."))];
    let mut link = value::knobs(&[LINK_KNOBS], ends);
    link["required"] = json!(["from", "to"]);
    all.extend(
        [
            ("name", json!({ "type": "string", "pattern": name(MAX_NAME), "not": { "enum": RESERVED } })),
            ("host", table(host, &["size"])),
            ("node", described(one_kind, "A part; its one key is its kind.")),
            ("link", link),
        ]
        .map(|(name, what)| (name.to_owned(), what)),
    );
    all.extend(value::definitions());
    all.extend(change::definitions());
    all.extend(lesson::definitions());
    Value::Object(all)
}

/// Name of the definition of a kind.
fn node_of(kind: Kind) -> String {
    format!("node-{}", kind.key())
}

fn node(kind: Kind) -> Value {
    let sheet = kind.datasheet();
    let mut node = value::knobs(&kind.knob_tables(), []);
    node["title"] = json!(sheet.title);
    node["description"] = json!(format!("{} The model leaves out: {}", sheet.explanation, sheet.leaves_out));
    node
}

/// Names of knobs that must be given.
fn required<'a>(tables: &[&'a [Knob]]) -> Vec<&'a str> {
    tables.iter().copied().flatten().filter(|k| k.required).map(|k| k.name).collect()
}

/// Names of knobs that this version has a behaviour for.
fn known(tables: &[&'static [Knob]]) -> Vec<&'static str> {
    tables.iter().copied().flatten().filter(|k| k.shape != Shape::Later).map(|k| k.name).collect()
}

/// A table with these keys and no others.
fn table<'a>(keys: impl IntoIterator<Item = (&'a str, Value)>, required: &[&str]) -> Value {
    let properties: Map<String, Value> = keys.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
    let mut table = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        table["required"] = json!(required);
    }
    table
}

fn list(of: Value, most: usize) -> Value {
    json!({ "type": "array", "items": of, "maxItems": most })
}

/// A text of at most so many characters.
fn text(most: usize, words: &str) -> Value {
    json!({ "type": "string", "maxLength": most, "description": words })
}

fn reference(definition: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{definition}") })
}

/// A definition with a description of its own, which replaces the former one. Its keys refer to those of the
/// definition: the schema stays small, and a fault inside is told where it is.
fn opened(definition: &str, mut what: Value, words: &str) -> Value {
    for (key, value) in what["properties"].as_object_mut().into_iter().flatten() {
        *value = reference(&format!("{definition}/properties/{key}"));
    }
    described(what, words)
}

/// With a description, which replaces its own.
fn described(mut what: Value, words: &str) -> Value {
    debug_assert!(what.get("$ref").is_none(), "a description beside a reference is not seen");
    what["description"] = json!(words);
    what
}

/// The pattern of a name: small letters, digits and dashes, a letter first, no dash last.
fn name(most: usize) -> String {
    format!("^[a-z]([a-z0-9-]{{0,{}}}[a-z0-9])?$", most - 2)
}

/// Running text with placeholders.
fn template(words: &str) -> Value {
    text(
        MAX_TEXT,
        &format!(
            "{words} Numbers come from the run: {{p95}}, {{web.utilization:%}}, {{p99 / before.p99:x}}; formats are \
             % ms s /s $ x n. {{say:...}} is literal; no digit stands outside of braces."
        ),
    )
}
