//! What an annotation adds to the diagnostics of a shape, and what it loses.

use super::Diagnostic;

/// What annotated code may lose: the list that the documentation of the attribute publishes, with the reasons.
pub const MAY_BE_LOST: [&str; 4] =
    ["clippy::missing_const_for_fn", "redundant_imports", "tail_expr_drop_order", "unconditional_recursion"];

/// The difference between bare and annotated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Errors that the bare code has not.
    pub failures: Vec<Diagnostic>,
    /// Warnings, and lints made errors, that the bare code has not.
    pub added: Vec<Diagnostic>,
    /// What only the bare code has.
    pub lost: Vec<Diagnostic>,
}

impl Difference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.failures.is_empty() && self.added.is_empty() && self.lost.is_empty()
    }
}

impl Difference {
    /// Forgets each pair of a lost and a new diagnostic of the same code, where the new one points at the same tokens
    /// or at ones around them.
    pub fn forget_other_words(&mut self) {
        self.lost.retain(|lost| {
            let same = |new: &Diagnostic| new.code == lost.code && new.covers(lost);
            for list in [&mut self.failures, &mut self.added] {
                if let Some(index) = list.iter().position(same) {
                    list.remove(index);
                    return false;
                }
            }
            true
        });
    }
}

/// Compares the diagnostics of one shape.
pub fn compare(bare: &[Diagnostic], annotated: &[Diagnostic]) -> Difference {
    let mut difference = Difference::default();
    for diagnostic in missing(annotated, bare) {
        let lint = !diagnostic.is_error() || !is_error_code(&diagnostic.code);
        if lint && !diagnostic.code.is_empty() {
            difference.added.push(diagnostic);
        } else {
            difference.failures.push(diagnostic);
        }
    }
    difference.lost = missing(bare, annotated);
    difference.lost.retain(|diagnostic| !MAY_BE_LOST.contains(&diagnostic.code.as_str()));
    difference
}

/// Whether a code is an error's number, such as `E0308`, and no lint's name.
fn is_error_code(code: &str) -> bool {
    code.strip_prefix('E').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Those of `from` that `others` has fewer of.
fn missing(from: &[Diagnostic], others: &[Diagnostic]) -> Vec<Diagnostic> {
    let mut left = others.to_vec();
    let mut missing = Vec::new();
    for diagnostic in from {
        match left.iter().position(|other| other == diagnostic) {
            Some(index) => drop(left.swap_remove(index)),
            None => missing.push(diagnostic.clone()),
        }
    }
    missing
}
