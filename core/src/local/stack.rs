//! The stack itself: frames in use, and behind them frames that wait to be used again.

use super::frame::{self, Frame, Mode};
use crate::handoff::outbox::Writer;
use crate::model::id::SpanId;
use crate::process::clock::{Ticker, Timebase};
use crate::tracer::id_generator::Ids;
use crate::wire::fields::Fields;

/// How many unused frames a thread keeps.
const SPARE_FRAMES: usize = 64;

/// This thread's frames, its id generator and its outbox: what starting and ending a span needs, under one borrow.
#[derive(Default)]
pub(crate) struct Stack {
    /// The first `depth` are in use; boxed, since those of futures come and go with each poll.
    #[expect(clippy::vec_box, reason = "a future's frame comes and goes with each poll: 8 bytes are moved, not 300")]
    frames: Vec<Box<Frame>>,
    depth: usize,
    sources: Option<Sources>,
}

impl Stack {
    pub(crate) const EMPTY: Self = Self { frames: Vec::new(), depth: 0, sources: None };

    /// The frames in use, to change.
    pub(crate) fn frames_mut(&mut self) -> impl Iterator<Item = &mut Frame> {
        self.frames[..self.depth].iter_mut().map(|frame| &mut **frame)
    }

    /// How many frames are in use.
    #[inline]
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// The frames in use, the current one last.
    #[inline]
    pub(crate) fn frames(&self) -> impl DoubleEndedIterator<Item = &Frame> {
        self.frames[..self.depth].iter().map(|frame| &**frame)
    }

    /// The current frame.
    #[inline]
    pub(crate) fn top(&self) -> Option<&Frame> {
        self.frames.get(self.depth.wrapping_sub(1)).map(|frame| &**frame)
    }

    /// The current frame, to change.
    #[inline]
    pub(crate) fn top_mut(&mut self) -> Option<&mut Frame> {
        self.frames.get_mut(self.depth.wrapping_sub(1)).map(|frame| &mut **frame)
    }

    /// A frame in use, by its place.
    #[inline]
    pub(crate) fn get(&self, place: usize) -> Option<&Frame> {
        self.frames[..self.depth].get(place).map(|frame| &**frame)
    }

    /// The place of a span that was pushed at `index`. Frames below it may have been taken out since, which moves it
    /// down; other frames may have its id, such as its own context, attached.
    #[inline]
    pub(crate) fn place_of(&self, span_id: u64, index: usize) -> Option<usize> {
        let last = index.min(self.depth.checked_sub(1)?);
        (0..=last).rev().find(|place| self.get(*place).is_some_and(|frame| is_own(frame, span_id)))
    }

    /// The place of a span whose future is being dropped.
    pub(crate) fn place_of_dropping(&self, span_id: u64) -> Option<usize> {
        let is_dropping = |frame: &Frame| frame.is_dropping && is_own(frame, span_id);
        (0..self.depth).rev().find(|place| self.get(*place).is_some_and(is_dropping))
    }

    /// The current frame if there is one, an unused one behind it, and what a start needs besides. `None` when one of them
    /// does not exist yet.
    #[inline(always)]
    pub(crate) fn top_and_next(&mut self) -> Option<(Option<&Frame>, &mut Frame, &mut Sources)> {
        let sources = self.sources.as_mut()?;
        let (used, spare) = self.frames.split_at_mut_checked(self.depth)?;
        Some((used.last().map(|frame| &**frame), spare.first_mut()?, sources))
    }

    /// The current frame, if it is at `place`, and what an end needs, if that is there already.
    #[inline]
    pub(crate) fn top_at_and_sources(&mut self, place: usize) -> Option<(&mut Frame, &mut Sources)> {
        let top = self.frames.get_mut(place).filter(|_| self.depth == place + 1)?;
        Some((top, self.sources.as_mut()?))
    }

    /// The same after making what does not exist yet.
    #[cold]
    #[inline(never)]
    pub(crate) fn top_and_new(&mut self) -> Option<(Option<&Frame>, &mut Frame, &mut Sources)> {
        self.sources();
        if self.frames.len() <= self.depth {
            self.grow();
        }
        self.top_and_next()
    }

