use crate::kafka::metadata::MetadataRecord;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;

/// What a request comes to: the records to write, and the answer to give once they are written
/// (`org.apache.kafka.controller.ControllerResult`). Nothing has changed yet.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct Decision<R> {
    pub records: Vec<MetadataRecord>,
    pub response: R,
}

impl<R> Decision<R> {
    pub(super) fn of(records: Vec<MetadataRecord>, response: R) -> Self {
        Self { records, response }
    }

    /// An answer that changes nothing.
    pub(super) fn answer(response: R) -> Self {
        Self { records: Vec::new(), response }
    }

    pub(super) fn map<S>(self, wrap: impl FnOnce(R) -> S) -> Decision<S> {
        Decision { records: self.records, response: wrap(self.response) }
    }
}

/// A refusal: Kafka's error and the sentence that goes with it (`org.apache.kafka.common.requests.ApiError`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ApiError {
    pub code: ErrorCode,
    pub message: String,
}

impl ApiError {
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(super) fn code(&self) -> i16 {
        self.code.code()
    }

    pub(super) fn text(&self) -> Option<KafkaString> {
        Some(KafkaString::from(self.message.clone()))
    }
}

/// The error code and the message of a response: of the refusal, or of success.
pub(super) fn outcome<T>(result: &Result<T, ApiError>) -> (i16, Option<KafkaString>) {
    match result {
        Ok(_) => (ErrorCode::None.code(), None),
        Err(error) => (error.code(), error.text()),
    }
}
