//! Filters against what is known of AWS, against every decision where AWS is silent, and against a naive oracle.

use latchkey_domain::filter::{Filter, FilterKey, Matcher};
use latchkey_domain::secret::{SecretSummary, Tag};
use proptest::prelude::*;

fn named(name: &str) -> SecretSummary {
    SecretSummary { name: name.into(), ..SecretSummary::default() }
}

fn described(description: &str) -> SecretSummary {
    SecretSummary { description: Some(description.into()), ..named("sample") }
}

fn tagged(tags: &[(&str, &str)]) -> SecretSummary {
    let tags = tags.iter().map(|&(key, value)| Tag { key: key.into(), value: value.into() }).collect();
    SecretSummary { tags, ..named("sample") }
}

fn matches(secret: &SecretSummary, key: FilterKey, values: &[&str]) -> bool {
    Matcher::new(&[Filter::new(key, values.iter().copied())]).matches(secret)
}

/// Asserts, for one filter value, which texts it finds and which it does not.
#[track_caller]
fn finds(
    sample: impl Fn(&str) -> SecretSummary,
    key: FilterKey,
    value: &str,
    found: &[&str],
    missed: &[&str],
) {
    for text in found {
        assert!(matches(&sample(text), key, &[value]), "{key} {value:?} must find {text:?}");
    }
    for text in missed {
        assert!(!matches(&sample(text), key, &[value]), "{key} {value:?} must not find {text:?}");
    }
}

mod recorded {
    //! What AWS was seen to do, or says that it does.

    use super::*;
    use FilterKey::*;

    #[test]
    fn name_is_a_literal_prefix_that_minds_case() {
        finds(named, Name, "prod/", &["prod/db", "prod/"], &["prod", "PROD/db", "my/prod/db", "production"]);
        finds(named, Name, "testing1 one", &[], &["testing1/one-x"]);
        finds(named, Name, "testing1/one", &["testing1/one-x"], &["testing1"]);
        finds(named, Name, "/", &["/a"], &["a/", "a"]);
        finds(named, Name, "!/", &["a/", "a"], &["/a"]);
    }

    #[test]
    fn every_word_of_a_description_value_begins_some_word() {
        let recorded = ["a secret", "an secret", "asecret", "thesecret"];
        finds(described, Description, "a", &recorded[..3], &recorded[3..]);
        finds(described, Description, "a secret", &recorded[..2], &recorded[2..]);
        finds(described, Description, "!a", &recorded[3..], &recorded[..3]);
        finds(described, Description, "!c", &recorded, &[]);
        finds(described, Description, "o t", &["one two", "one and two"], &["one", "two"]);
        finds(described, Description, "t o", &["one two"], &["one"]);
        finds(described, Description, "t", &["one two", "one and two"], &["one"]);
        finds(described, Description, "ONE", &["one two", "One"], &["none"]);
    }

    #[test]
    fn tags_are_literal_prefixes_that_mind_case() {
        let key = |text: &str| tagged(&[("other", "x"), (text, "x")]);
        finds(key, TagKey, "team", &["team", "team-lead"], &["Team", "my team", "tea"]);
        let value = |text: &str| tagged(&[("other", "x"), ("team", text)]);
        finds(value, TagValue, "pay", &["payments", "pay"], &["Payments", "repay"]);
    }

    #[test]
    fn tag_filters_are_anded_for_the_secret_not_for_one_tag() {
        let secret = tagged(&[("team", "web"), ("owner", "payments")]);
        let filters = [Filter::new(TagKey, ["team"]), Filter::new(TagValue, ["payments"])];
        assert!(Matcher::new(&filters).matches(&secret), "key and value may stand in different tags");
    }

    #[test]
    fn primary_region_is_a_prefix_and_needs_replication() {
        let in_region = |code: &str| SecretSummary { primary_region: Some(code.into()), ..named("sample") };
        finds(in_region, PrimaryRegion, "eu-", &["eu-west-1"], &["us-east-1"]);
        assert!(
            !matches(&named("sample"), PrimaryRegion, &["eu-"]),
            "the field is absent without replication"
        );
    }

