//! The settings file as a person may have written it: what is set in the window goes into its place, and the comments,
//! the order, the blank lines and the way of writing stay.

use latchkey_domain::ApiError;
use latchkey_domain::settings::Settings;
use toml::Table;
use toml_edit::{Array, DocumentMut, Item, Key, TableLike, Value};

pub(super) const HEADER: &str = "\
# Latchkey's settings. Only what differs from the defaults is needed here; delete a line to return to its default.
# Changes made in the window keep your comments and the order of your lines.

";
/// What stood above the settings before the window kept comments.
const OLD_HEADER: &str = "\
# Latchkey's settings. Only what differs from the defaults stands here; delete a line to go back to its default.
# The window writes this file anew when a setting is changed there, without comments of yours.

";
/// Written by hand only: a page that could set them could run anything.
const BY_HAND: &str = "rotation_functions";

/// What was changed from `known` to `wanted`, on top of what the file has now.
pub(super) fn merged(known: &Settings, in_file: &Settings, wanted: &Settings) -> Result<Settings, ApiError> {
    let (known, in_file, mut merged) = (table(known)?, table(in_file)?, table(wanted)?);
    for (key, value) in &mut merged {
        let is_changed = known.get(key) != Some(&*value) && key != BY_HAND;
        if let (false, Some(kept)) = (is_changed, in_file.get(key)) {
            value.clone_from(kept);
        }
    }
    merged.try_into().map_err(|error| problem(&error))
}

/// The text with these settings in it. `in_file` is what it holds now.
pub(super) fn with(text: &str, in_file: &Settings, settings: &Settings) -> Result<String, ApiError> {
    let below_header = text.strip_prefix(HEADER).or_else(|| text.strip_prefix(OLD_HEADER));
    let has_header = below_header.is_some() || text.trim().is_empty();
    let mut document: DocumentMut = below_header.unwrap_or(text).parse().map_err(|error| problem(&error))?;
    let (in_file, defaults, settings) = (table(in_file)?, table(&Settings::default())?, table(settings)?);
    // Each setting as it is written where it did not stand before.
    let fresh = toml::to_string(&settings).map_err(|error| problem(&error))?;
    let fresh: DocumentMut = fresh.parse().map_err(|error| problem(&error))?;
    for (key, item) in fresh.iter() {
        if key == BY_HAND || in_file.get(key) == settings.get(key) {
            continue;
        }
        let is_default = defaults.get(key) == settings.get(key);
        match document.get_key_value(key) {
            // A comment may be about this line, so a line with one stays and names the default.
            Some((written, old)) if is_default && !has_comment(written, old) => {
                document.remove(key);
            }
            Some(_) => set(&mut document[key], item),
            None => add(&mut document, key, item),
        }
    }
    let header = if has_header { HEADER } else { "" };
    Ok(format!("{header}{document}"))
}

fn has_comment(key: &Key, item: &Item) -> bool {
    let mut alone = DocumentMut::new();
    alone.insert_formatted(key, item.clone());
    alone.to_string().contains('#')
}

/// Writes a setting that is not in the file yet, behind what is there of its kind.
fn add(document: &mut DocumentMut, key: &str, item: &Item) {
    let mut item = item.clone();
    if let Some(table) = item.as_table_mut() {
        table.set_position(None);
        table.decor_mut().set_prefix(if document.is_empty() { "" } else { "\n" });
    }
    let is_first = !document.iter().any(|(_, item)| item.is_value());
    let mut notes = document.trailing().as_str().unwrap_or_default().to_owned();
    if !notes.is_empty() && !notes.ends_with('\n') {
        notes.push('\n');
    }
    if document.is_empty() && !notes.is_empty() {
        // A file of comments alone: what is set comes below them.
        let mut key = Key::new(key);
        match item.as_table_mut() {
            Some(table) => table.decor_mut().set_prefix(notes),
            None => key.leaf_decor_mut().set_prefix(notes),
        }
        document.set_trailing("");
        document.insert_formatted(&key, item);
        return;
    }
    let is_value = item.is_value();
    document.insert(key, item);
    if is_value && is_first {
        let tables = document.iter_mut().filter_map(|(_, item)| item.as_table_mut());
        if let Some(first) = tables.min_by_key(|table| table.position()) {
            let above =
                first.decor().prefix().and_then(|above| above.as_str()).unwrap_or_default().to_owned();
            if !above.starts_with('\n') {
                first.decor_mut().set_prefix(format!("\n{above}"));
            }
        }
    }
}

