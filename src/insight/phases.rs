//! What a call did at every instant of its life, and the calls of a request as a tree: the rows of a waterfall.

use super::critical_path::What;
use crate::sim::time::Time;
use crate::sim::trace::{Span, Trace};

/// What a call did during a stretch of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// As on the critical path.
    Own(What),
    /// It held its worker while calls of its own were out.
    Calling,
}

/// One stretch of a call's life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// What it did.
    pub phase: Phase,
    /// It begins.
    pub from: Time,
    /// It ends.
    pub to: Time,
}

/// The stretches of a call, earliest first; they follow one another from `sent` to `ended`.
pub fn of(trace: &Trace, index: usize) -> Vec<Stretch> {
    let Some(span) = trace.spans.get(index) else { return Vec::new() };
    let mut out = Vec::new();
    let mut add = |phase, from: Time, to: Time| {
        if from < to {
            out.push(Stretch { phase, from, to });
        }
    };
    let within = |t: Time| t.clamp(span.sent, span.ended);
    let [arrived, started, replied] = [span.arrived, span.started, span.replied].map(within);
    add(Phase::Own(What::Network), span.sent, arrived);
    add(Phase::Own(What::Waiting), arrived, started);
    let service = Phase::Own(if span.attempts { What::Retrying } else { What::Working });
    let mut cursor = started;
    for (from, to) in out_times(trace, index, started, replied) {
        add(service, cursor, from);
        add(Phase::Calling, from, to);
        cursor = to;
    }
    add(service, cursor, replied);
    add(Phase::Own(What::Network), replied, span.ended);
    out
}

/// When at least one call of a call was out, in order and without overlaps.
fn out_times(trace: &Trace, parent: usize, from: Time, to: Time) -> Vec<(Time, Time)> {
    let is_child = |s: &&Span| s.parent.is_some_and(|p| p as usize == parent);
    let mut calls: Vec<(Time, Time)> = trace
        .spans
        .iter()
        .filter(is_child)
        .map(|s| (s.sent.clamp(from, to), s.ended.clamp(from, to)))
        .filter(|(a, b)| a < b)
        .collect();
    calls.sort_unstable();
    let mut out: Vec<(Time, Time)> = Vec::new();
    for (from, to) in calls {
        match out.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => out.push((from, to)),
        }
    }
    out
}

/// The calls of a request, each with its depth: callers before their callees, those of one caller by time.
pub fn tree(trace: &Trace) -> Vec<(usize, usize)> {
    let mut out = Vec::with_capacity(trace.spans.len());
    let children = |parent: Option<u32>| {
        let mine = trace.spans.iter().enumerate().filter(move |(_, s)| s.parent == parent);
        let mut all: Vec<usize> = mine.map(|(i, _)| i).collect();
        all.sort_by_key(|&i| (trace.spans[i].sent, i));
        all
    };
    // The next to be told last, so that no depth of a request can exhaust the stack.
    let mut open: Vec<(usize, usize)> = children(None).into_iter().rev().map(|i| (i, 0)).collect();
    while let Some((index, depth)) = open.pop() {
        out.push((index, depth));
        open.extend(children(Some(index as u32)).into_iter().rev().map(|i| (i, depth + 1)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::snapshot::Cargo;

    fn span(at: [u64; 5], parent: Option<u32>) -> Span {
        let [sent, arrived, started, replied, ended] = at.map(Time::from_ms);
        let (node, replica, link) = (0, 0, 0);
        let (cargo, attempts, failed) = (Cargo::Call, false, None);
        Span { node, replica, link, cargo, attempts, failed, sent, arrived, started, replied, ended, parent }
    }

    fn trace() -> Trace {
        let spans = vec![
            span([0, 1, 3, 44, 45], None),
            span([8, 8, 8, 28, 28], Some(0)),
            span([20, 20, 22, 40, 40], Some(0)),
            span([9, 9, 9, 12, 12], Some(1)),
        ];
        Trace {
            client: 9,
            number: 1,
            class: 0,
            born: Time::ZERO,
            ended: Time::from_ms(45),
            failed: None,
            spans,
        }
    }

    #[test]
    fn stretches_follow_one_another_over_the_whole_call() {
        let trace = trace();
        for (i, span) in trace.spans.iter().enumerate() {
            let all = of(&trace, i);
            assert_eq!(all.first().map(|s| s.from), Some(span.sent));
            assert_eq!(all.last().map(|s| s.to), Some(span.ended));
            assert!(all.windows(2).all(|w| w[0].to == w[1].from), "{all:?}");
        }
        let told: Vec<(Phase, u64)> =
            of(&trace, 0).iter().map(|s| (s.phase, (s.to - s.from).ns() / 1_000_000)).collect();
        let own = Phase::Own;
        let expected = [
            (own(What::Network), 1),
            (own(What::Waiting), 2),
            (own(What::Working), 5),
            (Phase::Calling, 32),
            (own(What::Working), 4),
            (own(What::Network), 1),
        ];
        assert_eq!(told, expected, "two calls that overlap are one stretch");
    }

    #[test]
    fn callees_stand_below_their_caller() {
        assert_eq!(tree(&trace()), [(0, 0), (1, 1), (3, 2), (2, 1)]);
    }
}
