//! The four services, and what each must be told when it is started.

use std::fmt;

use anyhow::{Context as _, bail};

/// Environment variables with the URLs of real parts, where there are such.
pub(crate) const DATABASE_URL: &str = "CHECKOUT_DATABASE_URL";
pub(crate) const REDIS_URL: &str = "CHECKOUT_REDIS_URL";
pub(crate) const NATS_URL: &str = "CHECKOUT_NATS_URL";

/// Which of the four services a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Gateway,
    Orders,
    Payments,
    Notifications,
}

impl Role {
    /// Callers before those they call: the order in which to stop them without cutting off a request.
    pub(crate) const CALLERS_FIRST: [Self; 4] = [Self::Gateway, Self::Orders, Self::Payments, Self::Notifications];

    /// The `service.name`, which is also the argument that selects the role.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Orders => "orders",
            Self::Payments => "payments",
            Self::Notifications => "notifications",
        }
    }

    pub(crate) fn from_name(name: &str) -> anyhow::Result<Self> {
        match Self::CALLERS_FIRST.into_iter().find(|role| role.name() == name) {
            Some(role) => Ok(role),
            None => bail!("no such service; run the example without an argument, and it starts all four"),
        }
    }

    /// Environment variable in which a caller of this service finds its address.
    pub(crate) fn url_variable(self) -> &'static str {
        match self {
            Self::Gateway => "CHECKOUT_GATEWAY_URL",
            Self::Orders => "CHECKOUT_ORDERS_URL",
            Self::Payments => "CHECKOUT_PAYMENTS_URL",
            Self::Notifications => "CHECKOUT_NOTIFICATIONS_URL",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What the parent process has put in the environment, if anything.
pub(crate) fn setting(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}

/// Where a service listens.
pub(crate) fn url_of(role: Role) -> anyhow::Result<String> {
    let variable = role.url_variable();
    setting(variable)
        .with_context(|| format!("{variable} is not set; run the example without an argument, and it sets all of them"))
}
