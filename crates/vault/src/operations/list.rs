//! ListSecrets, with filters, orders and pages.

use std::collections::{BTreeMap, HashSet};

use latchkey_domain::filter::{Filter, FilterKey, Matcher};
use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::validate::Checks;
use crate::call::Call;
use crate::fault::Fault;
use crate::store::page::{Mark, Order, SortBy};
use crate::store::secrets::Secret;
use crate::vault::Reading;

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

pub fn list_secrets(reading: &Reading<'_>, request: ListSecrets) -> Result<SecretList, Fault> {
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
    let query = PageQuery {
        purpose: "list",
        filters: request.filters.unwrap_or_default(),
        order: Order { by, is_descending: request.sort_order.as_deref() == Some("desc") },
        includes_deleted: request.include_planned_deletion.unwrap_or_default(),
        limit: request.max_results.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MAX_PAGE),
    };
    let token = request.next_token.as_deref();
    let (secret_list, next_token) = find_page(reading, query, token, ListedSecret::new)?;
    Ok(SecretList { secret_list, next_token })
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

/// The secrets that a page is made of.
pub struct PageQuery {
    /// Keeps the tokens of operations apart.
    pub purpose: &'static str,
    pub filters: Vec<WireFilter>,
    pub order: Order,
    pub includes_deleted: bool,
    pub limit: usize,
}