    #[test]
    fn owning_service_is_a_prefix_without_regard_to_case() {
        let owned = |service: &str| SecretSummary { owning_service: Some(service.into()), ..named("sample") };
        finds(
            owned,
            OwningService,
            "my-ser",
            &["my-serv", "my-service", "MY-SERVICE"],
            &["my", "not-my-ser"],
        );
        finds(owned, OwningService, "RDS", &["rds"], &["redshift"]);
    }

    #[test]
    fn all_splits_at_special_characters() {
        for separator in ["/", "_", "+", "=", ".", "@", "-", " ", "#"] {
            let name = format!("first{separator}second");
            assert!(matches(&named(&name), All, &["second"]), "{separator:?} separates words of {name:?}");
        }
        finds(named, All, "+", &[], &["a+b", "+"]);
    }

    #[test]
    fn all_splits_at_capitals() {
        finds(named, All, "beta", &["AppBeta"], &["appbeta"]);
        finds(named, All, "tag", &["SecretFTag"], &[]);
        finds(named, All, "ftag", &[], &["SecretFTag"]);
        finds(named, All, "Ythings", &["COMPANYthings"], &[]);
        finds(named, All, "compan", &["COMPANYthings"], &[]);
        finds(named, All, "things", &[], &["COMPANYthings"]);
        finds(named, All, "company", &[], &["COMPANYthings"]);
    }

    #[test]
    fn all_splits_at_a_digit_after_a_letter() {
        finds(
            named,
            All,
            "credsDatabase#892",
            &["creds/Database-892", "892.CredsDatabase"],
            &["creds/Database", "Database892creds"],
        );
        finds(named, All, "892", &["creds892"], &[]);
    }

    #[test]
    fn all_needs_every_word_by_its_beginning() {
        finds(named, All, "SomeSecret", &["SomeSecret", "Secret/some"], &["SecretOne"]);
        finds(named, All, "My_Secret", &["my-secret"], &["my", "secret"]);
        finds(named, All, "d t", &["DescTwo"], &["DescOne"]);
        finds(named, All, "sec", &["SecretOne", "my/secret"], &[]);
        finds(named, All, "ret", &[], &["SecretOne"]);
        finds(named, All, "pany", &[], &["company"]);
    }

    #[test]
    fn all_looks_at_name_description_and_tags_without_regard_to_case() {
        finds(named, All, "WORD", &["a word"], &[]);
        finds(described, All, "WORD", &["a word"], &[]);
        finds(|text| tagged(&[(text, "x")]), All, "WORD", &["a word"], &[]);
        finds(|text| tagged(&[("x", text)]), All, "WORD", &["a word"], &[]);
        let elsewhere = SecretSummary {
            primary_region: Some("word".into()),
            owning_service: Some("word".into()),
            ..named("sample")
        };
        assert!(!matches(&elsewhere, All, &["word"]), "Region and owning service are not searched");
    }

    #[test]
    fn values_are_ored_and_filters_anded() {
        assert!(matches(&named("staging/db"), Name, &["prod", "staging"]));
        assert!(!matches(&named("test/db"), Name, &["prod", "staging"]));
        let same_key = [Filter::new(Description, ["one"]), Filter::new(Description, ["two"])];
        let matcher = Matcher::new(&same_key);
        assert!(matcher.matches(&described("one two")));
        assert!(!matcher.matches(&described("one")), "filters of one key are ANDed");
        assert!(Matcher::new(&[]).matches(&named("x")), "no filter lets everything through");
    }
}

mod decided {
    //! Where AWS is silent: the decisions at the head of `filter`.

    use super::*;
    use FilterKey::*;

    #[test]
    fn a_negated_value_excludes_what_the_other_values_include() {
        let values = ["prod", "!prod/test"];
        assert!(matches(&named("prod/db"), Name, &values));
        assert!(!matches(&named("prod/test/db"), Name, &values));
        assert!(!matches(&named("staging"), Name, &values));
    }

    #[test]
    fn of_two_negated_values_neither_may_match() {
        let values = ["!prod", "!test"];
        assert!(matches(&named("staging"), Name, &values));
        assert!(!matches(&named("prod"), Name, &values));
        assert!(!matches(&named("test"), Name, &values));
    }

