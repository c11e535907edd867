//! Where a value can leave: asked of the compiler, which knows what each command may answer.

use latchkey_domain::contract::*;
use latchkey_domain::secret_text::SecretValue;
use latchkey_domain::with_commands;
use serde::Serialize;

use super::{assert_none, lines_with, without};

/// Whether a type has a trait.
macro_rules! holds {
    ($type:ty: $bound:path) => {{
        #[allow(dead_code)]
        trait Otherwise {
            const HOLDS: bool = false;
        }
        impl<T> Otherwise for T {}
        struct Asked<T>(std::marker::PhantomData<T>);
        #[allow(dead_code)]
        impl<T: $bound> Asked<T> {
            const HOLDS: bool = true;
        }
        Asked::<$type>::HOLDS
    }};
}

/// Each command, and whether it may answer what is revealed, a text, and texts.
macro_rules! answered_in_the_clear {
    ($($name:ident($request:ty) -> $output:ty,)*) => {
        [$((
            stringify!($name),
            holds!(Revealed: AnswerTo<$request>),
            holds!(String: AnswerTo<$request>),
            holds!(Vec<String>: AnswerTo<$request>),
        )),*]
    };
}

#[test]
fn only_the_listed_places_lead_a_value_out() {
    assert!(!holds!(SecretValue: Serialize), "a value leaves as Revealed or not at all");
    let rows = with_commands!(answered_in_the_clear);
    let names = |is_listed: fn(&(&'static str, bool, bool, bool)) -> bool| {
        rows.iter().filter(|row| is_listed(row)).map(|row| row.0).collect::<Vec<_>>()
    };
    let revealing =
        ["reveal_function_output", "reveal_value", "generate_password", "reveal_draft", "reveal_merge"];
    assert_eq!(names(|row| row.1), revealing, "where a person asks to see one");
    assert_eq!(names(|row| row.2), [""; 0], "a plain text could be a value");
    assert_eq!(names(|row| row.3), ["list_account_roles"], "which are names");

    let printed = lines_with("crates", &["println!", "eprintln!"]);
    assert_none("what is printed can be a value", without(printed, &["crates/vault/src/main.rs"]));
}
