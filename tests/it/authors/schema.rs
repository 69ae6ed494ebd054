//! The schema of level files: it takes what the check takes, and knows the keys that the check knows.

use std::fs;
use std::path::{Path, PathBuf};

use fivenines::level::change::VERBS;
use fivenines::level::check::check;
use fivenines::level::schema::schema;
use serde_json::Value;

use super::validator::Validator;

/// A TOML text as the value that editors hold against a schema.
#[track_caller]
pub fn json(toml: &str) -> Value {
    serde_json::to_value(toml.parse::<toml::Table>().unwrap_or_else(|e| panic!("{e}\n{toml}"))).unwrap()
}

fn toml_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() {
            toml_files(&entry, found);
        } else if entry.extension().is_some_and(|e| e == "toml") {
            found.push(entry);
        }
    }
}

#[test]
fn every_level_file_of_ours_is_valid() {
    let schema = schema();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("assets/skeleton.toml")];
    toml_files(&root.join("levels"), &mut files);
    toml_files(&root.join("tests"), &mut files);
    assert!(files.len() > 30, "the levels and the cases of theory were found");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        if let Err(faults) = check(&text, "a.toml") {
            panic!("{}: {faults}", file.display());
        }
        let faults = Validator(&schema).faults(&json(&text));
        assert!(faults.is_empty(), "{}: {faults:#?}", file.display());
    }
}

#[test]
fn what_is_printed_is_the_schema() {
    let output = assert_cmd::Command::cargo_bin("fivenines").unwrap().arg("schema").output().unwrap();
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    assert_eq!(printed, schema());
    assert_eq!(printed["$schema"], "https://json-schema.org/draft/2020-12/schema");
}

#[test]
fn every_reference_leads_somewhere_and_every_table_is_closed() {
    fn walk(schema: &Value, root: &Value) {
        if let Some(pointer) = schema.get("$ref").and_then(Value::as_str) {
            assert!(root.pointer(&pointer[1..]).is_some(), "{pointer}");
            assert_eq!(schema.as_object().unwrap().len(), 1, "editors see nothing beside {pointer}");
        }
        if schema.get("properties").is_some_and(|p| p.as_object().unwrap().values().all(Value::is_object)) {
            assert_eq!(schema["additionalProperties"], Value::Bool(false), "{schema}");
        }
        match schema {
            Value::Object(inner) => inner.values().for_each(|v| walk(v, root)),
            Value::Array(inner) => inner.iter().for_each(|v| walk(v, root)),
            _ => {}
        }
    }
    walk(&schema(), &schema());
}

#[test]
fn what_the_check_refuses_for_its_form_is_not_valid() {
    let schema = schema();
    let skeleton = include_str!("../../../assets/skeleton.toml");
    for (right, wrong) in [
        ("workers = 2", "worker = 2"),
        ("rate = \"30/s\"", "rate = 30"),
        ("rate = \"30/s\"", "rate = \"30\""),
        ("patience = \"2s\"", "patience = \"2 parsecs\""),
        ("size = \"m\"", "size = \"huge\""),
        ("workers = 2", "workers = 0"),
        ("workers = 2", "workers = 2.5"),
        ("{ exponential = \"20ms\" }", "{ exponentail = \"20ms\" }"),
        ("{ exponential = \"20ms\" }", "{ exponential = \"20ms\", constant = \"1ms\" }"),
        ("[{ to = \"db\" }]", "[{ too = \"db\" }]"),
        ("[node.web.service]", "[node.web.servce]"),
        ("[node.web.service]", "[node.Web.service]"),
        ("[node.web.service]", "[node.before.service]"),
        ("role = \"challenge\"", "role = \"chalenge\""),
        ("id = \"double\"", "id = \"Double\""),
        ("title = \"The rush\"", ""),
        ("{ set = \"users.rate\", to = \"60/s\" }", "{ set = \"users.rate\" }"),
        ("{ set = \"users.rate\", to = \"60/s\" }", "{ sett = \"users.rate\", to = \"60/s\" }"),
        ("{ set = \"users.rate\", to = \"60/s\" }", "{ crash = \"web\", flush = \"web\" }"),
        ("metric = \"p95\"", "metric = \"p98\""),
        ("metric = \"availability\"", "metric = \"utilization\""),
        ("below = \"250ms\"", ""),
        ("below = \"250ms\"", "below = \"250ms\"\nabove = \"1ms\""),
        ("when = \"p95 / before.p95 < 1.2\"", "when = \"p95\""),
        ("parts = 3", "parts = \"three\""),
        ("latency = { constant = \"5ms\" }", "latencies = { constant = \"5ms\" }"),
        ("format = 1", "format = 2"),
        ("seed = 1", "seed = -1"),
    ] {
        assert!(skeleton.contains(right), "{right}");
        let text = skeleton.replacen(right, wrong, 1);
        assert!(check(&text, "a.toml").is_err(), "the check takes {wrong}");
        assert!(!Validator(&schema).faults(&json(&text)).is_empty(), "the schema takes {wrong}");
    }
}

