//! Values and changes in words, as the student and the log read them.

use crate::sim::change::Change;
use crate::sim::quantity::{show_rate, show_share};
use crate::sim::value::{CallMode, CallStep, HealthCheck, Value};

/// A knob's value with its unit.
pub fn value(value: &Value) -> String {
    match value {
        Value::Count(n) => n.to_string(),
        Value::Unlimited => "unlimited".into(),
        Value::Share(s) => show_share(*s),
        Value::Rate(r) => show_rate(*r),
        Value::Time(t) => t.to_string(),
        Value::Money(m) => format!("${m:.0}/month"),
        Value::Factor(_)
        | Value::Bytes(_)
        | Value::Flag(_)
        | Value::Names(_)
        | Value::Group(_)
        | Value::PerClass(_) => value.to_string(),
        Value::Distribution(d) => d.to_string(),
        Value::Choice(word) => (*word).into(),
        Value::Name(name) => name.clone(),
        Value::Health(health) => health_words(health),
        Value::Profile(_) => "changes over time".into(),
        Value::Classes(classes) => {
            let each = |c: &crate::sim::workload::Class| format!("{} {}", c.name, show_share(c.share));
            classes.iter().map(each).collect::<Vec<_>>().join(", ")
        }
        Value::Calls(calls) if calls.is_empty() => "nobody".into(),
        Value::Calls(calls) => sequence(calls),
    }
}

/// What a change does, as a phrase: `set web.replicas to 5`.
pub fn change(change: &Change) -> String {
    match change {
        Change::Set { target, knob, value: Some(to) } => format!("set {target}.{knob} to {}", value(to)),
        Change::Set { target, knob, value: None } => format!("unset {target}.{knob}"),
        Change::Add { name, node } => {
            format!("add the {} `{name}`", node.kind.datasheet().title.to_lowercase())
        }
        Change::Remove { name } => format!("remove `{name}`"),
        Change::Connect(link) => format!("connect {} to {}", link.from, link.to),
        Change::Disconnect { from, to } => format!("disconnect {from} from {to}"),
        Change::Crash(target) => format!("crash {target}"),
        Change::Restore(target) => format!("restore {target}"),
        Change::Slow { target, factor: 1.0 } => format!("make {target} healthy again"),
        Change::Slow { target, factor } => format!("make {target} {factor} times slower"),
        Change::Flush { name } => format!("empty the cache `{name}`"),
    }
}

/// Several changes in one sentence without its full stop.
pub fn changes(changes: &[Change]) -> String {
    changes.iter().map(change).collect::<Vec<_>>().join("; ")
}

fn health_words(health: &HealthCheck) -> String {
    format!(
        "every {}, timeout {}, out after {}, back after {}",
        health.interval, health.timeout, health.fall, health.rise
    )
}

fn sequence(calls: &[CallStep]) -> String {
    let mut text = String::new();
    for (i, step) in calls.iter().enumerate() {
        let together = i > 0 && step.parallel.is_some() && step.parallel == calls[i - 1].parallel;
        text.push_str(if i == 0 {
            ""
        } else if together {
            " and "
        } else {
            ", then "
        });
        text.push_str(&call(step));
    }
    text
}

fn call(step: &CallStep) -> String {
    let mut text = step.to.clone();
    if step.times != 1 {
        let at_once = if step.parallel.is_some() { " at once" } else { "" };
        text.push_str(&format!(" {} times{at_once}", step.times));
    }
    if step.share < 1.0 {
        text.push_str(&format!(" ({} of requests)", show_share(step.share)));
    }
    if let Some(class) = &step.class {
        text.push_str(&format!(" (only {class})"));
    }
    if step.mode == CallMode::Publish {
        text.push_str(" (message)");
    }
    if step.mode == CallMode::HandOver {
        text.push_str(" (handed over)");
    }
    if let Some(n) = step.wait_for {
        text.push_str(&format!(" (the first {n} answers are enough)"));
    }
    if let Some(database) = &step.on_miss {
        text.push_str(&format!(" (or {database} on a miss)"));
    }
    text
}
