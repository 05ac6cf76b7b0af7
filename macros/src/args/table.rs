//! The table of arguments.

use syn::Ident;
use syn::parse::ParseStream;

use super::value::{Err, Ret};
use super::written::Args;
use super::{migration, outcome, parse};
use crate::errors::Errors;

/// Reads what follows the word of an argument.
type Parse = fn(&mut Args, &Ident, ParseStream<'_>, &mut Errors) -> syn::Result<()>;

/// Takes an argument over from an enclosing item: an `impl` block, a trait or a module.
type Take = fn(&mut Args, &Args);

/// What an argument of an enclosing item is to the functions inside.
#[derive(Clone, Copy)]
pub(crate) enum Inherit {
    /// Theirs, unless they say something else.
    Replaced(Take),
    /// Theirs besides what they say.
    Joined(Take),
    /// Said of the item alone.
    Not,
}

/// One argument of `#[traced]`.
pub(crate) struct Argument {
    /// Its word.
    pub(crate) name: &'static str,
    /// Other words for it.
    pub(crate) aliases: &'static [&'static str],
    /// Whether messages and docs name it; the others are for code that comes from elsewhere.
    pub(crate) is_listed: bool,
    /// Arguments that contradict it, and why.
    pub(crate) conflicts: &'static [&'static str],
    /// Reads what follows the word.
    pub(crate) parse: Parse,
    /// What it is to the functions inside of the item on which it stands.
    pub(crate) inherit: Inherit,
}

const fn argument(name: &'static str, parse: Parse, inherit: Inherit) -> Argument {
    Argument { name, aliases: &[], is_listed: true, conflicts: &[], parse, inherit }
}

const fn from_elsewhere(name: &'static str, parse: Parse) -> Argument {
    Argument { is_listed: false, ..argument(name, parse, Inherit::Not) }
}

/// Replaces one field.
macro_rules! replaced {
    ($($field:ident).+) => {
        Inherit::Replaced(|args, from| args.$($field).+.clone_from(&from.$($field).+))
    };
}

/// Every argument, in the order of the docs.
pub(crate) const ARGUMENTS: &[Argument] = &[
    argument("name", parse::name, Inherit::Not),
    argument("kind", parse::kind, replaced!(kind)),
    argument("scope", parse::scope, replaced!(scope)),
    argument("prefix", parse::prefix, replaced!(prefix)),
    Argument {
        aliases: &["attributes", "fields"],
        ..argument("attrs", parse::attrs, Inherit::Joined(join_attributes))
    },
    argument("args", parse::args, replaced!(args)),
    argument("redact", parse::redact, Inherit::Joined(join_redacted)),
    argument("err", outcome::err, Inherit::Replaced(take_err)),
    argument("ret", outcome::ret, Inherit::Replaced(take_ret)),
    argument("panic", parse::panic, replaced!(options.ignores_panic)),
    argument("cancel", parse::cancel, replaced!(options.cancel)),
    argument("metric", parse::metric, replaced!(metric)),
    Argument { conflicts: &["root"], ..argument("parent", parse::parent, replaced!(options.parent)) },
    argument("root", parse::root, replaced!(options.root)),
    argument("links", parse::links, replaced!(options.links)),
    argument("sample", parse::sample, replaced!(options.sample)),
    Argument {
        conflicts: &[
            "name", "kind", "scope", "panic", "cancel", "metric", "parent", "root", "links", "sample", "location",
            "stream",
        ],
        ..argument("current", parse::current, replaced!(current))
    },
    argument("location", parse::location, replaced!(location)),
    Argument { conflicts: &["stream", "sync"], ..argument("future", parse::future, Inherit::Not) },
    Argument { conflicts: &["sync"], ..argument("stream", parse::stream, Inherit::Not) },
    argument("sync", parse::sync, Inherit::Not),
    argument("crate", parse::krate, replaced!(krate)),
    argument("only", parse::only, replaced!(only_pub)),
    argument("skip", migration::skip, Inherit::Not),
    from_elsewhere("skip_all", migration::skip_all),
    from_elsewhere("level", migration::level),
    from_elsewhere("target", migration::target),
    from_elsewhere("follows_from", migration::follows_from),
    from_elsewhere("short_name", migration::short_name),
    from_elsewhere("enter_on_poll", migration::enter_on_poll),
    from_elsewhere("properties", migration::properties),
];

/// Attributes with keys that the function itself does not have.
fn join_attributes(args: &mut Args, from: &Args) {
    let keys: Vec<_> = args.attrs.iter().filter_map(|entry| entry.key.text().map(str::to_owned)).collect();
    let is_new = |text: &str| !keys.iter().any(|key| key == text);
    args.attrs.extend(from.attrs.iter().filter(|entry| entry.key.text().is_none_or(is_new)).cloned());
}

fn join_redacted(args: &mut Args, from: &Args) {
    let new: Vec<_> = from.redact.iter().filter(|name| !args.redact.contains(name)).cloned().collect();
    args.redact.extend(new);
}

// Where it does not fit a function, an inherited one is no mistake.
fn take_err(args: &mut Args, from: &Args) {
    args.err = from.err.clone().map(|err| Err { is_inherited: true, ..err });
}

fn take_ret(args: &mut Args, from: &Args) {
    args.ret = from.ret.clone().map(|ret| Ret { is_inherited: true, ..ret });
}

/// The argument that a word names.
pub(crate) fn find(word: &str) -> Option<&'static Argument> {
    ARGUMENTS.iter().find(|argument| argument.name == word || argument.aliases.contains(&word))
}

/// Whether two arguments contradict each other.
pub(crate) fn contradict(one: &str, other: &str) -> bool {
    let conflicts = |one: &str, other: &str| find(one).is_some_and(|argument| argument.conflicts.contains(&other));
    conflicts(one, other) || conflicts(other, one)
}

/// What to say of a word that is no argument.
pub(crate) fn unknown(word: &Ident) -> String {
    let listed = || ARGUMENTS.iter().filter(|argument| argument.is_listed).map(|argument| argument.name);
    let known: Vec<_> = listed().map(|name| format!("`{name}`")).collect();
    let near = listed().find(|name| distance(name, &word.to_string()) <= 2);
    let hint = near.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    format!("unknown argument `{word}`{hint}\n`#[traced]` accepts a name and {}", known.join(", "))
}

/// How many letters have to be changed, added, removed or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<_>, Vec<_>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_contradicts_an_argument_is_contradicted_by_it() {
        for argument in ARGUMENTS {
            for other in argument.conflicts {
                assert!(find(other).is_some(), "{other} is no argument");
                assert!(contradict(other, argument.name) && contradict(argument.name, other));
            }
        }
    }

    #[test]
    fn distance_counts_a_swap_once() {
        assert_eq!(distance("name", "nmae"), 1);
        assert_eq!(distance("kind", "king"), 1);
        assert_eq!(distance("attrs", "attr"), 1);
        assert_eq!(distance("err", "parent"), 5);
    }
}
