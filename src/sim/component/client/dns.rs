//! DNS answers: without a balancer each resolver keeps one server for a time, whether it lives or not.

use super::super::super::context::{Ctx, Routing};
use super::super::super::request::NIL;
use super::super::super::rng::{Draw, Purpose};
use super::super::super::time::Time;

/// A client's resolvers and what each remembers.
#[derive(Clone, Default)]
pub(crate) struct Resolvers {
    ttl: Time,
    answers: Vec<Known>,
    /// The name server gives the addresses in turn.
    turn: u32,
}

/// The address that a resolver keeps.
#[derive(Clone, Copy)]
struct Known {
    until: Time,
    link: u16,
    replica: Option<u16>,
}

impl Resolvers {
    /// Takes over another time to live and another number of resolvers.
    pub fn set(&mut self, ttl: Time, count: u32, now: Time) {
        if ttl < self.ttl {
            self.answers.iter_mut().for_each(|k| k.until = k.until.min(now + ttl));
        }
        self.ttl = ttl;
        self.answers
            .resize(count.max(1) as usize, Known { until: Time::ZERO, link: u16::MAX, replica: None });
    }
    /// Where a request goes: its resolver's address, looked up anew when it is too old.
    pub fn address(&mut self, ctx: &Ctx, links: &[u16], base: u64, user: u32) -> (u16, Option<u16>) {
        let count = self.answers.len() as u32;
        let resolver = match (count, user) {
            (1, _) => 0,
            (_, NIL) => Draw::new(base, Purpose::Session).below(count),
            (_, user) => user % count,
        };
        let known = self.answers[resolver as usize];
        if known.link != u16::MAX && ctx.now < known.until && !ctx.links[known.link as usize].removed {
            return (known.link, known.replica);
        }
        let (link, replica) = self.look_up(ctx, links);
        self.answers[resolver as usize] = Known { until: ctx.now + self.ttl, link, replica };
        (link, replica)
    }
    /// The next address in turn, over all servers of all links.
    fn look_up(&mut self, ctx: &Ctx, links: &[u16]) -> (u16, Option<u16>) {
        let servers = |link: u16| {
            let n = &ctx.nodes[ctx.links[link as usize].to as usize];
            if n.routing == Routing::Any { u32::from(n.serving) } else { 0 }
        };
        let all: u32 = links.iter().map(|&l| servers(l).max(1)).sum();
        let mut nth = if self.turn >= all { 0 } else { self.turn };
        self.turn = nth + 1;
        for &link in links {
            let here = servers(link);
            if nth < here.max(1) {
                return (link, (here > 0).then_some(nth as u16));
            }
            nth -= here.max(1);
        }
        (links[0], None)
    }
}
