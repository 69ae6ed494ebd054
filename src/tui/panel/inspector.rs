//! What is known about the selected part.

use ratatui::text::{Line, Span};

use super::{flow, wrap};
use crate::insight::theory::curve::Curve;
use crate::sim::component::Kind;
use crate::sim::quantity::{show_rate, show_share};
use crate::sim::snapshot::{NodeView, ReplicaState, ReplicaView, Snapshot};
use crate::tui::desk::Desk;
use crate::tui::diagram::Part;
use crate::tui::theme::Theme;

/// What stands before the knob that is being changed.
pub const CHOSEN: &str = "▸ ";

/// The page about the selected part, in lines of at most `width` cells.
pub fn page(
    snapshot: &Snapshot,
    selected: Option<Part>,
    desk: &Desk,
    curve: Option<&Curve>,
    width: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let (id, replica) = match selected {
        Some(Part::Node(id)) => (id, None),
        Some(Part::Replica(id, index)) => (id, Some(index)),
        None => return plain("Select a part of the diagram with the arrow keys.", width, theme),
    };
    let Some(node) = snapshot.nodes.get(id.index()) else {
        return plain("This part is gone.", width, theme);
    };
    let sheet = node.kind.datasheet();
    let replica = replica.and_then(|i| node.replicas.iter().find(|r| r.index == i));
    let name = replica.map_or(&node.name, |r| &r.name);
    let mut out = vec![Line::from(vec![
        Span::styled(name.to_string(), theme.strong),
        Span::styled(format!("  {}", sheet.title), theme.dim),
    ])];
    if desk.open {
        out.extend(knob_lines(desk, width, theme));
        return out;
    }
    out.extend(match replica {
        Some(server) => replica_figures(server, theme),
        None => node_figures(node, theme),
    });
    out.push(Line::default());
    out.extend(flow(sheet.explanation, width).into_iter().map(|row| Line::styled(row, theme.text)));
    if let Some(curve) = curve {
        out.push(Line::default());
        out.extend(super::curve::page(curve, width, usize::MAX, theme));
    }
    out.extend(knob_lines(desk, width, theme));
    out.push(Line::default());
    out.extend(
        flow(&format!("Left out: {}", sheet.leaves_out), width)
            .into_iter()
            .map(|row| Line::styled(row, theme.dim)),
    );
    out
}

fn plain(text: &str, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    wrap(text, width).into_iter().map(|row| Line::styled(row, theme.dim)).collect()
}

fn figure(label: &str, value: String, theme: &Theme) -> Line<'static> {
    Line::from(vec![Span::styled(format!("{label:<13}"), theme.dim), Span::styled(value, theme.text)])
}

fn node_figures(node: &NodeView, theme: &Theme) -> Vec<Line<'static>> {
    let mut out = Vec::new();
    if node.kind != Kind::Client {
        out.push(figure("state", state_words(node), theme));
        if let [server] = node.replicas.as_slice() {
            out.extend(slowness(server, theme));
        }
    }
    let verb = if node.kind == Kind::Client { "sends" } else { "receives" };
    out.push(figure(verb, show_rate(node.arrival_rate), theme));
    let failing = if node.failure_rate > 0.0 {
        format!(", {} fail", show_rate(node.failure_rate))
    } else {
        String::new()
    };
    out.push(figure("answered", format!("{}{failing}", show_rate(node.throughput)), theme));
    if node.kind != Kind::Client {
        let own = (node.utilization - node.occupied_by_calls).max(0.0);
        let split = if node.occupied_by_calls > 0.005 {
            format!(" = {} own + {} calls", show_share(own), show_share(node.occupied_by_calls))
        } else {
            String::new()
        };
        out.push(figure("busy", format!("{}{split}", show_share(node.utilization)), theme));
        if let Some(cpu) = node.cpu_utilization {
            out.push(figure("CPU", show_share(cpu), theme));
        }
        let room = node.queue_capacity.map_or("no limit".to_owned(), |c| format!("room for {c}"));
        out.push(figure("queue", format!("{} waiting, {room}", node.queue), theme));
    }
    if let Some(p95) = node.p95 {
        out.push(figure("p95", format!("{p95}"), theme));
    }
    out.extend(node.extra.iter().map(|e| figure(e.label, e.text.clone(), theme)));
    if let Some(host) = &node.host {
        out.push(figure("host", host.to_string(), theme));
    }
    out
}

