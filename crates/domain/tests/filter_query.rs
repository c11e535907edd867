//! The search box: how lines become filters, chips and text again, and what of it AWS takes.

use latchkey_domain::filter::FilterKey::{self, *};
use latchkey_domain::filter::{
    Completion, CompletionTarget, Filter, FilterProblem, Matcher, Query, check, chip_text, completion,
};
use latchkey_domain::secret::{SecretSummary, Tag};
use proptest::prelude::*;

fn filter<const N: usize>(key: FilterKey, values: [&str; N]) -> Filter {
    Filter::new(key, values)
}

#[track_caller]
fn reads_as(line: &str, chips: &[Filter]) {
    assert_eq!(Query::parse(line), Query { chips: chips.to_vec(), text: String::new() }, "{line:?}");
}

mod reading {
    use super::*;

    #[test]
    fn a_line_of_keys_and_words() {
        reads_as(
            "name:prod/ tag-key:team !staging",
            &[filter(Name, ["prod/"]), filter(TagKey, ["team"]), filter(All, ["!staging"])],
        );
        reads_as("", &[]);
        reads_as(" \t ", &[]);
    }

    #[test]
    fn every_key_is_known_whatever_its_case() {
        for key in FilterKey::ALL {
            reads_as(&format!("{key}:x"), &[filter(key, ["x"])]);
            reads_as(&format!("{}:x", key.as_str().to_uppercase()), &[filter(key, ["x"])]);
        }
    }

    #[test]
    fn a_comma_inside_a_chip_is_or_and_two_chips_are_and() {
        reads_as("tag-key:team,owner", &[filter(TagKey, ["team", "owner"])]);
        reads_as("tag-key:team tag-key:owner", &[filter(TagKey, ["team"]), filter(TagKey, ["owner"])]);
        reads_as("web,mobile", &[filter(All, ["web", "mobile"])]);
        reads_as("name:a, !b", &[filter(Name, ["a", "!b"])]);
        reads_as("name:a, tag-key:b", &[filter(Name, ["a"]), filter(TagKey, ["b"])]);
    }

    #[test]
    fn adjacent_free_words_are_one_value() {
        reads_as("prod db", &[filter(All, ["prod db"])]);
        reads_as("a b,c d", &[filter(All, ["a b", "c d"])]);
        reads_as("a name:x b", &[filter(All, ["a"]), filter(Name, ["x"]), filter(All, ["b"])]);
        reads_as("all:a b", &[filter(All, ["a"]), filter(All, ["b"])]);
    }

    #[test]
    fn an_exclamation_mark_negates_one_value() {
        reads_as("name:!prod,test", &[filter(Name, ["!prod", "test"])]);
        reads_as("a !b c", &[filter(All, ["a"]), filter(All, ["!b"]), filter(All, ["c"])]);
        reads_as("!name:a,b", &[filter(Name, ["!a", "!b"])]);
        reads_as("name:rds!c", &[filter(Name, ["rds!c"])]);
        reads_as("name:!!x", &[filter(Name, ["!!x"])]);
    }

