//! What a way ends at: its first key, the IAM Identity Center, or what Latchkey does not ask.

use latchkey_domain::{ApiError, Region};

use super::way::{Base, Named, Way, at};
use crate::aws_files::AwsFiles;

impl Way {
    /// Why this way is not gone, though the AWS CLI would go it. An endpoint of a machine's own service would come from
    /// variables that nobody was asked about.
    pub fn refused(&self, files: &AwsFiles, name: &str) -> Option<ApiError> {
        let (mut owner, mut way) = (name, self);
        while let Self::Role(role) = way {
            match &role.base {
                Base::Profile(source, next) => (owner, way) = (source, next),
                Base::Named(Named::Environment) => return None,
                Base::Named(Named::Ec2InstanceMetadata | Named::EcsContainer) => {
                    let words = "Latchkey does not ask the services of a machine for credentials. Of the values of \
                                 credential_source only Environment is used; or name a source_profile.";
                    return Some(at(name, files.profiles.get(owner)?, "credential_source", words));
                }
            }
        }
        None
    }

    /// The Region of the IAM Identity Center at its end.
    pub fn sso_region(&self) -> Option<&Region> {
        match self {
            Self::Sso(role) => Some(&role.region),
            Self::Role(role) => match &role.base {
                Base::Profile(_, way) => way.sso_region(),
                Base::Named(_) => None,
            },
            _ => None,
        }
    }

    /// The id of the key that it begins with.
    #[cfg(test)]
    pub fn first_key(&self, files: &AwsFiles, owner: &str) -> Option<String> {
        match self {
            Self::Keys(file) => {
                super::way::key(files.profiles.get(owner)?, *file).map(|(id, ..)| id.to_owned())
            }
            Self::Role(role) => match &role.base {
                Base::Profile(source, way) => way.first_key(files, source),
                Base::Named(_) => None,
            },
            _ => None,
        }
    }
}
