//! Directives of a script as JSON, and its modules as files.

use std::path::Path;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use wast::token::{Id, Span};
use wast::{Error, QuoteWat, QuoteWatTest, Wast, WastDirective, WastExecute, WastInvoke};

use super::constant;

type Result<T> = std::result::Result<T, Error>;

/// What a script comes to.
pub struct Commands {
    pub json: Value,
    pub modules: IndexMap<String, Vec<u8>>,
}

/// The reader of one script.
struct Reader<'a> {
    /// What the names of files begin with.
    stem: &'a str,
    /// Where each line begins.
    lines: Vec<usize>,
    /// How many modules the script has had.
    count: usize,
    modules: IndexMap<String, Vec<u8>>,
}

impl Commands {
    pub fn new(source: &str, name: &str, script: Wast<'_>) -> Result<Commands> {
        let lines = std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let stem = Path::new(name).file_stem().and_then(|stem| stem.to_str()).unwrap_or("script");
        let mut reader = Reader { stem, lines, count: 0, modules: IndexMap::new() };
        let commands = reader.commands(script.directives)?;
        Ok(Commands { json: json!({"source_filename": name, "commands": commands}), modules: reader.modules })
    }
}

impl Reader<'_> {
    fn commands(&mut self, directives: Vec<WastDirective<'_>>) -> Result<Vec<Value>> {
        directives.into_iter().map(|directive| self.command(directive)).collect()
    }

    fn line(&self, span: Span) -> usize {
        self.lines.partition_point(|start| *start <= span.offset())
    }

    fn command(&mut self, directive: WastDirective<'_>) -> Result<Value> {
        let span = directive.span();
        let command = match directive {
            WastDirective::Module(module) => self.module("module", module)?,
            WastDirective::ModuleDefinition(module) => self.module("module_definition", module)?,
            WastDirective::ModuleInstance { instance, module, .. } => {
                let mut command = self.begin("module_instance", span);
                insert_name(&mut command, "instance", instance);
                insert_name(&mut command, "module", module);
                command
            }
            WastDirective::AssertMalformed { module, message, .. } => {
                self.refused("assert_malformed", module, message)?
            }
            WastDirective::AssertMalformedCustom { module, message, .. } => {
                self.refused("assert_malformed_custom", module, message)?
            }
            WastDirective::AssertInvalid { module, message, .. } => self.refused("assert_invalid", module, message)?,
            WastDirective::AssertInvalidCustom { module, message, .. } => {
                self.refused("assert_invalid_custom", module, message)?
            }
            WastDirective::AssertUnlinkable { module, message, .. } => {
                self.refused("assert_unlinkable", QuoteWat::Wat(module), message)?
            }
            WastDirective::AssertTrap { exec: WastExecute::Wat(module), message, .. } => {
                self.refused("assert_uninstantiable", QuoteWat::Wat(module), message)?
            }
            WastDirective::Register { module, name, .. } => {
                let mut command = self.begin("register", span);
                insert_name(&mut command, "name", module);
                command.insert("as".to_owned(), name.into());
                command
            }
            WastDirective::Invoke(call) => self.act("action", span, WastExecute::Invoke(call))?,
            WastDirective::AssertReturn { exec, results, .. } => {
                let mut command = self.act("assert_return", exec.span(), exec)?;
                let expected = results.into_iter().map(|result| constant::result(result, span));
                command.insert("expected".to_owned(), expected.collect::<Result<_>>()?);
                command
            }
            WastDirective::AssertTrap { exec, message, .. } => {
                with_text(self.act("assert_trap", exec.span(), exec)?, message)
            }
            WastDirective::AssertExhaustion { call, message, .. } => {
                with_text(self.act("assert_exhaustion", span, WastExecute::Invoke(call))?, message)
            }
            WastDirective::AssertException { exec, .. } => self.act("assert_exception", span, exec)?,
            WastDirective::AssertSuspension { exec, message, .. } => {
                with_text(self.act("assert_suspension", span, exec)?, message)
            }
            WastDirective::Thread(thread) => {
                let mut command = self.begin("thread", span);
                insert_name(&mut command, "name", Some(thread.name));
                insert_name(&mut command, "shared_module", thread.shared_module);
                command.insert("commands".to_owned(), self.commands(thread.directives)?.into());
                command
            }
            WastDirective::Wait { thread, .. } => {
                let mut command = self.begin("wait", span);
                insert_name(&mut command, "thread", Some(thread));
                command
            }
        };
        Ok(Value::Object(command))
    }

    fn begin(&self, kind: &str, span: Span) -> Map<String, Value> {
        Map::from_iter([("type".to_owned(), kind.into()), ("line".to_owned(), self.line(span).into())])
    }

    /// A module that is to be accepted.
    fn module(&mut self, kind: &str, module: QuoteWat<'_>) -> Result<Map<String, Value>> {
        let mut command = self.begin(kind, module.span());
        insert_name(&mut command, "name", module.name());
        self.insert_file(&mut command, module)?;
        Ok(command)
    }

    /// A module that is to be refused.
    fn refused(&mut self, kind: &str, module: QuoteWat<'_>, message: &str) -> Result<Map<String, Value>> {
        let mut command = self.begin(kind, module.span());
        self.insert_file(&mut command, module)?;
        Ok(with_text(command, message))
    }

    fn insert_file(&mut self, command: &mut Map<String, Value>, mut module: QuoteWat<'_>) -> Result<()> {
        let mut file = |extension: &str, bytes| {
            let file = format!("{}.{}.{extension}", self.stem, self.count);
            self.modules.insert(file.clone(), bytes);
            Value::from(file)
        };
        match module.to_test()? {
            QuoteWatTest::Binary(bytes) => {
                command.insert("filename".to_owned(), file("wasm", bytes));
                command.insert("module_type".to_owned(), "binary".into());
            }
            QuoteWatTest::Text(text) => {
                command.insert("filename".to_owned(), file("wat", text));
                command.insert("module_type".to_owned(), "text".into());
                if let Ok(bytes) = module.encode() {
                    command.insert("binary_filename".to_owned(), file("wasm", bytes));
                }
            }
        }
        self.count += 1;
        Ok(())
    }

    fn act(&self, kind: &str, span: Span, action: WastExecute<'_>) -> Result<Map<String, Value>> {
        let mut command = self.begin(kind, span);
        let action = match action {
            WastExecute::Invoke(WastInvoke { module, name, args, span }) => {
                let args = args.into_iter().map(|value| constant::argument(value, span)).collect::<Result<_>>()?;
                self.action("invoke", module, name, Some(args))
            }
            WastExecute::Get { module, global, .. } => self.action("get", module, global, None),
            WastExecute::Wat(module) => return Err(Error::new(module.span(), "a module is no action".to_owned())),
        };
        command.insert("action".to_owned(), action);
        Ok(command)
    }

    fn action(&self, kind: &str, module: Option<Id<'_>>, field: &str, args: Option<Value>) -> Value {
        let mut action = Map::from_iter([("type".to_owned(), kind.into())]);
        insert_name(&mut action, "module", module);
        action.insert("field".to_owned(), field.into());
        if let Some(args) = args {
            action.insert("args".to_owned(), args);
        }
        Value::Object(action)
    }
}

fn insert_name(command: &mut Map<String, Value>, key: &str, name: Option<Id<'_>>) {
    if let Some(name) = name {
        command.insert(key.to_owned(), name.name().into());
    }
}

fn with_text(mut command: Map<String, Value>, message: &str) -> Map<String, Value> {
    command.insert("text".to_owned(), message.into());
    command
}
