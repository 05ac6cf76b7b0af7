//! Messages that are encoded already.

use bytes::{Buf as _, BufMut as _};
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use traced_core::OtlpRequest;

/// A message that is encoded already.
pub(super) enum Message {
    Stitched(OtlpRequest),
    Whole(Vec<u8>),
}

/// Passes bytes through.
pub(super) struct Bytes;

impl Codec for Bytes {
    type Encode = Message;
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
    type Item = Message;
    type Error = Status;

    fn encode(&mut self, message: Message, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        match message {
            Message::Stitched(request) => {
                out.reserve(request.len());
                request.chunks().for_each(|chunk| out.put_slice(chunk));
            }
            Message::Whole(bytes) => out.put_slice(&bytes),
        }
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
