//! Users: open-loop arrivals, request classes, patience.

use super::super::time::Time;
use super::super::value::{Knob, LONGEST, Shape};
use super::Datasheet;

/// Most requests a second that a client may make.
pub const MAX_RATE: f64 = 10_000_000.0;

/// What a client is.
pub static DATASHEET: Datasheet = Datasheet {
    key: "client",
    title: "Users",
    tag: "usr",
    explanation: "People or programs that send requests at a given rate, whether or not they get answers. \
        Who waits longer than the patience gives up; the system behind is not told.",
    knobs: &[
        Knob::new("rate", Shape::Rate { max: MAX_RATE }, "requests per second").required(),
        Knob::new("profile", Shape::Profile, "how the rate changes over time"),
        Knob::new(
            "patience",
            Shape::Time { min: Time::from_ms(1), max: LONGEST },
            "users give up after this time",
        ),
        Knob::new("classes", Shape::Classes, "kinds of requests: share, read or write, keys").fixed(),
        Knob::new(
            "slo",
            Shape::Time { min: Time::from_ms(1), max: LONGEST },
            "answers later than this are not good",
        ),
        Knob::later("users"),
        Knob::later("think"),
        Knob::later("retries"),
        Knob::later("sessions"),
        Knob::later("dns_ttl"),
    ],
    leaves_out: "Users who come back after an error, browsers that load many files, robots.",
};
