//! Counts what the vault answered, by operation: a test asserts on it that nothing was read unasked.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

#[derive(Clone, Default)]
pub struct CallCounts(Arc<Mutex<BTreeMap<String, u64>>>);

impl CallCounts {
    pub fn snapshot(&self) -> BTreeMap<String, u64> {
        self.0.lock().expect("no holder of the counts panics").clone()
    }
}

impl<S: Subscriber> Layer<S> for CallCounts {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "latchkey_vault::call" {
            let mut operation = Operation::default();
            event.record(&mut operation);
            *self.0.lock().expect("no holder of the counts panics").entry(operation.0).or_default() += 1;
        }
    }
}

#[derive(Default)]
struct Operation(String);

impl Visit for Operation {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "operation" {
            self.0 = format!("{value:?}").trim_matches('"').to_owned();
        }
    }
}
