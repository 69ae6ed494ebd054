//! Calls of a service: in sequence, several at once, handed over; cache-aside.

use super::super::super::context::{Answer, Ctx, NewCall};
use super::super::super::outcome::Reason;
use super::super::super::request::{NIL, Outcome, Phase};
use super::super::super::rng::{Draw, Purpose};
use super::super::super::snapshot::Cargo;
use super::super::super::value::CallMode;
use super::super::cache::Fill;
use super::Service;
use super::plan::{Calls, Plan, Step, class_of};

/// `Call::repeat` counts repetitions in the low bits; this bit says that the present one went on to `on_miss`.
/// In a parallel group it counts the successes that are still needed.
const MISSED: u16 = 1 << 15;

impl Service {
    /// Goes on with the program of calls, or ends.
    #[inline(always)]
    pub(super) fn go_on(&mut self, ctx: &mut Ctx, call: u32) {
        if self.plain {
            match self.calls {
                Calls::Nobody => return self.finish(ctx, call),
                Calls::One(link) if is_fresh(ctx, call) => return self.call_one(ctx, call, link),
                _ => {}
            }
        }
        self.go_through(ctx, call);
    }
    /// The one call of a plain service.
    #[inline(always)]
    fn call_one(&mut self, ctx: &mut Ctx, call: u32, link: u16) {
        let new = ctx.call_for(call, link, 0);
        self.stations[new.caller_replica as usize].calls(ctx.now, 1);
        ctx.send_at_once(new);
    }
    #[inline(never)]
    fn go_through(&mut self, ctx: &mut Ctx, call: u32) {
        let class = class_of(ctx, call);
        loop {
            let (index, repeat) = (ctx.calls[call].step, ctx.calls[call].repeat);
            let Some(step) = self.plan(ctx, call).program.get(index as usize) else { break };
            if step.group_end > 0 {
                let step = *step;
                if self.fan_out(ctx, call, class, step) {
                    return;
                }
                ctx.calls[call].step = step.group_end;
                continue;
            }
            if Plan::applies(step, class) && repeat < step.times && happens(ctx, call, step) {
                if step.mode == CallMode::HandOver {
                    let step = *step;
                    return self.hand_over(ctx, call, step);
                }
                // Cache-aside: a write goes to the database; the cache only hears that its value is old.
                let (link, mode) = match step.on_miss {
                    Some(behind) if ctx.writes(call) => (behind, step.mode),
                    _ => (step.link, step.mode),
                };
                return self.call_on(ctx, call, link, mode);
            }
            ctx.calls[call].step += 1;
            ctx.calls[call].repeat = 0;
        }
        self.conclude(ctx, call);
    }
    #[inline(always)]
    fn call_on(&mut self, ctx: &mut Ctx, call: u32, link: u16, mode: CallMode) {
        let c = &ctx.calls[call];
        // The cache and the database behind it are asked by one path: with or without the cache, the same luck.
        let (replica, index) = (c.replica, u32::from(c.step) << 16 | u32::from(c.repeat & !MISSED));
        self.stations[replica as usize].calls(ctx.now, 1);
        send(ctx, call, link, mode, index);
    }
    /// Asks the database behind a cache.
    #[inline(never)]
    fn ask_behind(&mut self, ctx: &mut Ctx, call: u32, link: u16) {
        self.call_on(ctx, call, link, CallMode::Call);
    }
    /// Calls a whole group at once; whether there was anybody to call.
    #[inline(never)]
    fn fan_out(&mut self, ctx: &mut Ctx, call: u32, class: u8, first: Step) -> bool {
        let start = ctx.calls[call].step;
        let mut sent = 0;
        for index in start..first.group_end {
            let Some(&step) = self.plan(ctx, call).program.get(index as usize) else { break };
            if !Plan::applies(&step, class) || !happens(ctx, call, &step) {
                continue;
            }
            for k in 0..step.times {
                send(ctx, call, step.link, step.mode, u32::from(index) << 16 | u32::from(k));
            }
            sent += step.times;
        }
        if sent == 0 {
            return false;
        }
        ctx.calls[call].repeat = sent.min(first.wait_for);
        let replica = ctx.calls[call].replica as usize;
        self.stations[replica].calls(ctx.now, 1);
        true
    }
    #[inline(never)]
    fn hand_over(&mut self, ctx: &mut Ctx, call: u32, step: Step) {
        let index = u32::from(ctx.calls[call].step) << 16;
        ctx.hand_over(call);
        send(ctx, call, step.link, step.mode, index);
        self.free_worker(ctx, ctx.calls[call].replica);
    }

