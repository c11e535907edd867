//! The roles that a session opens, and those among them that are to become connections.

use std::collections::BTreeMap;

use latchkey_domain::connection::Connections;
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::identity_center::{
    ListAccountRoles, ListAccounts, SaveSsoRoles, SsoAccount, SsoRoleDraft, SsoSession,
};
use latchkey_domain::{ApiError, Region};
use leptos::prelude::*;

use super::request::Request;
use crate::ipc;

/// So many accounts show their roles at once; with more, each is asked for when it is opened.
const OPENED_AT_ONCE: usize = 6;

/// An account and a role in it.
pub type RoleKey = (String, String);

/// What is known of an account's roles.
#[derive(Debug, Clone, PartialEq)]
pub enum Roles {
    Asking,
    Known(Vec<String>),
    Failed(ApiError),
}

/// The accounts of a session and what was chosen of them.
#[derive(Clone, Copy)]
pub struct RoleChoice {
    session: StoredValue<SsoSession>,
    /// None until they are known.
    pub accounts: RwSignal<Option<Vec<SsoAccount>>>,
    /// By account id, of those that were opened.
    pub roles: RwSignal<BTreeMap<String, Roles>>,
    pub filter: RwSignal<String>,
    /// The name that the connection of each chosen role gets.
    pub chosen: RwSignal<BTreeMap<RoleKey, String>>,
    /// The role of the same account that writes for a chosen one, where it does not write itself.
    pub writers: RwSignal<BTreeMap<RoleKey, String>>,
    pub region: RwSignal<String>,
    /// Empty for AWS's own endpoint.
    pub endpoint_url: RwSignal<String>,
    pub fips: RwSignal<bool>,
    pub dual_stack: RwSignal<bool>,
    pub request: Request,
}

impl RoleChoice {
    pub fn new(session: SsoSession) -> Self {
        Self {
            region: RwSignal::new(session.region.0.clone()),
            session: StoredValue::new(session),
            accounts: RwSignal::default(),
            roles: RwSignal::default(),
            filter: RwSignal::default(),
            chosen: RwSignal::default(),
            writers: RwSignal::default(),
            endpoint_url: RwSignal::default(),
            fips: RwSignal::default(),
            dual_stack: RwSignal::default(),
            request: Request::of_form(&["roles", "name", "region", "endpoint_url"]),
        }
    }

    /// Asks for the accounts, and for the roles of the first few.
    pub async fn load(self) {
        let session = self.session.get_value();
        let Ok(accounts) =
            ipc::call(ListAccounts { session }).await.map_err(|error| self.request.fail(error))
        else {
            return;
        };
        let first: Vec<String> = accounts
            .iter()
            .filter(|_| accounts.len() <= OPENED_AT_ONCE)
            .map(|account| account.account_id.clone())
            .collect();
        self.accounts.try_set(Some(accounts));
        for account_id in first {
            self.open(account_id).await;
        }
    }

    /// Shows the roles of an account, asking for them if need be.
    pub async fn open(self, account_id: String) {
        let is_known =
            |roles: &BTreeMap<_, _>| matches!(roles.get(&account_id), Some(Roles::Asking | Roles::Known(_)));
        if self.roles.try_with_untracked(is_known) != Some(false) {
            return;
        }
        self.roles.update(|roles| drop(roles.insert(account_id.clone(), Roles::Asking)));
        let session = self.session.get_value();
        let answer = ipc::call(ListAccountRoles { session, account_id: account_id.clone() }).await;
        let found = answer.map_or_else(Roles::Failed, Roles::Known);
        self.roles.try_update(|roles| drop(roles.insert(account_id, found)));
    }

    /// The accounts that fit the filter, by name, id or address; tracks.
    pub fn shown(self) -> Vec<SsoAccount> {
        let wanted = self.filter.get().trim().to_lowercase();
        let fits = |text: &str| text.to_lowercase().contains(&wanted);
        self.accounts.with(|accounts| {
            let all = accounts.iter().flatten();
            let shown = all
                .filter(|account| fits(&account.name) || fits(&account.account_id) || fits(&account.email));
            shown.cloned().collect()
        })
    }

