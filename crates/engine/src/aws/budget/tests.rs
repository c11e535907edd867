//! No second, wherever it begins, holds more requests than the share allows.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_http_client::test_util::infallible_client_fn;
use aws_smithy_types::body::SdkBody;
use latchkey_domain::secret_text::SecretInput;
use proptest::prelude::*;
use tokio::time::Instant;

use super::{Budget, Payer, Share};
use crate::aws::client::{Access, Transport, secrets_manager};
use crate::aws::routes::Routes;
use crate::testing::{ok, open_gate, scope};

fn payer(account: &str, region: &str) -> Payer {
    Payer { account: account.into(), region: region.into() }
}

/// A client of AWS's own endpoint, and when each of its requests left.
fn client(share: Share) -> (aws_sdk_secretsmanager::Client, Arc<Mutex<Vec<Instant>>>) {
    let left = Arc::new(Mutex::new(Vec::new()));
    let noted = left.clone();
    let wire = infallible_client_fn(move |_: http::Request<SdkBody>| {
        noted.lock().unwrap().push(Instant::now());
        ok(serde_json::json!({ "SecretList": [] }))
    });
    let transport = Transport::over(wire);
    let access = Access {
        routes: Routes::typed(None, Default::default()),
        access_key_id: "AKIAFAKE".into(),
        secret_access_key: SecretInput::new("fake-secret"),
        session_token: None,
    };
    (secrets_manager(&transport, &access, &scope().region, share, open_gate()).into_all(), left)
}

#[tokio::test(start_paused = true)]
async fn fifty_lists_at_once_leave_at_a_fifth_of_awss_hundred_a_second() {
    let budget = Budget::new(20);
    let share = Share { budget, payer: payer("123456789012", "us-east-1") };
    let (client, left) = client(share);
    let lists = (0..50).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.list_secrets().send().await })
    });
    for list in lists.collect::<Vec<_>>() {
        list.await.unwrap().expect("a request that waits for its turn is no failure");
    }
    let left = left.lock().unwrap().clone();
    assert_eq!(left.len(), 50);
    assert!(busiest_second(&left) <= 20, "more than a fifth left within one second");
    assert!(left[49] - left[0] < Duration::from_secs(3), "nor slower than the share allows");
}

#[tokio::test(start_paused = true)]
async fn accounts_regions_and_groups_do_not_wait_for_one_another() {
    let budget = Budget::new(20);
    let now = Instant::now();
    let mine = payer("123456789012", "us-east-1");
    while budget.next(&mine, "PutSecretValue") == now {}
    assert!(budget.next(&mine, "UpdateSecretVersionStage") > now, "AWS counts both together");
    assert_eq!(budget.next(&mine, "TagResource"), now, "tags are a group of their own");
    assert_eq!(budget.next(&payer("123456789012", "eu-west-1"), "PutSecretValue"), now);
    assert_eq!(budget.next(&payer("210987654321", "us-east-1"), "PutSecretValue"), now);
}

#[tokio::test(start_paused = true)]
async fn the_share_is_a_setting_that_holds_at_once() {
    let budget = Budget::new(20);
    let mine = payer("123456789012", "us-east-1");
    let now = Instant::now();
    let at_once = |budget: &Budget| (0..100).filter(|_| budget.next(&mine, "ListSecrets") == now).count();
    assert_eq!(at_once(&budget), 20);
    let other = Budget::new(1);
    assert_eq!(at_once(&other), 1);
    other.set_percent(100);
    assert!(other.next(&mine, "ListSecrets") < now + Duration::from_secs(2), "a wider share frees the queue");
}

fn busiest_second(left: &[Instant]) -> usize {
    let within =
        |begin: Instant| left.iter().filter(|at| **at >= begin && **at < begin + super::SECOND).count();
    left.iter().map(|at| within(*at)).max().unwrap_or_default()
}

proptest! {
    /// The oracle counts in every second that begins with a request; it knows nothing of queues.
    #[test]
    fn no_second_holds_more_than_the_share(
        percent in 1_u32..=100,
        pauses in prop::collection::vec(0_u64..400, 1..200),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let left: Vec<Instant> = runtime.block_on(async {
            let budget = Budget::new(percent);
            let mine = payer("123456789012", "us-east-1");
            let mut left = Vec::new();
            for pause in pauses {
                tokio::time::advance(Duration::from_millis(pause)).await;
                left.push(budget.next(&mine, "PutSecretValue"));
            }
            left
        });
        prop_assert!(left.is_sorted(), "nobody overtakes");
        prop_assert!(busiest_second(&left) <= (50 * percent / 100).max(1) as usize);
    }
}
