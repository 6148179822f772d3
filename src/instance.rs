//! Instances: a module with its imports, in a store.

use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;
use std::sync::Arc;

use wasmtime::StoreContextMut;

use crate::boundary::{self, Required};
use crate::error::{Failure, Result, WRT_ERR_LINK, WRT_ERR_NOT_FOUND, WRT_ERR_TYPE, counted};
use crate::r#extern::{Extern, Signature, wrt_extern};
use crate::fault::wrt_error;
use crate::fiber::{self, Answer, Start, Ticket};
use crate::func;
use crate::handle::{self, Handle, Noun, Object, Opaque};
use crate::module::{Module, wrt_module};
use crate::store::{Data, Entry, Store, wrt_store};
use crate::task::{self, Task, wrt_task};
use crate::trap;
use crate::types;
use crate::wake::wrt_wake_fn;

/// An instance: a handle. It belongs to a store, which it keeps alive.
pub struct wrt_instance(#[allow(dead_code, reason = "opaque")] Opaque);

/// The body of a `wrt_instance`.
pub(crate) struct Instance {
    store: Handle<Store>,
    instance: wasmtime::Instance,
    module: Handle<Module>,
}

impl Noun for Instance {
    type Face = wrt_instance;
    const NAME: &'static CStr = c"instance";
    const TAG: u32 = 10;

    fn release(handle: Handle<Instance>) {
        match handle.store.is_entered() {
            true => handle.store.clone().set_aside(Box::new(handle)),
            false => drop(handle),
        }
    }
}
boundary::faces!(wrt_instance => Instance);

impl Instance {
    pub fn new(store: Handle<Store>, instance: wasmtime::Instance, module: Handle<Module>) -> Instance {
        Instance { store, instance, module }
    }

    /// Instantiates `module` with `imports`, one for each import, in order.
    pub fn make(
        store: &Object<Store>,
        module: &Object<Module>,
        imports: &[wasmtime::Extern],
    ) -> Result<Handle<Instance>> {
        // A start function may release the module.
        let (code, module) = (module.wasmtime()?, module.share());
        let mut entry = store.enter()?;
        if entry.is_apart() {
            let ticket = Ticket::quiet();
            return Instance::finish(entry, &ticket, Instance::begin(code, module, imports.to_vec(), ticket.clone()));
        }
        let instance = entry.run(WRT_ERR_LINK, |context| wasmtime::Instance::new(context, &code, imports))?;
        Ok(Handle::new(Instance::new(store.share(), instance, module)))
    }

    /// As `make`, as a job.
    pub fn begin(
        code: wasmtime::Module,
        module: Handle<Module>,
        imports: Vec<wasmtime::Extern>,
        ticket: Arc<Ticket>,
    ) -> impl Start {
        fiber::starting(move |mut context| {
            Box::pin(async move {
                let made = wasmtime::Instance::new_async(&mut context, &code, &imports).await;
                ticket.finish(Instance::answer(context, made, module));
            })
        })
    }

    /// The answer of a job that instantiates `module`.
    pub fn answer(
        context: StoreContextMut<'_, Data>,
        made: wasmtime::Result<wasmtime::Instance>,
        module: Handle<Module>,
    ) -> Result<Answer> {
        let store = context.data().home.store().share();
        let instance = made.map_err(|error| trap::from_call(context, &error, WRT_ERR_LINK))?;
        Ok(Answer::Made(Box::new(Handle::new(Instance::new(store, instance, module)))))
    }

    /// Lets a job that instantiates run to its end.
    pub fn finish(mut entry: Entry<'_>, ticket: &Arc<Ticket>, start: impl Start) -> Result<Handle<Instance>> {
        entry.check_apart()?;
        Instance::from_answer(entry.finish(ticket, start)?)
    }

    fn from_answer(answer: Answer) -> Result<Handle<Instance>> {
        let made = match answer {
            Answer::Made(made) => made.downcast().ok(),
            Answer::Values(_) => None,
        };
        made.map(|instance| *instance).ok_or_else(|| Failure::argument("task is that of a call, not of an instance"))
    }

    pub fn store(&self) -> &Handle<Store> {
        &self.store
    }

    pub fn inner(&self) -> wasmtime::Instance {
        self.instance
    }

    fn export(&self, name: &str) -> Result<Handle<Extern>> {
        let mut entry = self.store.enter()?;
        let mut context = entry.context();
        let item = self.instance.get_export(&mut context, name).ok_or_else(|| {
            Failure::new(WRT_ERR_NOT_FOUND, format_args!("the instance has no export named {name:?}"))
        })?;
        Ok(Handle::new(Extern::new(self.store.clone(), &mut context, item)))
    }
}

/// The items that C gave for the imports of `module`, checked but for their types.
fn given_imports(
    store: &Object<Store>,
    module: &Object<Module>,
    imports: *const *const wrt_extern,
    nimports: usize,
) -> Result<Vec<wasmtime::Extern>> {
    store.check_engine(module.engine().inner(), "module")?;
    let given = boundary::slice(imports, nimports, "imports")?;
    let wanted: Vec<_> = module.imports().collect();
    if given.len() != wanted.len() {
        let list = wanted.iter().map(|(module, name, _)| format!("{module}.{name}")).collect::<Vec<_>>().join(", ");
        let message = format!("the module has {} ({list}), not {}", counted(wanted.len(), "import"), given.len());
        return Err(Failure::new(WRT_ERR_LINK, message));
    }
    let import = |(face, (module, name, _)): (&*const wrt_extern, &(String, String, _))| {
        let name = format!("import {module}.{name}");
        // SAFETY: NULL or a handle, for which the caller vouches.
        let face = unsafe { face.as_ref() }.ok_or_else(|| Failure::null(&name))?;
        handle::check::<Extern>(face, &name)?.import(store, &name)
    };
    given.iter().zip(&wanted).map(import).collect()
}

/// Instantiates `module` in `store` with `imports`, one for each import of the module, in order, and runs its start
/// function. The instance is released with `wrt_release`.
///
/// Errors: `WRT_ERR_LINK` when the number or a type does not fit; `WRT_ERR_STORE` when an import belongs to another store
/// or the module to another engine; `WRT_ERR_LIMIT`; whatever ends the start function; `WRT_ERR_CLOSED`,
/// `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_instance_new(
    store: Option<&wrt_store>,
    module: Option<&wrt_module>,
    imports: *const *const wrt_extern,
    nimports: usize,
    out: Option<&mut MaybeUninit<*mut wrt_instance>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let module = module.required("module")?;
        let out = out.required("out")?;
        let imports = given_imports(store, module, imports, nimports)?;
        out.write(Instance::make(store, module, &imports)?.hand_over());
        Ok(())
    })
}

