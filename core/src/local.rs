//! This thread: the stack of frames, and how spans start and end on it.
//!
//! # How it works
//!
//! A frame is a recording span, or only a context (not sampled, remote, attached). The top frame is the current one, so
//! the parent of a span that starts is the top frame, and what is said about the current span goes to the top frame. A
//! synchronous span pushes its frame and its guard pops it; the frame of a future is on the stack only while the future is
//! polled; a handle that outlives its frame moves what was recorded behind a lock that both share.
//!
//! No code of the user ever runs while anything here is borrowed: a start is decided under a short borrow, recorded into a
//! frame that is on no stack, and pushed. So a `Display` that starts spans itself, an allocator that is annotated, or a
//! sampler that reads the current context meets a stack that is whole.
//!
//! # The ladder of a start
//!
//! Each step handles its condition inline and leaves the rest to the next one, which is outlined, so that the common case
//! saves no registers for what it does not do.
//!
//! | condition | function | why it is a function of its own |
//! |---|---|---|
//! | nothing can record: the site is off | [`guard::enter`], `pending::start` | inlined into the annotated function: one load |
//! | the site is on, its spans start without attributes | `guard::enter_site_that_is_on`, `pending::start_site_that_is_on` | one call for all annotated functions |
//! | …a recorded child of plain values | `fast_start::begin_child_of_plain_values` | inlined there: no branch for what a child may inherit |
//! | …any other child of a local span | `fast_start::begin_child` | counted references, limits, not sampled |
//! | …a root under the default sampler | `fast_start::begin_root` | a new trace id, the provider of the process |
//! | the site is on, with attributes | `guard::enter_with_fields`, `pending::start_with_fields` | code of the user runs: on no stack meanwhile |
//! | another library's contexts are to be asked | `guard::enter_beside_foreign` | see [`foreign`] and [`mirror`] |
//! | the site is new, or has options, a sampler, hooks, limits | `guard::enter_by_all_rules`, `pending::start_by_all_rules` → [`start`] | everything that the specification says of a start |
//!
//! # The ladder of an end
//!
//! | condition | function | why it is a function of its own |
//! |---|---|---|
//! | the top frame, without dynamic fields | `end::end_without_fields` | only the header is written, into the outbox |
//! | the top frame, with fields to which only the end is added | `end::end_with_fields` | header and bytes are copied |
//! | an error is returned | `guard::leave_with_error` → `end::end_frame` | code of the user runs: the error's `Display` |
//! | unwinding, or frames were left open above | `guard::leave_unwinding_or_covered`, `pending::pop_covered` | those above end first |
//! | a handle shares it | `handle::end_shared` | the fields are behind a lock |

pub(crate) mod attach;
pub(crate) mod context_ext;
pub mod current;
pub(crate) mod end;
pub(crate) mod ending_span;
pub(crate) mod exception;
pub mod external;
pub(crate) mod fast_start;
pub mod foreign;
pub mod frame;
pub mod guard;
pub mod handle;
pub(crate) mod hooks;
pub(crate) mod identity;
pub(crate) mod measuring;
pub mod mirror;
pub mod mirror_span;
pub mod panic;
pub(crate) mod pending;
pub(crate) mod recording;
pub mod shared;
pub(crate) mod stack;
pub mod start;
pub(crate) mod start_options;
pub mod storage;
