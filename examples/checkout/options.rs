//! What the program can be told on the command line.

use std::path::PathBuf;

use anyhow::bail;

use crate::role::{DATABASE_URL, NATS_URL, REDIS_URL, Role};

pub(crate) const HELP: &str = "\
Four services, four processes, one trace for each request.

cargo run --example checkout -- [OPTIONS]

  --html [FILE]     write the traces as a page for the browser, too [traces.html]
  --postgres URL    keep the orders in PostgreSQL instead of SQLite
  --redis URL       keep the stock in Redis instead of the process
  --nats URL        send messages by NATS instead of a queue in the process
  --help            print this";

/// What to do.
pub(crate) enum Task {
    Help,
    /// Start the services, and show what they do.
    Demo(Demo),
    /// Be one of them.
    Serve(Role),
}

/// How to demonstrate.
#[derive(Default)]
pub(crate) struct Demo {
    /// Where the traces go as a page, if anywhere.
    pub(crate) html: Option<PathBuf>,
    /// Variables for the services: where the real database, cache and broker are.
    pub(crate) urls: Vec<(&'static str, String)>,
}

pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> anyhow::Result<Task> {
    let mut demo = Demo::default();
    let mut arguments = arguments.peekable();
    while let Some(argument) = arguments.next() {
        let value = arguments.next_if(|value| !value.starts_with("--"));
        let variable = match argument.as_str() {
            "--help" | "-h" => return Ok(Task::Help),
            "--html" => {
                demo.html = Some(value.unwrap_or_else(|| "traces.html".to_owned()).into());
                continue;
            }
            "--postgres" => DATABASE_URL,
            "--redis" => REDIS_URL,
            "--nats" => NATS_URL,
            name if name.starts_with('-') => bail!("unknown option {name}; --help lists those that there are"),
            name => return Role::from_name(name).map(Task::Serve),
        };
        let Some(url) = value else { bail!("{argument} needs a URL") };
        demo.urls.push((variable, url));
    }
    Ok(Task::Demo(demo))
}
