//! The way of a message: taken in, handed out, acknowledged; or handed out again, given up, lost.

use super::super::super::call::retry::BREATHLESS;
use super::super::super::context::{Answer, Ctx, NewCall};
use super::super::super::metrics::Count;
use super::super::super::outcome::Reason;
use super::super::super::request::{MAX_CALLS, NIL, Outcome, Phase};
use super::super::super::rng::combine;
use super::super::super::snapshot::Cargo;
use super::super::super::time::Time;
use super::store::{MAX_MESSAGES, Message, Partition};
use super::{Broker, Due, OVERDUE, RETRY, is_up};

/// After a failed delivery the broker waits so long before it tries that consumer again.
const RECONNECT: Time = Time::SECOND;
/// Most copies of one message that are out at once because none was acknowledged in time.
const MAX_COPIES: u32 = 100;

impl Broker {
    /// A message is taken in, once for each group.
    pub(super) fn publish(&mut self, ctx: &mut Ctx, call: u32) -> Outcome {
        let full = self.groups.iter().any(|g| g.waiting() as u64 >= u64::from(self.capacity));
        if full || self.store.len() + self.groups.len() > MAX_MESSAGES {
            return Outcome::Failed(Reason::QueueFull);
        }
        ctx.recorder.count(self.node, Count::Published, 1);
        self.turn += 1;
        for group in 0..self.groups.len() {
            let c = ctx.calls[call];
            let partition = self.partition(ctx, c.request);
            let slot = self.store.add(Message {
                number: 0,
                request: c.request,
                path: combine(c.path, group as u64 + 1),
                published: ctx.now,
                group: group as u16,
                partition,
                deliveries: 0,
                out: 0,
                waiting: true,
                done: false,
            });
            if c.request != NIL {
                ctx.requests.hold(c.request);
            }
            self.open += 1;
            let at_once = usize::from(self.poll.is_none());
            let p = &mut self.groups[group].partitions[partition as usize];
            p.published += 1;
            p.queue.push_back(slot);
            p.ready += at_once;
            self.deliver(ctx, group, partition as usize);
        }
        Outcome::Ok
    }
    fn partition(&self, ctx: &mut Ctx, request: u32) -> u16 {
        match self.partitions {
            1 => 0,
            n if self.by_key && request != NIL => (ctx.key(request) % n) as u16,
            n => ((self.turn - 1) % u64::from(n)) as u16,
        }
    }

    pub(super) fn deliver_all(&mut self, ctx: &mut Ctx) {
        for group in 0..self.groups.len() {
            self.deliver_group(ctx, group, 0);
        }
    }
    /// Hands out what a group can take. No partition waits for another one's sake: the turn starts at `first`.
    fn deliver_group(&mut self, ctx: &mut Ctx, group: usize, first: usize) {
        let n = self.groups[group].partitions.len();
        for i in 0..n {
            self.deliver(ctx, group, (first + i) % n);
        }
    }
    fn deliver(&mut self, ctx: &mut Ctx, group: usize, partition: usize) {
        if !is_up(ctx, self.node) {
            return;
        }
        while self.groups[group].partitions[partition].ready > 0 {
            let Some(consumer) = self.next_consumer(group, partition) else { return };
            let Some(slot) = self.take(ctx, group, partition) else { return };
            self.hand_out(ctx, slot, consumer);
        }
    }
    fn next_consumer(&self, group: usize, partition: usize) -> Option<usize> {
        let g = &self.groups[group];
        if self.log {
            let p = &g.partitions[partition];
            return p.owner.filter(|&i| p.current.is_none() && g.consumers[i].ready());
        }
        let n = g.consumers.len();
        (0..n).map(|i| (g.turn + i) % n).find(|&i| g.consumers[i].ready())
    }
    /// The next message of a partition that somebody should still work on.
    fn take(&mut self, ctx: &mut Ctx, group: usize, partition: usize) -> Option<u32> {
        loop {
            let p = &mut self.groups[group].partitions[partition];
            if p.ready == 0 {
                return None;
            }
            let slot = p.queue.pop_front()?;
            p.ready -= 1;
            let m = &mut self.store[slot];
            m.waiting = false;
            if m.done {
                self.stale -= 1;
                self.forget(ctx, slot);
            } else if self.is_too_old(ctx, slot) {
                self.give_up(ctx, slot, Count::Expired);
            } else {
                return Some(slot);
            }
        }
    }
    fn hand_out(&mut self, ctx: &mut Ctx, slot: u32, consumer: usize) {
        let m = &mut self.store[slot];
        (m.deliveries, m.out) = (m.deliveries + 1, m.out + 1);
        let Message { request, path, deliveries, group, partition, .. } = *m;
        let token = self.store.token(slot);
        let g = &mut self.groups[group as usize];
        g.turn = (consumer + 1) % g.consumers.len();
        let c = &mut g.consumers[consumer];
        c.out += 1;
        let (link, replica) = (c.link, c.replica);
        if self.log {
            g.partitions[partition as usize].current = Some((slot, link, replica));
        }
        ctx.recorder.count(self.node, Count::Delivered, 1);
        if deliveries > 1 {
            ctx.recorder.count(self.node, Count::Redelivered, 1);
        }
        let call = ctx.send(NewCall {
            request,
            parent: NIL,
            link,
            caller_replica: 0,
            replica: Some(replica),
            cargo: Cargo::Delivery,
            wanted: true,
            // Each delivery draws anew; the first one draws as if there were no others.
            path: if deliveries == 1 { path } else { combine(path, u64::from(deliveries)) },
            timeout: None,
            payload: token,
        });
        if let Some(after) = self.redeliver_after {
            self.running.push_back(Due { at: ctx.now + after, token, delivery: deliveries, call });
            ctx.after(self.node, after, OVERDUE);
        }
    }

