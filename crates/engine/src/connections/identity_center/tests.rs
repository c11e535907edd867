//! Both ways to sign in, and what becomes of a session, against an Identity Center below the SDK.
#![allow(clippy::unwrap_used)]

use latchkey_domain::connection::{Connections, ForgetConnection, ListConnections};
use latchkey_domain::contract::LoadInventory;
use latchkey_domain::guard::Guard;
use latchkey_domain::identity_center::{
    CancelSignIn, FinishSignIn, ListAccountRoles, ListAccounts, SaveSsoRoles, SignInPrompt, SignInWay,
    SignOut, SsoRoleDraft, SsoSession, StartSignIn,
};
use latchkey_domain::{ApiError, Code, Scope};
use tokio::task::JoinHandle;

use super::Role;
use crate::testing::Bench;
use crate::testing::center::{FakeCenter, TOKEN_LIFETIME, visit};

mod route;

const START_URL: &str = "https://example.awsapps.com/start";

fn session() -> SsoSession {
    SsoSession { start_url: START_URL.into(), region: "eu-west-1".into() }
}

fn role() -> Role {
    Role { session: session(), account_id: "111111111111".into(), role_name: "Reader".into() }
}

fn bench() -> (Bench, FakeCenter) {
    let center = FakeCenter::default();
    (center.bench(tempfile::tempdir().unwrap()), center)
}

async fn start(bench: &Bench, way: SignInWay) -> SignInPrompt {
    let request = StartSignIn { start_url: format!("{START_URL}/#/"), region: "eu-west-1".into(), way };
    bench.engine.start_sign_in(request).await.unwrap()
}

fn finish(bench: &Bench, prompt: &SignInPrompt) -> JoinHandle<Result<Connections, ApiError>> {
    let (engine, sign_in_id) = (bench.engine.clone(), prompt.sign_in_id.clone());
    tokio::spawn(async move { engine.finish_sign_in(FinishSignIn { sign_in_id }).await })
}

/// Lets others work until something is so.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..100_000 {
        if is_so() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("never: {what}");
}

async fn signed_in() -> (Bench, FakeCenter) {
    let (bench, center) = bench();
    let prompt = start(&bench, SignInWay::Browser).await;
    let finished = finish(&bench, &prompt);
    center.allow(&bench.pages()[0]).await;
    finished.await.unwrap().unwrap();
    (bench, center)
}

fn chosen(account_id: &str, name: &str) -> SsoRoleDraft {
    let (account_id, role_name) = (account_id.into(), "Reader".into());
    SsoRoleDraft { name: name.into(), account_id, role_name, writes_with: None }
}

async fn save(bench: &Bench, roles: Vec<SsoRoleDraft>) -> Result<Connections, ApiError> {
    let (session, region, variant) = (session(), "eu-central-1".into(), Default::default());
    bench.engine.save_sso_roles(SaveSsoRoles { session, region, endpoint_url: None, variant, roles }).await
}

async fn refused_token(bench: &Bench) -> ApiError {
    bench.engine.list_accounts(ListAccounts { session: session() }).await.expect_err("no session")
}

#[tokio::test]
async fn the_browser_signs_in_and_the_accounts_and_roles_can_be_chosen() {
    let (bench, center) = bench();
    assert_eq!(refused_token(&bench).await.code, Code::SignInNeeded, "nobody is signed in yet");
    let prompt = start(&bench, SignInWay::Browser).await;
    assert_eq!((prompt.session.clone(), prompt.user_code.clone(), prompt.opened), (session(), None, true));
    assert_eq!(bench.pages().as_slice(), std::slice::from_ref(&prompt.url), "the page is opened once");
    let finished = finish(&bench, &prompt);
    let shown = center.allow(&prompt.url).await;
    assert!(shown.contains("Return to Latchkey"), "{shown}");
    let known = finished.await.unwrap().unwrap().sso_sessions;
    assert_eq!((known.len(), &known[0].session, known[0].signed_in), (1, &session(), true));

    let registered = &bench.log.of("client/register")[0];
    assert_eq!(registered["issuerUrl"], START_URL);
    assert_eq!(registered["clientType"], "public");
    let accounts = bench.engine.list_accounts(ListAccounts { session: session() }).await.unwrap();
    let names: Vec<_> = accounts.iter().map(|account| account.name.as_str()).collect();
    assert_eq!(names, ["production", "staging"], "both pages, by name");
    let roles = async |account: &str| {
        let request = ListAccountRoles { session: session(), account_id: account.into() };
        bench.engine.list_account_roles(request).await
    };
    assert_eq!(roles("111111111111").await.unwrap(), ["Admin", "Reader"]);
    assert!(roles("222222222222").await.unwrap().is_empty(), "an account without roles is no failure");
    assert_eq!(roles("12").await.expect_err("no account").code, Code::Invalid("account_id".into()));
}

