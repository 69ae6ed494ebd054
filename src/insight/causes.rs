//! The chain from a symptom to its cause, every link of it a fact of the run.
//!
//! ```text
//!  what the users see -> where slow or failed requests were held up -> which resource is full there
//!                     -> what changed before: traffic, servers, work, hit ratio -> what happened then
//! ```

use super::bottleneck;
use super::difference::{NOISE, Stretch};
use super::tail;
use crate::sim::log::Weight;
use crate::sim::metrics::{Measure, Metric, Scope};
use crate::sim::outcome::Reason;
use crate::sim::quantity::{show_rate, show_share, show_time};
use crate::sim::simulation::Simulation;
use crate::sim::time::Time;

/// One link of the chain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fact {
    /// The place it speaks of (its `NodeId`); `None` = the whole system.
    pub node: Option<u16>,
    /// A short sentence with this run's numbers, without a full stop.
    pub text: String,
}

/// Seconds that are compared with each other.
const SPAN: u64 = 10;
/// Fewer failures than this are no symptom.
const FAILING: f64 = 0.01;
/// A p95 so many times as long as at the start is a symptom ...
const SLOW: f64 = 2.0;
/// ... and one below this is still normal.
const CALM: f64 = 1.25;
/// A place that holds up less of the tail than this is not named.
const SHARE: f64 = 0.2;

/// The chain for the present state of a run: the last ten seconds beside the ten before the trouble. Empty while
/// requests neither fail nor take longer than they did.
/// Times are told since `origin`.
pub fn chain(run: &Simulation, origin: Time) -> Vec<Fact> {
    let now = Time::from_secs(run.now().ns() / Time::SECOND.ns());
    let since = |s: u64| now.saturating_sub(Time::from_secs(s));
    let recent = Stretch { run, from: since(SPAN), to: now };
    let Some(onset) = onset(&recent) else { return Vec::new() };
    let calm = Stretch { run, from: onset.saturating_sub(Time::from_secs(SPAN)), to: onset };
    let mut facts = Vec::new();
    symptom(&recent, &calm, origin, &mut facts);
    let place = held_up(&recent, &mut facts);
    let full = full_resource(run, &mut facts);
    if let Some(node) = full.or(place) {
        different(&recent, &calm, node, &mut facts);
    }
    happened(run, origin, onset, &mut facts);
    facts
}

fn system(s: &Stretch<'_>, measure: Measure) -> Option<f64> {
    s.run.measure(&Metric { scope: Scope::System, measure }, s.from, s.to)
}
fn at(s: &Stretch<'_>, node: &str, measure: Measure) -> Option<f64> {
    s.run.measure(&Metric { scope: Scope::Node(node.to_owned()), measure }, s.from, s.to)
}

/// The end of the last stretch in which things were as at the start; `None` where they still are.
fn onset(recent: &Stretch<'_>) -> Option<Time> {
    let p95 = Measure::Percentile(950);
    let normal = system(&Stretch { from: Time::ZERO, to: Time::from_secs(SPAN), ..*recent }, p95)?;
    let well = |s: &Stretch<'_>, most: f64| {
        system(s, Measure::ErrorRate).is_none_or(|e| e < FAILING)
            && system(s, p95).is_some_and(|p| p < most * normal)
    };
    if well(recent, SLOW) {
        return None;
    }
    let last = recent.to.ns() / Time::SECOND.ns();
    let until = |t: u64| Stretch { from: Time::from_secs(t - SPAN), to: Time::from_secs(t), ..*recent };
    let calm = (SPAN..=last).rev().find(|&t| well(&until(t), CALM));
    Some(Time::from_secs(calm.unwrap_or(SPAN)))
}