/// A file with every table whose keys stand in no table of knobs; `@name@` marks a place for a key that nobody knows.
const EVERYTHING: &str = include_str!("everything.txt");

/// Where the schema has the table of a mark.
const TABLES: &[(&str, &str)] = &[
    ("root", ""),
    ("budget", "/properties/budget"),
    ("topology", "/properties/topology/additionalProperties"),
    ("host", "/$defs/host"),
    ("link", "/$defs/link"),
    ("service", "/$defs/node-service"),
    ("retries", "/$defs/link/properties/retries"),
    ("health", "/$defs/node-load-balancer/properties/health"),
    ("class", "/$defs/class"),
    ("keys", "/$defs/class/properties/keys"),
    ("hot", "/$defs/class/properties/keys/properties/hot"),
    ("call", "/$defs/call"),
    ("erlang", "/$defs/distribution/properties/erlang"),
    ("log-normal", "/$defs/distribution/properties/log-normal"),
    ("pareto", "/$defs/distribution/properties/pareto"),
    ("hyper-exponential", "/$defs/distribution/properties/hyper-exponential"),
    ("spike", "/$defs/profile/properties/spike"),
    ("daily", "/$defs/profile/properties/daily"),
    ("bursts", "/$defs/profile/properties/bursts"),
    ("goal", "/$defs/goal"),
    ("scene", "/$defs/scene"),
    ("pause", "/$defs/scene/properties/pause"),
    ("predict", "/$defs/predict"),
    ("answer", "/$defs/answer"),
    ("number", "/$defs/predict/properties/number"),
    ("option", "/$defs/option"),
    ("par", "/$defs/par"),
    ("solution", "/$defs/solution"),
    ("wrong", "/$defs/wrong"),
    ("variant", "/$defs/variant"),
];

/// The file with a key that nobody knows at one mark, and the others taken away.
fn marked(source: &str, mark: &str) -> String {
    let mut text = source.replace(&format!("\n@{mark}@"), "\nzzzzzzzzzzzz = 1");
    text = text.replace(&format!("@{mark}@"), ", zzzzzzzzzzzz = 1");
    for (other, _) in TABLES {
        text = text.replace(&format!("@{other}@"), "");
    }
    text
}

/// The keys that the check knows in the table with the unknown one: it says them.
#[track_caller]
fn known(text: &str) -> Vec<String> {
    let faults = check(text, "a.toml").expect_err("there is an unknown key");
    let fault = faults.list().iter().find(|f| f.message.contains("zzzzzzzzzzzz"));
    let fault = fault.unwrap_or_else(|| panic!("{faults}"));
    let keys = fault.remedy.strip_prefix("known here: ").unwrap_or_else(|| panic!("{faults}"));
    let mut keys: Vec<String> = keys.split(", ").map(str::to_owned).collect();
    keys.sort();
    keys.dedup();
    keys
}