#[tokio::test]
async fn a_code_with_another_state_or_of_another_verifier_signs_nobody_in() {
    let (bench, center) = bench();
    let prompt = start(&bench, SignInWay::Browser).await;
    let finished = finish(&bench, &prompt);
    let redirect =
        bench.pages()[0].split("redirect_uri=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let redirect = redirect.replace("%3A", ":").replace("%2F", "/");
    let shown = visit(&format!("{redirect}?code=fake-code&state=somebody-elses")).await;
    assert!(shown.starts_with("HTTP/1.1 400"), "{shown}");
    assert!(!finished.is_finished() && bench.log.of("token").is_empty(), "no token was asked for");

    // A page with another challenge: whoever made it does not have the verifier.
    let other = prompt.url.replace("code_challenge=", "code_challenge=x");
    center.allow(&other).await;
    let error = finished.await.unwrap().expect_err("the verifier does not fit");
    assert_eq!(error.code, Code::SignInNeeded, "{error}");
    assert_eq!(refused_token(&bench).await.code, Code::SignInNeeded);
}

#[tokio::test]
async fn a_refusal_in_the_browser_is_told() {
    let (bench, _center) = bench();
    let prompt = start(&bench, SignInWay::Browser).await;
    let finished = finish(&bench, &prompt);
    let page = url::Url::parse(&prompt.url).unwrap();
    let asked = |name: &str| page.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    visit(&format!("{}?error=access_denied&state={}", asked("redirect_uri"), asked("state"))).await;
    let error = finished.await.unwrap().expect_err("it was refused");
    assert_eq!(error.code, Code::AccessDenied);
    assert!(error.message.contains("was not allowed in the browser"), "{error}");
}

#[tokio::test]
async fn a_sign_in_ends_when_it_is_cancelled_replaced_or_too_late() {
    let (bench, _center) = bench();
    let prompt = start(&bench, SignInWay::Browser).await;
    let finished = finish(&bench, &prompt);
    tokio::task::yield_now().await;
    bench.engine.cancel_sign_in(CancelSignIn { sign_in_id: prompt.sign_in_id.clone() }).await.unwrap();
    let error = finished.await.unwrap().expect_err("it was cancelled");
    assert!(error.message.contains("cancelled"), "{error}");
    let again = finish(&bench, &prompt).await.unwrap().expect_err("it is over");
    assert_eq!(again.code, Code::SignInNeeded);

    let first = start(&bench, SignInWay::Browser).await;
    let replaced = finish(&bench, &first);
    tokio::task::yield_now().await;
    let second = start(&bench, SignInWay::Browser).await;
    replaced.await.unwrap().expect_err("one sign-in at a time");
    bench.engine.cancel_sign_in(CancelSignIn { sign_in_id: first.sign_in_id }).await.unwrap();
    let late = finish(&bench, &second);
    tokio::task::yield_now().await;
    bench.clock.advance(599).await;
    assert!(!late.is_finished(), "cancelling the first one does not touch the second");
    bench.clock.advance(2).await;
    let error = late.await.unwrap().expect_err("ten minutes are over");
    assert!(error.message.contains("timed out"), "{error}");
}

#[tokio::test]
async fn a_device_code_is_asked_for_in_the_interval_and_slower_when_told() {
    let (bench, center) = bench();
    center.answer_polls(&[
        "AuthorizationPendingException",
        "SlowDownException",
        "AuthorizationPendingException",
    ]);
    let prompt = start(&bench, SignInWay::DeviceCode).await;
    assert_eq!(prompt.user_code.as_deref(), Some("ABCD-EFGH"));
    assert!(prompt.url.starts_with("https://device.sso.eu-west-1.amazonaws.com/"), "{}", prompt.url);
    assert!(bench.pages().is_empty(), "the browser of this computer is not opened");
    let finished = finish(&bench, &prompt);
    let polls = || bench.log.of("token").len();
    tokio::task::yield_now().await;
    for (seconds, asked) in [(4, 0), (1, 1), (5, 2), (5, 2), (5, 3), (9, 3), (1, 4)] {
        bench.clock.advance(seconds).await;
        until("the question", || polls() == asked).await;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(polls(), asked, "after {seconds} more seconds");
    }
    finished.await.unwrap().unwrap();
    bench.engine.list_accounts(ListAccounts { session: session() }).await.expect("it is signed in");
}

#[tokio::test]
async fn a_device_code_that_was_refused_or_has_ended_is_told() {
    for (code, told) in [("AccessDeniedException", "was not allowed"), ("ExpiredTokenException", "timed out")]
    {
        let (bench, center) = bench();
        center.answer_polls(&[code]);
        let prompt = start(&bench, SignInWay::DeviceCode).await;
        let finished = finish(&bench, &prompt);
        tokio::task::yield_now().await;
        bench.clock.advance(5).await;
        let error = finished.await.unwrap().expect_err(code);
        assert!(error.message.contains(told), "{code}: {error}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_session_is_told_at_its_field() {
    let (bench, center) = bench();
    let ask = async |start_url: &str, region: &str| {
        let way = SignInWay::DeviceCode;
        let request = StartSignIn { start_url: start_url.into(), region: region.into(), way };
        bench.engine.start_sign_in(request).await.expect_err("it is refused").code
    };
    assert_eq!(ask("example.com", "eu-west-1").await, Code::Invalid("start_url".into()));
    assert_eq!(ask(START_URL, "Ireland").await, Code::Invalid("region".into()));
    assert!(bench.log.all().is_empty(), "nothing was asked");
    center.refuse("device_authorization", 400, "InvalidRequestException");
    assert_eq!(ask(START_URL, "eu-west-1").await, Code::Invalid("start_url".into()), "AWS does not know it");
    center.refuse("device_authorization", 400, "InvalidRequestRegionException");
    assert_eq!(ask(START_URL, "eu-west-1").await, Code::Invalid("region".into()), "it lives elsewhere");
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends_and_the_renewed_one_is_kept() {
    let (bench, center) = signed_in().await;
    let accounts =
        async |bench: &Bench| bench.engine.list_accounts(ListAccounts { session: session() }).await;
    accounts(&bench).await.unwrap();
    assert_eq!(bench.log.of("token").len(), 1, "there is time");
    bench.clock.advance(TOKEN_LIFETIME - 299).await;
    accounts(&bench).await.unwrap();
    let asked = bench.log.of("token");
    assert_eq!((asked.len(), &asked[1]["refreshToken"]), (2, &"fake-refresh-1".into()));

    let bench = center.bench(bench.folder);
    accounts(&bench).await.expect("a restart finds the renewed sign-in");
    // The clock of a new bench begins anew, so this is past the end of every token so far.
    bench.clock.advance(3 * TOKEN_LIFETIME).await;
    center.refuse("token", 400, "InvalidGrantException");
    let error = accounts(&bench).await.expect_err("the session has ended");
    assert_eq!(error.code, Code::SignInNeeded);
    assert!(error.message.contains(START_URL), "{error}");
    let known = bench.engine.list_connections(ListConnections {}).await.unwrap().sso_sessions;
    assert!(known.is_empty(), "what has ended is not kept: {known:?}");
}

#[tokio::test]
async fn a_renewal_that_fails_does_not_end_what_still_lasts() {
    let (bench, center) = signed_in().await;
    bench.clock.advance(TOKEN_LIFETIME - 60).await;
    center.refuse("token", 400, "InvalidGrantException");
    let accounts = bench.engine.list_accounts(ListAccounts { session: session() }).await;
    accounts.expect("it is good for another minute");
}

#[tokio::test]
async fn role_credentials_are_used_while_they_last_and_a_lost_role_is_told() {
    let (bench, center) = signed_in().await;
    let ask = async || bench.engine.role_credentials(&role()).await;
    let (first, second) = tokio::join!(ask(), ask());
    assert_eq!(first.unwrap().access_key_id, "ASIAFAKE1-111111111111-Reader");
    second.unwrap();
    assert_eq!(bench.log.of("federation/credentials").len(), 1, "asked once for both");
    let sent = bench.log.all().pop().unwrap();
    assert_eq!(sent.headers["bearer"], "fake-access-1");

    bench.clock.advance(TOKEN_LIFETIME - 200).await;
    center.refuse("federation/credentials", 403, "ForbiddenException");
    let error = ask().await.expect_err("they are renewed before they end, and the role is gone");
    assert_eq!(error.code, Code::AccessDenied);
    assert!(error.message.contains("Reader in account 111111111111"), "{error}");
    center.refuse("federation/credentials", 401, "UnauthorizedException");
    assert_eq!(ask().await.expect_err("the session was ended elsewhere").code, Code::SignInNeeded);
}

#[tokio::test]
async fn several_roles_become_connections_at_once_and_work_while_somebody_is_signed_in() {
    let (bench, center) = signed_in().await;
    let save = async |roles| save(&bench, roles).await;
    let production = || chosen("111111111111", "production / Reader");
    for (roles, why) in [
        (vec![], "none is chosen"),
        (vec![production(), production()], "two of one name"),
        (vec![production(), chosen("12", "x")], "no account"),
        (vec![SsoRoleDraft { role_name: "a/b".into(), ..production() }], "no role"),
    ] {
        let code = save(roles).await.expect_err(why).code;
        assert!(matches!(code, Code::Invalid(_)), "{why}: {code:?}");
    }
    let list = save(vec![production(), chosen("222222222222", "staging / Reader")]).await.unwrap().list;
    let names: Vec<_> = list[1..].iter().map(|connection| connection.name.as_str()).collect();
    assert_eq!(names, ["production / Reader", "staging / Reader"]);
    save(vec![chosen("222222222222", "third"), production()]).await.expect_err("one name is taken");
    assert_eq!(bench.engine.known_connections().list.len(), 3, "all of them or none");

    let scope = Scope { connection: list[1].id.clone(), region: "eu-central-1".into() };
    let load = async || {
        let request = LoadInventory { scope: scope.clone() };
        bench.engine.load_inventory(request).await.unwrap().failure.map(|error| error.code)
    };
    assert_eq!(load().await, None);
    let sent = |at: usize| bench.log.all().into_iter().filter(|sent| sent.operation == "ListSecrets").nth(at);
    assert!(sent(0).unwrap().headers["authorization"].contains("Credential=ASIAFAKE1-111111111111-Reader/"));
    let known = || bench.engine.connections.pages();
    known().credentials.keep_caller(&scope.connection, Some("fake-caller".into()));
    bench.clock.advance(TOKEN_LIFETIME - 200).await;
    assert_eq!(load().await, None);
    assert_eq!(known().credentials.caller(&scope.connection), None, "others may sign in: who is it now?");
    assert!(
        sent(1).unwrap().headers["authorization"].contains("Credential=ASIAFAKE2-111111111111-Reader/"),
        "renewed"
    );

    bench.engine.sign_out(SignOut { session: session() }).await.unwrap();
    assert!(!known().credentials.holds(&scope.connection), "nothing is left of its credentials");
    assert_eq!(load().await, Some(Code::SignInNeeded), "the connection stays, without credentials");
    let prompt = start(&bench, SignInWay::Browser).await;
    let finished = finish(&bench, &prompt);
    center.allow(&prompt.url).await;
    finished.await.unwrap().unwrap();
    assert_eq!(load().await, None, "signed in again");
    let forget = ForgetConnection { connection: scope.connection.clone() };
    assert_eq!(bench.engine.forget_connection(forget).await.unwrap().list.len(), 2);
}

#[tokio::test]
async fn signing_out_ends_the_session_at_aws_and_leaves_nothing_here() {
    let (bench, center) = signed_in().await;
    let sign_out = async || bench.engine.sign_out(SignOut { session: session() }).await;
    assert!(sign_out().await.unwrap().sso_sessions.is_empty());
    let sent = bench.log.all().pop().unwrap();
    assert_eq!((sent.operation.as_str(), sent.headers["bearer"].as_str()), ("logout", "fake-access-1"));
    let files = std::fs::read_dir(bench.folder.path().join("data/sso")).unwrap();
    assert_eq!(files.count(), 0, "the sealed file is gone");
    sign_out().await.expect("signed out already is fine");

    let (bench, center) = {
        drop((bench, center));
        signed_in().await
    };
    center.refuse("logout", 500, "InternalServerException");
    center.refuse("logout", 500, "InternalServerException");
    center.refuse("logout", 500, "InternalServerException");
    let error = bench.engine.sign_out(SignOut { session: session() }).await.expect_err("AWS does not know");
    assert!(error.message.contains("was removed from this computer"), "{error}");
    assert_eq!(refused_token(&bench).await.code, Code::SignInNeeded, "here it has ended all the same");
}

#[tokio::test]
async fn the_sessions_of_the_configuration_file_are_found() {
    let (bench, _center) = signed_in().await;
    let sections = "[sso-session main]\nsso_start_url = https://example.awsapps.com/start#/\nsso_region = eu-west-1\n\
                    [sso-session other]\nsso_start_url = https://other.awsapps.com/start\nsso_region = us-east-1\n";
    bench.write_aws_config(sections);
    let known = bench.engine.list_connections(ListConnections {}).await.unwrap().sso_sessions;
    let shown: Vec<_> = known.iter().map(|known| (known.name.as_deref(), known.signed_in)).collect();
    assert_eq!(
        shown,
        [(Some("main"), true), (Some("other"), false)],
        "the one that is signed in is not there twice"
    );
}

#[tokio::test]
async fn the_account_that_identity_center_calls_production_asks_for_the_name_whatever_the_connection_is_called()
 {
    let (bench, center) = signed_in().await;
    let guards = |known: &Connections| -> Vec<(String, bool, Guard)> {
        let marked = known.list[1..].iter().map(|known| (known.name.clone(), &known.marks));
        marked.map(|(name, marks)| (name, marks.is_production, marks.guard)).collect()
    };
    // Nobody has listed the accounts yet, so nothing is known of this one.
    let unknown = save(&bench, vec![chosen("111111111111", "first")]).await.unwrap();
    assert_eq!(guards(&unknown), [("first".into(), false, Guard::Free)]);
    bench.engine.list_accounts(ListAccounts { session: session() }).await.unwrap();
    save(&bench, vec![chosen("111111111111", "second")]).await.unwrap();
    let known = save(&bench, vec![chosen("222222222222", "third")]).await.unwrap();
    let expected = [
        ("first".to_owned(), true, Guard::Confirm),
        ("second".to_owned(), true, Guard::Confirm),
        ("third".to_owned(), false, Guard::Free),
    ];
    assert_eq!(guards(&known), expected, "what was saved before learns it too");

    let bench = center.bench(bench.folder);
    let known = bench.engine.list_connections(ListConnections {}).await.unwrap();
    assert_eq!(guards(&known), expected, "and it outlives the program");
}
