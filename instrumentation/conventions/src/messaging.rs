//! Spans of brokers, around any client's future.
//!
//! ```
//! use std::collections::HashMap;
//! use traced_conventions::messaging;
//!
//! # async fn publish(_: HashMap<String, String>) -> Result<(), std::io::Error> { Ok(()) }
//! # async fn handle() -> Result<(), std::io::Error> { Ok(()) }
//! # async fn both() -> Result<(), std::io::Error> {
//! // The producer: the span's context goes into the message.
//! let mut headers = HashMap::new();
//! let span = messaging::send("nats", "publish").destination("orders").start_with(&mut headers);
//! messaging::run(span, publish(headers)).await?;
//!
//! // The consumer, elsewhere: a trace of its own, linked to the message's.
//! # let headers = HashMap::<String, String>::new();
//! messaging::process("nats", "process").destination("orders").message(&headers).run(handle()).await
//! # }
//! ```
//!
//! The conventions of messaging are in development: names may change with a minor version of this crate.

use std::borrow::Cow;

use traced::instrumentation::{CallSite, Convention, Metric, Outcome, OwnedSpan, Start};
use traced::propagation::{self, Extractor, Injector};
use traced::{Context, KeyValue, Scope, SpanContext, SpanKind, Value};

use crate::SCHEMA_URL;
use crate::attribute::{
    MESSAGING_BATCH_MESSAGE_COUNT, MESSAGING_CLIENT_ID, MESSAGING_CONSUMER_GROUP_NAME, MESSAGING_DESTINATION_ANONYMOUS,
    MESSAGING_DESTINATION_NAME, MESSAGING_DESTINATION_PARTITION_ID, MESSAGING_DESTINATION_SUBSCRIPTION_NAME,
    MESSAGING_DESTINATION_TEMPLATE, MESSAGING_DESTINATION_TEMPORARY, MESSAGING_MESSAGE_BODY_SIZE,
    MESSAGING_MESSAGE_CONVERSATION_ID, MESSAGING_MESSAGE_ID, MESSAGING_OPERATION_NAME, MESSAGING_OPERATION_TYPE,
    MESSAGING_SYSTEM, SERVER_ADDRESS, SERVER_PORT,
};
use crate::metric;
use crate::sites::Sites;

const SCOPE: Scope =
    Scope::new(env!("CARGO_PKG_NAME")).with_version(env!("CARGO_PKG_VERSION")).with_schema_url(SCHEMA_URL);

// One for each kind; none of them suppresses another, since a handler may send.
static PRODUCER: CallSite = site("send", SpanKind::Producer, &OPERATIONS);
static CLIENT: CallSite = site("receive", SpanKind::Client, &OPERATIONS);
static CONSUMER: CallSite = site("process", SpanKind::Consumer, &PROCESSING).cancelled_is_error();

static OPERATIONS: Metric = metric::messaging_client_operation_duration();
static PROCESSING: Metric = metric::messaging_process_duration();

const fn site(name: &'static str, kind: SpanKind, metric: &'static Metric) -> CallSite {
    CallSite::new(name, SCOPE).kind(kind).convention(Convention::Messaging).metric(metric)
}

/// Destinations are few where they are no inboxes; those should have a [template](Operation::template).
static SITES: Sites = Sites::new(300);

/// Handing a message to a broker, whose word for it is `operation`: `send`, `publish`.
pub const fn send(system: &'static str, operation: &'static str) -> Operation<'static> {
    Operation::new(system, operation, "send")
}

/// Making one message of several that are sent together.
pub const fn create(system: &'static str, operation: &'static str) -> Operation<'static> {
    Operation::new(system, operation, "create")
}

/// Asking a broker for messages: `receive`, `poll`, `fetch`. Not for what a client fetches before it is asked.
pub const fn receive(system: &'static str, operation: &'static str) -> Operation<'static> {
    Operation::new(system, operation, "receive")
}

