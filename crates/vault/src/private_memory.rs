//! Keeps the memory of a program to itself: no core, no look from outside, and nothing left in memory that was freed.
//!
//! Both programs, `latchkey` and `latchkey-vault`, begin with [`keep`] and allocate with [`WIPING_ALLOCATOR`].

use std::alloc::System;

pub use latchkey_system::private_memory::keep;
use zeroizing_alloc::ZeroAlloc;

/// Wipes what is freed, whoever allocated it: the buffers of HTTP, of JSON and of the SDK too, and what a buffer leaves
/// behind when it grows. It therefore never grows one in place.
pub type WipingAllocator = ZeroAlloc<System>;

pub const WIPING_ALLOCATOR: WipingAllocator = ZeroAlloc(System);
