//! Snapshots built by hand: what a reader of a running system could be given.

use std::sync::Arc;

use fivenines::sim::component::Kind;
use fivenines::sim::id::{LinkId, NodeId};
use fivenines::sim::metrics::{NodeWindow, ReplicaWindow, Window};
use fivenines::sim::outcome::Reason;
use fivenines::sim::snapshot::{
    Cargo, Extra, Flight, LinkFault, LinkStyle, LinkView, NodeView, ReplicaState, ReplicaView, Snapshot,
};
use fivenines::sim::time::Time;

/// Adds parts to a snapshot by name.
#[derive(Default)]
pub struct Scene(pub Snapshot);

impl Scene {
    /// A node with one server.
    pub fn node(mut self, name: &str, kind: Kind, rate: f64, utilization: f64, queue: u32) -> Self {
        let id = NodeId(self.0.nodes.len() as u16);
        self.0.nodes.push(NodeView {
            id,
            name: name.into(),
            kind,
            removed: false,
            replicas: vec![server(name, 0, rate, utilization, queue)],
            arrival_rate: rate,
            throughput: rate,
            failure_rate: 0.0,
            utilization,
            occupied_by_calls: 0.0,
            cpu_utilization: None,
            queue,
            queue_capacity: (kind != Kind::Client).then_some(64),
            p95: Some(Time::from_secs_f64(0.008 + 0.06 * utilization.powi(8))),
            extra: Vec::new(),
            host: None,
        });
        self
    }

    /// Gives the last node so many servers that share its work.
    pub fn servers(mut self, count: u16) -> Self {
        let node = self.last();
        let (name, kind) = (node.name.clone(), node.kind);
        let each = node.arrival_rate / f64::from(count.max(1));
        let (utilization, queue) = (node.utilization, node.queue / u32::from(count.max(1)));
        node.replicas = (0..count)
            .map(|i| {
                let name = match (kind, i) {
                    (Kind::Database, 0) => format!("{name}#primary"),
                    (Kind::Database, i) => format!("{name}#replica-{i}"),
                    _ => format!("{name}#{}", i + 1),
                };
                let own = utilization - 0.02 * f64::from(i % 3);
                let follows = (kind == Kind::Database && i > 0).then_some(0);
                ReplicaView { follows, ..server(&name, i, each, own, queue) }
            })
            .collect();
        self
    }

    /// Alters the last node.
    pub fn with(mut self, change: impl FnOnce(&mut NodeView)) -> Self {
        change(self.last());
        self
    }

    /// Puts a server of the last node into a state.
    pub fn state(self, server: usize, state: ReplicaState) -> Self {
        self.with(|node| {
            node.replicas[server].state = state;
            node.replicas[server].arrival_rate = 0.0;
            node.replicas[server].utilization = 0.0;
        })
    }

    /// A figure of the last node.
    pub fn extra(self, label: &'static str, text: &str) -> Self {
        let text = text.to_owned();
        self.with(|node| node.extra.push(Extra { label, text }))
    }

    /// A link between nodes by name.
    pub fn link(mut self, from: &str, to: &str, style: LinkStyle, rate: f64) -> Self {
        let id = LinkId(self.0.links.len() as u16);
        let find = |name: &str| self.0.nodes.iter().find(|n| &*n.name == name).expect("a node").id;
        let (from, to) = (find(from), find(to));
        self.0.links.push(LinkView {
            id,
            from,
            to,
            style,
            removed: false,
            rate,
            failure_rate: 0.0,
            latency: Time::from_ms(1),
            timeout: None,
            retry_rate: 0.0,
            breaker_open: 0.0,
            fault: LinkFault::default(),
        });
        self
    }

    /// A call on a link.
    pub fn call(self, from: &str, to: &str, rate: f64) -> Self {
        self.link(from, to, LinkStyle::Call, rate)
    }

    /// Flights on every link, half way out and back, to every server.
    pub fn flights(mut self) -> Self {
        self.0.now = Time::from_ms(42_000);
        for link in self.0.links.clone() {
            let count = |id: NodeId| self.0.nodes[id.index()].replicas.len() as u16;
            for n in 0..12_u16 {
                let reply = n % 3 == 2;
                self.0.flights.push(Flight {
                    request: Some(u64::from(n)),
                    client: Some(NodeId(0)),
                    link: link.id,
                    from_replica: if link.style == LinkStyle::Replication {
                        0
                    } else {
                        n % count(link.from).max(1)
                    },
                    to_replica: n % count(link.to).max(1),
                    sent: Time::from_ms(41_990 + u64::from(n)),
                    due: Time::from_ms(42_012),
                    cargo: match link.style {
                        LinkStyle::Call => Cargo::Call,
                        LinkStyle::Message => Cargo::Delivery,
                        LinkStyle::Replication => Cargo::Replication,
                    },
                    reply,
                    write: n % 4 == 1,
                    retry: n == 7,
                    failed: (n == 5).then_some(Reason::QueueFull),
                });
            }
        }
        self
    }

