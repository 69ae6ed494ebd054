//! A message broker: a queue for each consuming service, at-least-once delivery.

use super::super::distribution::Distribution;
use super::super::time::Time;
use super::super::value::{Knob, Shape, Value};
use super::Datasheet;
use super::service::MAX_WORKERS;

/// What a broker is.
pub static DATASHEET: Datasheet = Datasheet {
    key: "broker",
    title: "Message broker",
    tag: "mq",
    explanation: "Takes messages and acknowledges them at once; each consuming service works off its own queue at its own pace. \
        A message whose consumer dies is delivered again, so it may be worked on twice.",
    knobs: &[
        Knob::new("mode", Shape::Choice(&["queue"]), "how messages are kept")
            .default(|| Value::Choice("queue")),
        Knob::new(
            "queue_capacity",
            Shape::Count { min: 1, max: MAX_WORKERS, unlimited: true },
            "messages that fit, per queue",
        )
        .default(|| Value::Unlimited),
        Knob::new("work", Shape::Distribution, "work of taking in one message")
            .default(|| Value::Distribution(Distribution::Constant(Time::from_ns(50_000)))),
        Knob::later("partitions"),
        Knob::later("ack"),
        Knob::later("redeliver_after"),
        Knob::later("dead_after"),
        Knob::later("retention"),
        Knob::later("poll"),
    ],
    leaves_out: "Disks and copies of the broker itself, batching, message sizes.",
};