    /// One of its calls was answered, or timed out.
    #[inline(always)]
    pub(super) fn take_up(&mut self, ctx: &mut Ctx, answer: Answer) {
        let call = answer.parent;
        let one = self.plain && matches!(self.calls, Calls::One(_)) && is_fresh(ctx, call);
        let c = &ctx.calls[call];
        if one && answer.outcome == Outcome::Ok && c.phase == Phase::Calling {
            self.stations[c.replica as usize].calls(ctx.now, -1);
            ctx.calls[call].phase = Phase::Working;
            ctx.abandon_children(call);
            return self.finish(ctx, call);
        }
        if c.phase == Phase::Passed {
            return ctx.pass_answer(&answer);
        }
        let (index, repeat, replica) = (c.step, c.repeat, c.replica as usize);
        let step = self.plan(ctx, call).program.get(index as usize).copied();
        if let Some(step) = step.filter(|s| s.group_end > 0) {
            return self.join(ctx, call, step, &answer);
        }
        self.stations[replica].calls(ctx.now, -1);
        ctx.calls[call].phase = Phase::Working;
        ctx.abandon_children(call);
        let Some(step) = step else {
            // The design changed under the call; what it came for is gone.
            return self.finish(ctx, call);
        };
        let missed = repeat & MISSED != 0;
        match (step.on_miss, answer.outcome) {
            // A cache that does not answer counts as a miss.
            (Some(db), Outcome::Miss | Outcome::Failed(_)) if !missed && answer.link == step.link => {
                ctx.calls[call].repeat |= MISSED;
                return self.ask_behind(ctx, call, db);
            }
            (_, Outcome::Failed(reason)) => return self.fail(ctx, call, reason, answer.place),
            (Some(db), Outcome::Ok) if answer.link == db => {
                let fill = if ctx.writes(call) { Fill::Invalidate } else { Fill::Store };
                send_fill(ctx, call, step.link, &answer, fill);
            }
            _ => {}
        }
        let done = (repeat & !MISSED) + 1;
        if done >= step.times && usize::from(index) + 1 == self.plan(ctx, call).program.len() {
            return self.conclude(ctx, call);
        }
        ctx.calls[call].repeat = done;
        self.go_through(ctx, call);
    }
    /// One call of a group is back: the group ends with its last needed success, or once those are out of reach.
    #[inline(never)]
    fn join(&mut self, ctx: &mut Ctx, call: u32, step: Step, answer: &Answer) {
        let needed = ctx.calls[call].repeat;
        let failed: Option<Reason> = match answer.outcome {
            Outcome::Failed(reason) => {
                if ctx.children(call) >= u32::from(needed).max(1) {
                    return;
                }
                Some(reason)
            }
            _ => {
                ctx.calls[call].repeat = needed.saturating_sub(1);
                if needed > 1 && ctx.calls[call].child != NIL {
                    return;
                }
                None
            }
        };
        let replica = ctx.calls[call].replica as usize;
        self.stations[replica].calls(ctx.now, -1);
        ctx.calls[call].phase = Phase::Working;
        ctx.abandon_children(call);
        if let Some(reason) = failed {
            return self.fail(ctx, call, reason, answer.place);
        }
        (ctx.calls[call].step, ctx.calls[call].repeat) = (step.group_end, 0);
        self.go_on(ctx, call);
    }
}

/// A call's program is at its first call.
#[inline(always)]
fn is_fresh(ctx: &Ctx, call: u32) -> bool {
    let c = &ctx.calls[call];
    c.step == 0 && c.repeat == 0
}
/// Whether an optional entry happens for a request; of neighbours that hand over, one at most does.
fn happens(ctx: &Ctx, call: u32, step: &Step) -> bool {
    if step.share >= 1.0 {
        return true;
    }
    let u = Draw::new(ctx.child_path(call, u32::from(step.first)), Purpose::Share).unit();
    u >= step.from && u < step.from + step.share
}
/// Sends a call whose answer comes back to `call`.
#[inline(always)]
fn send(ctx: &mut Ctx, call: u32, link: u16, mode: CallMode, index: u32) {
    let payload = u64::from(mode == CallMode::Publish);
    ctx.send_at_once(NewCall { payload, ..ctx.call_for(call, link, index) });
}
/// Tells the cache of a value it may keep, or that its value is old; nobody waits for that.
#[inline(never)]
fn send_fill(ctx: &mut Ctx, call: u32, cache_link: u16, answer: &Answer, fill: Fill) {
    let c = &ctx.calls[call];
    let index = u32::from(c.step) << 16 | u32::from(MISSED | c.repeat);
    ctx.send(NewCall {
        parent: NIL,
        cargo: Cargo::Fill,
        wanted: false,
        payload: fill.pack(answer.node, answer.payload as u32),
        ..ctx.call_for(call, cache_link, index)
    });
}
