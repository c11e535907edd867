//! `latchkey-vault schedule`: what a rotation schedule means, without a vault.

use std::error::Error;
use std::io::Write;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use latchkey_domain::schedule::{RotationWindow, ScheduleExpression, Severity, WindowDuration, check};

/// Print when a rotation schedule opens its windows, and what is wrong with it.
#[derive(Args)]
pub struct Schedule {
    #[command(subcommand)]
    question: Question,
}

#[derive(Subcommand)]
enum Question {
    /// Print the next windows as a JSON array of opens_at and closes_at
    Next {
        #[command(flatten)]
        rules: Rules,
        /// Start time, for example 2027-01-01T00:00:00Z; a window that opens then counts (default: now)
        #[arg(long, value_name = "INSTANT")]
        from: Option<DateTime<Utc>>,
        #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(..=10_000))]
        count: u16,
        /// When the secret was last rotated; a rate counts from then (default: the time of --from)
        #[arg(long, value_name = "INSTANT")]
        last_rotated: Option<DateTime<Utc>>,
    },
    /// Describe the schedule in English, or exit with status 1 and the reason why AWS would refuse it
    Check {
        #[command(flatten)]
        rules: Rules,
    },
}

/// Read here rather than by the parser of arguments, which would end with another status.
#[derive(Args)]
struct Rules {
    /// rate(10 days) or cron(0 8 * * ? *)
    #[arg(value_name = "EXPRESSION", allow_hyphen_values = true)]
    expression: String,
    /// Duration of a window, for example 3h (default: one hour for schedules in hours, else to the end of the day)
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    duration: Option<String>,
}

impl Rules {
    fn read(&self) -> Result<(ScheduleExpression, Option<WindowDuration>), Box<dyn Error>> {
        let duration = self.duration.as_deref().map(str::parse).transpose()?;
        Ok((self.expression.parse()?, duration))
    }
}

impl Schedule {
    pub fn run(self) -> Result<(), Box<dyn Error>> {
        match self.question {
            Question::Next { rules, from, count, last_rotated } => {
                let (expression, duration) = rules.read()?;
                let from = from.unwrap_or_else(Utc::now);
                let windows = expression.windows(duration, last_rotated.unwrap_or(from));
                let next: Vec<RotationWindow> = windows.opening_from(from).take(count.into()).collect();
                writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&next)?)?;
            }
            Question::Check { rules } => {
                let (expression, duration) = rules.read()?;
                let (refused, notes): (Vec<_>, Vec<_>) = check(&expression, duration)
                    .into_iter()
                    .partition(|breach| breach.severity() == Severity::Refused);
                if !refused.is_empty() {
                    let reasons: Vec<_> = refused.iter().map(ToString::to_string).collect();
                    return Err(reasons.join("\n").into());
                }
                for note in notes {
                    writeln!(std::io::stderr(), "Note. {note}")?;
                }
                writeln!(std::io::stdout(), "{}", expression.explain(duration))?;
            }
        }
        Ok(())
    }
}
