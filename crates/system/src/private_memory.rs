//! Keeps the memory of a process to itself: no core, no look from outside.

use std::io;

/// Lets this process write no core file and be traced by no other process of the user. The programs that it starts
/// inherit the first and not the second. Nothing on systems other than Linux.
///
/// # Errors
///
/// Those of `setrlimit` and `prctl`.
#[cfg(target_os = "linux")]
pub fn keep() -> io::Result<()> {
    use rustix::process::{DumpableBehavior, Resource, Rlimit};
    use rustix::process::{getrlimit, set_dumpable_behavior, setrlimit};
    // One byte and not none: no core is that small, and with this limit alone the kernel calls no collector of cores
    // either (core(5), fs/coredump.c).
    let most = getrlimit(Resource::Core).maximum.map_or(1, |most| most.min(1));
    setrlimit(Resource::Core, Rlimit { current: Some(most), maximum: Some(most) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// As on Linux, where it does something.
#[cfg(not(target_os = "linux"))]
pub fn keep() -> io::Result<()> {
    Ok(())
}
