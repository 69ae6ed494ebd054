//! Whether a client's knobs fit together: it sends by a rate, or it has users who wait.

use crate::sim::component::Kind;
use crate::sim::topology::NodeSpec;
use crate::sim::value::Problem;

/// The fault of a client that sends nothing.
pub const SILENT: &str = "`rate` is missing, and `users` too";

/// All faults of one client.
pub fn check(node: &NodeSpec, problems: &mut Vec<Problem>) {
    if node.kind != Kind::Client {
        return;
    }
    let has = |knob: &str| node.knobs.get(knob).is_some();
    let mut fault = |key: &str, message: &str, remedy: &str| {
        problems.push(Problem::new(message, remedy).under(key));
    };
    if has("users") {
        if has("rate") {
            let remedy = "keep `rate` for arrivals that wait for nobody, or `users` for users who wait for their answers";
            fault("users", "`rate` and `users` exclude each other", remedy);
        }
        if has("profile") {
            fault(
                "profile",
                "a profile shapes a rate; these users have none",
                "remove `profile`, or use `rate`",
            );
        }
        if has("sessions") {
            fault(
                "sessions",
                "`sessions` are the users behind a rate",
                "remove `sessions`: every user has one",
            );
        }
    } else if has("think") {
        fault(
            "think",
            "`think` belongs to `users`",
            "remove `think`, or write users = 200 instead of `rate`",
        );
    }
    if has("resolvers") && !has("dns_ttl") {
        fault("resolvers", "`resolvers` keep nothing without `dns_ttl`", "add dns_ttl = \"60s\"");
    }
    if !has("users") && !has("rate") {
        problems.push(Problem::new(SILENT, "write rate = \"400/s\", or users = 200 and think = \"1s\""));
    }
}
