fn main() {
    let (user, order) = (1, 2);
    traced::attrs!(user, order.id =, %order = ?order, user, "" = 1, "otel.kind" = "client", order + 1);
    traced::attrs!(user = order id = 7);
    traced::attrs!(order.0, self);
}
