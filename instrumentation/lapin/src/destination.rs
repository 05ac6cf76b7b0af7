//! What the conventions call the destination of a message of RabbitMQ.

use traced_conventions::messaging::Operation;

/// What the names that the broker makes up begin with, and what stands for all of them.
const GENERATED: [(&str, &str); 2] = [("amq.gen-", "amq.gen-*"), ("amq.rabbitmq.reply-to.", "amq.rabbitmq.reply-to.*")];

/// An operation on exchange, routing key and queue.
pub(crate) fn on<'a>(operation: Operation<'a>, parts: &[&str]) -> Operation<'a> {
    let operation = operation.destination(joined(parts));
    let shown: Vec<_> = parts.iter().map(|part| without_generated(part)).collect();
    if shown == parts { operation } else { operation.template(joined(&shown)).anonymous() }
}

/// `{exchange}:{routing key}:{queue}`, without empty parts, and what is the same once.
fn joined(parts: &[&str]) -> String {
    let mut kept: Vec<&str> = Vec::with_capacity(parts.len());
    for part in parts {
        if !part.is_empty() && !kept.contains(part) {
            kept.push(part);
        }
    }
    if kept.is_empty() { "amq.default".to_owned() } else { kept.join(":") }
}

fn without_generated(part: &str) -> &str {
    GENERATED.iter().find(|(start, _)| part.starts_with(start)).map_or(part, |(_, template)| template)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined_as_the_conventions_say() {
        assert_eq!(joined(&["", "orders"]), "orders");
        assert_eq!(joined(&["shop", ""]), "shop");
        assert_eq!(joined(&["shop", "orders.new"]), "shop:orders.new");
        assert_eq!(joined(&["shop", "orders", "orders"]), "shop:orders");
        assert_eq!(joined(&["shop", "orders.new", "billing"]), "shop:orders.new:billing");
        assert_eq!(joined(&["", ""]), "amq.default");
    }
}