    #[test]
    fn negation_finds_secrets_that_lack_the_attribute() {
        for key in [Description, TagKey, TagValue, PrimaryRegion, OwningService] {
            assert!(matches(&named("bare"), key, &["!x"]), "{key}");
            assert!(!matches(&named("bare"), key, &["x"]), "{key}");
        }
    }

    #[test]
    fn a_negated_tag_must_be_absent_from_every_tag() {
        assert!(!matches(&tagged(&[("a", "1"), ("b", "2")]), TagKey, &["!a"]));
        assert!(!matches(&tagged(&[("a", "1"), ("b", "2")]), TagValue, &["!2"]));
        assert!(matches(&tagged(&[("a", "1"), ("b", "2")]), TagKey, &["!c"]));
    }

    #[test]
    fn only_the_first_exclamation_mark_negates() {
        finds(named, Name, "!!x", &["x", "y"], &["!x"]);
        finds(named, Name, "rds!", &["rds!cluster"], &["rds"]);
    }

    #[test]
    fn an_empty_value_means_that_the_attribute_is_there() {
        let bare = named("bare");
        for (secret, key) in [
            (tagged(&[("team", "")]), TagKey),
            (tagged(&[("team", "")]), TagValue),
            (described("x"), Description),
            (SecretSummary { primary_region: Some("eu-west-1".into()), ..named("x") }, PrimaryRegion),
            (SecretSummary { owning_service: Some("rds".into()), ..named("x") }, OwningService),
        ] {
            assert!(matches(&secret, key, &[""]) && !matches(&secret, key, &["!"]), "{key} is there");
            assert!(!matches(&bare, key, &[""]) && matches(&bare, key, &["!"]), "{key} is not there");
        }
        assert!(matches(&bare, Name, &[""]), "every secret has a name");
    }

    #[test]
    fn an_all_value_without_words_matches_nothing() {
        for value in ["", " ", "+", "🔑"] {
            assert!(!matches(&named("a+b"), All, &[value]), "{value:?}");
            assert!(matches(&named("a+b"), All, &[&format!("!{value}")]), "the complement of {value:?}");
        }
    }

    #[test]
    fn a_filter_without_values_restricts_nothing() {
        for key in FilterKey::ALL {
            assert!(matches(&named("x"), key, &[]), "{key}");
        }
    }

    #[test]
    fn words_of_all_may_be_spread_over_attributes() {
        let secret = SecretSummary {
            description: Some("Orders".into()),
            tags: tagged(&[("team", "payments")]).tags,
            ..named("prod/db")
        };
        assert!(matches(&secret, All, &["prod orders team pay"]));
        assert!(!matches(&secret, All, &["prod orders team web"]));
    }

    #[test]
    fn a_description_word_begins_after_punctuation_too() {
        finds(described, Description, "eu", &["Production (EU)", "us/eu"], &["feud", "ProdEu"]);
        finds(described, Description, "(eu", &["Production (EU)"], &["Production EU"]);
        finds(described, Description, "db-pro", &["the db-prod secret"], &["db prod", "db/prod"]);
        finds(described, Description, "größe ÄN", &["Die Größe: ändern"], &["Gross"]);
    }

    #[test]
    fn a_letter_after_a_digit_begins_no_word() {
        finds(named, All, "db", &["prod-db2"], &["prod2db"]);
        finds(named, All, "7c1e", &["7c1e-backup"], &["1e/7-c"]);
    }
}

/// The rules once more, as plainly as they can be written: everything is split, lowered and copied.
mod oracle {
    use super::*;

    pub fn matches(secret: &SecretSummary, filters: &[Filter]) -> bool {
        filters.iter().all(|filter| {
            let verdicts = |negated: bool| -> Vec<bool> {
                let of_this_kind = filter.values.iter().filter(|value| value.starts_with('!') == negated);
                of_this_kind.map(|value| holds(secret, filter.key, &value[usize::from(negated)..])).collect()
            };
            let (wanted, unwanted) = (verdicts(false), verdicts(true));
            !unwanted.contains(&true) && (wanted.is_empty() || wanted.contains(&true))
        })
    }

