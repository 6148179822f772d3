//! Calls any function of the library by name: all its arguments are integers and pointers, which travel alike.

use libloading::{Library, Symbol};

use crate::support;

/// The library, and its functions by name.
pub struct Dispatch(Library);

macro_rules! call {
    ($address:expr, $args:expr, $($i:literal)*) => {{
        // SAFETY: every argument of the ABI is an integer or a pointer of at most a register, and so is every result.
        let function: extern "C" fn($(call!(@ $i usize)),*) -> usize = unsafe { std::mem::transmute($address) };
        function($($args[$i]),*)
    }};
    (@ $i:literal $ty:ty) => { $ty };
}

impl Dispatch {
    pub fn open() -> Dispatch {
        let path = support::library();
        // SAFETY: the library of this build, whose initialisers are Rust's.
        Dispatch(unsafe { Library::new(&path) }.unwrap_or_else(|e| panic!("{}: {e}", path.display())))
    }

    pub fn address(&self, name: &str) -> usize {
        // SAFETY: an address is taken, no more.
        let symbol: Symbol<'_, *const ()> = unsafe { self.0.get(name) }.unwrap_or_else(|e| panic!("{name}: {e}"));
        *symbol as usize
    }

    /// What the register of the result holds after the call.
    pub fn call(&self, name: &str, args: &[usize]) -> usize {
        let address = self.address(name);
        match args.len() {
            0 => call!(address, args,),
            1 => call!(address, args, 0),
            2 => call!(address, args, 0 1),
            3 => call!(address, args, 0 1 2),
            4 => call!(address, args, 0 1 2 3),
            5 => call!(address, args, 0 1 2 3 4),
            6 => call!(address, args, 0 1 2 3 4 5),
            7 => call!(address, args, 0 1 2 3 4 5 6),
            8 => call!(address, args, 0 1 2 3 4 5 6 7),
            9 => call!(address, args, 0 1 2 3 4 5 6 7 8),
            10 => call!(address, args, 0 1 2 3 4 5 6 7 8 9),
            11 => call!(address, args, 0 1 2 3 4 5 6 7 8 9 10),
            12 => call!(address, args, 0 1 2 3 4 5 6 7 8 9 10 11),
            more => panic!("{name} has {more} arguments, more than this test can pass"),
        }
    }
}
