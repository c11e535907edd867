//! A client of Secrets Manager with the operations that read, and no others: a write that goes past
//! [`changes`](crate::changes) does not compile, nor does a value that is read where none is needed.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::describe_secret::builders::DescribeSecretFluentBuilder;
use aws_sdk_secretsmanager::operation::get_random_password::builders::GetRandomPasswordFluentBuilder;
use aws_sdk_secretsmanager::operation::get_secret_value::builders::GetSecretValueFluentBuilder;
use aws_sdk_secretsmanager::operation::list_secret_version_ids::builders::ListSecretVersionIdsFluentBuilder;
use aws_sdk_secretsmanager::operation::list_secrets::builders::ListSecretsFluentBuilder;

use crate::permits::{ReadsValues, SendsWrites};

#[derive(Debug, Clone)]
pub(crate) struct ReadClient(Client);

impl ReadClient {
    pub(super) fn new(client: Client) -> Self {
        Self(client)
    }

    /// Every operation, for what journals each write.
    pub fn whole(&self, _: impl SendsWrites) -> Client {
        self.0.clone()
    }

    /// Every operation, for tests of what is refused on the way.
    #[cfg(test)]
    pub fn into_all(self) -> Client {
        self.0
    }

    pub fn describe_secret(&self) -> DescribeSecretFluentBuilder {
        self.0.describe_secret()
    }

    pub fn get_random_password(&self) -> GetRandomPasswordFluentBuilder {
        self.0.get_random_password()
    }

    pub fn get_secret_value(&self, _: impl ReadsValues) -> GetSecretValueFluentBuilder {
        self.0.get_secret_value()
    }

    pub fn list_secret_version_ids(&self) -> ListSecretVersionIdsFluentBuilder {
        self.0.list_secret_version_ids()
    }

    pub fn list_secrets(&self) -> ListSecretsFluentBuilder {
        self.0.list_secrets()
    }
}
