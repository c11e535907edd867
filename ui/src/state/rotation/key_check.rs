//! Compares the keys of the open secret with those that a rotation template needs. Nothing is read without a click.

use latchkey_domain::rotation::{FunctionTemplate, ListKeys, SecretKeys};
use latchkey_domain::stages::CURRENT;
use latchkey_domain::template;
use leptos::prelude::*;

use crate::ipc;
use crate::state::detail::Detail;
use crate::state::request::Request;

/// The keys, and the template that they are compared with.
#[derive(Clone, Copy)]
pub struct KeyCheck {
    detail: Detail,
    /// The name of the template; empty for none of them.
    pub template: RwSignal<String>,
    /// The keys with the ARN of their secret.
    found: RwSignal<Option<(String, SecretKeys)>>,
    pub request: Request,
}

impl KeyCheck {
    pub fn new(detail: Detail) -> Self {
        Self { detail, template: RwSignal::default(), found: RwSignal::default(), request: Request::new() }
    }

    /// Starts with the template that the function's name suggests.
    pub fn begin(self, function: &str) {
        let named = FunctionTemplate::named(function).map(|template| template.name).unwrap_or_default();
        self.template.set(named.to_owned());
        self.request.clear();
    }

    /// Reads the keys, and takes the template that fits them if none is chosen.
    pub async fn read(self) {
        let Some(target) = self.detail.target_untracked() else { return };
        let arn = self.detail.secret.with_untracked(|secret| Some(secret.as_ref()?.summary.arn.clone()));
        let Some(secret_id) = arn else { return };
        let request = ListKeys { scope: target.scope, secret_id: secret_id.clone() };
        let Some(keys) = self.request.act(ipc::call(request)).await else { return };
        let fitting = keys.recognised.and_then(FunctionTemplate::for_structure);
        if let Some(fitting) = fitting.filter(|_| self.template.with_untracked(String::is_empty)) {
            self.template.set(fitting.name.to_owned());
        }
        self.found.set(Some((secret_id, keys)));
    }

    /// The template that is chosen. Tracks.
    pub fn chosen(self) -> Option<&'static FunctionTemplate> {
        self.template.with(|name| FunctionTemplate::named(name).filter(|template| template.name == name))
    }

    /// The keys of the version that is current, if they were read. Tracks.
    pub fn keys(self) -> Option<SecretKeys> {
        let (arn, keys) = self.found.get()?;
        self.detail.secret.with(|secret| {
            let secret = secret.as_ref().filter(|secret| secret.summary.arn == arn)?;
            (secret.version_map.holder(CURRENT) == Some(keys.version_id.as_str())).then_some(keys)
        })
    }

    /// What the keys lack for the chosen template, or for the one that they look like. Tracks.
    pub fn finding(self) -> Option<template::Finding> {
        let SecretKeys { keys, recognised, .. } = self.keys()?;
        let template = self.chosen().or(recognised.and_then(FunctionTemplate::for_structure))?;
        Some(template.check(&keys.unwrap_or_default()))
    }
}
