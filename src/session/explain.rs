//! What is said when the run is over, all of it from this run's numbers.

use super::Session;
use super::page::shown;
use crate::insight::{bottleneck, causes};
use crate::level::expression::{Expression, Facts};
use crate::level::judge::{Ruling, SLIDING, Verdict};
use crate::level::scene::Answer;
use crate::level::text::{fill_text as fill, show_value};
use crate::sim::component::Kind;
use crate::sim::metrics::{Measure, Metric, Scope};
use crate::sim::outcome::Reason;
use crate::sim::quantity::{show_share, show_time};
use crate::sim::time::Time;

/// Facts that are told of the end of a run.
const FACTS: usize = 3;

impl Session {
    /// Verdict, reasons, options, goals, debrief: paragraphs separated by blank lines.
    pub(super) fn explain(&self) -> String {
        let mut said = Vec::new();
        self.say_verdict(&mut said);
        self.say_options(&mut said);
        if self.scene().is_challenge() {
            self.say_goals(&mut said);
        }
        let scene = self.scene();
        // A challenge's debrief gives the solution away: it is for who has won.
        if !scene.is_challenge() || self.referee.held() {
            said.push(fill(&scene.debrief, &self.facts(self.origin)));
        }
        if !scene.is_challenge() {
            self.say_facts(&mut said);
        }
        if !scene.try_next.is_empty() {
            let next: Vec<String> = scene.try_next.iter().map(|text| self.filled(text)).collect();
            said.push(format!("What if? {}", next.join(" · ")));
        }
        said.retain(|paragraph| !paragraph.trim().is_empty());
        said.join("\n\n")
    }

    fn say_verdict(&self, said: &mut Vec<String>) {
        let Some(predict) = &self.scene().predict else { return };
        let facts = self.asked_facts(self.origin + predict.from);
        let choices = match &predict.answer {
            Answer::Choices(choices) => choices,
            Answer::Number { metric, tolerance, because, .. } => {
                self.say_guess(metric, *tolerance, said);
                said.push(fill(because, &facts));
                return;
            }
        };
        let words = |i: usize| format!("“{}”", self.filled(&choices[i].text));
        let right = match &self.verdict {
            Some(Verdict::Right(right)) => *right,
            Some(Verdict::Undecided(came)) if came.len() > 1 => {
                let all: Vec<String> = came.iter().map(|&i| words(i)).collect();
                said.push(format!("This run does not decide it: {} all came true.", all.join(" and ")));
                return;
            }
            _ => {
                said.push("This run does not decide it: none of the answers came true.".into());
                return;
            }
        };
        match self.picked {
            Some(picked) if picked == right => said.push(format!("You were right: {}.", words(right))),
            Some(picked) => {
                let alone = if self.asked_of_another_run() { "left alone, " } else { "" };
                said.push(format!("You said {}; {alone}this run shows {}.", words(picked), words(right)));
            }
            None => said.push(format!("This run shows {}.", words(right))),
        }
        said.push(fill(&choices[right].because, &facts));
        if let Some(picked) = self.picked.filter(|&p| p != right) {
            said.push(fill(&choices[picked].because, &facts));
        }
    }

    fn say_guess(&self, metric: &Expression, tolerance: f64, said: &mut Vec<String>) {
        let Some((value, near)) = self.hit() else {
            said.push(format!("{} was not measured in this run.", metric.text));
            return;
        };
        let show = |value| show_value(metric, value);
        said.push(match self.guess {
            None => format!("This run shows {} = {}.", metric.text, show(value)),
            Some(guess) if near => {
                let within = show_share(tolerance);
                format!(
                    "You guessed {}; this run shows {}: within {within}, right.",
                    show(guess),
                    show(value)
                )
            }
            Some(guess) => {
                let factor = (guess / value).max(value / guess);
                let way = if guess > value { "over" } else { "under" };
                format!("You guessed {}; this run shows {}: {factor:.1}x {way}.", show(guess), show(value))
            }
        });
    }

    fn say_options(&self, said: &mut Vec<String>) {
        for deed in &self.done {
            let Some(option) = deed.option.and_then(|i| self.scene().options.get(i)) else { continue };
            let facts = self.facts(deed.at);
            let label = self.filled(option.label.trim_end_matches(['.', '?', '!']));
            if option.shows.as_ref().is_none_or(|shows| shows.holds(&facts) == Some(true)) {
                said.push(format!("{}. {}", label, fill(&option.tells, &facts)));
            } else {
                said.push(format!("{label}. Its effect does not show in this run."));
            }
        }
    }

    /// The way from a symptom to its cause, in this run's numbers and times; empty while all is well.
    pub fn causes(&self) -> Vec<String> {
        causes::chain(&self.run, self.origin).into_iter().map(|fact| fact.text).collect()
    }

    fn say_facts(&self, said: &mut Vec<String>) {
        let facts = self.causes();
        if !facts.is_empty() {
            said.push(format!("In the last ten seconds: {}.", facts[..facts.len().min(FACTS)].join("; ")));
        }
    }

