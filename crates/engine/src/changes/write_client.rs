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

#[derive(Debug, Clone)]
pub(super) struct WriteClient(Client);

impl WriteClient {
    pub fn new(client: Client) -> Self {
        Self(client)
    }

    pub(super) fn cancel_rotate_secret(&self) -> CancelRotateSecretFluentBuilder {
        self.0.cancel_rotate_secret()
    }

    pub(super) fn create_secret(&self) -> CreateSecretFluentBuilder {
        self.0.create_secret()
    }

    pub(super) fn delete_secret(&self) -> DeleteSecretFluentBuilder {
        self.0.delete_secret()
    }

    pub(super) fn put_secret_value(&self) -> PutSecretValueFluentBuilder {
        self.0.put_secret_value()
    }

    pub(super) fn restore_secret(&self) -> RestoreSecretFluentBuilder {
        self.0.restore_secret()
    }

    pub(super) fn rotate_secret(&self) -> RotateSecretFluentBuilder {
        self.0.rotate_secret()
    }

    pub(super) fn tag_resource(&self) -> TagResourceFluentBuilder {
        self.0.tag_resource()
    }

    pub(super) fn untag_resource(&self) -> UntagResourceFluentBuilder {
        self.0.untag_resource()
    }

    pub(super) fn update_secret(&self) -> UpdateSecretFluentBuilder {
        self.0.update_secret()
    }

    pub(super) fn update_secret_version_stage(&self) -> UpdateSecretVersionStageFluentBuilder {
        self.0.update_secret_version_stage()
    }
}
