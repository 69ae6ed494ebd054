//! Files that are wrong, on purpose or not: every fault at once, at its line, and nothing of them reaches the terminal raw.

use fivenines::level::Level;
use fivenines::level::check::check;
use fivenines::level::fault::Faults;

const SOUND: &str = r#"
[host.box]
size = "m"
[node.users.client]
rate = "100/s"
[node.users.client.classes]
browse = { share = 1.0 }
[node.lb.load-balancer]
[node.web.service]
calls = [{ to = "redis", on_miss = "db" }, { to = "mq", mode = "publish" }]
[node.mail.service]
consumes = "mq"
[node.db.database]
[node.redis.cache]
[node.mq.broker]
[[link]]
from = "users"
to = "lb"
[[link]]
from = "lb"
to = "web"
"#;

fn sound(source: &str) -> Level {
    check(source, "levels/x.toml").unwrap_or_else(|faults| panic!("{faults}\n{source}"))
}

/// The faults of a file that has some.
#[track_caller]
pub fn faults(source: &str) -> Faults {
    match check(source, "x.toml") {
        Ok(_) => panic!("no fault found in\n{source}"),
        Err(faults) => faults,
    }
}

/// Exactly one fault, on one of the lines, with words of its message and remedy.
#[track_caller]
fn one_fault(source: &str, lines: std::ops::RangeInclusive<usize>, message: &str, remedy: &str) {
    let all = faults(source);
    let [fault] = all.list() else { panic!("not one fault:\n{all}\n{source}") };
    assert!(fault.message.contains(message) && fault.remedy.contains(remedy), "{all}");
    assert!(lines.contains(&all.line(fault)), "{all}");
}

/// Adds to the sound file; one fault in what was added.
#[track_caller]
fn added(text: &str, message: &str, remedy: &str) {
    let source = format!("{SOUND}{text}");
    one_fault(&source, SOUND.lines().count() + 1..=source.lines().count(), message, remedy);
}

/// Replaces a part of the sound file; one fault in the replacement.
#[track_caller]
fn replaced(old: &str, new: &str, message: &str, remedy: &str) {
    assert_eq!(SOUND.matches(old).count(), 1, "{old}");
    let line = SOUND.split(old).next().map_or(0, |before| before.matches('\n').count() + 1);
    one_fault(&SOUND.replace(old, new), line..=line + new.matches('\n').count(), message, remedy);
}

#[test]
fn the_sound_file_is_sound() {
    let level = sound(SOUND);
    assert_eq!(level.topology.nodes.len(), 7);
    assert_eq!(level.id, "x");
}

