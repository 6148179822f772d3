//! Callbacks of the host: memories and compiled functions.

use std::alloc::Layout;
use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use wasmtime::{CacheStore, Engine, Instance, Module, Store};

use super::super::{cache, wrt_config_set_cache_store, wrt_config_set_memory_creator, wrt_mem_grow_fn};
use super::{Config, PROGRAM, config, run};
use crate::boundary;
use crate::error::{WRT_ERR_LIMIT, WRT_ERR_MEMORY, WRT_ERR_NOT_FOUND, WRT_OK};
use crate::fault::{wrt_error, wrt_error_set};
use crate::handle::{Handle, wrt_bytes, wrt_close};

/// What the callbacks of a test count, and how the creator misbehaves.
#[derive(Default)]
struct Host {
    mode: &'static str,
    made: AtomicUsize,
    grown: AtomicUsize,
    freed: AtomicUsize,
    dropped: AtomicUsize,
    functions: Mutex<HashMap<Vec<u8>, Vec<u8>>>,
    hits: AtomicUsize,
    garbage: bool,
}

extern "C" fn dropped(env: *mut c_void) {
    host(env).dropped.fetch_add(1, Ordering::Relaxed);
}

fn host<'a>(env: *mut c_void) -> &'a Host {
    // SAFETY: every env of these tests is a host that outlives the engine.
    unsafe { &*env.cast::<Host>() }
}

/// A block of the host: where it lies and how large it is.
struct Block {
    base: *mut u8,
    layout: Layout,
    host: *mut c_void,
}

