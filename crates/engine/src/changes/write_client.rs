//! A client of Secrets Manager with the operations that write. Only this module can send one.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::cancel_rotate_secret::builders::CancelRotateSecretFluentBuilder;
use aws_sdk_secretsmanager::operation::create_secret::builders::CreateSecretFluentBuilder;
use aws_sdk_secretsmanager::operation::delete_secret::builders::DeleteSecretFluentBuilder;
use aws_sdk_secretsmanager::operation::put_secret_value::builders::PutSecretValueFluentBuilder;
use aws_sdk_secretsmanager::operation::restore_secret::builders::RestoreSecretFluentBuilder;
use aws_sdk_secretsmanager::operation::rotate_secret::builders::RotateSecretFluentBuilder;
use aws_sdk_secretsmanager::operation::tag_resource::builders::TagResourceFluentBuilder;
use aws_sdk_secretsmanager::operation::untag_resource::builders::UntagResourceFluentBuilder;
use aws_sdk_secretsmanager::operation::update_secret::builders::UpdateSecretFluentBuilder;
use aws_sdk_secretsmanager::operation::update_secret_version_stage::builders::UpdateSecretVersionStageFluentBuilder;

use super::Changing;
use crate::aws::attempts::Attempts;
use crate::aws::read_client::ReadClient;

/// Sends the requests of one change, one after the other, and notes what was answered.
#[derive(Debug)]
pub(super) struct WriteClient {
    /// Without the notes.
    client: Client,
    noted: Client,
    attempts: Attempts,
}

impl WriteClient {
    pub fn new(client: &ReadClient) -> Self {
        Self::noting(client.whole(Changing(())))
    }

    fn noting(client: Client) -> Self {
        let attempts = Attempts::default();
        let config = client.config().to_builder().interceptor(attempts.clone()).build();
        Self { client, noted: Client::from_conf(config), attempts }
    }

    /// The same for another change.
    pub fn anew(&self) -> Self {
        Self::noting(self.client.clone())
    }

    /// The ids of all answers, also of those that refused.
    pub fn request_ids(&self) -> Vec<String> {
        self.attempts.request_ids()
    }

    /// Whether the last request got no answer, or an error of the server: it may have been applied.
    pub fn may_have_landed(&self) -> bool {
        self.attempts.may_have_landed()
    }

    fn next(&self) -> &Client {
        self.attempts.begin();
        &self.noted
    }

    pub fn cancel_rotate_secret(&self) -> CancelRotateSecretFluentBuilder {
        self.next().cancel_rotate_secret()
    }

    pub fn create_secret(&self) -> CreateSecretFluentBuilder {
        self.next().create_secret()
    }

    pub fn delete_secret(&self) -> DeleteSecretFluentBuilder {
        self.next().delete_secret()
    }

    pub fn put_secret_value(&self) -> PutSecretValueFluentBuilder {
        self.next().put_secret_value()
    }

    pub fn restore_secret(&self) -> RestoreSecretFluentBuilder {
        self.next().restore_secret()
    }

    pub fn rotate_secret(&self) -> RotateSecretFluentBuilder {
        self.next().rotate_secret()
    }

    pub fn tag_resource(&self) -> TagResourceFluentBuilder {
        self.next().tag_resource()
    }

    pub fn untag_resource(&self) -> UntagResourceFluentBuilder {
        self.next().untag_resource()
    }

    pub fn update_secret(&self) -> UpdateSecretFluentBuilder {
        self.next().update_secret()
    }

    pub fn update_secret_version_stage(&self) -> UpdateSecretVersionStageFluentBuilder {
        self.next().update_secret_version_stage()
    }
}
