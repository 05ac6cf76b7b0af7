//! Messages that are encoded already.

use bytes::{Buf as _, BufMut as _};
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use traced_core::OtlpRequest;

/// Passes bytes through.
pub(super) struct Bytes;

impl Codec for Bytes {
    type Encode = OtlpRequest;
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
    type Item = OtlpRequest;
    type Error = Status;

    fn encode(&mut self, request: OtlpRequest, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.reserve(request.len());
        request.chunks().for_each(|chunk| out.put_slice(chunk));
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