    /// An unused frame, which [`push_next`](Self::push_next) makes the current one.
    #[inline]
    pub(crate) fn next_mut(&mut self) -> Option<&mut Frame> {
        if self.frames.len() <= self.depth {
            self.grow();
        }
        self.frames.get_mut(self.depth).map(|frame| &mut **frame)
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let frame = self.new_frame();
        self.frames.push(frame);
    }

    /// Makes the frame that [`top_and_next`](Self::top_and_next) gave the current one. Returns its place.
    #[inline]
    pub(crate) fn push_next(&mut self) -> usize {
        self.depth += 1;
        self.depth - 1
    }

    /// Takes the frame that [`top_and_next`](Self::top_and_next) gave off the stack.
    #[inline]
    pub(crate) fn take_next(&mut self) -> Box<Frame> {
        self.frames.swap_remove(self.depth)
    }

    /// Leaves the current frame, which stays for reuse.
    #[inline]
    pub(crate) fn drop_top(&mut self) {
        self.depth -= 1;
    }

    /// Makes a frame the current one. Returns its place.
    #[inline]
    pub(crate) fn push(&mut self, frame: Box<Frame>) -> usize {
        let place = self.depth;
        self.frames.push(frame);
        let last = self.frames.len() - 1;
        self.frames.swap(place, last);
        self.depth += 1;
        place
    }

    /// The same with the frame of a future, which may come from another thread and stay here.
    #[inline]
    pub(crate) fn push_polled(&mut self, frame: Box<Frame>) -> usize {
        if self.frames.len() > self.depth + SPARE_FRAMES {
            self.frames.pop();
        }
        self.push(frame)
    }

    /// Takes the current frame off.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Box<Frame>> {
        self.depth = self.depth.checked_sub(1)?;
        Some(self.frames.swap_remove(self.depth))
    }

    /// Takes the current frame off if it is a span that was pushed at `index`, and has no context to detach.
    #[inline]
    pub(crate) fn pop_if_top(&mut self, span_id: u64, index: usize) -> Option<Box<Frame>> {
        let top = self.top().filter(|_| self.depth == index + 1)?;
        if is_own(top, span_id) && !top.foreign.is_attached() { self.pop() } else { None }
    }

    /// An error left a span with its stack recorded: where it leaves the one that waited for it, it is the same.
    #[cold]
    pub(crate) fn note_stack_below(&mut self, parent: SpanId) {
        if let Some(top) = self.top_mut().filter(|top| top.is_recording() && top.identity.span_id == parent) {
            top.with_fields(Fields::note_stack);
        }
    }

    /// Takes a frame out of the middle.
    pub(crate) fn remove(&mut self, place: usize) -> Box<Frame> {
        self.depth -= 1;
        self.frames.remove(place)
    }

    /// An unused frame.
    #[inline]
    pub(crate) fn take_frame(&mut self) -> Box<Frame> {
        if self.frames.len() > self.depth { self.frames.pop().unwrap_or_default() } else { self.new_frame() }
    }

    #[cold]
    fn new_frame(&self) -> Box<Frame> {
        let mut frame = Box::default();
        self.keep_few(&mut frame);
        frame
    }

    /// Far up the stack, a span ends in the general way, which keeps a few frames and not all that a deep recursion has
    /// used.
    pub(crate) fn keep_few(&self, frame: &mut Frame) {
        if self.depth >= 2 * SPARE_FRAMES {
            frame.fields.end_with_care();
        }
    }

    /// Keeps a frame for reuse.
    #[inline]
    pub(crate) fn keep_frame(&mut self, mut frame: Box<Frame>) {
        frame.fields.clear();
        if self.frames.len() < self.depth + SPARE_FRAMES {
            self.frames.push(frame);
        } else if self.frames.capacity() > 4 * self.frames.len() {
            self.frames.shrink_to(2 * self.frames.len());
        }
    }

    /// Keeps the buffer of a span that was not a frame's, for an unused frame.
    pub(crate) fn keep_buffer(&mut self, mut buffer: Vec<u8>) {
        buffer.clear();
        if let Some(next) = self.frames[self.depth..].last_mut().filter(|next| next.fields.encoded.capacity() == 0) {
            next.fields.encoded = buffer;
        }
    }

    /// The id generator.
    #[inline]
    pub(crate) fn ids(&mut self) -> &mut Ids {
        &mut self.sources().ids
    }

    /// This thread's outbox.
    #[inline]
    pub(crate) fn writer(&mut self) -> &mut Writer {
        &mut self.sources().writer
    }

    /// Where ids and times come from, and where records and counts go.
    #[inline]
    pub(crate) fn sources(&mut self) -> &mut Sources {
        self.sources.get_or_insert_with(Sources::new)
    }

    /// In a forked child: new ids, a new outbox, and open spans become contexts. The old outbox is leaked: dropping it
    /// would say that the parent's thread is gone.
    pub(crate) fn forget_inherited(&mut self) {
        std::mem::forget(self.sources.take());
        for frame in &mut self.frames[..self.depth] {
            frame.identity.provider = None;
            frame.identity.bits = frame.identity.bits.without_provider();
            match frame.mode {
                Mode::Recording => frame.mode = Mode::Passing,
                Mode::Borrowed => frame.mode = Mode::Attached,
                _ => {}
            }
            // Dropping a handle would end a span that is the parent's to end.
            std::mem::forget(frame.shared.take());
        }
    }
}

