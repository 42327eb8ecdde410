use std::fmt;
use std::sync::Arc;

use bytes::Buf;
use bytes::BufMut;
use bytes::Bytes;
use bytes::BytesMut;
use kacrab_protocol::KafkaString;
use kacrab_protocol::generated::request_header::RequestHeaderData;
use kacrab_protocol::generated::response_header::ResponseHeaderData;
use kacrab_protocol::version::request_header_version;
use kacrab_protocol::version::response_header_version;

use super::Api;
use super::Request;
use super::Response;
use crate::kafka::base::Name;

/// Reads the body of a message of an API in a version.
type ReadBody<T> = fn(Api, &mut Bytes, i16) -> kacrab_protocol::Result<T>;

/// Who asks what, in which version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestHeader {
    pub api: Api,
    pub version: i16,
    /// Counts the requests of a connection; the answer carries the same number.
    pub correlation: i32,
    pub client_id: Name,
}

/// A request with its header. The body is shared: cloning a frame copies a pointer.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct RequestFrame {
    pub header: RequestHeader,
    pub body: Arc<Request>,
}

/// A response with the correlation id of its request. `version` is that of the request.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct ResponseFrame {
    pub correlation: i32,
    pub version: i16,
    pub body: Arc<Response>,
}

/// Why a message has no wire form in its version, or why bytes are not a message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WireError(String);

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WireError {}

impl<E: fmt::Debug> From<E> for WireError
where
    E: Into<kacrab_protocol::ProtocolError>,
{
    fn from(error: E) -> Self {
        Self(format!("{error:?}"))
    }
}

impl RequestFrame {
    /// The bytes of the request on a socket: size, header, body.
    pub fn to_wire(&self) -> Result<Bytes, WireError> {
        let RequestHeader { api, version, correlation, client_id } = &self.header;
        let mut out = BytesMut::new();
        out.put_i32(0);
        RequestHeaderData::default()
            .with_request_api_key(api.key())
            .with_request_api_version(*version)
            .with_correlation_id(*correlation)
            .with_client_id(Some(KafkaString::from(client_id.to_string())))
            .write(&mut out, request_header_version(api.key(), *version))?;
        self.body.write(&mut out, *version)?;
        Ok(with_size(out))
    }

    /// Reads what [`to_wire`](Self::to_wire) wrote.
    pub fn from_wire(bytes: Bytes) -> Result<Self, WireError> {
        Self::read(bytes, Request::read)
    }

    /// The same for a request that may come in an envelope: nodes hand others to each other without their bytes, and
    /// a page that never reads those needs no program for it.
    pub fn forwarded_from_wire(bytes: Bytes) -> Result<Self, WireError> {
        Self::read(bytes, Request::read_forwarded)
    }

    fn read(mut bytes: Bytes, body: ReadBody<Request>) -> Result<Self, WireError> {
        take_size(&mut bytes)?;
        let (key, version) = match bytes.get(..4) {
            Some(head) => (i16::from_be_bytes([head[0], head[1]]), i16::from_be_bytes([head[2], head[3]])),
            None => return Err(WireError("the frame ends inside its header".into())),
        };
        let api = Api::from_key(key).ok_or_else(|| WireError(format!("unknown API key {key}")))?;
        let header = RequestHeaderData::read(&mut bytes, request_header_version(key, version))?;
        let body = Arc::new(body(api, &mut bytes, version)?);
        let client_id = Name::from(header.client_id.as_ref().map_or("", KafkaString::as_str));
        Ok(Self {
            header: RequestHeader { api, version, correlation: header.correlation_id, client_id },
            body,
        })
    }

    /// The number of bytes of [`to_wire`](Self::to_wire), without making them.
    pub fn wire_len(&self) -> usize {
        let header = 4 + 8 + 2 + self.header.client_id.len();
        let flexible = request_header_version(self.header.api.key(), self.header.version) == 2;
        header + usize::from(flexible) + self.body.encoded_len(self.header.version).unwrap_or(0)
    }
}

impl ResponseFrame {
    /// The bytes of the response on a socket: size, header, body.
    pub fn to_wire(&self) -> Result<Bytes, WireError> {
        let mut out = BytesMut::new();
        out.put_i32(0);
        let header = response_header_version(self.body.api().key(), self.version);
        ResponseHeaderData::default().with_correlation_id(self.correlation).write(&mut out, header)?;
        self.body.write(&mut out, self.version)?;
        Ok(with_size(out))
    }

    /// Reads what [`to_wire`](Self::to_wire) wrote; the reader must know what it had asked.
    pub fn from_wire(api: Api, version: i16, bytes: Bytes) -> Result<Self, WireError> {
        Self::read(api, version, bytes, Response::read)
    }

    /// The same for an answer that came in an envelope.
    pub fn forwarded_from_wire(api: Api, version: i16, bytes: Bytes) -> Result<Self, WireError> {
        Self::read(api, version, bytes, Response::read_forwarded)
    }

    fn read(api: Api, version: i16, mut bytes: Bytes, body: ReadBody<Response>) -> Result<Self, WireError> {
        take_size(&mut bytes)?;
        let header = ResponseHeaderData::read(&mut bytes, response_header_version(api.key(), version))?;
        let body = Arc::new(body(api, &mut bytes, version)?);
        Ok(Self { correlation: header.correlation_id, version, body })
    }

    /// The number of bytes of [`to_wire`](Self::to_wire), without making them.
    pub fn wire_len(&self) -> usize {
        let flexible = response_header_version(self.body.api().key(), self.version) == 1;
        8 + usize::from(flexible) + self.body.encoded_len(self.version).unwrap_or(0)
    }
}

fn with_size(mut out: BytesMut) -> Bytes {
    let size = u32::try_from(out.len() - 4).expect("a frame is smaller than 4 GB");
    out[..4].copy_from_slice(&size.to_be_bytes());
    out.freeze()
}

fn take_size(bytes: &mut Bytes) -> Result<(), WireError> {
    if bytes.len() < 4 {
        return Err(WireError("the frame ends inside its size".into()));
    }
    let size = bytes.get_i32();
    if usize::try_from(size).ok() != Some(bytes.len()) {
        return Err(WireError(format!("the frame says {size} bytes and has {}", bytes.len())));
    }
    Ok(())
}
