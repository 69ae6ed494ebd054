//! Deals requests to the replicas of all its link targets; checks their health.

pub mod policy;

use super::super::value::{Knob, Shape, Value};
use super::Datasheet;

/// What a load balancer is.
pub static DATASHEET: Datasheet = Datasheet {
    key: "load-balancer",
    title: "Load balancer",
    tag: "lb",
    explanation: "One address in front of many servers; each request goes to one of them, by the policy. \
        With health checks it stops sending to servers that do not answer their probes.",
    knobs: &[
        Knob::new("policy", Shape::Choice(policy::NAMES), "who gets the next request")
            .default(|| Value::Choice("round-robin")),
        Knob::new("health", Shape::Health, "probes: interval, timeout, fall, rise"),
        Knob::new(
            "all_down",
            Shape::Choice(&["refuse", "send-to-all"]),
            "what to do when no backend is healthy",
        )
        .default(|| Value::Choice("refuse")),
        Knob::later("capacity"),
        Knob::later("connections"),
        Knob::later("standby"),
        Knob::later("drain"),
    ],
    leaves_out: "Its own work (about 15 us a request), TLS, sticky sessions.",
};
