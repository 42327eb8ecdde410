use crate::kafka::base::Instant;
use crate::kafka::client::errors::error_name;
use crate::kafka::node::Node;
use crate::lab::ADMIN;
use crate::lab::World;

/// What `kafka-consumer-groups.sh` was asked and what it printed, as a terminal shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolLine {
    /// The options of the command line.
    pub command: String,
    /// When it printed; nothing while the cluster has not answered.
    pub at: Option<Instant>,
    /// What it printed; an error begins with its Kafka name.
    pub said: String,
    pub failed: bool,
}

impl ToolLine {
    /// The latest runs, newest first.
    pub fn latest(world: &World, most: usize) -> Vec<Self> {
        let Some(admin) = world.node(ADMIN).and_then(Node::as_admin) else { return Vec::new() };
        let pending: Vec<Self> = admin
            .pending()
            .filter_map(|request| request.command_line())
            .map(|command| Self { command, at: None, said: String::new(), failed: false })
            .collect();
        let done = admin.results().filter_map(|result| {
            let message = result.message.clone().unwrap_or_default();
            let said = match result.error {
                Some(error) => format!("{}: {message}", error_name(error)),
                None => message,
            };
            let command = result.request.command_line()?;
            Some(Self { command, at: Some(result.at), said, failed: result.error.is_some() })
        });
        let done: Vec<Self> = done.collect();
        pending.into_iter().rev().chain(done.into_iter().rev()).take(most).collect()
    }
}
