//! Values that are not a JSON object: text as it is, and bytes as a hex dump or as Base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_domain::text::hex_dump;
use leptos::html;
use leptos::prelude::*;

use crate::parts::clear_text::{ClearText, Mask};
use crate::parts::dom::follow_width;
use crate::parts::segments::Segments;
use crate::state::reading::WHOLE;
use crate::state::use_state;

const HEX: &str = "hex";
/// From this width on a row of 16 bytes fits, in CSS pixels; else a row has 8.
const WIDE: i32 = 620;
const BASE64: &str = "base64";

/// A text value.
#[component]
pub fn TextBlock() -> impl IntoView {
    let text = clear_whole();
    view! {
        <div class="value-block">
            {move || match text.get() {
                Some(text) => view! { <ClearText label="Value" text /> }.into_any(),
                None => view! { <Mask /> }.into_any(),
            }}
        </div>
    }
}

/// A binary value.
#[component]
pub fn BinaryBlock() -> impl IntoView {
    let base64 = clear_whole();
    let form = RwSignal::new(HEX);
    let is_wide = RwSignal::new(false);
    let node = NodeRef::<html::Div>::new();
    node.on_load(move |block| follow_width(&block, WIDE, is_wide));
    let row_bytes = Memo::new(move |_| if is_wide.get() { 16 } else { 8 });
    view! {
        <Segments
            label="Shown as"
            bare=true
            options=&[(HEX, "Hex"), (BASE64, "Base64")]
            value=form
            on_change=move |chosen| form.set(chosen)
        />
        <div node_ref=node class="value-block" class:value-hex=move || form.get() == HEX>
            {move || match base64.get() {
                Some(base64) if form.get() == HEX => {
                    view! { <ClearText label="Value as hex" text=dump(&base64, row_bytes.get()) /> }.into_any()
                }
                Some(base64) => view! { <ClearText label="Value as Base64" text=base64 /> }.into_any(),
                None => view! { <Mask /> }.into_any(),
            }}
        </div>
    }
}

/// The whole value while it is revealed.
fn clear_whole() -> Memo<Option<String>> {
    let value = use_state().detail.value;
    Memo::new(move |_| value.reading.with(|reading| reading.clear_text(WHOLE).map(str::to_owned)))
}

fn dump(base64: &str, row_bytes: usize) -> String {
    match STANDARD.decode(base64) {
        Ok(bytes) => {
            let hex_width = row_bytes * 3 - 1 + (row_bytes - 1) / 8;
            let rows = hex_dump(&bytes, row_bytes);
            let rows = rows.map(|row| format!("{}  {:<hex_width$}  {}", row.offset, row.hex, row.text));
            rows.collect::<Vec<_>>().join("\n")
        }
        Err(_) => "The Base64 cannot be decoded. Choose Base64 to see it as received.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::dump;

    #[test]
    fn bytes_are_dumped_in_columns() {
        let text = dump("ZmFrZQD/CiBrZXktMTIzNH5/", 16);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "00000000  66 61 6b 65 00 ff 0a 20  6b 65 79 2d 31 32 33 34  fake... key-1234");
        assert_eq!(lines[1], format!("00000010  {:<48}  ~.", "7e 7f"), "the last line keeps the columns");
        let narrow = dump("ZmFrZQD/CiBr", 8);
        let lines: Vec<_> = narrow.lines().collect();
        assert_eq!(
            lines,
            ["00000000  66 61 6b 65 00 ff 0a 20  fake... ", &format!("00000008  {:<23}  k", "6b")]
        );
    }
}
