//! What tests of the state share.

use latchkey_domain::connection::{Connection, ConnectionKind, ConnectionState, Connections};
use latchkey_domain::settings::Settings;
use latchkey_domain::{ConnectionId, Region};
use leptos::prelude::*;

use super::change_review::ChangeReview;
use super::detail::Detail;
use super::timeline::Timeline;
use super::toasts::Toasts;

/// Runs a test with what `spawn_local` and signals need.
pub async fn in_window<F: Future<Output = ()>>(test: F) {
    let _ = any_spawner::Executor::init_tokio();
    tokio::task::LocalSet::new()
        .run_until(async {
            let owner = Owner::new_root(None);
            owner.set();
            test.await;
        })
        .await;
}

/// The local vault, ready and alone.
pub fn local_vault() -> Connections {
    Connections {
        list: vec![Connection {
            id: ConnectionId::local(),
            name: "Local vault".to_owned(),
            kind: ConnectionKind::LocalVault { folder: "/fake".to_owned(), has_passphrase: None },
            default_region: Region::from("us-east-1"),
            account_name: None,
            endpoint_url: None,
            variant: Default::default(),
            state: ConnectionState::Ready,
            marks: Default::default(),
        }],
        profiles_failure: None,
        sso_sessions: Vec::new(),
        detours: Vec::new(),
        told: 0,
    }
}

/// The reviews of one window.
pub fn change_review(detail: Detail, toasts: Toasts) -> ChangeReview {
    let settings: Signal<Settings> = RwSignal::new(Settings::default()).into();
    ChangeReview::new(detail, Timeline::new(detail, settings), toasts, settings)
}
