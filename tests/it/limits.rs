//! The engine at its limits: large is slow at worst, and what is beyond a limit is said and counted.

use fivenines::level::check::check;
use fivenines::session::timeline::{MAX_COMMANDS, Timeline};
use fivenines::sim::change::{Change, ChangeError};
use fivenines::sim::log::MAX_LOG;
use fivenines::sim::simulation::Simulation;
use fivenines::sim::time::Time;
use fivenines::sim::topology::MAX_SERVERS;
use fivenines::sim::value::Value;

const FEW: &str = "[node.users.client]\nrate = \"1/s\"\n[node.web.service]\n\
    [[link]]\nfrom = \"users\"\nto = \"web\"\n";

fn start(source: &str) -> Result<Simulation, ChangeError> {
    let level = check(source, "limits.toml").unwrap_or_else(|f| panic!("{}", f.render(false)));
    Simulation::new(&level.topology, 1, &level.faults)
}

#[test]
fn a_million_requests_can_be_in_flight() {
    let mut run = start(
        "[node.users.client]\nrate = \"1000000/s\"\n[node.web.service]\nworkers = \"unlimited\"\n\
         work = { constant = \"10s\" }\n[[link]]\nfrom = \"users\"\nto = \"web\"\n",
    )
    .unwrap();
    run.advance(Time::from_ms(1_050), u64::MAX);
    let report = run.report();
    assert!(report.in_flight > 1_000_000, "{}", report.in_flight);
    assert_eq!((report.shed, u64::from(report.in_flight)), (0, report.system.arrivals));
}

#[test]
fn more_servers_than_the_limit_are_refused_in_words() {
    let nodes: Vec<String> = (0..=MAX_SERVERS / 1000)
        .map(|i| format!("[node.n{i}.service]\nreplicas = 1000\nwork = {{ constant = \"1ms\" }}\n"))
        .collect();
    let error = start(&format!("{FEW}{}", nodes.concat())).map(drop).unwrap_err();
    assert_eq!(error.to_string(), format!("no more than {MAX_SERVERS} servers"));
}

fn rate(n: u32) -> Change {
    let value = Some(Value::Rate(f64::from(n % 50) + 1.0));
    Change::Set { target: "users".into(), knob: "rate", value }
}

#[test]
fn a_run_remembers_so_many_changes_and_then_says_no() {
    let run = start(FEW).unwrap();
    let mut line = Timeline::new(run);
    let many: Vec<Change> = (0..MAX_COMMANDS as u32).map(rate).collect();
    assert!(line.apply_all(&many).is_ok());
    let error = line.apply(&rate(1)).unwrap_err();
    assert_eq!(error, ChangeError::TooMany("changes in one run", MAX_COMMANDS as u64));
    assert!(line.snapshot().log.len() < MAX_LOG + 64, "the log of events is bounded");
}

/// Found by the property tests: messages that nobody acknowledges in time are delivered again and again, and the
/// copies keep the consumer from ever acknowledging one.
#[test]
fn a_storm_of_redeliveries_is_bounded() {
    let mut run = start(
        "[node.users.client]\nrate = \"50/s\"\n[node.shop.service]\nwork = { constant = \"1ms\" }\n\
         calls = [{ to = \"queue\", mode = \"publish\" }]\n[node.queue.broker]\nredeliver_after = \"1ms\"\n\
         [node.mail.service]\nconsumes = \"queue\"\nworkers = \"unlimited\"\nserial = { constant = \"50ms\" }\n\
         work = { constant = \"1ms\" }\n[[link]]\nfrom = \"users\"\nto = \"shop\"\n",
    )
    .unwrap();
    run.advance(Time::from_secs(4), u64::MAX);
    let report = run.report();
    assert!(u64::from(report.calls) < 110 * report.system.arrivals, "{} calls", report.calls);
}
