//! Sets rotation up, starts it and turns it off. What a schedule may say is checked before anything is sent.

mod keys;

use aws_sdk_secretsmanager::operation::rotate_secret::builders::RotateSecretFluentBuilder;
use aws_sdk_secretsmanager::types::RotationRulesType;
use latchkey_domain::name::Arn;
use latchkey_domain::rotation::{
    CancelRotation, FindRotationTrouble, RevealFunctionOutput, RotateSecret, RotationTrouble, SaveRotation,
};
use latchkey_domain::schedule::{Field, ScheduleError, ScheduleExpression, Severity, WindowDuration, check};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::value::Revealed;
use latchkey_domain::writes::Operation;
use latchkey_domain::{ApiError, Code};
use uuid::Uuid;

use crate::aws::fault::{Attempt, classify};
use crate::journal::Traces;
use crate::secrets::name_of;
use crate::{Engine, TroubleReport};

impl Engine {
    /// Stores function and rules, turns rotation on, and describes the secret.
    pub async fn save_rotation(&self, request: SaveRotation) -> Result<SecretDetail, ApiError> {
        let SaveRotation {
            scope,
            secret_id,
            lambda_arn,
            schedule_expression,
            duration,
            rotate_immediately,
            typed_name,
        } = request;
        check_rules(&schedule_expression, duration.as_deref())?;
        lambda_arn.as_deref().map_or(Ok(()), check_function)?;
        let writer = self.writer(&scope).await?;
        if rotate_immediately {
            // Not before: who asks for a writer may learn that its account is one of production.
            self.check_typed(&scope.connection, &name_of(&secret_id), typed_name.as_deref())?;
        }
        let rules = RotationRulesType::builder()
            .schedule_expression(schedule_expression)
            .set_duration(duration)
            .build();
        let request = writer
            .writes
            .rotate_secret()
            .secret_id(&secret_id)
            .client_request_token(Uuid::new_v4().to_string())
            .set_rotation_lambda_arn(lambda_arn.clone())
            .rotation_rules(rules)
            .rotate_immediately(rotate_immediately);
        self.journalled(
            &writer,
            (&secret_id, &name_of(&secret_id)),
            Operation::SaveRotation,
            rotate(request, &secret_id),
        )
        .await?;
        self.describe(&scope, &writer.reads, &secret_id).await
    }

    /// Starts a rotation, or one that did not end again, and describes the secret; the rotation goes on after the
    /// answer.
    pub async fn rotate_secret(&self, request: RotateSecret) -> Result<SecretDetail, ApiError> {
        let RotateSecret { scope, secret_id, again_for, typed_name } = request;
        let writer = self.writer(&scope).await?;
        self.check_typed(&scope.connection, &name_of(&secret_id), typed_name.as_deref())?;
        // The version's id is the token of the rotation that makes it: AWS takes the same token for the same rotation.
        let token = again_for.unwrap_or_else(|| Uuid::new_v4().to_string());
        let request = writer.writes.rotate_secret().secret_id(&secret_id).client_request_token(token);
        self.journalled(
            &writer,
            (&secret_id, &name_of(&secret_id)),
            Operation::RotateSecret,
            rotate(request, &secret_id),
        )
        .await?;
        self.describe(&scope, &writer.reads, &secret_id).await
    }

    /// Turns rotation off and describes the secret.
    pub async fn cancel_rotation(&self, request: CancelRotation) -> Result<SecretDetail, ApiError> {
        let CancelRotation { scope, secret_id } = request;
        let writer = self.writer(&scope).await?;
        let cancel = async {
            let attempt = Attempt { operation: "CancelRotateSecret", subject: &secret_id };
            let sent = writer.writes.cancel_rotate_secret().secret_id(&secret_id).send().await;
            let answer = sent.map_err(|error| classify(attempt, &error))?;
            Ok(Traces::of(&answer).with_version(answer.version_id()))
        };
        self.journalled(&writer, (&secret_id, &name_of(&secret_id)), Operation::CancelRotation, cancel)
            .await?;
        self.describe(&scope, &writer.reads, &secret_id).await
    }

