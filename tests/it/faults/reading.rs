//! The verbs in a level file: what is read, and what a bad one is told.

use fivenines::level::change::VERBS;
use fivenines::level::check::check;
use fivenines::level::words;
use fivenines::sim::change::Change;

const BASE: &str = "format = 1\n[host.box]\nsize = \"m\"\nzone = \"c\"\n[node.users.client]\nrate = \"9/s\"\n\
    [node.web.service]\nreplicas = 2\nzones = [\"a\", \"b\"]\ncalls = [{ to = \"kv\", on_miss = \"db\" }, { to = \"old\" }]\n\
    [node.kv.cache]\n[node.db.database]\nreplicas = 1\n[node.old.service]\nhost = \"box\"\n\
    [[link]]\nfrom = \"users\"\nto = \"web\"\n";

fn faults(text: &str) -> Result<Vec<Change>, String> {
    let level = check(&format!("{BASE}[[fault]]\n{text}\n"), "x.toml").map_err(|f| f.render(false))?;
    Ok(level.faults.into_iter().map(|f| f.change).collect())
}
#[track_caller]
fn reads(text: &str, verb: &str, said: &str) {
    let found = faults(text).unwrap_or_else(|f| panic!("{text}\n{f}"));
    assert_eq!(found[0].verb(), verb);
    assert_eq!(words::change(&found[0]), said, "{text}");
}
#[track_caller]
fn fails(text: &str, message: &str) {
    let told = faults(text).expect_err(text);
    assert!(told.contains(message), "{text}\n{told}");
}

#[test]
fn every_verb_is_read() {
    let at = |text: &str| format!("at = \"5s\"\n{text}");
    let lasts = |text: &str| format!("at = \"5s\"\nfor = \"9s\"\n{text}");
    reads(&lasts("hang = \"web#1\""), "hang", "hang web#1");
    reads(&lasts("pause = \"db#primary\""), "pause", "pause db#1");
    reads(&lasts("slow = \"web\"\nfactor = 3"), "slow", "make web 3 times slower");
    reads(&lasts("crash = \"box\""), "crash", "crash box");
    reads(&lasts("loss = \"users->web\"\nshare = 0.05"), "loss", "lose 5% of the messages of users->web");
    reads(&lasts("loss = \"web->db\"\nshare = \"5%\""), "loss", "lose 5% of the messages of web->db");
    // A link that nobody wrote down: a database's log.
    reads(&lasts("loss = \"db->db\"\nshare = 0.1"), "loss", "lose 10% of the messages of db->db");
    reads(&lasts("delay = \"web\"\nby = \"80ms\""), "delay", "delay messages of web by 80ms");
    reads(&lasts("stall = \"web->db\""), "stall", "stall messages of web->db");
    let groups = "partition = [[\"users\", \"a\"], [\"box\", \"web#2\"], [\"db\"]]";
    reads(&lasts(groups), "partition", "cut the network between users, a and box, web#2 and db");
    reads(&lasts("zone-down = \"c\""), "zone-down", "zone c goes dark");
    reads(
        &lasts("bad-release = \"web\"\nerrors = 0.1\nfactor = 2"),
        "bad-release",
        "release a bad version of web (10% errors, 2 times slower)",
    );
    reads(&lasts("disk-full = \"db\""), "disk-full", "fill the disk of db");
    reads(&at("deploy = \"web\""), "deploy", "deploy a new version of web");
    reads(&lasts("drain = \"web#1\""), "drain", "drain web#1");
    reads(&at("flush = \"kv\""), "flush", "empty the cache `kv`");
    reads(&at("restore = \"web\""), "restore", "restore web");
    let chance = "mtbf = { exponential = \"1000s\" }\nmttr = { constant = \"50s\" }";
    reads(
        &format!("crash = \"web\"\n{chance}"),
        "crash",
        "by chance crash web: after ~16m40s exponential, for 50s",
    );
    for fault in
        ["hang = \"web\"", "pause = \"web\"", "zone-down = \"a\"", "disk-full = \"db\"", "drain = \"web\""]
    {
        faults(&format!("{fault}\n{chance}")).unwrap();
    }
    assert_eq!(VERBS.len(), 20);
}

