use super::*;
use crate::level::check::check;
use crate::level::sanitise;

/// Most characters of a meaning.
const MAX_MEANS: usize = 260;

/// The concepts of the course's design; each is the name of an entry or another word for one.
const COVERAGE: &str = "monolith · web framework · local database · request · latency · percentile · throughput · goodput · \
    utilization · queue · Little's law · bottleneck · saturation · timeout · load shedding · single point of failure · \
    availability · nines · MTBF · MTTR · MTBF and MTTR · vertical scaling · hardware ceiling · lock · Amdahl · \
    Amdahl's law · USL · horizontal scaling · stateless · session · DNS · load balancer · round robin · random · \
    least connections · power of two choices · weighted · IP hash · consistent hashing · health check · \
    active health check · passive health check · gray failure · cascading failure · N+1 · zone · draining · \
    connection pool · replication · primary/replica · master/slave · replication lag · read-your-writes · synchronous · \
    asynchronous · synchronous replication · asynchronous replication · failover · split brain · cache-aside · TTL · \
    eviction · hit ratio · stampede · hot key · sharding · CAP theorem · quorum · microservice · blast radius · \
    deploy pipeline · API call · message queue · message broker · broker · partitioned log · consumer lag · \
    at-least-once · idempotency · dead letter · network latency · tail amplification · distributed tracing · \
    retry storm · backoff · jitter · retry budget · circuit breaker · metastable failure · eventual consistency · saga · \
    SLI · SLO · error budget · autoscaling · cost";

/// How many sentences a text has; a point inside a number or a name ends none.
fn sentences(text: &str) -> usize {
    let ends = text.char_indices().filter(|(_, c)| matches!(c, '.' | '!' | '?'));
    ends.filter(|(at, _)| text[at + 1..].is_empty() || text[at + 1..].starts_with(' ')).count()
}

fn level(name: &str, number: u8, scenes: &[(&str, &[&str])]) -> Arc<Level> {
    let mut source =
        "title = \"T\"\n[node.u.client]\nrate = \"1/s\"\n[node.a.service]\n[[link]]\nfrom = \"u\"\nto = \"a\"\n".to_owned();
    for (id, terms) in scenes {
        source +=
            &format!("[[scene]]\nid = \"{id}\"\ntitle = \"The {id}\"\ntext = \"x\"\nterms = {terms:?}\n");
    }
    let mut level = check(&source, name).unwrap_or_else(|faults| panic!("{faults}"));
    level.number = Some(number);
    Arc::new(level)
}

#[test]
fn the_file_has_no_fault() {
    let Glossary { entries, wall } = read(SOURCE).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert!(wall.iter().all(|w| entries.iter().any(|e| e.name == *w)), "{wall:?}");
    assert_eq!(entries, glossary().entries());
    assert_eq!(entries.len(), 80);
}

#[test]
fn every_entry_is_complete_and_fits() {
    for e in glossary().entries() {
        assert_eq!(sentences(&e.means), 2, "{}: {}", e.name, e.means);
        assert!(e.means.ends_with('.') && e.means.chars().count() <= MAX_MEANS, "{}: too long", e.name);
        let year = |w: &str| w.len() == 4 && w.parse().is_ok_and(|y: u32| (1900..=2026).contains(&y));
        assert!(e.source.split(|c: char| !c.is_ascii_alphanumeric()).any(year), "{}: no year", e.name);
        for text in e.labels().chain([e.means.as_str(), e.source.as_str()]) {
            assert!(!text.is_empty() && text.is_ascii(), "{}: {text}", e.name);
            assert_eq!(sanitise::one_line(text, usize::MAX), text, "{}", e.name);
        }
    }
}

#[test]
fn entries_stand_from_a_to_z_and_no_word_stands_twice() {
    let names: Vec<String> = glossary().entries().iter().map(|e| e.name.to_lowercase()).collect();
    assert!(names.is_sorted(), "{names:?}");
    let mut words: Vec<String> = glossary().entries().iter().flat_map(Entry::labels).map(squeezed).collect();
    words.sort();
    let twice: Vec<_> = words.windows(2).filter(|w| w[0] == w[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn every_concept_of_the_course_is_found() {
    let concepts = COVERAGE.split(" · ").map(str::trim);
    let missing: Vec<_> = concepts.filter(|word| glossary().find(word).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn words_are_found_as_people_write_them() {
    let name = |word: &str| glossary().find(word).map(|e| e.name.as_str());
    for (word, expected) in [
        ("LATENCY", "latency"),
        ("littles law", "Little's law"),
        ("least-connections", "least connections"),
        ("cache aside", "cache-aside"),
        ("master/slave", "replication"),
        ("P95", "percentile"),
        ("n + 1", "N+1"),
    ] {
        assert_eq!(name(word), Some(expected), "{word}");
    }
    assert_eq!(name("latancy"), None);
    assert_eq!(name(""), None);
}

#[test]
fn a_search_gives_the_best_first() {
    let found = |text: &str| {
        let all = glossary().search(text).into_iter();
        all.map(|f| (f.entry.name.as_str(), f.via)).collect::<Vec<_>>()
    };
    assert_eq!(found("ttl"), [("TTL", None)]);
    assert_eq!(found("lagg"), []);
    assert_eq!(found("ittle"), [("Little's law", None)]);
    assert_eq!(found("jit"), [("backoff", Some("jitter"))]);
    // Another word that begins with it is better than a name that has it later.
    let hash = found("hash");
    assert_eq!(hash[..2], [("consistent hashing", Some("hash ring")), ("IP hash", None)]);
    assert_eq!(found("").len(), glossary().entries().len());
    assert!(found("zzz").is_empty());
}

#[test]
fn the_nearest_word_is_named() {
    for (word, expected) in [
        ("latancy", Some("latency")),
        ("jiter", Some("jitter")),
        ("timeouts", Some("timeout")),
        ("", None),
        ("qwertzuiop", None),
    ] {
        assert_eq!(glossary().nearest(word), expected, "{word}");
    }
}

#[test]
fn scenes_that_list_an_entry_are_found_in_order() {
    let levels = [
        level("levels/01-a.toml", 1, &[("plug", &["queue"]), ("stick", &["latency", "queue"])]),
        level("levels/02-b.toml", 2, &[("box", &["response time"])]),
    ];
    let shown = |word: &str| {
        let entry = glossary().find(word).unwrap();
        entry.shown_in(&levels).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(shown("latency"), ["1 T, scene 2 The stick", "2 T, scene 1 The box"]);
    assert_eq!(shown("queue").len(), 2);
    assert!(shown("saga").is_empty());
    let unshown = glossary().unshown(&levels);
    assert_eq!(unshown.len(), glossary().entries().len() - 2);
    assert!(unshown.contains(&"saga") && !unshown.contains(&"latency"));
}
