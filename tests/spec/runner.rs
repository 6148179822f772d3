//! Runs the commands of a script.

use std::collections::HashMap;
use std::fmt;
use std::thread::{self, JoinHandle};

use serde_json::Value;
use wrt::*;

use crate::handle::{self, Failed, Owned, call, chars, lent, make, sized};
use crate::script::{Script, is_assertion, line};
use crate::support::text;
use crate::values::Slots;
use crate::{action, spectest, verdict};

/// How a script went.
#[derive(Default)]
pub struct Tally {
    /// Assertions that hold.
    pub passed: usize,
    /// What does not, with its line. A command that is no assertion counts only where it fails.
    pub failed: Vec<(u64, String)>,
    /// Assertions that were not tried.
    pub skipped: usize,
}

/// Why a command did not go as the script says.
pub enum Trouble {
    Library(Failed),
    Other(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Library(failed) => failed.fmt(f),
            Trouble::Other(why) => why.fmt(f),
        }
    }
}

impl From<Failed> for Trouble {
    fn from(failed: Failed) -> Trouble {
        Trouble::Library(failed)
    }
}

impl From<String> for Trouble {
    fn from(why: String) -> Trouble {
        Trouble::Other(why)
    }
}

pub type Outcome<T = ()> = Result<T, Trouble>;

/// A store, and what the script has made in it.
pub struct Runner {
    engine: Owned<wrt_engine>,
    script: Script,
    store: Owned<wrt_store>,
    linker: Owned<wrt_linker>,
    /// Modules that are only defined.
    definitions: Named<wrt_module>,
    instances: Named<wrt_instance>,
    /// What a thread has of another one's instance: shared memories, by the name of the instance and their own.
    shared: HashMap<String, Vec<(String, Owned<wrt_extern>)>>,
    threads: HashMap<String, JoinHandle<Tally>>,
}

/// Objects by name, and the last one, which needs none.
struct Named<T> {
    last: Option<Owned<T>>,
    named: HashMap<String, Owned<T>>,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Named { last: None, named: HashMap::new() }
    }
}

impl<T> Named<T> {
    fn insert(&mut self, name: &Value, object: Owned<T>) {
        if let Some(name) = name.as_str() {
            self.named.insert(name.to_owned(), object.clone());
        }
        self.last = Some(object);
    }

    fn get(&self, name: &Value) -> Outcome<&Owned<T>> {
        let found = name.as_str().map_or(self.last.as_ref(), |name| self.named.get(name));
        found.ok_or_else(|| format!("there is no module {name}").into())
    }
}

impl Runner {
    pub fn new(engine: &Owned<wrt_engine>, script: &Script) -> Outcome<Runner> {
        let store = make(|out, error| wrt_store_new(engine.get(), std::ptr::null_mut(), None, out, error))?;
        let linker = make(|out, error| wrt_linker_new(engine.get(), out, error))?;
        spectest::define(engine, &store, &linker)?;
        // Scripts register names again.
        call(|error| wrt_linker_allow(linker.get(), 1, 0, error))?;
        Ok(Runner {
            engine: engine.clone(),
            script: script.clone(),
            store,
            linker,
            definitions: Named::default(),
            instances: Named::default(),
            shared: HashMap::new(),
            threads: HashMap::new(),
        })
    }

    /// Runs the commands, except for those on the lines `skipped`.
    pub fn run(mut self, commands: &[Value], skipped: &[u64]) -> Tally {
        let mut tally = Tally::default();
        for command in commands {
            if skipped.contains(&line(command)) {
                tally.skipped += usize::from(is_assertion(command));
                continue;
            }
            match self.command(command, &mut tally) {
                Ok(()) => tally.passed += usize::from(is_assertion(command)),
                Err(why) => tally.failed.push((line(command), format!("{}: {why}", text(&command["type"])))),
            }
        }
        tally
    }

