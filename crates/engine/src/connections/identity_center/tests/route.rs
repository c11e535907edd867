//! A proxy between this computer and IAM Identity Center: what is asked before the first request.

use hyper_util::client::proxy::matcher::Matcher;

use super::*;
use crate::aws::detour::Detours;

fn detours() -> Detours {
    Detours::new(Matcher::builder().https("http://proxy.corp.example:3128").build(), None)
}

async fn try_start(bench: &Bench, way: SignInWay) -> Result<SignInPrompt, ApiError> {
    let request = StartSignIn { start_url: START_URL.into(), region: "eu-west-1".into(), way };
    bench.engine.start_sign_in(request).await
}

#[tokio::test]
async fn a_sign_in_through_a_proxy_sends_nothing_before_the_person_agrees_and_asks_once() {
    let center = FakeCenter::default();
    let bench = center.bench_behind(detours(), tempfile::tempdir().unwrap());
    for way in [SignInWay::Browser, SignInWay::DeviceCode] {
        bench.person.agree(false);
        let error = try_start(&bench, way).await.expect_err("the person says no");
        assert_eq!(error.code, Code::Untrusted);
        assert!(error.message.contains("proxy.corp.example:3128"), "{}", error.message);
        let question = bench.person.take_asked().pop().expect("a system dialog asked");
        assert!(question.title.contains(START_URL), "{}", question.title);
        assert!(question.text.contains("the proxy proxy.corp.example:3128"), "{}", question.text);
    }
    assert!(bench.log.all().is_empty() && bench.pages().is_empty(), "nothing was sent, no page opened");

    bench.person.agree(true);
    let prompt = try_start(&bench, SignInWay::Browser).await.unwrap();
    let finished = finish(&bench, &prompt);
    center.allow(&bench.pages()[0]).await;
    finished.await.unwrap().unwrap();
    bench.engine.list_accounts(ListAccounts { session: session() }).await.unwrap();
    assert_eq!(bench.person.take_asked().len(), 1, "once, for the sign-in and what follows");
}

#[tokio::test]
async fn the_token_of_a_sign_in_that_is_kept_goes_through_no_proxy_that_came_later() {
    let (before, center) = signed_in().await;
    let bench = center.bench_behind(detours(), before.folder);
    let sent = bench.log.all().len();
    bench.person.agree(false);
    let listed = bench.engine.list_accounts(ListAccounts { session: session() }).await;
    assert_eq!(listed.expect_err("the person says no").code, Code::Untrusted);
    let request = ListAccountRoles { session: session(), account_id: "111111111111".into() };
    let roles = bench.engine.list_account_roles(request).await;
    assert_eq!(roles.expect_err("the person says no").code, Code::Untrusted);
    let out = bench.engine.sign_out(SignOut { session: session() }).await.expect_err("AWS was not told");
    assert!(out.message.contains("was removed from this computer"), "{}", out.message);
    assert_eq!(bench.log.all().len(), sent, "the token was sent to nobody");
}
