//! A program without std that asks the gate: whatever brought std in would bring a second panic handler.
#![no_std]
extern crate alloc;

use core::alloc::{GlobalAlloc, Layout};
use core::panic::PanicInfo;

use lull_gate::{Action, Answer, Builder, Epoch, Instant, Question, decide};

struct Nothing;

unsafe impl GlobalAlloc for Nothing {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: Nothing = Nothing;

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    loop {}
}

/// Whether a request is let through.
#[unsafe(no_mangle)]
pub extern "C" fn lets_through(at: i64) -> bool {
    let snapshot = Builder::new().snapshot(Epoch(1));
    let question = Question { target: "shop", action: Action::RequestRead, roles: &[], at: Instant(at), lasts: None };
    decide(&snapshot, &question).answer <= Answer::Warn
}
