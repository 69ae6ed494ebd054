//! What a service does for a request: its work and its calls, resolved against the running system.

use super::super::super::context::Ctx;
use super::super::super::distribution::Distribution;
use super::super::super::request::NIL;
use super::super::super::time::Time;
use super::super::super::value::{CallMode, CallStep, Knobs, Value};

/// Work and calls for some classes of requests.
#[derive(Clone)]
#[repr(C)]
pub(super) struct Plan {
    pub work: Distribution,
    pub program: Vec<Step>,
    pub work_after: Option<Distribution>,
}

/// One entry of `calls`.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub link: u16,
    pub times: u16,
    /// Only for this class; `ANY_CLASS` = all.
    pub class: u8,
    pub mode: CallMode,
    /// It happens if the draw of entry `first` is in `from .. from + share`.
    pub first: u16,
    pub from: f64,
    pub share: f64,
    /// Link to the database behind a cache.
    pub on_miss: Option<u16>,
    /// Called together with all entries before this one; 0 = alone.
    pub group_end: u16,
    /// So many successes of the group are enough.
    pub wait_for: u16,
}

/// A program in short.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Calls {
    Nobody,
    /// One call over this link, always, of which nothing but its answer matters.
    One(u16),
    /// Anything else.
    Several,
}

pub(super) const ANY_CLASS: u8 = u8::MAX;
/// No request has this class.
const NO_CLASS: u8 = ANY_CLASS - 1;

impl Default for Plan {
    fn default() -> Self {
        Self { work: Distribution::Constant(Time::ZERO), work_after: None, program: Vec::new() }
    }
}

impl Plan {
    /// From a node's knobs, or from those of one class with the node's own plan for what it leaves open.
    pub fn read(ctx: &Ctx, node: u16, knobs: &Knobs, otherwise: &Self) -> Self {
        Self {
            work: knobs.distribution("work").unwrap_or(&otherwise.work).clone(),
            work_after: knobs.distribution("work_after").or(otherwise.work_after.as_ref()).cloned(),
            program: match knobs.get("calls") {
                Some(Value::Calls(calls)) => program(ctx, node, calls),
                _ => otherwise.program.clone(),
            },
        }
    }
    /// Its program in short.
    pub fn calls(&self) -> Calls {
        match self.program[..] {
            [] => Calls::Nobody,
            [s] if s.is_plain() => Calls::One(s.link),
            _ => Calls::Several,
        }
    }
    /// Whether an entry is one for a request of this class.
    pub fn applies(step: &Step, class: u8) -> bool {
        step.class == ANY_CLASS || step.class == class
    }
}

impl Step {
    /// One call that always happens, for everybody.
    fn is_plain(&self) -> bool {
        let always = self.class == ANY_CLASS && self.share >= 1.0 && self.times == 1;
        always && self.mode == CallMode::Call && self.on_miss.is_none() && self.group_end == 0
    }
}

fn program(ctx: &Ctx, node: u16, calls: &[CallStep]) -> Vec<Step> {
    let link_to = |name: &str| ctx.find(name).and_then(|to| ctx.link(node, to));
    let step = |(i, c): (usize, &CallStep)| {
        let link = link_to(&c.to);
        let class = match &c.class {
            // What nobody can be called for.
            _ if link.is_none() => NO_CLASS,
            None => ANY_CLASS,
            Some(n) => ctx.classes.iter().position(|k| *k.name == **n).map_or(NO_CLASS, |i| i as u8),
        };
        let (first, from) = CallStep::route_start(calls, i);
        let group = CallStep::group_end(calls, i).map(|end| {
            let start = (0..=i).rev().take_while(|&k| calls[k].parallel == c.parallel).last().unwrap_or(i);
            (end, calls[start..end].iter().find_map(|s| s.wait_for))
        });
        Step {
            link: link.unwrap_or(u16::MAX),
            times: c.times as u16,
            class,
            mode: c.mode,
            first: first as u16,
            from,
            share: c.share,
            on_miss: c.on_miss.as_ref().and_then(|n| link_to(n)),
            group_end: group.map_or(0, |(end, _)| end as u16),
            wait_for: group.and_then(|(_, n)| n).map_or(u16::MAX, |n| n as u16),
        }
    };
    calls.iter().enumerate().map(step).collect()
}

/// The class of a call's request.
pub(super) fn class_of(ctx: &Ctx, call: u32) -> u8 {
    match ctx.calls[call].request {
        NIL => ANY_CLASS,
        r => ctx.requests[r].class,
    }
}
