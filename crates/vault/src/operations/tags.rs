//! TagResource and UntagResource.

use latchkey_domain::secret::Tag;
use serde::Deserialize;

use super::answer::{Empty, WireTag};
use super::validate::Checks;
use crate::call::Call;
use crate::fault::Fault;
use crate::store::secrets::parse_secret_id;

/// Tags that one secret may have (AWS quota).
const MAX_TAGS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagResource {
    secret_id: Option<String>,
    tags: Option<Vec<WireTag>>,
}

pub fn tag_resource(call: &Call<'_>, request: TagResource) -> Result<Empty, Fault> {
    let mut checks = Checks::default();
    checks.required("secretId", request.secret_id.as_deref(), 1..=2048);
    checks.required_list("tags", request.tags.as_deref());
    check_tags(&mut checks, request.tags.as_deref());
    checks.finish()?;
    let secret_id = request.secret_id.unwrap_or_default();
    let added = read_tags(request.tags.unwrap_or_default())?;
    let mut secret = call.rows.find_writable(&secret_id)?;
    let mut tags = secret.tags.take().unwrap_or_default();
    for tag in added {
        put_tag(&mut tags, tag);
    }
    check_count(&tags)?;
    secret.tags = Some(tags);
    call.save_changed(&mut secret)?;
    Ok(Empty {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagResource {
    secret_id: Option<String>,
    tag_keys: Option<Vec<String>>,
}

pub fn untag_resource(call: &Call<'_>, request: UntagResource) -> Result<Empty, Fault> {
    let mut checks = Checks::default();
    checks.required("secretId", request.secret_id.as_deref(), 1..=2048);
    checks.required_list("tagKeys", request.tag_keys.as_deref());
    for (index, key) in request.tag_keys.iter().flatten().enumerate() {
        checks.text(&format!("tagKeys.{}.member", index + 1), Some(key), 1..=128);
    }
    checks.finish()?;
    let secret_id = request.secret_id.unwrap_or_default();
    parse_secret_id(&secret_id)?;
    let keys = request.tag_keys.unwrap_or_default();
    let mut secret = call.rows.find_writable(&secret_id)?;
    let Some(tags) = &mut secret.tags else { return Ok(Empty {}) };
    let before = tags.len();
    tags.retain(|tag| !keys.contains(&tag.key));
    if tags.len() != before {
        call.save_changed(&mut secret)?;
    }
    Ok(Empty {})
}

pub fn check_tags(checks: &mut Checks, tags: Option<&[WireTag]>) {
    for (index, tag) in tags.into_iter().flatten().enumerate() {
        let member = format!("tags.{}.member", index + 1);
        checks.text(&format!("{member}.key"), tag.key.as_deref(), 1..=128);
        checks.text(&format!("{member}.value"), tag.value.as_deref(), 0..=256);
    }
}

/// The tags of a request; of two with one key the later counts.
pub fn read_tags(tags: Vec<WireTag>) -> Result<Vec<Tag>, Fault> {
    let mut read = Vec::with_capacity(tags.len());
    for tag in tags {
        let key = tag.key.ok_or_else(|| Fault::invalid_parameter("You must provide a Key for every tag."))?;
        if key.starts_with("aws:") {
            return Err(Fault::invalid_parameter("Tag keys that start with aws: are reserved for AWS."));
        }
        put_tag(&mut read, Tag { key, value: tag.value.unwrap_or_default() });
    }
    check_count(&read)?;
    Ok(read)
}

fn put_tag(tags: &mut Vec<Tag>, tag: Tag) {
    match tags.iter_mut().find(|known| known.key == tag.key) {
        Some(known) => known.value = tag.value,
        None => tags.push(tag),
    }
}

fn check_count(tags: &[Tag]) -> Result<(), Fault> {
    if tags.len() > MAX_TAGS {
        return Err(Fault::invalid_parameter("A secret can have at most 50 tags."));
    }
    Ok(())
}
