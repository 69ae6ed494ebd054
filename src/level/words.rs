//! Values and changes in words, as the student and the log read them.

use crate::sim::change::{Change, Target};
use crate::sim::quantity::{show_rate, show_share};
use crate::sim::time::Time;
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
        | Value::Numbers(_)
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
        other => fault(other),
    }
}

/// A fault, an operation or the end of one as a phrase.
fn fault(change: &Change) -> String {
    match change {
        Change::Hang(target) => format!("hang {target}"),
        Change::Pause(target) => format!("pause {target}"),
        Change::Drain(target) => format!("drain {target}"),
        Change::DiskFull(target) => format!("fill the disk of {target}"),
        Change::Loss { target, share: 0.0 } => format!("lose no more messages of {target}"),
        Change::Loss { target, share } => format!("lose {} of the messages of {target}", show_share(*share)),
        Change::Delay { target, by: Time::ZERO } => format!("delay {target} no more"),
        Change::Delay { target, by } => format!("delay messages of {target} by {by}"),
        Change::Stall { target } => format!("stall messages of {target}"),
        Change::Partition { groups } => format!("cut the network between {}", sides(groups)),
        Change::ZoneDown { zone } => format!("zone {zone} goes dark"),
        Change::BadRelease { name, errors, factor } => {
            let mut signs = Vec::new();
            if *errors > 0.0 {
                signs.push(format!("{} errors", show_share(*errors)));
            }
            if *factor != 1.0 {
                signs.push(format!("{factor} times slower"));
            }
            format!("release a bad version of {name} ({})", signs.join(", "))
        }
        Change::Deploy { name } => format!("deploy a new version of {name}"),
        Change::Fails { fault, mtbf, mttr } => {
            format!("by chance {}: after {mtbf}, for {mttr}", self::change(fault))
        }
        Change::End(inner) => end(inner),
        Change::Several(all) => changes(all),
        other => other.verb().to_owned(),
    }
}

/// The end of a change that lasts.
fn end(change: &Change) -> String {
    match change {
        Change::Crash(target) => format!("restore {target}"),
        Change::Hang(target) | Change::Pause(target) => format!("let {target} go on"),
        Change::Drain(target) => format!("give {target} requests again"),
        Change::DiskFull(target) => format!("make room on the disk of {target}"),
        Change::Stall { target } => format!("let messages of {target} flow"),
        Change::Partition { groups } => format!("heal the network between {}", sides(groups)),
        Change::ZoneDown { zone } => format!("zone {zone} comes back"),
        Change::BadRelease { name, .. } => format!("roll {name} back"),
        Change::Deploy { name } => format!("stop the deploy of {name}"),
        Change::Fails { fault, .. } => format!("no more by chance: {}", self::change(fault)),
        other => format!("end of: {}", self::change(other)),
    }
}

fn sides(groups: &[Vec<Target>]) -> String {
    let side = |g: &Vec<Target>| g.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    groups.iter().map(side).collect::<Vec<_>>().join(" and ")
}

/// Several changes in one sentence without its full stop.
pub fn changes(changes: &[Change]) -> String {
    changes.iter().map(change).collect::<Vec<_>>().join("; ")
}

fn health_words(health: &HealthCheck) -> String {
    let requests = |n: u32| format!("out after {n} failed requests");
    if !health.active {
        let passive = requests(health.passive.unwrap_or(health.fall));
        return format!("no probes, {passive}, tried again after {}", health.interval);
    }
    let probes = format!(
        "every {}, timeout {}, out after {}, back after {}",
        health.interval, health.timeout, health.fall, health.rise
    );
    match health.passive {
        Some(n) => format!("{probes}; {} too", requests(n)),
        None => probes,
    }
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
