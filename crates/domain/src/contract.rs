//! The one list of commands between the front end and the engine.
//!
//! A row is `verb_noun(VerbNoun) -> State`. [`with_commands!`](crate::with_commands) hands the whole list to another macro: here it
//! gives each request its name and its answer, the shell makes one Tauri command of each row, and any other host
//! expands the same list. A new command is one row, one request struct and one `Engine` method.

mod answers;

use serde::{Serialize, de::DeserializeOwned};

pub use crate::assumed_role::{AssumeRole, SaveAssumedRole};
pub use crate::catalog::{
    CancelInventory, CatalogWindow, InventoryState, ListPrefixes, LoadInventory, LoadSamples, Prefix,
    SearchCatalog, SuggestFilters, Suggestion,
};
pub use crate::change::{
    AppliedChanges, ApplyChanges, CancelChanges, ChangesReview, PlanChanges, PlanUndo, RevealMerge,
};
pub use crate::connection::{
    AddVault, BackUpVault, ConnectionReport, Connections, CopyTerminalExports, ForgetConnection,
    ListConnections, MakeVault, OpenVault, SaveAccessKey, SetVaultPassphrase, TestConnection, VaultBackup,
};
pub use crate::detour::TrustConnection;
pub use crate::diagnostics::{CopyDiagnostics, Diagnostics, TakeDiagnostics};
pub use crate::diff::Difference;
pub use crate::draft::{DeleteDraft, DraftNote, ListDrafts, RevealDraft, SaveDraft};
pub use crate::guard::{AcceptAccount, EditConnection};
pub use crate::identity_center::{
    CancelSignIn, FinishSignIn, ListAccountRoles, ListAccounts, SaveSsoRoles, SignInPrompt, SignOut,
    SsoAccount, StartSignIn,
};
pub use crate::lock::{LoadLock, LockConsole, LockState, NoteActivity, SetLockPassphrase, UnlockConsole};
pub use crate::open_files::{OpenFile, TakeOpenFiles};
pub use crate::password::GeneratePassword;
pub use crate::rotation::{FindRotationTrouble, ListKeys, RevealFunctionOutput, RotationTrouble, SecretKeys};
pub use crate::secret::{DescribeSecret, FindSecret, FoundSecret, SecretDetail};
pub use crate::settings::{LoadSettings, SaveSettings, Settings};
pub use crate::value::{
    CloseValue, CompareVersions, Copied, CopyValue, ExportValue, ExportedValue, OpenValue, RevealValue,
    Revealed, ValueShape,
};
pub use crate::writes::{ExportJournal, ExportedJournal, JournalPage, SearchJournal};

pub use answers::AnswerTo;

/// A request that the engine answers: its name on the wire and the state that comes back.
pub trait Command: Serialize + DeserializeOwned {
    const NAME: &'static str;
    type Output: Serialize + DeserializeOwned + AnswerTo<Self>;
}

/// Calls `$each!` with every command of the console, one row each.
#[macro_export]
macro_rules! with_commands {
    ($each:ident) => {
        $each! {
            load_lock(LoadLock) -> LockState,
            lock_console(LockConsole) -> LockState,
            unlock_console(UnlockConsole) -> LockState,
            note_activity(NoteActivity) -> (),
            set_lock_passphrase(SetLockPassphrase) -> LockState,
            list_connections(ListConnections) -> Connections,
            open_vault(OpenVault) -> Connections,
            set_vault_passphrase(SetVaultPassphrase) -> Connections,
            back_up_vault(BackUpVault) -> VaultBackup,
            make_vault(MakeVault) -> Connections,
            add_vault(AddVault) -> Connections,
            save_access_key(SaveAccessKey) -> Connections,
            save_assumed_role(SaveAssumedRole) -> Connections,
            assume_role(AssumeRole) -> Connections,
            forget_connection(ForgetConnection) -> Connections,
            edit_connection(EditConnection) -> Connections,
            accept_account(AcceptAccount) -> Connections,
            trust_connection(TrustConnection) -> Connections,
            test_connection(TestConnection) -> ConnectionReport,
            start_sign_in(StartSignIn) -> SignInPrompt,
            finish_sign_in(FinishSignIn) -> Connections,
            cancel_sign_in(CancelSignIn) -> (),
            sign_out(SignOut) -> Connections,
            list_accounts(ListAccounts) -> Vec<SsoAccount>,
            list_account_roles(ListAccountRoles) -> Vec<String>,
            save_sso_roles(SaveSsoRoles) -> Connections,
            copy_terminal_exports(CopyTerminalExports) -> Copied,
            copy_diagnostics(CopyDiagnostics) -> (),
            take_diagnostics(TakeDiagnostics) -> Diagnostics,
            take_open_files(TakeOpenFiles) -> Vec<OpenFile>,
            load_settings(LoadSettings) -> Settings,
            save_settings(SaveSettings) -> Settings,
            load_inventory(LoadInventory) -> InventoryState,
            cancel_inventory(CancelInventory) -> InventoryState,
            load_samples(LoadSamples) -> InventoryState,
            search_catalog(SearchCatalog) -> CatalogWindow,
            list_prefixes(ListPrefixes) -> Vec<Prefix>,
            suggest_filters(SuggestFilters) -> Vec<Suggestion>,
            find_secret(FindSecret) -> FoundSecret,
            describe_secret(DescribeSecret) -> SecretDetail,
            plan_changes(PlanChanges) -> ChangesReview,
            plan_undo(PlanUndo) -> ChangesReview,
            apply_changes(ApplyChanges) -> AppliedChanges,
            cancel_changes(CancelChanges) -> (),
            find_rotation_trouble(FindRotationTrouble) -> RotationTrouble,
            reveal_function_output(RevealFunctionOutput) -> Revealed,
            list_keys(ListKeys) -> SecretKeys,
            open_value(OpenValue) -> ValueShape,
            reveal_value(RevealValue) -> Revealed,
            copy_value(CopyValue) -> Copied,
            close_value(CloseValue) -> (),
            export_value(ExportValue) -> ExportedValue,
            generate_password(GeneratePassword) -> Revealed,
            compare_versions(CompareVersions) -> Difference,
            save_draft(SaveDraft) -> (),
            delete_draft(DeleteDraft) -> (),
            list_drafts(ListDrafts) -> Vec<DraftNote>,
            reveal_draft(RevealDraft) -> Revealed,
            reveal_merge(RevealMerge) -> Revealed,
            search_journal(SearchJournal) -> JournalPage,
            export_journal(ExportJournal) -> ExportedJournal,
        }
    };
}

macro_rules! name_commands {
    ($($name:ident($request:ty) -> $output:ty,)*) => {
        $(impl Command for $request {
            const NAME: &'static str = stringify!($name);
            type Output = $output;
        })*
    };
}

with_commands!(name_commands);
