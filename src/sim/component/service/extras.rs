//! What few services have: contention, a serial section, memory, sessions of their own, an autoscaler.

use std::collections::BTreeSet;

use super::super::super::context::Ctx;
use super::super::super::distribution::Distribution;
use super::super::super::request::NIL;
use super::super::super::station::Station;
use super::super::super::station::scalability::Scalability;
use super::super::super::time::Time;
use super::super::super::value::Knobs;
use super::scaler::Scaler;

/// Boxed beside the state that every service has.
#[derive(Clone, Default)]
pub(super) struct Extras {
    /// Work under the lock of the server.
    pub serial: Option<Distribution>,
    /// How requests in service slow each other.
    law: Option<Scalability>,
    memory_per_request: u64,
    /// By server: bytes that its requests in hand hold on its host.
    held: Vec<u64>,
    /// By server: sessions that live there; `None` = they live elsewhere, for all servers.
    sessions: Option<Vec<BTreeSet<u64>>>,
    pub scaler: Option<Scaler>,
}

impl Extras {
    /// From the knobs, with the state of before; `None` = this service is a plain one.
    pub fn read(knobs: &Knobs, before: Option<Box<Self>>) -> Option<Box<Self>> {
        let serial = knobs.distribution("serial").cloned();
        let law = Scalability::read(knobs);
        let memory_per_request = knobs.bytes("memory_per_request").unwrap_or(0);
        let local = knobs.choice("sessions") == Some("local");
        let autoscale = knobs.group("autoscale");
        let plain =
            serial.is_none() && law.is_none() && memory_per_request == 0 && !local && autoscale.is_none();
        if plain && before.is_none() {
            return None;
        }
        let mut all = before.unwrap_or_default();
        (all.serial, all.law, all.memory_per_request) = (serial, law, memory_per_request);
        all.sessions = if local { Some(all.sessions.take().unwrap_or_default()) } else { None };
        all.scaler = autoscale.map(|k| Scaler::read(k, all.scaler.take()));
        Some(all)
    }
    /// The design has been made or changed.
    pub fn configure(&mut self, ctx: &mut Ctx, node: u16, stations: &mut [Station]) {
        self.held.resize(stations.len(), 0);
        if let Some(sessions) = &mut self.sessions {
            sessions.resize_with(stations.len(), BTreeSet::new);
        }
        if self.serial.is_some() {
            for station in stations.iter_mut() {
                station.fit_lock(ctx.now);
            }
        }
        for replica in 0..stations.len() as u16 {
            self.account(ctx, node, replica, stations);
        }
        if let Some(scaler) = &mut self.scaler {
            scaler.begin(ctx, node);
        }
    }

    /// Work among `busy` requests in service.
    pub fn stretch(&self, demand: Time, busy: u32) -> Time {
        self.law.map_or(demand, |law| Time((demand.ns() as f64 * law.factor(busy)) as u64))
    }
    /// A server has more or fewer requests in hand: so does its machine's memory. Past its end the kernel kills.
    pub fn account(&mut self, ctx: &mut Ctx, node: u16, replica: u16, stations: &[Station]) {
        let Some(held) = self.held.get_mut(replica as usize) else { return };
        let station = &stations[replica as usize];
        let now = (u64::from(station.busy()) + u64::from(station.queued())) * self.memory_per_request;
        let host = ctx.nodes[node as usize].replicas[replica as usize].host;
        if now == *held || host == NIL {
            return;
        }
        let before = std::mem::replace(held, now);
        let full = ctx.hosts[host as usize].hold_memory(before, now);
        if full && now > before {
            ctx.kill(node, replica);
        }
    }
    /// Whether a request expects a session that this server does not know. Known from now on: the user logs in again.
    pub fn loses_session(&mut self, ctx: &Ctx, call: u32) -> bool {
        let (Some(sessions), c) = (&mut self.sessions, &ctx.calls[call]) else { return false };
        if c.request == NIL {
            return false;
        }
        let r = &ctx.requests[c.request];
        let Some(known) = sessions.get_mut(c.replica as usize).filter(|_| r.session != NIL) else {
            return false;
        };
        let is_new = known.insert(u64::from(r.client) << 32 | u64::from(r.session));
        is_new && !r.opens_session
    }
    /// Memory and sessions of a server are gone.
    pub fn server_died(&mut self, ctx: &mut Ctx, node: u16, replica: u16, stations: &[Station]) {
        self.account(ctx, node, replica, stations);
        if let Some(known) = self.sessions.as_mut().and_then(|s| s.get_mut(replica as usize)) {
            known.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::context::{Link, NewCall};
    use crate::sim::request::{NewRequest, Phase};
    use crate::sim::snapshot::{Cargo, LinkStyle};

    /// A request of a session arrives at a server.
    fn arrives(extras: &mut Extras, ctx: &mut Ctx, replica: u16, session: u32, opens: bool) -> bool {
        let born = ctx.now;
        let new = NewRequest {
            number: 0,
            base: 0,
            born,
            client: 0,
            class: 0,
            write: false,
            session: NIL,
            opens_session: false,
            calls: 0,
        };
        let request = ctx.requests.add(new);
        (ctx.requests[request].session, ctx.requests[request].opens_session) = (session, opens);
        let call = NewCall {
            request,
            parent: NIL,
            link: 0,
            caller_replica: 0,
            replica: None,
            cargo: Cargo::Call,
            wanted: true,
            path: 0,
            timeout: None,
            payload: 0,
        };
        let call = ctx.create(&call, 0, replica, Phase::Outbound);
        extras.loses_session(ctx, call)
    }

    #[test]
    fn a_local_session_is_known_where_it_began_until_that_server_dies() {
        let mut ctx = Ctx::new(1);
        ctx.links.push(Link::new(0, 0, 0, LinkStyle::Call));
        let mut e = Extras { sessions: Some(vec![BTreeSet::new(); 2]), ..Extras::default() };
        let mut at = |e: &mut Extras, replica, session, opens| arrives(e, &mut ctx, replica, session, opens);
        assert!(!at(&mut e, 0, 5, true), "the first request logs in");
        assert!(!at(&mut e, 0, 5, false));
        assert!(at(&mut e, 1, 5, false), "the other server does not know it");
        assert!(!at(&mut e, 1, 5, false), "but the user has logged in again there");
        assert!(!at(&mut e, 1, NIL, false), "without sessions nothing is lost");
        e.server_died(&mut Ctx::new(1), 0, 0, &[]);
        assert!(at(&mut e, 0, 5, false), "memory is gone");
        e.sessions = None;
        assert!(!at(&mut e, 0, 6, false), "shared sessions live elsewhere");
    }
}