    fn say_goals(&self, said: &mut Vec<String>) {
        if self.referee.held() {
            said.push("Every goal held, at every second.".into());
        } else {
            let missed: Vec<String> =
                self.referee.rulings().iter().filter(|r| !r.held()).map(|r| self.missed(r)).collect();
            said.push(missed.join("\n"));
            let facts = self.causes();
            if !facts.is_empty() {
                said.push(format!("What this run shows: {}.", facts.join("; ")));
            } else if let Some(bottleneck) = bottleneck::find(&self.run.snapshot()) {
                said.push(format!("The bottleneck at the end: {}.", bottleneck.why));
            } else {
                // The trouble is over, or none of the requests': what it cost is known all the same.
                let costs = self.costs();
                if !costs.is_empty() {
                    said.push(format!("What this run shows: {}.", costs.join("; ")));
                }
            }
            said.push("Press r to try another design on the same requests, or go on.".into());
        }
        let made: Vec<_> = self.done.iter().flat_map(|d| &d.changes).collect();
        let tried = |changes: &[_]| !changes.is_empty() && changes.iter().all(|c| made.contains(&c));
        // A design is told off only for what it did miss.
        let failed = |fails: &str| match fails {
            "cost" | "parts" => !self.is_lean(),
            _ => !self.referee.held(),
        };
        if let Some(wrong) = self.scene().wrong.iter().find(|w| failed(&w.fails) && tried(&w.changes)) {
            said.push(fill(&wrong.tells, &self.facts(self.origin)));
        }
    }

    /// What the trouble of the whole scene has cost: failed requests by reason, and the lines of missed goals.
    fn costs(&self) -> Vec<String> {
        let facts = self.facts(self.origin);
        let value = |scope: &Scope, measure| facts.value(false, &Metric { scope: scope.clone(), measure });
        let mut costs = Vec::new();
        let failed = |reason| (reason, value(&Scope::System, Measure::Failures(reason)).unwrap_or(0.0));
        let mut counts: Vec<_> = Reason::ALL.map(failed).into_iter().filter(|(_, n)| *n > 0.0).collect();
        counts.sort_by(|a, b| b.1.total_cmp(&a.1));
        if let (Some(all), false) = (value(&Scope::System, Measure::Failed), counts.is_empty()) {
            let most = counts.iter().take(FACTS).map(|(reason, n)| format!("{n:.0} {}", reason.name()));
            costs.push(format!("{all:.0} requests failed: {}", most.collect::<Vec<_>>().join(", ")));
        }
        for ruling in self.referee.rulings().iter().filter(|r| !r.held()) {
            if let Scope::Node(name) = &ruling.goal.metric.scope {
                let line = [Measure::Backlog, Measure::Lag].map(|m| value(&ruling.goal.metric.scope, m));
                if let [Some(backlog), Some(lag)] = line {
                    let lag = show_time(Time::from_secs_f64(lag));
                    costs.push(format!("{backlog:.0} wait at {name}, where one takes {lag} on average"));
                }
            } else if let Some((name, busy)) = self.busiest(ruling) {
                let busy = show_share(busy);
                costs.push(format!("the busiest part when {} was missed: {name}, {busy}", ruling.goal.path));
            }
        }
        costs
    }

    /// The part that had least room when a goal was first missed, and how busy it was.
    fn busiest(&self, ruling: &Ruling) -> Option<(String, f64)> {
        let to = ruling.broken?;
        let from = to.saturating_sub(ruling.goal.over.unwrap_or(SLIDING)).max(self.origin);
        let nodes = self.run.topology().nodes.iter().filter(|(_, n)| n.kind != Kind::Client);
        let busy = |name: &String| {
            let scope = Scope::Node(name.clone());
            let of = |measure| self.run.measure(&Metric { scope: scope.clone(), measure }, from, to);
            of(Measure::Utilization).into_iter().chain(of(Measure::CpuUtilization)).reduce(f64::max)
        };
        let all = nodes.filter_map(|(name, _)| Some((name.clone(), busy(name)?)));
        all.max_by(|a, b| a.1.total_cmp(&b.1))
    }

    fn missed(&self, ruling: &Ruling) -> String {
        let text = ruling.goal.text();
        match (ruling.broken, ruling.broken_value) {
            (Some(_), Some(_)) if ruling.goal.over.is_none() => {
                format!("Missed: {text}. Over the whole run it was {}.", shown(ruling))
            }
            (Some(at), Some(value)) => {
                let value = ruling.goal.metric.measure.unit().show(value);
                let end = match ruling.value {
                    Some(_) => format!("it was {}", shown(ruling)),
                    None => "no answer came at all".to_owned(),
                };
                format!("Missed: {text}. It broke at {} with {value}; at the end {end}.", at - self.origin)
            }
            (Some(at), None) => format!("Missed: {text}. At {} no answer came at all.", at - self.origin),
            (None, _) => format!("Missed: {text}. It was never judged: the run was too short."),
        }
    }
}
