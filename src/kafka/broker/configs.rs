//! DescribeConfigs: the value of every config, where it comes from, and what it overrides.

use std::sync::Arc;

use super::Broker;
use super::broker::Caller;
use super::spec::BrokerConfig;
use super::spec::describe_broker;
use super::spec::describe_topic;
use super::spec::log_config;
use super::spec::synonyms;
use crate::kafka::base::Name;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::config::BROKER_CONFIGS;
use crate::kafka::base::config::ConfigDef;
use crate::kafka::base::config::ConfigSource;
use crate::kafka::base::config::Resolved;
use crate::kafka::base::config::TOPIC_CONFIGS;
use crate::kafka::base::config::Update;
use crate::kafka::machine::Context;
use crate::kafka::metadata::ConfigResource;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::describe_configs_request::DescribeConfigsRequestData;
use crate::kafka::protocol::messages::describe_configs_request::DescribeConfigsResource;
use crate::kafka::protocol::messages::describe_configs_response::DescribeConfigsResourceResult;
use crate::kafka::protocol::messages::describe_configs_response::DescribeConfigsResponseData;
use crate::kafka::protocol::messages::describe_configs_response::DescribeConfigsResult;
use crate::kafka::protocol::messages::describe_configs_response::DescribeConfigsSynonym;

impl Broker {
    pub(super) fn handle_describe_configs(
        &self,
        cx: &mut Context<'_>,
        caller: &Caller,
        body: &DescribeConfigsRequestData,
    ) {
        let results = body
            .resources
            .iter()
            .map(|asked| self.describe_resource(asked, (body.include_synonyms, body.include_documentation)));
        let response = DescribeConfigsResponseData::default().with_results(results.collect());
        caller.answer(cx, Response::DescribeConfigs(response));
    }

    fn describe_resource(
        &self,
        asked: &DescribeConfigsResource,
        with: (bool, bool),
    ) -> DescribeConfigsResult {
        let mut result = DescribeConfigsResult::default()
            .with_resource_type(asked.resource_type)
            .with_resource_name(asked.resource_name.clone());
        let mut refuse = |error: ErrorCode, why: String| {
            result.error_code = error.code();
            result.error_message = Some(KafkaString::from(why));
        };
        let wanted = |def: &&ConfigDef| {
            let keys = asked.configuration_keys.as_ref().filter(|keys| !keys.is_empty());
            keys.is_none_or(|keys| keys.iter().any(|k| k.as_str() == def.name))
        };
        match ConfigResource::of(asked.resource_type, asked.resource_name.as_str()) {
            Some(ConfigResource::Topic(topic)) if self.image().topic(&topic).is_some() => {
                let one = |def: &ConfigDef| {
                    let found = describe_topic(&self.spec, self.image(), &topic, def);
                    entry(def, false, found, &synonyms(&self.spec, self.image(), Some(&topic), def), with)
                };
                result.configs = TOPIC_CONFIGS.iter().filter(wanted).map(one).collect();
            }
            Some(ConfigResource::Topic(_)) => {
                refuse(ErrorCode::UnknownTopicOrPartition, String::new());
            }
            Some(ConfigResource::Broker(None)) => {
                let resource = ConfigResource::Broker(None);
                let set = |def: &&ConfigDef| self.image().config(&resource, def.name).is_some();
                let one = |def: &ConfigDef| {
                    let mut found = describe_broker(&self.spec, self.image(), def);
                    found.retain(|f| f.source == ConfigSource::DynamicDefaultBroker);
                    let mut listed = synonyms(&self.spec, self.image(), None, def);
                    listed.retain(|f| f.source == ConfigSource::DynamicDefaultBroker);
                    entry(def, false, found, &listed, with)
                };
                result.configs = BROKER_CONFIGS.iter().filter(wanted).filter(set).map(one).collect();
            }
            Some(ConfigResource::Broker(Some(id))) if id == self.spec.id => {
                let one = |def: &ConfigDef| {
                    let read_only = def.update == Update::ReadOnly;
                    let found = describe_broker(&self.spec, self.image(), def);
                    entry(def, read_only, found, &synonyms(&self.spec, self.image(), None, def), with)
                };
                result.configs = BROKER_CONFIGS.iter().filter(wanted).map(one).collect();
            }
            Some(ConfigResource::Broker(Some(id))) => refuse(
                ErrorCode::InvalidRequest,
                format!("Unexpected broker id, expected {} or empty string, but received {id}", self.spec.id),
            ),
            None if asked.resource_type == ConfigResource::BROKER => refuse(
                ErrorCode::InvalidRequest,
                format!("Broker id must be an integer, but it is: {}", asked.resource_name.as_str()),
            ),
            None => refuse(
                ErrorCode::InvalidRequest,
                format!("Unsupported resource type: {}", asked.resource_type),
            ),
        }
        result
    }

    /// A config of the brokers has changed: everything that rests on it is made anew.
    pub(super) fn reload_broker_config(&mut self, cx: &mut Context<'_>) {
        let config = BrokerConfig::of(&self.spec, self.image());
        if *self.config != config {
            self.config = Arc::new(config);
        }
        let topics: Vec<Name> = self.image().topics().keys().cloned().collect();
        topics.iter().for_each(|topic| self.reload_topic_config(cx, topic));
    }

    /// A topic's configs have changed: its logs follow from now on.
    pub(super) fn reload_topic_config(&mut self, cx: &mut Context<'_>, topic: &Name) {
        let config = log_config(&self.spec, self.image(), topic);
        let from = TopicPartition::new(topic, 0);
        let hosted: Vec<TopicPartition> = self
            .partitions
            .range(from..)
            .map(|(id, _)| id.clone())
            .take_while(|id| id.topic == *topic)
            .collect();
        for id in hosted {
            let raised = self.with_rules(cx, &id, |cx, partition, rules| {
                if let Ok(log) = partition.log_mut() {
                    log.update_config(config.clone());
                }
                partition.raise_high_watermark(cx.disk, rules).unwrap_or(false)
            });
            if raised == Some(true) {
                self.moved.insert(id);
            }
        }
    }
}

fn entry(
    def: &ConfigDef,
    read_only: bool,
    found: Vec<Resolved>,
    listed: &[Resolved],
    (with_synonyms, with_docs): (bool, bool),
) -> DescribeConfigsResourceResult {
    let text = |value: &Option<Name>| value.as_ref().map(|text| KafkaString::from(text.to_string()));
    let mut result = DescribeConfigsResourceResult::default()
        .with_name(KafkaString::from_static(def.name))
        .with_read_only(read_only)
        .with_config_type(def.kind.code());
    result.value = found.first().and_then(|first| text(&first.value));
    result.config_source = listed.first().map_or(ConfigSource::Default, |first| first.source).code();
    if with_docs {
        result.documentation = Some(KafkaString::from_static(def.doc()));
    }
    if with_synonyms {
        let synonym = |f: &Resolved| {
            DescribeConfigsSynonym::default()
                .with_name(KafkaString::from_static(f.name))
                .with_value(text(&f.value))
                .with_source(f.source.code())
        };
        result.synonyms = listed.iter().map(synonym).collect();
    }
    result
}
