//! What is kept because of credentials, and that nothing of it outlives them.
#![allow(clippy::unwrap_used)]

use latchkey_domain::connection::{ForgetConnection, ListConnections};
use latchkey_domain::contract::LoadInventory;
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::secret_text::SecretInput;
use serde_json::json;

use super::*;
use crate::aws::routes::Routes;
use crate::testing::{Bench, ok};

fn access(key_id: &str) -> Access {
    Access {
        routes: Routes::typed(None, EndpointVariant::default()),
        access_key_id: key_id.into(),
        secret_access_key: SecretInput::new("fake-secret"),
        session_token: None,
    }
}

/// Everything that can be kept of one connection: whatever is added has to be named here.
fn is_empty(kept: &Dependents) -> bool {
    let Dependents { temporary, key_id, clients, caller, account_asked_at } = kept;
    temporary.is_none()
        && key_id.is_none()
        && clients.is_empty()
        && caller.is_none()
        && account_asked_at.is_none()
}

async fn full(ids: &[&ConnectionId], now: DateTime<Utc>) -> CredentialCache {
    let bench = Bench::new(|_, _| ok(json!({ "SecretList": [] }))).await;
    let client = bench.engine.client(&crate::testing::scope()).await.unwrap();
    let mut cache = CredentialCache::default();
    for id in ids {
        cache.renew(id, access("ASIAFAKEFIRST"), Some(now + TimeDelta::hours(1)));
        assert!(cache.asks_for_account(id, now, TimeDelta::minutes(1)));
        assert!(!cache.asks_for_account(id, now, TimeDelta::minutes(1)), "asked just now");
        cache.keep_caller(id, Some("fake-caller".into()));
        let region = Region::from("eu-west-1");
        cache.keep_client(&Scope { connection: (*id).clone(), region }, client.clone());
    }
    cache
}

#[tokio::test]
async fn nothing_outlives_the_credentials_of_a_connection_and_all_of_another_one_stays() {
    let now = "2026-11-21T02:00:00Z".parse().unwrap();
    let [one, other] = ["one", "other"].map(ConnectionId::from);
    let at = |id: &ConnectionId| Scope { connection: id.clone(), region: "eu-west-1".into() };
    let stays = |cache: &CredentialCache| {
        let Dependents { temporary, key_id, clients, caller, account_asked_at } = &cache.0[&other];
        temporary.is_some()
            && key_id.is_some()
            && !clients.is_empty()
            && caller.is_some()
            && account_asked_at.is_some()
    };

    let mut cache = full(&[&one, &other], now).await;
    cache.forget(|id| *id == one);
    assert!(!cache.holds(&one) && stays(&cache));

    let mut cache = full(&[&one, &other], now).await;
    cache.follow_key(&one, "ASIAFAKEFIRST");
    assert!(cache.caller(&one).is_some() && cache.client(&at(&one)).is_some(), "the same key");
    cache.follow_key(&one, "ASIAFAKENEXT");
    assert!(cache.signs_with(&one, "ASIAFAKENEXT") && !cache.signs_with(&one, "ASIAFAKEFIRST"));
    cache.0.get_mut(&one).unwrap().key_id = None;
    assert!(is_empty(&cache.0[&one]) && stays(&cache), "only the new key is known");

    let mut cache = full(&[&one, &other], now).await;
    cache.renew(&one, access("ASIAFAKENEXT"), None);
    assert_eq!(cache.fresh(&one, now).unwrap().access_key_id, "ASIAFAKENEXT");
    let renewed = cache.0.get_mut(&one).unwrap();
    (renewed.key_id, renewed.temporary) = (None, None);
    assert!(is_empty(&cache.0[&one]) && stays(&cache), "only the new credentials are kept");

    let mut cache = full(&[&one, &other], now).await;
    cache.remake_clients(|id| *id == one);
    assert!(cache.client(&at(&one)).is_none() && stays(&cache));
    assert!(cache.fresh(&one, now).is_some() && cache.caller(&one).is_some(), "the credentials are the same");
    assert!(cache.fresh(&one, now + TimeDelta::minutes(58)).is_none(), "renewed before they end");
}

#[tokio::test]
async fn the_lock_changed_files_and_a_vault_that_closes_leave_nothing_of_credentials() {
    let bench = Bench::new(|_, _| ok(json!({ "SecretList": [] }))).await;
    let keys = |key_id: &str| {
        bench.write_aws_config(&format!(
            "[profile ops]\nregion = eu-west-1\naws_access_key_id = {key_id}\naws_secret_access_key = fake\n"
        ));
    };
    let [profile, vault] = [ConnectionId::from("profile:ops"), ConnectionId::local()];
    let load = async |id: &ConnectionId| {
        let scope = Scope { connection: id.clone(), region: "eu-west-1".into() };
        let state = bench.engine.load_inventory(LoadInventory { scope }).await.unwrap();
        assert_eq!(state.failure, None);
        assert!(holds(&bench, id), "it was used");
    };
    let list = async || bench.engine.list_connections(ListConnections {}).await.unwrap();
    keys("AKIAFAKEONE");
    list().await;
    load(&profile).await;
    load(&vault).await;
    keys("AKIAFAKEOTHER");
    list().await;
    assert!(!holds(&bench, &profile), "the files were changed");
    assert!(holds(&bench, &vault), "which is nothing to a vault");
    load(&profile).await;
    bench.engine.close_vaults().await;
    assert!(!holds(&bench, &vault), "it is closed");
    assert!(holds(&bench, &profile), "which is nothing to a profile");
    bench.engine.close_connections().await;
    assert!(!holds(&bench, &profile), "locked");
    let forget = ForgetConnection { connection: profile };
    bench.engine.forget_connection(forget).await.expect_err("a profile is not ours to forget");
}

fn holds(bench: &Bench, id: &ConnectionId) -> bool {
    bench.engine.connections.pages().credentials.holds(id)
}
