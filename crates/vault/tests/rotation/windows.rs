//! Windows over the year: kept to the hour, slept through, given up and gone on with.

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use serde_json::{Value, json};

use super::*;

/// The hours at which the versions of a secret were made, oldest first.
fn made_at(world: &World, name: &str) -> Vec<DateTime<Utc>> {
    let list = json!({ "SecretId": name, "IncludeDeprecated": true, "MaxResults": 100 });
    let versions = world.ok("ListSecretVersionIds", list)["Versions"].as_array().unwrap().clone();
    let instant =
        |version: &Value| DateTime::from_timestamp(version["CreatedDate"].as_f64().unwrap() as i64, 0);
    versions.iter().rev().map(|version| instant(version).unwrap()).collect()
}

#[test]
fn a_year_of_schedules_is_kept_to_the_hour() {
    let world = World::new();
    let start = world.hands.now();
    let midnight = start.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
    let days_since = |hour: DateTime<Utc>| (hour - midnight).num_days();
    type Oracle<'a> = Box<dyn Fn(DateTime<Utc>) -> bool + 'a>;
    let schedules: [(&str, Oracle<'_>); 5] = [
        ("rate(10 days)", Box::new(|hour| hour.hour() == 0 && days_since(hour) % 10 == 0)),
        ("rate(100 hours)", Box::new(|hour| (hour - start).num_hours() % 100 == 0)),
        ("cron(0 8 1 * ? *)", Box::new(|hour| hour.hour() == 8 && hour.day() == 1)),
        ("cron(0 0 ? * SUN *)", Box::new(|hour| hour.hour() == 0 && hour.weekday() == chrono::Weekday::Sun)),
        (
            "cron(0 4/12 L * ? *)",
            Box::new(|hour| [4, 16].contains(&hour.hour()) && (hour + TimeDelta::days(1)).day() == 1),
        ),
    ];
    for (index, (expression, _)) in schedules.iter().enumerate() {
        let name = format!("s{index}");
        world.create(&name, &token("1"), DATABASE);
        let rotate = json!({
            "SecretId": name, "ClientRequestToken": token("2"), "RotateImmediately": true,
            "RotationLambdaARN": function("GenericPasswordRotation"),
            "RotationRules": { "ScheduleExpression": expression }
        });
        world.ok("RotateSecret", rotate);
    }
    world.settle();
    let hours: Vec<DateTime<Utc>> = (1..=365 * 24).map(|hour| start + TimeDelta::hours(hour)).collect();
    for &hour in &hours {
        world.hands.set(hour);
        world.settle();
    }
    for (index, (expression, is_opening)) in schedules.iter().enumerate() {
        let expected: Vec<_> = hours.iter().copied().filter(|&hour| is_opening(hour)).collect();
        // The value that it was created with and the rotation that setting it up began come first.
        assert_eq!(made_at(&world, &format!("s{index}"))[2..], expected, "{expression}");
    }
}

fn set_up(world: &World, rules: Value) {
    world.create("db", &token("1"), DATABASE);
    let mut request = rotate("2", "GenericPasswordRotation");
    request["RotationRules"] = rules;
    world.ok("RotateSecret", request);
    world.settle();
}

fn move_to(world: &World, instant: &str) {
    world.hands.set(instant.parse().unwrap());
    world.settle();
}

#[test]
fn a_window_that_was_slept_through_is_shown_as_missed() {
    let world = World::new();
    set_up(&world, json!({ "AutomaticallyAfterDays": 10 }));
    let missed = || world.vault.rotation_trouble(REGION, "db").unwrap().missed_at;
    let before = world.stages("db");
    world.hands.set("2026-03-13T12:00:00Z".parse().unwrap());
    assert_eq!(describe(&world)["NextRotationDate"], seconds("2026-03-22T00:00:00Z"));
    world.settle();
    assert_eq!(world.stages("db"), before, "no window is open");
    assert_eq!(missed(), Some("2026-03-11T00:00:00Z".parse().unwrap()));
    assert_eq!(describe(&world)["NextRotationDate"], seconds("2026-03-22T00:00:00Z"));
    move_to(&world, "2026-03-21T05:00:00Z");
    assert_ne!(world.stages("db"), before, "the next one is used");
    assert_eq!(missed(), None);
}

#[test]
fn of_several_missed_windows_only_the_open_one_is_used() {
    let world = World::new();
    set_up(&world, json!({ "ScheduleExpression": "cron(0 8 * * ? *)", "Duration": "3h" }));
    move_to(&world, "2026-03-05T09:30:00Z");
    move_to(&world, "2026-03-05T10:30:00Z");
    assert_eq!(made_at(&world, "db").len(), 3, "one rotation, and none again in the same window");
    assert_eq!(describe(&world)["NextRotationDate"], seconds("2026-03-06T11:00:00Z"));
}

#[test]
fn a_rotation_given_up_at_the_end_of_its_window_goes_on_in_the_next_with_its_token() {
    let world = World::new();
    set_up(&world, json!({ "ScheduleExpression": "cron(0 8 * * ? *)", "Duration": "1h" }));
    world.put("db", &token("3"), None);
    move_to(&world, "2026-03-02T08:59:45Z");
    let trouble = || world.vault.rotation_trouble(REGION, "db").unwrap().failure;
    assert!(trouble().unwrap().next_try_at.is_some(), "the value is no JSON");
    let pending = |stages: &Value| {
        let mut versions = stages.as_object().unwrap().iter();
        versions
            .find(|(_, labels)| labels.as_array().unwrap().contains(&json!("AWSPENDING")))
            .unwrap()
            .0
            .clone()
    };
    let first = pending(&world.stages("db"));
    move_to(&world, "2026-03-02T08:59:56Z");
    assert_eq!(trouble().unwrap().next_try_at, None, "30 seconds later the window is closed");
    let fixed = json!({ "SecretId": "db", "ClientRequestToken": token("4"), "SecretString": DATABASE });
    world.ok("PutSecretValue", fixed);
    move_to(&world, "2026-03-02T09:30:00Z");
    assert_eq!(pending(&world.stages("db")), first, "nothing is tried outside of a window");
    move_to(&world, "2026-03-03T08:00:00Z");
    assert_eq!(world.stages("db")[&first], json!(["AWSCURRENT", "AWSPENDING"]));
}

#[test]
fn a_secret_that_is_scheduled_for_deletion_does_not_rotate() {
    let world = World::new();
    set_up(&world, json!({ "AutomaticallyAfterDays": 10 }));
    world.ok("DeleteSecret", json!({ "SecretId": "db" }));
    let before = world.stages("db");
    move_to(&world, "2026-03-11T05:00:00Z");
    assert_eq!(world.stages("db"), before);
    world.ok("RestoreSecret", json!({ "SecretId": "db" }));
    world.settle();
    assert_ne!(world.stages("db"), before, "the window is still open");
}

#[test]
fn the_key_of_the_password_is_named_by_a_tag() {
    let world = World::new();
    world.create("db", &token("1"), r#"{"api_key":"fake old","password":"fake"}"#);
    let tag = json!({ "SecretId": "db", "Tags": [{ "Key": "latchkey:password-key", "Value": "api_key" }] });
    world.ok("TagResource", tag);
    world.ok("RotateSecret", rotate("2", "GenericPasswordRotation"));
    world.settle();
    let new: Value = serde_json::from_str(&value(&world, "AWSCURRENT")).unwrap();
    assert!(new["password"] == "fake" && new["api_key"] != "fake old");
}
