//! The values on the sides of a review, in the clear, for the rows and lines that lead into them.

use latchkey_domain::diff::{Side, lines};
use latchkey_domain::document::Document;
use latchkey_domain::secret_text::SecretInput;

/// The values of a review. Without `Debug`, so that they cannot reach a log.
pub struct ReviewTexts {
    /// As the edit began.
    pub base: ReviewText,
    /// What somebody else saved meanwhile.
    pub theirs: Option<ReviewText>,
    /// What is current where there is something to merge: theirs, or mine where it has landed over theirs.
    pub now: Option<ReviewText>,
    pub mine: ReviewText,
    /// Theirs and mine together, once everything is chosen.
    pub merged: Option<ReviewText>,
}

/// A value in the clear, and its document if it is JSON.
pub struct ReviewText {
    text: SecretInput,
    document: Option<Document>,
}

impl ReviewTexts {
    /// What a save would replace.
    pub fn before(&self) -> &ReviewText {
        self.now.as_ref().unwrap_or(&self.base)
    }

    /// What a save would put there.
    pub fn after(&self) -> &ReviewText {
        self.merged.as_ref().unwrap_or(&self.mine)
    }
}

impl ReviewText {
    pub fn new(text: &str) -> Self {
        Self { text: SecretInput::new(text), document: Document::parse(text).ok() }
    }

    pub fn text(&self) -> &str {
        self.text.expose()
    }

    /// The value that a side of a comparison leads to: a string without its quotes, anything else as JSON.
    pub fn value(&self, side: &Side) -> Option<String> {
        if side.kind.is_none() {
            return Some(self.text().to_owned());
        }
        Some(self.document.as_ref()?.at(&side.way)?.shown().to_string())
    }

    /// Consecutive lines, counted from 0.
    pub fn lines(&self, from: usize, count: usize) -> String {
        lines(self.text()).into_iter().skip(from).take(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use latchkey_domain::document::JsonKind;

    use super::*;

    #[test]
    fn a_way_leads_to_a_nested_value_and_a_run_to_its_lines() {
        let json = ReviewText::new(r#"{"db":{"host":"fake-host","port":5432}}"#);
        let side = |kind, way: &[usize]| Side { kind: Some(kind), class: 0, way: way.to_vec() };
        assert_eq!(json.value(&side(JsonKind::String, &[0, 0])).as_deref(), Some("fake-host"), "no quotes");
        assert_eq!(json.value(&side(JsonKind::Number, &[0, 1])).as_deref(), Some("5432"), "as it is written");
        assert_eq!(json.value(&side(JsonKind::Number, &[4])), None, "another document's way");
        let text = ReviewText::new("fake-1\nfake-2\nfake-3");
        assert_eq!(text.lines(1, 2), "fake-2\nfake-3", "counted from 0");
    }
}
