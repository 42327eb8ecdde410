//! Brokers that come, stay and go: BrokerRegistration, BrokerHeartbeat, fencing.

use super::decider::BrokerChange;
use super::decider::Decider;
use super::decision::Decision;
use super::heartbeats::BrokerHeartbeats;
use super::heartbeats::BrokerState;
use crate::kafka::base::Instant;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::metadata::BrokerRegistration;
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::metadata::PartitionRegistration;
use crate::kafka::metadata::record::BrokerRegistrationChangeRecord;
use crate::kafka::metadata::record::Endpoint;
use crate::kafka::metadata::record::FeatureRange;
use crate::kafka::metadata::record::RegisterBrokerRecord;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::messages::broker_heartbeat_request::BrokerHeartbeatRequestData;
use crate::kafka::protocol::messages::broker_registration_request::BrokerRegistrationRequestData;

impl Decider<'_> {
    /// A broker registers; its epoch will be `next_offset`, where the first of the records will stand.
    pub(super) fn register_broker(
        &self,
        request: &BrokerRegistrationRequestData,
        cluster_id: &str,
        heartbeats: &BrokerHeartbeats,
        now: Instant,
        next_offset: Offset,
    ) -> Result<Decision<i64>, ErrorCode> {
        if request.cluster_id.as_str() != cluster_id {
            return Err(ErrorCode::InconsistentClusterId);
        }
        let broker = NodeId(request.broker_id);
        let existing = self.image.broker(broker);
        let same_process = existing.filter(|existing| existing.incarnation == request.incarnation_id);
        if let Some(existing) = existing.filter(|_| same_process.is_none()) {
            let alive = heartbeats.has_valid_session(broker, now, self.config.session_timeout);
            if alive && !existing.in_controlled_shutdown {
                return Err(ErrorCode::DuplicateBrokerRegistration);
            }
        }
        self.check_directories(request)?;
        let mut record = register_record(request, next_offset);
        let mut records = Vec::new();
        match same_process {
            Some(existing) => {
                record.fenced = existing.fenced;
                record.in_controlled_shutdown = existing.in_controlled_shutdown;
                record.broker_epoch = existing.epoch;
            }
            None => self.clean_up_previous(existing, broker, request.previous_broker_epoch, &mut records),
        }
        let epoch = record.broker_epoch;
        records.push(MetadataRecord::RegisterBroker(record));
        Ok(Decision::of(records, epoch))
    }

    fn check_directories(&self, request: &BrokerRegistrationRequestData) -> Result<(), ErrorCode> {
        let directories = &request.log_dirs;
        let reserved = |id: &crate::kafka::base::Uuid| {
            id.most_significant_bits() == 0 && id.least_significant_bits() < 100
        };
        let twice = (1..directories.len()).any(|at| directories[..at].contains(&directories[at]));
        let others = self.image.brokers().values().filter(|other| other.id.0 != request.broker_id);
        let taken = others.flat_map(|other| &other.directories).any(|id| directories.contains(id));
        if directories.is_empty() || directories.iter().any(reserved) || twice || taken {
            return Err(ErrorCode::InvalidRegistration);
        }
        Ok(())
    }

    /// With eligible leader replicas, a broker that did not stop in good order may have lost what it had
    /// acknowledged: it is no longer in sync anywhere. Without, it leaves the in-sync sets as a fenced broker does.
    fn clean_up_previous(
        &self,
        existing: Option<&BrokerRegistration>,
        broker: NodeId,
        previous_epoch: i64,
        records: &mut Vec<MetadataRecord>,
    ) {
        let Some(existing) = existing else { return };
        let in_isr = |partition: &PartitionRegistration| partition.isr.contains(&broker);
        let in_elr = |partition: &PartitionRegistration| {
            partition.elr.contains(&broker) && !partition.isr.contains(&broker)
        };
        if self.image.is_elr_enabled() && previous_epoch != existing.epoch {
            let change = BrokerChange { unclean_shutdown: Some(broker), ..BrokerChange::default() };
            self.leader_and_isr_updates(change, in_isr, records);
            self.leader_and_isr_updates(change, in_elr, records);
        } else {
            let change = BrokerChange { remove: Some(broker), ..BrokerChange::default() };
            self.leader_and_isr_updates(change, in_isr, records);
        }
    }

    /// What a heartbeat makes of a broker (`BrokerHeartbeatManager.calculateNextBrokerState`).
    pub(super) fn next_state(
        &self,
        request: &BrokerHeartbeatRequestData,
        heartbeats: &BrokerHeartbeats,
        registered_at: Offset,
    ) -> BrokerState {
        let broker = NodeId(request.broker_id);
        let leads = || self.image.partitions().any(|(_, _, partition)| partition.leader == Some(broker));
        let (fence, shut_down) = (request.want_fence, request.want_shut_down);
        match heartbeats.state(broker) {
            BrokerState::Fenced if shut_down => BrokerState::ShutdownNow,
            BrokerState::Fenced if !fence && request.current_metadata_offset >= registered_at => {
                BrokerState::Unfenced
            }
            BrokerState::Fenced => BrokerState::Fenced,
            BrokerState::Unfenced if fence && shut_down => BrokerState::ShutdownNow,
            BrokerState::Unfenced if fence => BrokerState::Fenced,
            BrokerState::Unfenced if shut_down && leads() => BrokerState::ControlledShutdown,
            BrokerState::Unfenced if shut_down => BrokerState::ShutdownNow,
            BrokerState::Unfenced => BrokerState::Unfenced,
            BrokerState::ControlledShutdown => {
                let moved_by =
                    heartbeats.get(broker).and_then(|heartbeat| heartbeat.controlled_shutdown_offset);
                let all_know = moved_by.is_none_or(|offset| offset <= heartbeats.lowest_active_offset());
                if leads() || !all_know { BrokerState::ControlledShutdown } else { BrokerState::ShutdownNow }
            }
            BrokerState::ShutdownNow => BrokerState::ShutdownNow,
        }
    }

    /// The records of a broker's change from one state to another.
    pub(super) fn change_state(&self, broker: NodeId, next: BrokerState, records: &mut Vec<MetadataRecord>) {
        let Some(registration) = self.image.broker(broker) else { return };
        match next {
            BrokerState::Fenced | BrokerState::ShutdownNow => self.fence(broker, records),
            BrokerState::Unfenced => self.unfence(registration, records),
            BrokerState::ControlledShutdown => self.begin_controlled_shutdown(registration, records),
        }
    }

    /// First the partitions, then the broker: it leaves every in-sync set, and others lead.
    pub(super) fn fence(&self, broker: NodeId, records: &mut Vec<MetadataRecord>) {
        let Some(registration) = self.image.broker(broker) else { return };
        self.leave_in_sync_sets(broker, records);
        let mut change = BrokerRegistrationChangeRecord::of(broker, registration.epoch);
        change.fenced = Some(true);
        records.push(MetadataRecord::BrokerRegistrationChange(change));
    }

    /// First the broker, then the partitions without a leader: perhaps it can lead one.
    fn unfence(&self, registration: &BrokerRegistration, records: &mut Vec<MetadataRecord>) {
        let mut record = BrokerRegistrationChangeRecord::of(registration.id, registration.epoch);
        record.fenced = Some(false);
        records.push(MetadataRecord::BrokerRegistrationChange(record));
        let change = BrokerChange { add: Some(registration.id), ..BrokerChange::default() };
        self.leader_and_isr_updates(change, |partition| partition.leader.is_none(), records);
    }

    fn begin_controlled_shutdown(
        &self,
        registration: &BrokerRegistration,
        records: &mut Vec<MetadataRecord>,
    ) {
        if !registration.in_controlled_shutdown {
            let mut record = BrokerRegistrationChangeRecord::of(registration.id, registration.epoch);
            record.in_controlled_shutdown = true;
            records.push(MetadataRecord::BrokerRegistrationChange(record));
        }
        self.leave_in_sync_sets(registration.id, records);
    }

    fn leave_in_sync_sets(&self, broker: NodeId, records: &mut Vec<MetadataRecord>) {
        let change = BrokerChange { remove: Some(broker), ..BrokerChange::default() };
        self.leader_and_isr_updates(change, |partition| partition.isr.contains(&broker), records);
    }

    /// The broker says that some of its log directories are gone.
    pub(super) fn directories_offline(
        &self,
        request: &BrokerHeartbeatRequestData,
        records: &mut Vec<MetadataRecord>,
    ) {
        let broker = NodeId(request.broker_id);
        let Some(registration) = self.image.broker(broker) else { return };
        let is_offline = |id: &crate::kafka::base::Uuid| request.offline_log_dirs.contains(id);
        if !registration.directories.iter().any(is_offline) {
            return;
        }
        let lies_there = |partition: &PartitionRegistration| {
            let at = partition.replicas.iter().position(|replica| *replica == broker);
            at.and_then(|at| partition.directories.get(at)).is_some_and(is_offline)
        };
        let change = BrokerChange { remove: Some(broker), ..BrokerChange::default() };
        self.leader_and_isr_updates(change, lies_there, records);
        let mut record = BrokerRegistrationChangeRecord::of(broker, registration.epoch);
        record.log_dirs = registration.directories.iter().filter(|id| !is_offline(id)).copied().collect();
        records.push(MetadataRecord::BrokerRegistrationChange(record));
    }
}

fn register_record(request: &BrokerRegistrationRequestData, epoch: i64) -> RegisterBrokerRecord {
    let endpoint =
        |listener: &crate::kafka::protocol::messages::broker_registration_request::Listener| Endpoint {
            name: Name::from(listener.name.as_str()),
            host: Name::from(listener.host.as_str()),
            port: listener.port,
            security_protocol: listener.security_protocol,
        };
    let feature =
        |feature: &crate::kafka::protocol::messages::broker_registration_request::Feature| FeatureRange {
            name: Name::from(feature.name.as_str()),
            min: feature.min_supported_version,
            max: feature.max_supported_version,
        };
    RegisterBrokerRecord {
        broker: NodeId(request.broker_id),
        incarnation: request.incarnation_id,
        broker_epoch: epoch,
        endpoints: request.listeners.iter().map(endpoint).collect(),
        features: request.features.iter().map(feature).collect(),
        rack: request.rack.as_ref().map(|rack| Name::from(rack.as_str())),
        fenced: true,
        in_controlled_shutdown: false,
        log_dirs: request.log_dirs.clone(),
    }
}
