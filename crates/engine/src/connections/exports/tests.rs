//! The lines in real shells, before real requests of botocore, where everything else leads elsewhere.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::secret_text::SecretInput;

use super::{Access, lines};
use crate::aws::routes::Routes;
use crate::aws::trust::{Bundle, OwnBundle};
use crate::testing::listener::{Listener, fake_ca};

const CANARY: &str = "fake-canary-value";
const SEND: &str = "
import botocore.session
client = botocore.session.Session().create_client('secretsmanager')
client.put_secret_value(SecretId='a', SecretString='fake-canary-value')
";
const WHERE: &str = "
import botocore.session
def show(request, **_):
    print(request.url, request.headers['Authorization'].decode().split('Credential=')[1].split('/')[0], end=' ')
    raise SystemExit
client = botocore.session.Session().create_client('secretsmanager')
client.meta.events.register('before-send', show)
client.list_secrets()
";

fn access(endpoint_url: Option<&str>, variant: EndpointVariant) -> Access {
    Access {
        routes: Routes::typed(endpoint_url.map(str::to_owned), variant),
        access_key_id: "AKIAFAKE".into(),
        secret_access_key: SecretInput::new("fake'$(id)`\"\\ key"),
        session_token: None,
    }
}

/// The shells of this machine that take the lines.
fn shells() -> Vec<&'static str> {
    let is_there = |shell: &&str| Command::new(shell).args(["-c", "true"]).output().is_ok();
    ["sh", "bash", "zsh"].into_iter().filter(is_there).collect()
}

/// What a program of Python prints behind the lines in a shell in which everything leads to `enemy`.
fn in_hostile_terminal(shell: &str, lines: &str, enemy: &str, python: &str, more: &[(&str, &str)]) -> String {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    let files = ["config", "credentials"].map(|name| home.path().join(".aws").join(name));
    let section =
        format!("aws_access_key_id = AKIAFAKEENEMY\naws_secret_access_key = fake\nendpoint_url = {enemy}\n");
    let config = format!(
        "[default]\n{section}use_fips_endpoint = true\nignore_configured_endpoint_urls = true\n[profile evil]\n{section}"
    );
    std::fs::write(&files[0], config).unwrap();
    std::fs::write(&files[1], format!("[default]\n{section}")).unwrap();
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/.venv/bin/python");
    let mut terminal = Command::new(shell);
    terminal.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", home.path());
    for name in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
        terminal.env(name, "evil");
    }
    for name in [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        "AWS_ENDPOINT_URL_STS",
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        terminal.env(name, enemy);
    }
    terminal.env("AWS_CONFIG_FILE", &files[0]).env("AWS_SHARED_CREDENTIALS_FILE", &files[1]);
    terminal.env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true").env("AWS_USE_FIPS_ENDPOINT", "true");
    terminal.env("AWS_SECURITY_TOKEN", "fake-enemy-token").env("AWS_MAX_ATTEMPTS", "1");
    terminal.envs(more.iter().copied());
    let script = format!("{lines}\"{}\" -X utf8 -c \"$PROGRAM\"", program.display());
    let output = terminal.env("PROGRAM", python).args(["-c", &script]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shell}: {told}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_value_sent_from_a_terminal_reaches_the_vault_and_nobody_else_whatever_was_set_there() {
    let vault = Listener::start(|_| (200, "{}".to_owned()));
    let enemy = Listener::start(|_| (200, "{}".to_owned()));
    let lines = lines(&access(Some(&vault.url), Default::default()), &"eu-central-1".into()).unwrap();
    for shell in shells() {
        for excluded in
            [&[][..], &[("NO_PROXY", "*")], &[("no_proxy", ".corp.example"), ("NO_PROXY", "a.example")]]
        {
            in_hostile_terminal(shell, &lines, &enemy.url, SEND, excluded);
            let arrived = vault.take();
            assert_eq!(arrived.len(), 1, "{shell} {excluded:?}");
            assert!(arrived[0].text.contains(CANARY) && arrived[0].signer() == "AKIAFAKE", "{shell}");
            assert!(!arrived[0].text.contains("fake-enemy-token"), "{shell}");
            assert!(enemy.take().is_empty(), "{shell} {excluded:?}: nothing for anybody else");
        }
    }
}