/// A handler at work on a message, or on several.
pub const fn process(system: &'static str, operation: &'static str) -> Operation<'static> {
    Operation::new(system, operation, "process")
}

/// Telling a broker what became of a message: `ack`, `nack`, `commit`.
pub const fn settle(system: &'static str, operation: &'static str) -> Operation<'static> {
    Operation::new(system, operation, "settle")
}

/// The span of an operation before it starts.
#[derive(Clone, Debug)]
#[must_use = "the span starts by `run` or `start`"]
pub struct Operation<'a> {
    system: &'static str,
    name: &'static str,
    kind: &'static str,
    destination: Option<Cow<'a, str>>,
    template: Option<Cow<'a, str>>,
    is_temporary: bool,
    is_anonymous: bool,
    texts: Vec<(&'static str, Cow<'a, str>)>,
    numbers: Vec<(&'static str, i64)>,
    flags: Vec<&'static str>,
    links: Vec<(SpanContext, Vec<KeyValue>)>,
    parent: Option<Context>,
    is_child: bool,
}

impl<'a> Operation<'a> {
    const fn new(system: &'static str, name: &'static str, kind: &'static str) -> Self {
        Self {
            system,
            name,
            kind,
            destination: None,
            template: None,
            is_temporary: false,
            is_anonymous: false,
            texts: Vec::new(),
            numbers: Vec::new(),
            flags: Vec::new(),
            links: Vec::new(),
            parent: None,
            is_child: false,
        }
    }

    /// The topic, subject or queue.
    pub fn destination(mut self, name: impl Into<Cow<'a, str>>) -> Self {
        self.destination = Some(name.into()).filter(|name| !name.is_empty());
        self
    }

    /// Sets what destinations of this kind have in common, where there is one for each customer or call: `orders.{customer}`.
    pub fn template(mut self, template: impl Into<Cow<'a, str>>) -> Self {
        self.template = Some(template.into());
        self
    }

    /// The destination goes when it is not used any more.
    pub const fn temporary(mut self) -> Self {
        self.is_temporary = true;
        self
    }

    /// The broker has chosen the destination's name.
    pub const fn anonymous(mut self) -> Self {
        self.is_anonymous = true;
        self
    }

