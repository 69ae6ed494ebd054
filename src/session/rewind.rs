//! Going back in time within a scene.

use super::lesson::Beat;
use super::{Act, Refusal, Session};
use crate::level::judge::Referee;
use crate::level::scene::Pause;
use crate::sim::time::Time;

impl Session {
    /// Back to an instant of this scene, as it was before any change made in it. The lesson goes on from there: later
    /// changes are gone, the goals are judged anew from what the windows say. Of an earlier price the run remembers
    /// nothing, so goals on price and parts are judged by the design of that instant.
    pub(super) fn rewind(&mut self, to: Time) -> Result<Option<String>, Refusal> {
        if !matches!(self.beat, Beat::Run | Beat::Paused) {
            return Err(Refusal::Nothing("only a run that is going can be rewound"));
        }
        let to = to.clamp(self.origin, self.run.now());
        let mut run = self.run.clone();
        let dropped = run.rewind(to).map_err(Refusal::Change)?;
        // A twin that began with a change which is gone again has no reason any more.
        let mut twin = self.twin.clone();
        if self.scene().changes.is_empty() && run.log().is_empty() {
            twin = None;
        }
        // The former design goes its own way from the first change on.
        let mut former = self.former.clone().filter(|f| !run.log().is_empty() && f.start().now() <= to);
        for ghost in [&mut twin, &mut former].into_iter().flatten() {
            ghost.rewind(to).map_err(Refusal::Change)?;
        }
        (self.run, self.twin, self.former) = (run, twin, former);
        self.remember(to);
        let mut referee = Referee::new(&self.scene().goals, self.origin, self.end);
        referee.judge(&self.run);
        self.referee = referee;
        if let Some(Pause::At(at)) = self.scene().pause {
            self.pause_due |= self.origin + at > to;
        }
        let plural = if dropped == 1 { "" } else { "s" };
        let lost =
            if dropped > 0 { format!("; {dropped} later change{plural} dropped") } else { String::new() };
        Ok(Some(format!("back at {}{lost}", to - self.origin)))
    }

    /// Brings the lists of what can be undone back to an instant.
    fn remember(&mut self, to: Time) {
        self.acts.retain(|act| act.at < to);
        self.done.clear();
        self.undone.clear();
        for Act { deed, .. } in &self.acts {
            match deed {
                Some(deed) => self.done.push(deed.clone()),
                None => drop(self.done.pop()),
            }
        }
    }
}
