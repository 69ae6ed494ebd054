//! Faults of the network: lost messages, delays, stalls, partitions.

use super::super::super::change::{Change, ChangeError, Target};
use super::super::super::log::Weight;
use super::super::super::time::Time;
use super::super::Simulation;
use super::Applied;

impl Simulation {
    /// The links that a target names: one, or all that touch a node.
    fn wires(&self, target: &str) -> Result<Vec<u16>, ChangeError> {
        let unknown = || ChangeError::UnknownTarget(target.to_owned());
        let find = |name: &str| self.ctx.find(name).ok_or_else(unknown);
        if let Some((from, to)) = target.split_once("->") {
            return self.ctx.link(find(from)?, find(to)?).map(|l| vec![l]).ok_or_else(unknown);
        }
        let node = find(target)?;
        let touches = |&l: &u16| {
            let link = &self.ctx.links[l as usize];
            !link.removed && (link.from == node || link.to == node)
        };
        Ok((0..self.ctx.links.len() as u16).filter(touches).collect())
    }
    fn wire_name(&self, link: u16) -> String {
        let l = &self.ctx.links[link as usize];
        format!("{}->{}", self.ctx.nodes[l.from as usize].name, self.ctx.nodes[l.to as usize].name)
    }
    pub(super) fn loss(&mut self, target: &str, share: f64) -> Applied {
        let wires = self.wires(target)?;
        let mut back = Vec::new();
        for &l in &wires {
            let former = self.ctx.links[l as usize].lose(share);
            back.push(Change::Loss { target: self.wire_name(l), share: former });
        }
        let text = format!("{} of the messages get lost", super::super::super::quantity::show_share(share));
        let (weight, text) =
            if share > 0.0 { (Weight::Bad, text) } else { (Weight::Good, "loses nothing more".into()) };
        self.ctx.note(target.into(), weight, &text);
        Ok(Some(together(back, |first| match first {
            Change::Loss { share, .. } => Change::Loss { target: target.to_owned(), share },
            other => other,
        })))
    }
    pub(super) fn delay(&mut self, target: &str, by: Time) -> Applied {
        let wires = self.wires(target)?;
        let mut back = Vec::new();
        for &l in &wires {
            let former = self.ctx.links[l as usize].delay(by);
            back.push(Change::Delay { target: self.wire_name(l), by: former });
        }
        let (weight, text) = if by > Time::ZERO {
            (Weight::Bad, format!("messages take {by} longer"))
        } else {
            (Weight::Good, "messages take their usual time".to_owned())
        };
        self.ctx.note(target.into(), weight, &text);
        Ok(Some(together(back, |first| match first {
            Change::Delay { by, .. } => Change::Delay { target: target.to_owned(), by },
            other => other,
        })))
    }

    pub(super) fn stall(&mut self, target: &str, on: bool) -> Applied {
        let mut hit = false;
        for l in self.wires(target)? {
            hit |= self.ctx.links[l as usize].stall(on);
        }
        if !hit {
            return Ok(Some(Change::Several(Vec::new())));
        }
        let change = Change::Stall { target: target.to_owned() };
        if on {
            self.ctx.note(target.into(), Weight::Bad, "messages wait on the line");
            return Ok(Some(Change::End(Box::new(change))));
        }
        self.ctx.note(target.into(), Weight::Good, "messages flow again");
        self.ctx.release_held();
        Ok(Some(change))
    }

    /// The servers that a member of a group names; `None` as server = all of the node.
    fn members(&self, target: &Target) -> Result<Vec<(u16, Option<u16>)>, ChangeError> {
        let name = target.name.as_str();
        if let Some(id) = self.ctx.find(name) {
            return match target.replica {
                Some(k) if k >= self.ctx.nodes[id as usize].active => {
                    Err(ChangeError::UnknownTarget(target.to_string()))
                }
                k => Ok(vec![(id, k)]),
            };
        }
        let host = self.topology.hosts.get_index_of(name).map(|i| i as u32);
        if host.is_none() && !self.topology.zones().contains(&name) {
            return Err(ChangeError::UnknownTarget(target.to_string()));
        }
        let mut all = Vec::new();
        for (id, n) in self.ctx.nodes.iter().enumerate().filter(|(_, n)| !n.removed) {
            let here = |(k, r): (usize, &super::super::super::context::Replica)| {
                let is_in = match host {
                    Some(host) => r.host == host,
                    None => self.topology.zone_of(&n.name, k as u16) == Some(name),
                };
                is_in.then_some((id as u16, Some(k as u16)))
            };
            all.extend(n.replicas.iter().enumerate().filter_map(here));
        }
        Ok(all)
    }
    pub(super) fn partition(&mut self, groups: &[Vec<Target>]) -> Applied {
        let mut sets = Vec::new();
        for group in groups {
            let mut set = Vec::new();
            for target in group {
                set.extend(self.members(target)?);
            }
            sets.push(set);
        }
        let mut cuts = Vec::new();
        for (i, a) in sets.iter().enumerate() {
            for b in &sets[i + 1..] {
                cuts.push(self.ctx.cut(a.clone(), b.clone()));
            }
        }
        self.standing.partitions.push((groups.to_vec(), cuts));
        self.network_changed();
        self.ctx.note(said(groups).into(), Weight::Bad, "cannot reach each other");
        Ok(Some(Change::End(Box::new(Change::Partition { groups: groups.to_vec() }))))
    }
    pub(super) fn end_partition(&mut self, groups: &[Vec<Target>]) -> Change {
        let Some(at) = self.standing.partitions.iter().rposition(|(g, _)| g == groups) else {
            return Change::Several(Vec::new());
        };
        let (groups, cuts) = self.standing.partitions.remove(at);
        for cut in cuts {
            self.ctx.heal(cut);
        }
        self.network_changed();
        self.ctx.note(said(&groups).into(), Weight::Good, "reach each other again");
        Change::Partition { groups }
    }
}

fn said(groups: &[Vec<Target>]) -> String {
    let group = |g: &Vec<Target>| g.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    groups.iter().map(group).collect::<Vec<_>>().join(" | ")
}

/// Former values of several links as one change where they are all the same.
fn together(mut back: Vec<Change>, whole: impl Fn(Change) -> Change) -> Change {
    let same = back.windows(2).all(|w| whole(w[0].clone()) == whole(w[1].clone()));
    if same && !back.is_empty() { whole(back.swap_remove(0)) } else { Change::Several(back) }
}