impl Block {
    fn new(size: usize, host: *mut c_void) -> Block {
        let layout = Layout::from_size_align(size.max(1).next_multiple_of(4096), 4096).unwrap();
        // SAFETY: the size is not 0.
        Block { base: unsafe { std::alloc::alloc_zeroed(layout) }, layout, host }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` with this layout.
        unsafe { std::alloc::dealloc(self.base, self.layout) };
    }
}

extern "C" fn make(
    env: *mut c_void,
    minimum: u64,
    maximum: u64,
    reserve: u64,
    guard: u64,
    mem: *mut *mut c_void,
    base: *mut *mut u8,
    capacity: *mut usize,
    error: *mut wrt_error,
) -> i32 {
    assert!(minimum <= maximum && reserve == 0 && guard == 0);
    let host = host(env);
    if host.mode == "refuse" {
        let message = "no more memory today";
        // SAFETY: the library passes an error to fill.
        let error = unsafe { error.as_mut() };
        wrt_error_set(error, WRT_ERR_MEMORY, message.as_ptr().cast(), message.len());
        return WRT_ERR_MEMORY;
    }
    host.made.fetch_add(1, Ordering::Relaxed);
    let block = Box::new(Block::new(minimum as usize, env));
    let (place, size) = match host.mode {
        "null" => (std::ptr::null_mut(), block.layout.size()),
        "crooked" => (block.base.wrapping_add(8), block.layout.size()),
        "small" => (block.base, minimum as usize - 1),
        "endless" => (block.base, usize::MAX),
        _ => (block.base, block.layout.size()),
    };
    // SAFETY: the library passes places to write to.
    unsafe {
        mem.write(Box::into_raw(block).cast());
        base.write(place);
        capacity.write(size);
    }
    WRT_OK
}

extern "C" fn grow(
    env: *mut c_void,
    mem: *mut c_void,
    new_len: usize,
    base: *mut *mut u8,
    capacity: *mut usize,
    _: *mut wrt_error,
) -> i32 {
    let host = host(env);
    host.grown.fetch_add(1, Ordering::Relaxed);
    if host.mode == "fixed" {
        return WRT_ERR_LIMIT;
    }
    // SAFETY: `mem` comes from `make`, the places from the library.
    unsafe {
        let block = &mut *mem.cast::<Block>();
        assert_eq!((*base, *capacity), (block.base, block.layout.size()));
        let larger = Block::new(new_len, env);
        std::ptr::copy_nonoverlapping(block.base, larger.base, block.layout.size().min(new_len));
        *block = larger;
        base.write(block.base);
        capacity.write(block.layout.size());
    }
    WRT_OK
}

extern "C" fn free(mem: *mut c_void) {
    // SAFETY: `mem` comes from `make` and is given back once.
    let block = unsafe { Box::from_raw(mem.cast::<Block>()) };
    host(block.host).freed.fetch_add(1, Ordering::Relaxed);
}

fn with_creator(host: &Host, grow: wrt_mem_grow_fn, settings: &[(&str, &str)]) -> Engine {
    let face = Handle::new(config(settings));
    // SAFETY: the pointer is the handle's own.
    let config = unsafe { face.lend().as_ref() };
    let env = (&raw const *host).cast_mut().cast();
    assert_eq!(wrt_config_set_memory_creator(config, Some(make), grow, Some(free), env, Some(dropped), None), WRT_OK);
    Engine::new(&face.build().unwrap()).unwrap()
}

#[test]
fn the_host_makes_memories() {
    let collected = r#"(module (type $a (array i64)) (memory 1) (data (i32.const 0) "*") (func (export "run") (result i32)
        (drop (array.new $a (i64.const 1) (i32.const 30000))) (i32.add (i32.load (i32.const 0)) (i32.const 42))))"#;
    for (settings, text) in
        [(&[][..], PROGRAM), (&[("memory_may_move", "0")], PROGRAM), (&[("collector", "drc")], collected)]
    {
        let host = Host::default();
        let engine = with_creator(&host, Some(grow), settings);
        assert!(!engine.get_memory_init_cow() && engine.get_gc_heap_reservation() == 0);
        let module = Module::new(&engine, text).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        // Types and the frames of an error would keep the engine alive.
        let answer = {
            let run = instance.get_typed_func::<(), i32>(&mut store, "run").unwrap();
            run.call(&mut store, ()).map_err(|error| error.to_string())
        };
        if settings == [("memory_may_move", "0")] {
            assert!(answer.is_err(), "the program needs a page that it did not get");
        } else {
            assert_eq!(answer.unwrap(), 84);
            assert!(host.grown.load(Ordering::Relaxed) > 0);
        }
        let made = host.made.load(Ordering::Relaxed);
        assert_eq!(made, if text == collected { 2 } else { 1 });
        drop((store, module));
        assert_eq!((host.freed.load(Ordering::Relaxed), host.dropped.load(Ordering::Relaxed)), (made, 0));
        drop(engine);
        assert_eq!(host.dropped.load(Ordering::Relaxed), 1, "{settings:?}");
    }
}

#[test]
fn a_creator_that_misbehaves_is_refused() {
    let cases = [
        ("refuse", "no more memory today"),
        ("null", "the memory creator answered the base NULL"),
        ("crooked", "the memory creator answered a base that is no multiple of 4096"),
        ("small", "the memory creator answered the capacity 65535, which is less than 65536"),
        ("endless", "the memory creator answered the impossible capacity 18446744073709551615"),
    ];
    for (mode, text) in cases {
        let host = Host { mode, ..Host::default() };
        let engine = with_creator(&host, Some(grow), &[]);
        let error = run(&engine).unwrap_err();
        assert!(crate::trap::one_line(&error).contains(text), "{error:?}");
        drop(engine);
        let counts = [&host.made, &host.freed, &host.dropped].map(|count| count.load(Ordering::Relaxed));
        assert_eq!(counts, if mode == "refuse" { [0, 0, 1] } else { [1, 1, 1] });
    }
    // A memory that cannot grow answers -1, and the program goes on until it needs the page.
    let fixed = Host { mode: "fixed", ..Host::default() };
    for grow in [Some(grow as _), None] {
        let error = run(&with_creator(&fixed, grow, &[])).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&wasmtime::Trap::MemoryOutOfBounds));
    }
    assert_eq!(fixed.grown.load(Ordering::Relaxed), 1);

    let host = Host::default();
    let face = Handle::new(config(&[("pooling", "1")]));
    // SAFETY: the pointer is the handle's own.
    let config = unsafe { face.lend().as_ref() };
    let env = (&raw const host).cast_mut().cast();
    for _ in 0..2 {
        wrt_config_set_memory_creator(config, Some(make), None, None, env, Some(dropped), None);
    }
    let message = face.build().unwrap_err().report().message.clone();
    assert!(message.starts_with("a memory creator does not go with allocation_strategy = pooling"), "{message}");
    face.set("pooling", "0").unwrap();
    face.set("memory_init_cow", "1").unwrap();
    assert!(face.build().unwrap_err().report().message.starts_with("memory_init_cow = true does not go with"));
    assert_eq!(host.dropped.load(Ordering::Relaxed), 1, "the first of two is given up");
    drop(face);
    assert_eq!(host.dropped.load(Ordering::Relaxed), 2);
}

extern "C" fn look_up(env: *mut c_void, key: *const u8, key_len: usize, out: *mut wrt_bytes) -> i32 {
    let host = host(env);
    let key = boundary::bytes(key, key_len, "key").unwrap();
    let functions = host.functions.lock();
    let Some(found) = functions.get(key) else { return WRT_ERR_NOT_FOUND };
    host.hits.fetch_add(1, Ordering::Relaxed);
    let found = if host.garbage { &found[..found.len() / 2] } else { found };
    // SAFETY: the library passes a place to write to.
    unsafe { out.write(wrt_bytes::new(found.to_vec())) };
    WRT_OK
}

extern "C" fn keep(env: *mut c_void, key: *const u8, key_len: usize, data: *const u8, len: usize) -> i32 {
    let (key, data) = (boundary::bytes(key, key_len, "key").unwrap(), boundary::bytes(data, len, "data").unwrap());
    host(env).functions.lock().insert(key.to_vec(), data.to_vec());
    WRT_OK
}

#[test]
fn the_host_keeps_compiled_functions() {
    for garbage in [false, true] {
        let host = Host { garbage, ..Host::default() };
        let face = Handle::new(Config::default());
        // SAFETY: the pointer is the handle's own.
        let config = unsafe { face.lend().as_ref() };
        let env = (&raw const host).cast_mut().cast();
        assert_eq!(wrt_config_set_cache_store(config, Some(look_up), Some(keep), env, Some(dropped), None), WRT_OK);
        for round in 0..2 {
            let engine = Engine::new(&face.build().unwrap()).unwrap();
            assert_eq!(run(&engine).unwrap(), 84);
            assert_eq!(host.hits.load(Ordering::Relaxed) >= 2, round == 1, "garbage: {garbage}");
            assert_eq!(Config::effective_json(&engine, &face)["enable_incremental_compilation"], true);
        }
        assert!(host.functions.lock().len() >= 2);
        face.set("enable_incremental_compilation", "false").unwrap();
        assert!(face.build().unwrap_err().report().message.starts_with("a cache store does not go with"));
        face.set("enable_compiler", "false").unwrap();
        assert!(face.build().unwrap_err().report().message.contains("enable_compiler = false"));
        assert_eq!(host.dropped.load(Ordering::Relaxed), 0);
        wrt_close(face.lend().cast(), None);
        assert_eq!(host.dropped.load(Ordering::Relaxed), 1);
    }
    let store = cache::MemoryStore::default();
    assert!(store.insert(b"key", b"function".to_vec()) && store.get(b"other").is_none());
    assert_eq!(store.get(b"key").as_deref(), Some(&b"function"[..]));
    assert!(!store.insert(b"large", vec![0; 256 << 20]), "there is a limit");
}
