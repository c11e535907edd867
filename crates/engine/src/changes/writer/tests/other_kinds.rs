//! Profiles and assumed roles that write for other connections.

use latchkey_domain::assumed_role::{AssumeRole, AssumedRoleDraft, SaveAssumedRole};
use latchkey_domain::secret_text::SecretInput;

use super::*;

#[tokio::test]
async fn profiles_and_assumed_roles_write_for_each_other_alike() {
    let (bench, _center) = bench().await;
    let profile = |name: &str| {
        format!(
            "[profile {name}]\naws_access_key_id = AKIA-111111111111-{name}\naws_secret_access_key = fake\n"
        )
    };
    bench.write_aws_config(&(profile("view") + &profile("change")));
    let draft = AssumedRoleDraft {
        name: "assumed".into(),
        base: ConnectionId::from("profile:view"),
        role_arn: "arn:aws:iam::111111111111:role/assumed".into(),
        external_id: None,
        session_name: None,
        duration_minutes: None,
        mfa_serial: None,
        region: "eu-west-1".into(),
        endpoint_url: None,
    };
    bench.engine.list_connections(ListConnections {}).await.unwrap();
    bench.engine.save_assumed_role(SaveAssumedRole { draft }).await.unwrap();
    let [view, change, assumed] =
        [find(&bench, "view").await, find(&bench, "change").await, find(&bench, "assumed").await];
    for (label, other, key) in
        [("ONE", &change, "AKIA-111111111111-change"), ("TWO", &assumed, "ASIAROLE-111111111111-assumed")]
    {
        bench.engine.edit_connection(edit(&view, Some(other.id.clone()))).await.unwrap();
        let before = bench.log.all().len();
        let preview = plan(&bench, "view", label).await;
        assert_eq!(apply(&bench, &preview).await.unwrap().outcome, ItemOutcome::Done);
        let sent = bench.log.all().split_off(before);
        let write = sent.iter().find(|sent| sent.operation == "UpdateSecretVersionStage").unwrap();
        assert_eq!(signer(&write.headers["authorization"]), key, "{label}");
    }
    assert_eq!(bench.log.of("AssumeRole").len(), 2, "once to see its account, once for the write alone");

    bench.engine.edit_connection(edit(&view, Some(change.id))).await.unwrap();
    bench.write_aws_config(&profile("view"));
    assert!(find(&bench, "view").await.marks.is_read_only(), "whoever is to write is gone");
}

#[tokio::test]
async fn a_role_with_an_mfa_device_writes_once_its_code_was_given() {
    let (bench, _center) = bench().await;
    let draft = AssumedRoleDraft {
        name: "guarded".into(),
        base: find(&bench, ADMIN).await.id,
        role_arn: "arn:aws:iam::111111111111:role/guarded".into(),
        external_id: None,
        session_name: None,
        duration_minutes: None,
        mfa_serial: Some("arn:aws:iam::111111111111:mfa/ana".into()),
        region: "eu-west-1".into(),
        endpoint_url: None,
    };
    bench.engine.save_assumed_role(SaveAssumedRole { draft }).await.unwrap();
    let [reader, guarded] = [find(&bench, READER).await, find(&bench, "guarded").await];
    bench.engine.edit_connection(edit(&reader, Some(guarded.id.clone()))).await.unwrap();
    let preview = plan(&bench, READER, "LIVE").await;
    let error = apply(&bench, &preview).await.expect_err("no code yet");
    assert_eq!(error.code, Code::SignInNeeded);
    assert!(error.message.contains("guarded needs a new code"), "{error}");
    assert!(writers(&bench).is_empty() && callers(&bench).await.is_empty());

    let code = SecretInput::new("123456");
    bench.engine.assume_role(AssumeRole { connection: guarded.id, code }).await.unwrap();
    assert_eq!(apply(&bench, &preview).await.unwrap().outcome, ItemOutcome::Done, "the plan was kept");
    assert_eq!(writers(&bench), ["ASIAROLE-111111111111-assumed"]);
}
