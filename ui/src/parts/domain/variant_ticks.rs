//! Which of AWS's own endpoints a connection sends to.

use leptos::prelude::*;

use crate::parts::controls::Checkbox;
/// The ticks for FIPS and for dual-stack.
#[component]
pub fn VariantTicks(fips: RwSignal<bool>, dual_stack: RwSignal<bool>) -> impl IntoView {
    view! {
        <Checkbox label="Use AWS's FIPS endpoint" checked=fips />
        <Checkbox label="Use AWS's dual-stack endpoint (IPv4 and IPv6)" checked=dual_stack />
    }
}
