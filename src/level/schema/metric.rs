//! What is measured: paths of metrics, conditions over them, limits.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::described;
use super::value::{either, money, rate, share, time};
use crate::level::fields::MAX_LINE;
use crate::level::path::{self, Names};
use crate::sim::component::Kind;
use crate::sim::metrics::Measure;
use crate::sim::outcome::Reason;
use crate::sim::topology::{NodeSpec, Topology};
use crate::sim::value::Knobs;

/// A name of a node or class in a path.
const NAME: &str = "[a-z][a-z0-9-]*";

/// The path of a metric.
pub fn metric() -> Value {
    let reasons: Vec<String> =
        Reason::ALL.iter().map(|r| format!("failures.{}", r.name().replace(' ', "-"))).collect();
    let end_to_end = measured(&Names::default(), "");
    let of_a_class: BTreeSet<_> =
        end_to_end.iter().filter(|m| !["cost", "parts"].contains(m)).copied().collect();
    let at_a_node: BTreeSet<_> = Kind::ALL.into_iter().flat_map(at_a_node).collect();
    let at_a_server: BTreeSet<_> = measured(&names(Kind::Service), "node#1.");
    let paths = |place: &str, measures: &BTreeSet<&str>| {
        let measures: Vec<&str> = measures.iter().copied().collect();
        json!({ "type": "string", "pattern": format!("^{place}\\.({})$", measures.join("|")) })
    };
    json!({
        "description": "What is measured: end to end as p95, of a part as web.utilization, of a server as web#1.share, \
            of a class as classes.browse.p99, or failures.REASON.",
        "anyOf": [
            described(json!({ "enum": end_to_end }), "End to end: all requests of all users."),
            described(json!({ "enum": reasons }), "Requests that failed for one reason."),
            described(paths(NAME, &at_a_node), "Of a part: NODE.METRIC."),
            described(paths(&format!("{NAME}#[0-9]+"), &at_a_server), "Of one server: NODE#1.METRIC."),
            described(paths(&format!("classes\\.{NAME}"), &of_a_class), "Of a class: classes.CLASS.METRIC."),
        ],
    })
}

/// The measures that the check accepts behind a place.
fn measured(names: &Names, place: &str) -> BTreeSet<&'static str> {
    let accepted = |measure: &&str| {
        path::read(&format!("{place}{measure}")).is_ok_and(|metric| path::check(&metric, names).is_ok())
    };
    Measure::names().filter(accepted).collect()
}

fn at_a_node(kind: Kind) -> BTreeSet<&'static str> {
    measured(&names(kind), "node.")
}

fn names(kind: Kind) -> Names {
    let mut topology = Topology::default();
    topology.nodes.insert("node".into(), NodeSpec { kind, knobs: Knobs::default() });
    Names::of(&topology)
}

/// Something that is true or false.
pub fn condition(words: &str) -> Value {
    json!({
        "type": "string",
        "maxLength": MAX_LINE,
        "pattern": "[<>]",
        "description": format!(
            "{words} Metrics, numbers with units, + - * / < <= > >= and or not. `before.` is the run without the \
             scene's changes, as p99 / before.p99 > 3. A minus sign has spaces around it."
        ),
    })
}

/// Something that has a value.
pub fn quantity(words: &str) -> Value {
    let words = format!("{words} A metric, or a calculation with metrics and numbers: p99 / before.p99.");
    json!({ "type": "string", "maxLength": MAX_LINE, "description": words })
}

/// A limit: a number in the unit of its metric.
pub fn any_quantity() -> Value {
    either([json!({ "type": "number", "minimum": 0 }), time(), rate(), share(), money()])
}
