//! The rotation functions of a vault, found by the ARN that a Lambda function would have.

use std::collections::BTreeMap;
use std::time::Duration;

use latchkey_domain::name::Arn;

use super::program::Program;

/// The name of the function that is built in.
pub const GENERIC_PASSWORD_ROTATION: &str = "GenericPasswordRotation";
/// How long one step may take, if nothing else is set.
const STEP_TIME_LIMIT: Duration = Duration::from_secs(60);

/// What does the four steps of a rotation.
#[derive(Debug, Clone)]
pub enum RotationFunction {
    /// Puts a new password into one key of a JSON object; see `generic_password`.
    GenericPassword,
    /// A program of the user.
    Program(Program),
}

/// The functions of one vault: the one built in and the programs that were registered.
#[derive(Debug, Clone)]
pub struct RotationFunctions {
    programs: BTreeMap<String, Program>,
    pub(crate) step_time_limit: Duration,
}

/// Why a program cannot be a rotation function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FunctionError {
    #[error("{name:?} is not a valid function name. Use 1 to 64 letters, digits, hyphens and underscores.")]
    Name { name: String },
    #[error("There is already a rotation function {name}. Choose another name.")]
    Taken { name: String },
    #[error("The command of {name} cannot be split into arguments: a quote is not closed, or it is empty.")]
    Command { name: String },
}

impl Default for RotationFunctions {
    fn default() -> Self {
        Self { programs: BTreeMap::new(), step_time_limit: STEP_TIME_LIMIT }
    }
}

impl RotationFunctions {
    /// Registers a program. The command is split like a shell does, with its quotes, but nothing in it is expanded and
    /// no shell runs it.
    pub fn with_program(mut self, name: &str, command: &str) -> Result<Self, FunctionError> {
        let name = name.to_owned();
        let is_letter = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if name.is_empty() || name.len() > 64 || !name.chars().all(is_letter) {
            return Err(FunctionError::Name { name });
        }
        if name == GENERIC_PASSWORD_ROTATION || self.programs.contains_key(&name) {
            return Err(FunctionError::Taken { name });
        }
        let Some(program) = Program::parse(command) else { return Err(FunctionError::Command { name }) };
        self.programs.insert(name, program);
        Ok(self)
    }

    /// How long one step of a program may take before it is ended.
    pub fn with_step_time_limit(mut self, limit: Duration) -> Self {
        self.step_time_limit = limit;
        self
    }

    /// The function with this ARN: `arn:aws:lambda:REGION:ACCOUNT:function:NAME`.
    pub(crate) fn find(&self, arn: &str, region: &str, account: &str) -> Option<RotationFunction> {
        let arn = Arn::parse(arn)?;
        if arn.service != "lambda" || arn.region != region || arn.account_id != account {
            return None;
        }
        match arn.resource.strip_prefix("function:")? {
            GENERIC_PASSWORD_ROTATION => Some(RotationFunction::GenericPassword),
            name => self.programs.get(name).cloned().map(RotationFunction::Program),
        }
    }
}
