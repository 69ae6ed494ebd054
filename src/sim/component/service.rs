//! A web or application server, a microservice: workers, a queue, work, calls.

use super::super::distribution::Distribution;
use super::super::time::Time;
use super::super::topology::MAX_REPLICAS;
use super::super::value::{Knob, Shape, Value};
use super::Datasheet;

/// Most workers of one server, most waiting calls of one server.
pub const MAX_WORKERS: u32 = 1_000_000;

/// What a service is.
pub static DATASHEET: Datasheet = Datasheet {
    key: "service",
    title: "Service",
    tag: "svc",
    explanation: "A program that answers requests with a fixed number of workers; who finds none free waits in the queue. \
        A worker is held until the answer is ready, also while it waits for another service or the database.",
    knobs: &[
        Knob::new(
            "replicas",
            Shape::Count { min: 1, max: MAX_REPLICAS, unlimited: false },
            "servers of this kind, all alike",
        )
        .default(|| Value::Count(1)),
        Knob::new(
            "workers",
            Shape::Count { min: 1, max: MAX_WORKERS, unlimited: true },
            "requests served at once, per server",
        )
        .default(|| Value::Count(8)),
        Knob::new(
            "queue_capacity",
            Shape::Count { min: 0, max: MAX_WORKERS, unlimited: true },
            "places to wait, per server",
        )
        .default(|| Value::Unlimited),
        Knob::new("work", Shape::Distribution, "CPU work before the first call")
            .default(|| Value::Distribution(Distribution::Constant(Time::from_ms(1)))),
        Knob::new("work_after", Shape::Distribution, "CPU work after the last call"),
        Knob::new("calls", Shape::Calls, "whom it calls, in sequence").fixed(),
        Knob::new("consumes", Shape::Name, "the broker whose messages it works off").fixed(),
        Knob::later("queue_order"),
        Knob::later("serial"),
        Knob::later("memory_per_request"),
        Knob::later("sessions"),
        Knob::later("group"),
        Knob::later("autoscale"),
        Knob::later("class"),
        Knob::later("contention"),
    ],
    leaves_out: "Memory and garbage collection, warm-up of caches and compilers, connections as such.",
};
