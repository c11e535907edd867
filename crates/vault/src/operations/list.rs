//! ListSecrets, with filters, orders and pages.

use std::collections::BTreeMap;

use latchkey_domain::filter::{Filter, FilterKey, Matcher};
use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::validate::Checks;
use crate::call::Call;
use crate::fault::Fault;
use crate::store::page::{Mark, Order, SortBy};
use crate::store::secrets::Secret;

const MAX_PAGE: usize = 100;
const FILTER_PATTERN: &str = r"^\!?[a-zA-Z0-9 :_@\/\+\=\.\-\!]*$";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListSecrets {
    include_planned_deletion: Option<bool>,
    max_results: Option<i64>,
    next_token: Option<String>,
    filters: Option<Vec<WireFilter>>,
    sort_order: Option<String>,
    sort_by: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct WireFilter {
    key: Option<String>,
    values: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SecretList {
    secret_list: Vec<ListedSecret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListedSecret {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    secret_versions_to_stages: BTreeMap<String, Vec<String>>,
    #[serde(flatten)]
    facts: Facts,
}

pub fn list_secrets(call: &Call<'_>, request: ListSecrets) -> Result<SecretList, Fault> {
    let mut checks = Checks::default();
    checks.number("maxResults", request.max_results, 1..=100);
    checks.text("nextToken", request.next_token.as_deref(), 1..=4096);
    check_filters(&mut checks, request.filters.as_deref());
    checks.one_of("sortOrder", request.sort_order.as_deref(), &["asc", "desc"]);
    let sorts = ["created-date", "last-accessed-date", "last-changed-date", "name"];
    checks.one_of("sortBy", request.sort_by.as_deref(), &sorts);
    checks.finish()?;
    let by = match request.sort_by.as_deref() {
        Some("last-accessed-date") => SortBy::Accessed,
        Some("last-changed-date") => SortBy::Changed,
        Some("name") => SortBy::Name,
        _ => SortBy::Created,
    };
    let order = Order { by, is_descending: request.sort_order.as_deref() == Some("desc") };
    let limit = request.max_results.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MAX_PAGE);
    let (secrets, next_token) = find_page(
        call,
        "list",
        request.filters.unwrap_or_default(),
        order,
        request.include_planned_deletion.unwrap_or_default(),
        limit,
        request.next_token.as_deref(),
    )?;
    let secret_list = secrets.into_iter().map(|secret| ListedSecret::new(call, secret));
    Ok(SecretList { secret_list: secret_list.collect::<Result<_, _>>()?, next_token })
}

impl ListedSecret {
    fn new(call: &Call<'_>, secret: Secret) -> Result<Self, Fault> {
        Ok(Self { secret_versions_to_stages: call.rows.stages(&secret)?, facts: Facts::of(call, secret)? })
    }
}

/// The constraints of the model. The vault holds to them so that what works here works on AWS.
pub fn check_filters(checks: &mut Checks, filters: Option<&[WireFilter]>) {
    checks.list("filters", filters, 0..=10);
    let keys = FilterKey::ALL.map(FilterKey::as_str);
    for (index, filter) in filters.into_iter().flatten().enumerate() {
        let member = format!("filters.{}.member", index + 1);
        checks.one_of(&format!("{member}.key"), filter.key.as_deref(), &keys);
        checks.list(&format!("{member}.values"), filter.values.as_deref(), 1..=10);
        for (index, value) in filter.values.iter().flatten().enumerate() {
            let member = format!("{member}.values.{}.member", index + 1);
            checks.text(&member, Some(value), 0..=512);
            let is_accepted = |c: char| c.is_ascii_alphanumeric() || " :_@/+=.-!".contains(c);
            checks.pattern(&member, value, FILTER_PATTERN, value.chars().all(is_accepted));
        }
    }
}

/// One page of the secrets that pass the filters, and the token of the next; `purpose` keeps tokens apart.
pub fn find_page(
    call: &Call<'_>,
    purpose: &str,
    filters: Vec<WireFilter>,
    order: Order,
    includes_deleted: bool,
    limit: usize,
    token: Option<&str>,
) -> Result<(Vec<Secret>, Option<String>), Fault> {
    let scope = (call.rows.account, call.rows.region);
    let query = serde_json::to_string(&(purpose, scope, &filters, order, includes_deleted))
        .map_err(|_| Fault::internal("A page could not be remembered."))?;
    let key = &call.sealer.key;
    let after = token.map(|token| Mark::from_token(key, &query, token)).transpose()?;
    let matcher = Matcher::new(&filters.into_iter().filter_map(WireFilter::into_filter).collect::<Vec<_>>());
    let mut page = Vec::with_capacity(limit);
    let mut has_more = false;
    call.rows.each_secret(order, after, includes_deleted, |secret| {
        if !matcher.matches(&secret) {
            return true;
        }
        has_more = page.len() == limit;
        if !has_more {
            page.push(secret);
        }
        !has_more
    })?;
    let last = page.last().filter(|_| has_more);
    let next = last.map(|last| Mark::of_secret(last, order.by).to_token(key, &query)).transpose()?;
    Ok((page, next))
}

impl WireFilter {
    /// One without a key or without values restricts nothing.
    fn into_filter(self) -> Option<Filter> {
        Some(Filter::new(FilterKey::parse(&self.key?)?, self.values?))
    }
}
