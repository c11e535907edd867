//! Has Secrets Manager make a password up.

use latchkey_domain::ApiError;
use latchkey_domain::password::GeneratePassword;
use latchkey_domain::value::Revealed;

use crate::Engine;
use crate::aws::fault::{Attempt, classify};

impl Engine {
    /// One GetRandomPassword. Nothing is kept of the answer.
    pub(crate) async fn generate_password(&self, request: GeneratePassword) -> Result<Revealed, ApiError> {
        let GeneratePassword { scope, recipe } = request;
        recipe.check().map_err(|error| ApiError::invalid("recipe", error.to_string()))?;
        let client = self.client(&scope).await?;
        let sent = client
            .get_random_password()
            .password_length(recipe.length.into())
            .set_exclude_characters(Some(recipe.excluded).filter(|excluded| !excluded.is_empty()))
            .exclude_lowercase(!recipe.lowercase)
            .exclude_uppercase(!recipe.uppercase)
            .exclude_numbers(!recipe.numbers)
            .exclude_punctuation(!recipe.punctuation)
            .include_space(recipe.space)
            .require_each_included_type(recipe.each_type)
            .send();
        let attempt = Attempt { operation: "GetRandomPassword", subject: "this Region" };
        let answer = sent.await.map_err(|error| classify(attempt, &error))?;
        let password = answer.random_password.filter(|password| !password.is_empty());
        password
            .map(Revealed::Text)
            .ok_or_else(|| ApiError::internal("GetRandomPassword returned no password."))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use latchkey_domain::Code;
    use latchkey_domain::password::{GeneratePassword, Recipe};
    use latchkey_domain::value::Revealed;
    use serde_json::json;

    use crate::testing::{Bench, ok, scope};

    #[tokio::test]
    async fn a_password_is_asked_for_by_its_recipe() {
        let bench = Bench::new(|_, _| ok(json!({ "RandomPassword": "fake-random" }))).await;
        let recipe = Recipe { length: 20, excluded: "@/".into(), punctuation: false, ..Recipe::default() };
        let request = GeneratePassword { scope: scope(), recipe };
        let answer = bench.engine.generate_password(request).await.unwrap();
        assert!(answer == Revealed::Text("fake-random".into()), "handed out as it came");
        let sent = &bench.log.of("GetRandomPassword")[0];
        assert_eq!(
            (
                &sent["PasswordLength"],
                &sent["ExcludeCharacters"],
                &sent["ExcludePunctuation"],
                &sent["ExcludeNumbers"]
            ),
            (&json!(20), &json!("@/"), &json!(true), &json!(false)),
        );
    }

    #[tokio::test]
    async fn an_impossible_recipe_is_not_sent() {
        let bench = Bench::new(|operation, _| panic!("{operation} is not needed")).await;
        let request = GeneratePassword { scope: scope(), recipe: Recipe { length: 0, ..Recipe::default() } };
        let refused = bench.engine.generate_password(request).await.unwrap_err();
        assert_eq!(refused.code, Code::Invalid("recipe".into()));
    }
}
