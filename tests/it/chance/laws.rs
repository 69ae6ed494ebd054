//! Every distribution that the format knows: moments, and the whole shape.

use std::f64::consts::SQRT_2;

use fivenines::sim::distribution::Distribution;
use fivenines::sim::rng::Draw;
use fivenines::sim::value::Raw;

use super::{central, distance, mean, stream};

const N: u64 = 200_000;

fn read(text: &str) -> Distribution {
    let table: toml::Table = text.parse().unwrap();
    Distribution::read(&raw(&toml::Value::Table(table))).unwrap()
}

fn raw(value: &toml::Value) -> Raw {
    match value {
        toml::Value::String(s) => Raw::Text(s.clone()),
        toml::Value::Integer(i) => Raw::Number(*i as f64),
        toml::Value::Float(f) => Raw::Number(*f),
        toml::Value::Boolean(b) => Raw::Bool(*b),
        toml::Value::Array(a) => Raw::List(a.iter().map(raw).collect()),
        toml::Value::Table(t) => Raw::Table(t.iter().map(|(k, v)| (k.clone(), raw(v))).collect()),
        toml::Value::Datetime(_) => unreachable!(),
    }
}

fn exponential(mean: f64) -> impl Fn(f64) -> f64 {
    move |x| -(-x / mean).exp_m1()
}

/// Lengths in milliseconds; the distribution function of each takes milliseconds.
fn laws() -> Vec<(&'static str, Box<dyn Fn(f64) -> f64>)> {
    let erlang = |x: f64| {
        let y = x / 5.0;
        1.0 - libm::exp(-y) * (1.0 + y + y * y / 2.0 + y * y * y / 6.0)
    };
    let log_normal = |x: f64| {
        let variance = 4f64.ln_1p();
        let mu = libm::log(10.0) - variance / 2.0;
        0.5 * libm::erfc(-(libm::log(x) - mu) / variance.sqrt() / SQRT_2)
    };
    let pareto = |x: f64| (1.0 - libm::pow(2.0 / x, 1.5)) / (1.0 - libm::pow(0.01, 1.5));
    let hyper = |x: f64| {
        let p = f64::midpoint(1.0, (3.0f64 / 5.0).sqrt());
        p * exponential(10.0 / (2.0 * p))(x) + (1.0 - p) * exponential(10.0 / (2.0 * (1.0 - p)))(x)
    };
    let mixed = |x: f64| {
        let uniform = ((x - 1.0) / 8.0).clamp(0.0, 1.0);
        0.75 * exponential(5.0)(x) + 0.25 * (0.5 * uniform + 0.5 * exponential(40.0)(x))
    };
    vec![
        ("uniform = [\"1ms\", \"9ms\"]", Box::new(|x: f64| (x - 1.0) / 8.0)),
        ("exponential = \"5ms\"", Box::new(exponential(5.0))),
        ("erlang = { mean = \"20ms\", stages = 4 }", Box::new(erlang)),
        ("log-normal = { mean = \"10ms\", scv = 4.0 }", Box::new(log_normal)),
        ("pareto = { min = \"2ms\", shape = 1.5, max = \"200ms\" }", Box::new(pareto)),
        ("hyper-exponential = { mean = \"10ms\", scv = 4.0 }", Box::new(hyper)),
        (
            "mixture = [{ weight = 3, exponential = \"5ms\" }, { weight = 1, mixture = [{ weight = \"50%\", \
             uniform = [\"1ms\", \"9ms\"] }, { weight = 0.5, exponential = \"40ms\" }] }]",
            Box::new(mixed),
        ),
    ]
}

fn sample(law: &Distribution, salt: u64) -> Vec<f64> {
    stream(N, salt, |d: Draw| law.sample(d).ms())
}

#[test]
fn samples_follow_their_distribution_functions() {
    for (salt, (text, cdf)) in laws().into_iter().enumerate() {
        let d = distance(sample(&read(text), salt as u64), cdf);
        // 1.95 / sqrt(n): one right stream in a thousand is further off.
        let limit = 1.95 / (N as f64).sqrt();
        println!("{d:.5} of {limit:.5}  {text}");
        assert!(d < limit, "{text}: distance {d}, limit {limit}");
    }
}

#[test]
fn mean_and_variation_are_those_that_are_told() {
    let more = [
        "constant = \"3ms\"",
        "empirical = [\"1ms\", \"2ms\", \"2ms\", \"15ms\"]",
        "mixture = [{ weight = 95, constant = \"5ms\" }, { weight = 5, constant = \"105ms\" }]",
    ];
    let all = laws().into_iter().map(|(text, _)| text).chain(more);
    for (salt, text) in all.enumerate() {
        let law = read(text);
        let v = sample(&law, 100 + salt as u64);
        let (m, variance, n) = (mean(&v), central(&v, 2), N as f64);
        let told = law.mean_ns() / 1e6;
        assert!((m - told).abs() <= 4.0 * (variance / n).sqrt() + 1e-6, "{text}: mean {m}, told {told}");
        let told = law.scv() * told * told;
        let error = ((central(&v, 4) - variance * variance).max(0.0) / n).sqrt();
        assert!((variance - told).abs() <= 4.0 * error + 1e-6, "{text}: variance {variance}, told {told}");
        assert_eq!(Distribution::read(&law.raw()), Ok(law.clone()), "{text}: what is written is read again");
        let twice = law.scaled(2.0);
        assert!(
            (twice.mean_ns() - 2.0 * law.mean_ns()).abs() < 4.0 && (twice.scv() - law.scv()).abs() < 1e-6
        );
    }
}

#[test]
fn a_list_of_values_gives_each_as_often() {
    let law = read("empirical = [\"1ms\", \"2ms\", \"3ms\", \"4ms\", \"5ms\"]");
    let mut counts = [0u64; 5];
    for x in sample(&law, 7) {
        counts[x as usize - 1] += 1;
    }
    let z = super::chi_square_z(&counts, &[N as f64 / 5.0; 5]);
    assert!(z < 3.1, "{counts:?}: {z}");
}

#[test]
fn a_mixture_says_what_is_wrong_where() {
    let problem = |text: &str| {
        let table: toml::Table = text.parse().unwrap();
        let p = Distribution::read(&raw(&toml::Value::Table(table))).unwrap_err();
        format!("{}: {}", p.path.join("."), p.message)
    };
    assert_eq!(
        problem("mixture = [{ weight = 1, constant = \"1ms\" }, { constant = \"1ms\" }]"),
        "mixture.1: `weight` is missing"
    );
    assert_eq!(
        problem("mixture = [{ weight = 1, exponential = 5 }]"),
        "mixture.0.exponential: a time needs its unit"
    );
    let mut deep = "constant = \"1ms\"".to_owned();
    for _ in 0..4 {
        deep = format!("mixture = [{{ weight = 1, {deep} }}]");
    }
    assert_eq!(read(&deep).mean_ns(), 1e6);
    deep = format!("mixture = [{{ weight = 1, {deep} }}]");
    assert!(problem(&deep).contains("too many mixtures"), "{}", problem(&deep));
    assert!(problem("hyper-exponential = { mean = \"1ms\", scv = 0.5 }").contains("over 1"));
}