    /// What a vault saw go wrong; nothing for a secret in AWS.
    pub async fn find_rotation_trouble(
        &self,
        request: FindRotationTrouble,
    ) -> Result<RotationTrouble, ApiError> {
        let FindRotationTrouble { scope, secret_id } = request;
        if !scope.connection.is_vault() {
            return Ok(RotationTrouble::default());
        }
        Ok(self.vault_host(&scope.connection)?.rotation_trouble(scope.region, secret_id).await?.trouble)
    }

    /// What a function of a vault wrote before it failed.
    pub async fn reveal_function_output(&self, request: RevealFunctionOutput) -> Result<Revealed, ApiError> {
        let RevealFunctionOutput { scope, secret_id } = request;
        if self.asks_before_reveal(&scope.connection) {
            self.confirm_exit(&scope.connection, "Show", &name_of(&secret_id)).await?;
        }
        let report = match scope.connection.is_vault() {
            true => self.vault_host(&scope.connection)?.rotation_trouble(scope.region, secret_id).await?,
            false => TroubleReport::default(),
        };
        let output = report.output.ok_or_else(|| {
            let message = "What the function wrote is kept no longer. Rotate again to see it.";
            ApiError::new(Code::NotFound, message)
        })?;
        Ok(Revealed::Text(output.expose().to_owned()))
    }
}

async fn rotate(request: RotateSecretFluentBuilder, secret_id: &str) -> Result<Traces, ApiError> {
    let lambda_arn = request.get_rotation_lambda_arn().clone();
    let answer = request.send().await.map_err(|error| {
        let attempt = Attempt { operation: "RotateSecret", subject: secret_id };
        refused(classify(attempt, &error), lambda_arn.as_deref())
    })?;
    Ok(Traces::of(&answer).with_version(answer.version_id()))
}

/// The window shows each broken rule while it is typed; here none of them passes.
fn check_rules(expression: &str, duration: Option<&str>) -> Result<(), ApiError> {
    let at_expression = |why: String| ApiError::invalid("schedule_expression", why);
    let at_duration = |why: String| ApiError::invalid("duration", why);
    let expression: ScheduleExpression =
        expression.parse().map_err(|error: ScheduleError| at_expression(error.to_string()))?;
    let duration: Option<WindowDuration> = duration
        .map(str::parse)
        .transpose()
        .map_err(|error: ScheduleError| at_duration(error.to_string()))?;
    match check(&expression, duration).into_iter().find(|breach| breach.severity() == Severity::Refused) {
        Some(breach) if breach.field() == Field::Duration => Err(at_duration(breach.to_string())),
        Some(breach) => Err(at_expression(breach.to_string())),
        None => Ok(()),
    }
}

fn check_function(arn: &str) -> Result<(), ApiError> {
    let is_function = Arn::parse(arn)
        .is_some_and(|parsed| parsed.service == "lambda" && parsed.resource.starts_with("function:"));
    if is_function {
        return Ok(());
    }
    let message = "This is not the ARN of a Lambda function. It is written \
                   arn:aws:lambda:us-east-1:123456789012:function:name.";
    Err(ApiError::invalid("lambda_arn", message))
}

/// RotateSecret uses one code for many states; they are told by AWS's words alone (AWS's behaviour, A9).
fn refused(mut error: ApiError, lambda_arn: Option<&str>) -> ApiError {
    let words = error.aws.as_ref().map(|fault| fault.message.as_str()).unwrap_or_default();
    let told = match &error.code {
        Code::AccessDenied if words.contains("cannot invoke") => {
            let function = lambda_arn.unwrap_or("the rotation function");
            Some((
                error.code.clone(),
                format!(
                    "Secrets Manager may not invoke {function}. Let secretsmanager.amazonaws.com invoke it in the \
                     function's policy, then try again."
                ),
            ))
        }
        Code::Conflict if words.contains("No Lambda rotation function") => Some((
            Code::Conflict,
            "The secret has no rotation function. Name one by its ARN.".to_owned(),
        )),
        Code::Conflict if words.contains("previous rotation") => Some((
            Code::Conflict,
            "An earlier rotation is not complete, so AWS starts no other. Look at the version with AWSPENDING."
                .to_owned(),
        )),
        _ => None,
    };
    if let Some((code, message)) = told {
        (error.code, error.message) = (code, message);
    }
    error
}

#[cfg(test)]
mod tests;
