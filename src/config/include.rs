//! Files and what they include: base first, delta over it.
//!
//! Runs on: main.
use super::error::Fault;
use super::key::{Key, one_line};
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Deepest nesting and largest number of files: far beyond any board, short of a bomb.
const MOST_FILES: usize = 64;

/// What one file says, without its `include`.
#[derive(Debug)]
pub struct Layer {
    file: PathBuf,
    table: Value,
}

impl Layer {
    /// One that no file says, charged to `file`.
    pub fn of(file: &Path, table: Value) -> Self {
        Self { file: file.to_owned(), table }
    }

    /// Takes what stands at a name of its root.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.table.as_table_mut()?.remove(name)
    }

    /// A fault of it.
    pub fn fault(&self, key: &Key, value: String, right: String) -> Fault {
        Fault { file: self.file.clone(), key: key.to_string(), value, right }
    }

    /// The names at its root.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.table.as_table().into_iter().flat_map(|table| table.keys().map(String::as_str))
    }
}

/// Which file a key was read from.
pub struct Origins<'a> {
    main: &'a Path,
    layers: &'a [Layer],
}

impl<'a> Origins<'a> {
    /// Keys that nobody wrote are charged to `main`.
    pub fn new(main: &'a Path, layers: &'a [Layer]) -> Self {
        Self { main, layers }
    }

    /// A fault at `key` with the file and value it was read from.
    pub fn fault(&self, key: &Key, right: impl Into<String>) -> Fault {
        let found = self.layers.iter().rev().find_map(|layer| Some((layer, key.find(&layer.table)?)));
        let (file, value) = match found {
            Some((layer, value)) => (layer.file.clone(), one_line(&value.to_string())),
            None => (self.nearest(key), String::new()),
        };
        Fault { file, key: key.to_string(), value, right: right.into() }
    }

    /// The file that wrote the closest table above a key that is not written.
    fn nearest(&self, key: &Key) -> PathBuf {
        let mut above = key.parent();
        while let Some(key) = above.filter(|key| !key.0.is_empty()) {
            if let Some(layer) = self.layers.iter().rev().find(|layer| key.find(&layer.table).is_some()) {
                return layer.file.clone();
            }
            above = key.parent();
        }
        self.main.to_owned()
    }
}

/// All layers over one another: tables merge, values and arrays replace.
pub fn merged(layers: &[Layer]) -> Value {
    let mut whole = Value::Table(Table::new());
    for layer in layers {
        lay(&mut whole, &layer.table);
    }
    whole
}

fn lay(below: &mut Value, over: &Value) {
    match (below, over) {
        (Value::Table(below), Value::Table(over)) => {
            for (key, value) in over {
                lay(below.entry(key.clone()).or_insert_with(|| Value::Table(Table::new())), value);
            }
        }
        (below, over) => *below = over.clone(),
    }
}

/// Reads `path` and, before it, what it includes. Files that cannot be read are faults, the others go on.
pub fn layers(path: &Path) -> (Vec<Layer>, Vec<Fault>) {
    let mut reading = Reading::default();
    match fs::read_to_string(path) {
        Ok(text) => reading.file(path, &text),
        Err(error) => reading.fault(path, "", "", format!("cannot be read: {error}")),
    }
    (reading.layers, reading.faults)
}

/// The layer of a text that may not include anything.
pub fn single(name: &Path, text: &str) -> (Vec<Layer>, Vec<Fault>) {
    let mut reading = Reading::default();
    if let Some(mut table) = reading.table(name, text) {
        if let Some(include) = table.remove("include") {
            reading.fault(name, "include", &include.to_string(), "only a file can include others".into());
        }
        reading.layers.push(Layer { file: name.to_owned(), table: Value::Table(table) });
    }
    (reading.layers, reading.faults)
}

#[derive(Default)]
struct Reading {
    layers: Vec<Layer>,
    faults: Vec<Fault>,
    /// Files being read, from the one on the command line down to the current one.
    open: Vec<PathBuf>,
    files: usize,
}

impl Reading {
    fn fault(&mut self, file: &Path, key: &str, value: &str, right: String) {
        self.faults.push(Fault { file: file.to_owned(), key: key.into(), value: one_line(value), right });
    }

    fn table(&mut self, file: &Path, text: &str) -> Option<Table> {
        let (_, errors) = toml::de::DeTable::parse_recoverable(text);
        for error in &errors {
            let at = error.span().map_or(0, |span| span.start);
            let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
            let right = format!("is no TOML: {}", one_line(error.message()));
            self.fault(file, &format!("line {line}"), "", right);
        }
        if !errors.is_empty() {
            return None;
        }
        match toml::from_str(text) {
            Ok(table) => Some(table),
            Err(error) => {
                self.fault(file, "", "", format!("is no TOML: {}", one_line(error.message())));
                None
            }
        }
    }

    fn file(&mut self, path: &Path, text: &str) {
        self.files += 1;
        self.open.push(path.canonicalize().unwrap_or_else(|_| path.to_owned()));
        if let Some(mut table) = self.table(path, text) {
            if let Some(include) = table.remove("include") {
                self.includes(path, &include);
            }
            self.layers.push(Layer { file: path.to_owned(), table: Value::Table(table) });
        }
        self.open.pop();
    }

    fn includes(&mut self, from: &Path, include: &Value) {
        let names = match include {
            Value::Array(names) => names.iter().collect(),
            one => vec![one],
        };
        for name in names {
            match name.as_str() {
                Some(text) => self.include(from, text),
                None => {
                    let right = "must be the name of a TOML file or a list of names".into();
                    self.fault(from, "include", &name.to_string(), right);
                }
            }
        }
    }

    fn include(&mut self, from: &Path, name: &str) {
        let path = from.parent().unwrap_or(Path::new("")).join(name);
        let refusal = match (path.canonicalize(), fs::read_to_string(&path)) {
            (Ok(real), _) if self.open.contains(&real) => "includes itself: take one of the two out".into(),
            (Ok(_), Ok(_)) if self.files >= MOST_FILES => {
                format!("is one file too many, {MOST_FILES} at most")
            }
            (Ok(_), Ok(text)) => return self.file(&path, &text),
            (Err(error), _) | (_, Err(error)) => {
                format!("cannot be read: {error}; name a file relative to this one")
            }
        };
        self.fault(from, "include", &format!("{name:?}"), refusal);
    }
}