fn properties(schema: &Value, pointer: &str) -> Vec<String> {
    let table = schema.pointer(pointer).unwrap_or_else(|| panic!("{pointer} leads nowhere"));
    table["properties"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_schema_knows_the_keys_that_the_check_knows() {
    let schema = schema();
    let sound = marked(EVERYTHING, "none");
    check(&sound, "a.toml").unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(Validator(&schema).faults(&json(&sound)), Vec::<String>::new());
    for (mark, pointer) in TABLES {
        let text = marked(EVERYTHING, mark);
        assert_ne!(text, sound, "no mark @{mark}@");
        assert_eq!(properties(&schema, pointer), known(&text), "{mark}");
        assert!(!Validator(&schema).faults(&json(&text)).is_empty(), "{mark}");
    }
}

/// A sound use of each verb, in the file above.
fn example(verb: &str) -> &'static str {
    match verb {
        "set" => "set = \"web.workers\"\nto = 4",
        "add" => "add = \"more.rate-limiter\"\nrate = \"1/s\"",
        "connect" => "connect = [\"web\", \"kv\"]\nloss = 0.1",
        "disconnect" => "disconnect = [\"users\", \"lb\"]",
        "remove" => "remove = \"lb\"",
        "slow" => "slow = \"web\"\nfactor = 3",
        "loss" => "loss = \"users->lb\"\nshare = 0.1",
        "delay" => "delay = \"web\"\nby = \"10ms\"",
        "partition" => "partition = [[\"users\"], [\"web\"]]",
        "zone-down" => "zone-down = \"a\"",
        "flush" => "flush = \"kv\"",
        "bad-release" => "bad-release = \"web\"\nerrors = 0.1\nfactor = 2",
        "disk-full" => "disk-full = \"db\"",
        "crash" => "crash = \"web#1\"",
        "restore" => "restore = \"web#1\"",
        "hang" => "hang = \"web#1\"",
        "pause" => "pause = \"web#1\"",
        "stall" => "stall = \"web\"",
        "deploy" => "deploy = \"web\"",
        "drain" => "drain = \"web#1\"",
        other => panic!("no example of {other}"),
    }
}

#[test]
fn the_schema_knows_every_verb_with_its_keys() {
    let schema = schema();
    let base = marked(EVERYTHING, "none");
    let with = |lines: &str| format!("{base}\n[[fault]]\n{lines}\n");
    for verb in VERBS {
        let lines = example(verb);
        let sound = Validator(&schema).faults(&json(&with(&format!("at = \"1s\"\n{lines}"))));
        assert_eq!(sound, Vec::<String>::new(), "{verb}");
        assert!(!Validator(&schema).faults(&json(&with(lines))).is_empty(), "{verb} without `at`");
        let mut known = known(&with(&format!("at = \"1s\"\nzzzzzzzzzzzz = 1\n{lines}")));
        let when = |key: &String| ["at", "for", "mtbf", "mttr"].contains(&key.as_str());
        known.retain(|key| !when(key));
        let forms = schema["$defs"]["fault"]["anyOf"].as_array().unwrap();
        let fits = |form: &&Value| {
            let head = &form["properties"][verb]["pattern"];
            let has = form["required"].as_array().unwrap().contains(&Value::from(verb));
            has && (verb != "add" || head.as_str().unwrap().contains("rate-limiter"))
        };
        let form = forms.iter().find(fits).unwrap_or_else(|| panic!("no form of {verb}"));
        let mut keys = properties(form, "");
        keys.retain(|key| !when(key));
        if ["add", "connect"].contains(&verb) {
            // Their own word is no knob: the check takes it away first.
            keys.retain(|key| key != verb);
        }
        assert_eq!(keys, known, "{verb}");
    }
}

#[test]
fn the_schema_knows_every_distribution_and_profile() {
    let schema = schema();
    let base = marked(EVERYTHING, "none");
    let told = |from: &str, to: &str| {
        let text = base.replace(from, to);
        assert_ne!(text, base, "{from}");
        check(&text, "a.toml").map_or_else(|f| f.to_string(), |_| String::new())
    };
    for (table, from) in [("distribution", "erlang"), ("profile", "spike")] {
        let unknown = told(&format!("{{ {from} = "), "{ zzz = ");
        for key in properties(&schema, &format!("/$defs/{table}")) {
            assert!(
                unknown.contains(&format!("{{ {key} = ")),
                "the check does not speak of {key}: {unknown}"
            );
        }
        // One of each in the check's advice; what stands inside of them has keys of its own.
        let advised = unknown.matches(" = ").count();
        assert!(advised >= properties(&schema, &format!("/$defs/{table}")).len(), "{unknown}");
    }
}