    /// Selects a role, with a proposed name, or deselects it.
    pub fn choose(self, account: &SsoAccount, role_name: &str, is_chosen: bool) {
        let key = (account.account_id.clone(), role_name.to_owned());
        self.chosen.update(|chosen| {
            if is_chosen {
                chosen.insert(key, format!("{} / {role_name}", account.name));
            } else {
                chosen.remove(&key);
            }
        });
        if !is_chosen {
            let is_kept = |(account_id, reads): &RoleKey, writes: &mut String| {
                *account_id != account.account_id || (reads != role_name && writes != role_name)
            };
            self.writers.update(|writers| writers.retain(is_kept));
        }
    }

    /// The roles that may write for one: the others of its account that write themselves; none for one that writes for
    /// another. Tracks.
    pub fn possible_writers(self, (account_id, role_name): &RoleKey) -> Vec<String> {
        let writers = self.writers.get();
        let writes_for_another =
            writers.iter().any(|((account, _), writer)| account == account_id && writer == role_name);
        self.roles.with(|roles| match roles.get(account_id) {
            Some(Roles::Known(names)) if !writes_for_another => {
                let writes_itself =
                    |other: &&String| !writers.contains_key(&(account_id.clone(), (*other).clone()));
                names.iter().filter(|other| *other != role_name).filter(writes_itself).cloned().collect()
            }
            _ => Vec::new(),
        })
    }

    /// Lets another role of the account write for a chosen one, and takes it in too; an empty name: it writes itself.
    pub fn write_with(self, account: &SsoAccount, role_name: &str, writer: String) {
        let key = (account.account_id.clone(), role_name.to_owned());
        if writer.is_empty() {
            self.writers.update(|writers| drop(writers.remove(&key)));
            return;
        }
        let writers_key = (account.account_id.clone(), writer.clone());
        if !self.chosen.with_untracked(|chosen| chosen.contains_key(&writers_key)) {
            self.choose(account, &writer, true);
        }
        self.writers.update(|writers| drop(writers.insert(key, writer)));
    }

    pub fn rename(self, key: &RoleKey, name: String) {
        self.chosen.update(|chosen| {
            if let Some(known) = chosen.get_mut(key) {
                *known = name;
            }
        });
    }