/// The module of `instance`, a new reference: release it with `wrt_release`.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_instance_module(
    instance: Option<&wrt_instance>,
    out: Option<&mut MaybeUninit<*mut wrt_module>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let module = instance.required("instance")?.module.clone();
        out.required("out")?.write(module.hand_over());
        Ok(())
    })
}

/// The export `name` of `instance`, a new handle: release it with `wrt_release`.
///
/// Errors: `WRT_ERR_NOT_FOUND`; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_instance_export(
    instance: Option<&wrt_instance>,
    name: *const c_char,
    name_len: usize,
    out: Option<&mut MaybeUninit<*mut wrt_extern>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let instance = instance.required("instance")?;
        let name = boundary::text(name, name_len, "name")?;
        let out = out.required("out")?;
        out.write(instance.export(name)?.hand_over());
        Ok(())
    })
}

/// Export `index` of `instance`, in the order of its module, a new handle: release it with `wrt_release`.
///
/// Errors: `WRT_ERR_NOT_FOUND` past the last one; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_instance_export_at(
    instance: Option<&wrt_instance>,
    index: usize,
    out: Option<&mut MaybeUninit<*mut wrt_extern>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let instance = instance.required("instance")?;
        let out = out.required("out")?;
        out.write(instance.export(&instance.module.export_name(index)?)?.hand_over());
        Ok(())
    })
}

/// Runs `instance` as a program: calls its export "_start", or "_initialize" where it has that one, without arguments.
///
/// Errors: `WRT_ERR_NOT_FOUND` when it has neither; `WRT_ERR_TYPE` when it takes or gives values; whatever ends the call;
/// `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_instance_run(instance: Option<&wrt_instance>, error: Option<&mut MaybeUninit<wrt_error>>) -> i32 {
    boundary::call(error, || {
        let instance = instance.required("instance")?;
        let mut entry = instance.store.enter()?;
        let mut find = |name| instance.instance.get_func(entry.context(), name).map(|func| (name, func));
        let (name, func) = find("_start").or_else(|| find("_initialize")).ok_or_else(|| {
            let message = "the instance is no program: it exports neither \"_start\" nor \"_initialize\"";
            Failure::new(WRT_ERR_NOT_FOUND, message)
        })?;
        let ty = func.ty(entry.context());
        if ty.params().len() + ty.results().len() > 0 {
            let text = types::func_text(&ty);
            return Err(Failure::new(
                WRT_ERR_TYPE,
                format_args!("{name:?} is {text}, but a program takes and gives nothing"),
            ));
        }
        drop(entry);
        func::call_plain(&instance.store, func, &Signature::new(ty), &mut [])
    })
}

/// As `wrt_instance_new`, as a task, so that the start function may call suspending functions. When the task is done,
/// `wrt_instance_of_task` has the instance. `wake`, which may be NULL, is called as for `wrt_call_start`. The task is
/// released with `wrt_release`.
///
/// Errors: those of `wrt_instance_new` that come before anything runs; the others are the task's. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_instance_new_start(
    store: Option<&wrt_store>,
    module: Option<&wrt_module>,
    imports: *const *const wrt_extern,
    nimports: usize,
    wake: wrt_wake_fn,
    env: *mut c_void,
    out: Option<&mut MaybeUninit<*mut wrt_task>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let module = module.required("module")?;
        let out = out.required("out")?;
        let imports = given_imports(store, module, imports, nimports)?;
        let code = module.wasmtime()?;
        let ticket = task::ticket(wake, env);
        let start = Instance::begin(code, module.share(), imports, ticket.clone());
        out.write(Task::start(store, ticket, None, start)?.hand_over());
        Ok(())
    })
}

/// The instance that `task`, which is done, has made, a new handle: release it with `wrt_release`. It can be had once.
///
/// Errors: what the task failed with; `WRT_ERR_BUSY` when it is not done; `WRT_ERR_NOT_FOUND` the second time;
/// `WRT_ERR_ARGUMENT` for the task of a call. The thread that polls the task.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_instance_of_task(
    task: Option<&wrt_task>,
    out: Option<&mut MaybeUninit<*mut wrt_instance>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let task = task.required("task")?;
        let out = out.required("out")?;
        if task.signature().is_some() {
            return Err(Failure::argument(
                "task is that of a call, which makes no instance: wrt_task_results has its results",
            ));
        }
        out.write(Instance::from_answer(task.take()?)?.hand_over());
        Ok(())
    })
}
