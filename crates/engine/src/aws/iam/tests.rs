//! Where IAM is asked, what counts as its answer, and an independent IAM that answers.

use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::secret_text::SecretInput;

use super::*;
use crate::aws::routes::Routes;
use crate::testing::moto::Moto;

fn access(endpoint_url: Option<&str>, fips: bool, dual_stack: bool) -> Access {
    Access {
        routes: Routes::typed(endpoint_url.map(str::to_owned), EndpointVariant { fips, dual_stack }),
        access_key_id: "AKIAFAKEFAKEFAKEFAKE".into(),
        secret_access_key: SecretInput::new("fake"),
        session_token: None,
    }
}

#[test]
fn iam_is_asked_where_the_partition_has_it_and_signed_for_its_home() {
    for (region, own, fips, dual_stack, url, home) in [
        ("eu-west-1", None, false, false, "https://iam.amazonaws.com", "us-east-1"),
        ("eu-west-1", None, true, false, "https://iam-fips.amazonaws.com", "us-east-1"),
        ("us-west-2", None, false, true, "https://iam.global.api.aws", "us-east-1"),
        ("us-west-2", None, true, true, "https://iam-fips.global.api.aws", "us-east-1"),
        ("cn-northwest-1", None, false, false, "https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("cn-north-1", None, false, true, "https://iam.global.api.amazonwebservices.com.cn", "cn-north-1"),
        ("us-gov-east-1", None, true, false, "https://iam.us-gov.amazonaws.com", "us-gov-west-1"),
        ("us-gov-west-1", None, true, true, "https://iam.us-gov.api.aws", "us-gov-west-1"),
        ("eusc-de-east-1", None, false, false, "https://iam.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        (
            "eusc-de-east-1",
            Some("https://vpce-fake.secretsmanager.eusc-de-east-1.vpce.amazonaws.eu"),
            false,
            false,
            "https://iam.eusc-de-east-1.amazonaws.eu",
            "eusc-de-east-1",
        ),
        ("eu-west-1", Some("http://127.0.0.1:5000/"), false, false, "http://127.0.0.1:5000", "us-east-1"),
        (
            "eu-west-1",
            Some("https://vpce-fake.secretsmanager.eu-west-1.vpce.amazonaws.com"),
            false,
            false,
            "https://iam.amazonaws.com",
            "us-east-1",
        ),
    ] {
        let found = place(&access(own, fips, dual_stack), &region.into());
        assert_eq!(found, Some(Place { url: url.to_owned(), region: home }), "{region} {fips} {dual_stack}");
    }
    assert_eq!(
        place(&access(None, false, false), &"mars-north-1".into()),
        None,
        "nobody knows its partition"
    );
}

#[test]
fn an_alias_is_believed_only_where_it_can_be_one() {
    let answer = |members: &str| {
        format!(
            "<ListAccountAliasesResponse><ListAccountAliasesResult><AccountAliases>{members}</AccountAliases>\
             </ListAccountAliasesResult></ListAccountAliasesResponse>"
        )
    };
    assert_eq!(parse(&answer("<member>acme-prod</member>")), AccountAlias::Named("acme-prod".into()));
    assert_eq!(parse(&answer("")), AccountAlias::Unnamed);
    let hostile = format!("<member>{}</member>", "a".repeat(64));
    for none in ["<html>hello</html>", "{}", "", &answer("<member>acme<b>prod</member>"), &answer(&hostile)] {
        assert_eq!(parse(none), AccountAlias::Untold, "{none}");
    }
}

#[tokio::test]
async fn an_independent_iam_tells_the_alias_that_was_given() {
    let moto = Moto::start();
    let access = access(Some(&moto.endpoint_url), false, false);
    let transport = Transport::system();
    let region = Region::from("eu-west-1");
    let ask = || account_alias(&transport, &access, &region);
    // The server loads its IAM at the first question, for longer than one waits for an alias.
    drop(ask().await);
    assert_eq!(ask().await, AccountAlias::Unnamed);
    moto.name_account("acme-preprod");
    assert_eq!(ask().await, AccountAlias::Named("acme-preprod".into()));
    let logged = transport.requests.last().last().expect("it is in the log").to_string();
    assert!(logged.starts_with("ListAccountAliases 200"), "{logged}");
    let nobody = access.at(Routes::typed(Some("http://127.0.0.1:9".into()), EndpointVariant::default()));
    assert_eq!(account_alias(&transport, &nobody, &region).await, AccountAlias::Untold);
}