    fn text(mut self, key: &'static str, text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.texts.push((key, text));
        }
        self
    }

    /// The message's id.
    pub fn message_id(self, id: impl Into<Cow<'a, str>>) -> Self {
        self.text(MESSAGING_MESSAGE_ID, id)
    }

    /// The id by which a question and its answer belong together.
    pub fn conversation_id(self, id: impl Into<Cow<'a, str>>) -> Self {
        self.text(MESSAGING_MESSAGE_CONVERSATION_ID, id)
    }

    /// The client's name.
    pub fn client_id(self, id: impl Into<Cow<'a, str>>) -> Self {
        self.text(MESSAGING_CLIENT_ID, id)
    }

    /// The group of consumers that shares the messages.
    pub fn consumer_group(self, name: impl Into<Cow<'a, str>>) -> Self {
        self.text(MESSAGING_CONSUMER_GROUP_NAME, name)
    }

    /// The subscription on the destination.
    pub fn subscription(self, name: impl Into<Cow<'a, str>>) -> Self {
        self.text(MESSAGING_DESTINATION_SUBSCRIPTION_NAME, name)
    }

    /// The partition of the destination.
    pub fn partition(self, id: impl Into<Cow<'a, str>>) -> Self {
        self.text(MESSAGING_DESTINATION_PARTITION_ID, id)
    }

    /// The broker.
    pub fn server(self, address: impl Into<Cow<'a, str>>, port: Option<u16>) -> Self {
        let mut with = self.text(SERVER_ADDRESS, address);
        with.numbers.extend(port.map(|port| (SERVER_PORT, i64::from(port))));
        with
    }

    /// How many messages it is about, where the broker's interface is one for several.
    pub fn batch(self, messages: usize) -> Self {
        self.number(MESSAGING_BATCH_MESSAGE_COUNT, messages as i64)
    }

    /// The size of the message's body in bytes.
    pub fn body_size(self, bytes: usize) -> Self {
        self.number(MESSAGING_MESSAGE_BODY_SIZE, bytes as i64)
    }

    /// A text that only this broker has, as `messaging.rabbitmq.destination.routing_key`.
    pub fn attribute(self, key: &'static str, text: impl Into<Cow<'a, str>>) -> Self {
        self.text(key, text)
    }

    /// A number that only this broker has, as `messaging.kafka.offset`.
    pub fn number(mut self, key: &'static str, number: i64) -> Self {
        self.numbers.push((key, number));
        self
    }

    /// What only this broker has and is true, as `messaging.kafka.message.tombstone`; what is false is left out.
    pub fn flag(mut self, key: &'static str) -> Self {
        self.flags.push(key);
        self
    }

    /// A message that the operation is about: the span is linked to the context in its headers. May be called for each
    /// message of a batch.
    pub fn message(self, headers: &(impl Extractor + ?Sized)) -> Self {
        self.message_with(headers, Vec::new())
    }

    /// Adds one message of several, with attributes of its own.
    pub fn message_with(mut self, headers: &(impl Extractor + ?Sized), attributes: Vec<KeyValue>) -> Self {
        let here = Context::current();
        let is_inside = here.span_context().is_valid();
        let context = context_of(headers, &here);
        if context.span_context().is_remote() {
            self.links.push((context.span_context().clone(), attributes));
        }
        // Baggage comes with the message in any case; its span only as the parent.
        if self.kind == "process" && !is_inside {
            self.parent = Some(context);
        }
        self
    }

    /// The one message's span is the parent, where no span is around: producer and consumer are one trace. The link stays.
    pub const fn as_parent(mut self) -> Self {
        self.is_child = true;
        self
    }

    /// Starts the span in the current context.
    pub fn start(self) -> OwnedSpan {
        let (any, name) = (self.any(), self.span_name());
        if !any.is_enabled() {
            return any.start(|_| {});
        }
        let facts = [self.system, self.kind, if self.template.is_some() { "template" } else { "" }];
        let site = SITES.get(&name, facts, || any.leak(&name, &self.constants()));
        let fill = |start: &mut Start<'_>| {
            if site.is_none() {
                start.name(format_args!("{name}"));
                self.constants().iter().for_each(|(key, value)| start.attribute(key, value));
            }
            self.attributes(start);
        };
        let start_at = site.unwrap_or(any);
        let mut span = match &self.parent {
            Some(parent) if self.is_child && self.links.len() < 2 => start_at.start_in(parent.clone(), fill),
            Some(parent) => start_at.start_in(parent.clone().with_span_context(SpanContext::default()), fill),
            None => start_at.start(fill),
        };
        if span.is_measured() {
            self.label(site.is_none(), &mut span);
        }
        span
    }

    fn label(&self, is_all: bool, span: &mut OwnedSpan) {
        if is_all {
            self.constants().iter().for_each(|(key, value)| span.label(key, value));
        }
        let labels = [SERVER_ADDRESS, MESSAGING_CONSUMER_GROUP_NAME];
        let texts = self.texts.iter().filter(|(key, _)| labels.contains(key));
        texts.for_each(|(key, text)| span.label(key, text));
        self.numbers.iter().filter(|(key, _)| *key == SERVER_PORT).for_each(|(key, port)| span.label(key, port));
    }

    /// Starts the span of sending, and writes the span's context into the message, unless somebody has put one there. Then the span
    /// is linked to that, and the message stays as it is.
    pub fn start_with(mut self, headers: &mut (impl Injector + Extractor + ?Sized)) -> OwnedSpan {
        let given = context_of(headers, &Context::current());
        let is_given = given.span_context().is_remote();
        if is_given {
            self.links.push((given.span_context().clone(), Vec::new()));
        }
        let span = self.start();
        if !is_given {
            propagation::inject_context(&span.context(), headers);
        }
        span
    }

    /// Runs a future in the span, which starts in the current context; an error is recorded by the name of its type.
    ///
    /// # Errors
    ///
    /// Those of the future.
    pub async fn run<F, T, E>(self, future: F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        run(self.start(), future).await
    }

    fn any(&self) -> &'static CallSite {
        match self.kind {
            "send" | "create" => &PRODUCER,
            "process" => &CONSUMER,
            _ => &CLIENT,
        }
    }

    /// Whether the destination's name is one of many.
    const fn is_passing(&self) -> bool {
        self.is_temporary || self.is_anonymous
    }

    fn span_name(&self) -> String {
        let named = self.destination.as_ref().filter(|_| !self.is_passing());
        match self.template.as_ref().or(named) {
            Some(destination) => format!("{} {destination}", self.name),
            None => self.name.to_owned(),
        }
    }

    /// What is the same for all operations of a name.
    fn constants(&self) -> Vec<(&'static str, Value)> {
        let mut constants = vec![
            (MESSAGING_SYSTEM, Value::from(self.system)),
            (MESSAGING_OPERATION_NAME, Value::from(self.name)),
            (MESSAGING_OPERATION_TYPE, Value::from(self.kind)),
        ];
        if let Some(template) = &self.template {
            constants.push((MESSAGING_DESTINATION_TEMPLATE, Value::from(template.clone().into_owned())));
        } else if let Some(destination) = self.destination.as_ref().filter(|_| !self.is_passing()) {
            constants.push((MESSAGING_DESTINATION_NAME, Value::from(destination.clone().into_owned())));
        }
        constants
    }

    fn attributes(&self, start: &mut Start<'_>) {
        if self.template.is_some() || self.is_passing() {
            start.attribute(MESSAGING_DESTINATION_NAME, &self.destination);
        }
        start.attribute(MESSAGING_DESTINATION_TEMPORARY, &self.is_temporary.then_some(true));
        start.attribute(MESSAGING_DESTINATION_ANONYMOUS, &self.is_anonymous.then_some(true));
        self.texts.iter().for_each(|(key, text)| start.attribute(key, text));
        self.numbers.iter().for_each(|(key, number)| start.attribute(key, number));
        self.flags.iter().for_each(|key| start.attribute(key, &true));
        self.links.iter().for_each(|(context, attributes)| start.link(context, attributes));
    }
}

