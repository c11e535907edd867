//! The user guide's examples, for the builder to begin with.

/// A schedule with the words that the user guide has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    pub title: &'static str,
    pub expression: &'static str,
}

const fn preset(title: &'static str, expression: &'static str) -> Preset {
    Preset { title, expression }
}

/// The examples of "Rate expressions" and "Cron expressions", in the order of the user guide.
pub const PRESETS: [Preset; 15] = [
    preset("Every four hours", "rate(4 hours)"),
    preset("Every day", "rate(1 day)"),
    preset("Every 10 days", "rate(10 days)"),
    preset("Every eight hours starting at midnight", "cron(0 /8 * * ? *)"),
    preset("Every eight hours starting at 8:00 AM", "cron(0 8/8 * * ? *)"),
    preset("Every ten hours, starting at 2:00 AM", "cron(0 2/10 * * ? *)"),
    preset("Every day at 10:00 AM", "cron(0 10 * * ? *)"),
    preset("Every Saturday at 6:00 PM", "cron(0 18 ? * SAT *)"),
    preset("The first day of every month at 8:00 AM", "cron(0 8 1 * ? *)"),
    preset("Every three months on the first Sunday at 1:00 AM", "cron(0 1 ? 1/3 SUN#1 *)"),
    preset("The last day of every month at 5:00 PM", "cron(0 17 L * ? *)"),
    preset("Monday through Friday at 8:00 AM", "cron(0 8 ? * MON-FRI *)"),
    preset("First and 15th day of every month at 4:00 PM", "cron(0 16 1,15 * ? *)"),
    preset("First Sunday of every month at midnight", "cron(0 0 ? * SUN#1 *)"),
    preset("Starting in January, every 11 months on the first Monday at midnight", "cron(0 0 ? 1/11 2#1 *)"),
];