#[test]
fn all_faults_of_a_file_are_reported_at_once() {
    let source = r#"format = 2
sead = 7
duration = 120
[node.users.client]
rate = 400
[node.Web.service]
[node.app.service]
workers = 0
work = { exponental = "25ms" }
calls = [{ to = "dbb" }]
[node.db.databse]
[[link]]
from = "users"
to = "ap"
[[goal]]
metric = "p96"
below = "300ms"
[[goal]]
metric = "p95"
below = 300
[[fault]]
at = "5s"
crash = "app#7"
[budget]
monthly = 400
"#;
    let all = faults(source);
    let lines: Vec<usize> = all.list().iter().map(|f| all.line(f)).collect();
    assert_eq!(lines, [1, 2, 3, 5, 6, 8, 9, 10, 11, 14, 16, 20, 23, 25], "{all}");
    let text = all.render(false);
    for part in ["x.toml:2:1", "did you mean `seed`?", "\"400/s\"", "did you mean `database`?", "14 faults"] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn parts_that_do_not_fit_together_are_faults() {
    replaced("to = \"lb\"", "to = \"lc\"", "no node `lc`", "`lb`");
    replaced("on_miss = \"db\"", "on_miss = \"mq\"", "is a broker, not a database", "database");
    replaced("to = \"redis\", on", "to = \"db\", on", "`db` is not a cache", "cache");
    replaced("consumes = \"mq\"", "consumes = \"db\"", "is a database, not a broker", "broker");
    replaced("to = \"mq\", mode", "to = \"db\", mode", "not a broker", "broker");
    replaced(", mode = \"publish\"", "", "answers no calls", "publish");
    replaced("{ to = \"mq\", mode = \"publish\" }", "{ to = \"users\" }", "are users", "server");
    replaced("size = \"m\"", "size = \"mm\"", "no size `mm`", "m");
    replaced("consumes = \"mq\"", "consumes = \"mq\"\nhost = \"bax\"", "no host `bax`", "`box`");
    replaced("consumes = \"mq\"", "host = \"box\"\nsize = \"m\"", "exclude", "alone");
    replaced("browse = { share = 1.0 }", "browse = { share = 1.5 }", "between 0 and 1", "fraction");
    replaced("[node.users.client.classes]\nbrowse = { share = 1", "classes.a = { share = 0", "sum to 0", "1");
}

#[test]
fn links_carry_something_and_nobody_waits_in_a_circle() {
    let link = |from: &str, to: &str| format!("[[link]]\nfrom = \"{from}\"\nto = \"{to}\"");
    added(&link("web", "mail"), "nothing uses this link", "calls");
    added(&link("web", "users"), "nobody calls", "around");
    added(&link("db", "web"), "calls nobody", "remove");
    added(&link("mq", "web"), "does not consume", "consumes");
    added(&link("users", "mq"), "from services only", "publishes");
    added(&link("lb", "web"), "linked twice", "keep one");
    added("[node.lonely.client]\nrate = \"1/s\"", "go nowhere", "[[link]]");
    added("[node.idle.load-balancer]", "no backends", "[[link]]");
    let circle = "[node.a.service]\ncalls = [{ to = \"b\" }]\n[node.b.service]\ncalls = [{ to = \"a\" }]";
    added(circle, "in a circle: a -> b -> a", "publish");
    replaced("[{ to = \"redis\",", "[{ to = \"lb\" }, { to = \"redis\",", "in a circle", "publish");
}

#[test]
fn calls_at_once_and_handed_over_are_checked_together() {
    replaced(
        "on_miss = \"db\"",
        "on_miss = \"db\", parallel = \"g\"",
        "`on_miss` in a parallel group",
        "before",
    );
    replaced("on_miss = \"db\"", "on_miss = \"db\", wait_for = 2", "without a group", "parallel");
    replaced("mode = \"publish\"", "mode = \"hand-over\"", "is a broker", "publish");
    let calls = |list: &str| format!("[node.x.service]\ncalls = [{list}]");
    let leaf = "{ to = \"mail\", parallel = \"a\" }";
    let twice = |between: &str| format!("{leaf}, {between}{leaf}");
    sound(&format!("{SOUND}{}", calls(&twice(""))));
    added(&calls(&twice("{ to = \"mail\" }, ")), "torn apart", "next to each other");
    added(&calls("{ to = \"mail\", parallel = \"a\", wait_for = 3 }"), "makes 1 calls", "at most");
    added(&calls("{ to = \"mail\", mode = \"hand-over\", times = 2 }"), "handed over", "once");
    let share = |s: &str| format!("{{ to = \"mail\", mode = \"hand-over\", share = {s} }}");
    added(&calls(&format!("{}, {}", share("0.6"), share("0.5"))), "more than all", "add up to 1");
    added("[node.x.service.class.brwse]\nwork = { constant = \"1ms\" }", "no class `brwse`", "browse");
    added("[node.x.service.class.browse]\nwrk = 1", "unknown name `wrk`", "work");
    added("[node.x.service.class.browse]\ncalls = [{ to = \"nil\" }]", "no node `nil`", "");
    added("[node.x.service]\nautoscale = { min = 2 }", "`max` is missing", "servers");
}

#[test]
fn a_unit_that_is_missing_is_named() {
    replaced("rate = \"100/s\"", "rate = 100", "unit", "100/s");
    replaced("rate = \"100/s\"", "rate = \"100/s\"\npatience = 2", "unit", "2s");
    added("[[goal]]\nmetric = \"p95\"\nbelow = 300", "unit", "300ms");
    added("[[goal]]\nmetric = \"throughput\"\nabove = 300", "unit", "300/s");
    added("[[goal]]\nmetric = \"cost\"\nbelow = 300", "money", "$");
    added("[budget]\nmonthly = 400", "money", "$");
    let when = "[[scene]]\nid = \"a\"\ntitle = \"A\"\ntext = \"A\"\npause = { when = \"p95 > 300\" }";
    added(when, "different units", "300ms");
}

#[test]
fn goals_ask_for_what_is_measured() {
    let goal = |metric: &str| format!("[[goal]]\nbelow = \"90%\"\nmetric = \"{metric}\"");
    added(&goal("utilization"), "at a node", "web.utilization");
    added(&goal("wep.utilization"), "no node `wep`", "web");
    added(&goal("db.hit_ratio"), "does not measure", "only a cache");
    added(&goal("web.p99"), "does not measure", "p95");
    added(&goal("classes.brwse.availability"), "no class", "browse");
    added(&goal("web.utilisation"), "not a metric", "utilization");
    sound(&format!("{SOUND}{}", goal("classes.browse.availability")));
    added("[[goal]]\nmetric = \"p95\"", "", "");
}

#[test]
fn control_characters_never_reach_the_output() {
    let nasty = "\u{1b}[2J\u{7}\u{9b}\u{202e}\u{200b}";
    let escaped = "\\u001b[2J\\u0007\\u009b\\u202e";
    let sources = [
        format!("title = \"{nasty}\"\n{SOUND}"),
        format!("\"{escaped}\" = 1\n{SOUND}"),
        format!("{nasty} = 1"),
        format!("[node.\"{escaped}\".service]\n[node.a.\"{escaped}\"]\n\"{escaped}\" = 1"),
        format!("{SOUND}[[goal]]\nmetric = \"{escaped}\"\nbelow = \"{escaped}\""),
        format!("{SOUND}[[fault]]\nat = \"1s\"\ncrash = \"web#{escaped}\""),
        format!(
            "{SOUND}[[scene]]\nid = \"a\"\ntitle = \"\"\ntext = \"{{{escaped}}}\"\nallow = [\"{escaped}:x\"]"
        ),
        format!(
            "{SOUND}[[scene]]\nid = \"a\"\ntitle = \"\"\ntext = \"\"\npause = {{ when = \"p95 > {escaped}\" }}"
        ),
    ];
    for source in sources {
        let all = check(&source, &format!("a{nasty}.toml")).expect_err(&source);
        let bad =
            |c: char| (c.is_control() && c != '\n') || ['\u{202e}', '\u{200b}', '\u{feff}'].contains(&c);
        assert!(!all.render(false).contains(bad), "{:?}", all.render(false));
        let colored = all.render(true).replace("\u{1b}[", "");
        assert!(
            !colored.contains("2J\u{7}") && !colored.contains(['\u{7}', '\u{9b}', '\u{202e}']),
            "{colored:?}"
        );
    }
    let scene =
        format!("{SOUND}[[scene]]\nid = \"a\"\ntitle = \"T{escaped}\"\ntext = \"{{say:X{escaped}\\tY}}\"");
    let level = sound(&scene);
    assert_eq!((level.scenes[0].title.as_str(), level.scenes[0].text.as_str()), ("T[2J", "{say:X[2J Y}"));
}

#[test]
fn hostile_sizes_end_soon_and_without_a_panic() {
    let keys = |n: usize| vec!["a"; n].join(".");
    let inline = format!("{} = {{ ", keys(79)).repeat(23);
    let nodes = (0..199).map(|i| format!("[node.n{i}.cache]\n")).collect::<Vec<_>>().concat();
    let deep = [
        "[".repeat(1_000_000),
        format!("a = {}", "{a=".repeat(300_000)),
        format!("{inline}b = 1{}", " }".repeat(23)),
        format!("[{}]", keys(400_000)),
        "=".repeat(1_000_000),
        "a\n".repeat(500_000),
        "[[scene]]\n".repeat(100_000),
        "\"".repeat(1_000_000),
        format!(
            "{nodes}{}",
            "[[scene]]\nchanges=[{remove=\"n1\"}]\n[[scene.option]]\nchanges=[{}]\n".repeat(10_000)
        ),
        format!("x = \"{}\"", "e\u{301}".repeat(300_000)),
        format!("seed = {}", "9".repeat(1_000_000)),
        (0..30_000).map(|i| format!("[node.n{i}.service]\n")).collect::<Vec<_>>().concat(),
    ];
    for source in deep {
        let all = check(&source, "x.toml").expect_err("no level");
        assert!(all.render(true).len() < 200_000, "the report is short");
    }
}

#[test]
fn a_long_chain_of_services_is_walked_without_recursion() {
    let head = "[node.users.client]\nrate = \"1/s\"\n[[link]]\nfrom = \"users\"\nto = \"n0\"\n";
    let service = |i| format!("[node.n{i}.service]\ncalls = [{{ to = \"n{}\" }}]\n", i + 1);
    let chain = (0..5000).map(service).collect::<Vec<_>>().concat();
    sound(&format!("{head}{chain}[node.n5000.service]\n"));
}
