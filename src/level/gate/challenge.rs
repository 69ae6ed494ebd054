//! The proofs of a challenge: the untouched design, the solutions, the wrong designs, the necessary parts.

use super::{Bench, MAX_EVENTS, Proof, Ran};
use crate::level::Level;
use crate::level::judge::Ruling;
use crate::level::scene::{Solution, Wrong};
use crate::sim::change::Change;

impl Bench<'_> {
    /// Proves a scene's solutions and wrong designs.
    pub(super) fn prove_solutions(&self, level: &Level, proofs: &mut Vec<Proof>) {
        let scene = self.scene;
        if !scene.is_challenge() && scene.solutions.is_empty() && scene.wrong.is_empty() {
            return;
        }
        let leave_alone = scene.solutions.iter().any(|s| s.changes.is_empty());
        let expected = if leave_alone { "every goal holds" } else { "a goal is missed" };
        proofs.push(self.verdict(&format!("{}: untouched", scene.id), &[], |ran| {
            (expected.into(), result(ran), ran.referee.held() == leave_alone)
        }));
        for solution in &scene.solutions {
            self.prove_solution(level, solution, proofs);
        }
        for (i, wrong) in scene.wrong.iter().enumerate() {
            let name = format!("{}: wrong {} ({})", scene.id, i + 1, wrong.fails);
            proofs.push(self.verdict(&name, &wrong.changes, |ran| self.fails(level, wrong, ran)));
        }
    }

    fn prove_solution(&self, level: &Level, solution: &Solution, proofs: &mut Vec<Proof>) {
        let name = format!("{}: solution `{}`", self.scene.id, solution.name);
        proofs.push(self.verdict(&name, &solution.changes, |ran| {
            let expected = "every goal holds, within par and budget";
            let over = self.over_par(level, ran);
            let got = match &over {
                Some(over) => format!("{}; {over}", result(ran)),
                None => result(ran),
            };
            (expected.into(), got, ran.referee.held() && over.is_none())
        }));
        for &part in &solution.necessary {
            let without: Vec<Change> = solution
                .changes
                .iter()
                .enumerate()
                .filter(|(i, _)| *i != part)
                .map(|(_, c)| c.clone())
                .collect();
            let left_out = solution.changes.get(part).map_or_else(String::new, crate::level::words::change);
            let name = format!("{name} without: {left_out}");
            proofs.push(self.verdict(&name, &without, |ran| {
                ("a goal is missed".into(), result(ran), !ran.referee.held())
            }));
        }
    }

    fn verdict(
        &self,
        name: &str,
        design: &[Change],
        judge: impl FnOnce(&Ran) -> (String, String, bool),
    ) -> Proof {
        match self.run(design) {
            Ok(ran) if ran.events > MAX_EVENTS => {
                let most = format!("at most {MAX_EVENTS} events");
                Proof::new(name, most, format!("{} events", ran.events), false)
            }
            Ok(ran) => {
                let (expected, got, ok) = judge(&ran);
                Proof::new(name, expected, got, ok)
            }
            Err(why) => Proof::new(name, "the run can be made", why, false),
        }
    }

    /// What of par or budget a design passes, in words.
    fn over_par(&self, level: &Level, ran: &Ran) -> Option<String> {
        let cost = ran.run.topology().cost();
        let par_usd = self.scene.par.and_then(|p| p.monthly_usd);
        let usd = par_usd.into_iter().chain(level.budget_usd).fold(f64::INFINITY, f64::min);
        let parts = self.scene.par.and_then(|p| p.parts);
        if cost.monthly_usd > usd {
            return Some(format!("${:.0} a month is more than ${usd:.0}", cost.monthly_usd));
        }
        let most = parts.filter(|&most| cost.parts > most)?;
        Some(format!("{} parts are more than {most}", cost.parts))
    }

    fn fails(&self, level: &Level, wrong: &Wrong, ran: &Ran) -> (String, String, bool) {
        let cost = ran.run.topology().cost();
        let par_usd = self.scene.par.and_then(|p| p.monthly_usd).or(level.budget_usd);
        let par_parts = self.scene.par.and_then(|p| p.parts);
        match wrong.fails.as_str() {
            "cost" => {
                let expected = format!("more than ${:.0} a month", par_usd.unwrap_or(f64::NAN));
                let over = par_usd.is_some_and(|most| cost.monthly_usd > most);
                (expected, format!("${:.0} a month", cost.monthly_usd), over)
            }
            "parts" => {
                let expected =
                    par_parts.map_or_else(|| "a par".into(), |most| format!("more than {most} parts"));
                (expected, format!("{} parts", cost.parts), par_parts.is_some_and(|most| cost.parts > most))
            }
            path => {
                let missed = |r: &&Ruling| !r.held() && r.goal.path == path;
                let ok = ran.referee.rulings().iter().any(|r| missed(&r));
                (format!("{path} is missed"), result(ran), ok)
            }
        }
    }
}

/// What became of the goals, in words: `held: p95 240ms`, `missed: p95 (812ms at 45s)`.
fn result(ran: &Ran) -> String {
    let one = |r: &Ruling| {
        let unit = r.goal.metric.measure.unit();
        let show = |v: Option<f64>| v.map_or_else(|| "not measured".into(), |v| unit.show(v));
        match r.broken {
            Some(at) => {
                let limit = r.goal.text();
                format!("missed: {limit} ({} at {})", show(r.broken_value), at - ran.origin)
            }
            None if r.judged => format!("{} {}", r.goal.path, show(r.value)),
            None => format!("{} was never judged", r.goal.path),
        }
    };
    let rulings = ran.referee.rulings();
    if rulings.is_empty() {
        "no goals".into()
    } else {
        rulings.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}
