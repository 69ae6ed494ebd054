//! The report for people.

use std::io::{self, Write};

use super::report::{FlowReport, NodeReport, Reasons, Report, Times};
use crate::sim::quantity::{show_rate, show_share, show_time};
use crate::sim::time::Time;

/// Prints the report.
pub fn report(r: &Report, out: &mut dyn Write) -> io::Result<()> {
    let scene = r.scene.as_ref().map_or_else(String::new, |s| format!("/{s}"));
    let counted =
        if r.warmup_s > 0.0 { format!(", first {} not counted", seconds(r.warmup_s)) } else { String::new() };
    writeln!(out, "{}{scene}, seed {}, {} simulated{counted}", r.level, r.seed, seconds(r.duration_s))?;
    writeln!(out, "digest {}, {} events", r.digest, r.events)?;
    if let Some(code) = &r.code {
        writeln!(out, "code {code}")?;
    }
    writeln!(out)?;
    flow("all requests", &r.end_to_end, out)?;
    for (name, class) in &r.classes {
        if r.classes.len() > 1 {
            flow(name, class, out)?;
        }
    }
    for (place, failures) in &r.failures_at {
        writeln!(out, "  failed at {place}: {}", counts(failures))?;
    }
    if r.wasted > 0 {
        writeln!(out, "  {} calls worked on for callers who had gone", r.wasted)?;
    }
    if r.shed > 0 {
        writeln!(out, "  {} requests were not made: too many in flight for the simulator", r.shed)?;
    }
    nodes(r, out)?;
    super::theory::print(&r.theory, out)?;
    if let Some(b) = &r.bottleneck {
        writeln!(out, "\nbottleneck at the end: {}", b.why)?;
    }
    writeln!(out, "\ncost ${:.0}/month, {} parts", r.cost.monthly_usd, r.cost.parts)?;
    for goal in &r.goals {
        let mark = if goal.held { "held  " } else { "MISSED" };
        let when = goal.first_broken_s.map_or_else(String::new, |s| format!(", first at {}", seconds(s)));
        writeln!(out, "goal {mark} {}{when}", goal.text)?;
    }
    seconds_table(r, out)
}

fn flow(name: &str, f: &FlowReport, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{name}: {} came, {} answered, {} failed, {} in flight; {} answered, {} in time{}",
        f.arrivals,
        f.completed,
        f.failed,
        f.in_flight,
        show_rate(f.throughput_per_s),
        show_rate(f.goodput_per_s),
        f.availability.map_or_else(String::new, |a| format!("; availability {}", show_share(a)))
    )?;
    if !f.response_ms.is_empty() {
        writeln!(out, "  response {}", times(&f.response_ms))?;
    }
    if let Some(half) = f.mean_ci95_ms {
        writeln!(out, "  mean within ±{half:.3} ms at 95 % confidence, if the run is in steady state")?;
    }
    if !f.failures.is_empty() {
        writeln!(out, "  failures: {}", counts(&f.failures))?;
    }
    Ok(())
}

fn nodes(r: &Report, out: &mut dyn Write) -> io::Result<()> {
    let width = r.nodes.keys().map(String::len).max().unwrap_or(0).max(4);
    writeln!(
        out,
        "\n{:width$} {:13} {:>7} {:>9} {:>6} {:>6} {:>7} {:>8} {:>8}",
        "node", "kind", "servers", "answered", "busy", "cpu", "queue", "mean", "p95"
    )?;
    for (name, n) in &r.nodes {
        writeln!(
            out,
            "{name:width$} {:13} {:>7} {:>9} {:>6} {:>6} {:>7} {:>8} {:>8}{}",
            n.kind,
            n.replicas,
            show_rate(n.throughput_per_s),
            or_dash(n.utilization, show_share),
            or_dash(n.cpu_utilization, show_share),
            or_dash(n.queue_mean, |q| format!("{q:.1}")),
            or_dash(n.response_ms.mean, ms),
            or_dash(n.response_ms.p95, ms),
            extra(n)
        )?;
    }
    Ok(())
}

fn extra(n: &NodeReport) -> String {
    let mut text = String::new();
    if let Some(ratio) = n.hit_ratio {
        text.push_str(&format!("  {} hits", show_share(ratio)));
    }
    if let Some(stale) = n.stale_reads.filter(|&s| s > 0) {
        text.push_str(&format!("  {stale} stale reads"));
    }
    if let Some(lag) = n.lag_ms.mean {
        text.push_str(&format!("  lag {}", ms(lag)));
    }
    if n.failed > 0 {
        text.push_str(&format!("  {} failed", n.failed));
    }
    text
}

fn seconds_table(r: &Report, out: &mut dyn Write) -> io::Result<()> {
    if r.windows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{:>6} {:>8} {:>8} {:>8} {:>8} {:>8}", "t", "came", "answered", "failed", "p50", "p95")?;
    for w in &r.windows {
        let f = &w.end_to_end;
        let (p50, p95) = (or_dash(f.response_ms.p50, ms), or_dash(f.response_ms.p95, ms));
        writeln!(
            out,
            "{:>6} {:>8} {:>8} {:>8} {p50:>8} {p95:>8}",
            seconds(w.t_s),
            f.arrivals,
            f.completed,
            f.failed
        )?;
    }
    Ok(())
}

fn times(t: &Times) -> String {
    let all = [("mean", t.mean), ("p50", t.p50), ("p95", t.p95), ("p99", t.p99), ("max", t.max)];
    let known = all.iter().filter_map(|(name, v)| v.map(|v| format!("{name} {}", ms(v))));
    known.collect::<Vec<_>>().join(", ")
}

fn counts(reasons: &Reasons) -> String {
    reasons.iter().map(|(reason, n)| format!("{n} {reason}")).collect::<Vec<_>>().join(", ")
}

fn ms(value: f64) -> String {
    show_time(Time::from_secs_f64(value / 1e3))
}

fn seconds(value: f64) -> String {
    show_time(Time::from_secs_f64(value))
}

fn or_dash(value: Option<f64>, show: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| "-".into(), show)
}
