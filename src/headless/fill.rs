//! Fills the report from what the run measured.

use indexmap::IndexMap;

use super::report::{
    BottleneckReport, CostReport, FORMAT, FlowReport, GoalReport, HostReport, LinkReport, NodeReport,
    Reasons, ReplicaReport, Report, Times, WindowReport,
};
use super::run::{Course, Plan};
use crate::insight::{bottleneck, tail};
use crate::level::goal::Bound;
use crate::level::judge::Ruling;
use crate::sim::component::{Kind, Links};
use crate::sim::metrics::histogram::{Histogram, Sparse};
use crate::sim::metrics::{Count, Flow, FlowTotals, LinkWindow, Measure, NodeWindow, Window};
use crate::sim::outcome::Reason;
use crate::sim::simulation as totals;
use crate::sim::snapshot::Snapshot;
use crate::sim::time::Time;

/// The report of a finished run.
pub fn report(plan: &Plan, course: &Course) -> Report {
    let sums = course.run.report();
    let picture = course.run.snapshot();
    let seconds = (sums.now - sums.counted_from).secs();
    Report {
        format: FORMAT,
        program_version: env!("CARGO_PKG_VERSION"),
        level: plan.level.id.clone(),
        scene: plan.index.map(|_| plan.scene.id.clone()),
        seed: plan.seed,
        duration_s: (sums.now - course.origin).secs(),
        warmup_s: sums.counted_from.saturating_sub(course.origin).secs(),
        events: sums.events,
        requests: sums.finished,
        digest: format!("{:016x}", sums.digest),
        end_to_end: FlowReport {
            mean_ci95_ms: sums.confidence.map(|(_, half)| half * 1e3),
            ..flow(&sums.system, seconds, Some(u64::from(sums.in_flight)))
        },
        classes: sums.classes.iter().map(|(name, f)| (name.clone(), flow(f, seconds, None))).collect(),
        failures_at: blamed(&sums.nodes),
        wasted: sums.nodes.iter().map(|n| n.totals.wasted).sum(),
        shed: sums.shed,
        nodes: sums.nodes.iter().map(|n| (n.name.clone(), node(n, seconds))).collect(),
        hosts: sums.hosts.iter().map(|h| (h.name.clone(), host(h))).collect(),
        links: sums.links.iter().map(|l| (format!("{}->{}", l.from, l.to), link(l))).collect(),
        goals: course.referee.rulings().iter().map(|r| goal(r, course.origin)).collect(),
        passed: course.referee.held(),
        cost: CostReport { monthly_usd: sums.cost.monthly_usd, parts: sums.cost.parts },
        bottleneck: bottleneck::find(&picture).map(|b| BottleneckReport {
            node: picture.nodes[b.node.index()].name.to_string(),
            resource: b.resource,
            utilization: b.utilization,
            share_of_p99: tail::of(&course.run).map(|t| t.of_node(b.node.0)),
            why: b.why,
        }),
        theory: if plan.theory { super::theory::theory(&course.run) } else { IndexMap::new() },
        code: plan.code.then(|| course.code(plan)),
        windows: if plan.windows { windows(course, &picture) } else { Vec::new() },
    }
}