    /// A minute of windows in which every node's utilization rose to its present one.
    pub fn history(mut self) -> Self {
        self.0.windows = (1..=60_u32)
            .map(|second| {
                let nodes = self.0.nodes.iter().map(|n| {
                    let share = n.utilization * f64::from(40 + second % 7 + second / 3) / 66.0;
                    let (busy_ns, capacity_ns) = ((share * 1e9) as u64, 1_000_000_000);
                    let server = ReplicaWindow { busy_ns, capacity_ns, ..ReplicaWindow::default() };
                    NodeWindow {
                        busy_ns,
                        capacity_ns,
                        replicas: vec![server; n.replicas.len()],
                        ..NodeWindow::default()
                    }
                });
                Arc::new(Window { nodes: nodes.collect(), ..Window::default() })
            })
            .collect();
        self
    }

    fn last(&mut self) -> &mut NodeView {
        self.0.nodes.last_mut().expect("a node before")
    }
}

fn server(name: &str, index: u16, rate: f64, utilization: f64, queue: u32) -> ReplicaView {
    ReplicaView {
        name: name.into(),
        index,
        state: ReplicaState::Up,
        slow: 1.0,
        healthy: None,
        busy: (utilization * 8.0) as u32,
        workers: Some(8),
        queue,
        utilization,
        cpu_utilization: None,
        arrival_rate: rate,
        zone: None,
        follows: None,
    }
}

/// One server in front of one database, overloaded.
pub fn monolith() -> Snapshot {
    let mut scene = Scene::default()
        .node("clients", Kind::Client, 240.0, 0.0, 0)
        .with(|n| {
            n.failure_rate = 28.0;
            n.p95 = Some(Time::from_ms(1100));
        })
        .node("server", Kind::Service, 240.0, 0.97, 58)
        .node("postgres", Kind::Database, 212.0, 0.44, 3)
        .call("clients", "server", 240.0)
        .call("server", "postgres", 212.0);
    scene.0.links[0].failure_rate = 28.0;
    scene.flights().history().0
}

/// A balancer before three servers, one of them down.
pub fn balanced() -> Snapshot {
    Scene::default()
        .node("clients", Kind::Client, 900.0, 0.0, 0)
        .node("lb", Kind::LoadBalancer, 900.0, 0.31, 1)
        .node("web", Kind::Service, 900.0, 0.72, 27)
        .servers(3)
        .state(1, ReplicaState::Down)
        .node("postgres", Kind::Database, 840.0, 0.98, 64)
        .call("clients", "lb", 900.0)
        .call("lb", "web", 900.0)
        .call("web", "postgres", 840.0)
        .flights()
        .history()
        .0
}

/// A cache, and a database with two replicas.
pub fn replicated() -> Snapshot {
    Scene::default()
        .node("clients", Kind::Client, 900.0, 0.0, 0)
        .node("lb", Kind::LoadBalancer, 900.0, 0.31, 0)
        .node("web", Kind::Service, 900.0, 0.52, 6)
        .servers(3)
        .node("cache", Kind::Cache, 720.0, 0.38, 0)
        .extra("hit ratio", "80%")
        .node("db", Kind::Database, 300.0, 0.81, 12)
        .servers(3)
        .extra("lag", "40ms")
        .call("clients", "lb", 900.0)
        .call("lb", "web", 900.0)
        .call("web", "cache", 720.0)
        .call("web", "db", 300.0)
        .link("db", "db", LinkStyle::Replication, 60.0)
        .flights()
        .history()
        .0
}

/// Services with a database each, and a broker with two consumers.
pub fn microservices() -> Snapshot {
    Scene::default()
        .node("clients", Kind::Client, 600.0, 0.0, 0)
        .node("gateway", Kind::LoadBalancer, 600.0, 0.42, 2)
        .node("auth", Kind::Service, 600.0, 0.35, 1)
        .node("billing", Kind::Service, 120.0, 0.96, 64)
        .node("inventory", Kind::Service, 300.0, 0.48, 3)
        .with(|n| n.replicas[0].slow = 5.0)
        .node("auth-db", Kind::Database, 600.0, 0.30, 0)
        .node("bill-db", Kind::Database, 118.0, 0.66, 5)
        .node("inv-db", Kind::Database, 300.0, 0.41, 1)
        .node("broker", Kind::Broker, 100.0, 0.57, 0)
        .extra("backlog", "740")
        .node("mailer", Kind::Service, 65.0, 0.62, 4)
        .node("reports", Kind::Service, 0.0, 0.0, 0)
        .state(0, ReplicaState::Silent)
        .call("clients", "gateway", 600.0)
        .call("gateway", "auth", 600.0)
        .call("gateway", "billing", 120.0)
        .call("gateway", "inventory", 300.0)
        .call("auth", "auth-db", 600.0)
        .call("billing", "bill-db", 118.0)
        .call("inventory", "inv-db", 300.0)
        .link("billing", "broker", LinkStyle::Message, 100.0)
        .link("broker", "mailer", LinkStyle::Message, 65.0)
        .link("broker", "reports", LinkStyle::Message, 0.0)
        .flights()
        .history()
        .0
}