#[test]
fn a_bad_fault_is_told_what_is_wrong() {
    fails("hang = \"web\"", "`at` is missing");
    fails("at = \"1s\"\nhang = \"wed\"", "did you mean `web`");
    fails("at = \"1s\"\nhang = \"web#3\"", "no server `3`");
    fails("at = \"1s\"\npause = \"users\"", "are users");
    fails("at = \"1s\"\nslow = \"web\"", "`factor` is missing");
    fails("at = \"1s\"\nloss = \"web\"", "`share` is missing");
    fails("at = \"1s\"\nloss = \"web\"\nshare = 2", "share between 0 and 1");
    fails("at = \"1s\"\nloss = \"users->db\"\nshare = 0.1", "no link `users->db`");
    fails("at = \"1s\"\ndelay = \"web\"\nby = 3", "needs its unit");
    fails("at = \"1s\"\npartition = [[\"web\"]]", "one group alone");
    fails("at = \"1s\"\npartition = [[\"web\"], []]", "a group of nobody");
    fails("at = \"1s\"\npartition = [[\"web\"], [\"web\"]]", "there twice");
    fails("at = \"1s\"\npartition = [[\"web\"], [\"kw\"]]", "did you mean `kv`");
    fails("at = \"1s\"\npartition = \"web\"", "expected groups");
    fails("at = \"1s\"\nzone-down = \"d\"", "nothing is in a zone `d`");
    fails("at = \"1s\"\nbad-release = \"web\"", "what is bad about it");
    fails("at = \"1s\"\nbad-release = \"web#1\"\nerrors = 0.5", "is one server");
    fails("at = \"1s\"\ndisk-full = \"web\"", "is not a database");
    fails("at = \"1s\"\ndeploy = \"box\"", "is a machine");
    fails("at = \"1s\"\nfor = \"9s\"\ndeploy = \"web\"", "`for` has no meaning");
    fails("at = \"1s\"\nhang = \"web\"\npause = \"web\"", "2 verbs");
    fails("at = \"1s\"\nhangs = \"web\"", "did you mean `hang`");
    fails("crash = \"web\"\nmtbf = { exponential = \"9s\" }", "`mttr` is missing");
    fails("crash = \"web\"\nmtbf = \"9s\"\nmttr = \"9s\"", "distribution");
    fails(
        "deploy = \"web\"\nmtbf = { exponential = \"9s\" }\nmttr = { exponential = \"9s\" }",
        "does not happen by chance",
    );
    fails("crash = \"web\"\nmtbf = { constant = \"0s\" }\nmttr = { constant = \"9s\" }", "too short");
}

#[test]
fn zones_are_checked() {
    let with = |from: &str, new: &str| check(&BASE.replace(from, new), "x.toml").map_err(|f| f.render(false));
    let zones = "zones = [\"a\", \"b\"]";
    assert!(with(zones, "zone = \"a\"").is_ok());
    for (new, message) in [
        ("zone = \"a\"\nzones = [\"b\"]", "exclude each other"),
        ("zones = []", "no zone"),
        ("zone = \"kv\"", "is a zone and a part"),
        ("zone = \"A b\"", "not a legal name"),
        ("zone = 3", "expected a name"),
    ] {
        let told = with(zones, new).unwrap_err();
        assert!(told.contains(message), "{new}\n{told}");
    }
    let told = with("host = \"box\"", "host = \"box\"\nzone = \"a\"").unwrap_err();
    assert!(told.contains("the zone is the host's"), "{told}");
    let told = with("rate = \"9/s\"", "rate = \"9/s\"\nerror_rate = 0.1").unwrap_err();
    assert!(told.contains("users answer nobody"), "{told}");
}

/// Run codes keep changes as text: every one comes back as it was, also those that only undo makes.
#[test]
fn changes_are_written_and_read_again() {
    use fivenines::level::change::{parse, print};
    let level = check(BASE, "x.toml").unwrap();
    let chance = "mtbf = { exponential = \"1000s\" }\nmttr = { constant = \"50s\" }";
    let partition = "partition = [[\"users\", \"a\"], [\"box\", \"web#2\"], [\"db#replica-1\"]]";
    let texts = [
        "hang = \"web#1\"".to_owned(),
        "pause = \"db#primary\"".into(),
        "slow = \"web\"\nfactor = 1.5".into(),
        "loss = \"web->db\"\nshare = 0.05".into(),
        "delay = \"web\"\nby = \"80ms\"".into(),
        partition.into(),
        "zone-down = \"a\"".into(),
        "bad-release = \"web\"\nerrors = 0.25".into(),
        "disk-full = \"db\"".into(),
        "deploy = \"web\"".into(),
        "drain = \"web#1\"".into(),
        format!("crash = \"web\"\n{chance}"),
    ];
    let mut all = Vec::new();
    for text in texts {
        let text = if text.contains("mtbf") { text } else { format!("at = \"1s\"\n{text}") };
        all.extend(faults(&text).unwrap_or_else(|f| panic!("{f}")));
    }
    let ends: Vec<Change> = all.iter().map(|c| Change::End(Box::new(c.clone()))).collect();
    all.extend(ends);
    all.push(Change::Several(all.clone()));
    for change in all {
        let text = print(&change, &level.topology);
        assert_eq!(parse(&text, &level.topology).as_ref(), Ok(&change), "{text}");
    }
}