fn reasons(counts: &[u64]) -> Reasons {
    Reason::ALL.iter().zip(counts).filter(|(_, n)| **n > 0).map(|(r, n)| (r.name(), *n)).collect()
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn per_second(n: u64, seconds: f64) -> f64 {
    if seconds > 0.0 { n as f64 / seconds } else { 0.0 }
}

fn times(h: &Histogram) -> Times {
    let percentile = |tenths| h.percentile(tenths).map(Time::ms);
    Times {
        mean: h.mean().map(|s| s * 1e3),
        p50: percentile(500),
        p90: percentile(900),
        p95: percentile(950),
        p99: percentile(990),
        p999: percentile(999),
        max: h.max().map(Time::ms),
    }
}

/// `in_flight` is known end to end only; a class has what came less what ended.
fn flow(f: &FlowTotals, seconds: f64, in_flight: Option<u64>) -> FlowReport {
    let failed: u64 = f.failed.iter().sum();
    let open = f.arrivals.saturating_sub(f.completed + failed);
    FlowReport {
        arrivals: f.arrivals,
        completed: f.completed,
        failed,
        in_flight: in_flight.unwrap_or(open),
        throughput_per_s: per_second(f.completed, seconds),
        goodput_per_s: per_second(f.good, seconds),
        availability: share(f.completed, f.completed + failed),
        attempts_per_request: share(f.arrivals + f.retries, f.arrivals),
        response_ms: times(&f.responses),
        mean_ci95_ms: None,
        failures: reasons(&f.failed),
    }
}

fn blamed(nodes: &[totals::NodeReport]) -> IndexMap<String, Reasons> {
    let each = nodes.iter().map(|n| (n.name.clone(), reasons(&n.totals.blamed)));
    each.filter(|(_, reasons)| !reasons.is_empty()).collect()
}

fn node(n: &totals::NodeReport, seconds: f64) -> NodeReport {
    let t = &n.totals;
    let failed: u64 = t.failed.iter().sum();
    let is = |kind: Kind| n.kind == kind;
    let sheet = n.kind.datasheet();
    let works = works(n.kind);
    let (hits, misses) = (t.count(Count::Hits), t.count(Count::Misses));
    let server = |s: &totals::ServerReport| ReplicaReport {
        name: s.name.clone(),
        arrivals: s.arrivals,
        utilization: s.utilization,
        uptime: s.uptime.share(),
    };
    NodeReport {
        kind: n.kind.key(),
        replicas: n.servers.len() as u32,
        uptime: n.uptime,
        mtbf_s: n.outages.mtbf_s(),
        mttr_s: n.outages.mttr_s(),
        up_at_least: if n.outages.down > Time::ZERO { n.up_at_least.clone() } else { Vec::new() },
        arrivals: t.arrivals,
        completed: t.completed,
        failed,
        failures: reasons(&t.failed),
        throughput_per_s: per_second(t.completed, seconds),
        utilization: n.utilization,
        occupied_by_calls: n.occupied_by_calls,
        lock_utilization: n.lock_utilization,
        cpu_utilization: n.cpu_utilization,
        queue_mean: works.then_some(n.queue_mean),
        queue_max: works.then_some(t.queue_max),
        in_flight_mean: works.then_some(n.in_flight_mean),
        waited: share(t.waited, t.waiting.len()),
        waiting_ms: times(&t.waiting),
        service_ms: times(&t.service),
        response_ms: times(&t.response),
        per_replica: if n.servers.len() > 1 { n.servers.iter().map(server).collect() } else { Vec::new() },
        counts: sheet.counts.iter().map(|c| (c.name(), t.count(*c))).collect(),
        hit_ratio: share(hits, hits + misses),
        stale_reads: sheet.measures.contains(&Measure::StaleReads).then_some(t.stale_reads),
        lost_writes: is(Kind::Database).then_some(t.lost_writes),
        diverged_writes: is(Kind::Database).then_some(t.diverged_writes),
        lag_ms: times(&t.lag),
        backlog_max: (sheet.links == Links::Deliver || t.backlog_max > 0).then_some(t.backlog_max),
    }
}

/// Whether it has workers of its own, so that calls wait for them.
fn works(kind: Kind) -> bool {
    !matches!(kind.datasheet().links, Links::Source | Links::Forward | Links::Apart)
}

fn host(h: &totals::HostReport) -> HostReport {
    HostReport {
        size: h.size.clone(),
        cores: h.cores,
        cpu_utilization: h.cpu_utilization,
        memory_used_max: h.memory_used_max,
        uptime: h.uptime,
    }
}

fn link(l: &totals::LinkReport) -> LinkReport {
    LinkReport {
        calls: l.calls,
        failures: l.failures,
        timeouts: l.timeouts,
        lost: l.lost,
        retries: l.retries,
        hedges: l.hedges,
        breaker_open_s: (l.breaker_open > Time::ZERO).then(|| l.breaker_open.secs()),
        latency_ms: (l.latency > Time::ZERO).then(|| l.latency.ms()),
    }
}

fn goal(ruling: &Ruling, origin: Time) -> GoalReport {
    GoalReport {
        text: ruling.goal.text(),
        metric: ruling.goal.path.clone(),
        limit: match ruling.goal.bound {
            Bound::Below(limit) | Bound::Above(limit) => limit,
        },
        value: ruling.value,
        held: ruling.held(),
        first_broken_s: ruling.broken.map(|at| (at - origin).secs()),
    }
}

fn windows(course: &Course, picture: &Snapshot) -> Vec<WindowReport> {
    let all = course.run.windows();
    all.iter().filter(|w| w.end > course.origin).map(|w| window(w, course.origin, picture)).collect()
}

fn window(w: &Window, origin: Time, picture: &Snapshot) -> WindowReport {
    let nodes = picture.nodes.iter().filter(|n| !n.removed);
    let links = picture.links.iter().filter(|l| !l.removed);
    let name = |id: crate::sim::id::NodeId| &picture.nodes[id.index()].name;
    WindowReport {
        t_s: (w.end - origin).secs(),
        end_to_end: second(&w.system),
        classes: picture.classes.iter().zip(&w.classes).map(|(n, f)| (n.to_string(), second(f))).collect(),
        nodes: nodes
            .filter_map(|n| Some((n.name.to_string(), node_second(n.kind, w.nodes.get(n.id.index())?))))
            .collect(),
        links: links
            .filter_map(|l| {
                Some((format!("{}->{}", name(l.from), name(l.to)), link_second(w.links.get(l.id.index())?)))
            })
            .collect(),
    }
}

fn second(f: &Flow) -> FlowReport {
    let completed = u64::from(f.completed);
    let failed = u64::from(f.failures());
    let mean = share(1, completed).map(|one| f.response_ns as f64 * one / 1e6);
    let percentile = |h: &Sparse, tenths| h.percentile(tenths).map(Time::ms);
    FlowReport {
        mean_ci95_ms: None,
        arrivals: u64::from(f.arrivals),
        completed,
        failed,
        in_flight: u64::from(f.in_flight),
        throughput_per_s: completed as f64,
        goodput_per_s: f64::from(f.good),
        availability: share(completed, completed + failed),
        attempts_per_request: share(u64::from(f.arrivals + f.retries), u64::from(f.arrivals)),
        response_ms: Times {
            mean,
            p50: percentile(&f.responses, 500),
            p90: percentile(&f.responses, 900),
            p95: percentile(&f.responses, 950),
            p99: percentile(&f.responses, 990),
            p999: percentile(&f.responses, 999),
            max: f.responses.max().map(Time::ms),
        },
        failures: reasons(&f.failed.map(u64::from)),
    }
}

fn node_second(kind: Kind, w: &NodeWindow) -> NodeReport {
    let (completed, hits, misses) = (u64::from(w.completed), u64::from(w.hits), u64::from(w.misses));
    let works = works(kind);
    let sheet = kind.datasheet();
    let counted = [(Count::Hits, hits), (Count::Misses, misses)];
    let lags = u64::from(w.lags);
    NodeReport {
        kind: kind.key(),
        replicas: w.up,
        arrivals: u64::from(w.arrivals),
        completed,
        failed: u64::from(w.failed),
        throughput_per_s: completed as f64,
        utilization: share(w.busy_ns, w.capacity_ns),
        occupied_by_calls: share(w.calling_ns, w.capacity_ns),
        cpu_utilization: share(w.cpu_busy_ns, w.cpu_capacity_ns),
        queue_mean: works.then(|| w.queue_ns as f64 / Time::SECOND.ns() as f64),
        queue_max: works.then_some(w.queue_max),
        response_ms: Times {
            mean: share(1, completed).map(|one| w.response_ns as f64 * one / 1e6),
            p95: w.p95.map(Time::ms),
            ..Times::default()
        },
        counts: counted.iter().filter(|c| sheet.counts.contains(&c.0)).map(|c| (c.0.name(), c.1)).collect(),
        hit_ratio: share(hits, hits + misses),
        stale_reads: sheet.measures.contains(&Measure::StaleReads).then(|| u64::from(w.stale_reads)),
        lost_writes: (kind == Kind::Database).then(|| u64::from(w.lost_writes)),
        diverged_writes: (kind == Kind::Database).then(|| u64::from(w.diverged_writes)),
        lag_ms: Times { mean: share(1, lags).map(|one| w.lag_ns as f64 * one / 1e6), ..Times::default() },
        backlog_max: (sheet.links == Links::Deliver).then_some(w.backlog),
        ..NodeReport::default()
    }
}

fn link_second(w: &LinkWindow) -> LinkReport {
    LinkReport {
        calls: u64::from(w.calls),
        failures: u64::from(w.failures),
        timeouts: u64::from(w.timeouts),
        lost: u64::from(w.lost),
        retries: u64::from(w.retries),
        hedges: u64::from(w.hedges),
        breaker_open_s: (w.breaker_open_ns > 0).then(|| Time(w.breaker_open_ns).secs()),
        latency_ms: None,
    }
}