    #[test]
    fn quotes_keep_blanks_commas_and_colons() {
        reads_as(r#"name:"a b,c:d""#, &[filter(Name, ["a b,c:d"])]);
        reads_as(r#""name:x""#, &[filter(All, ["name:x"])]);
        reads_as(r#"description:!"old one",new"#, &[filter(Description, ["!old one", "new"])]);
        reads_as(r#"name:"say \"hi\" \\ C:\x""#, &[filter(Name, [r#"say "hi" \ C:\x"#])]);
        reads_as(r#"name:"not closed"#, &[filter(Name, ["not closed"])]);
        reads_as(r#"tag-key:"",!"""#, &[filter(TagKey, ["", "!"])]);
    }

    #[test]
    fn a_colon_after_an_unknown_key_is_text() {
        reads_as("http://x type:y", &[filter(All, ["http://x type:y"])]);
        reads_as("name:arn:aws:x", &[filter(Name, ["arn:aws:x"])]);
    }

    #[test]
    fn what_has_no_value_yet_stays_text() {
        for unfinished in ["name:", "!", ",", "name:!", "name:,", "!tag-key:"] {
            let query = Query::parse(&format!("a {unfinished}"));
            assert_eq!(query.chips, [filter(All, ["a"])], "{unfinished:?}");
            assert_eq!(query.text, unfinished);
        }
        reads_as("name:a,", &[filter(Name, ["a"])]);
    }
}

mod typing {
    use super::*;

    #[test]
    fn enter_turns_words_into_chips_and_backspace_takes_the_last_one_back() {
        let mut query = Query { chips: vec![filter(Name, ["prod/"])], text: "db tag-key:\"a b\"".into() };
        query.commit();
        let chips = [filter(Name, ["prod/"]), filter(All, ["db"]), filter(TagKey, ["a b"])];
        assert_eq!(query, Query { chips: chips.to_vec(), text: String::new() });

        query.take_back();
        assert_eq!(query, Query { chips: chips[..2].to_vec(), text: "tag-key:\"a b\"".into() });
        query.take_back();
        assert_eq!(query.chips.len(), 2, "Backspace in a text is for the text");
    }

    #[test]
    fn backspace_in_an_empty_box_does_nothing() {
        let mut query = Query::default();
        query.take_back();
        assert_eq!(query, Query::default());
    }

    #[test]
    fn words_count_while_they_are_typed_and_unfinished_ones_do_not() {
        let mut query = Query { chips: vec![filter(Name, ["a"])], text: "db".into() };
        assert_eq!(query.filters(), [filter(Name, ["a"]), filter(All, ["db"])]);
        query.text = "tag-key:!".into();
        assert_eq!(query.filters(), [filter(Name, ["a"])]);
    }

    #[test]
    fn a_query_prints_as_the_line_that_it_is() {
        let query = Query { chips: vec![filter(Name, ["a"]), filter(All, ["b c"])], text: "tag".into() };
        assert_eq!(query.to_string(), "name:a b c tag");
        let apart = Query { chips: vec![filter(All, ["a"]), filter(All, ["b"])], text: String::new() };
        assert_eq!(apart.to_string(), "a all:b", "printed side by side they would be one value");
        let typed = Query { chips: vec![], text: "tag".into() };
        assert_eq!(typed.to_string(), "tag");
    }

    #[test]
    fn a_chip_is_quoted_only_where_it_must_be() {
        for (chip, text) in [
            (filter(All, ["prod db"]), "prod db"),
            (filter(All, ["type:x http://y"]), "type:x http://y"),
            (filter(All, ["!a b"]), "!\"a b\""),
            (filter(All, ["a !b"]), "\"a !b\""),
            (filter(All, ["x name:y"]), "\"x name:y\""),
            (filter(All, ["a  b"]), "\"a  b\""),
            (filter(Name, ["arn:aws", "!x,y"]), "name:arn:aws,!\"x,y\""),
            (filter(TagValue, ["", "!"]), "tag-value:\"\",!\"\""),
            (filter(Name, ["\"q\" \\"]), r#"name:"\"q\" \\""#),
        ] {
            assert_eq!(chip_text(&chip), text);
        }
    }
}

mod completing {
    use super::*;

    #[track_caller]
    fn completes(
        marked: &str,
        target: CompletionTarget,
        start: &str,
        replaced: &str,
    ) -> (String, Completion) {
        let cursor = marked.find('|').expect("the example marks the cursor");
        let text = marked.replacen('|', "", 1);
        let found = completion(&text, cursor).expect("something can be completed");
        assert_eq!((found.target, found.start.as_str()), (target, start), "{marked:?}");
        assert_eq!(&text[found.replaces.clone()], replaced, "{marked:?}");
        (text, found)
    }

    #[test]
    fn a_free_word_may_become_a_key() {
        completes("|", CompletionTarget::Key, "", "");
        completes("tag|", CompletionTarget::Key, "tag", "tag");
        completes("name:a ta|g", CompletionTarget::Key, "ta", "tag");
        completes("!des|", CompletionTarget::Key, "des", "des");
        completes("name:a |", CompletionTarget::Key, "", "");
        completes("na|me:x", CompletionTarget::Key, "na", "name:");
    }

    #[test]
    fn a_value_of_a_key_is_completed_without_its_marks() {
        completes("name:|", CompletionTarget::Value(Name), "", "");
        completes("tag-key:te|", CompletionTarget::Value(TagKey), "te", "te");
        completes("tag-key:a,!te|am b", CompletionTarget::Value(TagKey), "te", "team");
        completes("tag-value:\"on c|", CompletionTarget::Value(TagValue), "on c", "\"on c");
        completes("tag-value:a, |", CompletionTarget::Value(TagValue), "", "");
        completes("!tag-key:te|", CompletionTarget::Value(TagKey), "te", "te");
    }

    #[test]
    fn nothing_is_suggested_inside_quoted_or_listed_words_or_beyond_the_text() {
        assert_eq!(completion("\"quoted", 3), None);
        assert_eq!(completion("a,b", 3), None);
        assert_eq!(completion("a", 2), None);
        assert_eq!(completion("ä", 1), None, "the cursor must not stand inside a character");
    }

    #[test]
    fn a_choice_is_put_in_quoted_where_it_must_be() {
        let (text, key) = completes("name:a ta|", CompletionTarget::Key, "ta", "ta");
        assert_eq!(key.insert(&text, "tag-key"), ("name:a tag-key:".into(), 15));
        let (text, value) = completes("tag-key:!c|o x", CompletionTarget::Value(TagKey), "c", "co");
        assert_eq!(value.insert(&text, "cost centre"), ("tag-key:!\"cost centre\" x".into(), 22));
    }

    #[test]
    fn keys_that_begin_with_the_text_come_first() {
        assert_eq!(FilterKey::suggestions(""), FilterKey::ALL);
        assert_eq!(FilterKey::suggestions("TAG"), [TagKey, TagValue]);
        assert_eq!(FilterKey::suggestions("re"), [PrimaryRegion]);
        assert_eq!(FilterKey::suggestions("name"), [Name]);
        assert_eq!(FilterKey::suggestions("x"), []);
    }
}

mod sending {
    use super::*;

    #[test]
    fn separators_that_aws_refuses_become_blanks_in_all() {
        let (filters, problems) = Query::parse("credsDatabase#892").filters_for_api();
        assert_eq!(filters, [filter(All, ["credsDatabase 892"])]);
        assert_eq!(problems, []);
    }

    #[test]
    fn what_aws_refuses_is_left_out_and_told() {
        let (filters, problems) = Query::parse("name:a#b tag-key:team größe").filters_for_api();
        assert_eq!(filters, [filter(TagKey, ["team"])]);
        assert_eq!(
            problems,
            [
                FilterProblem::Character { filter: 1, key: Name, value: 1, character: '#' },
                FilterProblem::Character { filter: 3, key: All, value: 1, character: 'ö' },
            ]
        );
    }

    #[test]
    fn the_first_ten_filters_are_sent() {
        let query = Query { chips: vec![filter(Name, ["a"]); 12], text: String::new() };
        let (filters, problems) = query.filters_for_api();
        assert_eq!(filters.len(), 10);
        assert_eq!(problems, [FilterProblem::TooManyFilters { count: 12 }]);
    }
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof!["[ab1!:,\" \\\\#]{0,6}", "!?[a-z]{1,3}", "!?(name|all|tag-key):[a-z]?", any::<String>()]
}

fn filters() -> impl Strategy<Value = Filter> {
    (proptest::sample::select(FilterKey::ALL.to_vec()), proptest::collection::vec(value(), 1..4))
        .prop_map(|(key, values)| Filter { key, values })
}

fn secrets() -> impl Strategy<Value = SecretSummary> {
    let tag = (value(), value()).prop_map(|(key, value)| Tag { key, value });
    let tags = proptest::collection::vec(tag, 0..3);
    (value(), proptest::option::of(value()), tags).prop_map(|(name, description, tags)| SecretSummary {
        arn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:sample-AbCdEf".into(),
        name,
        description,
        tags,
        ..SecretSummary::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_chip_that_is_printed_reads_back_as_itself(filter in filters()) {
        let expected = Query { chips: vec![filter.clone()], text: String::new() };
        prop_assert_eq!(Query::parse(&chip_text(&filter)), expected, "{}", chip_text(&filter));
    }

    #[test]
    fn a_query_that_is_printed_reads_back_as_itself(chips in proptest::collection::vec(filters(), 0..4)) {
        let query = Query { chips, text: String::new() };
        prop_assert_eq!(Query::parse(&query.to_string()), query);
    }

    #[test]
    fn committing_changes_no_result(text in "[ab!:,\" ]{0,12}|(name:|all:|tag-key:|[ab!,\" ]){0,6}") {
        let mut query = Query { chips: vec![], text };
        let before = query.filters();
        query.commit();
        prop_assert_eq!(&query.filters(), &before);
        prop_assert_eq!(query.chips, before, "what counted while it was typed is now a chip");
    }

    #[test]
    fn any_text_is_read_and_completed_at_any_place(text in any::<String>(), cursor in 0..40_usize) {
        Query::parse(&text);
        if let Some(found) = completion(&text, cursor) {
            prop_assert!(text.get(found.replaces.clone()).is_some(), "the range must lie in the text");
            let (completed, after) = found.insert(&text, "x y");
            prop_assert!(completed.is_char_boundary(after));
        }
    }

    #[test]
    fn what_is_sent_to_aws_never_excludes_what_matches_here(
        mut chips in proptest::collection::vec(filters(), 0..3),
        secret in secrets(),
    ) {
        // One filter that is likely to match, so that the question comes up.
        chips.push(Filter::new(All, [secret.name.clone()]));
        let query = Query { chips, text: String::new() };
        let (sent, problems) = query.filters_for_api();
        prop_assert_eq!(check(&sent), Ok(()));
        prop_assert!(sent.len() == query.chips.len() || !problems.is_empty(), "what is left out is told");
        if Matcher::new(&query.filters()).matches(&secret) {
            prop_assert!(Matcher::new(&sent).matches(&secret));
        }
    }
}
