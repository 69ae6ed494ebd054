//! The list of calls of a service: each entry, and the groups of entries that are called at once.

use super::read::read_count;
use super::{CallMode, CallStep, Problem, Raw, TableReader, Value, read_choice, read_share};

/// Most calls of one parallel group.
pub const MAX_FAN_OUT: u32 = 10_000;

impl CallStep {
    pub(super) fn read_all(raw: &Raw) -> Result<Vec<Self>, Vec<Problem>> {
        let Raw::List(items) = raw else {
            return Err(vec![Problem::new("expected a list of calls", "write calls = [{ to = \"db\" }]")]);
        };
        let mut steps = Vec::new();
        let mut problems = Vec::new();
        for (i, item) in items.iter().enumerate() {
            match Self::read(item) {
                Ok(step) => steps.push(step),
                Err(ps) => problems.extend(ps.into_iter().map(|p| p.under(i))),
            }
        }
        if problems.is_empty() {
            groups(&steps, &mut problems);
            routes(&steps, &mut problems);
        }
        if problems.is_empty() { Ok(steps) } else { Err(problems) }
    }
    fn read(raw: &Raw) -> Result<Self, Vec<Problem>> {
        let mut t = TableReader::new(raw, "{ to = \"db\", times = 2 }")?;
        let name = |r: &Raw| match r {
            Raw::Text(s) => Ok(s.clone()),
            _ => Err(Problem::new("expected a name in quotes", "write the name of a node, as \"db\"")),
        };
        let count = |most: u32| {
            move |r: &Raw| match read_count(r, 1, most, false)? {
                Value::Count(n) => Ok(n),
                _ => Ok(1),
            }
        };
        let to = t.get("to", name).unwrap_or_default();
        if !t.has("to") {
            t.fault("a call without `to`", "add to = \"NAME\", the node that is called");
        }
        let times = t.get("times", count(1000)).unwrap_or(1);
        let class = t.get("class", name);
        let share = t.get("share", read_share).unwrap_or(1.0);
        let mode = t.get("mode", |r| read_choice(r, CallMode::NAMES)).map_or(CallMode::Call, CallMode::parse);
        let on_miss = t.get("on_miss", name);
        let parallel = t.get("parallel", name);
        let wait_for = t.get("wait_for", count(MAX_FAN_OUT));
        if wait_for.is_some() && parallel.is_none() {
            t.fault(
                "`wait_for` without a group",
                "add parallel = \"NAME\" to the entries that are called at once",
            );
        }
        if parallel.is_some() && on_miss.is_some() {
            t.fault(
                "`on_miss` in a parallel group",
                "call a service that asks the cache, or ask it before the group",
            );
        }
        if mode == CallMode::HandOver && (parallel.is_some() || times > 1 || on_miss.is_some()) {
            let remedy = "remove `parallel`, `times` and `on_miss`: a request is passed on once, to one part";
            t.fault("a request that is handed over is gone", remedy);
        }
        t.finish(|| Self { to, times, class, share, mode, parallel, wait_for, on_miss })
    }
    /// Position after the last neighbour that is called together with entry `i`; `None` = it is called alone.
    pub fn group_end(steps: &[Self], i: usize) -> Option<usize> {
        let group = steps.get(i)?.parallel.as_ref()?;
        let others = steps[i..].iter().position(|s| s.parallel.as_ref() != Some(group));
        Some(others.map_or(steps.len(), |n| i + n))
    }
    /// Where entry `i` begins on the scale of its neighbours that hand over too: of them one at most happens, so
    /// each takes its share after those of the ones before it. The first of them, and the sum of their shares.
    pub fn route_start(steps: &[Self], i: usize) -> (usize, f64) {
        let hands_over = |s: &Self| s.mode == CallMode::HandOver;
        if !hands_over(&steps[i]) {
            return (i, 0.0);
        }
        let first = steps[..i].iter().rposition(|s| !hands_over(s)).map_or(0, |n| n + 1);
        let rivals = |s: &&Self| s.class.is_none() || steps[i].class.is_none() || s.class == steps[i].class;
        (first, steps[first..i].iter().filter(rivals).map(|s| s.share).sum())
    }
}

/// Each group stands together, is not too large and can be waited for.
fn groups(steps: &[CallStep], problems: &mut Vec<Problem>) {
    let mut seen: Vec<&String> = Vec::new();
    let mut i = 0;
    while let Some(step) = steps.get(i) {
        let (Some(end), Some(name)) = (CallStep::group_end(steps, i), &step.parallel) else {
            i += 1;
            continue;
        };
        let group = &steps[i..end];
        let mut fault = |at: usize, key: &str, message: String, remedy: &str| {
            problems.push(Problem::new(message, remedy).under(key).under(at));
        };
        if seen.contains(&name) {
            fault(
                i,
                "parallel",
                format!("the group `{name}` is torn apart"),
                "put its entries next to each other",
            );
        }
        seen.push(name);
        let calls: u32 = group.iter().map(|s| s.times).sum();
        if calls > MAX_FAN_OUT {
            fault(i, "parallel", format!("the group `{name}` makes {calls} calls"), "make it smaller");
        }
        let mut wanted = group.iter().enumerate().filter_map(|(k, s)| s.wait_for.map(|n| (i + k, n)));
        if let Some((at, first)) = wanted.next() {
            if first > calls {
                let message = format!("the group `{name}` makes {calls} calls, not {first}");
                fault(at, "wait_for", message, "wait for at most that many");
            }
            if let Some((other, _)) = wanted.find(|&(_, n)| n != first) {
                fault(other, "wait_for", format!("the group `{name}` waits for {first}"), "say it once");
            }
        }
        i = end;
    }
}

/// The shares of neighbours that hand over are a choice between them.
fn routes(steps: &[CallStep], problems: &mut Vec<Problem>) {
    for (i, step) in steps.iter().enumerate() {
        let (first, start) = CallStep::route_start(steps, i);
        if first < i && start + step.share > 1.0 + 1e-9 {
            let message = "neighbouring entries hand over more than all requests";
            problems
                .push(Problem::new(message, "make their shares add up to 1 at most").under("share").under(i));
        }
    }
}