    fn holds(secret: &SecretSummary, key: FilterKey, value: &str) -> bool {
        let keys: Vec<&str> = secret.tags.iter().map(|tag| tag.key.as_str()).collect();
        let tag_values: Vec<&str> = secret.tags.iter().map(|tag| tag.value.as_str()).collect();
        let starts = |texts: &[&str]| texts.iter().any(|text| text.starts_with(value));
        match key {
            FilterKey::Name => starts(&[&secret.name]),
            FilterKey::TagKey => starts(&keys),
            FilterKey::TagValue => starts(&tag_values),
            FilterKey::PrimaryRegion => starts(secret.primary_region.as_deref().as_slice()),
            FilterKey::OwningService => {
                secret.owning_service.as_deref().is_some_and(|id| lower(id).starts_with(&lower(value)))
            }
            FilterKey::Description => secret.description.as_deref().is_some_and(|text| {
                let tails = description_tails(text);
                value.split_whitespace().all(|word| tails.iter().any(|tail| tail.starts_with(&lower(word))))
            }),
            FilterKey::All => {
                let mut texts = [keys, tag_values, vec![&secret.name]].concat();
                texts.extend(secret.description.as_deref());
                let found: Vec<String> = texts.iter().flat_map(|text| words(text)).collect();
                let wanted = words(value);
                !wanted.is_empty()
                    && wanted.iter().all(|word| found.iter().any(|other| other.starts_with(word.as_str())))
            }
        }
    }

    fn lower(text: &str) -> String {
        text.chars().flat_map(char::to_lowercase).collect()
    }

    /// What follows each beginning of a word.
    fn description_tails(text: &str) -> Vec<String> {
        let chars: Vec<char> = text.chars().collect();
        let begins = |at: usize| {
            let after_blank = at == 0 || chars[at - 1].is_whitespace();
            after_blank || (chars[at].is_alphanumeric() && !chars[at - 1].is_alphanumeric())
        };
        (0..chars.len()).filter(|&at| begins(at)).map(|at| lower(&String::from_iter(&chars[at..]))).collect()
    }

    /// Marks every boundary by a blank, then splits.
    fn words(text: &str) -> Vec<String> {
        let chars: Vec<char> = text.chars().collect();
        let mut marked = String::new();
        for (at, &c) in chars.iter().enumerate() {
            if !c.is_alphanumeric() {
                marked.push(' ');
                continue;
            }
            let before = if at > 0 { chars[at - 1] } else { ' ' };
            let small_follows = chars.get(at + 1).is_some_and(|next| next.is_lowercase());
            let letter_before = before.is_alphanumeric() && !before.is_numeric();
            if (c.is_uppercase() && (before.is_lowercase() || small_follows))
                || (c.is_numeric() && letter_before)
            {
                marked.push(' ');
            }
            marked.push(c);
        }
        marked.split_whitespace().map(lower).collect()
    }
}

/// Texts of few characters, so that values and secrets meet often; some of any character.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![6 => "[aAbB1 /\\-!]{0,8}", 2 => "[aAäÄßİ1٣鍵 .\u{212a}k]{0,6}", 1 => any::<String>()]
}

fn samples() -> impl Strategy<Value = SecretSummary> {
    let tag = (text(), text()).prop_map(|(key, value)| Tag { key, value });
    (
        text(),
        proptest::option::of(text()),
        proptest::collection::vec(tag, 0..3),
        proptest::option::of(text()),
        proptest::option::of(text()),
    )
        .prop_map(|(name, description, tags, primary_region, owning_service)| SecretSummary {
            name,
            description,
            tags,
            primary_region,
            owning_service,
            ..SecretSummary::default()
        })
}

fn filter() -> impl Strategy<Value = Filter> {
    let value =
        (any::<bool>(), text()).prop_map(|(negated, text)| if negated { format!("!{text}") } else { text });
    (proptest::sample::select(FilterKey::ALL.to_vec()), proptest::collection::vec(value, 0..4))
        .prop_map(|(key, values)| Filter { key, values })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_matcher_agrees_with_the_naive_oracle(
        secret in samples(),
        filters in proptest::collection::vec(filter(), 0..3),
    ) {
        prop_assert_eq!(Matcher::new(&filters).matches(&secret), oracle::matches(&secret, &filters));
    }
}
