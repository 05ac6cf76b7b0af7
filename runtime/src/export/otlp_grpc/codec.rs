//! Messages that are encoded already.

use std::sync::Arc;

use bytes::{Buf as _, BufMut as _};
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use traced_core::OtlpRequest;

/// A message that is encoded already.
pub(super) enum Message {
    Stitched(OtlpRequest),
    Whole(Vec<u8>),
}

impl Message {
    /// The length in bytes.
    pub(super) fn len(&self) -> usize {
        self.chunks().map(<[u8]>::len).sum()
    }

    /// The pieces, in order.
    pub(super) fn chunks(&self) -> Box<dyn Iterator<Item = &[u8]> + '_> {
        match self {
            Self::Stitched(request) => Box::new(request.chunks()),
            Self::Whole(bytes) => Box::new(std::iter::once(bytes.as_slice())),
        }
    }
}

/// Passes bytes through.
pub(super) struct Bytes;

impl Codec for Bytes {
    type Encode = Arc<Message>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Bytes {
    type Item = Arc<Message>;
    type Error = Status;

    fn encode(&mut self, message: Arc<Message>, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.reserve(message.len());
        message.chunks().for_each(|chunk| out.put_slice(chunk));
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, body: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut bytes = vec![0; body.remaining()];
        body.copy_to_slice(&mut bytes);
        Ok(Some(bytes))
    }
}