#[test]
fn lines_for_aws_lead_to_its_own_endpoint_whatever_was_set_there() {
    let enemy = Listener::start(|_| (200, "{}".to_owned()));
    let fips = EndpointVariant { fips: true, dual_stack: false };
    for (variant, host) in [(EndpointVariant::default(), "secretsmanager"), (fips, "secretsmanager-fips")] {
        let lines = lines(&access(None, variant), &"eu-central-1".into()).unwrap();
        for shell in shells() {
            let printed = in_hostile_terminal(shell, &lines, &enemy.url, WHERE, &[]);
            let expected = format!("https://{host}.eu-central-1.amazonaws.com/ AKIAFAKE ");
            assert_eq!(printed, expected, "{shell}");
        }
    }
    assert!(enemy.take().is_empty());
}

#[test]
fn the_hosts_that_a_terminal_excluded_from_its_proxy_stay_excluded() {
    let lines =
        lines(&access(Some("http://127.0.0.1:4000"), Default::default()), &"eu-central-1".into()).unwrap();
    for shell in shells() {
        for (before, after) in [
            (&[][..], "127.0.0.1,localhost,::1"),
            (&[("NO_PROXY", "a.example")], "127.0.0.1,localhost,::1,a.example"),
            (
                &[("no_proxy", "b.example"), ("NO_PROXY", "a.example")],
                "127.0.0.1,localhost,::1,a.example,b.example",
            ),
            (&[("no_proxy", "*")], "*"),
        ] {
            let script = format!("{}printf '%s|%s' \"$NO_PROXY\" \"$no_proxy\"", *lines);
            let mut terminal = Command::new(shell);
            let output =
                terminal.args(["-c", &script]).env_clear().envs(before.iter().copied()).output().unwrap();
            assert_eq!(
                String::from_utf8_lossy(&output.stdout),
                format!("{after}|{after}"),
                "{shell} {before:?}"
            );
        }
    }
}

#[test]
fn the_shell_ends_up_with_the_keys_of_the_connection_and_no_others() {
    let access = access(Some("http://127.0.0.1:4000"), Default::default());
    let script = format!(
        "AWS_SESSION_TOKEN=stale\n{}printf '%s|%s|%s|%s|%s' \"$AWS_ACCESS_KEY_ID\" \"$AWS_SECRET_ACCESS_KEY\" \
         \"${{AWS_SESSION_TOKEN-none}}\" \"$AWS_REGION\" \"$AWS_ENDPOINT_URL_SECRETS_MANAGER\"",
        *lines(&access, &"eu-central-1".into()).expect("no control characters")
    );
    let output = Command::new("sh").args(["-c", &script]).env_clear().output().expect("a POSIX shell");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(printed, "AKIAFAKE|fake'$(id)`\"\\ key|none|eu-central-1|http://127.0.0.1:4000");
}

#[test]
fn certificates_of_a_profile_are_named_where_no_profile_is() {
    let mut access = access(None, EndpointVariant::default());
    let unnamed = lines(&access, &"eu-west-1".into()).unwrap();
    assert!(!unnamed.contains("AWS_CA_BUNDLE"), "what the terminal has is its own");
    let bundle = Arc::new(Bundle::load(&fake_ca("ca.pem")).unwrap());
    access.routes.bundle = Some(OwnBundle { bundle, source: "the AWS profile".to_owned() });
    let named = lines(&access, &"eu-west-1".into()).unwrap();
    assert!(named.contains("export AWS_CA_BUNDLE=") && named.contains("ca.pem"));
}