fn symptom(recent: &Stretch<'_>, calm: &Stretch<'_>, origin: Time, facts: &mut Vec<Fact>) {
    let mut say = |node, text| facts.push(Fact { node, text });
    if let Some(errors) = system(recent, Measure::ErrorRate).filter(|e| *e >= FAILING) {
        let failed = &recent.run.traces().failed;
        let late = failed.iter().filter(|t| t.ended > recent.from).filter_map(|t| t.failed);
        let mut counts: Vec<((Reason, u16), u32)> = Vec::new();
        for why in late {
            match counts.iter_mut().find(|(w, _)| *w == why) {
                Some((_, n)) => *n += 1,
                None => counts.push((why, 1)),
            }
        }
        let most = counts.into_iter().max_by_key(|(_, n)| *n);
        match most {
            Some(((reason, node), _)) => {
                let name = name(recent.run, node);
                let text = format!(
                    "{} of the requests fail, mostly: {} at {name}",
                    show_share(errors),
                    reason.name()
                );
                say(Some(node), text);
            }
            None => say(None, format!("{} of the requests fail", show_share(errors))),
        }
    }
    let p95 = Measure::Percentile(950);
    if let (Some(was), Some(is)) = (system(calm, p95), system(recent, p95))
        && is > was * (1.0 + NOISE)
    {
        let time = |s| show_time(Time::from_secs_f64(s));
        let since = calm.to.saturating_sub(origin);
        let since = if since == Time::ZERO { "the start".to_owned() } else { since.to_string() };
        say(None, format!("p95 went from {} to {} since {since}", time(was), time(is)));
    }
}

fn held_up(recent: &Stretch<'_>, facts: &mut Vec<Fact>) -> Option<u16> {
    let tail = tail::of(recent.run)?;
    let part = tail.parts.first().filter(|p| p.share >= SHARE)?;
    let text = format!(
        "slow requests spend {} of their time {} at {}",
        show_share(part.share),
        part.what.name(),
        name(recent.run, part.node)
    );
    facts.push(Fact { node: Some(part.node), text });
    Some(part.node)
}

fn full_resource(run: &Simulation, facts: &mut Vec<Fact>) -> Option<u16> {
    let found = bottleneck::find(&run.snapshot())?;
    facts.push(Fact { node: Some(found.node.0), text: found.why });
    Some(found.node.0)
}

/// What is different at a place since the calm.
fn different(recent: &Stretch<'_>, calm: &Stretch<'_>, node: u16, facts: &mut Vec<Fact>) {
    let name = name(recent.run, node);
    let pair = |measure| Some((at(calm, &name, measure)?, at(recent, &name, measure)?));
    let mut say = |text| facts.push(Fact { node: Some(node), text });
    if let Some((was, is)) = pair(Measure::Up).filter(|(was, is)| is < was) {
        say(format!("{name} has {is:.0} of {was:.0} servers up"));
    }
    if let Some((was, is)) = pair(Measure::ArrivalRate).filter(|(was, is)| *is > was * (1.0 + NOISE)) {
        say(format!("{name} gets {} instead of {}", show_rate(is), show_rate(was)));
    }
    if let Some((was, is)) = pair(Measure::HitRatio).filter(|(was, is)| *is < was * (1.0 - NOISE)) {
        say(format!("{name} has the answer for {} instead of {}", show_share(is), show_share(was)));
    }
    // Busy time over answers is the work of one: longer with a slow server or costlier requests.
    let work = |s| {
        Some(
            at(s, &name, Measure::Utilization)? * at(s, &name, Measure::Up)?
                / at(s, &name, Measure::Throughput)?,
        )
    };
    if let (Some(was), Some(is)) = (work(calm), work(recent))
        && is > was * 1.3
    {
        say(format!("an answer of {name} takes {:.1} times as much of its workers' time", is / was));
    }
}

/// What was noted around the onset.
fn happened(run: &Simulation, origin: Time, onset: Time, facts: &mut Vec<Fact>) {
    let picture = run.snapshot();
    let early = onset.saturating_sub(Time::from_secs(SPAN / 2)).max(origin);
    let near = picture
        .log
        .iter()
        .filter(|e| e.at >= early && e.at <= onset + Time::from_secs(SPAN))
        // What was altered at the very start is how things are.
        .find(|e| e.weight == Weight::Bad || e.weight == Weight::Change && e.at > origin);
    if let Some(entry) = near {
        let node =
            picture.nodes.iter().find(|n| entry.place.split('#').next() == Some(&*n.name)).map(|n| n.id.0);
        let place = if entry.place.is_empty() { String::new() } else { format!("{}: ", entry.place) };
        facts.push(Fact { node, text: format!("at {} {place}{}", entry.at - origin, entry.text) });
    }
}

fn name(run: &Simulation, node: u16) -> String {
    run.node_name(node).to_owned()
}
