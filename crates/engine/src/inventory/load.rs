//! Loads an inventory from ListSecrets, page by page; what has come can be searched at once.

use std::collections::HashSet;

use aws_sdk_secretsmanager::operation::list_secrets::ListSecretsOutput;
use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::catalog::{CancelInventory, InventoryState, LoadInventory, LoadSamples};
use latchkey_domain::event::Event;
use latchkey_domain::{ApiError, Scope};
use tokio::sync::watch;
use uuid::Uuid;

use super::Inventory;
use crate::Engine;
use crate::aws::fault::{Attempt, classify};
use crate::aws::from_sdk;

const PAGE: i32 = 100;
/// Progress is reported only a few times per second.
const BETWEEN_EVENTS: TimeDelta = TimeDelta::milliseconds(250);

/// A running load. It ends when dropped, whether done or cancelled, which closes `over`.
pub(super) struct Running {
    id: Uuid,
    over: watch::Sender<()>,
}

impl Inventory {
    pub(super) fn cancel(&self) {
        self.shelves().running = None;
    }

    /// Begins a load; `Err` holds the end of the one that already runs.
    pub(super) fn begin(&self) -> Result<Ticket<'_>, watch::Receiver<()>> {
        let mut shelves = self.shelves();
        if let Some(running) = &shelves.running {
            return Err(running.over.subscribe());
        }
        let (over, cancelled) = watch::channel(());
        let id = Uuid::new_v4();
        shelves.running = Some(Running { id, over });
        shelves.failure = None;
        Ok(Ticket { inventory: self, id, cancelled, listed: HashSet::new() })
    }
}

/// The right to add to an inventory. It ends with the load, also when nobody waits for the answer any more.
pub(super) struct Ticket<'a> {
    inventory: &'a Inventory,
    id: Uuid,
    cancelled: watch::Receiver<()>,
    listed: HashSet<String>,
}

impl Ticket<'_> {
    /// Adds a page; false if the load was cancelled meanwhile, and then nothing is added.
    pub(super) fn land(&mut self, page: ListSecretsOutput, now: DateTime<Utc>) -> bool {
        let mut shelves = self.inventory.shelves();
        if shelves.running.as_ref().is_none_or(|running| running.id != self.id) {
            return false;
        }
        for row in page.secret_list.unwrap_or_default().into_iter().filter_map(from_sdk::listed) {
            self.listed.insert(row.arn.clone());
            shelves.index.put_listed(row, now);
        }
        true
    }

    /// Ends the load; does nothing if it was cancelled.
    pub(super) fn end(self, result: Result<(), ApiError>, now: DateTime<Utc>) {
        let mut shelves = self.inventory.shelves();
        if shelves.running.take_if(|running| running.id == self.id).is_none() {
            return;
        }
        match result {
            Ok(()) => {
                shelves.index.keep_only(&self.listed, now);
                shelves.loaded_at = Some(now);
            }
            Err(error) => shelves.failure = Some(error),
        }
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.inventory.shelves().running.take_if(|running| running.id == self.id);
    }
}

impl Engine {
    /// Loads the inventory anew; joins the load that already runs. A failure is told in the state: what was loaded
    /// before stays.
    pub(crate) async fn load_inventory(&self, request: LoadInventory) -> Result<InventoryState, ApiError> {
        let scope = request.scope;
        self.check_connection(&scope.connection)?;
        let inventory = self.inventories.of(&scope);
        let mut ticket = match inventory.begin() {
            Ok(ticket) => ticket,
            Err(mut over) => {
                while over.changed().await.is_ok() {}
                return Ok(inventory.state());
            }
        };
        self.tell(Event::Inventory(inventory.state()));
        let mut cancelled = ticket.cancelled.clone();
        let result = tokio::select! {
            biased;
            _ = cancelled.changed() => None,
            result = self.load_pages(&scope, &mut ticket) => Some(result),
        };
        if let Some(result) = result {
            ticket.end(result, self.clock.now());
        }
        let state = inventory.state();
        self.tell(Event::Inventory(state.clone()));
        Ok(state)
    }

    /// Stops a load; what has come stays.
    pub(crate) async fn cancel_inventory(
        &self,
        request: CancelInventory,
    ) -> Result<InventoryState, ApiError> {
        self.check_connection(&request.scope.connection)?;
        let inventory = self.inventories.of(&request.scope);
        inventory.cancel();
        Ok(inventory.state())
    }

    /// Writes the samples into a vault and lists what is there then.
    pub(crate) async fn load_samples(&self, request: LoadSamples) -> Result<InventoryState, ApiError> {
        if !request.scope.connection.is_vault() {
            let message = "Samples can be loaded into a local vault only.";
            return Err(ApiError::invalid("scope", message));
        }
        self.client(&request.scope).await?;
        self.vault_host(&request.scope.connection)?.load_samples(request.scope.region.clone()).await?;
        self.load_inventory(LoadInventory { scope: request.scope }).await
    }

    async fn load_pages(&self, scope: &Scope, ticket: &mut Ticket<'_>) -> Result<(), ApiError> {
        let client = self.client(scope).await?;
        let mut token: Option<String> = None;
        let mut told_at = None;
        loop {
            let request = client.list_secrets().include_planned_deletion(true).max_results(PAGE);
            let answer = request.set_next_token(token.clone()).send().await;
            let page = answer.map_err(|error| {
                classify(Attempt { operation: "ListSecrets", subject: "this Region" }, &error)
            })?;
            let next = from_sdk::next_page(page.next_token.clone());
            let now = self.clock.now();
            if !ticket.land(page, now) {
                return Ok(());
            }
            if next.is_none() {
                return Ok(());
            }
            if next == token {
                return Err(ApiError::internal(
                    "The endpoint keeps returning the same page of ListSecrets. Only part of the list is shown.",
                ));
            }
            token = next;
            if told_at.is_none_or(|at| now - at >= BETWEEN_EVENTS) {
                told_at = Some(now);
                self.tell(Event::Inventory(ticket.inventory.state()));
            }
        }
    }
}