/// Puts what is wanted in the place of what is there, in its way of writing.
fn set(item: &mut Item, wanted: &Item) {
    if let Some(wanted) = wanted.as_table_like()
        && let Some(table) = item.as_table_like_mut()
    {
        set_each(table, wanted);
    } else if let Some(wanted) = wanted.as_value()
        && let Some(value) = item.as_value_mut()
    {
        set_value(value, wanted);
    } else {
        *item = wanted.clone();
    }
}

fn set_each(table: &mut dyn TableLike, wanted: &dyn TableLike) {
    for (key, wanted) in wanted.iter() {
        match table.get_mut(key) {
            Some(item) => set(item, wanted),
            None => {
                table.insert(key, wanted.clone());
            }
        }
    }
}

fn set_value(value: &mut Value, wanted: &Value) {
    if is_same(value, wanted) {
        return;
    }
    let decor = value.decor().clone();
    if let Value::Array(wanted) = wanted
        && let Value::Array(array) = &mut *value
    {
        refill(array, wanted);
    } else {
        *value = wanted.clone();
    }
    *value.decor_mut() = decor;
}

/// Lists over several lines keep the line of each element that stays, and the comments of those that go.
fn refill(array: &mut Array, wanted: &Array) {
    let around = |value: &Value| {
        let decor = value.decor();
        let text = |raw: Option<&toml_edit::RawString>| {
            raw.and_then(|raw| raw.as_str()).unwrap_or_default().to_owned()
        };
        (text(decor.prefix()), text(decor.suffix()))
    };
    let trailing = array.trailing().as_str().unwrap_or_default().to_owned();
    let mut old: Vec<Value> = array.iter().cloned().collect();
    let is_spread = |value: &Value| {
        let (prefix, suffix) = around(value);
        prefix.contains('\n') || suffix.contains('\n')
    };
    if !trailing.contains('\n') && !old.iter().any(is_spread) {
        *array = wanted.clone();
        return;
    }
    // A comment ends with its line, so what follows the last line is the indent.
    let indent = old.last().map_or_else(
        || "\n  ".to_owned(),
        |last| {
            let (prefix, _) = around(last);
            prefix.rfind('\n').map_or_else(|| " ".to_owned(), |at| prefix[at..].to_owned())
        },
    );
    let taken = |wanted: &Value| match old.iter().position(|value| is_same(value, wanted)) {
        Some(at) => old.remove(at),
        None => wanted.clone().decorated(indent.as_str(), ""),
    };
    let new: Vec<Value> = wanted.iter().map(taken).collect();
    let gone = old.iter().map(around).flat_map(|(prefix, suffix)| [prefix, suffix]);
    let comments: String = gone.filter(|text| text.contains('#')).collect();
    array.clear();
    new.into_iter().for_each(|value| array.push_formatted(value));
    array.set_trailing(format!("{comments}{trailing}"));
}

/// Whether both mean the same, however they are written.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.value() == other.value(),
        (Value::Integer(one), Value::Integer(other)) => one.value() == other.value(),
        (Value::Boolean(one), Value::Boolean(other)) => one.value() == other.value(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        _ => false,
    }
}

fn table(settings: &Settings) -> Result<Table, ApiError> {
    Table::try_from(settings).map_err(|error| problem(&error))
}

fn problem(error: &dyn std::fmt::Display) -> ApiError {
    ApiError::internal(format!("The settings could not be written as TOML: {error}."))
}
