//! Single requests: taken apart, and followed.

use super::Play;
use crate::sim::id::NodeId;
use crate::tui::diagram::Follow;
use crate::tui::pacing::Pacing;
use crate::tui::screen::trace::TraceScreen;

/// The pace at which single requests are watched.
const WATCHING: f64 = 0.02;

impl Play {
    /// The traces of this scene's requests, if any request has ended.
    pub fn trace(&self) -> Option<TraceScreen> {
        TraceScreen::open(&self.session, self.is_under_way())
    }

    /// Stands still at the birth of a request, slow enough to see it go its way from here.
    pub fn watch(&mut self, client: NodeId, number: u64) {
        self.paused = true;
        self.pacing = Pacing::new(WATCHING);
        self.followed = Some(Follow::new(client, number));
    }

    /// Follows a request that is on its way, the one after the former.
    pub fn follow(&mut self) {
        self.followed = Follow::next(&self.snapshot, self.followed.as_ref());
        self.look_after_followed();
    }

    /// Where the followed request is now. One that is yet to be made is not over.
    pub(super) fn look_after_followed(&mut self) {
        let Some(follow) = &mut self.followed else { return };
        let (client, number) = follow.request();
        let now = self.session.whereabouts(client, number);
        if now.is_some() || follow.has_begun() {
            follow.update(now);
        }
    }
}
