//! Keeps the memory of a program to itself: no core, no look from outside, and nothing left in memory that was freed.
//!
//! Both programs, `latchkey` and `latchkey-vault`, begin with [`keep`] and allocate with [`WIPING_ALLOCATOR`].

use std::alloc::System;
use std::io;

use zeroizing_alloc::ZeroAlloc;

/// Wipes what is freed, whoever allocated it: the buffers of HTTP, of JSON and of the SDK too, and what a buffer leaves
/// behind when it grows. It therefore never grows one in place.
pub type WipingAllocator = ZeroAlloc<System>;

pub const WIPING_ALLOCATOR: WipingAllocator = ZeroAlloc(System);

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