/// What is in the headers of a message, on top of nothing but the baggage and values of this context.
fn context_of(headers: &(impl Extractor + ?Sized), here: &Context) -> Context {
    let _outside = here.clone().with_span_context(SpanContext::default()).attach();
    propagation::extract(headers)
}

/// Links a span that has started to the context in the headers of a message, which was not known before: that of a
/// [`receive`].
pub fn link(span: &mut OwnedSpan, headers: &(impl Extractor + ?Sized), attributes: &[KeyValue]) {
    let context = context_of(headers, &Context::current());
    if context.span_context().is_remote() {
        span.add_link(context.span_context(), attributes);
    }
}

/// Runs a future in the span; an error is recorded by the name of its type.
///
/// # Errors
///
/// Those of the future.
pub async fn run<F, T, E>(span: OwnedSpan, future: F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    run_with(span, future, |_| std::any::type_name::<E>().into()).await
}

/// Runs a future in the span; an error is recorded by a word for it, of which there are few: never its text.
///
/// # Errors
///
/// Those of the future.
pub async fn run_with<F, T, E>(
    span: OwnedSpan,
    future: F,
    error_type: impl FnOnce(&E) -> Cow<'static, str>,
) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    let end = |span: OwnedSpan, result: &Result<T, E>| match result {
        Ok(_) => span.end(Outcome::Success),
        Err(error) => span.end(Outcome::error(&error_type(error))),
    };
    span.run(future, end).await
}
