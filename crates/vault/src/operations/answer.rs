//! Parts that several answers share. A field without a value is left out, as AWS does.

use latchkey_domain::secret::Tag;
use serde::{Deserialize, Serialize, Serializer};

/// Seconds since 1970 with milliseconds, from milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant(pub i64);

impl Instant {
    /// The store's 0 is "never".
    pub fn if_ever(millis: i64) -> Option<Self> {
        (millis != 0).then_some(Self(millis))
    }
}

impl Serialize for Instant {
    #[allow(clippy::cast_precision_loss)] // Milliseconds of this millennium are exact in 53 bits.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0 as f64 / 1000.0)
    }
}

/// ARN and name: the whole answer of several operations.
#[derive(Debug, Serialize)]
pub struct Named {
    #[serde(rename = "ARN")]
    pub arn: String,
    #[serde(rename = "Name")]
    pub name: String,
}

/// `{}`.
#[derive(Debug, Serialize)]
pub struct Empty {}

/// A tag on the wire.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct WireTag {
    pub key: Option<String>,
    pub value: Option<String>,
}

impl From<Tag> for WireTag {
    fn from(tag: Tag) -> Self {
        Self { key: Some(tag.key), value: Some(tag.value) }
    }
}

pub fn to_wire(tags: Option<Vec<Tag>>) -> Option<Vec<WireTag>> {
    tags.map(|tags| tags.into_iter().map(WireTag::from).collect())
}
