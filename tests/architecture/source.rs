//! What one source file says, outside its tests: the paths it names, what could panic, where it is unsafe.
use proc_macro2::{Span, TokenStream, TokenTree};
use std::collections::BTreeSet;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ImplItem, Item, Macro, Path, UseTree};

/// Macros that end the thread. Those of `debug_assert!` are not in a release.
const ENDING: &[&str] =
    &["assert", "assert_eq", "assert_ne", "panic", "todo", "unimplemented", "unreachable"];
/// Methods that end the thread.
const TRUSTING: &[&str] = &["expect", "expect_err", "unwrap", "unwrap_err"];

/// An index by a number: in an array the compiler has checked it, in a slice it can panic.
pub const FIXED: &str = "[0]";

/// What a file says.
#[derive(Debug, Default)]
pub struct Facts {
    /// Paths of two or more segments and where, `super` and `self` as written.
    pub paths: Vec<(Vec<String>, usize)>,
    /// What could panic and where.
    pub panics: Vec<(String, usize)>,
    /// Lines of `unsafe`.
    pub unsafes: Vec<usize>,
    /// Modules that are compiled for tests alone and have a file of their own.
    pub test_modules: BTreeSet<String>,
    /// How deep inside inline modules the visitor is.
    depth: usize,
}

/// Reads a file's text.
pub fn facts(text: &str) -> syn::Result<Facts> {
    let file = syn::parse_file(text)?;
    let mut facts = Facts::default();
    facts.visit_file(&file);
    Ok(facts)
}

fn line(span: Span) -> usize {
    span.start().line
}

fn words(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    for tree in tokens {
        match tree {
            TokenTree::Group(group) => found.extend(words(group.stream())),
            TokenTree::Ident(ident) => found.push(ident.to_string()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    found
}

/// `#[test]` or a `#[cfg]` that asks for tests.
fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let list = attribute.meta.require_list().map(|list| words(list.tokens.clone())).unwrap_or_default();
        let asks = list.iter().any(|word| word == "test") && list.first().is_none_or(|word| word != "not");
        attribute.path().is_ident("test") || (attribute.path().is_ident("cfg") && asks)
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

impl Facts {
    /// Adds a path as seen from the top of the file: `super` of an inline module is the file itself.
    fn path(&mut self, mut path: Vec<String>, at: Span) {
        for _ in 0..self.depth {
            if path.first().is_some_and(|first| first == "super") {
                path.remove(0);
            }
        }
        if path.len() > 1 {
            self.paths.push((path, line(at)));
        }
    }

    fn tree(&mut self, tree: &UseTree, above: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                above.push(path.ident.to_string());
                self.tree(&path.tree, above);
                above.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(item, above)),
            UseTree::Name(name) => self.leaf(above, &name.ident.to_string(), name.span()),
            UseTree::Rename(name) => self.leaf(above, &name.ident.to_string(), name.span()),
            UseTree::Glob(glob) => self.leaf(above, "*", glob.span()),
        }
    }

    fn leaf(&mut self, above: &[String], name: &str, at: Span) {
        // `use hound;` names a crate as much as `use hound::WavReader;` does.
        let tail = if above.is_empty() { "self" } else { "" };
        let path = above.iter().map(String::as_str).chain([name, tail]).filter(|part| !part.is_empty());
        self.path(path.map(str::to_owned).collect(), at);
    }

    /// Paths and unsafe or trusting words in what a macro is given, which is no syntax yet.
    fn tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut colons) = (Vec::new(), 0);
        for tree in tokens {
            match tree {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.path(std::mem::take(&mut path), ident.span());
                    }
                    self.word(&ident.to_string(), ident.span());
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.path(std::mem::take(&mut path), group.span());
                    self.tokens(group.stream());
                }
                TokenTree::Punct(other) => self.path(std::mem::take(&mut path), other.span()),
                TokenTree::Literal(other) => self.path(std::mem::take(&mut path), other.span()),
            }
        }
        self.path(path, Span::call_site());
    }

    fn word(&mut self, word: &str, at: Span) {
        if TRUSTING.contains(&word) {
            self.panics.push((word.to_owned(), line(at)));
        }
        if word == "unsafe" {
            self.unsafes.push(line(at));
        }
    }
}

impl<'ast> Visit<'ast> for Facts {
    fn visit_item(&mut self, item: &'ast Item) {
        if !for_tests(attributes(item)) {
            return visit::visit_item(self, item);
        }
        if let Item::Mod(module) = item
            && module.content.is_none()
        {
            self.test_modules.insert(module.ident.to_string());
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        if !matches!(item, ImplItem::Fn(function) if for_tests(&function.attrs)) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.depth += usize::from(module.content.is_some());
        visit::visit_item_mod(self, module);
        self.depth -= usize::from(module.content.is_some());
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'ast Path) {
        self.path(path.segments.iter().map(|segment| segment.ident.to_string()).collect(), path.span());
        visit::visit_path(self, path);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Ok(list) = attribute.meta.require_list() {
            self.tokens(list.tokens.clone());
        }
        visit::visit_attribute(self, attribute);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        let name = call.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        if ENDING.contains(&name.as_str()) {
            self.panics.push((format!("{name}!"), line(call.span())));
        }
        self.tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Index(index) => {
                let what = if matches!(*index.index, Expr::Lit(_)) { FIXED } else { "[ ]" };
                self.panics.push((what.into(), line(index.bracket_token.span.open())));
            }
            Expr::MethodCall(call) => self.word(&call.method.to_string(), call.method.span()),
            Expr::Unsafe(block) => self.unsafes.push(line(block.unsafe_token.span)),
            _ => {}
        }
        visit::visit_expr(self, expr);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.unsafes.extend(item.unsafety.map(|word| line(word.span)));
        visit::visit_item_impl(self, item);
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.unsafes.extend(signature.unsafety.map(|word| line(word.span)));
        visit::visit_signature(self, signature);
    }
}