/// One page of the secrets that pass the filters, each as `show` answers it, and the token of the next page.
pub fn find_page<T>(
    reading: &Reading<'_>,
    query: PageQuery,
    token: Option<&str>,
    show: impl Fn(&Call<'_>, Secret) -> Result<T, Fault>,
) -> Result<(Vec<T>, Option<String>), Fault> {
    let mut search = reading.look(|call| Search::begin(call, query, token))?;
    while reading.look(|call| search.go_on(call, &show))? {}
    Ok((search.found, search.next_token))
}

/// Secrets that one transaction looks at: a millisecond or two. A search for the only match among 500,000 takes seconds,
/// and a commit is acknowledged only once the transactions have ended that were open at it.
const SLICE: u32 = 256;

/// The search for one page, in slices. Each begins behind the last secret of the one before, so that no secret that
/// stays as it is is skipped or shown twice, whatever is written between them. One that moves meanwhile is shown at most
/// once in a page, and may be missed, as on AWS.
struct Search<T> {
    /// What tokens belong to.
    query: String,
    matcher: Matcher,
    order: Order,
    includes_deleted: bool,
    limit: usize,
    /// Where the next slice begins.
    after: Option<Mark>,
    found: Vec<T>,
    /// The ids of those that were found.
    ids: HashSet<i64>,
    /// The last one that was found.
    last: Option<Mark>,
    next_token: Option<String>,
}

impl<T> Search<T> {
    fn begin(call: &Call<'_>, query: PageQuery, token: Option<&str>) -> Result<Self, Fault> {
        let PageQuery { purpose, filters, order, includes_deleted, limit } = query;
        let scope = (call.rows.account, call.rows.region);
        let query = serde_json::to_string(&(purpose, scope, &filters, order, includes_deleted))
            .map_err(|_| Fault::internal("A page could not be remembered."))?;
        let after = token.map(|token| Mark::from_token(&call.sealer.key, &query, token)).transpose()?;
        let filters: Vec<_> = filters.into_iter().filter_map(WireFilter::into_filter).collect();
        Ok(Self {
            query,
            matcher: Matcher::new(&filters),
            order,
            includes_deleted,
            limit,
            after,
            found: Vec::with_capacity(limit),
            ids: HashSet::new(),
            last: None,
            next_token: None,
        })
    }

    /// Looks at the next slice. Returns whether there is another one to look at.
    fn go_on(
        &mut self,
        call: &Call<'_>,
        show: impl Fn(&Call<'_>, Secret) -> Result<T, Fault>,
    ) -> Result<bool, Fault> {
        let after = self.after.take();
        self.after = call.rows.each_secret(self.order, after.as_ref(), SLICE, |secret| {
            let is_hidden = secret.deleted_at.is_some() && !self.includes_deleted;
            if is_hidden || !self.matcher.matches(&secret) || self.ids.contains(&secret.id) {
                return Ok(true);
            }
            if self.found.len() == self.limit {
                let token = |last: &Mark| last.to_token(&call.sealer.key, &self.query);
                self.next_token = self.last.as_ref().map(token).transpose()?;
                return Ok(false);
            }
            call.rows.check(&secret)?;
            self.ids.insert(secret.id);
            self.last = Some(Mark::of_secret(&secret, self.order.by));
            self.found.push(show(call, secret)?);
            Ok(true)
        })?;
        Ok(self.after.is_some())
    }
}

impl WireFilter {
    /// One without a key or without values restricts nothing.
    fn into_filter(self) -> Option<Filter> {
        Some(Filter::new(FilterKey::parse(&self.key?)?, self.values?))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::mpsc::{channel, sync_channel};
    use std::sync::{Arc, Mutex};
    use std::thread;
    use std::time::Duration;

    use latchkey_domain::secret_text::{SecretInput, SecretValue};

    use super::*;
    use crate::fault::FaultCode;
    use crate::operations::value::get_secret_value;
    use crate::seed::{Seed, SeedVersion};
    use crate::store::connections::Reader;
    use crate::vault::{KeySource, Options, Vault};

    const REGION: &str = "us-east-1";

    fn on_disk(folder: &std::path::Path) -> Options {
        Options::folder(folder, KeySource::Passphrase(SecretInput::new("fake passphrase")), "a test")
    }

    /// A vault of as many secrets as that, the first of them with a value that was read today.
    fn filled(options: Options, count: i64) -> Arc<Vault> {
        let vault = Vault::open_blocking(options).unwrap();
        seed(&vault, "first");
        // Through requests it would take minutes.
        let fill = "INSERT INTO secret (account, region, name, arn, created_at, changed_at)
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
            SELECT account, region, printf('bulk/%06d', i), printf('%s-%06d', arn, i), created_at + i, changed_at + i
            FROM secret, n";
        vault.call(REGION, |call| Ok(call.rows.work.execute(fill, [count - 1])?)).unwrap();
        read(&vault, "first").unwrap();
        vault
    }

    fn seed(vault: &Vault, name: &str) {
        let version = SeedVersion {
            value: SecretValue::text("fake"),
            stages: vec!["AWSCURRENT".into()],
            created_at: vault.now(),
        };
        let seed = Seed { name: name.into(), versions: vec![version], ..Seed::default() };
        assert!(vault.seed(REGION, seed).unwrap());
    }

    fn read(vault: &Vault, name: &str) -> Result<(), Fault> {
        vault.read_as(REGION, None, Reader::Lookup, |reading| {
            let request = serde_json::from_str(&format!(r#"{{"SecretId":"{name}"}}"#)).unwrap();
            reading.look(|call| get_secret_value(call, request)).map(drop)
        })
    }

    /// Reads on a thread of its own, and fails in place of hanging.
    fn read_meanwhile(vault: &Arc<Vault>, name: &'static str) {
        let (done, read_by_then) = sync_channel(1);
        let vault = vault.clone();
        thread::spawn(move || done.send(read(&vault, name)));
        read_by_then.recv_timeout(Duration::from_secs(20)).expect("it waits").unwrap();
    }

    fn query(names: &[&str], by: SortBy) -> PageQuery {
        let values = names.iter().map(|&name| name.to_owned()).collect();
        PageQuery {
            purpose: "test",
            filters: vec![WireFilter { key: Some("name".into()), values: Some(values) }],
            order: Order { by, is_descending: false },
            includes_deleted: true,
            limit: MAX_PAGE,
        }
    }

    #[test]
    fn a_read_waits_for_no_scan() {
        let home = tempfile::tempdir().unwrap();
        for options in [Options::memory(), on_disk(home.path())] {
            let vault = filled(options, 1_000);
            // More scans than may look at once, each of them held in the middle of a look.
            let (begun, scans) = channel();
            let (go_on, gate) = channel::<()>();
            let gate = Arc::new(Mutex::new(gate));
            let scanning: Vec<_> = (0..6)
                .map(|_| {
                    let (vault, begun, gate) = (vault.clone(), begun.clone(), gate.clone());
                    let query = PageQuery { limit: 1, ..query(&["bulk/"], SortBy::Created) };
                    thread::spawn(move || {
                        vault.read_as(REGION, None, Reader::Scan, |reading| {
                            find_page(reading, query, None, |_, secret| {
                                begun.send(()).unwrap();
                                // Until the other end is dropped.
                                let _ = gate.lock().unwrap().recv();
                                Ok(secret.name)
                            })
                        })
                    })
                })
                .collect();
            scans.recv().unwrap();
            read_meanwhile(&vault, "first");
            drop(go_on);
            for scan in scanning {
                assert_eq!(scan.join().unwrap().unwrap().0, ["bulk/000001"], "it finds what it looked for");
            }
        }
    }

    #[test]
    fn a_read_waits_for_no_write() {
        let home = tempfile::tempdir().unwrap();
        let vault = filled(on_disk(home.path()), 10);
        seed(&vault, "second");
        let ((begun, write), (go_on, gate)) = (channel(), channel::<()>());
        let writer = vault.clone();
        let writing = thread::spawn(move || {
            writer.call(REGION, |call| {
                begun.send(()).unwrap();
                let _ = gate.recv();
                Ok(call.rows.remove(&call.rows.named("bulk/000001")?.unwrap())?)
            })
        });
        write.recv().unwrap();
        read_meanwhile(&vault, "first");
        // The first read of a secret on a day notes the date, which is a write. It is left to the one under way.
        read_meanwhile(&vault, "second");
        drop(go_on);
        writing.join().unwrap().unwrap();
        let accessed = vault.call(REGION, |call| Ok(call.rows.named("second")?.unwrap().accessed_on));
        assert_ne!(accessed.unwrap(), 0, "the date is noted after all");
    }

    #[test]
    fn what_is_written_between_two_slices_goes_through_and_no_secret_is_skipped_or_shown_twice() {
        let home = tempfile::tempdir().unwrap();
        for options in [Options::memory(), on_disk(home.path())] {
            let count = i64::from(SLICE) * 3;
            let vault = filled(options, count);
            let query = PageQuery { limit: 10_000, ..query(&["bulk/"], SortBy::Changed) };
            let names = |_: &Call<'_>, secret: Secret| Ok(secret.name);
            let found = vault.read_as(REGION, None, Reader::Scan, |reading| {
                let mut search = reading.look(|call| Search::begin(call, query, None))?;
                assert!(reading.look(|call| search.go_on(call, names))?, "one slice is not all");
                let change = |name: &str, at: i64| {
                    vault.call(REGION, |call| {
                        let mut secret = call.rows.named(name)?.unwrap();
                        secret.changed_at += at;
                        Ok(call.rows.update(&secret)?)
                    })
                };
                // It was shown and moves behind those that were not; it is deleted; it appears.
                change("bulk/000001", 1_000_000)?;
                vault.call(REGION, |call| {
                    Ok(call.rows.remove(&call.rows.named("bulk/000600")?.unwrap())?)
                })?;
                assert!(vault.seed(REGION, Seed { name: "bulk/new".into(), ..Seed::default() })?);
                change("bulk/new", 2_000_000)?;
                while reading.look(|call| search.go_on(call, names))? {}
                Ok(search.found)
            });
            let mut expected: Vec<_> = (1..count).map(|n| format!("bulk/{n:06}")).collect();
            expected.retain(|name| name != "bulk/000600");
            expected.push("bulk/new".to_owned());
            assert_eq!(found.unwrap(), expected);
        }
    }

    #[test]
    fn a_scan_ends_at_the_next_slice_once_the_vault_is_closed() {
        let vault = filled(Options::memory(), i64::from(SLICE) * 3);
        let ended = vault.read_as(REGION, None, Reader::Scan, |reading| {
            let mut search =
                reading.look(|call| Search::begin(call, query(&["none"], SortBy::Name), None))?;
            assert!(reading.look(|call| search.go_on(call, |_, _| Ok(())))?, "one slice is not all");
            vault.close_blocking();
            reading.look(|call| search.go_on(call, |_, _| Ok(())))
        });
        assert_eq!(ended.unwrap_err().code, FaultCode::VaultClosed);
    }
}