    fn command(&mut self, command: &Value, tally: &mut Tally) -> Outcome {
        match text(&command["type"]) {
            "module" => {
                // What fails must not leave the one before in its place.
                self.instances.last = None;
                let instance = self.instantiate(&self.compile(command)?)?;
                self.instances.insert(&command["name"], instance);
                Ok(())
            }
            "module_definition" => {
                let module = self.compile(command)?;
                self.definitions.insert(&command["name"], module);
                Ok(())
            }
            "module_instance" => {
                let instance = self.instantiate(self.definitions.get(&command["module"])?)?;
                self.instances.insert(&command["instance"], instance);
                Ok(())
            }
            "register" => self.register(&command["name"], text(&command["as"])),
            "action" => self.act(command).map(drop),
            "assert_return" => action::compare(&self.act(command)?, command),
            "assert_trap" | "assert_exhaustion" => fails(self.act(command), verdict::is_trap, command),
            "assert_exception" => fails(self.act(command), verdict::is_exception, command),
            "assert_suspension" => fails(self.act(command), verdict::is_suspension, command),
            "assert_malformed" | "assert_invalid" => fails(self.compile(command), verdict::is_refusal, command),
            "assert_unlinkable" => fails(self.instantiate(&self.compile(command)?), verdict::is_unlinkable, command),
            "assert_uninstantiable" => fails(self.instantiate(&self.compile(command)?), verdict::is_trap, command),
            "thread" => self.spawn(command),
            "wait" => {
                let thread = self.threads.remove(text(&command["thread"]));
                let thread = thread.ok_or_else(|| "there is no such thread".to_owned())?;
                let went = thread.join().map_err(|_| "the thread panicked".to_owned())?;
                tally.passed += went.passed;
                tally.failed.extend(went.failed);
                Ok(())
            }
            _ => Err("this test does not know the command".to_owned().into()),
        }
    }

    fn compile(&self, command: &Value) -> Outcome<Owned<wrt_module>> {
        self.script.compile(&self.engine, command)
    }

    fn instantiate(&self, module: &Owned<wrt_module>) -> Outcome<Owned<wrt_instance>> {
        let (linker, store) = (self.linker.get(), self.store.get());
        Ok(make(|out, error| wrt_linker_instantiate(linker, store, module.get(), out, error))?)
    }

    fn act(&self, command: &Value) -> Outcome<Slots<'_>> {
        let action = &command["action"];
        action::act(&self.store, self.instances.get(&action["module"])?, action)
    }

    fn register(&self, name: &Value, as_name: &str) -> Outcome {
        let (linker, (module, module_len)) = (self.linker.get(), chars(as_name));
        if let Some(items) = name.as_str().and_then(|name| self.shared.get(name)) {
            for (name, item) in items {
                let (name, len) = chars(name);
                call(|error| wrt_linker_define(linker, module, module_len, name, len, item.get(), error))?;
            }
            return Ok(());
        }
        let instance = self.instances.get(name)?;
        Ok(call(|error| wrt_linker_define_instance(linker, module, module_len, instance.get(), error))?)
    }

    /// Starts a thread with a store of its own, and the shared memories of one instance.
    fn spawn(&mut self, command: &Value) -> Outcome {
        let mut child = Runner::new(&self.engine, &self.script)?;
        if let Some(name) = command["shared_module"].as_str() {
            let memories = shared_memories(self.instances.get(&command["shared_module"])?)?;
            child.shared.insert(name.to_owned(), memories);
        }
        let commands = list(&command["commands"]).to_vec();
        self.threads.insert(text(&command["name"]).to_owned(), thread::spawn(move || child.run(&commands, &[])));
        Ok(())
    }
}

/// The items of a list of JSON.
pub fn list(json: &Value) -> &[Value] {
    json.as_array().map_or(&[], Vec::as_slice)
}

/// Whether something failed as the command says.
fn fails<T>(outcome: Outcome<T>, verdict: fn(&Failed, &str) -> bool, command: &Value) -> Outcome {
    let expected = command["text"].as_str().unwrap_or("an exception");
    match outcome {
        Err(Trouble::Library(failed)) if verdict(&failed, expected) => Ok(()),
        Err(other) => Err(format!("expected {expected}, found {other}").into()),
        Ok(_) => Err(format!("expected {expected}, but there is no failure").into()),
    }
}

/// What an instance exports that belongs to no store, by name.
fn shared_memories(instance: &Owned<wrt_instance>) -> handle::Result<Vec<(String, Owned<wrt_extern>)>> {
    let module = make(|out, error| wrt_instance_module(instance.get(), out, error))?;
    let mut found = Vec::new();
    for index in 0..wrt_module_export_count(module.get()) {
        let item = make(|out, error| wrt_instance_export_at(instance.get(), index, out, error))?;
        if wrt_extern_store(item.get()).is_null() {
            let export = sized(|out, error| wrt_module_export_at(module.get(), index, out, error))?;
            // SAFETY: the module lends so many bytes.
            let name = unsafe { lent(export.name.cast(), export.name_len) };
            found.push((String::from_utf8_lossy(&name).into_owned(), item));
        }
    }
    Ok(found)
}
