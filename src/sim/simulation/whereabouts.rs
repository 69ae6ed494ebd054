//! Where one request is: looked up on demand.

use super::super::id::{LinkId, NodeId};
use super::super::request::{NIL, Phase};
use super::super::whereabouts::{Place, Whereabouts};
use super::Simulation;

impl Simulation {
    /// Where a request is right now; `None` = its client has made none of that number, or waits for it no longer.
    /// Looks at every open request: meant for one, not for all.
    pub fn whereabouts(&self, client: NodeId, number: u64) -> Option<Whereabouts> {
        let mine = |r: &&super::super::request::Request| r.client == client.0 && r.number == number;
        let request = self.ctx.requests.iter_open().find(mine).filter(|r| r.root != NIL)?;
        Some(Whereabouts {
            client,
            number,
            write: request.write,
            born: request.born,
            place: self.place_of(self.ctx.deepest_call(request.root)),
        })
    }
    fn place_of(&self, id: u32) -> Place {
        let c = &self.ctx.calls[id];
        let (caller, callee) = ((NodeId(c.caller), c.caller_replica), (NodeId(c.node), c.replica));
        match c.phase {
            Phase::Outbound | Phase::Replying => Place::OnTheWay {
                link: LinkId(c.link),
                from: caller,
                to: callee,
                sent: c.left,
                due: c.due,
                back: c.phase == Phase::Replying,
                failed: c.outcome.reason(),
            },
            Phase::Waiting => {
                let station = self.components[c.node as usize].look_stations().get(c.replica as usize);
                Place::Waits { at: callee, ahead: station.and_then(|s| s.ahead_of(&self.ctx.calls, id)) }
            }
            Phase::Exchange => match self.ctx.kept_back(id) {
                Some(why) => {
                    Place::KeptBack { at: caller, to: NodeId(self.ctx.links[c.link as usize].to), why }
                }
                None => Place::InWork { at: caller },
            },
            Phase::Lost => Place::Lost { at: callee },
            _ => Place::InWork { at: callee },
        }
    }
}