fn replica_figures(server: &ReplicaView, theme: &Theme) -> Vec<Line<'static>> {
    let mut out = vec![figure("state", server_words(server), theme)];
    out.extend(slowness(server, theme));
    if let Some(healthy) = server.healthy {
        let belief = if healthy { "believed healthy" } else { "taken out: believed dead" };
        out.push(figure("balancer", belief.into(), theme));
    }
    out.push(figure("receives", show_rate(server.arrival_rate), theme));
    let workers = server.workers.map_or("no limit".to_owned(), |w| format!("{} of {w} workers", server.busy));
    out.push(figure("busy", format!("{}, {workers}", show_share(server.utilization)), theme));
    out.push(figure("queue", format!("{} waiting", server.queue), theme));
    out
}

/// The state of one server in words.
pub fn server_words(server: &ReplicaView) -> String {
    match server.state {
        ReplicaState::Up => "up",
        ReplicaState::Starting => "starting",
        ReplicaState::Down => "down: refuses calls",
        ReplicaState::Silent => "dead: no answer",
        ReplicaState::Retiring => "finishes its work",
        ReplicaState::Hung => "hung: never answers",
        ReplicaState::Paused => "paused: stands still",
        ReplicaState::Draining => "draining: no new calls",
    }
    .into()
}

/// A line of its own for a server that works slower than it should.
fn slowness(server: &ReplicaView, theme: &Theme) -> Option<Line<'static>> {
    (server.slow > 1.0).then(|| figure("speed", format!("{}x slower", server.slow), theme))
}

fn state_words(node: &NodeView) -> String {
    let up = node.replicas.iter().filter(|r| r.state == ReplicaState::Up).count();
    match node.replicas.as_slice() {
        _ if node.removed => "removed".into(),
        [server] => server_words(server),
        all => format!("{up} of {} servers up", all.len()),
    }
}

/// The knobs with their values; those that may be changed come first and are bright.
fn knob_lines(desk: &Desk, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    if desk.slots.is_empty() {
        return Vec::new();
    }
    let longest = desk.slots.iter().map(|s| s.label.chars().count()).max().unwrap_or(0);
    let mut out = vec![Line::default(), Line::styled("Knobs", theme.panel_title)];
    for (i, slot) in desk.slots.iter().enumerate() {
        let chosen = desk.open && i == desk.chosen;
        let value = if chosen { format!("◂ {} ▸", slot.value) } else { slot.value.clone() };
        let (mark, style) = match (chosen, slot.row.free) {
            (true, _) => (CHOSEN, theme.selected),
            (_, true) => ("◇ ", theme.strong),
            _ => ("  ", theme.dim),
        };
        let value = super::cut(&value, width.saturating_sub(longest + 4));
        let used = longest + 4 + value.chars().count();
        let mut spans = vec![
            Span::styled(mark, theme.accent),
            Span::styled(
                format!("{:<longest$}  ", slot.label),
                if slot.row.free { theme.text } else { theme.dim },
            ),
            Span::styled(value, style),
        ];
        let help = slot.row.help;
        if used + 2 + help.chars().count() <= width {
            spans.push(Span::styled(format!("  {help}"), theme.dim));
            out.push(Line::from(spans));
        } else {
            out.push(Line::from(spans));
            let rows = if chosen || !desk.open { wrap(help, width.saturating_sub(4)) } else { Vec::new() };
            out.extend(rows.into_iter().map(|row| Line::styled(format!("    {row}"), theme.dim)));
        }
    }
    out
}
