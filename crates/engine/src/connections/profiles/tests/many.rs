//! Files with thousands of profiles: what they cost grows as they do.

use std::fmt::Write;
use std::time::{Duration, Instant};

use super::profiles;
use crate::aws::client::Transport;
use crate::testing::{Bench, CallLog, FakeVault};

const FEW: usize = 200;
const MANY: usize = 2_000;
/// Ten times as many may cost ten times as much, and twice that on a busy machine. What is looked for in all for each of
/// them costs a hundred times as much.
const BOUND: f64 = 20.0;
const TRIES: usize = 5;

/// Keys, roles, sign-ins and endpoints, with a chain of roles.
fn config(count: usize) -> String {
    let mut text = String::from(
        "[sso-session corp]\nsso_start_url = https://fake.example/start\nsso_region = eu-west-1\n",
    );
    for at in 0..count {
        let _ = match at % 4 {
            0 => {
                write!(text, "[profile p{at}]\naws_access_key_id = AKIAFAKE\naws_secret_access_key = fake\n")
            }
            1 => write!(
                text,
                "[profile p{at}]\nrole_arn = arn:aws:iam::123456789012:role/a\nsource_profile = p{}\n",
                at - 1
            ),
            2 => write!(
                text,
                "[profile p{at}]\nrole_arn = arn:aws:iam::123456789012:role/b\nsource_profile = p{}\n",
                at - 1
            ),
            _ => write!(
                text,
                "[profile p{at}]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = a\n"
            ),
        };
        let _ = write!(text, "region = eu-west-1\nendpoint_url = https://{at}.example\n");
    }
    text
}

/// The first list, for which the files are read, and one more; the quickest of some tries.
async fn took(count: usize) -> [Duration; 2] {
    let config = config(count);
    let mut quickest = [Duration::MAX; 2];
    for _ in 0..TRIES {
        let bench = Bench::on(Transport::system(), CallLog::default(), FakeVault { gate: None });
        bench.write_aws_config(&config);
        for quickest in &mut quickest {
            let began = Instant::now();
            assert_eq!(profiles(&bench).await.len(), count);
            *quickest = began.elapsed().min(*quickest);
        }
    }
    quickest
}

#[tokio::test]
async fn ten_times_as_many_profiles_take_ten_times_as_long_and_no_more() {
    let (few, many) = (took(FEW).await, took(MANY).await);
    for (what, few, many) in [("reading", few[0], many[0]), ("listing", few[1], many[1])] {
        let ratio = many.as_secs_f64() / few.as_secs_f64();
        assert!(ratio < BOUND, "{what}: {FEW} in {few:?}, {MANY} in {many:?}, {ratio:.1} times as long");
    }
}
