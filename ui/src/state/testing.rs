//! What tests of the state share.

use leptos::prelude::*;

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
