//! The live place of each memory that the host looks at: two words in memory of the library, brought up to date after
//! each run of WebAssembly and each growth, zeroed on close.

use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use wasmtime::{AsContext, AsContextMut, Memory, StoreContextMut};

use crate::store::Data;

/// The live place of a linear memory: re-read it at each access; `{NULL, 0}` after close. Frozen layout.
#[repr(C)]
pub struct wrt_memory_header {
    /// The first byte.
    pub base: *mut u8,
    /// The size in bytes.
    pub len: usize,
}

/// The header as the library keeps it: its first two words are a `wrt_memory_header`.
#[repr(C)]
#[derive(Debug, Default)]
pub(crate) struct Header {
    base: AtomicPtr<u8>,
    len: AtomicUsize,
    generation: AtomicU64,
    closed: AtomicBool,
}

impl Header {
    pub fn new(base: *mut u8, len: usize) -> Header {
        let (base, len) = (AtomicPtr::new(base), AtomicUsize::new(len));
        Header { base, len, generation: AtomicU64::new(1), closed: AtomicBool::new(false) }
    }

    #[inline]
    pub fn set(&self, base: *mut u8, len: usize) {
        if self.base.load(Ordering::Relaxed) == base && self.len.load(Ordering::Relaxed) == len {
            return;
        }
        if !self.closed.load(Ordering::SeqCst) {
            self.change(base, len);
            // Another thread may have closed it meanwhile.
            if self.closed.load(Ordering::SeqCst) {
                self.change(std::ptr::null_mut(), 0);
            }
        }
    }

    fn change(&self, base: *mut u8, len: usize) {
        // Whoever reads in between sees the old base with the smaller length, or nothing at all.
        self.len.store(len.min(self.len.load(Ordering::Relaxed)), Ordering::Relaxed);
        self.base.store(base, Ordering::Relaxed);
        self.len.store(len, Ordering::Relaxed);
        self.generation.fetch_add(1, Ordering::Relaxed);
    }

    pub fn get(&self) -> (*mut u8, usize, u64) {
        let generation = self.generation.load(Ordering::Relaxed);
        (self.base.load(Ordering::Relaxed), self.len.load(Ordering::Relaxed), generation)
    }

    /// Says that there is nothing to look at any more, for good.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.change(std::ptr::null_mut(), 0);
    }

    pub fn face(self: &Arc<Self>) -> *const wrt_memory_header {
        Arc::as_ptr(self).cast()
    }
}

/// All memories of a store that the host looks at.
#[derive(Default)]
pub(crate) struct Views(Vec<(Memory, Weak<Header>)>);

impl Views {
    /// A header for `memory`, kept up to date for as long as it is held.
    pub fn add(mut context: StoreContextMut<'_, Data>, memory: Memory) -> Arc<Header> {
        let header = Arc::new(Header::new(memory.data_ptr(&context), memory.data_size(&context)));
        let views = &mut context.data_mut().views.0;
        views.retain(|(_, header)| header.strong_count() > 0);
        views.push((memory, Arc::downgrade(&header)));
        header
    }

    /// Brings all headers up to date.
    #[inline(always)]
    pub fn refresh(context: StoreContextMut<'_, Data>) {
        if !context.data().views.0.is_empty() {
            Views::refresh_all(context);
        }
    }

    fn refresh_all(mut context: StoreContextMut<'_, Data>) {
        // The list is set aside so that the store can be asked meanwhile; nothing here calls the host.
        let views = std::mem::take(&mut context.data_mut().views.0);
        for (memory, header) in &views {
            if let Some(header) = header.upgrade() {
                header.set(memory.data_ptr(context.as_context()), memory.data_size(context.as_context()));
            }
        }
        context.as_context_mut().data_mut().views.0 = views;
    }

    /// Tells all headers that the store is gone.
    pub fn close(&mut self) {
        for (_, header) in self.0.drain(..) {
            if let Some(header) = header.upgrade() {
                header.close();
            }
        }
    }

    pub fn len(&self) -> usize {
        self.0.iter().filter(|(_, header)| header.strong_count() > 0).count()
    }
}

impl Drop for Views {
    fn drop(&mut self) {
        self.close();
    }
}