/// Whether a frame is that of a span, and no context with the span's id.
#[inline]
fn is_own(frame: &Frame, span_id: u64) -> bool {
    frame.identity.span_id.to_u64() == span_id
        && matches!(frame.mode, Mode::Recording | Mode::Unsampled | Mode::Passing)
}

/// Where ids and times come from, and where records and counts go.
pub(crate) struct Sources {
    pub(crate) ids: Ids,
    pub(crate) writer: Writer,
    pub(crate) ticker: Ticker,
}

impl Sources {
    #[cold]
    fn new() -> Self {
        Self { ids: Ids::from_entropy(), writer: Writer::new(), ticker: Timebase::get().ticker() }
    }
}

/// What is still open when the thread ends can end no more, except through handles elsewhere.
impl Drop for Stack {
    fn drop(&mut self) {
        self.frames[..self.depth].iter().filter(|frame| frame.shared.is_none()).for_each(|frame| frame::lose(frame));
    }
}

#[cfg(test)]
mod tests {
    use super::SPARE_FRAMES;
    use crate::local::guard::enter;
    use crate::local::storage::with_local;
    use crate::model::outcome::{EndsByOutcome as _, Failure};
    use crate::span::Span;
    use crate::tracer::context::{Context, recorded_by};
    use crate::tracer::provider::{Provider, ProviderSettings};
    use crate::tracer::registry;
    use crate::wire::site::Site;

    static SITE: Site = Site::here("work", "module");

    /// Runs something where it is recorded; nobody drains it.
    fn recorded(run: impl FnOnce()) {
        let provider = Provider::leak(u16::MAX - 1, ProviderSettings::default());
        registry::add_capture();
        let guard = recorded_by(Context::new(), provider).attach();
        run();
        drop(guard);
        registry::remove_capture();
    }

    /// What `look` sees of the frame that is used next, if there is one.
    fn next<R>(look: impl FnOnce(&super::Frame) -> R) -> Option<R> {
        with_local(|local| local.with_stack(|stack| stack.top_and_next().map(|(_, next, _)| look(next))))
            .flatten()
            .flatten()
    }

    #[test]
    fn spans_by_hand_leave_a_frame_for_the_next_span() {
        recorded(|| {
            drop(enter(&SITE));
            assert!(next(|_| ()).is_some());
            Span::start("by hand").end();
            assert!(next(|_| ()).is_some());
        });
    }

    #[test]
    fn a_frame_that_waits_holds_no_large_buffers() {
        recorded(|| {
            let message = "x".repeat(1 << 20);
            enter(&SITE).fail(&Failure::by_display(&message));
            assert!(next(|frame| frame.fields.capacity()).is_some_and(|bytes| bytes < 10_000));
        });
    }

    #[test]
    fn frames_that_come_from_other_threads_do_not_pile_up() {
        with_local(|local| {
            for _ in 0..1_000 {
                local.with_stack(|stack| {
                    stack.push_polled(Box::default());
                    stack.drop_top();
                });
            }
            assert!(local.with_stack(|stack| stack.frames.len()).is_some_and(|frames| frames <= SPARE_FRAMES + 1));
        });
    }
}