/// Services with a database each that share a cache and a broker: their lines must not look joined.
pub fn shared() -> Snapshot {
    let names = ["auth", "orders", "stock"];
    let mut scene = Scene::default()
        .node("clients", Kind::Client, 600.0, 0.0, 0)
        .node("gateway", Kind::LoadBalancer, 600.0, 0.4, 0)
        .node("cache", Kind::Cache, 300.0, 0.2, 0)
        .node("broker", Kind::Broker, 100.0, 0.2, 0)
        .extra("backlog", "12")
        .node("mail", Kind::Service, 100.0, 0.3, 0)
        .call("clients", "gateway", 600.0)
        .link("broker", "mail", LinkStyle::Message, 100.0);
    for name in names {
        let database = format!("{name}-db");
        scene = scene
            .node(name, Kind::Service, 200.0, 0.5, 1)
            .node(&database, Kind::Database, 150.0, 0.3, 0)
            .call("gateway", name, 200.0)
            .call(name, &database, 150.0)
            .call(name, "cache", 100.0);
    }
    scene
        .link("orders", "broker", LinkStyle::Message, 50.0)
        .link("stock", "broker", LinkStyle::Message, 50.0)
        .flights()
        .history()
        .0
}

/// Any system: a kind and a number of servers by node, links between any two.
pub fn any(nodes: &[(u8, u16)], links: &[(usize, usize, u8)]) -> Snapshot {
    let mut scene = Scene::default();
    for (i, &(kind, servers)) in nodes.iter().enumerate() {
        let kind = Kind::ALL[usize::from(kind) % Kind::ALL.len()];
        scene = scene.node(&format!("n{i}"), kind, 10.0, 0.5, 2).servers(servers % 7);
    }
    let styles = [LinkStyle::Call, LinkStyle::Message, LinkStyle::Replication];
    for &(from, to, style) in links {
        let (from, to) = (format!("n{}", from % nodes.len()), format!("n{}", to % nodes.len()));
        scene = scene.link(&from, &to, styles[usize::from(style) % 3], 5.0);
    }
    scene.flights().history().0
}

/// A service of eight servers between the same neighbours, in all states.
pub fn folded() -> Snapshot {
    Scene::default()
        .node("clients", Kind::Client, 900.0, 0.0, 0)
        .node("lb", Kind::LoadBalancer, 900.0, 0.31, 1)
        .node("web", Kind::Service, 900.0, 0.72, 27)
        .servers(8)
        .state(1, ReplicaState::Down)
        .state(5, ReplicaState::Starting)
        .with(|n| n.replicas[3].healthy = Some(false))
        .node("db", Kind::Database, 840.0, 0.85, 20)
        .call("clients", "lb", 900.0)
        .call("lb", "web", 900.0)
        .call("web", "db", 840.0)
        .flights()
        .history()
        .0
}

/// `count` nodes in layers of up to five; each calls two of the next layer.
pub fn many(count: usize) -> Snapshot {
    let mut scene = Scene::default().node("clients", Kind::Client, 500.0, 0.0, 0);
    for i in 1..count {
        let kind = if i % 3 == 0 { Kind::Database } else { Kind::Service };
        scene = scene.node(&format!("part-{i}"), kind, 100.0, (i % 10) as f64 / 10.0, (i % 4) as u32);
    }
    let name = |i: usize| if i == 0 { "clients".to_owned() } else { format!("part-{i}") };
    for i in 0..count {
        for to in [i + 4, i + 5] {
            let to = if i == 0 { to - 3 } else { to };
            if to < count {
                scene = scene.call(&name(i), &name(to), 50.0);
            }
        }
    }
    scene.flights().history().0
}

/// Two services that call each other, one that calls itself, one alone, one taken out.
pub fn circle() -> Snapshot {
    Scene::default()
        .node("clients", Kind::Client, 50.0, 0.0, 0)
        .node("a", Kind::Service, 50.0, 0.2, 0)
        .node("b", Kind::Service, 50.0, 0.3, 0)
        .node("alone", Kind::Cache, 0.0, 0.0, 0)
        .node("gone", Kind::Cache, 0.0, 0.0, 0)
        .with(|n| n.removed = true)
        .call("clients", "a", 50.0)
        .call("a", "b", 50.0)
        .call("b", "a", 10.0)
        .call("a", "a", 5.0)
        .flights()
        .history()
        .0
}
