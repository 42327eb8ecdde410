use crate::kafka::client::admin::AdminRequest;
use crate::kafka::client::consumer::ConsumerCommand;
use crate::kafka::client::producer::ProducerCommand;

/// What a person at the page may ask of a running process.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Command {
    /// Broker: leave in good order (SIGTERM): move the leaders away, flush, close, exit.
    ShutDown,
    Producer(ProducerCommand),
    Consumer(ConsumerCommand),
    Admin(AdminRequest),
}