    /// A consumer has worked a message off, or failed it; or it answers a probe.
    pub(super) fn acknowledged(&mut self, ctx: &mut Ctx, answer: &Answer) {
        let at = |g: &super::Group| g.consumer(answer.link, answer.replica);
        let found = self.groups.iter().enumerate().find_map(|(i, g)| Some((i, at(g)?)));
        let failed = matches!(answer.outcome, Outcome::Failed(_));
        if answer.cargo == Cargo::Probe {
            if let Some((group, consumer)) = found {
                if failed {
                    self.retry_later(ctx, group, consumer);
                } else {
                    self.unblock(ctx, group, consumer);
                }
            }
            return;
        }
        if let Some((group, consumer)) = found {
            let c = &mut self.groups[group].consumers[consumer];
            c.out = c.out.saturating_sub(1);
            if failed && !self.says_no(answer) {
                self.block(ctx, group, consumer);
            }
        }
        let mut first = 0;
        if let Some(slot) = self.store.find(answer.payload) {
            first = self.store[slot].partition as usize + 1;
            self.settle(ctx, slot, answer, failed);
        }
        if let Some((group, _)) = found {
            self.deliver_group(ctx, group, first);
        }
    }
    /// Whether a consumer that is well has failed a message: it errs, or a part that it calls does. A message that has
    /// been failed often says nothing of its consumer any more, and must not be dealt out without a pause for ever.
    fn says_no(&self, answer: &Answer) -> bool {
        let errs = answer.outcome == Outcome::Failed(Reason::Error) || answer.place != answer.node;
        errs && self.store.find(answer.payload).is_none_or(|slot| self.store[slot].deliveries <= BREATHLESS)
    }
    fn settle(&mut self, ctx: &mut Ctx, slot: u32, answer: &Answer, failed: bool) {
        self.free_partition(slot, answer.link, answer.replica);
        let m = &mut self.store[slot];
        m.out = m.out.saturating_sub(1);
        if !is_up(ctx, self.node) {
            // The acknowledgement finds nobody: the message will be handed out again.
            return;
        }
        match (failed, m.done) {
            (true, false) => self.again(ctx, slot),
            (false, false) => {
                let lag = ctx.now.saturating_sub(m.published);
                ctx.recorder.lag(self.node, lag);
                self.give_up(ctx, slot, Count::Acknowledged);
            }
            (false, true) => {
                ctx.recorder.count(self.node, Count::Duplicates, 1);
                self.forget(ctx, slot);
            }
            (true, true) => self.forget(ctx, slot),
        }
    }
    fn free_partition(&mut self, slot: u32, link: u16, replica: u16) {
        let m = self.store[slot];
        let current = &mut self.groups[m.group as usize].partitions[m.partition as usize].current;
        if *current == Some((slot, link, replica)) {
            *current = None;
        }
    }
    /// Puts a message back in front of all others, to be delivered again.
    fn again(&mut self, ctx: &mut Ctx, slot: u32) {
        let m = &mut self.store[slot];
        if m.waiting || m.done {
            return;
        }
        if self.dead_after.is_some_and(|n| m.deliveries >= n) {
            return self.give_up(ctx, slot, Count::Dead);
        }
        m.waiting = true;
        let p = &mut self.groups[m.group as usize].partitions[m.partition as usize];
        p.queue.push_front(slot);
        p.ready += 1;
    }
    /// Nobody needs to work on a message any more, for the reason counted.
    fn give_up(&mut self, ctx: &mut Ctx, slot: u32, why: Count) {
        ctx.recorder.count(self.node, why, 1);
        let m = &mut self.store[slot];
        m.done = true;
        self.stale += usize::from(m.waiting);
        self.open -= 1;
        self.forget(ctx, slot);
    }
    /// Frees a message that is done, once nothing of it is out or waits.
    fn forget(&mut self, ctx: &mut Ctx, slot: u32) {
        let m = self.store[slot];
        if m.done && m.out == 0 && !m.waiting {
            self.store.remove(slot);
            if m.request != NIL {
                ctx.requests.release(m.request);
            }
        }
    }

