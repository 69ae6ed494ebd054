//! Draws of different requests, purposes, places and attempts must not know of each other.

use fivenines::sim::rng::{Draw, Purpose, combine, name_key};

use super::{chi_square_z, correlation_z, stream};

const N: u64 = 200_000;
const LIMIT: f64 = 4.0;

const PURPOSES: [Purpose; 11] = [
    Purpose::Gap,
    Purpose::Class,
    Purpose::Key,
    Purpose::Work,
    Purpose::Latency,
    Purpose::ReplyLatency,
    Purpose::Share,
    Purpose::Choice,
    Purpose::Phase,
    Purpose::Background,
    Purpose::Burst,
];

/// One draw of each of `n` keys.
fn drawn(n: u64, key: impl Fn(u64) -> u64, purpose: Purpose) -> Vec<f64> {
    (0..n).map(|i| Draw::new(key(i), purpose).unit()).collect()
}

/// Two series: neither their values nor their places in a 16 by 16 grid hang together.
#[track_caller]
fn strangers(what: &str, a: &[f64], b: &[f64]) {
    let z = correlation_z(a, b);
    assert!(z.abs() < LIMIT, "{what}: correlation {z}");
    let mut cells = vec![0u64; 256];
    for (x, y) in a.iter().zip(b) {
        cells[(x * 16.0) as usize * 16 + (y * 16.0) as usize] += 1;
    }
    let z = chi_square_z(&cells, &vec![a.len() as f64 / 256.0; 256]);
    assert!(z < LIMIT, "{what}: grid {z}");
}

#[test]
fn neighbouring_requests_are_strangers() {
    let v = stream(N, 1, |mut d| d.unit());
    for lag in [1, 2, 3, 7, 64, 1000] {
        strangers(&format!("lag {lag}"), &v[lag..], &v[..v.len() - lag]);
    }
    // Seeds are often small numbers, and their worlds are compared.
    for seed in 1..6u64 {
        let of = |seed| move |i| combine(combine(seed, name_key("users")), i);
        strangers("seeds", &drawn(N, of(seed), Purpose::Work), &drawn(N, of(seed + 1), Purpose::Work));
    }
}

#[test]
fn purposes_of_one_request_are_strangers() {
    let key = |i| combine(combine(7, name_key("users")), i);
    let all: Vec<Vec<f64>> = PURPOSES.iter().map(|&p| drawn(50_000, key, p)).collect();
    for (i, a) in all.iter().enumerate() {
        for (k, b) in all.iter().enumerate().skip(i + 1) {
            strangers(&format!("{:?} and {:?}", PURPOSES[i], PURPOSES[k]), a, b);
        }
    }
}

#[test]
fn calls_of_one_request_are_strangers() {
    // The path of a call is its parent's path with the index of the call mixed in; attempts are mixed in the same way.
    let base = |i| combine(combine(7, name_key("users")), i);
    let paths: [&dyn Fn(u64) -> u64; 6] = [
        &base,
        &|i| combine(base(i), 0),
        &|i| combine(base(i), 1),
        &|i| combine(base(i), 2),
        &|i| combine(combine(base(i), 1), 0),
        &|i| combine(combine(base(i), 0), 1),
    ];
    let all: Vec<Vec<f64>> = paths.iter().map(|p| drawn(100_000, p, Purpose::Work)).collect();
    for (i, a) in all.iter().enumerate() {
        for (k, b) in all.iter().enumerate().skip(i + 1) {
            strangers(&format!("paths {i} and {k}"), a, b);
        }
    }
}

#[test]
fn the_numbers_of_one_stream_are_strangers() {
    // A draw that needs several numbers takes them one after the other.
    let mut first = Vec::new();
    let mut second = Vec::new();
    let mut further = Vec::new();
    for i in 0..N {
        let mut d = Draw::new(combine(9, i), Purpose::Work);
        further.push(d.further().unit());
        first.push(d.unit());
        second.push(d.unit());
    }
    strangers("first and second", &first, &second);
    strangers("first and further", &first, &further);
    strangers("second and further", &second, &further);
}

#[test]
fn every_bit_is_fair() {
    let mut ones = [0u64; 64];
    for i in 0..N {
        let bits = Draw::new(combine(3, i), Purpose::Key).bits();
        for (k, n) in ones.iter_mut().enumerate() {
            *n += bits >> k & 1;
        }
    }
    for (k, &n) in ones.iter().enumerate() {
        let z = (n as f64 - N as f64 / 2.0) / (N as f64 / 4.0).sqrt();
        assert!(z.abs() < LIMIT, "bit {k}: {z}");
    }
}