    /// Saves every chosen role as a connection.
    pub async fn save(self) -> Option<Connections> {
        let endpoint_url = Some(self.endpoint_url.get_untracked()).filter(|url| !url.trim().is_empty());
        let writers = self.writers.get_untracked();
        let roles = self.chosen.get_untracked().into_iter().map(|(key, name)| {
            let writes_with = writers.get(&key).cloned();
            let (account_id, role_name) = key;
            SsoRoleDraft { name, account_id, role_name, writes_with }
        });
        let request = SaveSsoRoles {
            session: self.session.get_value(),
            region: Region(self.region.get_untracked()),
            endpoint_url,
            variant: EndpointVariant {
                fips: self.fips.get_untracked(),
                dual_stack: self.dual_stack.get_untracked(),
            },
            roles: roles.collect(),
        };
        self.request.act(ipc::call(request)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipc::host;

    fn account(name: &str, account_id: &str) -> SsoAccount {
        SsoAccount { account_id: account_id.into(), name: name.into(), email: format!("{name}@example.com") }
    }

    fn choice() -> RoleChoice {
        RoleChoice::new(SsoSession {
            start_url: "https://example.awsapps.com/start".into(),
            region: "eu-west-1".into(),
        })
    }

    #[tokio::test]
    async fn the_roles_of_a_few_accounts_are_shown_at_once_and_a_failure_is_its_accounts_own() {
        let _owner = Owner::new_root(None);
        host::answer_with(|name, arguments| {
            let answer = match name {
                "list_accounts" => {
                    Ok(serde_json::to_string(&[account("prod", "1"), account("dev", "2")]).expect("JSON"))
                }
                _ if arguments.contains(r#""account_id":"1""#) => Ok(r#"["Reader"]"#.to_owned()),
                _ => Err(serde_json::to_string(&ApiError::internal("refused")).expect("JSON")),
            };
            std::future::ready(answer)
        });
        let choice = choice();
        choice.load().await;
        let roles = choice.roles.get_untracked();
        assert_eq!(roles["1"], Roles::Known(vec!["Reader".into()]), "asked for by itself");
        assert!(matches!(roles["2"], Roles::Failed(_)), "the other account stays usable");
        choice.filter.set("PROD".into());
        let shown: Vec<_> = choice.shown().into_iter().map(|account| account.name).collect();
        assert_eq!(shown, ["prod"], "whatever the case");
    }

    #[tokio::test]
    async fn many_accounts_are_asked_for_one_by_one() {
        let _owner = Owner::new_root(None);
        host::answer_with(|name, _| {
            assert_eq!(name, "list_accounts", "no role is asked for unasked");
            let accounts: Vec<_> = (0..50).map(|n| account("many", &n.to_string())).collect();
            std::future::ready(Ok(serde_json::to_string(&accounts).expect("JSON")))
        });
        let choice = choice();
        choice.load().await;
        assert!(choice.roles.with_untracked(BTreeMap::is_empty), "they are opened by hand");
    }

    #[tokio::test]
    async fn chosen_roles_are_saved_under_their_names_and_kept_when_refused() {
        let _owner = Owner::new_root(None);
        let choice = choice();
        choice.choose(&account("prod", "1"), "Reader", true);
        choice.choose(&account("prod", "1"), "Admin", true);
        choice.choose(&account("prod", "1"), "Admin", false);
        choice.rename(&("1".into(), "Reader".into()), "production".into());
        let refused = serde_json::to_string(&ApiError::invalid("roles", "taken")).expect("JSON");
        host::answer_with(move |_, arguments| {
            let sent: serde_json::Value = serde_json::from_str(arguments).expect("JSON");
            let role = serde_json::json!({
                "name": "production", "account_id": "1", "role_name": "Reader", "writes_with": null,
            });
            assert_eq!(sent["request"]["roles"], serde_json::json!([role]), "what is chosen, and no more");
            std::future::ready(Err(refused.clone()))
        });
        assert!(choice.save().await.is_none(), "the engine refused");
        assert_eq!(choice.request.at("roles").as_deref(), Some("taken"), "told at the roles");
        assert_eq!(choice.chosen.with_untracked(BTreeMap::len), 1, "the choice stays");
    }

    #[test]
    fn a_role_that_writes_for_another_is_chosen_with_it_and_let_go_with_it() {
        let _owner = Owner::new_root(None);
        let choice = choice();
        let prod = account("prod", "1");
        let names = ["Admin", "Reader", "Writer"].map(str::to_owned).to_vec();
        choice.roles.update(|roles| drop(roles.insert("1".into(), Roles::Known(names))));
        let possible = |role: &str| untrack(|| choice.possible_writers(&("1".into(), role.into())));
        choice.choose(&prod, "Reader", true);
        assert_eq!(possible("Reader"), ["Admin", "Writer"], "the others of the account");
        choice.write_with(&prod, "Reader", "Admin".into());
        let chosen: Vec<_> = choice.chosen.get_untracked().into_keys().map(|(_, role)| role).collect();
        assert_eq!(chosen, ["Admin", "Reader"], "it becomes a connection too");
        assert!(possible("Admin").is_empty(), "who writes for another one writes itself");
        assert_eq!(possible("Writer"), ["Admin"], "and a role that does not is no choice");
        choice.choose(&prod, "Admin", false);
        assert!(choice.writers.with_untracked(BTreeMap::is_empty), "the reader writes itself again");
    }
}