    fn block(&mut self, ctx: &mut Ctx, group: usize, consumer: usize) {
        let g = &mut self.groups[group];
        if !std::mem::replace(&mut g.consumers[consumer].blocked, true) {
            g.assign();
            self.retry_later(ctx, group, consumer);
        }
    }
    fn retry_later(&self, ctx: &mut Ctx, group: usize, consumer: usize) {
        ctx.after(self.node, RECONNECT, RETRY | (group as u64) << 32 | consumer as u64);
    }
    /// It is time to try a blocked consumer again: in a queue by the next message, in a log by a probe.
    pub(super) fn retry(&mut self, ctx: &mut Ctx, group: usize, consumer: usize) {
        let Some(c) = self.groups.get(group).and_then(|g| g.consumers.get(consumer)).copied() else { return };
        if !self.log {
            return self.unblock(ctx, group, consumer);
        }
        ctx.send(NewCall {
            request: NIL,
            parent: NIL,
            link: c.link,
            caller_replica: 0,
            replica: Some(c.replica),
            cargo: Cargo::Probe,
            wanted: true,
            path: combine(combine(ctx.seed, ctx.nodes[self.node as usize].key), ctx.now.ns()),
            timeout: Some(RECONNECT),
            payload: 0,
        });
    }
    fn unblock(&mut self, ctx: &mut Ctx, group: usize, consumer: usize) {
        self.groups[group].consumers[consumer].blocked = false;
        self.groups[group].assign();
        self.deliver_group(ctx, group, 0);
    }
    /// The time of some deliveries is over.
    pub(super) fn overdue(&mut self, ctx: &mut Ctx) {
        while let Some(due) = self.running.front().copied().filter(|due| due.at <= ctx.now) {
            self.running.pop_front();
            let Some(slot) = self.store.find(due.token) else { continue };
            let m = self.store[slot];
            if m.done || m.waiting || m.deliveries != due.delivery || !is_up(ctx, self.node) {
                continue;
            }
            let c = ctx.calls[due.call];
            let ours =
                c.payload == due.token && c.cargo == Cargo::Delivery && c.caller == self.node && c.is_live();
            let consumer = self.groups[m.group as usize].consumer(c.link, c.replica).filter(|_| ours);
            let lost = ours && c.phase == Phase::Lost;
            if lost {
                ctx.abandon(due.call);
                self.store[slot].out -= 1;
            }
            if let Some(consumer) = consumer.filter(|_| lost || self.log) {
                let known = &mut self.groups[m.group as usize].consumers[consumer];
                known.out = known.out.saturating_sub(u32::from(lost));
                self.free_partition(slot, c.link, c.replica);
                self.block(ctx, m.group as usize, consumer);
            }
            if self.store[slot].out >= MAX_COPIES || ctx.calls.live() >= MAX_CALLS {
                // A storm that feeds itself is bounded: the message is looked at again later.
                let wait = self.redeliver_after.unwrap_or(RECONNECT);
                self.running.push_back(Due { at: ctx.now + wait, ..due });
                ctx.after(self.node, wait, OVERDUE);
                continue;
            }
            self.again(ctx, slot);
            self.deliver_group(ctx, m.group as usize, m.partition as usize);
        }
    }

    fn is_too_old(&self, ctx: &Ctx, slot: u32) -> bool {
        let m = &self.store[slot];
        m.deliveries == 0 && self.retention.is_some_and(|kept| ctx.now - m.published > kept)
    }
    /// Drops what has waited longer than the retention, also where nobody asks for it.
    pub(super) fn sweep(&mut self, ctx: &mut Ctx) {
        for group in 0..self.groups.len() {
            for partition in 0..self.groups[group].partitions.len() {
                let front = |p: &Partition| p.queue.front().copied();
                while let Some(slot) = front(&self.groups[group].partitions[partition]) {
                    if self.store[slot].done || !self.is_too_old(ctx, slot) {
                        break;
                    }
                    let p = &mut self.groups[group].partitions[partition];
                    p.queue.pop_front();
                    p.ready = p.ready.saturating_sub(1);
                    self.store[slot].waiting = false;
                    self.give_up(ctx, slot, Count::Expired);
                }
            }
        }
    }
    /// The broker died. A queue was in memory; a log is still there, and what was handed out will be again.
    pub(super) fn crashed(&mut self, ctx: &mut Ctx) {
        self.running.clear();
        let mut all: Vec<u32> = self.store.all().collect();
        all.sort_by_key(|&slot| std::cmp::Reverse(self.store[slot].number));
        for p in self.groups.iter_mut().flat_map(|g| &mut g.partitions) {
            p.current = None;
        }
        if self.log {
            for slot in all {
                let m = &mut self.store[slot];
                if !m.waiting && !m.done {
                    m.waiting = true;
                    let p = &mut self.groups[m.group as usize].partitions[m.partition as usize];
                    p.queue.push_front(slot);
                    p.ready += 1;
                }
            }
            return;
        }
        for p in self.groups.iter_mut().flat_map(|g| &mut g.partitions) {
            p.queue.clear();
            p.ready = 0;
        }
        self.stale = 0;
        for slot in all {
            let m = &mut self.store[slot];
            (m.waiting, m.out) = (false, 0);
            if m.done { self.forget(ctx, slot) } else { self.give_up(ctx, slot, Count::Lost) }
        }
    }
}
