//! Everything that can run on a machine, behind one door.

use crate::kafka::broker::Broker;
use crate::kafka::broker::BrokerSpec;
use crate::kafka::client::admin::Admin;
use crate::kafka::client::admin::AdminSpec;
use crate::kafka::client::config::ConfigError;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::ConsumerSpec;
use crate::kafka::client::producer::Producer;
use crate::kafka::client::producer::ProducerSpec;
use crate::kafka::controller::Controller;
use crate::kafka::controller::ControllerSpec;
use crate::kafka::machine::Context;
use crate::kafka::machine::Input;

/// A process.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Node {
    Broker(Broker),
    Controller(Controller),
    Producer(Producer),
    Consumer(Consumer),
    Admin(Admin),
}

/// What a machine needs to start its process, again and again over the same disk.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum NodeSpec {
    Broker(BrokerSpec),
    Controller(ControllerSpec),
    Producer(ProducerSpec),
    Consumer(ConsumerSpec),
    Admin(AdminSpec),
}

impl Node {
    /// A new process that has not run yet; its first input is [`Input::Started`].
    ///
    /// # Errors
    /// A configuration that the process refuses to start with.
    pub fn new(spec: &NodeSpec) -> Result<Self, ConfigError> {
        Ok(match spec {
            NodeSpec::Broker(spec) => Self::Broker(Broker::new(spec.clone())),
            NodeSpec::Controller(spec) => Self::Controller(Controller::new(spec.clone())),
            NodeSpec::Producer(spec) => Self::Producer(Producer::new(spec.clone())?),
            NodeSpec::Consumer(spec) => Self::Consumer(Consumer::new(spec.clone())?),
            NodeSpec::Admin(spec) => Self::Admin(Admin::new(spec.clone())),
        })
    }

    /// Handles one input. Everything the process wants done is left in `cx`.
    pub fn handle(&mut self, cx: &mut Context<'_>, input: Input) {
        match self {
            Self::Broker(broker) => broker.handle(cx, input),
            Self::Controller(controller) => controller.handle(cx, input),
            Self::Producer(producer) => producer.handle(cx, &input),
            Self::Consumer(consumer) => consumer.handle(cx, &input),
            Self::Admin(admin) => admin.handle(cx, &input),
        }
    }

    /// What its log would say last, when the process has ended by itself.
    pub fn exit_reason(&self) -> Option<&str> {
        match self {
            Self::Broker(broker) => broker.exit_reason(),
            Self::Consumer(consumer) => consumer.exit_reason(),
            _ => None,
        }
    }

    pub const fn as_broker(&self) -> Option<&Broker> {
        match self {
            Self::Broker(broker) => Some(broker),
            _ => None,
        }
    }

    pub const fn as_controller(&self) -> Option<&Controller> {
        match self {
            Self::Controller(controller) => Some(controller),
            _ => None,
        }
    }

    pub const fn as_producer(&self) -> Option<&Producer> {
        match self {
            Self::Producer(producer) => Some(producer),
            _ => None,
        }
    }

    pub const fn as_consumer(&self) -> Option<&Consumer> {
        match self {
            Self::Consumer(consumer) => Some(consumer),
            _ => None,
        }
    }

    pub const fn as_admin(&self) -> Option<&Admin> {
        match self {
            Self::Admin(admin) => Some(admin),
            _ => None,
        }
    }
}
