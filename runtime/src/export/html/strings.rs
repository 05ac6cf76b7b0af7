//! Texts that many spans share, each written once.

use std::collections::HashMap;
use std::sync::Arc;

/// Texts by number. A number is given anew when no segment uses its text any more.
#[derive(Debug, Default)]
pub(super) struct Strings {
    numbers: HashMap<Arc<str>, u32>,
    slots: Vec<Slot>,
    free: Vec<u32>,
    bytes: usize,
}

#[derive(Debug)]
struct Slot {
    /// As it stands in JSON; empty while the number is free.
    json: Arc<str>,
    uses: u32,
    /// The segment that used it last.
    segment: u64,
}

/// Which texts a segment uses.
#[derive(Debug)]
pub(super) struct Uses {
    segment: u64,
    numbers: Vec<u32>,
}

impl Uses {
    /// Of the segment with this number, of which there is one.
    pub(super) const fn new(segment: u64) -> Self {
        Self { segment, numbers: Vec::new() }
    }

    pub(super) const fn segment(&self) -> u64 {
        self.segment
    }
}

impl Strings {
    /// The number of a text, given as JSON, for a segment that uses it.
    pub(super) fn number(&mut self, json: &str, uses: &mut Uses) -> u32 {
        let number = self.numbers.get(json).copied().unwrap_or_else(|| self.insert(json));
        let slot = &mut self.slots[number as usize];
        // Most texts are used by one span after the other: counting those once keeps the list of uses short.
        if slot.uses == 0 || slot.segment != uses.segment {
            slot.segment = uses.segment;
            slot.uses += 1;
            uses.numbers.push(number);
        }
        number
    }

    fn insert(&mut self, json: &str) -> u32 {
        let json: Arc<str> = json.into();
        self.bytes += json.len() + 1;
        let slot = Slot { json: Arc::clone(&json), uses: 0, segment: 0 };
        let number = match self.free.pop() {
            Some(number) => {
                self.bytes -= EMPTY.len() + 1;
                self.slots[number as usize] = slot;
                number
            }
            None => {
                self.slots.push(slot);
                (self.slots.len() - 1) as u32
            }
        };
        self.numbers.insert(json, number);
        number
    }

    /// A segment is gone.
    pub(super) fn release(&mut self, uses: &Uses) {
        for number in &uses.numbers {
            let slot = &mut self.slots[*number as usize];
            slot.uses -= 1;
            if slot.uses == 0 {
                self.numbers.remove(&slot.json);
                self.bytes = self.bytes + EMPTY.len() - slot.json.len();
                slot.json = EMPTY.into();
                self.free.push(*number);
            }
        }
    }

    /// How many bytes [`json`](Self::json) gives, with a separator after each.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The texts as JSON, in the order of their numbers.
    pub(super) fn json(&self) -> impl Iterator<Item = &str> {
        self.slots.iter().map(|slot| &*slot.json)
    }
}

/// What stands for a number that is free.
const EMPTY: &str = "0";
