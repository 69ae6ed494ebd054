//! A metric over a span of finished windows.

use super::histogram::Histogram;
use super::{Count, Flow, Measure, Metric, NodeWindow, ReplicaWindow, Scope, Windows};
use crate::sim::time::Time;

/// Value of `metric` over the windows in `(from, to]`. `class` and `node` resolve names to indices.
pub(crate) fn over(
    windows: &Windows,
    metric: &Metric,
    from: Time,
    to: Time,
    class: impl Fn(&str) -> Option<usize>,
    node: impl Fn(&str) -> Option<usize>,
) -> Option<f64> {
    let first = windows.partition_point(|w| w.end <= from);
    let last = windows.partition_point(|w| w.end <= to);
    if first >= last {
        return None;
    }
    let span = windows.range(first, last);
    match &metric.scope {
        Scope::System => flow(span.map(|w| &w.system), metric.measure),
        Scope::Class(name) => {
            let i = class(name)?;
            flow(span.filter_map(|w| w.classes.get(i)), metric.measure)
        }
        Scope::Node(name) => {
            let i = node(name)?;
            let rows: Vec<&NodeWindow> = span.filter_map(|w| w.nodes.get(i)).collect();
            node_value(&rows, metric.measure)
        }
        Scope::Server(name, server) => {
            let i = node(name)?;
            let rows: Vec<&NodeWindow> = span.filter_map(|w| w.nodes.get(i)).collect();
            server_value(&rows, *server as usize, metric.measure)
        }
    }
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

fn flow<'a>(rows: impl Iterator<Item = &'a Flow> + Clone, measure: Measure) -> Option<f64> {
    let sum = |f: fn(&Flow) -> u32| rows.clone().map(|r| f64::from(f(r))).sum::<f64>();
    let seconds = rows.clone().count() as f64;
    let (completed, failed) = (sum(|r| r.completed), sum(Flow::failures));
    match measure {
        Measure::Arrivals => Some(sum(|r| r.arrivals)),
        Measure::Completed => Some(completed),
        Measure::Failed => Some(failed),
        Measure::ArrivalRate => Some(sum(|r| r.arrivals) / seconds),
        Measure::Throughput => Some(completed / seconds),
        Measure::Goodput => Some(sum(|r| r.good) / seconds),
        Measure::Availability => ratio(completed, completed + failed),
        Measure::ErrorRate => ratio(failed, completed + failed),
        Measure::GoodShare => ratio(sum(|r| r.good), completed + failed),
        Measure::Failures(reason) => Some(rows.map(|r| f64::from(r.failed[reason as usize])).sum()),
        Measure::InFlight => rows.last().map(|r| f64::from(r.in_flight)),
        Measure::Mean => ratio(rows.map(|r| r.response_ns as f64 / 1e9).sum(), completed),
        Measure::Percentile(_) | Measure::Max => {
            let mut all = Histogram::default();
            rows.for_each(|r| all.merge(&r.responses));
            match measure {
                Measure::Percentile(tenths) => all.percentile(tenths),
                _ => all.max(),
            }
            .map(Time::secs)
        }
        _ => None,
    }
}

fn node_value(rows: &[&NodeWindow], measure: Measure) -> Option<f64> {
    let sum = |f: fn(&NodeWindow) -> u32| rows.iter().map(|r| f64::from(f(r))).sum::<f64>();
    let time = |f: fn(&NodeWindow) -> u64| rows.iter().map(|r| f(r) as f64).sum::<f64>();
    let seconds = rows.len() as f64;
    let (completed, failed) = (sum(|r| r.completed), sum(|r| r.failed));
    let last = rows.last()?;
    match measure {
        Measure::Arrivals => Some(sum(|r| r.arrivals)),
        Measure::Completed => Some(completed),
        Measure::Failed => Some(failed),
        Measure::ArrivalRate => Some(sum(|r| r.arrivals) / seconds),
        Measure::Throughput => Some(completed / seconds),
        Measure::Availability => ratio(completed, completed + failed),
        Measure::ErrorRate => ratio(failed, completed + failed),
        Measure::Mean => ratio(rows.iter().map(|r| r.response_ns as f64 / 1e9).sum(), completed),
        // Only one window's own percentile is kept for a node: the latest that has one.
        Measure::Percentile(950) => rows.iter().rev().find_map(|r| r.p95).map(Time::secs),
        Measure::Utilization => ratio(time(|r| r.busy_ns), time(|r| r.capacity_ns)),
        Measure::OccupiedByCalls => ratio(time(|r| r.calling_ns), time(|r| r.capacity_ns)),
        Measure::CpuUtilization => ratio(time(|r| r.cpu_busy_ns), time(|r| r.cpu_capacity_ns)),
        Measure::MemoryUsed => rows.iter().filter_map(|r| r.memory_used).reduce(f32::max).map(f64::from),
        Measure::QueueMean => Some(time(|r| r.queue_ns) / 1e9 / seconds),
        Measure::QueueMax => rows.iter().map(|r| f64::from(r.queue_max)).reduce(f64::max),
        Measure::Up => Some(f64::from(last.up)),
        Measure::Uptime => Some(time(|r| r.up_ns) / 1e9 / seconds),
        Measure::HitRatio => ratio(sum(|r| r.hits), sum(|r| r.hits) + sum(|r| r.misses)),
        Measure::StaleReads => Some(sum(|r| r.stale_reads)),
        Measure::LostWrites => Some(sum(|r| r.lost_writes)),
        Measure::DivergedWrites => Some(sum(|r| r.diverged_writes)),
        Measure::Lag => ratio(rows.iter().map(|r| r.lag_ns as f64 / 1e9).sum(), sum(|r| r.lags)),
        Measure::Backlog => Some(f64::from(last.backlog)),
        Measure::Counted(Count::Hits) => Some(sum(|r| r.hits)),
        Measure::Counted(Count::Misses) => Some(sum(|r| r.misses)),
        Measure::Counted(count) => {
            let in_window = |r: &&NodeWindow| r.counts.as_ref().map_or(0, |c| c[count as usize]);
            Some(rows.iter().map(|r| f64::from(in_window(r))).sum())
        }
        _ => None,
    }
}

fn server_value(rows: &[&NodeWindow], server: usize, measure: Measure) -> Option<f64> {
    let windows = || rows.iter().filter_map(|r| r.replicas.get(server));
    let arrivals = windows().map(|r| f64::from(r.arrivals)).sum::<f64>();
    let time = |f: fn(&ReplicaWindow) -> u64| windows().map(|r| f(r) as f64).sum::<f64>();
    windows().next()?;
    match measure {
        Measure::Arrivals => Some(arrivals),
        Measure::ArrivalRate => Some(arrivals / rows.len() as f64),
        Measure::Share => ratio(arrivals, rows.iter().map(|r| f64::from(r.arrivals)).sum()),
        Measure::Utilization => ratio(time(|r| r.busy_ns), time(|r| r.capacity_ns)),
        Measure::CpuUtilization => ratio(time(|r| r.cpu_busy_ns), time(|r| r.cpu_capacity_ns)),
        _ => None,
    }
}
